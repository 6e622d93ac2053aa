# Whatever is wrong with a file: one clear line, the documented status, nothing half-written.
set -eu
. "$(dirname "$0")/helpers"

train_tiny run 5
printf 'a b\nb c\n' > good.txt
train() { "$S2S" train "$@" $tiny --after 1u; }
predict() { "$S2S" predict -m run "$@"; }

# ---- training data ----
refuse 4 'none\.tsv' train none.tsv -o new
refuse 4 '\.: ' train . -o new
: > empty.tsv
refuse 4 'empty\.tsv' train empty.tsv -o new
printf 'a\tb\n\377a\tb\n' > utf8.tsv
refuse 4 'utf8\.tsv:2' train utf8.tsv -o new
printf 'a\tb\na b\n' > tab.tsv
refuse 4 'tab\.tsv:2: .*found no TAB' train tab.tsv -o new
printf 'a\tb\na\t\n' > side.tsv
refuse 4 'side\.tsv:2' train side.tsv -o new
printf 'a\tb\n\tb\n' > side.tsv
refuse 4 'side\.tsv:2' train side.tsv -o new
awk 'BEGIN { for (i = 0; i < 131073; i++) printf "aaaa aaa"; print "\tb" }' > long.tsv
refuse 4 'long\.tsv:1' train long.tsv -o new
printf 'a\nb\n' > two.txt
printf 'a\n' > one.txt
refuse 4 'two\.txt\|one\.txt' "$S2S" train --src two.txt --tgt one.txt -o new
refuse 3 'at most one file to be -' train - --valid - -o new
[ ! -e new ] || fail "a folder came from bad data"
sed 's/$/\r/' pairs.tsv > crlf.tsv
rm -rf new
expect 0 'warning: .*crlf\.tsv.*CR' train crlf.tsv -o new
if "$S2S" inspect new --vocab target | grep -q "$(printf '\r')"; then
    fail "the CR of a line end became a piece"
fi

# ---- a processor that cannot ----
S2S_ISA=ref refuse 3 '^s2s train: --precision bf16: expected AVX-512 BF16, ' train pairs.tsv -o f16 --precision bf16
[ ! -e f16 ] || fail "a run folder came from a refused precision"
for command in predict score evaluate; do
    S2S_ISA=avx2 refuse 3 "^s2s $command: --precision bf16: expected AVX-512 BF16, .*; auto would take f32\$" \
        "$S2S" $command -m run pairs.tsv --precision bf16
done
for command in 'train pairs.tsv -o isa' 'predict -m run pairs.tsv' 'bench train'; do
    S2S_ISA=AVX2 refuse 3 "^s2s ${command%% *}: S2S_ISA: expected ref, avx2, avx512 or onednn, found \"AVX2\"\$" \
        "$S2S" $command
done
[ ! -e isa ] || fail "a run folder came from a refused S2S_ISA"
refuse 2 '^s2s predict: --precision: expected .*int8, found "int4"' predict good.txt --precision int4
refuse 2 '^s2s train: --precision: expected .*int8, found "int4"' train pairs.tsv -o i4 --precision int4

# ---- lines to predict ----
refuse 4 '^s2s predict: none\.txt: cannot open: No such file or directory$' predict none.txt
refuse 4 '^s2s predict: \.: cannot read: Is a directory$' predict .
: > empty.txt
expect 0 '' predict empty.txt
[ ! -s out ] || fail "output from an empty file"
printf 'a b\nb \302\n' > bad.txt
refuse 4 '^s2s predict: bad\.txt:2: expected UTF-8, found byte 0xc2 at byte offset 2$' predict bad.txt
input=bad.txt refuse 4 '^s2s predict: standard input:2: expected UTF-8' predict
for bytes in '\300\200' '\355\240\200' '\364\220\200\200' '\342\202' '\000'; do
    printf "a$bytes\n" > bad.txt
    refuse 4 '^s2s predict: bad\.txt:1: expected .* at byte offset 1$' predict bad.txt
    printf "a\tb\nc\tb$bytes\n" > bad.tsv
    refuse 4 '^s2s score: bad\.tsv:2\(, target\)\{0,1\}: expected ' "$S2S" score -m run bad.tsv
done
awk 'BEGIN { for (i = 0; i < 131073; i++) printf "aaaa aaa"; print "" }' > long.txt
refuse 4 '^s2s predict: long\.txt:1: line longer than 1 MiB$' predict long.txt
predict good.txt > plain
printf '\357\273\277a b\r\nb c\r\n' > windows.txt
expect 0 '^s2s predict: warning: windows\.txt:1: .*CRLF' predict windows.txt
[ "$(wc -l < err)" -eq 1 ] || fail "more than one warning of CRLF"
same out plain "CRLF or a byte order mark changed the output"
printf 'a b\nb c' > open.txt
expect 0 '' predict open.txt
same out plain "a last line without its LF changed the output"

refuse 4 '^s2s predict: good\.txt:1, prefix: expected one line, found a line feed' predict good.txt --prefix 'a
b'

# ---- pairs to score and evaluate ----
refuse 4 '^s2s score: tab\.tsv:2: expected source<TAB>target, found no TAB$' "$S2S" score -m run tab.tsv
refuse 4 'none\.tsv' "$S2S" score -m run none.tsv
refuse 4 'none\.tsv' "$S2S" evaluate -m run none.tsv
refuse 4 'tab\.tsv:2' "$S2S" evaluate -m run tab.tsv
refuse 4 'empty\.tsv' "$S2S" evaluate -m run empty.tsv
refuse 4 '^s2s evaluate: standard input: expected at least one line' "$S2S" evaluate -m run -

# ---- the place of a fault that only the model sees: a source longer than its location attention knows ----
"$S2S" train pairs.tsv -o located --attention location --max-source 5 --after 1u --valid-every 0u $tiny
awk 'BEGIN { for (i = 1; i <= 4200; i++) print (i == 2005 || i == 4105 ? "a b c d e f" : "a") "\tb" }' > far.tsv
sed 2005d far.tsv > farther.tsv
expect 4 '^s2s score: far\.tsv:2005: expected at most 5 source tokens' "$S2S" score -m located far.tsv
for pairs in far:2005 farther:4104; do
    refuse 4 "^s2s evaluate: ${pairs%:*}\.tsv:${pairs#*:}: expected at most 5 source" \
        "$S2S" evaluate -m located "${pairs%:*}.tsv" -b 1 --perplexity
done

# ---- models ----
refuse 5 'none' "$S2S" predict -m none good.txt
mkdir folder
refuse 5 'folder' "$S2S" predict -m folder good.txt
refuse 5 'empty\.txt' "$S2S" predict -m empty.txt good.txt
refuse 5 'good\.txt' "$S2S" inspect good.txt
size=$(wc -c < run/model.s2s)
for part in 1 7 8 9 100 $((size / 2)) $((size - 1)); do
    head -c "$part" run/model.s2s > cut.s2s
    refuse 5 'cut\.s2s' "$S2S" predict -m cut.s2s good.txt
done
for place in 0 9 60 200 $((size / 3)) $((size / 2)) $((size - 2)); do
    head -c "$place" run/model.s2s > flip.s2s
    tail -c +"$((place + 1))" run/model.s2s | head -c 1 | tr '\000-\377' '\001-\377\000' >> flip.s2s
    tail -c +"$((place + 2))" run/model.s2s >> flip.s2s
    refuse 5 'flip\.s2s' "$S2S" predict -m flip.s2s good.txt
done

# ---- output ----
: > file
for folder in file file/run /proc/none/run; do
    expect 1 "${folder%%/run}" train pairs.tsv -o $folder
done
refuse 1 '^s2s predict: folder: cannot write: Is a directory$' predict good.txt -o folder
refuse 1 'none/out\.txt' predict good.txt -o none/out.txt
echo before > kept.txt
refuse 4 'bad\.txt' predict bad.txt -o kept.txt
[ "$(cat kept.txt)" = before ] || fail "a failure changed the output file"
expect 0 '' predict good.txt -o kept.txt
same kept.txt plain "-o wrote something else"
[ "$(find . -name '*.tmp' | wc -l)" -eq 0 ] || fail "a temporary file was left"
# A killed process may have left its temporary file, and the next one may have the same number.
expect 0 '' sh -c ': > kept.txt.$$.tmp; : > kept.txt.$$.0.tmp; exec "$0" predict -m run good.txt -o kept.txt' "$S2S"
same kept.txt plain "-o beside an old temporary file wrote something else"
[ "$(find . -name '*.tmp' | wc -l)" -eq 2 ] || fail "expected the old temporary files and no other"
rm kept.txt.*.tmp
if [ -e /dev/full ]; then
    refuse 7 '^s2s predict: /dev/full: cannot write: No space left on device$' predict good.txt -o /dev/full
    refuse 7 'standard output: cannot write: No space left' sh -c '"$0" predict -m run good.txt > /dev/full' "$S2S"
    [ -c /dev/full ] || fail "-o replaced a device"
fi
# A reader that goes away ends the program without a word; what would follow is more than a pipe holds.
pairs 5000 | cut -f 1 > many.txt
status=0
bash -c '"$0" predict -m run many.txt --json 2> err | head -1 > out; exit "${PIPESTATUS[0]}"' "$S2S" || status=$?
[ "$status" -eq 1 ] || fail "a closed pipe: expected exit status 1, found $status"
[ ! -s err ] || fail "a closed pipe gave a message"

# ---- memory and disk ----
# Sanitizers reserve more address space than the limit allows.
if ! grep -q '__[at]san_init' "$S2S" && (ulimit -v 200000) 2> /dev/null; then
    limited() { (ulimit -v 60000 && "$S2S" train pairs.tsv -o huge --dim-hidden 16384 --dim-emb 16384 -q -t 1); }
    refuse 7 'memory' limited
    [ ! -e huge/model.s2s ] || fail "a model of a run that ran out of memory"
fi
if [ "$(id -u)" -eq 0 ] && mkdir small && mount -t tmpfs -o size=64k none small 2> /dev/null; then
    status=0
    (train pairs.tsv -o small/run > out 2> err) || status=$?
    left=$(find small -name '*.tmp' | wc -l)
    umount small
    [ "$status" -eq 7 ] || { cat err >&2; fail "a full disk: expected exit status 7, found $status"; }
    grep -q 'No space left on device' err || fail "a full disk: no message"
    [ "$left" -eq 0 ] || fail "a full disk: a temporary file was left"
fi

# ---- what would drive a terminal ----
refuse 2 '^s2s: unknown command ???Ka; s2s help' "$S2S" "$(printf '\302\233\033Ka')"
refuse 4 '^s2s predict: ??Ka: cannot open' predict "$(printf '\302\233\033Ka')"
