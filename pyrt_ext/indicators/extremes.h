/* Highest and lowest values of windows. */
#ifndef PYRT_EXTREMES_H
#define PYRT_EXTREMES_H

#include <stdlib.h>

#include "rows.h"

enum {
    PYRT_CHUNK = 1024, /* outputs made at a time, in buffers that a processor's first cache holds */
    PYRT_LONG = 512,   /* windows up to here have buffers on the stack */
};

/* By doubling: the extremes of windows of 1, 2, 4 ... values, each from two of the last. Defines
 * int NAME(x, y, n, period): the first period - 1 outputs are NaN; answers as a kernel does. `a BETTER b` says that a
 * stays. */
#define PYRT_EXTREME(NAME, BETTER)                                                                                    \
    PYRT_INLINE void NAME##_of_two(const double *restrict x, double *restrict y, ptrdiff_t n, ptrdiff_t apart)        \
    {                                                                                                                 \
        for (ptrdiff_t i = 0; i < n; i++)                                                                             \
            y[i] = x[i] BETTER x[i + apart] ? x[i] : x[i + apart];                                                    \
    }                                                                                                                 \
    PYRT_CLONES static int NAME##_chunks(                                                                             \
        const double *x, double *y, ptrdiff_t n, ptrdiff_t period, ptrdiff_t chunk, double *even, double *odd)        \
    {                                                                                                                 \
        v8 check = pyrt_check(x, period - 1);                                                                         \
        for (ptrdiff_t t = period - 1; t < n; t += chunk) {                                                           \
            const ptrdiff_t count = pyrt_min(chunk, n - t);                                                           \
            const double *from = x + t - (period - 1);                                                                \
            double *to = even;                                                                                        \
            ptrdiff_t width = 1;                                                                                      \
            check += pyrt_check(x + t, count);                                                                        \
            for (; 2 * width < period; width *= 2) {                                                                  \
                NAME##_of_two(from, to, count + period - 2 * width, width);                                           \
                from = to;                                                                                            \
                to = to == even ? odd : even;                                                                         \
            }                                                                                                         \
            NAME##_of_two(from, y + t, count, period - width);                                                        \
        }                                                                                                             \
        return pyrt_unsure(check);                                                                                    \
    }                                                                                                                 \
    static int NAME(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)                                        \
    {                                                                                                                 \
        double small[2][PYRT_CHUNK + PYRT_LONG];                                                                      \
        pyrt_fill_nan(y, pyrt_min(period - 1, n));                                                                    \
        if (n < period)                                                                                               \
            return PYRT_UNSURE;                                                                                       \
        if (period <= PYRT_LONG)                                                                                      \
            return NAME##_chunks(x, y, n, period, PYRT_CHUNK, small[0], small[1]);                                    \
        double *large = malloc((size_t)period * 4 * sizeof *large);                                                   \
        if (large == NULL)                                                                                            \
            return PYRT_NO_MEMORY;                                                                                    \
        int answer = NAME##_chunks(x, y, n, period, period, large, large + 2 * period);                               \
        free(large);                                                                                                  \
        return answer;                                                                                                \
    }

PYRT_EXTREME(pyrt_highest, >)
PYRT_EXTREME(pyrt_lowest, <)

/* The row of the extreme. Of equals a new one is taken; where the extreme has left the window, the first that is AGAIN
 * such as the one before it, so the oldest or the newest of equals. Defines int NAME(x, y, n, period, row): x begins at
 * that row of the data; 0 in the warm-up. */
#define PYRT_PLACE(NAME, BETTER, AGAIN)                                                                                    \
    PYRT_INLINE ptrdiff_t NAME##_anew(const double *x, ptrdiff_t from, ptrdiff_t to)                                \
    {                                                                                                                 \
        ptrdiff_t best = from;                                                                                        \
        for (ptrdiff_t i = from + 1; i <= to; i++)                                                                    \
            if (x[i] AGAIN x[best])                                                                                   \
                best = i;                                                                                             \
        return best;                                                                                                  \
    }                                                                                                                 \
    static int NAME(const double *x, int64_t *y, ptrdiff_t n, ptrdiff_t period, ptrdiff_t row)                        \
    {                                                                                                                 \
        memset(y, 0, (size_t)pyrt_min(period - 1, n) * sizeof *y);                                                    \
        for (ptrdiff_t t = period - 1; t < n;) {                                                                      \
            ptrdiff_t best = NAME##_anew(x, t - (period - 1), t);                                                   \
            y[t++] = row + best;                                                                                      \
            for (; t < pyrt_min(n, best + period); t++) {                                                             \
                if (!(x[best] BETTER x[t]))                                                                           \
                    best = t;                                                                                         \
                y[t] = row + best;                                                                                    \
            }                                                                                                         \
        }                                                                                                             \
        return PYRT_UNSURE;                                                                                           \
    }

PYRT_PLACE(pyrt_highest_at, >, >) /* TA-Lib's MAXINDEX: the oldest */
PYRT_PLACE(pyrt_lowest_at, <, <)
PYRT_PLACE(pyrt_last_highest_at, >, >=) /* TA-Lib's AROON: the newest */
PYRT_PLACE(pyrt_last_lowest_at, <, <=)

#endif
