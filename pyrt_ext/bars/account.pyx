"""Cash, positions and costs on bars: ``account.pxd`` is the contract.

Written from ``proto/BARS.md``; ``tests/backtest/bars`` holds a slow twin of it to equal bits.
"""

from libc.limits cimport LLONG_MIN
from libc.math cimport NAN, fabs, sqrt
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from .. cimport abi, matching_codes as codes
from ..costs cimport Costs, CostsState, Deal, Tally, commission, fill_price, most_units, settle
from .rows cimport push

cdef enum:
    COSTS_FAILED = 6        # a status of the ABI: raised


cdef class Account:
    """An account that nothing has been done with.

    Parameters
    ----------
    context : int
        Address of a context that is set up, with its slots; `owned` holds the memory of all that it points to.
    feeds : sequence of (time, open, high, low, close, volume or None, period)
        Bars by slot: contiguous int64 and float64 arrays of one length.
    terms : dict
        ``cash``; ``costs``, a record as bytes; ``window``, the bars that costs go by (0: they do not).
    """

    def __cinit__(self, uint64_t context, owned, feeds, terms, *_):
        cdef const unsigned char[::1] record = terms["costs"]
        cdef Py_ssize_t slot
        self.context, self.slot_count = <abi.Context*>context, len(feeds)
        self.feeds = <Feed*>calloc(max(1, self.slot_count), sizeof(Feed))
        self.holdings = <Holding*>calloc(max(1, self.slot_count), sizeof(Holding))
        self.states = <CostsState*>calloc(max(1, self.slot_count), sizeof(CostsState))
        if self.feeds == NULL or self.holdings == NULL or self.states == NULL:
            raise MemoryError
        for slot in range(self.slot_count):
            fill_feed(&self.feeds[slot], feeds[slot])
        if record.shape[0] == 0 or (<const Costs*>&record[0]).size != record.shape[0]:
            raise ValueError("costs: must be one record")
        self.costs, self.window = <const Costs*>&record[0], terms["window"]
        self.owned = (owned, list(feeds), terms["costs"])
        self.cash, self.now, self.refused = terms["cash"], LLONG_MIN, b""
        self.fills.size = sizeof(FillRow)
        self.context.cash = self.context.equity = self.cash

    def __dealloc__(self):
        free(self.feeds)
        free(self.holdings)
        free(self.states)
        free(self.fills.data)

    @property
    def costs_fault(self):
        """Which function of the costs failed (0: none), and what it returned."""
        for slot in range(self.slot_count):
            if self.states[<Py_ssize_t>slot].fault:
                return self.states[<Py_ssize_t>slot].faulty, self.states[<Py_ssize_t>slot].fault
        return 0, 0

    cdef int _fail(self, uint32_t status, const char* why) noexcept nogil:
        self.status, self.refused = status, why
        return -1

    cdef void mark(self, uint32_t slot, double price) noexcept nogil:
        """The position's value at a price, as the strategy sees it."""
        cdef const Holding* held = &self.holdings[slot]
        cdef abi.Slot* shown = &self.context.slots[slot]
        shown.last_price = price
        shown.unrealized_pnl = held.qty * price - held.cost if held.qty != 0.0 else 0.0

    cdef double equity(self) noexcept nogil:
        cdef double total = self.cash
        cdef Py_ssize_t slot
        for slot in range(self.slot_count):
            if self.holdings[slot].qty != 0.0:
                total += self.holdings[slot].qty * self.context.slots[slot].last_price
        return total

    cdef double most(self) noexcept nogil:
        return most_units(self.costs, self.bar.volume)

    cdef int book(self, const Trade* trade, Tally* tally) noexcept nogil:
        """Money and position after a fill, in this order of operations."""
        cdef Holding* held = &self.holdings[trade.slot]
        cdef abi.Slot* shown = &self.context.slots[trade.slot]
        cdef FillRow* row = <FillRow*>push(&self.fills)
        cdef double qty = trade.qty, price = trade.price, fee = 0.0, value, size = fabs(held.qty), part, closed
        cdef double sign = 1.0 if trade.side == codes.BUY else -1.0
        if row == NULL or self._charge(trade, tally, &price, &fee) < 0:
            return -1
        value = qty * price
        self.cash += -(value + fee) if trade.side == codes.BUY else value - fee
        held.fees += fee
        if held.qty * sign >= 0.0:
            held.cost += sign * value
            held.qty += sign * qty
        else:
            closed = qty if qty < size else size
            part = held.cost if closed == size else held.cost * (closed / size)
            held.realized += -sign * (closed * price) - part
            held.cost = 0.0 if closed == size else held.cost - part
            held.qty = 0.0 if closed == size else held.qty + sign * closed
            if qty > size:
                held.qty, held.cost = sign * (qty - size), sign * ((qty - size) * price)
        row.time, row.row, row.order_id, row.qty, row.price = self.bar.end, self.bar.row, trade.order_id, qty, price
        row.fee, row.position, row.cash, row.slot, row.side = fee, held.qty, self.cash, trade.slot, trade.side
        row.place, row.maker, row.action = trade.place, trade.maker, trade.action
        shown.position, shown.avg_price = held.qty, held.cost / held.qty if held.qty != 0.0 else NAN
        shown.realized_pnl = held.realized - held.fees
        self.context.cash = self.cash
        return 0

    cdef int _charge(self, const Trade* trade, Tally* tally, double* price, double* fee) noexcept nogil:
        """Price and fee after costs. An order that rested has its own price; one with a limit keeps to it."""
        cdef CostsState* state = &self.states[trade.slot]
        cdef Deal deal
        deal.price, deal.qty, deal.maker = trade.price, trade.qty, trade.maker
        deal.side = 1.0 if trade.side == codes.BUY else -1.0
        deal.high, deal.low, deal.volume = self.bar.high, self.bar.low, self.bar.volume
        deal.average_volume = deal.volatility = NAN
        deal.multiplier, deal.position, deal.traded, deal.time = 1.0, self.holdings[trade.slot].qty, 0.0, self.bar.end
        if self.window:
            look_back(&self.feeds[trade.slot], self.bar.row, self.window, &deal.average_volume, &deal.volatility)
        if not trade.maker:
            price[0] = fill_price(self.costs, state, &deal)
            if trade.limit == trade.limit:
                price[0] = min(price[0], trade.limit) if trade.side == codes.BUY else max(price[0], trade.limit)
        deal.price = price[0]
        fee[0] = commission(self.costs, state, &deal, tally)
        deal.price = trade.price
        if state.fault:
            return self._fail(COSTS_FAILED, b"a function of the costs failed")
        if not price[0] > 0.0 or fee[0] != fee[0]:
            return self._fail(COSTS_FAILED, b"the costs make a price that is not above zero, or a fee that is none")
        settle(self.costs, state, &deal, price[0], fee[0], tally)
        return 0


cdef int fill_feed(Feed* feed, given) except -1:
    times, *columns, period = given
    cdef const int64_t[::1] time = times
    cdef const double[::1] column
    cdef const double* pointers[5]
    feed.count, feed.period = time.shape[0], period
    for place, values in enumerate(columns):
        pointers[<int>place] = NULL
        if values is None and place == 4:
            continue
        column = values
        if feed.count == 0 or column.shape[0] != feed.count:
            raise ValueError("feeds: a slot has no bars, or columns of other lengths")
        pointers[<int>place] = &column[0]
    feed.time, feed.open, feed.high, feed.low = &time[0], pointers[0], pointers[1], pointers[2]
    feed.close, feed.volume = pointers[3], pointers[4]
    return 0


cdef void look_back(
    const Feed* feed, Py_ssize_t row, Py_ssize_t window, double* average_volume, double* volatility
) noexcept nogil:
    """Mean volume, and standard deviation (n - 1) of simple returns, of the bars before a row, oldest first."""
    cdef Py_ssize_t first = max(row - window, 0), count = row - first, i
    cdef double total = 0.0, mean, change
    if count > 0 and feed.volume != NULL:
        for i in range(first, row):
            total += feed.volume[i]
        average_volume[0] = total / count
    if count < 3:
        return
    total = 0.0
    for i in range(first + 1, row):
        total += feed.close[i] / feed.close[i - 1] - 1.0
    mean, total = total / (count - 1), 0.0
    for i in range(first + 1, row):
        change = feed.close[i] / feed.close[i - 1] - 1.0 - mean
        total += change * change
    volatility[0] = sqrt(total / (count - 2))
