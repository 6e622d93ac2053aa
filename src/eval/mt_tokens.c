#include "eval/mt_tokens.h"

#include <utf8proc.h>

/* ---- classes of characters ---- */

typedef struct range {
    int first, last;
} range;

static bool is_among(int code, const range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}
#define IS_AMONG(code, ranges) is_among(code, ranges, sizeof(ranges) / sizeof *(ranges))

static bool is_any(int code)
{
    (void)code;
    return true;
}

static bool is_digit(int code)
{
    return code >= '0' && code <= '9';
}

static bool is_no_digit(int code)
{
    return !is_digit(code);
}

static bool is_dash(int code)
{
    return code == '-';
}

static bool is_period_or_comma(int code)
{
    return code == '.' || code == ',';
}

/* ASCII punctuation but ' , - . */
static bool is_western_symbol(int code)
{
    static const range ranges[] = {{' ', '&'}, {'(', '+'}, {'/', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}};
    return code < 0x80 && IS_AMONG(code, ranges);
}

static bool is_number(int code)
{
    utf8proc_category_t category = utf8proc_category(code);
    return category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
}

static bool is_no_number(int code)
{
    return !is_number(code);
}

static bool is_punctuation(int code)
{
    utf8proc_category_t category = utf8proc_category(code);
    return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

static bool is_symbol(int code)
{
    utf8proc_category_t category = utf8proc_category(code);
    return category >= UTF8PROC_CATEGORY_SM && category <= UTF8PROC_CATEGORY_SO;
}

/* sacreBLEU writes U+20000 to U+2A6D6 and U+2F800 to U+2FA1D with four digits, so that Python reads two
 * characters each, the second a digit; what it compares with them then are the ranges from U+2001 and
 * U+2F81. */
static bool is_chinese(int code)
{
    static const range ranges[] = {{0x3400, 0x4db5}, {0x4e00, 0x9fa5}, {0x9fa6, 0x9fbb}, {0xf900, 0xfa2d},
                                   {0xfa30, 0xfa6a}, {0xfa70, 0xfad9}, {0x2001, 0x2a6d}, {0x2f81, 0x2fa1},
                                   {0xff00, 0xffef}, {0x2e80, 0x2eff}, {0x3000, 0x303f}, {0x31c0, 0x31ef},
                                   {0x2f00, 0x2fdf}, {0x2ff0, 0x2fff}, {0x3100, 0x312f}, {0x31a0, 0x31bf},
                                   {0xfe10, 0xfe1f}, {0xfe30, 0xfe4f}, {0x2600, 0x26ff}, {0x2700, 0x27bf},
                                   {0x3200, 0x32ff}, {0x3300, 0x33ff}};
    return code >= 0x2001 && IS_AMONG(code, ranges);
}

static bool is_asian_punctuation(int code)
{
    static const range ranges[] = {{0x3001, 0x3002}, {0x3008, 0x3011}, {0x3014, 0x301f}, {0xff61, 0xff65},
                                   {0x30fb, 0x30fb}, {0xff0e, 0xff0e}, {0xff0c, 0xff0c}, {0xff1f, 0xff1f},
                                   {0xff1a, 0xff1b}, {0xff01, 0xff02}, {0xff08, 0xff09}};
    return code >= 0x3001 && IS_AMONG(code, ranges);
}

/* What Tercom takes for a word of its own; U+3F22 is sacreBLEU's slip for U+32FF. */
static bool is_asian(int code)
{
    static const range ranges[] = {{0x4e00, 0x9fff}, {0x3400, 0x4dbf}, {0x31c0, 0x31ef}, {0x2e80, 0x2eff},
                                   {0xf900, 0xfaff}, {0xfe30, 0xfe4f}, {0x3200, 0x3f22}};
    return code >= 0x2e80 && (IS_AMONG(code, ranges) || is_asian_punctuation(code));
}

static bool is_ter_punctuation(int code)
{
    static const range ranges[] = {{'!', '"'}, {'(', ')'}, {',', ','}, {'.', '.'}, {':', ';'}, {'?', '?'}};
    return IS_AMONG(code, ranges);
}

/* ---- steps ---- */

static void unescape(s2s_draft *draft)
{
    s2s_draft_replace(draft, "&quot;", "\"");
    s2s_draft_replace(draft, "&amp;", "&");
    s2s_draft_replace(draft, "&lt;", "<");
    s2s_draft_replace(draft, "&gt;", ">");
}

/* Periods and commas but inside numbers, and dashes behind digits. */
static void split_numbers(s2s_draft *draft)
{
    s2s_draft_split_second(draft, is_no_digit, is_period_or_comma);
    s2s_draft_split_first(draft, is_period_or_comma, is_no_digit);
    s2s_draft_split_second(draft, is_digit, is_dash);
}

/* ---- tokenisers ---- */

static void tokenise_13a(s2s_draft *draft)
{
    s2s_draft_replace(draft, "<skipped>", "");
    unescape(draft);
    s2s_draft_surround(draft);
    s2s_draft_set_apart(draft, is_western_symbol);
    split_numbers(draft);
}

static void tokenise_intl(s2s_draft *draft)
{
    s2s_draft_split_second(draft, is_no_number, is_punctuation);
    s2s_draft_split_first(draft, is_punctuation, is_no_number);
    s2s_draft_set_apart(draft, is_symbol);
}

static void tokenise_zh(s2s_draft *draft)
{
    s2s_draft_strip_start(draft);
    s2s_draft_set_apart(draft, is_chinese);
    s2s_draft_set_apart(draft, is_western_symbol);
    split_numbers(draft);
}

static void tokenise_char(s2s_draft *draft)
{
    s2s_draft_set_apart(draft, is_any);
}

static void tokenise_none(s2s_draft *draft)
{
    (void)draft;
}

void s2s_tokenise_bleu(s2s_draft *draft, s2s_bleu_tokenize tokenize)
{
    static void (*const tokenisers[])(s2s_draft *) = {
        [S2S_BLEU_TOKENIZE_13A] = tokenise_13a,   [S2S_BLEU_TOKENIZE_INTL] = tokenise_intl,
        [S2S_BLEU_TOKENIZE_ZH] = tokenise_zh,     [S2S_BLEU_TOKENIZE_CHAR] = tokenise_char,
        [S2S_BLEU_TOKENIZE_NONE] = tokenise_none,
    };
    tokenisers[tokenize](draft);
}

void s2s_tokenise_ter(s2s_draft *draft, const s2s_metrics_options *options)
{
    if (!options->ter_case_sensitive)
        s2s_draft_lower(draft);
    if (options->ter_normalized) {
        unescape(draft);
        s2s_draft_surround(draft);
        s2s_draft_set_apart(draft, is_western_symbol);
        s2s_draft_replace(draft, "'s ", " 's ");
        split_numbers(draft);
        if (options->ter_asian_support)
            s2s_draft_set_apart(draft, is_asian);
    }
    if (options->ter_no_punct) {
        s2s_draft_remove(draft, is_ter_punctuation);
        if (options->ter_asian_support)
            s2s_draft_remove(draft, is_asian_punctuation);
    }
}
