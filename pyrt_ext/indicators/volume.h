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

/* Eight rows of volume by where they closed, summed up from `sum` on. */
PYRT_INLINE v8 pyrt_ad_eight(v8 high, v8 low, v8 close, v8 volume, v8 *sum)
{
    const v8 span = high - low;
    const v8 flow = v8_where(span > 0.0, ((close - low) - (high - close)) / span * volume);
    const v8 line = *sum + v8_prefix(flow);
    *sum = v8_last(line);
    return line;
}

/* The line, or if `apart` two averages of it, each beginning with its first value, one less the other. */
PYRT_INLINE int pyrt_ad_rows(const pyrt_call *c, int apart, double fast, double slow)
{
    const double *high = c->x[0], *low = c->x[1], *close = c->x[2], *volume = c->x[3];
    double *y = c->y[0];
    const ptrdiff_t n = c->n;
    const int passes = n >= PYRT_BEYOND && ((uintptr_t)y & 15) == 0;
    const double first = pyrt_flow(high[0], low[0], close[0], volume[0]);
    v8_smoother a = v8_smoother_start(fast, first), b = v8_smoother_start(slow, first);
    v8 check = {0}, sum = {0}, h, l, d, v, line;
    ptrdiff_t t = 0;
    for (; t + 8 <= n; t += 8) {
        h = v8_load(high + t), l = v8_load(low + t), d = v8_load(close + t), v = v8_load(volume + t);
        check += (h + l + d + v) * 0.0;
        line = pyrt_ad_eight(h, l, d, v, &sum);
        if (apart)
            line = v8_smooth(&a, line) - v8_smooth(&b, line);
        passes ? v8_pass(y + t, line) : v8_store(y + t, line);
    }
    pyrt_passed();
    h = v8_load_end(high + t, n - t), l = v8_load_end(low + t, n - t), d = v8_load_end(close + t, n - t);
    v = v8_load_end(volume + t, n - t);
    line = pyrt_ad_eight(h, l, d, v, &sum);
    if (apart)
        line = v8_smooth(&a, line) - v8_smooth(&b, line);
    v8_store_end(y + t, line, n - t);
    return pyrt_unsure(check + (h + l + d + v) * 0.0);
}

PYRT_CLONES static int pyrt_ad_call(const pyrt_call *c) { return pyrt_ad_rows(c, 0, 1.0, 1.0); }

PYRT_CLONES static int pyrt_chaikin(const pyrt_call *c, double fast, double slow)
{
    return pyrt_ad_rows(c, 1, fast, slow);
}

static int pyrt_adosc_call(const pyrt_call *c)
{
    const double longer = c->p[0] > c->p[1] ? c->p[0] : c->p[1];
    const int answer = pyrt_chaikin(c, 2.0 / (c->p[0] + 1.0), 2.0 / (c->p[1] + 1.0));
    pyrt_fill_nan(c->y[0], pyrt_min((ptrdiff_t)longer - 1, c->n));
    return answer;
}

#endif
