/* Guided alignment (Chen et al. 2016, arXiv:1607.01628): cross-entropy between given links and attention.
 *
 *   a_ts = mean over heads of the weights of row t      A_ts = 1 / (links of t) where t is linked to s, else 0
 *   loss = -sum_t sum_s A_ts log a_ts                   da_ts = -A_ts / a_ts
 *
 * Links are few, so one thread goes through them. */
#include <math.h>

#include "ops/ops.h"

/* Weights are never nearer to 0 than this, so that no logarithm or gradient is infinite. */
#define LEAST_WEIGHT 1e-30

static double mean_weight(const s2s_tensor *weights, int heads, int row, int position)
{
    const s2s_real *w = s2s_row(weights, row) + position;
    double sum = 0;
    for (int head = 0; head < heads; head++)
        sum += (double)w[head * (weights->cols / heads)];
    return fmax(sum / heads, LEAST_WEIGHT);
}

/* Of the mean over heads: every head gets its share. */
static void add_gradient(const s2s_tensor *weights, int heads, int row, int position, double gradient)
{
    s2s_real *dw = s2s_grad_row(weights, row) + position;
    for (int head = 0; head < heads; head++)
        dw[head * (weights->cols / heads)] += (s2s_real)(gradient / heads);
}

void s2s_alignment_loss(s2s_graph *graph, s2s_loss *loss, const s2s_tensor *weights, int heads,
                        const s2s_links *links, const s2s_objective *objective)
{
    if (graph->status != S2S_OK || !links->first)
        return;
    const double weight = (double)objective->guided_alignment, scale = weight * (double)objective->grad_scale;
    for (int r = 0; r < weights->rows; r++) {
        const int begin = links->first[r], end = links->first[r + 1];
        for (int i = begin; i < end; i++) {
            double share = 1.0 / (end - begin), mean = mean_weight(weights, heads, r, links->position[i]);
            loss->objective -= weight * share * log(mean);
            if (graph->recording)
                add_gradient(weights, heads, r, links->position[i], -scale * share / mean);
        }
    }
}
