"""Contract of a keeper: a desk whose account is looked after (``proto/ACCOUNT.md``).

What margin does not allow is sent with a mark by which the venue refuses it; a position whose equity is below the
maintenance margin is closed; what is due is paid. A run without an account has plain desks, and pays nothing for this.
"""

cimport cython
from libc.stdint cimport int64_t, uint8_t

from ..accounts.margin cimport MarginAccount, Moment
from ..matching cimport Record
from .desk cimport Desk


@cython.final
cdef class Keeper(Desk):
    cdef MarginAccount account

    cdef bint _holds(
        self, int slot, uint8_t side, int64_t lots, uint8_t action, int64_t price, int64_t trigger
    ) noexcept nogil
    cdef bint _has_price(self, int slot, int64_t* ticks) noexcept nogil
    cdef bint _price_of(self, int slot, uint8_t side, uint8_t action, int64_t own, int64_t* ticks) noexcept nogil
    cdef int _reprice(self, int changed) noexcept nogil
    cdef void _show_gains(self, int slot) noexcept nogil
    cdef int _watch(self, int64_t now, bint of_market) noexcept nogil
    cdef int _begin_liquidation(self, int64_t now) noexcept nogil
    cdef int _close_all(self, int64_t now) noexcept nogil
    cdef int _halt(self, int64_t now, int slot) noexcept nogil
    cdef int _split(self, const Moment* moment) noexcept nogil
