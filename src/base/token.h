/* The numbers of the special tokens, the same in every vocabulary, batch and model. */
#ifndef S2S_BASE_TOKEN_H
#define S2S_BASE_TOKEN_H

enum {
    S2S_TOKEN_UNK = 0, /* "<unk>": any piece that is not in the vocabulary */
    S2S_TOKEN_BOS = 1, /* "<s>":   what the decoder reads first */
    S2S_TOKEN_EOS = 2, /* "</s>":  ends every target sequence */
    S2S_N_SPECIALS = 3,
};

#endif
