/* Sums of windows. x and y hold n doubles and do not overlap; 1 <= period. */
#ifndef PYRT_SUMS_H
#define PYRT_SUMS_H

#include "rows.h"

enum {
    PYRT_SHORT = 39,      /* windows up to here are put together from windows of 1, 2, 4 and 8 values */
    PYRT_RUN = 512,       /* so many at a time, in buffers that a processor's first cache holds */
    PYRT_RING = 8,        /* a power of two, above the number of eights in a short window */
    PYRT_NEAR = 256,      /* windows up to here have their tails in a buffer; a multiple of 8 */
};

/* A short window's sum: its newest values in eights, the newest first; then what is left, four, two and one. Every form
 * below adds in this order, whatever the place of a window in the data, so all give the same bits. */

/* y[i] = x[i] + x[i - apart]: sums of windows twice as long. */
PYRT_INLINE void pyrt_twice(const double *restrict x, double *restrict y, ptrdiff_t n, ptrdiff_t apart)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = x[i] + x[i - apart];
}

/* y[i] += a[i], then b[i] */
PYRT_INLINE void pyrt_two_more(const double *a, const double *b, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = (y[i] + a[i]) + b[i];
}

PYRT_INLINE void pyrt_one_more(const double *a, double *restrict y, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] += a[i];
}

/* y[i] = eights and the first `count` of what is left, times the scale; whether there are eights, and the count, are
 * constants. */
PYRT_INLINE void pyrt_total(
    const double *eights, const double *const *left, int count, double *restrict y, ptrdiff_t n, double scale)
{
    const double *a = left[0], *b = left[1], *c = left[2];
    for (ptrdiff_t i = 0; i < n; i++) {
        double rest = count > 0 ? a[i] : 0.0;
        rest = count > 1 ? rest + b[i] : rest;
        rest = count > 2 ? rest + c[i] : rest;
        y[i] = (eights == NULL ? rest : count > 0 ? eights[i] + rest : eights[i]) * scale;
    }
}

/* The sums of `count` windows that end at x[0], x[1] ..., a run; 0 if all values were finite for certain. */
PYRT_CLONES_PLAIN static int pyrt_sum_run(const double *x, double *y, ptrdiff_t count, ptrdiff_t period, double scale)
{
    _Alignas(64) double room[4][PYRT_RUN + PYRT_SHORT + 1];
    const ptrdiff_t before = period - 1;
    const double *left[3] = {x, x, x}, *ones = x;
    double *two = room[0] + before, *four = room[1] + before, *eight = room[2] + before, *eights = eight;
    ptrdiff_t at = period / 8 * 8;
    int used = 0;
    if (period >= 2)
        pyrt_twice(x + 1 - before, two + 1 - before, count + before - 1, 1);
    if (period >= 4)
        pyrt_twice(two + 3 - before, four + 3 - before, count + before - 3, 2);
    if (period >= 8)
        pyrt_twice(four + 7 - before, eight + 7 - before, count + before - 7, 4);
    if (period >= 16)
        pyrt_twice(eight, eights = room[3], count, 8);
    for (ptrdiff_t k = 24; k <= period; k += 16)
        if (k + 8 <= period)
            pyrt_two_more(eight + 8 - k, eight - k, eights, count);
        else
            pyrt_one_more(eight + 8 - k, eights, count);
    for (int size = 4; size > 0; size /= 2) {
        if (!(period & size))
            continue;
        left[used++] = (size == 4 ? four : size == 2 ? two : ones) - at;
        at += size;
    }
    switch (used + (period >= 8 ? 4 : 0)) {
    case 1: pyrt_total(NULL, left, 1, y, count, scale); break;
    case 2: pyrt_total(NULL, left, 2, y, count, scale); break;
    case 3: pyrt_total(NULL, left, 3, y, count, scale); break;
    case 4: pyrt_total(eights, left, 0, y, count, scale); break;
    case 5: pyrt_total(eights, left, 1, y, count, scale); break;
    case 6: pyrt_total(eights, left, 2, y, count, scale); break;
    default: pyrt_total(eights, left, 3, y, count, scale); break;
    }
    return pyrt_unsure(pyrt_check(x - before, count + before));
}

static int pyrt_sum_runs(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double scale)
{
    int unsure = 0;
    for (ptrdiff_t t = period - 1; t < n; t += PYRT_RUN)
        unsure |= pyrt_sum_run(x + t, y + t, pyrt_min(PYRT_RUN, n - t), period, scale);
    return unsure;
}

/* In registers: windows of 1, 2, 4 and 8 values that end in each lane, and of what is left beside eights. */
typedef struct {
    v8 one, two, four, eight, rest;
} pyrt_ends;

PYRT_INLINE v8 pyrt_rest(const pyrt_ends *now, const pyrt_ends *last, int rest)
{
    switch (rest) {
    case 1: return now->one;
    case 2: return now->two;
    case 3: return now->two + V8_BACK(now->one, last->one, 2);
    case 4: return now->four;
    case 5: return now->four + V8_BACK(now->one, last->one, 4);
    case 6: return now->four + V8_BACK(now->two, last->two, 4);
    case 7: return (now->four + V8_BACK(now->two, last->two, 4)) + V8_BACK(now->one, last->one, 6);
    default: return (v8){0};
    }
}

/* A short window over vectors that come one after the other, and what they ended with, in rings: the k-th vector's is at
 * k % PYRT_RING. Windows that reach before the first vector are of zeros there. */
typedef struct {
    v8 eights[PYRT_RING], rests[PYRT_RING];
    pyrt_ends last;
    ptrdiff_t k, count;
    int rest;
} pyrt_short;

PYRT_INLINE void pyrt_short_begin(pyrt_short *s, ptrdiff_t period)
{
    memset(s, 0, sizeof *s);
    s->count = period / 8, s->rest = (int)(period % 8);
}

PYRT_INLINE v8 pyrt_short_next(pyrt_short *s, v8 x)
{
    const ptrdiff_t k = s->k++;
    pyrt_ends now = {x, x + V8_BACK(x, s->last.one, 1), {0}, {0}, {0}};
    now.four = now.two + V8_BACK(now.two, s->last.two, 2);
    now.eight = now.four + V8_BACK(now.four, s->last.four, 4);
    now.rest = pyrt_rest(&now, &s->last, s->rest);
    v8 sum = s->count > 0 ? now.eight : now.rest;
    if (s->count > 1) {
        sum += s->last.eight;
        for (ptrdiff_t j = 2; j < s->count; j++)
            sum += s->eights[(k - j) & (PYRT_RING - 1)];
        s->eights[k & (PYRT_RING - 1)] = now.eight;
    }
    if (s->count == 1 && s->rest > 0) {
        sum += s->last.rest;
    } else if (s->count > 1 && s->rest > 0) {
        sum += s->rests[(k - s->count) & (PYRT_RING - 1)];
        s->rests[k & (PYRT_RING - 1)] = now.rest;
    }
    s->last = now;
    return sum;
}

PYRT_INLINE int pyrt_sum_short_of(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double scale, int rest)
{
    pyrt_short s;
    pyrt_short_begin(&s, period);
    s.rest = rest; /* a constant, for which the compiler makes a loop of its own */
    v8 check = {0}, v;
    ptrdiff_t i = 0;
    for (; i + 8 <= n; i += 8) {
        v = v8_load(x + i);
        check += v * 0.0;
        v8_store(y + i, pyrt_short_next(&s, v) * scale);
    }
    v = v8_load_end(x + i, n - i);
    v8_store_end(y + i, pyrt_short_next(&s, v) * scale, n - i);
    return pyrt_unsure(check + v * 0.0);
}

PYRT_WIDE static int pyrt_sum_short(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double scale)
{
    switch (period % 8) {
    case 0: return pyrt_sum_short_of(x, y, n, period, scale, 0);
    case 1: return pyrt_sum_short_of(x, y, n, period, scale, 1);
    case 2: return pyrt_sum_short_of(x, y, n, period, scale, 2);
    case 3: return pyrt_sum_short_of(x, y, n, period, scale, 3);
    case 4: return pyrt_sum_short_of(x, y, n, period, scale, 4);
    case 5: return pyrt_sum_short_of(x, y, n, period, scale, 5);
    case 6: return pyrt_sum_short_of(x, y, n, period, scale, 6);
    default: return pyrt_sum_short_of(x, y, n, period, scale, 7);
    }
}

/* Defines pyrt_NAME_wide: pyrt_NAME_step(c, s, t, count) makes outputs t to t + count - 1, 8 of them or what is left, of
 * inputs that it returns times 0, and of short windows s that pyrt_NAME_begin has begun; from row FIRST on. */
#define PYRT_WALK(NAME, WINDOWS, FIRST)                                                                               \
    PYRT_WIDE static int pyrt_##NAME##_wide(const pyrt_call *call)                                                    \
    {                                                                                                                 \
        const pyrt_call own = *call, *const c = &own; /* no output can be a parameter then */                         \
        pyrt_short s[WINDOWS];                                                                                        \
        pyrt_##NAME##_begin(c, s);                                                                                    \
        v8 check = {0};                                                                                               \
        ptrdiff_t t = FIRST;                                                                                          \
        for (; t + 8 <= c->n; t += 8)                                                                                 \
            check += pyrt_##NAME##_step(c, s, t, 8);                                                                  \
        if (t < c->n)                                                                                                 \
            check += pyrt_##NAME##_step(c, s, t, c->n - t);                                                           \
        return pyrt_unsure(check);                                                                                    \
    }

/* Eight doubles from p, or `count`; `count` is the constant 8 where there are. */
PYRT_INLINE v8 pyrt_take(const double *p, ptrdiff_t count) { return count == 8 ? v8_load(p) : v8_load_end(p, count); }

PYRT_INLINE void pyrt_give(double *p, v8 v, ptrdiff_t count)
{
    if (count == 8)
        v8_store(p, v);
    else
        v8_store_end(p, v, count);
}

/* The same of x[t - lag] and on; lanes before the first value hold others. */
PYRT_INLINE v8 pyrt_take_before(const double *x, ptrdiff_t t, ptrdiff_t lag, ptrdiff_t count)
{
    if (t >= lag)
        return pyrt_take(x + t - lag, count);
    v8 v = {0};
    for (ptrdiff_t i = lag - t; i < count; i++)
        v[i] = x[t + i - lag];
    return v;
}

/* Outputs of the block at x, of which `left` doubles are in the array: tails of the block before plus heads of this one.
 * The last vector may reach past the block, where everything is yet to be written; `inside` says it is still in the
 * array. Returns the block's sum. */
PYRT_INLINE v8 pyrt_sum_heads(
    const double *x, const double *tails, double *y, ptrdiff_t left, ptrdiff_t period, v8 scale, int inside)
{
    const ptrdiff_t end = inside ? period : pyrt_min(period, left);
    v8 sum = {0};
    for (ptrdiff_t j = 0; j < end; j += 8) {
        v8 head = v8_prefix(inside ? v8_load(x + j) : v8_load_end(x + j, left - j));
        v8 tail = inside ? v8_load(tails + j) : v8_load_end(tails + j, left - j);
        v8 mean = (tail + (head + sum)) * scale;
        inside ? v8_store(y + j, mean) : v8_store_end(y + j, mean, left - j);
        sum += v8_last(head);
    }
    return sum;
}

/* tails[j] becomes the sum of x[j+1..period-1], for 0 <= j < room. From the right; the first vector may reach past the
 * block, and is cut there. */
PYRT_INLINE void pyrt_sum_tails(const double *x, double *tails, ptrdiff_t room, ptrdiff_t period, int inside)
{
    ptrdiff_t j = (period - 1) / 8 * 8, last = period - 1 - j;
    v8 sum = {0};
    v8 tail = v8_suffix(v8_head(inside ? v8_load(x + j + 1) : v8_load_end(x + j + 1, last), last));
    for (;;) {
        inside ? v8_store(tails + j, tail + sum) : v8_store_end(tails + j, tail + sum, room - j);
        sum += v8_first(tail);
        if ((j -= 8) < 0)
            break;
        tail = v8_suffix(v8_load(x + j + 1));
    }
}

/* Blocks as long as the window: a window is the tail of one block and the head of the next, so its sum is a sum from
 * the right plus a sum from the left. Nothing is ever subtracted: an error cannot outlive its window. Tails wait in a
 * small buffer, and are made before the block's outputs are stored: a load from the page offset just stored to waits for
 * the store, and x and y often lie alike in their pages. */
PYRT_CLONES static int pyrt_sum_near(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double factor)
{
    const v8 scale = v8_all(factor);
    double tails[2][PYRT_NEAR] = {{0}};
    double *before = tails[0], *after = tails[1], *swap;
    v8 total = {0};
    ptrdiff_t b = 0;
    for (; b + period + 8 <= n; b += period) {
        pyrt_sum_tails(x + b, after, period, period, 1);
        total += pyrt_sum_heads(x + b, before, y + b, period, period, scale, 1);
        swap = before, before = after, after = swap;
    }
    for (; b < n; b += period) {
        if (b + period < n)
            pyrt_sum_tails(x + b, after, period, period, 0);
        total += pyrt_sum_heads(x + b, before, y + b, n - b, period, scale, 0);
        swap = before, before = after, after = swap;
    }
    return !isfinite(total[0]);
}

/* The same for windows that no buffer holds: tails wait in y, where the heads will meet them. */
PYRT_CLONES static int pyrt_sum_far(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double factor)
{
    const v8 scale = v8_all(factor);
    v8 total = {0};
    ptrdiff_t b = 0;
    memset(y, 0, (size_t)pyrt_min(n, period + 7) * sizeof *y);
    for (; b + 2 * period + 8 <= n; b += period) {
        total += pyrt_sum_heads(x + b, y + b, y + b, period, period, scale, 1);
        pyrt_sum_tails(x + b, y + b + period, period, period, 1);
    }
    for (; b < n; b += period) {
        total += pyrt_sum_heads(x + b, y + b, y + b, n - b, period, scale, 0);
        if (b + period < n)
            pyrt_sum_tails(x + b, y + b + period, n - b - period, period, 0);
    }
    return !isfinite(total[0]);
}

/* Sums of the last period values times a scale. 0 if every x was finite for certain, else 1: not-finite values are then
 * somewhere in x, or only the sums overflowed. The first period - 1 outputs are NaN. */
static int pyrt_window_sum(const double *x, double *y, ptrdiff_t n, ptrdiff_t period, double scale)
{
    int unsure = 1;
    if (n >= period)
        unsure = period <= PYRT_SHORT  ? (pyrt_wide() ? pyrt_sum_short : pyrt_sum_runs)(x, y, n, period, scale)
                 : period <= PYRT_NEAR ? pyrt_sum_near(x, y, n, period, scale)
                                       : pyrt_sum_far(x, y, n, period, scale);
    pyrt_fill_nan(y, pyrt_min(period - 1, n));
    return unsure;
}

#endif
