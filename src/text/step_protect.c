/* protect, protect:KIND+KIND: what text/protect.h lists becomes a symbol, one code point, which no other step
 * and no tokeniser changes.  A source line leaves what it had in the buffer.  In a target the same text becomes
 * the same symbol, and what the source has not stays: a model learns to write only symbols of its source. */
#include <stdlib.h>
#include <string.h>

#include "text/letter.h"
#include "text/step.h"

enum { REPLACEMENT = 0xfffd };

static bool kind_of(s2s_span name, unsigned *kinds)
{
    for (int k = 0; k < S2S_N_PROTECTS; k++)
        if (s2s_span_is(name, s2s_protect_name((s2s_protect_kind)k))) {
            *kinds |= 1u << k;
            return true;
        }
    return false;
}

static s2s_status open_protect(s2s_text_step *step, bool stored, s2s_error *err)
{
    (void)stored;
    s2s_protector *own = step->own = calloc(1, sizeof *own);
    if (!own)
        return s2s_fail_memory(err, "reading text steps");
    for (const char *name = step->argument; name;) {
        s2s_span kind = {name, strcspn(name, "+")};
        if (!kind_of(kind, &own->kinds))
            return s2s_fail(err, S2S_BAD_CONFIG,
                            "%s: expected some of placeholder, url, email, number, tag, with + between them, "
                            "found \"%.*s\"",
                            step->where, kind.len < 60 ? (int)kind.len : 60, kind.data);
        name = name[kind.len] ? name + kind.len + 1 : NULL;
    }
    return S2S_OK;
}

static void close_protect(s2s_text_step *step)
{
    free(step->own);
}

static void forget(s2s_text_buffer *buffer)
{
    s2s_str_clear(&buffer->protected_bytes);
    buffer->protected = (s2s_protected){.items = buffer->protected_items, .text = ""};
}

static bool is_of(const s2s_protected_text *item, s2s_protect_kind kind)
{
    return (item->symbol - S2S_FIRST_SYMBOL) / S2S_PROTECT_EACH == (int)kind;
}

static const s2s_protected_text *find_text(const s2s_protected *kept, s2s_protect_kind kind, s2s_span text)
{
    for (int i = 0; i < kept->n; i++) {
        const s2s_protected_text *item = &kept->items[i];
        if (is_of(item, kind) && s2s_same_span((s2s_span){kept->text + item->begin, item->len}, text))
            return item;
    }
    return NULL;
}

/* Blanks on the inner side of a tag: behind one that opens, before one that closes, on both of an empty one. */
static void note_glue(s2s_protected_text *item, s2s_span tag, s2s_span line)
{
    const char *behind = tag.data + tag.len;
    bool closes = tag.data[1] == '/', empty = behind[-2] == '/';
    item->glued_before = (closes || empty) && tag.data > line.data && tag.data[-1] != ' ';
    item->glued_after = !closes && behind < line.data + line.len && *behind != ' ';
}

/* Takes a text of the line; NULL where there are as many of its kind as have symbols. */
static const s2s_protected_text *keep(s2s_text_buffer *buffer, s2s_protect_kind kind, s2s_span text,
                                      s2s_span line)
{
    s2s_protected *kept = &buffer->protected;
    int32_t symbol = s2s_protect_symbol(kind, 0), end = symbol + S2S_PROTECT_EACH;
    for (int i = 0; i < kept->n; i++)
        if (is_of(&kept->items[i], kind))
            symbol = kept->items[i].symbol + 1;
    if (symbol == end)
        return NULL;
    s2s_protected_text *item = &buffer->protected_items[kept->n++];
    *item = (s2s_protected_text){.symbol = symbol, .begin = buffer->protected_bytes.len, .len = text.len};
    if (kind == S2S_PROTECT_TAG)
        note_glue(item, text, line);
    s2s_str_add_span(&buffer->protected_bytes, text);
    kept->text = s2s_str_text(&buffer->protected_bytes);
    return item;
}

/* The symbol for the text of a line, or NULL. */
static const s2s_protected_text *item_for(const s2s_protector *own, s2s_text_buffer *buffer,
                                          s2s_protect_kind kind, s2s_span text, s2s_span line)
{
    const s2s_protected_text *item = find_text(&buffer->protected, kind, text);
    return item || own->follows ? item : keep(buffer, kind, text, line);
}

static void protect(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out)
{
    const s2s_protector *own = step->own;
    const char *end = text.data + text.len;
    if (!own->follows)
        forget(buffer);
    for (const char *p = text.data; p < end && !buffer->protected_bytes.failed;) {
        s2s_protect_kind kind = S2S_PROTECT_TAG;
        size_t n = s2s_protect_find(own->kinds, text.data, p, end, &kind);
        const s2s_protected_text *item = n ? item_for(own, buffer, kind, (s2s_span){p, n}, text) : NULL;
        s2s_letter l = s2s_letter_at(p, end);
        if (!item)
            n = (size_t)l.len;
        if (item)
            s2s_str_add_code(out, item->symbol);
        else if (s2s_is_symbol(l.code)) /* a text's own, which must not be taken for ours */
            s2s_str_add_code(out, REPLACEMENT);
        else
            s2s_str_add(out, p, n);
        p += n;
    }
    out->failed |= buffer->protected_bytes.failed;
}

static bool ends_blank(const s2s_str *out)
{
    return out->len > 0 && out->data[out->len - 1] == ' ';
}

static void drop_blank(s2s_str *out)
{
    if (ends_blank(out))
        out->data[--out->len] = '\0';
}

/* Puts the text of a symbol in its place, or nothing where the source has none; p is behind the symbol.
 * Returns where to go on. */
static const char *put(const s2s_protected *kept, int32_t symbol, const char *p, const char *end, s2s_str *out)
{
    int i = 0;
    while (i < kept->n && kept->items[i].symbol != symbol)
        i++;
    if (i == kept->n) {
        if (p == end)
            drop_blank(out);
        return p < end && *p == ' ' && (out->len == 0 || ends_blank(out)) ? p + 1 : p;
    }
    const s2s_protected_text *item = &kept->items[i];
    if (item->glued_before)
        drop_blank(out);
    s2s_str_add(out, kept->text + item->begin, item->len);
    return item->glued_after && p < end && *p == ' ' ? p + 1 : p;
}

static void put_back(const s2s_text_step *step, s2s_text_buffer *buffer, s2s_span text, s2s_str *out)
{
    (void)step;
    const char *end = text.data + text.len;
    s2s_letter l;
    for (const char *p = text.data; (l = s2s_letter_at(p, end)).len;) {
        if (!s2s_is_symbol(l.code))
            s2s_str_add(out, p, (size_t)l.len);
        p += l.len;
        if (s2s_is_symbol(l.code))
            p = put(&buffer->protected, l.code, p, end, out);
    }
}

const s2s_text_kind s2s_step_protect = {.name = "protect",
                                        .argument = "KINDS",
                                        .implied = "placeholder+url+email+number+tag",
                                        .open = open_protect,
                                        .close = close_protect,
                                        .apply = protect,
                                        .invert = put_back};
