/* What bars reach: true ranges, places of a close between the extremes of a window. */
#ifndef PYRT_RANGES_H
#define PYRT_RANGES_H

#include "averages.h"
#include "extremes.h"

PYRT_INLINE v8 pyrt_true_range(v8 high, v8 low, v8 before)
{
    return v8_max(v8_max(v8_abs(high - before), v8_abs(low - before)), high - low);
}

/* The range of each row and of the close before it; NaN in the first. */
PYRT_CLONES_PLAIN static void pyrt_true_ranges(
    const double *restrict high, const double *restrict low, const double *restrict close, double *restrict y,
    ptrdiff_t n)
{
    y[0] = NAN;
    for (ptrdiff_t t = 1; t < n; t++) {
        const double span = high[t] - low[t], up = fabs(high[t] - close[t - 1]), down = fabs(low[t] - close[t - 1]);
        const double wide = up > down ? up : down;
        y[t] = wide > span ? wide : span;
    }
}

#endif
