/* The values of a sliding window in order: what quantiles, medians and ranks are made of.
 *
 * Blocks as long as the window: while it slides from one block into the next, its values are some of these two blocks'.
 * Both are ranked together once, in `values`; then a window is a set of ranks, a bit each. A step clears one bit and sets
 * another, a cursor that stands at some place of the window moves to a neighbouring bit, and no value is compared again:
 * what a step costs hardly depends on the length of the window.
 *
 *     pyrt_order_open(&o, x, n, period), which takes the first window; then, for b = period, 2 * period ... < n,
 *     pyrt_order_block(&o, b), and for every row b + j of the block pyrt_order_slide(&o, j, counted); pyrt_order_close.
 *
 * x holds n doubles, all finite; 1 <= period <= n. Of equal values the older one comes first. */
#ifndef PYRT_ORDER_H
#define PYRT_ORDER_H

#include <stdlib.h>

#include "rows.h"

enum {
    PYRT_RANKED = 64,  /* blocks up to here are ranked by comparing each with each, eight at once; a multiple of 8 */
    PYRT_COUNTED = 512 /* bits that have a count of those before them; a multiple of 64 */
};

typedef struct {
    const double *x;
    ptrdiff_t n, period;
    double *values;   /* of two blocks, in order */
    uint32_t *place;  /* of each value of the two blocks, where it stands there */
    uint32_t *first;  /* of each place, the first of its equals, once pyrt_order_equals was called */
    uint64_t *bits;   /* which of them are in the window */
    uint32_t *before; /* how many bits are set before each PYRT_COUNTED, if they are counted */
    double *sorted;   /* the later block alone, in order, and room for the block after it */
    uint32_t *whose;  /* which value of its block each of these is */
    double *room;
    uint32_t *room_whose;
} pyrt_order;

/* Into rank[i], how many of a[0..m-1] are below x[i], and with `or_equal` how many are not above it. x is read, and rank
 * written, up to the next multiple of eight. */
PYRT_CLONES static void pyrt_count_below(
    const double *x, ptrdiff_t n, const double *a, ptrdiff_t m, int or_equal, int64_t *rank)
{
    for (ptrdiff_t i = 0; i < n; i += 8) {
        const v8 v = v8_load(x + i);
        v8i count = {0};
        if (or_equal)
            for (ptrdiff_t k = 0; k < m; k++)
                count -= v >= a[k];
        else
            for (ptrdiff_t k = 0; k < m; k++)
                count -= v > a[k];
        memcpy(rank + i, &count, sizeof count);
    }
}

/* Sort a short block by counting, for each value, those that come before it; it is read up to the next multiple of
 * eight. */
PYRT_CLONES static void pyrt_sort_short(const double *x, ptrdiff_t n, double *sorted, uint32_t *whose)
{
    static const int64_t masks[16] = {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1};
    for (ptrdiff_t i = 0; i < n; i += 8) {
        const ptrdiff_t count = pyrt_min(8, n - i);
        const v8 v = v8_load(x + i);
        v8i rank = {0}, later;
        for (ptrdiff_t k = 0; k < i; k++)
            rank -= v >= x[k];
#pragma GCC unroll 1
        for (ptrdiff_t k = 0; k < count; k++) { /* of equals, only those of lanes before */
            memcpy(&later, masks + 7 - k, sizeof later);
            rank -= v > x[i + k];
            rank -= (v8i)(v8_where(v == x[i + k], (v8)later));
        }
        for (ptrdiff_t k = i + count; k < n; k++)
            rank -= v > x[k];
        for (ptrdiff_t k = 0; k < count; k++) {
            sorted[rank[k]] = x[i + k];
            whose[rank[k]] = (uint32_t)(i + k);
        }
    }
}

/* Two sorted runs in one; of equals those of the first come first. From both ends at once, so that two chains of
 * comparisons are under way, and without a branch that could be mispredicted. */
static void pyrt_merge(
    const double *a, const uint32_t *of_a, ptrdiff_t na, const double *b, const uint32_t *of_b, ptrdiff_t nb,
    double *restrict out, uint32_t *restrict of_out)
{
    const ptrdiff_t both = pyrt_min(na, nb);
    ptrdiff_t i = 0, j = 0, p = na - 1, q = nb - 1;
    for (ptrdiff_t k = 0, l = na + nb - 1; k < both; k++, l--) {
        const ptrdiff_t second = b[j] < a[i], first = b[q] < a[p];
        out[k] = second ? b[j] : a[i];
        of_out[k] = second ? of_b[j] : of_a[i];
        out[l] = first ? a[p] : b[q];
        of_out[l] = first ? of_a[p] : of_b[q];
        j += second, i += 1 - second;
        p -= first, q -= 1 - first;
    }
    for (ptrdiff_t k = both; i <= p || j <= q; k++) {
        const int second = i > p || (j <= q && b[j] < a[i]);
        out[k] = second ? b[j] : a[i];
        of_out[k] = second ? of_b[j] : of_a[i];
        second ? j++ : i++;
    }
}

/* Sort x[0..n-1] into `sorted`; the rooms are as long. */
static void pyrt_sort(
    const double *x, ptrdiff_t n, double *sorted, uint32_t *whose, double *room, uint32_t *room_whose)
{
    double *from = sorted, *to = room, *swap;
    uint32_t *of_from = whose, *of_to = room_whose, *of_swap;
    double block[PYRT_RANKED] = {0};
    for (ptrdiff_t b = 0; b < n; b += PYRT_RANKED) {
        const ptrdiff_t count = pyrt_min(PYRT_RANKED, n - b);
        memcpy(block, x + b, (size_t)count * sizeof *x);
        pyrt_sort_short(block, count, from + b, of_from + b);
        for (ptrdiff_t i = 0; i < count; i++)
            of_from[b + i] += (uint32_t)b;
    }
    for (ptrdiff_t run = PYRT_RANKED; run < n; run *= 2) {
        for (ptrdiff_t b = 0; b < n; b += 2 * run) {
            const ptrdiff_t one = pyrt_min(run, n - b), two = pyrt_min(run, n - b - one);
            pyrt_merge(from + b, of_from + b, one, from + b + one, of_from + b + one, two, to + b, of_to + b);
        }
        swap = from, from = to, to = swap;
        of_swap = of_from, of_from = of_to, of_to = of_swap;
    }
    if (from != sorted) {
        memcpy(sorted, from, (size_t)n * sizeof *from);
        memcpy(whose, of_from, (size_t)n * sizeof *of_from);
    }
}

/* The bits [0, 2 * period) as they are before a block: those of all values of the block before it. */
static void pyrt_order_mark(pyrt_order *o, ptrdiff_t count)
{
    const ptrdiff_t words = o->period / 32 + 2;
    memset(o->bits, 0, (size_t)words * sizeof *o->bits);
    for (ptrdiff_t i = 0; i < o->period; i++)
        o->bits[o->place[i] >> 6] |= UINT64_C(1) << (o->place[i] & 63);
    uint32_t sum = 0;
    for (ptrdiff_t w = 0; w <= (o->period + count) / 64; w++) {
        if (w % (PYRT_COUNTED / 64) == 0)
            o->before[w / (PYRT_COUNTED / 64)] = sum;
        sum += (uint32_t)__builtin_popcountll(o->bits[w]);
    }
}

static void pyrt_order_close(pyrt_order *o) { free(o->values); }

/* Returns 0 if there is no memory; else the window is the first one, its values stand in order in `values`. */
static int pyrt_order_open(pyrt_order *o, const double *x, ptrdiff_t n, ptrdiff_t period)
{
    const size_t p = (size_t)period, words = p / 32 + 2, counts = 2 * p / PYRT_COUNTED + 2;
    o->values = malloc((4 * p) * sizeof(double) + words * sizeof(uint64_t) + (6 * p + counts) * sizeof(uint32_t));
    if (o->values == NULL)
        return 0;
    o->x = x, o->n = n, o->period = period;
    o->sorted = o->values + 2 * p;
    o->room = o->sorted + p;
    o->bits = (uint64_t *)(void *)(o->room + p);
    o->place = (uint32_t *)(void *)(o->bits + words);
    o->first = o->place + 2 * p;
    o->whose = o->first + 2 * p;
    o->room_whose = o->whose + p;
    o->before = o->room_whose + p;
    pyrt_sort(x, period, o->sorted, o->whose, o->room, o->room_whose);
    memcpy(o->values, o->sorted, p * sizeof(double));
    for (ptrdiff_t i = 0; i < period; i++)
        o->place[o->whose[i]] = (uint32_t)i;
    pyrt_order_mark(o, 0);
    return 1;
}

/* Rank the block that begins in row b and the one before it. */
static void pyrt_order_block(pyrt_order *o, ptrdiff_t b)
{
    const ptrdiff_t period = o->period, count = pyrt_min(period, o->n - b);
    const double *x = o->x + b;
    uint32_t *place = o->place;
    if (period <= PYRT_RANKED) { /* places are counted: those in the own block, and those in the other */
        double one[PYRT_RANKED] = {0}, two[PYRT_RANKED] = {0};
        int64_t under[PYRT_RANKED];
        memcpy(one, x - period, (size_t)period * sizeof *x);
        memcpy(two, x, (size_t)count * sizeof *x);
        pyrt_count_below(one, period, two, count, 0, under);
        for (ptrdiff_t i = 0; i < period; i++)
            place[o->whose[i]] = (uint32_t)(i + under[o->whose[i]]);
        pyrt_sort_short(two, count, o->sorted, o->whose);
        pyrt_count_below(two, count, one, period, 1, under);
        for (ptrdiff_t i = 0; i < count; i++)
            place[period + o->whose[i]] = (uint32_t)(i + under[o->whose[i]]);
        for (ptrdiff_t i = 0; i < period + count; i++)
            o->values[place[i]] = x[i - period];
    } else { /* two sorted blocks are merged; `values` and `first` are room for sorting until then */
        uint32_t *late = o->room_whose;
        pyrt_sort(x, count, o->room, late, o->values, o->first);
        for (ptrdiff_t i = 0; i < count; i++)
            late[i] += (uint32_t)period;
        pyrt_merge(o->sorted, o->whose, period, o->room, late, count, o->values, o->first);
        for (ptrdiff_t k = 0; k < period + count; k++)
            place[o->first[k]] = (uint32_t)k;
        memcpy(o->sorted, o->room, (size_t)count * sizeof *o->room);
        for (ptrdiff_t k = 0; k < count; k++)
            o->whose[k] = late[k] - (uint32_t)period;
    }
    pyrt_order_mark(o, count);
}

/* One row further: row j of the block comes, that of the block before leaves. `counted` keeps `before`. */
PYRT_INLINE void pyrt_order_slide(pyrt_order *o, ptrdiff_t j, int counted)
{
    const uint32_t out = o->place[j], in = o->place[o->period + j];
    o->bits[out >> 6] &= ~(UINT64_C(1) << (out & 63));
    o->bits[in >> 6] |= UINT64_C(1) << (in & 63);
    if (counted) {
        const uint32_t from = out / PYRT_COUNTED, to = in / PYRT_COUNTED;
        for (uint32_t i = from + 1; i <= to; i++)
            o->before[i]--;
        for (uint32_t i = to + 1; i <= from; i++)
            o->before[i]++;
    }
}

/* The place in `values` of the window's next higher or lower value; there must be one. */
PYRT_INLINE ptrdiff_t pyrt_order_above(const pyrt_order *o, ptrdiff_t at)
{
    ptrdiff_t w = at >> 6;
    uint64_t left = o->bits[w] & (~UINT64_C(0) << (at & 63) << 1);
    while (left == 0)
        left = o->bits[++w];
    return w * 64 + __builtin_ctzll(left);
}

PYRT_INLINE ptrdiff_t pyrt_order_under(const pyrt_order *o, ptrdiff_t at)
{
    ptrdiff_t w = at >> 6;
    uint64_t left = o->bits[w] & ~(~UINT64_C(0) << (at & 63));
    while (left == 0)
        left = o->bits[--w];
    return w * 64 + 63 - __builtin_clzll(left);
}

/* Where a cursor stands after pyrt_order_block that stood at the window's k-th value, counted from 0 ... */
PYRT_INLINE ptrdiff_t pyrt_order_cursor(const pyrt_order *o, ptrdiff_t k)
{
    ptrdiff_t w = 0;
    int inside;
    while (k >= (inside = __builtin_popcountll(o->bits[w])))
        k -= inside, w++;
    uint64_t left = o->bits[w];
    while (k-- > 0)
        left &= left - 1;
    return w * 64 + __builtin_ctzll(left);
}

/* ... and where after pyrt_order_slide. */
PYRT_INLINE ptrdiff_t pyrt_order_follow(const pyrt_order *o, ptrdiff_t j, ptrdiff_t at)
{
    const ptrdiff_t out = o->place[j], in = o->place[o->period + j];
    if (in < at)
        return out < at ? at : pyrt_order_under(o, at);
    return out <= at ? pyrt_order_above(o, at) : at;
}

/* Find the first of equals, for the places of a block and the one before it. */
static void pyrt_order_equals(pyrt_order *o, ptrdiff_t b)
{
    o->first[0] = 0;
    for (ptrdiff_t k = 1; k < o->period + pyrt_min(o->period, o->n - b); k++)
        o->first[k] = o->values[k] == o->values[k - 1] ? o->first[k - 1] : (uint32_t)k;
}

/* How many values of the window stand before that place, if they are counted. */
PYRT_INLINE ptrdiff_t pyrt_order_count(const pyrt_order *o, ptrdiff_t at)
{
    const ptrdiff_t group = at / PYRT_COUNTED;
    ptrdiff_t count = o->before[group], w = group * (PYRT_COUNTED / 64);
    for (; w < at >> 6; w++)
        count += __builtin_popcountll(o->bits[w]);
    return count + __builtin_popcountll(o->bits[w] & ~(~UINT64_C(0) << (at & 63)));
}

#endif
