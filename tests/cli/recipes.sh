# The recipes: their configurations are read; the one for SIGMORPHON tells what fails and averages what it ran.
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
