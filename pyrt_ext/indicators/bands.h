/* Bands, and the stop that follows a price. */
#ifndef PYRT_BANDS_H
#define PYRT_BANDS_H

#include "kinds.h"
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
    const ptrdiff_t period = (ptrdiff_t)c->p[0], lost = pyrt_average_warmup(period, (int)c->p[3]);
    const ptrdiff_t warmup = pyrt_min(lost < period ? period - 1 : lost, c->n);
    const pyrt_call deviation = {{c->x[0]}, {c->y[0]}, {c->p[0], 1.0}, c->n, 0};
    int answer = pyrt_average(c->x[0], c->y[1], c->n, period, (int)c->p[3]);
    answer = pyrt_both(answer, pyrt_stddev_call(&deviation));
    for (int i = 0; i < 3; i++)
        pyrt_fill_nan(c->y[i], warmup);
    pyrt_around(c->y[1] + warmup, c->y[0] + warmup, c->y[2] + warmup, c->n - warmup, c->p[1], c->p[2]);
    return pyrt_both(answer, PYRT_UNSURE);
}

/* What a parabolic stop does in a rising and in a falling trend. */
typedef struct {
    double first, step, most; /* the pace of a new trend, what an extreme adds to it, and the most that it becomes */
} pyrt_pace;

/* Wilder's parabolic stop and reverse: it moves towards the extreme of the trend, the faster the more extremes there
 * were, and never into the ranges of the last two bars. A falling trend is a rising one in a mirror, where prices are
 * negative: so there is one path through a bar, which forks but where the trend turns. `sign` is 1 or -1; `start` is where
 * the stop begins in its trend's mirror; outputs are of the mirror if `mirrored`. */
PYRT_INLINE void pyrt_sar_rows(
    const pyrt_call *c, const pyrt_pace *rising, const pyrt_pace *falling, double sign, double start, double offset,
    int mirrored)
{
    const double *high = c->x[0], *low = c->x[1];
    double *y = c->y[0];
    pyrt_pace now = sign > 0.0 ? *rising : *falling;
    double pace = now.first, stop = start, extreme = sign > 0.0 ? high[1] : -low[1];
    double high_before = extreme, low_before = sign > 0.0 ? low[1] : -high[1]; /* the first bar is before itself, too */
    for (ptrdiff_t t = 1; t < c->n; t++) {
        double h = sign > 0.0 ? high[t] : -low[t], l = sign > 0.0 ? low[t] : -high[t];
        if (l <= stop) {
            stop = extreme < high_before ? high_before : extreme;
            stop = stop < h ? h : stop;
            if (offset != 0.0)
                stop += sign * (stop * offset);
            const double reach = -l, held = -low_before;
            sign = -sign, stop = -stop, l = -h, h = reach, low_before = -high_before, high_before = held;
            now = sign > 0.0 ? *rising : *falling;
            pace = now.first, extreme = h;
            y[t] = mirrored ? stop : stop * sign;
        } else {
            y[t] = mirrored ? stop : stop * sign;
            const double quicker = pace + now.step < now.most ? pace + now.step : now.most;
            pace = h > extreme ? quicker : pace;
            extreme = h > extreme ? h : extreme;
        }
        const double floor = low_before < l ? low_before : l;
        stop += pace * (extreme - stop);
        stop = stop > floor ? floor : stop;
        high_before = h, low_before = l;
    }
}

/* The second bar says where the first trend goes: down, if it moved further down than up. */
static double pyrt_sar_sign(const pyrt_call *c)
{
    const double up = c->x[0][1] - c->x[0][0], down = c->x[1][0] - c->x[1][1];
    return down > 0.0 && down > up ? -1.0 : 1.0;
}

static int pyrt_sar_call(const pyrt_call *c)
{
    const double most = c->p[1], step = c->p[0] < most ? c->p[0] : most;
    const pyrt_pace pace = {step, step, most};
    c->y[0][0] = NAN;
    if (c->n < 2)
        return PYRT_UNSURE;
    const double sign = pyrt_sar_sign(c);
    pyrt_sar_rows(c, &pace, &pace, sign, sign > 0.0 ? c->x[1][0] : -c->x[0][0], 0.0, 0);
    return PYRT_UNSURE;
}

static int pyrt_sarext_call(const pyrt_call *c)
{
    pyrt_pace paces[2];
    c->y[0][0] = NAN;
    if (c->n < 2)
        return PYRT_UNSURE;
    for (int i = 0; i < 2; i++) {
        const double *p = c->p + 2 + 3 * i, most = p[2];
        paces[i] = (pyrt_pace){p[0] < most ? p[0] : most, p[1] < most ? p[1] : most, most};
    }
    const double begin = c->p[0], sign = begin == 0.0 ? pyrt_sar_sign(c) : begin > 0.0 ? 1.0 : -1.0;
    const double start = begin != 0.0 ? begin : sign > 0.0 ? c->x[1][0] : -c->x[0][0];
    pyrt_sar_rows(c, &paces[0], &paces[1], sign, start, c->p[1], 1);
    return PYRT_UNSURE;
}

#endif
