# Several corpora: how they are given, weighted, told apart in messages, stored and resumed; packed ones.
set -eu
. "$(dirname "$0")/helpers"

pairs 500 > all.tsv
head -200 all.tsv > a.tsv
tail -n +201 all.tsv > b.tsv
head -40 all.tsv > valid.tsv
small="--dim-emb 8 --dim-hidden 16 --batch-tokens 200 --threads 1 --valid-every 0u --quiet"
train() { expect 0 '' "$S2S" train "$@" $small; }
pairs_of() { sed -n 's/.*"event":"start".*"pairs":\([0-9]*\).*/\1/p' "$1/metrics.jsonl" | tail -1; }
tokens_of() { sed -n 's/.*"event":"end".*"tokens":\([0-9]*\).*/\1/p' "$1/metrics.jsonl" | tail -1; }

# ---- the same pairs in other files give the same model ----
train all.tsv -o whole --after 2e
train a.tsv b.tsv -o parts --after 2e
[ "$(pairs_of whole)" -lt 500 ] || fail "expected pairs to be held out"
[ "$(pairs_of whole)" -eq "$(pairs_of parts)" ] || fail "the pairs of two files: other ones than of one"
"$S2S" predict -m whole valid.tsv -b 2 > whole.out
"$S2S" predict -m parts valid.tsv -b 2 > parts.out
same whole.out parts.out "two files gave another model than both in one"
train --train a.tsv --train b.tsv -o named --after 2e
same named/model.s2s parts/model.s2s "--train twice: another model than of two arguments"
for file in a b; do
    cut -f 1 $file.tsv > $file.src
    cut -f 2 $file.tsv > $file.tgt
done
train --src a.src --tgt a.tgt --src b.src --tgt b.tgt -o parallel --after 2e
"$S2S" predict -m parallel valid.tsv -b 2 > parallel.out
same whole.out parallel.out "parallel files gave another model than files of pairs"

# ---- packed: known by what they hold, not by their names ----
gzip -c a.tsv > a.packed
head -100 b.tsv | zstd -q > b.packed
tail -n +101 b.tsv | zstd -q -19 >> b.packed
train a.packed b.packed -o packed --after 2e
"$S2S" predict -m packed valid.tsv -b 2 > packed.out
same whole.out packed.out "packed files gave another model"
input=b.packed train a.tsv - -o piped --after 2e
"$S2S" predict -m piped valid.tsv -b 2 > piped.out
same whole.out piped.out "a pipe of zstd gave another model"
size=$(wc -c < b.packed)
head -c $((size - 3)) b.packed > cut.zst
refuse 4 '^s2s train: cut\.zst: expected a whole zstd file, found one cut short$' "$S2S" train a.tsv cut.zst -o bad $small
cat b.packed a.tsv > mixed.zst
refuse 4 '^s2s train: mixed\.zst: expected a zstd file, found damaged data after' "$S2S" train mixed.zst -o bad $small
: | zstd -q > empty.zst
refuse 4 '^s2s train: empty\.zst: expected at least one line, found an empty file$' "$S2S" train empty.zst -o bad $small
head -c 300000000 /dev/zero | zstd -q > bomb.zst
[ "$(wc -c < bomb.zst)" -lt 40000 ] || fail "expected a small file of much text"
refuse 4 '^s2s train: bomb\.zst:1: expected at most 1048576 bytes, found 300000000$' \
    "$S2S" train bomb.zst -o bad $small

# ---- weights ----
train a.tsv b.tsv --valid valid.tsv --corpus-weights 1,1 -o even --after 1e
train a.tsv b.tsv --valid valid.tsv --corpus-weights 3,1 -o thrice --after 1e
train a.tsv a.tsv a.tsv b.tsv --valid valid.tsv -o copies --after 1e
train a.tsv b.tsv --valid valid.tsv --corpus-weights 0.5,2.5 -o parted --after 1e
[ "$(pairs_of thrice)" -eq 500 ] || fail "weights changed how many pairs there are"
[ "$(tokens_of thrice)" -eq "$(tokens_of copies)" ] || fail "a weight of 3: other tokens than of three copies"
[ "$(tokens_of thrice)" -gt "$(tokens_of even)" ] || fail "a weight of 3: no more tokens than of 1"
visits=$(($(tokens_of parted) * 500 / $(tokens_of even))) # 0.5 of 200 and 2.5 of 300 pairs
[ $visits -gt 800 ] && [ $visits -lt 900 ] || fail "weights 0.5 and 2.5: $visits pairs, expected about 850"

weights()
{
    refuse 3 "^s2s train: --corpus-weights: expected $2\$" \
        "$S2S" train a.tsv b.tsv --corpus-weights "$1" -o bad $small
}
weights 1 'one number for each corpus, 2, found 1'
weights 1,2,3 'one number for each corpus, 2, found 3'
for wrong in nan -1 0 inf 1e4 x 0x1 +1 ' 1' 1e; do
    weights "$wrong,1" "numbers of 1e-09 to 1000, found \"$wrong\""
done
weights 1, 'numbers of 1e-09 to 1000, found ""'
refuse 3 '^s2s train: --corpus-weights: expected one number for each corpus, 1, found 2$' \
    "$S2S" train --src a.src --tgt a.tgt --corpus-weights 1,1 -o bad $small

# ---- what is wrong is told with its file ----
printf 'a\tb\nno tab\n' > bad.tsv
refuse 4 '^s2s train: bad\.tsv:2: expected source<TAB>target, found no TAB$' "$S2S" train a.tsv bad.tsv b.tsv -o bad $small
refuse 4 '^s2s train: none\.tsv: cannot open: ' "$S2S" train a.tsv none.tsv -o bad $small
: > empty.tsv
refuse 4 '^s2s train: empty\.tsv: expected at least one line' "$S2S" train a.tsv empty.tsv -o bad $small
refuse 4 '^s2s train: b\.tgt: expected 200 lines as in a\.src, found 300$' \
    "$S2S" train --src b.src --tgt b.tgt --src a.src --tgt b.tgt -o bad $small
refuse 3 '^s2s train: --tgt: expected as many files as in --src, 2, found 1$' \
    "$S2S" train --src a.src --src b.src --tgt a.tgt -o bad $small
refuse 3 'at most one file to be - (standard input), found 2$' "$S2S" train - - -o bad $small
refuse 4 '^s2s train: a\.tsv and 1 more: expected pairs with a source of at most 1 tokens' \
    "$S2S" train a.tsv b.tsv -o bad --max-length 1 $small
[ ! -e bad ] || fail "a run folder came from bad data"

# ---- configuration, and a run that goes on ----
printf 'train: [a.tsv, "b.tsv"]\ncorpus-weights: 0.5,2.5\nvalid: valid.tsv\n' > two.yaml
train -c two.yaml -o listed --after 1e
same listed/model.s2s parted/model.s2s "a list in a file gave another model"
train -c listed/config.yaml -o again --overwrite --after 1e
same again/model.s2s parted/model.s2s "the configuration of a run gave another model"
printf 'train: [a.tsv, [b.tsv]]\n' > nested.yaml
refuse 3 '^s2s train: nested\.yaml:1: train: expected one value, found a list$' "$S2S" train -c nested.yaml -o bad $small

train a.tsv b.tsv --valid valid.tsv --corpus-weights 0.5,2.5 -o long --after 90u
for updates in 20 50 90; do
    train a.tsv b.tsv --valid valid.tsv --corpus-weights 0.5,2.5 -o short --after ${updates}u
done
same short/model.s2s long/model.s2s "a run that went on differs from one that never stopped"
go_on() { refuse "$1" "$2" "$S2S" train "${@:3}" --valid valid.tsv -o short --after 95u $small; }
go_on 3 'short holds a run with --corpus-weights 0\.5,2\.5, not 1,1; ' a.tsv b.tsv --corpus-weights 1,1
go_on 4 'the training pairs differ from those of the run' b.tsv a.tsv --corpus-weights 0.5,2.5

# ---- doctor looks at all ----
printf '1 2\t3\n4 5\t6\n' > first.tsv
printf '7\t8\n4 5\t6\n\303\tx\n' > second.tsv
printf '1 2\t3\n' > third.tsv
expect 4 'training would fail' "$S2S" doctor first.tsv second.tsv --valid third.tsv
has out '^    second\.tsv:3: expected UTF-8'
has out '^    second\.tsv:2: as first\.tsv:2$'
has out '^    third\.tsv:1: as first\.tsv:1 of the training data$'
cut -f 1 all.tsv > all.src
expect 4 'training would fail' "$S2S" doctor --src a.src --tgt a.tgt --src all.src --tgt b.tgt
has out '^    all\.src has 500 lines, b\.tgt 300$'
