/* Prices weighed by volume, and what volume moves. */
#ifndef PYRT_TRADED_H
#define PYRT_TRADED_H

#include "../oscillators.h"

/* An average that begins anew in some rows; NaN before it has begun. Sums are of distances from its first price, so that a
 * constant stays what it is. A session is a stretch of equal marks, an anchor a mark that is not 0. */
PYRT_INLINE int pyrt_vwap_since(const pyrt_call *c, int sessions)
{
    const double *high = c->x[0], *low = c->x[1], *close = c->x[2], *volume = c->x[3], *mark = c->x[4];
    double *y = c->y[0], first = NAN, money = 0.0, total = 0.0;
    for (ptrdiff_t t = 0; t < c->n; t++) {
        const double price = (high[t] + low[t] + close[t]) / 3.0;
        if (sessions ? t == 0 || mark[t] != mark[t - 1] : mark[t] != 0.0)
            first = price, money = 0.0, total = 0.0;
        money += (price - first) * volume[t];
        total += volume[t];
        y[t] = total > 0.0 ? first + money / total : price + 0.0 * first;
    }
    return PYRT_UNSURE;
}

static int pyrt_session_vwap_call(const pyrt_call *c) { return pyrt_vwap_since(c, 1); }

static int pyrt_anchored_vwap_call(const pyrt_call *c) { return pyrt_vwap_since(c, 0); }

PYRT_CLONES_PLAIN static void pyrt_money(const pyrt_call *c, double *restrict price, double *restrict money)
{
    const double *restrict high = c->x[0], *restrict low = c->x[1], *restrict close = c->x[2], *restrict volume = c->x[3];
    for (ptrdiff_t i = 0; i < c->n; i++) {
        price[i] = (high[i] + low[i] + close[i]) / 3.0;
        money[i] = price[i] * volume[i];
    }
}

PYRT_CLONES_PLAIN static void pyrt_money_over_volume(
    const double *restrict price, const double *restrict money, const double *restrict total, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = total[i] > 0.0 ? money[i] / total[i] : price[i];
}

static int pyrt_rolling_vwap_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], warmup = pyrt_min(period - 1, n);
    double *room = pyrt_room(n, 4), *money = room + n, *sums = room + 2 * n, *totals = room + 3 * n;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_money(c, room, money);
    pyrt_window_sum(money, sums, n, period, 1.0);
    pyrt_window_sum(c->x[3], totals, n, period, 1.0);
    pyrt_fill_nan(c->y[0], warmup);
    pyrt_money_over_volume(room + warmup, sums + warmup, totals + warmup, c->y[0] + warmup, n - warmup);
    free(room);
    return PYRT_UNSURE;
}

PYRT_IN_PARTS(rolling_vwap, 4, 1, (ptrdiff_t)c->p[0] - 1)

/* How far the middle of each bar from the second on is from that of the bar before, times its range, over volume. */
PYRT_CLONES_PLAIN static void pyrt_eases(
    const double *restrict high, const double *restrict low, const double *restrict volume, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i + 1 < n; i++) {
        const double moved = (high[i + 1] + low[i + 1]) / 2.0 - (high[i] + low[i]) / 2.0;
        y[i] = volume[i + 1] != 0.0 ? moved * (high[i + 1] - low[i + 1]) / volume[i + 1] : 0.0;
    }
}

static int pyrt_eom_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    c->y[0][0] = NAN;
    if (n < 2)
        return PYRT_UNSURE;
    double *room = pyrt_room(n, 1);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_eases(c->x[0], c->x[1], c->x[2], room, n);
    pyrt_window_sum(room, c->y[0] + 1, n - 1, period, c->p[1] / (double)period);
    free(room);
    return PYRT_UNSURE;
}

PYRT_IN_PARTS(eom, 3, 1, (ptrdiff_t)c->p[0])

/* Klinger's volume force from the third bar on: volume in the direction of the trend, the more the smaller the bar's range
 * is in the ranges of its trend. */
static void pyrt_forces(const pyrt_call *c, double *y)
{
    const double *high = c->x[0], *low = c->x[1], *close = c->x[2], *volume = c->x[3];
    double price = high[1] + low[1] + close[1], range = fabs(high[1] - low[1]), reach = 0.0;
    double trend = price > high[0] + low[0] + close[0] ? 1.0 : -1.0;
    for (ptrdiff_t t = 2; t < c->n; t++) {
        const double now = high[t] + low[t] + close[t], span = fabs(high[t] - low[t]), way = now > price ? 1.0 : -1.0;
        reach = (way == trend ? reach : range) + span;
        y[t - 2] = reach > 0.0 ? volume[t] * fabs(2.0 * (span / reach - 1.0)) * way * 100.0 : 0.0;
        price = now, range = span, trend = way;
    }
}

static int pyrt_klinger_call(const pyrt_call *c)
{
    const ptrdiff_t a = (ptrdiff_t)c->p[0], b = (ptrdiff_t)c->p[1], fast = a < b ? a : b, slow = a < b ? b : a;
    const ptrdiff_t n = c->n, smooth = (ptrdiff_t)c->p[2], start = slow + 1, warmup = pyrt_min(slow + smooth, n);
    pyrt_fill_nan(c->y[0], warmup);
    pyrt_fill_nan(c->y[1], warmup);
    if (n <= warmup)
        return PYRT_UNSURE;
    double *room = pyrt_room(n, 1), *line = c->y[0], *slack = c->y[1];
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_forces(c, room);
    pyrt_ema(room, line + 2, n - 2, fast, 2.0 / ((double)fast + 1.0));
    pyrt_ema(room, slack + 2, n - 2, slow, 2.0 / ((double)slow + 1.0));
    for (ptrdiff_t t = start; t < n; t++)
        line[t] -= slack[t];
    pyrt_ema(line + start, c->y[1] + start, n - start, smooth, 2.0 / ((double)smooth + 1.0));
    pyrt_fill_nan(c->y[0], warmup);
    pyrt_fill_nan(c->y[1], warmup);
    free(room);
    return PYRT_UNSURE;
}

#endif
