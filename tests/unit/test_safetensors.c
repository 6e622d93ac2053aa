/* io/safetensors.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/safetensors.h"

static char folder[] = "/tmp/s2s-safetensors-XXXXXX", path[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/tensors", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static const float reals[] = {1.5f, -2, 3.25f, 0, 1e-20f, 6};
static const unsigned char bytes[] = {7, 8, 9};
static const s2s_stored_tensor tensors[] = {
    {"odd", "U8", 1, {3}, bytes, 3},
    {"matrix", "F32", 2, {2, 3}, reals, 24},
    {"nothing", "I64", 2, {0, 5}, bytes, 0},
    {"scalar \"é\"", "F32", 0, {0}, reals, 4},
};
static const s2s_stored_text texts[] = {{"name", "A \"quoted\" text\nof two lines: é日"}, {"empty", ""}};

static void write_all(void)
{
    s2s_error err = {0};
    s2s_status status = s2s_safetensors_write(path, texts, 2, tensors, 4, &err);
    assert_string_equal(err.msg, "");
    assert_int_equal(status, S2S_OK);
}

static s2s_safetensors *open_file(const char *name)
{
    s2s_safetensors *file;
    s2s_error err = {0};
    s2s_status status = s2s_safetensors_open(&file, name, &err);
    assert_string_equal(err.msg, "");
    assert_int_equal(status, S2S_OK);
    return file;
}

static void test_round_trip(void **state)
{
    (void)state;
    write_all();
    s2s_safetensors *file = open_file(path);
    assert_int_equal(s2s_safetensors_n(file), 4);
    for (int i = 0; i < 4; i++) {
        const s2s_stored_tensor *found = s2s_safetensors_find(file, tensors[i].name);
        assert_non_null(found);
        assert_string_equal(found->dtype, tensors[i].dtype);
        assert_int_equal(found->rank, tensors[i].rank);
        assert_memory_equal(found->dims, tensors[i].dims, sizeof found->dims);
        assert_int_equal(found->bytes, tensors[i].bytes);
        assert_memory_equal(found->data, tensors[i].data, found->bytes);
    }
    assert_string_equal(s2s_safetensors_at(file, 0)->name, "odd");
    assert_null(s2s_safetensors_find(file, "even"));
    assert_string_equal(s2s_safetensors_text(file, "name"), texts[0].value);
    assert_string_equal(s2s_safetensors_text(file, "empty"), "");
    assert_null(s2s_safetensors_text(file, "nothing"));
    assert_int_equal(strlen(s2s_safetensors_text(file, "checksum")), 16);
    s2s_safetensors_close(file);
    s2s_safetensors_close(NULL);
}

static void test_data_is_aligned(void **state)
{
    (void)state;
    write_all();
    s2s_map map;
    assert_int_equal(s2s_map_open(&map, path, NULL), S2S_OK);
    size_t header = (unsigned char)map.data[0] | (size_t)(unsigned char)map.data[1] << 8;
    assert_int_equal((8 + header) % 64, 0);
    assert_int_equal(map.size, 8 + header + 3 + 24 + 4);
    s2s_map_close(&map);
}

static void test_no_tensors(void **state)
{
    (void)state;
    assert_int_equal(s2s_safetensors_write(path, NULL, 0, NULL, 0, NULL), S2S_OK);
    s2s_safetensors *file = open_file(path);
    assert_int_equal(s2s_safetensors_n(file), 0);
    s2s_safetensors_close(file);
}

/* tests/golden/python.safetensors was made by Python, safetensors 0.8.0:
 *   save_file({"b": np.array([[1.5, -2.0, 3.25]], np.float32), "a": np.arange(4, dtype=np.int64).reshape(2, 2),
 *              "scalar": np.array(7, np.uint8)}, "python.safetensors", {"note": "café \"quoted\""}) */
static void test_file_of_python(void **state)
{
    (void)state;
    const char *root = getenv("S2S_SOURCE_DIR");
    char name[1024];
    snprintf(name, sizeof name, "%s/tests/golden/python.safetensors", root ? root : ".");
    s2s_safetensors *file = open_file(name);
    assert_int_equal(s2s_safetensors_n(file), 3);
    assert_string_equal(s2s_safetensors_text(file, "note"), "café \"quoted\"");
    assert_null(s2s_safetensors_text(file, "checksum"));
    const s2s_stored_tensor *a = s2s_safetensors_find(file, "a"), *b = s2s_safetensors_find(file, "b");
    const s2s_stored_tensor *scalar = s2s_safetensors_find(file, "scalar");
    assert_non_null(a);
    assert_non_null(b);
    assert_non_null(scalar);
    const int64_t four[] = {0, 1, 2, 3};
    assert_string_equal(a->dtype, "I64");
    assert_int_equal(a->bytes, sizeof four);
    assert_memory_equal(a->data, four, sizeof four);
    assert_string_equal(b->dtype, "F32");
    assert_int_equal(b->rank, 2);
    assert_int_equal(b->dims[0], 1);
    assert_int_equal(b->dims[1], 3);
    assert_memory_equal(b->data, reals, 12);
    assert_string_equal(scalar->dtype, "U8");
    assert_int_equal(scalar->rank, 0);
    assert_memory_equal(scalar->data, bytes, 1);
    s2s_safetensors_close(file);
}

static void check_misuse(const s2s_stored_tensor *list, int n, const char *name)
{
    s2s_error err = {0};
    unlink(path);
    assert_int_equal(s2s_safetensors_write(path, NULL, 0, list, n, &err), S2S_MISUSE);
    assert_non_null(strstr(err.msg, name));
    assert_false(s2s_is_file(path));
}

static void test_writing_nonsense(void **state)
{
    (void)state;
    check_misuse((s2s_stored_tensor[]){tensors[0], tensors[0]}, 2, "odd");
    check_misuse((s2s_stored_tensor[]){{"x", "F32", 1, {2}, reals, 4}}, 1, "\"x\"");
    check_misuse((s2s_stored_tensor[]){{"x", "F33", 1, {1}, reals, 4}}, 1, "\"x\"");
    check_misuse((s2s_stored_tensor[]){{"x", "U8", 2, {-1, -3}, reals, 3}}, 1, "\"x\"");
    check_misuse((s2s_stored_tensor[]){{"x", "U8", 5, {1}, reals, 1}}, 1, "\"x\"");
    check_misuse((s2s_stored_tensor[]){{"__metadata__", "U8", 0, {0}, reals, 1}}, 1, "__metadata__");
    check_misuse((s2s_stored_tensor[]){{"x\xc3", "U8", 0, {0}, reals, 1}}, 1, "\"x");
    const s2s_stored_text sums[] = {{"checksum", "0123456789abcdef"}}, bad[] = {{"key", "\xff"}};
    s2s_error err = {0};
    assert_int_equal(s2s_safetensors_write(path, sums, 1, NULL, 0, &err), S2S_MISUSE);
    assert_non_null(strstr(err.msg, "checksum"));
    assert_int_equal(s2s_safetensors_write(path, bad, 1, NULL, 0, &err), S2S_MISUSE);
    assert_non_null(strstr(err.msg, "key"));
}

static void test_damage_is_found(void **state)
{
    (void)state;
    write_all();
    FILE *file = fopen(path, "r+b");
    fseek(file, -1, SEEK_END);
    fputc(0x3e, file);
    fclose(file);
    s2s_safetensors *opened;
    s2s_error err;
    assert_int_equal(s2s_safetensors_open(&opened, path, &err), S2S_BAD_MODEL);
    assert_null(opened);
    assert_non_null(strstr(err.msg, path));
    assert_non_null(strstr(err.msg, "damaged"));
}

static void test_missing_file(void **state)
{
    (void)state;
    s2s_safetensors *file;
    s2s_error err;
    assert_int_equal(s2s_safetensors_open(&file, "/nonexistent/model", &err), S2S_BAD_MODEL);
    assert_int_equal(err.code, S2S_BAD_MODEL);
    assert_non_null(strstr(err.msg, "/nonexistent/model"));
    assert_int_equal(s2s_safetensors_open(&file, folder, NULL), S2S_BAD_MODEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),       cmocka_unit_test(test_data_is_aligned),
        cmocka_unit_test(test_no_tensors),       cmocka_unit_test(test_file_of_python),
        cmocka_unit_test(test_writing_nonsense), cmocka_unit_test(test_damage_is_found),
        cmocka_unit_test(test_missing_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
