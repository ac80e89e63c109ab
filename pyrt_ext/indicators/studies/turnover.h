/* What volume tells about prices: averages weighted by it, money that flows, indices that move with it. */
#ifndef PYRT_TURNOVER_H
#define PYRT_TURNOVER_H

#include "../volume.h"

PYRT_CLONES_PLAIN static void pyrt_times(const double *restrict a, const double *restrict b, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = a[i] * b[i];
}

PYRT_CLONES_PLAIN static void pyrt_over(const double *restrict a, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = a[i] / y[i];
}

/* Where the window has no volume: NaN, or infinite. */
static int pyrt_vwma_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], warmup = pyrt_min(period - 1, n);
    if (period == 1) {
        memcpy(c->y[0], c->x[0], (size_t)n * sizeof(double));
        return PYRT_UNSURE;
    }
    double *room = malloc((size_t)n * 2 * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_times(c->x[0], c->x[1], room, n);
    pyrt_window_sum(room, room + n, n, period, 1.0);
    pyrt_window_sum(c->x[1], c->y[0], n, period, 1.0);
    pyrt_over(room + n + warmup, c->y[0] + warmup, n - warmup);
    free(room);
    return PYRT_UNSURE;
}

PYRT_IN_PARTS(vwma, 2, 1, (ptrdiff_t)c->p[0] - 1)

PYRT_CLONES_PLAIN static void pyrt_flows_of(const pyrt_call *c, double *restrict y)
{
    const double *restrict high = c->x[0], *restrict low = c->x[1], *restrict close = c->x[2], *restrict volume = c->x[3];
    for (ptrdiff_t i = 0; i < c->n; i++)
        y[i] = pyrt_flow(high[i], low[i], close[i], volume[i]);
}

PYRT_CLONES_PLAIN static void pyrt_flow_over(const double *restrict flow, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = y[i] > 0.0 ? flow[i] / y[i] : 0.0;
}

static int pyrt_cmf_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], warmup = pyrt_min(period - 1, n);
    double *room = malloc((size_t)n * 2 * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_flows_of(c, room);
    pyrt_window_sum(room, room + n, n, period, 1.0);
    pyrt_window_sum(c->x[3], c->y[0], n, period, 1.0);
    pyrt_flow_over(room + n + warmup, c->y[0] + warmup, n - warmup);
    free(room);
    return PYRT_UNSURE;
}

PYRT_IN_PARTS(cmf, 4, 1, (ptrdiff_t)c->p[0] - 1)

/* Volume in the mean volume of the rows before it. */
PYRT_CLONES_PLAIN static void pyrt_rvol_of(const double *restrict volume, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = volume[i] / y[i];
}

static int pyrt_rvol_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], warmup = pyrt_min(period, n);
    pyrt_window_sum(c->x[0], c->y[0] + 1, n - 1, period, 1.0 / c->p[0]);
    pyrt_fill_nan(c->y[0], warmup);
    pyrt_rvol_of(c->x[0] + warmup, c->y[0] + warmup, n - warmup);
    return PYRT_UNSURE;
}

PYRT_IN_PARTS(rvol, 1, 1, (ptrdiff_t)c->p[0])

PYRT_INLINE v8 pyrt_force(const double *close, const double *volume, ptrdiff_t count)
{
    if (count >= 8)
        return (v8_load(close) - v8_load(close - 1)) * v8_load(volume);
    return (v8_load_end(close, count) - v8_load_end(close - 1, count)) * v8_load_end(volume, count);
}

/* An exponential average of each row's change times its volume. */
PYRT_CLONES static int pyrt_efi_call(const pyrt_call *c)
{
    const double *close = c->x[0], *volume = c->x[1];
    double *y = c->y[0];
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    pyrt_fill_nan(y, pyrt_min(period, n));
    if (n <= period)
        return PYRT_UNSURE;
    const double first = (close[1] - close[0]) * volume[1];
    double distance = 0.0;
    for (ptrdiff_t t = 2; t <= period; t++)
        distance += (close[t] - close[t - 1]) * volume[t] - first;
    y[period] = first + distance / (double)period;
    v8_smoother s = v8_smoother_start(2.0 / ((double)period + 1.0), y[period]);
    v8 check = pyrt_check(close, period + 1) + pyrt_check(volume, period + 1);
    ptrdiff_t t = period + 1;
    for (; t + 8 <= n; t += 8) {
        const v8 force = pyrt_force(close + t, volume + t, 8);
        check += force * 0.0;
        v8_store(y + t, v8_smooth(&s, force));
    }
    const v8 force = pyrt_force(close + t, volume + t, n - t);
    v8_store_end(y + t, v8_smooth(&s, force), n - t);
    return pyrt_unsure(check + force * 0.0);
}

PYRT_ROWS(marketfi, 3, v8_where(d != 0.0, (a - b) / d))

/* Lane j becomes the product of v[0..j]. */
PYRT_INLINE v8 v8_product(v8 v)
{
    const v8 one = v8_all(1.0);
    v *= PYRT_PICK(one, v, 7, 8, 9, 10, 11, 12, 13, 14);
    v *= PYRT_PICK(one, v, 6, 7, 8, 9, 10, 11, 12, 13);
    v *= PYRT_PICK(one, v, 4, 5, 6, 7, 8, 9, 10, 11);
    return v;
}

/* An index that begins at 1000 and moves with the close, where volume rose, or where it fell. */
PYRT_CLONES static int pyrt_volume_index(const pyrt_call *c, double sign)
{
    const double *restrict close = c->x[0], *restrict volume = c->x[1];
    double *restrict y = c->y[0];
    v8 last = v8_all(1000.0), check = {0};
    y[0] = 1.0;
    for (ptrdiff_t start = 0; start < c->n; start += PYRT_TURN) {
        const ptrdiff_t end = pyrt_min(start + PYRT_TURN, c->n);
        ptrdiff_t i = start > 0 ? start : 1;
        for (; i < end; i++) {
            const double before = close[i - 1] != 0.0 ? close[i - 1] : close[i];
            const double share = close[i] / before;
            y[i] = (sign * volume[i] > sign * volume[i - 1]) & (close[i - 1] != 0.0) ? share : 1.0;
        }
        check += pyrt_check(close + start, end - start) + pyrt_check(volume + start, end - start);
        for (i = start; i + 8 <= end; i += 8) {
            const v8 part = v8_product(v8_load(y + i));
            v8_store(y + i, last * part);
            last *= v8_last(part);
        }
        v8_store_end(y + i, last * v8_product(v8_load_end(y + i, end - i)), end - i);
    }
    return pyrt_unsure(check);
}

static int pyrt_nvi_call(const pyrt_call *c) { return pyrt_volume_index(c, -1.0); }

static int pyrt_pvi_call(const pyrt_call *c) { return pyrt_volume_index(c, 1.0); }

/* The sum of volumes times the changes of their rows. */
PYRT_CLONES static int pyrt_pvt_call(const pyrt_call *c)
{
    const double *restrict close = c->x[0], *restrict volume = c->x[1];
    double *restrict y = c->y[0];
    v8 sum = {0}, check = {0};
    y[0] = 0.0;
    for (ptrdiff_t start = 0; start < c->n; start += PYRT_TURN) {
        const ptrdiff_t end = pyrt_min(start + PYRT_TURN, c->n);
        for (ptrdiff_t i = start > 0 ? start : 1; i < end; i++)
            y[i] = close[i - 1] != 0.0 ? volume[i] * ((close[i] - close[i - 1]) / close[i - 1]) : 0.0;
        check += pyrt_check(close + start, end - start) + pyrt_check(volume + start, end - start);
        sum = pyrt_accumulate(y + start, end - start, sum);
    }
    return pyrt_unsure(check);
}

/* All money in all volume since the first row, one addition after the other as a stream does it; where no volume has come
 * yet, or volumes cancel out, the value stays (0 at first). */
PYRT_CLONES static int pyrt_vwap_call(const pyrt_call *c)
{
    const double *restrict high = c->x[0], *restrict low = c->x[1], *restrict close = c->x[2], *restrict volume = c->x[3];
    double *restrict y = c->y[0];
    double money[PYRT_TURN], total[PYRT_TURN], m = 0.0, v = 0.0, last = 0.0;
    v8 check = {0};
    for (ptrdiff_t start = 0; start < c->n; start += PYRT_TURN) {
        const ptrdiff_t count = pyrt_min(PYRT_TURN, c->n - start);
        double lowest = INFINITY;
        for (ptrdiff_t i = 0; i < count; i++)
            money[i] = (high[start + i] + low[start + i] + close[start + i]) / 3.0 * volume[start + i];
        for (ptrdiff_t i = 0; i < count; i++) {
            money[i] = m += money[i];
            total[i] = v += volume[start + i];
        }
        for (ptrdiff_t i = 0; i < count; i++) {
            y[start + i] = money[i] / total[i];
            lowest = total[i] < lowest ? total[i] : lowest;
        }
        for (ptrdiff_t i = 0; i < count && !(lowest > 0.0); i++)
            y[start + i] = last = total[i] > 0.0 ? y[start + i] : last;
        last = y[start + count - 1];
        check += pyrt_check(high + start, count) + pyrt_check(low + start, count) + pyrt_check(close + start, count);
        check += pyrt_check(volume + start, count);
    }
    return pyrt_unsure(check);
}

#endif
