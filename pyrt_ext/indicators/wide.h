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

PYRT_INLINE v8 v8_min(v8 a, v8 b) { return (v8)((v8i)v8_where(a < b, a) | (v8i)v8_where(a >= b, b)); }

/* The same in functions that are PYRT_WIDE, and PYRT_WIDE_INLINE in those: one instruction. Of equals the second. */
#define PYRT_WIDE_INLINE PYRT_WIDE static inline __attribute__((always_inline))
#if defined(_IMMINTRIN_H_INCLUDED) || defined(__IMMINTRIN_H)
#define V8_MAX(a, b) ((v8)_mm512_max_pd((__m512d)(a), (__m512d)(b)))
#define V8_MIN(a, b) ((v8)_mm512_min_pd((__m512d)(a), (__m512d)(b)))
#else
#define V8_MAX(a, b) v8_max(a, b)
#define V8_MIN(a, b) v8_min(a, b)
#endif

#endif
