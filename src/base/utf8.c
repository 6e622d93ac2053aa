#include "base/str.h"

#include <string.h>

typedef struct range {
    uint32_t first, last;
} range;

/* Combining marks and format characters: blocks that hold hardly anything else. */
static const range zero_width[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f}, {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd},
    {0x05bf, 0x05bf}, {0x05c1, 0x05c2}, {0x05c4, 0x05c5}, {0x05c7, 0x05c7}, {0x0610, 0x061a},
    {0x064b, 0x065f}, {0x0670, 0x0670}, {0x06d6, 0x06dc}, {0x06df, 0x06e4}, {0x06e7, 0x06e8},
    {0x06ea, 0x06ed}, {0x0711, 0x0711}, {0x0730, 0x074a}, {0x0900, 0x0902}, {0x093a, 0x093a},
    {0x093c, 0x093c}, {0x0941, 0x0948}, {0x094d, 0x094d}, {0x0951, 0x0957}, {0x0e31, 0x0e31},
    {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x135d, 0x135f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
    {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x2064}, {0x20d0, 0x20f0}, {0x302a, 0x302d},
    {0x3099, 0x309a}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
};

/* East Asian Width W and F (Unicode Standard Annex 11), and pictures. */
static const range wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x25fd, 0x25fe},
    {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26a1, 0x26a1},   {0x26bd, 0x26be},   {0x26c4, 0x26c5},
    {0x2705, 0x2705},   {0x270a, 0x270b},   {0x2728, 0x2728},   {0x274c, 0x274c},   {0x2753, 0x2755},
    {0x2795, 0x2797},   {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2e80, 0x303e},   {0x3041, 0x33ff},
    {0x3400, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x17000, 0x18cff}, {0x1b000, 0x1b2ff},
    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f7e0, 0x1f7eb}, {0x1f90c, 0x1f9ff}, {0x1fa70, 0x1faff},
    {0x20000, 0x3fffd},
};

int s2s_utf8_length(const char *text, const char *end)
{
    const unsigned char *p = (const unsigned char *)text;
    ptrdiff_t left = end - text;
    if (left < 1)
        return 0;
    if (p[0] < 0x80)
        return 1;
    int n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || left < n)
        return 0;
    /* The second byte is what tells overlong forms, surrogates and values above U+10FFFF. */
    unsigned char least = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char most = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < least || p[1] > most)
        return 0;
    for (int i = 2; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

int s2s_utf8_decode(const char *p, const char *end, uint32_t *code)
{
    static const unsigned char bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07}; /* of the first byte, by the length */
    int n = s2s_utf8_length(p, end);
    *code = n > 0 ? (unsigned char)*p & bits[n] : 0;
    for (int i = 1; i < n; i++)
        *code = *code << 6 | ((unsigned char)p[i] & 0x3f);
    return n;
}

size_t s2s_utf8_check(const char *text, size_t n)
{
    const char *end = text + n;
    const char *p = text;
    while (p < end) {
        int length = s2s_utf8_length(p, end);
        if (length == 0)
            break;
        p += length;
    }
    return (size_t)(p - text);
}

static bool in_ranges(uint32_t c, const range *ranges, size_t n)
{
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        if (c < ranges[middle].first)
            n = middle;
        else if (c > ranges[middle].last)
            low = middle + 1;
        else
            return true;
    }
    return false;
}

int s2s_utf8_width(const char *p, const char *end)
{
    uint32_t c;
    if (s2s_utf8_decode(p, end, &c) == 0)
        return 1;
    if (in_ranges(c, zero_width, sizeof zero_width / sizeof *zero_width))
        return 0;
    return in_ranges(c, wide, sizeof wide / sizeof *wide) ? 2 : 1;
}

void s2s_make_one_line(char *text)
{
    char *to = text;
    for (const char *p = text, *end = text + strlen(text); p < end;) {
        uint32_t code;
        int n = s2s_utf8_decode(p, end, &code);
        bool shown = n > 0 && code >= ' ' && (code < 0x7f || code > 0x9f);
        if (shown)
            memmove(to, p, (size_t)n);
        else
            *to = '?';
        to += shown ? n : 1;
        p += n > 0 ? n : 1;
    }
    *to = '\0';
}
