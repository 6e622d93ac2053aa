# One table of source embedding, target embedding and output layer: fewer parameters, and all that a model can do.
set -eu
. "$(dirname "$0")/helpers"

pairs 600 > pairs.tsv
cut -f 1 pairs.tsv | head -20 > test.txt
train="$S2S train pairs.tsv --valid-every 0u $tiny --joint-vocab"

# parameters FOLDER: how many inspect counts.
parameters()
{
    "$S2S" inspect "$1" --json | sed 's/.*"parameters":\([0-9]*\).*/\1/'
}

expect 0 '' $train -o plain --after 20u
expect 0 '' $train --tied-embeddings -o tied --after 20u
expect 0 '' $train --tied-all -o all --after 20u --keep-best 1

# Six letters and three special pieces, of 16 numbers each.
[ $(($(parameters tied) - $(parameters all))) -eq $((9 * 16)) ] || fail "expected one table less than with a tied output"
expect 0 '' "$S2S" inspect all
grep -q 'src\.embedding\|out\.w' out && fail "expected one table of all"
has out 'tgt\.embedding'

# In two parts, with other threads, the bits are the same.
expect 0 '' $train --tied-all -o parts --after 7u --threads 2
expect 0 '' $train --tied-all -o parts --after 20u
"$S2S" predict -m all test.txt --json > expected
"$S2S" predict -m parts test.txt --json > found
same expected found "a tied run in two parts differs from one that went through"

for precision in f32 int8 auto; do
    expect 0 '' "$S2S" predict -m all test.txt --precision $precision
    [ "$(wc -l < out)" -eq 20 ] || fail "$precision: expected 20 outputs"
done
expect 0 '' "$S2S" average all parts -o mean.s2s -q
expect 0 '' "$S2S" predict -m mean.s2s test.txt

# Warm starts: the table serves both sides of another network, and takes the target's rows of one.
begin="$S2S train pairs.tsv --valid-every 0u --after 1u --joint-vocab"
tiny_but_quiet=$(echo $tiny | sed 's/--quiet//')
expect 0 ', 3 by piece (6 of 6 of the source known, 6 of 6 of the target); not copied: out\.w (only here), out\.proj (only there)$' \
    $begin $tiny_but_quiet -o untied --pretrained-model all
expect 0 ', 2 by piece .*; not copied: .*src\.embedding (only there)' $begin $tiny_but_quiet --tied-all -o retied \
    --pretrained-model tied

refuse 3 '^s2s train: --tied-all: expected --joint-vocab beside it$' \
    "$S2S" train pairs.tsv -o none $tiny --tied-all
refuse 5 '^s2s average: plain: expected --tied-all yes as all has, found no$' "$S2S" average all plain -o none.s2s
