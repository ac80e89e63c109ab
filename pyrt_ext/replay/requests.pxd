"""Requests that cannot be meant, and those that a run does not carry out; contract of ``numbers.h``."""

from libc.math cimport isfinite
from libc.stdint cimport int64_t

from .. cimport abi, matching_codes as codes
from ..matching_numbers cimport Grid, i128


cdef extern from "replay/numbers.h" nogil:
    int put_on "pyrt_put"(double x, const Grid* grid, int up, int64_t* steps)
    double money "pyrt_money"(i128 amount)
    double average "pyrt_average"(i128 cost, i128 unit, int64_t lots, const Grid* tick)
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


cdef inline const char* refusal(const abi.Request* request, const Grid* tick, const Grid* lot) noexcept nogil:
    """What of a request is not carried out; NULL if it is."""
    cdef int64_t steps = 0, last_id = 0xFFFFFFFF
    if request.action == abi.STOP:
        return b"stop orders"
    if request.action == abi.STOP_LIMIT:
        return b"stop-limit orders"
    if request.action == abi.TRAILING_STOP:
        return b"trailing stops"
    if request.action == abi.MODIFY:
        return b"changed orders (modify)"
    if request.action != abi.MARKET and request.action != abi.LIMIT:
        return NULL
    if request.display != 0.0:
        return b"iceberg orders (display)"
    if request.tif > 2 or request.expiry != 0:
        return b"orders with an expiry (GTD, day)"
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
    if (
        request.sizing != abi.SIZE_NOTIONAL and request.sizing != abi.SIZE_FRACTION
        and put_on(request.qty, lot, 0, &steps) < 0
    ):
        return b"a quantity that is too large to be exact"
    if put_on(request.price, tick, 0, &steps) < 0:
        return b"a price that is too large to be exact"
    return NULL


cdef inline int64_t size_of(
    const abi.Request* request, double price, const abi.Slot* shown, double equity, const Grid* lot
) noexcept nogil:
    """Lots that a value or a fraction of equity buys at the order's price; 0 if there is none, or they are too many."""
    cdef double value = request.qty
    cdef int64_t lots = 0
    if request.sizing == abi.SIZE_FRACTION:
        value = request.qty * equity
    if request.action != abi.LIMIT:
        price = shown.ask if request.side == codes.BUY else shown.bid
        if not price > 0.0:
            price = shown.last_price
    if not price > 0.0 or put_on(value / price, lot, 0, &lots) < 0:
        return 0
    return max(0, lots)
