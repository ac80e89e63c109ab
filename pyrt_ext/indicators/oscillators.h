/* Oscillators: where a price stands in what its window has reached. */
#ifndef PYRT_OSCILLATORS_H
#define PYRT_OSCILLATORS_H

#include "aroon.h"
#include "stochastics.h"

PYRT_CLONES_PLAIN static void pyrt_below(
    const double *restrict x, const double *restrict low, const double *restrict high, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double span = high[i] - low[i];
        const double place = span != 0.0 ? (high[i] - x[i]) / span * -100.0 : 0.0;
        y[i] = place > 0.0 ? 0.0 : place < -100.0 ? -100.0 : place;
    }
}

static int pyrt_willr_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], warmup = pyrt_min(period - 1, n);
    double *room = pyrt_room(n, 2);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    int answer = pyrt_both(pyrt_highest(c->x[0], room, n, period), pyrt_lowest(c->x[1], room + n, n, period));
    pyrt_fill_nan(c->y[0], warmup);
    pyrt_below(c->x[2] + warmup, room + n + warmup, room + warmup, c->y[0] + warmup, n - warmup);
    free(room);
    return pyrt_both(answer, PYRT_UNSURE);
}

/* The same of vectors. */
PYRT_WIDE_INLINE v8 pyrt_below_at(v8 x, v8 low, v8 high)
{
    const v8 span = high - low, place = v8_where(span != 0.0, (high - x) / span * -100.0);
    return V8_MAX(v8_all(-100.0), V8_MIN(v8_all(0.0), place));
}

PYRT_BETWEEN(willr, 0, 1, 2, pyrt_below_at(x, bottom, top))

static int pyrt_willr_call(const pyrt_call *c)
{
    return pyrt_briefly(c) ? pyrt_willr_wide(c) : pyrt_in_parts(c, pyrt_willr_part, 3, 1, (ptrdiff_t)c->p[0] - 1);
}

PYRT_CLONES_PLAIN static void pyrt_typical(const pyrt_call *c, double *restrict y)
{
    const double *restrict high = c->x[0], *restrict low = c->x[1], *restrict close = c->x[2];
    for (ptrdiff_t i = 0; i < c->n; i++)
        y[i] = (high[i] + low[i] + close[i]) / 3.0;
}

PYRT_INLINE v8 pyrt_cci_at(v8 x, v8 mean, v8 total, double share)
{
    const v8 index = v8_where(v8_negative(0.0 - total), -mean / (0.015 * (total * share)));
    return v8_where(v8_negative(PYRT_TINY * (v8_abs(x) + v8_abs(x + mean)) - v8_abs(mean)), index);
}

/* The distance from the window's mean in its mean distances. */
PYRT_CLONES static void pyrt_cci_of(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    const double share = 1.0 / (double)period;
    ptrdiff_t t = period - 1;
    for (; t + 8 <= n; t += 8) {
        const v8 anchor = v8_load(x + t);
        v8 sum = {0};
        for (ptrdiff_t k = 1; k < period; k++)
            sum += v8_load(x + t - k) - anchor;
        const v8 mean = sum * share;
        v8 total = v8_abs(mean);
        for (ptrdiff_t k = 1; k < period; k++)
            total += v8_abs((v8_load(x + t - k) - anchor) - mean);
        v8_store(y + t, pyrt_cci_at(anchor, mean, total, share));
    }
    for (; t < n; t++) {
        double sum = 0.0;
        for (ptrdiff_t k = 1; k < period; k++)
            sum += x[t - k] - x[t];
        const double mean = sum * share;
        double total = fabs(mean);
        for (ptrdiff_t k = 1; k < period; k++)
            total += fabs((x[t - k] - x[t]) - mean);
        y[t] = pyrt_cci_at(v8_all(x[t]), v8_all(mean), v8_all(total), share)[0];
    }
}

static int pyrt_cci_part(const pyrt_call *c)
{
    double *room = pyrt_room(c->n, 1);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_typical(c, room);
    pyrt_fill_nan(c->y[0], pyrt_min((ptrdiff_t)c->p[0] - 1, c->n));
    pyrt_cci_of(room, c->y[0], c->n, (ptrdiff_t)c->p[0]);
    free(room);
    return PYRT_UNSURE;
}

PYRT_IN_PARTS(cci, 3, 1, (ptrdiff_t)c->p[0] - 1)

/* Money that went in and out with the typical price. */
PYRT_CLONES_PLAIN static void pyrt_flows(
    const double *restrict price, const double *restrict volume, double *restrict in, double *restrict out, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i + 1 < n; i++) {
        const double flow = price[i + 1] * volume[i + 1], change = price[i + 1] - price[i];
        const int moved = fabs(change) > PYRT_TINY * (fabs(price[i + 1]) + fabs(price[i]));
        in[i] = moved && change > 0.0 ? flow : 0.0;
        out[i] = moved && change < 0.0 ? flow : 0.0;
    }
}

PYRT_CLONES_PLAIN static void pyrt_share_of(const double *restrict in, const double *restrict out, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double sum = in[i] + out[i], some = in[i] > 0.0 ? in[i] : 0.0, share = some < sum ? some : sum;
        y[i] = sum > 0.0 ? 100.0 * (share / sum) : 0.0;
    }
}

static int pyrt_mfi_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], warmup = pyrt_min(period, n);
    pyrt_fill_nan(c->y[0], warmup);
    if (n <= period)
        return PYRT_UNSURE;
    double *room = pyrt_room(n, 5);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    double *in = room + n, *out = room + 2 * n, *sum_in = room + 3 * n, *sum_out = room + 4 * n;
    pyrt_typical(c, room);
    pyrt_flows(room, c->x[3], in, out, n);
    pyrt_window_sum(in, sum_in, n - 1, period, 1.0);
    pyrt_window_sum(out, sum_out, n - 1, period, 1.0);
    pyrt_share_of(sum_in + period - 1, sum_out + period - 1, c->y[0] + period, n - period);
    free(room);
    return PYRT_UNSURE;
}

/* In one walk, where the window is short. */
PYRT_INLINE void pyrt_mfi_begin(const pyrt_call *c, pyrt_short *s)
{
    pyrt_short_begin(&s[0], (ptrdiff_t)c->p[0]);
    pyrt_short_begin(&s[1], (ptrdiff_t)c->p[0]);
}

PYRT_INLINE v8 pyrt_mfi_step(const pyrt_call *c, pyrt_short *s, ptrdiff_t t, ptrdiff_t count)
{
    const v8 high = pyrt_take(c->x[0] + t, count), low = pyrt_take(c->x[1] + t, count);
    const v8 close = pyrt_take(c->x[2] + t, count), volume = pyrt_take(c->x[3] + t, count);
    const v8 price = (high + low + close) / 3.0;
    const v8 before = (pyrt_take(c->x[0] + t - 1, count) + pyrt_take(c->x[1] + t - 1, count)
        + pyrt_take(c->x[2] + t - 1, count)) / 3.0;
    const v8 flow = price * volume, change = price - before;
    const v8 moved = v8_where(v8_negative(PYRT_TINY * (v8_abs(price) + v8_abs(before)) - v8_abs(change)), flow);
    const v8 in = pyrt_short_next(&s[0], v8_where(v8_negative(-change), moved));
    const v8 out = pyrt_short_next(&s[1], v8_where(v8_negative(change), moved));
    const v8 sum = in + out, some = v8_where(v8_negative(0.0 - in), in), share = v8_least(some, sum);
    pyrt_give(c->y[0] + t, v8_where(v8_negative(0.0 - sum), 100.0 * (share / sum)), count);
    return (high + low + close + volume) * 0.0;
}

PYRT_WALK(mfi, 2, 1)

static int pyrt_mfi_call(const pyrt_call *c)
{
    if (!pyrt_wide() || c->p[0] > PYRT_SHORT || c->n < 2)
        return pyrt_in_parts(c, pyrt_mfi_part, 4, 1, (ptrdiff_t)c->p[0]);
    const int answer = pyrt_mfi_wide(c);
    pyrt_fill_nan(c->y[0], pyrt_min((ptrdiff_t)c->p[0], c->n));
    const double first = c->x[0][0] + c->x[1][0] + c->x[2][0] + c->x[3][0];
    return answer == PYRT_FINITE && !isfinite(first) ? PYRT_UNSURE : answer;
}

/* Buying pressure and true range of each row from the second on. */
PYRT_CLONES_PLAIN static void pyrt_pressures(const pyrt_call *c, double *restrict pressure, double *restrict range)
{
    const double *restrict high = c->x[0], *restrict low = c->x[1], *restrict close = c->x[2];
    for (ptrdiff_t i = 0; i + 1 < c->n; i++) {
        const double before = close[i], floor = low[i + 1] < before ? low[i + 1] : before;
        const double span = high[i + 1] - low[i + 1], up = fabs(before - high[i + 1]), down = fabs(before - low[i + 1]);
        const double wide = up > span ? up : span;
        pressure[i] = close[i + 1] - floor;
        range[i] = down > wide ? down : wide;
    }
}

PYRT_CLONES_PLAIN static void pyrt_add_ratio(
    const double *restrict a, const double *restrict b, double *restrict y, ptrdiff_t n, double weight)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] += b[i] != 0.0 ? weight * (a[i] / b[i]) : 0.0;
}

/* The three lengths, the shortest first, whatever the order they came in. */
static inline void pyrt_ordered(const pyrt_call *c, double *p)
{
    const double a = c->p[0], b = c->p[1], d = c->p[2];
    p[0] = fmin(fmin(a, b), d), p[2] = fmax(fmax(a, b), d), p[1] = a + b + d - p[0] - p[2];
}

static int pyrt_ultosc_part(const pyrt_call *c)
{
    double p[3];
    pyrt_ordered(c, p);
    const ptrdiff_t n = c->n, warmup = pyrt_min((ptrdiff_t)p[2], n), count = n - warmup;
    pyrt_fill_nan(c->y[0], warmup);
    if (count < 1)
        return PYRT_UNSURE;
    double *room = pyrt_room(n, 4);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    double *pressure = room, *range = room + n, *a = room + 2 * n, *b = room + 3 * n;
    pyrt_pressures(c, pressure, range);
    memset(c->y[0] + warmup, 0, (size_t)count * sizeof(double));
    for (int i = 0; i < 3; i++) {
        pyrt_window_sum(pressure, a, n - 1, (ptrdiff_t)p[i], 1.0);
        pyrt_window_sum(range, b, n - 1, (ptrdiff_t)p[i], 1.0);
        pyrt_add_ratio(a + warmup - 1, b + warmup - 1, c->y[0] + warmup, count, (i == 0 ? 4.0 : i == 1 ? 2.0 : 1.0) / 7.0 * 100.0);
    }
    free(room);
    return PYRT_UNSURE;
}

/* All in one walk, where windows are short. */
PYRT_INLINE void pyrt_ultosc_begin(const pyrt_call *c, pyrt_short *s)
{
    double p[3];
    pyrt_ordered(c, p);
    for (int i = 0; i < 6; i++)
        pyrt_short_begin(&s[i], (ptrdiff_t)p[i / 2]);
}

PYRT_INLINE v8 pyrt_ultosc_step(const pyrt_call *c, pyrt_short *s, ptrdiff_t t, ptrdiff_t count)
{
    static const double weights[3] = {4.0 / 7.0 * 100.0, 2.0 / 7.0 * 100.0, 1.0 / 7.0 * 100.0};
    const v8 high = pyrt_take(c->x[0] + t, count), low = pyrt_take(c->x[1] + t, count);
    const v8 close = pyrt_take(c->x[2] + t, count), before = pyrt_take(c->x[2] + t - 1, count);
    const v8 pressure = close - v8_min(low, before);
    const v8 range = v8_max(v8_abs(before - low), v8_max(v8_abs(before - high), high - low));
    v8 y = {0};
    for (int i = 0; i < 3; i++) {
        const v8 a = pyrt_short_next(&s[2 * i], pressure), b = pyrt_short_next(&s[2 * i + 1], range);
        y += v8_where(b != 0.0, weights[i] * (a / b));
    }
    pyrt_give(c->y[0] + t, y, count);
    return (high + low + close + before) * 0.0;
}

PYRT_WALK(ultosc, 6, 1)

static int pyrt_ultosc_call(const pyrt_call *c)
{
    const double longest = fmax(fmax(c->p[0], c->p[1]), c->p[2]);
    if (pyrt_wide() && longest <= PYRT_SHORT && c->n > 1) {
        const int answer = pyrt_ultosc_wide(c);
        pyrt_fill_nan(c->y[0], pyrt_min((ptrdiff_t)longest, c->n));
        return answer == PYRT_FINITE && !isfinite(c->x[0][0] + c->x[1][0]) ? PYRT_UNSURE : answer;
    }
    return pyrt_in_parts(c, pyrt_ultosc_part, 3, 1, (ptrdiff_t)longest);
}

PYRT_CLONES_PLAIN static void pyrt_halfway(const double *restrict a, const double *restrict b, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = (a[i] + b[i]) / 2.0;
}

static int pyrt_middle(const double *high, const double *low, double *y, ptrdiff_t n, ptrdiff_t period)
{
    const ptrdiff_t warmup = pyrt_min(period - 1, n);
    double *room = pyrt_room(n, 2);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    int answer = pyrt_both(pyrt_highest(high, room, n, period), pyrt_lowest(low, room + n, n, period));
    pyrt_fill_nan(y, warmup);
    pyrt_halfway(room + warmup, room + n + warmup, y + warmup, n - warmup);
    free(room);
    return answer;
}

static int pyrt_midpoint_part(const pyrt_call *c)
{
    return pyrt_middle(c->x[0], c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]);
}

PYRT_BETWEEN(midpoint, 0, 0, 0, (top + bottom) / 2.0)

static int pyrt_midpoint_call(const pyrt_call *c)
{
    return pyrt_briefly(c) ? pyrt_midpoint_wide(c) : pyrt_in_parts(c, pyrt_midpoint_part, 1, 1, (ptrdiff_t)c->p[0] - 1);
}

static int pyrt_midprice_part(const pyrt_call *c)
{
    return pyrt_middle(c->x[0], c->x[1], c->y[0], c->n, (ptrdiff_t)c->p[0]);
}

PYRT_BETWEEN(midprice, 0, 1, 0, (top + bottom) / 2.0)

static int pyrt_midprice_call(const pyrt_call *c)
{
    return pyrt_briefly(c) ? pyrt_midprice_wide(c) : pyrt_in_parts(c, pyrt_midprice_part, 2, 1, (ptrdiff_t)c->p[0] - 1);
}

static int pyrt_donchian_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], warmup = pyrt_min(period - 1, n);
    int answer = pyrt_both(pyrt_highest(c->x[0], c->y[0], n, period), pyrt_lowest(c->x[1], c->y[2], n, period));
    pyrt_fill_nan(c->y[1], warmup);
    pyrt_halfway(c->y[0] + warmup, c->y[2] + warmup, c->y[1] + warmup, n - warmup);
    return answer;
}

PYRT_IN_PARTS(donchian, 2, 3, (ptrdiff_t)c->p[0] - 1)

#endif
