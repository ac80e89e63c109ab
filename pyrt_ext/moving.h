/* Hot loops of moving averages. x and y hold n doubles and do not overlap; 1 <= period. Each returns 0 if every x was
 * finite for certain, else 1: not-finite values are then somewhere in x, or only the sums overflowed. */
#ifndef PYRT_MOVING_H
#define PYRT_MOVING_H

#include "dispatch.h"

enum { PYRT_SHORT = 6 }; /* up to here adding every window up afresh, eight windows at once, is faster */

/* Output t is the sum of x[t-period+1..t], oldest value last, times 1/period. */
PYRT_CLONES static int pyrt_sma_short(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    const double scale = 1.0 / (double)period;
    v8 check = {0};
    ptrdiff_t i = period - 1;
    pyrt_fill_nan(y, pyrt_min(i, n));
    for (; i + 8 <= n; i += 8) {
        v8 sum = v8_load(x + i);
        for (ptrdiff_t k = 1; k < period; k++)
            sum += v8_load(x + i - k);
        check += sum * 0.0;
        v8_store(y + i, sum * scale);
    }
    for (; i < n; i++) {
        double sum = x[i];
        for (ptrdiff_t k = 1; k < period; k++)
            sum += x[i - k];
        check[0] += sum * 0.0;
        y[i] = sum * scale;
    }
    v8 total = v8_prefix(check);
    return !(total[7] == 0.0) || n < period;
}

/* Outputs of the block x[b..b+period-1], where y holds the tails of the block before it; returns the block's sum. The
 * last vector may reach past the block, where everything is yet to be written: `inside` says it is still in the array. */
PYRT_INLINE v8 pyrt_sma_heads(const double *x, double *y, ptrdiff_t n, ptrdiff_t b, ptrdiff_t period, int inside)
{
    const v8 scale = v8_all(1.0 / (double)period);
    const ptrdiff_t end = inside ? period : pyrt_min(period, n - b);
    v8 sum = {0};
    for (ptrdiff_t j = 0; j < end; j += 8) {
        const ptrdiff_t left = n - b - j;
        v8 head = v8_prefix(inside ? v8_load(x + b + j) : v8_load_end(x + b + j, left));
        v8 tail = inside ? v8_load(y + b + j) : v8_load_end(y + b + j, left);
        v8 mean = (tail + (head + sum)) * scale;
        inside ? v8_store(y + b + j, mean) : v8_store_end(y + b + j, mean, left);
        sum += v8_last(head);
    }
    return sum;
}

/* Tails of the block x[b..b+period-1], put where the next block's outputs will be: output b+period+j needs the sum of
 * x[b+j+1..b+period-1]. From the right; the first vector may reach past the block, and is cut there. */
PYRT_INLINE void pyrt_sma_tails(const double *x, double *y, ptrdiff_t n, ptrdiff_t b, ptrdiff_t period, int inside)
{
    ptrdiff_t j = (period - 1) / 8 * 8;
    v8 sum = {0};
    v8 last = v8_head(inside ? v8_load(x + b + j + 1) : v8_load_end(x + b + j + 1, period - 1 - j), period - 1 - j);
    for (;;) {
        const ptrdiff_t left = n - b - period - j;
        v8 tail = v8_suffix(last);
        inside ? v8_store(y + b + period + j, tail + sum) : v8_store_end(y + b + period + j, tail + sum, left);
        sum += v8_first(tail);
        if ((j -= 8) < 0)
            break;
        last = v8_load(x + b + j + 1);
    }
}

/* Blocks as long as the window: a window is the tail of one block and the head of the next, so its sum is a sum from
 * the right plus a sum from the left. Nothing is ever subtracted: an error cannot outlive its window. The sums of tails
 * wait in y, where the heads will meet them. */
PYRT_CLONES static int pyrt_sma_long(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    v8 total = {0};
    ptrdiff_t b = 0;
    memset(y, 0, (size_t)pyrt_min(n, period + 7) * sizeof *y);
    for (; b + 2 * period + 8 <= n; b += period) {
        total += pyrt_sma_heads(x, y, n, b, period, 1);
        pyrt_sma_tails(x, y, n, b, period, 1);
    }
    for (; b < n; b += period) {
        total += pyrt_sma_heads(x, y, n, b, period, 0);
        if (b + period < n)
            pyrt_sma_tails(x, y, n, b, period, 0);
    }
    pyrt_fill_nan(y, pyrt_min(period - 1, n));
    return !isfinite(total[0]);
}

static int pyrt_sma(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    return period <= PYRT_SHORT ? pyrt_sma_short(x, y, n, period) : pyrt_sma_long(x, y, n, period);
}

/* y[period-1] is the mean of the first window; from there y[t] = y[t-1] + gain*(x[t] - y[t-1]). */
PYRT_CLONES static int pyrt_ema(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double gain)
{
    pyrt_fill_nan(y, pyrt_min(period - 1, n));
    if (n < period)
        return 1;
    double sum = 0.0;
    for (ptrdiff_t i = 0; i < period; i++)
        sum += x[i];
    y[period - 1] = sum / (double)period;
    v8_smoother smoother = v8_smoother_start(gain, y[period - 1]);
    ptrdiff_t i = period;
    for (; i + 8 <= n; i += 8)
        v8_store(y + i, v8_smooth(&smoother, v8_load(x + i)));
    if (i < n) /* whole blocks only, so that a value does not depend on how much comes after it */
        v8_store_end(y + i, v8_smooth(&smoother, v8_load_end(x + i, n - i)), n - i);
    return !isfinite(y[n - 1]);
}

#endif
