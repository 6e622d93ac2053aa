/* What `protect` finds, and the way of a pair's texts through the step and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "text/tokeniser.h"

static const unsigned all_kinds = (1u << S2S_N_PROTECTS) - 1;

static s2s_span span(const char *text)
{
    return (s2s_span){text, strlen(text)};
}

/* What is found in the line, as kind=text with a blank between two. */
static void found_in(const char *line, s2s_str *found)
{
    const char *end = line + strlen(line);
    for (const char *p = line; p < end;) {
        s2s_protect_kind kind;
        size_t n = s2s_protect_find(all_kinds, line, p, end, &kind);
        if (n)
            s2s_str_printf(found, "%s%s=%.*s", found->len ? " " : "", s2s_protect_name(kind), (int)n, p);
        p += n ? n : 1;
    }
}

static void assert_found(const char *line, const char *expected)
{
    s2s_str found = {0};
    found_in(line, &found);
    assert_string_equal(s2s_str_text(&found), expected);
    s2s_str_free(&found);
}

static void test_tags(void **state)
{
    (void)state;
    assert_found("a<b>c</b><br/><br />", "tag=<b> tag=</b> tag=<br/> tag=<br />");
    assert_found("<a href=\"x>y\" b='<'>", "tag=<a href=\"x>y\" b='<'>");
    assert_found("<g:x-1 id=\"2\">", "tag=<g:x-1 id=\"2\">");
    assert_found("1 < 2 > 0", "number=1 number=2 number=0");
    assert_found("<> < b> <3> </ b> <b <b", "number=3");
    assert_found("<a b=\"c>", "");
    assert_found("<https://a.bc/> <me@a.bc>", "url=https://a.bc/ email=me@a.bc");
}

static void test_placeholders(void **state)
{
    (void)state;
    assert_found("{} {0} {user.name} {x:04d} {{ name }} ${HOME}",
                 "placeholder={} placeholder={0} placeholder={user.name} placeholder={x:04d} "
                 "placeholder={{ name }} placeholder=${HOME}");
    assert_found("%s, %d %1$s %-5.2f %lld %(name)s %@ %name%.",
                 "placeholder=%s placeholder=%d placeholder=%1$s placeholder=%-5.2f placeholder=%lld "
                 "placeholder=%(name)s placeholder=%@ placeholder=%name%");
    assert_found("{a b} {{a b} { { } 5%d 100 % sure %% %y %sure %(a", "number=5 number=100");
    assert_found("$5 {", "number=5");
}

static void test_addresses(void **state)
{
    (void)state;
    assert_found("See http://a.bc/d?e=f&g#h, (https://x.yz/(a)) or www.a.bc.",
                 "url=http://a.bc/d?e=f&g#h url=https://x.yz/(a) url=www.a.bc");
    assert_found("https://a.bc/\u3092\u898b\u3066", "url=https://a.bc/");
    assert_found("git+ssh://u@h:22/p", "url=git+ssh://u@h:22/p");
    assert_found("http:// www. ://x xwww.a.b", "");
    assert_found("john.doe+x@mail.example.com.", "email=john.doe+x@mail.example.com");
    assert_found("a@b a@b.c @b.cd a@.cd a@b.cd-", "email=a@b.cd");
}

static void test_long_texts_stay(void **state)
{
    (void)state;
    char line[S2S_PROTECT_BYTES + 2];
    memset(line, '7', sizeof line);
    for (size_t n = S2S_PROTECT_BYTES; n < sizeof line; n++) {
        s2s_protect_kind kind;
        size_t found = s2s_protect_find(all_kinds, line, line, line + n, &kind);
        assert_int_equal(found, n == S2S_PROTECT_BYTES ? n : 0);
    }
}

static void test_numbers(void **state)
{
    (void)state;
    assert_found("5 1,000.50 12:30, -3 (+4) 10-20 3.", "number=5 number=1,000.50 number=12:30 number=-3 "
                                                       "number=+4 number=10 number=20 number=3");
    assert_found("1\u00a0000 \u22125 \uff11\uff12", "number=1\u00a0000 number=\u22125 number=\uff11\uff12");
    assert_found("3\u67085\u65e5", "number=3 number=5");
    assert_found("x86 3D 1st A4 1.5x _1 1_ - + \u2166", "");
}

/* Processor time to find things in n bytes of a text that repeats a part. */
static double seconds_for(const char *part, size_t n)
{
    char *line = malloc(n + 1);
    assert_non_null(line);
    for (size_t k = 0; k < n; k++)
        line[k] = part[k % strlen(part)];
    line[n] = '\0';
    s2s_str found = {0};
    clock_t begin = clock();
    found_in(line, &found);
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    s2s_str_free(&found);
    free(line);
    return seconds;
}

/* Whether eight times as much takes sixteen times as long at most: quadratic time would be 64 times as long.
 * Other work on the machine disturbs, so the best of three tries counts. */
static bool takes_linear_time(const char *part)
{
    enum { N = 1 << 17, TRIES = 3 };
    const double noise = 0.01; /* of a short time */
    for (int i = 0; i < TRIES; i++) {
        double eighth = seconds_for(part, N / 8), whole = seconds_for(part, N);
        if (whole <= 16 * eighth + noise)
            return true;
    }
    return false;
}

/* Beginnings that come to nothing. */
static void test_hostile_lines_take_linear_time(void **state)
{
    (void)state;
    static const char *const parts[] = {"<a ",   "<a '", "<a \"'",   "{",    "{{",       "{a",     "%",  "%(a",
                                        "%0",    "%a",   "a+",       "a:/",  "www.",     "w",      "a@", "a.",
                                        "a@b.",  ".",    "1.",       "1.a",  "1,",       "-",      "1",  "((",
                                        "h://)", "\xff", "\xe2\x88", "a@b-", "http://(", "\u00a0", "$",  "${"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!takes_linear_time(parts[i]))
            fail_msg("\"%s\": more than linear time", parts[i]);
}

/* ---- the step ---- */

typedef struct pair {
    s2s_text_pipeline *source, *target;
    s2s_text_buffer buffer;
} pair;

static pair open_pair(const char *source, const char *target)
{
    pair p = {0};
    s2s_error err = {0};
    if (s2s_text_open(&p.source, source, "--src-text", NULL, 0, &err) ||
        s2s_text_open(&p.target, target, "--tgt-text", NULL, 0, &err) ||
        s2s_text_pair(p.source, p.target, NULL, &err))
        fail_msg("%s", err.msg);
    return p;
}

static void close_pair(pair *p)
{
    s2s_text_close(p->source);
    s2s_text_close(p->target);
    s2s_text_buffer_free(&p->buffer);
}

/* Letters stand for symbols in expected texts: A and B are the first ones of tags, C and D of placeholders, E
 * of URLs, G of e-mail addresses, I and J of numbers. */
static void assert_text(s2s_span text, const char *expected)
{
    s2s_str shown = {0};
    for (size_t i = 0; i < text.len; i++) {
        bool symbol = i + 4 <= text.len && memcmp(text.data + i, "\xf3\xb0\x80", 3) == 0;
        if (symbol) {
            int n = (unsigned char)text.data[i + 3] - 0x80;
            assert_true(n < S2S_MAX_PROTECTED && n % S2S_PROTECT_EACH < 2);
            s2s_str_add_char(&shown, (char)('A' + n / S2S_PROTECT_EACH * 2 + n % S2S_PROTECT_EACH));
            i += 3;
        } else {
            s2s_str_add_char(&shown, text.data[i]);
        }
    }
    assert_string_equal(s2s_str_text(&shown), expected);
    s2s_str_free(&shown);
}

static void assert_applied(pair *p, const s2s_text_pipeline *pipeline, const char *line, const char *expected)
{
    s2s_span out;
    assert_int_equal(s2s_text_apply(pipeline, &p->buffer, span(line), &out, NULL), S2S_OK);
    assert_text(out, expected);
}

/* output: with the letters of assert_text between brackets for symbols. */
static void assert_inverted(pair *p, const char *output, const char *expected)
{
    s2s_str text = {0};
    for (const char *c = output; *c; c++) {
        if (*c != '[') {
            s2s_str_add_char(&text, *c);
            continue;
        }
        int letter = *++c - 'A';
        s2s_str_add(&text, "\xf3\xb0\x80", 3);
        s2s_str_add_char(&text, (char)(0x80 + letter / 2 * S2S_PROTECT_EACH + letter % 2));
        c++;
    }
    s2s_span out;
    assert_int_equal(s2s_text_invert(p->target, &p->buffer, (s2s_span){text.data, text.len}, &out, NULL),
                     S2S_OK);
    assert_int_equal(out.len, strlen(expected));
    assert_memory_equal(out.data, expected, out.len);
    s2s_str_free(&text);
}

static void test_both_sides_share_symbols(void **state)
{
    (void)state;
    pair p = open_pair("protect", "protect");
    assert_applied(&p, p.source, "{0} of {1}, see www.a.bc or {0}", "C of D, see E or C");
    assert_applied(&p, p.target, "{1}: {0}, {2} www.a.bc 7", "D: C, {2} E 7"); /* what the source lacks stays */
    assert_inverted(&p, "[D] zu [C] [E]", "{1} zu {0} www.a.bc");
    assert_applied(&p, p.source, "nothing", "nothing"); /* the line before is forgotten */
    assert_applied(&p, p.target, "{1}", "{1}");
    assert_int_equal(s2s_text_remember(p.source, &p.buffer, span("{1} {0}"), NULL), S2S_OK);
    assert_applied(&p, p.target, "{0} {1}", "D C");
    close_pair(&p);
}

static void test_later_steps_do_no_harm(void **state)
{
    (void)state;
    static const char list[] = "protect,nfkc,spaces,lower,punctuation:en,moses:en";
    pair p = open_pair(list, list);
    assert_applied(&p, p.source, "See HTTP://Example.COM/a?b, {Name}: 1,000.5%!", "see E , C : I % !");
    assert_inverted(&p, "siehe [E] , [C] : [I] % !", "siehe HTTP://Example.COM/a?b, {Name}: 1,000.5%!");
    close_pair(&p);
}

static void test_tags_keep_their_inner_blanks(void **state)
{
    (void)state;
    pair p = open_pair("protect:tag,moses:en", "protect:tag,moses:en");
    assert_applied(&p, p.source, "Press <b>OK</b> now", "Press A OK B now");
    assert_inverted(&p, "Nun [A] OK [B] .", "Nun <b>OK</b>.");
    assert_applied(&p, p.source, "Press <b> OK </b> now", "Press A OK B now");
    assert_inverted(&p, "Nun [A] OK [B]", "Nun <b> OK </b>");
    assert_applied(&p, p.source, "a<br/>b", "a A b");
    assert_inverted(&p, "c [A] d", "c<br/>d");
    close_pair(&p);
}

static void test_symbols_never_leak(void **state)
{
    (void)state;
    pair p = open_pair("protect", "protect");
    assert_applied(&p, p.source, "{0}", "C");
    assert_inverted(&p, "a [D] b", "a b");
    assert_inverted(&p, "[D] a", "a");
    assert_inverted(&p, "a [D]", "a");
    assert_inverted(&p, "([J])", "()");
    assert_inverted(&p, "[D][J]", "");
    /* a line that has the reserved code points itself */
    assert_applied(&p, p.source, "x \U000f0008 \U000f0027", "x \ufffd \ufffd");
    assert_applied(&p, p.target, "\U000f0008", "\ufffd");
    assert_inverted(&p, "[C]", "");
    assert_applied(&p, p.source, "<a b=\"\U000f0001\">", "A");
    assert_inverted(&p, "[A] [B]", "<a b=\"\U000f0001\">");
    close_pair(&p);
}

static void test_as_many_as_there_are_symbols(void **state)
{
    (void)state;
    pair p = open_pair("protect:number", "protect:number");
    s2s_span out;
    s2s_error err = {0};
    assert_int_equal(s2s_text_apply(p.source, &p.buffer, span("1 2 3 4 5 6 7 8 9 10 1"), &out, &err), S2S_OK);
    assert_int_equal(p.buffer.protected.n, S2S_PROTECT_EACH);
    assert_memory_equal(out.data + 8 * 5, "9 10 ", 5);
    assert_int_equal(out.len, 8 * 5 + 5 + 4);
    close_pair(&p);
}

static void test_kinds_are_chosen(void **state)
{
    (void)state;
    pair p = open_pair("protect:url+email", "nfc,protect:email+url");
    assert_applied(&p, p.source, "{0} 5 a@b.cd http://a.b", "{0} 5 G E");
    close_pair(&p);

    static const struct {
        const char *source, *target, *message;
    } refused[] = {
        {"protect:uri", "",
         "--src-text protect:uri: expected some of placeholder, url, email, number, tag, with + "
         "between them, found \"uri\""},
        {"protect:url+", "",
         "--src-text protect:url+: expected some of placeholder, url, email, number, tag, with "
         "+ between them, found \"\""},
        {"protect:", "", "--src-text protect:: expected protect:KINDS"},
        {"protect,protect:url", "", "--src-text protect:url: expected at most one step protect, found two"},
        {"protect:url", "protect:url+tag",
         "--src-text and --tgt-text: expected protect with the same kinds, found url and url+tag"},
        {"protect:url", "lower",
         "--src-text and --tgt-text: expected protect with the same kinds, found url and none"},
        {"", "protect:tag",
         "--src-text and --tgt-text: expected protect with the same kinds, found none and tag"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        s2s_text_pipeline *source = NULL, *target = NULL;
        s2s_error err = {0};
        s2s_status status = s2s_text_open(&source, refused[i].source, "--src-text", NULL, 0, &err);
        if (status == S2S_OK)
            status = s2s_text_open(&target, refused[i].target, "--tgt-text", NULL, 0, &err);
        if (status == S2S_OK)
            status = s2s_text_pair(source, target, NULL, &err);
        assert_int_equal(status, S2S_BAD_CONFIG);
        assert_string_equal(err.msg, refused[i].message);
        s2s_text_close(source);
        s2s_text_close(target);
    }
}

static void test_tokenisers_leave_symbols_whole(void **state)
{
    (void)state;
    static const s2s_tokeniser_kind kinds[] = {S2S_TOKENISE_CHARACTER, S2S_TOKENISE_WORD};
    pair p = open_pair("protect", "protect");
    for (size_t k = 0; k < 2; k++) {
        const s2s_tokeniser source = {.kind = kinds[k], .text = p.source},
                            target = {.kind = kinds[k], .text = p.target};
        static const char line[] = "see http://a.bc/d, now";
        s2s_pieces pieces = {0};
        s2s_span out;
        assert_int_equal(s2s_tokenise(&source, line, strlen(line), &pieces, NULL), S2S_OK);
        assert_int_equal(pieces.n, kinds[k] == S2S_TOKENISE_WORD ? 4 : 10);
        assert_text(pieces.items[kinds[k] == S2S_TOKENISE_WORD ? 1 : 4], "E");
        char copy[64]; /* the pieces lie in the buffer, which the way back works with */
        size_t used = 0;
        for (int i = 0; i < pieces.n; i++) {
            memcpy(copy + used, pieces.items[i].data, pieces.items[i].len);
            pieces.items[i].data = copy + used;
            used += pieces.items[i].len;
        }
        assert_int_equal(s2s_joined_text(&target, pieces.items, pieces.n, &pieces.buffer, &out, NULL), S2S_OK);
        assert_int_equal(out.len, strlen(line));
        assert_memory_equal(out.data, line, out.len);
        s2s_pieces_free(&pieces);
    }
    close_pair(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_placeholders),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_long_texts_stay),
        cmocka_unit_test(test_hostile_lines_take_linear_time),
        cmocka_unit_test(test_both_sides_share_symbols),
        cmocka_unit_test(test_later_steps_do_no_harm),
        cmocka_unit_test(test_tags_keep_their_inner_blanks),
        cmocka_unit_test(test_symbols_never_leak),
        cmocka_unit_test(test_as_many_as_there_are_symbols),
        cmocka_unit_test(test_kinds_are_chosen),
        cmocka_unit_test(test_tokenisers_leave_symbols_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
