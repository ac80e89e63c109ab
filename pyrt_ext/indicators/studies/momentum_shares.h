/* Momentum as a share: how much of the way that prices went led anywhere. */
#ifndef PYRT_MOMENTUM_SHARES_H
#define PYRT_MOMENTUM_SHARES_H

#include "../moving.h"
#include "../oscillators.h"

/* way[t], from row `period` on: how far x went in its last steps. Room for one array. */
static void pyrt_ways(const double *x, double *way, ptrdiff_t n, ptrdiff_t period, double *room)
{
    pyrt_steps(x, room, n);
    pyrt_window_sum(room, way + 1, n - 1, period, 1.0);
}

/* Defines pyrt_NAME_part for one input and a period: RESULT of `change`, what x moved over the period, and `way`, how far
 * it went. Rounding may let the way be the shorter of both. */
#define PYRT_OF_WAYS(NAME, RESULT)                                                                                    \
    PYRT_CLONES_PLAIN static void pyrt_##NAME##_of(                                                                   \
        const double *restrict x, const double *restrict ways, double *restrict y, ptrdiff_t n, ptrdiff_t period)     \
    {                                                                                                                 \
        for (ptrdiff_t t = period; t < n; t++) {                                                                      \
            const double change = x[t] - x[t - period], way = ways[t];                                                \
            y[t] = RESULT;                                                                                            \
        }                                                                                                             \
    }                                                                                                                 \
    static int pyrt_##NAME##_part(const pyrt_call *c)                                                                 \
    {                                                                                                                 \
        const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];                                                        \
        pyrt_fill_nan(c->y[0], pyrt_min(period, n));                                                                  \
        if (n <= period)                                                                                              \
            return PYRT_UNSURE;                                                                                       \
        double *room = pyrt_room(n, 2);                                                                               \
        if (room == NULL)                                                                                             \
            return PYRT_NO_MEMORY;                                                                                    \
        pyrt_ways(c->x[0], room + n, n, period, room);                                                                \
        pyrt_##NAME##_of(c->x[0], room + n, c->y[0], n, period);                                                      \
        free(room);                                                                                                   \
        return PYRT_UNSURE;                                                                                           \
    }

PYRT_OF_WAYS(er, way > fabs(change) ? fabs(change) / way : 1.0)
PYRT_OF_WAYS(cmou, way > fabs(change) ? 100.0 * (change / way) : change > 0.0 ? 100.0 : change < 0.0 ? -100.0 : 0.0)

PYRT_IN_PARTS(er, 1, 1, (ptrdiff_t)c->p[0])
PYRT_IN_PARTS(cmou, 1, 1, (ptrdiff_t)c->p[0])

/* What bars rose and fell from their open to their close. */
PYRT_CLONES_PLAIN static void pyrt_bodies(
    const double *restrict open, const double *restrict close, double *restrict up, double *restrict down, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double body = close[i] - open[i];
        up[i] = body > 0.0 ? body : 0.0;
        down[i] = body < 0.0 ? -body : 0.0;
    }
}

PYRT_CLONES_PLAIN static void pyrt_share_or_half(
    const double *restrict up, const double *restrict down, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double sum = up[i] + down[i];
        y[i] = sum > 0.0 ? 100.0 * (up[i] / sum) : 50.0;
    }
}

static int pyrt_imi_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], warmup = pyrt_min(period - 1, n);
    double *room = pyrt_room(n, 4), *up = room + 2 * n, *down = room + 3 * n;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_bodies(c->x[0], c->x[1], room, room + n, n);
    pyrt_window_sum(room, up, n, period, 1.0);
    pyrt_window_sum(room + n, down, n, period, 1.0);
    pyrt_fill_nan(c->y[0], warmup);
    pyrt_share_or_half(up + warmup, down + warmup, c->y[0] + warmup, n - warmup);
    free(room);
    return PYRT_UNSURE;
}

PYRT_IN_PARTS(imi, 2, 1, (ptrdiff_t)c->p[0] - 1)

PYRT_CLONES_PLAIN static void pyrt_reach_of_way(
    const double *restrict high, const double *restrict low, const double *restrict way, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = way[i] > 0.0 ? (high[i] - low[i]) / way[i] : 0.0;
}

static int pyrt_vhf_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    pyrt_fill_nan(c->y[0], pyrt_min(period, n));
    if (n <= period)
        return PYRT_UNSURE;
    double *room = pyrt_room(n, 3), *high = room, *low = room + n, *way = room + 2 * n;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_ways(c->x[0], way, n, period, room);
    const int answer = pyrt_both(pyrt_highest(c->x[0], high, n, period), pyrt_lowest(c->x[0], low, n, period));
    pyrt_reach_of_way(high + period, low + period, way + period, c->y[0] + period, n - period);
    free(room);
    return answer;
}

PYRT_IN_PARTS(vhf, 1, 1, (ptrdiff_t)c->p[0])

/* How far a row's high is from the low before, and its low from the high before. */
PYRT_CLONES_PLAIN static void pyrt_crossings(
    const double *restrict high, const double *restrict low, double *restrict plus, double *restrict minus, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i + 1 < n; i++) {
        plus[i] = fabs(high[i + 1] - low[i]);
        minus[i] = fabs(low[i + 1] - high[i]);
    }
}

PYRT_CLONES_PLAIN static void pyrt_share_of_range(
    const double *restrict part, const double *restrict range, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = range[i] > 0.0 ? part[i] / range[i] : 0.0;
}

static int pyrt_vortex_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], count = n - period;
    pyrt_fill_nan(c->y[0], pyrt_min(period, n));
    pyrt_fill_nan(c->y[1], pyrt_min(period, n));
    if (count < 1)
        return PYRT_UNSURE;
    double *room = pyrt_room(n, 5), *plus = room, *minus = room + n, *range = room + 2 * n;
    double *part = room + 3 * n, *whole = room + 4 * n;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_crossings(c->x[0], c->x[1], plus, minus, n);
    pyrt_true_ranges(c->x[0], c->x[1], c->x[2], range, n);
    pyrt_window_sum(range + 1, whole, n - 1, period, 1.0);
    pyrt_window_sum(plus, part, n - 1, period, 1.0);
    pyrt_share_of_range(part + period - 1, whole + period - 1, c->y[0] + period, count);
    pyrt_window_sum(minus, part, n - 1, period, 1.0);
    pyrt_share_of_range(part + period - 1, whole + period - 1, c->y[1] + period, count);
    free(room);
    return PYRT_UNSURE;
}

PYRT_IN_PARTS(vortex, 3, 2, (ptrdiff_t)c->p[0])

#endif
