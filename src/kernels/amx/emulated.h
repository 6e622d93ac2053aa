/* The tile unit in plain C, after the operations' definitions in Intel's Software Developer's Manual. */
#ifndef S2S_KERNELS_AMX_EMULATED_H
#define S2S_KERNELS_AMX_EMULATED_H

#include <stddef.h>
#include <string.h>

typedef union unit_row {
    float f32[16];
    uint32_t words[16];
    uint16_t bf16[32];
} unit_row;

static _Thread_local unit_shapes unit_shape;
static _Thread_local unit_row unit_tile[UNIT_TILES][UNIT_ROWS];

static inline void unit_configure(const void *shapes)
{
    memcpy(&unit_shape, shapes, sizeof unit_shape);
    memset(unit_tile, 0, sizeof unit_tile);
}

static inline void unit_zero(int tile)
{
    memset(unit_tile[tile], 0, sizeof unit_tile[tile]);
}

static inline void unit_load(int tile, const void *from, ptrdiff_t stride)
{
    unit_zero(tile);
    for (int r = 0; r < unit_shape.rows[tile]; r++)
        memcpy(&unit_tile[tile][r], (const char *)from + r * stride, unit_shape.row_bytes[tile]);
}

static inline void unit_store(int tile, void *to, ptrdiff_t stride)
{
    for (int r = 0; r < unit_shape.rows[tile]; r++)
        memcpy((char *)to + r * stride, &unit_tile[tile][r], unit_shape.row_bytes[tile]);
}

static inline float unit_float(uint16_t bf16)
{
    unit_row row = {.words = {(uint32_t)bf16 << 16}};
    return row.f32[0];
}

static inline void unit_bf16(int sum, int a, int b)
{
    for (int m = 0; m < unit_shape.rows[sum]; m++)
        for (int n = 0; n < unit_shape.row_bytes[sum] / 4; n++) {
            float products = 0;
            for (int k = 0; k < unit_shape.row_bytes[a] / 2; k++)
                products +=
                    unit_float(unit_tile[a][m].bf16[k]) * unit_float(unit_tile[b][k / 2].bf16[2 * n + k % 2]);
            unit_tile[sum][m].f32[n] += products;
        }
}

#define UNIT_CONFIGURE(shapes) unit_configure(shapes)
#define UNIT_RELEASE() ((void)0)
#define UNIT_ZERO(tile) unit_zero(tile)
#define UNIT_LOAD(tile, from, stride) unit_load(tile, from, stride)
#define UNIT_STORE(tile, to, stride) unit_store(tile, to, stride)
#define UNIT_BF16(sum, a, b) unit_bf16(sum, a, b)

#endif
