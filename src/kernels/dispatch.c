/* Chooses the kernel table for this processor. */
#define _GNU_SOURCE /* syscall */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fail.h"
#include "kernels/kernels.h"
#ifndef S2S_DOUBLE
#include "kernels/int8/int8.h"
#endif

/* S2S_ONLY_REF: built without vector code.  The vector code is for float and x86-64 only. */
#if !defined(S2S_ONLY_REF) && !defined(S2S_DOUBLE) && defined(__x86_64__)
#define HAVE_VECTOR_TABLES
#include <cpuid.h>

#include "kernels/bf16/bf16.h"
extern const s2s_kernels s2s_kernels_avx2;
#endif
#if !defined(S2S_ONLY_REF) && !defined(S2S_DOUBLE) && defined(S2S_HAVE_ONEDNN)
#define HAVE_ONEDNN_TABLE
#include "kernels/onednn/onednn.h"
#endif

enum { MAX_TABLES = 4 };

static pthread_once_t best_once = PTHREAD_ONCE_INIT, all_once = PTHREAD_ONCE_INIT,
                      onednn_once = PTHREAD_ONCE_INIT, bf16_once = PTHREAD_ONCE_INIT,
                      int8_once = PTHREAD_ONCE_INIT;
static const s2s_kernels *best, *onednn, *bf16, *int8;
static const s2s_kernels *all[MAX_TABLES + 1], *all_int8[MAX_TABLES + 1];

/* S2S_ISA; NULL for none. */
static const char *wanted_isa(void)
{
    const char *isa = getenv("S2S_ISA");
    return isa && *isa ? isa : NULL;
}

/* The built-in tables that run here, slowest first; returns how many. */
static int native_tables(const s2s_kernels *tables[MAX_TABLES])
{
    int n = 0;
    tables[n++] = &s2s_kernels_ref;
#ifdef HAVE_VECTOR_TABLES
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        tables[n++] = &s2s_kernels_avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("fma"))
        tables[n++] = &s2s_kernels_avx512;
#endif
    return n;
}

static void open_onednn(void)
{
#ifdef HAVE_ONEDNN_TABLE
    const s2s_kernels *tables[MAX_TABLES];
    int n = native_tables(tables);
    onednn = s2s_onednn_open(tables[n - 1]);
#endif
}

static void choose_best(void)
{
    const s2s_kernels *tables[MAX_TABLES];
    const char *cap = wanted_isa();
    int n = native_tables(tables);
    for (int i = 0; i < n; i++) {
        best = tables[i];
        if (cap && strcmp(cap, tables[i]->name) == 0)
            break;
    }
    if (cap && strcmp(cap, "onednn") == 0) {
        pthread_once(&onednn_once, open_onednn);
        best = onednn ? onednn : best;
    }
}

#ifdef HAVE_VECTOR_TABLES
static bool amx; /* bf16 is AMX's */

/* Of tiles, and of their products of bfloat16; not all compilers know the names of these features. */
static bool cpu_has_amx(void)
{
    enum { LEAF = 7, AMX_BF16 = 1 << 22, AMX_TILE = 1 << 24 };
    unsigned eax, ebx, ecx, edx;
    return __get_cpuid_count(LEAF, 0, &eax, &ebx, &ecx, &edx) && (edx & AMX_BF16) && (edx & AMX_TILE);
}

/* Linux gives the registers of AMX only to processes that ask for them; later threads have them too. */
static bool amx_is_granted(void)
{
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
}
#endif

static void open_bf16(void)
{
#ifdef HAVE_VECTOR_TABLES
    if (s2s_kernels_best() != &s2s_kernels_avx512 || !__builtin_cpu_supports("avx512bf16"))
        return;
    amx = !wanted_isa() && cpu_has_amx() && amx_is_granted();
    bf16 = amx ? s2s_amx_bf16_open() : s2s_avx512_bf16_open();
#endif
}

/* A table on each built-in one; the best is that on the best or, where that is oneDNN's, the last. */
static void open_int8(void)
{
#ifndef S2S_DOUBLE
    static s2s_kernels on[MAX_TABLES];
    const s2s_kernels *tables[MAX_TABLES];
    int n = native_tables(tables);
    for (int i = 0; i < n; i++) {
        on[i] = *tables[i];
        on[i].name = "int8";
        on[i].is_coarse = true;
        on[i].packed_size = s2s_int8_packed_size;
        on[i].pack = s2s_int8_pack;
        on[i].gemm = s2s_int8_gemm;
        on[i].gemm_t = s2s_int8_gemm_t;
#ifdef HAVE_VECTOR_TABLES
        if (tables[i] == &s2s_kernels_avx512 && __builtin_cpu_supports("avx512vnni")) {
            on[i].pack = s2s_avx512_int8_pack;
            on[i].gemm = s2s_avx512_int8_gemm;
            on[i].gemm_t = s2s_avx512_int8_gemm_t;
        } else if (tables[i] != &s2s_kernels_ref) {
            on[i].pack = s2s_avx2_int8_pack;
            on[i].gemm = s2s_avx2_int8_gemm;
            on[i].gemm_t = s2s_avx2_int8_gemm_t;
        }
#endif
        all_int8[i] = &on[i];
    }
    int i = 0;
    while (i < n - 1 && tables[i] != s2s_kernels_best())
        i++;
    int8 = &on[i];
#endif
}

static void list_all(void)
{
    int n = native_tables(all);
    pthread_once(&onednn_once, open_onednn);
    all[n] = onednn;
}

const s2s_kernels *s2s_kernels_best(void)
{
    pthread_once(&best_once, choose_best);
    return best;
}

const s2s_kernels *const *s2s_kernels_all(void)
{
    pthread_once(&all_once, list_all);
    return all;
}

const s2s_kernels *s2s_kernels_bf16(void)
{
    pthread_once(&bf16_once, open_bf16);
    return bf16;
}

bool s2s_kernels_bf16_is_faster(void)
{
#ifdef HAVE_VECTOR_TABLES
    return s2s_kernels_bf16() && (amx || __builtin_cpu_is("amd"));
#else
    return false;
#endif
}

const s2s_kernels *s2s_kernels_int8(void)
{
    pthread_once(&int8_once, open_int8);
    return int8;
}

const s2s_kernels *const *s2s_kernels_all_int8(void)
{
    pthread_once(&int8_once, open_int8);
    return all_int8;
}

const s2s_kernels *s2s_kernels_of(int precision)
{
    switch (precision) {
    case S2S_PRECISION_BF16:
        return s2s_kernels_bf16();
    case S2S_PRECISION_INT8:
        return s2s_kernels_int8();
    default:
        return s2s_kernels_best();
    }
}

static s2s_status check_isa(s2s_error *err)
{
    static const char *const known[] = {"ref", "avx2", "avx512", "onednn"};
    const char *isa = wanted_isa();
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!isa || strcmp(isa, known[i]) == 0)
            return S2S_OK;
    return s2s_fail(err, S2S_BAD_CONFIG, "S2S_ISA: expected ref, avx2, avx512 or onednn, found \"%s\"", isa);
}

s2s_status s2s_precision_resolve(int *precision, s2s_error *err)
{
    S2S_TRY(check_isa(err));
    if (*precision == S2S_PRECISION_AUTO)
        *precision = s2s_kernels_bf16_is_faster() ? S2S_PRECISION_BF16 : S2S_PRECISION_F32;
    if (s2s_kernels_of(*precision))
        return S2S_OK;
    return s2s_fail(
        err, S2S_BAD_CONFIG,
        "--precision bf16: expected AVX-512 BF16, which the processor, S2S_ISA or this build lacks; auto "
        "would take f32");
}
