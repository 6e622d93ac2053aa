# s2s metrics on real text: captions of Multi30k against themselves and against another language.
set -eu
. "$(dirname "$0")/helpers"
captions=multi30k/raw/test_2016_flickr
need_data $captions.de
need_data $captions.fr
expect 0 '' "$S2S" metrics --ref "$data/$captions.de" "$data/$captions.de" "$data/$captions.fr"
[ "$(awk '/test_2016_flickr\.de/ { print $2 }' out | tr '\n' ' ')" = '100.00 100.00 0.00 ' ] ||
    fail "a text against itself: $(cat out)"
