/* Moving averages as kernels. */
#ifndef PYRT_MOVING_H
#define PYRT_MOVING_H

#include "averages.h"

static int pyrt_sma_call(const pyrt_call *c)
{
    return pyrt_window_sum(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 1.0 / c->p[0]);
}

static int pyrt_ema_call(const pyrt_call *c)
{
    return pyrt_ema(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 2.0 / (c->p[0] + 1.0));
}

static int pyrt_rma_call(const pyrt_call *c)
{
    return pyrt_ema(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 1.0 / c->p[0]);
}

static int pyrt_wma_call(const pyrt_call *c) { return pyrt_wma(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]); }

static int pyrt_dema_call(const pyrt_call *c)
{
    return pyrt_cascade2(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 2.0 / (c->p[0] + 1.0), PYRT_DEMA);
}

static int pyrt_tema_call(const pyrt_call *c)
{
    return pyrt_cascade3(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 2.0 / (c->p[0] + 1.0), PYRT_TEMA);
}

static int pyrt_t3_call(const pyrt_call *c)
{
    const double v = c->p[1], v2 = v * v, v3 = v2 * v;
    const double weights[6] = {0.0, 0.0, 1.0 + 3.0 * v + v3 + 3.0 * v2, -6.0 * v2 - 3.0 * (v + v3), 3.0 * (v2 + v3), -v3};
    return pyrt_cascade6(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], 2.0 / (c->p[0] + 1.0), weights);
}

static int pyrt_trima_part(const pyrt_call *c) { return pyrt_trima(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0]); }

PYRT_IN_PARTS(trima, 1, 1, (ptrdiff_t)c->p[0] - 1)

static int pyrt_ma_call(const pyrt_call *c)
{
    return pyrt_average(c->x[0], c->y[0], c->n, (ptrdiff_t)c->p[0], (int)c->p[1]);
}

PYRT_CLONES_PLAIN static void pyrt_twice_less(
    const double *restrict a, const double *restrict b, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = 2.0 * a[i] - b[i];
}

/* Hull: twice the average of half the length, less that of the whole, over the root of the length. */
static int pyrt_hma_part(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], half = period > 1 ? period / 2 : 1;
    const ptrdiff_t root = (ptrdiff_t)sqrt((double)period), lost = pyrt_min(period - 1, n);
    double *room = malloc((size_t)n * 3 * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_wma(c->x[0], room, n, half);
    pyrt_wma(c->x[0], room + n, n, period);
    pyrt_twice_less(room + lost, room + n + lost, room + 2 * n, n - lost);
    pyrt_fill_nan(c->y[0], lost);
    int answer = n > lost ? pyrt_wma(room + 2 * n, c->y[0] + lost, n - lost, root) : PYRT_UNSURE;
    free(room);
    return answer;
}

PYRT_IN_PARTS(hma, 1, 1, (ptrdiff_t)c->p[0] - 1 + (ptrdiff_t)sqrt(c->p[0]) - 1)

/* An exponential average of values that have what they moved over half its length added. */
static int pyrt_zlema_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0], lag = pyrt_min((period - 1) / 2, n);
    double *room = malloc((size_t)n * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_twice_less(c->x[0] + lag, c->x[0], room, n - lag);
    pyrt_fill_nan(c->y[0], lag);
    int answer = n > lag ? pyrt_ema(room, c->y[0] + lag, n - lag, period, 2.0 / (c->p[0] + 1.0)) : PYRT_UNSURE;
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

/* Kaufman: y[t] = y[t-1] + s[t]*(x[t] - y[t-1]), where s is larger the straighter the last `period` steps went. */
PYRT_CLONES static void pyrt_kama_of(const double *x, const double *path, double *y, ptrdiff_t n, ptrdiff_t period)
{
    v8 last = v8_all(x[period - 1]);
    ptrdiff_t t = period;
    for (; t + 8 <= n; t += 8)
        v8_store(y + t, pyrt_kama_eight(v8_load(x + t), v8_load(x + t - period), v8_load(path + t - 1), &last));
    if (t < n) {
        const v8 value = v8_load_end(x + t, n - t), before = v8_load_end(x + t - period, n - t);
        v8_store_end(y + t, pyrt_kama_eight(value, before, v8_load_end(path + t - 1, n - t), &last), n - t);
    }
}

static int pyrt_kama_call(const pyrt_call *c)
{
    const ptrdiff_t n = c->n, period = (ptrdiff_t)c->p[0];
    if (period == 1) {
        memcpy(c->y[0], c->x[0], (size_t)n * sizeof(double));
        return PYRT_UNSURE;
    }
    pyrt_fill_nan(c->y[0], pyrt_min(period, n));
    if (n <= period)
        return PYRT_UNSURE;
    double *room = malloc((size_t)n * 2 * sizeof *room);
    if (room == NULL)
        return PYRT_NO_MEMORY;
    pyrt_steps(c->x[0], room, n);
    pyrt_window_sum(room, room + n, n - 1, period, 1.0);
    pyrt_kama_of(c->x[0], room + n, c->y[0], n, period);
    free(room);
    return PYRT_UNSURE;
}

#endif
