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
same events run/metrics.jsonl "--json and metrics.jsonl differ"
has events '"event":"start".*"resumed":false}$'
has events '"event":"progress".*"fraction":0\.5,'
has events '"event":"progress".*"waited":[0-9.e-]*}'
has events '"event":"valid".*"error-rate":null,"best":true}$'
has events '^{"event":"start",'
has events '^{"event":"valid",'
has events '^{"event":"end",.*"reason":"update limit"}$'
for file in model.s2s last.ckpt config.yaml metrics.jsonl; do
    [ -s "run/$file" ] || fail "no $file in the run folder"
done
expect 0 '' "$S2S" train pairs.tsv -o quiet --after 2u $small --quiet --precision auto
has quiet/config.yaml '^precision: \(f32\|bf16\)$'

# A bar on a terminal.
if command -v script > /dev/null; then
    TERM=xterm script -qec "$S2S train pairs.tsv -o bar --after 40u --valid-every 0u $small" typescript > /dev/null
    has typescript "$(printf '\r')epoch 1  update "
fi

# begin FOLDER PAIRS: a run without end in the background, which has done five updates.
begin()
{
    "$S2S" train "$2" -o "$1" --after 0u --valid-every 0u --early-stopping 0 $small --json > events$1 2> err$1 &
    trainer=$!
    tries=0
    until grep -q '"update":5,' events$1 2> /dev/null || [ $tries -eq 300 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
}

# ended FOLDER STATUS: so the run ends.
ended()
{
    status=0
    wait $trainer || status=$?
    [ "$status" -eq "$2" ] || { cat err$1 >&2; fail "$1: expected exit status $2, found $status"; }
}

# A signal saves everything, and the run goes on from there; meanwhile nobody else trains in its folder.
for signal in INT TERM; do
    number=130
    [ $signal = INT ] || number=143
    begin stop$signal pairs.tsv
    refuse 1 "stop$signal: another process trains in this folder\$" \
        "$S2S" train pairs.tsv -o stop$signal --overwrite --after 1u $small
    kill -$signal $trainer
    ended stop$signal $number
    has eventsstop$signal '"event":"end".*"reason":"stopped"'
    [ -s stop$signal/last.ckpt ] || fail "SIG$signal: no checkpoint"
    expect 0 '' "$S2S" inspect stop$signal --history
    has out '^  value: null$'
    last=$(sed -n 's/.*"event":"end","update":\([0-9]*\).*/\1/p' eventsstop$signal)
    expect 0 "going on from update $last" "$S2S" train pairs.tsv -o stop$signal --after "$((last + 3))u" \
        --early-stopping 0 $small
done

# A corpus that is cut short while it is read.
cp pairs.tsv cut.tsv
begin cut cut.tsv
: > cut.tsv
ended cut 4
has errcut '^s2s: a file was cut short, or became unreadable, while it was read$'

# A limit on the size of files is an error like a full disk.
limited() { (ulimit -f 4 && "$S2S" train pairs.tsv -o limited --after 2u $small --quiet); }
refuse 7 'last\.ckpt: cannot write: File too large$' limited

# What only looks like a run is not replaced.
mkdir mine
echo 'seed: 5' > mine/config.yaml
cp mine/config.yaml kept.yaml
refuse 1 'mine/config\.yaml: .*no last\.ckpt .*--overwrite' "$S2S" train pairs.tsv -c mine/config.yaml -o mine --after 2u $small
same mine/config.yaml kept.yaml "a refused run changed config.yaml"
[ "$(ls mine)" = config.yaml ] || fail "a refused run left files: $(ls mine)"
rm run/last.ckpt
for file in model.s2s metrics.jsonl config.yaml; do
    cp run/$file kept.$file
done
refuse 1 'run/model\.s2s: .*no last\.ckpt .*--overwrite' "$S2S" train pairs.tsv -o run --after 20u --valid-every 10u $small
for file in model.s2s metrics.jsonl config.yaml; do
    same run/$file kept.$file "a refused run changed $file"
done
expect 0 '' "$S2S" train pairs.tsv -o run --overwrite --after 20u --valid-every 10u $small --quiet
same run/model.s2s kept.model.s2s "the same run gave another model"

# No pair that is short enough.
printf 'a b c\tb\nc b a\tb\n' > wide.tsv
expect 4 '^s2s train: wide\.tsv: expected pairs with a source of at most 2 tokens (--max-length) and .* (2 left out)$' \
    "$S2S" train wide.tsv -o wide --max-length 2 $small --quiet
expect 4 '^s2s train: wide\.tsv: expected pairs with a source of at most 2 tokens (--max-source) and .* 200 (--max-length), ' \
    "$S2S" train wide.tsv -o wide --attention location --max-source 2 $small --quiet
