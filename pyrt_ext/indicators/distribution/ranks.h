/* Quantiles of windows, medians of distances from the median, and where the newest value stands.
 *
 * Windows that are not long stand in order, sixteen of them side by side, from sixteen stretches of the data: a row
 * further, one value leaves each of them and one comes, and every place takes the value it had, a neighbour's or the new
 * one, by comparisons that are the same in all windows. Long windows are order.h's. */
#ifndef PYRT_RANKS_H
#define PYRT_RANKS_H

#include "../order.h"

enum {
    PYRT_BESIDE = 16,       /* windows side by side */
    PYRT_BESIDE_MOST = 160, /* up to so many values each, for a quantile */
    PYRT_BESIDE_MAD = 640,  /* and for a deviation */
    PYRT_EACH_LANE = 64,    /* not worth it for fewer rows each */
};

/* What is asked of a window in order: the value at `rank`, and `share` of the way to the next. */
typedef struct {
    ptrdiff_t period, rank;
    double share;
} pyrt_spot;

static pyrt_spot pyrt_spot_of(ptrdiff_t period, double q)
{
    const double place = (double)(period - 1) * q;
    const ptrdiff_t rank = pyrt_min((ptrdiff_t)place, period > 1 ? period - 2 : 0);
    return (pyrt_spot){period, rank, period > 1 ? place - (double)rank : 0.0};
}

/* From each window `leaves` goes and `comes` comes; behind the last place stands infinity. */
PYRT_CLONES_PLAIN static void pyrt_beside_step(
    double *restrict sorted, ptrdiff_t period, const double *restrict leaves, const double *restrict comes)
{
    double under[PYRT_BESIDE];
    for (int l = 0; l < PYRT_BESIDE; l++)
        under[l] = -INFINITY;
    for (ptrdiff_t i = 0; i < period; i++) {
        double *restrict here = sorted + i * PYRT_BESIDE;
        const double *restrict next = here + PYRT_BESIDE; /* not written in this turn */
        for (int l = 0; l < PYRT_BESIDE; l++) {
            const double kept = here[l] < leaves[l] ? here[l] : next[l];
            const double most = kept < comes[l] ? kept : comes[l];
            here[l] = under[l] > most ? under[l] : most;
            under[l] = kept;
        }
    }
}

PYRT_CLONES_PLAIN static void pyrt_quantile_beside(
    const double *restrict sorted, const pyrt_spot *s, double *restrict out)
{
    const double *low = sorted + s->rank * PYRT_BESIDE, *high = low + (s->period > 1 ? PYRT_BESIDE : 0);
    const double share = s->share;
    for (int l = 0; l < PYRT_BESIDE; l++)
        out[l] = low[l] + (high[l] - low[l]) * share;
}

/* Distances from the median: the k values nearest to it stand side by side, and the farther end of the nearest k is the
 * k-th smallest distance. Of an even number, the mean of two. */
PYRT_CLONES_PLAIN static void pyrt_mad_beside(const double *restrict sorted, const pyrt_spot *s, double *restrict out)
{
    const ptrdiff_t half = (s->period - 1) / 2, wide = PYRT_BESIDE;
    double m[PYRT_BESIDE], one[PYRT_BESIDE], other[PYRT_BESIDE];
    pyrt_quantile_beside(sorted, s, m);
    for (int l = 0; l < PYRT_BESIDE; l++)
        one[l] = other[l] = INFINITY;
    for (ptrdiff_t i = 0; i + half < s->period; i++) {
        const double *restrict low = sorted + i * wide, *restrict high = low + half * wide;
        for (int l = 0; l < PYRT_BESIDE; l++) {
            const double down = m[l] - low[l], up = high[l] - m[l], next = high[wide + l] - m[l];
            const double far = down > up ? down : up, farther = down > next ? down : next;
            one[l] = far < one[l] ? far : one[l];
            other[l] = farther < other[l] ? farther : other[l];
        }
    }
    for (int l = 0; l < PYRT_BESIDE; l++)
        out[l] = s->period % 2 ? one[l] : one[l] + (other[l] - one[l]) * 0.5;
}

/* The same of one window. */
static double pyrt_quantile_one(const double *sorted, const pyrt_spot *s)
{
    const double low = sorted[s->rank], high = sorted[s->period > 1 ? s->rank + 1 : 0];
    return low + (high - low) * s->share;
}

static double pyrt_distance_one(const double *sorted, ptrdiff_t period, ptrdiff_t k, double m)
{
    ptrdiff_t low = 0, high = period - k; /* the first place from where the upper end is the farther one, or the last */
    while (low < high) {
        const ptrdiff_t middle = (low + high) / 2;
        if (m - sorted[middle] <= sorted[middle + k - 1] - m)
            high = middle;
        else
            low = middle + 1;
    }
    const double down = m - sorted[low], up = sorted[low + k - 1] - m, most = down > up ? down : up;
    if (low == 0)
        return most;
    const double before = m - sorted[low - 1];
    return before < most ? before : most;
}

static double pyrt_mad_one(const double *sorted, const pyrt_spot *s)
{
    const double m = pyrt_quantile_one(sorted, s), one = pyrt_distance_one(sorted, s->period, (s->period + 1) / 2, m);
    if (s->period % 2)
        return one;
    return one + (pyrt_distance_one(sorted, s->period, s->period / 2 + 1, m) - one) * 0.5;
}

/* How many of n sorted values are below v. */
static ptrdiff_t pyrt_sorted_below(const double *sorted, ptrdiff_t n, double v)
{
    ptrdiff_t low = 0;
    while (n > 0) {
        const ptrdiff_t half = n / 2;
        const int up = sorted[low + half] < v;
        low = up ? low + half + 1 : low;
        n = up ? n - half - 1 : half;
    }
    return low;
}

/* In a window in order, one value goes and another comes. */
static void pyrt_replace(double *sorted, ptrdiff_t period, double leaves, double comes)
{
    const ptrdiff_t from = pyrt_sorted_below(sorted, period, leaves), to = pyrt_sorted_below(sorted, period, comes);
    if (to > from) {
        memmove(sorted + from, sorted + from + 1, (size_t)(to - from - 1) * sizeof *sorted);
        sorted[to - 1] = comes;
    } else {
        memmove(sorted + to + 1, sorted + to, (size_t)(from - to) * sizeof *sorted);
        sorted[to] = comes;
    }
}

typedef void (*pyrt_pick_beside)(const double *restrict, const pyrt_spot *, double *restrict);
typedef double (*pyrt_pick_one)(const double *, const pyrt_spot *);

/* Rows from the first full window on, each from its window in order; `room` takes a window for each lane, and one more
 * row of them. */
static void pyrt_windows_beside(
    const double *x, double *y, ptrdiff_t n, const pyrt_spot *s, double *room, pyrt_pick_beside pick, pyrt_pick_one one)
{
    const ptrdiff_t period = s->period, rows = (n - period + 1) / PYRT_BESIDE;
    double leaves[PYRT_BESIDE], comes[PYRT_BESIDE];
    for (ptrdiff_t i = 0; i < (period + 1) * PYRT_BESIDE; i++)
        room[i] = INFINITY;
    for (int l = 0; l < PYRT_BESIDE; l++)
        leaves[l] = INFINITY;
    for (ptrdiff_t i = 0; i < period + rows - 1; i++) {
        for (int l = 0; l < PYRT_BESIDE; l++)
            comes[l] = x[l * rows + i];
        if (i >= period)
            for (int l = 0; l < PYRT_BESIDE; l++)
                leaves[l] = x[l * rows + i - period];
        pyrt_beside_step(room, period, leaves, comes);
        if (i >= period - 1) {
            pick(room, s, comes);
            for (int l = 0; l < PYRT_BESIDE; l++)
                y[l * rows + i] = comes[l];
        }
    }
    for (ptrdiff_t i = 0; i < period; i++) /* the last lane's window goes on alone */
        room[i] = room[i * PYRT_BESIDE + PYRT_BESIDE - 1];
    for (ptrdiff_t t = PYRT_BESIDE * rows + period - 1; t < n; t++) {
        pyrt_replace(room, period, x[t - period], x[t]);
        y[t] = one(room, s);
    }
}

static void pyrt_windows_alone(
    const double *x, double *y, ptrdiff_t n, const pyrt_spot *s, double *room, pyrt_pick_one one)
{
    for (ptrdiff_t i = 0; i < s->period; i++)
        room[i] = INFINITY;
    for (ptrdiff_t t = 0; t < n; t++) {
        pyrt_replace(room, s->period, t < s->period ? INFINITY : x[t - s->period], x[t]);
        if (t >= s->period - 1)
            y[t] = one(room, s);
    }
}

/* Whether windows side by side pay. */
PYRT_INLINE int pyrt_beside(ptrdiff_t n, ptrdiff_t period, ptrdiff_t most)
{
    return period <= most && n - period + 1 >= PYRT_BESIDE * PYRT_EACH_LANE;
}

PYRT_CLONES static void pyrt_quantile_long(pyrt_order *o, double *y, const pyrt_spot *s)
{
    y[o->period - 1] = pyrt_quantile_one(o->values, s);
    for (ptrdiff_t b = o->period; b < o->n; b += o->period) {
        pyrt_order_block(o, b);
        ptrdiff_t at = pyrt_order_cursor(o, s->rank);
        for (ptrdiff_t j = 0; j < pyrt_min(o->period, o->n - b); j++) {
            pyrt_order_slide(o, j, 0);
            at = pyrt_order_follow(o, j, at);
            const double low = o->values[at];
            y[b + j] = s->share > 0.0 ? low + (o->values[pyrt_order_above(o, at)] - low) * s->share : low;
        }
    }
}

static int pyrt_quantile_by(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double q)
{
    const pyrt_spot s = pyrt_spot_of(period, q);
    pyrt_fill_nan(y, pyrt_min(period - 1, n));
    if (n < period || !pyrt_all_finite(x, n))
        return PYRT_UNSURE;
    if (pyrt_beside(n, period, PYRT_BESIDE_MOST)) {
        double room[(PYRT_BESIDE_MOST + 1) * PYRT_BESIDE];
        pyrt_windows_beside(x, y, n, &s, room, pyrt_quantile_beside, pyrt_quantile_one);
        return PYRT_FINITE;
    }
    pyrt_order o;
    if (!pyrt_order_open(&o, x, n, period))
        return PYRT_NO_MEMORY;
    pyrt_quantile_long(&o, y, &s);
    pyrt_order_close(&o);
    return PYRT_FINITE;
}

static int pyrt_quantile_call(const pyrt_call *c)
{
    return pyrt_quantile_by(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], c->p[1]);
}

static int pyrt_median_call(const pyrt_call *c)
{
    return pyrt_quantile_by(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 0.5);
}

static int pyrt_mad_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    const pyrt_spot s = pyrt_spot_of(period, 0.5);
    pyrt_fill_nan(c->y[0], pyrt_min(period - 1, n));
    if (n < period || !pyrt_all_finite(c->x[0], n))
        return PYRT_UNSURE;
    const int beside = pyrt_beside(n, period, PYRT_BESIDE_MAD);
    double *room = malloc((size_t)((period + 1) * (beside ? PYRT_BESIDE : 1)) * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    if (beside)
        pyrt_windows_beside(c->x[0], c->y[0], n, &s, room, pyrt_mad_beside, pyrt_mad_one);
    else
        pyrt_windows_alone(c->x[0], c->y[0], n, &s, room, pyrt_mad_one);
    free(room);
    return PYRT_FINITE;
}

enum {
    PYRT_RANK_SHORT = 384, /* windows up to here are gone through for every row */
    PYRT_RANKS = 32,       /* so many rows at once */
};

/* The mean place of the newest value among its equals: half of how many are below and how many are not above, and a
 * half. */
PYRT_CLONES_PLAIN static void pyrt_rank_short(
    const double *restrict x, double *restrict y, ptrdiff_t n, ptrdiff_t period, double scale)
{
    ptrdiff_t t = period - 1;
    for (; t + PYRT_RANKS <= n; t += PYRT_RANKS) {
        const double *restrict v = x + t;
        int64_t count[PYRT_RANKS];
        for (int l = 0; l < PYRT_RANKS; l++)
            count[l] = 2;
        for (ptrdiff_t k = 1; k < period; k++) {
            const double *restrict before = v - k;
            for (int l = 0; l < PYRT_RANKS; l++)
                count[l] += (before[l] < v[l]) + (before[l] <= v[l]);
        }
        for (int l = 0; l < PYRT_RANKS; l++)
            y[t + l] = (double)count[l] * (0.5 * scale);
    }
    for (; t < n; t++) {
        ptrdiff_t count = 0;
        for (ptrdiff_t k = 1; k < period; k++)
            count += (x[t - k] < x[t]) + (x[t - k] <= x[t]);
        y[t] = ((double)count + 2.0) * (0.5 * scale);
    }
}

/* `last` takes, for each place, the last of its equals. */
static void pyrt_rank_long(pyrt_order *o, double *y, uint32_t *last, double scale)
{
    const double *newest = o->x + o->period - 1;
    const ptrdiff_t first = pyrt_sorted_below(o->values, o->period, *newest);
    ptrdiff_t beyond = first;
    while (beyond < o->period && o->values[beyond] <= *newest)
        beyond++;
    y[o->period - 1] = ((double)(first + beyond) + 1.0) * (0.5 * scale);
    for (ptrdiff_t b = o->period; b < o->n; b += o->period) {
        const ptrdiff_t count = pyrt_min(o->period, o->n - b), all = o->period + count;
        pyrt_order_block(o, b);
        pyrt_order_equals(o, b);
        for (ptrdiff_t k = all - 1; k >= 0; k--)
            last[k] = k + 1 < all && o->values[k] == o->values[k + 1] ? last[k + 1] : (uint32_t)k;
        for (ptrdiff_t j = 0; j < count; j++) {
            pyrt_order_slide(o, j, 1);
            const uint32_t at = o->place[o->period + j];
            const ptrdiff_t sum = pyrt_order_count(o, o->first[at]) + pyrt_order_count(o, (ptrdiff_t)last[at] + 1);
            y[b + j] = ((double)sum + 1.0) * (0.5 * scale);
        }
    }
}

static int pyrt_rank_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    const double scale = c->p[1] != 0.0 ? 1.0 / c->p[0] : 1.0;
    pyrt_fill_nan(c->y[0], pyrt_min(period - 1, n));
    if (n < period || !pyrt_all_finite(c->x[0], n))
        return PYRT_UNSURE;
    if (period <= PYRT_RANK_SHORT) {
        pyrt_rank_short(c->x[0], c->y[0], n, period, scale);
        return PYRT_FINITE;
    }
    pyrt_order o;
    uint32_t *last = malloc((size_t)period * 2 * sizeof *last);
    if (last == NULL || !pyrt_order_open(&o, c->x[0], n, period)) {
        free(last);
        return PYRT_NO_MEMORY;
    }
    pyrt_rank_long(&o, c->y[0], last, scale);
    pyrt_order_close(&o);
    free(last);
    return PYRT_FINITE;
}

#endif
