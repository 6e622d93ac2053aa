# What s2s doctor finds, that it agrees with training, and the filter that it recommends.
set -eu
. "$(dirname "$0")/helpers"

pairs 200 | sort -u > good.tsv
train() { "$S2S" train "$@" -o new --overwrite --after 1u --valid-every 0u $tiny; }

# ---- the report ----
expect 0 '' "$S2S" doctor good.tsv
has out '^note: [0-9]* of [0-9]* pairs ([0-9.]* %) of which the target is its source$'
has out '^    good\.tsv:[0-9]*$'
has out '^    advice: '
has out '^ *sequences  *tokens  *different  *unknown  *least  *median  *95 %  *most$'
has out '^training   source  *[0-9]*  *[0-9]*  *6  *0\.00 %  *2  *[34]  *5  *5$'
has out '^validation target '
cp out one
gzip -c good.tsv > good.gz
input=good.gz
expect 0 '' "$S2S" doctor -
input=
sed 's/standard input/good.tsv/' out > renamed
same renamed one "a file and gzip from standard input differ"
cut -f 1 good.tsv > good.src
cut -f 2 good.tsv > good.tgt
expect 0 '' "$S2S" doctor --src good.src --tgt good.tgt
sed 's/good\.src/good.tsv/' out > renamed
same renamed one "pairs and parallel files differ"

# ---- all that is wrong, not only the first; and examples ----
{
    head -20 good.tsv
    printf 'no tab\nlat\351in\tx\nleft\t \nnul\000\tx\nno tab\n\033[31m\tred\nred\r\tx\nwin\tdows\r\n'
} > bad.tsv
expect 4 '^s2s doctor: training would fail: 4 kinds of error in the data$' "$S2S" doctor bad.tsv --show 1
has out '^error: 2 of 28 lines (7\.14 %) without a TAB$'
has out '^    bad\.tsv:21: expected source<TAB>target, found no TAB$'
if grep -q 'bad\.tsv:25: ' out; then fail "more examples than --show"; fi
has out '^    bad\.tsv:22: expected UTF-8, found byte 0xe9 at byte offset 3$'
has out '^    bad\.tsv:23: expected source<TAB>target, found target 1 empty$'
has out '^    bad\.tsv:24: expected text, found a NUL at byte offset 3$'
has out '^    bad\.tsv:26: U+001B at byte offset 0$'
has out '^    bad\.tsv:27: U+000D at byte offset 3$'
has out '^    bad\.tsv:28$'
expect 4 'bad\.tsv:21: ' train bad.tsv
expect 4 '4 kinds' "$S2S" doctor bad.tsv --json --show 0
has out '^{"finding":"no-tab","severity":"error",.*"count":2,"of":28,"share":7\.1428571,"examples":\[\]}$'
[ "$(grep -c '"part":' out)" -eq 4 ] || fail "expected figures of four sides"

# ---- training and doctor agree ----
agree()
{
    status=$1 message=$2
    shift 2
    expect "$status" "$message" "$S2S" doctor "$@"
    got=0
    train "$@" > /dev/null 2>&1 || got=$?
    [ "$got" -eq "$status" ] || fail "$*: doctor ends with $status, train with $got"
}
agree 0 '' good.tsv
: > empty.tsv
agree 4 'training would fail' empty.tsv
agree 4 'training would fail' --src good.src --tgt empty.tsv
head -150 good.tgt > short.tgt
agree 4 'training would fail' --src good.src --tgt short.tgt
agree 4 'training would fail' good.tsv --valid empty.tsv
agree 4 'training would fail' good.tsv --max-length 1
printf '%s\n' a b c d e f > letters
agree 4 'training would fail' good.tsv --src-text stopwords:letters
has out 'pairs (100\.00 %) of which no token is left on a side$'
awk 'BEGIN { for (i = 0; i < 131073; i++) printf "aaaa aaa"; print "\tb" }' > long.tsv
agree 4 'training would fail' long.tsv
awk 'BEGIN { printf "a"; for (i = 0; i <= 1000; i++) printf "\tb"; print "" }' > many.tsv
agree 4 'training would fail' many.tsv

# ---- pairs of uneven length ----
{
    cat good.tsv
    printf 'a\tb b b b b b b b b b\na b c d e f a b c d\ta\n'
} > uneven.tsv
agree 0 '' uneven.tsv --valid good.tsv
has out '^note: 2 of [0-9]* pairs ([0-9.]* %) with one side over 9 times '
expect 0 'warning: 2 of [0-9]* training pairs are left out: 2 with one side over 9 times the other$' \
    train uneven.tsv --valid uneven.tsv --max-length-ratio 9
expect 0 ': 2 with a source of over 9 tokens or a target of over 9$' train uneven.tsv --valid good.tsv --max-length 9
expect 4 'uneven\.tsv: .*--max-length-ratio' sh -c 'tail -2 uneven.tsv > two.tsv; mv two.tsv uneven.tsv
    "$S2S" train uneven.tsv -o other --max-length-ratio 9 --quiet'
refuse 3 '^s2s train: --max-length-ratio: expected 0 or at least 1, found 0\.5$' train good.tsv --max-length-ratio 0.5

# ---- what is refused ----
refuse 2 '^s2s doctor: no data: give a file of pairs' "$S2S" doctor
refuse 4 '^s2s doctor: none\.tsv: ' "$S2S" doctor none.tsv
refuse 3 'exclude each other' "$S2S" doctor good.tsv --src good.src --tgt good.tgt
refuse 2 '^s2s doctor: --show: expected' "$S2S" doctor good.tsv --show 5000
