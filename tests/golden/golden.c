#include "golden/golden.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TOLERANCE 1e-5

static void read_bytes(FILE *file, const char *path, void *bytes, size_t n)
{
    if (fread(bytes, 1, n, file) != n)
        fail_msg("%s: ends too early", path);
}

static uint32_t read_u32(FILE *file, const char *path)
{
    unsigned char b[4];
    read_bytes(file, path, b, 4);
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static s2s_real read_f32(FILE *file, const char *path)
{
    uint32_t bits = read_u32(file, path);
    float value;
    memcpy(&value, &bits, sizeof value);
    return (s2s_real)value;
}

static void read_array(FILE *file, const char *path, golden_array *array)
{
    unsigned char length;
    read_bytes(file, path, &length, 1);
    if (length >= sizeof array->name)
        fail_msg("%s: a name of %d bytes", path, length);
    read_bytes(file, path, array->name, length);
    array->rows = (int)read_u32(file, path);
    array->cols = (int)read_u32(file, path);
    assert_true(array->rows > 0 && array->rows < 1000 && array->cols > 0 && array->cols < 1000);
    size_t n = (size_t)array->rows * (size_t)array->cols;
    array->values = malloc(n * sizeof *array->values);
    assert_non_null(array->values);
    for (size_t i = 0; i < n; i++)
        array->values[i] = read_f32(file, path);
}

golden golden_open(const char *name)
{
    const char *root = getenv("S2S_SOURCE_DIR");
    char path[1024], magic[8];
    golden g = {0};
    snprintf(g.file, sizeof g.file, "%s", name);
    snprintf(path, sizeof path, "%s/tests/golden/%s.golden", root ? root : ".", name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s: cannot be read", path);
    read_bytes(file, path, magic, sizeof magic);
    assert_memory_equal(magic, "s2sgold1", sizeof magic);
    g.n = (int)read_u32(file, path);
    g.arrays = calloc((size_t)g.n, sizeof *g.arrays);
    assert_non_null(g.arrays);
    for (int i = 0; i < g.n; i++)
        read_array(file, path, &g.arrays[i]);
    fclose(file);
    return g;
}

void golden_close(golden *g)
{
    for (int i = 0; i < g->n; i++)
        free(g->arrays[i].values);
    free(g->arrays);
    *g = (golden){0};
}

static const golden_array *find(const golden *g, const char *prefix, const char *name)
{
    size_t n = strlen(prefix);
    for (int i = 0; i < g->n; i++)
        if (strncmp(g->arrays[i].name, prefix, n) == 0 && strcmp(g->arrays[i].name + n, name) == 0)
            return &g->arrays[i];
    return NULL;
}

bool golden_has(const golden *g, const char *prefix, const char *name)
{
    return find(g, prefix, name) != NULL;
}

const golden_array *golden_get(const golden *g, const char *prefix, const char *name)
{
    const golden_array *array = find(g, prefix, name);
    if (!array)
        fail_msg("%s.golden has no array %s%s", g->file, prefix, name);
    return array;
}

double golden_number(const golden *g, const char *prefix, const char *name)
{
    const golden_array *array = golden_get(g, prefix, name);
    assert_true(array->rows == 1 && array->cols == 1);
    return (double)array->values[0];
}

int *golden_ints(const golden *g, const char *name, int *n)
{
    const golden_array *array = golden_get(g, "", name);
    int *ints = malloc((size_t)array->cols * sizeof *ints);
    assert_non_null(ints);
    for (int i = 0; i < array->cols; i++)
        ints[i] = (int)array->values[i];
    if (n)
        *n = array->cols;
    return ints;
}

void golden_check_values(const golden *g, const char *prefix, const char *name, const s2s_real *values,
                         int rows, int cols, int ld)
{
    const golden_array *array = golden_get(g, prefix, name);
    if (array->rows != rows || array->cols != cols)
        fail_msg("%s: %s%s is %d x %d in the golden file, %d x %d here", g->file, prefix, name, array->rows,
                 array->cols, rows, cols);
    double scale = 0;
    for (int i = 0; i < rows * cols; i++)
        scale = fmax(scale, fabs((double)array->values[i]));
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++) {
            double expected = (double)array->values[r * cols + c],
                   found = (double)values[(ptrdiff_t)r * ld + c];
            if (!(fabs(found - expected) <= TOLERANCE * scale))
                fail_msg("%s: %s%s (%d, %d): expected %.9g, found %.9g", g->file, prefix, name, r, c, expected,
                         found);
        }
}

void golden_check(const golden *g, const char *prefix, const char *name, const s2s_tensor *x)
{
    golden_check_values(g, prefix, name, x->data, x->rows, x->cols, x->ld);
}

void golden_check_grad(const golden *g, const char *prefix, const char *name, const s2s_tensor *x)
{
    golden_check_values(g, prefix, name, x->grad, x->rows, x->cols, x->ld);
}

void golden_check_number(const golden *g, const char *prefix, const char *name, double value)
{
    s2s_real rounded = (s2s_real)value;
    golden_check_values(g, prefix, name, &rounded, 1, 1, 1);
}

void golden_run_begin(golden_run *run)
{
    *run = (golden_run){0};
    s2s_params_begin(&run->params);
}

static void fill(const golden *g, const char *prefix, const char *name, const s2s_tensor *x)
{
    const golden_array *array = golden_get(g, prefix, name);
    if (array->rows != x->rows || array->cols != x->cols)
        fail_msg("%s: %s%s is %d x %d in the golden file, %d x %d here", g->file, prefix, name, array->rows,
                 array->cols, x->rows, x->cols);
    for (int r = 0; r < x->rows; r++)
        memcpy(s2s_row(x, r), array->values + (ptrdiff_t)r * x->cols, (size_t)x->cols * sizeof(s2s_real));
}

void golden_run_open(golden_run *run, const golden *g, const char *prefix)
{
    s2s_error err = {0};
    if (s2s_params_allocate(&run->params, true, &err) != S2S_OK ||
        s2s_team_new(&run->team, 2, &err) != S2S_OK ||
        s2s_graph_open(&run->graph, &run->params, run->team, s2s_kernels_best(), &err) != S2S_OK)
        fail_msg("%s: %s", g->file, err.msg);
    for (int i = 0; i < run->params.n; i++)
        fill(g, prefix, run->params.items[i]->name, &run->params.items[i]->t);
    s2s_params_changed(&run->params);
    s2s_graph_begin(&run->graph, true, true, 0);
}

void golden_run_close(golden_run *run)
{
    s2s_graph_close(&run->graph);
    s2s_team_free(run->team);
    s2s_params_end(&run->params);
}

s2s_tensor golden_tensor(golden_run *run, const golden *g, const char *prefix, const char *name)
{
    const golden_array *array = golden_get(g, prefix, name);
    s2s_tensor x = s2s_tensor_new(&run->graph, array->rows, array->cols);
    fill(g, prefix, name, &x);
    return x;
}

void golden_add_grad(const s2s_tensor *x, const golden *g, const char *prefix, const char *name)
{
    const golden_array *array = golden_get(g, prefix, name);
    assert_true(array->rows == x->rows && array->cols == x->cols);
    for (int r = 0; r < x->rows; r++)
        for (int c = 0; c < x->cols; c++)
            s2s_grad_row(x, r)[c] += array->values[r * x->cols + c];
}

void golden_run_backward(golden_run *run)
{
    s2s_error err = {0};
    s2s_graph_backward(&run->graph);
    if (s2s_graph_status(&run->graph, &err) != S2S_OK)
        fail_msg("%s", err.msg);
}
