/* The matrix product by oneDNN.  It is not the default because every execution of a primitive makes five heap
 * allocations, which small products feel.
 *
 * B is packed per panel of 64 columns, in the layout that the library asks for.  Primitives live as long as the
 * process and are kept few: M is cut into powers of two, and a product whose K is no multiple of 64 is left to
 * the table below: what is left of a batch's rows in the gradient of a weight, for one.  The library is opened
 * by name when first wanted: the program starts without it.  Where it fails, the result is NaN. */
#include "kernels/onednn/onednn.h"

#include <dlfcn.h>
#include <dnnl.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum { PANEL = 64, K_UNIT = 64, MAX_ROWS = 256, BUCKETS = 256 };

#if DNNL_VERSION_MAJOR == 2
#define LIBRARY "libdnnl.so.2"
#define desc_with_strides dnnl_memory_desc_init_by_strides
#define desc_with_tag dnnl_memory_desc_init_by_tag
#define DESC(desc) (&(desc))
#define VERSION_FUNCTIONS(X) X(dnnl_matmul_desc_init) X(dnnl_primitive_desc_create)
#else
#define LIBRARY "libdnnl.so.3"
#define desc_with_strides dnnl_memory_desc_create_with_strides
#define desc_with_tag dnnl_memory_desc_create_with_tag
#define DESC(desc) (desc)
#define VERSION_FUNCTIONS(X) X(dnnl_matmul_primitive_desc_create) X(dnnl_memory_desc_destroy)
#endif

/* clang-format off */
#define FUNCTIONS(X) \
    X(desc_with_strides) X(desc_with_tag) X(dnnl_memory_desc_get_size) X(dnnl_memory_create) X(dnnl_memory_destroy) \
    X(dnnl_engine_create) X(dnnl_stream_create) X(dnnl_stream_destroy) X(dnnl_reorder_primitive_desc_create) \
    X(dnnl_post_ops_create) X(dnnl_post_ops_destroy) X(dnnl_post_ops_append_sum) \
    X(dnnl_primitive_attr_create) X(dnnl_primitive_attr_destroy) X(dnnl_primitive_attr_set_post_ops) \
    X(dnnl_primitive_attr_set_scratchpad_mode) X(dnnl_primitive_desc_destroy) X(dnnl_primitive_desc_query_md) \
    X(dnnl_primitive_create) X(dnnl_primitive_destroy) X(dnnl_primitive_execute) VERSION_FUNCTIONS(X)
/* clang-format on */

#define MEMBER(name) __typeof__(name) *name;
#define TEXT_OF(name) #name
#define LOAD(name) &&load(&api.name, sizeof api.name, TEXT_OF(name))

static struct {
    void *library;
    dnnl_engine_t engine;
    void (*set_threads)(int); /* OpenMP's, NULL if the library is built without */
    int (*get_threads)(void);
    FUNCTIONS(MEMBER)
} api;

/* What to run; for rows 0 only the layout of its B matters. */
typedef struct product {
    ptrdiff_t shape[6]; /* rows, K, columns, lda, ldc, accumulate */
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive;
    struct product *next;
} product;

static product *cache[BUCKETS];
static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static const s2s_kernels *below; /* has the products that are not oneDNN's, and all other kernels */
static s2s_kernels table;

static bool load(void *slot, size_t size, const char *name)
{
    void *symbol = dlsym(api.library, name);
    memcpy(slot, &symbol, size);
    return symbol != NULL;
}

static void drop_desc(dnnl_memory_desc_t *desc)
{
#if DNNL_VERSION_MAJOR == 2
    (void)desc;
#else
    if (*desc)
        api.dnnl_memory_desc_destroy(*desc);
#endif
}

/* The library counts OpenMP's threads both when it makes a primitive and when it runs one; it shall use none
 * but the caller's.  Returns what leave() restores. */
static int enter(void)
{
    int threads = api.get_threads ? api.get_threads() : 1;
    if (api.set_threads)
        api.set_threads(1);
    return threads;
}

static void leave(int threads)
{
    if (api.set_threads)
        api.set_threads(threads);
}

static bool make_desc(dnnl_memory_desc_t *desc, ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t row_stride,
                      ptrdiff_t col_stride)
{
    dnnl_dims_t dims = {rows, cols}, strides = {row_stride, col_stride};
    return api.desc_with_strides(desc, 2, dims, dnnl_f32, strides) == dnnl_success;
}

/* The scratchpad is the caller's because the library's own is not safe when threads share a primitive. */
static bool set_attributes(dnnl_primitive_attr_t attributes, bool accumulate)
{
    dnnl_post_ops_t sum = NULL;
    if (api.dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user) != dnnl_success)
        return false;
    if (!accumulate)
        return true;
    if (api.dnnl_post_ops_create(&sum) != dnnl_success)
        return false;
#if DNNL_VERSION_MAJOR == 2
    bool ok = api.dnnl_post_ops_append_sum(sum, 1) == dnnl_success;
#else
    bool ok = api.dnnl_post_ops_append_sum(sum, 1, 0, dnnl_data_type_undef) == dnnl_success;
#endif
    ok = ok && api.dnnl_primitive_attr_set_post_ops(attributes, sum) == dnnl_success;
    api.dnnl_post_ops_destroy(sum);
    return ok;
}

static bool make_primitive(product *p, const dnnl_memory_desc_t md[3])
{
    dnnl_primitive_attr_t attributes = NULL;
    bool ok =
        api.dnnl_primitive_attr_create(&attributes) == dnnl_success && set_attributes(attributes, p->shape[5]);
#if DNNL_VERSION_MAJOR == 2
    dnnl_matmul_desc_t matmul;
    ok = ok && api.dnnl_matmul_desc_init(&matmul, &md[0], &md[1], NULL, &md[2]) == dnnl_success &&
         api.dnnl_primitive_desc_create(&p->desc, &matmul, attributes, api.engine, NULL) == dnnl_success;
#else
    ok = ok && api.dnnl_matmul_primitive_desc_create(&p->desc, api.engine, md[0], md[1], NULL, md[2],
                                                     attributes) == dnnl_success;
#endif
    ok = ok && api.dnnl_primitive_create(&p->primitive, p->desc) == dnnl_success;
    if (!ok && p->desc)
        api.dnnl_primitive_desc_destroy(p->desc);
    if (attributes)
        api.dnnl_primitive_attr_destroy(attributes);
    return ok;
}

/* layout: whose B to take; NULL leaves it to the library, which is asked for a typical number of rows. */
static bool make_product(product *p, const product *layout)
{
    ptrdiff_t rows = layout ? p->shape[0] : 64, K = p->shape[1], cols = p->shape[2];
    dnnl_memory_desc_t md[3] = {0};
    dnnl_dims_t dims = {K, cols};
    bool ok = make_desc(&md[0], rows, K, layout ? p->shape[3] : K, 1) &&
              make_desc(&md[2], rows, cols, layout ? p->shape[4] : cols, 1) &&
              api.desc_with_tag(&md[1], 2, dims, dnnl_f32, dnnl_format_tag_any) == dnnl_success;
    dnnl_memory_desc_t any = md[1];
#if DNNL_VERSION_MAJOR == 2
    if (layout)
        md[1] = *api.dnnl_primitive_desc_query_md(layout->desc, dnnl_query_weights_md, 0);
#else
    if (layout)
        md[1] = (dnnl_memory_desc_t)api.dnnl_primitive_desc_query_md(layout->desc, dnnl_query_weights_md, 0);
#endif
    ok = ok && make_primitive(p, md);
    drop_desc(&md[0]);
    drop_desc(&any);
    drop_desc(&md[2]);
    return ok;
}

/* The primitive for a shape, made if need be; NULL if that fails.  The lock is held while one is made. */
static const product *find_locked(const product *wanted)
{
    size_t bucket = 0;
    for (int i = 0; i < 6; i++)
        bucket = (bucket * 31 + (size_t)wanted->shape[i]) % BUCKETS;
    for (product *p = cache[bucket]; p; p = p->next)
        if (memcmp(p->shape, wanted->shape, sizeof p->shape) == 0)
            return p;
    const product *layout = NULL;
    if (wanted->shape[0] > 0) {
        layout = find_locked(&(product){.shape = {0, wanted->shape[1], wanted->shape[2]}});
        if (!layout)
            return NULL;
    }
    product *p = malloc(sizeof *p);
    if (!p)
        return NULL;
    *p = *wanted;
    if (!make_product(p, layout)) {
        free(p);
        return NULL;
    }
    p->next = cache[bucket];
    cache[bucket] = p;
    return p;
}

static const product *find(ptrdiff_t rows, ptrdiff_t K, ptrdiff_t cols, ptrdiff_t lda, ptrdiff_t ldc,
                           bool accumulate)
{
    pthread_mutex_lock(&cache_lock);
    const product *p = find_locked(&(product){.shape = {rows, K, cols, lda, ldc, accumulate}});
    pthread_mutex_unlock(&cache_lock);
    return p;
}

/* dst from src, and weights if it is a product. */
static bool execute(dnnl_primitive_t primitive, dnnl_primitive_desc_t desc, float *dst, const float *src,
                    const float *weights)
{
    static const int roles[] = {DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_SCRATCHPAD};
    static const dnnl_query_t descs[] = {dnnl_query_src_md, dnnl_query_dst_md, dnnl_query_weights_md,
                                         dnnl_query_scratchpad_md};
    void *data[] = {(void *)(uintptr_t)src, dst, (void *)(uintptr_t)weights, DNNL_MEMORY_ALLOCATE};
    dnnl_exec_arg_t arguments[4];
    dnnl_stream_t stream = NULL;
    int n = weights ? 4 : 2, made = 0;
    bool ok = api.dnnl_stream_create(&stream, api.engine, dnnl_stream_default_flags) == dnnl_success;
    for (; ok && made < n; made += ok) {
        arguments[made].arg = roles[made];
        ok = api.dnnl_memory_create(&arguments[made].memory,
                                    api.dnnl_primitive_desc_query_md(desc, descs[made], 0), api.engine,
                                    data[made]) == dnnl_success;
    }
    ok = ok && api.dnnl_primitive_execute(primitive, stream, n, arguments) == dnnl_success;
    for (int i = 0; i < made; i++)
        api.dnnl_memory_destroy(arguments[i].memory);
    if (stream)
        api.dnnl_stream_destroy(stream);
    return ok;
}

static bool is_below(int K)
{
    return K % K_UNIT != 0;
}

/* Panels of the table below that panels [0, p) are. */
static int panels_below(int N, int p)
{
    int n_panels = (N + below->panel - 1) / below->panel, wanted = p * (PANEL / below->panel);
    return wanted < n_panels ? wanted : n_panels;
}

/* Floats of one packed panel of `cols` columns; SIZE_MAX where the library has no layout for it. */
static size_t panel_size(int K, int cols)
{
    const product *layout = find(0, K, cols, 0, 0, false);
    size_t least = (size_t)K * PANEL;
    if (!layout)
        return SIZE_MAX;
    size_t size = api.dnnl_memory_desc_get_size(
                      api.dnnl_primitive_desc_query_md(layout->desc, dnnl_query_weights_md, 0)) /
                  sizeof(float);
    return size > least ? size : least;
}

static size_t packed_size(int K, int N)
{
    if (is_below(K))
        return below->packed_size(K, N);
    int threads = enter();
    size_t size = N < PANEL ? 0 : s2s_size_mul((size_t)(N / PANEL), panel_size(K, PANEL));
    if (N % PANEL)
        size = s2s_size_add(size, panel_size(K, N % PANEL));
    leave(threads);
    return size;
}

static int panel_cols(int N, int p)
{
    return N - p * PANEL < PANEL ? N - p * PANEL : PANEL;
}

static bool pack_panel(float *panel, const float *b, ptrdiff_t k_stride, ptrdiff_t n_stride, int K, int cols)
{
    const product *layout = find(0, K, cols, 0, 0, false);
    dnnl_memory_desc_t from;
    dnnl_primitive_desc_t desc = NULL;
    dnnl_primitive_t reorder = NULL;
    if (!layout || !make_desc(&from, K, cols, k_stride, n_stride))
        return false;
    bool ok = api.dnnl_reorder_primitive_desc_create(
                  &desc, DESC(from), api.engine,
                  api.dnnl_primitive_desc_query_md(layout->desc, dnnl_query_weights_md, 0), api.engine,
                  NULL) == dnnl_success &&
              api.dnnl_primitive_create(&reorder, desc) == dnnl_success &&
              execute(reorder, desc, panel, b, NULL);
    drop_desc(&from);
    if (reorder)
        api.dnnl_primitive_destroy(reorder);
    if (desc)
        api.dnnl_primitive_desc_destroy(desc);
    return ok;
}

static void pack(float *packed, const float *b, ptrdiff_t k_stride, ptrdiff_t n_stride, int K, int N, int p0,
                 int p1)
{
    if (is_below(K)) {
        below->pack(packed, b, k_stride, n_stride, K, N, panels_below(N, p0), panels_below(N, p1));
        return;
    }
    const int threads = enter();
    const size_t stride = panel_size(K, PANEL);
    for (int p = p0; p < p1; p++) {
        float *panel = packed + (size_t)p * stride;
        if (!pack_panel(panel, b + p * PANEL * n_stride, k_stride, n_stride, K, panel_cols(N, p)))
            for (int i = 0; i < K * PANEL; i++)
                panel[i] = NAN;
    }
    leave(threads);
}

static void gemm(float *c, ptrdiff_t ldc, const float *a, ptrdiff_t lda, const float *packed, int M, int N,
                 int K, int p0, int p1, int accumulate, const float *bias)
{
    if (is_below(K)) {
        below->gemm(c, ldc, a, lda, packed, M, N, K, panels_below(N, p0), panels_below(N, p1), accumulate,
                    bias);
        return;
    }
    const int threads = enter();
    const size_t stride = panel_size(K, PANEL);
    for (int m = 0, rows = MAX_ROWS; m < M; m += rows) {
        while (rows > M - m)
            rows /= 2;
        for (int p = p0; p < p1; p++) {
            const product *x = find(rows, K, panel_cols(N, p), lda, ldc, accumulate);
            float *out = c + m * ldc + p * PANEL;
            if (!x || !execute(x->primitive, x->desc, out, a + m * lda, packed + (size_t)p * stride))
                for (int i = 0; i < rows * panel_cols(N, p); i++)
                    out[i / panel_cols(N, p) * ldc + i % panel_cols(N, p)] = NAN;
        }
    }
    leave(threads);
    const int first = p0 * PANEL, cols = (p1 * PANEL < N ? p1 * PANEL : N) - first;
    for (int m = 0; m < M && bias; m++)
        below->add(c + m * ldc + first, bias + first, cols);
}

static void gemm_t(float *c, ptrdiff_t ldc, const float *a, ptrdiff_t lda, const float *packed, int M, int N,
                   int K, int p0, int p1)
{
    enum { ROWS = 64 };
    float rows[ROWS * S2S_GEMM_T_K];
    if (is_below(K)) {
        below->gemm_t(c, ldc, a, lda, packed, M, N, K, panels_below(N, p0), panels_below(N, p1));
        return;
    }
    for (int m = 0; m < M; m += ROWS) {
        int n = M - m < ROWS ? M - m : ROWS;
        below->transpose(rows, K, a + m, lda, 0, K, n);
        gemm(c + m * ldc, ldc, rows, K, packed, n, N, K, p0, p1, 1, NULL);
    }
}

const s2s_kernels *s2s_onednn_open(const s2s_kernels *base)
{
    api.library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!api.library || !(true FUNCTIONS(LOAD)) ||
        api.dnnl_engine_create(&api.engine, dnnl_cpu, 0) != dnnl_success)
        return NULL;
    if (!load(&api.set_threads, sizeof api.set_threads, "omp_set_num_threads") ||
        !load(&api.get_threads, sizeof api.get_threads, "omp_get_max_threads"))
        api.set_threads = NULL, api.get_threads = NULL;
    below = base;
    table = *base;
    table.name = "onednn";
    table.panel = PANEL;
    table.packed_size = packed_size;
    table.pack = pack;
    table.gemm = gemm;
    table.gemm_t = gemm_t;
    return &table;
}
