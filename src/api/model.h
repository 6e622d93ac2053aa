/* A model in memory: its file, its network and the parameters, packed for prediction in one precision.  Nothing
 * changes after open. */
#ifndef S2S_API_MODEL_H
#define S2S_API_MODEL_H

#include "io/model_file.h"
#include "model/arch.h"
#include "s2s/predict.h"
#include "s2s/train.h"
#include "text/tokeniser.h"

struct s2s_model {
    s2s_model_file file;
    s2s_arena *strings;        /* path and texts of the options */
    const char *path;          /* as it was named when it was opened */
    s2s_train_options options; /* how it was made */
    s2s_text_pipeline *source_text, *target_text, *output_text;
    s2s_tokeniser source_tokeniser, target_tokeniser;
    s2s_params params;
    const s2s_arch *arch;
    s2s_network *network;
    const s2s_kernels *kernels; /* that the parameters are packed for */
};

#endif
