/* Volume: what was traded as prices rose and fell. */
#ifndef PYRT_VOLUME_H
#define PYRT_VOLUME_H

#include "ranges.h"

enum { PYRT_TURN = 1024 }; /* how many rows are made before they are summed up, a multiple of 8 */

/* Sums of everything so far, in place; returns the last. */
PYRT_INLINE v8 pyrt_accumulate(double *y, ptrdiff_t n, v8 sum)
{
    ptrdiff_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const v8 part = v8_prefix(v8_load(y + i));
        v8_store(y + i, sum + part);
        sum += v8_last(part);
    }
    v8_store_end(y + i, sum + v8_prefix(v8_load_end(y + i, n - i)), n - i);
    return sum;
}

PYRT_CLONES static int pyrt_obv_call(const pyrt_call *c)
{
    const double *restrict x = c->x[0], *restrict volume = c->x[1];
    double *restrict y = c->y[0];
    y[0] = volume[0];
    v8 sum = {0}, check = {0};
    for (ptrdiff_t start = 0; start < c->n; start += PYRT_TURN) {
        const ptrdiff_t end = pyrt_min(start + PYRT_TURN, c->n);
        for (ptrdiff_t i = start > 0 ? start : 1; i < end; i++)
            y[i] = x[i] > x[i - 1] ? volume[i] : x[i] < x[i - 1] ? -volume[i] : 0.0;
        check += pyrt_check(x + start, end - start) + pyrt_check(volume + start, end - start);
        sum = pyrt_accumulate(y + start, end - start, sum);
    }
    return pyrt_unsure(check);
}

/* Volume by where in its range a bar closed. */
PYRT_INLINE double pyrt_flow(double high, double low, double close, double volume)
{
    const double span = high - low;
    return span > 0.0 ? ((close - low) - (high - close)) / span * volume : 0.0;
}

/* Rows [start, end) of the line, `sum` being that of those before; returns it with them, if they are eights. */
PYRT_INLINE v8 pyrt_ad_rows(const pyrt_call *c, ptrdiff_t start, ptrdiff_t end, v8 sum, v8 *check)
{
    const double *restrict high = c->x[0], *restrict low = c->x[1], *restrict close = c->x[2], *restrict volume = c->x[3];
    double *restrict y = c->y[0];
    for (ptrdiff_t i = start; i < end; i++)
        y[i] = pyrt_flow(high[i], low[i], close[i], volume[i]);
    for (ptrdiff_t i = start; i + 8 <= end; i += 8)
        *check += (v8_load(high + i) + v8_load(low + i) + v8_load(close + i) + v8_load(volume + i)) * 0.0;
    for (ptrdiff_t i = start + (end - start) / 8 * 8; i < end; i++)
        *check += v8_all((high[i] + low[i] + close[i] + volume[i]) * 0.0);
    return pyrt_accumulate(y + start, end - start, sum);
}

PYRT_CLONES static int pyrt_ad_call(const pyrt_call *c)
{
    v8 sum = {0}, check = {0};
    for (ptrdiff_t start = 0; start < c->n; start += PYRT_TURN)
        sum = pyrt_ad_rows(c, start, pyrt_min(start + PYRT_TURN, c->n), sum, &check);
    return pyrt_unsure(check);
}

/* Two averages of the line, which begin with its first value, while its rows are at hand. */
PYRT_CLONES static int pyrt_chaikin(const pyrt_call *c, double fast, double slow)
{
    double *y = c->y[0];
    v8 check = {0}, sum = {0};
    pyrt_ad_rows(c, 0, 1, sum, &check);
    sum = v8_all(y[0]);
    v8_smoother a = v8_smoother_start(fast, y[0]), b = v8_smoother_start(slow, y[0]);
    y[0] = 0.0;
    for (ptrdiff_t start = 1; start < c->n; start += PYRT_TURN) {
        const ptrdiff_t end = pyrt_min(start + PYRT_TURN, c->n);
        ptrdiff_t t = start;
        sum = pyrt_ad_rows(c, start, end, sum, &check);
        for (; t + 8 <= end; t += 8) {
            const v8 x = v8_load(y + t);
            v8_store(y + t, v8_smooth(&a, x) - v8_smooth(&b, x));
        }
        if (t < end) {
            const v8 x = v8_load_end(y + t, end - t);
            v8_store_end(y + t, v8_smooth(&a, x) - v8_smooth(&b, x), end - t);
        }
    }
    return pyrt_unsure(check);
}

static int pyrt_adosc_call(const pyrt_call *c)
{
    const double longer = c->p[0] > c->p[1] ? c->p[0] : c->p[1];
    const int answer = pyrt_chaikin(c, 2.0 / (c->p[0] + 1.0), 2.0 / (c->p[1] + 1.0));
    pyrt_fill_nan(c->y[0], pyrt_min((ptrdiff_t)longer - 1, c->n));
    return answer;
}

#endif
