#include "data/corpus.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/fail.h"
#include "base/rng.h"
#include "text/tokeniser.h"

typedef struct member {
    char *source_path, *target_path; /* target_path NULL: a file of pairs */
    s2s_text_file source;            /* or the pairs */
    s2s_text_file target;            /* zeroed where there is no second file */
    size_t end;                      /* its pairs and those of all members before */
} member;

struct s2s_corpus {
    member *members;
    int n_members;
    bool pairs;
    bool watched; /* lines may have flaws */
    s2s_str name;
};

static s2s_flaw check_tabs(s2s_span line, s2s_error *why)
{
    int n = s2s_count_tabs(line);
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
    for (int k = 0; s2s_next_part(&line, &part); k++) {
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

/* ---- members ---- */

static s2s_status open_member(const s2s_corpus *corpus, member *m, const s2s_corpus_options *options,
                              s2s_error *err)
{
    const s2s_line_watch *watch = options->watch;
    const s2s_logger *logger = options->logger;
    if (corpus->pairs)
        return s2s_text_file_open(&m->source, m->source_path, check_parts, watch, logger, err);
    S2S_TRY(s2s_text_file_open(&m->source, m->source_path, check_filled, watch, logger, err));
    S2S_TRY(s2s_text_file_open(&m->target, m->target_path, check_filled, watch, logger, err));
    if (m->source.n_lines != m->target.n_lines && !watch)
        return s2s_fail(err, S2S_BAD_DATA, "%s: expected %zu lines as in %s, found %zu",
                        s2s_text_file_name(m->target_path), m->source.n_lines,
                        s2s_text_file_name(m->source_path), m->target.n_lines);
    return S2S_OK;
}

static s2s_status copy_path(char **copy, s2s_span path, s2s_error *err)
{
    *copy = strndup(path.data, path.len);
    return *copy ? S2S_OK : s2s_fail_memory(err, "opening a corpus");
}

static s2s_status open_members(s2s_corpus *corpus, const s2s_corpus_options *options, s2s_error *err)
{
    const char *sources = corpus->pairs ? options->pairs : options->source, *targets = options->target;
    const int n = s2s_lines_count(sources);
    s2s_span source, target;
    if (!corpus->pairs && s2s_lines_count(targets) != n)
        return s2s_fail(err, S2S_MISUSE,
                        "corpus: expected as many files of targets as of sources, %d, found %d", n,
                        s2s_lines_count(targets));
    corpus->members = calloc((size_t)n, sizeof *corpus->members);
    if (!corpus->members)
        return s2s_fail_memory(err, "opening a corpus");
    for (size_t end = 0; s2s_lines_next(&sources, &source);) {
        member *m = &corpus->members[corpus->n_members++];
        S2S_TRY(copy_path(&m->source_path, source, err));
        if (s2s_lines_next(&targets, &target))
            S2S_TRY(copy_path(&m->target_path, target, err));
        S2S_TRY(open_member(corpus, m, options, err));
        end += corpus->pairs || m->source.n_lines < m->target.n_lines ? m->source.n_lines : m->target.n_lines;
        m->end = end;
    }
    s2s_str_add_text(&corpus->name, s2s_text_file_name(corpus->members[0].source_path));
    if (n > 1)
        s2s_str_printf(&corpus->name, " and %d more", n - 1);
    return corpus->name.failed ? s2s_fail_memory(err, "opening a corpus") : S2S_OK;
}

s2s_status s2s_corpus_open(s2s_corpus **corpus, const s2s_corpus_options *options, s2s_error *err)
{
    bool one = options->pairs && !options->source && !options->target;
    bool two = !options->pairs && options->source && options->target;
    if (!one && !two)
        return s2s_fail(err, S2S_MISUSE, "corpus: expected either files of pairs or parallel files, found %s",
                        options->pairs ? "both" : "neither");
    s2s_corpus *c = calloc(1, sizeof *c);
    if (!c)
        return s2s_fail_memory(err, "opening a corpus");
    c->watched = options->watch != NULL;
    c->pairs = one;
    s2s_status status = open_members(c, options, err);
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
    for (int i = 0; i < corpus->n_members; i++) {
        member *m = &corpus->members[i];
        s2s_text_file_close(&m->source);
        s2s_text_file_close(&m->target);
        free(m->source_path);
        free(m->target_path);
    }
    free(corpus->members);
    s2s_str_free(&corpus->name);
    free(corpus);
}

int s2s_corpus_n_members(const s2s_corpus *corpus)
{
    return corpus->n_members;
}

s2s_corpus_member s2s_corpus_member_at(const s2s_corpus *corpus, int i)
{
    const member *m = &corpus->members[i];
    return (s2s_corpus_member){
        .source_name = s2s_text_file_name(m->source_path),
        .target_name = m->target_path ? s2s_text_file_name(m->target_path) : NULL,
        .n_source_lines = m->source.n_lines,
        .n_target_lines = m->target.n_lines,
    };
}

int s2s_corpus_member_of(const s2s_corpus *corpus, size_t i)
{
    int low = 0, high = corpus->n_members - 1; /* the first whose end is behind i */
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (corpus->members[middle].end > i)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* The member of pair i, and the line of the pair in it, from 0. */
static const member *find_line(const s2s_corpus *corpus, size_t i, size_t *line)
{
    int found = s2s_corpus_member_of(corpus, i);
    *line = i - (found > 0 ? corpus->members[found - 1].end : 0);
    return &corpus->members[found];
}

static s2s_span source_line(const s2s_corpus *corpus, size_t i)
{
    size_t line;
    const member *m = find_line(corpus, i, &line);
    return s2s_text_file_line(&m->source, line);
}

static s2s_span target_line(const s2s_corpus *corpus, size_t i)
{
    size_t line;
    const member *m = find_line(corpus, i, &line);
    return s2s_text_file_line(&m->target, line);
}

s2s_place s2s_corpus_place(const s2s_corpus *corpus, size_t i)
{
    size_t line;
    const member *m = find_line(corpus, i, &line);
    return (s2s_place){s2s_text_file_name(m->source_path), line + 1};
}

/* ---- all of them ---- */

size_t s2s_corpus_bytes(const s2s_corpus *corpus)
{
    size_t bytes = 0;
    for (int i = 0; i < corpus->n_members; i++)
        bytes +=
            s2s_text_file_bytes(&corpus->members[i].source) + s2s_text_file_bytes(&corpus->members[i].target);
    return bytes;
}

size_t s2s_corpus_size(const s2s_corpus *corpus)
{
    return corpus->members[corpus->n_members - 1].end;
}

const char *s2s_corpus_name(const s2s_corpus *corpus)
{
    return corpus->name.data;
}

bool s2s_corpus_is_fit(const s2s_corpus *corpus, size_t i)
{
    if (!corpus->watched)
        return true;
    s2s_line_check *check = corpus->pairs ? check_parts : check_filled;
    return !s2s_line_flaw(source_line(corpus, i), check, NULL) &&
           (corpus->pairs || !s2s_line_flaw(target_line(corpus, i), check, NULL));
}

s2s_span s2s_corpus_source(const s2s_corpus *corpus, size_t i)
{
    s2s_span line = source_line(corpus, i);
    return corpus->pairs ? s2s_part_of(line, 0) : line;
}

int s2s_corpus_n_targets(const s2s_corpus *corpus, size_t i)
{
    return corpus->pairs ? s2s_count_tabs(source_line(corpus, i)) : 1;
}

s2s_span s2s_corpus_target(const s2s_corpus *corpus, size_t i, int k)
{
    return corpus->pairs ? s2s_part_of(source_line(corpus, i), k + 1) : target_line(corpus, i);
}

bool s2s_corpus_held_out(const s2s_corpus *corpus, size_t i)
{
    s2s_span source = s2s_corpus_source(corpus, i);
    return s2s_hash64(XXH3_64bits(source.data, source.len), 0) % 20 == 0;
}

uint64_t s2s_corpus_hash(const s2s_corpus *corpus)
{
    uint64_t hash = 0;
    for (int i = 0; i < corpus->n_members; i++) {
        const member *m = &corpus->members[i];
        uint64_t own = s2s_hash64(m->source.hash, m->target.hash);
        hash = i == 0 ? own : s2s_hash64(hash, own);
    }
    return hash;
}
