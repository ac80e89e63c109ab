/* Functions of one row at a time: no window, no memory. */
#ifndef PYRT_ROWS_H
#define PYRT_ROWS_H

#include <stdlib.h>

#include "call.h"
#include "wide.h"

#if defined(__SSE2__) && (defined(__clang__) || __GNUC__ >= 12)
#include <emmintrin.h>
#define PYRT_PASSING 1
#endif

enum { PYRT_BEYOND = 1 << 19 }; /* an output of so many rows goes past the caches: it would push everything else out */

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

/* 0 while every value added was finite. */
PYRT_INLINE int pyrt_unsure(v8 check)
{
    v8 total = v8_prefix(check);
    return !(total[7] == 0.0);
}

/* Zeros, unless one of x[0..n-1] is not finite. */
PYRT_INLINE v8 pyrt_check(const double *x, ptrdiff_t n)
{
    v8 check = {0};
    ptrdiff_t i = 0;
    for (; i + 8 <= n; i += 8)
        check += v8_load(x + i) * 0.0;
    return check + v8_load_end(x + i, n - i) * 0.0;
}

PYRT_CLONES static int pyrt_all_finite(const double *x, ptrdiff_t n) { return !pyrt_unsure(pyrt_check(x, n)); }

/* Defines pyrt_NAME_call: output = EXPRESSION of vectors a, b, d, e, the inputs, of which there are COUNT (a constant).
 * Stores lie on cache lines, all but the first and the last. */
#define PYRT_ROWS(NAME, COUNT, EXPRESSION)                                                                            \
    PYRT_INLINE v8 pyrt_##NAME##_of(v8 a, v8 b, v8 d, v8 e)                                                           \
    {                                                                                                                 \
        (void)a, (void)b, (void)d, (void)e;                                                                           \
        return EXPRESSION;                                                                                            \
    }                                                                                                                 \
    PYRT_INLINE v8 pyrt_##NAME##_part(const pyrt_call *c, ptrdiff_t i, ptrdiff_t count)                               \
    {                                                                                                                 \
        const v8 a = v8_load_end(c->x[0] + i, count), b = COUNT > 1 ? v8_load_end(c->x[1] + i, count) : (v8){0};      \
        const v8 d = COUNT > 2 ? v8_load_end(c->x[2] + i, count) : (v8){0};                                           \
        const v8 e = COUNT > 3 ? v8_load_end(c->x[3] + i, count) : (v8){0};                                           \
        v8_store_end(c->y[0] + i, pyrt_##NAME##_of(a, b, d, e), count);                                               \
        return (a + b + d + e) * 0.0;                                                                                 \
    }                                                                                                                 \
    PYRT_CLONES static int pyrt_##NAME##_call(const pyrt_call *c)                                                     \
    {                                                                                                                 \
        const ptrdiff_t n = c->n;                                                                                     \
        ptrdiff_t i = pyrt_min(n, (ptrdiff_t)(-((uintptr_t)c->y[0] >> 3) & 7));                                       \
        const double *x0 = c->x[0], *x1 = c->x[1], *x2 = c->x[2], *x3 = c->x[3];                                      \
        double *y = c->y[0];                                                                                          \
        v8 check = pyrt_##NAME##_part(c, 0, i);                                                                       \
        for (; i + 8 <= n; i += 8) {                                                                                  \
            const v8 a = v8_load(x0 + i), b = COUNT > 1 ? v8_load(x1 + i) : (v8){0};                                  \
            const v8 d = COUNT > 2 ? v8_load(x2 + i) : (v8){0}, e = COUNT > 3 ? v8_load(x3 + i) : (v8){0};            \
            check += (a + b + d + e) * 0.0;                                                                           \
            if (n >= PYRT_BEYOND)                                                                                     \
                v8_pass(y + i, pyrt_##NAME##_of(a, b, d, e));                                                         \
            else                                                                                                      \
                v8_store(y + i, pyrt_##NAME##_of(a, b, d, e));                                                        \
        }                                                                                                             \
        pyrt_passed();                                                                                                \
        return pyrt_unsure(check + pyrt_##NAME##_part(c, i, n - i));                                                  \
    }

enum { PYRT_PART = 2048 };

/* Runs a kernel whose outputs depend on so many rows before them, part after part: what it needs to remember meanwhile
 * stays in the processor's caches, and no large block of memory is asked for. Parts overlap by those rows; what the
 * kernel writes over there is put back. `inputs` and `outputs` are how many there are. */
static int pyrt_in_parts(
    const pyrt_call *c, int (*kernel)(const pyrt_call *), int inputs, int outputs, ptrdiff_t memory)
{
    memory = (memory + 7) / 8 * 8; /* the length of parts as well, then: stores lie on cache lines */
    const ptrdiff_t size = memory > PYRT_PART / 4 ? 4 * memory : PYRT_PART;
    if (c->n <= size)
        return kernel(c);
    double *kept = malloc((size_t)(memory * outputs + 1) * sizeof *kept);
    if (kept == NULL)
        return PYRT_NO_MEMORY;
    int answer = PYRT_FINITE;
    for (ptrdiff_t start = 0; start < c->n && answer != PYRT_NO_MEMORY; start += size) {
        const ptrdiff_t back = pyrt_min(memory, start), from = start - back;
        pyrt_call part = *c;
        part.n = pyrt_min(start + size, c->n) - from;
        part.row = c->row + from;
        for (int i = 0; i < inputs; i++)
            part.x[i] = c->x[i] + from;
        for (int i = 0; i < outputs; i++) {
            part.y[i] = c->y[i] + from;
            memcpy(kept + i * memory, part.y[i], (size_t)back * sizeof *kept);
        }
        int one = kernel(&part);
        for (int i = 0; i < outputs; i++)
            memcpy(part.y[i], kept + i * memory, (size_t)back * sizeof *kept);
        for (int i = 0; i < inputs && one == PYRT_UNSURE; i++)
            if (!pyrt_all_finite(part.x[i], part.n))
                answer = pyrt_both(answer, PYRT_UNSURE);
        if (one == PYRT_NO_MEMORY)
            answer = one;
    }
    free(kept);
    return answer;
}

/* Defines pyrt_NAME_call, which runs pyrt_NAME_part so; `c` is the call. */
#define PYRT_IN_PARTS(NAME, INPUTS, OUTPUTS, MEMORY)                                                                  \
    static int pyrt_##NAME##_call(const pyrt_call *c)                                                                 \
    {                                                                                                                 \
        return pyrt_in_parts(c, pyrt_##NAME##_part, INPUTS, OUTPUTS, MEMORY);                                         \
    }

/* Defines pyrt_NAME_call for one input and one parameter, a distance: output = EXPRESSION of a, the value, and b, that of
 * so many rows before. */
#define PYRT_LAGGED(NAME, EXPRESSION)                                                                                 \
    PYRT_INLINE v8 pyrt_##NAME##_of(v8 a, v8 b) { return EXPRESSION; }                                                \
    PYRT_CLONES static int pyrt_##NAME##_call(const pyrt_call *c)                                                     \
    {                                                                                                                 \
        const double *x = c->x[0];                                                                                    \
        double *y = c->y[0];                                                                                          \
        const ptrdiff_t n = c->n, lag = pyrt_min((ptrdiff_t)c->p[0], n);                                              \
        const ptrdiff_t head = pyrt_min(n - lag, (ptrdiff_t)(-((uintptr_t)(y + lag) >> 3) & 7));                      \
        pyrt_fill_nan(y, lag);                                                                                        \
        v8 a = v8_load_end(x + lag, head), check = pyrt_check(x, lag) + a * 0.0;                                      \
        v8_store_end(y + lag, pyrt_##NAME##_of(a, v8_load_end(x, head)), head);                                       \
        ptrdiff_t t = lag + head;                                                                                     \
        for (; t + 8 <= n; t += 8) {                                                                                  \
            a = v8_load(x + t);                                                                                       \
            check += a * 0.0;                                                                                         \
            if (n >= PYRT_BEYOND)                                                                                     \
                v8_pass(y + t, pyrt_##NAME##_of(a, v8_load(x + t - lag)));                                            \
            else                                                                                                      \
                v8_store(y + t, pyrt_##NAME##_of(a, v8_load(x + t - lag)));                                           \
        }                                                                                                             \
        pyrt_passed();                                                                                                \
        a = v8_load_end(x + t, n - t);                                                                                \
        v8_store_end(y + t, pyrt_##NAME##_of(a, v8_load_end(x + t - lag, n - t)), n - t);                             \
        return pyrt_unsure(check + a * 0.0);                                                                          \
    }

/* The same for a function of one double, FUNCTION, that the compiler may or may not turn into vectors. */
#define PYRT_EACH(NAME, FUNCTION)                                                                                     \
    PYRT_CLONES_PLAIN static int pyrt_##NAME##_call(const pyrt_call *c)                                                     \
    {                                                                                                                 \
        const double *restrict x = c->x[0];                                                                           \
        double *restrict y = c->y[0];                                                                                 \
        for (ptrdiff_t i = 0; i < c->n; i++)                                                                          \
            y[i] = FUNCTION(x[i]);                                                                                    \
        return PYRT_UNSURE;                                                                                           \
    }

#endif
