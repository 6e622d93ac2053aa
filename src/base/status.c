#include "s2s/status.h"

const char *s2s_status_text(s2s_status status)
{
    switch (status) {
#define X(name, value, sentence) \
    case name:                   \
        return sentence;
        S2S_STATUS_LIST(X)
#undef X
    }
    return "unknown status";
}
