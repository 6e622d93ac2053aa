# Chinese and Japanese end to end: text without spaces goes in and comes out as it is written, and the example of
# docs/text.md works.  japanese_corpus.sh has more of it.
set -eu
. "$(dirname "$0")/helpers"
PATH=$(dirname "$S2S"):$PATH
tiny="$tiny --dim-hidden 64 --batch-tokens 300"

# unspaced FILE: no blank within a line, none at its ends.
unspaced() { ! grep -q '[[:space:]]' "$1" || { grep '[[:space:]]' "$1" | head -3 >&2; fail "$1: a space in the output"; }; }
# learned OUTPUT REFERENCE: three quarters of the lines are right at least.
learned()
{
    all=$(wc -l <"$2")
    right=$(paste -d '\n' "$1" "$2" | awk 'NR % 2 { output = $0; next } output == $0 { n++ } END { print n + 0 }')
    [ "$(wc -l <"$1")" -eq "$all" ] || fail "$1: expected $all lines"
    [ $((4 * right)) -ge $((3 * all)) ] || { diff "$1" "$2" | head -8 >&2; fail "$1: $right of $all lines are right"; }
}

cat >pairs.en-ja <<'END'
I am a student.	私は学生です。
You are a teacher.	あなたは先生です。
Is this a book?	これは本ですか？
"Good morning," he said.	「おはよう」と彼は言った。
Where is the station?	駅はどこですか？
Thank you very much!	どうもありがとう！
I drink coffee, tea and milk.	コーヒー、紅茶、牛乳を飲みます。
Tokyo (Japan) is big.	東京（日本）は大きい。
It costs 100 yen.	１００円です。
He has a T-shirt.	彼はＴシャツを持っている。
The cat sleeps.	猫が寝ています。
We live in Kyoto.	私たちは京都に住んでいます。
It is raining today...	今日は雨です……
What time is it now?	今は何時ですか？
Please open the window.	窓を開けてください。
Star Wars is interesting.	スター・ウォーズは面白い。
END
cut -f 1 pairs.en-ja >en.txt
cut -f 2 pairs.en-ja >ja.txt
train="$S2S train --valid-every 0u --after 200u $tiny --src en.txt --tgt ja.txt --valid-src en.txt --valid-tgt ja.txt"

# ---- English to Japanese ----
expect 0 '' $train -o char --src-tokens word --tgt-tokens char
expect 0 '' $train -o unigram --src-tokens unigram --tgt-tokens unigram
expect 0 '' $train -o bpe --src-tokens word --tgt-tokens bpe --tgt-text nfc
expect 0 '' $train -o wide --src-tokens word --tgt-tokens char --tgt-text nfkc
for model in char unigram bpe; do
    "$S2S" predict -m $model en.txt >$model.txt
    learned $model.txt ja.txt
    unspaced $model.txt
done
"$S2S" predict -m unigram en.txt -n 3 -b 3 >best.txt
! grep -q '▁' best.txt || fail "a piece in the output"
# NFKC writes full-width letters, digits, ! ? ( ) as ASCII, and leaves the marks of Japanese alone.
"$S2S" predict -m wide en.txt >wide.txt
sed 's/！/!/g; s/？/?/g; s/（/(/g; s/）/)/g; s/１００/100/; s/Ｔ/T/; s/…/.../g' ja.txt >ja.nfkc
learned wide.txt ja.nfkc
unspaced wide.txt
has wide.txt '。$'

# ---- Japanese to English, both in one subword model ----
expect 0 '' "$S2S" train --valid-every 0u --after 200u $tiny --src ja.txt --tgt en.txt --valid-src ja.txt --valid-tgt en.txt -o back \
    --src-text nfkc --src-tokens unigram --tgt-tokens unigram --joint-vocab
"$S2S" predict -m back ja.txt >back.txt
learned back.txt en.txt
printf '私は学生です｡\n私は学生です。\n' | "$S2S" predict -m back >narrow.txt # half-width, which nfkc undoes
[ "$(sort -u narrow.txt | wc -l)" -eq 1 ] || fail "nfkc: expected one output of both"

# ---- Chinese ----
cat >pairs.en-zh <<'END'
I am a student.	我是学生。
Are you a teacher?	你是老师吗？
Good morning, Mr. Wang!	王先生，早上好！
He said: "Thank you."	他说：“谢谢。”
We drink tea; they drink milk.	我们喝茶；他们喝牛奶。
Where is the station?	车站在哪里？
Beijing (China) is big.	北京（中国）很大。
I like apples, pears and books.	我喜欢苹果、梨和书。
END
cut -f 1 pairs.en-zh >en-zh.txt
cut -f 2 pairs.en-zh >zh.txt
expect 0 '' "$S2S" train pairs.en-zh --valid pairs.en-zh --valid-every 0u --after 200u $tiny -o zh --src-tokens word --tgt-tokens char
"$S2S" predict -m zh en-zh.txt >zh.out
learned zh.out zh.txt
unspaced zh.out

# ---- metrics ----
# bleu TOKENISER OUTPUT REFERENCE
bleu() { "$S2S" metrics --metrics bleu --tokenize "$1" --ref "$3" "$2" --json | bleu_of -; }
sed 's/。$/！/' ja.txt >other.ja
sed 's/。$/！/' zh.txt >other.zh
for tokeniser in char zh; do
    [ "$(bleu $tokeniser ja.txt ja.txt)" = 100.0 ] || fail "$tokeniser: expected BLEU 100 of equal lines"
    for language in ja zh; do
        score=$(bleu $tokeniser other.$language $language.txt)
        awk -v s="$score" 'BEGIN { exit !(s > 50 && s < 99) }' || fail "$tokeniser, $language: BLEU $score where one character differs"
    done
done
score=$(bleu 13a other.ja ja.txt) # takes a line for a word
awk -v s="$score" 'BEGIN { exit !(s < 50) }' || fail "13a: BLEU $score"

# ---- the example of the documentation ----
awk '/^## /{ on = $0 == "## Chinese and Japanese" } on && /^```/ { inside = !inside; next } on && inside' "$source/docs/text.md" |
    sed "/^s2s train/s/ -o run/& --after 200u $(echo $tiny)/" >commands.sh
[ "$(grep -c '^s2s ' commands.sh)" -ge 3 ] || fail "docs/text.md shows fewer commands than it did"
for part in train valid test; do
    cp en.txt $part.en
    cp ja.txt $part.ja
done
sh -eu commands.sh >example.txt 2>err.txt || { cat err.txt >&2; fail "a command of docs/text.md failed"; }
unspaced output.ja
has example.txt 'BLEU'
