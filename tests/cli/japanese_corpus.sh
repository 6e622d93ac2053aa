# Japanese of enja50k, which comes cut into words: without their spaces, by characters and by subwords, some
# sentences are learned and written without spaces.
set -eu
data=$S2S_SOURCE_DIR/../shared/data/enja50k
. "$(dirname "$0")/helpers"
[ -f "$data/train.ja.gz" ] || { echo "no enja50k in ../shared/data"; exit 77; }
gzip -dc "$data/train.en.gz" | head -60 >some.en
gzip -dc "$data/train.ja.gz" | head -60 | tr -d ' ' >some.ja
for tokens in char unigram; do
    # shellcheck disable=SC2086
    expect 0 '' "$S2S" train --src some.en --tgt some.ja --valid-src some.en --valid-tgt some.ja -o $tokens --valid-every 0u \
        --after 200u $tiny --dim-hidden 64 --src-tokens space --tgt-tokens $tokens
    "$S2S" predict -m $tokens some.en >$tokens.ja
    ! grep -q ' \|▁' $tokens.ja || fail "$tokens: a space in the output"
    "$S2S" metrics --ref some.ja $tokens.ja --metrics bleu --tokenize char --json >bleu.json
    bleu=$(sed 's/.*"score": \{0,1\}\([0-9.]*\).*/\1/' bleu.json)
    awk -v bleu="$bleu" 'BEGIN { exit !(bleu > 30) }' || fail "$tokens: expected a BLEU above 30 on lines seen in training, found $bleu"
done
