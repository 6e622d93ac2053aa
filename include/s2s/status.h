/* Statuses and errors.  Every status is also the exit status of the s2s program.
 *
 * The library never prints, exits or aborts.  A call that can fail returns an s2s_status and, where the
 * caller passes one, fills an s2s_error with one clear line: file, line or byte, what was expected, what
 * was found.
 */
#ifndef S2S_STATUS_H
#define S2S_STATUS_H

/* S2S_API marks what the library exports: C functions, in C++ as well. */
#ifdef __cplusplus
#define S2S_C_LINKAGE extern "C"
#else
#define S2S_C_LINKAGE
#endif

#if defined(__GNUC__)
#define S2S_API S2S_C_LINKAGE __attribute__((visibility("default")))
#define S2S_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define S2S_MUST_USE __attribute__((warn_unused_result))
#else
#define S2S_API S2S_C_LINKAGE
#define S2S_PRINTF(fmt, first)
#define S2S_MUST_USE
#endif

/* X(name, value, sentence) */
#define S2S_STATUS_LIST(X)                                 \
    X(S2S_OK, 0, "done")                                   \
    X(S2S_FAILED, 1, "failed")                             \
    X(S2S_MISUSE, 2, "misuse: a wrong argument or option") \
    X(S2S_BAD_CONFIG, 3, "bad configuration")              \
    X(S2S_BAD_DATA, 4, "bad data")                         \
    X(S2S_BAD_MODEL, 5, "bad or incompatible model")       \
    X(S2S_DIVERGED, 6, "training diverged")                \
    X(S2S_EXHAUSTED, 7, "out of memory or disk space")     \
    X(S2S_STOPPED, 8, "stopped on request, everything saved")

typedef enum s2s_status {
#define S2S_X(name, value, sentence) name = value,
    S2S_STATUS_LIST(S2S_X)
#undef S2S_X
} s2s_status;

typedef struct s2s_error {
    s2s_status code;
    int input;      /* of the inputs of a call, the number from 1 of the one to blame; 0: none is */
    int name_bytes; /* the beginning of msg that names it, "input 3"; 0 where none is */
    char msg[1024]; /* one line of UTF-8, no control characters, always terminated; what is longer is cut */
} s2s_error;

/* The sentence for a status; never NULL. */
S2S_API const char *s2s_status_text(s2s_status status);

#endif
