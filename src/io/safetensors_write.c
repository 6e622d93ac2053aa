#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fail.h"
#include "base/str.h"
#include "io/json.h"
#include "io/safetensors.h"
#include "io/safetensors_format.h"

/* Adds the metadata object, the blank checksum first. */
static s2s_status add_metadata(json_t *header, const s2s_stored_text *texts, int n_texts, s2s_error *err)
{
    json_t *metadata = json_pack("{s:s}", S2S_CHECKSUM_KEY, S2S_CHECKSUM_BLANK);
    if (json_object_set_new(header, S2S_METADATA_KEY, metadata) != 0)
        return s2s_fail_memory(err, "writing a model's header");
    for (int i = 0; i < n_texts; i++) {
        const char *key = texts[i].key, *value = texts[i].value;
        if (json_object_get(metadata, key) || s2s_utf8_check(key, strlen(key)) != strlen(key) ||
            s2s_utf8_check(value, strlen(value)) != strlen(value))
            return s2s_fail(err, S2S_MISUSE, "metadata \"%s\": expected a new key and UTF-8", key);
        if (json_object_set_new(metadata, key, json_string(value)) != 0)
            return s2s_fail_memory(err, "writing a model's header");
    }
    return S2S_OK;
}

/* Adds the tensor's entry; *offset is where its data begins, and advances. */
static s2s_status add_tensor(json_t *header, const s2s_stored_tensor *tensor, size_t *offset, s2s_error *err)
{
    const char *name = tensor->name;
    if (s2s_shape_bytes(tensor) != tensor->bytes || json_object_get(header, name) ||
        s2s_utf8_check(name, strlen(name)) != strlen(name))
        return s2s_fail(err, S2S_MISUSE, "tensor \"%s\": expected a new name in UTF-8 and a shape of %zu bytes",
                        name, tensor->bytes);
    size_t end = s2s_size_add(*offset, tensor->bytes);
    json_t *shape = json_array();
    for (int i = 0; i < tensor->rank; i++)
        if (json_array_append_new(shape, json_integer(tensor->dims[i])) != 0)
            break;
    if (json_array_size(shape) != (size_t)tensor->rank) {
        json_decref(shape);
        return s2s_fail_memory(err, "writing a model's header");
    }
    json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", tensor->dtype, "shape", shape, "data_offsets",
                              (json_int_t)*offset, (json_int_t)end);
    if (json_object_set_new(header, tensor->name, entry) != 0)
        return s2s_fail_memory(err, "writing a model's header");
    *offset = end;
    return S2S_OK;
}

/* The header as text, to free(). */
static s2s_status make_header(char **text, const s2s_stored_text *texts, int n_texts,
                              const s2s_stored_tensor *tensors, int n_tensors, s2s_error *err)
{
    json_t *header = json_object();
    s2s_status status = add_metadata(header, texts, n_texts, err);
    size_t offset = 0;
    for (int i = 0; i < n_tensors && status == S2S_OK; i++)
        status = add_tensor(header, &tensors[i], &offset, err);
    if (status == S2S_OK) {
        *text = s2s_json_dump(header, 0);
        if (!*text)
            status = s2s_fail_memory(err, "writing a model's header");
    }
    json_decref(header);
    return status;
}

/* Everything before the data: length, header, spaces up to the next multiple of S2S_ALIGNMENT. */
static s2s_status make_head(s2s_str *head, const char *path, const char *header, s2s_error *err)
{
    size_t n = strlen(header);
    size_t pad = (S2S_ALIGNMENT - (S2S_HEADER_AT + n) % S2S_ALIGNMENT) % S2S_ALIGNMENT;
    if (n + pad > S2S_HEADER_MAX)
        return s2s_fail(err, S2S_FAILED, "%s: expected a header of at most %d bytes, found %zu", path,
                        S2S_HEADER_MAX, n + pad);
    for (int i = 0; i < S2S_HEADER_AT; i++)
        s2s_str_add_char(head, (char)((n + pad) >> (8 * i) & 0xff));
    s2s_str_add(head, header, n);
    for (size_t i = 0; i < pad; i++)
        s2s_str_add_char(head, ' ');
    return head->failed ? s2s_fail_memory(err, "writing a model's header") : S2S_OK;
}

/* Replaces the blank checksum in head by that of head and data. */
static s2s_status sign(s2s_str *head, const s2s_stored_tensor *tensors, int n_tensors, s2s_error *err)
{
    s2s_checksum *sum = s2s_checksum_new();
    if (!sum)
        return s2s_fail_memory(err, "writing a model");
    s2s_checksum_add(sum, head->data, head->len);
    for (int i = 0; i < n_tensors; i++)
        s2s_checksum_add(sum, tensors[i].data, tensors[i].bytes);
    char digits[S2S_CHECKSUM_DIGITS + 1];
    s2s_checksum_end(sum, digits);
    memcpy(head->data + s2s_checksum_at(head->data, head->len, S2S_CHECKSUM_BLANK), digits,
           S2S_CHECKSUM_DIGITS);
    return S2S_OK;
}

s2s_status s2s_safetensors_write(const char *path, const s2s_stored_text *texts, int n_texts,
                                 const s2s_stored_tensor *tensors, int n_tensors, s2s_error *err)
{
    char *header = NULL;
    s2s_str head = {0};
    s2s_writer *writer;
    s2s_status status = make_header(&header, texts, n_texts, tensors, n_tensors, err);
    if (status == S2S_OK)
        status = make_head(&head, path, header, err);
    if (status == S2S_OK)
        status = sign(&head, tensors, n_tensors, err);
    if (status == S2S_OK)
        status = s2s_writer_open(&writer, path, err);
    if (status != S2S_OK)
        goto done;
    s2s_writer_add(writer, head.data, head.len);
    for (int i = 0; i < n_tensors; i++)
        s2s_writer_add(writer, tensors[i].data, tensors[i].bytes);
    status = s2s_writer_commit(writer, err);
done:
    s2s_str_free(&head);
    free(header);
    return status;
}
