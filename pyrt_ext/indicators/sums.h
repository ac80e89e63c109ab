/* Sums of windows. x and y hold n doubles and do not overlap; 1 <= period. */
#ifndef PYRT_SUMS_H
#define PYRT_SUMS_H

#include "call.h"
#include "dispatch.h"

enum {
    PYRT_SHORT = 6,       /* windows up to here are added up afresh, eight at once */
    PYRT_NEAR = 256,      /* windows up to here have their tails in a buffer; a multiple of 8 */
};

/* Output t is the sum of x[t-period+1..t], oldest value last, times the scale. */
PYRT_CLONES static int pyrt_sum_short(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double scale)
{
    v8 check = {0};
    ptrdiff_t i = period - 1;
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
    return !(total[7] == 0.0);
}

/* Outputs of the block at x, of which `left` doubles are in the array: tails of the block before plus heads of this one.
 * The last vector may reach past the block, where everything is yet to be written; `inside` says it is still in the
 * array. Returns the block's sum. */
PYRT_INLINE v8 pyrt_sum_heads(
    const double *x, const double *tails, double *y, ptrdiff_t left, ptrdiff_t period, v8 scale, int inside)
{
    const ptrdiff_t end = inside ? period : pyrt_min(period, left);
    v8 sum = {0};
    for (ptrdiff_t j = 0; j < end; j += 8) {
        v8 head = v8_prefix(inside ? v8_load(x + j) : v8_load_end(x + j, left - j));
        v8 tail = inside ? v8_load(tails + j) : v8_load_end(tails + j, left - j);
        v8 mean = (tail + (head + sum)) * scale;
        inside ? v8_store(y + j, mean) : v8_store_end(y + j, mean, left - j);
        sum += v8_last(head);
    }
    return sum;
}

/* tails[j] becomes the sum of x[j+1..period-1], for 0 <= j < room. From the right; the first vector may reach past the
 * block, and is cut there. */
PYRT_INLINE void pyrt_sum_tails(const double *x, double *tails, ptrdiff_t room, ptrdiff_t period, int inside)
{
    ptrdiff_t j = (period - 1) / 8 * 8, last = period - 1 - j;
    v8 sum = {0};
    v8 tail = v8_suffix(v8_head(inside ? v8_load(x + j + 1) : v8_load_end(x + j + 1, last), last));
    for (;;) {
        inside ? v8_store(tails + j, tail + sum) : v8_store_end(tails + j, tail + sum, room - j);
        sum += v8_first(tail);
        if ((j -= 8) < 0)
            break;
        tail = v8_suffix(v8_load(x + j + 1));
    }
}

/* Blocks as long as the window: a window is the tail of one block and the head of the next, so its sum is a sum from
 * the right plus a sum from the left. Nothing is ever subtracted: an error cannot outlive its window. Tails wait in a
 * small buffer, and are made before the block's outputs are stored: a load from the page offset just stored to waits for
 * the store, and x and y often lie alike in their pages. */
PYRT_CLONES static int pyrt_sum_near(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double factor)
{
    const v8 scale = v8_all(factor);
    double tails[2][PYRT_NEAR] = {{0}};
    double *before = tails[0], *after = tails[1], *swap;
    v8 total = {0};
    ptrdiff_t b = 0;
    for (; b + period + 8 <= n; b += period) {
        pyrt_sum_tails(x + b, after, period, period, 1);
        total += pyrt_sum_heads(x + b, before, y + b, period, period, scale, 1);
        swap = before, before = after, after = swap;
    }
    for (; b < n; b += period) {
        if (b + period < n)
            pyrt_sum_tails(x + b, after, period, period, 0);
        total += pyrt_sum_heads(x + b, before, y + b, n - b, period, scale, 0);
        swap = before, before = after, after = swap;
    }
    return !isfinite(total[0]);
}

/* The same for windows that no buffer holds: tails wait in y, where the heads will meet them. */
PYRT_CLONES static int pyrt_sum_far(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double factor)
{
    const v8 scale = v8_all(factor);
    v8 total = {0};
    ptrdiff_t b = 0;
    memset(y, 0, (size_t)pyrt_min(n, period + 7) * sizeof *y);
    for (; b + 2 * period + 8 <= n; b += period) {
        total += pyrt_sum_heads(x + b, y + b, y + b, period, period, scale, 1);
        pyrt_sum_tails(x + b, y + b + period, period, period, 1);
    }
    for (; b < n; b += period) {
        total += pyrt_sum_heads(x + b, y + b, y + b, n - b, period, scale, 0);
        if (b + period < n)
            pyrt_sum_tails(x + b, y + b + period, n - b - period, period, 0);
    }
    return !isfinite(total[0]);
}

/* Sums of the last period values times a scale. 0 if every x was finite for certain, else 1: not-finite values are then
 * somewhere in x, or only the sums overflowed. The first period - 1 outputs are NaN. */
static int pyrt_window_sum(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double scale)
{
    int unsure = 1;
    if (n >= period)
        unsure = period <= PYRT_SHORT  ? pyrt_sum_short(x, y, n, period, scale)
                 : period <= PYRT_NEAR ? pyrt_sum_near(x, y, n, period, scale)
                                       : pyrt_sum_far(x, y, n, period, scale);
    pyrt_fill_nan(y, pyrt_min(period - 1, n));
    return unsure;
}

#endif
