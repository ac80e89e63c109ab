/* Channels around prices, and what the ranges of bars tell. */
#ifndef PYRT_RANGING_H
#define PYRT_RANGING_H

#include "../ranges.h"
#include "../statistics.h"

enum { PYRT_SLICE = 4096 }; /* how many rows are made before they are looked back at, a multiple of 8 */

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
    double *y = c->y[0], range = 0.0;
    int64_t *trend = pyrt_integers(c, 1);
    pyrt_fill_nan(y, pyrt_min(period, n));
    memset(trend, 0, (size_t)pyrt_min(period, n) * sizeof *trend);
    if (n <= period)
        return PYRT_UNSURE;
    const double first = pyrt_true_range(v8_all(high[1]), v8_all(low[1]), v8_all(close[0]))[0];
    for (ptrdiff_t t = 2; t <= period; t++)
        range += pyrt_true_range(v8_all(high[t]), v8_all(low[t]), v8_all(close[t - 1]))[0] - first;
    range = first + range / (double)period;
    double upper = (high[period] + low[period]) / 2.0 + far * range;
    double lower = (high[period] + low[period]) / 2.0 - far * range;
    int rising = 1;
    y[period] = lower, trend[period] = 1;
    for (ptrdiff_t t = period + 1; t < n; t++) {
        const double h = high[t], l = low[t], before = close[t - 1], up = fabs(h - before), down = fabs(l - before);
        const double most = up > down ? up : down, wide = most > h - l ? most : h - l;
        range = range + (wide - range) * gain;
        const double middle = (h + l) / 2.0, above = middle + far * range, below = middle - far * range;
        if (before > upper) /* seldom: what follows is no jump */
            upper = above;
        upper = above < upper ? above : upper;
        if (before < lower)
            lower = below;
        lower = below > lower ? below : lower;
        if (rising)
            rising = !(close[t] < lower);
        else
            rising = close[t] > upper;
        y[t] = rising ? lower : upper;
        trend[t] = rising ? 1 : -1;
    }
    return PYRT_UNSURE;
}

/* What a candle of averages needs of the one before. */
typedef struct {
    v8_smoother open;
    v8 mean, check;
} pyrt_heikin;

/* Four prices become those of candles: open, high, low, close. */
PYRT_INLINE void pyrt_averaged(pyrt_heikin *s, v8 *o, v8 *h, v8 *l, v8 *x)
{
    const v8 mean = (*o + *h + *l + *x) / 4.0;
    const v8 begun = v8_smooth(&s->open, PYRT_PICK(s->mean, mean, 7, 8, 9, 10, 11, 12, 13, 14));
    s->mean = mean;
    s->check += mean * 0.0;
    *o = begun, *x = mean;
    *h = v8_max(*h, v8_max(begun, mean));
    *l = -v8_max(-*l, v8_max(-begun, -mean));
}

/* A bar's close is the mean of its four prices, its open the middle of the bar before: an average of half of what came. */
PYRT_CLONES static int pyrt_ha_call(const pyrt_call *c)
{
    const double *open = c->x[0], *high = c->x[1], *low = c->x[2], *close = c->x[3];
    double *y0 = c->y[0], *y1 = c->y[1], *y2 = c->y[2], *y3 = c->y[3];
    const ptrdiff_t n = c->n;
    pyrt_heikin s = {v8_smoother_start(0.5, (open[0] + close[0]) / 2.0), {0}, {0}};
    s.mean = s.open.last;
    const int passes = n >= PYRT_BEYOND && (((uintptr_t)y0 | (uintptr_t)y1 | (uintptr_t)y2 | (uintptr_t)y3) & 15) == 0;
    ptrdiff_t t = 0;
    for (; t + 8 <= n; t += 8) {
        v8 o = v8_load(open + t), h = v8_load(high + t), l = v8_load(low + t), x = v8_load(close + t);
        pyrt_averaged(&s, &o, &h, &l, &x);
        if (passes)
            v8_pass(y0 + t, o), v8_pass(y1 + t, h), v8_pass(y2 + t, l), v8_pass(y3 + t, x);
        else
            v8_store(y0 + t, o), v8_store(y1 + t, h), v8_store(y2 + t, l), v8_store(y3 + t, x);
    }
    pyrt_passed();
    const ptrdiff_t left = n - t;
    v8 o = v8_load_end(open + t, left), h = v8_load_end(high + t, left), l = v8_load_end(low + t, left);
    v8 x = v8_load_end(close + t, left);
    pyrt_averaged(&s, &o, &h, &l, &x);
    v8_store_end(y0 + t, o, left), v8_store_end(y1 + t, h, left), v8_store_end(y2 + t, l, left);
    v8_store_end(y3 + t, x, left);
    return pyrt_unsure(s.check);
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

/* Rows of an average of ranges, made slice by slice behind as many rows before them as are needed again. Ranges
 * themselves are smoothed, not distances: what decays while bars have none keeps its digits. */
typedef struct {
    const double *high, *low;
    ptrdiff_t n, t, slice; /* t: the next row; slice: how many come at a time */
    double *rows, *kept;   /* kept: room for as many as stay */
    v8_smoother once, twice;
    v8 check;
} pyrt_ranged;

static int pyrt_ranged_open(pyrt_ranged *r, const pyrt_call *c, ptrdiff_t back)
{
    r->high = c->x[0], r->low = c->x[1], r->n = c->n;
    r->slice = back > PYRT_SLICE ? (back + 7) / 8 * 8 : PYRT_SLICE;
    r->rows = malloc((size_t)(2 * back + r->slice) * sizeof *r->rows);
    r->kept = r->rows + back + r->slice;
    return r->rows != NULL;
}

PYRT_CLONES_PLAIN static void pyrt_percent_since(
    const double *restrict before, const double *restrict now, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = before[i] != 0.0 ? (now[i] - before[i]) / before[i] * 100.0 : 0.0;
}

/* The next averages into rows[at ...]; returns how many. */
PYRT_CLONES static ptrdiff_t pyrt_range_averages(pyrt_ranged *r, ptrdiff_t at)
{
    const ptrdiff_t count = pyrt_min(r->slice, r->n - r->t);
    v8_smoother once = r->once;
    ptrdiff_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const v8 range = v8_load(r->high + r->t + i) - v8_load(r->low + r->t + i);
        r->check += range * 0.0;
        v8_store(r->rows + at + i, v8_smooth(&once, range));
    }
    const v8 range = v8_load_end(r->high + r->t + i, count - i) - v8_load_end(r->low + r->t + i, count - i);
    if (i < count)
        v8_store_end(r->rows + at + i, v8_smooth(&once, range), count - i);
    r->check += range * 0.0;
    r->once = once;
    r->t += count;
    return count;
}

/* How much the average range grew, in percent. */
static int pyrt_cvi_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], lag = (ptrdiff_t)c->p[1], warmup = period - 1 + lag;
    pyrt_ranged r = {0};
    pyrt_fill_nan(c->y[0], pyrt_min(warmup, n));
    if (n <= warmup)
        return PYRT_UNSURE;
    if (!pyrt_ranged_open(&r, c, lag))
        return PYRT_NO_MEMORY;
    r.rows[0] = pyrt_first_range(r.high, r.low, period);
    r.once = v8_smoother_start(2.0 / ((double)period + 1.0), r.rows[0]);
    r.check = pyrt_check(r.high, period) + pyrt_check(r.low, period);
    r.t = period;
    for (ptrdiff_t have = 1; r.t < n;) {
        const ptrdiff_t end = have + pyrt_range_averages(&r, have), fresh = end - lag;
        if (fresh > 0) {
            pyrt_percent_since(r.rows, r.rows + lag, c->y[0] + r.t - fresh, fresh);
            memmove(r.rows, r.rows + fresh, (size_t)lag * sizeof *r.rows);
        }
        have = fresh > 0 ? lag : end;
    }
    free(r.rows);
    return pyrt_unsure(r.check);
}

/* An average range in its own average; 1 where that is 0. */
PYRT_INLINE v8 pyrt_bulge(v8 once, v8 twice)
{
    const v8 ratio = once / twice;
    return (v8)((v8i)v8_where(twice != 0.0, ratio) | (v8i)v8_where(twice == 0.0, v8_all(1.0)));
}

PYRT_CLONES static ptrdiff_t pyrt_bulges(pyrt_ranged *r, ptrdiff_t at)
{
    const ptrdiff_t count = pyrt_min(r->slice, r->n - r->t);
    v8_smoother once = r->once, twice = r->twice;
    ptrdiff_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const v8 range = v8_load(r->high + r->t + i) - v8_load(r->low + r->t + i), e = v8_smooth(&once, range);
        r->check += range * 0.0;
        v8_store(r->rows + at + i, pyrt_bulge(e, v8_smooth(&twice, e)));
    }
    const v8 range = v8_load_end(r->high + r->t + i, count - i) - v8_load_end(r->low + r->t + i, count - i);
    if (i < count) {
        const v8 e = v8_smooth(&once, range);
        v8_store_end(r->rows + at + i, pyrt_bulge(e, v8_smooth(&twice, e)), count - i);
    }
    r->check += range * 0.0;
    r->once = once, r->twice = twice;
    r->t += count;
    return count;
}

static int pyrt_massi_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], wide = (ptrdiff_t)c->p[1], back = wide - 1;
    const ptrdiff_t warmup = 2 * (period - 1) + back;
    const double gain = 2.0 / (c->p[0] + 1.0);
    pyrt_ranged r = {0};
    pyrt_fill_nan(c->y[0], pyrt_min(warmup, n));
    if (n <= warmup)
        return PYRT_UNSURE;
    if (!pyrt_ranged_open(&r, c, back))
        return PYRT_NO_MEMORY;
    const double first = pyrt_first_range(r.high, r.low, period);
    double once = first, twice = 0.0;
    for (r.t = period; r.t < 2 * period - 1; r.t++) {
        once += (r.high[r.t] - r.low[r.t] - once) * gain;
        twice += once - first;
    }
    twice = first + twice / (double)period;
    r.once = v8_smoother_start(gain, once), r.twice = v8_smoother_start(gain, twice);
    r.check = pyrt_check(r.high, r.t) + pyrt_check(r.low, r.t);
    r.rows[0] = pyrt_bulge(v8_all(once), v8_all(twice))[0];
    for (ptrdiff_t have = 1; r.t < n;) {
        const ptrdiff_t end = have + pyrt_bulges(&r, have), fresh = end - back;
        if (fresh > 0) {
            double *y = c->y[0] + r.t - end; /* the first of them are made NaN, and put back */
            memcpy(r.kept, y, (size_t)back * sizeof *y);
            pyrt_window_sum(r.rows, y, end, wide, 1.0);
            memcpy(y, r.kept, (size_t)back * sizeof *y);
            memmove(r.rows, r.rows + fresh, (size_t)back * sizeof *r.rows);
        }
        have = fresh > 0 ? back : end;
    }
    free(r.rows);
    return pyrt_unsure(r.check);
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
