# Subwords: trained, given, shared, sampled; the same bits again; and what is refused.
set -eu
. "$(dirname "$0")/helpers"

# Words of a few syllables, which the target has in reverse order.
awk 'BEGIN {
    split("ka lo mi ter ven sund", part, " ")
    state = 1
    for (line = 0; line < 600; line++) {
        source = target = ""
        for (w = 0; w < 3; w++) {
            word = ""
            for (s = 0; s < 3; s++) {
                state = (state * 1103515245 + 12345) % 2147483648
                word = word part[1 + int(state / 65536) % 6]
            }
            source = source (w ? " " : "") word
            target = word (w ? " " : "") target
        }
        print source "\t" target
    }
}' >pairs.tsv
cut -f 1 pairs.tsv >source.txt
head -20 pairs.tsv >test.tsv
head -20 source.txt >test.txt
train="$S2S train pairs.tsv --valid-every 0u $tiny"

# A run of 12 updates, and one of 12 that was stopped after 5 and used other threads.
options="--src-tokens bpe --tgt-tokens unigram --vocab-size 300 --byte-fallback --subword-sampling 0.2"
expect 0 '' $train $options -o straight --after 12u
expect 0 '' $train $options -o parts --after 5u --threads 2
expect 0 '' $train $options -o parts --after 12u
same straight/model.s2s parts/model.s2s "subwords: a run in two parts differs from one that went through"
expect 0 '' $train --src-tokens bpe --tgt-tokens unigram --vocab-size 300 --byte-fallback -o plain --after 12u
cmp -s straight/model.s2s plain/model.s2s && fail "--subword-sampling changes nothing"

# One model and vocabulary of both sides.
expect 0 '' $train --src-tokens bpe --tgt-tokens bpe --joint-vocab --vocab-size 40 -o joint --after 40u
expect 0 '' "$S2S" inspect joint --json
has out '"src_vocab":40,"tgt_vocab":40'
grep -q -a '"joint.subwords":{"dtype":"U8"' joint/model.s2s || fail "expected one subword model of both sides"

expect 0 '' "$S2S" predict -m joint test.txt --json --alignment
[ "$(wc -l <out)" -eq 20 ] || fail "predict: expected a line of output for each line of input"
# U+2581 belongs to pieces, not to texts.
sed 's/.*"text":"\([^"]*\)".*/\1/' out >texts.txt
grep -q '▁' texts.txt && fail "predict: a text has pieces in it"
has out '"tokens":\["▁'
printf 'kalomi terven\tlomi ka\n\tx\n' >prefixed.tsv
expect 0 '' "$S2S" predict -m joint prefixed.tsv --prefix-tsv --n-best 2 -b 2
[ "$(grep -c '^0 ||| lomi ka' out)" -eq 2 ] || fail "predict: expected outputs that begin with their prefix"
printf '\n \n' | expect 0 '' "$S2S" predict -m joint
expect 0 '' "$S2S" score -m joint test.tsv --json
has out '"tokens":\["▁'
expect 0 '' "$S2S" evaluate -m joint test.tsv --json
has out '"sequences":20'
expect 0 '' "$S2S" predict -m straight test.txt

# What contradicts itself, and what the text does not support.
bad="$S2S train pairs.tsv -o none $tiny"
refuse 3 '--src-subwords: expected --src-tokens bpe or unigram beside it, found char' $bad --src-tokens char --src-subwords x
refuse 3 '--joint-vocab: expected the same tokens on both sides, found bpe and space' $bad --src-tokens bpe --joint-vocab
refuse 3 '--joint-vocab: expected the subword model of both sides in --src-subwords' $bad --src-tokens bpe --tgt-tokens bpe \
    --joint-vocab --tgt-subwords x
refuse 3 '--subword-sampling: expected a side with' $bad --subword-sampling 0.1
refuse 3 '--subword-sampling: expected no --memory' $bad --src-tokens bpe --subword-sampling 0.1 --memory 1G
refuse 3 '--vocab-size: expected more than 3 subwords, found 3' $bad --src-tokens bpe --vocab-size 3
refuse 3 '--vocab-size: expected at most [0-9]* subwords, as many as the training sources support, found 9000' $bad \
    --src-tokens bpe --vocab-size 9000
refuse 3 '--vocab-size: expected at least [0-9]* subwords for the characters of the training targets' $bad \
    --tgt-tokens unigram --vocab-size 5
refuse 4 'missing.model' $bad --src-tokens bpe --src-subwords missing.model
refuse 4 'joint' $bad --src-tokens bpe --src-subwords joint
refuse 5 'pairs.tsv: expected a SentencePiece model' $bad --src-tokens bpe --src-subwords pairs.tsv
[ ! -e none ] || fail "what was refused left a folder behind"

# A model of SentencePiece's own, with its map of characters.
command -v spm_train >found.txt || { echo "no spm_train"; exit 77; }
spm_train --input=source.txt --model_prefix=given --model_type=unigram --vocab_size=60 --minloglevel=3 2>log.txt
spm_train --input=source.txt --model_prefix=words --model_type=word --vocab_size=60 --minloglevel=3 2>log.txt
head -c 20000 given.model >cut.model
expect 0 '' $train --src-tokens unigram --src-subwords given.model --tgt-tokens char -o given --after 5u
refuse 3 '--src-tokens bpe: expected what given.model holds, a model of type unigram' $bad --src-tokens bpe --src-subwords given.model
refuse 5 'words.model: expected a SentencePiece model of type bpe or unigram' $bad --src-tokens bpe --src-subwords words.model
refuse 5 'cut.model: expected a SentencePiece model' $bad --src-tokens unigram --src-subwords cut.model
printf 'ｋａｌｏ　ｍｉ\nkalo mi\n' | "$S2S" predict -m given --token-scores >wide.txt
[ "$(sed -n 1p wide.txt)" = "$(sed -n 2p wide.txt)" ] || fail "expected wide letters to be normalised as the given model does"
