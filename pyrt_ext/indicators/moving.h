/* Hot loops of moving averages. x and y hold n doubles and do not overlap; 1 <= period. Each returns 0 if every x was
 * finite for certain, else 1: not-finite values are then somewhere in x, or only the sums overflowed. */
#ifndef PYRT_MOVING_H
#define PYRT_MOVING_H

#include "call.h"
#include "dispatch.h"

enum {
    PYRT_SHORT = 6,       /* windows up to here are added up afresh, eight at once */
    PYRT_NEAR = 256,      /* windows up to here have their tails in a buffer; a multiple of 8 */
    PYRT_ANCHORED = 1024, /* how many values an exponential average measures from one anchor; a multiple of 8 */
};

/* Output t is the sum of x[t-period+1..t], oldest value last, times 1/period. */
PYRT_CLONES static int pyrt_sma_short(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    const double scale = 1.0 / (double)period;
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
PYRT_INLINE v8 pyrt_sma_heads(
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
PYRT_INLINE void pyrt_sma_tails(const double *x, double *tails, ptrdiff_t room, ptrdiff_t period, int inside)
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
PYRT_CLONES static int pyrt_sma_near(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    const v8 scale = v8_all(1.0 / (double)period);
    double tails[2][PYRT_NEAR] = {{0}};
    double *before = tails[0], *after = tails[1], *swap;
    v8 total = {0};
    ptrdiff_t b = 0;
    for (; b + period + 8 <= n; b += period) {
        pyrt_sma_tails(x + b, after, period, period, 1);
        total += pyrt_sma_heads(x + b, before, y + b, period, period, scale, 1);
        swap = before, before = after, after = swap;
    }
    for (; b < n; b += period) {
        if (b + period < n)
            pyrt_sma_tails(x + b, after, period, period, 0);
        total += pyrt_sma_heads(x + b, before, y + b, n - b, period, scale, 0);
        swap = before, before = after, after = swap;
    }
    return !isfinite(total[0]);
}

/* The same for windows that no buffer holds: tails wait in y, where the heads will meet them. */
PYRT_CLONES static int pyrt_sma_far(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    const v8 scale = v8_all(1.0 / (double)period);
    v8 total = {0};
    ptrdiff_t b = 0;
    memset(y, 0, (size_t)pyrt_min(n, period + 7) * sizeof *y);
    for (; b + 2 * period + 8 <= n; b += period) {
        total += pyrt_sma_heads(x + b, y + b, y + b, period, period, scale, 1);
        pyrt_sma_tails(x + b, y + b + period, period, period, 1);
    }
    for (; b < n; b += period) {
        total += pyrt_sma_heads(x + b, y + b, y + b, n - b, period, scale, 0);
        if (b + period < n)
            pyrt_sma_tails(x + b, y + b + period, n - b - period, period, 0);
    }
    return !isfinite(total[0]);
}

static int pyrt_sma(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    int unsure = 1;
    if (n >= period)
        unsure = period <= PYRT_SHORT  ? pyrt_sma_short(x, y, n, period)
                 : period <= PYRT_NEAR ? pyrt_sma_near(x, y, n, period)
                                       : pyrt_sma_far(x, y, n, period);
    pyrt_fill_nan(y, pyrt_min(period - 1, n));
    return unsure;
}

/* y[period-1] is the mean of the first window; from there y[t] = y[t-1] + gain*(x[t] - y[t-1]). Distances from an anchor
 * are smoothed, not values, so that rounding is in proportion to how far x moves and a constant stays what it is. */
PYRT_CLONES static int pyrt_ema(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double gain)
{
    pyrt_fill_nan(y, pyrt_min(period - 1, n));
    if (n < period)
        return 1;
    double distance = 0.0;
    for (ptrdiff_t i = 1; i < period; i++)
        distance += x[i] - x[0];
    y[period - 1] = x[0] + distance / (double)period;
    v8_smoother smoother = v8_smoother_start(gain, 0.0);
    v8 anchor = v8_all(y[period - 1]);
    for (ptrdiff_t i = period; i < n;) {
        const ptrdiff_t stop = pyrt_min(i + PYRT_ANCHORED, n);
        for (; i + 8 <= stop; i += 8)
            v8_store(y + i, anchor + v8_smooth(&smoother, v8_load(x + i) - anchor));
        if (i < stop) /* whole blocks only, so that a value does not depend on how much comes after it */
            v8_store_end(y + i, anchor + v8_smooth(&smoother, v8_load_end(x + i, stop - i) - anchor), stop - i);
        i = stop;
        anchor += smoother.last;
        smoother.last = (v8){0};
    }
    return !isfinite(y[n - 1]);
}

static int pyrt_sma_call(const pyrt_call *c) { return pyrt_sma(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]); }

static int pyrt_ema_call(const pyrt_call *c)
{
    return pyrt_ema(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 2.0 / (c->p[0] + 1.0));
}

#endif
