/* The tokenisers of machine translation's metrics, as sacreBLEU has them: white space then separates tokens. */
#ifndef S2S_EVAL_MT_TOKENS_H
#define S2S_EVAL_MT_TOKENS_H

#include "eval/draft.h"
#include "s2s/metrics.h"

/* Those of BLEU: 13a and intl are those of NIST's mteval-v13a.pl and mteval-v14.pl. */
void s2s_tokenise_bleu(s2s_draft *draft, s2s_bleu_tokenize tokenize);
/* That of TER, from Tercom (Snover et al. 2006), with its options. */
void s2s_tokenise_ter(s2s_draft *draft, const s2s_metrics_options *options);

#endif
