# Where the time went, with --profile.
set -eu
. "$(dirname "$0")/helpers"

# table STEPS ROW...: standard error is a table of so many steps with these rows; shares and times add up.
table()
{
    steps=$1
    shift
    sed -n "/^Time of $steps, each [0-9.]* ms/,\$p" err > table
    [ -s table ] || { cat err >&2; fail "expected the time of $steps"; }
    for row in "$@"; do
        has table "^$row  *[0-9]*  *[0-9.]*  *[0-9.]*"
    done
    tail -n 1 table | grep -q '^the rest ' || fail "expected the rest in the last row"
    # name 36, calls 11, ms 11, share 8 columns; all numbers are rounded
    awk 'NR == 1 { sub(/.*each /, ""); each = $1 }
         NR > 2 { rows++; ms += substr($0, 48, 11); share += substr($0, 59, 8) }
         END { exit !(rows > 8 && share > 99.8 && share < 100.2 && ms - each < 0.001 * rows &&
                      each - ms < 0.001 * rows) }' table || { cat table >&2; fail "$steps: rows do not add up"; }
}

pairs 600 > pairs.tsv
small="--dim-emb 8 --dim-hidden 16 --batch-tokens 200 --valid-every 10u --after 20u --threads 2 --quiet"
expect 0 '' "$S2S" train pairs.tsv -o plain $small
grep -q '"profile"' plain/metrics.jsonl && fail "a profile that nobody asked for"
expect 0 '^Time of 20 training steps, ' "$S2S" train pairs.tsv -o run $small --profile
table '20 training steps' 'forward, linear' 'backward, recurrent cell' 'backward, weight gradient' 'backward, attention' \
    'forward, output layer' 'optimiser' 'gradient norm' 'getting the batch'
grep -q '^encode\|^decode' table && fail "validation is not a training step"
same run/model.s2s plain/model.s2s "--profile gave another model"
grep -q profile run/config.yaml && fail "--profile is not a property of the run"

[ "$(grep -c '"event":"profile"' run/metrics.jsonl)" -eq 1 ] || fail "expected one profile in metrics.jsonl"
grep '"event":"profile"' run/metrics.jsonl > event
has event '"update":20,.*"steps":20,"ms":[0-9.e-]*,"rows":\[{"phase":'
has event '{"phase":"backward","work":"weight gradient","calls":[0-9]*,"ms":[0-9.e-]*,"share":[0-9.e-]*,"gflops":[0-9.e+-]*}'
has event '{"phase":"optimiser","work":"","calls":20,"ms":[0-9.e-]*,"share":[0-9.e-]*,"gflops":null}'
tr '{' '\n' < event | sed -n 's/.*"share":\([0-9.e-]*\),.*/\1/p' > shares
awk '{ sum += $1 } END { exit !(NR > 8 && sum > 99.999 && sum < 100.001) }' shares || fail "shares of the event: $(cat shares)"

cut -f 1 pairs.tsv > words.txt
expect 0 '' "$S2S" predict -m run words.txt --threads 2
cp out words.out
expect 0 '^Time of [0-9]* decoded batches, ' "$S2S" predict -m run words.txt --threads 2 --profile --batch-size 200
same out words.out "--profile gave other outputs"
table '3 decoded batches' 'encode, recurrent cell' 'decode, linear' 'decode, attention' 'choosing tokens, output layer' \
    'choosing tokens' 'reordering states, lookup'
expect 0 '^Time of [0-9]* decoded batches, ' "$S2S" evaluate -m run pairs.tsv --threads 2 --profile
table '[0-9]* decoded batches' 'encode, recurrent cell' 'choosing tokens, output layer'
