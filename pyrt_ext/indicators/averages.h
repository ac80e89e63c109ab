/* Moving averages that several families are made of. x and y hold n doubles and do not overlap; 1 <= period. */
#ifndef PYRT_AVERAGES_H
#define PYRT_AVERAGES_H

#include "moments.h"
#include "sums.h"

enum { PYRT_ANCHORED = 1024 }; /* how many values an exponential average measures from one anchor; a multiple of 8 */

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

/* Weights 1, 2 ... period, the newest value's being the largest. */
PYRT_OF_MOMENTS(weighted, m.anchor + (m.ranked + m.sum) * (2.0 / (n * (n + 1.0))))

static int pyrt_wma(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    const pyrt_call c = {{x}, {y}, {(double)period}, n, 0};
    return pyrt_weighted_call(&c);
}

static int pyrt_trima(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    const ptrdiff_t first = (period + 1) / 2, second = period + 1 - first, lost = pyrt_min(first - 1, n);
    double *room = malloc((size_t)n * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_window_sum(x, room, n, first, 1.0 / (double)first);
    pyrt_fill_nan(y, lost);
    int answer = PYRT_UNSURE;
    if (n > lost)
        answer = pyrt_window_sum(room + lost, y + lost, n - lost, second, 1.0 / (double)second);
    free(room);
    return answer;
}

static const double PYRT_DEMA[2] = {2.0, -1.0}, PYRT_TEMA[3] = {3.0, -3.0, 1.0};

/* Exponential averages of exponential averages, DEPTH of them, each beginning with the mean of its first `period` inputs;
 * the output is their sum with `weights`. All are measured from one anchor. Defines int NAME(...). */
#define PYRT_CASCADE(NAME, DEPTH)                                                                                     \
    PYRT_INLINE ptrdiff_t NAME##_begin(                                                                               \
        const double *x, ptrdiff_t n, ptrdiff_t period, double gain, double anchor, double *average)                  \
    {                                                                                                                 \
        double first[DEPTH] = {0};                                                                                    \
        ptrdiff_t seen[DEPTH] = {0}, t = 0;                                                                           \
        for (; t < n && seen[DEPTH - 1] < period; t++) {                                                              \
            double value = x[t] - anchor;                                                                             \
            for (int k = 0; k < DEPTH; k++) {                                                                         \
                if (seen[k] >= period) {                                                                              \
                    average[k] += (value - average[k]) * gain;                                                        \
                } else {                                                                                              \
                    if (seen[k] == 0)                                                                                 \
                        first[k] = value, average[k] = 0.0;                                                           \
                    average[k] += value - first[k];                                                                   \
                    if (++seen[k] < period)                                                                           \
                        break;                                                                                        \
                    average[k] = first[k] + average[k] / (double)period;                                              \
                }                                                                                                     \
                value = average[k];                                                                                   \
            }                                                                                                         \
        }                                                                                                             \
        return seen[DEPTH - 1] == period ? t - 1 : n;                                                                 \
    }                                                                                                                 \
    PYRT_INLINE v8 NAME##_eight(v8_smoother *s, v8 e, const double *weights)                                          \
    {                                                                                                                 \
        v8 sum = {0};                                                                                                 \
        for (int k = 0; k < DEPTH; k++) {                                                                             \
            e = v8_smooth(&s[k], e);                                                                                  \
            sum += e * weights[k];                                                                                    \
        }                                                                                                             \
        return sum;                                                                                                   \
    }                                                                                                                 \
    PYRT_CLONES static int NAME(                                                                                      \
        const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double gain, const double *given)                  \
    {                                                                                                                 \
        double average[DEPTH] = {0}, weights[DEPTH], anchor = x[0], share = 0.0, value = 0.0;                         \
        v8_smoother s[DEPTH];                                                                                         \
        ptrdiff_t t = NAME##_begin(x, n, period, gain, anchor, average);                                              \
        pyrt_fill_nan(y, t);                                                                                          \
        if (t == n)                                                                                                   \
            return PYRT_UNSURE;                                                                                       \
        for (int k = 0; k < DEPTH; k++) {                                                                             \
            s[k] = v8_smoother_start(gain, average[k]);                                                               \
            weights[k] = given[k];                                                                                    \
            share += weights[k];                                                                                      \
            value += weights[k] * average[k];                                                                         \
        }                                                                                                             \
        y[t] = value + anchor * share;                                                                                \
        for (t++; t < n;) {                                                                                           \
            const ptrdiff_t stop = pyrt_min(t + PYRT_ANCHORED, n);                                                    \
            for (int k = 0; k < DEPTH; k++)                                                                           \
                s[k].last += anchor - x[t - 1];                                                                       \
            anchor = x[t - 1];                                                                                        \
            for (; t + 8 <= stop; t += 8)                                                                             \
                v8_store(y + t, NAME##_eight(s, v8_load(x + t) - anchor, weights) + anchor * share);                  \
            if (t < stop)                                                                                             \
                v8_store_end(                                                                                         \
                    y + t, NAME##_eight(s, v8_load_end(x + t, stop - t) - anchor, weights) + anchor * share, stop - t);\
            t = stop;                                                                                                 \
        }                                                                                                             \
        return !isfinite(y[n - 1]);                                                                                   \
    }

PYRT_CASCADE(pyrt_cascade2, 2)
PYRT_CASCADE(pyrt_cascade3, 3)
PYRT_CASCADE(pyrt_cascade6, 6)

#endif
