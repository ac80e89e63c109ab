/* Candlestick patterns: what a candle is, eight rows at a time, and the loop that all patterns share.
 *
 * A condition is a sign: of each lane the highest bit says whether it holds, the others say nothing. So conditions come
 * from differences and join by & | ~, with no comparison in them (see v8_where of dispatch.h); v8_full makes a mask of
 * one. -0.0 would be below 0.0 by its sign: prices are without it when patterns see them, and their differences then.
 *
 * What is long, short or near is measured by means of the candles before: bodies, ranges (high - low) and shadows of
 * the last ten, ranges of the last five. Each mean is added up afresh, oldest first: it depends on nothing older. */
#ifndef PYRT_CANDLES_H
#define PYRT_CANDLES_H

#include "../../tables.h"
#include "../rows.h"

/* Which means a pattern asks for. */
enum { PYRT_BODIES = 1, PYRT_RANGES = 2, PYRT_SHADOWS = 4, PYRT_NEARBY = 8 };

enum {
    PYRT_CANDLES = 128,             /* rows at a time; their means stay in the processor's first cache */
    PYRT_CANDLES_BEFORE = 16,       /* the longest warm-up is shorter */
    PYRT_CANDLES_ROOM = PYRT_CANDLES + PYRT_CANDLES_BEFORE,
    PYRT_CANDLES_STRIP = 256,       /* the most columns of a table at a time */
    PYRT_CANDLES_AHEAD = 2,         /* rows of a table that are asked for so early */
};

typedef uint64_t v8u __attribute__((vector_size(64)));

PYRT_INLINE v8i v8_above(v8 a, v8 b) { return (v8i)(b - a); }
PYRT_INLINE v8i v8_below(v8 a, v8 b) { return (v8i)(a - b); }
PYRT_INLINE v8i v8_between(v8 a, v8 low, v8 high) { return v8_above(a, low) & v8_below(a, high); }
PYRT_INLINE v8i v8_full(v8i sign) { return -(v8i)((v8u)sign >> 63); }
PYRT_INLINE v8 v8_choose(v8i mask, v8 yes, v8 no) { return (v8)(((v8i)yes & mask) | ((v8i)no & ~mask)); }

/* Rows of bars, and means of the rows before each: pointers to where the outputs begin. A series' rows are neighbours; a
 * table's lie apart, and neighbours are columns. */
typedef struct {
    const double *open, *high, *low, *close;
    const double *bodies, *ranges, *shadows, *nearby;
    ptrdiff_t row; /* of a table's prices; means are PYRT_CANDLES_STRIP apart */
} pyrt_bars;

typedef void (*pyrt_pattern_rows)(const pyrt_bars *bars, int64_t *y, ptrdiff_t count, double p); /* `count` / 8 vectors */

typedef struct {
    ptrdiff_t warmup;
    int means;                                   /* those that it asks for */
    pyrt_pattern_rows rows, across;              /* of a series, and of a row of tables */
} pyrt_pattern;

typedef struct {
    v8 open, high, low, close;
    v8 top, bottom, body;                        /* ends of the body, and its length */
    v8 upper, lower;                             /* lengths of the shadows */
    v8i white, black;                            /* the close is not below, is below the open */
    v8i big, small, doji;                        /* body longer, shorter than usual; hardly any */
    v8i no_upper, no_lower;                      /* hardly any shadow */
    v8i short_upper, short_lower, long_upper, long_lower;
    v8 usual, shadow, bare;                      /* a body's length, a shadow's, and one of hardly any */
    v8 near, far, equal;                         /* distances that count as such */
} pyrt_candle;

/* The candles of eight neighbours, from t on of the prices and from m on of the means. What a pattern does not look at is
 * not computed. */
PYRT_INLINE pyrt_candle pyrt_candle_of(const pyrt_bars *bars, ptrdiff_t t, ptrdiff_t m)
{
    pyrt_candle a;
    a.open = v8_load(bars->open + t);
    a.high = v8_load(bars->high + t);
    a.low = v8_load(bars->low + t);
    a.close = v8_load(bars->close + t);
    a.black = v8_below(a.close, a.open);
    a.white = ~a.black;
    const v8i down = v8_full(a.black);
    a.top = v8_choose(down, a.open, a.close);
    a.bottom = v8_choose(down, a.close, a.open);
    a.body = v8_abs(a.close - a.open);
    a.upper = a.high - a.top;
    a.lower = a.bottom - a.low;
    a.bare = v8_load(bars->ranges + m) * 0.1;
    a.usual = v8_load(bars->bodies + m);
    a.shadow = v8_load(bars->shadows + m) * 0.5;
    const v8 range = v8_load(bars->nearby + m);
    a.big = v8_above(a.body, a.usual);
    a.small = v8_below(a.body, a.usual);
    a.doji = ~v8_above(a.body, a.bare);
    a.no_upper = v8_below(a.upper, a.bare);
    a.no_lower = v8_below(a.lower, a.bare);
    a.short_upper = v8_below(a.upper, a.shadow);
    a.short_lower = v8_below(a.lower, a.shadow);
    a.long_upper = v8_above(a.upper, a.body);
    a.long_lower = v8_above(a.lower, a.body);
    a.near = range * 0.2;
    a.far = range * 0.6;
    a.equal = range * 0.05;
    return a;
}

/* Bodies apart: all of b above, below all of a. Four differences are less work than two ends of bodies. */
PYRT_INLINE v8i pyrt_gap_up(pyrt_candle b, pyrt_candle a)
{
    return v8_above(b.open, a.open) & v8_above(b.open, a.close) & v8_above(b.close, a.open)
        & v8_above(b.close, a.close);
}

PYRT_INLINE v8i pyrt_gap_down(pyrt_candle b, pyrt_candle a) { return pyrt_gap_up(a, b); }

/* The body of b inside that of a, touching neither end. */
PYRT_INLINE v8i pyrt_inside(pyrt_candle b, pyrt_candle a)
{
    return v8_below(b.top, a.top) & v8_above(b.bottom, a.bottom);
}

/* Inside, or touching an end or both. */
PYRT_INLINE v8i pyrt_contained(pyrt_candle b, pyrt_candle a)
{
    return ~v8_above(b.top, a.top) & ~v8_below(b.bottom, a.bottom);
}

/* No further from b than `distance`. */
PYRT_INLINE v8i pyrt_within(v8 a, v8 b, v8 distance)
{
    return ~v8_above(a, b + distance) & ~v8_below(a, b - distance);
}

static const v8i pyrt_never = {0};

/* A number where it rises, its negative where it falls; both never hold. */
PYRT_INLINE v8i pyrt_signed(v8i rises, v8i falls, v8i number)
{
    return (v8_full(rises) & number) | (v8_full(falls) & -number);
}

PYRT_INLINE v8i pyrt_found(v8i rises, v8i falls) { return pyrt_signed(rises, falls, pyrt_never + 100); }

/* Found, rising if the candle is white. */
PYRT_INLINE v8i pyrt_colored(v8i found, pyrt_candle a) { return pyrt_found(found & a.white, found & a.black); }

/* 100, but 80 where bodies touch. */
PYRT_INLINE v8i pyrt_graded(v8i rises, v8i falls, v8i clear)
{
    return pyrt_signed(rises, falls, 80 + (v8_full(clear) & 20));
}

/* What has been seen of prices. */
enum { PYRT_NOT_FINITE = 1, PYRT_MINUS = 2 };

/* Lengths of bodies, ranges and shadows of `count` neighbours (at least eight), those that are asked for; what was seen.
 * Prices that far `ahead` are asked for: while other work is done, they come. */
PYRT_CLONES static int pyrt_candle_lengths(
    const double *const *prices, double *bodies, double *ranges, double *shadows, ptrdiff_t count, int means,
    ptrdiff_t ahead)
{
    const double *const x[4] = {prices[0], prices[1], prices[2], prices[3]};
    v8 check = {0};
    v8i signs = {0};
    for (ptrdiff_t t = 0;; t = pyrt_min(t + 8, count - 8)) {
        const v8 open = v8_load(x[0] + t), high = v8_load(x[1] + t), low = v8_load(x[2] + t), close = v8_load(x[3] + t);
        const v8 length = close - open;
        for (int i = 0; i < 4; i++)
            __builtin_prefetch(x[i] + t + ahead);
        check += (open + high + low + close) * 0.0;
        signs |= (v8i)open | (v8i)high | (v8i)low | (v8i)close;
        if (means & PYRT_BODIES)
            v8_store(bodies + t, v8_abs(length));
        if (means & (PYRT_RANGES | PYRT_NEARBY))
            v8_store(ranges + t, high - low);
        if (means & PYRT_SHADOWS) {
            const v8i down = v8_full((v8i)length);
            v8_store(shadows + t, (high - v8_choose(down, open, close)) + (v8_choose(down, close, open) - low));
        }
        if (t == count - 8)
            break;
    }
    int minus = 0;
    for (int i = 0; i < 8; i++)
        minus |= signs[i] < 0;
    return (pyrt_unsure(check) ? PYRT_NOT_FINITE : 0) | (minus ? PYRT_MINUS : 0);
}

/* A tenth of a sum, or a fifth, to the bit as by division, in half the time: an estimate and what it leaves of the sum.
 * 8, 4 and 2 times the estimate are exact, and so are these differences of numbers that lie so near; what is added is
 * below two units of the last place, and no quotient is nearer than a tenth of one to where rounding turns. */
PYRT_INLINE v8 pyrt_tenth(v8 sum)
{
    const v8 about = sum * 0.1;
    return about + ((sum - about * 8.0) - about * 2.0) * 0.1;
}

PYRT_INLINE v8 pyrt_fifth(v8 sum)
{
    const v8 about = sum * 0.2;
    return about + ((sum - about * 4.0) - about) * 0.2;
}

/* y[t] becomes the mean of the `period` rows before x[t], which are `row` doubles apart; `count` times, at least eight. */
PYRT_INLINE void pyrt_mean_before(const double *x, double *y, ptrdiff_t count, ptrdiff_t row, const ptrdiff_t period)
{
    for (ptrdiff_t t = 0;; t = pyrt_min(t + 8, count - 8)) {
        v8 sum = {0};
        for (ptrdiff_t k = period; k > 0; k--)
            sum += v8_load(x + t - k * row);
        v8_store(y + t, period == 10 ? pyrt_tenth(sum) : pyrt_fifth(sum));
        if (t == count - 8)
            break;
    }
}

PYRT_CLONES static void pyrt_mean_of_ten(const double *x, double *y, ptrdiff_t count, ptrdiff_t row)
{
    pyrt_mean_before(x, y, count, row, 10);
}

PYRT_CLONES static void pyrt_mean_of_five(const double *x, double *y, ptrdiff_t count, ptrdiff_t row)
{
    pyrt_mean_before(x, y, count, row, 5);
}

/* Prices of `count` rows without -0.0, in `room`. */
PYRT_CLONES_PLAIN static const double *pyrt_without_minus(
    const double *restrict x, double *restrict room, ptrdiff_t count)
{
    for (ptrdiff_t t = 0; t < count; t++)
        room[t] = x[t] + 0.0;
    return room;
}

/* A block: `count` rows, a multiple of eight, with `before` rows in front of them. Tells what was seen. */
static int pyrt_pattern_block(
    const double *const *prices, int64_t *y, ptrdiff_t count, ptrdiff_t before, const pyrt_pattern *pattern, double p)
{
    double length[3][PYRT_CANDLES_ROOM], mean[4][PYRT_CANDLES_ROOM], room[4][PYRT_CANDLES_ROOM];
    const ptrdiff_t all = before + count;
    const int seen = pyrt_candle_lengths(
        prices, length[0], length[1], length[2], all, pattern->means, 2 * PYRT_CANDLES);
    const double *x[4];
    for (int i = 0; i < 4; i++)
        x[i] = before + (seen & PYRT_MINUS ? pyrt_without_minus(prices[i], room[i], all) : prices[i]);
    for (int i = 0; i < 4; i++)
        if (pattern->means >> i & 1)
            i == 3 ? pyrt_mean_of_five(length[1] + 5, mean[3] + 5, all - 5, 1)
                   : pyrt_mean_of_ten(length[i] + 10, mean[i] + 10, all - 10, 1);
    const pyrt_bars bars = {
        x[0], x[1], x[2], x[3], mean[0] + before, mean[1] + before, mean[2] + before, mean[3] + before, 1};
    pattern->rows(&bars, y, count, p);
    return seen;
}

/* Less than eight rows, m from t on: computed with zeros behind them, and cut. */
static int pyrt_pattern_few(const pyrt_call *c, ptrdiff_t t, ptrdiff_t m, const pyrt_pattern *pattern)
{
    const ptrdiff_t before = pattern->warmup;
    double few[4][PYRT_CANDLES_BEFORE + 8] = {{0}};
    int64_t out[8];
    for (int i = 0; i < 4; i++)
        memcpy(few[i], c->x[i] + t - before, (size_t)(before + m) * sizeof **few);
    const double *x[4] = {few[0], few[1], few[2], few[3]};
    const int seen = pyrt_pattern_block(x, out, 8, before, pattern, c->p[0]);
    memcpy(pyrt_integers(c, 0) + t, out, (size_t)m * sizeof *out);
    return seen;
}

/* A whole call. Blocks begin where cache lines of the output do; a large output goes past the caches. */
static int pyrt_pattern_over(const pyrt_call *c, const pyrt_pattern *pattern)
{
    const ptrdiff_t n = c->n, before = pattern->warmup;
    const int beyond = n >= PYRT_BEYOND;
    int64_t *y = pyrt_integers(c, 0), out[PYRT_CANDLES];
    memset(y, 0, (size_t)pyrt_min(n, before) * sizeof *y);
    if (n <= before)
        return PYRT_UNSURE;
    const ptrdiff_t head = pyrt_min(n - before, (ptrdiff_t)(-((uintptr_t)(y + before) >> 3) & 7));
    int seen = head > 0 ? pyrt_pattern_few(c, before, head, pattern) : 0;
    ptrdiff_t t = before + head;
    while (t + 8 <= n) {
        const double *x[4];
        for (int i = 0; i < 4; i++)
            x[i] = c->x[i] + t - before;
        const ptrdiff_t count = pyrt_min(n - t, PYRT_CANDLES) & ~(ptrdiff_t)7;
        seen |= pyrt_pattern_block(x, beyond ? out : y + t, count, before, pattern, c->p[0]);
        for (ptrdiff_t k = 0; beyond && k < count; k += 8)
            v8_pass((double *)(void *)(y + t + k), v8_load((const double *)(const void *)(out + k)));
        t += count;
    }
    if (beyond)
        pyrt_passed();
    if (t < n)
        seen |= pyrt_pattern_few(c, t, n - t, pattern);
    return seen & PYRT_NOT_FINITE ? PYRT_UNSURE : PYRT_FINITE;
}

/* What is kept of a strip's rows: the last PYRT_CANDLES_BEFORE, each at two places, so that those before any lie in a row. */
typedef struct {
    double length[3][2 * PYRT_CANDLES_BEFORE][PYRT_CANDLES_STRIP], mean[4][2 * PYRT_CANDLES_BEFORE][PYRT_CANDLES_STRIP];
} pyrt_candle_rows;

/* Lengths and means of row t, of `count` neighbours; what was seen of prices. */
static int pyrt_candle_row(
    pyrt_candle_rows *kept, const double *const *prices, ptrdiff_t count, int means, ptrdiff_t t, ptrdiff_t ahead)
{
    const ptrdiff_t one = t % PYRT_CANDLES_BEFORE, other = one + PYRT_CANDLES_BEFORE;
    const int seen = pyrt_candle_lengths(
        prices, kept->length[0][one], kept->length[1][one], kept->length[2][one], count, means, ahead);
    const int asked = means & PYRT_NEARBY ? means | PYRT_RANGES : means;
    for (int i = 0; i < 3; i++)
        if (asked >> i & 1)
            memcpy(kept->length[i][other], kept->length[i][one], (size_t)count * sizeof(double));
    for (int i = 0; i < 4; i++) {
        if (!(means >> i & 1))
            continue;
        if (i == 3)
            pyrt_mean_of_five(kept->length[1][other], kept->mean[3][other], count, PYRT_CANDLES_STRIP);
        else
            pyrt_mean_of_ten(kept->length[i][other], kept->mean[i][other], count, PYRT_CANDLES_STRIP);
        memcpy(kept->mean[i][one], kept->mean[i][other], (size_t)count * sizeof(double));
    }
    return seen;
}

/* Columns from `from` on, as many as the strip is wide, row after row; stops where a price has a sign. */
static int pyrt_pattern_strip(
    const pyrt_table_call *c, const pyrt_pattern *pattern, pyrt_candle_rows *kept, ptrdiff_t from, ptrdiff_t strip)
{
    const ptrdiff_t row = c->x_row[0];
    _Alignas(64) int64_t out[PYRT_CANDLES_STRIP] = {0};
    int seen = 0;
    for (ptrdiff_t t = 0; t < c->n && !(seen & PYRT_MINUS); t++) {
        const ptrdiff_t at = t % PYRT_CANDLES_BEFORE + PYRT_CANDLES_BEFORE;
        const ptrdiff_t ahead = pyrt_min(PYRT_CANDLES_AHEAD, c->n - 1 - t) * row;
        const double *x[4];
        for (int i = 0; i < 4; i++)
            x[i] = c->x[i] + t * row + from;
        seen |= pyrt_candle_row(kept, x, strip, pattern->means, t, ahead);
        const pyrt_bars bars = {x[0], x[1], x[2], x[3], kept->mean[0][at], kept->mean[1][at], kept->mean[2][at],
                                kept->mean[3][at], row};
        if (t >= pattern->warmup)
            pattern->across(&bars, out, strip, c->p[0]);
        pyrt_pass_row(c->y[0] + t * c->y_row[0] + from, (const double *)(const void *)out, strip, c->beyond);
    }
    return seen;
}

/* The same of tables. Prices that have signs are left to the loop over series. */
static int pyrt_pattern_table(const pyrt_table_call *c, const pyrt_pattern *pattern)
{
    const ptrdiff_t row = c->x_row[0], strips = (c->width + PYRT_CANDLES_STRIP - 1) / PYRT_CANDLES_STRIP;
    const ptrdiff_t strip = pyrt_min((c->width / strips + 7) & ~(ptrdiff_t)7, c->width & ~(ptrdiff_t)7);
    if (c->x_row[1] != row || c->x_row[2] != row || c->x_row[3] != row)
        return PYRT_UNDONE;
    pyrt_candle_rows *kept = aligned_alloc(64, sizeof *kept);
    if (kept == NULL)
        return PYRT_NO_MEMORY;
    int seen = 0;
    for (ptrdiff_t j = 0; j < c->width && !(seen & PYRT_MINUS); j += strip)
        seen |= pyrt_pattern_strip(c, pattern, kept, pyrt_min(j, c->width - strip), strip);
    pyrt_passed();
    free(kept);
    return seen & PYRT_MINUS ? PYRT_UNDONE : seen & PYRT_NOT_FINITE ? PYRT_UNSURE : PYRT_FINITE;
}

#define PYRT_FIVE_CANDLES                                                                                             \
    pyrt_candle a, pyrt_candle b, pyrt_candle c, pyrt_candle d, pyrt_candle e

/* The calls of a pattern of which there are pyrt_NAME_rows and pyrt_NAME_across. */
#define PYRT_PATTERN_CALL(NAME, WARMUP, MEANS)                                                                        \
    static int pyrt_##NAME##_call(const pyrt_call *c)                                                                 \
    {                                                                                                                 \
        const pyrt_pattern pattern = {WARMUP, MEANS, pyrt_##NAME##_rows, NULL};                                       \
        return pyrt_pattern_over(c, &pattern);                                                                        \
    }                                                                                                                 \
    static int pyrt_##NAME##_table(const pyrt_table_call *c)                                                          \
    {                                                                                                                 \
        const pyrt_pattern pattern = {WARMUP, MEANS, NULL, pyrt_##NAME##_across};                                     \
        return pyrt_pattern_table(c, &pattern);                                                                       \
    }

/* Defines pyrt_NAME_call and pyrt_NAME_table, and begins the function that stands behind them: from the last COUNT candles,
 * a the oldest, b the next, and so on, to the pattern's numbers. */
#define PYRT_PATTERN(NAME, COUNT, WARMUP, MEANS)                                                                      \
    PYRT_INLINE v8i pyrt_##NAME##_of(PYRT_FIVE_CANDLES, v8 p);                                                        \
    PYRT_INLINE void pyrt_##NAME##_eight(                                                                             \
        const pyrt_bars *bars, int64_t *y, ptrdiff_t t, ptrdiff_t row, ptrdiff_t mean_row, double p)                  \
    {                                                                                                                 \
        const ptrdiff_t first = t - ((COUNT) - 1) * row, m = t - ((COUNT) - 1) * mean_row;                            \
        const pyrt_candle a = pyrt_candle_of(bars, first, m);                                                         \
        const pyrt_candle b = pyrt_candle_of(bars, first + row, m + mean_row);                                        \
        const pyrt_candle c = pyrt_candle_of(bars, first + 2 * row, m + 2 * mean_row);                                \
        const pyrt_candle d = pyrt_candle_of(bars, first + 3 * row, m + 3 * mean_row);                                \
        const pyrt_candle e = pyrt_candle_of(bars, first + 4 * row, m + 4 * mean_row);                                \
        const v8i found = pyrt_##NAME##_of(a, b, c, d, e, v8_all(p));                                                 \
        memcpy(y + t, &found, sizeof found);                                                                          \
    }                                                                                                                 \
    PYRT_CLONES static void pyrt_##NAME##_rows(const pyrt_bars *x, int64_t *y, ptrdiff_t count, double p)             \
    {                                                                                                                 \
        const pyrt_bars bars = *x;                                                                                    \
        for (ptrdiff_t t = 0; t < count; t += 8)                                                                      \
            pyrt_##NAME##_eight(&bars, y, t, 1, 1, p);                                                                \
    }                                                                                                                 \
    PYRT_CLONES static void pyrt_##NAME##_across(const pyrt_bars *x, int64_t *y, ptrdiff_t count, double p)           \
    {                                                                                                                 \
        const pyrt_bars bars = *x;                                                                                    \
        for (ptrdiff_t t = 0; t < count; t += 8)                                                                      \
            pyrt_##NAME##_eight(&bars, y, t, bars.row, PYRT_CANDLES_STRIP, p);                                        \
    }                                                                                                                 \
    PYRT_PATTERN_CALL(NAME, WARMUP, MEANS)                                                                            \
    PYRT_INLINE v8i pyrt_##NAME##_of(PYRT_FIVE_CANDLES, v8 p)

#endif
