/* Recurrent cells, one row of n units. */
#include "kernels/ref/ref.h"

void s2s_ref_lstm(s2s_real *h, s2s_real *c, s2s_real *i, s2s_real *f, s2s_real *g, s2s_real *o,
                  const s2s_real *c_prev, int n)
{
    for (int u = 0; u < n; u++) {
        i[u] = real_sigmoid(i[u]);
        f[u] = real_sigmoid(f[u]);
        g[u] = real_tanh(g[u]);
        o[u] = real_sigmoid(o[u]);
        c[u] = real_fma(f[u], c_prev[u], i[u] * g[u]);
        h[u] = o[u] * real_tanh(c[u]);
    }
}

void s2s_ref_lstm_back(s2s_real *di, s2s_real *df, s2s_real *dg, s2s_real *d_o, s2s_real *dc_prev,
                       const s2s_real *i, const s2s_real *f, const s2s_real *g, const s2s_real *o,
                       const s2s_real *c_prev, const s2s_real *c, const s2s_real *dh, const s2s_real *dc, int n)
{
    for (int u = 0; u < n; u++) {
        s2s_real iu = i[u], fu = f[u], gu = g[u], ou = o[u]; /* gradients may overwrite the gates */
        s2s_real tanh_c = real_tanh(c[u]);
        s2s_real dcu = dc[u] + dh[u] * ou * (1 - tanh_c * tanh_c);
        s2s_real dfu = dcu * c_prev[u] * fu * (1 - fu);
        d_o[u] = dh[u] * tanh_c * ou * (1 - ou);
        di[u] = dcu * gu * iu * (1 - iu);
        df[u] = dfu;
        dg[u] = dcu * iu * (1 - gu * gu);
        dc_prev[u] = dcu * fu;
    }
}

void s2s_ref_gru(s2s_real *h, s2s_real *r, s2s_real *z, s2s_real *xn, const s2s_real *hn,
                 const s2s_real *h_prev, int n)
{
    for (int u = 0; u < n; u++) {
        r[u] = real_sigmoid(r[u]);
        z[u] = real_sigmoid(z[u]);
        xn[u] = real_tanh(real_fma(r[u], hn[u], xn[u]));
        h[u] = (1 - z[u]) * xn[u] + z[u] * h_prev[u];
    }
}

void s2s_ref_gru_back(s2s_real *dr, s2s_real *dz, s2s_real *dxn, s2s_real *dhn, s2s_real *dh_prev,
                      const s2s_real *r, const s2s_real *z, const s2s_real *cand, const s2s_real *hn,
                      const s2s_real *h_prev, const s2s_real *dh, int n)
{
    for (int u = 0; u < n; u++) {
        s2s_real ru = r[u], zu = z[u], nu = cand[u],
                 dhu = dh[u]; /* gradients may overwrite what they come from */
        s2s_real dnu = dhu * (1 - zu) * (1 - nu * nu);
        s2s_real dru = dnu * hn[u] * ru * (1 - ru);
        dz[u] = dhu * (h_prev[u] - nu) * zu * (1 - zu);
        dr[u] = dru;
        dxn[u] = dnu;
        dhn[u] = dnu * ru;
        dh_prev[u] = dhu * zu;
    }
}
