/* What a series remembers: how its changes grow with the time that they span, and whether it comes back. Half-lives and
 * variance ratios go through every window anew, eight windows at once, from the newest value to the oldest: the difference
 * of two almost equal sums decides, and no digit of it is to be lost. */
#ifndef PYRT_MEMORY_H
#define PYRT_MEMORY_H

#include "../logs.h"
#include "../moments.h"
#include "../sums.h"

enum { PYRT_LAGS = 32 }; /* more than a window has lags that double */

/* The weights of log(mean square of changes over 1, 2, 4 ... rows) in the exponent, half of the slope of a line through
 * them on the logarithm of the lag; returns how many there are. */
static int pyrt_hurst_weights(ptrdiff_t period, double *weights)
{
    int count = 0;
    while ((ptrdiff_t)4 << count <= period)
        count++;
    const double n = (double)count, step = 6.0 / (0.693147180559945309417 * n * (n * n - 1.0));
    for (int j = 0; j < count; j++)
        weights[j] = step * ((double)j - 0.5 * (n - 1.0));
    return count;
}

PYRT_CLONES_PLAIN static void pyrt_squared_changes(const double *restrict x, double *restrict y, ptrdiff_t n, ptrdiff_t lag)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double d = x[i + lag] - x[i];
        y[i] = d * d;
    }
}

PYRT_CLONES static void pyrt_add_logs(const double *x, double *y, ptrdiff_t n, double weight)
{
    ptrdiff_t i = 0;
    for (; i + 8 <= n; i += 8)
        v8_store(y + i, v8_load(y + i) + v8_log(v8_load(x + i)) * weight);
    v8_store_end(y + i, v8_load_end(y + i, n - i) + v8_log(v8_load_end(x + i, n - i)) * weight, n - i);
}

static int pyrt_hurst_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], first = period - 1;
    double weights[PYRT_LAGS], *y = c->y[0];
    pyrt_fill_nan(y, pyrt_min(first, n));
    if (n < period)
        return PYRT_UNSURE;
    double *room = malloc((size_t)n * 2 * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    const int lags = pyrt_hurst_weights(period, weights);
    for (ptrdiff_t i = first; i < n; i++)
        y[i] = 0.0;
    for (int j = 0; j < lags; j++) {
        const ptrdiff_t lag = (ptrdiff_t)1 << j, length = period - lag;
        pyrt_squared_changes(c->x[0], room, n - lag, lag);
        pyrt_window_sum(room, room + n, n - lag, length, 1.0 / (double)length);
        pyrt_add_logs(room + n + first - lag, y + first, n - first, weights[j]);
    }
    free(room);
    return PYRT_UNSURE;
}

PYRT_IN_PARTS(hurst, 1, 1, (ptrdiff_t)c->p[0] - 1)

/* Windows of `period` changes that end in the eight rows at x; their squares, from the mean change, go to `squares`. */
PYRT_INLINE void pyrt_variance_ratio_of(
    const double *x, ptrdiff_t period, ptrdiff_t lag, v8 *squares, v8 *ratio, v8 *z)
{
    const double n = (double)period, q = (double)lag, m = q * (n - q + 1.0) * (1.0 - q / n);
    const v8 mean = (v8_load(x) - v8_load(x - period)) / n;
    v8 total = {0}, wide = {0}, theta = {0}, after = v8_load(x);
    for (ptrdiff_t k = 0; k < period; k++) {
        const v8 before = v8_load(x - k - 1), d = (after - before) - mean;
        squares[k] = d * d;
        total += squares[k];
        after = before;
    }
    for (ptrdiff_t k = 0; k <= period - lag; k++) {
        const v8 d = (v8_load(x - k) - v8_load(x - k - lag)) - mean * q;
        wide += d * d;
    }
    for (ptrdiff_t j = 1; j < lag; j++) {
        const double weight = 2.0 * (q - (double)j) / q;
        v8 products = {0};
        for (ptrdiff_t k = j; k < period; k++)
            products += squares[k] * squares[k - j];
        theta += products * (weight * weight);
    }
    *ratio = (wide / m) / (total / (n - 1.0));
    *z = (*ratio - 1.0) * total / v8_root(theta);
}

PYRT_CLONES static void pyrt_variance_ratios(
    const double *x, double *ratio, double *z, ptrdiff_t n, ptrdiff_t period, ptrdiff_t lag, v8 *room)
{
    v8 one, other;
    ptrdiff_t t = period;
    for (; t + 8 <= n; t += 8) {
        pyrt_variance_ratio_of(x + t, period, lag, room, &one, &other);
        v8_store(ratio + t, one);
        v8_store(z + t, other);
    }
    if (t < n) { /* behind the squares is room for the end of the data */
        double *end = (double *)(void *)(room + period);
        memcpy(end, x + t - period, (size_t)(n - t + period) * sizeof *end);
        pyrt_variance_ratio_of(end + period, period, lag, room, &one, &other);
        v8_store_end(ratio + t, one, n - t);
        v8_store_end(z + t, other, n - t);
    }
}

static int pyrt_variance_ratio_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], lag = (ptrdiff_t)c->p[1];
    const int none = n <= period || lag >= period;
    pyrt_fill_nan(c->y[0], none ? n : period);
    pyrt_fill_nan(c->y[1], none ? n : period);
    if (none)
        return PYRT_UNSURE;
    v8 *room = pyrt_zeros((size_t)(period + (period + 15) / 8) * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_variance_ratios(c->x[0], c->y[0], c->y[1], n, period, lag, room);
    free(room);
    return PYRT_UNSURE;
}

/* The slope of changes on the values before them, for windows that end in the eight rows at x; 0 / 0 where the values
 * before do not move. */
PYRT_INLINE v8 pyrt_half_life_of(const double *x, ptrdiff_t period)
{
    const double share = 1.0 / (double)(period - 1);
    const v8 anchor = v8_load(x - 1);
    v8 after = v8_load(x), sp = {0}, sd = {0}, pp = {0}, pd = {0};
    for (ptrdiff_t k = 1; k < period; k++) {
        const v8 before = v8_load(x - k), p = before - anchor, d = after - before;
        sp += p, sd += d, pp += p * p, pd += p * d;
        after = before;
    }
    const v8 spread = pp - sp * sp * share;
    return 0.693147180559945309417 / (0.0 - (pd - sp * sd * share) / spread) + v8_where(spread <= 0.0, v8_all(NAN));
}

PYRT_CLONES static int pyrt_half_life_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    const double *x = c->x[0];
    double *y = c->y[0];
    ptrdiff_t t = period - 1;
    pyrt_fill_nan(y, pyrt_min(t, n));
    for (; t + 8 <= n; t += 8)
        v8_store(y + t, pyrt_half_life_of(x + t, period));
    for (; t < n; t++) {
        double sp = 0.0, sd = 0.0, pp = 0.0, pd = 0.0;
        const double share = 1.0 / (double)(period - 1);
        for (ptrdiff_t k = 1; k < period; k++) {
            const double p = x[t - k] - x[t - 1], d = x[t - k + 1] - x[t - k];
            sp += p, sd += d, pp += p * p, pd += p * d;
        }
        const double spread = pp - sp * sp * share;
        y[t] = spread > 0.0 ? 0.693147180559945309417 / (0.0 - (pd - sp * sd * share) / spread) : NAN;
    }
    return PYRT_UNSURE;
}

#endif
