"""Cash, positions and costs on bars: ``account.pxd`` is the contract.

Written from ``proto/BARS.md``; ``tests/backtest/bars`` holds a slow twin of it to equal bits.
"""

from libc.limits cimport LLONG_MIN
from libc.math cimport NAN, fabs
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from .. cimport abi, matching_codes as codes
from ..accounts.account cimport (
    Due, Margin, borrow_of, dividend_of, funding_of, rate_before,
)
from ..accounts.history cimport look_back
from ..costs cimport Costs, CostsState, Deal, Tally, commission, fill_price, most_units, settle
from ..matching_numbers cimport POWERS, Grid
from ..rows cimport push
from .grids cimport Steps, snapped

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
        ``cash``; ``costs``, a record as bytes; ``window``, the bars that costs go by (0: they do not); ``account``:
        None, or a tuple of Margin[1], of the interest by time of the clock (float64[n_times] or None), and by slot of
        its multiplier and the columns of its ``Due`` and ``units``, each a float64 of the length of its bars, or None;
        and float64[n_times] that gets the equity; ``grids``: of each slot mantissa and decimal places of its tick and
        of its lot, or None; not there: none has a grid.
    """

    def __cinit__(self, uint64_t context, owned, feeds, terms, *_):
        cdef const unsigned char[::1] record = terms["costs"]
        cdef Py_ssize_t slot
        self.context, self.slot_count = <abi.Context*>context, len(feeds)
        self.feeds = <Feed*>calloc(max(1, self.slot_count), sizeof(Feed))
        self.holdings = <Holding*>calloc(max(1, self.slot_count), sizeof(Holding))
        self.states = <CostsState*>calloc(max(1, self.slot_count), sizeof(CostsState))
        self.dues = <Due*>calloc(max(1, self.slot_count), sizeof(Due))
        self.multipliers = <double*>calloc(max(1, self.slot_count), sizeof(double))
        self.money = <double*>calloc(max(1, self.slot_count), sizeof(double))
        self.steps = <Steps*>calloc(max(1, self.slot_count), sizeof(Steps))
        if (
            self.feeds == NULL or self.holdings == NULL or self.states == NULL or self.dues == NULL
            or self.multipliers == NULL or self.money == NULL or self.steps == NULL
        ):
            raise MemoryError
        for slot, grid in enumerate(terms.get("grids", ())):
            if grid is not None:
                fill_grid(&self.steps[slot].tick, grid[0], grid[1])
                fill_grid(&self.steps[slot].lot, grid[2], grid[3])
        for slot in range(self.slot_count):
            fill_feed(&self.feeds[slot], feeds[slot])
        if record.shape[0] == 0 or (<const Costs*>&record[0]).size != record.shape[0]:
            raise ValueError("costs: must be one record")
        self.costs, self.window = <const Costs*>&record[0], terms["window"]
        self._take_account(terms.get("account"))
        self.owned = (owned, list(feeds), terms["costs"], terms.get("account"))
        self.cash, self.now, self.refused = terms["cash"], LLONG_MIN, b""
        self.fills.size, self.paid.size = sizeof(FillRow), sizeof(PaidRow)
        self.context.cash = self.context.equity = self.cash

    cdef _take_account(self, given):
        """Take the terms of an account; without any a unit is worth its price, and nobody asks for margin."""
        cdef const Margin[::1] margin
        cdef const double[::1] interest
        cdef double[::1] equities
        cdef Py_ssize_t slot
        for slot in range(self.slot_count):
            self.multipliers[slot] = self.money[slot] = 1.0
        if given is None:
            return
        margins, rates, slots, course = given
        margin, interest, equities = margins, rates, course
        self.equities = &equities[0]
        self.margined, self.margin = True, margin[0]
        if interest is not None:
            self.interest = &interest[0]
        for slot, (multiplier, columns) in enumerate(slots):
            self.multipliers[slot] = multiplier
            self.feeds[slot].units = fill_due(&self.dues[slot], columns)
            self.money[slot] = self.multipliers[slot] * rate_before(&self.dues[slot], 0)

    cdef _supply(self, feeds, given, firsts, Py_ssize_t first_time):
        """Point to other bars, of which the first ones have rows above 0: addresses are as though all were there."""
        cdef const double[::1] interest
        cdef double[::1] equities
        cdef Feed feed
        cdef Py_ssize_t slot, first
        _, rates, slots, course = given
        interest, equities = rates, course
        for slot in range(self.slot_count):
            first = firsts[slot]
            memset(&feed, 0, sizeof(Feed))
            fill_feed(&feed, feeds[slot])
            fill_due(&self.dues[slot], slots[slot][1])
            feed.row, feed.count = self.feeds[slot].row, feed.count + first
            feed.time = feed.time - first if feed.time != NULL else NULL
            feed.open, feed.high, feed.low = back(feed.open, first), back(feed.high, first), back(feed.low, first)
            feed.close, feed.volume = back(feed.close, first), back(feed.volume, first)
            self.dues[slot].borrow, self.dues[slot].funding = (
                back(self.dues[slot].borrow, first), back(self.dues[slot].funding, first)
            )
            self.dues[slot].rate = back(self.dues[slot].rate, first)
            self.feeds[slot] = feed
            if feed.row == 0:
                self.money[slot] = self.multipliers[slot] * rate_before(&self.dues[slot], 0)
        self.equities = &equities[0] - first_time
        self.interest = NULL if interest is None else &interest[0] - first_time
        self.owned = (self.owned[0], list(feeds), self.owned[2], given)

    def __dealloc__(self):
        free(self.dues)
        free(self.steps)
        free(self.multipliers)
        free(self.money)
        free(self.paid.data)
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
        shown.unrealized_pnl = held.qty * price * self.money[slot] - held.cost if held.qty != 0.0 else 0.0

    cdef double equity(self) noexcept nogil:
        cdef double total = self.cash
        cdef Py_ssize_t slot
        for slot in range(self.slot_count):
            if self.holdings[slot].qty != 0.0:
                total += self.holdings[slot].qty * self.context.slots[slot].last_price * self.money[slot]
        return total

    cdef double most(self) noexcept nogil:
        return most_units(self.costs, self.bar.volume)

    cdef int book(self, const Trade* trade, Tally* tally) noexcept nogil:
        """Money and position after a fill, in this order of operations."""
        cdef Holding* held = &self.holdings[trade.slot]
        cdef FillRow* row
        cdef Deal deal
        cdef double money = self.money[trade.slot]
        cdef double qty = trade.qty, price = trade.price, fee = 0.0, value, size = fabs(held.qty), part, closed
        cdef double sign = 1.0 if trade.side == codes.BUY else -1.0
        if self._charge(trade, tally, &deal, &price, &fee) < 0:
            return -1
        if self.margined and not trade.forced and self._beyond(trade, price, fee):
            return 1
        row = <FillRow*>push(&self.fills)
        if row == NULL:
            return -1
        settle(self.costs, &self.states[trade.slot], &deal, price, fee, tally)
        value = qty * price * money
        if trade.forced:
            fee += self.margin.liquidation_fee * value
        self.cash += -(value + fee) if trade.side == codes.BUY else value - fee
        held.fees += fee
        if held.qty * sign >= 0.0:
            held.cost += sign * value
            held.qty += sign * qty
        else:
            closed = qty if qty < size else size
            part = held.cost if closed == size else held.cost * (closed / size)
            held.realized += -sign * (closed * price * money) - part
            held.cost = 0.0 if closed == size else held.cost - part
            held.qty = 0.0 if closed == size else held.qty + sign * closed
            if qty > size:
                held.qty, held.cost = sign * (qty - size), sign * ((qty - size) * price * money)
        held.qty = snapped(held.qty, &self.steps[trade.slot].lot)
        row.time, row.row, row.order_id, row.qty, row.price = self.bar.end, self.bar.row, trade.order_id, qty, price
        row.fee, row.position, row.cash, row.slot, row.side = fee, held.qty, self.cash, trade.slot, trade.side
        row.value = value
        row.place, row.maker, row.action = trade.place, trade.maker, trade.action
        self._show_position(trade.slot)
        self.context.cash = self.cash
        return 0

    cdef void _show_position(self, uint32_t slot) noexcept nogil:
        cdef const Holding* held = &self.holdings[slot]
        cdef abi.Slot* shown = &self.context.slots[slot]
        shown.position = held.qty
        shown.avg_price = held.cost / (held.qty * self.money[slot]) if held.qty != 0.0 else NAN
        shown.realized_pnl = held.realized - held.fees

    # ---- margin and what falls due ----------------------------------------------------------------------------------

    cdef bint _beyond(self, const Trade* trade, double price, double fee) noexcept nogil:
        """Whether a fill makes a position larger than the margin allows."""
        cdef double held = self.holdings[trade.slot].qty, value, total = 0.0, equity = self.cash
        cdef double after = held + (trade.qty if trade.side == codes.BUY else -trade.qty)
        cdef Py_ssize_t slot
        if fabs(after) <= fabs(held) or not self.margin.leverage > 0.0:
            return False
        for slot in range(self.slot_count):
            if slot == trade.slot:
                equity += held * price * self.money[slot]
                total += fabs(after) * price * self.money[slot]
            elif self.holdings[slot].qty != 0.0:
                value = self.holdings[slot].qty * self.context.slots[slot].last_price * self.money[slot]
                equity += value
                total += fabs(value)
        return not total / self.margin.leverage + fee <= equity

    cdef bint at_risk(self, uint32_t slot) noexcept nogil:
        """Whether a price of a slot could bring its liquidation."""
        return self.margined and self.margin.maintenance >= 0.0 and self.holdings[slot].qty != 0.0

    cdef double liquidated_at(self, uint32_t slot) noexcept nogil:
        cdef double keeps = self.margin.maintenance, equity = self.cash, total = 0.0, value
        cdef double qty = self.holdings[slot].qty, money = self.money[slot]
        cdef Py_ssize_t other
        for other in range(self.slot_count):
            if other != slot and self.holdings[other].qty != 0.0:
                value = self.holdings[other].qty * self.context.slots[other].last_price * self.money[other]
                equity += value
                total += fabs(value)
        if qty > 0.0:
            return (keeps * total - equity) / (qty * money * (1.0 - keeps))
        return (equity - keeps * total) / (-qty * money * (1.0 + keeps))

    cdef int _pay(self, uint32_t slot, PaidKind kind, double amount) noexcept nogil:
        if amount == 0.0:
            return 0
        if write_paid(&self.paid, self.now, slot, kind, amount) < 0:
            return -1
        self.cash += amount
        self.context.cash = self.cash
        return 0

    cdef int pay_interest(self, Py_ssize_t at) noexcept nogil:
        if self.interest == NULL or not self.cash < 0.0:
            return 0
        return self._pay(0, INTEREST, self.cash * self.interest[at])

    cdef int pay_due(self, uint32_t slot, Py_ssize_t row) noexcept nogil:
        cdef const Due* due = &self.dues[slot]
        cdef double qty = self.holdings[slot].qty, money = self.money[slot], close
        if row == 0 or qty == 0.0:
            return 0
        close = self.feeds[slot].close[row - 1]
        if self._pay(slot, BORROW, borrow_of(due, row, qty, close, money)) < 0:
            return -1
        if self._pay(slot, FUNDING, funding_of(due, row, qty, close, money)) < 0:
            return -1
        return self._pay(slot, DIVIDEND, dividend_of(due, row, qty, money))

    cdef void split_position(self, uint32_t slot, double split) noexcept nogil:
        self.holdings[slot].qty *= split
        self.states[slot].shift /= split
        self.context.slots[slot].last_price /= split
        self._show_position(slot)

    cdef int _charge(
        self, const Trade* trade, const Tally* tally, Deal* out, double* price, double* fee
    ) noexcept nogil:
        """Price and fee after costs. An order that rested has its own price; one with a limit keeps to it."""
        cdef CostsState* state = &self.states[trade.slot]
        cdef const Feed* feed
        cdef Deal deal
        deal.price, deal.qty, deal.maker = trade.price, trade.qty, trade.maker
        deal.side = 1.0 if trade.side == codes.BUY else -1.0
        deal.high, deal.low, deal.volume = self.bar.high, self.bar.low, self.bar.volume
        deal.average_volume = deal.volatility = NAN
        deal.multiplier, deal.traded, deal.time = self.money[trade.slot], 0.0, self.bar.end
        deal.position = self.holdings[trade.slot].qty
        if self.window:
            feed = &self.feeds[trade.slot]
            look_back(&deal, self.bar.row, self.window, feed.close, feed.volume, feed.units)
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
        out[0] = deal
        return 0


cdef int fill_feed(Feed* feed, given) except -1:
    times, *columns, period = given
    cdef const int64_t[::1] time = times
    cdef const double[::1] column
    cdef const double* pointers[5]
    feed.count, feed.period = time.shape[0], period
    if feed.count == 0:
        return 0
    for place, values in enumerate(columns):
        pointers[<int>place] = NULL
        if values is None and place == 4:
            continue
        column = values
        if column.shape[0] != feed.count:
            raise ValueError("feeds: columns of other lengths")
        pointers[<int>place] = &column[0]
    feed.time, feed.open, feed.high, feed.low = &time[0], pointers[0], pointers[1], pointers[2]
    feed.close, feed.volume = pointers[3], pointers[4]
    return 0


cdef inline const double* back(const double* first, Py_ssize_t rows) noexcept nogil:
    return first - rows if first != NULL else NULL


cdef int fill_grid(Grid* grid, int64_t mantissa, int places) except -1:
    if mantissa < 1 or not 0 <= places <= 18:
        raise ValueError("grids: a step is a mantissa above 0 and 0 to 18 decimal places")
    grid.mantissa, grid.scale = mantissa, POWERS[places]
    return 0


cdef const double* fill_due(Due* due, columns) except? NULL:
    """Point to columns, where there are any; they are of the bars' length. Returns what a unit has become by splits."""
    cdef const double[::1] column
    cdef const double* pointers[6]
    memset(pointers, 0, sizeof(pointers))
    for place, values in enumerate(columns):
        if values is not None and len(values):
            column = values
            pointers[<int>place] = &column[0]
    due.borrow, due.funding, due.dividend = pointers[0], pointers[1], pointers[2]
    due.split, due.rate = pointers[3], pointers[4]
    return pointers[5]
