#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"

s2s_status cli_names_split(cli_names *names, const char *text, s2s_error *err)
{
    size_t n_lines = 1;
    for (const char *c = text; *c; c++)
        n_lines += *c == '\n';
    *names = (cli_names){strdup(text), calloc(n_lines, sizeof *names->items), 0};
    if (!names->text || !names->items)
        return cli_out_of_memory(err);
    char *rest = names->text;
    while (rest)
        names->items[names->n++] = strsep(&rest, "\n");
    return S2S_OK;
}

void cli_names_free(cli_names *names)
{
    free(names->text);
    free(names->items);
}
