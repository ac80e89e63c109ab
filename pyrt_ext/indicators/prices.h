/* Price Transform: one price for a bar. */
#ifndef PYRT_PRICES_H
#define PYRT_PRICES_H

#include "rows.h"

PYRT_ROWS(avgprice, 4, (a + b + d + e) / 4.0)
PYRT_ROWS(medprice, 2, (a + b) / 2.0)
PYRT_ROWS(typprice, 3, (a + b + d) / 3.0)
PYRT_ROWS(wclprice, 3, (a + b + d * 2.0) / 4.0)

#endif
