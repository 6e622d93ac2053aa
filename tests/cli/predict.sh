# A small model learns to reverse; then everything that predict, score, evaluate and inspect write.
set -eu
. "$(dirname "$0")/helpers"

train_tiny run 300
head -200 pairs.tsv > test.tsv
cut -f 1 test.tsv > test.txt

# ---- lines ----
"$S2S" predict -m run test.txt > out.txt
[ "$(wc -l < out.txt)" -eq 200 ] || fail "expected one line per line"
cut -f 2 test.tsv > wanted.txt
right=$(paste out.txt wanted.txt | awk -F '\t' '$1 == $2' | wc -l)
[ "$right" -ge 150 ] || fail "expected most lines reversed, found $right of 200"
"$S2S" predict -m run/model.s2s --input test.txt > file.txt
same file.txt out.txt "a run folder and its model file differ"
"$S2S" predict -m run < test.txt > stream.txt
same stream.txt out.txt "standard input and a file differ"
"$S2S" predict -m run -i - --line-buffered < test.txt > single.txt
same single.txt out.txt "--line-buffered changed the output"
"$S2S" predict -m run test.txt -o whole.txt
same whole.txt out.txt "-o changed the output"
for size in 1 64; do
    "$S2S" predict -m run test.txt --batch-size $size -b 4 > batch$size.txt
done
same batch1.txt batch64.txt "the output depends on the batch"
printf 'a b\n\n   \nc d\n' > blank.txt
"$S2S" predict -m run blank.txt > blank.out
[ "$(wc -l < blank.out)" -eq 4 ] || fail "blank lines: expected 4 lines"
[ "$(sed -n '2p;3p' blank.out)" = "" ] || fail "a blank line gave text"
[ -n "$(sed -n 4p blank.out)" ] || fail "the line after a blank one is empty"
# More lines than one chunk holds.
for _ in {1..11}; do cat test.txt; done > many.txt
"$S2S" predict -m run many.txt > many.out
for _ in {1..11}; do cat out.txt; done > many.wanted
same many.out many.wanted "the order was not kept"

# ---- threads ----
expect 0 'warning: --threads 250 is more than the [0-9]* cores\{0,1\} here' "$S2S" predict -m run test.txt --threads 250
same out out.txt "the output depends on the number of threads"

# ---- formats ----
number='-\{0,1\}[0-9]*\.[0-9]*'
echo 'a b c' > one.txt
"$S2S" predict -m run one.txt -b5 -n 3 > nbest.txt
[ "$(grep -c "^0 ||| [a-f ]* ||| LogProb= $number ||| $number\$" nbest.txt)" -eq 3 ] || fail "the n-best format"
awk -F ' [|][|][|] ' 'NR > 1 && $4 > last { exit 1 } { last = $4 }' nbest.txt || fail "n-best: scores rise"
"$S2S" predict -m run one.txt -b 5 -n 3 --show-source > list.txt
[ "$(grep -c "^a b c	$number	[a-f ]*\$" list.txt)" -eq 3 ] || fail "source, score and output"
"$S2S" predict -m run one.txt --show-source > list.txt
has list.txt '^a b c	[a-f ]*$'
"$S2S" predict -m run one.txt --alignment > align.txt
has align.txt '^[a-f ]* |||\( [0-9]*-[0-9]*\)*$'
[ "$(sed 's/ |||.*//' align.txt | wc -w)" -eq "$(sed 's/.*|||//' align.txt | wc -w)" ] ||
    fail "expected one alignment point per output token"
"$S2S" predict -m run one.txt --token-scores > scores.txt
has scores.txt "^[a-f ]* |||\( -\{0,1\}[0-9]*\.[0-9][0-9][0-9][0-9]\)*\$"
"$S2S" predict -m run one.txt --attention-map > map.txt
[ "$(wc -l < map.txt)" -gt 3 ] || fail "--attention-map drew nothing"
"$S2S" predict -m run blank.txt --attention-svg map.svg > /dev/null
has map.svg '<svg'
"$S2S" predict -m run blank.txt --json -b 3 -n 2 > lines.json
[ "$(grep -c '^{"id":[0-3],"text":".*}$' lines.json)" -eq 4 ] || fail "--json: expected 4 objects"
"$S2S" predict -m run test.txt --json > test.json
# Every object is made of these fields: texts, numbers, and lists of them.
text='"[a-f ]*"' real='-\{0,1\}[0-9.]*\(e-\{0,1\}[0-9]*\)\{0,1\}' pair='\[[0-9]*,[0-9]*\]'
list_of() { printf '%s' "\\[\\($1\\(,$1\\)*\\)\\{0,1\\}\\]"; }
fields="\"text\":$text,\"score\":$real,\"log_prob\":$real,\"tokens\":$(list_of "$text")"
fields="$fields,\"token_scores\":$(list_of "$real"),\"alignment\":$(list_of "$pair")"
[ "$(grep -c "^{\"id\":[0-9]*,$fields}\$" test.json)" -eq 200 ] || fail "--json: expected 200 objects of such fields"
[ "$(grep -c "^{\"id\":[0-9]*,$fields,\"nbest\":\[{$fields}\(,{$fields}\)*\]}\$" lines.json)" -eq 4 ] ||
    fail "--json -n 2: expected 4 objects of such fields and such lists"
for file in test lines; do
    sed 's/,"nbest".*/}/
         s/^{"id":\(.*\),"text":"\(.*\)","score":.*,"log_prob":\(.*\),"tokens":\[/\1\t\2\t\3\t/
         s/\],"token_scores":\[/\t/; s/\],"alignment":\[/\t/; s/\]}$//' $file.json |
        awk -F '\t' '{
            n = split($4, tokens, ","); n_scores = split($5, scores, ","); n_pairs = gsub(/\[/, "", $6)
            gsub(/"/, "", $4); gsub(/,/, " ", $4)
            difference = -$3
            for (t in scores)
                difference += scores[t]
            if ($1 != NR - 1 || $2 != $4 || n_scores != n + 1 || (n_pairs != 0 && n_pairs != n) ||
                difference > 1e-3 || difference < -1e-3) {
                print
                exit 1
            }
        }' || fail "--json: the fields of this line of $file.json do not fit together"
done
awk '{ n = split($0, part, "\"score\":"); for (i = 3; i <= n; i++) if (part[i] + 0 > part[2] + 1e-6) exit 1 }' lines.json ||
    fail "--json: an n-best score above that of the best"

# ---- prefixes ----
"$S2S" predict -m run test.txt --prefix 'f e' > prefix.txt
[ "$(grep -c '^f e' prefix.txt)" -eq 200 ] || fail "--prefix was not kept"
printf 'a b c\tf\na b c\n' > prefix.tsv
"$S2S" predict -m run prefix.tsv --prefix-tsv > prefix.txt
[ "$(sed -n 's/^f.*/f/p;q' prefix.txt)" = f ] || fail "--prefix-tsv was not kept"
"$S2S" predict -m run one.txt > plain.txt
[ "$(sed -n 2p prefix.txt)" = "$(cat plain.txt)" ] || fail "a line without prefix changed"

# ---- answers come at once ----
mkfifo ask answer
"$S2S" predict -m run --line-buffered < ask > answer &
predictor=$!
exec 3> ask 4< answer
echo 'a b c' >&3
read -r first <&4
[ "$first" = "$(cat plain.txt)" ] || fail "--line-buffered: another answer"
exec 3>&- 4<&-
wait $predictor || fail "--line-buffered: bad end"

# ---- a signal leaves no half of a file ----
"$S2S" predict -m run --line-buffered -o stopped.txt < ask &
predictor=$!
exec 3> ask
echo 'a b c' >&3
tries=0
until ls stopped.txt.*.tmp > /dev/null 2>&1 || [ $tries -eq 300 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
kill -TERM $predictor
exec 3>&- # ThreadSanitizer delivers the signal when the read ends
status=0
wait $predictor || status=$?
[ "$status" -eq 143 ] || fail "SIGTERM: expected exit status 143, found $status"
[ -z "$(find . -name 'stopped*')" ] || fail "SIGTERM: part of the output was left"

# ---- score ----
"$S2S" score -m run test.tsv > score.txt
[ "$(grep -c '^-\{0,1\}[0-9]*\.[0-9]\{6\}$' score.txt)" -eq 200 ] || fail "score: expected 200 numbers"
"$S2S" score -m run --normalise < test.tsv > normal.txt
paste test.tsv score.txt normal.txt | awk -F '\t' '{ n = split($2, piece, " ") + 1; d = $3 / n - $4
    if (d > 1e-4 || d < -1e-4) exit 1 }' || fail "score --normalise is not score / tokens"
"$S2S" score -m run --json test.tsv > score.json
[ "$(grep -c '"token_scores":\[' score.json)" -eq 200 ] || fail "score --json"
awk -F '\t' '{ print $0 "\ta b\tc" }' test.tsv > several.tsv
"$S2S" score -m run several.tsv > several.txt
same several.txt score.txt "score: of several targets not the first was scored"
# What was predicted has the score that was told.
"$S2S" predict -m run test.txt -b 3 -n 2 | awk -F ' [|][|][|] ' 'NR == 1 || $1 != last { print $3; last = $1 }' |
    sed 's/LogProb= //' > told.txt
"$S2S" predict -m run test.txt -b 3 > best.txt
paste test.txt best.txt | "$S2S" score -m run > rescored.txt
paste told.txt rescored.txt | awk '{ d = $1 - $2; if (d > 1e-3 || d < -1e-3) exit 1 }' ||
    fail "predict and score disagree"

# ---- precisions ----
"$S2S" predict -m run test.txt --precision f32 > f32.txt
same f32.txt out.txt "--precision f32 is not the default"
"$S2S" predict -m run test.txt --json --precision int8 > int8.json
for way in '--batch-size 1' '--batch-size 64 --threads 2'; do
    "$S2S" predict -m run test.txt --json --precision int8 $way > other.json
    same other.json int8.json "--precision int8: the output depends on $way"
done
S2S_ISA=avx2 "$S2S" predict -m run test.txt --json --precision int8 > other.json
S2S_ISA=avx512 "$S2S" predict -m run test.txt --json --precision int8 > int8.json
same other.json int8.json "--precision int8: the output depends on the instruction set"
"$S2S" predict -m run test.txt --precision int8 > int8.txt
equal=$(paste int8.txt out.txt | awk -F '\t' '$1 == $2' | wc -l)
[ "$equal" -ge 190 ] || fail "--precision int8: expected nearly the output of f32, found $equal lines of 200 equal"
S2S_PRECISION=int8 "$S2S" predict -m run test.txt > other.txt
same other.txt int8.txt "S2S_PRECISION and --precision differ"
echo 'precision: int8' > int8.yaml
"$S2S" score -m run test.tsv -c int8.yaml > other.txt
paste score.txt other.txt | awk '{ d = $1 - $2; if (d != 0) n++; if (d > 0.2 || d < -0.2) exit 1 } END { exit !n }' ||
    fail "score: expected nearly the scores of f32, but not the same"
"$S2S" evaluate -m run test.tsv --precision int8 > report.txt
right8=$(paste int8.txt wanted.txt | awk -F '\t' '$1 == $2' | wc -l)
has report.txt "^  correct  *$right8\$"
"$S2S" predict -m run test.txt --precision auto > other.txt
[ "$(wc -l < other.txt)" -eq 200 ] || fail "--precision auto: expected 200 lines"

# ---- evaluate ----
"$S2S" evaluate -m run test.tsv --perplexity > report.txt
has report.txt '^sequences  *200$'
has report.txt "^  correct  *$right\$"
has report.txt '^perplexity  *[0-9.]*$'
"$S2S" evaluate -m run test.tsv --json > report.json
has report.json "\"sequences\":200,\"correct_sequences\":$right,"
"$S2S" evaluate -m run --perplexity - < test.tsv > piped.txt
same piped.txt report.txt "evaluate: a file and standard input differ"
grep -q BLEU report.txt && fail "evaluate: metrics that nobody asked for"
has report.json '"bleu":null,"chrf":null,"chrf_words":null,"ter":null,'
"$S2S" evaluate -m run test.tsv --metrics ter,bleu > metrics.txt
has metrics.txt '^BLEU  *[0-9.]* %$'
has metrics.txt '^TER  *[0-9.]* %$'
grep -q chrF metrics.txt && fail "evaluate: chrF, which nobody asked for"
refuse 2 '^s2s evaluate: --metrics: expected some of bleu, chrf, chrf++, ter, separated by commas, found "meteor"$' \
    "$S2S" evaluate -m run test.tsv --metrics bleu,meteor
refuse 2 '^s2s evaluate: unknown option --n-best; ' "$S2S" evaluate -m run test.tsv --n-best 2
gzip -c test.tsv | "$S2S" evaluate -m run --perplexity /dev/fd/0 > piped.txt
same piped.txt report.txt "evaluate: a file and a pipe of gzip differ"
sed '1s/\t.*/\tf f f f f f f/' test.tsv > wrong.tsv
"$S2S" evaluate -m run wrong.tsv --show-errors 1 > errors.txt
has errors.txt '^line 1: '
has errors.txt '^  reference  f f f f f f f$'
[ "$(grep -c '^line ' errors.txt)" -eq 1 ] || fail "--show-errors 1 showed more"
"$S2S" evaluate -m run wrong.tsv --alignments > errors.txt
has errors.txt '^REF: '
has errors.txt '^HYP: '

# ---- inspect ----
"$S2S" inspect run > inspect.txt
has inspect.txt '^parameters  *[0-9]*$'
has inspect.txt '^  dim-hidden: 32$'
"$S2S" inspect run --json > inspect.json
has inspect.json '^{"format_version":[0-9]*,"parameters":[0-9]*,'
"$S2S" inspect run --vocab target > pieces.txt
for piece in a b c d e f; do
    has pieces.txt "^$piece\$"
done
expect 0 '' "$S2S" inspect run --history
[ -s out ] || fail "inspect --history printed nothing"
