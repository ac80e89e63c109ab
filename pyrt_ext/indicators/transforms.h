/* Math Transform: functions of one row. */
#ifndef PYRT_TRANSFORMS_H
#define PYRT_TRANSFORMS_H

#include "rows.h"
#include "transcendental.h"

/* Angles far from 0 need more digits of pi than eight at once have. */
#define PYRT_OF_ANGLE(NAME, FUNCTION, RESULT)                                                                         \
    PYRT_INLINE v8 pyrt_##NAME##_near(v8 x)                                                                           \
    {                                                                                                                 \
        v8 sine, cosine;                                                                                              \
        v8_sincos(x, &sine, &cosine);                                                                                 \
        return RESULT;                                                                                                \
    }                                                                                                                 \
    PYRT_CLONES static int pyrt_##NAME##_call(const pyrt_call *c)                                                     \
    {                                                                                                                 \
        const double *x = c->x[0];                                                                                    \
        double *y = c->y[0];                                                                                          \
        v8 check = {0};                                                                                               \
        for (ptrdiff_t t = 0; t < c->n; t += 8) {                                                                     \
            const ptrdiff_t left = c->n - t;                                                                          \
            const v8 a = left >= 8 ? v8_load(x + t) : v8_load_end(x + t, left);                                       \
            v8 result = pyrt_##NAME##_near(a);                                                                        \
            check += a * 0.0;                                                                                         \
            for (int i = 0; i < 8; i++)                                                                               \
                if (!(fabs(a[i]) <= PYRT_FAR))                                                                        \
                    result[i] = FUNCTION(a[i]);                                                                       \
            if (left >= 8)                                                                                            \
                v8_store(y + t, result);                                                                              \
            else                                                                                                      \
                v8_store_end(y + t, result, left);                                                                    \
        }                                                                                                             \
        return pyrt_unsure(check);                                                                                    \
    }

PYRT_OF_ANGLE(sin, sin, sine)
PYRT_OF_ANGLE(cos, cos, cosine)
PYRT_OF_ANGLE(tan, tan, sine / cosine)
PYRT_ROWS(acos, 1, v8_acos(a))
PYRT_ROWS(asin, 1, v8_asin(a))
PYRT_ROWS(atan, 1, v8_arc(a, v8_all(1.0)))
PYRT_EACH(ceil, ceil)
PYRT_ROWS(cosh, 1, v8_cosh(a))
PYRT_ROWS(exp, 1, v8_exp_times(a, 0))
PYRT_EACH(floor, floor)
PYRT_ROWS(ln, 1, v8_ln(a))
PYRT_ROWS(log10, 1, v8_log10(a))
PYRT_ROWS(sinh, 1, v8_sinh(a))
PYRT_ROWS(sqrt, 1, v8_sqrt(a))
PYRT_ROWS(tanh, 1, v8_tanh(a))

#endif
