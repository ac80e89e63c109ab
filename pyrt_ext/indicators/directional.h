/* Wilder's directional movement. */
#ifndef PYRT_DIRECTIONAL_H
#define PYRT_DIRECTIONAL_H

#include "ranges.h"

#define PYRT_NOTHING 1e-16 /* TA-Lib's 1e-14 of percents: movement that is no movement beside the range */

/* Movement up and down of each row beyond the one before, and its true range. */
typedef struct {
    v8 up, down, range;
} pyrt_moves;

PYRT_INLINE pyrt_moves pyrt_moves_of(v8 high, v8 low, v8 high_before, v8 low_before, v8 close_before)
{
    const v8 rise = high - high_before, fall = low_before - low;
    const v8 up = 0.5 * (rise + v8_abs(rise)), down = 0.5 * (fall + v8_abs(fall)); /* what is above 0, exactly */
    return (pyrt_moves){v8_where(v8_negative(down - up), up), v8_where(v8_negative(up - down), down),
                        pyrt_true_range(high, low, close_before)};
}

PYRT_INLINE pyrt_moves pyrt_moves_at(const double *const *x, ptrdiff_t t, ptrdiff_t count)
{
    if (count >= 8)
        return pyrt_moves_of(v8_load(x[0] + t), v8_load(x[1] + t), v8_load(x[0] + t - 1), v8_load(x[1] + t - 1),
                             v8_load(x[2] + t - 1));
    return pyrt_moves_of(v8_load_end(x[0] + t, count), v8_load_end(x[1] + t, count), v8_load_end(x[0] + t - 1, count),
                         v8_load_end(x[1] + t - 1, count), v8_load_end(x[2] + t - 1, count));
}

/* An output of smoothed moves, as averages or, times n, as sums. */
#define PYRT_PLUS_DM (m.up * n)
#define PYRT_MINUS_DM (m.down * n)
#define PYRT_PLUS_DI v8_where(v8_negative(0.0 - m.range), 100.0 * (m.up / m.range))
#define PYRT_MINUS_DI v8_where(v8_negative(0.0 - m.range), 100.0 * (m.down / m.range))

PYRT_INLINE v8 pyrt_index_of(pyrt_moves m)
{
    const v8 sum = m.up + m.down;
    /* Both sides times the range: without one there is no index. */
    const v8i some = v8_negative(PYRT_NOTHING * m.range * m.range - sum * m.range);
    return v8_where(some, 100.0 * (v8_abs(m.up - m.down) / sum));
}

/* Defines int NAME(x, y, n, period): y[t] = RESULT of moves m that are averaged from row 1 on: sums of the first
 * period - 1 of them as though they were period, then smoothed by 1 / period. Output starts at row period - 1 + LATER. */
#define PYRT_DIRECTIONAL(NAME, LATER, RESULT)                                                                         \
    PYRT_INLINE v8 NAME##_of(pyrt_moves m, double n) { (void)n; return RESULT; }                                      \
    PYRT_CLONES static int NAME(const double *const *x, double *y, ptrdiff_t n, ptrdiff_t period)                     \
    {                                                                                                                 \
        const ptrdiff_t warmup = period > 1 ? period - 1 + LATER : 1;                                                 \
        pyrt_fill_nan(y, pyrt_min(warmup, n));                                                                        \
        if (n <= warmup)                                                                                              \
            return PYRT_UNSURE;                                                                                       \
        double up = 0.0, down = 0.0, range = 0.0;                                                                     \
        for (ptrdiff_t t = 1; t < period; t++) {                                                                      \
            const pyrt_moves m = pyrt_moves_at(x, t, 1);                                                              \
            up += m.up[0], down += m.down[0], range += m.range[0];                                                    \
        }                                                                                                             \
        const double share = 1.0 / (double)period;                                                                    \
        const pyrt_moves first = {v8_all(up * share), v8_all(down * share), v8_all(range * share)};                   \
        if (LATER == 0 && period > 1)                                                                                 \
            y[period - 1] = NAME##_of(first, (double)period)[0];                                                      \
        v8_smoother a = v8_smoother_start(share, up * share), b = v8_smoother_start(share, down * share);             \
        v8_smoother c = v8_smoother_start(share, range * share);                                                      \
        const double *const in[3] = {x[0], x[1], x[2]};                                                               \
        ptrdiff_t t = period > 1 ? period : 1;                                                                        \
        v8 check = pyrt_check(x[0], t) + pyrt_check(x[1], t) + pyrt_check(x[2], t);                                   \
        for (; t + 8 <= n; t += 8) {                                                                                  \
            pyrt_moves m = pyrt_moves_at(in, t, 8);                                                                   \
            check += (v8_load(in[0] + t) + v8_load(in[1] + t) + v8_load(in[2] + t)) * 0.0;                            \
            m.up = v8_smooth(&a, m.up), m.down = v8_smooth(&b, m.down), m.range = v8_smooth(&c, m.range);             \
            v8_store(y + t, NAME##_of(m, (double)period));                                                            \
        }                                                                                                             \
        if (t < n) {                                                                                                  \
            pyrt_moves m = pyrt_moves_at(in, t, n - t);                                                               \
            check += pyrt_check(in[0] + t, n - t) + pyrt_check(in[1] + t, n - t) + pyrt_check(in[2] + t, n - t);      \
            m.up = v8_smooth(&a, m.up), m.down = v8_smooth(&b, m.down), m.range = v8_smooth(&c, m.range);             \
            v8_store_end(y + t, NAME##_of(m, (double)period), n - t);                                                 \
        }                                                                                                             \
        return pyrt_unsure(check);                                                                                    \
    }

PYRT_DIRECTIONAL(pyrt_plus_dm, 0, PYRT_PLUS_DM)
PYRT_DIRECTIONAL(pyrt_minus_dm, 0, PYRT_MINUS_DM)
PYRT_DIRECTIONAL(pyrt_plus_di, 1, PYRT_PLUS_DI)
PYRT_DIRECTIONAL(pyrt_minus_di, 1, PYRT_MINUS_DI)
PYRT_DIRECTIONAL(pyrt_dx, 1, pyrt_index_of(m))

static int pyrt_plus_dm_call(const pyrt_call *c)
{
    const double *const x[3] = {c->x[0], c->x[1], c->x[0]};
    return pyrt_plus_dm(x, c->y[0], c->n, (ptrdiff_t)c->p[0]);
}

static int pyrt_minus_dm_call(const pyrt_call *c)
{
    const double *const x[3] = {c->x[0], c->x[1], c->x[0]};
    return pyrt_minus_dm(x, c->y[0], c->n, (ptrdiff_t)c->p[0]);
}

static int pyrt_plus_di_call(const pyrt_call *c) { return pyrt_plus_di(c->x, c->y[0], c->n, (ptrdiff_t)c->p[0]); }

static int pyrt_minus_di_call(const pyrt_call *c) { return pyrt_minus_di(c->x, c->y[0], c->n, (ptrdiff_t)c->p[0]); }

static int pyrt_dx_call(const pyrt_call *c) { return pyrt_dx(c->x, c->y[0], c->n, (ptrdiff_t)c->p[0]); }

static int pyrt_adx_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], from = pyrt_min(period, n);
    double *room = malloc((size_t)n * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    const int answer = pyrt_dx(c->x, room, n, period);
    pyrt_fill_nan(c->y[0], from);
    if (from < n)
        pyrt_ema(room + from, c->y[0] + from, n - from, period, 1.0 / (double)period);
    free(room);
    return answer;
}

/* The mean of the average index and that of period - 1 rows before; from the end, in place. */
static int pyrt_adxr_call(const pyrt_call *c)
{
    const ptrdiff_t period = (ptrdiff_t)c->p[0], warmup = pyrt_min(3 * period - 2, c->n);
    const int answer = pyrt_adx_call(c);
    for (ptrdiff_t t = c->n - 1; t >= warmup; t--)
        c->y[0][t] = (c->y[0][t] + c->y[0][t - (period - 1)]) / 2.0;
    pyrt_fill_nan(c->y[0], warmup);
    return answer;
}

#endif
