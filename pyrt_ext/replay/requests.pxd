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
    if request.parent != 0 or request.group != 0 or request.flags & ~(abi.POST_ONLY | abi.REDUCE_ONLY):
        return b"brackets and groups of orders"
    if request.display != 0.0:
        return b"iceberg orders (display)"
    if request.tif > 2 or request.expiry != 0:
        return b"orders with an expiry (GTD, day)"
    if request.sizing != abi.SIZE_QUANTITY and request.sizing != abi.SIZE_TARGET:
        return b"sizes by value or fraction of equity"
    if request.side != codes.BUY and request.side != codes.SELL:
        return b"an order without a side"
    if request.order_id < 1 or request.order_id > last_id:
        return b"an order id that does not fit into 32 bits"
    if put_on(request.qty, lot, 0, &steps) < 0:
        return b"a quantity that is too large to be exact"
    if put_on(request.price, tick, 0, &steps) < 0:
        return b"a price that is too large to be exact"
    return NULL
