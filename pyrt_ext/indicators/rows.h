/* Functions of one row at a time: no window, no memory. */
#ifndef PYRT_ROWS_H
#define PYRT_ROWS_H

#include <stdlib.h>

#include "call.h"
#include "passing.h"
#include "wide.h"

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
        ptrdiff_t i = pyrt_min(n, pyrt_to_line(c->y[0]));                                       \
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
 * so many rows before; and pyrt_NAME_table, for which rows that lie whole are one series. */
#define PYRT_LAGGED(NAME, EXPRESSION)                                                                                 \
    PYRT_INLINE v8 pyrt_##NAME##_of(v8 a, v8 b) { return EXPRESSION; }                                                \
    PYRT_INLINE v8 pyrt_##NAME##_part(const double *x, const double *before, double *y, ptrdiff_t count)              \
    {                                                                                                                 \
        const v8 a = v8_load_end(x, count);                                                                           \
        v8_store_end(y, pyrt_##NAME##_of(a, v8_load_end(before, count)), count);                                      \
        return a * 0.0;                                                                                               \
    }                                                                                                                 \
    PYRT_INLINE v8 pyrt_##NAME##_run(                                                                                 \
        const double *x, const double *before, double *y, ptrdiff_t n, const int beyond)                              \
    {                                                                                                                 \
        ptrdiff_t t = pyrt_min(n, pyrt_to_line(y));                                                                   \
        v8 check = pyrt_##NAME##_part(x, before, y, t);                                                               \
        for (; t + 8 <= n; t += 8) {                                                                                  \
            const v8 a = v8_load(x + t);                                                                              \
            check += a * 0.0;                                                                                         \
            if (beyond)                                                                                               \
                v8_pass(y + t, pyrt_##NAME##_of(a, v8_load(before + t)));                                             \
            else                                                                                                      \
                v8_store(y + t, pyrt_##NAME##_of(a, v8_load(before + t)));                                            \
        }                                                                                                             \
        return check + pyrt_##NAME##_part(x + t, before + t, y + t, n - t);                                           \
    }                                                                                                                 \
    PYRT_CLONES static int pyrt_##NAME##_rows(                                                                        \
        const double *x, const double *before, double *y, ptrdiff_t n, int beyond)                                    \
    {                                                                                                                 \
        const v8 check = beyond ? pyrt_##NAME##_run(x, before, y, n, 1) : pyrt_##NAME##_run(x, before, y, n, 0);      \
        pyrt_passed();                                                                                                \
        return pyrt_unsure(check);                                                                                    \
    }                                                                                                                 \
    static int pyrt_##NAME##_call(const pyrt_call *c)                                                                 \
    {                                                                                                                 \
        const ptrdiff_t n = c->n, lag = pyrt_min((ptrdiff_t)c->p[0], n);                                              \
        pyrt_fill_nan(c->y[0], lag);                                                                                  \
        return (!pyrt_all_finite(c->x[0], lag))                                                                       \
            | pyrt_##NAME##_rows(c->x[0] + lag, c->x[0], c->y[0] + lag, n - lag, n >= PYRT_BEYOND);                   \
    }                                                                                                                 \
    static int pyrt_##NAME##_table(const pyrt_table_call *c)                                                          \
    {                                                                                                                 \
        const ptrdiff_t lag = pyrt_min((ptrdiff_t)c->p[0], c->n), row = c->x_row[0];                                  \
        int unsure = 0;                                                                                               \
        for (ptrdiff_t t = 0; t < lag; t++) {                                                                         \
            pyrt_fill_nan(c->y[0] + t * c->y_row[0], c->width);                                                       \
            unsure |= !pyrt_all_finite(c->x[0] + t * row, c->width);                                                  \
        }                                                                                                             \
        const ptrdiff_t whole = row == c->width && c->y_row[0] == row ? c->n - lag : 1;                               \
        for (ptrdiff_t t = lag; t < c->n; t += whole) {                                                               \
            const double *x = c->x[0] + t * row;                                                                      \
            unsure |= pyrt_##NAME##_rows(x, x - lag * row, c->y[0] + t * c->y_row[0], whole * c->width, c->beyond);   \
        }                                                                                                             \
        return unsure;                                                                                                \
    }

#endif
