/* Patterns of four candles and more. */
#ifndef PYRT_PATTERNS_MANY_H
#define PYRT_PATTERNS_MANY_H

#include "search.h"

PYRT_PATTERN(cdl3blackcrows, 4, 13, PYRT_RANGES)
{
    const v8i crows = a.white & b.black & c.black & d.black & b.no_lower & c.no_lower & d.no_lower;
    const v8i inside = v8_between(c.open, b.close, b.open) & v8_between(d.open, c.close, c.open);
    const v8i down = v8_above(a.high, b.close) & v8_above(b.close, c.close) & v8_above(c.close, d.close);
    return pyrt_found(pyrt_never, crows & inside & down);
}

/* Where a candle opens: in the body before it, or near. */
PYRT_INLINE v8i pyrt_opens_in(pyrt_candle b, pyrt_candle a)
{
    return ~v8_below(b.open, a.bottom - a.near) & ~v8_above(b.open, a.top + a.near);
}

PYRT_PATTERN(cdl3linestrike, 4, 8, PYRT_NEARBY)
{
    const v8i in = pyrt_opens_in(b, a) & pyrt_opens_in(c, b);
    const v8i up = v8_above(c.close, b.close) & v8_above(b.close, a.close) & v8_above(d.open, c.close);
    const v8i down = v8_below(c.close, b.close) & v8_below(b.close, a.close) & v8_below(d.open, c.close);
    return pyrt_found(
        in & up & a.white & b.white & c.white & d.black & v8_below(d.close, a.open),
        in & down & a.black & b.black & c.black & d.white & v8_above(d.close, a.open));
}

PYRT_PATTERN(cdlbreakaway, 5, 14, PYRT_BODIES)
{
    const v8i down = a.black & b.black & d.black & e.white & pyrt_gap_down(b, a) & v8_below(c.high, b.high)
        & v8_below(c.low, b.low) & v8_below(d.high, c.high) & v8_below(d.low, c.low);
    const v8i up = a.white & b.white & d.white & e.black & pyrt_gap_up(b, a) & v8_above(c.high, b.high)
        & v8_above(c.low, b.low) & v8_above(d.high, c.high) & v8_above(d.low, c.low);
    return pyrt_found(
        a.big & down & v8_between(e.close, b.open, a.close), a.big & up & v8_between(e.close, a.close, b.open));
}

PYRT_PATTERN(cdlconcealbabyswall, 4, 13, PYRT_RANGES)
{
    const v8i black = a.black & b.black & c.black & d.black;
    const v8i bare = a.no_upper & a.no_lower & b.no_upper & b.no_lower;
    const v8i third = pyrt_gap_down(c, b) & v8_above(c.upper, c.bare) & v8_above(c.high, b.close);
    return pyrt_found(black & bare & third & v8_above(d.high, c.high) & v8_below(d.low, c.low), pyrt_never);
}

/* Signs of the traps of eight rows, and of the rows one, two and three before them. */
typedef struct {
    v8i at, one, two, three;
} pyrt_trapped;

PYRT_INLINE pyrt_trapped pyrt_trapped_at(const double *signs)
{
    return (pyrt_trapped){
        (v8i)v8_load(signs + 3), (v8i)v8_load(signs + 2), (v8i)v8_load(signs + 1), (v8i)v8_load(signs)};
}

/* A trap rises where a break was downward and falls where it was upward. It is confirmed by the first close beyond its
 * inside bar, on the other side, within three rows, if no other trap has come. c, d, e are the inside bars of
 * traps three, two and one row before g. */
PYRT_INLINE v8i pyrt_traps(pyrt_trapped rises, pyrt_trapped falls, const pyrt_bars *bars, ptrdiff_t t, ptrdiff_t row)
{
    const pyrt_candle c = pyrt_candle_of(bars, t - 4 * row, t), d = pyrt_candle_of(bars, t - 3 * row, t);
    const pyrt_candle e = pyrt_candle_of(bars, t - 2 * row, t), f = pyrt_candle_of(bars, t - row, t);
    const pyrt_candle g = pyrt_candle_of(bars, t, t);
    const v8i quiet = ~(rises.at | falls.at), one = ~(rises.one | falls.one), two = one & ~(rises.two | falls.two);
    const v8i above = ~v8_above(e.close, c.high) & ~v8_above(f.close, c.high) & v8_above(g.close, c.high);
    const v8i below = ~v8_below(e.close, c.low) & ~v8_below(f.close, c.low) & v8_below(g.close, c.low);
    const v8i up = (rises.one & v8_above(g.close, e.high)) | (two & rises.three & above)
        | (one & rises.two & ~v8_above(f.close, d.high) & v8_above(g.close, d.high));
    const v8i down = (falls.one & v8_below(g.close, e.low)) | (two & falls.three & below)
        | (one & falls.two & ~v8_below(f.close, d.low) & v8_below(g.close, d.low));
    return pyrt_signed(rises.at, falls.at, pyrt_never + 100) | pyrt_signed(quiet & up, quiet & down, pyrt_never + 200);
}

/* Defines pyrt_NAME_call and pyrt_NAME_table by where traps rise and fall, expressions of four candles, a the oldest. A
 * row's traps are looked for once in a series, and looked up from the rows after it; in tables, for each of those. */
#define PYRT_HIKKAKE(NAME, WARMUP, MEANS, RISES, FALLS)                                                               \
    PYRT_INLINE void pyrt_##NAME##_signs(                                                                             \
        const pyrt_bars *bars, ptrdiff_t t, ptrdiff_t m, ptrdiff_t row, ptrdiff_t mean_row, v8i *rises, v8i *falls)   \
    {                                                                                                                 \
        const pyrt_candle a = pyrt_candle_of(bars, t - 3 * row, m - 3 * mean_row);                                    \
        const pyrt_candle b = pyrt_candle_of(bars, t - 2 * row, m - 2 * mean_row);                                    \
        const pyrt_candle c = pyrt_candle_of(bars, t - row, m - mean_row), d = pyrt_candle_of(bars, t, m);            \
        (void)a;                                                                                                      \
        *rises = RISES;                                                                                               \
        *falls = FALLS;                                                                                               \
    }                                                                                                                 \
    PYRT_CLONES static void pyrt_##NAME##_rows(const pyrt_bars *x, int64_t *y, ptrdiff_t count, double p)             \
    {                                                                                                                 \
        const pyrt_bars bars = *x;                                                                                    \
        double rises[PYRT_CANDLES + 3], falls[PYRT_CANDLES + 3];                                                      \
        (void)p;                                                                                                      \
        for (ptrdiff_t t = -3;; t = pyrt_min(t + 8, count - 8)) {                                                     \
            v8i up, down;                                                                                             \
            pyrt_##NAME##_signs(&bars, t, t, 1, 1, &up, &down);                                                       \
            v8_store(rises + 3 + t, (v8)up);                                                                          \
            v8_store(falls + 3 + t, (v8)down);                                                                        \
            if (t == count - 8)                                                                                       \
                break;                                                                                                \
        }                                                                                                             \
        for (ptrdiff_t t = 0; t < count; t += 8) {                                                                    \
            const v8i found = pyrt_traps(pyrt_trapped_at(rises + t), pyrt_trapped_at(falls + t), &bars, t, 1);        \
            memcpy(y + t, &found, sizeof found);                                                                      \
        }                                                                                                             \
    }                                                                                                                 \
    PYRT_CLONES static void pyrt_##NAME##_across(const pyrt_bars *x, int64_t *y, ptrdiff_t count, double p)           \
    {                                                                                                                 \
        const pyrt_bars bars = *x;                                                                                    \
        const ptrdiff_t row = bars.row, mean = PYRT_CANDLES_STRIP;                                                    \
        (void)p;                                                                                                      \
        for (ptrdiff_t t = 0; t < count; t += 8) {                                                                    \
            pyrt_trapped up, down;                                                                                    \
            pyrt_##NAME##_signs(&bars, t, t, row, mean, &up.at, &down.at);                                            \
            pyrt_##NAME##_signs(&bars, t - row, t - mean, row, mean, &up.one, &down.one);                             \
            pyrt_##NAME##_signs(&bars, t - 2 * row, t - 2 * mean, row, mean, &up.two, &down.two);                     \
            pyrt_##NAME##_signs(&bars, t - 3 * row, t - 3 * mean, row, mean, &up.three, &down.three);                 \
            const v8i found = pyrt_traps(up, down, &bars, t, row);                                                    \
            memcpy(y + t, &found, sizeof found);                                                                      \
        }                                                                                                             \
    }                                                                                                                 \
    PYRT_PATTERN_CALL(NAME, WARMUP, MEANS, NULL)

/* The range of b inside that of a; below it at both ends. */
PYRT_INLINE v8i pyrt_inside_bar(pyrt_candle b, pyrt_candle a)
{
    return v8_below(b.high, a.high) & v8_above(b.low, a.low);
}

PYRT_INLINE v8i pyrt_lower_bar(pyrt_candle b, pyrt_candle a)
{
    return v8_below(b.high, a.high) & v8_below(b.low, a.low);
}

PYRT_HIKKAKE(cdlhikkake, 5, 0,
    pyrt_inside_bar(c, b) & pyrt_lower_bar(d, c),
    pyrt_inside_bar(c, b) & pyrt_lower_bar(c, d))

/* The bar before the inside bar is one, too, and closes near its end where the break comes. */
PYRT_HIKKAKE(cdlhikkakemod, 10, PYRT_NEARBY,
    pyrt_inside_bar(b, a) & pyrt_inside_bar(c, b) & pyrt_lower_bar(d, c) & ~v8_above(b.close, b.low + b.near),
    pyrt_inside_bar(b, a) & pyrt_inside_bar(c, b) & pyrt_lower_bar(c, d) & ~v8_below(b.close, b.high - b.near))

PYRT_PATTERN(cdlladderbottom, 5, 14, PYRT_RANGES)
{
    const v8i down = a.black & b.black & c.black & v8_above(a.open, b.open) & v8_above(b.open, c.open)
        & v8_above(a.close, b.close) & v8_above(b.close, c.close);
    const v8i turn = e.white & v8_above(e.open, d.open) & v8_above(e.close, d.high);
    return pyrt_found(down & d.black & v8_above(d.upper, d.bare) & turn, pyrt_never);
}

PYRT_PATTERN(cdlmathold, 5, 14, PYRT_BODIES)
{
    const v8 floor = a.close - a.body * p;
    const v8i small = b.small & c.small & d.small & a.big & a.white & b.black & e.white & pyrt_gap_up(b, a);
    const v8i held = v8_between(c.bottom, floor, a.close) & v8_between(d.bottom, floor, a.close)
        & v8_below(c.top, b.open) & v8_below(d.top, c.top);
    const v8i out = v8_above(e.open, d.close) & v8_above(e.close, b.high) & v8_above(e.close, c.high)
        & v8_above(e.close, d.high);
    return pyrt_found(small & held & out, pyrt_never);
}

PYRT_PATTERN(cdlrisefall3methods, 5, 14, PYRT_BODIES)
{
    const v8i sizes = a.big & b.small & c.small & d.small & e.big;
    const v8i held = v8_below(b.bottom, a.high) & v8_above(b.top, a.low) & v8_below(c.bottom, a.high)
        & v8_above(c.top, a.low) & v8_below(d.bottom, a.high) & v8_above(d.top, a.low);
    const v8i falls = v8_below(c.close, b.close) & v8_below(d.close, c.close);
    const v8i rises = v8_above(c.close, b.close) & v8_above(d.close, c.close);
    const v8i up = a.white & b.black & c.black & d.black & e.white & v8_above(e.open, d.close)
        & v8_above(e.close, a.close);
    const v8i down = a.black & b.white & c.white & d.white & e.black & v8_below(e.open, d.close)
        & v8_below(e.close, a.close);
    return pyrt_found(sizes & held & falls & up, sizes & held & rises & down);
}

#endif
