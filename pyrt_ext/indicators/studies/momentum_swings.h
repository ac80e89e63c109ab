/* Turns of the market: extremes among their neighbours, and what was bought and sold with them. */
#ifndef PYRT_MOMENTUM_SWINGS_H
#define PYRT_MOMENTUM_SWINGS_H

#include "../oscillators.h"
#include "../volume.h"

/* 100 in the rows where x is beyond what is left and right of it, else 0. */
#define PYRT_TURNS(NAME, BEYOND)                                                                                      \
    PYRT_CLONES_PLAIN static void NAME(                                                                               \
        const double *restrict x, const double *restrict left, const double *restrict right, int64_t *restrict y,     \
        ptrdiff_t n)                                                                                                  \
    {                                                                                                                 \
        for (ptrdiff_t i = 0; i < n; i++)                                                                             \
            y[i] = (int64_t)(x[i] BEYOND left[i]) & (int64_t)(x[i] BEYOND right[i]) ? 100 : 0;                        \
    }

PYRT_TURNS(pyrt_peaks, >)
PYRT_TURNS(pyrt_troughs, <)

/* The turn stands in the row of the last neighbour on its right, where it is known. */
static int pyrt_fractal_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, left = (ptrdiff_t)c->p[0], right = (ptrdiff_t)c->p[1], warmup = left + right;
    int64_t *peaks = pyrt_integers(c, 0), *troughs = pyrt_integers(c, 1);
    memset(peaks, 0, (size_t)pyrt_min(warmup, n) * sizeof *peaks);
    memset(troughs, 0, (size_t)pyrt_min(warmup, n) * sizeof *troughs);
    if (n <= warmup)
        return PYRT_UNSURE;
    double *room = pyrt_room(n, 2), *other = left == right ? room : room + n;
    if (room == NULL)
        return PYRT_NO_MEMORY;
    int answer = pyrt_highest(c->x[0], room, n, left);
    if (left != right)
        answer = pyrt_both(answer, pyrt_highest(c->x[0], other, n, right));
    pyrt_peaks(c->x[0] + left, room + left - 1, other + warmup, peaks + warmup, n - warmup);
    answer = pyrt_both(answer, pyrt_lowest(c->x[1], room, n, left));
    if (left != right)
        answer = pyrt_both(answer, pyrt_lowest(c->x[1], other, n, right));
    pyrt_troughs(c->x[1] + left, room + left - 1, other + warmup, troughs + warmup, n - warmup);
    free(room);
    return answer;
}

PYRT_IN_PARTS(fractal, 2, 2, (ptrdiff_t)(c->p[0] + c->p[1]))

/* How far a close is above the true low if it rose, below the true high if it fell. */
PYRT_INLINE double pyrt_gained(double high, double low, double close, double before)
{
    const double floor = low < before ? low : before, ceiling = high > before ? high : before;
    return close > before ? close - floor : close < before ? close - ceiling : 0.0;
}

PYRT_CLONES static int pyrt_wad_call(const pyrt_call *c)
{
    const double *restrict high = c->x[0], *restrict low = c->x[1], *restrict close = c->x[2];
    double *restrict y = c->y[0];
    v8 sum = {0}, check = {0};
    y[0] = 0.0;
    for (ptrdiff_t start = 0; start < c->n; start += PYRT_TURN) {
        const ptrdiff_t count = pyrt_min(PYRT_TURN, c->n - start);
        for (ptrdiff_t i = start > 0 ? start : 1; i < start + count; i++)
            y[i] = pyrt_gained(high[i], low[i], close[i], close[i - 1]);
        check += pyrt_check(high + start, count) + pyrt_check(low + start, count) + pyrt_check(close + start, count);
        sum = pyrt_accumulate(y + start, count, sum);
    }
    return pyrt_unsure(check);
}

#endif
