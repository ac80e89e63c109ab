/* Candlestick patterns: what a candle is, eight rows at a time.
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

/* What is usual in each row by the candles before it. */
typedef struct {
    v8 body, range, shadow, near;
} pyrt_means;

/* The candles of eight rows. What a pattern does not look at is not computed. */
PYRT_INLINE pyrt_candle pyrt_candle_made(v8 open, v8 high, v8 low, v8 close, v8 top, v8 bottom, pyrt_means usual)
{
    pyrt_candle a = {.open = open, .high = high, .low = low, .close = close, .top = top, .bottom = bottom};
    a.black = v8_below(close, open);
    a.white = ~a.black;
    a.body = v8_abs(close - open);
    a.upper = high - top;
    a.lower = bottom - low;
    a.bare = usual.range * 0.1;
    a.usual = usual.body;
    a.shadow = usual.shadow * 0.5;
    a.big = v8_above(a.body, a.usual);
    a.small = v8_below(a.body, a.usual);
    a.doji = ~v8_above(a.body, a.bare);
    a.no_upper = v8_below(a.upper, a.bare);
    a.no_lower = v8_below(a.lower, a.bare);
    a.short_upper = v8_below(a.upper, a.shadow);
    a.short_lower = v8_below(a.lower, a.shadow);
    a.long_upper = v8_above(a.upper, a.body);
    a.long_lower = v8_above(a.lower, a.body);
    a.near = usual.near * 0.2;
    a.far = usual.near * 0.6;
    a.equal = usual.near * 0.05;
    return a;
}

/* The candles of eight neighbours, from t on of the prices and from m on of the means. */
PYRT_INLINE pyrt_candle pyrt_candle_of(const pyrt_bars *bars, ptrdiff_t t, ptrdiff_t m)
{
    const v8 open = v8_load(bars->open + t), close = v8_load(bars->close + t);
    const v8i down = v8_full(v8_below(close, open));
    const pyrt_means usual = {
        v8_load(bars->bodies + m), v8_load(bars->ranges + m), v8_load(bars->shadows + m), v8_load(bars->nearby + m)};
    return pyrt_candle_made(open, v8_load(bars->high + t), v8_load(bars->low + t), close, v8_choose(down, open, close),
                            v8_choose(down, close, open), usual);
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

/* What a pattern says of eight rows: where it rises, where it falls (both never hold), where it is clear and not only so
 * much as touches. */
typedef struct {
    v8i rises, falls, clear;
} pyrt_answer;

PYRT_INLINE pyrt_answer pyrt_found(v8i rises, v8i falls) { return (pyrt_answer){rises, falls, ~pyrt_never}; }

/* Found, rising if the candle is white. */
PYRT_INLINE pyrt_answer pyrt_colored(v8i found, pyrt_candle a) { return pyrt_found(found & a.white, found & a.black); }

/* 100 where it is clear, but 80 where bodies touch. */
PYRT_INLINE pyrt_answer pyrt_graded(v8i rises, v8i falls, v8i clear) { return (pyrt_answer){rises, falls, clear}; }

/* A number where it rises, its negative where it falls. */
PYRT_INLINE v8i pyrt_signed(v8i rises, v8i falls, v8i number)
{
    return (v8_full(rises) & number) | (v8_full(falls) & -number);
}

PYRT_INLINE v8i pyrt_numbers(pyrt_answer a)
{
    return pyrt_signed(a.rises, a.falls, 80 + (v8_full(a.clear) & 20));
}

#endif
