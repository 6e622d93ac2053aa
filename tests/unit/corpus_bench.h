/* Corpora in files that a test writes into a folder of its own. */
#ifndef CORPUS_BENCH_H
#define CORPUS_BENCH_H

#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* mkdtemp, setenv */
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/corpus.h"
#include "write_text.h"

/* Every test runs inside a fresh folder, which is also TMPDIR; its files are named "a", "b" and "c". */
static char folder[] = "/tmp/s2s-test-XXXXXX";

static inline int enter_folder(void **state)
{
    (void)state;
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? setenv("TMPDIR", folder, 1) : -1;
}

static inline int leave_folder(void **state)
{
    (void)state;
    unlink("a");
    unlink("b");
    unlink("c");
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

static inline s2s_corpus *open_good(s2s_corpus_options options)
{
    s2s_corpus *corpus = NULL;
    s2s_error err = {0};
    if (s2s_corpus_open(&corpus, &options, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    return corpus;
}

static inline void assert_refused(s2s_corpus_options options, const char *message)
{
    s2s_corpus *corpus = NULL;
    s2s_error err = {0};
    assert_int_equal(s2s_corpus_open(&corpus, &options, &err), S2S_BAD_DATA);
    assert_string_equal(err.msg, message);
}

static inline void assert_span(s2s_span span, const char *expected)
{
    assert_int_equal(span.len, strlen(expected));
    assert_memory_equal(span.data, expected, span.len);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, enter_folder, leave_folder)

#endif
