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
has events '"event":"valid".*"ter":null,"metric":"loss","best":true,"kept":false}$'
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

# Scores of text are those of what predict writes, whatever becomes of the text before and after.  Some sources
# come twice, with other targets.
pairs 700 | awk -F '\t' '{ print $1 "\t" toupper(substr($2, 1, 1)) substr($2, 2, 2) "," substr($2, 4) "!" }' > spoken.tsv
head -600 spoken.tsv > spoken.train
tail -100 spoken.tsv | awk -F '\t' -v OFS='\t' '{ print $1, $2, "A, b!" } NR % 9 == 0 { print $1, "B, a!", $2 }' > two.tsv
cut -f 1 two.tsv > two.src
cut -f 2 two.tsv > two.first
cut -f 3 two.tsv > two.second
cut -f 1,2 two.tsv > one.tsv
spoken()
{
    run=$1
    shift
    expect 0 "^$run/model.s2s: best bleu [0-9]*\.[0-9]*; update limit" "$S2S" train spoken.train -o "$run" --after 60u \
        --valid-every 10u --valid-max 0 --valid-metric bleu,chrf,ter,perplexity --dim-emb 16 --dim-hidden 32 \
        --batch-tokens 500 --warmup 10 --learn-rate 0.01 --ema 0.9 --threads 1 "$@"
    has err 'valid  loss [0-9.]*, .*error-rate [0-9.]* %, bleu [0-9.]*, chrf [0-9.]*, ter [0-9.]*  (best'
    "$S2S" predict -m "$run" -b 1 two.src > "$run.out"
}
# scored RUN OPTIONS...: the model of the run has the scores that metrics finds with these options.
scored()
{
    run=$1
    shift
    "$S2S" metrics "$@" "$run.out" --metrics bleu,chrf,ter --json |
        sed 's/.*"score":\([0-9.e+-]*\).*/\1/' > wanted
    grep '"event":"valid".*"best":true' "$run/metrics.jsonl" | tail -1 > last
    for metric in bleu chrf ter; do
        sed "s/.*\"$metric\":\([0-9.e+-]*\).*/\1/" last
    done > found
    [ "$(wc -l < wanted)" -eq 3 ] || fail "metrics: expected three scores"
    paste wanted found > both # of which one has 8 digits and one 9
    awk '$1 - $2 > 1e-6 || $2 - $1 > 1e-6 { exit 1 }' both ||
        fail "$run: expected the scores of predict and metrics, beside them those of validation: $(cat both)"
    awk '!($1 > 1 && $1 < 99) { exit 1 }' found || fail "$run: scores that tell nothing: $(cat found)"
}
spoken words --valid two.tsv --tgt-text moses:en,truecase --output-text lower --keep-best 3
scored words --ref two.first --ref two.second
spoken pieces --valid one.tsv --tgt-text lower --src-tokens bpe --tgt-tokens unigram
scored pieces --ref two.first

# The best models are kept under the numbers of their updates.
sed -n 's/.*"event":"valid","update":\([0-9]*\),.*"bleu":\([0-9.e+-]*\),.*/\2 \1/p' words/metrics.jsonl |
    sort -s -k 1,1gr | head -3 | sed 's/.* //; s/$/.s2s/' > ranking
sort ranking > wanted
ls words/best | sort > found
same found wanted "words/best: expected other models"
same words/model.s2s "words/best/$(head -1 ranking)" "the best model is not the first of the kept ones"
last=$(tail -1 ranking)
expect 0 '' "$S2S" inspect "words/best/$last" --history
has out "^  update: ${last%.s2s}\$"
has out '^  metric: bleu$'
mkdir kept
cp -r words/best kept/best
refuse 1 'kept/best/[0-9]*\.s2s: .*no last\.ckpt .*--overwrite' "$S2S" train pairs.tsv -o kept --after 2u $small
same kept/best/$last words/best/$last "a refused run changed a kept model"
cp -r words/best kept/last
rm -r kept/best
refuse 1 'kept/last/[0-9]*\.s2s: .*no last\.ckpt .*--overwrite' "$S2S" train pairs.tsv -o kept --after 2u $small
refuse 3 '^s2s train: words holds a run with --keep-best 3, not 0; --overwrite ' "$S2S" train -c words/config.yaml --keep-best 0
refuse 3 '^s2s train: --valid-metric: expected some of loss, .*, found "blue"$' \
    "$S2S" train pairs.tsv -o wrong --valid-metric loss,blue $small
[ ! -e wrong ] || fail "a misspelt metric left a run folder"
