/* Recurrent cells, one row of n units. */
#include "kernels/cpu/exp.h"

/* y (1 - y), the slope of a sigmoid with value y */
VEC_FN vec sigmoid_slope(vec y)
{
    return vec_mul(y, vec_sub(vec_set(1.0f), y));
}

/* 1 - y^2, the slope of a tanh with value y */
VEC_FN vec tanh_slope(vec y)
{
    return vec_fnma(y, y, vec_set(1.0f));
}

VEC_FN vec sigmoid_in_place(float *x, int lanes)
{
    vec y = vec_sigmoid(vec_load(x, lanes));
    vec_store(x, y, lanes);
    return y;
}

VEC_FN void lstm_lanes(float *h, float *c, float *i, float *f, float *g, float *o, const float *c_prev,
                       int lanes)
{
    vec input = sigmoid_in_place(i, lanes);
    vec forget = sigmoid_in_place(f, lanes);
    vec output = sigmoid_in_place(o, lanes);
    vec candidate = vec_tanh(vec_load(g, lanes));
    vec cell = vec_fma(forget, vec_load(c_prev, lanes), vec_mul(input, candidate));
    vec_store(g, candidate, lanes);
    vec_store(c, cell, lanes);
    vec_store(h, vec_mul(output, vec_tanh(cell)), lanes);
}

void S2S_ISA_FN(lstm)(float *h, float *c, float *in, float *f, float *g, float *o, const float *c_prev, int n)
{
    FOR_EACH_VEC(int, n, lstm_lanes(h + i, c + i, in + i, f + i, g + i, o + i, c_prev + i, lanes));
}

typedef struct lstm_vecs {
    vec i, f, g, o, c_prev, c, dh, dc;
} lstm_vecs;

VEC_FN void lstm_back_lanes(float *di, float *df, float *dg, float *d_o, float *dc_prev, const lstm_vecs *x,
                            int lanes)
{
    vec tanh_c = vec_tanh(x->c);
    vec dc = vec_fma(vec_mul(x->dh, x->o), tanh_slope(tanh_c), x->dc);
    vec_store(di, vec_mul(vec_mul(dc, x->g), sigmoid_slope(x->i)), lanes);
    vec_store(df, vec_mul(vec_mul(dc, x->c_prev), sigmoid_slope(x->f)), lanes);
    vec_store(dg, vec_mul(vec_mul(dc, x->i), tanh_slope(x->g)), lanes);
    vec_store(d_o, vec_mul(vec_mul(x->dh, tanh_c), sigmoid_slope(x->o)), lanes);
    vec_store(dc_prev, vec_mul(dc, x->f), lanes);
}

void S2S_ISA_FN(lstm_back)(float *di, float *df, float *dg, float *d_o, float *dc_prev, const float *in,
                           const float *f, const float *g, const float *o, const float *c_prev, const float *c,
                           const float *dh, const float *dc, int n)
{
#define AT(p) vec_load(p + i, lanes)
    FOR_EACH_VEC(int, n,
                 lstm_back_lanes(di + i, df + i, dg + i, d_o + i, dc_prev + i,
                                 &(lstm_vecs){AT(in), AT(f), AT(g), AT(o), AT(c_prev), AT(c), AT(dh), AT(dc)},
                                 lanes));
}

VEC_FN void gru_lanes(float *h, float *r, float *z, float *xn, const float *hn, const float *h_prev, int lanes)
{
    vec reset = sigmoid_in_place(r, lanes);
    vec update = sigmoid_in_place(z, lanes);
    vec candidate = vec_tanh(vec_fma(reset, vec_load(hn, lanes), vec_load(xn, lanes)));
    vec kept = vec_mul(update, vec_load(h_prev, lanes));
    vec_store(xn, candidate, lanes);
    vec_store(h, vec_fma(vec_sub(vec_set(1.0f), update), candidate, kept), lanes);
}

void S2S_ISA_FN(gru)(float *h, float *r, float *z, float *xn, const float *hn, const float *h_prev, int n)
{
    FOR_EACH_VEC(int, n, gru_lanes(h + i, r + i, z + i, xn + i, hn + i, h_prev + i, lanes));
}

typedef struct gru_vecs {
    vec r, z, cand, hn, h_prev, dh;
} gru_vecs;

VEC_FN void gru_back_lanes(float *dr, float *dz, float *dxn, float *dhn, float *dh_prev, const gru_vecs *x,
                           int lanes)
{
    vec dn = vec_mul(vec_mul(x->dh, vec_sub(vec_set(1.0f), x->z)), tanh_slope(x->cand));
    vec_store(dr, vec_mul(vec_mul(dn, x->hn), sigmoid_slope(x->r)), lanes);
    vec_store(dz, vec_mul(vec_mul(x->dh, vec_sub(x->h_prev, x->cand)), sigmoid_slope(x->z)), lanes);
    vec_store(dxn, dn, lanes);
    vec_store(dhn, vec_mul(dn, x->r), lanes);
    vec_store(dh_prev, vec_mul(x->dh, x->z), lanes);
}

void S2S_ISA_FN(gru_back)(float *dr, float *dz, float *dxn, float *dhn, float *dh_prev, const float *r,
                          const float *z, const float *cand, const float *hn, const float *h_prev,
                          const float *dh, int n)
{
    FOR_EACH_VEC(int, n,
                 gru_back_lanes(dr + i, dz + i, dxn + i, dhn + i, dh_prev + i,
                                &(gru_vecs){AT(r), AT(z), AT(cand), AT(hn), AT(h_prev), AT(dh)}, lanes));
}
