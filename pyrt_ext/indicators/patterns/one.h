/* Patterns of one candle, some with a look at the one before. */
#ifndef PYRT_PATTERNS_ONE_H
#define PYRT_PATTERNS_ONE_H

#include "search.h"

PYRT_PATTERN(cdlbelthold, 1, 10, PYRT_BODIES | PYRT_RANGES)
{
    return pyrt_found(a.big & a.white & a.no_lower, a.big & a.black & a.no_upper);
}

PYRT_PATTERN(cdlclosingmarubozu, 1, 10, PYRT_BODIES | PYRT_RANGES)
{
    return pyrt_found(a.big & a.white & a.no_upper, a.big & a.black & a.no_lower);
}

PYRT_PATTERN(cdldoji, 1, 10, PYRT_RANGES) { return pyrt_found(a.doji, pyrt_never); }

PYRT_PATTERN(cdldragonflydoji, 1, 10, PYRT_RANGES)
{
    return pyrt_found(a.doji & a.no_upper & v8_above(a.lower, a.bare), pyrt_never);
}

PYRT_PATTERN(cdlgravestonedoji, 1, 10, PYRT_RANGES)
{
    return pyrt_found(a.doji & a.no_lower & v8_above(a.upper, a.bare), pyrt_never);
}

PYRT_PATTERN(cdlhammer, 2, 11, PYRT_BODIES | PYRT_RANGES | PYRT_NEARBY)
{
    return pyrt_found(b.small & b.long_lower & b.no_upper & ~v8_above(b.bottom, a.low + a.near), pyrt_never);
}

PYRT_PATTERN(cdlhangingman, 2, 11, PYRT_BODIES | PYRT_RANGES | PYRT_NEARBY)
{
    return pyrt_found(pyrt_never, b.small & b.long_lower & b.no_upper & ~v8_below(b.bottom, a.high - a.near));
}

PYRT_PATTERN(cdlhighwave, 1, 10, PYRT_BODIES)
{
    const v8 twice = a.body * 2.0;
    return pyrt_colored(a.small & v8_above(a.upper, twice) & v8_above(a.lower, twice), a);
}

PYRT_PATTERN(cdlinvertedhammer, 2, 11, PYRT_BODIES | PYRT_RANGES)
{
    return pyrt_found(b.small & b.long_upper & b.no_lower & pyrt_gap_down(b, a), pyrt_never);
}

PYRT_PATTERN(cdllongleggeddoji, 1, 10, PYRT_RANGES)
{
    return pyrt_found(a.doji & (a.long_upper | a.long_lower), pyrt_never);
}

PYRT_PATTERN(cdllongline, 1, 10, PYRT_BODIES | PYRT_SHADOWS)
{
    return pyrt_colored(a.big & a.short_upper & a.short_lower, a);
}

PYRT_PATTERN(cdlmarubozu, 1, 10, PYRT_BODIES | PYRT_RANGES)
{
    return pyrt_colored(a.big & a.no_upper & a.no_lower, a);
}

PYRT_PATTERN(cdlrickshawman, 1, 10, PYRT_RANGES | PYRT_NEARBY)
{
    const v8 middle = a.low + (a.high - a.low) * 0.5;
    const v8i central = ~v8_above(a.bottom, middle + a.near) & ~v8_below(a.top, middle - a.near);
    return pyrt_found(a.doji & a.long_upper & a.long_lower & central, pyrt_never);
}

PYRT_PATTERN(cdlshootingstar, 2, 11, PYRT_BODIES | PYRT_RANGES)
{
    return pyrt_found(pyrt_never, b.small & b.long_upper & b.no_lower & pyrt_gap_up(b, a));
}

PYRT_PATTERN(cdlshortline, 1, 10, PYRT_BODIES | PYRT_SHADOWS)
{
    return pyrt_colored(a.small & a.short_upper & a.short_lower, a);
}

PYRT_PATTERN(cdlspinningtop, 1, 10, PYRT_BODIES)
{
    return pyrt_colored(a.small & a.long_upper & a.long_lower, a);
}

PYRT_PATTERN(cdltakuri, 1, 10, PYRT_RANGES)
{
    return pyrt_found(a.doji & a.no_upper & v8_above(a.lower, a.body * 2.0), pyrt_never);
}

#endif
