#include "text/letter.h"

#include <string.h>
#include <utf8proc.h>

enum { REPLACEMENT = 0xfffd, NEXT_LINE = 0x85, ASCII_END = 0x80, DELETE = 0x7f };

s2s_letter s2s_letter_at(const char *p, const char *end)
{
    if (p >= end)
        return (s2s_letter){0, 0};
    if ((unsigned char)*p < ASCII_END)
        return (s2s_letter){*p, 1};
    uint32_t code;
    int len = s2s_utf8_decode(p, end, &code);
    return len > 0 ? (s2s_letter){(int32_t)code, len} : (s2s_letter){REPLACEMENT, 1};
}

bool s2s_is_space(int32_t code)
{
    if (code < ASCII_END)
        return code == ' ' || (code >= '\t' && code <= '\r');
    utf8proc_category_t category = utf8proc_category(code);
    return code == NEXT_LINE || category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

bool s2s_is_control(int32_t code)
{
    return code < ASCII_END ? code < ' ' || code == DELETE : utf8proc_category(code) == UTF8PROC_CATEGORY_CC;
}

bool s2s_is_alpha(int32_t code)
{
    if (code < ASCII_END)
        return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return true;
    default:
        return false;
    }
}

bool s2s_is_digit(int32_t code)
{
    if (code < ASCII_END)
        return code >= '0' && code <= '9';
    utf8proc_category_t category = utf8proc_category(code);
    return category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_NL;
}

bool s2s_is_cased(int32_t code)
{
    utf8proc_category_t category = utf8proc_category(code);
    return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL ||
           category == UTF8PROC_CATEGORY_LT;
}

bool s2s_is_lower(int32_t code)
{
    return code < ASCII_END ? code >= 'a' && code <= 'z' : utf8proc_category(code) == UTF8PROC_CATEGORY_LL;
}

const char *s2s_skip_letter(const char *p, const char *end)
{
    return p + s2s_letter_at(p, end).len;
}

const char *s2s_skip_space(const char *p, const char *end)
{
    for (s2s_letter l; (l = s2s_letter_at(p, end)).len && s2s_is_space(l.code);)
        p += l.len;
    return p;
}

bool s2s_next_word(const char **p, const char *end, s2s_span *word)
{
    const char *begin = s2s_skip_space(*p, end);
    *p = begin;
    for (s2s_letter l; (l = s2s_letter_at(*p, end)).len && !s2s_is_space(l.code);)
        *p += l.len;
    *word = (s2s_span){begin, (size_t)(*p - begin)};
    return word->len > 0;
}

int s2s_compare_words(s2s_span a, s2s_span b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

void s2s_str_add_code(s2s_str *str, int32_t code)
{
    uint8_t bytes[4];
    s2s_str_add(str, (const char *)bytes, (size_t)utf8proc_encode_char(code, bytes));
}

void s2s_str_add_span(s2s_str *str, s2s_span text)
{
    s2s_str_add(str, text.data, text.len);
}

void s2s_str_add_lower(s2s_str *str, s2s_span text)
{
    const char *end = text.data + text.len;
    s2s_letter l;
    for (const char *p = text.data; (l = s2s_letter_at(p, end)).len; p += l.len) {
        int32_t lower = utf8proc_tolower(l.code);
        if (lower == l.code)
            s2s_str_add(str, p, (size_t)l.len);
        else
            s2s_str_add_code(str, lower);
    }
}

void s2s_str_add_capitalised(s2s_str *str, s2s_span text)
{
    s2s_letter first = s2s_letter_at(text.data, text.data + text.len);
    int32_t upper = utf8proc_toupper(first.code);
    if (upper == first.code) {
        s2s_str_add_span(str, text);
        return;
    }
    s2s_str_add_code(str, upper);
    s2s_str_add(str, text.data + first.len, text.len - (size_t)first.len);
}
