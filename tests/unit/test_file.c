/* base/file.h */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

/* Every test runs in a fresh folder, which is the working folder too. */
static int enter_folder(void **state)
{
    char name[] = "/tmp/s2s-file-XXXXXX";
    if (!mkdtemp(name) || chdir(name) != 0)
        return -1;
    *state = strdup(name);
    return *state ? 0 : -1;
}

static int leave_folder(void **state)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
    free(*state);
    return chdir("/") != 0 || system(command) != 0 ? -1 : 0;
}

static int n_entries(void)
{
    int n = -2; /* . and .. */
    DIR *folder = opendir(".");
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

static void write_text(const char *path, const char *text)
{
    s2s_writer *w;
    assert_int_equal(s2s_writer_open(&w, path, NULL), S2S_OK);
    s2s_writer_add(w, text, strlen(text));
    assert_int_equal(s2s_writer_commit(w, NULL), S2S_OK);
}

static void assert_content(const char *path, const char *text)
{
    s2s_map map;
    assert_int_equal(s2s_map_open(&map, path, NULL), S2S_OK);
    assert_int_equal(map.size, strlen(text));
    assert_memory_equal(map.data, text, map.size);
    s2s_map_close(&map);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    s2s_writer *w;
    assert_int_equal(s2s_writer_open(&w, "file", NULL), S2S_OK);
    size_t n = 0;
    for (int i = 0; i < 20000; i++) {
        s2s_writer_printf(w, "%08d\n", i);
        n += 9;
    }
    size_t large = 300000; /* more than a buffer */
    char *zeros = calloc(large, 1);
    s2s_writer_add(w, zeros, large);
    s2s_writer_add(w, "end", 3);
    s2s_writer_add(w, NULL, 0);
    free(zeros);
    assert_false(s2s_is_file("file"));
    assert_int_equal(s2s_writer_commit(w, NULL), S2S_OK);
    assert_true(s2s_is_file("file"));
    assert_int_equal(n_entries(), 1);

    s2s_map map;
    assert_int_equal(s2s_map_open(&map, "file", NULL), S2S_OK);
    assert_int_equal(map.size, n + large + 3);
    assert_memory_equal(map.data + 9 * 12345, "00012345\n", 9);
    assert_memory_equal(map.data + n + large, "end", 3);
    s2s_map_close(&map);
    assert_null(map.data);
    s2s_map_close(&map);
}

static void an_empty_file_has_data_and_no_size(void **state)
{
    (void)state;
    write_text("empty", "");
    s2s_map map;
    assert_int_equal(s2s_map_open(&map, "empty", NULL), S2S_OK);
    assert_non_null(map.data);
    assert_int_equal(map.size, 0);
    s2s_map_close(&map);
}

static void what_cannot_be_mapped_is_bad_data(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    const char *const paths[] = {"missing", ".", "pipe", "/dev/null", "missing/file", ""};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        s2s_error err = {0};
        s2s_map map;
        assert_int_equal(s2s_map_open(&map, paths[i], &err), S2S_BAD_DATA);
        assert_int_equal(strncmp(err.msg, paths[i], strlen(paths[i])), 0);
        s2s_map_close(&map);
    }
}

static void discard_leaves_no_trace(void **state)
{
    (void)state;
    write_text("file", "old");
    s2s_writer *w;
    assert_int_equal(s2s_writer_open(&w, "file", NULL), S2S_OK);
    s2s_writer_add(w, "new", 3);
    assert_int_equal(n_entries(), 2);
    s2s_writer_discard(w);
    s2s_writer_discard(NULL);
    assert_int_equal(n_entries(), 1);
    assert_content("file", "old");
}

static void an_open_map_keeps_the_old_content(void **state)
{
    (void)state;
    write_text("file", "old");
    s2s_map map;
    assert_int_equal(s2s_map_open(&map, "file", NULL), S2S_OK);
    write_text("file", "new and longer");
    assert_memory_equal(map.data, "old", 3);
    s2s_map_close(&map);
    assert_content("file", "new and longer");
}

static void the_mode_follows_the_umask(void **state)
{
    (void)state;
    struct stat info;
    mode_t before = umask(027);
    write_text("file", "x");
    umask(before);
    assert_int_equal(stat("file", &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

/* A limit on file sizes makes write fail just as a full disk does. */
static void a_failed_write_keeps_the_old_file(void **state)
{
    (void)state;
    write_text("file", "old");
    struct rlimit before, small = {0};
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){.rlim_cur = 100000, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);

    s2s_error err = {0};
    s2s_writer *w;
    assert_int_equal(s2s_writer_open(&w, "file", NULL), S2S_OK);
    for (int i = 0; i < 100000; i++)
        s2s_writer_printf(w, "line %d\n", i);
    s2s_status status = s2s_writer_commit(w, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);

    assert_int_equal(status, S2S_EXHAUSTED);
    assert_string_equal(err.msg, "file: cannot write: File too large");
    assert_int_equal(n_entries(), 1);
    assert_content("file", "old");
}

static void what_cannot_be_written_fails_at_once(void **state)
{
    (void)state;
    s2s_error err = {0};
    s2s_writer *w;
    assert_int_equal(s2s_writer_open(&w, "missing/file", &err), S2S_FAILED);
    assert_null(w);
    assert_string_equal(err.msg, "missing/file: cannot write: No such file or directory");
    assert_int_equal(s2s_writer_open(&w, ".", &err), S2S_FAILED);
    char lengthy[300] = "";
    memset(lengthy, 'a', sizeof lengthy - 1);
    assert_int_equal(s2s_writer_open(&w, lengthy, &err), S2S_FAILED);
    assert_int_equal(n_entries(), 0);
}

static void a_folder_that_vanishes_fails_at_commit(void **state)
{
    (void)state;
    s2s_error err = {0};
    assert_int_equal(s2s_make_folder("sub", NULL), S2S_OK);
    s2s_writer *w;
    assert_int_equal(s2s_writer_open(&w, "sub/file", NULL), S2S_OK);
    assert_int_equal(system("rm -r sub"), 0);
    assert_int_equal(s2s_writer_commit(w, &err), S2S_FAILED);
    assert_int_equal(n_entries(), 0);
}

static void folders_are_made_once(void **state)
{
    (void)state;
    s2s_error err = {0};
    assert_false(s2s_is_folder("run"));
    assert_int_equal(s2s_make_folder("run", NULL), S2S_OK);
    assert_int_equal(s2s_make_folder("run", NULL), S2S_OK);
    assert_true(s2s_is_folder("run"));
    assert_false(s2s_is_file("run"));
    assert_int_equal(s2s_make_folder("a/b", &err), S2S_FAILED);
    write_text("file", "x");
    assert_int_equal(s2s_make_folder("file", &err), S2S_FAILED);
    assert_string_equal(err.msg, "file: expected a folder, found something else");
}

static void paths_join_with_one_slash(void **state)
{
    (void)state;
    const char *const cases[][3] = {
        {"run", "model.s2s", "run/model.s2s"}, {"run/", "x", "run/x"}, {"/", "x", "/x"}, {"", "x", "x"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = s2s_path_join(cases[i][0], cases[i][1]);
        assert_string_equal(path, cases[i][2]);
        free(path);
    }
}

/* Who was killed left his file; who still writes holds a lock on his. */
static void what_the_killed_left_is_removed(void **state)
{
    (void)state;
    static const char *const orphans[] = {"out.tmp.0aB", "out.tmp.abcdef", "out.tmp.0123uv", "out.tmp.abcdefg",
                                          "two.tmp.abcdef"};
    for (size_t i = 0; i < 5; i++) {
        FILE *file = fopen(orphans[i], "w");
        assert_non_null(file);
        fclose(file);
    }
    char path[200];
    snprintf(path, sizeof path, "%s/out", (const char *)*state);
    s2s_writer *w;
    assert_int_equal(s2s_writer_open(&w, path, NULL), S2S_OK);
    assert_int_equal(n_entries(), 6);
    s2s_remove_temporaries(path);
    s2s_remove_temporaries("none/out");
    assert_false(s2s_is_file("out.tmp.abcdef"));
    assert_false(s2s_is_file("out.tmp.0123uv"));
    assert_int_equal(n_entries(), 4);
    assert_int_equal(s2s_writer_commit(w, NULL), S2S_OK);
    s2s_remove_temporaries("two");
    assert_false(s2s_is_file("two.tmp.abcdef"));
    assert_true(s2s_is_file("out"));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_is_written_is_read),
        IN_FOLDER(an_empty_file_has_data_and_no_size),
        IN_FOLDER(what_cannot_be_mapped_is_bad_data),
        IN_FOLDER(discard_leaves_no_trace),
        IN_FOLDER(an_open_map_keeps_the_old_content),
        IN_FOLDER(the_mode_follows_the_umask),
        IN_FOLDER(a_failed_write_keeps_the_old_file),
        IN_FOLDER(what_cannot_be_written_fails_at_once),
        IN_FOLDER(a_folder_that_vanishes_fails_at_commit),
        IN_FOLDER(folders_are_made_once),
        IN_FOLDER(paths_join_with_one_slash),
        IN_FOLDER(what_the_killed_left_is_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
