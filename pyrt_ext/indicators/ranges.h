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
PYRT_CLONES static void pyrt_true_ranges(
    const double *high, const double *low, const double *close, double *y, ptrdiff_t n)
{
    ptrdiff_t t = 1;
    y[0] = NAN;
    for (; t + 8 <= n; t += 8)
        v8_store(y + t, pyrt_true_range(v8_load(high + t), v8_load(low + t), v8_load(close + t - 1)));
    if (t < n) {
        const v8 h = v8_load_end(high + t, n - t), l = v8_load_end(low + t, n - t);
        v8_store_end(y + t, pyrt_true_range(h, l, v8_load_end(close + t - 1, n - t)), n - t);
    }
}

#endif
