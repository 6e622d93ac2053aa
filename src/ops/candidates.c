#include "ops/candidates.h"

#include <math.h>

/* The place of the first of n ascending tokens that is no lower than this one; n where there is none. */
static int first_not_below(const int *tokens, int n, int token)
{
    int low = 0, high = n;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (tokens[middle] < token)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

s2s_real *s2s_logit_of(const s2s_logits *logits, int token)
{
    if (!logits->tokens) {
        bool there = token >= logits->first && token < logits->first + logits->n;
        return there ? logits->z + (token - logits->first) : NULL;
    }
    int place = first_not_below(logits->tokens, logits->n, token);
    return place < logits->n && logits->tokens[place] == token ? logits->z + place : NULL;
}

void s2s_candidates_insert(s2s_candidate *best, int *count, int n, s2s_candidate candidate)
{
    if (*count == n && !(candidate.log_prob > best[n - 1].log_prob))
        return;
    int place = *count < n ? (*count)++ : n - 1;
    for (; place > 0 && best[place - 1].log_prob < candidate.log_prob; place--)
        best[place] = best[place - 1];
    best[place] = candidate;
}

enum { GROUPS = 16, SCANNED = 512 };

/* What at least n of the elements reach: the n-th largest among the maxima of groups of them. */
static s2s_real reached_by(int n, const s2s_real *z, int n_cols)
{
    s2s_real largest[GROUPS];
    if (n > GROUPS || n_cols < GROUPS)
        return -(s2s_real)INFINITY;
    for (int i = 0; i < GROUPS; i++)
        largest[i] = -(s2s_real)INFINITY;
    for (int j = 0; j + GROUPS <= n_cols; j += GROUPS)
        for (int i = 0; i < GROUPS; i++)
            largest[i] = z[j + i] > largest[i] ? z[j + i] : largest[i];
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < GROUPS; j++) {
            s2s_real a = largest[i], b = largest[j];
            largest[i] = a > b ? a : b;
            largest[j] = a > b ? b : a;
        }
    return largest[n - 1];
}

void s2s_candidates_scan(const s2s_kernels *kernels, const s2s_real *z, int first, int n_cols,
                         s2s_candidate *best, int *count, int n)
{
    int places[SCANNED];
    for (int j = 0; j < n_cols; j += SCANNED) {
        int cols = n_cols - j < SCANNED ? n_cols - j : SCANNED;
        s2s_real least = *count == n ? (s2s_real)best[n - 1].log_prob : reached_by(n, z + j, cols);
        int found = kernels->at_least(places, z + j, least, cols);
        for (int i = 0; i < found; i++) {
            s2s_real logit = z[j + places[i]];
            if (logit > -(s2s_real)INFINITY)
                s2s_candidates_insert(best, count, n, (s2s_candidate){(float)logit, first + j + places[i]});
        }
    }
}

void s2s_candidates_pick(const s2s_real *z, int first, int n_cols, const s2s_tokens *allowed,
                         s2s_candidate *best, int *count, int n)
{
    for (int i = first_not_below(allowed->ids, allowed->n, first);
         i < allowed->n && allowed->ids[i] < first + n_cols; i++) {
        s2s_real logit = z[allowed->ids[i] - first];
        if (logit > -(s2s_real)INFINITY)
            s2s_candidates_insert(best, count, n, (s2s_candidate){(float)logit, allowed->ids[i]});
    }
}
