/* Corpora: what is refused, with which message, and what is read. */
#include "corpus_bench.h"

#include "data/text_file.h"

static void assert_pairs_refused(const char *text, size_t n, const char *message)
{
    write_bytes("a", text, n);
    assert_refused((s2s_corpus_options){.pairs = "a"}, message);
}

static void test_pairs(void **state)
{
    (void)state;
    write_text("a", "hello\tHH AH\nread\tR EH D\tR IY D\nlast\tL");
    s2s_corpus *corpus = open_good((s2s_corpus_options){.pairs = "a"});
    assert_int_equal(s2s_corpus_size(corpus), 3);
    assert_span(s2s_corpus_source(corpus, 0), "hello");
    assert_int_equal(s2s_corpus_n_targets(corpus, 0), 1);
    assert_span(s2s_corpus_target(corpus, 0, 0), "HH AH");
    assert_int_equal(s2s_corpus_n_targets(corpus, 1), 2);
    assert_span(s2s_corpus_target(corpus, 1, 0), "R EH D");
    assert_span(s2s_corpus_target(corpus, 1, 1), "R IY D");
    assert_span(s2s_corpus_source(corpus, 2), "last");
    assert_span(s2s_corpus_target(corpus, 2, 0), "L");
    s2s_corpus_close(corpus);
    s2s_corpus_close(NULL);
}

static void test_parallel_files(void **state)
{
    (void)state;
    write_text("a", "eins\nzwei\tdrei\n");
    write_text("b", "one\ntwo\tthree\n");
    s2s_corpus *corpus = open_good((s2s_corpus_options){.source = "a", .target = "b"});
    assert_int_equal(s2s_corpus_size(corpus), 2);
    assert_span(s2s_corpus_source(corpus, 1), "zwei\tdrei");
    assert_int_equal(s2s_corpus_n_targets(corpus, 1), 1);
    assert_span(s2s_corpus_target(corpus, 1, 0), "two\tthree");
    uint64_t hash = s2s_corpus_hash(corpus);
    s2s_corpus_close(corpus);

    corpus = open_good((s2s_corpus_options){.source = "b", .target = "a"});
    assert_true(s2s_corpus_hash(corpus) != hash);
    s2s_corpus_close(corpus);

    write_text("b", "one\n");
    assert_refused((s2s_corpus_options){.source = "a", .target = "b"}, "b: expected 2 lines as in a, found 1");
    write_text("b", "one\n \n");
    assert_refused((s2s_corpus_options){.source = "a", .target = "b"},
                   "b:2: expected text, found an empty line");
}

static void test_members(void **state)
{
    (void)state;
    write_text("a", "1\ta\n2\tb\tB\n");
    write_text("b", "3\tc\n");
    s2s_corpus *corpus = open_good((s2s_corpus_options){.pairs = "a\nb\na"});
    static const char *const sources[] = {"1", "2", "3", "1", "2"}, *const targets[] = {"a", "b", "c", "a",
                                                                                        "b"};
    static const int members[] = {0, 0, 1, 2, 2}, lines[] = {1, 2, 1, 1, 2};
    assert_int_equal(s2s_corpus_size(corpus), 5);
    assert_int_equal(s2s_corpus_n_members(corpus), 3);
    assert_string_equal(s2s_corpus_name(corpus), "a and 2 more");
    for (size_t i = 0; i < 5; i++) {
        s2s_place place = s2s_corpus_place(corpus, i);
        assert_span(s2s_corpus_source(corpus, i), sources[i]);
        assert_span(s2s_corpus_target(corpus, i, 0), targets[i]);
        assert_int_equal(s2s_corpus_member_of(corpus, i), members[i]);
        assert_string_equal(place.name, members[i] == 1 ? "b" : "a");
        assert_int_equal(place.line, lines[i]);
    }
    assert_int_equal(s2s_corpus_n_targets(corpus, 4), 2);
    uint64_t hash = s2s_corpus_hash(corpus);
    s2s_corpus_close(corpus);
    corpus = open_good((s2s_corpus_options){.pairs = "a\na\nb"});
    assert_true(s2s_corpus_hash(corpus) != hash);
    s2s_corpus_close(corpus);
}

static void test_parallel_members(void **state)
{
    (void)state;
    write_text("a", "eins\nzwei\n");
    write_text("b", "one\ntwo\n");
    write_text("c", "drei\n");
    s2s_corpus *corpus = open_good((s2s_corpus_options){.source = "a\nc", .target = "b\nc"});
    assert_int_equal(s2s_corpus_size(corpus), 3);
    assert_span(s2s_corpus_source(corpus, 2), "drei");
    assert_span(s2s_corpus_target(corpus, 1, 0), "two");
    s2s_corpus_close(corpus);
    /* the place of a fault is that in its own file */
    assert_refused((s2s_corpus_options){.source = "a\nc", .target = "b\na"},
                   "a: expected 1 lines as in c, found 2");
    assert_refused((s2s_corpus_options){.pairs = "a"}, "a:1: expected source<TAB>target, found no TAB");
    write_text("c", "1\t2\n3\t \n");
    write_text("a", "1\t2\n3\t4\n");
    assert_refused((s2s_corpus_options){.pairs = "a\nc"},
                   "c:2: expected source<TAB>target, found target 1 empty");
    s2s_error err = {0};
    assert_int_equal(s2s_corpus_open(&corpus, &(s2s_corpus_options){.source = "a\nb", .target = "a"}, &err),
                     S2S_MISUSE);
    assert_string_equal(err.msg, "corpus: expected as many files of targets as of sources, 2, found 1");
}

#define REFUSED(text, message) assert_pairs_refused(text, sizeof(text) - 1, message)

static void test_refusals(void **state)
{
    (void)state;
    REFUSED("", "a: expected at least one line, found an empty file");
    REFUSED("\xef\xbb\xbf", "a: expected at least one line, found an empty file");
    REFUSED("x\ty\nxy\n", "a:2: expected source<TAB>target, found no TAB");
    REFUSED("x\ty\n\n", "a:2: expected source<TAB>target, found no TAB");
    REFUSED("\ty\n", "a:1: expected source<TAB>target, found an empty source");
    REFUSED("x\t \n", "a:1: expected source<TAB>target, found target 1 empty");
    REFUSED("x\t\r\n", "a:1: expected source<TAB>target, found target 1 empty");
    REFUSED("x\ty\t\n", "a:1: expected source<TAB>target, found target 2 empty");
    REFUSED("x\ty\nab\xc3\t\n", "a:2: expected UTF-8, found byte 0xc3 at byte offset 2");
    REFUSED("x\ty\0\n", "a:1: expected text, found a NUL at byte offset 3");

    s2s_corpus *corpus;
    s2s_error err = {0};
    assert_int_equal(s2s_corpus_open(&corpus, &(s2s_corpus_options){.pairs = "none"}, &err), S2S_BAD_DATA);
    assert_non_null(strstr(err.msg, "none"));
    assert_int_equal(s2s_corpus_open(&corpus, &(s2s_corpus_options){0}, &err), S2S_MISUSE);
    assert_int_equal(s2s_corpus_open(&corpus, &(s2s_corpus_options){.source = "a"}, NULL), S2S_MISUSE);
    assert_int_equal(s2s_corpus_open(&corpus, &(s2s_corpus_options){.target = "a"}, NULL), S2S_MISUSE);
    assert_int_equal(s2s_corpus_open(&corpus, &(s2s_corpus_options){.pairs = "a", .source = "a"}, NULL),
                     S2S_MISUSE);
    assert_int_equal(s2s_corpus_open(&corpus, &(s2s_corpus_options){.pairs = "a", .target = "a"}, NULL),
                     S2S_MISUSE);
}

static void test_limits(void **state)
{
    (void)state;
    size_t n = S2S_MAX_LINE_BYTES;
    char *text = malloc(n + 2);
    memset(text, 'x', n + 2);
    text[1] = '\t';
    text[n] = '\n';
    write_bytes("a", text, n + 1);
    s2s_corpus *corpus = open_good((s2s_corpus_options){.pairs = "a"});
    assert_int_equal(s2s_corpus_target(corpus, 0, 0).len, n - 2);
    s2s_corpus_close(corpus);

    text[n] = 'x';
    text[n + 1] = '\n';
    assert_pairs_refused(text, n + 2, "a:1: expected at most 1048576 bytes, found 1048577");
    memset(text, '\t', n);
    assert_pairs_refused(text, 1001, "a:1: expected at most 1000 targets, found 1001");
    free(text);
}

static void count_warnings(void *arg, s2s_log_level level, const char *line)
{
    assert_int_equal(level, S2S_LOG_WARNING);
    assert_non_null(strstr(line, "a:2: "));
    ++*(int *)arg;
}

static void test_line_ends_and_mark(void **state)
{
    (void)state;
    int n_warnings = 0;
    s2s_logger logger = {count_warnings, &n_warnings};
    write_text("a", "\xef\xbb\xbfk\tv\nx\ty\r\nz\tw\r\n");
    s2s_corpus *corpus = open_good((s2s_corpus_options){.pairs = "a", .logger = &logger});
    assert_int_equal(n_warnings, 1);
    assert_span(s2s_corpus_source(corpus, 0), "k");
    assert_span(s2s_corpus_target(corpus, 1, 0), "y");
    assert_span(s2s_corpus_target(corpus, 2, 0), "w");
    s2s_corpus_close(corpus);
}

static void test_many_lines(void **state)
{
    (void)state;
    enum { N = 5000 };
    FILE *file = fopen("a", "wb");
    for (int i = 0; i < N; i++)
        fprintf(file, "s%d\tt%d\n", i, i);
    fclose(file);
    s2s_corpus *corpus = open_good((s2s_corpus_options){.pairs = "a"});
    assert_int_equal(s2s_corpus_size(corpus), N);
    for (int i = 0; i < N; i++) {
        char text[16];
        snprintf(text, sizeof text, "t%d", i);
        assert_span(s2s_corpus_target(corpus, (size_t)i, 0), text);
    }
    s2s_corpus_close(corpus);
}

/* What a watch is told: a letter per line, that of its flaw; in upper case where a CR was dropped. */
static void note_line(void *arg, const s2s_line_report *report)
{
    static const char flaws[S2S_N_FLAWS + 1] = "-lnutme";
    char *notes = arg, text[2] = {flaws[report->flaw], '\0'};
    if (report->cr)
        text[0] = (char)(text[0] - 'a' + 'A');
    assert_int_equal(report->flaw != S2S_FLAW_NONE, report->why != NULL);
    assert_int_equal(report->number, report->name[0] == 'a' ? strlen(notes) + 1 : strlen(notes) - 4);
    strcat(notes, text);
}

static void test_watched(void **state)
{
    (void)state;
    char notes[16] = "";
    const s2s_line_watch watch = {note_line, notes};
    write_text("a", "a\tb\nno tab\r\nc\t \n\303\tx\nd\te\n");
    s2s_corpus *corpus = open_good((s2s_corpus_options){.pairs = "a", .watch = &watch});
    assert_string_equal(notes, "-Teu-");
    assert_int_equal(s2s_corpus_size(corpus), 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(s2s_corpus_is_fit(corpus, i), i == 0 || i == 4);
    s2s_corpus_close(corpus);

    notes[0] = '\0';
    write_text("a", "");
    corpus = open_good((s2s_corpus_options){.pairs = "a", .watch = &watch});
    assert_string_equal(notes, "");
    assert_int_equal(s2s_corpus_size(corpus), 0);
    s2s_corpus_close(corpus);
}

static void test_watched_parallel(void **state)
{
    (void)state;
    char notes[16] = "";
    const s2s_line_watch watch = {note_line, notes};
    write_text("a", "1\n\n3\n4\n5\n");
    write_text("b", "1\n2\n \n");
    s2s_corpus *corpus = open_good((s2s_corpus_options){.source = "a", .target = "b", .watch = &watch});
    assert_string_equal(notes, "-e-----e");
    assert_int_equal(s2s_corpus_size(corpus), 3);
    s2s_corpus_member member = s2s_corpus_member_at(corpus, 0);
    assert_string_equal(member.source_name, "a");
    assert_string_equal(member.target_name, "b");
    assert_int_equal(member.n_source_lines, 5);
    assert_int_equal(member.n_target_lines, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(s2s_corpus_is_fit(corpus, i), i == 0);
    s2s_corpus_close(corpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pairs),
        TEST(test_parallel_files),
        TEST(test_refusals),
        TEST(test_limits),
        TEST(test_line_ends_and_mark),
        TEST(test_many_lines),
        TEST(test_watched),
        TEST(test_watched_parallel),
        TEST(test_members),
        TEST(test_parallel_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
