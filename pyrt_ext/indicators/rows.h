/* Functions of one row at a time: no window, no memory. */
#ifndef PYRT_ROWS_H
#define PYRT_ROWS_H

#include "call.h"
#include "dispatch.h"

/* 0 while every value added was finite. */
PYRT_INLINE int pyrt_unsure(v8 check)
{
    v8 total = v8_prefix(check);
    return !(total[7] == 0.0);
}

/* Zeros, unless one of x[0..n-1] is not finite. */
PYRT_INLINE v8 pyrt_check(const double *x, ptrdiff_t n)
{
    v8 check = {0};
    ptrdiff_t i = 0;
    for (; i + 8 <= n; i += 8)
        check += v8_load(x + i) * 0.0;
    return check + v8_load_end(x + i, n - i) * 0.0;
}

/* Defines pyrt_NAME_call: output = EXPRESSION of vectors a, b, d, e, the inputs, of which there are COUNT (a constant).
 * Stores lie on cache lines, all but the first and the last. */
#define PYRT_ROWS(NAME, COUNT, EXPRESSION)                                                                            \
    PYRT_INLINE v8 pyrt_##NAME##_of(v8 a, v8 b, v8 d, v8 e)                                                           \
    {                                                                                                                 \
        (void)a, (void)b, (void)d, (void)e;                                                                           \
        return EXPRESSION;                                                                                            \
    }                                                                                                                 \
    PYRT_INLINE v8 pyrt_##NAME##_part(const pyrt_call *c, ptrdiff_t i, ptrdiff_t count)                               \
    {                                                                                                                 \
        const v8 a = v8_load_end(c->x[0] + i, count), b = COUNT > 1 ? v8_load_end(c->x[1] + i, count) : (v8){0};      \
        const v8 d = COUNT > 2 ? v8_load_end(c->x[2] + i, count) : (v8){0};                                           \
        const v8 e = COUNT > 3 ? v8_load_end(c->x[3] + i, count) : (v8){0};                                           \
        v8_store_end(c->y[0] + i, pyrt_##NAME##_of(a, b, d, e), count);                                               \
        return (a + b + d + e) * 0.0;                                                                                 \
    }                                                                                                                 \
    PYRT_CLONES static int pyrt_##NAME##_call(const pyrt_call *c)                                                     \
    {                                                                                                                 \
        const ptrdiff_t n = c->n;                                                                                     \
        ptrdiff_t i = pyrt_min(n, (ptrdiff_t)(-((uintptr_t)c->y[0] >> 3) & 7));                                       \
        const double *x0 = c->x[0], *x1 = c->x[1], *x2 = c->x[2], *x3 = c->x[3];                                      \
        double *y = c->y[0];                                                                                          \
        v8 check = pyrt_##NAME##_part(c, 0, i);                                                                       \
        for (; i + 8 <= n; i += 8) {                                                                                  \
            const v8 a = v8_load(x0 + i), b = COUNT > 1 ? v8_load(x1 + i) : (v8){0};                                  \
            const v8 d = COUNT > 2 ? v8_load(x2 + i) : (v8){0}, e = COUNT > 3 ? v8_load(x3 + i) : (v8){0};            \
            check += (a + b + d + e) * 0.0;                                                                           \
            v8_store(y + i, pyrt_##NAME##_of(a, b, d, e));                                                            \
        }                                                                                                             \
        return pyrt_unsure(check + pyrt_##NAME##_part(c, i, n - i));                                                  \
    }

/* Defines pyrt_NAME_call for one input and one parameter, a distance: output = EXPRESSION of a, the value, and b, that of
 * so many rows before. */
#define PYRT_LAGGED(NAME, EXPRESSION)                                                                                 \
    PYRT_INLINE v8 pyrt_##NAME##_of(v8 a, v8 b) { return EXPRESSION; }                                                \
    PYRT_CLONES static int pyrt_##NAME##_call(const pyrt_call *c)                                                     \
    {                                                                                                                 \
        const double *x = c->x[0];                                                                                    \
        const ptrdiff_t n = c->n, lag = pyrt_min((ptrdiff_t)c->p[0], n);                                              \
        ptrdiff_t t = lag;                                                                                            \
        pyrt_fill_nan(c->y[0], lag);                                                                                  \
        v8 check = pyrt_check(x, lag);                                                                                \
        for (; t + 8 <= n; t += 8) {                                                                                  \
            const v8 a = v8_load(x + t);                                                                              \
            check += a * 0.0;                                                                                         \
            v8_store(c->y[0] + t, pyrt_##NAME##_of(a, v8_load(x + t - lag)));                                         \
        }                                                                                                             \
        const v8 a = v8_load_end(x + t, n - t);                                                                       \
        v8_store_end(c->y[0] + t, pyrt_##NAME##_of(a, v8_load_end(x + t - lag, n - t)), n - t);                       \
        return pyrt_unsure(check + a * 0.0);                                                                          \
    }

/* The same for a function of one double, FUNCTION, that the compiler may or may not turn into vectors. */
#define PYRT_EACH(NAME, FUNCTION)                                                                                     \
    PYRT_CLONES static int pyrt_##NAME##_call(const pyrt_call *c)                                                     \
    {                                                                                                                 \
        const double *restrict x = c->x[0];                                                                           \
        double *restrict y = c->y[0];                                                                                 \
        for (ptrdiff_t i = 0; i < c->n; i++)                                                                          \
            y[i] = FUNCTION(x[i]);                                                                                    \
        return PYRT_UNSURE;                                                                                           \
    }

#endif
