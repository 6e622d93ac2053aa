# What training tells, and how it is stopped.
set -eu
. "$(dirname "$0")/helpers"

pairs 600 > pairs.tsv
small="--dim-emb 8 --dim-hidden 16 --batch-tokens 200 --threads 1 --disp-every 1"

# Plain lines where standard error is no terminal; results as JSON on standard output.
expect 0 ' training pairs, ' "$S2S" train pairs.tsv -o run --after 20u --valid-every 10u $small --json
cp out events
has err '^epoch 1  update 1 .* loss '
has err 'valid  loss [0-9.]*'
has err '^run/model\.s2s: best loss [0-9.]*; update limit after '
grep -q "$(printf '\r')" err && fail "a bar was drawn without a terminal"
[ "$(grep -c '^epoch 1 ' err)" -le 2 ] || fail "too many lines of progress"
[ "$(grep -c '^{"event":"progress"' events)" -eq 20 ] || fail "--json: expected every event"
has events '^{"event":"start",'
has events '^{"event":"valid",'
has events '^{"event":"end",.*"reason":"update limit"}$'
for file in model.s2s last.ckpt config.yaml metrics.jsonl; do
    [ -s "run/$file" ] || fail "no $file in the run folder"
done
expect 0 '' "$S2S" train pairs.tsv -o quiet --after 2u $small --quiet

# A bar on a terminal.
if command -v script > /dev/null; then
    TERM=xterm script -qec "$S2S train pairs.tsv -o bar --after 40u --valid-every 0u $small" typescript > /dev/null
    has typescript "$(printf '\r')epoch 1  update "
fi

# A signal saves everything, and the run goes on from there.
for signal in INT TERM; do
    "$S2S" train pairs.tsv -o stop$signal --after 0u --early-stopping 0 $small --json > events$signal 2> err &
    trainer=$!
    tries=0
    until grep -q '"update":5,' events$signal 2> /dev/null || [ $tries -eq 300 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    kill -$signal $trainer
    status=0
    wait $trainer || status=$?
    wanted=130
    [ $signal = INT ] || wanted=143
    [ "$status" -eq "$wanted" ] || { cat err >&2; fail "SIG$signal: expected exit status $wanted, found $status"; }
    has events$signal '"event":"end".*"reason":"stopped by signal"'
    [ -s stop$signal/last.ckpt ] || fail "SIG$signal: no checkpoint"
    last=$(sed -n 's/.*"event":"end","update":\([0-9]*\).*/\1/p' events$signal)
    expect 0 "going on from update $last" "$S2S" train pairs.tsv -o stop$signal --after "$((last + 3))u" \
        --early-stopping 0 $small
done
