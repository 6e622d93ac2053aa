/* What happens to the text of one side before tokens are made of it, and backwards to output text.
 *
 * A pipeline is a list of named steps, "nfkc,spaces,lower,moses:en": a name, and after a colon its argument.
 *
 * protect[:KINDS]    Placeholders, URLs, e-mail addresses, numbers and tags (text/protect.h), or those of KINDS
 *                    with + between them, become symbols, which later steps and tokenisers leave whole.  Both
 *                    sides have the step or none.  Backwards: what the source line has for the symbol, as it
 *                    is there; nothing where it has none.
 * nfc, nfkc          Unicode normalisation.
 * spaces             Runs of white space and control characters become one blank, those at the ends nothing.
 * lower              Lower case, code point by code point.
 * punctuation[:LANG] Punctuation as Moses' normalize-punctuation has it: quotation marks and dashes of ASCII,
 *                    the blanks that belong around them, numbers and quoted commas as LANG (en) has them.
 * moses:LANG         Words and punctuation apart, with Moses' rules: LANG is de, en, es, fr, it, nl or pt.
 *                    Backwards: Moses' detokeniser.
 * moses-escape:LANG  The same, and & | < > ' " [ ] become entities, as Moses' files have them.
 * truecase           Words get the case that is the most frequent one of theirs within sentences of the
 *                    training data, as Moses' truecaser does: words that begin a sentence always, others unless
 *                    they were seen as they are.  Words are what white space separates: put it behind moses.
 *                    Backwards: words that begin a sentence get a capital.
 * stopwords:LANG     Leaves out frequent words, whatever their case: LANG is de, en, es, fr or zh, or the
 * stopwords:FILE     path of a file of words, which the model then holds.
 * stem:LANG          Words become their stems, by Snowball's algorithm for LANG; it expects lower case.
 *
 * A step without "backwards" leaves output text as it is.  Backwards, the last step comes first.  The same
 * steps and learned data give the same text, always. */
#ifndef S2S_TEXT_PIPELINE_H
#define S2S_TEXT_PIPELINE_H

#include "base/str.h"
#include "text/protect.h"

typedef struct s2s_text_pipeline
    s2s_text_pipeline; /* immutable once it has learned; may be shared by threads */

/* What a thread works with, reused from line to line; zeroed at first. */
typedef struct s2s_text_buffer {
    s2s_str text[2];
    s2s_str scratch[2];
    s2s_protected protected; /* of the last source line, for its targets and outputs; may be put back later */
    s2s_protected_text protected_items[S2S_MAX_PROTECTED];
    s2s_str protected_bytes;
    int32_t *codes;
    size_t codes_cap;
    struct s2s_stemmer *stemmers; /* of all languages that were met */
} s2s_text_buffer;

void s2s_text_buffer_free(s2s_text_buffer *buffer); /* a zeroed one is allowed */

/* list NULL or "": no steps.  `where` begins messages ("--src-text").  stored: what s2s_text_data said of each
 * step of the same list when a model was written, NULL to read files and learn anew.  S2S_BAD_CONFIG for an
 * unknown name or argument, naming what is allowed or nearest; S2S_BAD_DATA for a file that cannot be read;
 * S2S_BAD_MODEL where stored does not fit the list. */
s2s_status s2s_text_open(s2s_text_pipeline **pipeline, const char *list, const char *where,
                         const s2s_span *stored, int n_stored, s2s_error *err) S2S_MUST_USE;
void s2s_text_close(s2s_text_pipeline *pipeline); /* NULL is allowed */

/* Makes them the two sides of a pair, and what its output goes through in the end: targets and outputs take
 * symbols from the source line before them.  output NULL: no steps.  S2S_BAD_CONFIG where the sides do not
 * protect the same kinds, or a step of output learns or protects. */
s2s_status s2s_text_pair(const s2s_text_pipeline *source, s2s_text_pipeline *target,
                         const s2s_text_pipeline *output, s2s_error *err) S2S_MUST_USE;

/* The kinds that it protects, a bit each; 0: none. */
unsigned s2s_text_protects(const s2s_text_pipeline *pipeline);

int s2s_text_n_steps(const s2s_text_pipeline *pipeline);
/* What a model must hold for step i besides its name: UTF-8, often empty; borrowed. */
s2s_span s2s_text_data(const s2s_text_pipeline *pipeline, int i);

/* Of the names and data of all steps. */
uint64_t s2s_text_hash(const s2s_text_pipeline *pipeline);

/* Whether a step learns from training data: then every line of it goes to s2s_text_learn, and after the last
 * one comes s2s_text_learned, before the pipeline is used. */
bool s2s_text_learns(const s2s_text_pipeline *pipeline);
s2s_status s2s_text_learn(s2s_text_pipeline *pipeline, s2s_text_buffer *buffer, s2s_span line,
                          s2s_error *err) S2S_MUST_USE;
s2s_status s2s_text_learned(s2s_text_pipeline *pipeline, s2s_error *err) S2S_MUST_USE;

/* A line through all steps, and output text back through them.  *out is borrowed from the buffer until its next
 * use, or is the line where there are no steps.  S2S_EXHAUSTED when out of memory, the only way to fail. */
s2s_status s2s_text_apply(const s2s_text_pipeline *pipeline, s2s_text_buffer *buffer, s2s_span line,
                          s2s_span *out, s2s_error *err) S2S_MUST_USE;
s2s_status s2s_text_invert(const s2s_text_pipeline *pipeline, s2s_text_buffer *buffer, s2s_span text,
                           s2s_span *out, s2s_error *err) S2S_MUST_USE;

/* Readies the buffer for targets and outputs of a source line, as s2s_text_apply of the source does; costs
 * nothing where that protects nothing.  NULL: no steps. */
s2s_status s2s_text_remember(const s2s_text_pipeline *source, s2s_text_buffer *buffer, s2s_span line,
                             s2s_error *err) S2S_MUST_USE;

#endif
