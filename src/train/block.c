#include "train/block.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/pages.h"

enum {
    PIECE = 4 * S2S_STRIP, /* elements: every loop over a block is cut at multiples of it */
    MAX_SUMS = 1024,       /* partial sums of a norm */
};

typedef struct block_job {
    s2s_team *team;
    const s2s_kernels *kernels;
    s2s_real *a;
    s2s_real *b;
    const s2s_real *from;
    size_t n;
    const unsigned char *strips; /* NULL: all are dense */
    size_t sum_strips;           /* strips of one partial sum */
    int n_sums;
    double *sums;
} block_job;

static size_t aligned_bytes(size_t n_elements)
{
    size_t bytes = s2s_size_mul(n_elements, sizeof(s2s_real));
    return bytes > SIZE_MAX - S2S_ALIGNMENT ? SIZE_MAX : (bytes / S2S_ALIGNMENT + 1) * S2S_ALIGNMENT;
}

size_t s2s_block_bytes(size_t n_elements)
{
    return s2s_pages_size(aligned_bytes(n_elements));
}

s2s_real *s2s_block_new(const s2s_params *params)
{
    size_t bytes = aligned_bytes(params->n_elements);
    s2s_real *block = s2s_pages_alloc(&bytes);
    if (block)
        memset(block, 0, bytes);
    return block;
}

void s2s_block_share(size_t n, int member, int size, size_t *begin, size_t *end)
{
    size_t n_pieces = (n + PIECE - 1) / PIECE;
    *begin = n_pieces * (size_t)member / (size_t)size * PIECE;
    *end = n_pieces * ((size_t)member + 1) / (size_t)size * PIECE;
    if (*begin > n)
        *begin = n;
    if (*end > n)
        *end = n;
}

/* Sum of the squares of the strips [first, end), each summed by itself, so that one of zeros adds nothing
 * whether it is read or not. */
static double sum_strips(const block_job *job, size_t first, size_t end)
{
    double sum = 0;
    for (size_t strip = first; strip < end && strip * S2S_STRIP < job->n; strip++) {
        if (job->strips && job->strips[strip] == S2S_STRIP_ZERO)
            continue;
        size_t at = strip * S2S_STRIP, n = job->n - at < S2S_STRIP ? job->n - at : S2S_STRIP;
        sum += job->kernels->sum_squares(job->from + at, n);
    }
    return sum;
}

static void sum_member(void *arg, int member)
{
    block_job *job = arg;
    int begin, end;
    s2s_team_share(job->n_sums, member, s2s_team_size(job->team), &begin, &end);
    for (int i = begin; i < end; i++)
        job->sums[i] = sum_strips(job, (size_t)i * job->sum_strips, ((size_t)i + 1) * job->sum_strips);
}

double s2s_block_norm(const s2s_real *block, size_t n, const unsigned char *strips, s2s_team *team,
                      const s2s_kernels *kernels)
{
    double sums[MAX_SUMS];
    const size_t n_strips = (n + S2S_STRIP - 1) / S2S_STRIP, sum_strips = n_strips / MAX_SUMS + 1;
    block_job job = {.team = team,
                     .kernels = kernels,
                     .from = block,
                     .n = n,
                     .strips = strips,
                     .sum_strips = sum_strips,
                     .n_sums = (int)((n_strips + sum_strips - 1) / sum_strips),
                     .sums = sums};
    s2s_team_run(team, sum_member, &job);
    double total = 0;
    for (int i = 0; i < job.n_sums; i++)
        total += sums[i];
    return sqrt(total);
}

static void clear_member(void *arg, int member)
{
    block_job *job = arg;
    size_t begin, end;
    s2s_block_share(job->n, member, s2s_team_size(job->team), &begin, &end);
    memset(job->a + begin, 0, (end - begin) * sizeof(s2s_real));
}

void s2s_block_clear(s2s_real *block, size_t n, s2s_team *team)
{
    block_job job = {.team = team, .a = block, .n = n};
    s2s_team_run(team, clear_member, &job);
}

static void swap_member(void *arg, int member)
{
    block_job *job = arg;
    size_t begin, end;
    s2s_block_share(job->n, member, s2s_team_size(job->team), &begin, &end);
    for (size_t i = begin; i < end; i++) {
        s2s_real kept = job->a[i];
        job->a[i] = job->b[i];
        job->b[i] = kept;
    }
}

void s2s_block_swap(s2s_real *a, s2s_real *b, size_t n, s2s_team *team)
{
    block_job job = {.team = team, .a = a, .b = b, .n = n};
    s2s_team_run(team, swap_member, &job);
}
