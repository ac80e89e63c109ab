"""Contract of ``costs.h``: what kernels call, without the GIL, to price a fill. All float64.

A kernel fills in a ``Deal`` (what is not known is NaN), asks for the price, puts it into ``deal.price`` for the
commission, and after the fill settles with the market's price in ``deal.price`` again::

    deal.price = market; price = fill_price(costs, state, &deal)
    deal.price = price;  fee = commission(costs, state, &deal, tally)
    deal.price = market; settle(costs, state, &deal, price, fee, tally)

`fill_price` and `commission` change nothing but ``state.fault`` and may be asked as often as wanted, as to find the
quantity that cash pays for. They are NaN where a user's function failed; a price that is not above zero is a fault of
the model. Order of operations, so that a slow reference gives equal bits:

============  ========================================================================================================
price         ``at = price + shift``; ``fill = at * (1 + side * relative) + side * money``
relative      half the spread, then slippage (a part of the price), then temporary impact, added in this order
money         half the spread, slippage, impact (money a unit), then the functions of spread, slippage, impact
slippage      fixed ``size`` (money), proportional ``size``, volatility ``size * volatility``, share
              ``size * (s * s)`` with ``s = min(qty / volume, 1)``
temporary     linear ``temporary * s``, power ``temporary * volatility * (s / duration) ** exponent`` (a square root is
              sqrt), ``s = qty / average_volume``; Almgren-Chriss ``fixed + temporary * (qty / duration)`` money
permanent     ``permanent * (volatility or 1) * s * at``, Almgren-Chriss ``permanent * qty``; signed like the deal it is
              added to `shift` after the fill, and ``own_share`` of it is in the fill's own money, before the functions
commission    ``value * rate + qty * each + fixed``, then the tiers' sum, low to high; ``value = qty * price *
              multiplier``; bounds of an order: ``min(max(fee, minimum), maximum * value)``, less what was charged
============  ========================================================================================================

A term whose volume or volatility is NaN is 0. With ``closed`` set a price is ``price * (1 + side * (relative + size))``
and a fee ``value * rate + 0 + fixed`` whatever the quantity, so that a budget has a closed form.
"""

from libc.stdint cimport int64_t, uint32_t


cdef extern from "costs.h" nogil:
    ctypedef struct Deal "pyrt_deal":
        double price           # the market's; for the commission the fill's
        double qty             # units, above zero
        double side            # 1 buy, -1 sell
        double maker           # 1: the order rested
        double high            # of the fill's bar
        double low
        double volume
        double average_volume  # of the bars before the fill
        double volatility      # of a bar's return, of the bars before the fill
        double multiplier      # money of a unit at a price of 1
        double position        # before, signed
        double traded          # set by the functions below
        int64_t time           # ns UTC

    ctypedef struct Costs "pyrt_costs":
        int64_t size           # of the struct: pyrt.backtest.costs has it as a dtype
        int64_t closed
        double taker_rate
        double maker_rate
        double fixed
        double spread_rate
        double slippage_size
        double permanent
        double volume_limit

    ctypedef struct CostsState "pyrt_costs_state":
        double traded
        int64_t month
        double shift           # permanent impact so far, money a unit; marks stay those of the data
        uint32_t fault         # of a user's function: status in the low byte, its site above
        uint32_t faulty        # 1 commission, 2 spread, 3 slippage, 4 impact

    ctypedef struct Tally "pyrt_tally":
        double value           # of an order's fills so far
        double raw
        double charged

    double fill_price "pyrt_fill_price"(const Costs* costs, CostsState* state, const Deal* deal)
    double commission "pyrt_commission"(const Costs* costs, CostsState* state, const Deal* deal, const Tally* tally)
    void settle "pyrt_settle"(
        const Costs* costs, CostsState* state, const Deal* deal, double price, double fee, Tally* tally
    )
    double most_units "pyrt_most"(const Costs* costs, double volume)


cdef const Costs* costs_in(const unsigned char[::1] record) except NULL  # the struct that a record's bytes are
