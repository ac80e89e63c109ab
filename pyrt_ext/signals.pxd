"""Contract of the signal simulator: one position at a time, long or short, on boolean signals and stops.

A row's signals, each without its opposite: ``entry & ~exit`` goes long, ``exit & ~entry`` leaves a long position, and
the same of short ones; entries both ways cancel each other. An entry against the position closes it and opens the
other.

Order of operations, all in float64, so that a slow reference gives equal bits:

===========  =========================================================================================================
buy price    ``price[row] * (1 + slippage)``
sell price   ``price[row] * (1 - slippage)``
entry by     ``value = units * price``, ``fee = value * fee_rate + fixed_fee``; carried out if ``value + fee <= cash``;
units        else all cash is the budget. By money: ``value`` is given, and ``qty = value / price``
long by      ``budget = cash * fraction``, ``value = (budget - fixed_fee) / (1 + fee_rate)``, ``qty = value / price``,
budget       ``fee = budget - value``; rejected if ``budget <= fixed_fee``
short by     ``value = (cash - fixed_fee) / (1 + fee_rate) * fraction``, ``qty = value / price``, ``fee`` as by units;
budget       rejected if ``cash <= fixed_fee``
cash         ``cash -= value + fee`` bought, ``cash += value - fee`` sold
equity       ``cash`` while flat, else ``cash + qty * close[row]``, ``qty`` negative while short
stops, long  ``entry * (1 - stop_loss)``, ``peak * (1 - trailing)``, the higher of them; ``entry * (1 + take_profit)``
short        ``entry * (1 + stop_loss)``, ``trough * (1 + trailing)``, the lower of them; ``entry * (1 - take_profit)``
===========  =========================================================================================================

`entry` is the price of the fill. Stops are looked at from the bar of an entry at its open on, or from the bar after
an entry at the close: at the open, where both may be beyond (filled at the open); then inside the bar, the stop
before the target. After that the bar's high (low) may move the peak (trough), for the bars that follow. A stop fills
with slippage, a target without. With `lag` 0 the signals of the bar of a stop are passed over; with `lag` 1 a signal
fills at the open, before the stops of its bar.
"""

from libc.stdint cimport int64_t, uint8_t


cdef packed struct Rules:
    double cash        # at the start, above zero
    double units       # of each entry; 0: by money or budget instead
    double money       # value of each entry; 0: by budget
    double fraction    # of the cash that an entry takes, fees included; in (0, 1]
    double fee_rate    # of the traded value, each way
    double fixed_fee   # each fill
    double slippage    # fraction of the price, against us
    double stop_loss   # fraction of the price of the entry; 0: none
    double take_profit
    double trailing    # fraction of the best price since the entry


cdef packed struct Fill:
    int64_t row        # of the bar
    int64_t side       # pyrt.types.Side: 1 buy, 2 sell
    int64_t reason     # REASON
    double qty         # positive
    double price       # slippage included
    double fee


cdef enum:
    BUY = 1
    SELL = 2

cdef enum:
    ENTER_LONG = 1
    LEAVE_LONG = 2
    ENTER_SHORT = 4
    LEAVE_SHORT = 8


cpdef enum Reason:
    SIGNAL = 0
    STOP_LOSS = 1
    TAKE_PROFIT = 2
    TRAILING_STOP = 3
    LIQUIDATION = 4          # of a simulation with an account


cdef struct Counts:
    Py_ssize_t fills     # written
    Py_ssize_t cut       # entries that the cash did not cover: made with all of it
    Py_ssize_t rejected  # entries whose budget did not cover the fixed fee: not made
    Py_ssize_t late      # a signal on the last row whose fill would have come after the data


cdef struct Market:
    const double* price    # of fills on signals: opens or closes
    const double* open
    const double* high
    const double* low
    const double* close
    const uint8_t* codes   # what a row's signals ask for, ENTER_LONG ... joined
    Py_ssize_t n
    Py_ssize_t lag


cdef struct Account:
    double cash
    double qty         # signed
    double entry       # price of the position's fill
    double best        # the highest price since a long entry, the lowest since a short one


cdef struct Levels:
    double fixed       # the stop that does not move
    double stop
    double target
    double step        # the moving stop, as a factor of the best price; 0: there is none


cdef Levels levels_of(const Account* held, const Rules* rules) noexcept nogil
cdef void trail(Levels* levels, const Account* held) noexcept nogil  # set the stop by the best price so far
cdef void begin_account(Account* held, const Rules* rules) noexcept nogil
# Rows before `begin`, at most `lag` of them, belong to a stretch before: what they ask for is still to be carried out.
cdef Counts simulate(
    const Market* market, const Rules* rules, Fill* fills, double* equity, Account* held, Py_ssize_t begin
) noexcept nogil
