"""Requests that cannot be meant, and those that a run does not carry out; contract of ``numbers.h``."""

from libc.math cimport isfinite
from libc.stdint cimport int64_t, uint8_t

from .. cimport abi, matching_codes as codes
from ..matching_numbers cimport Contract, Grid, i128


cdef extern from "replay/numbers.h" nogil:
    int put_on "pyrt_put"(double x, const Grid* grid, int up, int64_t* steps)
    double money "pyrt_money"(i128 amount)
    double average "pyrt_average"(i128 cost, const Contract* of, int64_t lots, const Grid* tick)
    i128 less "pyrt_less"(i128 a, i128 b)
    int64_t share_of "pyrt_share"(int64_t lots, int64_t filled, int64_t whole)


cdef inline bint is_sane(const abi.Request* request) noexcept nogil:
    """Whether a request is one at all."""
    return (
        request.size == sizeof(abi.Request)
        and 1 <= request.action <= abi.TIMER
        and request.side <= 2 and request.tif <= 4 and request.sizing <= 3
        and request.qty >= 0.0
        and isfinite(request.qty) and isfinite(request.price) and isfinite(request.trigger)
        and isfinite(request.display) and isfinite(request.trail)
        and isfinite(request.value) and isfinite(request.confidence)
    )


cdef inline bint is_order(const abi.Request* request) noexcept nogil:
    return abi.MARKET <= request.action <= abi.TRAILING_STOP


cdef inline bint has_limit(uint8_t action) noexcept nogil:
    return action == abi.LIMIT or action == abi.STOP_LIMIT


cdef inline bint has_trigger(uint8_t action) noexcept nogil:
    """Whether it has a trigger that stands still."""
    return action == abi.STOP or action == abi.STOP_LIMIT


cdef inline int64_t some_of(double qty, const Grid* lot, int64_t* cut) noexcept nogil:
    """Lots of a quantity that must not vanish: at least one, unless it is 0."""
    cdef int64_t lots = 0
    cut[0] += put_on(qty, lot, 0, &lots)
    return 1 if lots == 0 and qty > 0.0 else lots


cdef inline const char* too_large(const abi.Request* request, const Grid* tick, const Grid* lot) noexcept nogil:
    """Which of a request's numbers cannot be put on its grid."""
    cdef int64_t steps = 0
    if (
        request.sizing != abi.SIZE_NOTIONAL and request.sizing != abi.SIZE_FRACTION
        and put_on(request.qty, lot, 0, &steps) < 0
    ):
        return b"a quantity that is too large to be exact"
    if put_on(request.price, tick, 0, &steps) < 0:
        return b"a price that is too large to be exact"
    if put_on(request.trigger, tick, 0, &steps) < 0 or put_on(request.trail, tick, 0, &steps) < 0:
        return b"a trigger that is too large to be exact"
    if put_on(request.display, lot, 0, &steps) < 0:
        return b"a display that is too large to be exact"
    return NULL


cdef inline const char* refusal(const abi.Request* request, const Grid* tick, const Grid* lot) noexcept nogil:
    """What of a request is not carried out; NULL if it is."""
    cdef int64_t last_id = 0xFFFFFFFF
    if request.action == abi.MODIFY:
        return too_large(request, tick, lot)
    if not is_order(request):
        return NULL
    if request.expiry != 0 and request.tif != 3:
        return b"an expiry of an order that is not GTD"
    if request.side != codes.BUY and request.side != codes.SELL:
        return b"an order without a side"
    if request.flags & ~(abi.POST_ONLY | abi.REDUCE_ONLY | abi.OCO):
        return b"an order with a flag that is not known"
    if (request.group != 0) != (request.flags & abi.OCO != 0):
        return b"an order with a group or the flag OCO and not both"
    if request.parent != 0 and request.sizing == abi.SIZE_TARGET:
        return b"a target that waits for a parent"
    if request.order_id < 1 or request.order_id > last_id:
        return b"an order id that does not fit into 32 bits"
    return too_large(request, tick, lot)


cdef inline int64_t size_of(
    const abi.Request* request, double price, const abi.Slot* shown, double equity, const Grid* lot, bint inverse
) noexcept nogil:
    """Lots that a value or a fraction of equity buys at the order's price; 0 if there is none, or they are too many."""
    cdef double value = request.qty
    cdef int64_t lots = 0
    if request.sizing == abi.SIZE_FRACTION:
        value = request.qty * equity
    if request.action == abi.MARKET or request.action == abi.TRAILING_STOP:
        price = shown.ask if request.side == codes.BUY else shown.bid
        if not price > 0.0:
            price = shown.last_price
    if not price > 0.0:
        return 0
    value = value * price / shown.multiplier if inverse else value / (price * shown.multiplier)
    if put_on(value, lot, 0, &lots) < 0:
        return 0
    return max(0, lots)
