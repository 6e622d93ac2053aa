/* Dictionaries: look-ups, and files that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/dictionary.h"
#include "write_text.h"

static char path[] = "/tmp/s2s-dictionary-XXXXXX";

static s2s_dictionary *open_good(const char *text)
{
    s2s_dictionary *dictionary;
    s2s_error err = {0};
    write_text(path, text);
    if (s2s_dictionary_open(&dictionary, path, &err) != S2S_OK)
        fail_msg("%s", err.msg);
    return dictionary;
}

/* target NULL: source is not listed. */
static void assert_finds(const s2s_dictionary *dictionary, const char *source, const char *target)
{
    s2s_span found = s2s_dictionary_find(dictionary, (s2s_span){source, strlen(source)});
    if (!target) {
        assert_null(found.data);
        return;
    }
    assert_non_null(found.data);
    assert_int_equal(found.len, strlen(target));
    assert_memory_equal(found.data, target, found.len);
}

static void sources_are_found(void **state)
{
    (void)state;
    s2s_dictionary *dictionary = open_good("Wien\tVienna\nab\tx\na\ty z\nabc\tw\r\n\u00e9\t\u00e8");
    assert_finds(dictionary, "Wien", "Vienna");
    assert_finds(dictionary, "a", "y z");
    assert_finds(dictionary, "ab", "x");
    assert_finds(dictionary, "abc", "w");
    assert_finds(dictionary, "\u00e9", "\u00e8");
    assert_finds(dictionary, "wien", NULL);
    assert_finds(dictionary, "", NULL);
    assert_finds(dictionary, "abcd", NULL);
    assert_finds(dictionary, "zzz", NULL);
    s2s_dictionary_close(dictionary);
    s2s_dictionary_close(NULL);
}

static void the_first_counts(void **state)
{
    (void)state;
    s2s_dictionary *dictionary = open_good("b\t9\na\t3\tx\na\t1\na\t2\nb\t0\n");
    assert_finds(dictionary, "a", "3");
    assert_finds(dictionary, "b", "9");
    s2s_dictionary_close(dictionary);
}

static void of_many_each_is_found(void **state)
{
    (void)state;
    enum { N = 3000 };
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (int i = 0; i < N; i++)
        fprintf(file, "%d\t<%d>\n", i * 7919 % N, i * 7919 % N);
    assert_int_equal(fclose(file), 0);
    s2s_dictionary *dictionary;
    assert_int_equal(s2s_dictionary_open(&dictionary, path, NULL), S2S_OK);
    for (int i = 0; i < N; i++) {
        char source[16], target[16];
        snprintf(source, sizeof source, "%d", i);
        snprintf(target, sizeof target, "<%d>", i);
        assert_finds(dictionary, source, target);
    }
    s2s_dictionary_close(dictionary);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"a\tb\nc\n", ":2: expected source<TAB>target, found no TAB"},
        {"a\tb\n\tc\n", ":2: "},
        {"a\tb\nc\td\ne\t \n", ":3: "},
        {"a\tb\n\xff\tc\n", ":2: expected UTF-8"},
        {"", ": expected at least one line"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        s2s_dictionary *dictionary;
        s2s_error err = {0};
        char expected[200];
        write_text(path, texts[i][0]);
        snprintf(expected, sizeof expected, "%s%s", path, texts[i][1]);
        assert_int_equal(s2s_dictionary_open(&dictionary, path, &err), S2S_BAD_DATA);
        assert_null(dictionary);
        err.msg[strlen(expected)] = '\0';
        assert_string_equal(err.msg, expected);
    }
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_are_found),
        cmocka_unit_test(the_first_counts),
        cmocka_unit_test(of_many_each_is_found),
        cmocka_unit_test(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
