# docs/translation.md: its commands work, on a small corpus, and every option that it names exists.
set -eu
. "$(dirname "$0")/helpers"
page=$source/docs/translation.md
PATH=$(dirname "$S2S"):$PATH

# Options and letters of the last column of all tables.
commands_of_overview | while read -r command; do options_of "$command"; done | sort -u >options
awk -F '|' '/^\| / { print $4 }' "$page" | grep -o '`-[^`]*`' | grep -o -e '\(^`\| \)--\{0,1\}[a-z][a-z0-9-]*' | tr -d '` ' | sort -u >named
[ "$(wc -l <named)" -gt 60 ] || fail "docs/translation.md names too few options"
comm -13 options named >unknown
[ ! -s unknown ] || fail "docs/translation.md names options that do not exist: $(tr '\n' ' ' <unknown)"

awk 'BEGIN {
    split("one two three four five six seven eight nine ten", en)
    split("eins zwei drei vier fünf sechs sieben acht neun zehn", de)
    for (i = 0; i < 300; i++) {
        a = 1 + i % 10; b = 1 + int(i / 10) % 10; c = 1 + int(i * 7 / 3) % 10
        print en[a], "and", en[b], "and", en[c] "." >"train.en"
        print de[a], "und", de[b], "und", de[c] "." >"train.de"
    }
}'
for language in en de; do
    sed -n '1~10p' train.$language >valid.$language
    sed -n '2~10p' train.$language >test.$language
done

awk '/^```/ { inside = !inside; next } inside' "$page" |
    sed '/^ *--src-tokens/s/$/ --after 6e --dim-emb 16 --dim-hidden 32 --batch-tokens 200 --warmup 10 --learn-rate 0.01 --quiet/' >commands.sh
[ "$(grep -c '^s2s \|| s2s ' commands.sh)" -ge 7 ] || fail "docs/translation.md shows fewer commands than it did"
sh -eu commands.sh >out.txt 2>err.txt || { cat err.txt >&2; fail "a command of docs/translation.md failed"; }
[ "$(wc -l <output.de)" -eq 30 ] || fail "expected 30 lines of output, found $(wc -l <output.de)"
s2s metrics --ref test.de output.de --metrics bleu --json >bleu.json
bleu=$(bleu_of bleu.json)
awk -v bleu="$bleu" 'BEGIN { exit !(bleu > 30) }' || fail "expected a BLEU above 30 on lines seen in training, found $bleu"
