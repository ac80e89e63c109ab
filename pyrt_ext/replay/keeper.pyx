"""A desk whose account is looked after: ``keeper.pxd`` is its contract, ``proto/ACCOUNT.md`` the specification.

It adds to what a desk does at a few places, and changes nothing of it; the engine's ``engine/hosting/keeper`` does the
same in Rust.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from .. cimport abi, matching_codes as codes
from ..accounts.margin cimport (
    AFTER_SPLIT, OPEN, Moment, Shares, minus, part_of, size_of, split_lots, split_ticks,
)
from ..matching cimport Answer, Command, Record
from ..matching_ledger cimport Holding
from ..matching_numbers cimport (
    ON_GRID, Grid, add_money, fee_of, fee_units, i128, notional_of, to_double, to_steps,
)
from ..rows cimport push
from .desk cimport Desk
from .orders cimport Live, find_order, left_of
from .requests cimport has_limit, has_trigger, money, put_on, some_of, too_large
from .sight cimport Market, last_ticks

cdef int64_t PART = 100_000_000           # leverage is in 10^-8
cdef int64_t LAST_ID = 0xFFFFFFFF         # the host's own orders count down from it


cdef inline int64_t exposure(int64_t lots, int64_t buys, int64_t sells) noexcept nogil:
    """Lots of the largest position that may come of what is on its way."""
    cdef int64_t long = lots + buys, short = sells - lots
    return max(lots if lots >= 0 else -lots, max(long, short))


cdef inline double split_price(double price, const Grid* tick, const Moment* moment, int way) noexcept nogil:
    """A best price in the new units, on the grid; one that is not there stays so."""
    cdef int64_t ticks = 0
    if to_steps(price, tick, &ticks) != ON_GRID:
        return price
    return to_double(split_ticks(ticks, moment.fresh, moment.old, way), tick)


cdef inline int pass_to(Keeper self, int64_t now) noexcept nogil:
    """Time goes on, and with it rates that change by the clock."""
    return self._reprice(self.account.pass_to(now)) if now >= self.account.wake else 0


cdef inline int hear(Keeper self, const Record* record) noexcept nogil:
    """A record comes, which may be a rate."""
    if pass_to(self, record.words[0].i) < 0:
        return -1
    return self._reprice(self.account.hear(record)) if self.account.priced else 0


cdef class Keeper(Desk):
    """A desk with an account; parameters as of :class:`~pyrt_ext.replay.desk.Desk`, ``account`` in its terms."""

    def __cinit__(self, *given):
        self.account = given[len(given) - 1]["account"]
        self._show_account()

    def totals(self):
        """Money of the account in 10^-18, and counts."""
        return self.account.totals

    def costs(self):
        """Cost of all open positions, in 10^-18 of the account's currency."""
        return self.account.costs()

    def account_outputs(self):
        """Payments, and the course of the equity, as bytes."""
        return self.account.outputs()

    # ---- what the strategy sees -------------------------------------------------------------------------------------

    cdef int observe(self, int slot, const Record* record) noexcept nogil:
        cdef int handler
        if hear(self, record) < 0:
            return -1
        handler = Desk.observe(self, slot, record)
        if self.account.stands[slot].halted == AFTER_SPLIT and (
            handler == abi.ON_BOOK or (handler == abi.ON_QUOTE and not self.deltas and self.books == NULL)
        ):
            self.account.stands[slot].halted = OPEN
        return -1 if handler == -1 or self._watch(record.words[0].i, True) < 0 else handler

    cdef int pass_by(self, const Record* record) noexcept nogil:
        return -1 if hear(self, record) < 0 else self._watch(record.words[0].i, True)

    cdef int _reprice(self, int changed) noexcept nogil:
        """A rate has changed."""
        cdef int slot
        if changed <= 0:
            return changed
        for slot in range(<int>self.slot_count):
            if self.account.stands[slot].conversion < 0 or self.markets[slot].lots == 0:
                continue
            if self._show_position(slot) < 0:
                return -1
        self._show_account()
        return 0

    cdef int _revalue(self, int slot, Holding* holding) noexcept nogil:
        if Desk._revalue(self, slot, holding) < 0:
            return -1
        return self.account.revalue(slot, self.markets[slot].value)

    cdef int _show_position(self, int slot) noexcept nogil:
        if Desk._show_position(self, slot) < 0:
            return -1
        self._show_gains(slot)
        return 0

    cdef void _show_mark(self, int slot) noexcept nogil:
        self.markets[slot].unmarked = False
        self._show_gains(slot)

    cdef void _show_gains(self, int slot) noexcept nogil:
        """Realized and unrealized, in the account's currency."""
        cdef abi.Slot* shown = &self.context.slots[slot]
        shown.realized_pnl = money(minus(self.account.stands[slot].realized, self.account.stands[slot].fees))
        shown.unrealized_pnl = money(minus(self.account.stands[slot].value, self.account.stands[slot].cost))

    cdef void _show_account(self) noexcept nogil:
        if self.account is not None:
            self.context.cash, self.context.equity = money(self.account.cash), money(self.account.equity())

    cdef i128 equity(self) noexcept nogil:
        return self.account.equity()

    # ---- what happens to it -----------------------------------------------------------------------------------------

    cdef int on_answer(self, int64_t now, int slot, const Answer* answer) noexcept nogil:
        cdef const Record* record = &answer.record
        cdef int64_t id = <int64_t>(record.words[3].u & <uint64_t>LAST_ID)
        cdef bint own = id > LAST_ID - self.account.closed
        cdef uint8_t status = <uint8_t>(record.flags >> 12)
        cdef i128 notional
        if pass_to(self, now) < 0:
            return -1
        if record.kind == codes.FILL:
            if self.account.book(slot, record.side, answer.ticks, answer.lots, answer.fee) < 0:
                return -1
            if own and self.account.liquidation_fee:
                if notional_of(&self.account.stands[slot].contract, answer.ticks, answer.lots, &notional):
                    return -1
                if self.account.charge(now, slot, notional) < 0:
                    return -1
            self.account.plan(now)
        elif own and codes.FILLED <= status <= codes.EXPIRED:
            self.account.closing -= 1
        if Desk.on_answer(self, now, slot, answer) < 0:
            return -1
        return self._watch(now, False)

    cdef int64_t due(self) noexcept nogil:
        return self.account.next_due

    cdef int settle(self, int64_t time) noexcept nogil:
        cdef Py_ssize_t at = self.account.moment_at
        cdef const Moment* moment
        if self.stale:
            self.show()
        if pass_to(self, time) < 0 or self.account.settle(time) < 0:
            return -1
        for at in range(at, self.account.moment_at):
            moment = &self.account.moments[at]
            if (self._split(moment) if moment.fresh else self._halt(time, <int>moment.slot)) < 0:
                return -1
        self._show_account()
        return self._watch(time, False)

    # ---- orders -----------------------------------------------------------------------------------------------------

    cdef int _order(self, int64_t now, const abi.Request* request) noexcept nogil:
        """A fraction of equity is of the instrument's currency."""
        cdef double equity = self.context.equity
        cdef int done, slot = <int>request.slot
        if request.sizing == abi.SIZE_FRACTION and self.account.stands[slot].conversion >= 0:
            self.context.equity = equity / self.account.rate(slot) if self.account.knows(slot) else 0.0
        done = Desk._order(self, now, request)
        self.context.equity = equity
        return done

    cdef int _send(self, int64_t now, Py_ssize_t place, int64_t lots) noexcept nogil:
        cdef abi.OrderView* view = &self.orders.views[place]
        cdef Live* order = &self.orders.live[place]
        cdef int64_t id = order.id
        cdef int slot = <int>view.slot
        cdef uint8_t side = view.side
        if self.stale:
            self.show()
        order.lots = order.filled = 0  # it is no part of what is on its way yet
        if self.account.stands[slot].halted:
            order.command.flags |= codes.SPLIT_MARK
        elif self.account.liquidating:
            order.command.flags |= codes.LIQUIDATED_MARK
        elif lots > 0 and not order.reduce_only and not self._holds(
            slot, side, lots, view.action, order.command.price, order.command.trigger
        ):
            order.command.flags |= codes.NO_MARGIN_MARK
        else:
            return Desk._send(self, now, place, lots)
        if Desk._send(self, now, place, lots) < 0:
            return -1
        place = find_order(&self.orders, id)
        if place >= 0:  # it is refused when it arrives, and nothing of it is on its way
            self.account.refusals += 1
            order = &self.orders.live[place]
            self.markets[slot].working[side - 1] -= left_of(&self.orders, place)
            order.lots = 0
            self._show_orders(slot)
        return 0

    cdef int _modify(self, int64_t now, Py_ssize_t place, const abi.Request* request) noexcept nogil:
        cdef abi.OrderView* view = &self.orders.views[place]
        cdef Live* order = &self.orders.live[place]
        cdef Market* market = &self.markets[view.slot]
        cdef int64_t lots, left, own = order.lots, price = 0, trigger = 0, new_price = 0, new_trigger = 0, count = 0
        cdef Py_ssize_t sent = self.commands.count
        cdef uint8_t mark = 0
        if self.stale:
            self.show()
        if order.parent != 0 or too_large(request, &market.tick, &market.lot) != NULL:
            return Desk._modify(self, now, place, request)
        lots = some_of(request.qty, &market.lot, &count)
        if lots == 0:
            lots = own
        if has_limit(view.action):
            to_steps(view.price, &market.tick, &price)
            put_on(request.price, &market.tick, view.side == codes.SELL, &new_price)
        if has_trigger(view.action):
            to_steps(view.trigger, &market.tick, &trigger)
            put_on(request.trigger, &market.tick, view.side == codes.BUY, &new_trigger)
        new_price, new_trigger = new_price if new_price else price, new_trigger if new_trigger else trigger
        if self.account.stands[view.slot].halted:
            mark = codes.SPLIT_MARK
        elif self.account.liquidating:
            mark = codes.LIQUIDATED_MARK
        elif not order.reduce_only and lots > order.filled and (
            lots > own or new_price != price or new_trigger != trigger
        ):
            left = own - order.filled  # as if it were a new one
            market.working[view.side - 1] -= left
            order.lots = order.filled
            if not self._holds(<int>view.slot, view.side, lots - order.filled, view.action, new_price, new_trigger):
                mark = codes.NO_MARGIN_MARK
            order.lots = own
            market.working[view.side - 1] += left
        if Desk._modify(self, now, place, request) < 0:
            return -1
        if mark and self.commands.count > sent:
            self.account.refusals += 1
            (<Command*>self.commands.data)[self.commands.count - 1].flags |= mark
        return 0

    cdef bint _holds(
        self, int slot, uint8_t side, int64_t lots, uint8_t action, int64_t price, int64_t trigger
    ) noexcept nogil:
        """Whether the account can bear an order: all that may come of it within the leverage."""
        cdef Market* market
        cdef int64_t buys, sells, before, after, size = 0, ticks = 0
        cdef i128 total = 0, value, fee, most, free
        cdef int other
        for other in range(<int>self.slot_count):
            market = &self.markets[other]
            buys, sells = self._on_its_way(other, codes.BUY, 0, False), self._on_its_way(other, codes.SELL, 0, False)
            before = exposure(market.lots, buys, sells)
            if other == slot:
                after = exposure(
                    market.lots,
                    buys + lots if side == codes.BUY else buys,
                    sells + lots if side == codes.SELL else sells,
                )
                size = after - before
                if size <= 0:
                    return True
            if before == 0:
                continue
            if not self._has_price(other, &ticks):
                value = self.account.stands[other].value
            elif notional_of(&market.contract, ticks, before, &value) or self.account.convert(other, value, &value):
                return False
            if add_money(&total, size_of(value)):
                return False
        market = &self.markets[slot]
        if not self.account.knows(slot) or not self._price_of(
            slot, side, action, trigger if has_trigger(action) and not has_limit(action) else price, &ticks
        ):
            return False
        if notional_of(&market.contract, ticks, size, &value):
            return False
        fee = fee_units(fee_of(size_of(value), self.account.taker_fee))
        if self.account.convert(slot, value, &value) or self.account.convert(slot, fee, &fee):
            return False
        if add_money(&total, size_of(value)):
            return False
        free = self.account.equity() - fee
        return free > 0 and not part_of(free, self.account.leverage, PART, &most) and total <= most

    cdef bint _has_price(self, int slot, int64_t* ticks) noexcept nogil:
        """The last trade, before the first the ask, without it the bid."""
        cdef Market* market = &self.markets[slot]
        cdef abi.Slot* shown = &self.context.slots[slot]
        if market.traded:
            ticks[0] = last_ticks(market)
            return True
        return (
            to_steps(shown.ask, &market.tick, ticks) == ON_GRID or to_steps(shown.bid, &market.tick, ticks) == ON_GRID
        )

    cdef bint _price_of(self, int slot, uint8_t side, uint8_t action, int64_t own, int64_t* ticks) noexcept nogil:
        """What an order is valued at: a buy's limit; else the higher of its own price, or the touch, and the slot's.

        Of an inverse contract, which is worth more the lower the price, a sell's limit; else the lower.
        """
        cdef Market* market = &self.markets[slot]
        cdef abi.Slot* shown = &self.context.slots[slot]
        cdef int64_t here = 0
        cdef bint has_own = True, has_here, inverse = market.contract.inverse != 0
        if has_limit(action) and (side == codes.BUY) != inverse:
            ticks[0] = own
            return True
        if not has_limit(action) and not has_trigger(action):
            has_own = to_steps(shown.ask if side == codes.BUY else shown.bid, &market.tick, &own) == ON_GRID
        has_here = self._has_price(slot, &here)
        if has_own and has_here:
            ticks[0] = min(own, here) if inverse else max(own, here)
        else:
            ticks[0] = own if has_own else here
        return has_own or has_here

    # ---- liquidation ------------------------------------------------------------------------------------------------

    cdef int _watch(self, int64_t now, bint of_market) noexcept nogil:
        """Liquidate below the maintenance margin: cancel what is live; once it has ended close what is held."""
        cdef Py_ssize_t place
        if not self.account.liquidating:
            if not self.account.distressed() or self.closed:
                return 0
            if self._begin_liquidation(now) < 0:
                return -1
        if self.account.closing > 0:
            return 0
        if self.account.open == 0:
            self.account.liquidating = False
            return 0
        for place in range(self.orders.count):
            if self.orders.live[place].parent == 0 and left_of(&self.orders, place) > 0:
                return 0
        if self.closed or (self.account.attempted and not of_market):
            return 0
        return self._close_all(now)

    cdef int _begin_liquidation(self, int64_t now) noexcept nogil:
        cdef Py_ssize_t place
        self.account.liquidating, self.account.attempted = True, False
        self.account.liquidations += 1
        self.drop_waiting()
        for place in range(self.orders.count):
            if self._cancel(now, place) < 0:
                return -1
        return 0

    cdef int _close_all(self, int64_t now) noexcept nogil:
        cdef Command* command
        cdef Py_ssize_t slot
        cdef int64_t lots
        self.account.attempted = True
        for slot in range(self.slot_count):
            lots = self.markets[slot].lots
            if lots == 0 or self.account.stands[slot].halted:
                continue
            command = <Command*>push(&self.commands)
            if command == NULL:
                return -1
            command.time, command.action = now, codes.NEW_ORDER
            command.type, command.tif = codes.MARKET_ORDER, codes.GTC
            command.side = codes.SELL if lots > 0 else codes.BUY
            command.qty = lots if lots > 0 else -lots
            command.instrument = self.context.slots[slot].instrument
            command.client_order_id = self.id_base | <uint64_t>(LAST_ID - self.account.closed)
            self.account.closed += 1
            self.account.closing += 1
        return 0

    # ---- splits -----------------------------------------------------------------------------------------------------

    cdef int _halt(self, int64_t now, int slot) noexcept nogil:
        """Before a split: a slot's orders are canceled, oldest first; those that wait for a parent are gone."""
        cdef Py_ssize_t place = 0, sent = self.commands.count
        while place < self.orders.count:
            if self.orders.views[place].slot != <uint32_t>slot or self.orders.live[place].canceling:
                place += 1
            elif self._withdraw(now, place) < 0:
                return -1
        for place in range(sent, self.commands.count):
            (<Command*>self.commands.data)[place].flags = codes.SPLIT_MARK
        return 0

    cdef int _split(self, const Moment* moment) noexcept nogil:
        """Position and prices go on in the new units; the account's own position has done so."""
        cdef int slot = <int>moment.slot
        cdef Market* market = &self.markets[slot]
        cdef abi.Slot* shown = &self.context.slots[slot]
        cdef Holding* holding = self.ledger.find(<int>(self.id_base >> 48), shown.instrument)
        cdef Shares shares
        cdef i128 cost
        if market.traded:
            market.last = to_double(split_ticks(last_ticks(market), moment.fresh, moment.old, 0), &market.tick)
            shown.last_price = market.last
        shown.bid, shown.ask = (
            split_price(shown.bid, &market.tick, moment, -1), split_price(shown.ask, &market.tick, moment, 1)
        )
        shown.bid_qty = shown.ask_qty = 0.0
        shown.bid_count = shown.ask_count = 0
        if holding == NULL:
            return 0
        if split_lots(holding.lots, moment.fresh, moment.old, &shares) or part_of(
            holding.cost, shares.rest, shares.whole, &cost
        ):
            return -1
        holding.lots, holding.cost = shares.kept, minus(holding.cost, cost)
        return self._show_position(slot)
