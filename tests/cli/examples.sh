# The programs of examples/ do what their first lines say.
set -eu
. "$(dirname "$0")/helpers"
examples=$binary/examples

awk 'BEGIN { for (i = 0; i < 400; i++) { a = i % 7; b = int(i / 7) % 5; print a " " b "\t" b " " a } }' >pairs.tsv
"$examples/train" pairs.tsv run >train.txt || fail "train failed"
grep -q '^epoch 20: loss [0-9.]*, token accuracy [0-9.]* %$' train.txt || fail "unexpected output: $(cat train.txt)"
[ -s run/model.s2s ] || fail "train left no model"

"$examples/predict" run '3 4' '1 2' >predict.txt || fail "predict failed"
[ "$(wc -l <predict.txt)" -eq 6 ] || fail "expected 6 lines, found: $(cat predict.txt)"
[ "$(sed -n 1p predict.txt | cut -f1,3)" = "3 4	4 3" ] || fail "unexpected best output: $(cat predict.txt)"

status=0
"$examples/predict" nothing x 2>err.txt || status=$?
[ "$status" -eq 5 ] || fail "a missing model: expected status 5, found $status: $(cat err.txt)"
