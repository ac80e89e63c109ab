/* Volatility: true ranges. */
#ifndef PYRT_VOLATILITY_H
#define PYRT_VOLATILITY_H

#include "ranges.h"

static int pyrt_trange_call(const pyrt_call *c)
{
    pyrt_true_ranges(c->x[0], c->x[1], c->x[2], c->y[0], c->n);
    return PYRT_UNSURE;
}

/* Wilder's average of true ranges, of which the first is that of the second row. */
static int pyrt_atr_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n;
    double *room = malloc((size_t)n * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_true_ranges(c->x[0], c->x[1], c->x[2], room, n);
    c->y[0][0] = NAN;
    if (n > 1)
        pyrt_ema(room + 1, c->y[0] + 1, n - 1, (ptrdiff_t)c->p[0], 1.0 / c->p[0]);
    free(room);
    return PYRT_UNSURE;
}

PYRT_CLONES static void pyrt_percent_of(const double *restrict close, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = close[i] != 0.0 ? y[i] / close[i] * 100.0 : 0.0;
}

static int pyrt_natr_call(const pyrt_call *c)
{
    const ptrdiff_t warmup = pyrt_min((ptrdiff_t)c->p[0], c->n);
    const int answer = pyrt_atr_call(c);
    pyrt_percent_of(c->x[2] + warmup, c->y[0] + warmup, c->n - warmup);
    return answer;
}

PYRT_CLONES static void pyrt_spans(const double *restrict high, const double *restrict low, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = high[i] - low[i];
}

static int pyrt_adr_call(const pyrt_call *c)
{
    double *room = malloc((size_t)c->n * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_spans(c->x[0], c->x[1], room, c->n);
    int answer = pyrt_window_sum(room, c->y[0], c->n, (ptrdiff_t)c->p[0], 1.0 / c->p[0]);
    free(room);
    return answer;
}

#endif
