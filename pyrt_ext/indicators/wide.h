/* What vectors of eight can do where they are registers. */
#ifndef PYRT_WIDE_H
#define PYRT_WIDE_H

#include "dispatch.h"

/* PYRT_WIDE before a function compiles it for AVX-512, where vectors of eight are registers; pyrt_wide() says whether this
 * CPU has them. For loops that have another form, with the same bits, which is the faster one elsewhere. */
#if defined(__AVX512F__)
#include <immintrin.h>
#define PYRT_WIDE
static inline int pyrt_wide(void) { return 1; }
#elif defined(PYRT_WIDEST) && !defined(PYRT_NO_AVX512)
#include <immintrin.h>
#define PYRT_WIDE __attribute__((target("avx512f")))
static inline int pyrt_wide(void) { return __builtin_cpu_supports("avx512f") != 0; }
#else
#define PYRT_WIDE
static inline int pyrt_wide(void) { return 0; }
#endif

/* The lanes of v moved up by k, those of the vector before it below them; k is a constant. */
#define V8_BACK(v, before, k) PYRT_PICK(before, v, 8 - k, 9 - k, 10 - k, 11 - k, 12 - k, 13 - k, 14 - k, 15 - k)

/* The lanes of v moved up by 1 to 7. */
PYRT_INLINE v8 pyrt_moved(v8 v, v8 before, int by)
{
    switch (by) {
    case 1: return V8_BACK(v, before, 1);
    case 2: return V8_BACK(v, before, 2);
    case 3: return V8_BACK(v, before, 3);
    case 4: return V8_BACK(v, before, 4);
    case 5: return V8_BACK(v, before, 5);
    case 6: return V8_BACK(v, before, 6);
    default: return V8_BACK(v, before, 7);
    }
}

PYRT_INLINE v8 v8_min(v8 a, v8 b) { return (v8)((v8i)v8_where(a < b, a) | (v8i)v8_where(a >= b, b)); }

/* The same in functions that are PYRT_WIDE, and PYRT_WIDE_INLINE in those: one instruction. Of equals the second. */
#define PYRT_WIDE_INLINE PYRT_WIDE static inline __attribute__((always_inline))
#if defined(_IMMINTRIN_H_INCLUDED) || defined(__IMMINTRIN_H)
#define V8_ALL(s) ((v8)_mm512_set1_pd(s))
#define V8_ALIGN(v, before, k) ((v8)_mm512_alignr_epi64((__m512i)(v), (__m512i)(before), 8 - (k)))
#define V8_FMA(a, b, c) ((v8)_mm512_fmadd_pd((__m512d)(a), (__m512d)(b), (__m512d)(c)))
#define V8_PASS(p, v) _mm512_stream_pd(p, (__m512d)(v)) /* to a line of the cache, see v8_pass */
#define V8_NOT_BELOW(a, b) _mm512_cmp_pd_mask((__m512d)(a), (__m512d)(b), _CMP_GE_OQ)
#define V8_NOT_ABOVE(a, b) _mm512_cmp_pd_mask((__m512d)(a), (__m512d)(b), _CMP_LE_OQ)
#define V8_PICK(mask, yes, no) ((v8i)_mm512_mask_blend_epi64(mask, (__m512i)(no), (__m512i)(yes)))
#define V8_DIFFERENT(a, b) (_mm512_cmpneq_epi64_mask((__m512i)(a), (__m512i)(b)) != 0)
#define V8_MAX(a, b) ((v8)_mm512_max_pd((__m512d)(a), (__m512d)(b)))
#define V8_MIN(a, b) ((v8)_mm512_min_pd((__m512d)(a), (__m512d)(b)))
#else
#define V8_ALL(s) v8_all(s)
#define V8_ALIGN(v, before, k) V8_BACK(v, before, k)
#define V8_FMA(a, b, c) ((a) * (b) + (c))
#define V8_PASS(p, v) v8_store(p, v)
#define V8_NOT_BELOW(a, b) ((a) >= (b))
#define V8_NOT_ABOVE(a, b) ((a) <= (b))
#define V8_PICK(mask, yes, no) (((yes) & (mask)) | ((no) & ~(mask)))
#define V8_DIFFERENT(a, b) 1
#define V8_MAX(a, b) v8_max(a, b)
#define V8_MIN(a, b) v8_min(a, b)
#endif

#endif
