/* A corpus: pairs of lines in tab-separated files or parallel files, mapped rather than read.
 *
 * A corpus has one or more members, whose pairs follow each other: each is one file of pairs, or two parallel
 * files.  Opening a corpus makes one pass over it that checks every line and notes where each begins.  Files
 * may be packed or pipes, "-" is standard input: see data/text_file.h. */
#ifndef S2S_DATA_CORPUS_H
#define S2S_DATA_CORPUS_H

#include <stdint.h>

#include "data/text_file.h"

typedef struct s2s_corpus s2s_corpus; /* immutable once open; may be shared by threads */

typedef struct s2s_corpus_options {
    const char *pairs;           /* tab-separated files "source<TAB>target[<TAB>target...]", or NULL */
    const char *source, *target; /* or parallel files, as many of each; of several files, each is a line */
    const s2s_logger *logger;    /* CRLF line ends are dropped with one warning per file */
    const s2s_line_watch *watch; /* borrowed until the corpus is open; or NULL */
} s2s_corpus_options;

enum { S2S_MAX_TARGETS = 1000 }; /* of one source */

/* Checks, for every line: well-formed UTF-8, no NUL, at most 1 MiB, 1 to S2S_MAX_TARGETS TABs where pairs are
 * expected, no empty or blank side; parallel files of equal length; at least one line.  S2S_BAD_DATA:
 * "train.tsv:17: expected source<TAB>target, found no TAB".  A byte order mark at the start is skipped.
 *
 * With a watch none of this fails but what concerns a whole file: the watch is told of every line, pairs
 * without a flaw are fit to be used, and the corpus ends with the shorter file. */
s2s_status s2s_corpus_open(s2s_corpus **corpus, const s2s_corpus_options *options, s2s_error *err) S2S_MUST_USE;
void s2s_corpus_close(s2s_corpus *corpus); /* NULL is allowed */

size_t s2s_corpus_bytes(const s2s_corpus *corpus);     /* of memory; mapped files do not count */
size_t s2s_corpus_size(const s2s_corpus *corpus);      /* number of pairs */
const char *s2s_corpus_name(const s2s_corpus *corpus); /* for messages: "a.tsv", "a.tsv and 2 more" */

/* A file of sources or pairs, and one of targets (name NULL, no lines where there is none). */
typedef struct s2s_corpus_member {
    const char *source_name, *target_name; /* as in messages */
    size_t n_source_lines, n_target_lines;
} s2s_corpus_member;

int s2s_corpus_n_members(const s2s_corpus *corpus);
s2s_corpus_member s2s_corpus_member_at(const s2s_corpus *corpus, int member); /* names borrowed until close */
int s2s_corpus_member_of(const s2s_corpus *corpus, size_t i);                 /* that pair i is of */

/* A line of a file. */
typedef struct s2s_place {
    const char *name; /* borrowed until close */
    size_t line;      /* from 1 */
} s2s_place;
s2s_place s2s_corpus_place(const s2s_corpus *corpus, size_t i); /* of the source of pair i */

bool s2s_corpus_is_fit(const s2s_corpus *corpus, size_t i);     /* always, without a watch */
s2s_span s2s_corpus_source(const s2s_corpus *corpus, size_t i); /* borrowed until close */
/* All targets of pair i: the first, and further ones (other accepted answers) while k < n. */
int s2s_corpus_n_targets(const s2s_corpus *corpus, size_t i);
s2s_span s2s_corpus_target(const s2s_corpus *corpus, size_t i, int k);
/* Whether pair i belongs to the 5 % that are held out for validation: a function of the source text alone
 * (s2s_hash64(XXH3_64bits(source), 0) % 20 == 0), so that all pairs of one source stay on the same side. */
bool s2s_corpus_held_out(const s2s_corpus *corpus, size_t i);
uint64_t
s2s_corpus_hash(const s2s_corpus *corpus); /* of the whole text: a resumed run must see the same data */

#endif
