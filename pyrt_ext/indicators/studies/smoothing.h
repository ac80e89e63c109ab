/* Averages with weights of their own. */
#ifndef PYRT_SMOOTHING_H
#define PYRT_SMOOTHING_H

#include "../rows.h"

/* A bell curve, the oldest value's weight first; beside the largest, so that there is one however narrow the curve is,
 * and adding up to 1. */
static void pyrt_bell(double *weights, ptrdiff_t period, double offset, double sigma)
{
    const double center = offset * (double)(period - 1), width = (double)period / sigma;
    double nearest = center * center, total = 0.0;
    for (ptrdiff_t i = 1; i < period; i++) {
        const double d = ((double)i - center) * ((double)i - center);
        nearest = d < nearest ? d : nearest;
    }
    for (ptrdiff_t i = 0; i < period; i++) {
        const double d = ((double)i - center) * ((double)i - center);
        weights[i] = exp((nearest - d) / (2.0 * width * width));
        total += weights[i];
    }
    for (ptrdiff_t i = 0; i < period; i++)
        weights[i] /= total;
}

/* Distances from the newest value are weighed, so that a constant stays what it is. Two vectors at a time: each waits for
 * its own additions. */
PYRT_CLONES static void pyrt_weigh(const double *x, const double *weights, double *y, ptrdiff_t n, ptrdiff_t period)
{
    const double *newest = weights + period - 1;
    ptrdiff_t t = period - 1;
    for (; t + 16 <= n; t += 16) {
        const v8 a = v8_load(x + t), b = v8_load(x + t + 8);
        v8 one = {0}, other = {0};
        for (ptrdiff_t k = 1; k < period; k++) {
            one += (v8_load(x + t - k) - a) * newest[-k];
            other += (v8_load(x + t + 8 - k) - b) * newest[-k];
        }
        v8_store(y + t, a + one);
        v8_store(y + t + 8, b + other);
    }
    for (; t < n; t += 8) {
        const v8 a = v8_load_end(x + t, n - t);
        v8 sum = {0};
        for (ptrdiff_t k = 1; k < period; k++)
            sum += (v8_load_end(x + t - k, n - t + k) - a) * newest[-k];
        v8_store_end(y + t, a + sum, n - t);
    }
}

static int pyrt_alma_call(const pyrt_call *c)
{
    const ptrdiff_t period = (ptrdiff_t)c->p[0];
    pyrt_fill_nan(c->y[0], pyrt_min(period - 1, c->n));
    if (c->n < period)
        return PYRT_UNSURE;
    double *weights = malloc((size_t)period * sizeof *weights);
    if (weights == NULL)
        return PYRT_NO_MEMORY;
    pyrt_bell(weights, period, c->p[1], c->p[2]);
    pyrt_weigh(c->x[0], weights, c->y[0], c->n, period);
    free(weights);
    return PYRT_UNSURE;
}

/* The share of the distance to a price that is gone is larger, the lower the price is beside the average: each step needs
 * the one before it. Only the divisions do not, and are made ahead. */
PYRT_CLONES_PLAIN static void pyrt_inverses(const double *restrict x, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = 1.0 / x[i];
}

static int pyrt_mcginley_call(const pyrt_call *c)
{
    const double *x = c->x[0], share = 1.0 / (c->p[1] * c->p[0]);
    double *y = c->y[0], level = x[0];
    pyrt_inverses(x, y, c->n);
    y[0] = level;
    for (ptrdiff_t t = 1; t < c->n; t++) {
        const double ratio = x[t] > 0.0 && level > 0.0 ? level * y[t] : 1.0, square = ratio * ratio;
        const double part = square * square * share;
        level += (x[t] - level) * (part > 1.0 ? 1.0 : part);
        y[t] = level;
    }
    pyrt_fill_nan(y, pyrt_min((ptrdiff_t)c->p[0] - 1, c->n));
    return PYRT_UNSURE;
}

#endif
