/* Averages of every kind that TA-Lib numbers. x and y hold n doubles and do not overlap; 1 <= period. */
#ifndef PYRT_KINDS_H
#define PYRT_KINDS_H

#include "averages.h"
#include "mesa.h"

static int pyrt_t3(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double v)
{
    const double v2 = v * v, v3 = v2 * v;
    const double weights[6] = {0.0, 0.0, 1.0 + 3.0 * v + v3 + 3.0 * v2, -6.0 * v2 - 3.0 * (v + v3), 3.0 * (v2 + v3), -v3};
    return pyrt_cascade6(x, y, n, period, 2.0 / ((double)period + 1.0), weights);
}

PYRT_CLONES_PLAIN static void pyrt_twice_less(
    const double *restrict a, const double *restrict b, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = 2.0 * a[i] - b[i];
}

/* Hull: twice the average of half the length, less that of the whole, over the root of the length. */
static int pyrt_hma(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    const ptrdiff_t half = period > 1 ? period / 2 : 1;
    const ptrdiff_t root = (ptrdiff_t)sqrt((double)period), lost = pyrt_min(period - 1, n);
    double *room = malloc((size_t)n * 3 * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_wma(x, room, n, half);
    pyrt_wma(x, room + n, n, period);
    pyrt_twice_less(room + lost, room + n + lost, room + 2 * n, n - lost);
    pyrt_fill_nan(y, lost);
    int answer = n > lost ? pyrt_wma(room + 2 * n, y + lost, n - lost, root) : PYRT_UNSURE;
    free(room);
    return answer;
}

/* An exponential average of values that have what they moved over half its length added. */
static int pyrt_zlema(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    const ptrdiff_t lag = pyrt_min((period - 1) / 2, n);
    double *room = malloc((size_t)n * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_twice_less(x + lag, x, room, n - lag);
    pyrt_fill_nan(y, lag);
    int answer = n > lag ? pyrt_ema(room, y + lag, n - lag, period, 2.0 / ((double)period + 1.0)) : PYRT_UNSURE;
    free(room);
    return answer;
}

/* Of each lane's step k -> b + a*k make that of all steps up to it. */
PYRT_INLINE void v8_compose(v8 *a, v8 *b)
{
    const v8 one = v8_all(1.0), zero = {0};
    *b += *a * PYRT_PICK(zero, *b, 7, 8, 9, 10, 11, 12, 13, 14);
    *a *= PYRT_PICK(one, *a, 7, 8, 9, 10, 11, 12, 13, 14);
    *b += *a * PYRT_PICK(zero, *b, 6, 7, 8, 9, 10, 11, 12, 13);
    *a *= PYRT_PICK(one, *a, 6, 7, 8, 9, 10, 11, 12, 13);
    *b += *a * PYRT_PICK(zero, *b, 4, 5, 6, 7, 8, 9, 10, 11);
    *a *= PYRT_PICK(one, *a, 4, 5, 6, 7, 8, 9, 10, 11);
}

PYRT_CLONES_PLAIN static void pyrt_steps(const double *restrict x, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i + 1 < n; i++)
        y[i] = fabs(x[i + 1] - x[i]);
}

PYRT_INLINE v8 pyrt_kama_eight(v8 value, v8 before, v8 way, v8 *last)
{
    const double slow = 2.0 / 31.0, span = 2.0 / 3.0 - 2.0 / 31.0;
    const v8 change = v8_abs(value - before);
    const v8i straight = way <= change;
    const v8 ratio = (v8)(((v8i)(change / way) & ~straight) | ((v8i)v8_all(1.0) & straight));
    const v8 root = ratio * span + slow, s = root * root;
    v8 a = 1.0 - s, b = s * value;
    v8_compose(&a, &b);
    const v8 result = b + a * *last;
    *last = v8_last(b) + v8_last(a) * *last;
    return result;
}

/* n rows from x, x[-period] being the first that counts; path[t] is the way to row t. */
PYRT_CLONES static void pyrt_kama_of(
    const double *x, const double *path, double *y, ptrdiff_t n, ptrdiff_t period, double *value_before)
{
    v8 last = v8_all(*value_before);
    ptrdiff_t t = 0;
    for (; t + 8 <= n; t += 8)
        v8_store(y + t, pyrt_kama_eight(v8_load(x + t), v8_load(x + t - period), v8_load(path + t), &last));
    if (t < n) {
        const v8 value = v8_load_end(x + t, n - t), before = v8_load_end(x + t - period, n - t);
        v8_store_end(y + t, pyrt_kama_eight(value, before, v8_load_end(path + t, n - t), &last), n - t);
    }
    *value_before = last[0];
}

/* Rows from `period` on in one walk, where the window is short. */
PYRT_WIDE static int pyrt_kama_walk(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    pyrt_short s;
    pyrt_short_begin(&s, period);
    v8 last = v8_all(x[period - 1]), check = pyrt_check(x, period);
    for (ptrdiff_t t = period % 8 - 8; t < period; t += 8) { /* steps before; of none behind the first row */
        v8 steps = {0};
        for (int i = 0; i < 8; i++)
            if (t + i > 0 && t + i < period)
                steps[i] = fabs(x[t + i] - x[t + i - 1]);
        pyrt_short_next(&s, steps);
    }
    ptrdiff_t t = period;
    for (; t + 8 <= n; t += 8) {
        const v8 value = v8_load(x + t), way = pyrt_short_next(&s, v8_abs(value - v8_load(x + t - 1)));
        check += value * 0.0;
        v8_store(y + t, pyrt_kama_eight(value, v8_load(x + t - period), way, &last));
    }
    if (t < n) {
        const v8 value = v8_load_end(x + t, n - t), step = v8_abs(value - v8_load_end(x + t - 1, n - t));
        const v8 way = pyrt_short_next(&s, step), before = v8_load_end(x + t - period, n - t);
        check += value * 0.0;
        v8_store_end(y + t, pyrt_kama_eight(value, before, way, &last), n - t);
    }
    return pyrt_unsure(check);
}

/* Kaufman: y[t] = y[t-1] + s[t]*(x[t] - y[t-1]), where s is larger the straighter the last `period` steps went; the ways
 * are added up for some rows at a time. */
static int pyrt_kama(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)
{
    if (period == 1) {
        memcpy(y, x, (size_t)n * sizeof(double));
        return PYRT_UNSURE;
    }
    pyrt_fill_nan(y, pyrt_min(period, n));
    if (n <= period)
        return PYRT_UNSURE;
    if (pyrt_wide() && period <= PYRT_SHORT)
        return pyrt_kama_walk(x, y, n, period);
    const ptrdiff_t size = period > PYRT_PART / 4 ? (4 * period + 7) / 8 * 8 : PYRT_PART, room = size + period;
    double *steps = malloc((size_t)room * 2 * sizeof *steps), *path = steps + room;
    if (steps == NULL)
        return PYRT_NO_MEMORY;
    double last = x[period - 1];
    for (ptrdiff_t t = period; t < n; t += size) {
        const ptrdiff_t count = pyrt_min(size, n - t);
        pyrt_steps(x + t - period, steps, count + period);
        pyrt_window_sum(steps, path, count + period - 1, period, 1.0);
        pyrt_kama_of(x + t, path + period - 1, y + t, count, period, &last);
    }
    free(steps);
    return PYRT_UNSURE;
}

/* TA-Lib's numbers of kinds of averages; 11 is a function's own, the simple one unless it says another. Ehlers' takes no
 * period, but none smooths over one row. */
enum { PYRT_OWN = 11 };

static int pyrt_average(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, int kind)
{
    const double gain = 2.0 / ((double)period + 1.0);
    if (kind == 10 || (kind == 7 && period == 1)) {
        memcpy(y, x, (size_t)n * sizeof *y);
        return PYRT_UNSURE;
    }
    switch (kind) {
    case 1: return pyrt_ema(x, y, n, period, gain);
    case 2: return pyrt_wma(x, y, n, period);
    case 3: return pyrt_cascade2(x, y, n, period, gain, PYRT_DEMA);
    case 4: return pyrt_cascade3(x, y, n, period, gain, PYRT_TEMA);
    case 5: return pyrt_trima(x, y, n, period);
    case 6: return pyrt_kama(x, y, n, period);
    case 7: return pyrt_mama(x, y, y, n, 0.5, 0.05);
    case 8: return pyrt_t3(x, y, n, period, 0.7);
    case 9: return pyrt_hma(x, y, n, period);
    case 12: return pyrt_zlema(x, y, n, period);
    case 13: return pyrt_ema(x, y, n, period, 1.0 / (double)period);
    default: return pyrt_window_sum(x, y, n, period, 1.0 / (double)period);
    }
}

/* How many values an average of that kind takes before its first. */
static inline ptrdiff_t pyrt_average_warmup(ptrdiff_t period, int kind)
{
    switch (kind) {
    case 3: return 2 * (period - 1);
    case 4: return 3 * (period - 1);
    case 6: return period > 1 ? period : 0;
    case 7: return period > 1 ? 32 : 0;
    case 8: return 6 * (period - 1);
    case 9: return period + (ptrdiff_t)sqrt((double)period) - 2;
    case 10: return 0;
    case 12: return (period - 1) / 2 + period - 1;
    default: return period - 1;
    }
}

/* Whether an average of that kind depends on no more than the rows of its warm-up. */
static inline int pyrt_forgets(double kind)
{
    return kind == 0.0 || kind == 2.0 || kind == 5.0 || kind == 9.0 || kind == 10.0 || kind == PYRT_OWN;
}

#endif
