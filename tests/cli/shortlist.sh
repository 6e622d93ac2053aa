# s2s shortlist: translations of a model's tokens, and prediction with few of them.
set -eu
. "$(dirname "$0")/helpers"

pairs 1000 > pairs.tsv
train_tiny run 120
cut -f 1 pairs.tsv | head -30 > few.txt

# In these pairs every letter becomes itself; what is told grows, and one object tells the same.
expect 0 '^iteration 1  log-likelihood -[0-9.]* nats, -[0-9.]* per token$' "$S2S" shortlist -m run pairs.tsv -o list
[ ! -s out ] || fail "expected no output"
has err '^s2s shortlist: list: [0-9]* translations from 1000 pairs, 0 left out$'
sed -n 's/^iteration .*, -\([0-9.]*\) per token$/\1/p' err > fallen
[ "$(wc -l < fallen)" -eq 5 ] || fail "expected five iterations"
sort -gr fallen > sorted
same fallen sorted "the log-likelihood does not grow"
for letter in a b c d e f; do
    [ "$(grep "^[a-f] $letter " list | head -1 | cut -d ' ' -f 1)" = $letter ] || fail "$letter: another letter is likelier"
done
has list '^[a-f] NULL 0\.[0-9]*$'
expect 0 '' "$S2S" shortlist -m run/model.s2s pairs.tsv -o again --json
same list again "the same pairs give other translations"
grep -q '^{"pairs":1000,"tokens":[0-9]*,"skipped":0,"dropped":0,"translations":[0-9]*,"shortlist":"again","log_likelihood":\[-[0-9., -]*\]}$' out ||
    fail "JSON: $(cat out)"

# Pairs may come from two files, from gzip and from a pipe; long ones are left out.
cut -f 1 pairs.tsv > source.txt
cut -f 2 pairs.tsv > target.txt
expect 0 '' "$S2S" shortlist -m run --src source.txt --tgt target.txt -o again -q
same list again "two files give other translations"
gzip -c pairs.tsv > pairs.tsv.gz
expect 0 '' "$S2S" shortlist -m run pairs.tsv.gz -o again -q
same list again "gzip gives other translations"
input=pairs.tsv expect 0 '' "$S2S" shortlist -m run - -o again -q
same list again "a pipe gives other translations"
expect 0 ' translations from [1-9][0-9]* pairs, [1-9][0-9]* left out$' "$S2S" shortlist -m run pairs.tsv -o short --max-length 3
expect 0 '' "$S2S" shortlist -m run pairs.tsv -o best --best 1 -q
[ "$(wc -l < best)" -eq 7 ] || fail "expected a translation of each letter and of NULL"

# ---- prediction ----
expect 0 '' "$S2S" predict -m run few.txt -n 3
cp out without
expect 0 '' "$S2S" predict -m run few.txt -n 3 --shortlist list
same out without "a list of all tokens changes outputs"
expect 0 '' "$S2S" predict -m run few.txt --shortlist best --shortlist-frequent 0
paste few.txt out | awk -F '\t' '{ n = split($2, tokens, " "); for (i = 1; i <= n; i++) if (!index($1, tokens[i])) exit 1 }' ||
    fail "an output has a token that is not of its list"
cp out expected
gzip -c best > best.gz
expect 0 '' "$S2S" predict -m run few.txt --shortlist best.gz --shortlist-frequent 0 --batch-size 1 --threads 2
same out expected "the batch, the threads or gzip change outputs"
expect 0 '' "$S2S" evaluate -m run pairs.tsv --shortlist best
echo 'zebra a 0.5' >> best
expect 0 '^s2s predict: warning: best: 1 line with tokens that the model does not know left out$' \
    "$S2S" predict -m run few.txt --shortlist best --shortlist-frequent 0
same out expected "a line that does not count changes outputs"
echo 'a b nan' >> best
refuse 4 '^s2s predict: best:9: expected a probability from 0 to 1, found "nan"$' "$S2S" predict -m run few.txt --shortlist best

# ---- what is refused ----
refuse 2 '^s2s shortlist: no model' "$S2S" shortlist pairs.tsv -o new
refuse 2 '^s2s shortlist: no pairs' "$S2S" shortlist -m run -o new
refuse 2 '^s2s shortlist: no file for the translations' "$S2S" shortlist -m run pairs.tsv
refuse 4 'few\.txt:1: expected source<TAB>target, found no TAB' "$S2S" shortlist -m run few.txt -o new
refuse 4 'expected pairs of 1 to 1 tokens, found none in 1000 lines' "$S2S" shortlist -m run pairs.tsv -o new --max-length 1 -q
refuse 4 'none\.tsv' "$S2S" shortlist -m run none.tsv -o new
refuse 5 'none\.s2s' "$S2S" shortlist -m none.s2s pairs.tsv -o new
refuse 1 'none/new' "$S2S" shortlist -m run pairs.tsv -o none/new -q
refuse 4 'none' "$S2S" predict -m run few.txt --shortlist none
[ ! -e new ] || fail "a failure left a file"
