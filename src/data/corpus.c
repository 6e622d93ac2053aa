#include "data/corpus.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/fail.h"
#include "base/rng.h"
#include "text/tokeniser.h"

struct s2s_corpus {
    s2s_text_file source; /* or the pairs */
    s2s_text_file target; /* zeroed where there is no second file */
    bool pairs;
    bool watched; /* lines may have flaws */
};

/* Takes the next part off the rest of a tab-separated line; false where none is left (rest->data is NULL). */
static bool next_part(s2s_span *rest, s2s_span *part)
{
    if (!rest->data)
        return false;
    const char *tab = memchr(rest->data, '\t', rest->len);
    *part = (s2s_span){rest->data, tab ? (size_t)(tab - rest->data) : rest->len};
    *rest = tab ? (s2s_span){tab + 1, rest->len - part->len - 1} : (s2s_span){NULL, 0};
    return true;
}

/* Part k of a tab-separated line, which has so many; the last part otherwise. */
static s2s_span part_of(s2s_span line, int k)
{
    s2s_span part = line;
    while (k-- >= 0 && next_part(&line, &part))
        ;
    return part;
}

static int count_tabs(s2s_span line)
{
    int n = 0;
    for (size_t i = 0; i < line.len; i++)
        n += line.data[i] == '\t';
    return n;
}

static s2s_flaw check_tabs(s2s_span line, s2s_error *why)
{
    int n = count_tabs(line);
    if (n == 0) {
        s2s_fail(why, S2S_BAD_DATA, "expected source<TAB>target, found no TAB");
        return S2S_FLAW_NO_TAB;
    }
    if (n > S2S_MAX_TARGETS) {
        s2s_fail(why, S2S_BAD_DATA, "expected at most %d targets, found %d", S2S_MAX_TARGETS, n);
        return S2S_FLAW_MANY_TARGETS;
    }
    return S2S_FLAW_NONE;
}

static s2s_flaw check_parts(s2s_span line, s2s_error *why)
{
    s2s_flaw flaw = check_tabs(line, why);
    if (flaw)
        return flaw;
    s2s_span part;
    for (int k = 0; next_part(&line, &part); k++) {
        if (!s2s_is_blank(part.data, part.len))
            continue;
        if (k == 0)
            s2s_fail(why, S2S_BAD_DATA, "expected source<TAB>target, found an empty source");
        else
            s2s_fail(why, S2S_BAD_DATA, "expected source<TAB>target, found target %d empty", k);
        return S2S_FLAW_EMPTY;
    }
    return S2S_FLAW_NONE;
}

static s2s_flaw check_filled(s2s_span line, s2s_error *why)
{
    if (!s2s_is_blank(line.data, line.len))
        return S2S_FLAW_NONE;
    s2s_fail(why, S2S_BAD_DATA, "expected text, found an empty line");
    return S2S_FLAW_EMPTY;
}

static s2s_status open_files(s2s_corpus *corpus, const s2s_corpus_options *options, s2s_error *err)
{
    const s2s_line_watch *watch = options->watch;
    const s2s_logger *logger = options->logger;
    corpus->watched = watch != NULL;
    corpus->pairs = options->pairs != NULL;
    if (options->pairs)
        return s2s_text_file_open(&corpus->source, options->pairs, check_parts, watch, logger, err);
    S2S_TRY(s2s_text_file_open(&corpus->source, options->source, check_filled, watch, logger, err));
    S2S_TRY(s2s_text_file_open(&corpus->target, options->target, check_filled, watch, logger, err));
    if (corpus->source.n_lines != corpus->target.n_lines && !watch)
        return s2s_fail(err, S2S_BAD_DATA, "%s: expected %zu lines as in %s, found %zu",
                        s2s_text_file_name(options->target), corpus->source.n_lines,
                        s2s_text_file_name(options->source), corpus->target.n_lines);
    return S2S_OK;
}

s2s_status s2s_corpus_open(s2s_corpus **corpus, const s2s_corpus_options *options, s2s_error *err)
{
    bool one = options->pairs && !options->source && !options->target;
    bool two = !options->pairs && options->source && options->target;
    if (!one && !two)
        return s2s_fail(err, S2S_MISUSE,
                        "corpus: expected either a file of pairs or two parallel files, found %s",
                        options->pairs ? "both" : "neither");
    s2s_corpus *c = calloc(1, sizeof *c);
    if (!c)
        return s2s_fail_memory(err, "opening a corpus");
    s2s_status status = open_files(c, options, err);
    if (status != S2S_OK) {
        s2s_corpus_close(c);
        return status;
    }
    *corpus = c;
    return S2S_OK;
}

void s2s_corpus_close(s2s_corpus *corpus)
{
    if (!corpus)
        return;
    s2s_text_file_close(&corpus->source);
    s2s_text_file_close(&corpus->target);
    free(corpus);
}

size_t s2s_corpus_bytes(const s2s_corpus *corpus)
{
    return s2s_text_file_bytes(&corpus->source) + s2s_text_file_bytes(&corpus->target);
}

size_t s2s_corpus_size(const s2s_corpus *corpus)
{
    size_t source, target;
    s2s_corpus_lines(corpus, &source, &target);
    return corpus->pairs || source < target ? source : target;
}

void s2s_corpus_lines(const s2s_corpus *corpus, size_t *source, size_t *target)
{
    *source = corpus->source.n_lines;
    *target = corpus->target.n_lines;
}

bool s2s_corpus_is_fit(const s2s_corpus *corpus, size_t i)
{
    if (!corpus->watched)
        return true;
    s2s_line_check *check = corpus->pairs ? check_parts : check_filled;
    return !s2s_line_flaw(s2s_text_file_line(&corpus->source, i), check, NULL) &&
           (corpus->pairs || !s2s_line_flaw(s2s_text_file_line(&corpus->target, i), check, NULL));
}

s2s_span s2s_corpus_source(const s2s_corpus *corpus, size_t i)
{
    s2s_span line = s2s_text_file_line(&corpus->source, i);
    return corpus->pairs ? part_of(line, 0) : line;
}

int s2s_corpus_n_targets(const s2s_corpus *corpus, size_t i)
{
    return corpus->pairs ? count_tabs(s2s_text_file_line(&corpus->source, i)) : 1;
}

s2s_span s2s_corpus_target(const s2s_corpus *corpus, size_t i, int k)
{
    if (!corpus->pairs)
        return s2s_text_file_line(&corpus->target, i);
    return part_of(s2s_text_file_line(&corpus->source, i), k + 1);
}

bool s2s_corpus_held_out(const s2s_corpus *corpus, size_t i)
{
    s2s_span source = s2s_corpus_source(corpus, i);
    return s2s_hash64(XXH3_64bits(source.data, source.len), 0) % 20 == 0;
}

uint64_t s2s_corpus_hash(const s2s_corpus *corpus)
{
    return s2s_hash64(corpus->source.hash, corpus->target.hash);
}
