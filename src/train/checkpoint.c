#include "train/checkpoint.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/rng.h"
#include "io/model_file.h"
#include "io/safetensors.h"
#include "train/options.h"

enum { MAX_BLOCKS = 4 };

/* The blocks of a checkpoint by name. */
typedef struct block_list {
    const char *names[MAX_BLOCKS];
    s2s_real *blocks[MAX_BLOCKS];
    int n;
} block_list;

static block_list list_blocks(const s2s_learner *learner)
{
    static const char *const moments[] = {"moments.0", "moments.1"};
    block_list list = {.names = {"params"}, .blocks = {learner->params.data}, .n = 1};
    for (int i = 0; i < 2; i++) {
        if (!learner->optimiser.moments[i])
            continue;
        list.names[list.n] = moments[i];
        list.blocks[list.n++] = learner->optimiser.moments[i];
    }
    if (learner->optimiser.average) {
        list.names[list.n] = "average";
        list.blocks[list.n++] = learner->optimiser.average;
    }
    return list;
}

static const char *block_dtype(void)
{
    return sizeof(s2s_real) == sizeof(float) ? "F32" : "F64";
}

/* Of a vocabulary and of what it comes from: the subword model and the text steps, where there are any. */
static uint64_t vocab_hash(const s2s_vocab *vocab, const s2s_tokeniser *tokeniser)
{
    uint64_t hash = s2s_vocab_hash(vocab);
    if (tokeniser->subwords)
        hash = s2s_hash64(hash, s2s_subwords_hash(tokeniser->subwords));
    return s2s_text_n_steps(tokeniser->text) > 0 ? s2s_hash64(hash, s2s_text_hash(tokeniser->text)) : hash;
}

/* Of the training pairs and of their alignments, where there are some. */
static uint64_t training_hash(const s2s_dataset *dataset)
{
    uint64_t hash = s2s_corpus_hash(dataset->train);
    return dataset->alignments ? s2s_hash64(hash, s2s_alignments_hash(dataset->alignments)) : hash;
}

/* Of the target vocabulary and of the steps of output text, where there are some. */
static uint64_t target_hash(const s2s_dataset *dataset)
{
    uint64_t hash = vocab_hash(dataset->target_vocab, &dataset->target_tokeniser);
    bool has_steps = s2s_text_n_steps(dataset->output_text) > 0;
    return has_steps ? s2s_hash64(hash, s2s_text_hash(dataset->output_text)) : hash;
}

/* Hashes of what the run reads, in the order training, validation, source and target vocabulary. */
static void describe_data(char *text, size_t size, const s2s_dataset *dataset)
{
    snprintf(text, size, "%016" PRIx64 " %016" PRIx64 ".%d %016" PRIx64 " %016" PRIx64, training_hash(dataset),
             s2s_corpus_hash(dataset->valid), (int)dataset->valid_part,
             vocab_hash(dataset->source_vocab, &dataset->source_tokeniser), target_hash(dataset));
}

s2s_status s2s_checkpoint_write(const char *path, const s2s_train_options *options, const s2s_dataset *dataset,
                                const s2s_learner *learner, const s2s_progress *progress, s2s_error *err)
{
    block_list list = list_blocks(learner);
    s2s_stored_tensor tensors[MAX_BLOCKS];
    for (int i = 0; i < list.n; i++)
        tensors[i] = (s2s_stored_tensor){.name = list.names[i],
                                         .dtype = block_dtype(),
                                         .rank = 1,
                                         .dims = {(int64_t)learner->params.n_elements},
                                         .data = list.blocks[i],
                                         .bytes = learner->params.n_elements * sizeof(s2s_real)};
    char data[128];
    describe_data(data, sizeof data, dataset);
    char *config = s2s_config_to_json(s2s_train_options_table(), options);
    char *state = s2s_progress_to_json(progress);
    s2s_status status;
    if (config && state) {
        s2s_stored_text texts[] = {{"format", "s2s-checkpoint"},
                                   {"version", S2S_CHECKPOINT_VERSION},
                                   {"config", config},
                                   {"progress", state},
                                   {"data", data}};
        status = s2s_safetensors_write(path, texts, sizeof texts / sizeof *texts, tensors, list.n, err);
    } else {
        status = s2s_fail_memory(err, "writing a checkpoint");
    }
    free(config);
    free(state);
    return status;
}

/* The text of a key, or NULL with the error set. */
static const char *need_text(const s2s_safetensors *file, const char *key, const char *path, s2s_error *err)
{
    const char *text = s2s_safetensors_text(file, key);
    if (!text)
        (void)s2s_fail(err, S2S_BAD_MODEL, "%s: not a checkpoint: it has no '%s'", path, key);
    return text;
}

static s2s_status check_format(const s2s_safetensors *file, const char *path, s2s_error *err)
{
    const char *format = need_text(file, "format", path, err);
    const char *version = format ? need_text(file, "version", path, err) : NULL;
    if (!version)
        return S2S_BAD_MODEL;
    if (strcmp(format, "s2s-checkpoint") != 0)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected a checkpoint, found format '%.32s'", path, format);
    if (strcmp(version, S2S_CHECKPOINT_VERSION) != 0)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected checkpoint version %s, found %.32s", path,
                        S2S_CHECKPOINT_VERSION, version);
    return S2S_OK;
}

static s2s_status check_config(const s2s_safetensors *file, s2s_train_options *options, const char *path,
                               s2s_error *err)
{
    const char *config = need_text(file, "config", path, err);
    if (!config)
        return S2S_BAD_MODEL;
    s2s_arena *strings = s2s_arena_new(4096);
    if (!strings)
        return s2s_fail_memory(err, "reading a checkpoint");
    s2s_train_options stored;
    s2s_train_options_defaults(&stored);
    s2s_status status = s2s_config_from_json(config, s2s_train_options_table(), &stored, strings, path, err);
    if (status == S2S_OK) {
        s2s_train_options_adopt(options, &stored);
        status = s2s_train_options_resume(&stored, options, err);
    }
    s2s_arena_free(strings);
    return status;
}

static s2s_status check_data(const s2s_safetensors *file, const s2s_dataset *dataset, const char *path,
                             s2s_error *err)
{
    bool has_steps = s2s_text_n_steps(dataset->output_text) > 0;
    const char *const what[] = {dataset->alignments ? "training pairs or their alignments" : "training pairs",
                                "validation pairs", "source vocabulary",
                                has_steps ? "target vocabulary or the steps of --output-text"
                                          : "target vocabulary"};
    const char *stored = need_text(file, "data", path, err);
    if (!stored)
        return S2S_BAD_MODEL;
    char data[128];
    describe_data(data, sizeof data, dataset);
    if (strcmp(stored, data) == 0)
        return S2S_OK;
    int word = 0;
    for (size_t i = 0; data[i] && stored[i] == data[i]; i++)
        word += data[i] == ' ';
    return s2s_fail(err, S2S_BAD_DATA, "the %s differ from those of the run in %s; --overwrite starts anew",
                    what[word], path);
}

static s2s_status load_block(const s2s_safetensors *file, const char *name, s2s_real *block, size_t n,
                             const char *path, s2s_error *err)
{
    const s2s_stored_tensor *tensor = s2s_safetensors_find(file, name);
    if (!tensor || strcmp(tensor->dtype, block_dtype()) != 0 || tensor->bytes != n * sizeof(s2s_real))
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected '%s' with %zu elements of %s", path, name, n,
                        block_dtype());
    memcpy(block, tensor->data, n * sizeof(s2s_real));
    for (size_t i = 0; i < n; i++)
        if (!isfinite(block[i]))
            return s2s_fail(err, S2S_BAD_MODEL, "%s: '%s' holds a value that is not finite", path, name);
    return S2S_OK;
}

static s2s_status restore(const s2s_safetensors *file, const char *path, const s2s_dataset *dataset,
                          s2s_learner *learner, s2s_progress *progress, s2s_error *err)
{
    S2S_TRY(check_format(file, path, err));
    S2S_TRY(check_data(file, dataset, path, err));
    const char *state = need_text(file, "progress", path, err);
    if (!state)
        return S2S_BAD_MODEL;
    S2S_TRY(s2s_progress_from_json(progress, state, path, err));
    block_list list = list_blocks(learner);
    for (int i = 0; i < list.n; i++)
        S2S_TRY(load_block(file, list.names[i], list.blocks[i], learner->params.n_elements, path, err));
    s2s_params_changed(&learner->params);
    learner->optimiser.updates = progress->update;
    s2s_reader_position position = {progress->reader_epoch, progress->reader_batch};
    return s2s_read_ahead_seek(dataset->train_batches, position, err);
}

s2s_status s2s_checkpoint_check(const char *path, s2s_train_options *options, s2s_error *err)
{
    s2s_safetensors *file;
    S2S_TRY(s2s_safetensors_open(&file, path, err));
    s2s_status status = check_format(file, path, err);
    if (status == S2S_OK)
        status = check_config(file, options, path, err);
    s2s_safetensors_close(file);
    return status;
}

s2s_status s2s_checkpoint_read(const char *path, const s2s_dataset *dataset, s2s_learner *learner,
                               s2s_progress *progress, s2s_error *err)
{
    s2s_safetensors *file;
    S2S_TRY(s2s_safetensors_open(&file, path, err));
    s2s_status status = restore(file, path, dataset, learner, progress, err);
    s2s_safetensors_close(file);
    return status;
}
