# Several models as one: what predict, score and evaluate make of them, and which go together.
set -eu
. "$(dirname "$0")/helpers"

train_tiny one 60
"$S2S" train pairs.tsv -o two --overwrite --after 60u --valid-every 0u $tiny --seed 2 --attention additive --enc-cell gru --dec-cell gru
pairs 1100 | tail -100 > test.tsv
cut -f 1 test.tsv > test.txt

# ---- one model, twice or three times, is that model ----
"$S2S" predict -m one test.txt -o alone.txt
for models in "-m one -m one" "-m one -m one -m one --weights 1,2,3" "-m one --weights 5"; do
    "$S2S" predict $models test.txt -o twice.txt
    same twice.txt alone.txt "$models: other outputs than -m one"
done

# ---- two models: what is predicted is what is scored, and the mean of both ----
"$S2S" predict -m one -m two test.txt --json -o both.json
sed 's/.*"text":"\([^"]*\)".*/\1/' both.json | paste test.txt - > both.tsv
sed 's/.*"log_prob":\([^,]*\),.*/\1/' both.json > told.txt
"$S2S" score -m one -m two both.tsv -o scored.txt
paste told.txt scored.txt | awk '{ d = $1 - $2; if (d > 1e-3 || d < -1e-3) exit 1 }' || fail "predict and score disagree"
first_score() { "$S2S" score "$@" --json both.tsv | sed 's/.*"token_scores":\[\([^],]*\).*/\1/'; }
first_score -m one > first1.txt
first_score -m two > first2.txt
first_score -m one -m two --weights 3,1 > first.txt
paste first1.txt first2.txt first.txt |
    awk '{ d = log(0.75 * exp($1) + 0.25 * exp($2)) - $3; if (d > 1e-4 || d < -1e-4) exit 1 }' || fail "not the mean of both"
"$S2S" evaluate -m one -m two test.tsv --perplexity > report.txt
has report.txt '^perplexity'
# Nearly all of the weight is nearly the one model.
"$S2S" predict -m two -m one --weights 1e-9,1000 test.txt -o mostly.txt
same mostly.txt alone.txt "--weights: the other model counts too much"
printf 'model:\n- one\n- two\nweights: "3,1"\n' > models.yaml
"$S2S" predict -m one -m two --weights 3,1 test.txt > options.txt
"$S2S" predict -c models.yaml test.txt > config.txt
same config.txt options.txt "a file of options names other models"

# ---- attention, precision, batches ----
"$S2S" predict -m one -m two test.txt --alignment | grep -q '||| [0-9]*-[0-9]' || fail "no alignment"
"$S2S" predict -m one -m two --precision int8 test.txt -o int8.txt
[ "$(wc -l < int8.txt)" -eq 100 ] || fail "int8: lines are missing"
"$S2S" predict -m one -m two test.txt -o batches.txt
"$S2S" predict -m one -m two test.txt -o single.txt --batch-size 1 -t 2
same single.txt batches.txt "outputs depend on the batch"

# ---- what is refused ----
refuse 2 'expected a model file or run folder, found nothing' "$S2S" predict -m one -m '' test.txt
refuse 2 'expected a model file or run folder, found nothing' "$S2S" inspect -m "
"
refuse 3 '^s2s predict: --weights: expected numbers of 1e-09 to 1000, found "4.9e-324"' \
    "$S2S" predict -m one -m two --weights 4.9e-324,1000 test.txt
sed 's/a/z/g' pairs.tsv > other.tsv
"$S2S" train other.tsv -o other --after 1u --valid-every 0u $tiny
refuse 5 'other: source vocabulary: expected piece [0-9]* to be "." as in one, found "."' "$S2S" predict -m one -m other test.txt
"$S2S" train pairs.tsv -o chars --after 1u --valid-every 0u $tiny --tgt-tokens char
refuse 5 'chars: expected --tgt-tokens space as one has, found char' "$S2S" predict -m one -m chars test.txt
refuse 5 'nothing' "$S2S" predict -m one -m nothing test.txt
refuse 3 '--weights: expected one number for each model, 2, found 3' "$S2S" predict -m one -m two --weights 1,2,3 test.txt
refuse 3 '--weights: expected numbers of 1e-09 to 1000, found "0"' "$S2S" score -m one -m two --weights 1,0 test.tsv
# shellcheck disable=SC2046 # words
refuse 2 'expected 1 to 16 models, found 17' "$S2S" predict $(yes -- '-m one' | head -17) test.txt
