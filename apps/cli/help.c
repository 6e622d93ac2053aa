#include "help.h"

#include <ctype.h>
#include <string.h>

#include "command.h"
#include "describe.h"
#include "terminal.h"

enum { HELP_COLUMN = 30, MIN_WIDTH = 60, MAX_WIDTH = 100 };

/* Where the next word goes. */
typedef struct page {
    FILE *out;
    int width, column;
} page;

static void put(page *p, const char *text)
{
    fputs(text, p->out);
    p->column += (int)strlen(text);
}

static void new_line(page *p, int indent)
{
    fprintf(p->out, "\n%*s", indent, "");
    p->column = indent;
}

/* Prints text word by word from the current column on; lines that follow begin at indent. */
static void put_words(page *p, const char *text, int indent)
{
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (p->column > indent && p->column + 1 + n > p->width)
            new_line(p, indent);
        else if (p->column > indent)
            put(p, " ");
        fprintf(p->out, "%.*s", n, text);
        p->column += n;
        text += n;
        text += strspn(text, " ");
    }
}

static void put_option(page *p, const s2s_option *option, const void *defaults)
{
    char left[128];
    const char *value = cli_option_placeholder(option);
    char letter[5] = "    ", details[512];
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(left, sizeof left, "  %s--%s%s%s%s", letter, cli_option_is_on(option, defaults) ? "[no-]" : "",
             option->name, *value ? " " : "", value);
    put(p, left);
    if (p->column + 2 > HELP_COLUMN)
        new_line(p, HELP_COLUMN);
    else
        fprintf(p->out, "%*s", HELP_COLUMN - p->column, "");
    p->column = HELP_COLUMN;
    put_words(p, option->help, HELP_COLUMN);
    cli_option_details(option, defaults, details, sizeof details);
    put_words(p, details, HELP_COLUMN);
    new_line(p, 0);
}

static void put_group(page *p, const s2s_option_table *table, int first)
{
    const char *group = table->options[first].group;
    fprintf(p->out, "\n%c%s\n", toupper((unsigned char)group[0]), group + 1);
    for (int i = first; i < table->n_options; i++)
        if (strcmp(table->options[i].group, group) == 0)
            put_option(p, &table->options[i], table->defaults);
}

static page new_page(FILE *out)
{
    int width = cli_terminal_width(out);
    return (page){out, width < MIN_WIDTH ? MIN_WIDTH : width > MAX_WIDTH ? MAX_WIDTH : width, 0};
}

void cli_help_command(const cli_options *options, FILE *out)
{
    const cli_command *command = options->command;
    page p = new_page(out);
    fprintf(out, "s2s %s: %s\n\nUsage: s2s %s %s\n", command->name, command->summary, command->name,
            command->usage);
    fprintf(out, "\nExamples\n%s", command->examples);
    for (int i = 0; i < options->table.n_options; i++)
        if (cli_option_opens_group(&options->table, i))
            put_group(&p, &options->table, i);
    if (command->output)
        fprintf(out, "\nOutput\n%s", command->output);
    fputc('\n', out);
    const char *notes[CLI_MAX_NOTES];
    int n_notes = cli_options_notes(&options->table, notes);
    for (int i = 0; i < n_notes; i++) {
        put_words(&p, notes[i], 0);
        new_line(&p, 0);
    }
}

void cli_help_overview(const cli_command *const *commands, FILE *out)
{
    page p = new_page(out);
    char statuses[512];
    fprintf(out, "s2s: %s\n\nUsage: s2s %s\n\n", cli_program_summary, cli_program_usage);
    for (; *commands; commands++)
        fprintf(out, "  %-10s%s\n", (*commands)->name, (*commands)->summary);
    fprintf(out, "\n%s\n", cli_program_examples);
    put_words(&p, cli_program_more, 0);
    new_line(&p, 0);
    cli_exit_statuses(statuses, sizeof statuses);
    put_words(&p, "Exit status:", 0);
    put_words(&p, statuses, 0);
    new_line(&p, 0);
}
