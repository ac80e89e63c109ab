"""Contract of signals of several instruments in one account: ``signals.pxd`` beside it, instrument by instrument.

Bars of all lie on one clock by the time of their end. At each time of the clock, instruments in their order:

1. interest on a cash below zero, for the time since the clock's time before; then what falls due on each, and splits;
2. with `lag` 1 the signals of the bars before, at the opens;
3. stops, target and liquidation, the others standing at their marks;
4. the mark of each at its close; with `lag` 0 the signals of these bars, at their closes, unless a stop was hit there;
5. equity: ``cash`` and, instrument by instrument, ``qty * mark * money``.

With `exits_first` steps 2 and 4 first leave all positions that signals leave, then enter. A mark is the last close, of
units after a split; conversion is that of the bar before until a bar's mark is taken, then that of the bar.

Order of operations: ``others`` and ``gross`` of ``signals.pxd`` are added up instrument by instrument; ``cost`` of a
position is its value when it was entered, ``realized += (value - cost)`` of a long one, ``(cost - value)`` of a short.
"""

from libc.stdint cimport int64_t

from .account cimport Payments
from .signals cimport Run
from ..bars.account cimport FillRow, PaidKind, PaidRow
from ..rows cimport Rows
from ..signals cimport Account as Holding
from ..signals cimport Counts, Fill, Market


cdef struct Seat:              # an instrument
    Market market
    Run run
    Holding held               # its cash is the account's while something is done with it
    const int64_t* time
    Py_ssize_t row             # the next one
    double multiplier
    double money               # of a unit at a price of 1, now
    double mark
    double cost                # of the position when it was entered, negative when short
    bint here                  # a bar of it ends at the present time
    bint stopped               # on that bar


cdef class SharedAccount:
    cdef Seat* seats
    cdef Py_ssize_t count
    cdef Py_ssize_t lag
    cdef bint exits_first
    cdef double cash
    cdef double realized       # before fees
    cdef double fees
    cdef double lowest         # equity so far
    cdef Counts counts
    cdef Rows fills            # FillRow; of quantity 0 what could not be paid
    cdef Rows paid             # PaidRow
    cdef int64_t orders        # made so far
    cdef Py_ssize_t faulty     # a seat whose costs failed; -1: none
    cdef object owned

    cdef int _go(self, const int64_t[::1] times, const double* interest, double[::1] equity) noexcept nogil
    cdef int _begin(self, Seat* seat, int64_t now) noexcept nogil
    cdef int _act_all(self) noexcept nogil
    cdef int _act(self, Seat* seat, unsigned char code) noexcept nogil
    cdef int _stop(self, Seat* seat) noexcept nogil
    cdef void _look_at_others(self, Seat* seat) noexcept nogil
    cdef int _book(self, Seat* seat, const Fill* fill, int place) noexcept nogil
    cdef int _refuse(self, Seat* seat, unsigned char code) noexcept nogil
    cdef int _pay(self, Py_ssize_t at, int64_t now, PaidKind kind, double amount) noexcept nogil
    cdef double _equity(self) noexcept nogil
