#include "data/unpack.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/fail.h"

enum {
    GZIP_WINDOW = 15 + 16, /* zlib: the largest window, and the header and checksum of gzip */
    ZSTD_WINDOW = 27,      /* the largest, as a power of two of bytes: what zstd --long makes */
};

/* What packed files begin with, and what messages call them. */
static const struct {
    const char *name, *mark;
    size_t n_mark;
} packings[S2S_N_PACKINGS] = {
    [S2S_PACKING_GZIP] = {"gzip", "\x1f\x8b", 2},
    [S2S_PACKING_ZSTD] = {"zstd", "\x28\xb5\x2f\xfd", 4},
};

struct s2s_unpacker {
    s2s_packing packing;
    const char *name;
    z_stream gzip;
    ZSTD_DStream *zstd;
    bool within;    /* a file of the row has begun and not ended */
    bool filled;    /* the last call gave all that it had room for */
    size_t n_bytes; /* given so far */
};

s2s_packing s2s_packing_of(const char *bytes, size_t n)
{
    s2s_packing packing = S2S_N_PACKINGS - 1;
    while (packing > S2S_PACKING_NONE && (n < packings[packing].n_mark ||
                                          memcmp(bytes, packings[packing].mark, packings[packing].n_mark) != 0))
        packing--;
    return packing;
}

bool s2s_packing_is_open(const char *bytes, size_t n)
{
    bool open = false;
    for (s2s_packing packing = S2S_PACKING_NONE + 1; packing < S2S_N_PACKINGS; packing++)
        open |= n < packings[packing].n_mark && memcmp(bytes, packings[packing].mark, n) == 0;
    return open;
}

static s2s_status fail_memory(s2s_error *err)
{
    return s2s_fail_memory(err, "unpacking a file");
}

s2s_status s2s_unpacker_new(s2s_unpacker **unpacker, s2s_packing packing, const char *name, s2s_error *err)
{
    s2s_unpacker *u = calloc(1, sizeof *u);
    if (!u)
        return fail_memory(err);
    *u = (s2s_unpacker){.packing = packing, .name = name};
    bool done = packing != S2S_PACKING_GZIP || inflateInit2(&u->gzip, GZIP_WINDOW) == Z_OK;
    if (packing == S2S_PACKING_ZSTD) {
        u->zstd = ZSTD_createDStream();
        done = u->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW));
    }
    if (!done) {
        s2s_unpacker_free(u);
        return fail_memory(err);
    }
    *unpacker = u;
    return S2S_OK;
}

void s2s_unpacker_free(s2s_unpacker *unpacker)
{
    if (!unpacker)
        return;
    inflateEnd(&unpacker->gzip); /* which a zeroed one survives */
    ZSTD_freeDStream(unpacker->zstd);
    free(unpacker);
}

static s2s_status fail_damaged(const s2s_unpacker *u, size_t n_given, s2s_error *err)
{
    return s2s_fail(err, S2S_BAD_DATA, "%s: expected a %s file, found damaged data after %zu bytes of text",
                    u->name, packings[u->packing].name, u->n_bytes + n_given);
}

static s2s_status unpack_gzip(s2s_unpacker *u, const char *packed, size_t n_packed, char *bytes, size_t size,
                              s2s_unpacked *done, s2s_error *err)
{
    z_stream *gzip = &u->gzip;
    gzip->next_in = (unsigned char *)packed; /* zlib writes nothing there */
    gzip->avail_in = (unsigned)n_packed;
    gzip->next_out = (unsigned char *)bytes;
    gzip->avail_out = (unsigned)size;
    int code = inflate(gzip, Z_NO_FLUSH);
    *done = (s2s_unpacked){n_packed - gzip->avail_in, size - gzip->avail_out};
    u->within = code != Z_STREAM_END;
    if (code == Z_STREAM_END)
        return inflateReset(gzip) == Z_OK ? S2S_OK : fail_memory(err);
    if (code == Z_MEM_ERROR)
        return fail_memory(err);
    return code == Z_OK || code == Z_BUF_ERROR ? S2S_OK : fail_damaged(u, done->n_given, err);
}

static s2s_status unpack_zstd(s2s_unpacker *u, const char *packed, size_t n_packed, char *bytes, size_t size,
                              s2s_unpacked *done, s2s_error *err)
{
    ZSTD_inBuffer in = {packed, n_packed, 0};
    ZSTD_outBuffer out = {bytes, size, 0};
    size_t left = ZSTD_decompressStream(u->zstd, &out, &in);
    *done = (s2s_unpacked){in.pos, out.pos};
    u->within = left != 0;
    if (!ZSTD_isError(left))
        return S2S_OK;
    switch (ZSTD_getErrorCode(left)) {
    case ZSTD_error_memory_allocation:
        return fail_memory(err);
    case ZSTD_error_frameParameter_windowTooLarge:
        return s2s_fail(
            err, S2S_BAD_DATA,
            "%s: expected a zstd file that takes at most 128 MiB to unpack, found one made with a larger "
            "window (--long or --ultra)",
            u->name);
    default:
        return fail_damaged(u, out.pos, err);
    }
}

s2s_status s2s_unpack(s2s_unpacker *unpacker, const char *packed, size_t n_packed, char *bytes, size_t size,
                      s2s_unpacked *done, s2s_error *err)
{
    s2s_unpacker *u = unpacker;
    *done = (s2s_unpacked){0};
    S2S_TRY((u->packing == S2S_PACKING_GZIP ? unpack_gzip : unpack_zstd)(u, packed, n_packed, bytes, size, done,
                                                                         err));
    u->filled = done->n_given == size;
    u->n_bytes += done->n_given;
    return S2S_OK;
}

bool s2s_unpacker_has_more(const s2s_unpacker *unpacker)
{
    return unpacker->within && unpacker->filled;
}

s2s_status s2s_unpacker_end(const s2s_unpacker *unpacker, s2s_error *err)
{
    if (!unpacker->within)
        return S2S_OK;
    return s2s_fail(err, S2S_BAD_DATA, "%s: expected a whole %s file, found one cut short", unpacker->name,
                    packings[unpacker->packing].name);
}
