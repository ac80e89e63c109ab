/* Statistic Functions: deviations, regressions, two series beside each other. */
#ifndef PYRT_STATISTICS_H
#define PYRT_STATISTICS_H

#include "moments.h"

PYRT_INLINE v8 pyrt_variance(pyrt_moments m, double n)
{
    const double share = 1.0 / n;
    v8 mean = m.sum * share, variance = m.squares * share - mean * mean;
    return (v8)((v8i)variance & (variance > 0.0));
}

/* The regression on time: slope, and the value at a place k, the oldest being 0. */
PYRT_INLINE v8 pyrt_slope(pyrt_moments m, double n)
{
    return n > 1.0 ? (m.ranked - m.sum * (0.5 * (n - 1.0))) * (12.0 / (n * (n * n - 1.0))) : (v8){0};
}

PYRT_INLINE v8 pyrt_line(pyrt_moments m, double n, double k)
{
    return m.anchor + (m.sum * (1.0 / n) + pyrt_slope(m, n) * (k - 0.5 * (n - 1.0)));
}

PYRT_INLINE v8 v8_degrees(v8 slope) { return v8_arc(slope, v8_all(1.0)) * (180.0 / 3.14159265358979323846); }

PYRT_OF_MOMENTS(var, PYRT_BY_SQUARE, pyrt_variance(m, n))
PYRT_OF_MOMENTS(stddev, PYRT_BY_SQUARE, v8_root(pyrt_variance(m, n)) * p[1])
PYRT_OF_MOMENTS(linearreg, PYRT_BY_RANK, pyrt_line(m, n, n - 1.0))
PYRT_OF_MOMENTS(linearreg_slope, PYRT_BY_RANK, pyrt_slope(m, n))
PYRT_OF_MOMENTS(linearreg_angle, PYRT_BY_RANK, v8_degrees(pyrt_slope(m, n)))
PYRT_OF_MOMENTS(linearreg_intercept, PYRT_BY_RANK, pyrt_line(m, n, 0.0))
PYRT_OF_MOMENTS(tsf, PYRT_BY_RANK, pyrt_line(m, n, n))

/* Where neither series or only one moves there is no correlation: 0, as TA-Lib's. */
PYRT_INLINE v8 pyrt_correlation(pyrt_products s, double n)
{
    const double share = 1.0 / n;
    const v8 xx = s.xx - s.x * s.x * share, yy = s.yy - s.y * s.y * share, xy = s.xy - s.x * s.y * share;
    const v8 scale = v8_root((v8)((v8i)xx & (xx > 0.0))) * v8_root((v8)((v8i)yy & (yy > 0.0)));
    return (v8)((v8i)(xy / scale) & (scale > 0.0));
}

PYRT_INLINE v8 pyrt_beta_of_changes(pyrt_products s, double n)
{
    const double share = 1.0 / n;
    const v8 xx = s.xx - s.x * s.x * share, xy = s.xy - s.x * s.y * share;
    return (v8)((v8i)(xy / xx) & (xx > 0.0));
}

PYRT_OF_PRODUCTS(pyrt_correl, 14, pyrt_correlation(s, n))
PYRT_OF_PRODUCTS(pyrt_regress, 14, pyrt_beta_of_changes(s, n))

static int pyrt_correl_call(const pyrt_call *c)
{
    return pyrt_correl(c->x[0], c->x[1], c->y[0], c->n, (ptrdiff_t)c->p[0]);
}

/* Relative changes; 0 where the value before was 0. */
PYRT_CLONES_PLAIN static void pyrt_changes(const double *restrict x, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i + 1 < n; i++) {
        double before = x[i], change = x[i + 1] - before;
        y[i] = before != 0.0 ? change / before : 0.0;
    }
}

static int pyrt_beta_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n - 1;
    c->y[0][0] = NAN;
    if (n < 1)
        return PYRT_UNSURE;
    double *room = malloc((size_t)n * 2 * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_changes(c->x[0], room, c->n);
    pyrt_changes(c->x[1], room + n, c->n);
    int answer = pyrt_regress(room, room + n, c->y[0] + 1, n, (ptrdiff_t)c->p[0]);
    free(room);
    return answer;
}

PYRT_IN_PARTS(beta, 2, 1, (ptrdiff_t)c->p[0])

/* The mean distance from the mean; there is no way but to add up every window. */
PYRT_CLONES static int pyrt_avgdev_call(const pyrt_call *c)
{
    const double *x = c->x[0];
    double *y = c->y[0];
    const ptrdiff_t period = (ptrdiff_t)c->p[0], n = c->n;
    pyrt_fill_nan(y, pyrt_min(period - 1, n));
    ptrdiff_t t = period - 1;
    for (; t + 8 <= n; t += 8) {
        const v8 mean = pyrt_moments_afresh(x + t, period).sum / (double)period, anchor = v8_load(x + t);
        v8 total = v8_abs(mean);
        for (ptrdiff_t k = 1; k < period; k++)
            total += v8_abs((v8_load(x + t - k) - anchor) - mean);
        v8_store(y + t, total / (double)period);
    }
    for (; t < n; t++) {
        const double mean = pyrt_moments_alone(x + t, period).sum[0] / (double)period;
        double total = fabs(mean);
        for (ptrdiff_t k = 1; k < period; k++)
            total += fabs((x[t - k] - x[t]) - mean);
        y[t] = total / (double)period;
    }
    return pyrt_unsure(pyrt_check(x, n));
}

#endif
