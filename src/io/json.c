#include "io/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { MAX_DEPTH = 64, MAX_NUMBER = 63 };

typedef struct reader {
    const char *p, *end;
    int depth;
    s2s_json_fault fault; /* the first one; nothing is read after it */
    s2s_str text;         /* the last text read */
} reader;

static json_t *read_value(reader *r);

static void fail(reader *r, s2s_json_fault fault)
{
    if (r->fault == S2S_JSON_SOUND)
        r->fault = fault;
}

static bool at(const reader *r, char c)
{
    return r->p < r->end && *r->p == c;
}

/* Steps over c if it is next. */
static bool take(reader *r, char c)
{
    bool found = at(r, c);
    r->p += found;
    return found;
}

static void skip_space(reader *r)
{
    while (at(r, ' ') || at(r, '\n') || at(r, '\t') || at(r, '\r'))
        r->p++;
}

/* ---- texts ---- */

/* Four hexadecimal digits; -1. */
static long read_unit(reader *r)
{
    char digits[5] = {0}, *end;
    if (r->end - r->p < 4)
        return -1;
    memcpy(digits, r->p, 4);
    if (strspn(digits, "0123456789abcdefABCDEF") < 4)
        return -1;
    r->p += 4;
    return strtol(digits, &end, 16);
}

static void add_code_point(s2s_str *text, long code)
{
    if (code < 0x80) {
        s2s_str_add_char(text, (char)code);
        return;
    }
    int n_more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    s2s_str_add_char(text, (char)(0xff00 >> (n_more + 1) | code >> (6 * n_more)));
    while (n_more-- > 0)
        s2s_str_add_char(text, (char)(0x80 | (code >> (6 * n_more) & 0x3f)));
}

/* What follows \u: one unit of UTF-16, or a pair of surrogates. */
static bool read_code_point(reader *r)
{
    long code = read_unit(r);
    if (code <= 0 || (code >= 0xdc00 && code < 0xe000))
        return false;
    if (code >= 0xd800 && code < 0xdc00) {
        long low = take(r, '\\') && take(r, 'u') ? read_unit(r) : -1;
        if (low < 0xdc00 || low >= 0xe000)
            return false;
        code = 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00);
    }
    add_code_point(&r->text, code);
    return true;
}

static bool read_escape(reader *r)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    r->p++;
    if (take(r, 'u'))
        return read_code_point(r);
    const char *found = r->p < r->end && *r->p ? strchr(letters, *r->p) : NULL;
    if (!found)
        return false;
    s2s_str_add_char(&r->text, meanings[found - letters]);
    r->p++;
    return true;
}

/* Characters up to the next quote or backslash. */
static bool read_plain(reader *r)
{
    const char *from = r->p;
    while (r->p < r->end && *r->p != '"' && *r->p != '\\' && (unsigned char)*r->p >= ' ')
        r->p++;
    size_t n = (size_t)(r->p - from), n_good = s2s_utf8_check(from, n);
    r->p = from + n_good;
    s2s_str_add(&r->text, from, n_good);
    return n > 0 && n_good == n;
}

/* A text with its quotes, to r->text. */
static bool read_text(reader *r)
{
    s2s_str_clear(&r->text);
    bool good = take(r, '"');
    while (good && !at(r, '"'))
        good = at(r, '\\') ? read_escape(r) : read_plain(r);
    if (!good || !take(r, '"'))
        fail(r, S2S_JSON_SYNTAX);
    else if (r->text.failed)
        fail(r, S2S_JSON_MEMORY);
    return r->fault == S2S_JSON_SOUND;
}

/* ---- numbers and names ---- */

static bool skip_digits(reader *r)
{
    const char *from = r->p;
    while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
        r->p++;
    return r->p > from;
}

/* Steps over a number; *real tells whether it has a fraction or an exponent. */
static bool skip_number(reader *r, bool *real)
{
    take(r, '-');
    if (!take(r, '0') && !skip_digits(r))
        return false;
    bool fraction = take(r, '.');
    if (fraction && !skip_digits(r))
        return false;
    bool exponent = take(r, 'e') || take(r, 'E');
    if (exponent && !take(r, '+'))
        take(r, '-');
    *real = fraction || exponent;
    return !exponent || skip_digits(r);
}

static json_t *read_number(reader *r)
{
    const char *from = r->p;
    char digits[MAX_NUMBER + 1] = {0};
    bool real = false;
    if (!skip_number(r, &real) || r->p - from > MAX_NUMBER) {
        fail(r, S2S_JSON_SYNTAX);
        return NULL;
    }
    memcpy(digits, from, (size_t)(r->p - from));
    errno = 0;
    long long whole = real ? 0 : strtoll(digits, NULL, 10);
    bool fits = errno != ERANGE;
    double number = real ? s2s_str_to_real(digits, NULL) : 0;
    json_t *value = NULL;
    if (fits && isfinite(number))
        value = real ? json_real(number) : json_integer(whole);
    if (!value)
        fail(r, fits && isfinite(number) ? S2S_JSON_MEMORY : S2S_JSON_SYNTAX);
    return value;
}

static json_t *read_name(reader *r)
{
    static const char *const names[] = {"true", "false", "null"};
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(names[i]);
        if ((size_t)(r->end - r->p) < n || memcmp(r->p, names[i], n) != 0)
            continue;
        r->p += n;
        return i == 2 ? json_null() : json_boolean(i == 0);
    }
    fail(r, S2S_JSON_SYNTAX);
    return NULL;
}

/* ---- arrays and objects ---- */

/* After the opening bracket: whether an element follows, or else the closing one, which is taken. */
static bool begin_elements(reader *r, char close)
{
    r->p++;
    skip_space(r);
    return !take(r, close);
}

/* After an element: whether another follows. */
static bool go_on(reader *r, char close)
{
    skip_space(r);
    if (r->fault != S2S_JSON_SOUND || take(r, close))
        return false;
    if (!take(r, ','))
        fail(r, S2S_JSON_SYNTAX);
    skip_space(r);
    return r->fault == S2S_JSON_SOUND;
}

static void read_element(reader *r, json_t *array)
{
    json_t *value = read_value(r);
    if (value && json_array_append_new(array, value) != 0)
        fail(r, S2S_JSON_MEMORY);
}

static void read_member(reader *r, json_t *object)
{
    if (!read_text(r))
        return;
    if (json_object_get(object, s2s_str_text(&r->text))) {
        fail(r, S2S_JSON_DUPLICATE);
        return;
    }
    s2s_str key = r->text;
    r->text = (s2s_str){0};
    skip_space(r);
    if (!take(r, ':'))
        fail(r, S2S_JSON_SYNTAX);
    json_t *value = read_value(r);
    if (value && json_object_set_new_nocheck(object, s2s_str_text(&key), value) != 0)
        fail(r, S2S_JSON_MEMORY);
    s2s_str_free(&key);
}

static json_t *read_container(reader *r, char close)
{
    json_t *container = close == '}' ? json_object() : json_array();
    if (!container || r->depth == MAX_DEPTH)
        fail(r, container ? S2S_JSON_SYNTAX : S2S_JSON_MEMORY);
    r->depth++;
    bool more = r->fault == S2S_JSON_SOUND && begin_elements(r, close);
    for (; more; more = go_on(r, close)) {
        if (close == '}')
            read_member(r, container);
        else
            read_element(r, container);
    }
    r->depth--;
    if (r->fault == S2S_JSON_SOUND)
        return container;
    json_decref(container);
    return NULL;
}

static json_t *read_string(reader *r)
{
    if (!read_text(r))
        return NULL;
    json_t *value = json_stringn_nocheck(s2s_str_text(&r->text), r->text.len);
    if (!value)
        fail(r, S2S_JSON_MEMORY);
    return value;
}

/* NULL once there is a fault. */
static json_t *read_value(reader *r)
{
    skip_space(r);
    if (r->fault != S2S_JSON_SOUND)
        return NULL;
    if (at(r, '{'))
        return read_container(r, '}');
    if (at(r, '['))
        return read_container(r, ']');
    if (at(r, '"'))
        return read_string(r);
    if (at(r, '-') || (r->p < r->end && *r->p >= '0' && *r->p <= '9'))
        return read_number(r);
    return read_name(r);
}

json_t *s2s_json_load(const char *text, size_t n, s2s_json_error *why)
{
    reader r = {.p = text, .end = text + n};
    json_t *json = read_value(&r);
    skip_space(&r);
    if (r.p < r.end)
        fail(&r, S2S_JSON_SYNTAX);
    s2s_str_free(&r.text);
    *why = (s2s_json_error){r.fault, (size_t)(r.p - text)};
    if (r.fault == S2S_JSON_SOUND)
        return json;
    json_decref(json);
    return NULL;
}

/* ---- writing ---- */

static int append(const char *bytes, size_t n, void *text)
{
    s2s_str_add(text, bytes, n);
    return 0;
}

char *s2s_json_dump(const json_t *json, size_t flags)
{
    s2s_str text = {0};
    if (json_dump_callback(json, append, &text, JSON_COMPACT | flags) != 0 || text.failed)
        s2s_str_free(&text);
    return text.data;
}
