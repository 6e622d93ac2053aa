/* s2s bench: speed of this machine. */
#include <math.h>

#include "command.h"
#include "message.h"
#include "output.h"
#include "profile.h"

enum { MAX_COLUMNS = 4 };

typedef struct column {
    s2s_bench_figure figure;
    const char *heading; /* NULL ends the columns of a part */
    double scale;
} column;

static const struct {
    const char *about;
    column columns[MAX_COLUMNS];
} parts[S2S_N_BENCH_PARTS] = {
    [S2S_BENCH_PRODUCTS] = {"packed matrix products, M x N x K; the best of a precision is its ceiling",
                            {{S2S_BENCH_GFLOPS, "GFLOP/s", 1}, {S2S_BENCH_MS, "us", 1e3}}},
    [S2S_BENCH_MACHINE] = {"memory, loops over elements, and the threads of the team",
                           {{S2S_BENCH_BYTES, "GB/s", 1},
                            {S2S_BENCH_ELEMENTS, "Gelem/s", 1},
                            {S2S_BENCH_MS, "us", 1e3}}},
    [S2S_BENCH_TRAIN] = {"steps on 64 sentences; GFLOP/s are those of the products over the whole step",
                         {{S2S_BENCH_MS, "ms", 1},
                          {S2S_BENCH_TOKENS, "tokens/s", 1},
                          {S2S_BENCH_GFLOPS, "GFLOP/s", 1},
                          {S2S_BENCH_SHARE, "% of ceiling", 1}}},
    [S2S_BENCH_DECODE] = {"the reference network with random weights, 15 tokens of output a sentence",
                          {{S2S_BENCH_MS, "ms", 1},
                           {S2S_BENCH_SENTENCES, "sentences/s", 1},
                           {S2S_BENCH_TOKENS, "tokens/s", 1}}},
    [S2S_BENCH_GROWTH] = {"the reference network; but for what is varied, 64 sentences of 15 tokens, beam 5",
                          {{S2S_BENCH_MS, "ms", 1},
                           {S2S_BENCH_TOKENS, "tokens/s", 1},
                           {S2S_BENCH_GFLOPS, "GFLOP/s", 1},
                           {S2S_BENCH_SHARE, "% of ceiling", 1}}},
};

typedef struct benching {
    cli_output output;
    bool json;
    int part;    /* whose heading was written last; 0: none yet */
    int threads; /* of all rows but those that vary them */
} benching;

static json_t *row_json(const s2s_bench_row *row)
{
    json_t *object =
        json_pack("{ss ss so ss si si so}", "part", s2s_bench_part_name(row->part), "name", row->name,
                  "precision", cli_json_text(row->precision), "kernels", row->kernels, "threads", row->threads,
                  "repetitions", row->n, "spread", cli_json_real(row->spread));
    if (row->dimension) {
        cli_json_set(&object, "work", cli_json_text(row->work));
        cli_json_set(&object, "dimension", cli_json_text(row->dimension));
        cli_json_set(&object, "value", json_integer(row->value));
    }
    for (int i = 0; i < S2S_N_BENCH_FIGURES; i++)
        if (isfinite(row->figures[i]))
            cli_json_set(&object, s2s_bench_figure_name((s2s_bench_figure)i), json_real(row->figures[i]));
    if (row->profile)
        cli_json_set(&object, "profile", cli_profile_json(row->profile));
    return object;
}

static void write_heading(const benching *b, s2s_bench_part part)
{
    FILE *file = b->output.file;
    const column *columns = parts[part].columns;
    fprintf(file, "%s%s (%d thread%s): %s\n", b->part == 0 ? "" : "\n", s2s_bench_part_name(part), b->threads,
            b->threads == 1 ? "" : "s", parts[part].about);
    fprintf(file, "  %-30s %-9s %-8s", "", "precision", "kernels");
    for (int i = 0; i < MAX_COLUMNS && columns[i].heading; i++)
        fprintf(file, " %12s", columns[i].heading);
    fprintf(file, " %10s\n", "spread %");
}

static void write_row(FILE *file, const s2s_bench_row *row)
{
    const column *columns = parts[row->part].columns;
    fprintf(file, "  %-30s %-9s %-8s", row->name, row->precision ? row->precision : "", row->kernels);
    for (int i = 0; i < MAX_COLUMNS && columns[i].heading; i++) {
        double value = columns[i].scale * row->figures[columns[i].figure];
        if (isfinite(value))
            fprintf(file, " %12.*f", fabs(value) < 100 ? 2 : 0, value);
        else
            fprintf(file, " %12s", "");
    }
    fprintf(file, " %10.1f\n", row->spread);
}

static s2s_status on_row(void *arg, const s2s_bench_row *row, s2s_error *err)
{
    benching *b = arg;
    if (b->json) {
        s2s_status status = cli_output_json(&b->output, row_json(row), err);
        return status ? status : cli_output_flush(&b->output, err);
    }
    if (b->part != (int)row->part)
        write_heading(b, row->part);
    b->part = (int)row->part;
    write_row(b->output.file, row);
    if (row->profile) {
        cli_profile_write(b->output.file, row->profile, "repetitions");
        fputc('\n', b->output.file);
    }
    return cli_output_flush(&b->output, err);
}

static s2s_status run(const cli_options *options, s2s_error *err)
{
    const s2s_bench_options *wanted = cli_options_of(options, 0);
    benching b = {.json = cli_options_common(options)->json,
                  .threads = wanted->threads > 0 ? wanted->threads : s2s_n_cores()};
    cli_warn_of_threads(wanted->threads);
    s2s_status status = cli_output_open(&b.output, NULL, err);
    if (!status)
        status = s2s_bench_run(wanted, on_row, &b, err);
    return cli_output_close(&b.output, status, err);
}

const cli_command cli_bench = {
    .name = "bench",
    .summary = "measure the speed of this machine",
    .usage = "[PART] [options]",
    .examples = "  s2s bench\n"
                "  s2s bench train --match 'input feeding' --precision f32 --seconds 5\n"
                "  s2s bench decode --match greedy --profile\n"
                "  s2s bench growth --match 'train, hidden'\n",
    .positional = "only",
    .output =
        "  A table per part, a line per row, each figure the median of several repetitions.  The\n"
        "  spread is the distance between their quartiles in % of it.  The part growth, which is measured\n"
        "  only where it is named, tells how the cost grows with one dimension: hidden size, sentence\n"
        "  length (in batches of about as many tokens), vocabulary, sentences of a batch, threads (no\n"
        "  more than --threads; other rows have all of them), beam.  With --json, one object per row:\n"
        "      part, name, precision (null where it does not matter), kernels, threads, repetitions,\n"
        "      spread, of growth work (train or decode), dimension and value and, as far as they apply,\n"
        "      ms (of one product, pass, step or batch), gflops (two operations per multiply-add of\n"
        "      matrix products), share (of the best product, %), gbytes_per_second,\n"
        "      gelements_per_second, sentences_per_second, tokens_per_second (of targets), and of\n"
        "      training and decoding with --profile profile: steps, ms (of a repetition), and rows,\n"
        "      each with phase, work, calls, ms (of a repetition), share (%) and gflops\n",
    .tables = {s2s_bench_options_table},
    .run = run,
};
