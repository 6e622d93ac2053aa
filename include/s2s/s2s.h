/* s2s: train, tune, compress and serve sequence-to-sequence models. */
#ifndef S2S_H
#define S2S_H

#include "s2s/average.h"
#include "s2s/bench.h"
#include "s2s/doctor.h"
#include "s2s/encode.h"
#include "s2s/evaluate.h"
#include "s2s/log.h"
#include "s2s/metrics.h"
#include "s2s/network.h"
#include "s2s/option.h"
#include "s2s/picture.h"
#include "s2s/predict.h"
#include "s2s/profile.h"
#include "s2s/shortlist.h"
#include "s2s/status.h"
#include "s2s/stream.h"
#include "s2s/train.h"
#include "s2s/version.h"

#endif
