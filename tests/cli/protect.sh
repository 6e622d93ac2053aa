# The text step protect: what it keeps comes back from every tokeniser as the source has it, its symbols never do.
set -eu
. "$(dirname "$0")/helpers"

export LC_ALL=C # patterns of bytes
symbol=$(printf '\363\260\200') # their first three bytes
# whole FILE: no symbol in it.
whole() { ! grep -q "$symbol" "$1" || fail "$1: a symbol in the output"; }

# Letters in reverse order, with texts among them that no other line has.
awk 'BEGIN {
    split("{name} %s http://example.com/ me@mail.org <b>", kept, " ")
    state = 1
    for (line = 0; line < 1200; line++) {
        source = target = ""
        for (i = 0; i < 5; i++) {
            state = (state * 1103515245 + 12345) % 2147483648
            word = substr("abcdef", 1 + int(state / 65536) % 6, 1)
            if (i == line % 5)
                word = kept[1 + int(line / 5) % 5]
            if (word ~ /http/)
                word = word "Page" line "?q=X"
            if (i == (line + 2) % 5)
                word = line "." line % 10
            source = source (i ? " " : "") word
            target = word (i ? " " : "") target
        }
        print source ".\t" target "."
    }
}' >all.tsv
head -1000 all.tsv >pairs.tsv
tail -200 all.tsv >test.tsv
cut -f 1 test.tsv >test.txt
cut -f 2 test.tsv >expected.txt

steps="--src-text protect,lower,moses:en --tgt-text protect,lower,moses:en"
train="$S2S train pairs.tsv --valid-every 0u $tiny"
expect 0 '' "$S2S" train pairs.tsv -o run $tiny $steps --after 200u --valid-every 200u --valid-metric bleu,sequence-accuracy
expect 0 '' $train -o parts $steps --after 10u
expect 0 '' $train -o parts $steps --after 20u
expect 0 '' $train -o straight $steps --after 20u
same parts/model.s2s straight/model.s2s "protect: a run in two parts differs from one that went through"
grep -q '"bleu":\([6-9][0-9]\|100\)' run/metrics.jsonl || fail "expected a validation BLEU above 60, which unharmed texts give"

"$S2S" predict -m run test.txt >out.txt
whole out.txt
right=$(paste -d '\n' out.txt expected.txt | awk 'NR % 2 { output = $0; next } output == $0 { n++ } END { print n + 0 }')
[ "$right" -ge 100 ] || { diff out.txt expected.txt | head >&2; fail "expected half of the lines right at least, found $right of 200"; }
"$S2S" predict -m run test.txt --batch-size 1 >single.txt
same out.txt single.txt "outputs depend on the batch"
"$S2S" predict -m run test.txt -b 4 -n 4 >best.txt
[ "$(wc -l <best.txt)" -eq 800 ] || fail "expected four outputs a line"
whole best.txt
printf 'a b\thttp://x.yz/Q\na {Who} b\t{Who}\n{Who}\t{Whom} %%s\n' >prefixed.tsv
"$S2S" predict -m run prefixed.tsv --prefix-tsv >prefixed.txt
whole prefixed.txt
[ "$(sed -n 2p prefixed.txt | cut -c 1-5)" = '{Who}' ] || fail "expected an output that begins with its prefix"
# A phrase is protected as the same text of its source is.
printf 'a {Who} b\na http://x.yz/Q b\n' >asked.txt
printf '{Who}\nhttp://x.yz/Q\n' >phrases.txt
expect 0 '' "$S2S" predict -m run asked.txt --constraints phrases.txt --json
[ "$(grep -c '"constrained":true' out)" -eq 2 ] || fail "expected the phrases: $(cat out)"
# A shortlist is of symbols that stand for the same text on both sides.
expect 0 '' "$S2S" shortlist -m run pairs.tsv -o list.txt --iterations 1 -q
symbol=$(printf '\363\260\200') # the first bytes of all
LC_ALL=C grep -q "^${symbol}[^ ]* $symbol" list.txt || fail "a shortlist without protected texts"
"$S2S" evaluate -m run test.tsv --perplexity >report.txt
has report.txt '^sequence accuracy *\([5-9][0-9]\|100\)\.'
# The same pair but for what is protected is as likely.
printf 'a {X} b\tb {X} a\na {Yy} b\tb {Yy} a\n' >given.tsv
"$S2S" score -m run given.tsv >scores.txt
[ "$(sort -u scores.txt | wc -l)" -eq 1 ] || fail "score: what is protected counts"

# ---- other tokenisers ----
expect 0 '' $train -o char --src-tokens char --tgt-tokens char --src-text protect --tgt-text protect --after 20u
expect 0 '' $train -o word --src-tokens word --tgt-tokens word --src-text protect --tgt-text protect --after 120u
expect 0 '' $train -o joint --src-tokens unigram --tgt-tokens unigram --joint-vocab --vocab-size 55 \
    --src-text protect --tgt-text protect --after 250u
expect 0 '' $train -o bpe --src-tokens bpe --tgt-tokens bpe --vocab-size 60 --src-text protect:url+tag \
    --tgt-text protect:tag+url --subword-sampling 0.1 --after 20u
for model in char word joint bpe; do
    "$S2S" predict -m $model test.txt >$model.txt
    whole $model.txt
    [ "$(wc -l <$model.txt)" -eq 200 ] || fail "$model: expected a line of output for each line of input"
done
for model in word joint; do
    [ "$(grep -c 'Page[0-9]*?q=X' $model.txt)" -ge 20 ] || fail "$model: expected addresses in 20 of 40 lines at least"
done
"$S2S" inspect joint --vocab target | grep -c "$symbol" >count.txt
[ "$(cat count.txt)" -eq 40 ] || fail "expected the symbols among the pieces"

# ---- hostile lines ----
{
    printf '%s0 %s\n' "$symbol" "$symbol" | tr 0 '\207' # their own code points, whole and cut off
} >hostile.txt
refuse 4 'expected UTF-8' "$S2S" predict -m run hostile.txt
printf '\363\260\200\207 {{{{ <<<< http:// %%(((\n1 2 3 4 5 6 7 8 9 10 11 12\n<a b="\n' >hostile.txt
"$S2S" predict -m joint hostile.txt -b 3 -n 3 >hostile.out
whole hostile.out

# ---- misuse ----
refuse 3 'src-text protect:uri: expected some of placeholder, url, email, number, tag' $train -o none --src-text protect:uri
refuse 3 'expected protect with the same kinds, found url and none' $train -o none --src-text protect:url
[ ! -e none ] || fail "what was refused left a folder behind"

# ---- a given subword model gets the symbols ----
command -v spm_train >found.txt || { echo "no spm_train"; exit 77; }
tr '\t' '\n' <pairs.tsv >text.txt
spm_train --input=text.txt --model_prefix=given --model_type=unigram --vocab_size=60 --minloglevel=3 2>log.txt
expect 0 '' $train -o given --src-tokens unigram --tgt-tokens unigram --joint-vocab --src-subwords given.model \
    --src-text protect --tgt-text protect --after 5u
"$S2S" inspect given --json | grep -q '"tgt_vocab":100' || fail "expected 60 pieces and 40 symbols"
printf 'a http://a.bc, <i>b\n' | "$S2S" encode -m given --format pieces >pieces.txt
[ "$(sed "s/${symbol}[^ ]*/S/g" pieces.txt)" = '▁a ▁ S , ▁ S b' ] || fail "given: pieces $(cat pieces.txt)"
"$S2S" predict -m given test.txt >given.txt
whole given.txt
