#include "kernels/ref/ref.h"

const s2s_kernels s2s_kernels_ref = {.name = "ref", S2S_TABLE_ENTRIES};
