/* What a fill costs: its price after spread, slippage and impact, and its commission. costs.pxd is the contract. */
#ifndef PYRT_COSTS_H
#define PYRT_COSTS_H

#include <math.h>
#include <stdint.h>

enum { PYRT_TIERS = 12 };
enum { PYRT_SLIP_NONE, PYRT_SLIP_FIXED, PYRT_SLIP_PROPORTIONAL, PYRT_SLIP_VOLATILITY, PYRT_SLIP_SHARE };
enum { PYRT_IMPACT_NONE, PYRT_IMPACT_LINEAR, PYRT_IMPACT_POWER, PYRT_IMPACT_ALMGREN_CHRISS };
enum { PYRT_BY_UNITS, PYRT_BY_VALUE };

typedef struct {
    double price;          /* the market's; of a commission the fill's */
    double qty;            /* units, above zero */
    double side;           /* 1 buy, -1 sell */
    double maker;          /* 1: the order rested, 0: it takes */
    double high, low;      /* of the fill's bar; NaN where they are not known, as those below */
    double volume;         /* of the fill's bar */
    double average_volume; /* of the bars before the fill */
    double volatility;     /* of a bar's return, from the bars before the fill */
    double multiplier;     /* money of one unit at a price of 1 */
    double position;       /* units held before, signed */
    double traded;         /* before, in the count of the tiers: units or value */
    int64_t time;          /* ns UTC */
} pyrt_deal;

typedef uint32_t (*pyrt_cost_function)(const pyrt_deal *, double *);

typedef struct {
    int64_t size; /* of this struct */
    int64_t closed; /* 1: price and fee are the closed form, whatever the quantity */
    /* commission */
    double taker_rate, maker_rate; /* of the traded value */
    double taker_each, maker_each; /* money a unit */
    double fixed;                  /* money a fill */
    double minimum;                /* money an order; -inf: none */
    double maximum;                /* fraction of an order's value; inf: none */
    int64_t tiers, tiers_by, tiers_whole, tiers_monthly;
    double tier_from[PYRT_TIERS], tier_taker[PYRT_TIERS], tier_maker[PYRT_TIERS];
    uint64_t commission; /* a function instead of all this; 0: none */
    /* prices */
    double spread_rate, spread_money; /* the half of it: of the price, and money a unit */
    uint64_t spread;
    int64_t slippage_kind;
    double slippage_size;
    uint64_t slippage;
    int64_t impact_kind;
    double temporary, permanent, exponent, impact_fixed, duration, own_share;
    int64_t permanent_by_volatility;
    uint64_t impact;
    /* most of a bar's volume that an order may take; inf: all of it and more */
    double volume_limit;
} pyrt_costs;

typedef struct {
    double traded;   /* in the count of the tiers, this month or ever */
    int64_t month;   /* that it counts */
    double shift;    /* permanent impact so far, money a unit */
    uint32_t fault;  /* of a user's function: status in the low byte, its site above; 0: none */
    uint32_t faulty; /* which: 1 commission, 2 spread, 3 slippage, 4 impact */
} pyrt_costs_state;

typedef struct {
    double value;   /* of the order so far */
    double raw;     /* its commission before the bounds */
    double charged; /* what was paid of it */
} pyrt_tally;

/* Months of years that begin in March, counted through: which one a time lies in (proleptic Gregorian, UTC). */
static inline int64_t pyrt_month(int64_t ns)
{
    const int64_t length = 86400000000000;
    int64_t day = ns / length - (ns % length < 0) + 719468, era, of_era, year, of_year;
    era = (day >= 0 ? day : day - 146096) / 146097;
    of_era = day - era * 146097;
    year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    of_year = of_era - (365 * year + year / 4 - year / 100);
    return (year + era * 400) * 12 + (5 * of_year + 2) / 153;
}

static inline double pyrt_asked(uint64_t function, const pyrt_deal *deal, pyrt_costs_state *state, uint32_t which)
{
    double found = 0.0;
    uint32_t fault = ((pyrt_cost_function)(uintptr_t)function)(deal, &found);
    if (fault) {
        state->fault = fault;
        state->faulty = which;
        return NAN;
    }
    return found;
}

static inline double pyrt_known(double x) { return x == x ? x : 0.0; } /* what is not known costs nothing */

/* Temporary impact: a part of the price is added to `relative`, money a unit returned. */
static inline double pyrt_temporary(const pyrt_costs *c, const pyrt_deal *d, double *relative)
{
    double share = d->qty / d->average_volume;
    switch (c->impact_kind) {
    case PYRT_IMPACT_LINEAR:
        *relative += pyrt_known(c->temporary * share);
        return 0.0;
    case PYRT_IMPACT_POWER:
        share = share / c->duration;
        share = c->exponent == 0.5 ? sqrt(share) : pow(share, c->exponent);
        *relative += pyrt_known(c->temporary * d->volatility * share);
        return 0.0;
    case PYRT_IMPACT_ALMGREN_CHRISS:
        return c->impact_fixed + c->temporary * (d->qty / c->duration);
    default:
        return 0.0;
    }
}

/* Permanent impact of a deal, money a unit, signed like the deal. */
static inline double pyrt_permanent(const pyrt_costs *c, const pyrt_deal *d)
{
    if (c->permanent == 0.0)
        return 0.0;
    if (c->impact_kind == PYRT_IMPACT_ALMGREN_CHRISS)
        return d->side * (c->permanent * d->qty);
    return d->side * pyrt_known(c->permanent * (c->permanent_by_volatility ? d->volatility : 1.0) *
                                (d->qty / d->average_volume) * d->price);
}

/* Price of a fill; NaN if a user's function failed. What it does to later prices is pyrt_settle's. */
static inline double pyrt_fill_price(const pyrt_costs *c, pyrt_costs_state *state, const pyrt_deal *deal)
{
    double relative = c->spread_rate, money = c->spread_money, share;
    pyrt_deal at;
    if (c->closed)
        return deal->price * (1.0 + deal->side * (relative + c->slippage_size));
    at = *deal;
    at.price = deal->price + state->shift;
    at.traded = state->traded;
    switch (c->slippage_kind) {
    case PYRT_SLIP_FIXED:
        money += c->slippage_size;
        break;
    case PYRT_SLIP_PROPORTIONAL:
        relative += c->slippage_size;
        break;
    case PYRT_SLIP_VOLATILITY:
        relative += pyrt_known(c->slippage_size * at.volatility);
        break;
    case PYRT_SLIP_SHARE:
        share = at.qty / at.volume; /* of a bar without volume it is all */
        share = share < 1.0 ? share : at.volume == at.volume ? 1.0 : 0.0;
        relative += c->slippage_size * (share * share);
        break;
    default:
        break;
    }
    money += pyrt_temporary(c, &at, &relative);
    if (c->own_share != 0.0)
        money += c->own_share * fabs(pyrt_permanent(c, &at));
    if (c->spread)
        money += pyrt_asked(c->spread, &at, state, 2);
    if (c->slippage)
        money += pyrt_asked(c->slippage, &at, state, 3);
    if (c->impact)
        money += pyrt_asked(c->impact, &at, state, 4);
    return at.price * (1.0 + at.side * relative) + at.side * money;
}

/* Commission of `amount` (units or value) that comes after `before` in the count of the tiers. */
static inline double pyrt_tiered(const pyrt_costs *c, double before, double amount, double maker)
{
    const double *rates = maker != 0.0 ? c->tier_maker : c->tier_taker;
    double sum = 0.0, from, to, after = before + amount;
    int64_t k;
    for (k = 0; k < c->tiers; k++) {
        from = c->tier_from[k];
        to = k + 1 < c->tiers ? c->tier_from[k + 1] : INFINITY;
        if (c->tiers_whole) {
            if (before >= from && before < to)
                return amount * rates[k];
            continue;
        }
        from = before > from ? before : from;
        to = after < to ? after : to;
        if (to > from)
            sum += (to - from) * rates[k];
    }
    return sum;
}

static inline double pyrt_counted(const pyrt_costs *c, const pyrt_costs_state *state, const pyrt_deal *deal)
{
    return c->tiers_monthly && pyrt_month(deal->time) != state->month ? 0.0 : state->traded;
}

/* Commission of a fill of this value at `deal->price`, before the bounds of its order. */
static inline double pyrt_unbounded(const pyrt_costs *c, const pyrt_costs_state *state, const pyrt_deal *deal,
                                    double value)
{
    double fee = value * (deal->maker != 0.0 ? c->maker_rate : c->taker_rate);
    fee = fee + deal->qty * (deal->maker != 0.0 ? c->maker_each : c->taker_each) + c->fixed;
    if (c->tiers)
        fee += pyrt_tiered(c, pyrt_counted(c, state, deal), c->tiers_by == PYRT_BY_UNITS ? deal->qty : value,
                           deal->maker);
    return fee;
}

/* Commission of a fill at `deal->price`; `tally` is of its order's fills so far, NULL if this is the only one. NaN if a
 * user's function failed. */
static inline double pyrt_commission(const pyrt_costs *c, pyrt_costs_state *state, const pyrt_deal *deal,
                                     const pyrt_tally *tally)
{
    double value = deal->qty * deal->price * deal->multiplier, fee, most;
    pyrt_deal asked;
    if (c->commission) {
        asked = *deal;
        asked.traded = pyrt_counted(c, state, deal);
        return pyrt_asked(c->commission, &asked, state, 1);
    }
    fee = pyrt_unbounded(c, state, deal, value);
    if (c->minimum == -INFINITY && c->maximum == INFINITY)
        return fee;
    if (tally) {
        fee += tally->raw;
        value += tally->value;
    }
    fee = fee > c->minimum ? fee : c->minimum;
    most = c->maximum == INFINITY ? INFINITY : c->maximum * value;
    fee = fee < most ? fee : most;
    return tally ? fee - tally->charged : fee;
}

/* A fill has been made at `price` (`deal->price` is the market's) for `fee`: what it changes for those that follow. */
static inline void pyrt_settle(const pyrt_costs *c, pyrt_costs_state *state, const pyrt_deal *deal, double price,
                               double fee, pyrt_tally *tally)
{
    double value = deal->qty * price * deal->multiplier;
    pyrt_deal at = *deal;
    if (tally) {
        at.price = price;
        tally->raw += pyrt_unbounded(c, state, &at, value);
        tally->value += value;
        tally->charged += fee;
    }
    if (c->tiers || c->commission) {
        state->traded = pyrt_counted(c, state, deal) + (c->tiers_by == PYRT_BY_UNITS ? deal->qty : value);
        state->month = pyrt_month(deal->time);
    }
    at.price = deal->price + state->shift;
    state->shift += pyrt_permanent(c, &at);
}

/* The most units that an order may fill on a bar of this volume. */
static inline double pyrt_most(const pyrt_costs *c, double volume)
{
    return c->volume_limit == INFINITY || volume != volume ? INFINITY : c->volume_limit * volume;
}

#endif
