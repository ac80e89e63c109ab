/* Moving averages as kernels. */
#ifndef PYRT_MOVING_H
#define PYRT_MOVING_H

#include "kinds.h"

static int pyrt_sma_call(const pyrt_call *c)
{
    return pyrt_window_sum(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 1.0 / c->p[0]);
}

static int pyrt_ema_call(const pyrt_call *c)
{
    return pyrt_ema(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 2.0 / (c->p[0] + 1.0));
}

static int pyrt_rma_call(const pyrt_call *c)
{
    return pyrt_ema(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 1.0 / c->p[0]);
}

static int pyrt_wma_call(const pyrt_call *c) { return pyrt_wma(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]); }

static int pyrt_dema_call(const pyrt_call *c)
{
    return pyrt_cascade2(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 2.0 / (c->p[0] + 1.0), PYRT_DEMA);
}

static int pyrt_tema_call(const pyrt_call *c)
{
    return pyrt_cascade3(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 2.0 / (c->p[0] + 1.0), PYRT_TEMA);
}

static int pyrt_t3_call(const pyrt_call *c)
{
    return pyrt_t3(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], c->p[1]);
}

static int pyrt_trima_part(const pyrt_call *c) { return pyrt_trima(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]); }

PYRT_IN_PARTS(trima, 1, 1, (ptrdiff_t)c->p[0] - 1)

static int pyrt_ma_call(const pyrt_call *c)
{
    return pyrt_average(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], (int)c->p[1]);
}

static int pyrt_hma_part(const pyrt_call *c) { return pyrt_hma(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]); }

PYRT_IN_PARTS(hma, 1, 1, (ptrdiff_t)c->p[0] - 1 + (ptrdiff_t)sqrt(c->p[0]) - 1)

static int pyrt_zlema_call(const pyrt_call *c) { return pyrt_zlema(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]); }

static int pyrt_kama_call(const pyrt_call *c) { return pyrt_kama(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]); }

/* Averages over periods that change from row to row: of each period that occurs the average of the whole series, begun so
 * that it is complete where that over the longest is, and from it the rows of that period. */
PYRT_CLONES_PLAIN static void pyrt_of_period(
    const double *restrict periods, const double *restrict average, double *restrict y, ptrdiff_t n, double least,
    double most, double period)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        double own = periods[i] < most ? periods[i] : most;
        own = own > least ? own : least;
        y[i] = own >= period && own < period + 1.0 ? average[i] : y[i];
    }
}

static int pyrt_mavp_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, least = (ptrdiff_t)c->p[0], most = (ptrdiff_t)c->p[1];
    const int kind = (int)c->p[2];
    const ptrdiff_t warmup = pyrt_average_warmup(most, kind);
    pyrt_fill_nan(c->y[0], n);
    if (n <= warmup)
        return PYRT_UNSURE;
    if (kind == 7 || kind == 10) { /* one average for all periods, but 1 */
        const int one = pyrt_average(c->x[0], c->y[0], n, most, kind);
        pyrt_of_period(
            c->x[1] + warmup, c->x[0] + warmup, c->y[0] + warmup, n - warmup, c->p[0], c->p[1], 1.0);
        return pyrt_both(one, PYRT_UNSURE); /* of the periods */
    }
    double *average = malloc((size_t)n * sizeof *average);
    char *occurs = calloc((size_t)(most + 1), 1);
    int answer = average == NULL || occurs == NULL ? PYRT_NO_MEMORY : PYRT_FINITE;
    for (ptrdiff_t t = warmup; t < n && answer == PYRT_FINITE; t++) {
        const double own = c->x[1][t];
        occurs[own < c->p[0] ? least : own < c->p[1] ? (ptrdiff_t)own : most] = 1;
    }
    for (ptrdiff_t period = least; period <= most && answer != PYRT_NO_MEMORY; period++) {
        const ptrdiff_t late = warmup - pyrt_average_warmup(period, kind);
        if (!occurs[period])
            continue;
        answer = pyrt_both(PYRT_UNSURE, pyrt_average(c->x[0] + late, average + late, n - late, period, kind));
        pyrt_of_period(
            c->x[1] + warmup, average + warmup, c->y[0] + warmup, n - warmup, c->p[0], c->p[1], (double)period);
    }
    free(average);
    free(occurs);
    return answer;
}

static int pyrt_mavp_call(const pyrt_call *c)
{
    const ptrdiff_t warmup = pyrt_average_warmup((ptrdiff_t)c->p[1], (int)c->p[2]);
    return pyrt_forgets(c->p[2]) ? pyrt_in_parts(c, pyrt_mavp_part, 2, 1, warmup) : pyrt_mavp_part(c);
}

#endif
