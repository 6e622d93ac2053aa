# Constrained decoding: lexicons and phrases, and files of them that are not what they should be.
set -eu
. "$(dirname "$0")/helpers"

train_tiny run 300
printf 'a b c\nd e f\nf a\n\nb b b\n' > in.txt
"$S2S" predict -m run in.txt > plain.txt
predict="$S2S predict -m run in.txt"

# ---- a lexicon ----
printf 'c b a\r\nf e d\nno\n\nb b b\na a a a a\nf e d\nb f' > lexicon.txt
unknown='warning: lexicon.txt:3: this string has tokens that the model does not know; 1 of 7 strings cannot be outputs$'
for options in '' '-b 1' '-b 4 --batch-size 1' '--sample --seed 3' '--max-length-factor 0 --no-repeat-ngram 1'; do
    expect 0 "$unknown" $predict --lexicon lexicon.txt $options
    [ "$(wc -l < err)" -eq 1 ] || fail "--lexicon $options: expected one warning"
    [ "$(sed '/^$/d' out | grep -c -x -e 'c b a' -e 'f e d' -e 'b b b' -e 'a a a a a' -e 'b f')" -eq 4 ] ||
        fail "--lexicon $options: expected strings of the lexicon"
    [ -z "$(sed -n 4p out)" ] || fail "--lexicon $options: a blank line gave text"
done
expect 0 "$unknown" $predict --lexicon lexicon.txt -b 9 -n 9
for id in 0 1 2 4; do
    [ "$(grep "^$id |||" out | sort -u | wc -l)" -eq 5 ] || fail "-n 9: expected the 5 strings of the lexicon, each once"
done
# The order of the n-best list is that of the scores of the strings.
grep '^0 |||' out | sed 's/^0 ||| \(.*\) ||| LogProb= .*/a b c\t\1/' > strings.tsv
"$S2S" score -m run strings.tsv > scores.txt
sort -g -r -c scores.txt || fail "n-best list of a lexicon: not in the order of s2s score"
gzip -c lexicon.txt > lexicon.gz
$predict --lexicon lexicon.txt > whole.txt 2> /dev/null
$predict --lexicon lexicon.gz > packed.txt 2> /dev/null
same packed.txt whole.txt "a packed lexicon differs"
$predict --lexicon lexicon.txt --prefix 'a a' 2> /dev/null | sed '/^$/d' > prefix.txt
[ "$(grep -c -x 'a a a a a' prefix.txt)" -eq 4 ] || fail "a prefix in a lexicon"
expect 4 'in.txt:1, prefix: expected the first tokens of a string in the lexicon, found other ones$' \
    $predict --lexicon lexicon.txt --prefix 'a b'
expect 0 'lexicon.txt:1: this string is longer than --max-length; 6 of 7 strings' \
    $predict --lexicon lexicon.txt --max-length 2
[ "$(grep -c -x 'b f' out)" -eq 4 ] || fail "--max-length: expected the short string"
expect 0 'lexicon.txt:1: this string is shorter than --min-length; 6 of 7 strings' \
    $predict --lexicon lexicon.txt --min-length 4
"$S2S" evaluate -m run pairs.tsv --lexicon lexicon.txt > /dev/null 2>&1 || fail "evaluate --lexicon"

: > empty.txt
refuse 4 'empty.txt: expected at least one line, found an empty file$' $predict --lexicon empty.txt
printf '\n  \n' > blank.txt
refuse 4 'blank.txt: expected strings, one a line, found blank lines only$' $predict --lexicon blank.txt
printf '\nno\nnot this\n' > unknown.txt
refuse 4 'unknown.txt:2: expected strings that can be outputs, found none in 2; this one has tokens that' \
    $predict --lexicon unknown.txt
printf 'a\nb \377\n' > bytes.txt
refuse 4 'bytes.txt:2: expected UTF-8, found byte 0xff at byte offset 2$' $predict --lexicon bytes.txt
printf 'a\nb\0c\n' > nul.txt
refuse 4 'nul.txt:2: expected text, found a NUL at byte offset 1$' $predict --lexicon nul.txt
refuse 4 'missing.txt: cannot open' $predict --lexicon missing.txt

# ---- phrases ----
printf 'a c\n\nd d\t\tb\nno\t a\na f d\r\n' > phrases.txt
for options in '-b 1' '' '-b 12 --batch-size 1' '-b 9 --length-penalty 1'; do
    expect 0 'phrases.txt:4: a phrase has tokens that the model does not know; the output is the one without' \
        $predict --constraints phrases.txt $options
    sed -n 1p out | grep -q 'a c' || fail "--constraints $options: expected a phrase in line 1"
    [ "$(sed -n 3p out | grep -c 'd d.*b\|b.*d d')" -eq 1 ] || fail "--constraints $options: expected both phrases"
    sed -n 5p out | grep -q 'a f d' || fail "--constraints $options: expected the phrase in line 5"
done
[ "$(sed -n 2p out)" = "$(sed -n 2p plain.txt)" ] || fail "a line without phrases changed"
$predict --constraints phrases.txt --batch-size 1 > one.txt 2> /dev/null
$predict --constraints phrases.txt --batch-size 9 > nine.txt 2> /dev/null
same one.txt nine.txt "constrained outputs depend on the batch"
$predict --constraints phrases.txt --line-buffered > single.txt 2> /dev/null
same single.txt nine.txt "--line-buffered changed constrained outputs"
$predict --constraints phrases.txt --json -n 2 2> /dev/null | sed 's/^{"id":\([0-9]*\),"constrained":\([a-z]*\),"text".*/\1 \2/' > flags
[ "$(tr '\n' ' ' < flags)" = "0 true 1 true 2 true 3 false 4 true " ] || fail "--json: constrained: $(cat flags)"
! $predict --json | grep -q constrained || fail "--json: constrained without constraints"

# A constraint that cannot be met gives what there is without it, and says so.
printf 'a c a c a c\n\n\n\nf f f\n' > long.txt
expect 0 'long.txt:1: no output was found that contains all phrases; the output is the one without constraints$' \
    $predict --constraints long.txt --max-length 5
[ "$(sed -n 1p out)" = "$(sed -n 1p plain.txt)" ] || fail "expected the output without constraints"
sed -n 5p out | grep -q 'f f f' || fail "expected the constraint that can be met"
printf 'c b\n\nf e\n\nb\n' > both.txt
printf 'c b\nb\n' > two.txt
expect 0 'both.txt:3: no output was found' $predict --constraints both.txt --lexicon two.txt
sed -n 3p out | grep -q -x -e 'c b' -e b || fail "expected a string of the lexicon without the phrase"
[ "$(sed -n 1p out)" = 'c b' ] || fail "a phrase in a lexicon"

# Numbers of lines, also beyond one chunk of lines.
head -3 phrases.txt > few.txt
expect 4 'few.txt: expected as many lines as in.txt has, 5, found 3$' $predict --constraints few.txt
input=in.txt expect 4 'few.txt: expected as many lines as standard input has, at least 4, found 3$' \
    "$S2S" predict -m run --line-buffered --constraints few.txt
[ "$(wc -l < out)" -eq 3 ] || fail "expected an answer to every line that has a constraint"
cat phrases.txt phrases.txt > many.txt
expect 4 'many.txt: expected as many lines as in.txt has, 5, found 10$' $predict --constraints many.txt
expect 4 'many.txt: expected as many lines as in.txt has, 5, found 10$' $predict --constraints many.txt -o written.txt
[ ! -e written.txt ] || fail "an output was written in spite of the error"
awk 'BEGIN { for (i = 0; i < 4321; i++) print i % 7 ? "a b" : "f" }' > chunks.in
awk 'BEGIN { for (i = 0; i < 4321; i++) print i % 3 ? "" : "e" }' > chunks.txt
"$S2S" predict -m run chunks.in --constraints chunks.txt -b 2 > chunks.out
[ "$(awk 'NR % 3 == 1 && / e |^e | e$|^e$/ { n++ } END { print n }' chunks.out)" -eq 1441 ] ||
    fail "constraints of many lines: expected each beside its input"

refuse 4 'bytes.txt:2, phrase 2: expected UTF-8, found byte 0xff at byte offset 0$' \
    sh -c 'printf "a\nb\t\377\n\n\n\n" > bytes.txt; exec "$0" predict -m run in.txt --constraints bytes.txt' "$S2S"
printf 'a\nb\0c\n' > nul.txt
refuse 4 'nul.txt:2: expected text, found a NUL at byte offset 1$' $predict --constraints nul.txt
awk 'BEGIN { for (i = 0; i < 65; i++) printf "a\t"; print "\n\n\n\n" }' > crowd.txt
refuse 4 'crowd.txt:1, phrases: expected at most 64, found more$' $predict --constraints crowd.txt
awk 'BEGIN { for (i = 0; i < 1000; i++) printf "a "; print "\n\n\n\n" }' > wide.txt
refuse 4 'wide.txt:1, phrases: expected at most 999 tokens in all, found more$' $predict --constraints wide.txt
refuse 2 'sample: expected a search' $predict --constraints long.txt --sample
for option in --constraints --lexicon --shortlist "--replace-unknown --unknown-dictionary"; do
    input=in.txt refuse 2 'standard input: expected to read one file from it, found 2$' \
        "$S2S" predict -m run $option -
done
printf 'a\n\n\n\n\n' | "$S2S" predict -m run in.txt --constraints - > piped.txt
sed -n 1p piped.txt | grep -q a || fail "constraints from standard input"
refuse 4 'missing.txt: ' $predict --constraints missing.txt
