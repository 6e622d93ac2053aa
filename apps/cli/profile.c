#include "profile.h"

#include <math.h>
#include <stdio.h>

static const s2s_option profile_options[] = {
    {.name = "profile",
     .type = S2S_OPTION_BOOL,
     .offset = offsetof(cli_profile_options, profile),
     .group = "run",
     .help = "at the end, report on standard error where the time of training steps or decoded batches went"},
};
static const cli_profile_options profile_defaults;

const s2s_option_table *cli_profile_table(void)
{
    static const s2s_option_table table = {profile_options, sizeof profile_options / sizeof *profile_options,
                                           sizeof(cli_profile_options), &profile_defaults};
    return &table;
}

s2s_status cli_profile_new(s2s_profile **profile, const cli_profile_options *options, s2s_error *err)
{
    *profile = NULL;
    return options->profile ? s2s_profile_new(profile, err) : S2S_OK;
}

static void print_row(FILE *file, const s2s_profile_row *row)
{
    char name[64];
    snprintf(name, sizeof name, "%s%s%s", row->phase, *row->work ? ", " : "", row->work);
    fprintf(file, "%-36s %10lld %10.3f %7.2f", name, (long long)row->calls, row->ms, row->share);
    if (isfinite(row->gflops))
        fprintf(file, " %9.1f", row->gflops);
    fputc('\n', file);
}

void cli_profile_write(FILE *file, const s2s_profile_summary *summary, const char *steps)
{
    fprintf(file,
            "\nTime of %lld %s, each %.3f ms; a phase alone is what it spent outside of its operations.\n",
            (long long)summary->n_steps, steps, summary->ms);
    fprintf(file, "%-36s %10s %10s %7s %9s\n", "", "calls", "ms each", "share %", "GFLOP/s");
    for (int i = 0; i < summary->n_rows; i++)
        print_row(file, &summary->rows[i]);
}

void cli_profile_print(const s2s_profile *profile, const char *steps)
{
    s2s_profile_summary summary;
    if (!profile)
        return;
    s2s_profile_summarise(profile, &summary);
    cli_profile_write(stderr, &summary, steps);
}

static json_t *row_json(const s2s_profile_row *row)
{
    return json_pack("{ss ss sI sf sf so}", "phase", row->phase, "work", row->work, "calls",
                     (json_int_t)row->calls, "ms", row->ms, "share", row->share, "gflops",
                     cli_json_real(row->gflops));
}

json_t *cli_profile_json(const s2s_profile_summary *summary)
{
    json_t *rows = json_array();
    for (int i = 0; i < summary->n_rows; i++)
        cli_json_append(&rows, row_json(&summary->rows[i]));
    return json_pack("{sI sf so}", "steps", (json_int_t)summary->n_steps, "ms", summary->ms, "rows", rows);
}
