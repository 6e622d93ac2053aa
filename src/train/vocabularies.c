#include "train/vocabularies.h"

#include <string.h>

#include "base/fail.h"

enum { DEFAULT_SUBWORDS = 8000 }; /* SentencePiece's own */

/* The sides that something is made from, and made for: one, or both with --joint-vocab. */
typedef struct side_set {
    bool source, target;
} side_set;

/* The lines of the training part on these sides. */
typedef struct line_walk {
    const s2s_dataset *dataset;
    side_set sides;
    size_t pair;
    int part;       /* of the pair, the next one: 0 its source, k its target k - 1 */
    bool of_target; /* the last line */
    s2s_text_buffer buffer;
    bool out_of_memory;
} line_walk;

/* buffer: what the steps of the line will work with. */
static bool next_line(line_walk *walk, s2s_text_buffer *buffer, s2s_span *line)
{
    const s2s_corpus *corpus = walk->dataset->train;
    for (; walk->pair < s2s_corpus_size(corpus); walk->pair++, walk->part = 0) {
        if (!s2s_part_has(walk->dataset->train_part, corpus, walk->pair))
            continue;
        int n_parts = walk->sides.target ? 1 + s2s_corpus_n_targets(corpus, walk->pair) : 1;
        if (walk->part == 0 && !walk->sides.source)
            walk->part = 1;
        if (walk->part == n_parts)
            continue;
        int part = walk->part++;
        walk->of_target = part > 0;
        s2s_span source = s2s_corpus_source(corpus, walk->pair);
        *line = part == 0 ? source : s2s_corpus_target(corpus, walk->pair, part - 1);
        if (walk->of_target)
            walk->out_of_memory = s2s_text_remember(walk->dataset->source_text, buffer, source, NULL) != S2S_OK;
        return !walk->out_of_memory;
    }
    return false;
}

/* The next line as its text steps leave it. */
static bool next_text(void *arg, s2s_span *line)
{
    line_walk *walk = arg;
    if (!next_line(walk, &walk->buffer, line))
        return false;
    const s2s_text_pipeline *text = walk->of_target ? walk->dataset->target_text : walk->dataset->source_text;
    walk->out_of_memory = s2s_text_apply(text, &walk->buffer, *line, line, NULL) != S2S_OK;
    return !walk->out_of_memory;
}

/* ---- text steps ---- */

static s2s_status learn(s2s_text_pipeline *text, line_walk *walk, s2s_error *err)
{
    s2s_span line;
    while (next_line(walk, &walk->buffer, &line))
        S2S_TRY(s2s_text_learn(text, &walk->buffer, line, err));
    return walk->out_of_memory ? s2s_fail_memory(err, "learning text steps") : s2s_text_learned(text, err);
}

/* Of one side, from its lines. */
static s2s_status learn_text(s2s_text_pipeline *text, const s2s_dataset *dataset, side_set side, s2s_error *err)
{
    if (!s2s_text_learns(text))
        return S2S_OK;
    line_walk walk = {.dataset = dataset, .sides = side};
    s2s_status status = learn(text, &walk, err);
    s2s_text_buffer_free(&walk.buffer);
    return status;
}

static s2s_status make_text(s2s_dataset *dataset, const s2s_train_options *options, s2s_error *err)
{
    S2S_TRY(s2s_text_open(&dataset->source_text, options->src_text, "--src-text", NULL, 0, err));
    S2S_TRY(s2s_text_open(&dataset->target_text, options->tgt_text, "--tgt-text", NULL, 0, err));
    S2S_TRY(s2s_text_open(&dataset->output_text, options->output_text, "--output-text", NULL, 0, err));
    S2S_TRY(s2s_text_pair(dataset->source_text, dataset->target_text, dataset->output_text, err));
    S2S_TRY(learn_text(dataset->source_text, dataset, (side_set){true, false}, err));
    return learn_text(dataset->target_text, dataset, (side_set){false, true}, err);
}

/* ---- subwords ---- */

static s2s_status read_subwords(s2s_subwords **subwords, const char *path, s2s_tokeniser_kind kind,
                                const char *option, s2s_error *err)
{
    S2S_TRY(s2s_subwords_read(subwords, path, err));
    if (strcmp(s2s_subwords_kind(*subwords), s2s_tokeniser_name(kind)) == 0)
        return S2S_OK;
    return s2s_fail(err, S2S_BAD_CONFIG, "--%s %s: expected what %s holds, a model of type %s", option,
                    s2s_tokeniser_name(kind), path, s2s_subwords_kind(*subwords));
}

static s2s_status train_subwords(s2s_subwords **subwords, const s2s_dataset *dataset,
                                 const s2s_train_options *options, side_set sides, s2s_tokeniser_kind kind,
                                 const char *symbols, s2s_error *err)
{
    line_walk walk = {.dataset = dataset, .sides = sides};
    const s2s_sentencepiece_training training = {
        .model_type = s2s_tokeniser_name(kind),
        .vocab_size = options->vocab_size > 0 ? options->vocab_size : DEFAULT_SUBWORDS,
        .hard_vocab_limit = options->vocab_size > 0,
        .character_coverage = options->character_coverage,
        .byte_fallback = options->byte_fallback,
        .symbols = symbols,
        .next = next_text,
        .out_of_memory = &walk.out_of_memory,
        .arg = &walk,
    };
    const char *what = !sides.target   ? "training sources"
                       : !sides.source ? "training targets"
                                       : "training sources and targets";
    s2s_status status = s2s_subwords_train(subwords, &training, what, err);
    s2s_text_buffer_free(&walk.buffer);
    return status;
}

/* Given in a file or trained; symbols of protected text are pieces of it. */
static s2s_status open_subwords(s2s_subwords **subwords, const s2s_dataset *dataset,
                                const s2s_train_options *options, side_set sides, s2s_tokeniser_kind kind,
                                s2s_error *err)
{
    const char *path = sides.source ? options->src_subwords : options->tgt_subwords;
    s2s_str symbols = {0};
    s2s_protect_list(s2s_text_protects(dataset->source_text), &symbols); /* the same as the target's */
    s2s_status status;
    if (symbols.failed)
        status = s2s_fail_memory(err, "reading text steps");
    else if (path)
        status = read_subwords(subwords, path, kind, sides.source ? "src-tokens" : "tgt-tokens", err);
    else
        status = train_subwords(subwords, dataset, options, sides, kind, s2s_str_text(&symbols), err);
    if (status == S2S_OK)
        status = s2s_subwords_extend(subwords, s2s_str_text(&symbols), err);
    s2s_str_free(&symbols);
    return status;
}

static s2s_status make_subwords(s2s_dataset *dataset, const s2s_train_options *options, side_set sides,
                                s2s_error *err)
{
    int tokens = sides.source ? options->src_tokens : options->tgt_tokens;
    s2s_tokeniser tokeniser = {.kind = (s2s_tokeniser_kind)tokens};
    if (s2s_tokeniser_has_subwords(tokeniser.kind)) {
        s2s_subwords **subwords = sides.source ? &dataset->source_subwords : &dataset->target_subwords;
        S2S_TRY(open_subwords(subwords, dataset, options, sides, tokeniser.kind, err));
        tokeniser.subwords = *subwords;
    }
    if (sides.source)
        dataset->source_tokeniser = (s2s_tokeniser){tokeniser.kind, tokeniser.subwords, dataset->source_text};
    if (sides.target)
        dataset->target_tokeniser = (s2s_tokeniser){tokeniser.kind, tokeniser.subwords, dataset->target_text};
    return S2S_OK;
}

/* ---- counted pieces ---- */

static s2s_status count(s2s_vocab_counter *counter, const s2s_dataset *dataset, side_set sides,
                        s2s_pieces *pieces, s2s_error *err)
{
    line_walk walk = {.dataset = dataset, .sides = sides};
    s2s_span line;
    while (next_line(&walk, &pieces->buffer, &line)) {
        const s2s_tokeniser *tokeniser =
            walk.of_target ? &dataset->target_tokeniser : &dataset->source_tokeniser;
        S2S_TRY(s2s_tokenise(tokeniser, line.data, line.len, pieces, err));
        for (int i = 0; i < pieces->n; i++)
            S2S_TRY(s2s_vocab_counter_add(counter, pieces->items[i], err));
    }
    return walk.out_of_memory ? s2s_fail_memory(err, "counting the vocabulary") : S2S_OK;
}

static s2s_status count_vocab(s2s_vocab **vocab, const s2s_dataset *dataset, const s2s_train_options *options,
                              side_set sides, s2s_error *err)
{
    s2s_vocab_counter *counter = s2s_vocab_counter_new();
    if (!counter)
        return s2s_fail_memory(err, "counting the vocabulary");
    s2s_pieces pieces = {0};
    s2s_status status = count(counter, dataset, sides, &pieces, err);
    if (status == S2S_OK)
        status = s2s_vocab_build(vocab, counter, options->vocab_size, options->vocab_min_count, err);
    s2s_pieces_free(&pieces);
    s2s_vocab_counter_free(counter);
    return status;
}

/* ---- both ---- */

static s2s_status make_sides(s2s_dataset *dataset, const s2s_train_options *options, side_set sides,
                             s2s_error *err)
{
    s2s_vocab **vocab = sides.source ? &dataset->source_vocab : &dataset->target_vocab;
    S2S_TRY(make_subwords(dataset, options, sides, err));
    const s2s_subwords *subwords =
        sides.source ? dataset->source_tokeniser.subwords : dataset->target_tokeniser.subwords;
    if (subwords)
        S2S_TRY(s2s_vocab_from_subwords(vocab, subwords, err));
    else
        S2S_TRY(count_vocab(vocab, dataset, options, sides, err));
    if (sides.source && sides.target)
        dataset->target_vocab = dataset->source_vocab;
    return S2S_OK;
}

s2s_status s2s_vocabularies_make(s2s_dataset *dataset, const s2s_train_options *options, s2s_error *err)
{
    const side_set source = {true, false}, target = {false, true}, both = {true, true};
    S2S_TRY(make_text(dataset, options, err));
    if (options->joint_vocab)
        return make_sides(dataset, options, both, err);
    S2S_TRY(make_sides(dataset, options, source, err));
    return make_sides(dataset, options, target, err);
}

void s2s_vocabularies_free(s2s_dataset *dataset)
{
    if (dataset->target_vocab != dataset->source_vocab)
        s2s_vocab_free(dataset->target_vocab);
    s2s_vocab_free(dataset->source_vocab);
    s2s_subwords_free(dataset->source_subwords);
    s2s_subwords_free(dataset->target_subwords);
    s2s_text_close(dataset->source_text);
    s2s_text_close(dataset->target_text);
    s2s_text_close(dataset->output_text);
}
