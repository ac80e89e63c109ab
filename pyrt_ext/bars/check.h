/* Whether rows can be bars, in one reading of them. */
#ifndef PYRT_BARS_CHECK_H
#define PYRT_BARS_CHECK_H

#include "dispatch.h"

enum { PYRT_BARS_AT_ONCE = 2048 }; /* rows between two looks at what was found */

/* 1 if prices are finite and above zero, open and close lie from low to high, and times rise; NaN does not. */
PYRT_CLONES_PLAIN static int pyrt_bars_fine(const int64_t *restrict time, const double *restrict open,
                                            const double *restrict high, const double *restrict low,
                                            const double *restrict close, ptrdiff_t n)
{
    for (ptrdiff_t first = 0; first < n; first += PYRT_BARS_AT_ONCE) {
        const ptrdiff_t end = first + PYRT_BARS_AT_ONCE < n ? first + PYRT_BARS_AT_ONCE : n;
        int64_t fine = 1;
        for (ptrdiff_t i = first; i < end; i++)
            fine &= (int64_t)((low[i] > 0.0) & (low[i] <= open[i]) & (open[i] <= high[i]) & (low[i] <= close[i]) &
                              (close[i] <= high[i]) & (high[i] < INFINITY));
        for (ptrdiff_t i = first > 0 ? first : 1; i < end; i++)
            fine &= (int64_t)(time[i] > time[i - 1]);
        if (!fine)
            return 0;
    }
    return n > 0 && time[0] != INT64_MIN;
}

#endif
