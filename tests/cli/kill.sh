# A run that is killed again and again, and resumed with other numbers of threads, ends with the same model.
set -eu
. "$(dirname "$0")/helpers"

seed=${SEED:-$$}
RANDOM=$seed
pairs 600 > pairs.tsv
options="--dim-emb 8 --dim-hidden 16 --batch-tokens 200 --after 400u --valid-every 40u --save-every 5u --disp-every 1
         --dropout 0.1 --valid-metric error-rate,bleu,loss --keep-best 2 --keep-last 3 --early-stopping 0 --quiet"

now_ms() { echo $(($(date +%s%N) / 1000000)); }

began=$(now_ms)
"$S2S" train pairs.tsv -o whole $options --threads 1
took_ms=$(($(now_ms) - began))

n_killed=0 threads=1 delays=
for try in 1 2 3 4 5 6; do
    delay_ms=$((RANDOM % (took_ms / 3 + 1)))
    delays="$delays $delay_ms"
    "$S2S" train pairs.tsv -o parts $options --threads $threads &
    trainer=$!
    sleep "$((delay_ms / 1000)).$(printf %03d $((delay_ms % 1000)))"
    kill -9 $trainer 2> /dev/null || true
    status=0
    wait $trainer 2> /dev/null || status=$?
    case $status in
    0) ;;
    137) n_killed=$((n_killed + 1)) ;;
    *) fail "seed $seed, try $try: expected to be killed or done, found exit status $status" ;;
    esac
    threads=$((threads % 3 + 1))
done
echo "seed $seed: killed $n_killed times, after$delays of $took_ms ms"
[ $n_killed -gt 0 ] || fail "seed $seed: every run was done before it was killed"
"$S2S" train pairs.tsv -o parts $options --threads 2

cmp whole/model.s2s parts/model.s2s || fail "seed $seed: the model differs from that of a run that was not killed"
for kept in best last; do
    diff -r whole/$kept parts/$kept || fail "seed $seed: $kept: other models than those of a run that was not killed"
done
[ "$(ls whole/last | sort -n | tr '\n' ' ')" = '320.s2s 360.s2s 400.s2s ' ] || fail "last: $(ls whole/last)"
for run in whole parts; do
    sed -n 's/.*"event":"progress","update":\([0-9]*\),.*/\1/p' $run/metrics.jsonl > $run.updates
done
seq 400 > expected
same whole.updates expected "whole/metrics.jsonl: expected every update once"
same parts.updates expected "seed $seed: parts/metrics.jsonl: expected every update once"
[ "$(grep -c '"event":"end"' parts/metrics.jsonl)" -eq 1 ] || fail "seed $seed: expected one end in metrics.jsonl"
[ "$(find . -name '*.tmp.*' | wc -l)" -eq 0 ] || fail "seed $seed: temporary files were left: $(ls parts)"
