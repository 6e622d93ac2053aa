/* What a worker decodes, measured into a profile. */
#include "api/worker.h"

void s2s_worker_measure(s2s_worker *worker, s2s_profile *profile)
{
    for (int k = 0; k < worker->n_models; k++)
        worker->graphs[k].profile = profile;
}
