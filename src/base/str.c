#include "base/str.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void s2s_str_clear(s2s_str *str)
{
    str->len = 0;
    if (str->data)
        str->data[0] = '\0';
}

void s2s_str_free(s2s_str *str)
{
    free(str->data);
    *str = (s2s_str){0};
}

/* Room for n more bytes and the terminator. */
static bool reserve(s2s_str *str, size_t n)
{
    if (str->failed || n >= PTRDIFF_MAX - str->len) {
        str->failed = true;
        return false;
    }
    size_t needed = str->len + n + 1;
    if (needed <= str->cap)
        return true;
    size_t cap = str->cap < 32 ? 32 : str->cap + str->cap / 2;
    if (cap < needed)
        cap = needed;
    char *data = realloc(str->data, cap);
    if (!data) {
        str->failed = true;
        return false;
    }
    str->data = data;
    str->cap = cap;
    return true;
}

void s2s_str_add(s2s_str *str, const char *bytes, size_t n)
{
    if (!reserve(str, n))
        return;
    if (n > 0)
        memcpy(str->data + str->len, bytes, n);
    str->len += n;
    str->data[str->len] = '\0';
}

void s2s_str_add_text(s2s_str *str, const char *text)
{
    s2s_str_add(str, text, strlen(text));
}

void s2s_str_add_char(s2s_str *str, char c)
{
    s2s_str_add(str, &c, 1);
}

void s2s_str_printf(s2s_str *str, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    s2s_str_vprintf(str, fmt, args);
    va_end(args);
}

void s2s_str_vprintf(s2s_str *str, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    if (n < 0)
        str->failed = true;
    else if (reserve(str, (size_t)n)) {
        vsnprintf(str->data + str->len, (size_t)n + 1, fmt, again);
        str->len += (size_t)n;
    }
    va_end(again);
}

const char *s2s_str_text(const s2s_str *str)
{
    return str->data ? str->data : "";
}

/* The C locale instead of the program's. */
typedef struct plain_locale {
    locale_t plain, before;
} plain_locale;

static plain_locale begin_plain(void)
{
    plain_locale l = {.plain = newlocale(LC_ALL_MASK, "C", (locale_t)0)};
    if (l.plain)
        l.before = uselocale(l.plain);
    return l;
}

static void end_plain(plain_locale l)
{
    if (!l.plain)
        return;
    uselocale(l.before);
    freelocale(l.plain);
}

double s2s_str_to_real(const char *text, char **end)
{
    plain_locale l = begin_plain();
    double value = strtod(text, end);
    end_plain(l);
    return value;
}

void s2s_real_to_str(char *buf, size_t size, int digits, double value)
{
    plain_locale l = begin_plain();
    snprintf(buf, size, "%.*g", digits, value);
    end_plain(l);
}

bool s2s_same_span(s2s_span a, s2s_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool s2s_span_is(s2s_span span, const char *text)
{
    return s2s_same_span(span, (s2s_span){text, strlen(text)});
}

s2s_span s2s_str_span(const s2s_str *str)
{
    return (s2s_span){s2s_str_text(str), str->len};
}

bool s2s_span_next(const char **list, char separator, s2s_span *item)
{
    if (!*list)
        return false;
    const char *end = strchr(*list, separator);
    *item = (s2s_span){*list, end ? (size_t)(end - *list) : strlen(*list)};
    *list = end ? end + 1 : NULL;
    return true;
}

bool s2s_list_next(const char **list, s2s_span *item)
{
    return s2s_span_next(list, ',', item);
}

bool s2s_lines_next(const char **lines, s2s_span *line)
{
    return s2s_span_next(lines, '\n', line);
}

int s2s_lines_count(const char *lines)
{
    s2s_span line;
    int n = 0;
    while (s2s_lines_next(&lines, &line))
        n++;
    return n;
}

size_t s2s_word_distance(const char *a, const char *b)
{
    size_t row[64]; /* row[j]: distance between the letters of a read so far and the first j of b */
    size_t n_a = strlen(a), n_b = strlen(b);
    if (n_b >= sizeof row / sizeof *row)
        return n_a > n_b ? n_a : n_b;
    for (size_t j = 0; j <= n_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[n_b];
}
