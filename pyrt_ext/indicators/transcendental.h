/* Exponentials, logarithms and arcs, eight doubles at a time: the same operations on every CPU, within 2.5 units of the
 * last place of the true value. Polynomials are near-minimax (interpolation at Chebyshev's points). */
#ifndef PYRT_TRANSCENDENTAL_H
#define PYRT_TRANSCENDENTAL_H

#include "analytic.h"

#define PYRT_LN2_HIGH 0.6931471803691238 /* 32 bits: a product with a small integer is exact */
#define PYRT_LN2_LOW 1.9082149292705877e-10

PYRT_INLINE v8 v8_sqrt(v8 x)
{
    for (int i = 0; i < 8; i++)
        x[i] = sqrt(x[i]);
    return x;
}

PYRT_INLINE v8 v8_two_to(v8i n) { return (v8)((n + 1023) << 52); }

/* e**r - 1 where x = n * ln 2 + r and |r| is up to half of it. */
PYRT_INLINE v8 v8_exp_part(v8 x, v8i *n)
{
    const v8 turns = x * 1.4426950408889634 + PYRT_ROUNDER, k = turns - PYRT_ROUNDER;
    const v8 r = (x - k * PYRT_LN2_HIGH) - k * PYRT_LN2_LOW, r2 = r * r, r4 = r2 * r2;
    const v8 a = 0.5 + r * 0.1666666666666667, b = 0.04166666666666667 + r * 0.008333333333326136;
    const v8 c = 0.0013888888888883748 + r * 0.00019841269874820627, d = 2.4801587325547743e-05 + r * 2.7557255400206422e-06;
    const v8 e = 2.75572736431103e-07 + r * 2.5105217004720745e-08 + r2 * 2.0914686968086876e-09;
    *n = (v8i)turns - (v8i)v8_all(PYRT_ROUNDER);
    return r + r2 * ((a + r2 * b) + r4 * ((c + r2 * d) + r4 * e));
}

/* e**x * 2**shift; the power of two comes in two factors, which reach as far as doubles do. */
PYRT_INLINE v8 v8_exp_times(v8 x, int64_t shift)
{
    v8i n;
    const v8 p = 1.0 + v8_exp_part(v8_least(v8_max(x, v8_all(-800.0)), v8_all(800.0)), &n);
    const v8i half = (n + shift) >> 1;
    return p * v8_two_to(half) * v8_two_to(n + shift - half);
}

/* x is m * 2**k with m from sqrt(1/2) to sqrt(2); the logarithm is that of m, times `unit`, and k of 2's. */
PYRT_INLINE v8 v8_log_in(v8 x, double unit, double high, double low)
{
    const v8i tiny = v8_negative(x - 2.2250738585072014e-308);
    const v8i bits = (v8i)v8_select(tiny, x * 18014398509481984.0, x);
    const v8i exponent = (bits - INT64_C(0x3fe6a09e667f3bcd)) >> 52;
    const v8 m = (v8)(bits - (exponent << 52));
    const v8 k = (v8)((v8i)v8_all(PYRT_ROUNDER) + exponent - (tiny & 54)) - PYRT_ROUNDER;
    const v8 f = m - 1.0, s = f / (2.0 + f), z = s * s, z2 = z * z, half = 0.5 * f * f;
    const v8 a = 0.666666666666667 + z * 0.39999999999899444, b = 0.2857142862600327 + z * 0.22222211130259878;
    const v8 c = 0.18182889455674947 + z * 0.15331710618210773 + z2 * 0.14616585424888623;
    const v8 rest = s * (half + z * (a + z2 * (b + z2 * c)));
    const v8 y = unit == 1.0 ? k * high - ((half - (rest + k * low)) - f)
                             : k * high + (k * low + (f - (half - rest)) * unit);
    const v8i below = (v8i)(x < 0.0) & INT64_C(0x7ff8000000000000);
    return (v8)((v8i)v8_where(x != 0.0, y) | (v8i)v8_where(x == 0.0, v8_all(-HUGE_VAL)) | below);
}

/* -inf at 0, NaN below. */
PYRT_INLINE v8 v8_ln(v8 x) { return v8_log_in(x, 1.0, PYRT_LN2_HIGH, PYRT_LN2_LOW); }

PYRT_INLINE v8 v8_log10(v8 x)
{
    return v8_log_in(x, 0.4342944819032518, 0.3010299955494702, 1.1451100898021838e-10);
}

/* (asin(s) - s) / s from z = s * s, up to 1/4. */
PYRT_INLINE v8 v8_asin_rest(v8 z)
{
    const v8 z2 = z * z, z4 = z2 * z2, z8 = z4 * z4;
    const v8 a = 0.16666666666666669 + z * 0.07499999999998433, b = 0.04464285714635545 + z * 0.030381944138529803;
    const v8 c = 0.022372172942209625 + z * 0.017352392719417624, d = 0.01397121299584485 + z * 0.01147917719077423;
    const v8 e = 0.010322815852320064 + z * 0.005457500096744011, f = 0.017400897906395946 + z * -0.01485191657576524;
    return z * (((a + z2 * b) + z4 * (c + z2 * d)) + z8 * ((e + z2 * f) + z4 * 0.0287578719503479));
}

/* Beyond 1/2 of the half angle; NaN beyond 1. */
PYRT_INLINE v8 v8_asin(v8 x)
{
    const v8 a = v8_abs(x);
    const v8i wide = v8_negative(0.5 - a), sign = (v8i)x & INT64_MIN;
    const v8 z = v8_select(wide, (1.0 - a) * 0.5, x * x), s = v8_select(wide, v8_sqrt(z), a);
    const v8 arc = s + s * v8_asin_rest(z);
    const v8 result = v8_select(wide, 1.5707963267948966 - (2.0 * arc - 6.123233995736766e-17), arc);
    return (v8)((v8i)result ^ sign);
}

PYRT_INLINE v8 v8_acos(v8 x)
{
    const v8 a = v8_abs(x);
    const v8i wide = v8_negative(0.5 - a), left = v8_negative(x);
    const v8 z = v8_select(wide, (1.0 - a) * 0.5, x * x), s = v8_select(wide, v8_sqrt(z), x);
    const v8 rest = s * v8_asin_rest(z), far = 2.0 * (s + rest);
    const v8 turned = v8_select(left, 3.141592653589793 - (far - 1.2246467991473532e-16), far);
    return v8_select(wide, turned, 1.5707963267948966 - (s + (rest - 6.123233995736766e-17)));
}

/* Up to 1; the argument's powers are odd. */
PYRT_INLINE v8 v8_sinh_near(v8 x)
{
    const v8 z = x * x, z2 = z * z, z4 = z2 * z2;
    const v8 a = 0.16666666666666666 + z * 0.008333333333333333, b = 0.00019841269841269773 + z * 2.7557319224040365e-06;
    const v8 c = 2.5052108364049466e-08 + z * 1.6059048397722392e-10, d = 7.646625253572627e-13 + z * 2.8445297426378895e-15;
    return x + x * (z * ((a + z2 * b) + z4 * (c + z2 * d)));
}

PYRT_INLINE v8 v8_cosh(v8 x)
{
    const v8 half = v8_exp_times(v8_abs(x), -1);
    return half + 0.25 / half;
}

PYRT_INLINE v8 v8_sinh(v8 x)
{
    const v8 a = v8_abs(x), half = v8_exp_times(a, -1);
    const v8 result = v8_select(v8_negative(a - 1.0), v8_sinh_near(a), half - 0.25 / half);
    return (v8)((v8i)result | ((v8i)x & INT64_MIN));
}

/* By e**2x - 1, over itself and 2. */
PYRT_INLINE v8 v8_tanh(v8 x)
{
    v8i n;
    const v8 p = v8_exp_part(v8_least(2.0 * v8_abs(x), v8_all(60.0)), &n), two = v8_two_to(n);
    const v8 grown = two * p + (two - 1.0);
    return (v8)((v8i)(grown / (grown + 2.0)) | ((v8i)x & INT64_MIN));
}

#endif
