# What s2s bench writes; never how fast anything was.
set -eu
. "$(dirname "$0")/helpers"

expect 0 '' "$S2S" bench --seconds 0.01 --only products --precision f32 --threads 1
has out '^products (1 thread): '
has out 'GFLOP/s'
for shape in '64 x 2048 x 512' '960 x 2048 x 256' '960 x 8192 x 512' '1 x 2048 x 512' '5 x 8192 x 512'; do
    has out "^  $shape  *f32  *[a-z0-9]*  *[0-9.]*  *[0-9.]*  *[0-9.]*$"
done
[ "$(wc -l < out)" -eq 7 ] || fail "expected a heading of two lines and five rows"

# positive FILE KEY...: every line of JSON has the keys, each with a number above zero.
positive()
{
    file=$1
    shift
    [ -s "$file" ] || fail "$file: expected lines"
    for key in "$@"; do
        sed -n "s/.*\"$key\":\([^,}]*\).*/\1/p" "$file" > numbers
        [ "$(wc -l < numbers)" -eq "$(wc -l < "$file")" ] || fail "$file: expected $key in every line"
        awk '!($1 ~ /^[0-9.]+(e[-+]?[0-9]+)?$/ && $1 > 0) { exit 1 }' numbers || fail "$file: $key: $(cat numbers)"
    done
}

expect 0 '' "$S2S" bench products --seconds 0.01 --match '1 x 2048' --json --threads 1
positive out ms gflops threads repetitions
has out '^{"part":"products","name":"1 x 2048 x 512","precision":"f32","kernels":"[a-z0-9]*","threads":1,'
has out '"precision":"int8"'
expect 0 '' "$S2S" bench machine --seconds 0.01 --match memory --json --threads 1
positive out ms gbytes_per_second
expect 0 '' "$S2S" bench machine --seconds 0.01 --match tanh --json --threads 1
positive out ms gelements_per_second
expect 0 '' "$S2S" bench machine --seconds 0.01 --match team --json
positive out ms
[ "$(wc -l < out)" -eq 2 ] || fail "expected the call and the barrier of the team"
has out '"precision":null'
expect 0 '' "$S2S" bench train --seconds 0.01 --match characters --precision f32 --json --threads 1
positive out ms gflops share tokens_per_second
expect 0 '' "$S2S" bench decode --seconds 0.01 --match '1 sentence' --precision f32 --json --threads 1
positive out ms sentences_per_second tokens_per_second
expect 0 '' "$S2S" bench train --seconds 0.01 --match characters --precision f32 --threads 1 --profile
has out '^Time of [0-9]* repetitions, each [0-9.]* ms'
has out '^backward, weight gradient  *[0-9]*  *[0-9.]*  *[0-9.]*  *[0-9.]*$'
has out '^optimiser '
expect 0 '' "$S2S" bench decode --seconds 0.01 --match '1 sentence' --precision f32 --json --threads 1 --profile
has out '"profile":{"steps":[1-9][0-9]*,"ms":[0-9.e-]*,"rows":\[{"phase":"'
has out '{"phase":"choosing tokens","work":"output layer","calls":[0-9]*,"ms":[0-9.e-]*,"share":[0-9.e-]*,"gflops":[0-9.e-]*}'
expect 0 '' "$S2S" bench growth --seconds 0.01 --match 'batch 4' --precision f32 --json --threads 1
positive out ms tokens_per_second
[ "$(wc -l < out)" -eq 2 ] || fail "expected a row of training and one of decoding"
varied='"work":"\(train\|decode\)","dimension":"batch","value":4,'
[ "$(grep -c "\"part\":\"growth\",\"name\":\"[a-z]*, batch 4\".*$varied" out)" -eq 2 ] ||
    fail "expected names and dimensions: $(cat out)"
grep '"work":"train"' out > trained
positive trained gflops share

refuse 2 '^s2s bench: --only: expected one of all, products, ' "$S2S" bench everything
refuse 2 '^s2s bench: no row to measure: ' "$S2S" bench train --match beam
refuse 2 '^s2s bench: no row to measure: ' "$S2S" bench --match 'batch 4'
refuse 2 '^s2s bench: no row to measure: ' "$S2S" bench growth --match 'threads 4' --threads 2
refuse 2 '^s2s bench: --seconds: expected ' "$S2S" bench --seconds 0
if [ -e /dev/full ]; then
    expect 7 'No space left on device' sh -c '"$0" bench products --match "1 x" --seconds 0.01 > /dev/full' "$S2S"
fi
