#include "text/sentence.h"

#include <utf8proc.h>

#include "text/letter.h"

/* What has been read of the end of a sentence. */
typedef enum ending {
    NO_END,
    END_BEFORE_SPACE, /* if white space comes next */
    END_HERE,         /* whatever comes next */
} ending;

static bool is_one_of(int32_t code, const int32_t *codes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (codes[i] == code)
            return true;
    return false;
}

static ending ending_of(int32_t code)
{
    /* ASCII, general, Armenian, Arabic, Devanagari, Burmese, Ethiopic, Khmer. */
    static const int32_t spaced[] = {'.',    '!',    '?',    0x2026, 0x203c, 0x203d, 0x2047,
                                     0x2048, 0x2049, 0x0589, 0x061f, 0x06d4, 0x0964, 0x0965,
                                     0x104a, 0x104b, 0x1362, 0x1367, 0x17d4, 0x17d5};
    static const int32_t full_width[] = {0x3002, 0xff01, 0xff0e, 0xff1f, 0xff61};
    if (is_one_of(code, full_width, sizeof full_width / sizeof *full_width))
        return END_HERE;
    return is_one_of(code, spaced, sizeof spaced / sizeof *spaced) ? END_BEFORE_SPACE : NO_END;
}

static bool is_line_end(int32_t code)
{
    return code == '\v' || code == '\f' || code == 0x85 || code == 0x2028 || code == 0x2029;
}

static bool is_closing(int32_t code)
{
    utf8proc_category_t category = utf8proc_category(code);
    return code == '"' || code == '\'' || category == UTF8PROC_CATEGORY_PE || category == UTF8PROC_CATEGORY_PF;
}

/* What follows ending `before` when the next character is this one. */
static ending ending_after(ending before, int32_t code)
{
    ending now = ending_of(code);
    if (now != NO_END)
        return before == END_HERE ? END_HERE : now;
    return is_closing(code) ? before : NO_END;
}

const char *s2s_sentence_cut(const char *begin, const char *reach, const char *end, s2s_cut *cut)
{
    const char *sentence = NULL, *space = NULL;
    ending ended = NO_END;
    bool was_blank = false;
    for (const char *p = begin; p <= reach && p < end;) {
        s2s_letter l = s2s_letter_at(p, end);
        bool blank = s2s_is_space(l.code);
        ending next = ending_after(ended, l.code);
        bool goes_on = next != NO_END && ended != NO_END; /* "?!", and a quotation mark behind it */
        if (p > begin && ((ended == END_HERE && !goes_on) || (ended != NO_END && blank) || is_line_end(l.code)))
            sentence = p;
        if (p > begin && blank && !was_blank)
            space = p;
        ended = next;
        was_blank = blank;
        p += l.len;
    }
    *cut = sentence ? S2S_CUT_SENTENCE : space ? S2S_CUT_SPACE : S2S_CUT_ANYWHERE;
    return sentence ? sentence : space ? space : reach;
}

bool s2s_is_unspaced(int32_t code)
{
    return (code >= 0x2e80 && code <= 0x312f)       /* radicals, punctuation, kana, bopomofo */
           || (code >= 0x31a0 && code <= 0x9fff)    /* more of them, ideographs */
           || (code >= 0xf900 && code <= 0xfaff)    /* compatibility ideographs */
           || (code >= 0xfe30 && code <= 0xfe4f)    /* vertical forms */
           || (code >= 0xff00 && code <= 0xff9f)    /* full and half width */
           || (code >= 0x20000 && code <= 0x3ffff); /* further ideographs */
}
