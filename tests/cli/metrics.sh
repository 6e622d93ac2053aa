# What s2s metrics writes, how files and options are given, and what it refuses.
set -eu
. "$(dirname "$0")/helpers"

# sacreBLEU's scores of them are those below.
printf 'The cat sat on the mat.\nIt is raining, again.\nHello there!\n' > ref.txt
printf 'A cat sat on a mat.\nIt rains again.\nHi there!\n' > ref,2.txt
printf 'The cat sat on a mat.\nIt is raining again.\nHello!\n' > out.txt
printf 'The cat on the mat.\nIt rains.\n\n' > worse.txt

# ---- the report ----
expect 0 '' "$S2S" metrics --ref ref.txt out.txt
has out '^BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:s2s-[0-9.]*$'
has out '^  out\.txt   38\.00  92\.9/63\.6/37\.5/16\.7 (BP = 0\.867 ratio = 0\.875 hyp_len = 14 ref_len = 16)$'
has out '^chrF2|nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:s2s-'
has out '^  out\.txt   63\.64$'
has out '^TER|nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:s2s-'
has out '^  out\.txt   33\.33  (edits = 4 ref_len = 12\.0)$'
[ "$(wc -l < out)" -eq 8 ] || fail "expected three blocks of two lines"

# ---- files: several of them, standard input, gzip, a file of options, the environment ----
cp out one
input=out.txt
expect 0 '' "$S2S" metrics -r ref.txt
input=
sed 's/^  - /  out.txt /' out > renamed
same renamed one "a file and standard input differ"
expect 0 '' "$S2S" metrics out.txt --ref=ref.txt -o report.txt
same report.txt one "--output and standard output differ"
gzip -c ref.txt > ref.gz
expect 0 '' "$S2S" metrics --ref ref.gz out.txt
same out one "a text and its gzip differ"
printf 'ref: ref.txt\nmetrics: bleu,chrf,ter\n' > options.yaml
expect 0 '' "$S2S" metrics -c options.yaml out.txt
same out one "options of a file and of the command line differ"
expect 0 '' env S2S_REF=ref.txt "$S2S" metrics out.txt
same out one "options of the environment and of the command line differ"
expect 0 '' "$S2S" metrics -c options.yaml --ref ref,2.txt out.txt --metrics bleu
has out 'nrefs:1'

expect 0 '' "$S2S" metrics --ref ref.txt --ref ref,2.txt out.txt worse.txt --metrics bleu,chrf++
cp out two
has two '^BLEU|nrefs:2|'
has two '^chrF2++|nrefs:2|.*|nw:2|'
[ "$(grep -c '^  out\.txt  ' two)" -eq 2 ] || fail "expected the first system twice"
[ "$(grep -c '^  worse\.txt' two)" -eq 2 ] || fail "expected the second system twice"
expect 0 '' env "S2S_REF=ref.txt
ref,2.txt" "$S2S" metrics -i out.txt --hyp worse.txt --metrics bleu,chrf++
same out two "options that are repeated and options of several lines differ"

# ---- confidence and comparison ----
expect 0 '' "$S2S" metrics --ref ref.txt out.txt --confidence --resamples 100 --metrics chrf
has out '^chrF2|nrefs:1|bs:100|seed:1|case:'
has out '^  out\.txt   63\.64  (mean [0-9.]* ± [0-9.]*)$'
cp out once
expect 0 '' "$S2S" metrics --ref ref.txt out.txt --confidence --resamples 100 --metrics chrf
same out once "the same seed gave another interval"
expect 0 '' "$S2S" metrics --ref ref.txt out.txt worse.txt --paired bootstrap --metrics ter --seed 5
has out '^TER|nrefs:1|bs:1000|seed:5|case:'
has out '^  worse\.txt  [0-9. ]*(mean [0-9.]* ± [0-9.]*)  p = [01]\.[0-9]*  (edits = '
[ "$(grep -c ' p = ' out)" -eq 1 ] || fail "expected a p-value of the second system alone"
expect 0 '' "$S2S" metrics --ref ref.txt out.txt out.txt --paired approx --trials 50 --metrics bleu
has out '^BLEU|nrefs:1|ar:50|seed:1|case:'
has out '  p = 1\.0000  '

# ---- JSON ----
expect 0 '' "$S2S" metrics --ref ref.txt out.txt worse.txt --json
[ "$(wc -l < out)" -eq 6 ] || fail "expected an object per metric and system"
has out '^{"metric":"BLEU","signature":"nrefs:1|[^"]*","system":"out.txt","score":3[78]\.[0-9]*,"mean":null,"interval":null,"p_value":null,"precisions":\[92\.857143,63\.636364,37\.5,16\.666667\],"brevity_penalty":0\.86[0-9]*,"output_tokens":14,"reference_tokens":16\.0}$'
has out '^{"metric":"TER",.*"system":"worse.txt",.*"edits":[0-9]*,"reference_tokens":12\.0}$'

# ---- what is refused ----
head -2 ref.txt > short.txt
: > empty.txt
printf 'one\ntwo\nthr\351e\n' > latin.txt
refuse 2 '^s2s metrics: no references: give them with --ref' "$S2S" metrics out.txt
refuse 4 '^s2s metrics: short\.txt: expected 3 lines, as many as ref\.txt has, found 2$' "$S2S" metrics -r ref.txt short.txt
refuse 4 '^s2s metrics: short\.txt: expected 3 lines, as many as ref\.txt has, found 2$' "$S2S" metrics -r ref.txt -r short.txt out.txt
refuse 4 '^s2s metrics: empty\.txt: expected at least one line' "$S2S" metrics -r ref.txt empty.txt
refuse 4 '^s2s metrics: standard input: expected at least one line' "$S2S" metrics -r ref.txt
refuse 4 '^s2s metrics: latin\.txt:3: expected UTF-8, found byte 0xe9 at byte offset 3$' "$S2S" metrics -r ref.txt latin.txt
refuse 4 'none\.txt' "$S2S" metrics -r ref.txt none.txt
refuse 2 '^s2s metrics: expected standard input for one file, found it for 2$' "$S2S" metrics -r - -
refuse 2 '^s2s metrics: --metrics: expected some of bleu, chrf, chrf++, ter, separated by commas, found "meteor"$' "$S2S" metrics -r ref.txt out.txt --metrics meteor
refuse 2 '^s2s metrics: --tokenize: expected one of 13a, intl' "$S2S" metrics -r ref.txt out.txt --tokenize spm
refuse 2 '^s2s metrics: --paired: expected the outputs of two systems at least' "$S2S" metrics -r ref.txt out.txt --paired approx
refuse 2 '^s2s metrics: --smooth-value: expected --smooth-method floor or add-k' "$S2S" metrics -r ref.txt out.txt --smooth-value 1
