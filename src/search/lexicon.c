/* Nodes are numbered level by level, those of one parent in the order of their tokens.  So the children of a
 * node are a run of numbers, which its own number gives, and their tokens a run of the array of tokens. */
#include "search/lexicon.h"

#include <limits.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/fail.h"
#include "base/token.h"

struct s2s_lexicon {
    int *token; /* [n_nodes] that leads to a node */
    int *first; /* [n_nodes + 1]: the children of node i are [first[i], first[i + 1]) */
    int longest;
};

/* Token i of a string, which the end of sequence ends. */
static int token_at(const s2s_tokens *string, int i)
{
    return i < string->n ? string->ids[i] : S2S_TOKEN_EOS;
}

static int common_tokens(const s2s_tokens *a, const s2s_tokens *b)
{
    int i = 0, n = a->n < b->n ? a->n : b->n;
    while (i < n && a->ids[i] == b->ids[i])
        i++;
    return i;
}

static int compare(const void *x, const void *y)
{
    const s2s_tokens *a = x, *b = y;
    int i = common_tokens(a, b), left = token_at(a, i), right = token_at(b, i);
    return (left > right) - (left < right);
}

/* Leaves every string once; returns how many there are. */
static size_t sort_strings(s2s_tokens *strings, size_t n)
{
    size_t n_different = 1;
    qsort(strings, n, sizeof *strings, compare);
    for (size_t i = 1; i < n; i++)
        if (compare(&strings[n_different - 1], &strings[i]) != 0)
            strings[n_different++] = strings[i];
    return n_different;
}

/* Of the trie of sorted strings, its root included. */
static size_t count_nodes(const s2s_tokens *strings, size_t n)
{
    size_t n_nodes = 1;
    for (size_t i = 0; i < n; i++) {
        int known = i > 0 ? common_tokens(&strings[i - 1], &strings[i]) : 0;
        n_nodes += (size_t)(strings[i].n - known) + 1;
    }
    return n_nodes;
}

/* Strings [begin, end) pass through a node; none of them where it is the end of one. */
typedef struct range {
    int begin, end;
} range;

/* The nodes of a level make those of the next, whose ranges go to `below`; returns how many these are. */
static int grow_level(s2s_lexicon *lexicon, const s2s_tokens *strings, int depth, int node, const range *level,
                      int n_level, range *below)
{
    int n_below = 0, next = node + n_level;
    for (int i = 0; i < n_level; i++) {
        lexicon->first[node + i] = next + n_below;
        for (int s = level[i].begin, end; s < level[i].end; s = end) {
            int token = token_at(&strings[s], depth);
            for (end = s + 1; end < level[i].end && token_at(&strings[end], depth) == token;)
                end++;
            lexicon->token[next + n_below] = token;
            below[n_below++] = (range){s, token == S2S_TOKEN_EOS ? s : end};
        }
    }
    return n_below;
}

static void grow(s2s_lexicon *lexicon, const s2s_tokens *strings, int n, range *level, range *below)
{
    int node = S2S_LEXICON_ROOT, n_level = 1;
    lexicon->token[node] = S2S_TOKEN_BOS;
    level[0] = (range){0, n};
    for (int depth = 0; n_level > 0; depth++) {
        int n_below = grow_level(lexicon, strings, depth, node, level, n_level, below);
        range *swap = level;
        node += n_level;
        n_level = n_below;
        level = below;
        below = swap;
    }
    lexicon->first[node] = node;
}

s2s_status s2s_lexicon_new(s2s_lexicon **lexicon, s2s_tokens *strings, size_t n, s2s_error *err)
{
    *lexicon = NULL;
    n = sort_strings(strings, n);
    size_t n_nodes = count_nodes(strings, n);
    if (n_nodes >= INT_MAX)
        return s2s_fail(err, S2S_BAD_DATA, "expected a lexicon of at most %d nodes, found %zu", INT_MAX - 1,
                        n_nodes);
    s2s_lexicon *new = calloc(1, sizeof *new);
    range *ranges = malloc(s2s_size_mul(2 * n, sizeof *ranges));
    if (new) {
        new->token = malloc(s2s_size_mul(n_nodes, sizeof *new->token));
        new->first = malloc(s2s_size_mul(n_nodes + 1, sizeof *new->first));
    }
    if (!new || !ranges || !new->token || !new->first) {
        free(ranges);
        s2s_lexicon_free(new);
        return s2s_fail_memory(err, "making a lexicon");
    }
    for (size_t i = 0; i < n; i++)
        new->longest = strings[i].n > new->longest ? strings[i].n : new->longest;
    grow(new, strings, (int)n, ranges, ranges + n);
    free(ranges);
    *lexicon = new;
    return S2S_OK;
}

void s2s_lexicon_free(s2s_lexicon *lexicon)
{
    if (!lexicon)
        return;
    free(lexicon->token);
    free(lexicon->first);
    free(lexicon);
}

int s2s_lexicon_longest(const s2s_lexicon *lexicon)
{
    return lexicon->longest;
}

s2s_tokens s2s_lexicon_next(const s2s_lexicon *lexicon, int node)
{
    int first = lexicon->first[node];
    return (s2s_tokens){lexicon->token + first, lexicon->first[node + 1] - first};
}

int s2s_lexicon_follow(const s2s_lexicon *lexicon, int node, int token)
{
    int low = lexicon->first[node], high = lexicon->first[node + 1];
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (lexicon->token[middle] == token)
            return middle;
        if (lexicon->token[middle] < token)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}
