/* Optimisers against torch.optim: parameters after three updates with weight decay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "golden/golden.h"
#include "train/optimiser.h"

typedef struct optimiser_case {
    const char *name;
    s2s_optimiser_kind kind;
    bool momentum, nesterov;
} optimiser_case;

static const optimiser_case cases[] = {
    {"sgd", S2S_OPTIMISER_SGD, false, false},         {"momentum", S2S_OPTIMISER_SGD, true, false},
    {"nesterov", S2S_OPTIMISER_SGD, true, true},      {"adagrad", S2S_OPTIMISER_ADAGRAD, false, false},
    {"rmsprop", S2S_OPTIMISER_RMSPROP, false, false}, {"adam", S2S_OPTIMISER_ADAM, false, false},
    {"adamw", S2S_OPTIMISER_ADAMW, false, false},
};

static s2s_train_options options_of(const golden *g, const optimiser_case *c)
{
    s2s_train_options options;
    memset(&options, 0, sizeof options);
    options.optimizer = (int)c->kind;
    options.learn_rate = golden_number(g, "opt.", "learn_rate");
    options.momentum = c->momentum ? golden_number(g, "opt.", "momentum") : 0;
    options.nesterov = c->nesterov;
    options.beta1 = golden_number(g, "opt.", "beta1");
    options.beta2 = golden_number(g, "opt.", "beta2");
    options.epsilon = golden_number(g, "opt.", "epsilon");
    options.weight_decay = golden_number(g, "opt.", "weight_decay");
    return options;
}

/* The gradients are given twice as large with a scale of a half, as clipping would. */
static void set_gradients(const s2s_param *w, const golden *g, int update)
{
    char name[8];
    snprintf(name, sizeof name, "g%d", update);
    const golden_array *grad = golden_get(g, "", name);
    for (int i = 0; i < w->t.rows * w->t.cols; i++)
        w->t.grad[i] = 2 * grad->values[i];
}

static void check(const golden *g, const optimiser_case *c)
{
    golden_run run;
    s2s_optimiser optimiser;
    s2s_error err = {0};
    s2s_train_options options = options_of(g, c);
    golden_run_begin(&run);
    s2s_param *w = s2s_param_declare(&run.params, "w0", S2S_INIT_ZERO, 3, 7);
    golden_run_open(&run, g, "");
    if (s2s_optimiser_open(&optimiser, &options, &run.params, &err) != S2S_OK)
        fail_msg("%s: %s", c->name, err.msg);
    for (int update = 0; update < 3; update++) {
        set_gradients(w, g, update);
        s2s_optimiser_update(&optimiser, &options, &run.params, options.learn_rate, 0.5, run.team,
                             run.graph.kernels);
    }
    golden_check(g, c->name, ".w3", &w->t);
    s2s_optimiser_close(&optimiser);
    golden_run_close(&run);
}

static void optimisers_equal_those_of_torch(void **state)
{
    (void)state;
    golden g = golden_open("optimisers");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check(&g, &cases[i]);
    golden_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(optimisers_equal_those_of_torch)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
