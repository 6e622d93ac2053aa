#include "train/options.h"

#include <limits.h>
#include <math.h>

#include "base/team.h"
#include "text/tokeniser.h"
#include "train/progress.h"

/* Choices in the order of their enums; the first '|' is skipped where they are used. */
#define S2S_X(NAME, name) "|" name
static const char tokenisers[] = S2S_TOKENISER_LIST(S2S_X);
static const char cells[] = S2S_CELL_LIST(S2S_X);
static const char attentions[] = S2S_ATTENTION_LIST(S2S_X);
static const char bridges[] = S2S_BRIDGE_LIST(S2S_X);
static const char optimisers[] = S2S_OPTIMISER_LIST(S2S_X);
static const char schedules[] = S2S_SCHEDULE_LIST(S2S_X);
static const char precisions[] = S2S_PRECISION_LIST(S2S_X);
static const char stopping_on[] = S2S_EARLY_STOPPING_ON_LIST(S2S_X);
#undef S2S_X

static const char data[] = "data";
static const char network[] = "network";
static const char optimisation[] = "optimisation";
static const char limits[] = "limits and validation";
static const char run[] = "run";

typedef s2s_train_options fields;

/* name, letter, type, offset, min, max, choices, unit, group, help */
static const s2s_option rows[] = {
    {"train", 0, S2S_OPTION_TEXT, offsetof(fields, train), 0, 0, NULL, "FILE", data,
     "training pairs, one per line: source, a tab, target (further tabs: further targets); may be gzip, "
     "zstd or a pipe, - is standard input; may be repeated"},
    {"src", 0, S2S_OPTION_TEXT, offsetof(fields, src), 0, 0, NULL, "FILE", data,
     "source lines of the training pairs, instead of --train; needs --tgt; may be repeated"},
    {"tgt", 0, S2S_OPTION_TEXT, offsetof(fields, tgt), 0, 0, NULL, "FILE", data,
     "target lines of the training pairs, parallel to --src; may be repeated"},
    {"corpus-weights", 0, S2S_OPTION_TEXT, offsetof(fields, corpus_weights), 0, 0, NULL, "LIST", data,
     "visits of each pair per epoch, one number per training file, e.g. 1,2.5: every pair of the second file "
     "is visited twice, and half of them, drawn anew each epoch, a third time; default 1 for all"},
    {"valid", 0, S2S_OPTION_TEXT, offsetof(fields, valid), 0, 0, NULL, "FILE", data,
     "validation pairs; without any, 5 % of the training pairs are held out by a hash of their source"},
    {"valid-src", 0, S2S_OPTION_TEXT, offsetof(fields, valid_src), 0, 0, NULL, "FILE", data,
     "source lines of the validation pairs, instead of --valid; needs --valid-tgt"},
    {"valid-tgt", 0, S2S_OPTION_TEXT, offsetof(fields, valid_tgt), 0, 0, NULL, "FILE", data,
     "target lines of the validation pairs, parallel to --valid-src"},
    {"src-text", 0, S2S_OPTION_TEXT, offsetof(fields, src_text), 0, 0, NULL, "LIST", data,
     "what is done to source text before it is cut into tokens, in this order, e.g. "
     "nfkc,spaces,lower,moses:en; the steps are protect:KINDS, nfc, nfkc, spaces, lower, punctuation:LANG, "
     "moses:LANG, moses-escape:LANG, truecase, stopwords:LANG or FILE, stem:LANG"},
    {"tgt-text", 0, S2S_OPTION_TEXT, offsetof(fields, tgt_text), 0, 0, NULL, "LIST", data,
     "the same for target text; in outputs protect, moses and truecase are undone"},
    {"output-text", 0, S2S_OPTION_TEXT, offsetof(fields, output_text), 0, 0, NULL, "LIST", data,
     "what is done to output text in the end, e.g. lower,stem:en: any of those steps except protect and "
     "truecase"},
    {"src-tokens", 0, S2S_OPTION_CHOICE, offsetof(fields, src_tokens), 0, 0, tokenisers + 1, NULL, data,
     "what a token of the source is: a character, whatever white space separates, a word with punctuation "
     "split off, or a subword of a SentencePiece model, bpe or unigram, which is trained first"},
    {"tgt-tokens", 0, S2S_OPTION_CHOICE, offsetof(fields, tgt_tokens), 0, 0, tokenisers + 1, NULL, data,
     "what a token of the target is"},
    {"src-subwords", 0, S2S_OPTION_TEXT, offsetof(fields, src_subwords), 0, 0, NULL, "FILE", data,
     "SentencePiece model to cut the source with, instead of training one; --src-tokens says whether it is "
     "bpe or unigram"},
    {"tgt-subwords", 0, S2S_OPTION_TEXT, offsetof(fields, tgt_subwords), 0, 0, NULL, "FILE", data,
     "SentencePiece model to cut the target with"},
    {"joint-vocab", 0, S2S_OPTION_BOOL, offsetof(fields, joint_vocab), 0, 0, NULL, NULL, data,
     "one vocabulary for both sides, and one subword model (trained, or given with --src-subwords)"},
    {"vocab-size", 0, S2S_OPTION_INT, offsetof(fields, vocab_size), 0, 10000000, NULL, "pieces", data,
     "at most N pieces per side, the most frequent ones, or exactly N subwords; 0 keeps all pieces and makes "
     "8000 subwords, or as many as the text supports"},
    {"vocab-min-count", 0, S2S_OPTION_INT, offsetof(fields, vocab_min_count), 1, INT_MAX, NULL, "times", data,
     "pieces seen less often become <unk>; subwords are all kept"},
    {"character-coverage", 0, S2S_OPTION_REAL, offsetof(fields, character_coverage), 0.98, 1, NULL, "share",
     data,
     "share of the text's characters that a trained subword model knows; the rarest of them are left out"},
    {"byte-fallback", 0, S2S_OPTION_BOOL, offsetof(fields, byte_fallback), 0, 0, NULL, NULL, data,
     "a trained subword model cuts unknown characters into bytes, so that none is lost"},
    {"max-length", 0, S2S_OPTION_INT, offsetof(fields, max_length), 1, 10000, NULL, "tokens", data,
     "pairs with a longer side are left out"},
    {"max-length-ratio", 0, S2S_OPTION_REAL, offsetof(fields, max_length_ratio), 0, 10000, NULL, "times", data,
     "training pairs are left out where one side has more than X times as many tokens as the other; 0 turns it "
     "off"},

    {"dim-emb", 0, S2S_OPTION_INT, offsetof(fields, network.dim_emb), 1, 16384, NULL, "units", network,
     "size of the source and target embeddings"},
    {"dim-hidden", 0, S2S_OPTION_INT, offsetof(fields, network.dim_hidden), 2, 16384, NULL, "units", network,
     "size of the decoder's state and of the encoder's output; must be even with --bidirectional"},
    {"enc-cell", 0, S2S_OPTION_CHOICE, offsetof(fields, network.enc_cell), 0, 0, cells + 1, NULL, network,
     "recurrent cell of the encoder"},
    {"dec-cell", 0, S2S_OPTION_CHOICE, offsetof(fields, network.dec_cell), 0, 0, cells + 1, NULL, network,
     "recurrent cell of the decoder"},
    {"enc-depth", 0, S2S_OPTION_INT, offsetof(fields, network.enc_depth), 1, 16, NULL, "layers", network,
     "recurrent layers of the encoder"},
    {"dec-depth", 0, S2S_OPTION_INT, offsetof(fields, network.dec_depth), 1, 16, NULL, "layers", network,
     "recurrent layers of the decoder"},
    {"bidirectional", 0, S2S_OPTION_BOOL, offsetof(fields, network.bidirectional), 0, 0, NULL, NULL, network,
     "the encoder reads both ways, each with half of --dim-hidden"},
    {"residual", 0, S2S_OPTION_BOOL, offsetof(fields, network.residual), 0, 0, NULL, NULL, network,
     "from the second layer on, a layer adds its input to its output where both have the same size"},
    {"layer-norm", 0, S2S_OPTION_BOOL, offsetof(fields, network.layer_norm), 0, 0, NULL, NULL, network,
     "the gates of rnn, gru and lstm, and the memory of lstm, are normalised over the units of a layer"},
    {"bridge", 0, S2S_OPTION_CHOICE, offsetof(fields, network.bridge), 0, 0, bridges + 1, NULL, network,
     "how the encoder's last state becomes the decoder's first"},
    {"attention", 0, S2S_OPTION_CHOICE, offsetof(fields, network.attention), 0, 0, attentions + 1, NULL,
     network, "how the decoder scores the source positions that it looks at"},
    {"heads", 0, S2S_OPTION_INT, offsetof(fields, network.heads), 1, 256, NULL, "heads", network,
     "heads of multihead attention; must divide --dim-hidden"},
    {"max-source", 0, S2S_OPTION_INT, offsetof(fields, network.max_source), 1, 10000, NULL, "tokens", network,
     "with --attention location only: source positions that it knows; pairs with a longer source are left out"},
    {"input-feeding", 0, S2S_OPTION_BOOL, offsetof(fields, network.input_feeding), 0, 0, NULL, NULL, network,
     "the attentional vector of a step is part of the next step's input"},
    {"tied-embeddings", 0, S2S_OPTION_BOOL, offsetof(fields, network.tied_embeddings), 0, 0, NULL, NULL,
     network, "the output layer shares its matrix with the target embedding"},
    {"tied-all", 0, S2S_OPTION_BOOL, offsetof(fields, network.tied_all), 0, 0, NULL, NULL, network,
     "the output layer shares its matrix with both embeddings; needs --joint-vocab"},
    {"dropout", 0, S2S_OPTION_REAL, offsetof(fields, network.dropout), 0, 0.95, NULL, "probability", network,
     "dropout of embeddings, between layers and before the output layer"},
    {"dropout-encoder", 0, S2S_OPTION_REAL, offsetof(fields, network.dropout_encoder), 0, 0.95, NULL,
     "probability", network, "dropout of the encoder's output as the attention sees it"},
    {"dropout-recurrent", 0, S2S_OPTION_REAL, offsetof(fields, network.dropout_recurrent), 0, 0.95, NULL,
     "probability", network, "dropout of the recurrent state, one mask per sequence"},

    {"optimizer", 0, S2S_OPTION_CHOICE, offsetof(fields, optimizer), 0, 0, optimisers + 1, NULL, optimisation,
     "rule that turns gradients into updates"},
    {"learn-rate", 0, S2S_OPTION_REAL, offsetof(fields, learn_rate), 1e-9, 10, NULL, NULL, optimisation,
     "learning rate after the warm-up"},
    {"schedule", 0, S2S_OPTION_CHOICE, offsetof(fields, schedule), 0, 0, schedules + 1, NULL, optimisation,
     "how the learning rate changes after the warm-up; plateau halves it when validation does not improve"},
    {"warmup", 0, S2S_OPTION_INT, offsetof(fields, warmup), 0, INT_MAX, NULL, "updates", optimisation,
     "updates over which the learning rate rises linearly from 0, whatever the schedule; 0 turns it off"},
    {"momentum", 0, S2S_OPTION_REAL, offsetof(fields, momentum), 0, 0.9999, NULL, NULL, optimisation,
     "momentum of sgd"},
    {"nesterov", 0, S2S_OPTION_BOOL, offsetof(fields, nesterov), 0, 0, NULL, NULL, optimisation,
     "sgd takes its gradient ahead of the momentum (Nesterov)"},
    {"beta1", 0, S2S_OPTION_REAL, offsetof(fields, beta1), 0, 0.99999, NULL, NULL, optimisation,
     "decay of the mean gradient in adam and adamw"},
    {"beta2", 0, S2S_OPTION_REAL, offsetof(fields, beta2), 0, 0.9999999, NULL, NULL, optimisation,
     "decay of the mean squared gradient in adam, adamw and rmsprop"},
    {"epsilon", 0, S2S_OPTION_REAL, offsetof(fields, epsilon), 1e-12, 1, NULL, NULL, optimisation,
     "added to the root of the squared gradients that adam, adamw, adagrad and rmsprop divide by"},
    {"weight-decay", 0, S2S_OPTION_REAL, offsetof(fields, weight_decay), 0, 1, NULL, NULL, optimisation,
     "pull of all parameters towards 0, added to the gradient or, by adamw, applied separately"},
    {"clip-norm", 0, S2S_OPTION_REAL, offsetof(fields, clip_norm), 0, 1e6, NULL, NULL, optimisation,
     "gradients with a larger global norm are scaled down to it; 0 turns it off"},
    {"label-smoothing", 0, S2S_OPTION_REAL, offsetof(fields, label_smoothing), 0, 0.9, NULL, "probability",
     optimisation, "share of the target's probability that is spread evenly over the vocabulary"},
    {"r-drop", 0, S2S_OPTION_REAL, offsetof(fields, r_drop), 0, 100, NULL, NULL, optimisation,
     "each pair goes through the network twice, under two dropout masks, and this is the weight of the loss "
     "that makes the two outputs alike (R-Drop); 0 turns it off, about 0.5 helps where data is scarce"},
    {"guided-alignment", 0, S2S_OPTION_TEXT, offsetof(fields, guided_alignment), 0, 0, NULL, "FILE",
     optimisation,
     "word alignments of the training pairs, one line per pair, as fast_align writes them (1-2 links source "
     "word 1 to target word 2, counting from 0): attention learns to look at linked words; words are tokens "
     "or, with subwords, what white space separates"},
    {"guided-alignment-weight", 0, S2S_OPTION_REAL, offsetof(fields, guided_alignment_weight), 0, 100, NULL,
     NULL, optimisation, "weight of the guided alignment in the training loss"},
    {"subword-sampling", 0, S2S_OPTION_REAL, offsetof(fields, subword_sampling), 0, 1, NULL, NULL, optimisation,
     "subwords of the training pairs are drawn anew each epoch: of unigram by their probability to this power "
     "(subword regularisation), of bpe with merges left out with this probability (BPE-dropout); 0 turns it "
     "off, 0.1 to 0.3 help where data is scarce"},
    {"scheduled-sampling", 0, S2S_OPTION_REAL, offsetof(fields, scheduled_sampling), 0, 1, NULL, "probability",
     optimisation,
     "how often the decoder reads its own prediction instead of the target, from update 5000 on; before, it "
     "rises from 0"},
    {"ema", 0, S2S_OPTION_REAL, offsetof(fields, ema), 0, 0.99999, NULL, NULL, optimisation,
     "decay of the running mean of the parameters that is validated and saved; 0 turns it off"},
    {"pretrained-model", 0, S2S_OPTION_TEXT, offsetof(fields, pretrained_model), 0, 0, NULL, "PATH",
     optimisation,
     "model file or run folder whose parameters training starts from: embeddings and the output layer piece by "
     "piece, others where name and shape match; the log says what does not match and starts at random"},
    {"freeze", 0, S2S_OPTION_TEXT, offsetof(fields, freeze), 0, 0, NULL, "LIST", optimisation,
     "parameters that are not trained: shell patterns of their names, which s2s inspect lists, separated by "
     "commas, e.g. src.embedding,enc.*"},
    {"curriculum", 0, S2S_OPTION_INT, offsetof(fields, curriculum), 0, 10000, NULL, "epochs", optimisation,
     "epochs until all pairs are trained on: epoch E of N takes the shortest sqrt(E / (N + 1)) of them; 0 "
     "turns it off"},
    {"batch-tokens", 0, S2S_OPTION_INT, offsetof(fields, batch_tokens), 1, 10000000, NULL, "tokens",
     optimisation, "tokens per batch, counted on the side that has more of them"},
    {"accumulate", 0, S2S_OPTION_INT, offsetof(fields, accumulate), 1, S2S_MAX_ACCUMULATE, NULL, "batches",
     optimisation, "batches whose mean gradients are averaged into one update"},
    {"precision", 0, S2S_OPTION_CHOICE, offsetof(fields, precision), 0, 0, precisions + 1, NULL, optimisation,
     "number format of the factors in matrix products: 32-bit floats; bfloat16, which needs a processor with "
     "AVX-512 BF16; 8-bit integers, on any processor; auto takes the faster one of the first two"},

    {"after", 0, S2S_OPTION_DURATION, offsetof(fields, after), 0, 0, NULL, NULL, limits,
     "how long to train: epochs (e), updates (u), target tokens (t) or minutes (m); 0 sets no such limit; "
     "minutes follow the clock, so the same seed need not give the same model"},
    {"early-stopping", 0, S2S_OPTION_INT, offsetof(fields, early_stopping), 0, INT_MAX, NULL, "validations",
     limits, "stop after N validations without a better result; 0 turns it off"},
    {"early-stopping-on", 0, S2S_OPTION_CHOICE, offsetof(fields, early_stopping_on), 0, 0, stopping_on + 1,
     NULL, limits, "of several metrics, which must be without a better result: the first, any of them, or all"},
    {"target-metric", 0, S2S_OPTION_REAL, offsetof(fields, target_metric), -INFINITY, INFINITY, NULL, NULL,
     limits,
     "stop once the first --valid-metric is this good; all but loss and perplexity are in %: 95 means 95 %; "
     "nan turns it off"},
    {"valid-metric", 0, S2S_OPTION_TEXT, offsetof(fields, valid_metric), 0, 0, NULL, "LIST", limits,
     "metrics of the validation pairs, separated by commas: loss, perplexity, token-accuracy, "
     "sequence-accuracy, error-rate, bleu, chrf, ter; the first decides which model is the best; those from "
     "sequence-accuracy on decode the sources, greedily"},
    {"keep-best", 0, S2S_OPTION_INT, offsetof(fields, keep_best), 0, S2S_MAX_KEPT, NULL, "models", limits,
     "also keep the models of the N best validations, by the first --valid-metric, as best/UPDATE.s2s in the "
     "run folder; s2s average makes one model of them"},
    {"keep-last", 0, S2S_OPTION_INT, offsetof(fields, keep_last), 0, S2S_MAX_KEPT, NULL, "models", limits,
     "also keep the models of the last N validations, as last/UPDATE.s2s"},
    {"valid-every", 0, S2S_OPTION_DURATION, offsetof(fields, valid_every), 0, 0, NULL, NULL, limits,
     "time between validations; 0 validates at the end only"},
    {"save-every", 0, S2S_OPTION_DURATION, offsetof(fields, save_every), 0, 0, NULL, NULL, limits,
     "time between checkpoints besides those of validations; 0 makes no further ones"},
    {"valid-max", 0, S2S_OPTION_INT, offsetof(fields, valid_max), 0, INT_MAX, NULL, "sources", limits,
     "at most N validation sources are decoded, for the metrics that need it; 0 decodes all"},

    {"output", 'o', S2S_OPTION_TEXT, offsetof(fields, output), 0, 0, NULL, "FOLDER", run,
     "run folder for the model, checkpoint, configuration and log; a run in it is continued; files of these "
     "names without a checkpoint are not replaced"},
    {"overwrite", 0, S2S_OPTION_BOOL, offsetof(fields, overwrite), 0, 0, NULL, NULL, run,
     "start anew even if the run folder holds a run, or files with the names of one"},
    {"threads", 't', S2S_OPTION_INT, offsetof(fields, threads), 0, S2S_TEAM_MAX, NULL, "threads", run,
     "threads to work with; 0 takes one per core; the result does not depend on it"},
    {"memory", 0, S2S_OPTION_SIZE, offsetof(fields, memory), 0, 0, NULL, NULL, run,
     "memory the process may use, not counting the mapped text of the corpus: lowers --batch-tokens until the "
     "run fits and raises --accumulate to match; how far may depend on the machine and the number of threads; "
     "0 sets no limit"},
    {"seed", 0, S2S_OPTION_INT, offsetof(fields, seed), 0, INT_MAX, NULL, NULL, run,
     "seed of all randomness: the same seed and configuration give the same model"},
    {"disp-every", 0, S2S_OPTION_INT, offsetof(fields, disp_every), 0, INT_MAX, NULL, "updates", run,
     "updates between two lines of progress; 0 shows none"},
};

static const s2s_train_options defaults = {
    .src_tokens = S2S_TOKENISE_SPACE,
    .tgt_tokens = S2S_TOKENISE_SPACE,
    .vocab_min_count = 1,
    .character_coverage = 0.9995,
    .max_length = 200,
    .network =
        {
            .dim_emb = 128,
            .dim_hidden = 256,
            .enc_cell = S2S_CELL_LSTM,
            .dec_cell = S2S_CELL_LSTM,
            .enc_depth = 1,
            .dec_depth = 1,
            .bidirectional = true,
            .bridge = S2S_BRIDGE_PROJECTION,
            .attention = S2S_ATTENTION_GENERAL,
            .heads = 4,
            .max_source = 100,
            .input_feeding = true,
            .dropout = 0.2,
        },
    .optimizer = S2S_OPTIMISER_ADAM,
    .learn_rate = 2e-3,
    .schedule = S2S_SCHEDULE_PLATEAU,
    .warmup = 100,
    .momentum = 0.9,
    .beta1 = 0.9,
    .beta2 = 0.999,
    .epsilon = 1e-8,
    .clip_norm = 1,
    .label_smoothing = 0.1,
    .guided_alignment_weight = 0.1,
    .ema = 0.999,
    .batch_tokens = 500,
    .accumulate = 1,
    .precision = S2S_PRECISION_F32,
    .after = {20, 'e'},
    .early_stopping = 5,
    .target_metric = NAN,
    .valid_metric = "loss",
    .valid_every = {1, 'e'},
    .save_every = {5, 'm'},
    .valid_max = 1000,
    .seed = 1,
    .disp_every = 20,
};

static const s2s_option_table table = {rows, sizeof rows / sizeof *rows, sizeof(s2s_train_options), &defaults};

const s2s_option_table *s2s_train_options_table(void)
{
    return &table;
}

void s2s_train_options_defaults(s2s_train_options *options)
{
    *options = defaults;
}
