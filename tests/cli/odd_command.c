/* Prints the manual page (no argument) or the completion for a shell of a command whose texts hold what roff
 * and shells take for their own.  Built by the tests with the sources of apps/cli that write these. */
#include <stdio.h>

#include "command.h"
#include "completion.h"
#include "manual.h"

typedef struct odd_options {
    const char *file;
    bool on;
    int choice;
} odd_options;

static const s2s_option_table *odd_table(void)
{
    static const s2s_option options[] = {
        {"file", 'f', S2S_OPTION_TEXT, offsetof(odd_options, file), 0, 0, NULL, "FILE", "odd",
         ".dot 'single' \"double\" \\n back`tick ^hat ~tilde [bracket] a:b $(x) caf\xc3\xa9 \xe2\x80\x93 end"},
        {"on", 0, S2S_OPTION_BOOL, offsetof(odd_options, on), 0, 0, NULL, NULL, "odd", "'on unless off"},
        {"choice", 0, S2S_OPTION_CHOICE, offsetof(odd_options, choice), 0, 0, "one|two", NULL, "\"odd\" too",
         "one of two"},
    };
    static const odd_options defaults = {.on = true};
    static const s2s_option_table table = {options, sizeof options / sizeof *options, sizeof(odd_options),
                                           &defaults};
    return &table;
}

static const cli_command odd = {
    .name = "odd",
    .summary = "it's a command",
    .usage = "[FILE]",
    .examples = "  s2s odd 'a\\tb'\n\n  ...\n",
    .positional = "file",
    .output = "  .first line\n  'second\n      .list\n  end\n",
    .tables = {odd_table},
};

int main(int argc, char **argv)
{
    static const cli_command *const commands[] = {&odd, NULL};
    s2s_error err = {0};
    s2s_status status =
        argc > 1 ? cli_completion(argv[1], commands, stdout, &err) : cli_manual_command(&odd, stdout, &err);
    if (status)
        fprintf(stderr, "%s\n", err.msg);
    return (int)status;
}
