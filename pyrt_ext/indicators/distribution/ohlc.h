/* Volatility from the range of bars: means of terms of one bar each, and their roots. A term that is not known (a price
 * that is not above 0) is NaN, and so are the windows that hold it. */
#ifndef PYRT_OHLC_H
#define PYRT_OHLC_H

#include "../logs.h"
#include "../moments.h"
#include "../sums.h"

#define PYRT_LOG2 0.693147180559945309417

PYRT_CLONES_PLAIN static void pyrt_mean_roots(double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = y[i] < 0.0 ? 0.0 : sqrt(y[i]);
}

PYRT_INLINE v8 pyrt_parkinson_term(v8 high, v8 low)
{
    const v8 span = v8_log_ratio(high, low);
    return span * span * (0.25 / PYRT_LOG2);
}

PYRT_INLINE v8 pyrt_garman_klass_term(v8 open, v8 high, v8 low, v8 close)
{
    const v8 span = v8_log_ratio(high, low), change = v8_log_ratio(close, open);
    return span * span * 0.5 - change * change * (2.0 * PYRT_LOG2 - 1.0);
}

PYRT_INLINE v8 pyrt_rogers_satchell_term(v8 open, v8 high, v8 low, v8 close)
{
    return v8_log_ratio(high, close) * v8_log_ratio(high, open) + v8_log_ratio(low, close) * v8_log_ratio(low, open);
}

/* Defines pyrt_NAME_terms, which writes TERM of vectors a, b, d, e, the inputs (COUNT of them, a constant), to `to`, and
 * pyrt_NAME_part, the root of their windows' means times the second parameter. */
#define PYRT_OF_BARS(NAME, COUNT, TERM)                                                                               \
    PYRT_INLINE v8 pyrt_##NAME##_at(const pyrt_call *c, ptrdiff_t i, ptrdiff_t left)                                  \
    {                                                                                                                 \
        v8 in[4] = {{0}, {0}, {0}, {0}};                                                                              \
        for (int k = 0; k < COUNT; k++)                                                                               \
            in[k] = left >= 8 ? v8_load(c->x[k] + i) : v8_load_end(c->x[k] + i, left);                                \
        const v8 a = in[0], b = in[1], d = in[2], e = in[3];                                                          \
        (void)d, (void)e;                                                                                             \
        return TERM;                                                                                                  \
    }                                                                                                                 \
    PYRT_CLONES static void pyrt_##NAME##_terms(const pyrt_call *c, double *to)                                       \
    {                                                                                                                 \
        ptrdiff_t i = 0;                                                                                              \
        for (; i + 8 <= c->n; i += 8)                                                                                 \
            v8_store(to + i, pyrt_##NAME##_at(c, i, 8));                                                              \
        v8_store_end(to + i, pyrt_##NAME##_at(c, i, c->n - i), c->n - i);                                             \
    }                                                                                                                 \
    static int pyrt_##NAME##_part(const pyrt_call *c)                                                                 \
    {                                                                                                                 \
        double *room = malloc((size_t)c->n * sizeof *room);                                                           \
        if (room == NULL)                                                                                             \
            return PYRT_NO_MEMORY;                                                                                    \
        pyrt_##NAME##_terms(c, room);                                                                                 \
        pyrt_window_sum(room, c->y[0], c->n, (ptrdiff_t)c->p[0], c->p[1] / c->p[0]);                                  \
        pyrt_mean_roots(c->y[0], c->n);                                                                                    \
        free(room);                                                                                                   \
        return PYRT_UNSURE;                                                                                           \
    }

PYRT_OF_BARS(parkinson, 2, pyrt_parkinson_term(a, b))
PYRT_OF_BARS(garman_klass, 4, pyrt_garman_klass_term(a, b, d, e))
PYRT_OF_BARS(rogers_satchell, 4, pyrt_rogers_satchell_term(a, b, d, e))

PYRT_IN_PARTS(parkinson, 2, 1, (ptrdiff_t)c->p[0] - 1)
PYRT_IN_PARTS(garman_klass, 4, 1, (ptrdiff_t)c->p[0] - 1)
PYRT_IN_PARTS(rogers_satchell, 4, 1, (ptrdiff_t)c->p[0] - 1)

/* The sample variance; NaN stays. */
PYRT_INLINE v8 pyrt_sample_variance(pyrt_moments m, double n)
{
    const v8 mean = m.sum * (1.0 / n), squares = m.squares - m.sum * mean;
    return (squares - v8_where(squares < 0.0, squares)) * (1.0 / (n - 1.0));
}

PYRT_OF_MOMENTS(spread_of_logs, PYRT_BY_SQUARE, pyrt_sample_variance(m, n))

PYRT_CLONES static void pyrt_logs(const double *a, const double *b, double *to, ptrdiff_t n)
{
    ptrdiff_t i = 0;
    for (; i + 8 <= n; i += 8)
        v8_store(to + i, v8_log_ratio(v8_load(a + i), v8_load(b + i)));
    v8_store_end(to + i, v8_log_ratio(v8_load_end(a + i, n - i), v8_load_end(b + i, n - i)), n - i);
}

/* Rows from the second on: variances of what happens between bars and within them, and Rogers' and Satchell's means. */
static int pyrt_yang_zhang_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n - 1, period = (ptrdiff_t)c->p[0];
    double *y = c->y[0] + 1;
    c->y[0][0] = NAN;
    if (n < 1)
        return PYRT_UNSURE;
    double *room = malloc((size_t)n * 3 * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    double *within = room + n, *ranges = room + 2 * n;
    const pyrt_call later = {{c->x[0] + 1, c->x[1] + 1, c->x[2] + 1, c->x[3] + 1}, {0}, {0}, n, 0};
    const pyrt_call between = {{room}, {y}, {c->p[0]}, n, 0}, inside = {{ranges}, {within}, {c->p[0]}, n, 0};
    pyrt_logs(c->x[0] + 1, c->x[3], room, n);
    pyrt_logs(c->x[3] + 1, c->x[0] + 1, ranges, n);
    int answer = pyrt_both(pyrt_spread_of_logs_call(&between), pyrt_spread_of_logs_call(&inside));
    pyrt_rogers_satchell_terms(&later, room);
    pyrt_window_sum(room, ranges, n, period, 1.0 / (double)period);
    const double k = 0.34 / (1.34 + (c->p[0] + 1.0) / (c->p[0] - 1.0));
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = (y[i] + (k * within[i] + (1.0 - k) * ranges[i])) * c->p[1];
    pyrt_mean_roots(y, n);
    free(room);
    return answer < 0 ? answer : PYRT_UNSURE;
}

PYRT_IN_PARTS(yang_zhang, 4, 1, (ptrdiff_t)c->p[0])

#endif
