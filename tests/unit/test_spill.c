/* base/spill.h: what is put in comes back, on the heap and in a file, whose space is reserved before it is
 * used. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/spill.h"

enum { N = 1 << 20 }; /* numbers: 4 MiB, four times what the heap holds */

static void append(s2s_spill *spill, uint32_t i)
{
    assert_int_equal(s2s_spill_reserve(spill, (i + (size_t)1) * sizeof i, NULL), S2S_OK);
    ((uint32_t *)spill->data)[i] = i * i;
}

static void check(const s2s_spill *spill, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (((const uint32_t *)spill->data)[i] != i * i)
            fail_msg("number %u: expected %u, found %u", i, i * i, ((const uint32_t *)spill->data)[i]);
}

static void test_grows_from_heap_to_file(void **state)
{
    (void)state;
    const uint32_t n_heap = S2S_SPILL_HEAP_BYTES / sizeof n_heap;
    s2s_spill spill = {0};
    assert_int_equal(s2s_spill_reserve(&spill, 0, NULL), S2S_OK);
    assert_null(spill.data);
    uint32_t i = 0;
    for (; i < n_heap / 2; i++)
        append(&spill, i);
    assert_in_range(s2s_spill_heap_bytes(&spill), i * sizeof i, S2S_SPILL_HEAP_BYTES);
    check(&spill, i);
    for (; i < N; i++)
        append(&spill, i);
    assert_int_equal(s2s_spill_heap_bytes(&spill), 0);
    assert_in_range(spill.size, N * sizeof i, 2 * N * sizeof i);
    check(&spill, N);
    size_t size = spill.size;
    assert_int_equal(s2s_spill_reserve(&spill, 1, NULL), S2S_OK); /* there is room */
    assert_int_equal(spill.size, size);
    s2s_spill_free(&spill);
    assert_int_equal(spill.size, 0);
    s2s_spill_free(&spill);
}

static void test_no_name_is_left(void **state)
{
    (void)state;
    char folder[] = "/tmp/s2s-test-XXXXXX";
    s2s_spill spill = {0};
    assert_non_null(mkdtemp(folder));
    setenv("TMPDIR", folder, 1);
    assert_int_equal(s2s_spill_reserve(&spill, 2 * S2S_SPILL_HEAP_BYTES, NULL), S2S_OK);
    memset(spill.data, 1, spill.size);
    int n = 0;
    DIR *entries = opendir(folder);
    while (readdir(entries))
        n++;
    closedir(entries);
    assert_int_equal(n, 2); /* . and .. */
    s2s_spill_free(&spill);
    unsetenv("TMPDIR");
    assert_int_equal(remove(folder), 0);
}

/* What cannot grow is as before. */
static void test_refused(void **state)
{
    (void)state;
    s2s_error err = {0};
    s2s_spill spill = {0};
    for (uint32_t i = 0; i < 1000; i++)
        append(&spill, i);
    size_t size = spill.size;
    setenv("TMPDIR", "/nonexistent", 1);
    assert_int_equal(s2s_spill_reserve(&spill, N * sizeof(uint32_t), &err), S2S_FAILED);
    assert_non_null(strstr(err.msg, "/nonexistent/s2s-"));
    unsetenv("TMPDIR");
    assert_int_equal(spill.size, size);
    check(&spill, 1000);

    const struct rlimit limit = {N, N}; /* bytes of a file, as a full disk */
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(s2s_spill_reserve(&spill, N * sizeof(uint32_t), &err), S2S_EXHAUSTED);
    assert_non_null(strstr(err.msg, "expected to reserve 4194304 bytes of a temporary file: "));
    assert_int_equal(spill.size, size);
    check(&spill, 1000);
    s2s_spill_free(&spill);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_from_heap_to_file),
        cmocka_unit_test(test_no_name_is_left),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
