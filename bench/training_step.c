/* Time of a training step on synthetic batches of one shape, as one line of JSON.
 *
 *   training_step [--threads N] [--emb E] [--hidden H] [--vocab V] [--batch B] [--length T]
 *                 [--cell lstm] [--attention general] [--feed] [--steps N] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/arch.h"
#include "train/block.h"
#include "train/optimiser.h"

typedef struct bench {
    int threads, emb, hidden, vocab, batch, length, steps;
    int cell, attention;
    bool feed;
    s2s_team *team;
    s2s_params params;
    s2s_network *network;
    s2s_graph graph;
    s2s_train_options options;
    s2s_optimiser optimiser;
    s2s_arena *arena;
    s2s_source_batch source;
    s2s_target_batch target;
} bench;

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Index of the name in an X-list of names, or exit. */
static int choose(const char *name, const char *const *names, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    fprintf(stderr, "training_step: unknown name %s\n", name);
    exit(2);
}

static void parse(bench *b, int argc, char **argv)
{
#define S2S_X(NAME, name) name,
    static const char *const cells[] = {S2S_CELL_LIST(S2S_X)};
    static const char *const attentions[] = {S2S_ATTENTION_LIST(S2S_X)};
#undef S2S_X
    struct {
        const char *name;
        int *value;
    } numbers[] = {{"--threads", &b->threads}, {"--emb", &b->emb},     {"--hidden", &b->hidden},
                   {"--vocab", &b->vocab},     {"--batch", &b->batch}, {"--length", &b->length},
                   {"--steps", &b->steps}};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--feed") == 0)
            b->feed = true;
        else if (strcmp(argv[i], "--cell") == 0)
            b->cell = choose(value, cells, S2S_N_CELLS);
        else if (strcmp(argv[i], "--attention") == 0)
            b->attention = choose(value, attentions, S2S_N_ATTENTIONS);
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
            if (strcmp(argv[i], numbers[k].name) == 0)
                *numbers[k].value = atoi(value);
    }
}

static s2s_status prepare_network(bench *b, s2s_error *err)
{
    s2s_network_options network = {.dim_emb = b->emb,
                                   .dim_hidden = b->hidden,
                                   .enc_cell = b->cell,
                                   .dec_cell = b->cell,
                                   .enc_depth = 1,
                                   .dec_depth = 1,
                                   .bidirectional = true,
                                   .bridge = S2S_BRIDGE_COPY,
                                   .attention = b->attention,
                                   .heads = 4,
                                   .max_source = 512,
                                   .input_feeding = b->feed};
    b->options =
        (s2s_train_options){.optimizer = S2S_OPTIMISER_ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
    s2s_params_begin(&b->params);
    s2s_status status = s2s_team_new(&b->team, b->threads, err);
    if (status == S2S_OK)
        status = s2s_arch_rnn.declare(&b->network, &network, b->vocab, b->vocab, &b->params, err);
    if (status == S2S_OK)
        status = s2s_params_allocate(&b->params, true, err);
    if (status == S2S_OK)
        status = s2s_graph_open(&b->graph, &b->params, b->team, s2s_kernels_best(), err);
    if (status == S2S_OK)
        status = s2s_optimiser_open(&b->optimiser, &b->options, &b->params, err);
    if (status == S2S_OK)
        s2s_params_init(&b->params, 1);
    return status;
}

/* Random tokens; targets have length - 1 of them and the end. */
static bool prepare_batch(bench *b)
{
    int B = b->batch, T = b->length;
    b->arena = s2s_arena_new(1 << 20);
    int *ids = b->arena ? s2s_arena_alloc(b->arena, (size_t)B * (size_t)T * 2 * sizeof *ids) : NULL;
    s2s_tokens *tokens = b->arena ? s2s_arena_alloc(b->arena, (size_t)B * 2 * sizeof *tokens) : NULL;
    if (!ids || !tokens)
        return false;
    s2s_rng rng;
    s2s_rng_seed(&rng, 1);
    for (int i = 0; i < 2 * B * T; i++)
        ids[i] = 4 + (int)s2s_rng_below(&rng, (uint32_t)b->vocab - 4);
    for (int i = 0; i < 2 * B; i++)
        tokens[i] = (s2s_tokens){ids + i * T, i < B ? T : T - 1};
    return s2s_source_batch_make(&b->source, tokens, B, b->arena) &&
           s2s_target_batch_make(&b->target, tokens + B, B, &b->source, b->arena);
}

static double step_ms(bench *b, int i)
{
    double began = now_ms();
    s2s_loss loss = {0};
    s2s_block_clear(b->params.grad, b->params.n_elements, b->team);
    s2s_graph_begin(&b->graph, true, true, (uint64_t)i);
    s2s_objective objective = {.grad_scale = 1 / (s2s_real)(b->batch * b->length)};
    s2s_arch_rnn.forward(b->network, &b->graph, &b->source, &b->target, &objective, 0, &loss, NULL);
    s2s_graph_backward(&b->graph);
    double norm = s2s_gradient_norm(&b->params, b->team, b->graph.kernels);
    s2s_optimiser_update(&b->optimiser, &b->options, &b->params, 1e-3, norm > 1 ? 1 / norm : 1, b->team,
                         b->graph.kernels);
    return now_ms() - began;
}

static void report(bench *b)
{
    double *ms = malloc((size_t)b->steps * sizeof *ms);
    for (int i = 0; i < 4; i++)
        step_ms(b, i);
    for (int i = 0; ms && i < b->steps; i++)
        ms[i] = step_ms(b, i);
    if (ms) {
        qsort(ms, (size_t)b->steps, sizeof *ms, by_value);
        double median = ms[b->steps / 2];
        printf("{\"kernels\": \"%s\", \"threads\": %d, \"params\": %zu, \"ms\": %.2f, \"min_ms\": %.2f, "
               "\"tgt_tok_s\": %.1f}\n",
               b->graph.kernels->name, b->threads, b->params.n_parameters, median, ms[0],
               1e3 * b->batch * b->length / median);
    }
    free(ms);
}

int main(int argc, char **argv)
{
    bench b = {.threads = 2,
               .emb = 256,
               .hidden = 512,
               .vocab = 8192,
               .batch = 64,
               .length = 15,
               .steps = 20,
               .cell = S2S_CELL_LSTM,
               .attention = S2S_ATTENTION_GENERAL};
    s2s_error err = {.msg = "out of memory"};
    parse(&b, argc, argv);
    bool ready = prepare_network(&b, &err) == S2S_OK && prepare_batch(&b);
    if (ready)
        report(&b);
    else
        fprintf(stderr, "training_step: %s\n", err.msg);
    s2s_optimiser_close(&b.optimiser);
    s2s_graph_close(&b.graph);
    if (b.network)
        s2s_arch_rnn.free(b.network);
    s2s_params_end(&b.params);
    s2s_team_free(b.team);
    s2s_arena_free(b.arena);
    return ready ? 0 : 1;
}
