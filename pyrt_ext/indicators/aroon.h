/* How long ago extremes were. */
#ifndef PYRT_AROON_H
#define PYRT_AROON_H

#include "analytic.h"
#include "places.h"
#include "ranges.h"

/* Room for arrays one behind the other, from a cache line's start on: where n is a multiple of 8, so does each. */
static inline double *pyrt_room(ptrdiff_t n, int arrays)
{
    return aligned_alloc(64, ((size_t)n * (size_t)arrays * sizeof(double) + 63) / 64 * 64);
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

/* The same in one walk, or of both, if `apart`, how far they are apart. */
PYRT_WIDE_INLINE v8 pyrt_aroon_at(v8i row, ptrdiff_t t, ptrdiff_t period)
{
    const v8i lanes = {0, 1, 2, 3, 4, 5, 6, 7}, whole = (v8i)V8_ALL(PYRT_ROUNDER);
    return ((v8)(whole + (row - lanes + (period - t))) - PYRT_ROUNDER) * (100.0 / (double)period);
}

PYRT_WIDE_INLINE int pyrt_aroon_walk_of(const pyrt_call *c, const int apart, const int rest)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    const double *high = c->x[0], *low = c->x[1];
    pyrt_ranking top, bottom;
    pyrt_ranking_begin(&top, high[0], period + 1);
    pyrt_ranking_begin(&bottom, low[0], period + 1);
    v8 check = {0};
    for (ptrdiff_t t = 0; t < n; t += 8) {
        const int whole = t + 8 <= n;
        const v8 h = whole ? v8_load(high + t) : v8_load_end(high + t, n - t);
        const v8 l = whole ? v8_load(low + t) : v8_load_end(low + t, n - t);
        const v8 up = pyrt_aroon_at(pyrt_highest_place_next(&top, h, t, rest, 0).newest, t, period);
        const v8 down = pyrt_aroon_at(pyrt_lowest_place_next(&bottom, l, t, rest, 0).newest, t, period);
        check += (h + l) * 0.0;
        const v8 first = apart ? up - down : down;
        whole ? v8_store(c->y[0] + t, first) : v8_store_end(c->y[0] + t, first, n - t);
        if (!apart)
            whole ? v8_store(c->y[1] + t, up) : v8_store_end(c->y[1] + t, up, n - t);
    }
    for (int i = 0; i < (apart ? 1 : 2); i++)
        pyrt_fill_nan(c->y[i], pyrt_min(period, n));
    return pyrt_unsure(check);
}

#define PYRT_AROON_WALK(NAME, APART)                                                                                  \
    PYRT_WIDE static int NAME(const pyrt_call *c)                                                                     \
    {                                                                                                                 \
        switch (((ptrdiff_t)c->p[0] + 1) % 8) {                                                                       \
        case 0: return pyrt_aroon_walk_of(c, APART, 0);                                                               \
        case 1: return pyrt_aroon_walk_of(c, APART, 1);                                                               \
        case 2: return pyrt_aroon_walk_of(c, APART, 2);                                                               \
        case 3: return pyrt_aroon_walk_of(c, APART, 3);                                                               \
        case 4: return pyrt_aroon_walk_of(c, APART, 4);                                                               \
        case 5: return pyrt_aroon_walk_of(c, APART, 5);                                                               \
        case 6: return pyrt_aroon_walk_of(c, APART, 6);                                                               \
        default: return pyrt_aroon_walk_of(c, APART, 7);                                                              \
        }                                                                                                             \
    }

PYRT_AROON_WALK(pyrt_aroon_wide, 0)
PYRT_AROON_WALK(pyrt_aroonosc_wide, 1)

static int pyrt_aroon_part(const pyrt_call *c) { return pyrt_aroon_of(c, c->y[0], c->y[1]); }

static int pyrt_aroon_call(const pyrt_call *c)
{
    return pyrt_wide() && c->p[0] < PYRT_BRIEF ? pyrt_aroon_wide(c)
                                               : pyrt_in_parts(c, pyrt_aroon_part, 2, 2, (ptrdiff_t)c->p[0]);
}

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

static int pyrt_aroonosc_call(const pyrt_call *c)
{
    return pyrt_wide() && c->p[0] < PYRT_BRIEF ? pyrt_aroonosc_wide(c)
                                               : pyrt_in_parts(c, pyrt_aroonosc_part, 2, 1, (ptrdiff_t)c->p[0]);
}

#endif
