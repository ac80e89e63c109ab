/* One loop, compiled for several CPUs; eight doubles at a time.
 *
 * PYRT_CLONES before a function makes GCC emit it for AVX-512, AVX2 and the baseline, and the loader picks one. For AVX2
 * GCC keeps vectors of eight in memory: it must write them in the pieces in which it reads them, which setup.py asks for
 * (PYRT_WIDE_MOVES says that it could; else a clone for AVX2 is half as fast as the baseline, and only loops over single
 * doubles, PYRT_CLONES_PLAIN, have it). Where the compiler or the C library cannot do clones, the baseline alone is left.
 * Lanes are written out as vectors of eight, so every clone performs the same operations in the same order and (with
 * -ffp-contract=off) gives the same bits. PYRT_NO_AVX512 leaves its clones out, to see what a CPU without them does.
 */
#ifndef PYRT_DISPATCH_H
#define PYRT_DISPATCH_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(PYRT_CLONES)
/* as the caller says */
#elif defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#if defined(PYRT_NO_AVX512)
#define PYRT_WIDEST
#else
#define PYRT_WIDEST "avx512f",
#endif
#define PYRT_CLONES_PLAIN __attribute__((target_clones(PYRT_WIDEST "avx2", "default")))
#if defined(PYRT_WIDE_MOVES)
#define PYRT_CLONES PYRT_CLONES_PLAIN
#elif defined(PYRT_NO_AVX512)
#define PYRT_CLONES
#else
#define PYRT_CLONES __attribute__((target_clones("avx512f", "default")))
#endif
#else
#define PYRT_CLONES
#endif
#if !defined(PYRT_CLONES_PLAIN)
#define PYRT_CLONES_PLAIN PYRT_CLONES
#endif

#define PYRT_INLINE static inline __attribute__((always_inline))

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi" /* vectors are passed between inlined functions only */
#endif

typedef double v8 __attribute__((vector_size(64)));
typedef int64_t v8i __attribute__((vector_size(64)));

#if defined(__clang__) || __GNUC__ >= 12
#define PYRT_PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define PYRT_PICK(a, b, ...) __builtin_shuffle(a, b, (v8i){__VA_ARGS__})
#endif

PYRT_INLINE v8 v8_load(const double *p) { v8 v; memcpy(&v, p, sizeof v); return v; }
PYRT_INLINE void v8_store(double *p, v8 v) { memcpy(p, &v, sizeof v); }
PYRT_INLINE v8 v8_all(double s) { return (v8){s, s, s, s, s, s, s, s}; }
PYRT_INLINE v8 v8_last(v8 v) { return PYRT_PICK(v, v, 7, 7, 7, 7, 7, 7, 7, 7); }
PYRT_INLINE v8 v8_first(v8 v) { return PYRT_PICK(v, v, 0, 0, 0, 0, 0, 0, 0, 0); }
PYRT_INLINE v8 v8_abs(v8 v) { return (v8)((v8i)v & INT64_MAX); }

/* v where the mask says so, else 0. A comparison is written where it is used: one that is used twice, or joined with
 * another, GCC takes lane after lane in a clone. */
PYRT_INLINE v8 v8_where(v8i mask, v8 v) { return (v8)((v8i)v & mask); }

/* The larger of each lane, of numbers. */
PYRT_INLINE v8 v8_max(v8 a, v8 b) { return (v8)((v8i)v8_where(a > b, a) | (v8i)v8_where(a <= b, b)); }

/* The first m (0 to 8) lanes of v, zeros in the others. */
PYRT_INLINE v8 v8_head(v8 v, ptrdiff_t m)
{
    static const int64_t masks[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    v8i mask;
    memcpy(&mask, masks + 8 - m, sizeof mask);
    return (v8)(mask & (v8i)v);
}

/* Where an array ends and m doubles are left: read them, zeros in the other lanes; write no more than them. */
PYRT_INLINE v8 v8_load_end(const double *p, ptrdiff_t m)
{
    v8 v = {0};
    if (m > 0)
        memcpy(&v, p, (size_t)(m < 8 ? m : 8) * sizeof *p);
    return v;
}

PYRT_INLINE void v8_store_end(double *p, v8 v, ptrdiff_t m)
{
    if (m > 0)
        memcpy(p, &v, (size_t)(m < 8 ? m : 8) * sizeof *p);
}

/* Lane j becomes the sum of w**(j - i) * v[i] over i <= j; w1, w2, w4 are w, w**2, w**4 in all lanes. */
PYRT_INLINE v8 v8_decay(v8 v, v8 w1, v8 w2, v8 w4)
{
    const v8 zero = {0};
    v += w1 * PYRT_PICK(zero, v, 7, 8, 9, 10, 11, 12, 13, 14);
    v += w2 * PYRT_PICK(zero, v, 6, 7, 8, 9, 10, 11, 12, 13);
    v += w4 * PYRT_PICK(zero, v, 4, 5, 6, 7, 8, 9, 10, 11);
    return v;
}

/* Lane j becomes the sum of v[0..j]. */
PYRT_INLINE v8 v8_prefix(v8 v)
{
    const v8 zero = {0};
    v += PYRT_PICK(zero, v, 7, 8, 9, 10, 11, 12, 13, 14);
    v += PYRT_PICK(zero, v, 6, 7, 8, 9, 10, 11, 12, 13);
    v += PYRT_PICK(zero, v, 4, 5, 6, 7, 8, 9, 10, 11);
    return v;
}

/* Lane j becomes the sum of v[j..7]. */
PYRT_INLINE v8 v8_suffix(v8 v)
{
    const v8 zero = {0};
    v += PYRT_PICK(v, zero, 1, 2, 3, 4, 5, 6, 7, 8);
    v += PYRT_PICK(v, zero, 2, 3, 4, 5, 6, 7, 8, 9);
    v += PYRT_PICK(v, zero, 4, 5, 6, 7, 8, 9, 10, 11);
    return v;
}

/* An exponential smoothing, y[t] = w*y[t-1] + gain*x[t], a block of eight at a time: the chain from block to block is one
 * multiplication and one addition. The gain is rounded to 1 - w, so that a constant stays what it is. */
typedef struct {
    v8 gain, w1, w2, w4, powers, w8, last;
} v8_smoother;

PYRT_INLINE v8_smoother v8_smoother_start(double gain, double start)
{
    double w = 1.0 - gain, w2 = w * w, w4 = w2 * w2;
    gain = 1.0 - w;
    v8 powers = {w, w2, w2 * w, w4, w4 * w, w4 * w2, w4 * w2 * w, w4 * w4};
    return (v8_smoother){v8_all(gain), v8_all(w), v8_all(w2), v8_all(w4), powers, v8_last(powers), v8_all(start)};
}

PYRT_INLINE v8 v8_smooth(v8_smoother *s, v8 x)
{
    v8 fresh = v8_decay(x * s->gain, s->w1, s->w2, s->w4);
    v8 y = fresh + s->last * s->powers;
    s->last = v8_last(fresh) + s->last * s->w8;
    return y;
}

PYRT_INLINE void pyrt_fill_nan(double *y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = NAN;
}

PYRT_INLINE ptrdiff_t pyrt_min(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

#endif
