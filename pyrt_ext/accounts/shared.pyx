"""Signals of several instruments in one account: ``shared.pxd`` is the contract."""

from libc.math cimport fabs
from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from .account cimport Margin, Payments, rate_after, rate_before, split_of
from .signals cimport act, fall_due, first, hit, leave, wanted_by
from .. cimport abi
from ..bars.account cimport (
    AT_CLOSE, AT_OPEN, BORROW, DIVIDEND, FUNDING, INSIDE, INTEREST, FillRow, PaidKind, PaidRow, write_paid,
)
from ..costs cimport costs_in
from ..rows cimport bytes_of, push
from ..signals cimport (
    BUY, ENTER_LONG, ENTER_SHORT, LEAVE_LONG, LEAVE_SHORT, LIQUIDATION, SELL, SIGNAL, STOP_LOSS, TAKE_PROFIT, Counts,
    Fill, Rules,
)


cdef class SharedAccount:
    """An account that nothing has been done with.

    Parameters
    ----------
    seats : sequence of tuple
        Of each instrument: open, high, low, close (float64[n], positive, finite), codes (uint8[n], of
        :func:`pyrt_ext.signals.codes`), Rules[1], Margin[1], and a dict of str to float64[n] or None: ``borrow``,
        ``funding``, ``dividend``, ``split``, ``rate``, ``volume``, ``units``; with ``time``, int64[n].
    terms : tuple
        Cash at the start, costs as bytes, the window of bars that costs go by (0: they do not), the lag (0: a signal
        fills at its bar's close, 1: at the next open), and whether exits come first.
    """

    def __cinit__(self, seats, terms):
        cdef const double[::1] opens, highs, lows, closes
        cdef const uint8_t[::1] codes
        cdef const int64_t[::1] time
        cdef const Rules[::1] rules
        cdef const Margin[::1] margin
        cdef Seat* seat
        cash, record, window, lag, exits_first = terms
        self.count, self.cash, self.lag, self.exits_first, self.faulty = len(seats), cash, lag, exits_first, -1
        self.lowest = cash
        self.seats = <Seat*>calloc(max(1, self.count), sizeof(Seat))
        if self.seats == NULL:
            raise MemoryError
        self.owned = (seats, terms)
        self.fills.size, self.paid.size = sizeof(FillRow), sizeof(PaidRow)
        for at, (prices, given, some_rules, some_margin, rows) in enumerate(seats):
            seat = &self.seats[<Py_ssize_t>at]
            opens, highs, lows, closes = prices
            codes, rules, margin, time = given, some_rules, some_margin, rows["time"]
            if not opens.shape[0] == highs.shape[0] == lows.shape[0] == closes.shape[0] == codes.shape[0]:
                raise ValueError("seats: columns of other lengths")
            if opens.shape[0] == 0 or time.shape[0] != opens.shape[0]:
                raise ValueError("seats: an instrument has no bars, or times of another length")
            seat.market.n, seat.market.lag, seat.market.codes = opens.shape[0], self.lag, &codes[0]
            seat.market.open, seat.market.high = &opens[0], &highs[0]
            seat.market.low, seat.market.close = &lows[0], &closes[0]
            seat.market.price = seat.market.open if self.lag else seat.market.close
            seat.time = &time[0]
            seat.run.market, seat.run.rules, seat.run.margin = &seat.market, &rules[0], &margin[0]
            seat.run.costs, seat.run.faulty_row = costs_in(record), -1
            seat.run.due.borrow, seat.run.due.funding = first(rows["borrow"]), first(rows["funding"])
            seat.run.due.dividend, seat.run.due.split = first(rows["dividend"]), first(rows["split"])
            seat.run.due.rate = first(rows["rate"])
            seat.run.known.volume, seat.run.known.units = first(rows["volume"]), first(rows["units"])
            seat.run.known.time, seat.run.known.window = seat.time, window
            seat.multiplier = margin[0].multiplier

    def __dealloc__(self):
        free(self.seats)
        free(self.fills.data)
        free(self.paid.data)

    def run(self, const int64_t[::1] times not None, interest, double[::1] equity not None):
        """Go through all times of the clock.

        Parameters
        ----------
        times : int64[m]
            When bars of any instrument end, each time once, rising.
        interest : float64[m] or None
            On a cash below zero for the time since the one before, as a fraction.
        equity : float64[m]
            Written.

        Returns
        -------
        tuple of int
            Instrument and row at which a model of costs failed (-1: none), which function, and what it returned.
        """
        cdef const double* rates = first(interest)
        cdef int done
        with nogil:
            done = self._go(times, rates, equity)
        if done == 0:
            return -1, -1, 0, 0
        if self.faulty < 0:
            raise MemoryError
        cdef Seat* seat = &self.seats[self.faulty]
        return self.faulty, seat.run.faulty_row, seat.run.state.faulty, seat.run.state.fault

    def outputs(self):
        """Fills and what was paid beside them, as bytes."""
        return bytes_of(&self.fills), bytes_of(&self.paid)

    def summary(self):
        """Money, units and cost by instrument, and counts."""
        cdef Py_ssize_t at
        return {
            "cash": self.cash,
            "equity": self._equity(),
            "lowest_equity": self.lowest,
            "positions": [self.seats[at].held.qty for at in range(self.count)],
            "costs": [self.seats[at].cost for at in range(self.count)],
            "realized": self.realized,
            "fees": self.fees,
            "cut": self.counts.cut,
            "rejected": self.counts.rejected,
            "late": self.counts.late,
            "unknown": sum([self.seats[at].run.unknown for at in range(self.count)]),
        }

    # ---- the clock --------------------------------------------------------------------------------------------------

    cdef int _go(self, const int64_t[::1] times, const double* interest, double[::1] equity) noexcept nogil:
        cdef Py_ssize_t at, i
        cdef Seat* seat
        for at in range(times.shape[0]):
            if interest != NULL and self.cash < 0.0:
                if self._pay(0, times[at], INTEREST, self.cash * interest[at]) < 0:
                    return -1
            for i in range(self.count):
                if self._begin(&self.seats[i], times[at]) < 0:
                    return -1
            if self.lag and self._act_all() < 0:
                return -1
            for i in range(self.count):
                seat = &self.seats[i]
                if seat.here and seat.held.qty != 0.0 and self._stop(seat) < 0:
                    return -1
            for i in range(self.count):
                seat = &self.seats[i]
                if seat.here:
                    seat.mark = seat.market.close[seat.row]
                    seat.money = seat.multiplier * rate_after(&seat.run.due, seat.row)
            if not self.lag and self._act_all() < 0:
                return -1
            for i in range(self.count):
                self.seats[i].row += self.seats[i].here
            equity[at] = self._equity()
            self.lowest = min(self.lowest, equity[at])
        for i in range(self.count):
            seat = &self.seats[i]
            if self.lag and seat.market.codes[seat.market.n - 1] & wanted_by(&seat.held):
                self.counts.late += 1
        return 0

    cdef int _begin(self, Seat* seat, int64_t now) noexcept nogil:
        """What falls due on a bar that ends at this time, if there is one."""
        cdef Payments paid
        cdef double split
        cdef Py_ssize_t at = seat - self.seats
        seat.here = seat.row < seat.market.n and seat.time[seat.row] == now
        seat.stopped = False
        if not seat.here:
            return 0
        seat.money = seat.multiplier * rate_before(&seat.run.due, seat.row)
        if seat.row == 0:
            return 0
        memset(&paid, 0, sizeof(paid))
        seat.held.cash = self.cash
        fall_due(&seat.run, &seat.held, seat.row, seat.money, &paid)
        split = split_of(&seat.run.due, seat.row)
        seat.run.state.shift /= split
        seat.mark /= split
        if self._pay(at, now, BORROW, paid.borrow) < 0 or self._pay(at, now, FUNDING, paid.funding) < 0:
            return -1
        return self._pay(at, now, DIVIDEND, paid.dividend)

    cdef int _act_all(self) noexcept nogil:
        """The signals of all bars here, those before an open or those of its close."""
        cdef Py_ssize_t i
        cdef Seat* seat
        cdef int turn
        cdef uint8_t code, left
        for turn in range(2 if self.exits_first else 1):
            for i in range(self.count):
                seat = &self.seats[i]
                if not seat.here or seat.stopped or seat.row < self.lag:
                    continue
                code = seat.market.codes[seat.row - self.lag]
                if self.exits_first and turn == 0:
                    left = code & wanted_by(&seat.held) if seat.held.qty != 0.0 else 0
                    code = (LEAVE_LONG if seat.held.qty > 0.0 else LEAVE_SHORT) if left else 0
                elif self.exits_first:
                    code &= ENTER_LONG | ENTER_SHORT
                if code & wanted_by(&seat.held) and self._act(seat, code) < 0:
                    return -1
        return 0

    # ---- what is done -----------------------------------------------------------------------------------------------

    cdef void _look_at_others(self, Seat* seat) noexcept nogil:
        cdef Py_ssize_t i
        cdef double value, others = 0.0, gross = 0.0
        for i in range(self.count):
            if &self.seats[i] != seat and self.seats[i].held.qty != 0.0:
                value = self.seats[i].held.qty * self.seats[i].mark * self.seats[i].money
                others += value
                gross += fabs(value)
        seat.run.others, seat.run.gross, seat.held.cash = others, gross, self.cash

    cdef int _act(self, Seat* seat, uint8_t code) noexcept nogil:
        cdef Fill fills[2]
        cdef Counts counts
        cdef Py_ssize_t k
        memset(&counts, 0, sizeof(counts))
        self._look_at_others(seat)
        if act(&seat.run, &seat.held, fills, seat.row, code, seat.money, &counts) < 0:
            self.faulty = seat - self.seats
            return -1
        self.counts.cut += counts.cut
        self.counts.rejected += counts.rejected
        for k in range(counts.fills):
            if self._book(seat, &fills[k], AT_OPEN if self.lag else AT_CLOSE) < 0:
                return -1
        return self._refuse(seat, code) if counts.rejected else 0

    cdef int _stop(self, Seat* seat) noexcept nogil:
        """Stops, target and liquidation on a bar."""
        cdef Fill fill
        cdef double price = 0.0
        cdef int reason = SIGNAL
        self._look_at_others(seat)
        if not hit(&seat.run, &seat.held, seat.row, seat.money, &price, &reason):
            if seat.held.qty > 0.0:
                seat.held.best = max(seat.held.best, seat.market.high[seat.row])
            else:
                seat.held.best = min(seat.held.best, seat.market.low[seat.row])
            return 0
        seat.stopped = True
        if leave(&seat.run, &seat.held, &fill, seat.row, price, seat.money, reason) < 0:
            self.faulty = seat - self.seats
            return -1
        return self._book(seat, &fill, AT_OPEN if price == seat.market.open[seat.row] else INSIDE)

    cdef int _book(self, Seat* seat, const Fill* fill, int place) noexcept nogil:
        """Write a fill down, and take its money."""
        cdef double value = fill.qty * fill.price * seat.money
        cdef double sign = 1.0 if fill.side == BUY else -1.0
        cdef FillRow* row = <FillRow*>push(&self.fills)
        if row == NULL:
            return -1
        self.cash += -(value + fill.fee) if fill.side == BUY else value - fill.fee
        self.fees += fill.fee
        self.orders += 1
        if seat.cost == 0.0:
            seat.cost = sign * value
            row.position = sign * fill.qty
        else:
            self.realized += -sign * value - seat.cost
            seat.cost = 0.0
        row.time, row.row, row.order_id = seat.time[seat.row], seat.row, self.orders
        row.qty, row.price = fill.qty, fill.price
        row.fee, row.cash, row.value, row.slot = fill.fee, self.cash, value, <unsigned int>(seat - self.seats)
        row.side, row.place, row.maker = <uint8_t>fill.side, <uint8_t>place, fill.reason == TAKE_PROFIT
        row.action = action_of(fill.reason)
        return 0

    cdef int _refuse(self, Seat* seat, uint8_t code) noexcept nogil:
        """Write down an entry that could not be paid: a fill of nothing."""
        cdef FillRow* row = <FillRow*>push(&self.fills)
        if row == NULL:
            return -1
        self.orders += 1
        row.time, row.row, row.order_id = seat.time[seat.row], seat.row, self.orders
        row.slot, row.cash, row.action = <unsigned int>(seat - self.seats), self.cash, abi.MARKET
        row.side = BUY if code & ENTER_LONG else SELL
        row.place = AT_OPEN if self.lag else AT_CLOSE
        return 0

    cdef int _pay(self, Py_ssize_t at, int64_t now, PaidKind kind, double amount) noexcept nogil:
        if amount == 0.0:
            return 0
        if write_paid(&self.paid, now, <unsigned int>at, kind, amount) < 0:
            return -1
        self.cash += amount
        return 0

    cdef double _equity(self) noexcept nogil:
        cdef Py_ssize_t i
        cdef double total = self.cash
        for i in range(self.count):
            if self.seats[i].held.qty != 0.0:
                total += self.seats[i].held.qty * self.seats[i].mark * self.seats[i].money
        return total


cdef uint8_t action_of(int64_t reason) noexcept nogil:
    """The kind of order that fills for a reason; 0: a liquidation."""
    if reason == SIGNAL:
        return abi.MARKET
    if reason == TAKE_PROFIT:
        return abi.LIMIT
    if reason == STOP_LOSS:
        return abi.STOP
    return 0 if reason == LIQUIDATION else abi.TRAILING_STOP
