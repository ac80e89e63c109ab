/* Numbers of a run: requests to steps, money to doubles. proto/MATCHING.md (The loop) is the specification. */
#ifndef PYRT_REPLAY_NUMBERS_H
#define PYRT_REPLAY_NUMBERS_H

#include "matching_numbers.h"

/* Steps of a number, on the side that is told; 1 if it was off the grid, -1 if it is too large to be exact. */
static inline int pyrt_put(double x, const pyrt_grid *grid, int up, int64_t *steps)
{
    int found = pyrt_steps(x, grid, steps);
    double y = x * grid->scale / (double)grid->mantissa;
    if (found != PYRT_OFF_GRID)
        return found == PYRT_ON_GRID ? 0 : -1;
    *steps = (int64_t)(up ? ceil(y) : floor(y));
    return 1;
}

/* The double nearest to an amount: rounded to 10^-8 first, then one division. */
static inline double pyrt_money(pyrt_i128 amount)
{
    pyrt_i128 half = amount > 0 ? PYRT_E10 / 2 : amount < 0 ? -(PYRT_E10 / 2) : 0;
    return (double)((amount + half) / PYRT_E10) / 1e8;
}

/* Average price of a position; NaN when flat. */
static inline double pyrt_average(pyrt_i128 cost, const pyrt_contract *of, int64_t lots, const pyrt_grid *tick)
{
    if (lots == 0)
        return NAN;
    if (of->inverse)
        return -((double)of->unit * (double)lots) / (double)cost / (double)of->inverse * pyrt_double(1, tick);
    return (double)cost / ((double)of->unit * (double)lots) * pyrt_double(1, tick);
}

static inline pyrt_i128 pyrt_less(pyrt_i128 a, pyrt_i128 b) { return a - b; }

/* lots * filled / whole, towards zero; all that is filled if lots is below zero. */
static inline int64_t pyrt_share(int64_t lots, int64_t filled, int64_t whole)
{
    return lots < 0 ? filled : (int64_t)((pyrt_i128)lots * filled / whole);
}

#endif
