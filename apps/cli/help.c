#include "help.h"

#include <ctype.h>
#include <string.h>

#include "command.h"
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

static const char *placeholder(const s2s_option *option)
{
    static const char *const of_type[] = {
        [S2S_OPTION_BOOL] = "",     [S2S_OPTION_INT] = "N",       [S2S_OPTION_REAL] = "X",
        [S2S_OPTION_TEXT] = "TEXT", [S2S_OPTION_CHOICE] = "NAME", [S2S_OPTION_DURATION] = "LENGTH",
        [S2S_OPTION_SIZE] = "SIZE",
    };
    bool says_more = option->unit && option->type == S2S_OPTION_TEXT;
    return says_more ? option->unit : of_type[option->type];
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

static bool is_on(const s2s_option *option, const void *values)
{
    return option->type == S2S_OPTION_BOOL && *(const bool *)((const char *)values + option->offset);
}

/* "(words; 1 to 100; default 5)" */
static void put_details(page *p, const s2s_option *option, const void *defaults)
{
    char details[512], range[256], value[128];
    print_range(option, range, sizeof range);
    s2s_option_print(option, defaults, value, sizeof value);
    const char *unit = option->unit && option->type != S2S_OPTION_TEXT ? option->unit : "";
    bool is_switch = option->type == S2S_OPTION_BOOL;
    bool has_default = is_switch ? is_on(option, defaults) : *value && strcmp(value, "nan") != 0;
    if (!*range && !*unit && !has_default)
        return;
    snprintf(details, sizeof details, "(%s%s%s%s%s%s)", unit, *unit && *range ? "; " : "", range,
             (*unit || *range) && has_default ? "; " : "", has_default ? "default " : "",
             has_default ? value : "");
    put_words(p, details, HELP_COLUMN);
}

static void put_option(page *p, const s2s_option *option, const void *defaults)
{
    char left[128];
    const char *value = placeholder(option);
    char letter[5] = "    ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(left, sizeof left, "  %s--%s%s%s%s", letter, is_on(option, defaults) ? "[no-]" : "", option->name,
             *value ? " " : "", value);
    put(p, left);
    if (p->column + 2 > HELP_COLUMN)
        new_line(p, HELP_COLUMN);
    else
        fprintf(p->out, "%*s", HELP_COLUMN - p->column, "");
    p->column = HELP_COLUMN;
    put_words(p, option->help, HELP_COLUMN);
    put_details(p, option, defaults);
    new_line(p, 0);
}

static bool is_first_of_group(const s2s_option_table *table, int index)
{
    for (int i = 0; i < index; i++)
        if (strcmp(table->options[i].group, table->options[index].group) == 0)
            return false;
    return true;
}

static void put_group(page *p, const s2s_option_table *table, int first)
{
    const char *group = table->options[first].group;
    fprintf(p->out, "\n%c%s\n", toupper((unsigned char)group[0]), group + 1);
    for (int i = first; i < table->n_options; i++)
        if (strcmp(table->options[i].group, group) == 0)
            put_option(p, &table->options[i], table->defaults);
}

static bool has_type(const s2s_option_table *table, s2s_option_type type)
{
    for (int i = 0; i < table->n_options; i++)
        if (table->options[i].type == type)
            return true;
    return false;
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
        if (is_first_of_group(&options->table, i))
            put_group(&p, &options->table, i);
    if (command->output)
        fprintf(out, "\nOutput\n%s", command->output);
    fputc('\n', out);
    if (has_type(&options->table, S2S_OPTION_DURATION)) {
        put_words(
            &p,
            "A LENGTH is a number with its unit: 20e epochs, 5000u updates, 3e6t target tokens, 90m minutes.",
            0);
        new_line(&p, 0);
    }
    if (has_type(&options->table, S2S_OPTION_SIZE)) {
        put_words(&p, "A SIZE is a number of bytes: 500000K, 300M, 2G.", 0);
        new_line(&p, 0);
    }
    put_words(&p,
              "Every option may also stand in a configuration file (name: value) or in the environment "
              "(S2S_NAME); the command line beats the environment, which beats the file.",
              0);
    fputc('\n', out);
}

/* "Exit status: 0 done; 1 failed; ...", wrapped. */
static void put_statuses(FILE *out)
{
    page p = new_page(out);
    char text[64];
    put_words(&p, "Exit status:", 0);
    for (s2s_status status = S2S_OK; status < S2S_STOPPED; status++) {
        snprintf(text, sizeof text, "%d %s;", status, s2s_status_text(status));
        put_words(&p, text, 0);
    }
    put_words(&p, "129, 130, 143 stopped by SIGHUP, SIGINT, SIGTERM.", 0);
    new_line(&p, 0);
}

void cli_help_overview(const cli_command *const *commands, FILE *out)
{
    fputs("s2s: train and use sequence-to-sequence models\n\n"
          "Usage: s2s COMMAND [options]\n\n",
          out);
    for (; *commands; commands++)
        fprintf(out, "  %-10s%s\n", (*commands)->name, (*commands)->summary);
    fputs("\n  s2s train pairs.tsv -o run        learn from lines \"source<TAB>target\"\n"
          "  s2s predict -m run words.txt      and use what was learnt\n"
          "\ns2s COMMAND --help explains a command; s2s --version tells the version.\n",
          out);
    put_statuses(out);
}
