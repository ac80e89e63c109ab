/* Moving averages. */
#ifndef PYRT_MOVING_H
#define PYRT_MOVING_H

#include "sums.h"

enum { PYRT_ANCHORED = 1024 }; /* how many values an exponential average measures from one anchor; a multiple of 8 */

/* y[period-1] is the mean of the first window; from there y[t] = y[t-1] + gain*(x[t] - y[t-1]). Distances from an anchor
 * are smoothed, not values, so that rounding is in proportion to how far x moves and a constant stays what it is. */
PYRT_CLONES static int pyrt_ema(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double gain)
{
    pyrt_fill_nan(y, pyrt_min(period - 1, n));
    if (n < period)
        return 1;
    double distance = 0.0;
    for (ptrdiff_t i = 1; i < period; i++)
        distance += x[i] - x[0];
    y[period - 1] = x[0] + distance / (double)period;
    v8_smoother smoother = v8_smoother_start(gain, 0.0);
    v8 anchor = v8_all(y[period - 1]);
    for (ptrdiff_t i = period; i < n;) {
        const ptrdiff_t stop = pyrt_min(i + PYRT_ANCHORED, n);
        for (; i + 8 <= stop; i += 8)
            v8_store(y + i, anchor + v8_smooth(&smoother, v8_load(x + i) - anchor));
        if (i < stop) /* whole blocks only, so that a value does not depend on how much comes after it */
            v8_store_end(y + i, anchor + v8_smooth(&smoother, v8_load_end(x + i, stop - i) - anchor), stop - i);
        i = stop;
        anchor += smoother.last;
        smoother.last = (v8){0};
    }
    return !isfinite(y[n - 1]);
}

static int pyrt_sma_call(const pyrt_call *c)
{
    return pyrt_window_sum(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 1.0 / c->p[0]);
}

static int pyrt_ema_call(const pyrt_call *c)
{
    return pyrt_ema(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 2.0 / (c->p[0] + 1.0));
}

#endif
