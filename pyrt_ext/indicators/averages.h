/* Moving averages that several families are made of. x and y hold n doubles and do not overlap; 1 <= period. */
#ifndef PYRT_AVERAGES_H
#define PYRT_AVERAGES_H

#include "analytic.h"
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
PYRT_OF_MOMENTS(weighted, PYRT_BY_RANK, m.anchor + (m.ranked + m.sum) * (2.0 / (n * (n + 1.0))))

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

enum { PYRT_DEEPEST = 6, PYRT_STRETCH = 64 }; /* averages of each other; rows that are taken at once, eight in each lane */

/* How averages of each other answer to 1 in the first of them and nothing more to come: response[r][d] is what the d-th
 * behind it is after r rows. */
static void pyrt_cascade_responses(double response[PYRT_STRETCH + 1][PYRT_DEEPEST], double w)
{
    const double gain = 1.0 - w;
    memset(response[0], 0, sizeof response[0]);
    response[0][0] = 1.0;
    for (int r = 1; r <= PYRT_STRETCH; r++)
        for (int d = 0; d < PYRT_DEEPEST; d++)
            response[r][d] = w * response[r - 1][d] + (d > 0 ? gain * response[r][d - 1] : 0.0);
}

/* What a stretch is computed with, all lanes alike but `start`: what is left of the stretch's beginning where a lane begins. */
typedef struct {
    double w, gain, one[PYRT_DEEPEST], two[PYRT_DEEPEST], four[PYRT_DEEPEST], all[PYRT_DEEPEST];
    v8 start[PYRT_DEEPEST];
    double weights[PYRT_DEEPEST], shown[8][PYRT_DEEPEST]; /* by row of a lane: the output's share of each average before */
} pyrt_cascade;

static void pyrt_cascade_start(pyrt_cascade *c, double gain, const double *weights, int depth)
{
    double response[PYRT_STRETCH + 1][PYRT_DEEPEST];
    c->w = 1.0 - gain, c->gain = 1.0 - c->w;
    pyrt_cascade_responses(response, c->w);
    for (int d = 0; d < depth; d++) {
        c->weights[d] = weights[d];
        c->one[d] = response[8][d], c->two[d] = response[16][d], c->four[d] = response[32][d], c->all[d] = response[64][d];
        for (int j = 0; j < 8; j++)
            c->start[d][j] = response[8 * j][d];
        for (int r = 0; r < 8; r++) {
            c->shown[r][d] = 0.0;
            for (int k = d; k < depth; k++)
                c->shown[r][d] += weights[k] * response[r + 1][k - d];
        }
    }
}

/* Adds to each average what others were `behind`, as time has changed it. */
PYRT_INLINE void pyrt_cascade_add(v8 *average, const v8 *behind, const double *response, int depth)
{
    for (int k = 0; k < depth; k++)
        for (int d = 0; d <= k; d++)
            average[k] += behind[k - d] * response[d];
}

#define PYRT_BEHIND(M, ...)                                                                                           \
    for (int k = 0; k < depth; k++)                                                                                   \
        behind[k] = PYRT_PICK(zero, average[k], __VA_ARGS__);                                                         \
    pyrt_cascade_add(average, behind, M, depth);

/* A stretch of 64 rows: lanes take eight each as though nothing had been before, then are told what was. `last` is where
 * the averages were before the stretch, in all lanes, and where they are after it. */
PYRT_INLINE void pyrt_cascade_stretch(const pyrt_cascade *c, v8 *rows, v8 *last, int depth)
{
    const v8 zero = {0};
    v8 average[PYRT_DEEPEST] = {{0}}, behind[PYRT_DEEPEST];
    v8_turn(rows);
    for (int r = 0; r < 8; r++) {
        v8 e = rows[r], sum = {0};
        for (int k = 0; k < depth; k++) {
            e = average[k] = average[k] * c->w + e * c->gain;
            sum += e * c->weights[k];
        }
        rows[r] = sum;
    }
    PYRT_BEHIND(c->one, 7, 8, 9, 10, 11, 12, 13, 14)
    PYRT_BEHIND(c->two, 6, 7, 8, 9, 10, 11, 12, 13)
    PYRT_BEHIND(c->four, 4, 5, 6, 7, 8, 9, 10, 11)
    for (int k = depth - 1; k >= 0; k--) {
        behind[k] = PYRT_PICK(zero, average[k], 7, 8, 9, 10, 11, 12, 13, 14);
        v8 next = v8_last(average[k]);
        for (int d = 0; d <= k; d++) {
            behind[k] += last[k - d] * c->start[d];
            next += last[k - d] * c->all[d];
        }
        last[k] = next;
    }
    for (int r = 0; r < 8; r++)
        for (int k = 0; k < depth; k++)
            rows[r] += behind[k] * c->shown[r][k];
    v8_turn(rows);
}

PYRT_INLINE v8 pyrt_as_it_is(v8 value, v8 *last)
{
    (void)last;
    return value;
}

/* Exponential averages of exponential averages, DEPTH of them, each beginning with the mean of its first `period` inputs;
 * the output is what SHOWN(value, &last) makes of their sum with `weights`, of which `last` ended with the last before
 * `value`. All are measured from one anchor. Defines int NAME(...). */
#define PYRT_CASCADE(NAME, DEPTH, SHOWN)                                                                                     \
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
    PYRT_CLONES static int NAME(                                                                                      \
        const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double gain, const double *weights)                \
    {                                                                                                                 \
        double average[DEPTH] = {0}, anchor = x[0], share = 0.0, value = 0.0;                                         \
        ptrdiff_t t = NAME##_begin(x, n, period, gain, anchor, average);                                              \
        pyrt_fill_nan(y, t);                                                                                          \
        if (t == n)                                                                                                   \
            return PYRT_UNSURE;                                                                                       \
        pyrt_cascade c;                                                                                               \
        v8 last[DEPTH], rows[8];                                                                                      \
        pyrt_cascade_start(&c, gain, weights, DEPTH);                                                                 \
        for (int k = 0; k < DEPTH; k++) {                                                                             \
            last[k] = v8_all(average[k]);                                                                             \
            share += weights[k];                                                                                      \
            value += weights[k] * average[k];                                                                         \
        }                                                                                                             \
        y[t] = value + anchor * share;                                                                                \
        v8 before = v8_all(y[t]);                                                                                     \
        for (t++; t < n;) {                                                                                           \
            const ptrdiff_t stop = pyrt_min(t + PYRT_ANCHORED, n);                                                    \
            for (int k = 0; k < DEPTH; k++)                                                                           \
                last[k] += anchor - x[t - 1];                                                                         \
            anchor = x[t - 1];                                                                                        \
            for (; t < stop; t += PYRT_STRETCH) {                                                                     \
                const int whole = t + PYRT_STRETCH <= n;                                                              \
                for (int j = 0; j < 8; j++) {                                                                         \
                    const ptrdiff_t at = t + 8 * j;                                                                   \
                    rows[j] = (whole ? v8_load(x + at) : v8_load_end(x + at, n - at)) - anchor;                       \
                }                                                                                                     \
                pyrt_cascade_stretch(&c, rows, last, DEPTH);                                                          \
                for (int j = 0; j < 8; j++) {                                                                         \
                    const ptrdiff_t at = t + 8 * j;                                                                   \
                    const v8 shown = SHOWN(rows[j] + anchor * share, &before);                                        \
                    whole ? v8_store(y + at, shown) : v8_store_end(y + at, shown, n - at);                            \
                }                                                                                                     \
            }                                                                                                         \
            t = stop;                                                                                                 \
        }                                                                                                             \
        return !isfinite(y[n - 1]);                                                                                   \
    }

PYRT_CASCADE(pyrt_cascade2, 2, pyrt_as_it_is)
PYRT_CASCADE(pyrt_cascade3, 3, pyrt_as_it_is)
PYRT_CASCADE(pyrt_cascade6, 6, pyrt_as_it_is)

#endif
