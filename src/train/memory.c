#include "train/memory.h"

#include "base/fail.h"
#include "train/block.h"
#include "train/options.h"

/* Besides what is counted: the code that runs, stacks of the threads, an arena of malloc for each, the header
 * of a file that is written. */
enum { OTHER_BYTES = 6 << 20, MIB = 1 << 20 };

/* ---- what is known from sizes ---- */

/* Both packed forms of all weights. */
static size_t packed_bytes(const s2s_params *params, const s2s_kernels *kernels)
{
    size_t n = 0;
    for (int i = 0; i < params->n; i++) {
        const s2s_param *w = params->items[i];
        if (w->blocks == 0)
            continue;
        int in = w->t.cols, out = w->t.rows / w->blocks;
        size_t both = s2s_size_add(kernels->packed_size(in, out), kernels->packed_size(out, in));
        n = s2s_size_add(n, s2s_size_mul(both, (size_t)w->blocks));
    }
    return s2s_size_mul(n, sizeof(s2s_real));
}

static void count_blocks(s2s_memory_plan *plan, const s2s_train_options *options, const s2s_params *params,
                         const s2s_kernels *kernels)
{
    int64_t block = (int64_t)s2s_block_bytes(s2s_params_elements(params));
    plan->parts[S2S_MEMORY_PARAMETERS] = plan->parts[S2S_MEMORY_GRADIENTS] = block;
    plan->parts[S2S_MEMORY_MOMENTS] = s2s_optimiser_n_moments(options) * block;
    plan->parts[S2S_MEMORY_AVERAGE] = options->ema > 0 ? block : 0;
    plan->parts[S2S_MEMORY_PACKED] = (int64_t)packed_bytes(params, kernels);
    plan->parts[S2S_MEMORY_OTHER] = OTHER_BYTES;
}

static void count_data(s2s_memory_plan *plan, const s2s_dataset *dataset, const s2s_validator *validator)
{
    size_t bytes = s2s_corpus_bytes(dataset->train);
    if (dataset->valid != dataset->train)
        bytes += s2s_corpus_bytes(dataset->valid);
    bytes += s2s_reader_bytes(dataset->train_reader) + s2s_reader_bytes(dataset->valid_reader);
    bytes += s2s_vocab_bytes(dataset->source_vocab) + s2s_vocab_bytes(dataset->target_vocab);
    plan->parts[S2S_MEMORY_DATA] = (int64_t)bytes;
    plan->parts[S2S_MEMORY_VALIDATION] = (int64_t)s2s_validator_bytes(validator);
}

static void add_up(s2s_memory_plan *plan)
{
    plan->total = 0;
    for (int i = 0; i < S2S_N_MEMORY_PARTS; i++)
        plan->total += plan->parts[i];
}

static long long in_mib(int64_t bytes)
{
    return (long long)((bytes + MIB - 1) / MIB);
}

s2s_status s2s_memory_check(const s2s_train_options *options, const s2s_params *params,
                            const s2s_kernels *kernels, s2s_error *err)
{
    s2s_memory_plan plan = {.budget = options->memory};
    count_blocks(&plan, options, params, kernels);
    add_up(&plan);
    if (plan.total <= plan.budget)
        return S2S_OK;
    return s2s_fail(
        err, S2S_BAD_CONFIG,
        "--memory: expected more than %lldM, which this network takes without any data, found %lldM",
        in_mib(plan.total), (long long)(plan.budget / MIB));
}

/* ---- what a batch takes ---- */

typedef struct rehearsal {
    const s2s_train_options *options;
    s2s_learner *learner;
    s2s_graph graph;  /* of its own, so that nothing of it stays */
    s2s_arena *arena; /* of the batch */
    int copies;       /* of each pair in a batch */
    int source_vocab, target_vocab;
    s2s_pair_length shortest, longest;
} rehearsal;

/* Bytes of the arenas for batches of some size. */
typedef struct batch_bytes {
    size_t step, scratch, batch;
} batch_bytes;

static int64_t sum_of(const batch_bytes *bytes)
{
    return (int64_t)(bytes->step + bytes->scratch + 2 * bytes->batch); /* one is read while another is in use */
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

/* n sequences, with their copies, of at most `longest` tokens and together `total` if they can: the first ones
 * as long as possible, the others of one token.  As few of the V tokens are equal as can be: they take most. */
static s2s_tokens *make_side(rehearsal *r, int n, int longest, int total, int V)
{
    int next = 0;
    s2s_tokens *side = s2s_arena_alloc(r->arena, s2s_size_mul((size_t)n * (size_t)r->copies, sizeof *side));
    for (int i = 0; side && i < n; i++) {
        int length = most(1, least(longest, total - (n - 1 - i)));
        int *ids = s2s_arena_alloc(r->arena, (size_t)length * sizeof *ids);
        if (!ids)
            return NULL;
        for (int t = 0; t < length; t++)
            ids[t] = next++ % V;
        total -= length;
        for (int copy = 0; copy < r->copies; copy++)
            side[i * r->copies + copy] = (s2s_tokens){ids, length};
    }
    return side;
}

static void keep_larger(size_t *most, const s2s_arena *arena)
{
    size_t peak = s2s_arena_peak(arena);
    *most = peak > *most ? peak : *most;
}

/* A batch of n_tokens tokens on both sides in so many pairs, one of which is of the greatest length. */
static s2s_status rehearse(rehearsal *r, int n_tokens, int n_pairs, batch_bytes *bytes, s2s_error *err)
{
    const s2s_pair_length *longest = &r->longest;
    s2s_arena_reset(r->arena);
    s2s_tokens *sources =
        make_side(r, n_pairs, longest->source, most(n_tokens, longest->source), r->source_vocab);
    /* the end of each target is added by the batch */
    s2s_tokens *targets =
        make_side(r, n_pairs, longest->target - 1, most(n_tokens, longest->target) - n_pairs, r->target_vocab);
    s2s_batch batch;
    int n = n_pairs * r->copies;
    if (!sources || !targets || !s2s_source_batch_make(&batch.source, sources, n, r->arena) ||
        !s2s_target_batch_make(&batch.target, targets, n, &batch.source, r->arena))
        return s2s_fail_memory(err, "planning the memory of a run");
    S2S_TRY(s2s_learner_rehearse(r->learner, &r->graph, r->options, &batch, err));
    keep_larger(&bytes->step, r->graph.step);
    keep_larger(&bytes->scratch, r->graph.scratch);
    keep_larger(&bytes->batch, r->arena);
    return S2S_OK;
}

/* Of batches of at most n_tokens tokens: few long pairs, which have the most attention weights, and many short
 * ones, which have the most states. */
static s2s_status measure(rehearsal *r, int n_tokens, batch_bytes *bytes, s2s_error *err)
{
    int room = n_tokens / r->copies;
    int many = most(1, room / most(r->shortest.source, r->shortest.target));
    int few = most(1, least(many, room / least(r->longest.source, r->longest.target)));
    *bytes = (batch_bytes){0};
    S2S_TRY(rehearse(r, room, few, bytes, err));
    return rehearse(r, room, many, bytes, err);
}

/* The most tokens, up to those asked for, of which batches are known to fit `available` bytes, and what they
 * take.  At least a batch of the longest pair is tried.  Memory grows less than in proportion to tokens: some
 * of it does not depend on them. */
static s2s_status find_most_tokens(rehearsal *r, int64_t available, int *n_tokens, batch_bytes *bytes,
                                   s2s_error *err)
{
    const int asked = r->options->batch_tokens, worth_it = 16; /* a 16th more */
    int next = r->copies * most(r->longest.source, r->longest.target);
    *n_tokens = 0;
    do {
        batch_bytes tried;
        S2S_TRY(measure(r, next, &tried, err));
        bool fits = sum_of(&tried) <= available;
        if (fits || *n_tokens == 0) {
            *n_tokens = next;
            *bytes = tried;
        }
        if (!fits)
            break;
        double sure = (double)available * next / (double)sum_of(&tried);
        next = least(2 * *n_tokens, asked);
        next = next < sure ? next : (int)sure;
        if (next != asked && next - *n_tokens < *n_tokens / worth_it)
            break;
    } while (next > *n_tokens);
    return S2S_OK;
}

static s2s_pair_length longer(s2s_pair_length a, s2s_pair_length b)
{
    return (s2s_pair_length){most(a.source, b.source), most(a.target, b.target)};
}

static s2s_pair_length shorter(s2s_pair_length a, s2s_pair_length b)
{
    return (s2s_pair_length){least(a.source, b.source), least(a.target, b.target)};
}

static s2s_status open_rehearsal(rehearsal *r, const s2s_train_options *options, const s2s_dataset *dataset,
                                 s2s_learner *learner, s2s_error *err)
{
    s2s_pair_length shortest, longest;
    *r = (rehearsal){.options = options,
                     .learner = learner,
                     .copies = options->r_drop > 0 ? 2 : 1,
                     .source_vocab = s2s_vocab_size(dataset->source_vocab),
                     .target_vocab = s2s_vocab_size(dataset->target_vocab)};
    s2s_reader_lengths(dataset->train_reader, &shortest, &longest);
    s2s_reader_lengths(dataset->valid_reader, &r->shortest, &r->longest);
    r->shortest = shorter(r->shortest, shortest);
    r->longest = longer(r->longest, longest);
    S2S_TRY(s2s_graph_open(&r->graph, &learner->params, learner->team, learner->kernels, err));
    r->arena = s2s_arena_new((size_t)1 << 16);
    if (!r->arena) {
        s2s_graph_close(&r->graph);
        return s2s_fail_memory(err, "planning the memory of a run");
    }
    /* what is not written takes no memory, and in one piece arenas hold no more than is in use */
    s2s_arena_reserve(r->graph.step, (size_t)options->memory);
    s2s_arena_reserve(r->graph.scratch, (size_t)options->memory);
    return S2S_OK;
}

static void close_rehearsal(rehearsal *r)
{
    s2s_graph_close(&r->graph);
    s2s_arena_free(r->arena);
}

/* ---- the plan ---- */

/* Batches of at most fitting tokens, and as many as give the tokens per update asked for. */
static s2s_status split_batches(s2s_train_options *options, int fitting, s2s_error *err)
{
    int64_t tokens = (int64_t)options->batch_tokens * options->accumulate;
    int64_t accumulate = (tokens + fitting - 1) / fitting;
    if (accumulate > S2S_MAX_ACCUMULATE)
        return s2s_fail(err, S2S_BAD_CONFIG,
                        "--memory: %lld batches of %d tokens would make an update, expected at most %d",
                        (long long)accumulate, fitting, S2S_MAX_ACCUMULATE);
    options->batch_tokens = s2s_train_split_batch(options, (int)accumulate);
    options->accumulate = (int)accumulate;
    return S2S_OK;
}

/* First rehearsals, with and without a tape, make all that is computed from weights; counted is what lies
 * beside the parameters then, unused ends of pages too. */
static s2s_status count_packed(s2s_memory_plan *plan, rehearsal *r, s2s_error *err)
{
    batch_bytes ignored = {0};
    s2s_graph_begin(&r->graph, false, false, 0);
    r->learner->arch->prepare(r->learner->network, &r->graph);
    S2S_TRY(s2s_graph_status(&r->graph, err));
    S2S_TRY(rehearse(r, 1, 1, &ignored, err));
    plan->parts[S2S_MEMORY_PACKED] = (int64_t)s2s_arena_peak(r->learner->params.arena) -
                                     plan->parts[S2S_MEMORY_PARAMETERS] - plan->parts[S2S_MEMORY_GRADIENTS];
    return S2S_OK;
}

static s2s_status fit(s2s_memory_plan *plan, s2s_train_options *options, bool resumed, rehearsal *r,
                      batch_bytes *bytes, s2s_error *err)
{
    int n_tokens;
    int64_t available = plan->budget - plan->total;
    S2S_TRY(find_most_tokens(r, available, &n_tokens, bytes, err));
    if (sum_of(bytes) > available)
        return s2s_fail(
            err, S2S_BAD_CONFIG,
            "--memory: expected at least %lldM, for a batch of %d tokens as the longest pair has, found "
            "%lldM",
            in_mib(plan->total + sum_of(bytes)), n_tokens, (long long)(plan->budget / MIB));
    if (n_tokens >= options->batch_tokens)
        return S2S_OK;
    if (!resumed)
        S2S_TRY(split_batches(options, n_tokens, err));
    S2S_TRY(measure(r, options->batch_tokens, bytes, err));
    if (sum_of(bytes) <= available)
        return S2S_OK;
    return s2s_fail(
        err, S2S_BAD_CONFIG,
        "--memory: expected at least %lldM, for the batches of %d tokens that the run goes on with, "
        "found %lldM",
        in_mib(plan->total + sum_of(bytes)), options->batch_tokens, (long long)(plan->budget / MIB));
}

s2s_status s2s_memory_fit(s2s_memory_plan *plan, s2s_train_options *options, bool resumed,
                          const s2s_dataset *dataset, s2s_learner *learner, const s2s_validator *validator,
                          s2s_error *err)
{
    rehearsal r;
    batch_bytes bytes = {0};
    *plan = (s2s_memory_plan){.budget = options->memory};
    count_blocks(plan, options, &learner->params, learner->kernels);
    count_data(plan, dataset, validator);
    S2S_TRY(open_rehearsal(&r, options, dataset, learner, err));
    s2s_status status = count_packed(plan, &r, err);
    add_up(plan);
    if (status == S2S_OK)
        status = fit(plan, options, resumed, &r, &bytes, err);
    close_rehearsal(&r);
    S2S_TRY(status);
    s2s_arena_reserve(learner->graph.step, bytes.step);
    s2s_arena_reserve(learner->graph.scratch, bytes.scratch);
    plan->parts[S2S_MEMORY_BATCHES] = sum_of(&bytes);
    add_up(plan);
    plan->batch_tokens = options->batch_tokens;
    plan->accumulate = options->accumulate;
    s2s_reader_shrink(dataset->train_reader, options->batch_tokens);
    s2s_reader_shrink(dataset->valid_reader, options->batch_tokens);
    return S2S_OK;
}
