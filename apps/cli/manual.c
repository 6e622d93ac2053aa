#include "manual.h"

#include <ctype.h>
#include <string.h>

#include "command.h"
#include "describe.h"

/* One character beyond ASCII, by its number, which groff and mandoc know; returns what follows it. */
static const char *put_code_point(FILE *out, const char *p)
{
    unsigned lead = (unsigned char)*p++;
    unsigned code = lead & (lead >= 0xf0 ? 0x07 : lead >= 0xe0 ? 0x0f : 0x1f);
    for (; ((unsigned char)*p & 0xc0) == 0x80; p++)
        code = code << 6 | ((unsigned char)*p & 0x3f);
    fprintf(out, "\\[u%04X]", code);
    return p;
}

/* How roff writes a character of ASCII that it would else take for a command, or print as another one; NULL: as
 * itself.  Whoever copies an option from a page wants the minus sign of the keyboard, hence \-. */
static const char *escape_of(char c)
{
    switch (c) {
    case '\\':
        return "\\e";
    case '-':
        return "\\-";
    case '\'':
        return "\\(aq";
    case '"':
        return "\\(dq";
    case '`':
        return "\\(ga";
    case '^':
        return "\\(ha";
    case '~':
        return "\\(ti";
    default:
        return NULL;
    }
}

/* Prints size bytes such that they come out as they are. */
static void put_bytes(FILE *out, const char *text, size_t size)
{
    const char *end = text + size;
    if (text < end && *text == '.') /* at the beginning of a line it would make it a request */
        fputs("\\&", out);
    while (text < end) {
        const char *escape = escape_of(*text);
        if ((unsigned char)*text >= 0x80) {
            text = put_code_point(out, text);
            continue;
        }
        if (escape)
            fputs(escape, out);
        else
            fputc(*text, out);
        text++;
    }
}

static void put(FILE *out, const char *text)
{
    put_bytes(out, text, strlen(text));
}

static char capital(char c)
{
    return (char)toupper((unsigned char)c);
}

/* name: NULL for the page of the program. */
static void put_title(FILE *out, const char *name, const char *summary)
{
    char title[64];
    size_t n = (size_t)snprintf(title, sizeof title, "s2s%s%s", name ? "-" : "", name ? name : "");
    fputs(".TH \"", out);
    for (size_t i = 0; i < n; i++) {
        char c = capital(title[i]);
        put_bytes(out, &c, 1);
    }
    fprintf(out, "\" 1 \"\" \"s2s %s\" \"s2s manual\"\n.ad l\n.nh\n.SH NAME\n", s2s_version());
    put(out, title);
    fputs(" \\- ", out);
    put(out, summary);
    fputs("\n.SH SYNOPSIS\n.B s2s", out);
}

static void put_examples(FILE *out, const char *examples)
{
    fputs(".SH EXAMPLES\n.nf\n", out);
    while (*examples) {
        size_t length = strcspn(examples, "\n");
        put_bytes(out, examples, length);
        fputc('\n', out);
        examples += length + (examples[length] == '\n');
    }
    fputs(".fi\n", out);
}

/* Lines indented by two spaces are filled; those that are indented by more are items of a list, which begin
 * anew and hang. */
static void put_output(FILE *out, const char *text)
{
    const size_t indent = 2;
    bool in_list = false;
    fputs(".SH OUTPUT\n", out);
    while (*text) {
        size_t n_blanks = strspn(text, " ");
        size_t length = strcspn(text + n_blanks, "\n");
        bool is_item = n_blanks > indent;
        if (is_item != in_list)
            fputs(is_item ? ".RS 6\n" : ".RE\n", out);
        if (is_item)
            fputs(".br\n.ti -2\n", out);
        in_list = is_item;
        text += n_blanks;
        put_bytes(out, text, length);
        fputc('\n', out);
        text += length + (text[length] == '\n');
    }
    if (in_list)
        fputs(".RE\n", out);
}

static void put_option(FILE *out, const s2s_option *option, const void *defaults)
{
    const char *value = cli_option_placeholder(option);
    char details[512];
    fputs(".TP\n", out);
    if (option->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
    fputs(cli_option_is_on(option, defaults) ? "\\fB\\-\\-\\fR[\\fBno\\-\\fR]\\fB" : "\\fB\\-\\-", out);
    put(out, option->name);
    fputs("\\fR", out);
    if (*value) {
        fputs(" \\fI", out);
        put(out, value);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    put(out, option->help);
    fputc('\n', out);
    cli_option_details(option, defaults, details, sizeof details);
    put(out, details);
    if (*details)
        fputc('\n', out);
}

static void put_group(FILE *out, const s2s_option_table *table, int first)
{
    const char *group = table->options[first].group;
    char initial = (char)toupper((unsigned char)group[0]);
    fputs(".SS \"", out);
    put_bytes(out, &initial, 1);
    put(out, group + 1);
    fputs("\"\n", out);
    for (int i = first; i < table->n_options; i++)
        if (strcmp(table->options[i].group, group) == 0)
            put_option(out, &table->options[i], table->defaults);
}

static void put_options(FILE *out, const s2s_option_table *table)
{
    fputs(".SH OPTIONS\n", out);
    for (int i = 0; i < table->n_options; i++)
        if (cli_option_opens_group(table, i))
            put_group(out, table, i);
}

static void put_notes(FILE *out, const s2s_option_table *table)
{
    const char *notes[CLI_MAX_NOTES];
    int n_notes = cli_options_notes(table, notes);
    fputs(".SH NOTES\n", out);
    for (int i = 0; i < n_notes; i++) {
        fputs(i > 0 ? ".PP\n" : "", out);
        put(out, notes[i]);
        fputc('\n', out);
    }
}

s2s_status cli_manual_command(const cli_command *command, FILE *out, s2s_error *err)
{
    cli_options options;
    s2s_status status = cli_options_new(&options, command, err);
    if (!status) {
        put_title(out, command->name, command->summary);
        fprintf(out, " %s\n", command->name);
        put(out, command->usage);
        fputc('\n', out);
        put_examples(out, command->examples);
        put_options(out, &options.table);
        if (command->output)
            put_output(out, command->output);
        put_notes(out, &options.table);
        fputs(".SH SEE ALSO\n.BR s2s (1)\n", out);
    }
    cli_options_free(&options);
    return status;
}

static void put_environment(FILE *out)
{
    static const char *const variables[][2] = {
        {"S2S_BEAM_SIZE", "the value of --beam-size in every command that has it; likewise for every option "
                          "except --config and --help"},
        {"S2S_ISA", "ref, avx2 or avx512 limits the instruction set of matrix products and loops; onednn takes "
                    "the products from oneDNN; anything else is an error"},
        {"TMPDIR", "folder for temporary files, of unpacked input and of what is known of large training data; "
                   "should lie on a disk; default /tmp"},
        {"NO_COLOR", "no colours, unless it is empty"},
    };
    fputs(".SH ENVIRONMENT\n", out);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        fprintf(out, ".TP\n.B %s\n", variables[i][0]);
        put(out, variables[i][1]);
        fputc('\n', out);
    }
}

void cli_manual_overview(const cli_command *const *commands, FILE *out)
{
    char statuses[512];
    put_title(out, NULL, cli_program_summary);
    fputc('\n', out);
    put(out, cli_program_usage);
    fputs("\n.SH DESCRIPTION\n", out);
    put(out, cli_program_more);
    fputs("\n.SH COMMANDS\n", out);
    for (; *commands; commands++) {
        fprintf(out, ".TP\n.BR s2s\\-%s (1)\n", (*commands)->name);
        put(out, (*commands)->summary);
        fputc('\n', out);
    }
    put_examples(out, cli_program_examples);
    put_environment(out);
    fputs(".SH \"EXIT STATUS\"\n", out);
    cli_exit_statuses(statuses, sizeof statuses);
    put(out, statuses);
    fputc('\n', out);
}
