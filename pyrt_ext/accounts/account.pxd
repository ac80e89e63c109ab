"""What an account pays and gets beside its fills, and what it may hold. Kernels call this without the GIL; all float64.

`money` is what one unit is worth in the account's currency at a price of 1: contract multiplier times the rate of
conversion of that moment. Amounts are signed: above zero the account gets them. Order of operations:

===========  =========================================================================================================
due          between two bars, at the close of the earlier one and what was held then: interest, borrow, funding; then
             what the later bar begins with: dividend, split; each is added to the cash on its own
interest     ``cash * interest`` of a cash below zero: what margin lends
borrow       ``qty * price * money * borrow`` of a short position
funding      ``-(qty * price * money * funding)``: longs pay a rate above zero, shorts get it
dividend     ``qty * dividend * money``, of the units before a split of the same time; shorts pay it
split        ``qty * split``; prices kept of the position (its entry, its best) are divided by it
holds        a position of value ``v`` for a fee ``f`` may be opened if ``v / leverage + f <= equity``
liquidation  the price at which ``equity = maintenance * value``: long ``-cash / (qty * money * (1 - maintenance))``,
             short ``cash / (-qty * money * (1 + maintenance))``, with the cash and quantity of the position alone
===========  =========================================================================================================
"""

from libc.math cimport INFINITY


cdef packed struct Margin:
    double multiplier         # money of a unit at a price of 1, before conversion
    double leverage           # the most that positions are worth, in equities
    double maintenance        # least equity as a fraction of the positions' value; below zero: nobody is liquidated
    double liquidation_fee    # fraction of the value that is liquidated


cdef struct Due:              # a value a bar each; NULL: nothing of the kind
    const double* interest    # for the time since the bar before, as a fraction
    const double* borrow
    const double* funding
    const double* dividend    # money a unit
    const double* split       # units that one becomes, 1: none
    const double* rate        # of conversion, at the end of each bar


cdef packed struct Payments:  # of one bar, before its open
    double interest
    double borrow
    double funding
    double dividend


cdef inline double rate_before(const Due* due, Py_ssize_t row) noexcept nogil:
    """Rate of conversion that is known at the open of a bar."""
    return 1.0 if due.rate == NULL else due.rate[row - 1 if row else 0]


cdef inline double rate_after(const Due* due, Py_ssize_t row) noexcept nogil:
    """Rate of conversion at the end of a bar."""
    return 1.0 if due.rate == NULL else due.rate[row]


cdef inline double interest_of(const Due* due, Py_ssize_t row, double cash) noexcept nogil:
    return cash * due.interest[row] if due.interest != NULL and cash < 0.0 else 0.0


cdef inline double borrow_of(const Due* due, Py_ssize_t row, double qty, double price, double money) noexcept nogil:
    return qty * price * money * due.borrow[row] if due.borrow != NULL and qty < 0.0 else 0.0


cdef inline double funding_of(const Due* due, Py_ssize_t row, double qty, double price, double money) noexcept nogil:
    return -(qty * price * money * due.funding[row]) if due.funding != NULL else 0.0


cdef inline double dividend_of(const Due* due, Py_ssize_t row, double qty, double money) noexcept nogil:
    return qty * due.dividend[row] * money if due.dividend != NULL else 0.0


cdef inline double split_of(const Due* due, Py_ssize_t row) noexcept nogil:
    return 1.0 if due.split == NULL else due.split[row]


cdef inline double liquidation_price(const Margin* margin, double cash, double qty, double money) noexcept nogil:
    """Where a position is liquidated, if it is the only one; not reachable (0, infinity) if nothing could bring it."""
    cdef double price
    if margin.maintenance < 0.0 or qty == 0.0:
        return 0.0 if qty >= 0.0 else INFINITY
    if qty > 0.0:
        price = -cash / (qty * money * (1.0 - margin.maintenance))
        return price if price > 0.0 else 0.0
    price = cash / (-qty * money * (1.0 + margin.maintenance))
    return price if price > 0.0 else 0.0
