# Words that no vocabulary knows, copied by attention or looked up; with words, with subwords, and where it cannot be.
set -eu
. "$(dirname "$0")/helpers"

# Lines to reverse; every third word or so occurs once in all.
pairs 1500 | awk -F '\t' '{
    n = split($1, word, " ")
    source = target = ""
    for (i = 1; i <= n; i++) {
        if ((NR * 7 + i * 5) % 3 == 0)
            word[i] = "rare" NR "x" i
        source = source (i > 1 ? " " : "") word[i]
        target = word[i] (i > 1 ? " " : "") target
    }
    print source "\t" target
}' > rare.tsv
train="$S2S train rare.tsv --vocab-min-count 3 --valid-every 0u $tiny"
$train -o run --after 500u
predict() { "$S2S" predict -m run "$@"; }
printf 'a b zebra\nb quagga c d\nokapi a\n' > test.txt

# ---- off, on, and with a dictionary ----
predict test.txt > off.txt
grep -q 'unk\|zebra\|quagga\|okapi' off.txt && fail "an unknown word without --replace-unknown"
predict test.txt --replace-unknown > on.txt
printf 'zebra b a\nd c quagga b\na okapi\n' > wanted.txt
same on.txt wanted.txt "--replace-unknown: unknown words were not copied"
printf 'zebra\tZEBRA\nquagga\tthe quagga\tzebra\nquagga\tnone\nb\tx\n' > words.tsv
gzip -k words.tsv
printf 'ZEBRA b a\nd c the quagga b\na okapi\n' > wanted.txt
for file in words.tsv words.tsv.gz; do
    predict test.txt --replace-unknown --unknown-dictionary $file > listed.txt
    same listed.txt wanted.txt "--unknown-dictionary $file: other words"
done
printf 'replace-unknown: yes\nunknown-dictionary: words.tsv\n' > words.yaml
predict test.txt -c words.yaml > listed.txt
same listed.txt wanted.txt "--unknown-dictionary: a file of options gives other words"

# ---- what is told of them ----
predict test.txt --replace-unknown --json -n 3 -b 3 > nbest.json
[ "$(grep -c '^{"id":[0-2],.*\(zebra\|quagga\|okapi\)' nbest.json)" -eq 3 ] || fail "n-best: no unknown word"
grep -q '<unk>' nbest.json && fail "n-best: <unk> was left"
[ "$(sed 's/,"nbest".*/}/' nbest.json | head -1 | sed 's/.*"tokens":\(.*\),"token_scores.*/\1/')" = '["zebra","b","a"]' ] ||
    fail "the tokens lack the word"
predict test.txt --replace-unknown --alignment | head -1 > align.txt
[ "$(sed 's/^\(.*\) |||.* 2-0.*/\1/' align.txt)" = 'zebra b a' ] || fail "the alignment is not that of the word"
# A word that neither vocabulary has is scored as it was predicted.
predict test.txt --replace-unknown --json | sed 's/.*"log_prob":\([^,]*\),.*/\1/' > told.txt
paste test.txt on.txt | "$S2S" score -m run > scored.txt
paste told.txt scored.txt | awk '{ d = $1 - $2; if (d > 1e-3 || d < -1e-3) exit 1 }' || fail "predict and score disagree"
paste test.txt on.txt > test.tsv
"$S2S" evaluate -m run test.tsv --replace-unknown > report.txt
has report.txt '^  correct  *3$'

# ---- subwords of the source: the whole word ----
$train -o sub --src-tokens bpe --vocab-size 60 --after 5u
printf 'abcdef\n' > word.txt
"$S2S" predict -m sub word.txt --replace-unknown --prefix 'a' --json --sample --temperature 100 -n 20 > samples.json
has samples.json '"text":"a .*abcdef'

# ---- subwords of both sides: one subword, whose space is one where the target does not know it either ----
pairs 300 > letters.tsv
paste <(cut -f 1 letters.tsv | tr a-f g-l) <(cut -f 2 letters.tsv) > other.tsv
"$S2S" train other.tsv -o both --src-tokens bpe --tgt-tokens bpe --vocab-size 14 --valid-every 0u --after 5u $tiny
echo 'g h i' > ghi.txt
"$S2S" predict -m both ghi.txt --replace-unknown --json --sample --temperature 100 -n 50 > samples.json
has samples.json '"tokens":\[[^]]*,"▁[ghi]"'
has samples.json '"text":"[^"]* [ghi] '
grep -q '"text":"[^"]*▁' samples.json && fail "a mark of subwords in a text"

# ---- what is refused ----
printf 'zebra\tZ\nno tab\n' > bad.tsv
refuse 4 '^s2s predict: bad\.tsv:2: expected source<TAB>target, found no TAB$' \
    predict test.txt --replace-unknown --unknown-dictionary bad.tsv
refuse 4 '^s2s predict: none\.tsv: ' predict test.txt --replace-unknown --unknown-dictionary none.tsv
refuse 2 '^s2s predict: --unknown-dictionary: expected --replace-unknown, found none$' \
    predict test.txt --unknown-dictionary words.tsv
$train -o blind --attention none --after 1u
$train -o letters --src-tokens char --tgt-tokens char --after 1u
refuse 2 '^s2s predict: --replace-unknown: expected a model with attention, found one without$' \
    "$S2S" predict -m blind test.txt --replace-unknown
refuse 2 '^s2s predict: --replace-unknown: expected .* words or subwords, found characters of the source' \
    "$S2S" predict -m letters test.txt --replace-unknown
