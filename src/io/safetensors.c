#include "io/safetensors.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fail.h"
#include "io/json.h"
#include "io/safetensors_format.h"

struct s2s_safetensors {
    s2s_map map;
    json_t *header;   /* owns every name and text */
    json_t *metadata; /* borrowed from header; NULL where there is none */
    s2s_stored_tensor *tensors;
    int n;
    const char *data; /* begin of the data, in the map */
    size_t data_bytes;
};

static s2s_status map_file(s2s_safetensors *file, const char *path, s2s_error *err)
{
    s2s_status status = s2s_map_open(&file->map, path, err);
    if (status != S2S_BAD_DATA)
        return status;
    if (err)
        err->code = S2S_BAD_MODEL;
    return S2S_BAD_MODEL;
}

static s2s_status read_header(s2s_safetensors *file, const char *path, s2s_error *err)
{
    const char *bytes = file->map.data;
    size_t size = file->map.size;
    if (size < S2S_HEADER_AT)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected a safetensors file, found only %zu bytes", path,
                        size);
    uint64_t n = 0;
    for (int i = S2S_HEADER_AT - 1; i >= 0; i--)
        n = n << 8 | (unsigned char)bytes[i];
    if (n > S2S_HEADER_MAX)
        return s2s_fail(err, S2S_BAD_MODEL,
                        "%s: expected a safetensors header of at most %d bytes, found a length of %" PRIu64,
                        path, S2S_HEADER_MAX, n);
    if (n > size - S2S_HEADER_AT)
        return s2s_fail(err, S2S_BAD_MODEL,
                        "%s: expected a header of %" PRIu64 " bytes, found the end after %zu", path, n,
                        size - S2S_HEADER_AT);
    if (n == 0 || bytes[S2S_HEADER_AT] != '{')
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected a JSON object as header, found none", path);
    s2s_json_error why;
    file->header = s2s_json_load(bytes + S2S_HEADER_AT, (size_t)n, &why);
    if (why.fault == S2S_JSON_MEMORY)
        return s2s_fail_memory(err, "reading a model's header");
    if (why.fault == S2S_JSON_DUPLICATE)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: a name occurs twice in the header, byte %zu", path, why.at);
    if (!file->header)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: the header is not valid JSON at its byte %zu", path, why.at);
    file->data = bytes + S2S_HEADER_AT + n;
    file->data_bytes = size - S2S_HEADER_AT - (size_t)n;
    return S2S_OK;
}

static s2s_status read_metadata(s2s_safetensors *file, const char *path, s2s_error *err)
{
    file->metadata = json_object_get(file->header, S2S_METADATA_KEY);
    if (!file->metadata)
        return S2S_OK;
    if (!json_is_object(file->metadata))
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected " S2S_METADATA_KEY " to be an object", path);
    const char *key;
    json_t *value;
    json_object_foreach(file->metadata, key, value)
    {
        if (!json_is_string(value))
            return s2s_fail(err, S2S_BAD_MODEL, "%s: expected metadata \"%s\" to be a text", path, key);
    }
    return S2S_OK;
}

/* Fills rank and dims. */
static bool read_shape(s2s_stored_tensor *tensor, const json_t *shape)
{
    if (!json_is_array(shape) || json_array_size(shape) > 4)
        return false;
    tensor->rank = (int)json_array_size(shape);
    for (int i = 0; i < tensor->rank; i++) {
        const json_t *dim = json_array_get(shape, (size_t)i);
        if (!json_is_integer(dim) || json_integer_value(dim) < 0)
            return false;
        tensor->dims[i] = json_integer_value(dim);
    }
    return true;
}

/* The three things that an entry must hold, and no others.  Not json_unpack, which allocates. */
static bool read_entry(s2s_stored_tensor *tensor, const json_t *entry, const json_t **shape, json_int_t *begin,
                       json_int_t *end)
{
    const json_t *offsets = json_object_get(entry, "data_offsets");
    const json_t *first = json_array_get(offsets, 0), *last = json_array_get(offsets, 1);
    tensor->dtype = json_string_value(json_object_get(entry, "dtype"));
    *shape = json_object_get(entry, "shape");
    *begin = json_integer_value(first);
    *end = json_integer_value(last);
    return json_object_size(entry) == 3 && tensor->dtype && *shape && json_array_size(offsets) == 2 &&
           json_is_integer(first) && json_is_integer(last);
}

static s2s_status read_tensor(s2s_safetensors *file, s2s_stored_tensor *tensor, const json_t *entry,
                              const char *path, s2s_error *err)
{
    const json_t *shape;
    json_int_t begin, end;
    if (!read_entry(tensor, entry, &shape, &begin, &end))
        return s2s_fail(err, S2S_BAD_MODEL, "%s: tensor \"%s\": expected a dtype, a shape and two data_offsets",
                        path, tensor->name);
    if (s2s_dtype_bytes(tensor->dtype) == 0)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: tensor \"%s\": unknown dtype \"%s\"", path, tensor->name,
                        tensor->dtype);
    if (!read_shape(tensor, shape))
        return s2s_fail(err, S2S_BAD_MODEL,
                        "%s: tensor \"%s\": expected a shape of at most 4 sizes, none below 0", path,
                        tensor->name);
    if (begin < 0 || end < begin || (uint64_t)end > file->data_bytes)
        return s2s_fail(err, S2S_BAD_MODEL,
                        "%s: tensor \"%s\": bytes %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT
                        " do not lie in the %zu bytes of data",
                        path, tensor->name, begin, end, file->data_bytes);
    tensor->data = file->data + begin;
    tensor->bytes = (size_t)(end - begin);
    if (s2s_shape_bytes(tensor) != tensor->bytes)
        return s2s_fail(err, S2S_BAD_MODEL,
                        "%s: tensor \"%s\": dtype and shape do not agree with its %zu bytes", path,
                        tensor->name, tensor->bytes);
    return S2S_OK;
}

static int by_offset(const void *a, const void *b)
{
    const s2s_stored_tensor *x = a, *y = b;
    if (x->data != y->data)
        return (const char *)x->data < (const char *)y->data ? -1 : 1;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* In order of their offsets the tensors must cover the data exactly. */
static s2s_status check_layout(const s2s_safetensors *file, const char *path, s2s_error *err)
{
    size_t at = 0;
    for (int i = 0; i < file->n; i++) {
        const s2s_stored_tensor *tensor = &file->tensors[i];
        size_t begin = (size_t)((const char *)tensor->data - file->data);
        if (begin != at)
            return s2s_fail(err, S2S_BAD_MODEL,
                            "%s: tensor \"%s\": expected to begin at byte %zu of the data, found %zu", path,
                            tensor->name, at, begin);
        at += tensor->bytes;
    }
    if (at != file->data_bytes)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: expected %zu bytes of data, found %zu", path, at,
                        file->data_bytes);
    return S2S_OK;
}

static s2s_status read_tensors(s2s_safetensors *file, const char *path, s2s_error *err)
{
    file->tensors = calloc(json_object_size(file->header) + 1, sizeof *file->tensors);
    if (!file->tensors)
        return s2s_fail_memory(err, "reading a model's header");
    const char *name;
    json_t *entry;
    json_object_foreach(file->header, name, entry)
    {
        if (entry == file->metadata)
            continue;
        file->tensors[file->n].name = name;
        S2S_TRY(read_tensor(file, &file->tensors[file->n], entry, path, err));
        file->n++;
    }
    qsort(file->tensors, (size_t)file->n, sizeof *file->tensors, by_offset);
    return check_layout(file, path, err);
}

static s2s_status check_sum(const s2s_safetensors *file, const char *path, s2s_error *err)
{
    const char *stored = s2s_safetensors_text(file, S2S_CHECKSUM_KEY);
    if (!stored)
        return S2S_OK;
    const char *bytes = file->map.data;
    size_t size = file->map.size, digits = s2s_checksum_at(bytes, size - file->data_bytes, stored);
    if (digits == 0)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: the checksum is malformed", path);
    s2s_checksum *sum = s2s_checksum_new();
    if (!sum)
        return s2s_fail_memory(err, "checking a model");
    char expected[S2S_CHECKSUM_DIGITS + 1];
    s2s_checksum_add(sum, bytes, digits);
    s2s_checksum_add(sum, S2S_CHECKSUM_BLANK, S2S_CHECKSUM_DIGITS);
    s2s_checksum_add(sum, bytes + digits + S2S_CHECKSUM_DIGITS, size - digits - S2S_CHECKSUM_DIGITS);
    s2s_checksum_end(sum, expected);
    if (strcmp(stored, expected) != 0)
        return s2s_fail(err, S2S_BAD_MODEL, "%s: the file is damaged: expected checksum %s, found %s", path,
                        expected, stored);
    return S2S_OK;
}

static s2s_status read_file(s2s_safetensors *file, const char *path, s2s_error *err)
{
    S2S_TRY(map_file(file, path, err));
    S2S_TRY(read_header(file, path, err));
    S2S_TRY(read_metadata(file, path, err));
    S2S_TRY(read_tensors(file, path, err));
    return check_sum(file, path, err);
}

s2s_status s2s_safetensors_open(s2s_safetensors **file, const char *path, s2s_error *err)
{
    *file = NULL;
    s2s_safetensors *opened = calloc(1, sizeof *opened);
    if (!opened)
        return s2s_fail_memory(err, "opening a model");
    s2s_status status = read_file(opened, path, err);
    if (status == S2S_OK)
        *file = opened;
    else
        s2s_safetensors_close(opened);
    return status;
}

void s2s_safetensors_close(s2s_safetensors *file)
{
    if (!file)
        return;
    free(file->tensors);
    json_decref(file->header);
    s2s_map_close(&file->map);
    free(file);
}

int s2s_safetensors_n(const s2s_safetensors *file)
{
    return file->n;
}

const s2s_stored_tensor *s2s_safetensors_at(const s2s_safetensors *file, int i)
{
    return &file->tensors[i];
}

const s2s_stored_tensor *s2s_safetensors_find(const s2s_safetensors *file, const char *name)
{
    for (int i = 0; i < file->n; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

const char *s2s_safetensors_text(const s2s_safetensors *file, const char *key)
{
    return json_string_value(json_object_get(file->metadata, key));
}
