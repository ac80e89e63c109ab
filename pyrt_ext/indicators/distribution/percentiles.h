/* Where the values of a window stand among each other. */
#ifndef PYRT_PERCENTILES_H
#define PYRT_PERCENTILES_H

#include "../order.h"

/* The value of a window that so many are below or equal to, of those that occur in it. */
PYRT_CLONES static void pyrt_percentile_of(pyrt_order *o, double *y, ptrdiff_t k)
{
    y[o->period - 1] = o->values[k];
    for (ptrdiff_t b = o->period; b < o->n; b += o->period) {
        pyrt_order_block(o, b);
        ptrdiff_t at = pyrt_order_cursor(o, k);
        for (ptrdiff_t j = 0; j < pyrt_min(o->period, o->n - b); j++) {
            pyrt_order_slide(o, j, 0);
            at = pyrt_order_follow(o, j, at);
            y[b + j] = o->values[at];
        }
    }
}

static int pyrt_percentile_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    const double rank = ceil(c->p[1] * c->p[0] / 100.0) - 1.0;
    pyrt_order o;
    pyrt_fill_nan(c->y[0], pyrt_min(period - 1, n));
    if (n < period || !pyrt_all_finite(c->x[0], n))
        return PYRT_UNSURE;
    if (!pyrt_order_open(&o, c->x[0], n, period))
        return PYRT_NO_MEMORY;
    pyrt_percentile_of(&o, c->y[0], rank > 0.0 ? pyrt_min((ptrdiff_t)rank, period - 1) : 0);
    pyrt_order_close(&o);
    return PYRT_FINITE;
}

enum { PYRT_COMPARED = 256 }; /* windows up to here are gone through for every row, eight rows at once */

/* Small integers as doubles. */
PYRT_INLINE v8 pyrt_doubles(v8i counts) { return (v8)(counts + (v8i)v8_all(0x1p52)) - 0x1p52; }

PYRT_CLONES static void pyrt_percentrank_short(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    const double scale = 100.0 / (double)period;
    ptrdiff_t t = period;
    for (; t + 8 <= n; t += 8) {
        const v8 v = v8_load(x + t);
        v8i below = {0};
        for (ptrdiff_t k = 1; k <= period; k++)
            below -= v8_load(x + t - k) < v;
        v8_store(y + t, pyrt_doubles(below) * scale);
    }
    for (; t < n; t++) {
        ptrdiff_t below = 0;
        for (ptrdiff_t k = 1; k <= period; k++)
            below += x[t - k] < x[t];
        y[t] = (double)below * scale;
    }
}

PYRT_CLONES static void pyrt_percentrank_long(pyrt_order *o, double *y)
{
    const double scale = 100.0 / (double)o->period;
    for (ptrdiff_t b = o->period; b < o->n; b += o->period) {
        pyrt_order_block(o, b);
        pyrt_order_equals(o, b);
        for (ptrdiff_t j = 0; j < pyrt_min(o->period, o->n - b); j++) {
            y[b + j] = (double)pyrt_order_count(o, o->first[o->place[o->period + j]]) * scale;
            pyrt_order_slide(o, j, 1);
        }
    }
}

static int pyrt_percentrank_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    pyrt_order o;
    pyrt_fill_nan(c->y[0], pyrt_min(period, n));
    if (n <= period || !pyrt_all_finite(c->x[0], n))
        return PYRT_UNSURE;
    if (period <= PYRT_COMPARED) {
        pyrt_percentrank_short(c->x[0], c->y[0], n, period);
        return PYRT_FINITE;
    }
    if (!pyrt_order_open(&o, c->x[0], n, period))
        return PYRT_NO_MEMORY;
    pyrt_percentrank_long(&o, c->y[0]);
    pyrt_order_close(&o);
    return PYRT_FINITE;
}

#endif
