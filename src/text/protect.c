#include "text/protect.h"

#include <string.h>
#include <utf8proc.h>

#include "text/letter.h"

/* Bytes behind a text that tell whether it ends: a search goes no further, or many on one line would take
 * quadratic time. */
enum { BEHIND = 8 };
enum { MAX_SCHEME = 20, MINUS = 0x2212, NO_BREAK_SPACE = 0xa0, NARROW_NO_BREAK_SPACE = 0x202f };

const char *s2s_protect_name(s2s_protect_kind kind)
{
    static const char *const names[] = {
#define X(NAME, name) name,
        S2S_PROTECT_LIST(X)
#undef X
    };
    return names[kind];
}

int32_t s2s_protect_symbol(s2s_protect_kind kind, int i)
{
    return S2S_FIRST_SYMBOL + (int)kind * S2S_PROTECT_EACH + i;
}

bool s2s_is_symbol(int32_t code)
{
    return code >= S2S_FIRST_SYMBOL && code < S2S_FIRST_SYMBOL + S2S_MAX_PROTECTED;
}

void s2s_protect_list(unsigned kinds, s2s_str *list)
{
    const char *comma = "";
    for (int i = 0; i < S2S_MAX_PROTECTED; i++) {
        if (!(kinds >> i / S2S_PROTECT_EACH & 1))
            continue;
        s2s_str_add_text(list, comma);
        s2s_str_add_code(list, S2S_FIRST_SYMBOL + i);
        comma = ",";
    }
}

/* ---- what they are made of ---- */

static char at(const char *p, const char *end)
{
    return p < end ? *p : '\0';
}

static bool is_in(const char *set, char c)
{
    return c && strchr(set, c);
}

static bool is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_ascii_letter(c) || is_ascii_digit(c);
}

static const char *skip_digits(const char *p, const char *end)
{
    while (is_ascii_digit(at(p, end)))
        p++;
    return p;
}

/* Letters, digits and what else is in the set. */
static const char *skip_name(const char *p, const char *end, const char *set)
{
    while (is_alnum(at(p, end)) || is_in(set, at(p, end)))
        p++;
    return p;
}

static char before(const char *begin, const char *p)
{
    return p > begin ? p[-1] : '\0';
}

static s2s_letter letter_before(const char *begin, const char *p)
{
    const char *q = p;
    while (q > begin && p - q < 4) {
        q--;
        if (((unsigned char)*q & 0xc0) != 0x80)
            break;
    }
    return s2s_letter_at(q, p);
}

/* ---- the kinds; each gives the end of what begins at p, or NULL ---- */

typedef const char *end_fn(const char *begin, const char *p, const char *end);

static const char *tag_end(const char *begin, const char *p, const char *end)
{
    (void)begin;
    if (*p != '<')
        return NULL;
    p += at(p + 1, end) == '/' ? 2 : 1;
    if (!is_ascii_letter(at(p, end)))
        return NULL;
    p = skip_name(p, end, "_:.-");
    if (!is_in(" \t>", at(p, end)) && !(at(p, end) == '/' && at(p + 1, end) == '>'))
        return NULL;
    for (; p < end && *p != '<' && *p != '>'; p++) {
        if (*p != '"' && *p != '\'')
            continue;
        p = memchr(p + 1, *p, (size_t)(end - p - 1));
        if (!p)
            return NULL;
    }
    return at(p, end) == '>' ? p + 1 : NULL;
}

/* {0}, {name:04d}, {{ name }}; p is behind the first brace. */
static const char *braces_end(const char *p, const char *end)
{
    static const char inside[] = "_.:,#$%+-", inside_two[] = "_.:,#$%+- ";
    bool two = at(p, end) == '{';
    p = skip_name(p + two, end, two ? inside_two : inside);
    if (at(p, end) != '}' || (two && at(p + 1, end) != '}'))
        return NULL;
    return p + 1 + two;
}

/* %s, %-5.2f, %1$s, %(name)s, %name%; p is behind the per cent sign. */
static const char *format_end(const char *p, const char *end)
{
    const char *name = skip_name(p, end, "_");
    if (name > p && !is_ascii_digit(*p) && at(name, end) == '%' && !is_alnum(at(name + 1, end)))
        return name + 1;
    const char *digits = skip_digits(p, end);
    if (digits > p && at(digits, end) == '$')
        p = digits + 1;
    if (at(p, end) == '(') {
        p = skip_name(p + 1, end, "_.");
        if (at(p++, end) != ')')
            return NULL;
    }
    while (is_in("-+#0", at(p, end)))
        p++;
    p = skip_digits(p, end);
    if (at(p, end) == '.')
        p = skip_digits(p + 1, end);
    while (is_in("hlLqjzt", at(p, end)))
        p++;
    return is_in("diouxXeEfFgGaAcsp@", at(p, end)) && !is_alnum(at(p + 1, end)) ? p + 1 : NULL;
}

static const char *placeholder_end(const char *begin, const char *p, const char *end)
{
    char previous = before(begin, p);
    if (*p == '{')
        return braces_end(p + 1, end);
    if (*p == '$' && at(p + 1, end) == '{')
        return at(p + 2, end) == '{' ? NULL : braces_end(p + 2, end);
    if (*p == '%' && previous != '%' && !is_ascii_digit(previous)) /* not 5 % */
        return format_end(p + 1, end);
    return NULL;
}

/* What ends [p, end) without belonging to an address. */
static const char *without_ending(const char *p, const char *end)
{
    int open = 0; /* brackets that no other one closes; below 0: too many that close */
    for (const char *q = p; q < end; q++)
        open += (*q == '(') - (*q == ')');
    for (; end > p; end--) {
        bool extra = end[-1] == ')' && open < 0;
        if (!extra && !is_in(".,;:!?'(*]", end[-1]))
            break;
        open += (end[-1] == ')') - (end[-1] == '(');
    }
    return end;
}

static const char *url_end(const char *begin, const char *p, const char *end)
{
    if (!is_ascii_letter(*p) || is_alnum(before(begin, p)))
        return NULL;
    const char *near = end - p > MAX_SCHEME ? p + MAX_SCHEME : end, *name = skip_name(p, near, "+.-");
    if (end - name > 3 && memcmp(name, "://", 3) == 0)
        p = name + 3;
    else if (end - p > 4 && memcmp(p, "www.", 4) == 0)
        p += 4;
    else
        return NULL;
    const char *stop = without_ending(p, skip_name(p, end, "-._~:/?#[]@!$&'()*+,;=%"));
    return stop > p ? stop : NULL;
}

/* Labels between full stops, of which the last one is of letters. */
static const char *host_end(const char *p, const char *end)
{
    const char *found = NULL;
    for (int n = 0;; n++) {
        const char *label = p;
        p = skip_name(p, end, "-");
        if (n > 0 && p - label > 1 && is_ascii_letter(*label))
            found = p;
        if (p == label || at(p, end) != '.')
            break;
        p++;
    }
    while (found && found[-1] == '-')
        found--;
    return found;
}

static const char *email_end(const char *begin, const char *p, const char *end)
{
    static const char local[] = "._%+-";
    if (is_alnum(before(begin, p)) || is_in(local, before(begin, p)))
        return NULL;
    const char *name = skip_name(p, end, local);
    return name > p && at(name, end) == '@' ? host_end(name + 1, end) : NULL;
}

static bool is_decimal(int32_t code)
{
    return code < 0x80 ? is_ascii_digit((char)code) : utf8proc_category(code) == UTF8PROC_CATEGORY_ND;
}

static bool is_sign(int32_t code)
{
    return code == '+' || code == '-' || code == MINUS;
}

static bool joins_digits(int32_t code)
{
    return code == '.' || code == ',' || code == ':' || code == NO_BREAK_SPACE || code == NARROW_NO_BREAK_SPACE;
}

/* Whether a sign at p belongs to the number behind it. */
static bool sign_counts(const char *begin, const char *p)
{
    s2s_letter previous = letter_before(begin, p);
    return !previous.len || s2s_is_space(previous.code) || previous.code == '(';
}

/* Whether a number may begin with the digit at p. */
static bool begins_number(const char *begin, const char *p)
{
    s2s_letter previous = letter_before(begin, p);
    const char *q = p - previous.len;
    if (!previous.len)
        return true;
    if (is_sign(previous.code))
        return !sign_counts(begin, q);
    if (joins_digits(previous.code))
        return !is_decimal(letter_before(begin, q).code);
    return !is_decimal(previous.code) && !s2s_is_cased(previous.code) && previous.code != '_';
}

static const char *number_end(const char *begin, const char *p, const char *end)
{
    s2s_letter l = s2s_letter_at(p, end);
    bool sign = is_sign(l.code);
    if (sign ? !sign_counts(begin, p) : !is_decimal(l.code) || !begins_number(begin, p))
        return NULL;
    const char *stop = sign ? NULL : p + l.len; /* behind the last digit */
    for (p += l.len; (l = s2s_letter_at(p, end)).len; p += l.len) {
        if (is_decimal(l.code))
            stop = p + l.len;
        else if (stop != p || !joins_digits(l.code))
            break;
    }
    l = s2s_letter_at(stop, stop ? end : NULL);
    return stop && !s2s_is_cased(l.code) && l.code != '_' ? stop : NULL;
}

size_t s2s_protect_find(unsigned kinds, const char *begin, const char *p, const char *end,
                        s2s_protect_kind *kind)
{
    static end_fn *const ends[S2S_N_PROTECTS] = {
        [S2S_PROTECT_TAG] = tag_end,       [S2S_PROTECT_PLACEHOLDER] = placeholder_end,
        [S2S_PROTECT_URL] = url_end,       [S2S_PROTECT_EMAIL] = email_end,
        [S2S_PROTECT_NUMBER] = number_end,
    };
    if (end - p > S2S_PROTECT_BYTES + BEHIND)
        end = p + S2S_PROTECT_BYTES + BEHIND;
    for (int k = 0; k < S2S_N_PROTECTS; k++) {
        const char *stop = kinds >> k & 1 ? ends[k](begin, p, end) : NULL;
        if (!stop || stop - p > S2S_PROTECT_BYTES)
            continue;
        *kind = (s2s_protect_kind)k;
        return (size_t)(stop - p);
    }
    return 0;
}
