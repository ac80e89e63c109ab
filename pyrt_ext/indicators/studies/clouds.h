/* How far a market has come, and how wide it is. */
#ifndef PYRT_CLOUDS_H
#define PYRT_CLOUDS_H

#include "../logs.h"
#include "../oscillators.h"
#include "../statistics.h"

static ptrdiff_t pyrt_ichimoku_longest(const double *p) { return (ptrdiff_t)fmax(fmax(p[0], p[1]), p[2]); }

/* What was computed `lag` rows before; what comes first is NaN. */
static void pyrt_shifted(const double *x, double *y, ptrdiff_t n, ptrdiff_t lag)
{
    lag = pyrt_min(lag, n);
    memcpy(y + lag, x, (size_t)(n - lag) * sizeof *y);
}

static int pyrt_ichimoku_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, apart = (ptrdiff_t)c->p[3] - 1;
    const ptrdiff_t start = pyrt_min(pyrt_ichimoku_longest(c->p) - 1, n), warmup = pyrt_min(start + apart, n);
    double *const *y = c->y;
    int answer = pyrt_middle(c->x[0], c->x[1], y[0], n, (ptrdiff_t)c->p[0]);
    answer = pyrt_both(answer, pyrt_middle(c->x[0], c->x[1], y[1], n, (ptrdiff_t)c->p[1]));
    answer = pyrt_both(answer, pyrt_middle(c->x[0], c->x[1], y[5], n, (ptrdiff_t)c->p[2]));
    pyrt_halfway(y[0] + start, y[1] + start, y[4] + start, n - start);
    pyrt_shifted(y[4], y[2], n, apart);
    pyrt_shifted(y[5], y[3], n, apart);
    for (int i = 0; i < 6; i++)
        pyrt_fill_nan(y[i], warmup);
    return answer;
}

PYRT_IN_PARTS(ichimoku, 2, 6, pyrt_ichimoku_longest(c->p) + (ptrdiff_t)c->p[3] - 2)

/* Distances of closes from halfway between the middle of the extremes and the average, in the middle's place. */
PYRT_CLONES_PLAIN static void pyrt_off_middle(
    const double *restrict close, const double *restrict mean, double *restrict middle, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        middle[i] = close[i] - (middle[i] + mean[i]) / 2.0;
}

/* 1 where a multiple of the range is wider than a multiple of the deviation by more than a rounding error, else 0. */
PYRT_CLONES_PLAIN static void pyrt_squeezed(
    const double *restrict range, const double *restrict deviation, double *restrict y, ptrdiff_t n, double nbdev,
    double nbrange)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double wide = nbrange * range[i];
        y[i] = wide - nbdev * deviation[i] > 1e-10 * wide ? 1.0 : 0.0;
    }
}

static int pyrt_squeeze_part(const pyrt_call *c)
{
    const double *close = c->x[2], share = 1.0 / c->p[0];
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], start = period - 1, warmup = pyrt_min(2 * start, n);
    double *room = n > warmup ? pyrt_room(n, 3) : NULL, *deviation = room + n, *range = room + 2 * n;
    pyrt_fill_nan(c->y[0], warmup);
    pyrt_fill_nan(c->y[1], warmup);
    if (n <= warmup)
        return PYRT_UNSURE;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_window_sum(close, range, n, period, share);
    int answer = pyrt_middle(c->x[0], c->x[1], room, n, period);
    pyrt_off_middle(close + start, range + start, room + start, n - start);
    const pyrt_call line = {{room + start}, {c->y[0] + start}, {c->p[0]}, n - start, 0};
    answer = pyrt_both(answer, pyrt_linearreg_call(&line));
    const pyrt_call spread = {{close}, {deviation}, {c->p[0], 1.0}, n, 0};
    answer = pyrt_both(answer, pyrt_stddev_call(&spread));
    pyrt_true_ranges(c->x[0], c->x[1], close, room, n);
    pyrt_window_sum(room + 1, range + 1, n - 1, period, share);
    pyrt_squeezed(range + warmup, deviation + warmup, c->y[1] + warmup, n - warmup, c->p[1], c->p[2]);
    pyrt_fill_nan(c->y[0], warmup);
    free(room);
    return pyrt_both(answer, PYRT_UNSURE);
}

PYRT_IN_PARTS(squeeze, 3, 2, 2 * (ptrdiff_t)c->p[0] - 2)

/* Where there is a span there was a way. */
PYRT_INLINE v8 pyrt_chop(v8 way, v8 high, v8 low, double scale)
{
    const v8 span = high - low, least = PYRT_TINY * (v8_abs(high) + v8_abs(low));
    return v8_where(span > least, scale * v8_log(way / span));
}

PYRT_CLONES static void pyrt_chop_of(
    const double *way, const double *high, const double *low, double *y, ptrdiff_t n, double scale)
{
    ptrdiff_t i = 0;
    for (; i + 8 <= n; i += 8)
        v8_store(y + i, pyrt_chop(v8_load(way + i), v8_load(high + i), v8_load(low + i), scale));
    const ptrdiff_t left = n - i;
    const v8 path = v8_load_end(way + i, left), top = v8_load_end(high + i, left), bottom = v8_load_end(low + i, left);
    v8_store_end(y + i, pyrt_chop(path, top, bottom, scale), left);
}

static int pyrt_choppiness_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], warmup = pyrt_min(period, n);
    double *room = n > warmup ? pyrt_room(n, 4) : NULL, *way = room + n, *high = room + 2 * n, *low = room + 3 * n;
    pyrt_fill_nan(c->y[0], warmup);
    if (n <= warmup)
        return PYRT_UNSURE;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_true_ranges(c->x[0], c->x[1], c->x[2], room, n);
    pyrt_window_sum(room + 1, way + 1, n - 1, period, 1.0);
    int answer = pyrt_both(pyrt_highest(c->x[0], high, n, period), pyrt_lowest(c->x[1], low, n, period));
    pyrt_chop_of(way + warmup, high + warmup, low + warmup, c->y[0] + warmup, n - warmup, 100.0 / log(c->p[0]));
    free(room);
    return pyrt_both(answer, PYRT_UNSURE);
}

PYRT_IN_PARTS(choppiness, 3, 1, (ptrdiff_t)c->p[0])

/* Squares of how far each row is below the highest of its window, in percent; in the highest's place. */
PYRT_CLONES_PLAIN static void pyrt_falls(const double *restrict x, double *restrict top, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double fall = top[i] != 0.0 ? (x[i] - top[i]) / top[i] * 100.0 : 0.0;
        top[i] = fall * fall;
    }
}

PYRT_CLONES_PLAIN static void pyrt_roots(double *y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = sqrt(y[i]);
}

static int pyrt_ulcer_index_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], start = period - 1, warmup = pyrt_min(2 * start, n);
    double *room = n > warmup ? pyrt_room(n, 1) : NULL;
    pyrt_fill_nan(c->y[0], warmup);
    if (n <= warmup)
        return PYRT_UNSURE;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    int answer = pyrt_highest(c->x[0], room, n, period);
    pyrt_falls(c->x[0] + start, room + start, n - start);
    pyrt_window_sum(room + start, c->y[0] + start, n - start, period, 1.0 / (double)period);
    pyrt_roots(c->y[0] + warmup, n - warmup);
    pyrt_fill_nan(c->y[0], warmup);
    free(room);
    return pyrt_both(answer, PYRT_UNSURE);
}

PYRT_IN_PARTS(ulcer_index, 1, 1, 2 * (ptrdiff_t)c->p[0] - 2)

#endif
