"""What fills cost, over arrays: the door of Python to ``costs.h``; ``costs.pxd`` is its contract."""

from libc.string cimport memset

import numpy as np


cdef const Costs* costs_in(const unsigned char[::1] record) except NULL:
    if record.shape[0] != sizeof(Costs) or (<const Costs*>&record[0]).size != sizeof(Costs):
        raise ValueError(f"costs: must be one record of {sizeof(Costs)} bytes")
    return <const Costs*>&record[0]


def sizes():
    """Bytes of the structs: costs, deal."""
    return sizeof(Costs), sizeof(Deal)


def price_deals(const unsigned char[::1] costs not None, const unsigned char[::1] deals not None, bint one_order):
    """Prices and commissions of deals that follow one another.

    Parameters
    ----------
    costs : uint8[sizeof(Costs)]
        The models.
    deals : uint8[n * sizeof(Deal)]
        ``price`` is the market's.
    one_order : bool
        Whether they are the fills of one order, so that its bounds hold for all of them together.

    Returns
    -------
    prices, fees : float64[n]
        NaN from the deal on at which a user's function failed.
    fault : tuple of int
        Which function failed (0: none), and what it returned.
    """
    cdef const Costs* models = costs_in(costs)
    cdef Py_ssize_t n = deals.shape[0] // <Py_ssize_t>sizeof(Deal), i
    cdef CostsState state
    cdef Tally tally
    cdef Tally* order = &tally if one_order else NULL
    cdef Deal deal
    cdef double market
    prices, fees = np.full(n, np.nan), np.full(n, np.nan)
    cdef double[::1] price = prices, fee = fees
    memset(&state, 0, sizeof(state))
    memset(&tally, 0, sizeof(tally))
    with nogil:
        for i in range(n):
            deal = (<const Deal*>&deals[0])[i]
            market = deal.price
            price[i] = fill_price(models, &state, &deal)
            if state.fault:
                break
            deal.price = price[i]
            fee[i] = commission(models, &state, &deal, order)
            if state.fault:
                break
            deal.price = market
            settle(models, &state, &deal, price[i], fee[i], order)
    return prices, fees, (state.faulty, state.fault)
