/* Channels around prices, and what the ranges of bars tell. */
#ifndef PYRT_RANGING_H
#define PYRT_RANGING_H

#include "../ranges.h"
#include "../statistics.h"

enum { PYRT_SLICE = 4096 }; /* how many rows are summed up in place at a time */

/* Highs and lows moved away from each other by four times the range in proportion to the price. */
PYRT_CLONES_PLAIN static void pyrt_widened(
    const double *restrict high, const double *restrict low, double *restrict upper, double *restrict lower, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double sum = high[i] + low[i], width = fabs(sum) < 1e-14 ? 0.0 : 4.0 * (high[i] - low[i]) / sum;
        upper[i] = high[i] * (1.0 + width);
        lower[i] = low[i] * (1.0 - width);
    }
}

static int pyrt_accbands_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    const double share = 1.0 / c->p[0];
    double *room = malloc((size_t)n * 2 * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_widened(c->x[0], c->x[1], room, room + n, n);
    pyrt_window_sum(room, c->y[0], n, period, share);
    pyrt_window_sum(c->x[2], c->y[1], n, period, share);
    pyrt_window_sum(room + n, c->y[2], n, period, share);
    free(room);
    return PYRT_UNSURE;
}

PYRT_IN_PARTS(accbands, 3, 3, (ptrdiff_t)c->p[0] - 1)

/* An exponential average of typical prices, and lines some average true ranges above and below; both averages begin in
 * the row where both can. Prices are smoothed as distances from the first average, so that a constant stays what it is. */
PYRT_CLONES static int pyrt_kc_call(const pyrt_call *c)
{
    const double *high = c->x[0], *low = c->x[1], *close = c->x[2], far = c->p[2];
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], slow = (ptrdiff_t)c->p[1];
    const ptrdiff_t start = period - 1 > slow ? period - 1 : slow;
    for (int i = 0; i < 3; i++)
        pyrt_fill_nan(c->y[i], pyrt_min(start, n));
    if (n <= start)
        return PYRT_UNSURE;
    const double base = (high[start] + low[start] + close[start]) / 3.0;
    double distance = 0.0, range = 0.0;
    for (ptrdiff_t t = start - period + 1; t < start; t++)
        distance += (high[t] + low[t] + close[t]) / 3.0 - base;
    for (ptrdiff_t t = start - slow + 1; t <= start; t++)
        range += pyrt_true_range(v8_all(high[t]), v8_all(low[t]), v8_all(close[t - 1]))[0];
    distance /= (double)period, range /= (double)slow;
    v8_smoother middle = v8_smoother_start(2.0 / ((double)period + 1.0), 0.0);
    v8_smoother wide = v8_smoother_start(1.0 / (double)slow, range);
    const v8 anchor = v8_all(base + distance);
    c->y[0][start] = anchor[0] + far * range, c->y[1][start] = anchor[0], c->y[2][start] = anchor[0] - far * range;
    v8 check = pyrt_check(high, start + 1) + pyrt_check(low, start + 1) + pyrt_check(close, start + 1);
    ptrdiff_t t = start + 1;
    for (; t + 8 <= n; t += 8) {
        const v8 h = v8_load(high + t), l = v8_load(low + t), x = v8_load(close + t), before = v8_load(close + t - 1);
        const v8 m = anchor + v8_smooth(&middle, (h + l + x) / 3.0 - anchor);
        const v8 r = far * v8_smooth(&wide, pyrt_true_range(h, l, before));
        check += (h + l + x) * 0.0;
        v8_store(c->y[0] + t, m + r), v8_store(c->y[1] + t, m), v8_store(c->y[2] + t, m - r);
    }
    const ptrdiff_t left = n - t;
    const v8 h = v8_load_end(high + t, left), l = v8_load_end(low + t, left), x = v8_load_end(close + t, left);
    const v8 m = anchor + v8_smooth(&middle, (h + l + x) / 3.0 - anchor);
    const v8 r = far * v8_smooth(&wide, pyrt_true_range(h, l, v8_load_end(close + t - 1, left)));
    v8_store_end(c->y[0] + t, m + r, left), v8_store_end(c->y[1] + t, m, left), v8_store_end(c->y[2] + t, m - r, left);
    return pyrt_unsure(check + (h + l + x) * 0.0);
}

/* Bands some average true ranges from the middle of each bar, that only come closer while the trend lasts; the trend
 * turns when a close is beyond the band. The average is taken step by step: the direction must be the same everywhere,
 * and it depends on the last bit where a close meets a band. */
static int pyrt_supertrend_call(const pyrt_call *c)
{
    const double *high = c->x[0], *low = c->x[1], *close = c->x[2], far = c->p[1], gain = 1.0 / c->p[0];
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    double *y = c->y[0], range = 0.0, upper = INFINITY, lower = -INFINITY;
    int64_t *trend = pyrt_integers(c, 1), rising = 1;
    pyrt_fill_nan(y, pyrt_min(period, n));
    memset(trend, 0, (size_t)pyrt_min(period, n) * sizeof *trend);
    if (n <= period)
        return PYRT_UNSURE;
    double first = 0.0;
    for (ptrdiff_t t = 1; t <= period; t++) {
        const double wide = pyrt_true_range(v8_all(high[t]), v8_all(low[t]), v8_all(close[t - 1]))[0];
        first = t == 1 ? wide : first;
        range += wide - first;
    }
    range = first + range / (double)period;
    for (ptrdiff_t t = period; t < n; t++) {
        const double h = high[t], l = low[t], before = close[t - 1];
        if (t > period) {
            const double up = fabs(h - before), down = fabs(l - before), span = h - l;
            double wide = up > span ? up : span;
            wide = down > wide ? down : wide;
            range = range + (wide - range) * gain;
        }
        const double middle = (h + l) / 2.0, above = middle + far * range, below = middle - far * range;
        upper = (above < upper) | (before > upper) ? above : upper;
        lower = (below > lower) | (before < lower) ? below : lower;
        rising = t == period ? 1 : rising ? !(close[t] < lower) : close[t] > upper;
        y[t] = rising ? lower : upper;
        trend[t] = rising ? 1 : -1;
    }
    return PYRT_UNSURE;
}

/* A bar's close is the mean of its four prices, its open the middle of the bar before: an average of half of what came. */
PYRT_CLONES static int pyrt_ha_call(const pyrt_call *c)
{
    const double *open = c->x[0], *high = c->x[1], *low = c->x[2], *close = c->x[3];
    const ptrdiff_t n = c->n;
    v8_smoother s = v8_smoother_start(0.5, (open[0] + close[0]) / 2.0);
    const v8 zero = {0};
    v8 check = {0}, mean = s.last, begun = s.last;
    for (ptrdiff_t t = 0; t < n; t += 8) {
        const ptrdiff_t left = n - t;
        const int whole = left >= 8;
        const v8 o = whole ? v8_load(open + t) : v8_load_end(open + t, left);
        const v8 h = whole ? v8_load(high + t) : v8_load_end(high + t, left);
        const v8 l = whole ? v8_load(low + t) : v8_load_end(low + t, left);
        const v8 x = whole ? v8_load(close + t) : v8_load_end(close + t, left);
        const v8 now = (o + h + l + x) / 4.0;
        begun = v8_smooth(&s, PYRT_PICK(mean, now, 7, 8, 9, 10, 11, 12, 13, 14));
        mean = now;
        const v8 top = v8_max(h, v8_max(begun, now)), bottom = -v8_max(-l, v8_max(-begun, -now));
        check += (o + h + l + x) * 0.0;
        if (whole) {
            v8_store(c->y[0] + t, begun), v8_store(c->y[1] + t, top), v8_store(c->y[2] + t, bottom);
            v8_store(c->y[3] + t, now);
        } else {
            v8_store_end(c->y[0] + t, begun, left), v8_store_end(c->y[1] + t, top, left);
            v8_store_end(c->y[2] + t, bottom, left), v8_store_end(c->y[3] + t, now, left);
        }
    }
    return pyrt_unsure(check + zero);
}

/* The mean of the first `period` ranges. */
PYRT_INLINE double pyrt_first_range(const double *high, const double *low, ptrdiff_t period)
{
    const double first = high[0] - low[0];
    double distance = 0.0;
    for (ptrdiff_t t = 1; t < period; t++)
        distance += high[t] - low[t] - first;
    return first + distance / (double)period;
}

PYRT_CLONES_PLAIN static void pyrt_percent_since(double *y, ptrdiff_t from, ptrdiff_t n, ptrdiff_t lag)
{
    for (ptrdiff_t t = n - 1; t >= from; t--)
        y[t] = y[t - lag] != 0.0 ? (y[t] - y[t - lag]) / y[t - lag] * 100.0 : 0.0;
}

/* How much the average range grew, in percent. Ranges themselves are smoothed, not distances: what decays while bars have
 * none keeps its digits. */
PYRT_CLONES static int pyrt_cvi_call(const pyrt_call *c)
{
    const double *high = c->x[0], *low = c->x[1];
    double *y = c->y[0];
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], lag = (ptrdiff_t)c->p[1], warmup = period - 1 + lag;
    if (n <= warmup) {
        pyrt_fill_nan(y, n);
        return PYRT_UNSURE;
    }
    y[period - 1] = pyrt_first_range(high, low, period);
    v8_smoother s = v8_smoother_start(2.0 / ((double)period + 1.0), y[period - 1]);
    v8 check = pyrt_check(high, period) + pyrt_check(low, period);
    ptrdiff_t t = period;
    for (; t + 8 <= n; t += 8) {
        const v8 range = v8_load(high + t) - v8_load(low + t);
        check += range * 0.0;
        v8_store(y + t, v8_smooth(&s, range));
    }
    const v8 range = v8_load_end(high + t, n - t) - v8_load_end(low + t, n - t);
    v8_store_end(y + t, v8_smooth(&s, range), n - t);
    pyrt_percent_since(y, warmup, n, lag);
    pyrt_fill_nan(y, warmup);
    return pyrt_unsure(check + range * 0.0);
}

/* Sums of windows of y in its own place, slice by slice; the first period - 1 rows become NaN. */
static int pyrt_sum_in_place(double *y, ptrdiff_t n, ptrdiff_t period)
{
    const ptrdiff_t before = period - 1, slice = period > PYRT_SLICE ? 4 * period : PYRT_SLICE;
    const ptrdiff_t size = pyrt_min(slice, n);
    double *room = malloc((size_t)(2 * (size + before)) * sizeof *room), *sums = room + size + before;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    for (ptrdiff_t t = 0; t < n; t += slice) {
        const ptrdiff_t count = pyrt_min(slice, n - t), back = pyrt_min(before, t);
        memcpy(room + back, y + t, (size_t)count * sizeof *y);
        pyrt_window_sum(room, sums, back + count, period, 1.0);
        memcpy(y + t, sums + back, (size_t)count * sizeof *y);
        const ptrdiff_t kept = pyrt_min(before, back + count);
        memmove(room, room + back + count - kept, (size_t)kept * sizeof *room);
    }
    free(room);
    return PYRT_UNSURE;
}

/* An average range in its own average; 1 where that is 0. */
PYRT_INLINE v8 pyrt_bulge(v8 once, v8 twice)
{
    const v8 ratio = once / twice;
    return (v8)((v8i)v8_where(twice != 0.0, ratio) | (v8i)v8_where(twice == 0.0, v8_all(1.0)));
}

PYRT_CLONES static int pyrt_bulges(const double *high, const double *low, double *y, ptrdiff_t n, ptrdiff_t period)
{
    const double gain = 2.0 / ((double)period + 1.0);
    double once = pyrt_first_range(high, low, period), sum = 0.0;
    const double first = once;
    ptrdiff_t t = period;
    for (; t < 2 * period - 1; t++) {
        once += (high[t] - low[t] - once) * gain;
        sum += once - first;
    }
    const double twice = first + sum / (double)period;
    v8_smoother a = v8_smoother_start(gain, once), b = v8_smoother_start(gain, twice);
    v8 check = pyrt_check(high, t) + pyrt_check(low, t);
    y[t - 1] = pyrt_bulge(v8_all(once), v8_all(twice))[0];
    for (; t + 8 <= n; t += 8) {
        const v8 range = v8_load(high + t) - v8_load(low + t), e = v8_smooth(&a, range);
        check += range * 0.0;
        v8_store(y + t, pyrt_bulge(e, v8_smooth(&b, e)));
    }
    const v8 range = v8_load_end(high + t, n - t) - v8_load_end(low + t, n - t), e = v8_smooth(&a, range);
    v8_store_end(y + t, pyrt_bulge(e, v8_smooth(&b, e)), n - t);
    return pyrt_unsure(check + range * 0.0);
}

static int pyrt_massi_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], from = 2 * (period - 1);
    pyrt_fill_nan(c->y[0], pyrt_min(from, n));
    if (n <= from)
        return PYRT_UNSURE;
    const int answer = pyrt_bulges(c->x[0], c->x[1], c->y[0], n, period);
    return pyrt_sum_in_place(c->y[0] + from, n - from, (ptrdiff_t)c->p[1]) < 0 ? PYRT_NO_MEMORY : answer;
}

/* The share of deviations in rising rows; 50 where there are none. */
PYRT_INLINE v8 pyrt_rising_share(v8 up, v8 down)
{
    const v8 sum = up + down, share = 100.0 * (up / sum);
    return (v8)((v8i)v8_where(sum != 0.0, share) | (v8i)v8_where(sum == 0.0, v8_all(50.0)));
}

/* y holds the deviation of each window, from row `from` on. */
PYRT_CLONES static void pyrt_rvi_of(const double *x, double *y, ptrdiff_t n, ptrdiff_t from, ptrdiff_t period)
{
    double rise = 0.0, fall = 0.0;
    ptrdiff_t t = from;
    for (; t < from + period; t++) {
        rise += x[t] > x[t - 1] ? y[t] : 0.0;
        fall += x[t] < x[t - 1] ? y[t] : 0.0;
    }
    rise /= (double)period, fall /= (double)period;
    y[t - 1] = pyrt_rising_share(v8_all(rise), v8_all(fall))[0];
    v8_smoother up = v8_smoother_start(1.0 / (double)period, rise);
    v8_smoother down = v8_smoother_start(1.0 / (double)period, fall);
    for (; t + 8 <= n; t += 8) {
        const v8 value = v8_load(x + t), before = v8_load(x + t - 1), wide = v8_load(y + t);
        const v8 a = v8_where(value > before, wide), b = v8_where(value < before, wide);
        v8_store(y + t, pyrt_rising_share(v8_smooth(&up, a), v8_smooth(&down, b)));
    }
    const v8 value = v8_load_end(x + t, n - t), before = v8_load_end(x + t - 1, n - t), wide = v8_load_end(y + t, n - t);
    const v8 a = v8_where(value > before, wide), b = v8_where(value < before, wide);
    v8_store_end(y + t, pyrt_rising_share(v8_smooth(&up, a), v8_smooth(&down, b)), n - t);
}

static int pyrt_rvi_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], from = (ptrdiff_t)c->p[1] - 1, warmup = from + period - 1;
    const pyrt_call deviation = {{c->x[0]}, {c->y[0]}, {c->p[1], 1.0}, n, 0};
    const int answer = pyrt_stddev_call(&deviation);
    if (n > warmup)
        pyrt_rvi_of(c->x[0], c->y[0], n, from, period);
    pyrt_fill_nan(c->y[0], pyrt_min(warmup, n));
    return answer;
}

#endif
