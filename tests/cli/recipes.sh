# The recipes: their configurations are read; the one for SIGMORPHON tells what fails and averages what it ran, the
# one for Multi30k ends with the BLEU of an averaged model.
set -eu
. "$(dirname "$0")/helpers"
export S2S
small="--dim-emb 8 --dim-hidden 16 --enc-depth 1 --threads 1 --quiet"

pairs 100 > pairs.tsv
n=0
for config in "$source"/recipes/*/*.yaml; do
    n=$((n + 1))
    # Few pairs support few subwords, besides bytes.
    ! grep -q bpe "$config" || set -- --vocab-size 14
    ! grep -q byte-fallback "$config" || set -- --vocab-size 270
    expect 0 '' "$S2S" train pairs.tsv -c "$config" -o "run$n" --after 1u $small "$@"
    set --
done
[ $n -ge 4 ] || fail "expected at least 4 configurations, found $n"

mkdir data runs
for language in one two; do
    for part in train dev test; do
        head -n 40 pairs.tsv > data/${language}_$part.tsv
    done
done
sigmorphon() { "$source/recipes/g2p/sigmorphon" "$@" --after 2u $small; }
echo '{"sequence_error_rate":1000,"token_error_rate":1000}' > runs/old.test.json
expect 0 '' sigmorphon data runs
[ "$(grep -c '^\(one\|two\): WER [0-9.]* %, PER [0-9.]* %$' out)" -eq 2 ] || fail "expected a line per language"
awk '/^[a-z]*: WER/ { sum += $3; n++ } END { printf "mean WER %.2f %%\n", sum / n }' out > mean
sed -n '$p' out > last
same last mean "the mean is not that of the languages"

echo 'no tab' >> data/two_train.tsv
refuse 1 '^sigmorphon: data/none: expected LANGUAGE_train\.tsv, found no such file$' sigmorphon data/none runs
expect 1 '^sigmorphon: two: s2s train: data/two_train\.tsv:41: expected source<TAB>target' sigmorphon data others
! grep -q mean out || fail "a mean in spite of a failure"
rm data/one_test.tsv
refuse 1 '^sigmorphon: one: s2s evaluate: data/one_test\.tsv: ' sigmorphon data others

# ---- Multi30k ----
multi30k() { "$source/recipes/translation/multi30k" "$@" --vocab-size 14 --after 2u --valid-every 1u $small; }
mkdir captions
for part in train val test_2016_flickr; do
    cut -f 1 pairs.tsv > captions/$part.lc.norm.tok.en
    cut -f 2 pairs.tsv > captions/$part.lc.norm.tok.de
done
expect 0 '' multi30k captions de plain
has out '^BLEU|nrefs:1|bs:1000|.*|tok:none|'
[ "$(wc -l < plain/output.de)" -eq 100 ] || fail "expected an output for each of the test lines"
gzip captions/train.*
expect 0 '' multi30k captions de packed
same packed/output.de plain/output.de "packed training pairs made another model"
refuse 1 '^multi30k: expected a folder, a language and a folder: ' "$source/recipes/translation/multi30k" captions de
expect 4 '\.lc\.norm\.tok\.fr' multi30k captions fr other
