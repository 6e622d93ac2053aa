/* The automaton of phrases, and searches for outputs that contain them, against plain comparison. */
#include <stdio.h>

#include "enumeration.h"

enum { MAX_PHRASES = 4, PHRASE = 4 };

/* The phrases of one output. */
typedef struct wanted {
    int ids[MAX_PHRASES][PHRASE];
    s2s_tokens phrases[MAX_PHRASES];
    int n;
} wanted;

static bool occurs(const s2s_tokens *phrase, const int *tokens, int n)
{
    for (int i = 0; i + phrase->n <= n; i++)
        if (memcmp(tokens + i, phrase->ids, (size_t)phrase->n * sizeof(int)) == 0)
            return true;
    return false;
}

static bool has_all(const void *arg, const int *tokens, int n)
{
    const wanted *w = arg;
    for (int i = 0; i < w->n; i++)
        if (!occurs(&w->phrases[i], tokens, n))
            return false;
    return true;
}

/* A phrase of digits, '0' for the first token. */
static void want(wanted *w, const char *text)
{
    int n = (int)strlen(text);
    for (int t = 0; t < n; t++)
        w->ids[w->n][t] = A + (text[t] - '0');
    w->phrases[w->n] = (s2s_tokens){w->ids[w->n], n};
    w->n++;
}

/* Of words "01 2": phrases of digits. */
static void want_words(wanted *w, const char *words)
{
    char word[PHRASE + 1];
    w->n = 0;
    for (int length; sscanf(words, " %4s%n", word, &length) == 1; words += length)
        want(w, word);
}

static int n_tokens_of(const wanted *w)
{
    int n = 0;
    for (int i = 0; i < w->n; i++) {
        bool again = false;
        for (int j = 0; j < i; j++)
            again |= w->phrases[j].n == w->phrases[i].n &&
                     occurs(&w->phrases[j], w->phrases[i].ids, w->phrases[i].n);
        n += again ? 0 : w->phrases[i].n;
    }
    return n;
}

/* ---- the automaton ---- */

/* The tokens of the longest beginning of a phrase not met that ends the output. */
static int begun(const wanted *w, const int *tokens, int n)
{
    int longest = 0;
    for (int i = 0; i < w->n; i++)
        for (int len = w->phrases[i].n - 1; len > longest && !occurs(&w->phrases[i], tokens, n); len--)
            if (len <= n && memcmp(tokens + n - len, w->phrases[i].ids, (size_t)len * sizeof(int)) == 0)
                longest = len;
    return longest;
}

static int tokens_met(const wanted *w, const int *tokens, int n)
{
    wanted met = {.n = 0};
    for (int i = 0; i < w->n; i++)
        if (occurs(&w->phrases[i], tokens, n))
            met.phrases[met.n++] = w->phrases[i];
    return n_tokens_of(&met);
}

/* Whether the token begins a phrase not met or goes on with one. */
static bool goes_on(const wanted *w, const int *tokens, int n, int token)
{
    for (int i = 0; i < w->n; i++) {
        const s2s_tokens *phrase = &w->phrases[i];
        for (int len = 0; len < phrase->n && !occurs(phrase, tokens, n); len++)
            if (phrase->ids[len] == token && len <= n &&
                memcmp(tokens + n - len, phrase->ids, (size_t)len * sizeof(int)) == 0)
                return true;
    }
    return false;
}

static void check_next(const s2s_phrases *phrases, s2s_phrase_progress progress, const wanted *w,
                       const int *tokens, int n)
{
    int next[MAX_PHRASES * PHRASE], n_next = s2s_phrases_next(phrases, progress, next);
    assert_true(n_next <= s2s_phrases_n_tokens(phrases));
    for (int v = A; v < A + 3; v++) {
        int times = 0;
        for (int i = 0; i < n_next; i++)
            times += next[i] == v;
        assert_int_equal(times, goes_on(w, tokens, n, v));
    }
}

static void automaton_equals_comparison(void **state)
{
    static const char *const lists[] = {"0",     "01",       "00",    "000 00",      "01 10",       "012 1 12",
                                        "01 01", "0 1 2 01", "010 0", "0101 101 01", "0012 012 12", "2222 222"};
    enum { LEN = 12 };
    s2s_arena *arena = s2s_arena_new(1 << 12);
    s2s_rng rng;
    (void)state;
    s2s_rng_seed(&rng, 1);
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        wanted w;
        want_words(&w, lists[l]);
        const s2s_phrases *phrases = s2s_phrases_new(arena, w.phrases, w.n);
        assert_int_equal(s2s_phrases_n_tokens(phrases), n_tokens_of(&w));
        for (int round = 0; round < 500; round++) {
            int tokens[LEN];
            s2s_phrase_progress progress = {0};
            for (int n = 0; n < LEN; n++) {
                int bank = s2s_phrases_bank(phrases, progress);
                assert_int_equal(bank, tokens_met(&w, tokens, n) + begun(&w, tokens, n));
                assert_int_equal(bank == n_tokens_of(&w), has_all(&w, tokens, n));
                check_next(phrases, progress, &w, tokens, n);
                tokens[n] = A + (int)(s2s_rng_uniform(&rng) * 3);
                progress = s2s_phrases_step(phrases, progress, tokens[n]);
            }
        }
    }
    s2s_arena_free(arena);
}

static void limits_can_be_reached(void **state)
{
    static int ids[S2S_MAX_PHRASE_TOKENS];
    s2s_tokens many[S2S_MAX_PHRASES], one = {ids, S2S_MAX_PHRASE_TOKENS};
    s2s_arena *arena = s2s_arena_new(1 << 12);
    s2s_phrase_progress progress = {0}, in_many = {0};
    (void)state;
    for (int i = 0; i < S2S_MAX_PHRASE_TOKENS; i++)
        ids[i] = A + i;
    for (int i = 0; i < S2S_MAX_PHRASES; i++)
        many[i] = (s2s_tokens){&ids[i], 1};
    const s2s_phrases *longest = s2s_phrases_new(arena, &one, 1),
                      *most = s2s_phrases_new(arena, many, S2S_MAX_PHRASES);
    for (int i = 0; i < S2S_MAX_PHRASE_TOKENS; i++) {
        assert_int_equal(s2s_phrases_bank(longest, progress), i);
        progress = s2s_phrases_step(longest, progress, ids[i]);
        in_many = s2s_phrases_step(most, in_many, ids[i]);
    }
    assert_int_equal(s2s_phrases_bank(longest, progress), S2S_MAX_PHRASE_TOKENS);
    assert_int_equal(s2s_phrases_bank(most, in_many), S2S_MAX_PHRASES);
    s2s_arena_free(arena);
}

/* ---- search ---- */

/* Sentence i of the bench must contain these; an empty text: it need not contain anything. */
static void require(bench *b, s2s_arena *arena, wanted *w, const char *const *texts)
{
    for (int i = 0; i < N; i++) {
        want_words(&w[i], texts[i]);
        b->phrases[i] = w[i].n > 0 ? s2s_phrases_new(arena, w[i].phrases, w[i].n) : NULL;
    }
}

/* The last of these cannot be within four tokens. */
static const char *const short_lists[N] = {"01 2", "", "10", "01 12 1", "012 210"};

/* A beam of which every bank holds all its hypotheses finds the best of all outputs with the phrases. */
static void wide_beam_equals_enumeration(void **state)
{
    static enumeration expected;
    s2s_arena *arena = s2s_arena_new(1 << 12);
    wanted w[N];
    bench b;
    (void)state;
    bench_open(&b, 6, 1);
    require(&b, arena, w, short_lists);
    b.options.beam_size = 1000;
    for (int round = 0; round < 8; round++) {
        b.options.n_best = round % 2 ? 200 : 1;
        b.options.length_penalty = 0.7 * (round % 3);
        b.options.coverage_penalty = round == 5;
        b.options.min_length = 0;
        b.options.max_length = 3 + round % 2;
        bench_find(&b, keys, lens, N, NULL);
        for (int i = 0; i < N; i++) {
            enumerate(&expected, &b, keys[i], lens[i], b.options.max_length, has_all, &w[i]);
            check_enumerated(&b, keys[i], lens[i], &b.result[i], &expected);
        }
        assert_int_equal(b.result[4].n_hyps, 0);
    }
    bench_close(&b);
    s2s_arena_free(arena);
}

static const char *const lists[N] = {"0120 3", "", "00 11 22", "3", "0101 101 2"};

/* Outputs of a narrow beam contain their phrases, and those of sentences without phrases are what they were. */
static void narrow_beam_meets_the_phrases(void **state)
{
    s2s_arena *arena = s2s_arena_new(1 << 12);
    wanted w[N];
    bench b;
    (void)state;
    bench_open(&b, 9, 1);
    b.options.max_length = 14;
    for (int beam = 1; beam <= 12; beam++) {
        b.options.beam_size = beam;
        b.options.n_best = 1 + beam / 3;
        b.options.length_penalty = 0.5 * (beam % 3);
        memset(b.phrases, 0, sizeof b.phrases);
        bench_find(&b, keys, lens, N, NULL);
        kept_hyp without = keep_best_hyp(&b.result[1]);
        require(&b, arena, w, lists);
        bench_find(&b, keys, lens, N, NULL);
        for (int i = 0; i < N; i++) {
            assert_true(b.result[i].n_hyps > 0);
            for (int h = 0; h < b.result[i].n_hyps; h++) {
                assert_true(has_all(&w[i], b.result[i].hyps[h].tokens, b.result[i].hyps[h].n));
                check_record(&b, keys[i], lens[i], &b.result[i].hyps[h]);
            }
        }
        kept_hyp with = keep_best_hyp(&b.result[1]);
        assert_int_equal(with.n, without.n);
        assert_memory_equal(with.tokens, without.tokens, (size_t)with.n * sizeof(int));
        assert_true(with.score == without.score);
        check_batch_independence(&b);
    }
    bench_close(&b);
    s2s_arena_free(arena);
}

/* A wider beam is no worse in the mean, and what it finds under a constraint never beats what is without. */
static void scores_rise_with_the_beam(void **state)
{
    static const int beams[] = {1, 8, 64, 512};
    s2s_arena *arena = s2s_arena_new(1 << 12);
    wanted w[N];
    bench b;
    double last = -INFINITY;
    (void)state;
    bench_open(&b, 7, 1);
    b.options.max_length = 8;
    require(&b, arena, w, lists);
    for (size_t i = 0; i < sizeof beams / sizeof *beams; i++) {
        double sum = 0;
        b.options.beam_size = beams[i];
        bench_find(&b, keys, lens, N, NULL);
        for (int s = 0; s < N; s++)
            sum += b.result[s].hyps[0].score;
        assert_true(sum >= last);
        last = sum;
    }
    memset(b.phrases, 0, sizeof b.phrases);
    bench_find(&b, keys, lens, N, NULL);
    for (int s = 0; s < N; s++)
        last -= b.result[s].hyps[0].score;
    assert_true(last < 0);
    bench_close(&b);
    s2s_arena_free(arena);
}

typedef struct both {
    const s2s_tokens *strings;
    int n;
    const wanted *w;
} both;

static bool is_listed_and_has_all(const void *arg, const int *tokens, int n)
{
    const both *of = arg;
    bool listed = false;
    for (int i = 0; i < of->n; i++)
        listed |= of->strings[i].n == n && memcmp(of->strings[i].ids, tokens, (size_t)n * sizeof(int)) == 0;
    return listed && has_all(of->w, tokens, n);
}

/* With a lexicon: those of its strings that contain the phrases, none for the last sentence. */
static void a_lexicon_and_phrases_hold_together(void **state)
{
    enum { N_STRINGS = 81 };
    static enumeration expected;
    static const char *const in_lexicon[N] = {"01", "", "2 0", "11 1", "0120"};
    int ids[N_STRINGS][4];
    s2s_tokens strings[N_STRINGS];
    s2s_lexicon *lexicon;
    s2s_arena *arena = s2s_arena_new(1 << 12);
    wanted w[N];
    bench b;
    (void)state;
    for (int i = 0; i < N_STRINGS; i++) {
        const int digits[] = {A + i % 3, A + i / 3 % 3, A + i / 9 % 3, A + i / 27};
        memcpy(ids[i], digits, sizeof digits);
        strings[i] = (s2s_tokens){ids[i], i % 4};
    }
    bench_open(&b, 6, 1);
    assert_int_equal(s2s_lexicon_new(&lexicon, strings, N_STRINGS, NULL), S2S_OK);
    b.lexicon = lexicon;
    require(&b, arena, w, in_lexicon);
    b.options.beam_size = 500;
    b.options.n_best = 100;
    bench_find(&b, keys, lens, N, NULL);
    for (int i = 0; i < N; i++) {
        enumerate(&expected, &b, keys[i], lens[i], 4, is_listed_and_has_all,
                  &(both){strings, N_STRINGS, &w[i]});
        check_enumerated(&b, keys[i], lens[i], &b.result[i], &expected);
    }
    assert_true(b.result[0].n_hyps > 0);
    assert_int_equal(b.result[4].n_hyps, 0);
    s2s_lexicon_free(lexicon);
    bench_close(&b);
    s2s_arena_free(arena);
}

/* What a prefix says counts, and other rules stay in force. */
static void phrases_keep_to_other_rules(void **state)
{
    static const int said[] = {A, B, C};
    s2s_tokens prefix[N];
    s2s_arena *arena = s2s_arena_new(1 << 12);
    wanted w[N];
    bench b;
    (void)state;
    bench_open(&b, 6, 1);
    b.options.beam_size = 4;
    for (int i = 0; i < N; i++)
        prefix[i] = (s2s_tokens){said, i % 4};
    require(&b, arena, w, (const char *const[]){"2", "01", "12 0", "120", "00"});
    b.options.max_length = 5;
    bench_find(&b, keys, lens, N, prefix);
    for (int i = 0; i < N; i++) {
        assert_true(b.result[i].n_hyps > 0);
        assert_memory_equal(b.result[i].hyps[0].tokens, said, (size_t)prefix[i].n * sizeof(int));
        assert_true(has_all(&w[i], b.result[i].hyps[0].tokens, b.result[i].hyps[0].n));
    }
    b.options.min_length = 4;
    bench_find(&b, keys, lens, N, NULL);
    for (int i = 0; i < N; i++)
        assert_in_range(b.result[i].hyps[0].n, 4, 5);
    b.options.min_length = 0;
    b.options.no_repeat_ngram = 1;
    bench_find(&b, keys, lens, N, NULL);
    for (int i = 0; i < N; i++)
        assert_int_equal(b.result[i].n_hyps > 0, i < 4); /* 0 twice may not be */
    bench_close(&b);
    s2s_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(automaton_equals_comparison),  cmocka_unit_test(limits_can_be_reached),
        cmocka_unit_test(wide_beam_equals_enumeration), cmocka_unit_test(narrow_beam_meets_the_phrases),
        cmocka_unit_test(scores_rise_with_the_beam),    cmocka_unit_test(a_lexicon_and_phrases_hold_together),
        cmocka_unit_test(phrases_keep_to_other_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
