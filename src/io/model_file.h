/* The model file: parameters, resolved configuration, vocabularies and history in one safetensors file.
 *
 * Metadata keys, all required: "format" ("s2s"), "format_version" (a number), "config" (JSON: option name ->
 * value as text), "source_vocab" and "target_vocab" (JSON arrays of pieces), "history" (a JSON object),
 * "checksum".  Every parameter is a tensor F32 [rows, cols] of its name.  A side that is cut into subwords has
 * its serialized SentencePiece model in a tensor U8 [bytes], "src.subwords" or "tgt.subwords"; one that serves
 * both sides is "joint.subwords" instead.
 *
 * Where a side has text steps, "source_text" or "target_text" is a JSON array of what its steps hold
 * (text/pipeline.h: s2s_text_data), a text for each; "output_text" is that of the steps of output text.
 *
 * Version 1 knew no subwords and no text steps. */
#ifndef S2S_IO_MODEL_FILE_H
#define S2S_IO_MODEL_FILE_H

#include "base/arena.h"
#include "io/safetensors.h"
#include "s2s/option.h"
#include "tensor/params.h"
#include "text/pipeline.h"
#include "text/subwords.h"
#include "text/vocab.h"

#define S2S_FORMAT_VERSION 2

typedef struct s2s_model_file {
    s2s_safetensors *file;
    s2s_vocab *source_vocab, *target_vocab;
    s2s_subwords *source_subwords, *target_subwords; /* NULL where there is none; the same where it is joint */
    const char *config_json, *history_json;          /* borrowed from file */
    const char *source_text_json, *target_text_json, *output_text_json; /* as well; NULL where there is none */
    int format_version;
} s2s_model_file;

/* The file that a path names: it, or the model of a run folder.  To free(); NULL when out of memory. */
char *s2s_model_file_path(const char *path);

/* Opens and checks everything except the configuration's options and the tensors' names, shapes and values.  A
 * newer format version: S2S_BAD_MODEL naming both versions. */
s2s_status s2s_model_file_open(s2s_model_file *model, const char *path, s2s_error *err) S2S_MUST_USE;
void s2s_model_file_close(s2s_model_file *model); /* a zeroed one is allowed */

/* Sets the whole struct: defaults, then the options of the stored configuration; one that the table does not
 * have, or a value that does not fit: S2S_BAD_MODEL naming it.  Texts live in *strings; "" is a text that is
 * not set. */
s2s_status s2s_config_from_json(const char *json, const s2s_option_table *table, void *values,
                                s2s_arena *strings, const char *path, s2s_error *err) S2S_MUST_USE;
/* All options, whose texts are UTF-8, as a JSON object of strings, to free(); NULL when out of memory. */
char *s2s_config_to_json(const s2s_option_table *table, const void *values);

/* Copies every tensor into the parameter of its name; one missing, left over, of another shape or dtype, or
 * holding a value that is not finite: S2S_BAD_MODEL naming it, the parameters are then in disorder. */
s2s_status s2s_model_file_load(const s2s_model_file *model, s2s_params *params, const char *path,
                               s2s_error *err) S2S_MUST_USE;

/* What a model file is made of; all borrowed. */
typedef struct s2s_model_contents {
    const s2s_params *params;
    const s2s_real *data; /* a block laid out as params (params->data itself, or averaged parameters) */
    const char *config_json, *history_json;
    const s2s_vocab *source_vocab, *target_vocab;
    const s2s_subwords *source_subwords, *target_subwords; /* NULL where there is none; the same: stored once */
    const s2s_text_pipeline *source_text, *target_text, *output_text; /* NULL where there is none */
} s2s_model_contents;

s2s_status s2s_model_file_write(const char *path, const s2s_model_contents *contents,
                                s2s_error *err) S2S_MUST_USE;

/* S2S_BAD_MODEL unless the tensor holds finite values of F32. */
s2s_status s2s_model_file_check_values(const s2s_stored_tensor *tensor, const char *path,
                                       s2s_error *err) S2S_MUST_USE;
/* Whether the tensor holds a subword model rather than a parameter. */
bool s2s_model_file_is_subwords(const s2s_stored_tensor *tensor);

#endif
