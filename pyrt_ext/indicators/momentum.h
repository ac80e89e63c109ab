/* Hot loops of momentum indicators; the conventions are those of moving.h. */
#ifndef PYRT_MOMENTUM_H
#define PYRT_MOMENTUM_H

#include "call.h"
#include "dispatch.h"

/* TA-Lib's zero: without gains or losses above it the index is 0. */
#define PYRT_FLAT 1e-14

/* Gains and losses of x[0..7] over the value before each. Exact, and a NaN stays one. */
PYRT_INLINE void pyrt_split(v8 x, v8 before, v8 *gain, v8 *loss)
{
    v8 change = x - before;
    *gain = 0.5 * (change + v8_abs(change));
    *loss = *gain - change;
}

PYRT_INLINE v8 pyrt_rsi_of(v8 gain, v8 loss)
{
    v8 sum = gain + loss;
    v8i moved = ~(sum < v8_all(PYRT_FLAT));
    return (v8)(moved & (v8i)(100.0 * (gain / sum)));
}

/* Wilder's index: gains and losses are averaged over the first period changes, then smoothed by 1/period. */
PYRT_CLONES static int pyrt_rsi(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    pyrt_fill_nan(y, pyrt_min(period, n));
    if (n <= period)
        return 1;
    double gains = 0.0, losses = 0.0;
    for (ptrdiff_t i = 1; i <= period; i++) {
        double change = x[i] - x[i - 1];
        double gain = 0.5 * (change + fabs(change));
        gains += gain;
        losses += gain - change;
    }
    gains /= (double)period;
    losses /= (double)period;
    y[period] = pyrt_rsi_of(v8_all(gains), v8_all(losses))[0];
    v8_smoother up = v8_smoother_start(1.0 / (double)period, gains);
    v8_smoother down = v8_smoother_start(1.0 / (double)period, losses);
    v8 gain, loss;
    ptrdiff_t i = period + 1;
    for (; i + 8 <= n; i += 8) {
        pyrt_split(v8_load(x + i), v8_load(x + i - 1), &gain, &loss);
        v8_store(y + i, pyrt_rsi_of(v8_smooth(&up, gain), v8_smooth(&down, loss)));
    }
    if (i < n) {
        pyrt_split(v8_load_end(x + i, n - i), v8_load_end(x + i - 1, n - i), &gain, &loss);
        v8_store_end(y + i, pyrt_rsi_of(v8_smooth(&up, gain), v8_smooth(&down, loss)), n - i);
    }
    return !isfinite(up.last[0] + down.last[0]) || !isfinite(y[n - 1]);
}

static int pyrt_rsi_call(const pyrt_call *c) { return pyrt_rsi(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]); }

#endif
