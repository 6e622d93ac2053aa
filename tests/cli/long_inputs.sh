# Lines that are longer than the model takes: split, predicted in parts, joined, and told.
set -eu
. "$(dirname "$0")/helpers"

train_tiny run 300
predict() { "$S2S" predict -m run "$@"; }
reverse() { awk '{ for (i = NF; i > 0; i--) printf "%s%s", $i, i > 1 ? " " : "\n" }'; }

# ---- parts are lines ----
printf 'a b c d\nf e d c b a b c d\n\nb a\nc d e f a b\n' > long.txt
printf 'a b c d\nf e d c\nb a b c\nd\n\nb a\nc d e f\na b\n' > parts.txt
predict parts.txt | awk 'NR == 2 || NR == 3 || NR == 7 { printf "%s ", $0; next } { print }' > wanted.txt
expect 0 '^s2s predict: warning: long\.txt:2: longer than 4 source tokens (--max-source), predicted in 3 parts$' \
    predict long.txt --max-source 4
same out wanted.txt "the parts of a long line are not what they are as lines"
has err '^s2s predict: warning: long\.txt:5: .* in 2 parts$'
[ "$(wc -l < err)" -eq 2 ] || fail "expected one warning a long line"
expect 0 '' predict long.txt
expect 0 '' predict long.txt --max-source 9

# ---- the limit of training, one warning a line, lines far behind ----
awk 'BEGIN { for (i = 1; i <= 4200; i++) { line = "a b"; if (i == 2005) for (k = 0; k < 100; k++) line = line " c d"; print line } }' > far.txt
expect 0 '^s2s predict: warning: far\.txt:2005: longer than 200 source tokens .* in 2 parts$' predict far.txt -b 1
[ "$(wc -l < err)" -eq 1 ] || fail "expected one warning"
[ "$(wc -l < out)" -eq 4200 ] || fail "expected an output line per line"

# ---- what goes with it ----
expect 0 'warning' predict long.txt --max-source 4 -n 3 -b 3
[ "$(grep -c '^1 ||| ' out)" -eq 1 ] || fail "n-best: expected one output of a line in parts"
[ "$(grep -c '^0 ||| ' out)" -eq 3 ] || fail "n-best: expected three outputs of a line that is not"
expect 0 'warning' predict long.txt --max-source 4 --json
sed -n 2p out > two.json
has two.json '"alignment":\[\[[0-3],0\],'
[ "$(sed 's/.*"tokens":\[\(.*\)\],"token_scores.*/\1/' two.json | tr -cd , | wc -c)" -eq 8 ] || fail "expected 9 tokens"
expect 0 'warning' predict long.txt --max-source 4 --alignment --token-scores
sed -n 2p out > two.txt
has two.txt '^[a-f ]* ||| .* 8-8 ||| '
input=long.txt expect 0 'warning: standard input:5: ' predict --max-source 4 --line-buffered
same out wanted.txt "--line-buffered changed the output of long lines"
head -50 pairs.tsv > test.tsv
expect 0 '^s2s evaluate: warning: [0-9]* of 50 inputs: longer than 3 source tokens (--max-source), predicted in parts$' \
    "$S2S" evaluate -m run test.tsv --max-source 3
expect 0 '' "$S2S" evaluate -m run test.tsv

# ---- characters ----
printf 'abc def\tabc def\n' > copy.tsv
"$S2S" train copy.tsv --valid copy.tsv -o letters --src-tokens char --tgt-tokens char --after 1u --max-length 20 \
    --valid-every 0u $tiny
awk 'BEGIN { print "One two three. Four five six seven." }' > letters.txt
expect 0 'letters\.txt:1: longer than 20 source tokens .* in 2 parts$' "$S2S" predict -m letters letters.txt
