"""Contract of the signal simulator: one position at a time, entered and left on boolean signals.

Order of operations, all in float64, so that a slow reference gives equal bits:

=========  ===========================================================================================================
buy price  ``price[row] * (1 + slippage)``
sell price ``price[row] * (1 - slippage)``
by units   ``value = units * paid``, ``fee = value * fee_rate + fixed_fee``; bought if ``value + fee <= cash``, and then
           ``cash -= value + fee``; else the whole cash is the budget
by budget  ``budget = cash * fraction``, ``value = (budget - fixed_fee) / (1 + fee_rate)``, ``qty = value / paid``,
           ``fee = budget - value``, ``cash -= budget``; rejected if ``budget <= fixed_fee``
sale       ``value = qty * got``, ``fee = value * fee_rate + fixed_fee``, ``cash += value - fee``
equity     ``cash`` while flat, ``cash + qty * close[row]`` while long
=========  ===========================================================================================================
"""

from libc.stdint cimport int64_t, uint8_t


cdef packed struct Rules:
    double cash        # at the start, above zero
    double units       # bought at each entry; 0: by budget instead
    double fraction    # of the cash that an entry spends, fees included; in (0, 1]
    double fee_rate    # of the traded value, each way
    double fixed_fee   # each fill
    double slippage    # fraction of the price, against us


cdef packed struct Fill:
    int64_t row        # of the bar
    int64_t side       # pyrt.types.Side: 1 buy, 2 sell
    double qty         # positive
    double price       # slippage included
    double fee


cdef struct Counts:
    Py_ssize_t fills     # written
    Py_ssize_t cut       # entries of fixed units that the cash did not cover: bought with all of it
    Py_ssize_t rejected  # entries whose budget did not cover the fixed fee: not bought
    Py_ssize_t late      # a signal on the last row whose fill would have come after the data


cdef Py_ssize_t next_signal(
    const uint8_t* want, const uint8_t* veto, Py_ssize_t start, Py_ssize_t stop
) noexcept nogil
