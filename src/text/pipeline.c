#include "text/pipeline.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "text/step.h"

enum { MAX_STEPS = 16 };

static const s2s_text_kind *const kinds[] = {
    &s2s_step_protect,  &s2s_step_nfc,         &s2s_step_nfkc,  &s2s_step_spaces,
    &s2s_step_lower,    &s2s_step_punctuation, &s2s_step_moses, &s2s_step_moses_escape,
    &s2s_step_truecase, &s2s_step_stopwords,   &s2s_step_stem,
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

struct s2s_text_pipeline {
    s2s_text_step steps[MAX_STEPS];
    s2s_str names[MAX_STEPS]; /* "WHERE name:argument", which the steps' texts are parts of */
    int n;
    int learner;   /* step that learns from training data; -1: none */
    int protector; /* step that protects; -1: none */
};

void s2s_text_buffer_free(s2s_text_buffer *buffer)
{
    for (int i = 0; i < 2; i++) {
        s2s_str_free(&buffer->text[i]);
        s2s_str_free(&buffer->scratch[i]);
    }
    s2s_str_free(&buffer->protected_bytes);
    free(buffer->codes);
    s2s_stemmers_free(buffer->stemmers);
    *buffer = (s2s_text_buffer){0};
}

static const s2s_text_kind *kind_find(const char *where, const char *name, s2s_error *err)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (int i = 0; i < N_KINDS; i++) {
        size_t distance = s2s_word_distance(name, kinds[i]->name);
        if (distance == 0)
            return kinds[i];
        if (distance < best) {
            best = distance;
            nearest = kinds[i]->name;
        }
    }
    s2s_fail(err, S2S_BAD_CONFIG,
             "%s: expected the name of a text step, found \"%.60s\"; the nearest is \"%s\"", where, name,
             nearest);
    return NULL;
}

/* Names, not yet opened: item is "name" or "name:argument". */
static s2s_status step_parse(s2s_text_pipeline *p, const char *where, s2s_span item, s2s_error *err)
{
    if (p->n == MAX_STEPS)
        return s2s_fail(err, S2S_BAD_CONFIG, "%s: expected at most %d text steps, found more", where,
                        MAX_STEPS);
    s2s_str *full = &p->names[p->n], name = {0};
    s2s_text_step *step = &p->steps[p->n++];
    s2s_str_printf(full, "%s %.*s", where, (int)item.len, item.data);
    const char *colon = memchr(item.data, ':', item.len);
    s2s_str_add(&name, item.data, colon ? (size_t)(colon - item.data) : item.len);
    if (full->failed || name.failed) {
        s2s_str_free(&name);
        return s2s_fail_memory(err, "reading text steps");
    }
    step->kind = kind_find(where, s2s_str_text(&name), err);
    s2s_str_free(&name);
    if (!step->kind)
        return S2S_BAD_CONFIG;
    step->where = full->data;
    if (colon)
        step->argument = full->data + full->len - item.len + (colon - item.data) + 1;
    if (colon && !step->kind->argument)
        return s2s_fail(err, S2S_BAD_CONFIG, "%s: expected no argument, found \"%.60s\"", step->where,
                        step->argument);
    if (!colon)
        step->argument = step->kind->implied;
    if (step->kind->argument && (!step->argument || !*step->argument))
        return s2s_fail(err, S2S_BAD_CONFIG, "%s: expected %s:%s", step->where, step->kind->name,
                        step->kind->argument);
    return S2S_OK;
}

static s2s_status parse(s2s_text_pipeline *p, const char *list, const char *where, s2s_error *err)
{
    s2s_span item;
    for (const char *rest = *list ? list : NULL; s2s_list_next(&rest, &item);)
        S2S_TRY(step_parse(p, where, item, err));
    return S2S_OK;
}

static s2s_status step_open(s2s_text_pipeline *p, int i, const s2s_span *stored, s2s_error *err)
{
    s2s_text_step *step = &p->steps[i];
    if (stored && stored[i].len)
        s2s_str_add(&step->data, stored[i].data, stored[i].len);
    if (step->data.failed)
        return s2s_fail_memory(err, "reading text steps");
    if (step->kind->learn && p->learner >= 0)
        return s2s_fail(err, S2S_BAD_CONFIG, "%s: expected at most one step that learns, found two",
                        step->where);
    if (step->kind->learn)
        p->learner = i;
    if (step->kind == &s2s_step_protect && p->protector >= 0)
        return s2s_fail(err, S2S_BAD_CONFIG, "%s: expected at most one step protect, found two", step->where);
    if (step->kind == &s2s_step_protect)
        p->protector = i;
    return step->kind->open ? step->kind->open(step, stored != NULL, err) : S2S_OK;
}

s2s_status s2s_text_open(s2s_text_pipeline **pipeline, const char *list, const char *where,
                         const s2s_span *stored, int n_stored, s2s_error *err)
{
    s2s_text_pipeline *p = calloc(1, sizeof *p);
    if (!p)
        return s2s_fail_memory(err, "reading text steps");
    p->learner = p->protector = -1;
    s2s_status status = parse(p, list ? list : "", where, err);
    if (status == S2S_OK && stored && n_stored != p->n)
        status = s2s_fail(err, S2S_BAD_MODEL, "%s: expected the data of %d text steps, found those of %d",
                          where, p->n, n_stored);
    for (int i = 0; status == S2S_OK && i < p->n; i++)
        status = step_open(p, i, stored, err);
    if (status != S2S_OK)
        s2s_text_close(p);
    else
        *pipeline = p;
    return status;
}

void s2s_text_close(s2s_text_pipeline *pipeline)
{
    if (!pipeline)
        return;
    for (int i = 0; i < pipeline->n; i++) {
        s2s_text_step *step = &pipeline->steps[i];
        if (step->kind && step->kind->close)
            step->kind->close(step);
        s2s_str_free(&step->data);
        s2s_str_free(&pipeline->names[i]);
    }
    free(pipeline);
}

unsigned s2s_text_protects(const s2s_text_pipeline *pipeline)
{
    if (pipeline->protector < 0)
        return 0;
    const s2s_protector *own = pipeline->steps[pipeline->protector].own;
    return own->kinds;
}

/* What it protects, for messages. */
static const char *protected_kinds(const s2s_text_pipeline *pipeline)
{
    return pipeline->protector < 0 ? "none" : pipeline->steps[pipeline->protector].argument;
}

static s2s_status check_output(const s2s_text_pipeline *output, s2s_error *err)
{
    int unfit = output->learner >= 0 ? output->learner : output->protector;
    if (unfit < 0)
        return S2S_OK;
    return s2s_fail(err, S2S_BAD_CONFIG, "%s: expected a step that neither learns nor protects",
                    output->steps[unfit].where);
}

s2s_status s2s_text_pair(const s2s_text_pipeline *source, s2s_text_pipeline *target,
                         const s2s_text_pipeline *output, s2s_error *err)
{
    if (output)
        S2S_TRY(check_output(output, err));
    if (s2s_text_protects(source) != s2s_text_protects(target))
        return s2s_fail(err, S2S_BAD_CONFIG,
                        "--src-text and --tgt-text: expected protect with the same kinds, found %.60s and "
                        "%.60s",
                        protected_kinds(source), protected_kinds(target));
    if (target->protector >= 0)
        ((s2s_protector *)target->steps[target->protector].own)->follows = true;
    return S2S_OK;
}

int s2s_text_n_steps(const s2s_text_pipeline *pipeline)
{
    return pipeline->n;
}

s2s_span s2s_text_data(const s2s_text_pipeline *pipeline, int i)
{
    return s2s_str_span(&pipeline->steps[i].data);
}

uint64_t s2s_text_hash(const s2s_text_pipeline *pipeline)
{
    uint64_t hash = 0;
    for (int i = 0; i < pipeline->n; i++) {
        const s2s_text_step *step = &pipeline->steps[i];
        const char *parts[] = {step->kind->name, step->argument ? step->argument : "",
                               s2s_str_text(&step->data)};
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
            hash = XXH3_64bits_withSeed(parts[k], strlen(parts[k]), hash);
    }
    return hash;
}

static s2s_status run(const s2s_text_step *step, s2s_text_fn *work, s2s_text_buffer *buffer, s2s_span *text,
                      s2s_error *err)
{
    s2s_str *out = text->data == buffer->text[0].data ? &buffer->text[1] : &buffer->text[0];
    s2s_str_clear(out);
    work(step, buffer, *text, out);
    if (out->failed) {
        s2s_text_buffer_free(buffer); /* forgets that its texts failed */
        return s2s_fail_memory(err, "applying text steps");
    }
    *text = s2s_str_span(out);
    return S2S_OK;
}

/* Through the first n steps. */
static s2s_status apply(const s2s_text_pipeline *p, int n, s2s_text_buffer *buffer, s2s_span *text,
                        s2s_error *err)
{
    for (int i = 0; i < n; i++)
        S2S_TRY(run(&p->steps[i], p->steps[i].kind->apply, buffer, text, err));
    return S2S_OK;
}

s2s_status s2s_text_apply(const s2s_text_pipeline *pipeline, s2s_text_buffer *buffer, s2s_span line,
                          s2s_span *out, s2s_error *err)
{
    *out = line;
    return apply(pipeline, pipeline->n, buffer, out, err);
}

s2s_status s2s_text_invert(const s2s_text_pipeline *pipeline, s2s_text_buffer *buffer, s2s_span text,
                           s2s_span *out, s2s_error *err)
{
    *out = text;
    for (int i = pipeline->n; i-- > 0;)
        if (pipeline->steps[i].kind->invert)
            S2S_TRY(run(&pipeline->steps[i], pipeline->steps[i].kind->invert, buffer, out, err));
    return S2S_OK;
}

s2s_status s2s_text_remember(const s2s_text_pipeline *source, s2s_text_buffer *buffer, s2s_span line,
                             s2s_error *err)
{
    return source ? apply(source, source->protector + 1, buffer, &line, err) : S2S_OK;
}

bool s2s_text_learns(const s2s_text_pipeline *pipeline)
{
    return pipeline->learner >= 0;
}

s2s_status s2s_text_learn(s2s_text_pipeline *pipeline, s2s_text_buffer *buffer, s2s_span line, s2s_error *err)
{
    s2s_text_step *step = &pipeline->steps[pipeline->learner];
    S2S_TRY(apply(pipeline, pipeline->learner, buffer, &line, err));
    return step->kind->learn(step, buffer, line, err);
}

s2s_status s2s_text_learned(s2s_text_pipeline *pipeline, s2s_error *err)
{
    s2s_text_step *step = &pipeline->steps[pipeline->learner];
    return step->kind->learned(step, err);
}
