/* Oscillators: where a price stands in what its window has reached. */
#ifndef PYRT_OSCILLATORS_H
#define PYRT_OSCILLATORS_H

#include "momentum.h"
#include "ranges.h"

/* Room for arrays one behind the other, from a cache line's start on: where n is a multiple of 8, so does each. */
static inline double *pyrt_room(ptrdiff_t n, int arrays)
{
    return aligned_alloc(64, ((size_t)n * (size_t)arrays * sizeof(double) + 63) / 64 * 64);
}

/* What is a rounding error beside the numbers that it is the difference of. */
#define PYRT_TINY 1e-14

/* The place of x between two extremes in percent, 0 where they are equal; all begin at the first output. */
PYRT_CLONES_PLAIN static void pyrt_places(
    const double *restrict x, const double *restrict low, const double *restrict high, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double span = high[i] - low[i];
        y[i] = fabs(span) > PYRT_TINY * (fabs(high[i]) + fabs(low[i])) ? (x[i] - low[i]) / span * 100.0 : 0.0;
    }
}

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

/* The place of x between the lowest of `low` and the highest of `high`, in percent, into k; room for two arrays. */
static int pyrt_fast_k(
    const double *high, const double *low, const double *x, double *k, ptrdiff_t n, ptrdiff_t period, double *room)
{
    const ptrdiff_t warmup = pyrt_min(period - 1, n);
    int answer = pyrt_both(pyrt_highest(high, room, n, period), pyrt_lowest(low, room + n, n, period));
    pyrt_fill_nan(k, warmup);
    pyrt_places(x + warmup, room + n + warmup, room + warmup, k + warmup, n - warmup);
    return answer;
}

/* An average of x[from..n-1] into y, NaN before. */
static int pyrt_average_from(const double *x, double *y, ptrdiff_t n, ptrdiff_t from, ptrdiff_t period, int kind)
{
    from = pyrt_min(from, n);
    pyrt_fill_nan(y, from);
    return from < n ? pyrt_average(x + from, y + from, n - from, period, kind) : PYRT_UNSURE;
}

static int pyrt_stoch_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, k = (ptrdiff_t)c->p[0], slow = (ptrdiff_t)c->p[1], d = (ptrdiff_t)c->p[3];
    const int kind = (int)c->p[2], kind_d = (int)c->p[4];
    const ptrdiff_t second = k - 1 + pyrt_average_warmup(slow, kind), warmup = second + pyrt_average_warmup(d, kind_d);
    double *room = pyrt_room(n, 3);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    int answer = pyrt_fast_k(c->x[0], c->x[1], c->x[2], room + 2 * n, n, k, room);
    answer = pyrt_both(answer, pyrt_average_from(room + 2 * n, c->y[0], n, k - 1, slow, kind));
    answer = pyrt_both(answer, pyrt_average_from(c->y[0], c->y[1], n, second, d, kind_d));
    pyrt_fill_nan(c->y[0], pyrt_min(warmup, n));
    free(room);
    return pyrt_both(answer, PYRT_UNSURE);
}

static ptrdiff_t pyrt_stoch_warmup(const pyrt_call *c)
{
    const ptrdiff_t first = (ptrdiff_t)c->p[0] - 1 + pyrt_average_warmup((ptrdiff_t)c->p[1], (int)c->p[2]);
    return first + pyrt_average_warmup((ptrdiff_t)c->p[3], (int)c->p[4]);
}

static int pyrt_stoch_call(const pyrt_call *c)
{
    if (pyrt_forgets(c->p[2]) && pyrt_forgets(c->p[4]))
        return pyrt_in_parts(c, pyrt_stoch_part, 3, 2, pyrt_stoch_warmup(c));
    return pyrt_stoch_part(c);
}

static int pyrt_stochf(
    const double *high, const double *low, const double *x, double *fast, double *slow, ptrdiff_t n, const double *p)
{
    const ptrdiff_t k = (ptrdiff_t)p[0], d = (ptrdiff_t)p[1], warmup = k - 1 + pyrt_average_warmup(d, (int)p[2]);
    double *room = pyrt_room(n, 2);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    int answer = pyrt_fast_k(high, low, x, fast, n, k, room);
    answer = pyrt_both(answer, pyrt_average_from(fast, slow, n, k - 1, d, (int)p[2]));
    pyrt_fill_nan(fast, pyrt_min(warmup, n));
    free(room);
    return pyrt_both(answer, PYRT_UNSURE);
}

static int pyrt_stochf_part(const pyrt_call *c)
{
    return pyrt_stochf(c->x[0], c->x[1], c->x[2], c->y[0], c->y[1], c->n, c->p);
}

static int pyrt_stochf_call(const pyrt_call *c)
{
    const ptrdiff_t memory = (ptrdiff_t)c->p[0] - 1 + pyrt_average_warmup((ptrdiff_t)c->p[1], (int)c->p[2]);
    if (pyrt_forgets(c->p[2]))
        return pyrt_in_parts(c, pyrt_stochf_part, 3, 2, memory);
    return pyrt_stochf_part(c);
}

static int pyrt_stochrsi_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, from = pyrt_min((ptrdiff_t)c->p[0], n);
    double *room = pyrt_room(n, 1);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    int answer = pyrt_rsi(c->x[0], room, n, (ptrdiff_t)c->p[0]);
    pyrt_fill_nan(c->y[0], from);
    pyrt_fill_nan(c->y[1], from);
    const double *x = room + from;
    if (from < n)
        answer = pyrt_both(answer, pyrt_stochf(x, x, x, c->y[0] + from, c->y[1] + from, n - from, c->p + 1));
    free(room);
    return answer;
}

/* How long ago the extremes of the last `period` + 1 rows were. */
static int pyrt_aroon_of(const pyrt_call *c, double *down, double *up)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], warmup = pyrt_min(period, n);
    const double scale = 100.0 / (double)period;
    int64_t *high = malloc((size_t)n * 2 * sizeof *high), *low = high + n;
    if (high == NULL)
        return PYRT_NO_MEMORY;
    pyrt_last_highest_at(c->x[0], high, n, period + 1, 0);
    pyrt_last_lowest_at(c->x[1], low, n, period + 1, 0);
    pyrt_fill_nan(down, warmup);
    pyrt_fill_nan(up, warmup);
    for (ptrdiff_t t = warmup; t < n; t++) {
        down[t] = scale * (double)(period - (t - low[t]));
        up[t] = scale * (double)(period - (t - high[t]));
    }
    free(high);
    return PYRT_UNSURE;
}

static int pyrt_aroon_part(const pyrt_call *c) { return pyrt_aroon_of(c, c->y[0], c->y[1]); }

PYRT_IN_PARTS(aroon, 2, 2, (ptrdiff_t)c->p[0])

static int pyrt_aroonosc_part(const pyrt_call *c)
{
    double *room = pyrt_room(c->n, 1);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    int answer = pyrt_aroon_of(c, room, c->y[0]);
    for (ptrdiff_t t = 0; answer != PYRT_NO_MEMORY && t < c->n; t++)
        c->y[0][t] -= room[t];
    free(room);
    return answer;
}

PYRT_IN_PARTS(aroonosc, 2, 1, (ptrdiff_t)c->p[0])

PYRT_CLONES_PLAIN static void pyrt_typical(const pyrt_call *c, double *restrict y)
{
    const double *restrict high = c->x[0], *restrict low = c->x[1], *restrict close = c->x[2];
    for (ptrdiff_t i = 0; i < c->n; i++)
        y[i] = (high[i] + low[i] + close[i]) / 3.0;
}

PYRT_INLINE v8 pyrt_cci_at(v8 x, v8 mean, v8 total, double share)
{
    const v8 index = v8_where(total != 0.0, -mean / (0.015 * (total * share)));
    return v8_where(v8_abs(mean) > PYRT_TINY * (v8_abs(x) + v8_abs(x + mean)), index);
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

PYRT_IN_PARTS(mfi, 4, 1, (ptrdiff_t)c->p[0])

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
