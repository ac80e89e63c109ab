/* How evenly what a window holds is spread: entropies of counts, in nats. */
#ifndef PYRT_INFORMATION_H
#define PYRT_INFORMATION_H

#include "../extremes.h"

/* log(n) - sum(k * log(k)) / n of counts k that sum up to n; `terms` holds k * log(k). */
PYRT_INLINE double pyrt_entropy_of(const int32_t *counts, ptrdiff_t bins, const double *terms, double n, double log_n)
{
    double sum = 0.0;
    for (ptrdiff_t i = 0; i < bins; i++)
        sum += terms[counts[i]];
    return log_n - sum / n;
}

static void pyrt_entropy_terms(double *terms, ptrdiff_t n)
{
    terms[0] = 0.0;
    for (ptrdiff_t k = 1; k <= n; k++)
        terms[k] = (double)k * log((double)k);
}

PYRT_INLINE ptrdiff_t pyrt_bin(double x, double low, double scale, ptrdiff_t bins)
{
    const double place = (x - low) * scale;
    return !(place >= 0.0) ? 0 : place < (double)bins ? (ptrdiff_t)place : bins - 1;
}

/* Bins of equal width between a window's lowest and highest value. While these stay, one value leaves its bin and one
 * comes; else all are counted anew. */
static void pyrt_entropy_rows(
    const pyrt_call *c, const double *lowest, const double *highest, const double *terms, int32_t *counts)
{
    const double *x = c->x[0];
    const ptrdiff_t period = (ptrdiff_t)c->p[0], bins = (ptrdiff_t)c->p[1];
    const double n = c->p[0], log_n = log(n);
    double low = NAN, scale = 0.0, high = NAN;
    for (ptrdiff_t t = period - 1; t < c->n; t++) {
        if (lowest[t] != low || highest[t] != high) {
            low = lowest[t], high = highest[t];
            scale = high > low ? (double)bins / (high - low) : 0.0;
            memset(counts, 0, (size_t)bins * sizeof *counts);
            for (ptrdiff_t i = t - (period - 1); i <= t; i++)
                counts[pyrt_bin(x[i], low, scale, bins)]++;
        } else {
            counts[pyrt_bin(x[t - period], low, scale, bins)]--;
            counts[pyrt_bin(x[t], low, scale, bins)]++;
        }
        c->y[0][t] = pyrt_entropy_of(counts, bins, terms, n, log_n);
    }
}

static int pyrt_entropy_call(const pyrt_call *c)
{
    const ptrdiff_t period = (ptrdiff_t)c->p[0], bins = (ptrdiff_t)c->p[1], n = c->n;
    pyrt_fill_nan(c->y[0], pyrt_min(period - 1, n));
    if (n < period || !pyrt_all_finite(c->x[0], n))
        return PYRT_UNSURE;
    double *lowest = malloc((size_t)(2 * n + period + 1) * sizeof *lowest);
    int32_t *counts = malloc((size_t)bins * sizeof *counts);
    int answer = PYRT_NO_MEMORY;
    if (lowest != NULL && counts != NULL) {
        double *highest = lowest + n, *terms = highest + n;
        answer = pyrt_both(pyrt_lowest(c->x[0], lowest, n, period), pyrt_highest(c->x[0], highest, n, period));
        if (answer >= 0) {
            pyrt_entropy_terms(terms, period);
            pyrt_entropy_rows(c, lowest, highest, terms, counts);
            answer = PYRT_FINITE;
        }
    }
    free(lowest);
    free(counts);
    return answer;
}

/* The number of the order in which the `order` values that end at x stand, of equals the older being the lower. */
PYRT_INLINE int32_t pyrt_ordinal(const double *x, ptrdiff_t order)
{
    int32_t code = 0;
    for (ptrdiff_t i = order - 1; i > 0; i--) {
        int32_t lower = 0;
        for (ptrdiff_t k = 0; k < i; k++)
            lower += x[-k] < x[-i];
        code = code * (int32_t)(i + 1) + lower;
    }
    return code;
}

PYRT_INLINE void pyrt_perm_entropy_rows(
    const double *x, double *y, ptrdiff_t n, ptrdiff_t period, ptrdiff_t order, ptrdiff_t patterns, const double *terms,
    int32_t *codes, int32_t *counts)
{
    const ptrdiff_t inside = period - order + 1; /* how many patterns a window holds */
    const double log_n = log((double)inside);
    ptrdiff_t at = 0;
    for (ptrdiff_t t = order - 1; t < n; t++) {
        const int32_t code = pyrt_ordinal(x + t, order);
        if (t >= period)
            counts[codes[at]]--;
        codes[at] = code;
        counts[code]++;
        if (++at == inside)
            at = 0;
        if (t >= period - 1)
            y[t] = pyrt_entropy_of(counts, patterns, terms, (double)inside, log_n);
    }
}

static int pyrt_perm_entropy_call(const pyrt_call *c)
{
    const ptrdiff_t period = (ptrdiff_t)c->p[0], order = (ptrdiff_t)c->p[1], n = c->n;
    const int none = n < period || order > period;
    pyrt_fill_nan(c->y[0], none ? n : period - 1);
    if (none)
        return PYRT_UNSURE;
    ptrdiff_t patterns = 1;
    for (ptrdiff_t i = 2; i <= order; i++)
        patterns *= i;
    double *terms = malloc((size_t)(period + 1) * sizeof *terms);
    int32_t *counts = calloc((size_t)(patterns + period), sizeof *counts);
    if (terms == NULL || counts == NULL) {
        free(terms);
        free(counts);
        return PYRT_NO_MEMORY;
    }
    pyrt_entropy_terms(terms, period);
    if (order == 3)
        pyrt_perm_entropy_rows(c->x[0], c->y[0], n, period, 3, 6, terms, counts + 6, counts);
    else
        pyrt_perm_entropy_rows(c->x[0], c->y[0], n, period, order, patterns, terms, counts + patterns, counts);
    free(terms);
    free(counts);
    return PYRT_UNSURE;
}

#endif
