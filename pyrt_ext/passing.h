/* Writing past the caches what nobody reads soon: an output larger than they are would push everything else out, and each
 * of its lines would be read from memory only to be written over. */
#ifndef PYRT_PASSING_H
#define PYRT_PASSING_H

#include "dispatch.h"

#if defined(__SSE2__) && (defined(__clang__) || __GNUC__ >= 12)
#include <emmintrin.h>
#define PYRT_PASSING 1
#endif

enum { PYRT_BEYOND = 1 << 19 }; /* an output of so many rows goes past the caches */

/* Writes lines that nobody needs to read first, from a multiple of 16 bytes on; pyrt_passed() makes such writes seen. */
PYRT_INLINE void v8_pass(double *p, v8 v)
{
#if defined(PYRT_PASSING)
    _mm_stream_pd(p, (__m128d)__builtin_shufflevector(v, v, 0, 1));
    _mm_stream_pd(p + 2, (__m128d)__builtin_shufflevector(v, v, 2, 3));
    _mm_stream_pd(p + 4, (__m128d)__builtin_shufflevector(v, v, 4, 5));
    _mm_stream_pd(p + 6, (__m128d)__builtin_shufflevector(v, v, 6, 7));
#else
    v8_store(p, v);
#endif
}

PYRT_INLINE void pyrt_passed(void)
{
#if defined(PYRT_PASSING)
    _mm_sfence();
#endif
}

/* How many doubles it is from p to where a cache line begins. */
PYRT_INLINE ptrdiff_t pyrt_to_line(const double *p) { return (ptrdiff_t)(-((uintptr_t)p >> 3) & 7); }

/* Copies less than eight doubles. */
PYRT_INLINE void pyrt_copy_few(double *to, const double *from, ptrdiff_t count)
{
    if (count & 4)
        memcpy(to, from, 4 * sizeof *to), to += 4, from += 4;
    if (count & 2)
        memcpy(to, from, 2 * sizeof *to), to += 2, from += 2;
    if (count & 1)
        *to = *from;
}

/* Copies a piece of a row; its whole lines past the caches if `beyond`, which doubles that are not aligned cannot go. */
PYRT_INLINE void pyrt_pass_row(double *to, const double *from, ptrdiff_t count, int beyond)
{
    ptrdiff_t i = beyond ? pyrt_min(pyrt_to_line(to), count) : 0;
    pyrt_copy_few(to, from, i);
    if (beyond)
        for (; i + 8 <= count; i += 8)
            v8_pass(to + i, v8_load(from + i));
    else
        for (; i + 8 <= count; i += 8)
            v8_store(to + i, v8_load(from + i));
    pyrt_copy_few(to + i, from + i, count - i);
}

#endif
