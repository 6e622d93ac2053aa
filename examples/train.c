/* Trains a small model on a file of pairs: train PAIRS.tsv FOLDER */
#include <stdio.h>

#include "s2s/s2s.h"

static void show(void *arg, const s2s_train_event *event)
{
    (void)arg;
    if (event->kind == S2S_TRAIN_VALID)
        printf("epoch %lld: loss %.3f, token accuracy %.1f %%\n", (long long)event->epoch,
               event->valid[S2S_VALID_LOSS], event->valid[S2S_VALID_TOKEN_ACCURACY]);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s PAIRS.tsv FOLDER\n", argv[0]);
        return S2S_MISUSE;
    }
    s2s_train_options options;
    s2s_train_options_defaults(&options); /* everything has a default */
    options.train = argv[1];
    options.output = argv[2];
    options.network.dim_emb = 32;
    options.network.dim_hidden = 64;
    options.batch_tokens = 100;
    options.warmup = 20;
    options.after = (s2s_duration){20, 'e'};

    s2s_trainer *trainer = NULL;
    s2s_error err;
    s2s_status status = s2s_trainer_open(&trainer, &options, NULL, NULL, &err);
    if (status == S2S_OK)
        status = s2s_trainer_run(trainer, show, NULL, &err);
    if (status != S2S_OK)
        fprintf(stderr, "%s: %s\n", argv[0], err.msg);
    s2s_trainer_close(trainer);
    return (int)status;
}
