/* Which rows there are, and how they are told. */
#include <math.h>
#include <string.h>

#include "measure/measure.h"

bool s2s_bench_wants(const s2s_bench *bench, const char *name)
{
    return !bench->options->match || strstr(name, bench->options->match);
}

bool s2s_bench_uses(const s2s_bench *bench, int precision)
{
    int wanted = bench->options->precision;
    return (wanted == S2S_PRECISION_AUTO || wanted == precision) && s2s_kernels_of(precision);
}

s2s_bench_row s2s_bench_row_new(const s2s_bench *bench, s2s_bench_part part, const char *name,
                                const s2s_timing *timing)
{
    s2s_bench_row row = {
        .part = part,
        .name = name,
        .threads = s2s_team_size(bench->team),
        .spread = timing->spread,
        .n = timing->n,
    };
    for (int i = 0; i < S2S_N_BENCH_FIGURES; i++)
        row.figures[i] = NAN;
    row.figures[S2S_BENCH_MS] = 1e3 * timing->seconds;
    return row;
}

s2s_status s2s_bench_tell(s2s_bench *bench, s2s_bench_row *row, int precision, s2s_error *err)
{
#define S2S_X(NAME, name) name,
    static const char *const names[] = {S2S_PRECISION_LIST(S2S_X)};
#undef S2S_X
    row->precision = precision == S2S_PRECISION_AUTO ? NULL : names[precision];
    row->kernels = s2s_kernels_of(precision)->name;
    bench->n_rows++;
    return bench->row(bench->arg, row, err);
}
