#include <stdio.h>
#include <string.h>

#include "command.h"
#include "completion.h"
#include "config.h"
#include "help.h"
#include "manual.h"
#include "message.h"
#include "output.h"
#include "signals.h"

extern char **environ;

static const cli_command *const commands[] = {&cli_train,   &cli_predict,   &cli_score,   &cli_evaluate,
                                              &cli_metrics, &cli_doctor,    &cli_inspect, &cli_encode,
                                              &cli_average, &cli_shortlist, &cli_bench,   NULL};

static const cli_command *find_command(const char *name)
{
    for (const cli_command *const *command = commands; *command; command++)
        if (strcmp((*command)->name, name) == 0)
            return *command;
    return NULL;
}

static s2s_status unknown_command(const char *name, s2s_error *err)
{
    s2s_option names[sizeof commands / sizeof *commands] = {0};
    s2s_option_table table = {.options = names};
    for (; commands[table.n_options]; table.n_options++)
        names[table.n_options].name = commands[table.n_options]->name;
    const char *nearest = s2s_option_nearest(&table, name);
    if (nearest)
        return cli_fail(err, S2S_MISUSE, "unknown command %.60s; did you mean %s?", name, nearest);
    return cli_fail(err, S2S_MISUSE, "unknown command %.60s; s2s help lists the commands", name);
}

static bool is_twin(const char *variable)
{
    for (const cli_command *const *command = commands; *command; command++)
        if (cli_command_has_twin(*command, variable))
            return true;
    return strcmp(variable, "S2S_ISA") == 0; /* which the library reads */
}

/* Nothing else would tell of a misspelt variable. */
static void warn_of_variables(void)
{
    for (char **entry = environ; *entry; entry++) {
        char name[128];
        size_t length = strcspn(*entry, "=");
        if (strncmp(*entry, "S2S_", 4) != 0 || length >= sizeof name)
            continue;
        memcpy(name, *entry, length);
        name[length] = '\0';
        if (!is_twin(name))
            cli_message("warning: environment variable %s: no command has such an option", name);
    }
}

/* Command line first: it says which files to read, and a wrong one is the likeliest mistake. */
static s2s_status fill_and_run(cli_options *options, int argc, char **argv, s2s_error *err)
{
    s2s_status status = cli_options_parse(options, argc, argv, err);
    if (status)
        return status;
    if (cli_options_common(options)->help) {
        cli_help_command(options, stdout);
        return S2S_OK;
    }
    status = cli_config_read(options, err);
    if (!status)
        status = cli_options_environment(options, err);
    if (!status)
        warn_of_variables();
    return status ? status : options->command->run(options, err);
}

static s2s_status run_command(const cli_command *command, int argc, char **argv, s2s_error *err)
{
    cli_options options;
    cli_message_command(command->name);
    s2s_status status = cli_options_new(&options, command, err);
    if (!status)
        status = fill_and_run(&options, argc, argv, err);
    cli_options_free(&options);
    return status;
}

static s2s_status manual(const char *name, s2s_error *err)
{
    if (!name) {
        cli_manual_overview(commands, stdout);
        return S2S_OK;
    }
    const cli_command *command = find_command(name);
    return command ? cli_manual_command(command, stdout, err) : unknown_command(name, err);
}

/* s2s help [COMMAND], s2s help --man [COMMAND], s2s help --completion SHELL; argv ends with NULL. */
static s2s_status help(char **argv, s2s_error *err)
{
    if (!argv[0]) {
        cli_help_overview(commands, stdout);
        return S2S_OK;
    }
    if (strcmp(argv[0], "--man") == 0)
        return manual(argv[1], err);
    if (strcmp(argv[0], "--completion") == 0)
        return cli_completion(argv[1] ? argv[1] : "", commands, stdout, err);
    const cli_command *command = find_command(argv[0]);
    char option[] = "--help", *arguments[] = {option};
    return command ? run_command(command, 1, arguments, err) : unknown_command(argv[0], err);
}

static s2s_status dispatch(int argc, char **argv, s2s_error *err)
{
    if (argc < 2) {
        cli_help_overview(commands, stderr);
        return S2S_MISUSE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        printf("s2s %s\n", s2s_version());
        return S2S_OK;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return help(argv + 2, err);
    const cli_command *command = find_command(name);
    return command ? run_command(command, argc - 2, argv + 2, err) : unknown_command(name, err);
}

int main(int argc, char **argv)
{
    s2s_error err = {0};
    cli_signals_start();
    s2s_status status = dispatch(argc, argv, &err);
    cli_output standard = {.file = stdout, .name = "standard output"};
    if (!status)
        status = cli_output_flush(&standard, &err);
    if (status && status != S2S_STOPPED && *err.msg)
        cli_message("%s", err.msg);
    return status == S2S_STOPPED && cli_signals_caught() ? 128 + cli_signals_caught() : (int)status;
}
