/* Math Operators: arithmetic of rows, sums and extremes of windows. */
#ifndef PYRT_OPERATORS_H
#define PYRT_OPERATORS_H

#include "places.h"
#include "sums.h"

PYRT_ROWS(add, 2, a + b)
PYRT_ROWS(sub, 2, a - b)
PYRT_ROWS(mult, 2, a * b)
PYRT_ROWS(div, 2, a / b)

/* Sums of everything so far, eight at a time. */
PYRT_CLONES static int pyrt_cumsum_call(const pyrt_call *c)
{
    const double *x = c->x[0];
    double *y = c->y[0];
    v8 sum = {0};
    ptrdiff_t i = 0;
    for (; i + 8 <= c->n; i += 8) {
        v8 part = v8_prefix(v8_load(x + i));
        v8_store(y + i, sum + part);
        sum += v8_last(part);
    }
    v8_store_end(y + i, sum + v8_prefix(v8_load_end(x + i, c->n - i)), c->n - i);
    return !isfinite(y[c->n - 1]);
}

static int pyrt_sum_call(const pyrt_call *c)
{
    return pyrt_window_sum(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 1.0);
}

static int pyrt_max_call(const pyrt_call *c) { return pyrt_highest(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]); }

static int pyrt_min_call(const pyrt_call *c) { return pyrt_lowest(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]); }

static int pyrt_minmax_part(const pyrt_call *c)
{
    int answer = pyrt_lowest(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]);
    return pyrt_both(answer, pyrt_highest(c->x[0], c->y[1], c->n, (ptrdiff_t)c->p[0]));
}

PYRT_IN_PARTS(minmax, 1, 2, (ptrdiff_t)c->p[0] - 1)

static int pyrt_maxindex_call(const pyrt_call *c)
{
    return pyrt_highest_at(c->x[0], pyrt_integers(c, 0), c->n, (ptrdiff_t)c->p[0], c->row);
}

static int pyrt_minindex_call(const pyrt_call *c)
{
    return pyrt_lowest_at(c->x[0], pyrt_integers(c, 0), c->n, (ptrdiff_t)c->p[0], c->row);
}

static int pyrt_minmaxindex_call(const pyrt_call *c)
{
    const int answer = pyrt_lowest_at(c->x[0], pyrt_integers(c, 0), c->n, (ptrdiff_t)c->p[0], c->row);
    return answer | pyrt_highest_at(c->x[0], pyrt_integers(c, 1), c->n, (ptrdiff_t)c->p[0], c->row);
}

#endif
