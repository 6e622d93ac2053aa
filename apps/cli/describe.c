#include "describe.h"

#include <stdio.h>
#include <string.h>

const char cli_program_summary[] = "train and use sequence-to-sequence models";
const char cli_program_usage[] = "COMMAND [options]";
const char cli_program_examples[] =
    "  s2s train pairs.tsv -o run        learn from lines \"source<TAB>target\"\n"
    "  s2s predict -m run words.txt      and use what was learnt\n";
const char cli_program_more[] =
    "s2s COMMAND --help explains a command; s2s --version prints the version.  s2s help --man [COMMAND] prints "
    "a manual page; s2s help --completion SHELL prints a script with which bash, zsh or fish completes "
    "commands and options.";

const char *cli_option_placeholder(const s2s_option *option)
{
    static const char *const of_type[] = {
        [S2S_OPTION_BOOL] = "",     [S2S_OPTION_INT] = "N",       [S2S_OPTION_REAL] = "X",
        [S2S_OPTION_TEXT] = "TEXT", [S2S_OPTION_CHOICE] = "NAME", [S2S_OPTION_DURATION] = "LENGTH",
        [S2S_OPTION_SIZE] = "SIZE",
    };
    bool says_more = option->unit && option->type == S2S_OPTION_TEXT;
    return says_more ? option->unit : of_type[option->type];
}

bool cli_option_is_on(const s2s_option *option, const void *defaults)
{
    return option->type == S2S_OPTION_BOOL && *(const bool *)((const char *)defaults + option->offset);
}

/* "1 to 100", "1 or more", the choices; "" for any value. */
static void print_range(const s2s_option *option, char *buf, size_t size)
{
    const double unbounded = 1e9;
    buf[0] = '\0';
    if (option->type == S2S_OPTION_CHOICE) {
        size_t n = 0;
        for (const char *p = option->choices; *p && n + 3 < size; p++) {
            buf[n++] = *p == '|' ? ',' : *p;
            if (*p == '|')
                buf[n++] = ' ';
        }
        buf[n] = '\0';
    } else if (option->type == S2S_OPTION_INT || option->type == S2S_OPTION_REAL) {
        bool low = option->min > -unbounded, high = option->max < unbounded;
        if (low && high)
            snprintf(buf, size, "%.10g to %.10g", option->min, option->max);
        else if (low)
            snprintf(buf, size, "%.10g or more", option->min);
    }
}

void cli_option_details(const s2s_option *option, const void *defaults, char *buf, size_t size)
{
    char range[256], value[128];
    print_range(option, range, sizeof range);
    s2s_option_print(option, defaults, value, sizeof value);
    const char *unit = option->unit && option->type != S2S_OPTION_TEXT ? option->unit : "";
    bool is_switch = option->type == S2S_OPTION_BOOL;
    bool has_default = is_switch ? cli_option_is_on(option, defaults) : *value && strcmp(value, "nan") != 0;
    buf[0] = '\0';
    if (*range || *unit || has_default)
        snprintf(buf, size, "(%s%s%s%s%s%s)", unit, *unit && *range ? "; " : "", range,
                 (*unit || *range) && has_default ? "; " : "", has_default ? "default " : "",
                 has_default ? value : "");
}

bool cli_option_opens_group(const s2s_option_table *table, int index)
{
    for (int i = 0; i < index; i++)
        if (strcmp(table->options[i].group, table->options[index].group) == 0)
            return false;
    return true;
}

static bool has_type(const s2s_option_table *table, s2s_option_type type)
{
    for (int i = 0; i < table->n_options; i++)
        if (table->options[i].type == type)
            return true;
    return false;
}

int cli_options_notes(const s2s_option_table *table, const char *notes[CLI_MAX_NOTES])
{
    int n = 0;
    if (has_type(table, S2S_OPTION_DURATION))
        notes[n++] =
            "A LENGTH is a number with its unit: 20e epochs, 5000u updates, 3e6t target tokens, 90m minutes.";
    if (has_type(table, S2S_OPTION_SIZE))
        notes[n++] = "A SIZE is a number of bytes: 500000K, 300M, 2G.";
    notes[n++] =
        "Every option except --config and --help may also stand in a configuration file (name: value) or "
        "in the environment (S2S_BEAM_SIZE for --beam-size); the command line beats the environment, "
        "which beats the file.";
    return n;
}

void cli_exit_statuses(char *buf, size_t size)
{
    size_t n = 0;
    for (s2s_status status = S2S_OK; status < S2S_STOPPED && n < size; status++)
        n += (size_t)snprintf(buf + n, size - n, "%d %s; ", status, s2s_status_text(status));
    if (n < size)
        snprintf(buf + n, size - n, "129, 130, 143 stopped by SIGHUP, SIGINT, SIGTERM.");
}
