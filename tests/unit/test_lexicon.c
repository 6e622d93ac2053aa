/* The trie of a lexicon, and searches in it, against lists. */
#include "enumeration.h"

enum { VOCAB = 8, MAX_STRINGS = 200 };

/* Strings of 0 .. longest random tokens, some of them twice. */
typedef struct list {
    int ids[MAX_STRINGS][MAX_OUTPUT];
    s2s_tokens strings[MAX_STRINGS];
    int n;
} list;

static void make_list(list *l, int n, int longest, uint64_t seed)
{
    s2s_rng rng;
    s2s_rng_seed(&rng, seed);
    l->n = n;
    for (int i = 0; i < n; i++) {
        int len = (int)(s2s_rng_uniform(&rng) * (longest + 1));
        for (int t = 0; t < len; t++)
            l->ids[i][t] = A + (int)(s2s_rng_uniform(&rng) * (VOCAB - A));
        l->strings[i] = (s2s_tokens){l->ids[i], len};
    }
}

static s2s_lexicon *make_lexicon(const list *l)
{
    s2s_tokens strings[MAX_STRINGS]; /* which are put in another order */
    s2s_lexicon *lexicon;
    memcpy(strings, l->strings, sizeof strings);
    assert_int_equal(s2s_lexicon_new(&lexicon, strings, (size_t)l->n, NULL), S2S_OK);
    return lexicon;
}

static bool begins(const s2s_tokens *string, const int *tokens, int n)
{
    return string->n >= n && memcmp(string->ids, tokens, (size_t)n * sizeof(int)) == 0;
}

static bool is_listed(const void *arg, const int *tokens, int n)
{
    const list *l = arg;
    for (int i = 0; i < l->n; i++)
        if (l->strings[i].n == n && begins(&l->strings[i], tokens, n))
            return true;
    return false;
}

/* What follows these tokens in any string, as a flag for each token. */
static void follows_in_list(const list *l, const int *tokens, int n, bool *follows)
{
    memset(follows, 0, VOCAB * sizeof *follows);
    for (int i = 0; i < l->n; i++)
        if (begins(&l->strings[i], tokens, n))
            follows[n < l->strings[i].n ? l->strings[i].ids[n] : S2S_TOKEN_EOS] = true;
}

static void check_node(const list *l, const s2s_lexicon *lexicon, int node, const int *tokens, int n)
{
    bool follows[VOCAB];
    s2s_tokens next = s2s_lexicon_next(lexicon, node);
    int n_next = 0;
    follows_in_list(l, tokens, n, follows);
    for (int v = 0; v < VOCAB; v++) {
        assert_int_equal(s2s_lexicon_follow(lexicon, node, v) >= 0, follows[v]);
        if (follows[v])
            assert_int_equal(next.ids[n_next++], v);
    }
    assert_int_equal(next.n, n_next);
    assert_int_equal(s2s_lexicon_follow(lexicon, node, VOCAB), -1);
}

static void trie_holds_its_strings_and_no_others(void **state)
{
    static const int sizes[][2] = {{1, 0}, {1, 5}, {2, 1}, {20, 3}, {200, 6}};
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        list l;
        make_list(&l, sizes[s][0], sizes[s][1], s + 1);
        s2s_lexicon *lexicon = make_lexicon(&l);
        int longest = 0;
        for (int i = 0; i < l.n; i++) {
            int node = S2S_LEXICON_ROOT;
            for (int t = 0; t < l.strings[i].n; t++) {
                check_node(&l, lexicon, node, l.strings[i].ids, t);
                node = s2s_lexicon_follow(lexicon, node, l.strings[i].ids[t]);
            }
            check_node(&l, lexicon, node, l.strings[i].ids, l.strings[i].n);
            int end = s2s_lexicon_follow(lexicon, node, S2S_TOKEN_EOS);
            assert_true(end >= 0);
            assert_int_equal(s2s_lexicon_next(lexicon, end).n, 0);
            longest = l.strings[i].n > longest ? l.strings[i].n : longest;
        }
        assert_int_equal(s2s_lexicon_longest(lexicon), longest);
        s2s_lexicon_free(lexicon);
    }
}

static void open_with_list(bench *b, list *l, int n, int longest, uint64_t seed)
{
    bench_open(b, VOCAB, 1);
    make_list(l, n, longest, seed);
    b->lexicon = make_lexicon(l);
}

static void close_with_list(bench *b)
{
    s2s_lexicon_free((s2s_lexicon *)(uintptr_t)b->lexicon);
    bench_close(b);
}

/* A beam as wide as the lexicon finds its best strings in their order; neither max_length nor no_repeat_ngram
 * keeps any out. */
static void wide_beam_equals_scoring_every_string(void **state)
{
    static enumeration expected;
    (void)state;
    for (int round = 0; round < 12; round++) {
        bench b;
        list l;
        open_with_list(&b, &l, 1 + round * 7, 5, 100 + (uint64_t)round);
        b.options.beam_size = MAX_STRINGS;
        b.options.n_best = round % 2 ? MAX_STRINGS : 3;
        b.options.length_penalty = round % 3;
        b.options.coverage_penalty = round % 4 == 3;
        b.options.max_length = 0;
        b.options.max_length_factor = 0;
        b.options.no_repeat_ngram = round % 5 == 0;
        bench_find(&b, keys, lens, N, NULL);
        for (int i = 0; i < N; i++) {
            enumerate(&expected, &b, keys[i], lens[i], 5, is_listed, &l);
            check_enumerated(&b, keys[i], lens[i], &b.result[i], &expected);
        }
        close_with_list(&b);
    }
}

static void every_search_stays_in_the_lexicon(void **state)
{
    (void)state;
    bench b;
    list l;
    open_with_list(&b, &l, 60, 6, 9);
    b.fake.end_bias = 4; /* tempts to end where no string does */
    for (int beam = 1; beam <= 5; beam++) {
        b.options.beam_size = b.options.n_best = beam;
        for (int sample = 0; sample < 2; sample++) {
            b.options.sample = sample;
            bench_find(&b, keys, lens, N, NULL);
            for (int i = 0; i < N; i++) {
                assert_true(b.result[i].n_hyps > 0);
                for (int h = 0; h < b.result[i].n_hyps; h++) {
                    assert_true(is_listed(&l, b.result[i].hyps[h].tokens, b.result[i].hyps[h].n));
                    check_record(&b, keys[i], lens[i], &b.result[i].hyps[h]);
                }
            }
            check_batch_independence(&b);
        }
    }
    close_with_list(&b);
}

/* Draws have the network's probabilities, made to sum to one over what may follow. */
static void samples_follow_what_is_left_of_the_distribution(void **state)
{
    enum { N_DRAWS = 4000 };
    static const int ids[] = {A, A, B, B, C};
    s2s_tokens strings[] = {{ids, 1}, {ids + 1, 2}, {ids + 3, 2}}; /* A, A B, B C */
    double expected[3], count[3] = {0};
    float first[VOCAB], second[VOCAB];
    s2s_lexicon *lexicon;
    bench b;
    (void)state;
    bench_open(&b, VOCAB, 1);
    assert_int_equal(s2s_lexicon_new(&lexicon, strings, 3, NULL), S2S_OK);
    b.lexicon = lexicon;
    b.options.sample = true;
    b.options.n_best = N_DRAWS;
    bench_find(&b, keys, lens, 1, NULL);
    fake_log_probs(&b.fake, keys[0], NULL, 0, first);
    fake_log_probs(&b.fake, keys[0], ids, 1, second);
    double p_a = 1 / (1 + exp((double)first[B] - first[A])),
           p_end = 1 / (1 + exp((double)second[B] - second[S2S_TOKEN_EOS]));
    expected[0] = p_a * p_end;
    expected[1] = p_a * (1 - p_end);
    expected[2] = 1 - p_a;
    for (int h = 0; h < N_DRAWS; h++) {
        const s2s_search_hyp *hyp = &b.result[0].hyps[h];
        count[hyp->tokens[0] == B ? 2 : hyp->n - 1]++;
    }
    for (int i = 0; i < 3; i++) {
        double deviation = sqrt(expected[i] * (1 - expected[i]) / N_DRAWS);
        if (!(fabs(count[i] / N_DRAWS - expected[i]) <= 4 * deviation))
            fail_msg("string %d: expected a share of %g, found %g", i, expected[i], count[i] / N_DRAWS);
    }
    close_with_list(&b);
}

typedef struct listed_with_prefix {
    const list *l;
    s2s_tokens prefix;
} listed_with_prefix;

static bool is_listed_with_prefix(const void *arg, const int *tokens, int n)
{
    const listed_with_prefix *with = arg;
    const s2s_tokens string = {tokens, n};
    return begins(&string, with->prefix.ids, with->prefix.n) && is_listed(with->l, tokens, n);
}

static void a_prefix_leaves_the_strings_that_begin_with_it(void **state)
{
    static enumeration expected;
    (void)state;
    bench b;
    list l;
    open_with_list(&b, &l, 150, 5, 4);
    b.options.beam_size = b.options.n_best = MAX_STRINGS;
    s2s_tokens prefix[N];
    for (int i = 0; i < N; i++) {
        prefix[i] = l.strings[7 * i];
        prefix[i].n = prefix[i].n < i ? prefix[i].n : i;
    }
    bench_find(&b, keys, lens, N, prefix);
    for (int i = 0; i < N; i++) {
        enumerate(&expected, &b, keys[i], lens[i], 5, is_listed_with_prefix,
                  &(listed_with_prefix){&l, prefix[i]});
        check_enumerated(&b, keys[i], lens[i], &b.result[i], &expected);
    }
    close_with_list(&b);
}

static void a_broken_network_is_found_out(void **state)
{
    (void)state;
    bench b;
    list l;
    s2s_error err = {0};
    open_with_list(&b, &l, 5, 4, 2);
    b.fake.broken = true;
    for (int sample = 0; sample < 2; sample++) {
        b.options.sample = sample;
        assert_int_equal(bench_search(&b, keys, lens, N, NULL, &err), S2S_BAD_MODEL);
    }
    close_with_list(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trie_holds_its_strings_and_no_others),
        cmocka_unit_test(wide_beam_equals_scoring_every_string),
        cmocka_unit_test(every_search_stays_in_the_lexicon),
        cmocka_unit_test(samples_follow_what_is_left_of_the_distribution),
        cmocka_unit_test(a_prefix_leaves_the_strings_that_begin_with_it),
        cmocka_unit_test(a_broken_network_is_found_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
