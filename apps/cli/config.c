/* The event parser of libyaml is used so that neither aliases nor nesting are ever expanded: the first event
 * that a flat mapping of scalars, and of lists of them where an option may be repeated, does not have ends the
 * reading. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

#include "message.h"

typedef struct reading {
    cli_options *options;
    const char *path;
    yaml_parser_t parser;
    size_t *seen; /* [n_options] line on which each option was set in this file, from 1 */
} reading;

static s2s_status parser_failed(reading *r, s2s_error *err)
{
    yaml_parser_t *parser = &r->parser;
    const char *problem = parser->problem ? parser->problem : "not YAML";
    if (parser->error == YAML_MEMORY_ERROR)
        return cli_out_of_memory(err);
    if (parser->error == YAML_READER_ERROR)
        return cli_fail(err, S2S_BAD_CONFIG, "%s: byte %zu: %s", r->path, parser->problem_offset, problem);
    return cli_fail(err, S2S_BAD_CONFIG, "%s:%zu: %s", r->path, parser->problem_mark.line + 1, problem);
}

/* The next event; on success the caller deletes it. */
static s2s_status next_event(reading *r, yaml_event_t *event, s2s_error *err)
{
    return yaml_parser_parse(&r->parser, event) ? S2S_OK : parser_failed(r, err);
}

static s2s_status find_key(reading *r, const char *key, size_t line, const s2s_option **option, s2s_error *err)
{
    *option = cli_options_find(r->options, key);
    if (!*option) {
        const char *nearest = s2s_option_nearest(&r->options->table, key);
        return cli_fail(err, S2S_BAD_CONFIG, "%s:%zu: unknown key %.60s%s%s%s", r->path, line, key,
                        nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    }
    size_t *seen = &r->seen[*option - r->options->table.options];
    if (*seen)
        return cli_fail(err, S2S_BAD_CONFIG, "%s:%zu: %s was already set on line %zu", r->path, line,
                        (*option)->name, *seen);
    *seen = line;
    return S2S_OK;
}

static bool is_null(const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (!*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

/* The text of a scalar, owned by the options; NULL where it says null. */
static s2s_status take_text(reading *r, const s2s_option *option, const yaml_event_t *event, const char **text,
                            s2s_error *err)
{
    size_t line = event->start_mark.line + 1;
    *text = NULL;
    if (event->type != YAML_SCALAR_EVENT)
        return cli_fail(err, S2S_BAD_CONFIG, "%s:%zu: %s: expected one value, found %s", r->path, line,
                        option->name,
                        event->type == YAML_SEQUENCE_START_EVENT  ? "a list"
                        : event->type == YAML_MAPPING_START_EVENT ? "a map"
                                                                  : "an alias");
    if (is_null(event))
        return S2S_OK;
    const char *value = (const char *)event->data.scalar.value;
    if (strlen(value) != event->data.scalar.length)
        return cli_fail(err, S2S_BAD_CONFIG, "%s:%zu: %s: NUL byte in the value", r->path, line, option->name);
    *text = cli_options_own(r->options, strdup(value));
    return *text ? S2S_OK : cli_out_of_memory(err);
}

/* What is left of a list, joined; NULL where it is empty. */
static s2s_status take_list(reading *r, const s2s_option *option, const char **text, s2s_error *err)
{
    *text = NULL;
    for (;;) {
        yaml_event_t event;
        const char *item = NULL;
        s2s_status status = next_event(r, &event, err);
        if (status)
            return status;
        bool ended = event.type == YAML_SEQUENCE_END_EVENT;
        if (!ended)
            status = take_text(r, option, &event, &item, err);
        yaml_event_delete(&event);
        if (status || ended)
            return status;
        if (item && !(*text = cli_options_join(r->options, *text, item)))
            return cli_out_of_memory(err);
    }
}

static s2s_status set_value(reading *r, const s2s_option *option, const yaml_event_t *event, s2s_error *err)
{
    bool is_list = event->type == YAML_SEQUENCE_START_EVENT && cli_options_is_repeatable(r->options, option);
    const char *text;
    s2s_status status = is_list ? take_list(r, option, &text, err) : take_text(r, option, event, &text, err);
    s2s_error inner = {0};
    if (!status && text && cli_options_assign(r->options, option, text, CLI_FILE, &inner))
        return cli_fail(err, S2S_BAD_CONFIG, "%s:%zu: %s", r->path, event->start_mark.line + 1,
                        strncmp(inner.msg, "--", 2) == 0 ? inner.msg + 2 : inner.msg);
    return status;
}

/* One "key: value" whose key is the event given. */
static s2s_status read_entry(reading *r, const yaml_event_t *key, s2s_error *err)
{
    size_t line = key->start_mark.line + 1;
    if (key->type != YAML_SCALAR_EVENT)
        return cli_fail(err, S2S_BAD_CONFIG, "%s:%zu: expected the name of an option as key", r->path, line);
    if (strlen((const char *)key->data.scalar.value) != key->data.scalar.length)
        return cli_fail(err, S2S_BAD_CONFIG, "%s:%zu: NUL byte in a key", r->path, line);
    const s2s_option *option;
    yaml_event_t value;
    s2s_status status = find_key(r, (const char *)key->data.scalar.value, line, &option, err);
    if (!status)
        status = next_event(r, &value, err);
    if (status)
        return status;
    status = set_value(r, option, &value, err);
    yaml_event_delete(&value);
    return status;
}

/* Goes through the events; depth is not needed, as nothing nested passes read_entry. */
static s2s_status read_events(reading *r, s2s_error *err)
{
    bool in_mapping = false, had_document = false;
    for (;;) {
        yaml_event_t event;
        s2s_status status = next_event(r, &event, err);
        if (status)
            return status;
        yaml_event_type_t type = event.type;
        size_t line = event.start_mark.line + 1;
        if (in_mapping && type != YAML_MAPPING_END_EVENT)
            status = read_entry(r, &event, err);
        else if (type == YAML_DOCUMENT_START_EVENT && had_document)
            status = cli_fail(err, S2S_BAD_CONFIG, "%s:%zu: expected one document", r->path, line);
        else if (type == YAML_SEQUENCE_START_EVENT || type == YAML_ALIAS_EVENT ||
                 (type == YAML_SCALAR_EVENT && !is_null(&event)))
            status = cli_fail(err, S2S_BAD_CONFIG, "%s:%zu: expected \"option: value\" lines", r->path, line);
        had_document |= type == YAML_DOCUMENT_START_EVENT;
        in_mapping = type == YAML_MAPPING_START_EVENT || (in_mapping && type != YAML_MAPPING_END_EVENT);
        yaml_event_delete(&event);
        if (status || type == YAML_STREAM_END_EVENT)
            return status;
    }
}

static s2s_status read_file(cli_options *options, const char *path, s2s_error *err)
{
    struct stat info;
    FILE *file = fopen(path, "rb");
    if (!file)
        return cli_fail(err, S2S_BAD_CONFIG, "%s: %s", path, strerror(errno));
    if (fstat(fileno(file), &info) == 0 && S_ISDIR(info.st_mode)) {
        fclose(file);
        return cli_fail(err, S2S_BAD_CONFIG, "%s: %s", path, strerror(EISDIR));
    }
    reading r = {.options = options, .path = path};
    s2s_status status = S2S_OK;
    r.seen = calloc((size_t)options->table.n_options, sizeof *r.seen);
    if (!r.seen || !yaml_parser_initialize(&r.parser)) {
        status = cli_out_of_memory(err);
    } else {
        yaml_parser_set_input_file(&r.parser, file);
        status = read_events(&r, err);
        yaml_parser_delete(&r.parser);
    }
    free(r.seen);
    fclose(file);
    return status;
}

s2s_status cli_config_read(cli_options *options, s2s_error *err)
{
    for (int i = 0; i < options->n_config_paths; i++) {
        s2s_status status = read_file(options, options->config_paths[i], err);
        if (status)
            return status;
    }
    return S2S_OK;
}
