/* Bands, and the stop that follows a price. */
#ifndef PYRT_BANDS_H
#define PYRT_BANDS_H

#include "averages.h"
#include "statistics.h"

PYRT_CLONES_PLAIN static void pyrt_around(
    const double *restrict middle, double *restrict upper, double *restrict lower, ptrdiff_t n, double up, double down)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double deviation = upper[i];
        upper[i] = middle[i] + up * deviation;
        lower[i] = middle[i] - down * deviation;
    }
}

static int pyrt_bbands_call(const pyrt_call *c)
{
    const ptrdiff_t period = (ptrdiff_t)c->p[0], warmup = pyrt_min(pyrt_average_warmup(period, (int)c->p[3]), c->n);
    const pyrt_call deviation = {{c->x[0]}, {c->y[0]}, {c->p[0], 1.0}, c->n, 0};
    int answer = pyrt_average(c->x[0], c->y[1], c->n, period, (int)c->p[3]);
    answer = pyrt_both(answer, pyrt_stddev_call(&deviation));
    pyrt_fill_nan(c->y[0], warmup);
    pyrt_fill_nan(c->y[2], warmup);
    pyrt_around(c->y[1] + warmup, c->y[0] + warmup, c->y[2] + warmup, c->n - warmup, c->p[1], c->p[2]);
    return pyrt_both(answer, PYRT_UNSURE);
}

/* Wilder's parabolic stop and reverse: it moves towards the extreme of the trend, the faster the more extremes there
 * were, and never into the ranges of the last two bars. */
static int pyrt_sar_call(const pyrt_call *c)
{
    const double *high = c->x[0], *low = c->x[1];
    double *y = c->y[0];
    const double most = c->p[1], step = c->p[0] < most ? c->p[0] : most;
    y[0] = NAN;
    if (c->n < 2)
        return PYRT_UNSURE;
    const double up = high[1] - high[0], down = low[0] - low[1];
    int rising = !(down > 0.0 && down > up);
    double pace = step, extreme = rising ? high[1] : low[1], stop = rising ? low[0] : high[0];
    double high_before = high[1], low_before = low[1]; /* the first step takes its own bar for the one before */
    for (ptrdiff_t t = 1; t < c->n; t++) {
        const double h = high[t], l = low[t];
        if (rising ? l <= stop : h >= stop) {
            stop = extreme;
            if (rising)
                stop = stop < high_before ? high_before : stop, stop = stop < h ? h : stop;
            else
                stop = stop > low_before ? low_before : stop, stop = stop > l ? l : stop;
            y[t] = stop;
            rising = !rising;
            pace = step;
            extreme = rising ? h : l;
            stop += pace * (extreme - stop);
        } else {
            y[t] = stop;
            if (rising ? h > extreme : l < extreme) {
                extreme = rising ? h : l;
                pace = pace + step < most ? pace + step : most;
            }
            stop += pace * (extreme - stop);
        }
        if (rising)
            stop = stop > low_before ? low_before : stop, stop = stop > l ? l : stop;
        else
            stop = stop < high_before ? high_before : stop, stop = stop < h ? h : stop;
        high_before = h, low_before = l;
    }
    return PYRT_UNSURE;
}

#endif
