/* Filters that make a price fit for statistics: fractional differences, and the events worth looking at. */
#ifndef PYRT_FILTERS_H
#define PYRT_FILTERS_H

#include "../rows.h"

/* The weights of (1 - B)**d down to a threshold: how many there are, and, if there is room, which. */
static ptrdiff_t pyrt_frac_weights(double d, double threshold, double *weights, ptrdiff_t most)
{
    double weight = 1.0;
    ptrdiff_t count = 0;
    while (count == 0 || fabs(weight) >= threshold) {
        if (count < most)
            weights[count] = weight;
        count++;
        weight *= ((double)count - 1.0 - d) / (double)count;
    }
    return count;
}

enum { PYRT_FRAC_ROWS = 32 };

/* Newest value first, so many rows at once. */
PYRT_CLONES_PLAIN static void pyrt_frac_rows(
    const double *restrict x, double *restrict y, ptrdiff_t n, const double *restrict weights, ptrdiff_t count)
{
    ptrdiff_t t = count - 1;
    for (; t + PYRT_FRAC_ROWS <= n; t += PYRT_FRAC_ROWS) {
        double sum[PYRT_FRAC_ROWS];
        for (int l = 0; l < PYRT_FRAC_ROWS; l++)
            sum[l] = 0.0;
        for (ptrdiff_t k = 0; k < count; k++) {
            const double *restrict from = x + t - k;
            const double weight = weights[k];
            for (int l = 0; l < PYRT_FRAC_ROWS; l++)
                sum[l] += from[l] * weight;
        }
        for (int l = 0; l < PYRT_FRAC_ROWS; l++)
            y[t + l] = sum[l];
    }
    for (; t < n; t++) {
        double sum = 0.0;
        for (ptrdiff_t k = 0; k < count; k++)
            sum += x[t - k] * weights[k];
        y[t] = sum;
    }
}

static int pyrt_frac_diff_call(const pyrt_call *c)
{
    const ptrdiff_t count = pyrt_frac_weights(c->p[0], c->p[1], NULL, 0);
    pyrt_fill_nan(c->y[0], pyrt_min(count - 1, c->n));
    if (c->n < count)
        return PYRT_UNSURE;
    double *weights = malloc((size_t)count * sizeof *weights);
    if (weights == NULL)
        return PYRT_NO_MEMORY;
    pyrt_frac_weights(c->p[0], c->p[1], weights, count);
    pyrt_frac_rows(c->x[0], c->y[0], c->n, weights, count);
    free(weights);
    return PYRT_UNSURE;
}

static int pyrt_cusum_call(const pyrt_call *c)
{
    const double *x = c->x[0], height = c->p[0];
    int64_t *y = pyrt_integers(c, 0);
    double up = 0.0, down = 0.0;
    y[0] = 0;
    for (ptrdiff_t t = 1; t < c->n; t++) {
        const double change = x[t] - x[t - 1];
        up = up + change > 0.0 ? up + change : 0.0;
        down = down + change < 0.0 ? down + change : 0.0;
        const int fell = down < -height, rose = !fell && up > height;
        y[t] = rose - fell;
        down = fell ? 0.0 : down;
        up = rose ? 0.0 : up;
    }
    return PYRT_UNSURE;
}

#endif
