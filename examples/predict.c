/* Prints the three best outputs for each line given: predict MODEL LINE... */
#include <stdio.h>
#include <string.h>

#include "s2s/s2s.h"

static s2s_status run(const s2s_model *model, s2s_worker **worker, char **lines, int n, s2s_error *err)
{
    s2s_predict_options options;
    s2s_predict_options_defaults(&options);
    options.n_best = 3;
    s2s_status status = s2s_worker_new(worker, model, &options, err);
    for (int i = 0; i < n && status == S2S_OK; i++) {
        s2s_input input = {.text = lines[i], .n = strlen(lines[i])};
        const s2s_result *result; /* the worker's, until its next call */
        status = s2s_predict(*worker, &input, 1, &result, err);
        for (int h = 0; status == S2S_OK && h < s2s_result_n_hyps(result, 0); h++) {
            const s2s_hypothesis *hyp = s2s_result_hyp(result, 0, h);
            printf("%s\t%.3f\t%s\n", lines[i], hyp->log_prob, hyp->text);
        }
    }
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s MODEL LINE...\n", argv[0]);
        return S2S_MISUSE;
    }
    s2s_model *model = NULL;   /* immutable: one for all threads */
    s2s_worker *worker = NULL; /* mutable: one per thread */
    s2s_error err;
    s2s_status status = s2s_model_open(&model, argv[1], &err);
    if (status == S2S_OK)
        status = run(model, &worker, argv + 2, argc - 2, &err);
    if (status != S2S_OK)
        fprintf(stderr, "%s: %s\n", argv[0], err.msg);
    s2s_worker_free(worker);
    s2s_model_close(model);
    return (int)status;
}
