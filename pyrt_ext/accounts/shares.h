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

#endif
