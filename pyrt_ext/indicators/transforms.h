/* Math Transform: functions of one row. */
#ifndef PYRT_TRANSFORMS_H
#define PYRT_TRANSFORMS_H

#include "rows.h"

#define PYRT_ROUNDER 6755399441055744.0 /* 1.5 * 2**52: added, a number's last place is a unit */

PYRT_INLINE v8 v8_select(v8i mask, v8 yes, v8 no) { return (v8)(((v8i)yes & mask) | ((v8i)no & ~mask)); }

/* Sine and cosine, for angles up to PYRT_FAR; the quarter of the circle goes by in three parts of pi / 2. */
#define PYRT_FAR 1e5

PYRT_INLINE void v8_sincos(v8 x, v8 *sine, v8 *cosine)
{
    const v8 k = (x * 0.6366197723675814 + PYRT_ROUNDER) - PYRT_ROUNDER;
    const v8 r = ((x - k * 1.5707963267341256) - k * 6.077100506303966e-11) - k * 2.0222662487959506e-21;
    const v8i quarter = (v8i)(k + PYRT_ROUNDER);
    const v8 z = r * r;
    v8 s = v8_all(-1.0 / 121645100408832000.0), c = v8_all(1.0 / 2432902008176640000.0);
    s = s * z + 1.0 / 355687428096000.0, s = s * z - 1.0 / 1307674368000.0, s = s * z + 1.0 / 6227020800.0;
    s = s * z - 1.0 / 39916800.0, s = s * z + 1.0 / 362880.0, s = s * z - 1.0 / 5040.0, s = s * z + 1.0 / 120.0;
    s = s * z - 1.0 / 6.0;
    c = c * z - 1.0 / 6402373705728000.0, c = c * z + 1.0 / 20922789888000.0, c = c * z - 1.0 / 87178291200.0;
    c = c * z + 1.0 / 479001600.0, c = c * z - 1.0 / 3628800.0, c = c * z + 1.0 / 40320.0, c = c * z - 1.0 / 720.0;
    c = c * z + 1.0 / 24.0, c = c * z - 0.5;
    const v8 sin_r = r + r * z * s, cos_r = 1.0 + z * c;
    const v8i swap = -(quarter & 1), turn_s = (quarter & 2) << 62, turn_c = ((quarter + 1) & 2) << 62;
    *sine = (v8)((v8i)v8_select(swap, cos_r, sin_r) ^ turn_s);
    *cosine = (v8)((v8i)v8_select(swap, sin_r, cos_r) ^ turn_c);
}

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
PYRT_EACH(acos, acos)
PYRT_EACH(asin, asin)
PYRT_EACH(atan, atan)
PYRT_EACH(ceil, ceil)
PYRT_EACH(cosh, cosh)
PYRT_EACH(exp, exp)
PYRT_EACH(floor, floor)
PYRT_EACH(ln, log)
PYRT_EACH(log10, log10)
PYRT_EACH(sinh, sinh)
PYRT_EACH(sqrt, sqrt)
PYRT_EACH(tanh, tanh)

#endif
