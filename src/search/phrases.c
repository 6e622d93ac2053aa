#include "search/phrases.h"

#include <stdbool.h>

enum { ROOT = 0, NONE = -1 };

typedef struct node {
    int token; /* that leads to it */
    int child, sibling;
    int shorter; /* node of its longest proper end that begins a phrase */
    int depth;
    uint64_t begins; /* phrases that begin with its tokens */
    uint64_t ends;   /* phrases that end with it, after s2s_phrases_new those that end its tokens */
} node;

struct s2s_phrases {
    node *nodes; /* [n_nodes] */
    int n_nodes, n_tokens, n_phrases;
    int len[S2S_MAX_PHRASES];
};

static int child_of(const s2s_phrases *phrases, int at, int token)
{
    int child = phrases->nodes[at].child;
    while (child != NONE && phrases->nodes[child].token != token)
        child = phrases->nodes[child].sibling;
    return child;
}

/* Where a token leads to: the longest end of the node and it that begins a phrase. */
static int follow(const s2s_phrases *phrases, int at, int token)
{
    int child;
    while ((child = child_of(phrases, at, token)) == NONE && at != ROOT)
        at = phrases->nodes[at].shorter;
    return child == NONE ? ROOT : child;
}

static int grow(s2s_phrases *phrases, int at, int token)
{
    int new = phrases->n_nodes++;
    phrases->nodes[new] = (node){.token = token,
                                 .child = NONE,
                                 .sibling = phrases->nodes[at].child,
                                 .depth = phrases->nodes[at].depth + 1};
    phrases->nodes[at].child = new;
    return new;
}

static void add(s2s_phrases *phrases, const s2s_tokens *phrase)
{
    int at = ROOT;
    for (int i = 0; i < phrase->n; i++) {
        int child = child_of(phrases, at, phrase->ids[i]);
        at = child == NONE ? grow(phrases, at, phrase->ids[i]) : child;
    }
    if (phrases->nodes[at].ends != 0)
        return;
    uint64_t bit = (uint64_t)1 << phrases->n_phrases;
    phrases->nodes[at].ends = bit;
    for (int i = 0, on_path = ROOT; i < phrase->n; i++) {
        on_path = child_of(phrases, on_path, phrase->ids[i]);
        phrases->nodes[on_path].begins |= bit;
    }
    phrases->len[phrases->n_phrases++] = phrase->n;
    phrases->n_tokens += phrase->n;
}

/* Level by level, since a shorter end is that of a node above.  queue [n_nodes]. */
static void link_ends(s2s_phrases *phrases, int *queue)
{
    int n = 0;
    queue[n++] = ROOT;
    for (int i = 0; i < n; i++) {
        int parent = queue[i];
        for (int at = phrases->nodes[parent].child; at != NONE; at = phrases->nodes[at].sibling) {
            node *child = &phrases->nodes[at];
            child->shorter =
                parent == ROOT ? ROOT : follow(phrases, phrases->nodes[parent].shorter, child->token);
            child->ends |= phrases->nodes[child->shorter].ends;
            queue[n++] = at;
        }
    }
}

s2s_phrases *s2s_phrases_new(s2s_arena *arena, const s2s_tokens *list, int n)
{
    size_t n_tokens = 1;
    for (int i = 0; i < n; i++)
        n_tokens += (size_t)list[i].n;
    s2s_phrases *phrases = s2s_arena_alloc_zero(arena, sizeof *phrases);
    node *nodes = s2s_arena_alloc(arena, s2s_size_mul(n_tokens, sizeof *nodes));
    int *queue = s2s_arena_alloc(arena, s2s_size_mul(n_tokens, sizeof *queue));
    if (!phrases || !nodes || !queue)
        return NULL;
    phrases->nodes = nodes;
    phrases->nodes[phrases->n_nodes++] = (node){.token = NONE, .child = NONE, .sibling = NONE};
    for (int i = 0; i < n; i++)
        add(phrases, &list[i]);
    link_ends(phrases, queue);
    return phrases;
}

int s2s_phrases_n_tokens(const s2s_phrases *phrases)
{
    return phrases->n_tokens;
}

s2s_phrase_progress s2s_phrases_step(const s2s_phrases *phrases, s2s_phrase_progress progress, int token)
{
    int at = follow(phrases, progress.node, token);
    return (s2s_phrase_progress){at, progress.met | phrases->nodes[at].ends};
}

int s2s_phrases_token(const s2s_phrases *phrases, int i)
{
    return i + 1 < phrases->n_nodes ? phrases->nodes[i + 1].token : -1;
}

int s2s_phrases_bank(const s2s_phrases *phrases, s2s_phrase_progress progress)
{
    int bank = 0, at = progress.node;
    for (int i = 0; i < phrases->n_phrases; i++)
        bank += progress.met >> i & 1 ? phrases->len[i] : 0;
    while (at != ROOT && (phrases->nodes[at].begins & ~progress.met) == 0)
        at = phrases->nodes[at].shorter;
    return bank + phrases->nodes[at].depth;
}

int s2s_phrases_next(const s2s_phrases *phrases, s2s_phrase_progress progress, int *tokens)
{
    int n = 0;
    for (int at = progress.node;; at = phrases->nodes[at].shorter) {
        for (int child = phrases->nodes[at].child; child != NONE; child = phrases->nodes[child].sibling) {
            bool is_new = (phrases->nodes[child].begins & ~progress.met) != 0;
            for (int i = 0; is_new && i < n; i++)
                is_new = tokens[i] != phrases->nodes[child].token;
            if (is_new)
                tokens[n++] = phrases->nodes[child].token;
        }
        if (at == ROOT)
            return n;
    }
}
