/* Highest and lowest values of windows. */
#ifndef PYRT_EXTREMES_H
#define PYRT_EXTREMES_H

#include <stdlib.h>

#include "rows.h"

enum {
    PYRT_CHUNK = 1024, /* outputs made at a time, in buffers that a processor's first cache holds */
    PYRT_LONG = 512,   /* windows up to here have buffers on the stack */
    PYRT_BRIEF = 55,   /* windows up to here stay in registers, where vectors of eight do */
    PYRT_BEHIND = 8,   /* a power of two, above the number of eights in one of those */
};

/* In registers: the extremes of the 1, 2, 4 and 8 values that end in each lane; of eights those of the last vectors, in a
 * ring. Of equals the newest stays, as below, so that a zero has the same sign. Windows that reach before the first vector
 * are of what the state began with. */
typedef struct {
    v8 one, two, four, eights[PYRT_BEHIND];
    ptrdiff_t k, count;
    int rest;
} pyrt_brief;

PYRT_INLINE void pyrt_brief_begin(pyrt_brief *s, double x, ptrdiff_t period)
{
    s->one = s->two = s->four = v8_all(x);
    for (int i = 0; i < PYRT_BEHIND; i++)
        s->eights[i] = s->one;
    s->k = 0, s->count = period / 8, s->rest = (int)(period % 8);
}

/* Defines v8 NAME_next(s, x), and int NAME_brief(x, y, n, period), whose first period - 1 outputs are of no use. */
#define PYRT_BRIEFLY(NAME, BEST)                                                                                      \
    PYRT_WIDE_INLINE v8 NAME##_next(pyrt_brief *s, v8 x)                                                              \
    {                                                                                                                 \
        const ptrdiff_t k = s->k++;                                                                                   \
        const v8 two = BEST(V8_BACK(x, s->one, 1), x), four = BEST(V8_BACK(two, s->two, 2), two);                     \
        v8 best = s->rest == 1 ? x : s->rest < 4 ? two : four;                                                        \
        if (s->count > 0) {                                                                                           \
            const v8 eight = best = BEST(V8_BACK(four, s->four, 4), four);                                            \
            for (ptrdiff_t j = 1; j < s->count; j++)                                                                  \
                best = BEST(s->eights[(k - j) & (PYRT_BEHIND - 1)], best);                                            \
            s->eights[k & (PYRT_BEHIND - 1)] = eight;                                                                 \
            if (s->rest > 0) {                                                                                        \
                const v8 oldest = s->eights[(k - s->count + 1) & (PYRT_BEHIND - 1)];                                  \
                const v8 before = s->eights[(k - s->count) & (PYRT_BEHIND - 1)];                                      \
                best = BEST(pyrt_moved(oldest, before, s->rest), best);                                               \
            }                                                                                                         \
        } else if (s->rest == 3) {                                                                                    \
            best = BEST(V8_BACK(two, s->two, 1), two);                                                                \
        } else if (s->rest > 4) {                                                                                     \
            best = BEST(pyrt_moved(four, s->four, s->rest - 4), four);                                                \
        }                                                                                                             \
        s->one = x, s->two = two, s->four = four;                                                                     \
        return best;                                                                                                  \
    }                                                                                                                 \
    PYRT_WIDE_INLINE int NAME##_brief_of(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, int rest)         \
    {                                                                                                                 \
        pyrt_brief s;                                                                                                 \
        pyrt_brief_begin(&s, x[0], period);                                                                           \
        s.rest = rest; /* a constant, for which the compiler makes a loop of its own */                               \
        v8 check = {0}, v;                                                                                            \
        ptrdiff_t i = 0;                                                                                              \
        for (; i + 8 <= n; i += 8) {                                                                                  \
            v = v8_load(x + i);                                                                                       \
            check += v * 0.0;                                                                                         \
            v8_store(y + i, NAME##_next(&s, v));                                                                      \
        }                                                                                                             \
        v = v8_load_end(x + i, n - i);                                                                                \
        v8_store_end(y + i, NAME##_next(&s, v), n - i);                                                               \
        return pyrt_unsure(check + v * 0.0);                                                                          \
    }                                                                                                                 \
    PYRT_WIDE static int NAME##_brief(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)                      \
    {                                                                                                                 \
        switch (period % 8) {                                                                                         \
        case 0: return NAME##_brief_of(x, y, n, period, 0);                                                           \
        case 1: return NAME##_brief_of(x, y, n, period, 1);                                                           \
        case 2: return NAME##_brief_of(x, y, n, period, 2);                                                           \
        case 3: return NAME##_brief_of(x, y, n, period, 3);                                                           \
        case 4: return NAME##_brief_of(x, y, n, period, 4);                                                           \
        case 5: return NAME##_brief_of(x, y, n, period, 5);                                                           \
        case 6: return NAME##_brief_of(x, y, n, period, 6);                                                           \
        default: return NAME##_brief_of(x, y, n, period, 7);                                                          \
        }                                                                                                             \
    }

PYRT_BRIEFLY(pyrt_highest, V8_MAX)
PYRT_BRIEFLY(pyrt_lowest, V8_MIN)

/* Defines pyrt_NAME_wide: outputs of brief windows in one walk, as RESULT of vectors top and bottom, the highest of input
 * HIGH and the lowest of input LOW, and x, input X. Outputs before the windows are full are of no use. */
#define PYRT_BETWEEN(NAME, HIGH, LOW, X, RESULT)                                                                      \
    PYRT_WIDE_INLINE v8 pyrt_##NAME##_step(                                                                           \
        const pyrt_call *c, pyrt_brief *up, pyrt_brief *down, ptrdiff_t t, ptrdiff_t count)                           \
    {                                                                                                                 \
        const v8 high = count == 8 ? v8_load(c->x[HIGH] + t) : v8_load_end(c->x[HIGH] + t, count);                    \
        const v8 low = count == 8 ? v8_load(c->x[LOW] + t) : v8_load_end(c->x[LOW] + t, count);                       \
        const v8 x = count == 8 ? v8_load(c->x[X] + t) : v8_load_end(c->x[X] + t, count);                             \
        const v8 top = pyrt_highest_next(up, high), bottom = pyrt_lowest_next(down, low), y = RESULT;                 \
        if (count == 8)                                                                                               \
            v8_store(c->y[0] + t, y);                                                                                 \
        else                                                                                                          \
            v8_store_end(c->y[0] + t, y, count);                                                                      \
        return (high + low + x) * 0.0;                                                                                \
    }                                                                                                                 \
    PYRT_WIDE static int pyrt_##NAME##_wide(const pyrt_call *c)                                                       \
    {                                                                                                                 \
        pyrt_brief up, down;                                                                                          \
        pyrt_brief_begin(&up, c->x[HIGH][0], (ptrdiff_t)c->p[0]);                                                     \
        pyrt_brief_begin(&down, c->x[LOW][0], (ptrdiff_t)c->p[0]);                                                    \
        v8 check = {0};                                                                                               \
        ptrdiff_t t = 0;                                                                                              \
        for (; t + 8 <= c->n; t += 8)                                                                                 \
            check += pyrt_##NAME##_step(c, &up, &down, t, 8);                                                         \
        if (t < c->n)                                                                                                 \
            check += pyrt_##NAME##_step(c, &up, &down, t, c->n - t);                                                  \
        pyrt_fill_nan(c->y[0], pyrt_min((ptrdiff_t)c->p[0] - 1, c->n));                                               \
        return pyrt_unsure(check);                                                                                    \
    }

/* Whether pyrt_NAME_wide may be called. */
static inline int pyrt_briefly(const pyrt_call *c) { return pyrt_wide() && c->p[0] <= PYRT_BRIEF; }

/* By doubling: the extremes of windows of 1, 2, 4 ... values, each from two of the last. Defines
 * int NAME(x, y, n, period): the first period - 1 outputs are NaN; answers as a kernel does. `a BETTER b` says that a
 * stays. */
#define PYRT_EXTREME(NAME, BETTER)                                                                                    \
    PYRT_INLINE void NAME##_of_two(const double *restrict x, double *restrict y, ptrdiff_t n, ptrdiff_t apart)        \
    {                                                                                                                 \
        for (ptrdiff_t i = 0; i < n; i++)                                                                             \
            y[i] = x[i] BETTER x[i + apart] ? x[i] : x[i + apart];                                                    \
    }                                                                                                                 \
    PYRT_CLONES static int NAME##_chunks(                                                                             \
        const double *x, double *y, ptrdiff_t n, ptrdiff_t period, ptrdiff_t chunk, double *even, double *odd)        \
    {                                                                                                                 \
        v8 check = pyrt_check(x, period - 1);                                                                         \
        for (ptrdiff_t t = period - 1; t < n; t += chunk) {                                                           \
            const ptrdiff_t count = pyrt_min(chunk, n - t);                                                           \
            const double *from = x + t - (period - 1);                                                                \
            double *to = even;                                                                                        \
            ptrdiff_t width = 1;                                                                                      \
            check += pyrt_check(x + t, count);                                                                        \
            for (; 2 * width < period; width *= 2) {                                                                  \
                NAME##_of_two(from, to, count + period - 2 * width, width);                                           \
                from = to;                                                                                            \
                to = to == even ? odd : even;                                                                         \
            }                                                                                                         \
            NAME##_of_two(from, y + t, count, period - width);                                                        \
        }                                                                                                             \
        return pyrt_unsure(check);                                                                                    \
    }                                                                                                                 \
    static int NAME(const double *x, double *y, ptrdiff_t n, ptrdiff_t period)                                        \
    {                                                                                                                 \
        double small[2][PYRT_CHUNK + PYRT_LONG];                                                                      \
        if (n >= period && period <= PYRT_BRIEF && pyrt_wide()) {                                                     \
            const int unsure = NAME##_brief(x, y, n, period);                                                         \
            pyrt_fill_nan(y, period - 1);                                                                             \
            return unsure;                                                                                            \
        }                                                                                                             \
        pyrt_fill_nan(y, pyrt_min(period - 1, n));                                                                    \
        if (n < period)                                                                                               \
            return PYRT_UNSURE;                                                                                       \
        if (period <= PYRT_LONG)                                                                                      \
            return NAME##_chunks(x, y, n, period, PYRT_CHUNK, small[0], small[1]);                                    \
        double *large = malloc((size_t)period * 4 * sizeof *large);                                                   \
        if (large == NULL)                                                                                            \
            return PYRT_NO_MEMORY;                                                                                    \
        int answer = NAME##_chunks(x, y, n, period, period, large, large + 2 * period);                               \
        free(large);                                                                                                  \
        return answer;                                                                                                \
    }

PYRT_EXTREME(pyrt_highest, >)
PYRT_EXTREME(pyrt_lowest, <)

#endif
