/* IBM Model 1 (Brown et al. 1993, "The Mathematics of Statistical Machine Translation"): translation
 * probabilities of tokens, from nothing but pairs of sentences.
 *
 * Every token of a target f_1 .. f_m comes from one of the source's e_1 .. e_n or from e_0 = NULL, which one is
 * not known and all are as likely: P(f | e) is proportional to prod_j 1 / (n + 1) sum_i t(f_j | e_i).
 * Expectation maximisation: an iteration goes over all pairs, shares each f_j out among the e_i by
 * t(f_j | e_i), and then makes t of the shares.  It begins with all t equal; the likelihood has one maximum.
 *
 * Held: a probability and a share of every two tokens that occur in one pair, in a hash table that is at most
 * 3/4 full, 24 bytes a place; it and its successor while it grows.  When there are `most` of them, the first
 * iteration drops the smallest shares, as lossy counting does (Manku and Motwani 2002), until half are left;
 * none of NULL's. */
#ifndef S2S_LEXICAL_IBM1_H
#define S2S_LEXICAL_IBM1_H

#include "lexical/translation.h"
#include "s2s/status.h"
#include "tensor/batch.h"

typedef struct s2s_ibm1 s2s_ibm1;

/* Of source tokens 0 .. n_sources - 1 and target tokens 0 .. n_targets - 1; most: at least 4 n_targets are
 * allowed. */
s2s_status s2s_ibm1_new(s2s_ibm1 **model, int n_sources, int n_targets, size_t most,
                        s2s_error *err) S2S_MUST_USE;
void s2s_ibm1_free(s2s_ibm1 *model); /* NULL is allowed */

/* The next pair of this iteration; every iteration is given the same ones in the same order. */
s2s_status s2s_ibm1_add(s2s_ibm1 *model, s2s_tokens source, s2s_tokens target, s2s_error *err) S2S_MUST_USE;

/* Ends the iteration and returns the log-likelihood, in nats, of what was added under the probabilities that it
 * began with; it grows from one iteration to the next, unless translations were dropped. */
double s2s_ibm1_update(s2s_ibm1 *model);

/* t(target | source) of the last iteration that ended; source n_sources is NULL. */
double s2s_ibm1_probability(const s2s_ibm1 *model, int source, int target);
size_t s2s_ibm1_n_dropped(const s2s_ibm1 *model); /* translations; one that comes again counts again */

/* All translations of a probability of at least `least`, in no order.  *list is the caller's to free. */
s2s_status s2s_ibm1_list(const s2s_ibm1 *model, double least, s2s_translation **list, size_t *n,
                         s2s_error *err) S2S_MUST_USE;

#endif
