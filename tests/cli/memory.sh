# Little memory: each allocation of those that build JSON is refused in turn, and the program says so or writes all.
set -eu
. "$(dirname "$0")/helpers"

# Loaded before the program: refuses Jansson's allocation number $REFUSE, and tells at the end how many there were.
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
