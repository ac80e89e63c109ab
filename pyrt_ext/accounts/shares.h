/* Parts of an amount of money, exactly: proto/ACCOUNT.md (Numbers) is the specification. */
#ifndef PYRT_ACCOUNT_SHARES_H
#define PYRT_ACCOUNT_SHARES_H

#include "matching_numbers.h"

/* amount * by / of towards zero, without leaving 128 bits on the way; 1 if it does not fit. `of` is above zero. */
static inline int pyrt_amount_part(pyrt_i128 amount, int64_t by, int64_t of, pyrt_i128 *part)
{
    pyrt_i128 whole;
    if (__builtin_mul_overflow(amount / of, (pyrt_i128)by, &whole))
        return 1;
    return __builtin_add_overflow(whole, amount % of * by / of, part);
}

/* lots * unit; 1 if it does not fit. */
static inline int pyrt_amount_times(pyrt_i128 unit, int64_t lots, pyrt_i128 *product)
{
    return __builtin_mul_overflow(unit, (pyrt_i128)lots, product);
}

static inline pyrt_i128 pyrt_amount_size(pyrt_i128 amount) { return amount < 0 ? -amount : amount; }
static inline pyrt_i128 pyrt_amount_minus(pyrt_i128 a, pyrt_i128 b) { return a - b; }

/* What a split makes of lots: `fresh` stand for `old` ones. */
typedef struct {
    int64_t kept;  /* whole lots, signed */
    int64_t rest;  /* rest / whole of the position is a fraction of a lot, which nobody can hold */
    int64_t whole;
} pyrt_shares;

/* 1 if the numbers do not fit. */
static inline int pyrt_split_lots(int64_t lots, int64_t fresh, int64_t old, pyrt_shares *made)
{
    const int64_t size = lots < 0 ? -lots : lots;
    if (__builtin_mul_overflow(size, fresh, &made->whole))
        return 1;
    made->kept = lots < 0 ? -(made->whole / old) : made->whole / old;
    made->rest = made->whole % old;
    if (made->whole == 0)
        made->whole = 1;
    return 0;
}

/* ticks * old / fresh: down, to the nearest (halves up), or up, as `way` is -1, 0 or 1. */
static inline int64_t pyrt_split_ticks(int64_t ticks, int64_t fresh, int64_t old, int way)
{
    const pyrt_i128 of = 2 * (pyrt_i128)fresh;
    pyrt_i128 amount = 2 * (pyrt_i128)ticks * old, steps;
    amount += way < 0 ? 0 : way == 0 ? fresh : of - 1;
    steps = amount / of;
    return (int64_t)(steps - (amount % of < 0));
}

#endif
