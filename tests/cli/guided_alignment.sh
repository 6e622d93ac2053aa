# Guided alignment: the same bits again however a run goes, links of words and of subwords, and what is refused.
set -eu
. "$(dirname "$0")/helpers"

pairs 600 > pairs.tsv
awk -F '\t' '{ n = split($1, word, " "); for (i = 0; i < n; i++) printf "%s%d-%d", i ? " " : "", i, n - 1 - i; print "" }' \
    pairs.tsv > links
train="$S2S train pairs.tsv --valid-every 0u $tiny"

# A run of 12 updates, and one of 12 that was stopped after 5 and used other threads; links may be packed.
expect 0 '' $train --guided-alignment links -o straight --after 12u
expect 0 '' $train --guided-alignment links -o parts --after 5u --threads 2
expect 0 '' $train --guided-alignment links -o parts --after 12u
same straight/model.s2s parts/model.s2s "a guided run in two parts differs from one that went through"
expect 0 '' $train -o plain --after 12u
cmp -s straight/model.s2s plain/model.s2s && fail "--guided-alignment changes nothing"
gzip -c links > links.gz
mv links moved
expect 0 '' $train --guided-alignment links.gz -o straight --after 14u
expect 0 '' $train --guided-alignment moved -o parts --after 14u --threads 2
expect 0 '' "$S2S" predict -m straight --alignment pairs.tsv
mv moved links

# Links of words are links of their subwords, also where these are sampled.
expect 0 ' training pairs are left out: ' $train --src-tokens bpe --tgt-tokens bpe --guided-alignment links -o subwords \
    --after 6u --subword-sampling 0.2 --r-drop 1 --max-length 4

# Of several targets, each has its links.
awk -F '\t' -v OFS='\t' '{ print $1, $2, $2 }' pairs.tsv > two.tsv
awk -v OFS='\t' '{ print $0, $0 }' links > two
expect 0 '' "$S2S" train two.tsv --valid-every 0u $tiny --guided-alignment two -o twofold --after 6u

# What is refused, in one line.
head -n -1 links > short
(cat links; echo 0-0) > long
sed '17s/$/ 9-0/' links > wide
sed '17s/-/:/' links > colons
sed '17s/.*//' links > other
sed '17s/$/	/' links > tab
bad="$train -o none --after 1u"
refuse 4 '^s2s train: short: expected 600 lines, one for each of the training pairs, found 599$' $bad --guided-alignment short
refuse 4 '^s2s train: long: expected 600 lines, .* found 601$' $bad --guided-alignment long
refuse 4 '^s2s train: wide:17: expected links of [2-5] source and [2-5] target words, counted from 0, found 9-0$' \
    $bad --guided-alignment wide
refuse 4 '^s2s train: colons:17: expected links such as 0-0 1-2, found "0:' $bad --guided-alignment colons
refuse 4 '^s2s train: tab:17: expected as many lists of links .* as there are targets (1), found 2$' \
    $bad --guided-alignment tab
refuse 4 'nowhere' $bad --guided-alignment nowhere
refuse 3 '--guided-alignment: expected an --attention to guide, found none$' $bad --guided-alignment links --attention none
refuse 3 '--guided-alignment: expected no --memory beside it' $bad --guided-alignment links --memory 1G
refuse 3 'straight holds a run with --guided-alignment links\.gz, not ' $train -o straight --after 14u
refuse 3 '--guided-alignment-weight 0\.1, not 1;' $train -o straight --after 14u --guided-alignment links \
    --guided-alignment-weight 1
refuse 4 '^s2s train: the training pairs or their alignments differ ' $train -o straight --after 14u --guided-alignment other
