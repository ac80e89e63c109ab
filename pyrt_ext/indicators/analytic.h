/* Functions of analysis that families share, eight doubles at a time: the same operations on every CPU. */
#ifndef PYRT_ANALYTIC_H
#define PYRT_ANALYTIC_H

#include "dispatch.h"

#define PYRT_ROUNDER 6755399441055744.0 /* 1.5 * 2**52: added, a number's last place is a unit */

PYRT_INLINE v8 v8_select(v8i mask, v8 yes, v8 no) { return (v8)(((v8i)yes & mask) | ((v8i)no & ~mask)); }

/* The smaller of each lane, of numbers. */
PYRT_INLINE v8 v8_least(v8 a, v8 b) { return (v8)((v8i)v8_where(a < b, a) | (v8i)v8_where(a >= b, b)); }

/* Eight rows of eight become eight columns. */
PYRT_INLINE void v8_turn(v8 *r)
{
    v8 a[8], b[8];
    for (int i = 0; i < 8; i += 2) {
        a[i] = PYRT_PICK(r[i], r[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        a[i + 1] = PYRT_PICK(r[i], r[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int i = 0; i < 8; i += 4)
        for (int j = i; j < i + 2; j++) {
            b[j] = PYRT_PICK(a[j], a[j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
            b[j + 2] = PYRT_PICK(a[j], a[j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    for (int j = 0; j < 4; j++) {
        r[j] = PYRT_PICK(b[j], b[j + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        r[j + 4] = PYRT_PICK(b[j], b[j + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

/* (atan(r) - r) / r**3 for |r| <= tan(pi / 8), from z = r * r; in pairs, so that the chain is short. */
PYRT_INLINE v8 v8_arc_rest(v8 z)
{
    const v8 z2 = z * z, z4 = z2 * z2;
    const v8 a = z * 0.1999999999999552 + -0.3333333333333333, b = z * 0.11111111015255669 + -0.14285714284666534;
    const v8 c = z * 0.07692183190171728 + -0.09090904578095735, d = z * 0.05858148832731273 + -0.06664511438164644;
    const v8 e = z * 0.039231646190551486 + -0.05085449318930035;
    return (a + z2 * b) + z4 * ((c + z2 * d) + z4 * (e + z2 * -0.019176872294336067));
}

/* All ones where the number is negative. Unlike a comparison this may be used more than once: those GCC takes apart. */
PYRT_INLINE v8i v8_negative(v8 v) { return (v8i)v >> 63; }

/* The angle whose tangent is up / along, between -pi / 2 and pi / 2; one of both is not 0. With one division: of the
 * smaller by the larger, or where that is beyond tan(pi / 8), of their difference by their sum, pi / 4 away. */
PYRT_INLINE v8 v8_arc(v8 up, v8 along)
{
    const v8i sign = ((v8i)up ^ (v8i)along) & INT64_MIN;
    const v8 a = v8_abs(up), b = v8_abs(along);
    const v8i steep = v8_negative(b - a);
    const v8 low = v8_select(steep, b, a), high = v8_select(steep, a, b);
    const v8i wide = v8_negative(high * 0.41421356237309503 - low), right = steep & ~wide;
    const v8 base = (v8)(((v8i)v8_all(0.7853981633974483) & wide) | ((v8i)v8_all(1.5707963267948966) & right));
    const v8 rest = (v8)(((v8i)v8_all(3.061616997868383e-17) & wide) | ((v8i)v8_all(6.123233995736766e-17) & right));
    const v8 q = (low - v8_where(wide, high)) / (high + v8_where(wide, low)), z = q * q;
    const v8 r = (v8)((v8i)q ^ (steep & INT64_MIN));
    return (v8)((v8i)(base + (r + (r * z * v8_arc_rest(z) + rest))) ^ sign);
}

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

#endif
