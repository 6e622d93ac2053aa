# s2s average: the best models of a run, and of a second run that began with the first one, become one model.
set -eu
. "$(dirname "$0")/helpers"

pairs 1000 > pairs.tsv
"$S2S" train pairs.tsv -o run --after 6e --keep-best 3 --keep-last 2 $tiny
[ "$(ls run/best | wc -l)" -eq 3 ] || fail "expected three kept models"
[ "$(ls run/last | wc -l)" -eq 2 ] || fail "expected the last two models"
expect 0 '^s2s average: last\.s2s: the mean of 2 models$' "$S2S" average run/last/*.s2s -o last.s2s
expect 0 '^s2s average: mean\.s2s: the mean of 3 models$' "$S2S" average run/best/*.s2s -o mean.s2s
[ ! -s out ] || fail "expected no output"
expect 0 '' "$S2S" inspect mean.s2s --history --json
grep -o '"update":[0-9]*' out | tr -dc '0-9\n' > averaged
ls run/best | sed 's/\.s2s$//' > kept
same averaged kept "the history of the mean does not name the kept models"
cut -f 1 pairs.tsv | head -20 > few.txt
expect 0 '' "$S2S" predict -m mean.s2s few.txt
[ "$(wc -l < out)" -eq 20 ] || fail "expected 20 outputs of the mean"

# Names may come by option, file and environment, and be run folders; the mean may take the place of a model.
expect 0 '' "$S2S" average -m run/best/"$(head -1 averaged)".s2s run -o two.s2s -q
expect 0 '' "$S2S" average run/best/"$(head -1 averaged)".s2s run/model.s2s -o other.s2s --quiet
same two.s2s other.s2s "a run folder and its model differ"
expect 0 '' "$S2S" average run two.s2s -o two.s2s --json
[ "$(cat out)" = '{"model":"two.s2s","averaged":["run","two.s2s"]}' ] || fail "JSON: $(cat out)"
expect 0 '' "$S2S" train pairs.tsv -o tuned --after 2u --valid-every 0u $tiny --pretrained-model run
expect 0 '' "$S2S" average run tuned -o two.s2s -q

# ---- what is refused ----
"$S2S" train pairs.tsv -o wide --after 1u --valid-every 0u $tiny --dim-hidden 34
printf 'no model\n' > text.s2s
refuse 2 '^s2s average: no models: give them as ' "$S2S" average -o mean.s2s
refuse 2 '^s2s average: no file for the model: give one with --output' "$S2S" average run
refuse 5 '^s2s average: wide: expected --dim-hidden 32 as run has, found 34$' "$S2S" average run wide -o new.s2s
for word in zzz yyy; do # which is nowhere in the pairs, so that the vocabularies are the same
    echo $word > words.txt
    "$S2S" train pairs.tsv -o $word --after 1u --valid-every 0u $tiny --src-text stopwords:./words.txt
done
refuse 5 '^s2s average: yyy: expected --src-text none as run has, found stopwords:\./words\.txt$' "$S2S" average run yyy -o new.s2s
refuse 5 '^s2s average: yyy: expected the words of the source text steps of zzz, found others$' "$S2S" average zzz yyy -o new.s2s
refuse 5 '^s2s average: text\.s2s: ' "$S2S" average run text.s2s -o new.s2s
refuse 5 'none\.s2s' "$S2S" average none.s2s -o new.s2s
refuse 1 '^s2s average: run: cannot write: there is a folder of this name$' "$S2S" average run -o run
refuse 1 'none/new\.s2s' "$S2S" average run -o none/new.s2s
[ ! -e new.s2s ] || fail "a failure left a file"
