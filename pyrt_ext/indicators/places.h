/* Rows of the highest and lowest values of windows. */
#ifndef PYRT_PLACES_H
#define PYRT_PLACES_H

#include "extremes.h"

/* In registers, where vectors of eight are: the extremes of the 1, 2, 4 and 8 values that end in each lane (extremes.h),
 * with the rows of the newest and of the oldest of equals. */
typedef struct {
    v8 best;
    v8i newest, oldest;
} pyrt_place;

typedef struct {
    pyrt_place one, two, four, eights[PYRT_BEHIND];
    ptrdiff_t k, count;
    int rest;
} pyrt_ranking;

PYRT_INLINE void pyrt_ranking_begin(pyrt_ranking *s, double x, ptrdiff_t period)
{
    const pyrt_place first = {v8_all(x), {0}, {0}};
    s->one = s->two = s->four = first;
    for (int i = 0; i < PYRT_BEHIND; i++)
        s->eights[i] = first;
    s->k = 0, s->count = period / 8, s->rest = (int)(period % 8);
}

PYRT_WIDE_INLINE pyrt_place pyrt_place_moved(pyrt_place v, pyrt_place before, const int by, const int both)
{
    return (pyrt_place){pyrt_moved(v.best, before.best, by), (v8i)pyrt_moved((v8)v.newest, (v8)before.newest, by),
                        both ? (v8i)pyrt_moved((v8)v.oldest, (v8)before.oldest, by) : v.oldest};
}

/* Defines pyrt_place NAME_next(s, x, row, both), x being of that row and on; whether the oldest are asked for is a
 * constant. */
#define PYRT_PLACES(NAME, BEST, NOT_BELOW)                                                                            \
    PYRT_WIDE_INLINE pyrt_place NAME##_of_two(pyrt_place a, pyrt_place b, const int both)                             \
    {                                                                                                                 \
        return (pyrt_place){BEST(a.best, b.best), V8_PICK(NOT_BELOW(b.best, a.best), b.newest, a.newest),             \
                            both ? V8_PICK(NOT_BELOW(a.best, b.best), a.oldest, b.oldest) : a.oldest};                \
    }                                                                                                                 \
    PYRT_WIDE_INLINE pyrt_place NAME##_next(pyrt_ranking *s, v8 x, ptrdiff_t row, const int rest, const int both)      \
    {                                                                                                                 \
        const v8i lanes = {0, 1, 2, 3, 4, 5, 6, 7};                                                                   \
        const ptrdiff_t k = s->k++;                                                                                   \
        const pyrt_place one = {x, lanes + row, lanes + row};                                                         \
        const pyrt_place two = NAME##_of_two(pyrt_place_moved(one, s->one, 1, both), one, both);                      \
        const pyrt_place four = NAME##_of_two(pyrt_place_moved(two, s->two, 2, both), two, both);                     \
        pyrt_place best = rest == 1 ? one : rest < 4 ? two : four;                                                    \
        if (s->count > 0) {                                                                                           \
            const pyrt_place eight = best = NAME##_of_two(pyrt_place_moved(four, s->four, 4, both), four, both);      \
            for (ptrdiff_t j = 1; j < s->count; j++)                                                                  \
                best = NAME##_of_two(s->eights[(k - j) & (PYRT_BEHIND - 1)], best, both);                             \
            s->eights[k & (PYRT_BEHIND - 1)] = eight;                                                                 \
            if (rest > 0) {                                                                                           \
                const pyrt_place oldest = s->eights[(k - s->count + 1) & (PYRT_BEHIND - 1)];                          \
                const pyrt_place before = s->eights[(k - s->count) & (PYRT_BEHIND - 1)];                              \
                best = NAME##_of_two(pyrt_place_moved(oldest, before, rest, both), best, both);                       \
            }                                                                                                         \
        } else if (rest == 3) {                                                                                       \
            best = NAME##_of_two(pyrt_place_moved(two, s->two, 1, both), two, both);                                  \
        } else if (rest > 4) {                                                                                        \
            best = NAME##_of_two(pyrt_place_moved(four, s->four, rest - 4, both), four, both);                        \
        }                                                                                                             \
        s->one = one, s->two = two, s->four = four;                                                                   \
        return best;                                                                                                  \
    }

PYRT_PLACES(pyrt_highest_place, V8_MAX, V8_NOT_BELOW)
PYRT_PLACES(pyrt_lowest_place, V8_MIN, V8_NOT_ABOVE)

/* The row of the extreme. Of equals a new one is taken; where the extreme has left the window, the first that is AGAIN
 * such as the one before it, so the oldest or the newest of equals. Defines int NAME(x, y, n, period, row): x begins at
 * that row of the data; 0 in the warm-up. */
#define PYRT_PLACE(NAME, BETTER, AGAIN)                                                                               \
    PYRT_INLINE ptrdiff_t NAME##_anew(const double *x, ptrdiff_t from, ptrdiff_t to)                                  \
    {                                                                                                                 \
        ptrdiff_t best = from;                                                                                        \
        for (ptrdiff_t i = from + 1; i <= to; i++)                                                                    \
            if (x[i] AGAIN x[best])                                                                                   \
                best = i;                                                                                             \
        return best;                                                                                                  \
    }                                                                                                                 \
    /* Rows [t, to), the extreme of the row before being in row best, or before the window. */                        \
    static void NAME##_rows(                                                                                          \
        const double *x, int64_t *y, ptrdiff_t t, ptrdiff_t to, ptrdiff_t period, ptrdiff_t row, ptrdiff_t best)      \
    {                                                                                                                 \
        while (t < to) {                                                                                              \
            for (; t < pyrt_min(to, best + period); t++) {                                                            \
                if (!(x[best] BETTER x[t]))                                                                           \
                    best = t;                                                                                         \
                y[t] = row + best;                                                                                    \
            }                                                                                                         \
            if (t < to) {                                                                                             \
                best = NAME##_anew(x, t - (period - 1), t);                                                           \
                y[t++] = row + best;                                                                                  \
            }                                                                                                         \
        }                                                                                                             \
    }

/* The same in vectors, by a walk that knows the newest and the oldest of equals: where they are one, it is the extreme,
 * whatever came before. Rows with equals go one after the other. */
#define PYRT_PLACE_WALK(NAME, WALK)                                                                                   \
    PYRT_WIDE_INLINE int NAME##_walk_of(                                                                              \
        const double *x, int64_t *y, ptrdiff_t n, ptrdiff_t period, ptrdiff_t row, const int rest)                    \
    {                                                                                                                 \
        pyrt_ranking s;                                                                                                \
        pyrt_ranking_begin(&s, x[0], period);                                                                          \
        v8 check = {0};                                                                                               \
        for (ptrdiff_t t = 0; t < n; t += 8) {                                                                        \
            const ptrdiff_t end = pyrt_min(t + 8, n);                                                                 \
            const v8 v = t + 8 <= n ? v8_load(x + t) : v8_load_end(x + t, n - t);                                     \
            const pyrt_place best = WALK(&s, v, t, rest, 1);                                                          \
            check += v * 0.0;                                                                                         \
            if (end < period)                                                                                         \
                continue;                                                                                             \
            if (t < period || end < t + 8 || V8_DIFFERENT(best.newest, best.oldest)) {                                \
                const ptrdiff_t from = t < period ? period - 1 : t;                                                   \
                NAME##_rows(x, y, from, end, period, row, t < period ? -1 : y[t - 1] - row);                          \
            } else {                                                                                                  \
                v8_store((double *)(void *)(y + t), (v8)(best.newest + row));                                         \
            }                                                                                                         \
        }                                                                                                             \
        return pyrt_unsure(check);                                                                                    \
    }                                                                                                                 \
    PYRT_WIDE static int NAME##_walk(const double *x, int64_t *y, ptrdiff_t n, ptrdiff_t period, ptrdiff_t row)      \
    {                                                                                                                 \
        switch (period % 8) {                                                                                         \
        case 0: return NAME##_walk_of(x, y, n, period, row, 0);                                                       \
        case 1: return NAME##_walk_of(x, y, n, period, row, 1);                                                       \
        case 2: return NAME##_walk_of(x, y, n, period, row, 2);                                                       \
        case 3: return NAME##_walk_of(x, y, n, period, row, 3);                                                       \
        case 4: return NAME##_walk_of(x, y, n, period, row, 4);                                                       \
        case 5: return NAME##_walk_of(x, y, n, period, row, 5);                                                       \
        case 6: return NAME##_walk_of(x, y, n, period, row, 6);                                                       \
        default: return NAME##_walk_of(x, y, n, period, row, 7);                                                      \
        }                                                                                                             \
    }                                                                                                                 \
    static int NAME(const double *x, int64_t *y, ptrdiff_t n, ptrdiff_t period, ptrdiff_t row)                        \
    {                                                                                                                 \
        memset(y, 0, (size_t)pyrt_min(period - 1, n) * sizeof *y);                                                    \
        if (n < period)                                                                                               \
            return PYRT_UNSURE;                                                                                       \
        if (pyrt_wide() && period > 1 && period <= PYRT_BRIEF)                                                        \
            return NAME##_walk(x, y, n, period, row);                                                                 \
        NAME##_rows(x, y, period - 1, n, period, row, -1);                                                            \
        return PYRT_UNSURE;                                                                                           \
    }

PYRT_PLACE(pyrt_highest_at, >, >) /* TA-Lib's MAXINDEX: the oldest */
PYRT_PLACE_WALK(pyrt_highest_at, pyrt_highest_place_next)
PYRT_PLACE(pyrt_lowest_at, <, <)
PYRT_PLACE_WALK(pyrt_lowest_at, pyrt_lowest_place_next)
PYRT_PLACE(pyrt_last_highest_at, >, >=) /* TA-Lib's AROON: the newest */
PYRT_PLACE_WALK(pyrt_last_highest_at, pyrt_highest_place_next)
PYRT_PLACE(pyrt_last_lowest_at, <, <=)
PYRT_PLACE_WALK(pyrt_last_lowest_at, pyrt_lowest_place_next)

#endif
