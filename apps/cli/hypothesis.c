#include "hypothesis.h"

#include "message.h"

/* The source token that output token t attends to most. */
static int most_attended(const s2s_hypothesis *hyp, int t)
{
    const float *row = hyp->attention + (size_t)t * (size_t)hyp->n_source;
    int best = 0;
    for (int s = 1; s < hyp->n_source; s++)
        if (row[s] > row[best])
            best = s;
    return best;
}

static bool has_attention(const s2s_hypothesis *hyp)
{
    return hyp->attention && hyp->n_source > 0;
}

/* An empty input has no attention, whatever the model. */
static s2s_status check_attention(const s2s_hypothesis *hyp, s2s_error *err)
{
    if (hyp->attention || hyp->n_source == 0)
        return S2S_OK;
    return cli_fail(err, S2S_MISUSE, "this model has no attention, so there is no alignment to show");
}

static void write_alignment(FILE *file, const s2s_hypothesis *hyp)
{
    fputs(" |||", file);
    for (int t = 0; t < hyp->n_tokens && has_attention(hyp); t++)
        fprintf(file, " %d-%d", most_attended(hyp, t), t);
}

static void write_token_scores(FILE *file, const s2s_hypothesis *hyp)
{
    fputs(" |||", file);
    for (int t = 0; t <= hyp->n_tokens && hyp->token_scores; t++)
        fprintf(file, " %.4f", hyp->token_scores[t]);
}

static void write_text(void *arg, const char *text, size_t n)
{
    fwrite(text, 1, n, arg);
}

static s2s_status write_line(FILE *file, const cli_style *style, const s2s_hypothesis *hyp, int64_t id,
                             const char *source, s2s_error *err)
{
    bool is_list = style->n_best > 1;
    s2s_status status = S2S_OK;
    if (style->alignment || style->attention_map)
        status = check_attention(hyp, err);
    if (status)
        return status;
    if (style->show_source && is_list)
        fprintf(file, "%s\t%.4f\t%s", source, hyp->score, hyp->text);
    else if (style->show_source)
        fprintf(file, "%s\t%s", source, hyp->text);
    else if (is_list)
        fprintf(file, "%lld ||| %s ||| LogProb= %.4f ||| %.4f", (long long)id, hyp->text, hyp->log_prob,
                hyp->score);
    else
        fputs(hyp->text, file);
    if (style->alignment)
        write_alignment(file, hyp);
    if (style->token_scores)
        write_token_scores(file, hyp);
    fputc('\n', file);
    if (style->attention_map && has_attention(hyp))
        status = s2s_draw_terminal(hyp, style->colour, write_text, file, err);
    return status;
}

static json_t *tokens_json(const s2s_hypothesis *hyp)
{
    json_t *list = json_array();
    for (int t = 0; t < hyp->n_tokens; t++)
        cli_json_append(&list, cli_json_text(hyp->tokens[t]));
    return list;
}

static json_t *token_scores_json(const s2s_hypothesis *hyp)
{
    json_t *list = json_array();
    for (int t = 0; t <= hyp->n_tokens && hyp->token_scores; t++)
        cli_json_append(&list, cli_json_real(hyp->token_scores[t]));
    return list;
}

static json_t *alignment_json(const s2s_hypothesis *hyp)
{
    if (!hyp->attention && hyp->n_source > 0)
        return json_null();
    json_t *list = json_array();
    for (int t = 0; t < hyp->n_tokens && has_attention(hyp); t++)
        cli_json_append(&list, json_pack("[ii]", most_attended(hyp, t), t));
    return list;
}

void cli_hypothesis_add(json_t **object, const s2s_hypothesis *hyp)
{
    cli_json_set(object, "text", cli_json_text(hyp->text));
    cli_json_set(object, "score", cli_json_real(hyp->score));
    cli_json_set(object, "log_prob", cli_json_real(hyp->log_prob));
    cli_json_set(object, "tokens", tokens_json(hyp));
    cli_json_set(object, "token_scores", token_scores_json(hyp));
    cli_json_set(object, "alignment", alignment_json(hyp));
}

static json_t *nbest_json(const s2s_result *result, int i)
{
    json_t *list = json_array();
    for (int h = 0; h < s2s_result_n_hyps(result, i); h++) {
        json_t *hyp = json_object();
        cli_hypothesis_add(&hyp, s2s_result_hyp(result, i, h));
        cli_json_append(&list, hyp);
    }
    return list;
}

static s2s_status write_json(cli_output *output, const cli_style *style, const s2s_result *result, int i,
                             int64_t id, const char *source, s2s_error *err)
{
    json_t *line = json_pack("{sI}", "id", (json_int_t)id);
    if (style->show_source)
        cli_json_set(&line, "source", cli_json_text(source));
    if (style->constrained)
        cli_json_set(&line, "constrained",
                     json_boolean(s2s_result_constraint(result, i) == S2S_CONSTRAINT_MET));
    cli_hypothesis_add(&line, s2s_result_hyp(result, i, 0));
    if (style->n_best > 1)
        cli_json_set(&line, "nbest", nbest_json(result, i));
    return cli_output_json(output, line, err);
}

s2s_status cli_hypothesis_write(cli_output *output, const cli_style *style, const s2s_result *result, int i,
                                int64_t id, const char *source, s2s_error *err)
{
    if (style->json)
        return write_json(output, style, result, i, id, source, err);
    s2s_status status = S2S_OK;
    int n = style->n_best > 1 ? s2s_result_n_hyps(result, i) : 1;
    for (int h = 0; h < n && !status; h++)
        status = write_line(output->file, style, s2s_result_hyp(result, i, h), id, source, err);
    return status;
}
