/* Patterns of two candles. */
#ifndef PYRT_PATTERNS_TWO_H
#define PYRT_PATTERNS_TWO_H

#include "search.h"

PYRT_PATTERN(cdlcounterattack, 2, 11, PYRT_BODIES | PYRT_NEARBY)
{
    return pyrt_colored((a.white ^ b.white) & a.big & b.big & pyrt_within(b.close, a.close, a.equal), b);
}

PYRT_PATTERN(cdldarkcloudcover, 2, 11, PYRT_BODIES)
{
    const v8i covers = v8_above(b.open, a.high) & v8_between(b.close, a.open, a.close - a.body * p);
    return pyrt_found(pyrt_never, a.white & a.big & b.black & covers);
}

PYRT_PATTERN(cdldojistar, 2, 11, PYRT_BODIES | PYRT_RANGES)
{
    const v8i both = a.big & b.doji;
    return pyrt_found(both & a.black & pyrt_gap_down(b, a), both & a.white & pyrt_gap_up(b, a));
}

PYRT_PATTERN(cdlengulfing, 2, 2, 0)
{
    const v8i over = ~v8_above(a.top, b.top) & ~v8_below(a.bottom, b.bottom);
    const v8i clear = pyrt_inside(a, b), some = over & (v8_above(b.top, a.top) | v8_below(b.bottom, a.bottom));
    return pyrt_graded(some & a.black & b.white, some & a.white & b.black, clear);
}

PYRT_PATTERN(cdlharami, 2, 11, PYRT_BODIES)
{
    const v8i held = a.big & ~b.big & pyrt_contained(b, a);
    return pyrt_graded(held & a.black, held & a.white, pyrt_inside(b, a));
}

PYRT_PATTERN(cdlharamicross, 2, 11, PYRT_BODIES | PYRT_RANGES)
{
    const v8i held = a.big & b.doji & pyrt_contained(b, a);
    return pyrt_graded(held & a.black, held & a.white, pyrt_inside(b, a));
}

PYRT_PATTERN(cdlhomingpigeon, 2, 11, PYRT_BODIES)
{
    return pyrt_found(a.black & b.black & a.big & ~b.big & pyrt_inside(b, a), pyrt_never);
}

PYRT_PATTERN(cdlinneck, 2, 11, PYRT_BODIES | PYRT_NEARBY)
{
    const v8i reaches = ~v8_below(b.close, a.close) & ~v8_above(b.close, a.close + a.equal);
    return pyrt_found(pyrt_never, a.black & a.big & b.white & v8_below(b.open, a.low) & reaches);
}

/* Two candles of hardly any shadows and of opposite colors, one kicking off from the other. */
PYRT_INLINE v8i pyrt_kicks(pyrt_candle a, pyrt_candle b)
{
    const v8i bare = a.big & a.no_upper & a.no_lower & b.big & b.no_upper & b.no_lower;
    return bare & ((a.black & b.white & v8_above(b.low, a.high)) | (a.white & b.black & v8_below(b.high, a.low)));
}

PYRT_PATTERN(cdlkicking, 2, 11, PYRT_BODIES | PYRT_RANGES) { return pyrt_colored(pyrt_kicks(a, b), b); }

PYRT_PATTERN(cdlkickingbylength, 2, 11, PYRT_BODIES | PYRT_RANGES)
{
    const v8i longer = v8_above(b.body, a.body), white = (longer & b.white) | (~longer & a.white);
    return pyrt_found(pyrt_kicks(a, b) & white, pyrt_kicks(a, b) & ~white);
}

PYRT_PATTERN(cdlmatchinglow, 2, 6, PYRT_NEARBY)
{
    return pyrt_found(a.black & b.black & pyrt_within(b.close, a.close, a.equal), pyrt_never);
}

PYRT_PATTERN(cdlonneck, 2, 11, PYRT_BODIES | PYRT_NEARBY)
{
    const v8i reaches = pyrt_within(b.close, a.low, a.equal);
    return pyrt_found(pyrt_never, a.black & a.big & b.white & v8_below(b.open, a.low) & reaches);
}

PYRT_PATTERN(cdlpiercing, 2, 11, PYRT_BODIES)
{
    const v8i pierces = v8_below(b.open, a.low) & v8_between(b.close, a.close + a.body * 0.5, a.open);
    return pyrt_found(a.black & a.big & b.white & b.big & pierces, pyrt_never);
}

PYRT_PATTERN(cdlseparatinglines, 2, 11, PYRT_BODIES | PYRT_RANGES | PYRT_NEARBY)
{
    const v8i apart = (a.white ^ b.white) & pyrt_within(b.open, a.open, a.equal) & b.big;
    return pyrt_found(apart & b.white & b.no_lower, apart & b.black & b.no_upper);
}

PYRT_PATTERN(cdlthrusting, 2, 11, PYRT_BODIES | PYRT_NEARBY)
{
    const v8i reaches = v8_above(b.close, a.close + a.equal) & ~v8_above(b.close, a.close + a.body * 0.5);
    return pyrt_found(pyrt_never, a.black & a.big & b.white & v8_below(b.open, a.low) & reaches);
}

#endif
