/* Windows' sums of values, squares, products and ranks: what statistics are made of. All are of distances from a value
 * in or beside the window, so that rounding is in proportion to how far the window reaches and not to how large it is.
 * Short windows are added up afresh, eight at once. Long ones come as blocks as long as the window, each the tail of one
 * block and the head of the next: nothing is ever subtracted, so nothing that has left a window leaves a trace. Eight
 * blocks go side by side (blocks.h), where they are not too long; what is left of them at the end goes alone, with the
 * same bits. */
#ifndef PYRT_MOMENTS_H
#define PYRT_MOMENTS_H

#include "blocks.h"
#include "rows.h"

enum {
    PYRT_FEW = 8,     /* windows up to here are added up afresh: a step a value */
    PYRT_AFRESH = 16, /* those of functions with more to do for a block */
    PYRT_ABREAST = 48 /* up to here blocks go side by side: what they need stays in the first cache */
};

/* The square root of each lane; 0 where it is negative. By way of memory, or the compiler takes lane after lane. */
PYRT_INLINE v8 v8_root(v8 v)
{
    double from[8], to[8];
    v8_store(from, (v8)((v8i)v & (v > 0.0)));
    for (int i = 0; i < 8; i++)
        to[i] = sqrt(from[i]);
    return v8_load(to);
}

/* Sums over a window of distances d from `anchor`: of d, d**2, and k*d where k counts from 0, the oldest value. */
typedef struct {
    v8 sum, squares, ranked, anchor;
} pyrt_moments;

PYRT_INLINE pyrt_moments pyrt_moments_afresh(const double *x, ptrdiff_t period)
{
    pyrt_moments m = {{0}, {0}, {0}, v8_load(x)};
    for (ptrdiff_t k = 1; k < period; k++) {
        v8 d = v8_load(x - k) - m.anchor;
        m.ranked += m.sum; /* a value counts once for each that is older */
        m.sum += d;
        m.squares += d * d;
    }
    return m;
}

/* Moments of the last `period` values at x[0], alone in their lane. */
PYRT_INLINE pyrt_moments pyrt_moments_alone(const double *x, ptrdiff_t period)
{
    double sum = 0.0, squares = 0.0, ranked = 0.0;
    for (ptrdiff_t k = 1; k < period; k++) {
        double d = x[-k] - x[0];
        ranked += sum;
        sum += d;
        squares += d * d;
    }
    return (pyrt_moments){v8_all(sum), v8_all(squares), v8_all(ranked), v8_all(x[0])};
}

/* Sums and squares of eight windows of more than eight rows, without ranks: those that end at x[0] to x[7]. The rows that
 * all of them hold are added up once. `raw` is x[0] and on, where the array may end before x[7]. */
PYRT_INLINE pyrt_moments pyrt_moments_shared(const double *x, v8 raw, ptrdiff_t period)
{
    const v8 anchor = v8_all(x[0]), newer = raw - anchor, older = v8_load(x + 1 - period) - anchor;
    v8 sum = {0}, squares = {0};
    ptrdiff_t k = 9 - period; /* `older` ends here */
    for (; k + 8 <= 0; k += 8) {
        const v8 d = v8_load(x + k) - anchor;
        sum += d, squares += d * d;
    }
    const v8 last = v8_load(x - 7) - anchor, d = last - v8_head(last, 7 + k);
    sum += d, squares += d * d;
    return (pyrt_moments){v8_last(v8_prefix(sum)) + v8_suffix(older) + v8_prefix(newer),
                          v8_last(v8_prefix(squares)) + v8_suffix(older * older) + v8_prefix(newer * newer), {0}, anchor};
}

/* Sums of what comes in the block at x after each of its values, for windows that end in the next block; distances are
 * from that block's first value, which all of them hold. From the right, eight at once; `left` doubles are in the
 * array, more than period. Squares are left out unless they are asked for. */
PYRT_INLINE void pyrt_moments_behind(const double *x, ptrdiff_t left, ptrdiff_t period, int squared, pyrt_moments *room)
{
    const v8 lanes = {0, 1, 2, 3, 4, 5, 6, 7};
    const double anchor = x[period];
    v8 sum = {0}, squares = {0}, ranked = {0};
    for (ptrdiff_t j = (period - 1) / 8 * 8; j >= 0; j -= 8) {
        const ptrdiff_t inside = pyrt_min(8, period - 1 - j);
        const v8 raw = j + 9 <= left ? v8_load(x + j + 1) : v8_load_end(x + j + 1, left - j - 1);
        const v8 d = v8_head(raw - anchor, inside);
        const v8 place = lanes + (double)(j + 1);
        const v8 s = v8_suffix(d), q = squared ? v8_suffix(d * d) : (v8){0}, r = v8_suffix(d * place);
        pyrt_moments *m = room + j / 8;
        m->sum = s + sum;
        if (squared)
            m->squares = q + squares;
        m->ranked = (r + ranked) - place * m->sum;
        sum += v8_first(s), squares += v8_first(q), ranked += v8_first(r);
    }
}

/* The windows that end in the block at x, eight at once: tails of the block before, and heads of this one. */
typedef struct {
    const double *x;
    ptrdiff_t left, period;
    double anchor;
    v8 sum, squares, ranked;
} pyrt_heads;

PYRT_INLINE pyrt_moments pyrt_moments_on(pyrt_heads *h, const pyrt_moments *tails, ptrdiff_t j)
{
    const v8 lanes = {0, 1, 2, 3, 4, 5, 6, 7};
    const v8 raw = j + 8 <= h->left ? v8_load(h->x + j) : v8_load_end(h->x + j, h->left - j);
    const v8 d = raw - h->anchor, place = lanes + (double)j;
    const v8 s = v8_prefix(d), q = v8_prefix(d * d), r = v8_prefix(d * place);
    const v8 sum = h->sum + s;
    const pyrt_moments m = {tails->sum + sum, tails->squares + (h->squares + q),
                            tails->ranked + (h->ranked + r + ((double)(h->period - 1) - place) * sum), v8_all(h->anchor)};
    h->sum += v8_last(s), h->squares += v8_last(q), h->ranked += v8_last(r);
    return m;
}

/* Which moments a function looks at, besides sums. */
enum { PYRT_BY_RANK = 0, PYRT_BY_BOTH = 1, PYRT_BY_SQUARE = 2 };

/* Sums of the rows that come in a block after each of its rows, as distances from the next block's first value. Ranks
 * count from the row behind. */
typedef struct {
    v8 sum, squares, ranked;
} pyrt_tails;

PYRT_INLINE void pyrt_moments_tails(const v8 *rows, v8 anchor, ptrdiff_t period, const int looks, pyrt_tails *tails)
{
    v8 sum = {0}, squares = {0}, ranked = {0};
    for (ptrdiff_t k = period - 1; k >= 0; k--) {
        const v8 d = rows[k] - anchor;
        tails[k].sum = sum;
        if (looks != PYRT_BY_SQUARE)
            tails[k].ranked = ranked, ranked += sum;
        if (looks != PYRT_BY_RANK)
            tails[k].squares = squares, squares += d * d;
        sum += d;
    }
}

/* A window's moments: the tail of a block, and the head of the next, whose values have aged since they came. */
PYRT_INLINE pyrt_moments pyrt_moments_of(v8 tail, v8 tail_squares, v8 tail_ranked, pyrt_tails head, v8 anchor, double n)
{
    return (pyrt_moments){tail + head.sum, tail_squares + head.squares, tail_ranked + (head.sum * (n - 1.0) - head.ranked),
                          anchor};
}

/* Moments of a block that stands alone, head and tail of row j in room[6]; `first` says that there is none before. */
PYRT_INLINE void pyrt_moments_block(const double *x, int first, ptrdiff_t count, ptrdiff_t period, double *restrict room)
{
    const ptrdiff_t wide = period + 8;
    const double anchor = x[0];
    double sum = 0.0, squares = 0.0, ranked = 0.0;
    for (ptrdiff_t j = period - 1; j >= 0; j--) {
        room[j] = sum, room[wide + j] = squares, room[2 * wide + j] = ranked;
        if (!first) {
            const double d = x[j - period] - anchor;
            ranked += sum, sum += d, squares += d * d;
        }
    }
    sum = squares = ranked = 0.0;
    for (ptrdiff_t j = 0; j < count; j++) {
        const double d = x[j] - anchor;
        ranked += sum, sum += d, squares += d * d;
        room[3 * wide + j] = sum, room[4 * wide + j] = squares, room[5 * wide + j] = ranked;
    }
}

/* Defines pyrt_NAME_call: output = RESULT of moments m, parameters p, and constants n, the window's length as a double;
 * LOOKS says which moments it looks at. */
#define PYRT_OF_MOMENTS(NAME, LOOKS, RESULT)                                                                          \
    PYRT_INLINE v8 pyrt_##NAME##_of(pyrt_moments m, const double *p, double n)                                        \
    {                                                                                                                 \
        (void)p;                                                                                                      \
        return RESULT;                                                                                                \
    }                                                                                                                 \
    PYRT_CLONES static int pyrt_##NAME##_afresh(                                                                      \
        const double *x, double *y, ptrdiff_t n, ptrdiff_t period, const double *p)                                   \
    {                                                                                                                 \
        ptrdiff_t t = period - 1;                                                                                     \
        for (; t + 8 <= n; t += 8)                                                                                    \
            v8_store(y + t, pyrt_##NAME##_of(pyrt_moments_afresh(x + t, period), p, (double)period));                 \
        for (; t < n; t++)                                                                                            \
            y[t] = pyrt_##NAME##_of(pyrt_moments_alone(x + t, period), p, (double)period)[0];                         \
        return pyrt_unsure(pyrt_check(x, n));                                                                         \
    }                                                                                                                 \
    PYRT_INLINE v8 pyrt_##NAME##_heads(                                                                               \
        v8 *rows, const pyrt_tails *now, const pyrt_tails *last, ptrdiff_t period, const double *p)                   \
    {                                                                                                                 \
        const v8 anchor = rows[0];                                                                                    \
        const double n = (double)period;                                                                              \
        pyrt_tails head = {{0}, {0}, {0}};                                                                            \
        for (ptrdiff_t i = 0; i < period; i++) {                                                                      \
            const v8 d = rows[i] - anchor;                                                                            \
            head.ranked += head.sum, head.sum += d, head.squares += d * d;                                            \
            rows[i] = pyrt_##NAME##_of(                                                                               \
                pyrt_moments_of(pyrt_blocks_before(now[i].sum, last[i].sum),                                          \
                                pyrt_blocks_before(now[i].squares, last[i].squares),                                  \
                                pyrt_blocks_before(now[i].ranked, last[i].ranked), head, anchor, n), p, n);           \
        }                                                                                                             \
        return head.sum * 0.0;                                                                                        \
    }                                                                                                                 \
    PYRT_CLONES static int pyrt_##NAME##_blocks(                                                                      \
        const double *x, double *y, ptrdiff_t n, ptrdiff_t period, const double *p, v8 *rows, double *room)           \
    {                                                                                                                 \
        pyrt_tails *now = (pyrt_tails *)(rows + pyrt_lanes_of(period)), *last = now + period, *swap;                  \
        const ptrdiff_t wide = period + 8;                                                                            \
        v8 check = {0};                                                                                               \
        ptrdiff_t b = 0;                                                                                              \
        for (; pyrt_eight_blocks(b, period, n); b += 8 * period) {                                                    \
            pyrt_blocks_take(x + b, period, rows);                                                                    \
            pyrt_moments_tails(rows, pyrt_blocks_next(rows[0], x[b + 8 * period]), period, LOOKS, now);               \
            check += pyrt_##NAME##_heads(rows, now, last, period, p);                                                 \
            pyrt_blocks_give(rows, period, y + b);                                                                    \
            swap = now, now = last, last = swap;                                                                      \
        }                                                                                                             \
        for (; b < n; b += period) {                                                                                  \
            const ptrdiff_t count = pyrt_min(period, n - b);                                                          \
            pyrt_moments_block(x + b, b == 0, count, period, room);                                                   \
            check += v8_all(room[3 * wide + count - 1] * 0.0);                                                        \
            for (ptrdiff_t j = 0; j < count; j += 8) {                                                                \
                const pyrt_tails head = {                                                                             \
                    v8_load(room + 3 * wide + j), v8_load(room + 4 * wide + j), v8_load(room + 5 * wide + j)};        \
                const pyrt_moments m = pyrt_moments_of(v8_load(room + j), v8_load(room + wide + j),                   \
                    v8_load(room + 2 * wide + j), head, v8_all(x[b]), (double)period);                                \
                v8_store_end(y + b + j, pyrt_##NAME##_of(m, p, (double)period), count - j);                           \
            }                                                                                                         \
        }                                                                                                             \
        pyrt_fill_nan(y, period - 1);                                                                                 \
        return pyrt_unsure(check);                                                                                    \
    }                                                                                                                 \
    PYRT_CLONES static int pyrt_##NAME##_long(                                                                        \
        const double *x, double *y, ptrdiff_t n, ptrdiff_t period, const double *p, pyrt_moments *room)               \
    {                                                                                                                 \
        double last[8];                                                                                               \
        v8 check = {0};                                                                                               \
        for (ptrdiff_t b = 0; b < n; b += period) {                                                                   \
            const ptrdiff_t count = pyrt_min(period, n - b);                                                          \
            pyrt_heads h = {x + b, n - b, period, x[b], {0}, {0}, {0}};                                               \
            for (ptrdiff_t j = 0; j < count; j += 8) {                                                                \
                const v8 result = pyrt_##NAME##_of(pyrt_moments_on(&h, room + j / 8, j), p, (double)period);          \
                if (b + j + 8 <= n) { /* past the block's end, too: the next block writes there */                    \
                    v8_store(y + b + j, result);                                                                      \
                } else {                                                                                              \
                    v8_store(last, result);                                                                           \
                    for (ptrdiff_t k = 0; j + k < count; k++)                                                         \
                        y[b + j + k] = last[k];                                                                       \
                }                                                                                                     \
            }                                                                                                         \
            check += h.sum * 0.0;                                                                                     \
            if (b + period < n)                                                                                       \
                pyrt_moments_behind(x + b, n - b, period, LOOKS != PYRT_BY_RANK, room);                               \
        }                                                                                                             \
        pyrt_fill_nan(y, period - 1);                                                                                 \
        return pyrt_unsure(check);                                                                                    \
    }                                                                                                                 \
    static int pyrt_##NAME##_call(const pyrt_call *c)                                                                 \
    {                                                                                                                 \
        const ptrdiff_t period = (ptrdiff_t)c->p[0];                                                                  \
        pyrt_fill_nan(c->y[0], pyrt_min(period - 1, c->n));                                                           \
        if (c->n < period)                                                                                            \
            return PYRT_UNSURE;                                                                                       \
        if (period <= PYRT_FEW)                                                                                       \
            return pyrt_##NAME##_afresh(c->x[0], c->y[0], c->n, period, c->p);                                        \
        if (period > PYRT_ABREAST) {                                                                                  \
            pyrt_moments *room = pyrt_zeros((size_t)((period + 15) / 8) * sizeof *room);                              \
            if (room == NULL)                                                                                         \
                return PYRT_NO_MEMORY;                                                                                \
            const int sure = pyrt_##NAME##_long(c->x[0], c->y[0], c->n, period, c->p, room);                          \
            free(room);                                                                                               \
            return sure;                                                                                              \
        }                                                                                                             \
        const int eight = pyrt_eight_blocks(0, period, c->n);                                                         \
        const size_t lanes = eight ? (size_t)(pyrt_lanes_of(period) + 6 * period) : 0;                                \
        v8 *rows = pyrt_zeros(lanes * sizeof *rows + (size_t)(6 * (period + 8)) * sizeof(double));                    \
        if (rows == NULL)                                                                                             \
            return PYRT_NO_MEMORY;                                                                                    \
        int answer = pyrt_##NAME##_blocks(                                                                            \
            c->x[0], c->y[0], c->n, period, c->p, rows, (double *)(rows + lanes));                                    \
        free(rows);                                                                                                   \
        return answer;                                                                                                \
    }

/* The same for two series: sums of distances, of their squares and of their products. */
typedef struct {
    v8 x, y, xx, yy, xy;
} pyrt_products;

PYRT_INLINE void pyrt_products_block(
    const double *x, const double *y, int first, ptrdiff_t count, ptrdiff_t period, double *restrict room)
{
    const ptrdiff_t wide = period + 8;
    const double ax = x[0], ay = y[0]; /* in every window that ends here */
    double sx = 0.0, sy = 0.0, sxx = 0.0, syy = 0.0, sxy = 0.0;
    for (ptrdiff_t j = period - 1; j >= 0; j--) {
        room[j] = sx, room[wide + j] = sy, room[2 * wide + j] = sxx, room[3 * wide + j] = syy, room[4 * wide + j] = sxy;
        if (!first) {
            const double dx = x[j - period] - ax, dy = y[j - period] - ay;
            sx += dx, sy += dy, sxx += dx * dx, syy += dy * dy, sxy += dx * dy;
        }
    }
    sx = sy = sxx = syy = sxy = 0.0;
    for (ptrdiff_t j = 0; j < count; j++) {
        const double dx = x[j] - ax, dy = y[j] - ay;
        sx += dx, sy += dy, sxx += dx * dx, syy += dy * dy, sxy += dx * dy;
        room[j] += sx, room[wide + j] += sy, room[2 * wide + j] += sxx, room[3 * wide + j] += syy;
        room[4 * wide + j] += sxy;
    }
}

PYRT_INLINE pyrt_products pyrt_products_afresh(const double *x, const double *y, ptrdiff_t period)
{
    pyrt_products s = {{0}, {0}, {0}, {0}, {0}};
    const v8 ax = v8_load(x), ay = v8_load(y);
    for (ptrdiff_t k = 1; k < period; k++) {
        const v8 dx = v8_load(x - k) - ax, dy = v8_load(y - k) - ay;
        s.x += dx, s.y += dy, s.xx += dx * dx, s.yy += dy * dy, s.xy += dx * dy;
    }
    return s;
}

PYRT_INLINE pyrt_products pyrt_products_alone(const double *x, const double *y, ptrdiff_t period)
{
    double sx = 0.0, sy = 0.0, sxx = 0.0, syy = 0.0, sxy = 0.0;
    for (ptrdiff_t k = 1; k < period; k++) {
        const double dx = x[-k] - x[0], dy = y[-k] - y[0];
        sx += dx, sy += dy, sxx += dx * dx, syy += dy * dy, sxy += dx * dy;
    }
    return (pyrt_products){v8_all(sx), v8_all(sy), v8_all(sxx), v8_all(syy), v8_all(sxy)};
}

PYRT_INLINE void pyrt_products_add(pyrt_products *s, v8 dx, v8 dy)
{
    s->x += dx, s->y += dy, s->xx += dx * dx, s->yy += dy * dy, s->xy += dx * dy;
}

/* What comes after each row of a block, as distances from ax and ay. */
PYRT_INLINE void pyrt_products_tails(
    const v8 *x, const v8 *y, v8 ax, v8 ay, ptrdiff_t period, pyrt_products *tails)
{
    pyrt_products s = {{0}, {0}, {0}, {0}, {0}};
    for (ptrdiff_t k = period - 1; k >= 0; k--) {
        tails[k] = s;
        pyrt_products_add(&s, x[k] - ax, y[k] - ay);
    }
}

/* Those of a window: the tail of the block before, and the head of this. */
PYRT_INLINE pyrt_products pyrt_products_of(const pyrt_products *now, const pyrt_products *last, const pyrt_products *head)
{
    return (pyrt_products){pyrt_blocks_before(now->x, last->x) + head->x, pyrt_blocks_before(now->y, last->y) + head->y,
                           pyrt_blocks_before(now->xx, last->xx) + head->xx,
                           pyrt_blocks_before(now->yy, last->yy) + head->yy,
                           pyrt_blocks_before(now->xy, last->xy) + head->xy};
}

/* Defines int NAME(x, y, out, n, period), out = RESULT of products s, and n, the window's length as a double. */
#define PYRT_OF_PRODUCTS(NAME, LIMIT, RESULT)                                                                         \
    PYRT_INLINE v8 NAME##_of(pyrt_products s, double n) { return RESULT; }                                            \
    PYRT_CLONES static void NAME##_afresh(                                                                            \
        const double *x, const double *y, double *out, ptrdiff_t n, ptrdiff_t period)                                 \
    {                                                                                                                 \
        ptrdiff_t t = period - 1;                                                                                     \
        for (; t + 8 <= n; t += 8)                                                                                    \
            v8_store(out + t, NAME##_of(pyrt_products_afresh(x + t, y + t, period), (double)period));                 \
        for (; t < n; t++)                                                                                            \
            out[t] = NAME##_of(pyrt_products_alone(x + t, y + t, period), (double)period)[0];                         \
    }                                                                                                                 \
    PYRT_INLINE void NAME##_heads(                                                                                    \
        v8 *rows, const v8 *others, const pyrt_products *now, const pyrt_products *last, ptrdiff_t period)            \
    {                                                                                                                 \
        const v8 ax = rows[0], ay = others[0];                                                                        \
        pyrt_products head = {{0}, {0}, {0}, {0}, {0}};                                                               \
        for (ptrdiff_t i = 0; i < period; i++) {                                                                      \
            pyrt_products_add(&head, rows[i] - ax, others[i] - ay);                                                   \
            rows[i] = NAME##_of(pyrt_products_of(&now[i], &last[i], &head), (double)period);                          \
        }                                                                                                             \
    }                                                                                                                 \
    PYRT_CLONES static void NAME##_blocks(                                                                            \
        const double *x, const double *y, double *out, ptrdiff_t n, ptrdiff_t period, v8 *rows, double *room)         \
    {                                                                                                                 \
        const ptrdiff_t wide = period + 8, lanes = pyrt_lanes_of(period);                                             \
        pyrt_products *now = (pyrt_products *)(rows + 2 * lanes), *last = now + period, *swap;                        \
        ptrdiff_t b = 0;                                                                                              \
        for (; period <= PYRT_ABREAST && pyrt_eight_blocks(b, period, n); b += 8 * period) {                          \
            const ptrdiff_t end = b + 8 * period;                                                                     \
            pyrt_blocks_take(x + b, period, rows);                                                                    \
            pyrt_blocks_take(y + b, period, rows + lanes);                                                            \
            pyrt_products_tails(rows, rows + lanes, pyrt_blocks_next(rows[0], x[end]),                                \
                                pyrt_blocks_next(rows[lanes], y[end]), period, now);                                  \
            NAME##_heads(rows, rows + lanes, now, last, period);                                                      \
            pyrt_blocks_give(rows, period, out + b);                                                                  \
            swap = now, now = last, last = swap;                                                                      \
        }                                                                                                             \
        for (; b < n; b += period) {                                                                                  \
            const ptrdiff_t count = pyrt_min(period, n - b);                                                          \
            pyrt_products_block(x + b, y + b, b == 0, count, period, room);                                           \
            for (ptrdiff_t j = 0; j < count; j += 8) {                                                                \
                const pyrt_products s = {v8_load(room + j), v8_load(room + wide + j), v8_load(room + 2 * wide + j),   \
                                         v8_load(room + 3 * wide + j), v8_load(room + 4 * wide + j)};                 \
                v8_store_end(out + b + j, NAME##_of(s, (double)period), count - j);                                   \
            }                                                                                                         \
        }                                                                                                             \
        pyrt_fill_nan(out, period - 1);                                                                               \
    }                                                                                                                 \
    static int NAME(const double *x, const double *y, double *out, ptrdiff_t n, ptrdiff_t period)                     \
    {                                                                                                                 \
        pyrt_fill_nan(out, pyrt_min(period - 1, n));                                                                  \
        if (n < period)                                                                                               \
            return PYRT_UNSURE;                                                                                       \
        if (period <= LIMIT) {                                                                                        \
            NAME##_afresh(x, y, out, n, period);                                                                      \
            return PYRT_UNSURE;                                                                                       \
        }                                                                                                             \
        const int eight = period <= PYRT_ABREAST && pyrt_eight_blocks(0, period, n);                                  \
        const size_t lanes = eight ? (size_t)(2 * pyrt_lanes_of(period) + 10 * period) : 0;                           \
        v8 *rows = pyrt_zeros(lanes * sizeof *rows + (size_t)(5 * (period + 8)) * sizeof(double));                    \
        if (rows == NULL)                                                                                             \
            return PYRT_NO_MEMORY;                                                                                    \
        NAME##_blocks(x, y, out, n, period, rows, (double *)(rows + lanes));                                          \
        free(rows);                                                                                                   \
        return PYRT_UNSURE;                                                                                           \
    }

#endif
