# Lines of gzip and zstd for predict and score: from files and pipes, answered at once, and told where they are damaged.
set -eu
. "$(dirname "$0")/helpers"

train_tiny run 20
head -300 pairs.tsv > test.tsv
cut -f 1 test.tsv > test.txt
"$S2S" predict -m run test.txt -b 2 > predicted
"$S2S" score -m run test.tsv > scored

gzip -k test.txt test.tsv
zstd -q test.txt test.tsv
head -100 test.txt | gzip > parts.gz
tail -n +101 test.txt | gzip >> parts.gz
for file in test.txt.gz parts.gz test.txt.zst; do
    expect 0 '' "$S2S" predict -m run $file -b 2
    same out predicted "$file: other outputs than of the text"
    input=$file expect 0 '' "$S2S" predict -m run -b 2
    same out predicted "$file from standard input: other outputs than of the text"
done
for file in test.tsv.gz test.tsv.zst; do
    expect 0 '' "$S2S" score -m run $file
    same out scored "$file: other scores than of the text"
done
cat test.tsv.gz | "$S2S" score -m run > out
same out scored "a pipe of gzip: other scores than of the text"
: | gzip > empty.gz
expect 0 '' "$S2S" predict -m run empty.gz
[ ! -s out ] || fail "output from an empty gzip file"

# ---- a line is answered before the next one comes ----
mkfifo ask answer
"$S2S" predict -m run -b 2 --line-buffered < ask > answer &
predictor=$!
exec 3> ask 4< answer
head -1 test.txt | gzip >&3
read -r first <&4
[ "$first" = "$(head -1 predicted)" ] || fail "a pipe of gzip: another answer"
exec 3>&- 4<&-
wait $predictor || fail "a pipe of gzip: bad end"

# ---- cut short, damaged, no gzip behind gzip ----
size=$(wc -c < test.txt.gz)
for bytes in 2 9 18 $((size / 2)) $((size - 1)); do
    head -c "$bytes" test.txt.gz > cut.gz
    expect 4 '^s2s predict: cut\.gz: expected a whole gzip file, found one cut short$' "$S2S" predict -m run cut.gz
    [ "$(wc -l < err)" -eq 1 ] || fail "expected one line of message"
    [ "$(wc -l < out)" -lt 300 ] || fail "all lines of a file cut short"
    input=cut.gz expect 4 '^s2s predict: standard input: expected a whole gzip' "$S2S" predict -m run
done
size=$(wc -c < test.txt.zst)
for bytes in 4 9 $((size / 2)) $((size - 1)); do
    head -c "$bytes" test.txt.zst > cut.zst
    expect 4 '^s2s predict: cut\.zst: expected a whole zstd file, found one cut short$' "$S2S" predict -m run cut.zst
    [ "$(wc -l < err)" -eq 1 ] || fail "expected one line of message"
done
size=$(wc -c < test.txt.gz)
echo before > kept.txt
refuse 4 '^s2s predict: cut\.gz: ' "$S2S" predict -m run cut.gz -o kept.txt
[ "$(cat kept.txt)" = before ] || fail "a file cut short changed the output file"
head -c $((size - 6)) test.txt.gz > damaged.gz
printf 'xxxxxx' >> damaged.gz
expect 4 '^s2s predict: damaged\.gz: expected a gzip file, found damaged data after' "$S2S" predict -m run damaged.gz
cat test.txt.gz test.txt > mixed.gz
expect 4 '^s2s predict: mixed\.gz: expected a gzip file, found damaged data after' "$S2S" predict -m run mixed.gz
# What is packed is held to what text is.
printf 'a b\nb \302\n' | gzip > bad.gz
refuse 4 '^s2s predict: bad\.gz:2: expected UTF-8, found byte 0xc2 at byte offset 2$' "$S2S" predict -m run bad.gz
