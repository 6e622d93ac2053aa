/* The tile unit of AMX: eight registers of up to 16 rows of 64 bytes, whose shapes a configuration fixes.
 *
 * Register numbers are literals.  With S2S_AMX_EMULATED the same operations are plain C, so that what is built
 * on them can be tested where AVX-512 BF16, which prepares their factors, is all that there is. */
#ifndef S2S_KERNELS_AMX_UNIT_H
#define S2S_KERNELS_AMX_UNIT_H

#include <stdint.h>

enum { UNIT_TILES = 8, UNIT_ROWS = 16, UNIT_BYTES = 64 };

/* As the processor reads it. */
typedef struct unit_shapes {
    uint8_t palette; /* 1 */
    uint8_t start_row;
    uint8_t reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} unit_shapes;

#ifdef S2S_AMX_EMULATED
#include "kernels/amx/emulated.h"
#else
#include <immintrin.h>
#define UNIT_CONFIGURE(shapes) _tile_loadconfig(shapes)
#define UNIT_RELEASE() _tile_release()
#define UNIT_ZERO(tile) _tile_zero(tile)
#define UNIT_LOAD(tile, from, stride) _tile_loadd(tile, from, stride)
#define UNIT_STORE(tile, to, stride) _tile_stored(tile, to, stride)
/* sum += a b on pairs of bfloat16. */
#define UNIT_BF16(sum, a, b) _tile_dpbf16ps(sum, a, b)
#endif

#endif
