#include "data/survey.h"

#include "base/fail.h"

s2s_status s2s_survey_open(s2s_survey *survey, int max_examples, s2s_error *err)
{
    *survey = (s2s_survey){.max_examples = max_examples, .arena = s2s_arena_new((size_t)1 << 16)};
    bool done = survey->arena != NULL;
    for (int kind = 0; done && kind < S2S_N_FINDINGS; kind++) {
        survey->tallies[kind].examples =
            s2s_arena_alloc(survey->arena, ((size_t)max_examples + 1) * sizeof(s2s_example));
        done = survey->tallies[kind].examples != NULL;
    }
    if (done)
        return S2S_OK;
    s2s_survey_close(survey);
    return s2s_fail_memory(err, "looking at the data");
}

void s2s_survey_close(s2s_survey *survey)
{
    s2s_arena_free(survey->arena);
    *survey = (s2s_survey){0};
}

/* A copy that lasts as long as the survey. */
static const char *keep(s2s_survey *survey, const char *text)
{
    const char *copy = s2s_arena_strdup(survey->arena, text);
    survey->out_of_memory |= !copy;
    return copy;
}

void s2s_survey_add(s2s_survey *survey, s2s_finding_kind kind, s2s_place place, const char *fmt, ...)
{
    s2s_tally *tally = &survey->tallies[kind];
    tally->count++;
    if (tally->n_examples == survey->max_examples)
        return;
    s2s_example example = {.line = (int64_t)place.line};
    if (place.name)
        example.file = keep(survey, place.name);
    if (fmt) {
        s2s_str detail = {0};
        va_list args;
        va_start(args, fmt);
        s2s_str_vprintf(&detail, fmt, args);
        va_end(args);
        example.detail = detail.failed ? NULL : keep(survey, s2s_str_text(&detail));
        survey->out_of_memory |= detail.failed;
        s2s_str_free(&detail);
    }
    tally->examples[tally->n_examples++] = example;
}

/* Whether it is a control character other than a TAB, or ends lines.  A NUL is a flaw. */
static bool is_control(uint32_t code)
{
    bool c0 = code > 0 && code < 0x20 && code != '\t', c1 = code >= 0x7f && code < 0xa0;
    return c0 || c1 || code == 0x2028 || code == 0x2029;
}

/* Whether Python's splitlines and others begin a new line behind it. */
static bool separates(uint32_t code)
{
    return (code >= 0x0b && code <= 0x0d) || (code >= 0x1c && code <= 0x1e) || code == 0x85 || code >= 0x2028;
}

static void look_for_controls(s2s_survey *survey, const s2s_line_report *report)
{
    bool found[2] = {false, false};
    const char *text = report->text.data, *end = text + report->text.len;
    for (const char *p = text; p < end;) {
        uint32_t code;
        size_t at = (size_t)(p - text);
        int n = s2s_utf8_decode(p, end, &code);
        p += n > 0 ? n : 1;
        bool separator = separates(code);
        if (!is_control(code) || found[separator])
            continue;
        found[separator] = true;
        s2s_survey_add(survey, separator ? S2S_FINDING_SEPARATOR : S2S_FINDING_CONTROL,
                       (s2s_place){report->name, report->number}, "U+%04X at byte offset %zu", (unsigned)code,
                       at);
    }
}

void s2s_survey_line(void *arg, const s2s_line_report *report)
{
    static const s2s_finding_kind kinds[S2S_N_FLAWS] = {
        [S2S_FLAW_LONG] = S2S_FINDING_LONG_LINE,
        [S2S_FLAW_NUL] = S2S_FINDING_NUL,
        [S2S_FLAW_UTF8] = S2S_FINDING_NOT_UTF8,
        [S2S_FLAW_NO_TAB] = S2S_FINDING_NO_TAB,
        [S2S_FLAW_MANY_TARGETS] = S2S_FINDING_MANY_TARGETS,
        [S2S_FLAW_EMPTY] = S2S_FINDING_EMPTY_SIDE,
    };
    s2s_survey *survey = arg;
    const s2s_place place = {report->name, report->number};
    survey->n_lines++;
    if (report->flaw)
        s2s_survey_add(survey, kinds[report->flaw], place, "%s", report->why);
    if (report->cr)
        s2s_survey_add(survey, S2S_FINDING_CR, place, NULL);
    if (report->flaw != S2S_FLAW_UTF8)
        look_for_controls(survey, report);
}
