"""The strategy ABI as Cython compiles it, and the smallest host: market orders of one instrument fill at once."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy


def layout():
    """Return {struct: [size, {field: offset}]}, for the test that compares every offset."""
    cdef Context c
    cdef Slot s
    cdef Request r
    cdef OrderView o
    cdef Series b
    cdef Level v
    return {
        "context": [sizeof(Context), {
            "size": <char*>&c.size - <char*>&c, "abi": <char*>&c.abi - <char*>&c, "now": <char*>&c.now - <char*>&c,
            "state": <char*>&c.state - <char*>&c, "params": <char*>&c.params - <char*>&c,
            "slots": <char*>&c.slots - <char*>&c, "slot_count": <char*>&c.slot_count - <char*>&c,
            "slot": <char*>&c.slot - <char*>&c, "requests": <char*>&c.requests - <char*>&c,
            "request_capacity": <char*>&c.request_capacity - <char*>&c,
            "request_count": <char*>&c.request_count - <char*>&c, "orders": <char*>&c.orders - <char*>&c,
            "order_count": <char*>&c.order_count - <char*>&c, "error": <char*>&c.error - <char*>&c,
            "error_site": <char*>&c.error_site - <char*>&c, "flags": <char*>&c.flags - <char*>&c,
            "next_order_id": <char*>&c.next_order_id - <char*>&c, "cash": <char*>&c.cash - <char*>&c,
            "equity": <char*>&c.equity - <char*>&c, "out": <char*>&c.out - <char*>&c,
            "out_capacity": <char*>&c.out_capacity - <char*>&c, "out_count": <char*>&c.out_count - <char*>&c,
        }],
        "slot": [sizeof(Slot), {
            "instrument": <char*>&s.instrument - <char*>&s, "state": <char*>&s.state - <char*>&s,
            "position": <char*>&s.position - <char*>&s, "avg_price": <char*>&s.avg_price - <char*>&s,
            "realized_pnl": <char*>&s.realized_pnl - <char*>&s, "unrealized_pnl": <char*>&s.unrealized_pnl - <char*>&s,
            "bid": <char*>&s.bid - <char*>&s, "ask": <char*>&s.ask - <char*>&s,
            "bid_qty": <char*>&s.bid_qty - <char*>&s, "ask_qty": <char*>&s.ask_qty - <char*>&s,
            "last_price": <char*>&s.last_price - <char*>&s, "last_qty": <char*>&s.last_qty - <char*>&s,
            "working_buy": <char*>&s.working_buy - <char*>&s, "working_sell": <char*>&s.working_sell - <char*>&s,
            "tick": <char*>&s.tick - <char*>&s, "lot": <char*>&s.lot - <char*>&s,
            "multiplier": <char*>&s.multiplier - <char*>&s, "min_qty": <char*>&s.min_qty - <char*>&s,
            "min_notional": <char*>&s.min_notional - <char*>&s, "bids": <char*>&s.bids - <char*>&s,
            "asks": <char*>&s.asks - <char*>&s, "bid_count": <char*>&s.bid_count - <char*>&s,
            "ask_count": <char*>&s.ask_count - <char*>&s, "series": <char*>&s.series - <char*>&s,
            "series_count": <char*>&s.series_count - <char*>&s, "event_time": <char*>&s.event_time - <char*>&s,
        }],
        "request": [sizeof(Request), {
            "size": <char*>&r.size - <char*>&r, "action": <char*>&r.action - <char*>&r,
            "side": <char*>&r.side - <char*>&r, "tif": <char*>&r.tif - <char*>&r,
            "sizing": <char*>&r.sizing - <char*>&r, "slot": <char*>&r.slot - <char*>&r,
            "flags": <char*>&r.flags - <char*>&r, "order_id": <char*>&r.order_id - <char*>&r,
            "tag": <char*>&r.tag - <char*>&r, "qty": <char*>&r.qty - <char*>&r, "price": <char*>&r.price - <char*>&r,
            "trigger": <char*>&r.trigger - <char*>&r, "expiry": <char*>&r.expiry - <char*>&r,
            "display": <char*>&r.display - <char*>&r, "group": <char*>&r.group - <char*>&r,
            "parent": <char*>&r.parent - <char*>&r, "trail": <char*>&r.trail - <char*>&r,
            "value": <char*>&r.value - <char*>&r, "confidence": <char*>&r.confidence - <char*>&r,
        }],
        "order": [sizeof(OrderView), {
            "order_id": <char*>&o.order_id - <char*>&o, "slot": <char*>&o.slot - <char*>&o,
            "action": <char*>&o.action - <char*>&o, "side": <char*>&o.side - <char*>&o,
            "tif": <char*>&o.tif - <char*>&o, "status": <char*>&o.status - <char*>&o,
            "qty": <char*>&o.qty - <char*>&o, "filled_qty": <char*>&o.filled_qty - <char*>&o,
            "price": <char*>&o.price - <char*>&o, "trigger": <char*>&o.trigger - <char*>&o,
            "tag": <char*>&o.tag - <char*>&o, "time": <char*>&o.time - <char*>&o,
        }],
        "series": [sizeof(Series), {
            "bars": <char*>&b.bars - <char*>&b, "capacity": <char*>&b.capacity - <char*>&b,
            "limit": <char*>&b.limit - <char*>&b,
            "count": <char*>&b.count - <char*>&b, "period": <char*>&b.period - <char*>&b,
        }],
        "level": [sizeof(Level), {"price": <char*>&v.price - <char*>&v, "qty": <char*>&v.qty - <char*>&v}],
    }


cdef void observe(Slot* slot, const Event* event) noexcept nogil:
    """Write what an event says about its instrument, before any handler sees it."""
    cdef const double* f = <const double*>event.words
    slot.event_time = event.event_time
    if event.kind == 1:
        slot.last_price, slot.last_qty = f[1], f[2]
    elif event.kind == 2:
        slot.bid, slot.ask, slot.bid_qty, slot.ask_qty = f[1], f[2], f[3], f[4]
    elif event.kind == 5:
        slot.last_price = f[3]
        if slot.series_count > 0:
            memcpy(&slot.series.bars[slot.series.count & (slot.series.capacity - 1)], event, sizeof(Event))
            slot.series.count += 1


cdef int place(uint8_t kind, uint16_t flags) noexcept nogil:
    """Return the handler of a record's kind, -1 for none."""
    if kind == 1:
        return ON_TRADE
    if kind == 2:
        return ON_QUOTE
    if kind == 3:
        return ON_BOOK if flags & 0x100 else -1
    if kind == 5:
        return ON_BAR
    return -1


def drive(
    uint64_t context, const uint64_t[::1] table, uint64_t events, int64_t count,
    uint64_t requests, int64_t room, int64_t[::1] rows,
):
    """Give events to a strategy; a market order fills in full, at once, in position alone.

    Parameters
    ----------
    context, events, requests : int
        Addresses: of a context that is set up, of `count` records, of room for `room` requests.
    table : memoryview of uint64
        The handlers.
    rows : memoryview of int64
        Room for each request's event.

    Returns
    -------
    tuple of int
        Number of requests, status, and how many events were given.
    """
    cdef Context* c = <Context*>context
    cdef const Event* e = <const Event*>events
    cdef Request* out = <Request*>requests
    cdef Request* request
    cdef int64_t i, written = 0
    cdef uint32_t k, status = STATUS_OK
    cdef int which
    with nogil:
        for i in range(count):
            observe(&c.slots[0], &e[i])
            which = place(e[i].kind, e[i].flags)
            if which < 0 or table[which] == 0:
                continue
            c.now = e[i].event_time if e[i].kind == 5 else e[i].words[0]
            c.slot = 0
            c.request_count = 0
            c.error_site = 0
            status = (<Handler><void*>table[which])(c, &e[i])
            if status != STATUS_OK:
                break
            for k in range(c.request_count):
                request = &c.requests[k]
                if request.action == MARKET and request.sizing == SIZE_QUANTITY:
                    c.slots[request.slot].position += request.qty if request.side == 1 else -request.qty
                if written < room:
                    out[written] = request[0]
                    rows[written] = i
                written += 1
        else:
            i = count
    return written, status, i
