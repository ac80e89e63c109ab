"""Contract of the signal simulator with an account and any model of costs; ``pyrt_ext/signals.pxd`` has the plain one.

What a signal asks for, when it fills and which stop a bar hits are the plain simulator's, whose results this one gives
where its terms are plain (to rounding: a budget has a closed form there, and is searched here). Each bar in this order:

1. what fell due since the bar before, and splits (``account.pxd``);
2. with `lag` 1 the signal of the bar before, at the open;
3. stops, target and liquidation of a position that was held before, or was opened at this open;
4. with `lag` 0 the signal of this bar, at the close, unless a stop was hit on it;
5. the mark: ``cash + qty * close * money``.

===========  =========================================================================================================
price, fee   ``costs.pxd``; a target fills as an order that rested: at its price, for a maker's commission
entry by     given units, or given money over ``price * money`` with the price of ``given / (market * money)`` units;
units        carried out if ``value / leverage + fee <= cash``, else by the budget of all cash
long by      the most units for which ``value + fee <= cash * fraction`` and ``value / leverage + fee <= cash``
budget
short by     ``fraction / leverage`` of the most units for which ``value / leverage + fee <= cash``
budget
beside       of an account with other positions `cash` is the equity where a fraction is taken of it, and what is paid
others       must be at most ``equity - gross / leverage`` (below 1e-9 of the equity it is 0); liquidation is then with
             the others at their marks
most units   64 halvings between 0 and a bound, which begins at twice what the cash pays for at the market's price
             and is doubled while it can be paid; never more than ``volume_limit`` of the bar's volume
value        ``qty * price * money``
liquidation  a stop at the level of ``account.pxd``; on a bar that reaches it and a stop, the one that is nearer to the
             open is hit; fills at the level, or at an open beyond it, worse by the costs; ``liquidation_fee`` more
===========  =========================================================================================================

Mean volume and volatility (standard deviation, n - 1, of simple returns) are of the `window` bars before that of the
fill, fewer at the beginning, summed up from the oldest on: volumes as ``volume / units * units[row]``, closes as
``close * units`` where there are splits. Conversion: at an open and inside a bar that of the bar before, at a close and
for marks that of the bar.
"""

from libc.stdint cimport int64_t, uint8_t

from .account cimport Due, Margin, Payments
from ..costs cimport Costs, CostsState
from ..signals cimport Account, Counts, Fill, Market, Rules


cdef struct Known:             # of each bar; NULL: not known, or none
    const double* volume
    const double* units        # what a unit of the first bar has become by splits
    const int64_t* time
    Py_ssize_t window          # bars before a fill that models go by; 0: they do not


cdef struct Run:
    const Market* market
    const Rules* rules         # its costs are not read
    const Costs* costs
    const Margin* margin
    Due due
    Known known
    CostsState state
    Py_ssize_t faulty_row      # -1: none
    Py_ssize_t unknown         # fills before there was a mean volume or a volatility
    double others              # what the account's other positions are worth at their marks; 0: there are none
    double gross               # the same, short ones counted as long ones


cdef const double* first(const double[::1] values) noexcept      # where an array begins; NULL for none
cdef uint8_t wanted_by(const Account* held) noexcept nogil       # the signals that mean something for what is held
cdef int act(
    Run* run, Account* held, Fill* fills, Py_ssize_t row, uint8_t code, double money, Counts* counts
) noexcept nogil
cdef bint hit(Run* run, const Account* held, Py_ssize_t row, double money, double* price, int* reason) noexcept nogil
cdef int leave(
    Run* run, Account* held, Fill* fill, Py_ssize_t row, double market, double money, int reason
) noexcept nogil
cdef void fall_due(Run* run, Account* held, Py_ssize_t row, double money, Payments* paid) noexcept nogil
cdef Counts simulate_account(Run* run, Fill* fills, Payments* payments, double* equity) noexcept nogil
