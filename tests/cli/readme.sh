# What the README shows works: the commands of "A first model of your own", and the C of "From C".
set -eu
. "$(dirname "$0")/helpers"
readme=$source/README.md
PATH=$(dirname "$S2S"):$PATH

# Lines of the first code block after a heading.
block_after() {
    awk -v heading="## $1" '$0 == heading { on = 1 } on && /^```/ { if (inside) exit; inside = 1; next } on && inside' "$readme"
}

awk 'BEGIN { for (i = 0; i < 300; i++) { a = sprintf("%c", 97 + i % 26); b = sprintf("%c", 97 + int(i / 26) % 26)
             print "h" a b "o\t" toupper("h" " " a " " b " " "o") } print "hello\tH E L L O" }' >pairs.tsv

block_after 'A first model of your own' | grep -v -e '^\./scripts/' -e '^cmake' | sed 's/^s2s train.*/& --after 2e --dim-hidden 16 --dim-emb 8/' >commands.sh
[ "$(grep -c '^s2s \|| s2s ' commands.sh)" -ge 4 ] || fail "the README shows fewer commands than it did"
sh -eu commands.sh >out.txt 2>err.txt || { cat err.txt >&2; fail "a command of the README failed"; }
[ "$(grep -c '^hello	' out.txt)" -eq 3 ] || fail "expected the 3 best outputs of hello, found: $(cat out.txt)"

{
    printf '#include <stdio.h>\n#include "s2s/s2s.h"\nint main(void)\n{\n'
    block_after 'From C'
    printf 'return 0;\n}\n'
} >snippet.c
sanitize=$(sanitize_option)
cc -std=c11 -Wall -Werror $sanitize -I"$source/include" -I"$binary/generated" snippet.c -o snippet \
    -L"$binary" -ls2s -Wl,-rpath,"$binary"
ASAN_OPTIONS=detect_leaks=0 ./snippet >snippet.txt
[ "$(wc -l <snippet.txt)" -eq 1 ] || fail "the C of the README printed: $(cat snippet.txt)"
