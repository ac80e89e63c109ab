/* The loops that all patterns share: blocks of rows, one walk where vectors of eight are registers, rows of tables. */
#ifndef PYRT_SEARCH_H
#define PYRT_SEARCH_H

#include "candles.h"

typedef void (*pyrt_pattern_rows)(const pyrt_bars *bars, int64_t *y, ptrdiff_t count, double p); /* `count` / 8 vectors */

typedef struct {
    ptrdiff_t warmup;
    int means;                                   /* those that it asks for */
    pyrt_pattern_rows rows, across;              /* of a series, and of a row of tables */
    int (*walk)(const double *const *x, int64_t *y, ptrdiff_t count, int beyond, double p); /* of a series, or NULL */
} pyrt_pattern;

/* What has been seen of prices. */
enum { PYRT_NOT_FINITE = 1, PYRT_MINUS = 2 };

/* A number that is finite where all prices were; signs of prices. */
typedef struct {
    v8 check;
    v8i signs;
} pyrt_seen;

PYRT_INLINE int pyrt_seen_in(pyrt_seen seen)
{
    int minus = 0;
    for (int i = 0; i < 8; i++)
        minus |= seen.signs[i] < 0;
    return (pyrt_unsure(seen.check * 0.0) ? PYRT_NOT_FINITE : 0) | (minus ? PYRT_MINUS : 0);
}

/* Lengths of bodies, ranges and shadows of `count` neighbours (at least eight), those that are asked for; what was seen.
 * Prices that far `ahead` are asked for: while other work is done, they come. */
PYRT_CLONES static int pyrt_candle_lengths(
    const double *const *prices, double *bodies, double *ranges, double *shadows, ptrdiff_t count, int means,
    ptrdiff_t ahead)
{
    const double *const x[4] = {prices[0], prices[1], prices[2], prices[3]};
    pyrt_seen seen = {{0}, {0}};
    for (ptrdiff_t t = 0;; t = pyrt_min(t + 8, count - 8)) {
        const v8 open = v8_load(x[0] + t), high = v8_load(x[1] + t), low = v8_load(x[2] + t), close = v8_load(x[3] + t);
        const v8 length = close - open;
        for (int i = 0; i < 4; i++)
            __builtin_prefetch(x[i] + t + ahead);
        seen.check += (open + high + low + close) * 0.0;
        seen.signs |= (v8i)open | (v8i)high | (v8i)low | (v8i)close;
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
    return pyrt_seen_in(seen);
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

/* In one walk. Lengths of this vector of rows and of the two before it. */
enum {
    PYRT_WALK_ROWS = 512,   /* at a time */
    PYRT_WALK_BEFORE = 24,  /* rows that are looked at before those that a walk begins with */
};

typedef struct {
    const double *open, *high, *low, *close;
    v8 body[3], range[3], shadow[3];
} pyrt_walked;

PYRT_WIDE_INLINE void pyrt_walk_lengths(pyrt_walked *w, ptrdiff_t t, const int means, pyrt_seen *seen)
{
    const v8 open = v8_load(w->open + t), high = v8_load(w->high + t), low = v8_load(w->low + t);
    const v8 close = v8_load(w->close + t), length = close - open, range = high - low;
    seen->check += length + range;
    seen->signs |= (v8i)open | (v8i)high | (v8i)low | (v8i)close;
    w->body[2] = w->body[1], w->body[1] = w->body[0];
    w->range[2] = w->range[1], w->range[1] = w->range[0];
    w->shadow[2] = w->shadow[1], w->shadow[1] = w->shadow[0];
    if (means & PYRT_BODIES)
        w->body[0] = v8_abs(length);
    if (means & (PYRT_RANGES | PYRT_NEARBY))
        w->range[0] = range;
    if (means & PYRT_SHADOWS)
        w->shadow[0] = (high - V8_MAX(open, close)) + (V8_MIN(open, close) - low);
}

/* The mean of the ten or five values before each, to the bit that of pyrt_mean_before: what an estimate leaves of the sum
 * is exact at once here. */
PYRT_WIDE_INLINE v8 pyrt_walk_mean(const v8 *x, const int period)
{
    v8 sum;
    if (period == 10) {
        sum = V8_ALIGN(x[1], x[2], 2) + V8_ALIGN(x[1], x[2], 1);
        sum = (sum + x[1]) + V8_ALIGN(x[0], x[1], 7);
        sum = sum + V8_ALIGN(x[0], x[1], 6);
        sum = sum + V8_ALIGN(x[0], x[1], 5);
    } else {
        sum = V8_ALIGN(x[0], x[1], 5);
    }
    sum = ((sum + V8_ALIGN(x[0], x[1], 4)) + V8_ALIGN(x[0], x[1], 3)) + V8_ALIGN(x[0], x[1], 2);
    sum += V8_ALIGN(x[0], x[1], 1);
    const v8 share = V8_ALL(1.0 / period), about = sum * share;
    return V8_FMA(V8_FMA(about, V8_ALL(-period), sum), share, about);
}

PYRT_WIDE_INLINE pyrt_means pyrt_walk_means(const pyrt_walked *w, const int means)
{
    pyrt_means m = {{0}, {0}, {0}, {0}};
    if (means & PYRT_BODIES)
        m.body = pyrt_walk_mean(w->body, 10);
    if (means & PYRT_RANGES)
        m.range = pyrt_walk_mean(w->range, 10);
    if (means & PYRT_SHADOWS)
        m.shadow = pyrt_walk_mean(w->shadow, 10);
    if (means & PYRT_NEARBY)
        m.near = pyrt_walk_mean(w->range, 5);
    return m;
}

/* The candles `back` rows, a constant, before those of row t and on, of whose means are those of this vector and of the
 * one before it. */
PYRT_WIDE_INLINE pyrt_candle pyrt_walk_candle(
    const pyrt_walked *w, ptrdiff_t t, const int back, const pyrt_means *now, const pyrt_means *last)
{
    const v8 open = v8_load(w->open + t - back), close = v8_load(w->close + t - back);
    pyrt_means usual = *now;
    if (back > 0) {
        usual.body = pyrt_moved(now->body, last->body, back), usual.range = pyrt_moved(now->range, last->range, back);
        usual.shadow = pyrt_moved(now->shadow, last->shadow, back), usual.near = pyrt_moved(now->near, last->near, back);
    }
    return pyrt_candle_made(open, v8_load(w->high + t - back), v8_load(w->low + t - back), close, V8_MAX(open, close),
                            V8_MIN(open, close), usual);
}

/* A sign in all bits is one shift here. */
PYRT_WIDE_INLINE v8i pyrt_walk_numbers(pyrt_answer a)
{
    const v8i number = 80 + ((a.clear >> 63) & 20);
    return ((a.rises >> 63) & number) | ((a.falls >> 63) & -number);
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
    int walks = pattern->walk != NULL && pyrt_wide();
    while (t + 8 <= n) {
        const double *x[4];
        if (walks && t >= PYRT_WALK_BEFORE && n - t >= 64) {
            const ptrdiff_t count = pyrt_min(n - t, PYRT_WALK_ROWS) & ~(ptrdiff_t)7;
            for (int i = 0; i < 4; i++)
                x[i] = c->x[i] + t;
            const int one = pattern->walk(x, y + t, count, beyond, c->p[0]);
            walks = !(one & PYRT_MINUS);
            if (walks) {
                seen |= one;
                t += count;
                continue;
            }
        }
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
#define PYRT_PATTERN_CALL(NAME, WARMUP, MEANS, WALK)                                                                  \
    static int pyrt_##NAME##_call(const pyrt_call *c)                                                                 \
    {                                                                                                                 \
        const pyrt_pattern pattern = {WARMUP, MEANS, pyrt_##NAME##_rows, NULL, WALK};                                 \
        return pyrt_pattern_over(c, &pattern);                                                                        \
    }                                                                                                                 \
    static int pyrt_##NAME##_table(const pyrt_table_call *c)                                                          \
    {                                                                                                                 \
        const pyrt_pattern pattern = {WARMUP, MEANS, NULL, pyrt_##NAME##_across, NULL};                               \
        return pyrt_pattern_table(c, &pattern);                                                                       \
    }

#define PYRT_PATTERN_WALK(NAME, COUNT, MEANS)                                                                         \
    PYRT_WIDE static int pyrt_##NAME##_walk(                                                                          \
        const double *const *x, int64_t *y, ptrdiff_t count, int beyond, double p)                                    \
    {                                                                                                                 \
        pyrt_walked w = {x[0], x[1], x[2], x[3], {{0}}, {{0}}, {{0}}};                                                \
        pyrt_seen seen = {{0}, {0}};                                                                                  \
        pyrt_walk_lengths(&w, -24, MEANS, &seen);                                                                     \
        pyrt_walk_lengths(&w, -16, MEANS, &seen);                                                                     \
        pyrt_walk_lengths(&w, -8, MEANS, &seen);                                                                      \
        pyrt_means last, now = pyrt_walk_means(&w, MEANS);                                                            \
        for (ptrdiff_t t = 0; t < count; t += 8) {                                                                    \
            pyrt_walk_lengths(&w, t, MEANS, &seen);                                                                   \
            last = now, now = pyrt_walk_means(&w, MEANS);                                                             \
            const pyrt_candle a = pyrt_walk_candle(&w, t, COUNT - 1, &now, &last);                                    \
            const pyrt_candle b = pyrt_walk_candle(&w, t, COUNT > 1 ? COUNT - 2 : 0, &now, &last);                    \
            const pyrt_candle c = pyrt_walk_candle(&w, t, COUNT > 2 ? COUNT - 3 : 0, &now, &last);                    \
            const pyrt_candle d = pyrt_walk_candle(&w, t, COUNT > 3 ? COUNT - 4 : 0, &now, &last);                    \
            const pyrt_candle e = pyrt_walk_candle(&w, t, 0, &now, &last);                                            \
            const v8 found = (v8)pyrt_walk_numbers(pyrt_##NAME##_of(a, b, c, d, e, v8_all(p)));                       \
            if (beyond)                                                                                               \
                V8_PASS((double *)(void *)(y + t), found);                                                            \
            else                                                                                                      \
                v8_store((double *)(void *)(y + t), found);                                                           \
        }                                                                                                             \
        return pyrt_seen_in(seen);                                                                                    \
    }

/* Defines pyrt_NAME_call and pyrt_NAME_table, and begins the function that stands behind them: from the last COUNT candles,
 * a the oldest, b the next, and so on, to the pattern's answer. */
#define PYRT_PATTERN(NAME, COUNT, WARMUP, MEANS)                                                                      \
    PYRT_INLINE pyrt_answer pyrt_##NAME##_of(PYRT_FIVE_CANDLES, v8 p);                                                \
    PYRT_INLINE void pyrt_##NAME##_eight(                                                                             \
        const pyrt_bars *bars, int64_t *y, ptrdiff_t t, ptrdiff_t row, ptrdiff_t mean_row, double p)                  \
    {                                                                                                                 \
        const ptrdiff_t first = t - ((COUNT) - 1) * row, m = t - ((COUNT) - 1) * mean_row;                            \
        const pyrt_candle a = pyrt_candle_of(bars, first, m);                                                         \
        const pyrt_candle b = pyrt_candle_of(bars, first + row, m + mean_row);                                        \
        const pyrt_candle c = pyrt_candle_of(bars, first + 2 * row, m + 2 * mean_row);                                \
        const pyrt_candle d = pyrt_candle_of(bars, first + 3 * row, m + 3 * mean_row);                                \
        const pyrt_candle e = pyrt_candle_of(bars, first + 4 * row, m + 4 * mean_row);                                \
        const v8i found = pyrt_numbers(pyrt_##NAME##_of(a, b, c, d, e, v8_all(p)));                                   \
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
    PYRT_PATTERN_WALK(NAME, COUNT, MEANS)                                                                             \
    PYRT_PATTERN_CALL(NAME, WARMUP, MEANS, pyrt_##NAME##_walk)                                                        \
    PYRT_INLINE pyrt_answer pyrt_##NAME##_of(PYRT_FIVE_CANDLES, v8 p)

#endif
