#include "kernels/cpu/vec.h"

#define TABLE_NAME_JOIN(isa) s2s_kernels_##isa
#define TABLE_NAME(isa) TABLE_NAME_JOIN(isa)
#define TEXT_OF(isa) #isa
#define TABLE_TEXT(isa) TEXT_OF(isa)

extern const s2s_kernels TABLE_NAME(S2S_ISA_NAME);
const s2s_kernels TABLE_NAME(S2S_ISA_NAME) = {.name = TABLE_TEXT(S2S_ISA_NAME), S2S_TABLE_ENTRIES};
