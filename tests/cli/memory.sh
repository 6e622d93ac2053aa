# Little memory: each allocation of those that build JSON is refused in turn, and the program says so or writes
# all; and training within a budget.
set -eu
. "$(dirname "$0")/helpers"

# Loaded before the program: refuses Jansson's allocation number $REFUSE, and tells at the end how many it saw.
cat > refuse.c <<'END'
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
static long n_calls, refused;
static void *take(size_t n) { return ++n_calls == refused ? NULL : malloc(n); }
static __attribute__((constructor)) void begin(void)
{
    refused = atol(getenv("REFUSE"));
    json_set_alloc_funcs(take, free);
}
static __attribute__((destructor)) void end(void)
{
    FILE *file = fopen("calls", "w");
    fprintf(file, "%ld\n", n_calls);
    fclose(file);
}
END
cc -shared -fPIC refuse.c -o refuse.so -ljansson

refusing() { ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 REFUSE=$1 LD_PRELOAD=$PWD/refuse.so "$S2S" "${@:2}" > found 2> err; }

# tries WORDS...: the last 90 allocations of the command, by which its output is made.
tries()
{
    refusing 0 "$@" || fail "$*: failed with memory enough"
    cp found wanted
    n=$(cat calls) n_failed=0
    [ "$n" -gt 100 ] || fail "$*: expected more allocations than $n"
    for number in $(seq $((n - 90)) "$n"); do
        status=0
        refusing "$number" "$@" || status=$?
        case $status in
        0) same found wanted "$*: allocation $number of $n refused: another output and exit status 0" ;;
        7) has err 'out of memory' && n_failed=$((n_failed + 1)) ;;
        *) cat err >&2; fail "$*: allocation $number of $n refused: exit status $status" ;;
        esac
    done
    [ $n_failed -gt 20 ] || fail "$*: only $n_failed of the refusals were told"
}

train_tiny run 2
head -1 pairs.tsv > one.tsv
cut -f 1 one.tsv > one.txt
tries predict -m run one.txt --json -b 2 -n 2 --show-source -t 1
tries score -m run one.tsv --json -t 1
tries evaluate -m run one.tsv --json --alignments -t 1
tries inspect run --vocab target --json

# ---- s2s train --memory ----

grep -q "__[at]san_init" "$S2S" && exit 0 # a sanitizer takes memory of its own

# Loaded before the program: tells in kilobytes what it has at the beginning, and at the end its most.
cat > peak.c <<'END2'
#include <stdio.h>
static void tell(const char *mode)
{
    char line[256];
    long kb;
    FILE *status = fopen("/proc/self/status", "r"), *file = fopen("peak", mode);
    while (fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %ld", &kb) == 1)
            fprintf(file, "%ld\n", kb);
    fclose(status);
    fclose(file);
}
static __attribute__((constructor)) void begin(void) { tell("w"); }
static __attribute__((destructor)) void end(void) { tell("a"); }
END2
cc -shared -fPIC peak.c -o peak.so

# plan FOLDER FIELD: a number of the plan.
plan() { sed -n "s/.*\"event\":\"plan\".*\"$2\":\([0-9]*\).*/\1/p" "$1/metrics.jsonl"; }

# budget SIZE FOLDER WORDS...: trains; the process stays within the budget, and its plan wastes none of it.
budget()
{
    size=$1 folder=$2
    shift 2
    expect 0 "^memory: .*M of $size.0M: parameters " env "LD_PRELOAD=$PWD/peak.so" "$S2S" train pairs.tsv -o "$folder" \
        --memory "${size}M" --after 2u --valid-every 1u $decoded --threads 2 "$@"
    has err "^batches of $(plan "$folder" batch_tokens) tokens, $(plan "$folder" accumulate) per update$"
    kb=$(($(tail -1 peak) - $(head -1 peak))) total=$(($(plan "$folder" total) / 1024))
    [ "$total" -le $((size * 1024)) ] || fail "$*: planned ${total}K of ${size}M"
    [ $kb -le $((size * 1024)) ] || fail "$*: took ${kb}K of ${size}M"
    [ $kb -ge $((total / 2)) ] || fail "$*: took ${kb}K of a plan of ${total}K"
}

decoded="--valid-metric error-rate --valid-max 50"
small="--dim-emb 32 --dim-hidden 64 --batch-tokens 3000"
large="--dim-emb 128 --dim-hidden 256 --batch-tokens 3000 --accumulate 2 --r-drop 1"
budget 16 small_less $small
budget 100 small_all $small
[ "$(plan small_all batch_tokens)" -eq 3000 ] && [ "$(plan small_all accumulate)" -eq 1 ] ||
    fail "100M: expected the batches that were asked for"
budget 80 large_less $large
for run in small_less large_less; do
    grep -q '"parameters":[1-9].*"gradients":[1-9].*"moments":[1-9].*"average":[1-9].*"packed":[1-9].*"data":[1-9]' \
        "$run/metrics.jsonl" || fail "$run: expected all parts of the plan"
done
tokens=$(($(plan small_less batch_tokens) * $(plan small_less accumulate)))
[ $tokens -le 3000 ] && [ $tokens -gt 2900 ] || fail "16M: an update has $tokens tokens, expected 3000"
tokens=$(($(plan large_less batch_tokens) * $(plan large_less accumulate)))
[ $tokens -le 6000 ] && [ $tokens -gt 5900 ] || fail "80M: an update has $tokens tokens, expected 6000"

# The smallest budget is told, and works.
refuse 3 'memory: expected more than [0-9]*M, which this network takes without any data, found 1M$' \
    "$S2S" train pairs.tsv -o tight $small --memory 1M --quiet
least=$(sed 's/.*more than \([0-9]*\)M.*/\1/' err)
if ! "$S2S" train pairs.tsv -o tight $small --memory "${least}M" --after 1u --quiet 2> err; then
    has err "memory: expected at least [0-9]*M, for a batch of [0-9]* tokens as the longest pair has, found ${least}M$"
    least=$(sed 's/.*at least \([0-9]*\)M.*/\1/' err)
    expect 0 '' "$S2S" train pairs.tsv -o tight $small --memory "${least}M" --after 1u --quiet
fi
refuse 3 'memory: expected ' "$S2S" train pairs.tsv -o less $small --memory "$((least - 1))M" --quiet

# A run goes on with the batches that it began with, whatever its budget is now, and gives the same model.
train() { expect 0 '' "$S2S" train pairs.tsv -o "$@" $small --dim-emb 31 --valid-every 0u --quiet; }
train whole --memory 16M --after 4u
train parts --memory 16M --after 2u
train parts --memory 100M --after 4u
same whole/model.s2s parts/model.s2s "--memory: a run that went on differs from one that never stopped"
[ "$(tail -n 1 parts/metrics.jsonl | grep -c 'update limit')" -eq 1 ] || fail "parts: expected an end"
[ "$(plan parts batch_tokens | sort -u | wc -l)" -eq 1 ] || fail "a run went on with other batches"
refuse 3 'memory: expected at least [0-9]*M, for the batches of [0-9]* tokens that the run goes on with, found ' \
    "$S2S" train pairs.tsv -o small_all $small --memory 16M $decoded --after 4u --quiet
refuse 3 'small_all holds a run with --batch-tokens 3000, not 2000' \
    "$S2S" train pairs.tsv -o small_all $small --batch-tokens 2000 --memory 100M $decoded --quiet
