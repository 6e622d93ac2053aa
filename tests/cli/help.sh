# Help, the version, and what is said to those who mistype.
set -eu
. "$(dirname "$0")/helpers"

expect 2 'Usage: s2s COMMAND' "$S2S"
expect 0 '' "$S2S" --version
has out '^s2s [0-9]*\.[0-9]*\.[0-9]*$'

expect 0 '' "$S2S" help
cp out overview
expect 0 '' "$S2S" --help
same out overview "s2s help and s2s --help differ"
has overview '^Exit status: 0 done; '
tr '\n' ' ' < overview > line
for status in '1 failed' '2 misuse' '3 bad configuration' '4 bad data' '5 bad or incompatible model' '6 training diverged' \
    '7 out of memory' '129, 130, 143 stopped'; do
    has line " $status"
done
for command in train predict score evaluate metrics doctor inspect encode average shortlist bench; do
    has overview "^  $command "
    expect 0 '' "$S2S" $command --help
    cp out page
    has page "^Usage: s2s $command "
    has page '^Examples$'
    has page '^Output$'
    has page '^  -c, --config FILE '
    has page '^      --json '
    has page '^  -q, --quiet '
    has page '^  -h, --help '
    [ "$(awk 'length > 100' page | wc -l)" -eq 0 ] || fail "$command --help: lines longer than 100 columns"
    [ "$(sed -n 's/^\(  -., \|      \)--\([][a-z0-9-]*\).*/\2/p' page | sort | uniq -d | wc -l)" -eq 0 ] ||
        fail "$command --help: an option twice"
    [ "$(sed -n 's/^  \(-.\), --.*/\1/p' page | sort | uniq -d | wc -l)" -eq 0 ] ||
        fail "$command --help: a letter twice"
    expect 0 '' "$S2S" help $command
    same out page "s2s help $command and s2s $command --help differ"
    expect 0 '' "$S2S" $command -h
    same out page "s2s $command -h and --help differ"
done

# Every option that a run stores is explained.
train_tiny run 2
sed -n 's/^\([a-z0-9-]*\):.*/\1/p' run/config.yaml > names
[ "$(wc -l < names)" -gt 30 ] || fail "config.yaml: too few options"
"$S2S" train --help > page
while read -r name; do
    grep -q -e "--\(\[no-\]\)\{0,1\}$name\( \|$\)" page || fail "train --help: no --$name"
done < names
"$S2S" predict --help > page
for name in model precision input output beam-size n-best length-penalty threads prefix prefix-tsv show-source alignment \
    token-scores attention-map attention-svg line-buffered; do
    has page "--$name\( \|$\)"
done

# keys FILE: the keys of JSON, one a line.
keys() { grep -o '"[a-zA-Z0-9_-]*":' "$1" | tr -d '":' | sort -u; }

# Every key of the JSON that a command writes is explained.
head -3 pairs.tsv > few.tsv
cut -f 1 few.tsv > few.txt
explains()
{
    "$S2S" "$1" --help | sed -n '/^Output$/,$p' > page
    keys "$2" > names
    [ "$(wc -l < names)" -ge 7 ] || fail "$1 --json: too few keys"
    while read -r name; do
        grep -q -e "[ ({]$name\([ ,);]\|$\)" page || fail "$1 --help: no word on the key $name"
    done < names
}
"$S2S" predict -m run few.txt --json -b 2 -n 2 --show-source > predict.json
explains predict predict.json
"$S2S" score -m run few.tsv --json > score.json
explains score score.json
"$S2S" evaluate -m run few.tsv --json --alignments > evaluate.json
explains evaluate evaluate.json
"$S2S" metrics --ref few.txt few.txt --json > metrics.json
explains metrics metrics.json
"$S2S" doctor pairs.tsv --json > doctor.json
explains doctor doctor.json
"$S2S" inspect run --json | sed 's/"config":{[^}]*}/"config":0/; s/"history":{[^}]*}/"history":0/' > inspect.json
explains inspect inspect.json
"$S2S" train pairs.tsv -o profiled --after 2u --valid-every 0u $tiny --profile 2> /dev/null
explains train profiled/metrics.jsonl
"$S2S" shortlist -m run pairs.tsv -o shortlist --json > shortlist.json
explains shortlist shortlist.json
"$S2S" bench machine --match tanh --seconds 0.01 --json > bench.json
explains bench bench.json

refuse 2 '^s2s train: unknown option --lern-rate; did you mean --learn-rate?$' "$S2S" train --lern-rate 1
refuse 2 '^s2s predict: unknown option --beem-size; did you mean --beam-size?$' "$S2S" predict --beem-size=3
refuse 2 '^s2s predict: unknown option --zzzzzzzzzzzzzz; see s2s predict --help$' "$S2S" predict --zzzzzzzzzzzzzz
refuse 2 '^s2s predict: unknown option -z; see ' "$S2S" predict -z
refuse 2 '^s2s: unknown command trian; did you mean train?$' "$S2S" trian
refuse 2 '^s2s: unknown command zzzzzzzz' "$S2S" zzzzzzzz
refuse 2 '^s2s predict: --beam-size needs a value' "$S2S" predict --beam-size
refuse 2 '^s2s predict: --beam-size: expected' "$S2S" predict --beam-size 0
refuse 2 '^s2s predict: --beam-size: expected' "$S2S" predict -bfive
refuse 2 '^s2s predict: --no-json takes no value' "$S2S" predict --no-json=yes
refuse 2 '^s2s predict: unexpected argument "second"' "$S2S" predict -m run first second
refuse 2 '^s2s predict: no model' "$S2S" predict
refuse 2 '^s2s score: no model' "$S2S" score
refuse 2 '^s2s inspect: no model' "$S2S" inspect
refuse 2 '^s2s evaluate: no references' "$S2S" evaluate -m run
refuse 2 '^s2s train: no training data' "$S2S" train

if [ -e /dev/full ]; then
    expect 7 'No space left on device' sh -c '"$0" --help > /dev/full' "$S2S"
    expect 7 'No space left on device' sh -c '"$0" inspect run > /dev/full' "$S2S"
fi
