# s2s encode: numbers, pieces and one-hot rows of lines, and back to text; what SentencePiece gives with a model of its.
set -eu
. "$(dirname "$0")/helpers"

train_tiny run 2
cut -f 1 pairs.tsv | head -50 >source.txt
cut -f 2 pairs.tsv | head -50 >target.txt
"$S2S" encode -m run source.txt >ids.txt
"$S2S" inspect run --vocab source >vocab.txt
# The numbers are the lines of the vocabulary, from 0.
awk 'NR == FNR { piece[FNR - 1] = $0; next } { for (i = 1; i <= NF; i++) printf "%s%s", (i > 1 ? " " : ""), piece[$i]; print "" }' \
    vocab.txt ids.txt >named.txt
same named.txt source.txt "the numbers are not those of the vocabulary"
"$S2S" encode -m run ids.txt --decode >back.txt
same back.txt source.txt "encode --decode does not give back the text"
"$S2S" encode -m run --side target --format pieces -i target.txt -o pieces.txt
same pieces.txt target.txt "expected what white space separates"

# It ends when nobody reads on.
yes 'a b' | { got=0; timeout 20 "$S2S" encode -m run 2>/dev/null || got=$?; echo "$got" >closed; } | head -1 >/dev/null
[ "$(cat closed)" -eq 1 ] || fail "a closed pipe: expected exit status 1, found $(cat closed)"

printf 'a b\n\nzzz c\n' >few.txt
"$S2S" encode -m run few.txt >few.ids
[ "$(sed -n 2p few.ids)" = '' ] || fail "expected an empty line for an empty one"
[ "$(sed -n 3p few.ids | cut -d ' ' -f 1)" -eq 0 ] || fail "expected 0 of an unknown token"
"$S2S" encode -m run few.txt --format one-hot >rows.txt
awk '{ for (i = 1; i <= NF; i++) print NR - 1, $i ":1" }' few.ids >expected.txt
same rows.txt expected.txt "one-hot rows"
"$S2S" encode -m run few.txt --json >few.json
[ "$(sed -n 3p few.json | sed 's/"ids":\[0,[0-9]*\]/"ids":/')" = '{"id":2,"text":"zzz c","tokens":["zzz","c"],"ids":}' ] ||
    fail "JSON: $(sed -n 3p few.json)"
printf '1 4  5\t2\n\n0\n' | "$S2S" encode -m run --decode --json >decoded.json
[ "$(sed -n 2p decoded.json)" = '{"id":1,"text":""}' ] || fail "JSON: $(sed -n 2p decoded.json)"
[ "$(sed -n 3p decoded.json)" = '{"id":2,"text":"<unk>"}' ] || fail "JSON: $(sed -n 3p decoded.json)"
[ "$(printf '4 5\n' | "$S2S" encode -m run --decode)" = "$(printf '1 4 5 2\n' | "$S2S" encode -m run --decode)" ] ||
    fail "the beginning and the end of a sequence stand for text"

# ---- hostile lines ----
n=$(wc -l <vocab.txt)
decode() { refuse 4 "$1" "$S2S" encode -m run --decode "$2"; }
printf '3\n4 x5\n' >bad.txt
expect 4 '^s2s encode: bad.txt:2: expected numbers of tokens, found "x5"$' "$S2S" encode -m run --decode bad.txt
printf '5x\n' >bad.txt && decode 'bad.txt:1: expected numbers of tokens, found "5x"$' bad.txt
printf '99999999999999999999\n' >bad.txt && decode 'bad.txt:1: expected numbers of tokens, found "99999999999999999999"$' bad.txt
printf -- '-1\n' >bad.txt && decode "bad.txt:1, token 1: expected a number from 0 to $((n - 1)), found -1\$" bad.txt
printf '3 %d\n' "$n" >bad.txt && decode "bad.txt:1, token 2: expected a number from 0 to $((n - 1)), found $n\$" bad.txt
printf 'a \377\n' >bad.txt && refuse 4 'bad.txt:1: expected UTF-8' "$S2S" encode -m run bad.txt
printf 'a\0b\n' >bad.txt && refuse 4 'bad.txt:1: expected text, found a NUL' "$S2S" encode -m run bad.txt
refuse 2 'no model' "$S2S" encode source.txt
refuse 2 'side: expected' "$S2S" encode -m run --side both source.txt
refuse 4 'nowhere.txt' "$S2S" encode -m run nowhere.txt

# ---- text steps, characters; protected text is a symbol ----
awk -F '\t' '{ print toupper($1) " {x}.\t" $2 " {x}." }' pairs.tsv >steps.tsv
"$S2S" train steps.tsv -o steps $tiny --valid-every 0u --after 2u --src-text protect,lower,moses:en --tgt-text protect \
    --tgt-tokens char
printf 'A, {y}\n' >line.txt
[ "$("$S2S" encode -m steps --format pieces line.txt)" = "$(printf 'a , \363\260\200\210')" ] ||
    fail "pieces: $("$S2S" encode -m steps --format pieces line.txt)"
printf 'a b\n' >line.txt
[ "$("$S2S" encode -m steps --side target --format pieces line.txt)" = 'a ▁ b' ] || fail "expected a blank to be shown"

# ---- as SentencePiece has it, of Japanese too ----
command -v spm_encode >found.txt && command -v spm_train >found.txt || { echo "no spm_train"; exit 77; }
awk 'BEGIN {
    split("私は 今日は 明日、 彼女が 「東京」で 学校に 本を コーヒーを 読みます。 行った！ ＡＢＣ１２ 飲む？", part, " ")
    for (i = 0; i < 300; i++) print part[1 + i % 4] part[1 + int(i / 3) % 12] part[1 + int(i / 7) % 12] " x" i % 10
}' >ja.txt
spm_train --input=ja.txt --model_prefix=ja --model_type=unigram --vocab_size=90 --hard_vocab_limit=false --minloglevel=3 2>log.txt
paste ja.txt ja.txt >ja.tsv
"$S2S" train ja.tsv -o ja $tiny --valid-every 0u --after 2u --src-tokens unigram --src-subwords ja.model
"$S2S" encode -m ja --format pieces ja.txt >ours.txt
spm_encode --model=ja.model <ja.txt >theirs.txt
same ours.txt theirs.txt "pieces differ from those of spm_encode"
"$S2S" encode -m ja ja.txt | "$S2S" encode -m ja --decode >ours.txt
spm_encode --model=ja.model <ja.txt | spm_decode --model=ja.model >theirs.txt
same ours.txt theirs.txt "text differs from that of spm_decode"
