/* s2s encode: text to the numbers that a model reads, and back. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "lines.h"
#include "message.h"
#include "session.h"

enum { FORMAT_IDS, FORMAT_PIECES, FORMAT_ONE_HOT };
enum { SIDE_SOURCE, SIDE_TARGET };

typedef struct encode_options {
    const char *model, *input, *output;
    int side, format;
    bool decode;
} encode_options;

#define OPTION(NAME, LETTER, TYPE, FIELD, UNIT, CHOICES, HELP)                                                \
    {                                                                                                         \
        .name = NAME, .letter = LETTER, .type = S2S_OPTION_##TYPE, .offset = offsetof(encode_options, FIELD), \
        .choices = CHOICES, .unit = UNIT, .group = "model, input and output", .help = HELP                    \
    }
static const s2s_option own_options[] = {
    OPTION("model", 'm', TEXT, model, "PATH", NULL, "model file or run folder"),
    OPTION("input", 'i', TEXT, input, "FILE", NULL,
           "read lines from here; may be gzip, zstd or a pipe, - or none is standard input"),
    OPTION("output", 'o', TEXT, output, "FILE", NULL,
           "write lines here, all or nothing; - or none: standard output"),
    OPTION("side", 0, CHOICE, side, NULL, "source|target",
           "whose text steps, tokeniser and vocabulary are used"),
    OPTION("format", 0, CHOICE, format, NULL, "ids|pieces|one-hot",
           "how tokens are written: as numbers, as text, or as sparse one-hot vectors"),
    OPTION("decode", 0, BOOL, decode, NULL, NULL, "read lines of numbers and write text"),
};
static const encode_options own_defaults;

static const s2s_option_table *own_table(void)
{
    static const s2s_option_table table = {own_options, sizeof own_options / sizeof *own_options,
                                           sizeof(encode_options), &own_defaults};
    return &table;
}

typedef struct encoding {
    const encode_options *own;
    bool json;
    cli_session session;
    cli_lines lines;
    int *ids; /* [cap] of a line to decode */
    int n_ids, cap;
} encoding;

/* ---- text to numbers ---- */

/* A blank within a piece would look like one between two. */
static void write_piece(FILE *file, const char *piece)
{
    for (; *piece; piece++)
        if (*piece == ' ')
            fputs("\u2581", file);
        else
            fputc(*piece, file);
}

static void write_row(const encoding *e, const s2s_encoding *line, int64_t id)
{
    FILE *file = e->session.output.file;
    for (int i = 0; i < line->n; i++) {
        const char *blank = i > 0 ? " " : "";
        if (e->own->format == FORMAT_ONE_HOT) {
            fprintf(file, "%lld %d:1\n", (long long)id, line->ids[i]);
        } else if (e->own->format == FORMAT_PIECES) {
            fputs(blank, file);
            write_piece(file, line->pieces[i]);
        } else {
            fprintf(file, "%s%d", blank, line->ids[i]);
        }
    }
    if (e->own->format != FORMAT_ONE_HOT)
        fputc('\n', file);
}

static s2s_status write_json(encoding *e, const s2s_encoding *line, const char *text, int64_t id,
                             s2s_error *err)
{
    json_t *tokens = json_array(), *ids = json_array();
    for (int i = 0; i < line->n; i++) {
        cli_json_append(&tokens, cli_json_text(line->pieces[i]));
        cli_json_append(&ids, json_integer(line->ids[i]));
    }
    json_t *object = json_pack("{sI so so so}", "id", (json_int_t)id, "text", cli_json_text(text), "tokens",
                               tokens, "ids", ids);
    return cli_output_json(&e->session.output, object, err);
}

static s2s_status encode_line(encoding *e, const cli_line *line, int64_t id, s2s_error *err)
{
    s2s_encoding tokens;
    s2s_status status =
        s2s_encode(e->session.worker, e->own->side == SIDE_TARGET, line->text, line->n, &tokens, err);
    if (status)
        return cli_lines_locate(&e->lines, 1, status, err);
    if (e->json)
        return write_json(e, &tokens, line->text, id, err);
    write_row(e, &tokens, id);
    return S2S_OK;
}

/* ---- and back ---- */

static s2s_status add_id(encoding *e, int id, s2s_error *err)
{
    if (e->n_ids == e->cap) {
        int cap = e->cap ? 2 * e->cap : 256; /* a line has at most half a million numbers */
        int *ids = realloc(e->ids, (size_t)cap * sizeof *ids);
        if (!ids)
            return cli_out_of_memory(err);
        e->ids = ids;
        e->cap = cap;
    }
    e->ids[e->n_ids++] = id;
    return S2S_OK;
}

static s2s_status read_ids(encoding *e, const cli_line *line, s2s_error *err)
{
    static const char space[] = " \t";
    e->n_ids = 0;
    for (const char *p = line->text + strspn(line->text, space); *p; p += strspn(p, space)) {
        char *end;
        errno = 0;
        long id = strtol(p, &end, 10);
        if (end == p || errno || id < INT_MIN || id > INT_MAX || !strchr(space, *end)) /* a NUL is found, too */
            return cli_fail(err, S2S_BAD_DATA, "%s:%lld: expected numbers of tokens, found \"%.*s\"",
                            e->lines.name, (long long)e->lines.n_read,
                            (int)strcspn(p, space) < 32 ? (int)strcspn(p, space) : 32, p);
        s2s_status status = add_id(e, (int)id, err);
        if (status)
            return status;
        p = end;
    }
    return S2S_OK;
}

static s2s_status decode_line(encoding *e, const cli_line *line, int64_t id, s2s_error *err)
{
    const char *text;
    s2s_status status = read_ids(e, line, err);
    if (status)
        return status;
    status = s2s_decode(e->session.worker, e->own->side == SIDE_TARGET, e->ids, e->n_ids, &text, err);
    if (status)
        return cli_lines_locate(&e->lines, 1, status, err);
    if (e->json)
        return cli_output_json(&e->session.output,
                               json_pack("{sI so}", "id", (json_int_t)id, "text", cli_json_text(text)), err);
    fprintf(e->session.output.file, "%s\n", text);
    return S2S_OK;
}

/* ---- both ---- */

static s2s_status all_lines(encoding *e, s2s_error *err)
{
    for (;;) {
        cli_line line;
        int n;
        s2s_status status = cli_lines_read(&e->lines, &line, 1, &n, err);
        if (status || n == 0)
            return status;
        int64_t id = e->lines.n_read - 1;
        status = e->own->decode ? decode_line(e, &line, id, err) : encode_line(e, &line, id, err);
        if (!status && (e->lines.is_terminal || ferror(e->session.output.file)))
            status = cli_output_flush(&e->session.output, err);
        if (status)
            return status;
    }
}

static s2s_status open_all(encoding *e, s2s_error *err)
{
    s2s_predict_options options;
    s2s_predict_options_defaults(&options);
    options.threads = 1; /* nothing is computed */
    const cli_model_options model = {e->own->model, S2S_PRECISION_F32};
    s2s_status status = cli_session_open(&e->session, &model, &options, e->own->output, err);
    return status ? status : cli_lines_open(&e->lines, e->own->input, err);
}

static s2s_status run(const cli_options *options, s2s_error *err)
{
    encoding e = {.own = cli_options_of(options, 0), .json = cli_options_common(options)->json};
    s2s_status status = open_all(&e, err);
    if (!status)
        status = all_lines(&e, err);
    status = cli_session_close(&e.session, status, err);
    cli_lines_close(&e.lines);
    free(e.ids);
    return status;
}

const cli_command cli_encode = {
    .name = "encode",
    .summary = "turn text into the numbers that a model reads, and back",
    .usage = "-m PATH [options] [FILE]",
    .examples = "  s2s encode -m run source.txt\n"
                "  s2s encode -m run --side target --format pieces target.txt\n"
                "  s2s encode -m run source.txt | s2s encode -m run --decode\n",
    .positional = "input",
    .output = "  One line per input line, its tokens with blanks between them; a blank within a token is\n"
              "  shown as U+2581.  With --format one-hot a row per token: the number of its line and\n"
              "  NUMBER:1, both counted from 0, as libsvm and svmlight have them.  The number 0 is that of\n"
              "  tokens that the model does not know.  With --json, one object per line:\n"
              "      id (from 0), text, tokens, ids\n"
              "  With --decode, one line of text per line, or an object of id and text.\n",
    .tables = {own_table},
    .run = run,
};
