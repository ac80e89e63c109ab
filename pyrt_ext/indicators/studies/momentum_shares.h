/* Momentum as a share: how much of the way that prices went led anywhere. */
#ifndef PYRT_MOMENTUM_SHARES_H
#define PYRT_MOMENTUM_SHARES_H

#include "../moving.h"
#include "../oscillators.h"

/* way[t], from row `period` on: how far x went in its last steps. NaN before; answers as a kernel does. */
static int pyrt_ways(const double *x, double *way, ptrdiff_t n, ptrdiff_t period)
{
    pyrt_fill_nan(way, pyrt_min(period, n));
    if (n <= period)
        return PYRT_UNSURE;
    double *room = pyrt_room(n, 1);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_steps(x, room, n);
    const int answer = pyrt_window_sum(room, way + 1, n - 1, period, 1.0);
    free(room);
    return answer;
}

/* Defines pyrt_NAME_part for one input and a period: RESULT of `change`, what x moved over the period, and `way`, how far
 * it went. Rounding may let the way be the shorter of both. */
#define PYRT_OF_WAYS(NAME, RESULT)                                                                                    \
    PYRT_CLONES_PLAIN static void pyrt_##NAME##_of(                                                                   \
        const double *restrict x, double *restrict y, ptrdiff_t n, ptrdiff_t period)                                  \
    {                                                                                                                 \
        for (ptrdiff_t t = period; t < n; t++) {                                                                      \
            const double change = x[t] - x[t - period], way = y[t];                                                   \
            y[t] = RESULT;                                                                                            \
        }                                                                                                             \
    }                                                                                                                 \
    static int pyrt_##NAME##_part(const pyrt_call *c)                                                                 \
    {                                                                                                                 \
        const int answer = pyrt_ways(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]);                                     \
        pyrt_##NAME##_of(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]);                                                 \
        return answer;                                                                                                \
    }

PYRT_OF_WAYS(er, way > fabs(change) ? fabs(change) / way : 1.0)
PYRT_OF_WAYS(cmou, way > fabs(change) ? 100.0 * (change / way) : change > 0.0 ? 100.0 : change < 0.0 ? -100.0 : 0.0)

/* All in one walk, where windows are short. */
PYRT_INLINE void pyrt_er_begin(const pyrt_call *c, pyrt_short *s) { pyrt_short_begin(s, (ptrdiff_t)c->p[0]); }

PYRT_INLINE v8 pyrt_er_step(const pyrt_call *c, pyrt_short *s, ptrdiff_t t, ptrdiff_t count)
{
    const v8 x = pyrt_take(c->x[0] + t, count), before = pyrt_take(c->x[0] + t - 1, count);
    const v8 change = v8_abs(x - pyrt_take_before(c->x[0], t, (ptrdiff_t)c->p[0], count));
    const v8 way = pyrt_short_next(s, v8_abs(x - before));
    const v8 straight = v8_where(way <= change, v8_all(1.0)), share = v8_where(way > change, change / way);
    pyrt_give(c->y[0] + t, straight + share, count);
    return (x + before) * 0.0;
}

PYRT_INLINE void pyrt_cmou_begin(const pyrt_call *c, pyrt_short *s) { pyrt_short_begin(s, (ptrdiff_t)c->p[0]); }

PYRT_INLINE v8 pyrt_cmou_step(const pyrt_call *c, pyrt_short *s, ptrdiff_t t, ptrdiff_t count)
{
    const v8 x = pyrt_take(c->x[0] + t, count), before = pyrt_take(c->x[0] + t - 1, count);
    const v8 change = x - pyrt_take_before(c->x[0], t, (ptrdiff_t)c->p[0], count), size = v8_abs(change);
    const v8 way = pyrt_short_next(s, v8_abs(x - before));
    const v8 sign = v8_where(change > 0.0, v8_all(100.0)) - v8_where(change < 0.0, v8_all(100.0));
    const v8 straight = v8_where(way <= size, sign), share = v8_where(way > size, 100.0 * (change / way));
    pyrt_give(c->y[0] + t, straight + share, count);
    return (x + before) * 0.0;
}

PYRT_WALK(er, 1, 1)
PYRT_WALK(cmou, 1, 1)

/* One of both, as a walk or in parts. */
static int pyrt_walk_of_ways(const pyrt_call *c, int (*wide)(const pyrt_call *), int (*part)(const pyrt_call *))
{
    if (pyrt_wide() && c->p[0] <= PYRT_SHORT && c->n > 1) {
        const int answer = wide(c);
        pyrt_fill_nan(c->y[0], pyrt_min((ptrdiff_t)c->p[0], c->n));
        return answer;
    }
    return pyrt_in_parts(c, part, 1, 1, (ptrdiff_t)c->p[0]);
}

static int pyrt_er_call(const pyrt_call *c) { return pyrt_walk_of_ways(c, pyrt_er_wide, pyrt_er_part); }

static int pyrt_cmou_call(const pyrt_call *c) { return pyrt_walk_of_ways(c, pyrt_cmou_wide, pyrt_cmou_part); }

/* What bars rose and fell from their open to their close. */
PYRT_CLONES_PLAIN static void pyrt_bodies(
    const double *restrict open, const double *restrict close, double *restrict up, double *restrict down, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double body = close[i] - open[i];
        up[i] = 0.5 * (body + fabs(body)); /* what is above 0, exactly, and a NaN stays one */
        down[i] = up[i] - body;
    }
}

/* `up` in percent of both, in place. */
PYRT_CLONES_PLAIN static void pyrt_share_or_half(double *restrict up, const double *restrict down, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double sum = up[i] + down[i];
        up[i] = sum > 0.0 ? 100.0 * (up[i] / sum) : 50.0;
    }
}

static int pyrt_imi_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], warmup = pyrt_min(period - 1, n);
    double *room = pyrt_room(n, 3), *down = room + n, *sums = room + 2 * n;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_bodies(c->x[0], c->x[1], room, down, n);
    const int answer = pyrt_window_sum(room, c->y[0], n, period, 1.0);
    pyrt_window_sum(down, sums, n, period, 1.0);
    pyrt_share_or_half(c->y[0] + warmup, sums + warmup, n - warmup);
    free(room);
    return answer;
}

PYRT_IN_PARTS(imi, 2, 1, (ptrdiff_t)c->p[0] - 1)

/* The range in the way, which is in y. */
PYRT_CLONES_PLAIN static void pyrt_reach_of_way(
    const double *restrict high, const double *restrict low, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = y[i] > 0.0 ? (high[i] - low[i]) / y[i] : 0.0;
}

static int pyrt_vhf_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    int answer = pyrt_ways(c->x[0], c->y[0], n, period);
    if (n <= period)
        return answer;
    double *room = pyrt_room(n, 2), *high = room, *low = room + n;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    answer = pyrt_both(answer, pyrt_highest(c->x[0], high, n, period));
    answer = pyrt_both(answer, pyrt_lowest(c->x[0], low, n, period));
    pyrt_reach_of_way(high + period, low + period, c->y[0] + period, n - period);
    free(room);
    return answer;
}

PYRT_IN_PARTS(vhf, 1, 1, (ptrdiff_t)c->p[0])

/* y[i] = |x[i + 1] - before[i]|: how far a row's high is from the low before it, say. */
PYRT_CLONES_PLAIN static void pyrt_crossings(
    const double *restrict x, const double *restrict before, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = fabs(x[i + 1] - before[i]);
}

/* Both as shares of a range, in place. */
PYRT_CLONES_PLAIN static void pyrt_shares_of_range(
    const double *restrict range, double *restrict plus, double *restrict minus, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double scale = range[i] > 0.0 ? 1.0 / range[i] : 0.0;
        plus[i] *= scale;
        minus[i] *= scale;
    }
}

static int pyrt_vortex_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], count = n - period;
    double *plus = c->y[0], *minus = c->y[1];
    pyrt_fill_nan(plus, pyrt_min(period, n));
    pyrt_fill_nan(minus, pyrt_min(period, n));
    if (count < 1)
        return PYRT_UNSURE;
    double *room = pyrt_room(n, 2), *range = room + n;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_true_ranges(c->x[0], c->x[1], c->x[2], room, n);
    pyrt_window_sum(room + 1, range, n - 1, period, 1.0);
    pyrt_crossings(c->x[0], c->x[1], room, n - 1);
    int answer = pyrt_window_sum(room, plus + 1, n - 1, period, 1.0);
    pyrt_crossings(c->x[1], c->x[0], room, n - 1);
    answer |= pyrt_window_sum(room, minus + 1, n - 1, period, 1.0);
    pyrt_shares_of_range(range + period - 1, plus + period, minus + period, count);
    free(room);
    return answer == PYRT_FINITE && !pyrt_all_finite(c->x[2], n) ? PYRT_UNSURE : answer; /* ranges may hide a close */
}

/* All in one walk, where windows are short. */
PYRT_INLINE void pyrt_vortex_begin(const pyrt_call *c, pyrt_short *s)
{
    for (int i = 0; i < 3; i++)
        pyrt_short_begin(&s[i], (ptrdiff_t)c->p[0]);
}

PYRT_INLINE v8 pyrt_vortex_step(const pyrt_call *c, pyrt_short *s, ptrdiff_t t, ptrdiff_t count)
{
    const double *high = c->x[0] + t, *low = c->x[1] + t, *close = c->x[2] + t;
    const v8 h = pyrt_take(high, count), l = pyrt_take(low, count), x = pyrt_take(close, count);
    const v8 h_before = pyrt_take(high - 1, count), l_before = pyrt_take(low - 1, count);
    const v8 before = pyrt_take(close - 1, count);
    const v8 range = pyrt_short_next(&s[0], pyrt_true_range(h, l, before)), scale = v8_where(range > 0.0, 1.0 / range);
    pyrt_give(c->y[0] + t, pyrt_short_next(&s[1], v8_abs(h - l_before)) * scale, count);
    pyrt_give(c->y[1] + t, pyrt_short_next(&s[2], v8_abs(l - h_before)) * scale, count);
    return ((h + l + x) + (h_before + l_before + before)) * 0.0;
}

PYRT_WALK(vortex, 3, 1)

static int pyrt_vortex_call(const pyrt_call *c)
{
    if (pyrt_wide() && c->p[0] <= PYRT_SHORT && c->n > 1) {
        const int answer = pyrt_vortex_wide(c);
        pyrt_fill_nan(c->y[0], pyrt_min((ptrdiff_t)c->p[0], c->n));
        pyrt_fill_nan(c->y[1], pyrt_min((ptrdiff_t)c->p[0], c->n));
        return answer;
    }
    return pyrt_in_parts(c, pyrt_vortex_part, 3, 2, (ptrdiff_t)c->p[0]);
}

#endif
