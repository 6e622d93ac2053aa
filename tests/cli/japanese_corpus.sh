# Japanese of enja50k, which comes cut into words: without their spaces, by characters and by subwords, some
# sentences are learned and written without spaces.
set -eu
. "$(dirname "$0")/helpers"
need_data enja50k/train.en.gz
need_data enja50k/train.ja.gz
gzip -dc "$data/enja50k/train.en.gz" | head -60 >some.en
gzip -dc "$data/enja50k/train.ja.gz" | head -60 | tr -d ' ' >some.ja
for tokens in char unigram; do
    expect 0 '' "$S2S" train --src some.en --tgt some.ja --valid-src some.en --valid-tgt some.ja -o $tokens --valid-every 0u \
        --after 200u $tiny --dim-hidden 64 --src-tokens space --tgt-tokens $tokens
    "$S2S" predict -m $tokens some.en >$tokens.ja
    ! grep -q ' \|▁' $tokens.ja || fail "$tokens: a space in the output"
    "$S2S" metrics --ref some.ja $tokens.ja --metrics bleu --tokenize char --json >bleu.json
    bleu=$(bleu_of bleu.json)
    awk -v bleu="$bleu" 'BEGIN { exit !(bleu > 30) }' || fail "$tokens: expected a BLEU above 30 on lines seen in training, found $bleu"
done
