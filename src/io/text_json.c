#include "io/text_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "io/json.h"

char *s2s_text_to_json(const s2s_text_pipeline *pipeline)
{
    json_t *list = json_array();
    char *text = NULL;
    for (int i = 0; i < s2s_text_n_steps(pipeline); i++) {
        s2s_span data = s2s_text_data(pipeline, i);
        if (json_array_append_new(list, json_stringn(data.data, data.len)) != 0)
            goto done;
    }
    text = s2s_json_dump(list, 0);
done:
    json_decref(list);
    return text;
}

/* The texts of the array, borrowed from it, to free(); NULL with the reason where it is something else. */
static s2s_span *texts_of(const json_t *array, s2s_error *why)
{
    size_t n = json_array_size(array);
    s2s_span *texts = calloc(n + 1, sizeof *texts);
    if (!texts) {
        s2s_fail_memory(why, "reading text steps");
        return NULL;
    }
    bool sound = json_is_array(array);
    for (size_t i = 0; sound && i < n; i++) {
        const json_t *text = json_array_get(array, i);
        sound = json_is_string(text);
        texts[i] = (s2s_span){json_string_value(text), json_string_length(text)};
    }
    if (sound)
        return texts;
    s2s_fail(why, S2S_BAD_MODEL, "expected its data to be a JSON array of texts");
    free(texts);
    return NULL;
}

static s2s_status open_with(s2s_text_pipeline **pipeline, const char *list, const json_t *array, s2s_error *why)
{
    s2s_span *texts = texts_of(array, why);
    if (!texts)
        return why->code;
    s2s_status status =
        s2s_text_open(pipeline, list, "its configuration", texts, (int)json_array_size(array), why);
    free(texts);
    return status;
}

s2s_status s2s_text_from_json(s2s_text_pipeline **pipeline, const char *list, const char *key, const char *json,
                              const char *path, s2s_error *err)
{
    s2s_error why;
    s2s_json_error fault = {S2S_JSON_SOUND, 0};
    json_t *array = json ? s2s_json_load(json, strlen(json), &fault) : json_array();
    s2s_status status;
    if (array || (json && fault.fault != S2S_JSON_MEMORY))
        status = open_with(pipeline, list, array, &why);
    else
        status = s2s_fail_memory(&why, "reading text steps");
    json_decref(array);
    if (status == S2S_OK)
        return S2S_OK;
    return s2s_fail(err, status == S2S_EXHAUSTED ? status : S2S_BAD_MODEL, "%s: \"%s\": %s", path, key,
                    why.msg);
}
