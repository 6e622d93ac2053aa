#include "completion.h"

#include <string.h>

#include "command.h"
#include "describe.h"
#include "message.h"

/* What a shell offers for a value. */
typedef enum value_kind {
    VALUE_NONE,
    VALUE_ANY,
    VALUE_CHOICE,
    VALUE_FILE,
    VALUE_FOLDER,
    VALUE_MODEL
} value_kind;

static value_kind kind_of(const s2s_option *option)
{
    static const struct {
        const char *unit;
        value_kind kind;
    } paths[] = {{"FILE", VALUE_FILE}, {"FOLDER", VALUE_FOLDER}, {"PATH", VALUE_MODEL}};
    if (option->type == S2S_OPTION_BOOL)
        return VALUE_NONE;
    if (option->type == S2S_OPTION_CHOICE)
        return VALUE_CHOICE;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (strcmp(cli_option_placeholder(option), paths[i].unit) == 0)
            return paths[i].kind;
    return VALUE_ANY;
}

/* Text in which some characters get an escape before them; escapes[i] belongs to characters[i]. */
static void put_escaped(FILE *out, const char *text, const char *characters, const char *const *escapes)
{
    for (; *text; text++) {
        const char *found = strchr(characters, *text);
        if (found)
            fputs(escapes[found - characters], out);
        else
            fputc(*text, out);
    }
}

static void put_names(FILE *out, const cli_command *const *commands)
{
    for (; *commands; commands++)
        fprintf(out, "%s ", (*commands)->name);
}

/* "a|b" as "a b". */
static void put_choices(FILE *out, const s2s_option *option)
{
    put_escaped(out, option->choices, "|", (const char *const[]){" "});
}

static const s2s_option *positional_of(const cli_options *options)
{
    return s2s_option_find(&options->table, options->command->positional);
}

/* bash: one function knows what may follow which word, another asks it. */

static const char bash_begin[] =
    "# bash completion of s2s; s2s help --completion bash prints it.\n"
    "\n"
    "# What may follow a word behind a command: words, or @file, @folder, @model; fails where it takes no\n"
    "# value.  The words \"options\" and \"\" stand for all options and for what a bare argument is.\n"
    "_s2s_after()\n"
    "{\n"
    "    case \"$1 $2\" in\n";
static const char bash_end[] =
    "    *) return 1 ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "_s2s()\n"
    "{\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local command=${COMP_WORDS[1]} values\n"
    "    # bash takes --name=value for three words.\n"
    "    if [[ $current == '=' ]]; then\n"
    "        current=\n"
    "    elif [[ $previous == '=' ]]; then\n"
    "        previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    if ((COMP_CWORD == 1)); then\n"
    "        values=$(_s2s_after '' options)\n"
    "    elif [[ \" ${COMP_WORDS[*]:0:COMP_CWORD} \" == *' -- '* ]]; then\n"
    "        values=$(_s2s_after \"$command\" '')\n"
    "    elif values=$(_s2s_after \"$command\" \"$previous\"); then\n"
    "        :\n"
    "    elif [[ $current == -* ]]; then\n"
    "        values=$(_s2s_after \"$command\" options)\n"
    "    else\n"
    "        values=$(_s2s_after \"$command\" '')\n"
    "    fi\n"
    "    case $values in\n"
    "    @*) compopt -o filenames -o default 2> /dev/null ;; # fails where no one completes, as in a test\n"
    "    esac\n"
    "    case $values in\n"
    "    @file) values=$(compgen -f -- \"$current\") ;;\n"
    "    @folder) values=$(compgen -d -- \"$current\") ;;\n"
    "    @model) values=$(compgen -d -- \"$current\"; compgen -f -X '!*.s2s' -- \"$current\") ;;\n"
    "    *) values=$(compgen -W \"$values\" -- \"$current\") ;;\n"
    "    esac\n"
    "    COMPREPLY=()\n"
    "    [[ -z $values ]] || mapfile -t COMPREPLY <<< \"$values\"\n"
    "}\n"
    "complete -F _s2s s2s\n";

static void bash_values(FILE *out, const s2s_option *option)
{
    static const char *const of_kind[] = {
        [VALUE_NONE] = "",
        [VALUE_ANY] = "",
        [VALUE_CHOICE] = "",
        [VALUE_FILE] = "echo @file",
        [VALUE_FOLDER] = "echo @folder",
        [VALUE_MODEL] = "echo @model",
    };
    fputs(of_kind[kind_of(option)], out);
    if (option->type == S2S_OPTION_CHOICE) {
        fputs("echo '", out);
        put_choices(out, option);
        fputc('\'', out);
    }
    fputs(" ;;\n", out);
}

static void bash_command(FILE *out, const cli_options *options)
{
    const char *name = options->command->name;
    const s2s_option_table *table = &options->table;
    for (int i = 0; i < table->n_options; i++) {
        const s2s_option *option = &table->options[i];
        if (kind_of(option) == VALUE_NONE)
            continue;
        fprintf(out, "    '%s --%s'", name, option->name);
        if (option->letter)
            fprintf(out, " | '%s -%c'", name, option->letter);
        fputs(") ", out);
        bash_values(out, option);
    }
    fprintf(out, "    '%s ') ", name);
    bash_values(out, positional_of(options));
    fprintf(out, "    '%s options') echo '", name);
    for (int i = 0; i < table->n_options; i++) {
        const s2s_option *option = &table->options[i];
        fprintf(out, "--%s ", option->name);
        if (option->letter)
            fprintf(out, "-%c ", option->letter);
        if (cli_option_is_on(option, table->defaults))
            fprintf(out, "--no-%s ", option->name);
    }
    fputs("' ;;\n", out);
}

static void bash_overview(FILE *out, const cli_command *const *commands)
{
    fputs("    ' options') echo '", out);
    put_names(out, commands);
    fputs("help --help --version' ;;\n    'help ' | 'help --man') echo '", out);
    put_names(out, commands);
    fputs("' ;;\n"
          "    'help options') echo '--man --completion' ;;\n"
          "    'help --completion') echo 'bash zsh fish' ;;\n",
          out);
}

/* zsh: a list of options per command, as _arguments takes it. */

static const char zsh_begin[] = "#compdef s2s\n"
                                "# zsh completion of s2s; s2s help --completion zsh prints it.\n"
                                "\n"
                                "_s2s()\n"
                                "{\n"
                                "    local curcontext=$curcontext context state state_descr line ret=1\n"
                                "    typeset -A opt_args\n"
                                "    local -a commands=(\n";
static const char zsh_end[] = "        esac ;;\n"
                              "    esac\n"
                              "    return ret\n"
                              "}\n"
                              "\n"
                              "if [[ $funcstack[1] == _s2s ]]; then\n"
                              "    _s2s \"$@\"\n"
                              "else\n"
                              "    compdef _s2s s2s\n"
                              "fi\n";

static void zsh_overview(FILE *out, const cli_command *const *commands)
{
    for (const cli_command *const *command = commands; *command; command++) {
        fprintf(out, "        '%s:", (*command)->name);
        put_escaped(out, (*command)->summary, "'", (const char *const[]){"'\\''"});
        fputs("'\n", out);
    }
    fputs("        help\n"
          "    )\n"
          "    _arguments -C --help --version '1: :->command' '*:: :->arguments' && ret=0\n"
          "    case $state in\n"
          "    command)\n"
          "        _describe command commands && ret=0 ;;\n"
          "    arguments)\n"
          "        case $words[1] in\n"
          "        help)\n"
          "            _arguments --man '--completion:shell:(bash zsh fish)' '1:command:(",
          out);
    put_names(out, commands);
    fputs(")' && ret=0 ;;\n", out);
}

/* ":FILE:_files" */
static void zsh_value(FILE *out, const s2s_option *option)
{
    static const char *const actions[] = {
        [VALUE_NONE] = "",
        [VALUE_ANY] = " ",
        [VALUE_CHOICE] = "",
        [VALUE_FILE] = "_files",
        [VALUE_FOLDER] = "_files -/",
        [VALUE_MODEL] = "_files -g \"*.s2s\"",
    };
    fprintf(out, ":%s:%s", cli_option_placeholder(option), actions[kind_of(option)]);
    if (option->type == S2S_OPTION_CHOICE) {
        fputc('(', out);
        put_choices(out, option);
        fputc(')', out);
    }
}

static void zsh_option(FILE *out, const s2s_option *option, bool negated)
{
    static const char *const escapes[] = {"'\\''", "\\\\", "\\[", "\\]", "\\:"};
    bool takes_value = kind_of(option) != VALUE_NONE;
    fputs("                '*'", out);
    if (option->letter && !negated)
        fprintf(out, "{-%c%s,--%s%s}'[", option->letter, takes_value ? "+" : "", option->name,
                takes_value ? "=" : "");
    else
        fprintf(out, "--%s%s%s'[", negated ? "no-" : "", option->name, takes_value ? "=" : "");
    fputs(negated ? "off\\: " : "", out);
    put_escaped(out, option->help, "'\\[]:", escapes);
    fputc(']', out);
    if (takes_value)
        zsh_value(out, option);
    fputs("' \\\n", out);
}

static void zsh_command(FILE *out, const cli_options *options)
{
    const s2s_option_table *table = &options->table;
    fprintf(out, "        %s)\n            _arguments -s -S \\\n", options->command->name);
    for (int i = 0; i < table->n_options; i++) {
        zsh_option(out, &table->options[i], false);
        if (cli_option_is_on(&table->options[i], table->defaults))
            zsh_option(out, &table->options[i], true);
    }
    fputs("                '*", out);
    zsh_value(out, positional_of(options));
    fputs("' && ret=0 ;;\n", out);
}

/* fish: a line per option. */

static const char fish_begin[] = "# fish completion of s2s; s2s help --completion fish prints it.\n"
                                 "\n"
                                 "# Whether the command is the one given; \"\" means that there is none yet.\n"
                                 "function __s2s_in\n"
                                 "    set -l words (commandline -opc)\n"
                                 "    test \"$words[2]\" = \"$argv[1]\"\n"
                                 "end\n"
                                 "complete -c s2s -f\n";

/* In quotes. */
static void fish_text(FILE *out, const char *text)
{
    fputc('\'', out);
    put_escaped(out, text, "'\\", (const char *const[]){"\\'", "\\\\"});
    fputc('\'', out);
}

static void fish_overview(FILE *out, const cli_command *const *commands)
{
    for (const cli_command *const *command = commands; *command; command++) {
        fprintf(out, "complete -c s2s -n '__s2s_in \"\"' -a %s -d ", (*command)->name);
        fish_text(out, (*command)->summary);
        fputc('\n', out);
    }
    fputs("complete -c s2s -n '__s2s_in \"\"' -a help\n"
          "complete -c s2s -n '__s2s_in \"\"' -l help\n"
          "complete -c s2s -n '__s2s_in \"\"' -l version\n"
          "complete -c s2s -n '__s2s_in help' -l man\n"
          "complete -c s2s -n '__s2s_in help' -l completion -x -a 'bash zsh fish'\n"
          "complete -c s2s -n '__s2s_in help' -a '",
          out);
    put_names(out, commands);
    fputs("'\n", out);
}

static void fish_value(FILE *out, const s2s_option *option)
{
    static const char *const of_kind[] = {
        [VALUE_NONE] = "",
        [VALUE_ANY] = " -x",
        [VALUE_CHOICE] = " -x -a '",
        [VALUE_FILE] = " -r -F",
        [VALUE_FOLDER] = " -x -a '(__fish_complete_directories)'",
        [VALUE_MODEL] = " -x -k -a '(__fish_complete_suffix .s2s)'",
    };
    fputs(of_kind[kind_of(option)], out);
    if (option->type == S2S_OPTION_CHOICE) {
        put_choices(out, option);
        fputc('\'', out);
    }
}

static void fish_option(FILE *out, const char *command, const s2s_option *option, bool negated)
{
    fprintf(out, "complete -c s2s -n '__s2s_in %s' -l %s%s", command, negated ? "no-" : "", option->name);
    if (option->letter && !negated)
        fprintf(out, " -s %c", option->letter);
    fish_value(out, option);
    fputs(negated ? " -d 'off: '" : " -d ", out);
    fish_text(out, option->help);
    fputc('\n', out);
}

static void fish_command(FILE *out, const cli_options *options)
{
    const char *name = options->command->name;
    const s2s_option_table *table = &options->table;
    for (int i = 0; i < table->n_options; i++) {
        fish_option(out, name, &table->options[i], false);
        if (cli_option_is_on(&table->options[i], table->defaults))
            fish_option(out, name, &table->options[i], true);
    }
    fprintf(out, "complete -c s2s -n '__s2s_in %s'", name);
    fish_value(out, positional_of(options));
    fputc('\n', out);
}

static const struct {
    const char *name, *begin, *end;
    void (*overview)(FILE *out, const cli_command *const *commands);
    void (*command)(FILE *out, const cli_options *options);
} shells[] = {
    {"bash", bash_begin, bash_end, bash_overview, bash_command},
    {"zsh", zsh_begin, zsh_end, zsh_overview, zsh_command},
    {"fish", fish_begin, "", fish_overview, fish_command},
};

s2s_status cli_completion(const char *shell, const cli_command *const *commands, FILE *out, s2s_error *err)
{
    const size_t n_shells = sizeof shells / sizeof *shells;
    size_t s = 0;
    while (s < n_shells && strcmp(shells[s].name, shell) != 0)
        s++;
    if (s == n_shells)
        return cli_fail(err, S2S_MISUSE, "--completion: expected bash, zsh or fish, found \"%.60s\"", shell);
    fputs(shells[s].begin, out);
    shells[s].overview(out, commands);
    for (; *commands; commands++) {
        cli_options options;
        s2s_status status = cli_options_new(&options, *commands, err);
        if (!status)
            shells[s].command(out, &options);
        cli_options_free(&options);
        if (status)
            return status;
    }
    fputs(shells[s].end, out);
    return S2S_OK;
}
