/* What the library itself knows of streams besides s2s/stream.h. */
#ifndef S2S_DATA_STREAM_H
#define S2S_DATA_STREAM_H

#include "s2s/stream.h"

bool s2s_is_standard_input(const char *path); /* "-" */

#endif
