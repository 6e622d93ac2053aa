# Text steps: training, prediction, scoring and evaluation go through them, output comes back, the model keeps
# what they learned and read.
set -eu
. "$(dirname "$0")/helpers"

train_steps()
{
    folder=$1
    shift
    "$S2S" train pairs.tsv -o "$folder" --after 300u --valid-every 100u $tiny "$@"
}

# ---- sources in any case and with punctuation ----
pairs 1000 > plain.tsv
awk -F '\t' '{ if (NR % 2) $1 = toupper($1); print $1 ".\tThe, " $2 "." }' plain.tsv > pairs.tsv
echo 'the foo' > words.txt
steps="--src-text nfkc,spaces,lower,moses:en,stopwords:words.txt --tgt-text moses:en,truecase"
train_steps run $steps --valid-metric sequence-accuracy --valid-every 100u
mv words.txt moved.txt

printf 'a b c.\nA  B\tC .\nthe a foo b c.\n\357\275\201 b c.\n' > cases.txt # the last a is a full-width one
head -1 cases.txt > one.txt
"$S2S" predict -m run one.txt > one.out
has one.out '^The, [a-f ]*\.$'
"$S2S" predict -m run cases.txt > cases.out
for i in 2 3 4; do
    sed -n ${i}p cases.out > line.out
    same line.out one.out "line $i: expected the output of the first line"
done
[ "$(wc -l < cases.out)" -eq 4 ] || fail "expected one line per line"

# ---- lines that the steps make blank ----
printf 'a b c.\nTHE foo\n \na b c.\n' > blank.txt
"$S2S" predict -m run blank.txt > blank.out
{ cat one.out; echo; echo; cat one.out; } > blank.wanted
same blank.out blank.wanted "a line that the steps make blank gives an empty one"

# ---- targets and prefixes ----
"$S2S" evaluate -m run pairs.tsv > report.txt
has report.txt '^sequence accuracy *\([5-9][0-9]\|100\)\.'
printf 'a b c.\tThe, c b a.\nA the B C.\tThe ,  c b a .\n' > given.tsv
"$S2S" score -m run given.tsv > scores.txt
[ "$(cut -f 1 scores.txt | sort -u | wc -l)" -eq 1 ] || fail "equal pairs have different scores"

# ---- a run that was stopped goes on with what it had learned ----
mv moved.txt words.txt
train_steps whole $steps --after 40u
"$S2S" train pairs.tsv -o half --valid-every 100u $tiny $steps --after 20u
"$S2S" train pairs.tsv -o half --valid-every 100u $tiny $steps --after 40u
"$S2S" predict -m whole cases.txt > whole.out
"$S2S" predict -m half cases.txt > half.out
same whole.out half.out "a resumed run gave another model"
echo 'other words' > words.txt
refuse 4 'source vocabulary differ' "$S2S" train pairs.tsv -o half --valid-every 100u $tiny $steps --after 60u

# ---- subwords of what the steps leave ----
train_steps subwords --src-text lower --tgt-text lower --src-tokens bpe --tgt-tokens bpe --joint-vocab --vocab-size 24
"$S2S" predict -m subwords one.txt > lower.out
grep -q '[A-Z]' lower.out && fail "expected lower case, as the target has it"

# ---- steps of output text, in predictions and in what validation scores ----
echo 'the' > words.txt
outputs="--tgt-text moses:en,truecase --output-text lower,moses:en,stopwords:words.txt,stem:en --valid-metric bleu"
train_steps output $outputs
echo 'and' > words.txt
refuse 4 'target vocabulary or the steps of --output-text differ' \
    "$S2S" train pairs.tsv -o output --valid-every 100u $tiny $outputs --after 400u
"$S2S" train pairs.tsv -o other --valid-every 0u $tiny $outputs --after 1u
refuse 5 '^s2s average: other: expected the words of the output text steps of output, found others$' \
    "$S2S" average output other -o mean.s2s
rm words.txt
"$S2S" predict -m output one.txt > stems.out
has stems.out '^, [a-f ]* \.$'
"$S2S" predict -m output --json one.txt > stems.json
has stems.json '"tokens":\["The",","'
"$S2S" average output/model.s2s -o mean.s2s
"$S2S" predict -m mean.s2s one.txt > mean.out
same mean.out stems.out "the mean of one model writes something else"

# ---- measures of text have them too, tokens, given targets and numbers come before them ----
for tokens in space bpe; do
    train_steps raw.$tokens --tgt-tokens $tokens --vocab-size 24 --after 100u
    train_steps low.$tokens --tgt-tokens $tokens --vocab-size 24 --output-text lower --after 100u
    cut -f 1 pairs.tsv | head -50 > sources.txt
    "$S2S" predict -m raw.$tokens sources.txt > raw.out
    "$S2S" predict -m low.$tokens sources.txt > low.out
    tr A-Z a-z < raw.out > wanted.out
    same low.out wanted.out "$tokens: expected the same outputs in lower case"
    paste sources.txt raw.out > raw.tsv
    "$S2S" evaluate -m low.$tokens raw.tsv > report.txt
    has report.txt '^sequence accuracy  *100\.00 %$'
    has report.txt '^character error rate  *[1-9][0-9]*\.[0-9]* %$'
    "$S2S" score -m low.$tokens raw.tsv --json | sed 's/.*"text":"\([^"]*\)".*/\1/' > scored.out
    same scored.out raw.out "$tokens: expected the given targets"
    "$S2S" encode -m low.$tokens --side target raw.out | "$S2S" encode -m low.$tokens --side target --decode > decoded.out
    same decoded.out raw.out "$tokens: expected the text of the numbers"

    # Every third line has two references.
    awk -v OFS='\t' '{ first = toupper($0); sub(/ /, ", ", first) } NR % 3 { print first; next } { print first, $0 }' \
        low.out > references.tsv
    cut -f 1 references.tsv > first.txt
    awk -F '\t' '{ print $NF }' references.tsv > second.txt
    paste sources.txt references.tsv > test.tsv
    "$S2S" evaluate -m low.$tokens test.tsv --metrics ter,bleu,chrf++,chrf --json > evaluated.json
    for metric in bleu chrf chrf++ ter; do
        "$S2S" metrics --ref first.txt --ref second.txt low.out --metrics $metric --json |
            sed 's/.*"score":\([0-9.e+-]*\).*/\1/'
        key=$(echo $metric | sed 's/++/_words/')
        sed "s/.*\"$key\":\([0-9.e+-]*\).*/\1/" evaluated.json
    done | paste - - > both.txt
    [ "$(wc -l < both.txt)" -eq 4 ] || fail "expected four scores"
    awk '!($1 > 1 && $1 < 99) || $1 - $2 > 1e-6 || $2 - $1 > 1e-6 { exit 1 }' both.txt ||
        fail "$tokens: expected the scores of predict and metrics, beside them those of evaluate: $(cat both.txt)"
done

# ---- misuse ----
refuse 3 'output-text truecase: expected a step that neither learns nor protects' \
    "$S2S" train pairs.tsv -o wrong --output-text lower,truecase
refuse 3 'output-text protect: expected a step that neither learns nor protects' \
    "$S2S" train pairs.tsv -o wrong --output-text protect
refuse 3 'src-text: expected the name of a text step, found "lowr"; the nearest is "lower"' \
    "$S2S" train pairs.tsv -o wrong --src-text lowr
refuse 3 'tgt-text moses:xx: expected one of de, en, es, fr, it, nl, pt' \
    "$S2S" train pairs.tsv -o wrong --tgt-text moses:xx
refuse 4 'src-text stopwords:nowhere.txt: expected one of de, en, es, fr, zh, or a file' \
    "$S2S" train pairs.tsv -o wrong --src-text stopwords:nowhere.txt
