/* What products do not show: memory, loops over elements, the team. */
#include <string.h>

#include "base/arena.h"
#include "base/fail.h"
#include "measure/measure.h"

enum {
    ARRAY = 1 << 24, /* elements: 64 MiB of floats, more than the caches of most processors */
    PIECE = 1 << 12, /* elements that a kernel gets at once; they stay in the first-level cache */
    N_ARRAYS = 3,
    ROWS = 64, /* of the loops over elements, which stay in caches */
    COLS = 2048,
    BARRIERS = 1000, /* in a call of the team */
};

typedef struct machine {
    s2s_team *team;
    const s2s_kernels *kernels;
    s2s_real *array[N_ARRAYS];
    s2s_real sum[S2S_TEAM_MAX];
    s2s_team_fn *fn; /* of the present row */
} machine;

/* ---- memory ---- */

static void share(const machine *m, int member, int *begin, int *end)
{
    s2s_team_share(ARRAY / PIECE, member, s2s_team_size(m->team), begin, end);
    *begin *= PIECE;
    *end *= PIECE;
}

/* Values from -4 to 4; each member touches its share first, so that it lies in the memory next to it. */
static void fill_member(void *arg, int member)
{
    const machine *m = arg;
    const int period = 33;
    int begin, end;
    share(m, member, &begin, &end);
    for (int k = 0; k < N_ARRAYS; k++)
        for (int i = begin; i < end; i++)
            m->array[k][i] = (s2s_real)(i % period) / 4 - 4;
}

/* sum of a_i b_i */
static void read_member(void *arg, int member)
{
    machine *m = arg;
    int begin, end;
    share(m, member, &begin, &end);
    m->sum[member] = 0;
    for (int i = begin; i < end; i += PIECE)
        m->sum[member] += m->kernels->dot(m->array[0] + i, m->array[1] + i, PIECE);
}

/* a_i = b_i + s c_i, as in McCalpin's STREAM; the copy of a piece is still in cache when the sum is formed */
static void triad_member(void *arg, int member)
{
    const machine *m = arg;
    const s2s_real scale = 3;
    int begin, end;
    share(m, member, &begin, &end);
    for (int i = begin; i < end; i += PIECE) {
        memcpy(m->array[0] + i, m->array[1] + i, PIECE * sizeof(s2s_real));
        m->kernels->axpy(m->array[0] + i, scale, m->array[2] + i, PIECE);
    }
}

/* ---- elements ---- */

static void tanh_row(const s2s_kernels *kernels, s2s_real *y, const s2s_real *x)
{
    kernels->tanh(y, x, COLS);
}

static void sigmoid_row(const s2s_kernels *kernels, s2s_real *y, const s2s_real *x)
{
    kernels->sigmoid(y, x, COLS);
}

static void softmax_row(const s2s_kernels *kernels, s2s_real *y, const s2s_real *x)
{
    (void)x;
    kernels->softmax(y, COLS);
}

static void rows_of_member(const machine *m, int member,
                           void (*row)(const s2s_kernels *, s2s_real *, const s2s_real *))
{
    int begin, end;
    s2s_team_share(ROWS, member, s2s_team_size(m->team), &begin, &end);
    for (int r = begin; r < end; r++)
        row(m->kernels, m->array[0] + r * COLS, m->array[1] + r * COLS);
}

static void tanh_member(void *arg, int member)
{
    rows_of_member(arg, member, tanh_row);
}

static void sigmoid_member(void *arg, int member)
{
    rows_of_member(arg, member, sigmoid_row);
}

static void softmax_member(void *arg, int member)
{
    rows_of_member(arg, member, softmax_row);
}

/* ---- the team ---- */

static void idle_member(void *arg, int member)
{
    (void)arg;
    (void)member;
}

static void barriers_member(void *arg, int member)
{
    const machine *m = arg;
    for (int i = 0; i < BARRIERS; i++)
        s2s_team_barrier(m->team, member);
}

/* ---- the rows ---- */

/* A call of the team does so many units of work: bytes moved, elements, or events whose time is told. */
static const struct {
    const char *name;
    s2s_team_fn *fn;
    s2s_bench_figure figure;
    double units;
} rows[] = {
    {"memory, two arrays read", read_member, S2S_BENCH_BYTES, 2.0 * ARRAY * sizeof(s2s_real)},
    {"memory, two read, one written", triad_member, S2S_BENCH_BYTES, 3.0 * ARRAY * sizeof(s2s_real)},
    {"tanh", tanh_member, S2S_BENCH_ELEMENTS, ROWS *COLS},
    {"sigmoid", sigmoid_member, S2S_BENCH_ELEMENTS, ROWS *COLS},
    {"softmax of 2048", softmax_member, S2S_BENCH_ELEMENTS, ROWS *COLS},
    {"call of the team", idle_member, S2S_BENCH_MS, 1},
    {"barrier of the team", barriers_member, S2S_BENCH_MS, BARRIERS},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

static s2s_status call_team(void *arg, s2s_error *err)
{
    const machine *m = arg;
    (void)err;
    s2s_team_run(m->team, m->fn, arg);
    return S2S_OK;
}

static s2s_status measure_row(s2s_bench *bench, machine *m, int i, s2s_error *err)
{
    s2s_timing timing;
    m->fn = rows[i].fn;
    S2S_TRY(s2s_time(call_team, m, bench->options->seconds, &timing, err));
    s2s_bench_row row = s2s_bench_row_new(bench, S2S_BENCH_MACHINE, rows[i].name, &timing);
    if (rows[i].figure == S2S_BENCH_MS)
        row.figures[S2S_BENCH_MS] /= rows[i].units;
    else
        row.figures[rows[i].figure] = 1e-9 * rows[i].units / timing.seconds;
    return s2s_bench_tell(bench, &row, S2S_PRECISION_AUTO, err);
}

static s2s_status measure_rows(s2s_bench *bench, s2s_arena *arena, s2s_error *err)
{
    machine m = {.team = bench->team, .kernels = s2s_kernels_best()};
    for (int k = 0; k < N_ARRAYS; k++)
        if (!arena || !(m.array[k] = s2s_arena_alloc(arena, ARRAY * sizeof(s2s_real))))
            return s2s_fail_memory(err, "measuring the memory");
    s2s_team_run(bench->team, fill_member, &m);
    for (int i = 0; i < N_ROWS; i++)
        if (s2s_bench_wants(bench, rows[i].name))
            S2S_TRY(measure_row(bench, &m, i, err));
    return S2S_OK;
}

s2s_status s2s_bench_machine(s2s_bench *bench, s2s_error *err)
{
    int n_wanted = 0;
    for (int i = 0; i < N_ROWS; i++)
        n_wanted += s2s_bench_wants(bench, rows[i].name);
    if (n_wanted == 0)
        return S2S_OK;
    s2s_arena *arena = s2s_arena_new(N_ARRAYS * ARRAY * sizeof(s2s_real));
    s2s_status status = measure_rows(bench, arena, err);
    s2s_arena_free(arena);
    return status;
}
