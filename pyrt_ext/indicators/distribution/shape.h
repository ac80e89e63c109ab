/* The shape of a window's distribution, from sums of powers of distances: up to the second, third or fourth. Short
 * windows are gone through twice, for the mean and for distances from it. Long ones come as blocks as long as the window,
 * as in moments.h, with distances from the block's first value, which every window that ends in the block holds: where
 * nothing moves all sums are exactly 0. */
#ifndef PYRT_SHAPE_H
#define PYRT_SHAPE_H

#include "../moments.h"

typedef struct {
    v8 last;   /* the newest value, as a distance from the mean */
    v8 sum[4]; /* of its powers 2, 3, 4 over the window; the first is not used */
} pyrt_central;

/* Powers 1 to `most` of d. */
PYRT_INLINE void pyrt_powers(v8 d, int most, v8 *to)
{
    to[0] = d, to[1] = d * d;
    if (most > 2)
        to[2] = to[1] * d;
    if (most > 3)
        to[3] = to[1] * to[1];
}

/* Sums of powers about the mean, from those about another point. */
PYRT_INLINE pyrt_central pyrt_centered(v8 last, const v8 *s, int most, double n)
{
    const v8 mean = s[0] * (1.0 / n), square = mean * mean;
    pyrt_central c = {last - mean, {{0}, s[1] - s[0] * mean, {0}, {0}}};
    if (most > 2)
        c.sum[2] = s[2] - 3.0 * mean * s[1] + 2.0 * square * s[0];
    if (most > 3)
        c.sum[3] = s[3] - 4.0 * mean * s[2] + 6.0 * square * s[1] - 3.0 * square * mean * s[0];
    return c;
}

PYRT_INLINE pyrt_central pyrt_central_afresh(const double *x, ptrdiff_t period, int most)
{
    const v8 newest = v8_load(x);
    v8 mean = {0};
    for (ptrdiff_t k = 1; k < period; k++)
        mean += v8_load(x - k) - newest;
    mean = mean / (double)period;
    pyrt_central c = {-mean, {{0}, {0}, {0}, {0}}};
    for (ptrdiff_t k = 0; k < period; k++) {
        v8 powers[4];
        pyrt_powers((v8_load(x - k) - newest) - mean, most, powers);
        for (int i = 1; i < most; i++)
            c.sum[i] += powers[i];
    }
    return c;
}

/* Sums over what comes in the block at x after each of its values; `room` takes `most` vectors for eight values. */
PYRT_INLINE void pyrt_power_tails(const double *x, ptrdiff_t left, ptrdiff_t period, int most, v8 *room)
{
    const double anchor = x[period];
    v8 carried[4] = {{0}, {0}, {0}, {0}}, powers[4];
    for (ptrdiff_t j = (period - 1) / 8 * 8; j >= 0; j -= 8) {
        const v8 raw = j + 9 <= left ? v8_load(x + j + 1) : v8_load_end(x + j + 1, left - j - 1);
        pyrt_powers(v8_head(raw - anchor, pyrt_min(8, period - 1 - j)), most, powers);
        for (int i = 0; i < most; i++) {
            const v8 part = v8_suffix(powers[i]);
            room[j / 8 * most + i] = part + carried[i];
            carried[i] += v8_first(part);
        }
    }
}

/* Defines pyrt_NAME_call: output = RESULT of c, distances from the mean to the power MOST, and n, the window's length. */
#define PYRT_OF_POWERS(NAME, MOST, RESULT)                                                                            \
    PYRT_INLINE v8 pyrt_##NAME##_of(pyrt_central c, double n) { return RESULT; }                                      \
    PYRT_CLONES static void pyrt_##NAME##_afresh(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)           \
    {                                                                                                                 \
        ptrdiff_t t = period - 1;                                                                                     \
        for (; t + 8 <= n; t += 8)                                                                                    \
            v8_store(y + t, pyrt_##NAME##_of(pyrt_central_afresh(x + t, period, MOST), (double)period));              \
        if (t < n) {                                                                                                  \
            double end[PYRT_AFRESH + 8] = {0};                                                                        \
            memcpy(end, x + t - (period - 1), (size_t)(n - t + period - 1) * sizeof *end);                            \
            const pyrt_central c = pyrt_central_afresh(end + period - 1, period, MOST);                               \
            v8_store_end(y + t, pyrt_##NAME##_of(c, (double)period), n - t);                                          \
        }                                                                                                             \
    }                                                                                                                 \
    PYRT_CLONES static void pyrt_##NAME##_blocks(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, v8 *room) \
    {                                                                                                                 \
        for (ptrdiff_t b = 0; b < n; b += period) {                                                                   \
            const ptrdiff_t count = pyrt_min(period, n - b);                                                          \
            const double anchor = x[b];                                                                               \
            v8 carried[4] = {{0}, {0}, {0}, {0}}, powers[4], sums[4];                                                 \
            for (ptrdiff_t j = 0; j < count; j += 8) {                                                                \
                const v8 raw = b + j + 8 <= n ? v8_load(x + b + j) : v8_load_end(x + b + j, n - b - j);               \
                const v8 d = raw - anchor;                                                                            \
                pyrt_powers(d, MOST, powers);                                                                         \
                for (int i = 0; i < MOST; i++) {                                                                      \
                    const v8 part = v8_prefix(powers[i]);                                                             \
                    sums[i] = room[j / 8 * MOST + i] + (carried[i] + part);                                           \
                    carried[i] += v8_last(part);                                                                      \
                }                                                                                                     \
                const v8 result = pyrt_##NAME##_of(pyrt_centered(d, sums, MOST, (double)period), (double)period);     \
                if (b + j + 8 <= n) /* what is written past the block is yet to be written */                         \
                    v8_store(y + b + j, result);                                                                      \
                else                                                                                                  \
                    v8_store_end(y + b + j, result, n - b - j);                                                       \
            }                                                                                                         \
            if (b + period < n)                                                                                       \
                pyrt_power_tails(x + b, n - b, period, MOST, room);                                                   \
        }                                                                                                             \
    }                                                                                                                 \
    static int pyrt_##NAME##_call(const pyrt_call *c)                                                                 \
    {                                                                                                                 \
        const ptrdiff_t period = (ptrdiff_t)c->p[0], n = c->n;                                                        \
        if (n >= period && period <= PYRT_AFRESH)                                                                     \
            pyrt_##NAME##_afresh(c->x[0], c->y[0], n, period);                                                        \
        if (n >= period && period > PYRT_AFRESH) {                                                                    \
            v8 *room = pyrt_zeros((size_t)((period + 15) / 8 * MOST) * sizeof *room);                                 \
            if (room == NULL)                                                                                         \
                return PYRT_NO_MEMORY;                                                                                \
            pyrt_##NAME##_blocks(c->x[0], c->y[0], n, period, room);                                                  \
            free(room);                                                                                               \
        }                                                                                                             \
        pyrt_fill_nan(c->y[0], pyrt_min(period - 1, n));                                                              \
        return pyrt_all_finite(c->x[0], n) ? PYRT_FINITE : PYRT_UNSURE;                                               \
    }

/* Where nothing moves, 0 / 0: NaN. */
PYRT_INLINE v8 pyrt_skewness(pyrt_central c, double n)
{
    const v8 spread = c.sum[1] * v8_root(c.sum[1]);
    return c.sum[2] * (n * sqrt(n - 1.0) / (n - 2.0)) / spread;
}

PYRT_INLINE v8 pyrt_excess(pyrt_central c, double n)
{
    const double rest = (n - 2.0) * (n - 3.0);
    const v8 ratio = c.sum[3] / (c.sum[1] * c.sum[1]);
    return ratio * (n * (n + 1.0) * (n - 1.0) / rest) - 3.0 * (n - 1.0) * (n - 1.0) / rest;
}

PYRT_OF_POWERS(zscore, 2, c.last / v8_root(c.sum[1] * (1.0 / n)))
PYRT_OF_POWERS(skew, 3, pyrt_skewness(c, n))
PYRT_OF_POWERS(kurtosis, 4, pyrt_excess(c, n))

#endif
