/* Patterns of three candles. */
#ifndef PYRT_PATTERNS_THREE_H
#define PYRT_PATTERNS_THREE_H

#include "search.h"

PYRT_PATTERN(cdl2crows, 3, 12, PYRT_BODIES)
{
    const v8i crows = b.black & c.black & pyrt_gap_up(b, a) & v8_between(c.open, b.close, b.open);
    return pyrt_found(pyrt_never, a.white & a.big & crows & v8_between(c.close, a.open, a.close));
}

PYRT_PATTERN(cdl3inside, 3, 12, PYRT_BODIES)
{
    const v8i held = a.big & ~b.big & pyrt_inside(b, a);
    return pyrt_found(
        held & a.black & c.white & v8_above(c.close, a.open), held & a.white & c.black & v8_below(c.close, a.open));
}

PYRT_PATTERN(cdl3outside, 3, 3, 0)
{
    const v8i over = pyrt_inside(a, b);
    return pyrt_found(
        over & a.black & b.white & v8_above(c.close, b.close), over & a.white & b.black & v8_below(c.close, b.close));
}

PYRT_PATTERN(cdl3starsinsouth, 3, 12, PYRT_BODIES | PYRT_RANGES)
{
    const v8i first = a.black & a.big & a.long_lower;
    const v8i second = b.black & v8_below(b.body, a.body) & v8_above(b.open, a.close) & ~v8_above(b.open, a.high)
        & v8_below(b.low, a.close) & ~v8_below(b.low, a.low) & v8_above(b.lower, b.bare);
    const v8i third = c.black & c.small & c.no_upper & c.no_lower & v8_above(c.low, b.low) & v8_below(c.high, b.high);
    return pyrt_found(first & second & third, pyrt_never);
}

/* Three white candles, each closing higher and opening in the body before it or near. */
PYRT_INLINE v8i pyrt_climbs(pyrt_candle a, pyrt_candle b, pyrt_candle c)
{
    return a.white & b.white & c.white & v8_above(b.close, a.close) & v8_above(c.close, b.close)
        & v8_above(b.open, a.open) & ~v8_above(b.open, a.close + a.near)
        & v8_above(c.open, b.open) & ~v8_above(c.open, b.close + b.near);
}

PYRT_PATTERN(cdl3whitesoldiers, 3, 12, PYRT_BODIES | PYRT_RANGES | PYRT_NEARBY)
{
    const v8i strong = v8_above(b.body, a.body - a.far) & v8_above(c.body, b.body - b.far) & c.big;
    return pyrt_found(pyrt_climbs(a, b, c) & a.no_upper & b.no_upper & c.no_upper & strong, pyrt_never);
}

PYRT_PATTERN(cdlabandonedbaby, 3, 12, PYRT_BODIES | PYRT_RANGES)
{
    const v8i baby = a.big & b.doji & c.big;
    const v8i below = v8_below(b.high, a.low) & v8_above(c.low, b.high);
    const v8i above = v8_above(b.low, a.high) & v8_below(c.high, b.low);
    return pyrt_found(
        baby & a.black & c.white & below & v8_above(c.close, a.close + a.body * p),
        baby & a.white & c.black & above & v8_below(c.close, a.close - a.body * p));
}

PYRT_PATTERN(cdladvanceblock, 3, 12, PYRT_BODIES | PYRT_SHADOWS | PYRT_NEARBY)
{
    const v8i far = v8_below(b.body, a.body - a.far) & v8_below(c.body, b.body + b.near);
    const v8i weaker = v8_below(c.body, b.body), tired = v8_above(c.upper, c.shadow) | v8_above(b.upper, b.shadow);
    const v8i blocked = far | v8_below(c.body, b.body - b.far) | (weaker & v8_below(b.body, a.body) & tired)
        | (weaker & c.long_upper);
    return pyrt_found(pyrt_never, pyrt_climbs(a, b, c) & a.big & a.short_upper & blocked);
}

/* A long candle, a star apart from it, and one that goes back into the first by a share of its body. */
PYRT_INLINE v8i pyrt_morning(pyrt_candle a, pyrt_candle b, pyrt_candle c, v8 p)
{
    return a.big & a.black & pyrt_gap_down(b, a) & c.big & c.white
        & v8_above(c.close, a.close + a.body * p);
}

PYRT_INLINE v8i pyrt_evening(pyrt_candle a, pyrt_candle b, pyrt_candle c, v8 p)
{
    return a.big & a.white & pyrt_gap_up(b, a) & c.big & c.black
        & v8_below(c.close, a.close - a.body * p);
}

PYRT_PATTERN(cdleveningdojistar, 3, 12, PYRT_BODIES | PYRT_RANGES)
{
    return pyrt_found(pyrt_never, pyrt_evening(a, b, c, p) & b.doji);
}

PYRT_PATTERN(cdleveningstar, 3, 12, PYRT_BODIES)
{
    return pyrt_found(pyrt_never, pyrt_evening(a, b, c, p) & ~b.big);
}

PYRT_PATTERN(cdlgapsidesidewhite, 3, 7, PYRT_NEARBY)
{
    const v8i alike = b.white & c.white & pyrt_within(c.body, b.body, b.near) & pyrt_within(c.open, b.open, b.equal);
    return pyrt_found(
        alike & pyrt_gap_up(b, a) & pyrt_gap_up(c, a), alike & pyrt_gap_down(b, a) & pyrt_gap_down(c, a));
}

PYRT_PATTERN(cdlidentical3crows, 3, 12, PYRT_RANGES | PYRT_NEARBY)
{
    const v8i crows = a.black & b.black & c.black & a.no_lower & b.no_lower & c.no_lower;
    const v8i down = v8_above(a.close, b.close) & v8_above(b.close, c.close);
    const v8i on = pyrt_within(b.open, a.close, a.equal) & pyrt_within(c.open, b.close, b.equal);
    return pyrt_found(pyrt_never, crows & down & on);
}

PYRT_PATTERN(cdlmorningdojistar, 3, 12, PYRT_BODIES | PYRT_RANGES)
{
    return pyrt_found(pyrt_morning(a, b, c, p) & b.doji, pyrt_never);
}

PYRT_PATTERN(cdlmorningstar, 3, 12, PYRT_BODIES)
{
    return pyrt_found(pyrt_morning(a, b, c, p) & ~b.big, pyrt_never);
}

PYRT_PATTERN(cdlstalledpattern, 3, 12, PYRT_BODIES | PYRT_RANGES | PYRT_NEARBY)
{
    const v8i white = a.white & b.white & c.white & v8_above(b.close, a.close) & v8_above(c.close, b.close);
    const v8i strong = a.big & b.big & b.no_upper & v8_above(b.open, a.open) & ~v8_above(b.open, a.close + a.near);
    return pyrt_found(pyrt_never, white & strong & c.small & ~v8_below(c.open, b.close - c.body - b.near));
}

PYRT_PATTERN(cdlsticksandwich, 3, 7, PYRT_NEARBY)
{
    const v8i between = a.black & b.white & c.black & v8_above(b.low, a.close);
    return pyrt_found(between & pyrt_within(c.close, a.close, a.equal), pyrt_never);
}

PYRT_PATTERN(cdltasukigap, 3, 7, PYRT_NEARBY)
{
    const v8i opens = v8_between(c.open, b.bottom, b.top) & v8_below(v8_abs(b.body - c.body), b.near);
    return pyrt_found(
        opens & pyrt_gap_up(b, a) & b.white & c.black & v8_between(c.close, a.top, b.open),
        opens & pyrt_gap_down(b, a) & b.black & c.white & v8_between(c.close, b.open, a.bottom));
}

PYRT_PATTERN(cdltristar, 3, 12, PYRT_RANGES)
{
    const v8i dojis = a.doji & ~v8_above(b.body, a.bare) & ~v8_above(c.body, a.bare);
    return pyrt_found(
        dojis & pyrt_gap_down(b, a) & v8_above(c.bottom, b.bottom), dojis & pyrt_gap_up(b, a) & v8_below(c.top, b.top));
}

PYRT_PATTERN(cdlunique3river, 3, 12, PYRT_BODIES)
{
    const v8i first = a.black & a.big, third = c.white & c.small & v8_above(c.open, b.low);
    const v8i second = b.black & v8_above(b.close, a.close) & ~v8_above(b.open, a.open) & v8_below(b.low, a.low);
    return pyrt_found(first & second & third, pyrt_never);
}

PYRT_PATTERN(cdlupsidegap2crows, 3, 12, PYRT_BODIES)
{
    const v8i second = b.black & ~b.big & pyrt_gap_up(b, a);
    const v8i third = c.black & v8_above(c.open, b.open) & v8_between(c.close, a.close, b.close);
    return pyrt_found(pyrt_never, a.white & a.big & second & third);
}

PYRT_PATTERN(cdlxsidegap3methods, 3, 2, 0)
{
    const v8i fills = ~(a.white ^ b.white) & (b.white ^ c.white) & v8_between(c.open, b.bottom, b.top)
        & v8_between(c.close, a.bottom, a.top);
    return pyrt_found(fills & a.white & pyrt_gap_up(b, a), fills & a.black & pyrt_gap_down(b, a));
}

#endif
