#include "s2s/status.h"

const char *s2s_status_text(s2s_status status)
{
    switch (status) {
#define S2S_X(name, value, sentence) \
    case name:                       \
        return sentence;
        S2S_STATUS_LIST(S2S_X)
#undef S2S_X
    }
    return "unknown status";
}
