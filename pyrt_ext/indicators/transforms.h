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

/* Lane after lane, which compilers make one of, where there is one. */
PYRT_INLINE v8 v8_ceil(v8 v)
{
    double from[8], to[8];
    v8_store(from, v);
    for (int i = 0; i < 8; i++)
        to[i] = ceil(from[i]);
    return v8_load(to);
}

PYRT_INLINE v8 v8_floor(v8 v)
{
    double from[8], to[8];
    v8_store(from, v);
    for (int i = 0; i < 8; i++)
        to[i] = floor(from[i]);
    return v8_load(to);
}

PYRT_OF_ANGLE(sin, sin, sine)
PYRT_OF_ANGLE(cos, cos, cosine)
PYRT_OF_ANGLE(tan, tan, sine / cosine)
PYRT_ROWS(acos, 1, v8_acos(a))
PYRT_ROWS(asin, 1, v8_asin(a))
PYRT_ROWS(atan, 1, v8_arc(a, v8_all(1.0)))
PYRT_ROWS(ceil, 1, v8_ceil(a))
PYRT_ROWS(cosh, 1, v8_cosh(a))
PYRT_ROWS(exp, 1, v8_exp_times(a, 0))
PYRT_ROWS(floor, 1, v8_floor(a))
PYRT_ROWS(ln, 1, v8_ln(a))
PYRT_ROWS(log10, 1, v8_log10(a))
PYRT_ROWS(sinh, 1, v8_sinh(a))

/* Roots by steps that double an estimate's digits take half the time of the processor's. What a root leaves of x is exact:
 * it is the nearest where that is less than the root times its last place; for all else the processor is asked. */
#if defined(_IMMINTRIN_H_INCLUDED) || defined(__IMMINTRIN_H)
PYRT_WIDE_INLINE v8 pyrt_sqrt_at(v8 x)
{
    const __m512d v = (__m512d)x, half = _mm512_set1_pd(0.5), estimate = _mm512_rsqrt14_pd(v);
    __m512d g = v * estimate, h = half * estimate;
    for (int i = 0; i < 2; i++) {
        const __m512d r = _mm512_fnmadd_pd(g, h, half);
        g = _mm512_fmadd_pd(g, r, g), h = _mm512_fmadd_pd(h, r, h);
    }
    g = _mm512_fmadd_pd(_mm512_fnmadd_pd(g, g, v), h, g);
    const __m512d left = _mm512_fnmadd_pd(g, g, v), unit = (__m512d)((__m512i)g & _mm512_set1_epi64(0x7ff0000000000000));
    const __m512i bits = (__m512i)v - _mm512_set1_epi64(INT64_C(100) << 52);
    const int sure = _mm512_cmp_pd_mask((__m512d)v8_abs((v8)left), g * (unit * 0x1p-52), _CMP_LT_OQ)
        & _mm512_cmplt_epu64_mask(bits, _mm512_set1_epi64(INT64_C(1800) << 52));
    return sure == 0xff ? (v8)g : (v8)_mm512_sqrt_pd(v);
}
#else
PYRT_INLINE v8 pyrt_sqrt_at(v8 x) { return v8_sqrt(x); }
#endif

PYRT_ROWS(processors_sqrt, 1, v8_sqrt(a))

PYRT_WIDE static int pyrt_sqrt_wide(const pyrt_call *c)
{
    const double *x = c->x[0];
    double *y = c->y[0];
    const ptrdiff_t n = c->n, head = pyrt_min(n, (ptrdiff_t)(-((uintptr_t)y >> 3) & 7));
    v8 a = v8_load_end(x, head), check = a * 0.0;
    v8_store_end(y, pyrt_sqrt_at(a), head);
    ptrdiff_t t = head;
    for (; t + 8 <= n; t += 8) {
        a = v8_load(x + t);
        check += a * 0.0;
        if (n >= PYRT_BEYOND)
            V8_PASS(y + t, pyrt_sqrt_at(a));
        else
            v8_store(y + t, pyrt_sqrt_at(a));
    }
    pyrt_passed();
    a = v8_load_end(x + t, n - t);
    v8_store_end(y + t, pyrt_sqrt_at(a), n - t);
    return pyrt_unsure(check + a * 0.0);
}

static int pyrt_sqrt_call(const pyrt_call *c) { return pyrt_wide() ? pyrt_sqrt_wide(c) : pyrt_processors_sqrt_call(c); }

PYRT_ROWS(tanh, 1, v8_tanh(a))

#endif
