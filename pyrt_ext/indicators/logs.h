/* Logarithms of eight doubles at once. */
#ifndef PYRT_LOGS_H
#define PYRT_LOGS_H

#include "dispatch.h"

#define PYRT_LEAST_NORMAL 2.2250738585072014e-308
#define PYRT_LARGEST 1.7976931348623157e308

/* The natural logarithm to two units in the last place, of normal numbers above 0; else NaN. x is m * 2**k with m from
 * sqrt(1/2) to sqrt(2), and log(m) = 2 * atanh((m - 1) / (m + 1)). */
PYRT_INLINE v8 v8_log(v8 x)
{
    const int64_t half_root = INT64_C(0x3fe6a09e667f3bcd), one = INT64_C(0x3ff0000000000000);
    const int64_t fraction = INT64_C(0x000fffffffffffff);
    const double rounder = 6755399441055744.0; /* 1.5 * 2**52: added, a number's last place is a unit */
    typedef uint64_t v8u __attribute__((vector_size(64)));
    const v8i shifted = (v8i)x + (one - half_root);
    const v8i exponent = (v8i)((v8u)shifted >> 52) - 1023;
    const v8 m = (v8)((shifted & fraction) + half_root);
    const v8 k = (v8)(exponent + (v8i)v8_all(rounder)) - rounder;
    const v8 f = m - 1.0, s = f / (2.0 + f), z = s * s;
    v8 p = v8_all(2.0 / 21.0);
    p = p * z + 2.0 / 19.0, p = p * z + 2.0 / 17.0, p = p * z + 2.0 / 15.0, p = p * z + 2.0 / 13.0;
    p = p * z + 2.0 / 11.0, p = p * z + 2.0 / 9.0, p = p * z + 2.0 / 7.0, p = p * z + 2.0 / 5.0, p = p * z + 2.0 / 3.0;
    const v8 result = k * 6.93147180369123816490e-01 + (2.0 * s + (s * z * p + k * 1.90821492927058770002e-10));
    return result + v8_where(x < PYRT_LEAST_NORMAL, v8_all(NAN)) + v8_where(x > PYRT_LARGEST, v8_all(NAN));
}

/* log(a / b) of prices; NaN unless both are above 0. */
PYRT_INLINE v8 v8_log_ratio(v8 a, v8 b)
{
    return v8_log(a / b) + v8_where(a <= 0.0, v8_all(NAN)) + v8_where(b <= 0.0, v8_all(NAN));
}

#endif
