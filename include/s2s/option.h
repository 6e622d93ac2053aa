/* Options as data: one table describes a struct of options and drives the command line, --help, YAML keys,
 * environment twins and the configuration stored in a model.
 *
 * An option struct holds plain fields only: int, int64_t, double, bool, const char *, and enums as int. */
#ifndef S2S_OPTION_H
#define S2S_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "s2s/status.h"

typedef enum s2s_option_type {
    S2S_OPTION_BOOL,     /* bool field; --name, --no-name, --name=yes|no */
    S2S_OPTION_INT,      /* int field, min..max */
    S2S_OPTION_REAL,     /* double field, min..max */
    S2S_OPTION_TEXT,     /* const char * field; NULL means "not set" */
    S2S_OPTION_CHOICE,   /* int field; one of choices, by name */
    S2S_OPTION_DURATION, /* s2s_duration field: 20e epochs, 5000u updates, 3e6t target tokens, 90m minutes */
    S2S_OPTION_SIZE,     /* int64_t field, bytes: 500M; K, M, G are 1024, 1024^2, 1024^3 bytes */
} s2s_option_type;

/* A length of training; amount 0, written as a mere "0", means "no limit" whatever the unit. */
typedef struct s2s_duration {
    double amount;
    char unit; /* 'e' epochs, 'u' updates, 't' target tokens, 'm' minutes */
} s2s_duration;

typedef struct s2s_option {
    const char *name; /* kebab-case, without dashes */
    char letter;      /* short form, or 0 */
    s2s_option_type type;
    size_t offset;       /* of the field in its struct */
    double min, max;     /* inclusive, for INT and REAL; "nan" is a value only where both are infinite */
    const char *choices; /* names separated by '|', for CHOICE */
    const char *unit;    /* "words", "ms", "FILE", ... for help; may be NULL */
    const char *group;   /* heading in help */
    const char *help;    /* one sentence, lower case, without a full stop */
} s2s_option;

/* A table: options, the struct they describe and its defaults. */
typedef struct s2s_option_table {
    const s2s_option *options;
    int n_options;
    size_t struct_size;
    const void *defaults;
} s2s_option_table;

/* The option of that name; '_' counts as '-'; NULL if there is none. */
S2S_API const s2s_option *s2s_option_find(const s2s_option_table *table, const char *name);
/* The name most like this one, or NULL if none is near. */
S2S_API const char *s2s_option_nearest(const s2s_option_table *table, const char *name);

/* Parses value into the field, in every locale with a decimal point.  Text values are borrowed: they must live
 * as long as the struct; an empty one means "not set".  S2S_MISUSE with "--name: expected ..., found ..." when
 * the value does not fit; the field is then unchanged. */
S2S_API s2s_status s2s_option_set(const s2s_option *option, void *values, const char *value,
                                  s2s_error *err) S2S_MUST_USE;

/* Whether the field holds what s2s_option_set could have put there, for options that a program filled in; else
 * S2S_MISUSE with the same message. */
S2S_API s2s_status s2s_option_check(const s2s_option *option, const void *values, s2s_error *err) S2S_MUST_USE;

/* Writes the value as s2s_option_set would read it into buf (always terminated); returns the length that
 * it has, which may exceed size - 1.  An unset text gives "". */
S2S_API size_t s2s_option_print(const s2s_option *option, const void *values, char *buf, size_t size);
/* Whether both have the same value, as it would be printed; of no text and an empty one, they do. */
S2S_API bool s2s_option_same(const s2s_option *option, const void *a, const void *b);

#endif
