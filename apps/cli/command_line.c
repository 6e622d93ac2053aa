#include "command_line.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "message.h"

#define COMMON(NAME, LETTER, TYPE, FIELD, UNIT, HELP)                                                      \
    {                                                                                                      \
        .name = NAME, .letter = LETTER, .type = TYPE, .offset = offsetof(cli_common, FIELD), .unit = UNIT, \
        .group = "general", .help = HELP                                                                   \
    }
static const s2s_option common_options[] = {
    COMMON("config", 'c', S2S_OPTION_TEXT, config, "FILE",
           "read options from a YAML file; may be repeated, later files win"),
    COMMON("json", 0, S2S_OPTION_BOOL, json, NULL, "write JSON, one object per line"),
    COMMON("quiet", 'q', S2S_OPTION_BOOL, quiet, NULL, "print only warnings and errors"),
    COMMON("help", 'h', S2S_OPTION_BOOL, help, NULL, "print this help"),
};
static const cli_common common_defaults;
static const s2s_option_table common_table = {
    .options = common_options,
    .n_options = sizeof common_options / sizeof *common_options,
    .struct_size = sizeof(cli_common),
    .defaults = &common_defaults,
};

static const s2s_option_table *nth_table(const cli_command *command, int i)
{
    return i < CLI_MAX_TABLES && command->tables[i] ? command->tables[i]() : &common_table;
}

/* Counts options and bytes of all tables and notes where each struct begins. */
static size_t lay_out(cli_options *options)
{
    const size_t unit = _Alignof(max_align_t);
    size_t size = 0;
    while (options->n_tables < CLI_MAX_TABLES && options->command->tables[options->n_tables])
        options->n_tables++;
    options->n_tables++;
    for (int i = 0; i < options->n_tables; i++) {
        const s2s_option_table *table = nth_table(options->command, i);
        options->start[i] = size;
        size += (table->struct_size + unit - 1) / unit * unit;
        options->table.n_options += table->n_options;
    }
    return size;
}

const s2s_option_table *cli_table_part_of(cli_table_part *part, const s2s_option_table *full,
                                          bool (*wanted)(const s2s_option *option))
{
    int n = 0;
    for (int i = 0; i < full->n_options && n < CLI_MAX_PART; i++)
        if (wanted(&full->options[i]))
            part->options[n++] = full->options[i];
    part->table = (s2s_option_table){part->options, n, full->struct_size, full->defaults};
    return &part->table;
}

s2s_status cli_options_new(cli_options *options, const cli_command *command, s2s_error *err)
{
    *options = (cli_options){.command = command};
    size_t size = lay_out(options);
    size_t n = (size_t)options->table.n_options;
    s2s_option *merged = calloc(n, sizeof *merged);
    char *defaults = calloc(1, size);
    options->table.options = merged;
    options->table.struct_size = size;
    options->table.defaults = defaults;
    options->values = calloc(1, size);
    options->spare = calloc(1, size);
    options->source = calloc(n, sizeof *options->source);
    if (!merged || !defaults || !options->values || !options->spare || !options->source)
        return cli_out_of_memory(err);
    for (int i = 0; i < options->n_tables; i++) {
        const s2s_option_table *table = nth_table(command, i);
        memcpy(defaults + options->start[i], table->defaults, table->struct_size);
        for (int j = 0; j < table->n_options; j++, merged++) {
            *merged = table->options[j];
            merged->offset += options->start[i];
        }
    }
    memcpy(options->values, defaults, size);
    return S2S_OK;
}

void cli_options_free(cli_options *options)
{
    free((void *)options->table.options);
    free((void *)options->table.defaults);
    free(options->values);
    free(options->spare);
    free(options->source);
    free(options->config_paths);
    for (int i = 0; i < options->n_texts; i++)
        free(options->texts[i]);
    free(options->texts);
    *options = (cli_options){0};
}

const void *cli_options_of(const cli_options *options, int i)
{
    return (const char *)options->values + options->start[i];
}

const cli_common *cli_options_common(const cli_options *options)
{
    return cli_options_of(options, options->n_tables - 1);
}

static bool is_named(const s2s_option *option, const char *name)
{
    return strcmp(option->name, name) == 0;
}

static bool is_of_command_line_alone(const s2s_option *option)
{
    return is_named(option, "config") || is_named(option, "help");
}

const s2s_option *cli_options_find(const cli_options *options, const char *name)
{
    const s2s_option *option = s2s_option_find(&options->table, name);
    return option && is_of_command_line_alone(option) ? NULL : option;
}

s2s_status cli_options_assign(cli_options *options, const s2s_option *option, const char *value,
                              cli_source source, s2s_error *err)
{
    cli_source *old = &options->source[option - options->table.options];
    if (*old > source)
        return s2s_option_set(option, options->spare, value, err);
    *old = source;
    return s2s_option_set(option, options->values, value, err);
}

const char *cli_options_own(cli_options *options, char *text)
{
    char **texts = text ? realloc(options->texts, ((size_t)options->n_texts + 1) * sizeof *texts) : NULL;
    if (!texts) {
        free(text);
        return NULL;
    }
    options->texts = texts;
    return texts[options->n_texts++] = text;
}

bool cli_options_is_repeatable(const cli_options *options, const s2s_option *option)
{
    const char *const *names = options->command->repeatable;
    for (size_t i = 0; i < sizeof options->command->repeatable / sizeof *names; i++)
        if (names[i] && is_named(option, names[i]))
            return true;
    return false;
}

const char *cli_options_join(cli_options *options, const char *earlier, const char *value)
{
    if (!earlier)
        return value;
    size_t size = (size_t)snprintf(NULL, 0, "%s\n%s", earlier, value) + 1;
    char *both = malloc(size);
    if (both)
        snprintf(both, size, "%s\n%s", earlier, value);
    return cli_options_own(options, both);
}

/* The value behind what the command line said before; NULL when out of memory. */
static const char *add_to_earlier(cli_options *options, const s2s_option *option, const char *value)
{
    bool is_first = options->source[option - options->table.options] != CLI_COMMAND_LINE;
    const char *earlier = *(const char *const *)((const char *)options->values + option->offset);
    return cli_options_join(options, is_first ? NULL : earlier, value);
}

static s2s_status set(cli_options *options, const s2s_option *option, const char *value, s2s_error *err)
{
    if (cli_options_is_repeatable(options, option))
        value = add_to_earlier(options, option, value);
    if (!value)
        return cli_out_of_memory(err);
    if (is_named(option, "config"))
        options->config_paths[options->n_config_paths++] = value;
    return cli_options_assign(options, option, value, CLI_COMMAND_LINE, err);
}

/* What is left of the command line. */
typedef struct arguments {
    char **next, **end;
} arguments;

static s2s_status take_value(arguments *args, const s2s_option *option, const char **value, s2s_error *err)
{
    if (args->next == args->end)
        return cli_fail(err, S2S_MISUSE, "--%s needs a value", option->name);
    *value = *args->next++;
    return S2S_OK;
}

/* Finds "name" or, for switches, "no-name". */
static const s2s_option *find_long(const cli_options *options, const char *name, bool *negated)
{
    const s2s_option *option = s2s_option_find(&options->table, name);
    *negated = false;
    if (option || strncmp(name, "no", 2) != 0 || (name[2] != '-' && name[2] != '_'))
        return option;
    option = s2s_option_find(&options->table, name + 3);
    *negated = true;
    return option && option->type == S2S_OPTION_BOOL ? option : NULL;
}

static s2s_status unknown_option(const cli_options *options, const char *name, s2s_error *err)
{
    const char *nearest = s2s_option_nearest(&options->table, name);
    if (!nearest)
        return cli_fail(err, S2S_MISUSE, "unknown option --%.100s; see s2s %s --help", name,
                        options->command->name);
    return cli_fail(err, S2S_MISUSE, "unknown option --%.100s; did you mean --%s?", name, nearest);
}

/* text: name or name=value. */
static s2s_status parse_long(cli_options *options, const char *text, arguments *args, s2s_error *err)
{
    char name[128];
    size_t length = strcspn(text, "=");
    const char *value = text[length] == '=' ? text + length + 1 : NULL;
    if (length >= sizeof name)
        return cli_fail(err, S2S_MISUSE, "unknown option --%.100s...", text);
    memcpy(name, text, length);
    name[length] = '\0';
    bool negated;
    const s2s_option *option = find_long(options, name, &negated);
    if (!option)
        return unknown_option(options, name, err);
    if (negated && value)
        return cli_fail(err, S2S_MISUSE, "--%s takes no value", name);
    if (option->type == S2S_OPTION_BOOL && !value)
        value = negated ? "no" : "yes";
    if (!value) {
        s2s_status status = take_value(args, option, &value, err);
        if (status)
            return status;
    }
    return set(options, option, value, err);
}

static const s2s_option *find_letter(const cli_options *options, char letter)
{
    for (int i = 0; i < options->table.n_options; i++)
        if (options->table.options[i].letter == letter)
            return &options->table.options[i];
    return NULL;
}

/* text: switches, then perhaps one letter with its value: "q", "qb5", "b" "5". */
static s2s_status parse_short(cli_options *options, const char *text, arguments *args, s2s_error *err)
{
    for (; *text; text++) {
        const s2s_option *option = find_letter(options, *text);
        if (!option)
            return cli_fail(err, S2S_MISUSE, "unknown option -%.1s; see s2s %s --help", text,
                            options->command->name);
        const char *value = text[1] ? text + 1 : NULL;
        bool is_switch = option->type == S2S_OPTION_BOOL;
        s2s_status status = S2S_OK;
        if (is_switch)
            value = "yes";
        else if (!value)
            status = take_value(args, option, &value, err);
        if (!status)
            status = set(options, option, value, err);
        if (status || !is_switch)
            return status;
    }
    return S2S_OK;
}

static s2s_status parse_positional(cli_options *options, const char *value, int index, s2s_error *err)
{
    const s2s_option *option = s2s_option_find(&options->table, options->command->positional);
    if (index > 0 && !cli_options_is_repeatable(options, option))
        return cli_fail(err, S2S_MISUSE, "unexpected argument \"%.100s\"; usage: s2s %s %s", value,
                        options->command->name, options->command->usage);
    return set(options, option, value, err);
}

s2s_status cli_options_parse(cli_options *options, int argc, char **argv, s2s_error *err)
{
    arguments args = {argv, argv + argc};
    int n_positional = 0;
    bool ended = false;
    /* Each argument names --config at most once: a letter that takes a value ends its argument. */
    options->config_paths = calloc((size_t)argc + 1, sizeof *options->config_paths);
    if (!options->config_paths)
        return cli_out_of_memory(err);
    while (args.next < args.end) {
        const char *text = *args.next++;
        s2s_status status = S2S_OK;
        if (!ended && strcmp(text, "--") == 0)
            ended = true;
        else if (!ended && strncmp(text, "--", 2) == 0)
            status = parse_long(options, text + 2, &args, err);
        else if (!ended && text[0] == '-' && text[1])
            status = parse_short(options, text + 1, &args, err);
        else
            status = parse_positional(options, text, n_positional++, err);
        if (status)
            return status;
    }
    return S2S_OK;
}

/* S2S_BEAM_SIZE of beam-size. */
static void twin_name(const char *name, char *twin, size_t size)
{
    size_t n = 0;
    for (const char *prefix = "S2S_"; *prefix; prefix++)
        twin[n++] = *prefix;
    for (; *name && n + 1 < size; name++)
        twin[n++] = *name == '-' ? '_' : (char)toupper((unsigned char)*name);
    twin[n] = '\0';
}

s2s_status cli_options_environment(cli_options *options, s2s_error *err)
{
    for (int i = 0; i < options->table.n_options; i++) {
        const s2s_option *option = &options->table.options[i];
        char twin[128];
        twin_name(option->name, twin, sizeof twin);
        const char *value = getenv(twin);
        if (!value || !*value || !cli_options_find(options, option->name))
            continue;
        s2s_error inner = {0};
        if (cli_options_assign(options, option, value, CLI_ENVIRONMENT, &inner))
            return cli_fail(err, S2S_BAD_CONFIG, "environment variable %s, %s", twin, inner.msg);
    }
    return S2S_OK;
}

static bool table_has_twin(const s2s_option_table *table, const char *variable)
{
    for (int i = 0; i < table->n_options; i++) {
        const s2s_option *option = &table->options[i];
        char twin[128];
        twin_name(option->name, twin, sizeof twin);
        if (strcmp(twin, variable) == 0 && !is_of_command_line_alone(option))
            return true;
    }
    return false;
}

bool cli_command_has_twin(const cli_command *command, const char *variable)
{
    const s2s_option_table *table;
    int i = 0;
    do {
        table = nth_table(command, i++);
        if (table_has_twin(table, variable))
            return true;
    } while (table != &common_table);
    return false;
}

s2s_status cli_require(const char *value, const char *what, s2s_error *err)
{
    return value && *value ? S2S_OK : cli_fail(err, S2S_MISUSE, "%s", what);
}
