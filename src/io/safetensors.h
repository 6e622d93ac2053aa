/* safetensors files: a JSON header, then tensors, mapped rather than read.
 *
 * Format: 8 bytes little-endian header length, the header (an object: name -> {dtype, shape, data_offsets}, and
 * "__metadata__": string -> string), then the data.  https://github.com/huggingface/safetensors
 *
 * "checksum" in the metadata, 16 hexadecimal digits, is XXH3 64 of the whole file with these digits taken as
 * '0'. */
#ifndef S2S_IO_SAFETENSORS_H
#define S2S_IO_SAFETENSORS_H

#include <stdint.h>

#include "base/file.h"
#include "s2s/status.h"

typedef struct s2s_stored_tensor {
    const char *name;
    const char *dtype; /* "F32", "I64", "U8", ... */
    int rank;          /* 0..4 */
    int64_t dims[4];
    const void *data; /* in the map when read, and then aligned to nothing: copy before use */
    size_t bytes;
} s2s_stored_tensor;

typedef struct s2s_stored_text {
    const char *key, *value;
} s2s_stored_text;

typedef struct s2s_safetensors s2s_safetensors;

/* Maps the file and checks everything: header within the file (at most 100 MB), valid JSON without duplicates,
 * known dtypes, shapes without overflow, offsets inside the data, without gap or overlap, covering all of it;
 * and, if the metadata has a "checksum", that it agrees.  Tensors are numbered in the order of their data.
 * S2S_BAD_MODEL with path and reason. */
s2s_status s2s_safetensors_open(s2s_safetensors **file, const char *path, s2s_error *err) S2S_MUST_USE;
void s2s_safetensors_close(s2s_safetensors *file); /* NULL is allowed */
int s2s_safetensors_n(const s2s_safetensors *file);
const s2s_stored_tensor *s2s_safetensors_at(const s2s_safetensors *file, int i);
const s2s_stored_tensor *s2s_safetensors_find(const s2s_safetensors *file, const char *name); /* or NULL */
const char *s2s_safetensors_text(const s2s_safetensors *file, const char *key);               /* or NULL */

/* Writes atomically, with a checksum added to the texts.  The tensors follow each other without gaps, as the
 * format demands; the first begins at a multiple of 64 bytes.  S2S_MISUSE naming a
 * tensor or text whose name occurs twice, or whose bytes are not those of its dtype and shape, or not UTF-8. */
s2s_status s2s_safetensors_write(const char *path, const s2s_stored_text *texts, int n_texts,
                                 const s2s_stored_tensor *tensors, int n_tensors, s2s_error *err) S2S_MUST_USE;

#endif
