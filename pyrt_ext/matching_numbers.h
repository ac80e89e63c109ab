/* Numbers of matching: doubles to steps, money in 128 bits. proto/SHM_LAYOUT.md (Numbers) and proto/MATCHING.md (Fees and
 * money) are the specification. */
#ifndef PYRT_MATCHING_NUMBERS_H
#define PYRT_MATCHING_NUMBERS_H

#include <math.h>
#include <stdint.h>

typedef __int128 pyrt_i128; /* money: units of 10^-18 of the quote currency */

static const double PYRT_POWERS[19] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                       1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
static const int64_t PYRT_LIMIT = (int64_t)1 << 51; /* from here on a mantissa has no double of its own */
static const int64_t PYRT_SURE = (int64_t)1 << 48;  /* up to here no sum of two roundings comes near to half a step */
static const int64_t PYRT_E18 = 1000000000000000000;
static const int64_t PYRT_E10 = 10000000000;

typedef struct {
    double scale;     /* 10^exponent */
    int64_t mantissa; /* the step is mantissa / scale */
} pyrt_grid;

enum { PYRT_ON_GRID = 0, PYRT_OFF_GRID = 1, PYRT_TOO_LARGE = 2 };

/* Half to even, for |y| < 2^51: the addition rounds, and the subtraction is exact. */
static inline double pyrt_rint(double y)
{
    const double shift = 6755399441055744.0; /* 1.5 * 2^52 */
    return (y + shift) - shift;
}

/* Without a division by powers of ten, for what is so near to a step that the rule below must take it for that one:
 * 1 if it is. Let m be the integer next to y = x * scale. The rounding of y and that of m / scale add 2.3e-16 |x| to the
 * |y - m| / scale by which x is away from m / scale. If |y - m| <= 1.9e-16 |y|, all is 4.2e-16 |x|, which is less than the
 * four units in the last place of x that are allowed. If |y - m| <= 3e-10, all is 3e-10 / scale and two such units: where
 * the two are more than 6e-10 / scale that is less than four, and elsewhere less than the 1e-9 / scale that are allowed. */
static inline int pyrt_steps_soon(double x, const pyrt_grid *grid, int64_t *steps)
{
    const double y = x * grid->scale, m = pyrt_rint(y), away = fabs(y - m);
    double k = m;
    if (!(fabs(y) < (double)PYRT_SURE) || !((away <= 3e-10) | (away <= 1.9e-16 * fabs(y))))
        return 0;
    if (grid->mantissa != 1) {
        k = pyrt_rint(m / (double)grid->mantissa);
        if (k * (double)grid->mantissa != m) /* exact, both being small */
            return 0;
    }
    *steps = (int64_t)k;
    return 1;
}

/* Both of a price and a quantity, side by side in one vector, or neither: `pyrt_steps_soon` of each. */
static inline int pyrt_both_soon(double price, double qty, const pyrt_grid *tick, const pyrt_grid *lot, int64_t *ticks,
                                 int64_t *lots)
{
    typedef double pair __attribute__((vector_size(16)));
    typedef int64_t bits __attribute__((vector_size(16)));
    const bits positive = {INT64_MAX, INT64_MAX};
    const pair shift = {6755399441055744.0, 6755399441055744.0}; /* as in `pyrt_rint` */
    const pair step = {(double)tick->mantissa, (double)lot->mantissa}, x = {price, qty};
    const pair y = x * (pair){tick->scale, lot->scale}, m = (y + shift) - shift;
    const pair away = (pair)((bits)(y - m) & positive), size = (pair)((bits)y & positive);
    const pair k = (m / step + shift) - shift;
    const bits on = (size < (double)PYRT_SURE) & ((away <= 3e-10) | (away <= 1.9e-16 * size)) & (k * step == m);
    if (!(on[0] & on[1]))
        return 0;
    *ticks = (int64_t)k[0];
    *lots = (int64_t)k[1];
    return 1;
}

static int pyrt_steps_slowly(double x, const pyrt_grid *grid, int64_t *steps)
{
    double y = x * grid->scale, m, k, tolerance, ulps, away, step = (double)grid->mantissa;
    if (!(fabs(y) < (double)PYRT_LIMIT))
        return PYRT_TOO_LARGE;
    m = pyrt_rint(y);
    if (m / grid->scale == x) {
        if (grid->mantissa == 1) {
            *steps = (int64_t)m;
            return PYRT_ON_GRID;
        }
        if ((int64_t)m % grid->mantissa == 0) {
            *steps = (int64_t)m / grid->mantissa;
            return PYRT_ON_GRID;
        }
    }
    k = pyrt_rint(y / step);
    away = fabs(x - (k * step) / grid->scale);
    tolerance = 1e-9 * (step / grid->scale);
    ulps = 4.0 * (nextafter(fabs(x), INFINITY) - fabs(x));
    *steps = (int64_t)k;
    return away <= (tolerance > ulps ? tolerance : ulps) ? PYRT_ON_GRID : PYRT_OFF_GRID;
}

static inline int pyrt_steps(double x, const pyrt_grid *grid, int64_t *steps)
{
    return __builtin_expect(pyrt_steps_soon(x, grid, steps), 1) ? PYRT_ON_GRID : pyrt_steps_slowly(x, grid, steps);
}

static inline int pyrt_has_double(int64_t steps, const pyrt_grid *grid)
{
    pyrt_i128 mantissa = (pyrt_i128)steps * grid->mantissa;
    return mantissa < PYRT_LIMIT && mantissa > -PYRT_LIMIT;
}

/* The one way in which a step becomes a double; 0 for what has none. */
static inline double pyrt_double(int64_t steps, const pyrt_grid *grid)
{
    return pyrt_has_double(steps, grid) ? (double)(steps * grid->mantissa) / grid->scale : 0.0;
}

/* Money of one tick of one lot; 0 if their decimal places are more than 18 together. */
static inline pyrt_i128 pyrt_unit(int64_t tick, int tick_places, int64_t lot, int lot_places)
{
    pyrt_i128 unit = (pyrt_i128)tick * lot;
    int zeros = 18 - tick_places - lot_places;
    if (zeros < 0)
        return 0;
    /* 2^102 times 10^18 is beyond 128 bits, but no instrument is so coarse in both: refused like the others. */
    for (; zeros > 18; zeros -= 18)
        if (__builtin_mul_overflow(unit, (pyrt_i128)PYRT_E18, &unit))
            return 0;
    return __builtin_mul_overflow(unit, (pyrt_i128)PYRT_POWERS[zeros], &unit) ? 0 : unit;
}

/* What lots are worth at a price: unit * ticks * lots, of an inverse contract -unit * lots / (tick * ticks). */
typedef struct {
    pyrt_i128 unit;  /* money of one lot at one tick; of an inverse one at a price of one in the tick's last place */
    int64_t inverse; /* the tick's mantissa of an inverse contract, else 0 */
} pyrt_contract;

/* Cut towards zero; 1 if it does not fit, or if an inverse contract's price is not above zero. */
static inline int pyrt_inverse_notional(const pyrt_contract *of, int64_t ticks, int64_t lots, pyrt_i128 *notional)
{
    const pyrt_i128 price = (pyrt_i128)ticks * of->inverse;
    *notional = 0;
    if (lots == 0)
        return 0;
    if (ticks <= 0 || __builtin_mul_overflow(of->unit / price, -(pyrt_i128)lots, notional))
        return 1;
    return __builtin_sub_overflow(*notional, of->unit % price * lots / price, notional);
}

static inline int pyrt_notional(const pyrt_contract *of, int64_t ticks, int64_t lots, pyrt_i128 *notional)
{
    if (__builtin_expect(of->inverse != 0, 0))
        return pyrt_inverse_notional(of, ticks, lots, notional);
    return __builtin_mul_overflow(of->unit, (pyrt_i128)ticks, notional) ||
           __builtin_mul_overflow(*notional, (pyrt_i128)lots, notional);
}

/* What a position owes or has at a worth, above zero if long: what fees, funding and borrow are of. */
static inline pyrt_i128 pyrt_signed(const pyrt_contract *of, pyrt_i128 worth) { return of->inverse ? -worth : worth; }

/* The fee in 10^-8: ceil(notional * rate / 10^18), without leaving 128 bits. */
static inline pyrt_i128 pyrt_fee(pyrt_i128 notional, int64_t rate)
{
    pyrt_i128 whole = notional / PYRT_E18, rest = notional % PYRT_E18 * rate, up;
    up = rest / PYRT_E18;
    if (rest > 0 && rest % PYRT_E18 != 0)
        up += 1; /* division goes towards zero: of what is above zero that is down */
    return whole * rate + up;
}

static inline pyrt_i128 pyrt_fee_units(pyrt_i128 fee) { return fee * PYRT_E10; }
static inline double pyrt_fee_double(pyrt_i128 fee) { return (double)fee / 1e8; }

/* cost * closed / position towards zero; position above zero, 0 <= closed <= position. */
static inline pyrt_i128 pyrt_part(pyrt_i128 cost, int64_t closed, int64_t position)
{
    return cost / position * closed + cost % position * closed / position;
}

static inline int pyrt_add(pyrt_i128 *sum, pyrt_i128 more) { return __builtin_add_overflow(*sum, more, sum); }
static inline int pyrt_sub(pyrt_i128 *sum, pyrt_i128 less) { return __builtin_sub_overflow(*sum, less, sum); }

/* (x * bound) >> 64 */
static inline int64_t pyrt_scaled(uint64_t x, int64_t bound)
{
    return (int64_t)(((unsigned __int128)x * (uint64_t)bound) >> 64);
}

#endif
