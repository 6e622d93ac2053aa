#include "train/best.h"

#include <math.h>
#include <stdlib.h>

#include "base/fail.h"
#include "io/json.h"
#include "io/model_file.h"
#include "train/options.h"

/* How the model came about, as JSON, to free(); NULL when out of memory.  "value" is null before the first
 * validation. */
static char *history(const s2s_dataset *dataset, const s2s_progress *progress)
{
    json_t *object =
        json_pack("{s:I, s:I, s:I, s:I, s:s}", "update", (json_int_t)progress->update, "epochs",
                  (json_int_t)progress->epoch, "target_tokens", (json_int_t)progress->target_tokens, "pairs",
                  (json_int_t)s2s_reader_n_pairs(dataset->train_reader), "metric",
                  s2s_valid_metric_name(progress->metrics.items[0]));
    json_t *value = isnan(progress->value) ? json_null() : json_real(progress->value);
    if (json_object_set_new(object, "value", value) != 0) {
        json_decref(object);
        return NULL;
    }
    char *text = s2s_json_dump(object, JSON_REAL_PRECISION(9));
    json_decref(object);
    return text;
}

s2s_status s2s_best_write(const char *path, const s2s_train_options *options, const s2s_dataset *dataset,
                          const s2s_learner *learner, const s2s_progress *progress, s2s_error *err)
{
    s2s_train_options kept = s2s_train_options_of_model(options);
    char *config = s2s_config_to_json(s2s_train_options_table(), &kept);
    char *story = history(dataset, progress);
    s2s_status status;
    if (config && story)
        status =
            s2s_model_file_write(path,
                                 &(s2s_model_contents){.params = &learner->params,
                                                       .data = s2s_learner_best_block(learner),
                                                       .config_json = config,
                                                       .history_json = story,
                                                       .source_vocab = dataset->source_vocab,
                                                       .target_vocab = dataset->target_vocab,
                                                       .source_text = dataset->source_text,
                                                       .target_text = dataset->target_text,
                                                       .output_text = dataset->output_text,
                                                       .source_subwords = dataset->source_tokeniser.subwords,
                                                       .target_subwords = dataset->target_tokeniser.subwords},
                                 err);
    else
        status = s2s_fail_memory(err, "writing the model");
    free(config);
    free(story);
    return status;
}
