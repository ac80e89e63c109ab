/* Lines through windows: on time, on another series, on the series' own past. */
#ifndef PYRT_REGRESSION_H
#define PYRT_REGRESSION_H

#include "../moments.h"

/* The share of the movement that a line explains; rounding does not lift it above 1, and 0 / 0 is NaN. */
PYRT_INLINE v8 pyrt_explained(v8 xy, v8 xx, v8 yy)
{
    const v8 share = xy * xy / (xx * yy);
    return share - v8_where(share > 1.0, share - 1.0);
}

PYRT_INLINE v8 pyrt_on_time(pyrt_moments m, double n)
{
    const v8 xy = m.ranked - m.sum * (0.5 * (n - 1.0));
    return pyrt_explained(xy, v8_all(n * (n * n - 1.0) / 12.0), m.squares - m.sum * m.sum * (1.0 / n));
}

PYRT_OF_MOMENTS(rsquared, PYRT_BY_BOTH, pyrt_on_time(m, n))

/* Where one of the two does not move, 0 / 0: NaN. */
PYRT_INLINE v8 pyrt_correlation_or_nan(pyrt_products s, double n)
{
    const double share = 1.0 / n;
    const v8 xx = s.xx - s.x * s.x * share, yy = s.yy - s.y * s.y * share, xy = s.xy - s.x * s.y * share;
    const v8 scale = v8_root(xx) * v8_root(yy);
    return xy / scale + v8_where(scale <= 0.0, v8_all(NAN));
}

PYRT_OF_PRODUCTS(pyrt_correlation_of, 14, pyrt_correlation_or_nan(s, n))

static int pyrt_autocorr_call(const pyrt_call *c)
{
    const ptrdiff_t lag = pyrt_min((ptrdiff_t)c->p[1], c->n), n = c->n - lag;
    pyrt_fill_nan(c->y[0], lag);
    return n > 0 ? pyrt_correlation_of(c->x[0] + lag, c->x[0], c->y[0] + lag, n, (ptrdiff_t)c->p[0]) : PYRT_UNSURE;
}

/* Slope and intercept of the second series on the first, and the share that the line explains, to y[.][t..t+count-1]; the
 * sums are of distances from ax and ay. */
PYRT_INLINE void pyrt_ols_of(pyrt_products s, v8 ax, v8 ay, double n, double *const *y, ptrdiff_t t, ptrdiff_t count)
{
    const double share = 1.0 / n;
    const v8 xx = s.xx - s.x * s.x * share, yy = s.yy - s.y * s.y * share, xy = s.xy - s.x * s.y * share;
    const v8 beta = xy / xx + v8_where(xx <= 0.0, v8_all(NAN));
    v8_store_end(y[0] + t, beta, count);
    v8_store_end(y[1] + t, (ay + s.y * share) - beta * (ax + s.x * share), count);
    const v8 unknown = v8_where(xx <= 0.0, v8_all(NAN)) + v8_where(yy <= 0.0, v8_all(NAN));
    v8_store_end(y[2] + t, pyrt_explained(xy, xx, yy) + unknown, count);
}

PYRT_CLONES static void pyrt_ols_afresh(
    const double *a, const double *b, double *const *y, ptrdiff_t n, ptrdiff_t period)
{
    ptrdiff_t t = period - 1;
    for (; t + 8 <= n; t += 8)
        pyrt_ols_of(
            pyrt_products_afresh(a + t, b + t, period), v8_load(a + t), v8_load(b + t), (double)period, y, t, 8);
    for (; t < n; t++)
        pyrt_ols_of(
            pyrt_products_alone(a + t, b + t, period), v8_all(a[t]), v8_all(b[t]), (double)period, y, t, 1);
}

PYRT_CLONES static void pyrt_ols_blocks(
    const double *a, const double *b, double *const *y, ptrdiff_t n, ptrdiff_t period, double *room)
{
    const ptrdiff_t wide = period + 8;
    for (ptrdiff_t at = 0; at < n; at += period) {
        const ptrdiff_t count = pyrt_min(period, n - at);
        const v8 ax = v8_all(a[at]), ay = v8_all(b[at]);
        pyrt_products_block(a + at, b + at, at == 0, count, period, room);
        for (ptrdiff_t j = at == 0 ? period - 1 : 0; j < count; j += 8) {
            const pyrt_products s = {v8_load(room + j), v8_load(room + wide + j), v8_load(room + 2 * wide + j),
                                     v8_load(room + 3 * wide + j), v8_load(room + 4 * wide + j)};
            pyrt_ols_of(s, ax, ay, (double)period, y, at + j, pyrt_min(8, count - j));
        }
    }
}

static int pyrt_ols_call(const pyrt_call *c)
{
    const ptrdiff_t period = (ptrdiff_t)c->p[0], n = c->n;
    for (int i = 0; i < 3; i++)
        pyrt_fill_nan(c->y[i], pyrt_min(period - 1, n));
    if (n < period)
        return PYRT_UNSURE;
    if (period <= PYRT_AFRESH) {
        pyrt_ols_afresh(c->x[0], c->x[1], c->y, n, period);
        return PYRT_UNSURE;
    }
    double *room = calloc((size_t)(5 * (period + 8)), sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_ols_blocks(c->x[0], c->x[1], c->y, n, period, room);
    free(room);
    return PYRT_UNSURE;
}

#endif
