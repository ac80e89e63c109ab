/* Volatility: true ranges. */
#ifndef PYRT_VOLATILITY_H
#define PYRT_VOLATILITY_H

#include "ranges.h"

PYRT_CLONES static int pyrt_trange_call(const pyrt_call *c)
{
    const double *high = c->x[0], *low = c->x[1], *close = c->x[2];
    double *y = c->y[0];
    const ptrdiff_t n = c->n, head = pyrt_min(n - 1, (ptrdiff_t)(-((uintptr_t)(y + 1) >> 3) & 7));
    y[0] = NAN;
    v8 h = v8_load_end(high + 1, head), l = v8_load_end(low + 1, head), b = v8_load_end(close, head);
    v8 check = v8_all((high[0] + low[0] + close[n - 1]) * 0.0) + (h + l + b) * 0.0;
    v8_store_end(y + 1, pyrt_true_range(h, l, b), head);
    ptrdiff_t t = 1 + head;
    for (; t + 8 <= n; t += 8) {
        h = v8_load(high + t), l = v8_load(low + t), b = v8_load(close + t - 1);
        check += (h + l + b) * 0.0;
        if (n >= PYRT_BEYOND)
            v8_pass(y + t, pyrt_true_range(h, l, b));
        else
            v8_store(y + t, pyrt_true_range(h, l, b));
    }
    pyrt_passed();
    h = v8_load_end(high + t, n - t), l = v8_load_end(low + t, n - t), b = v8_load_end(close + t - 1, n - t);
    v8_store_end(y + t, pyrt_true_range(h, l, b), n - t);
    return pyrt_unsure(check + (h + l + b) * 0.0);
}

/* A range in percent of the close; 0 where that is 0. */
PYRT_INLINE v8 pyrt_percent_of(v8 range, v8 close) { return v8_where(close != 0.0, range / close * 100.0); }

/* Wilder's average of true ranges, of which the first is that of the second row; in percent of the close, if `percent`. */
PYRT_INLINE int pyrt_atr_rows(const pyrt_call *c, const int percent)
{
    const double *high = c->x[0], *low = c->x[1], *close = c->x[2];
    double *y = c->y[0], sum = 0.0;
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    pyrt_fill_nan(y, pyrt_min(period, n));
    if (n <= period)
        return PYRT_UNSURE;
    for (ptrdiff_t t = 1; t <= period; t++) {
        const v8 range = pyrt_true_range(v8_all(high[t]), v8_all(low[t]), v8_all(close[t - 1]));
        sum += range[0];
    }
    const double first = sum / (double)period;
    y[period] = percent ? pyrt_percent_of(v8_all(first), v8_all(close[period]))[0] : first;
    v8_smoother s = v8_smoother_start(1.0 / (double)period, first);
    ptrdiff_t t = period + 1;
    v8 check = pyrt_check(high, t) + pyrt_check(low, t) + pyrt_check(close, t);
    for (; t + 8 <= n; t += 8) {
        const v8 h = v8_load(high + t), l = v8_load(low + t), before = v8_load(close + t - 1);
        check += (h + l + before) * 0.0;
        const v8 range = v8_smooth(&s, pyrt_true_range(h, l, before));
        v8_store(y + t, percent ? pyrt_percent_of(range, v8_load(close + t)) : range);
    }
    const v8 h = v8_load_end(high + t, n - t), l = v8_load_end(low + t, n - t);
    const v8 range = v8_smooth(&s, pyrt_true_range(h, l, v8_load_end(close + t - 1, n - t)));
    v8_store_end(y + t, percent ? pyrt_percent_of(range, v8_load_end(close + t, n - t)) : range, n - t);
    check += (h + l) * 0.0 + pyrt_check(close + t - 1, n - t + 1);
    return pyrt_unsure(check);
}

PYRT_CLONES static int pyrt_atr_call(const pyrt_call *c) { return pyrt_atr_rows(c, 0); }

PYRT_CLONES static int pyrt_natr_call(const pyrt_call *c) { return pyrt_atr_rows(c, 1); }

PYRT_CLONES_PLAIN static void pyrt_spans(const double *restrict high, const double *restrict low, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = high[i] - low[i];
}

static int pyrt_adr_part(const pyrt_call *c)
{
    double *room = malloc((size_t)c->n * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_spans(c->x[0], c->x[1], room, c->n);
    int answer = pyrt_window_sum(room, c->y[0], c->n, (ptrdiff_t)c->p[0], 1.0 / c->p[0]);
    free(room);
    return answer;
}

PYRT_INLINE void pyrt_adr_begin(const pyrt_call *c, pyrt_short *s) { pyrt_short_begin(s, (ptrdiff_t)c->p[0]); }

PYRT_INLINE v8 pyrt_adr_step(const pyrt_call *c, pyrt_short *s, ptrdiff_t t, ptrdiff_t count)
{
    const v8 span = pyrt_take(c->x[0] + t, count) - pyrt_take(c->x[1] + t, count);
    pyrt_give(c->y[0] + t, pyrt_short_next(s, span) * (1.0 / c->p[0]), count);
    return span * 0.0;
}

PYRT_WALK(adr, 1, 0)

static int pyrt_adr_call(const pyrt_call *c)
{
    if (pyrt_wide() && c->p[0] <= PYRT_SHORT) {
        const int answer = pyrt_adr_wide(c);
        pyrt_fill_nan(c->y[0], pyrt_min((ptrdiff_t)c->p[0] - 1, c->n));
        return answer;
    }
    return pyrt_in_parts(c, pyrt_adr_part, 2, 1, (ptrdiff_t)c->p[0] - 1);
}

#endif
