/* Math Transform: libm's functions, row by row. */
#ifndef PYRT_TRANSFORMS_H
#define PYRT_TRANSFORMS_H

#include "rows.h"

PYRT_EACH(acos, acos)
PYRT_EACH(asin, asin)
PYRT_EACH(atan, atan)
PYRT_EACH(ceil, ceil)
PYRT_EACH(cos, cos)
PYRT_EACH(cosh, cosh)
PYRT_EACH(exp, exp)
PYRT_EACH(floor, floor)
PYRT_EACH(ln, log)
PYRT_EACH(log10, log10)
PYRT_EACH(sin, sin)
PYRT_EACH(sinh, sinh)
PYRT_EACH(sqrt, sqrt)
PYRT_EACH(tan, tan)
PYRT_EACH(tanh, tanh)

#endif
