"""An account on events: ``margin.pxd`` is its contract, ``proto/ACCOUNT.md`` the specification.

Written from the specification alone, as the engine's ``position/margin`` was.
"""

from libc.limits cimport LLONG_MAX
from libc.stdint cimport int64_t
from libc.stdlib cimport calloc, free

from ..matching_codes cimport BUY, QUOTE, TRADE
from ..matching_numbers cimport (
    ON_GRID, POWERS, add_money, fee_of, fee_units, i128, notional_of, part_of_cost, set_contract,
    signed_worth, sub_money, to_steps, unit_value,
)
from ..matching_waiting cimport end_of_day
from ..rows cimport bytes_of, push
from .series cimport in_force, set_series

cdef int64_t RATE = 1_000_000_000_000             # of funding and of a year
cdef int64_t YEAR_OF_DAYS = 365_000_000_000_000   # a day's part of a rate of a year
cdef int64_t PART = 100_000_000                   # of leverage and margin
cdef int64_t DAY = 86_400_000_000_000


cdef class MarginAccount:
    """An account without positions.

    Parameters
    ----------
    cash : int
        Money at the start, in 10^-18 of the account's currency.
    grids : sequence of tuple of int
        Of the whole table, as the matcher takes them.
    rows : sequence of int
        Row of the table, by slot.
    terms : dict
        ``leverage``, ``maintenance`` (below zero: none), ``liquidation_fee``, ``taker_fee`` in 10^-8; ``interest`` and
        by slot ``borrow``: None, or (time, value) as int64 arrays, 10^-12 a year; ``conversions``: tuples (instrument
        or -1, inverse, scale, time, value); ``conversion_of`` by slot, -1: none; ``dues``: int64 array of (time, slot,
        kind, value), sorted by time; ``moments``: int64 array of (time, slot, new, old), sorted by time; ``course``:
        first point, step and end, ns.
    """

    def __cinit__(self, cash, grids, rows, terms):
        cdef Stand* stand
        self.cash = cash
        self.stand_count, self.conversion_count = len(rows), len(terms["conversions"])
        self.stands = <Stand*>calloc(max(1, self.stand_count), sizeof(Stand))
        self.conversions = <Conversion*>calloc(max(1, self.conversion_count), sizeof(Conversion))
        self.payments.size, self.course.size = sizeof(Paid), sizeof(Point)
        if self.stands == NULL or self.conversions == NULL:
            raise MemoryError
        self.owner = terms
        for slot, row in enumerate(rows):
            stand = &self.stands[<Py_ssize_t>slot]
            set_contract(&stand.contract, row, grids[row])
            size, places, _ = grids[row][4:] or (1, 0, 0)
            stand.lot = unit_value(1, 0, grids[row][2] * size, grids[row][3] + places)
            stand.conversion, stand.instrument = terms["conversion_of"][slot], row
            set_series(&stand.borrow, terms["borrow"][slot])
            self.daily = self.daily or stand.borrow.count > 0
        for place, given in enumerate(terms["conversions"]):
            self._set_conversion(place, given, grids)
        set_series(&self.interest, terms["interest"])
        self.daily = self.daily or self.interest.count > 0
        self._set_dues(terms["dues"])
        self._set_moments(terms["moments"])
        for name in ("leverage", "maintenance", "liquidation_fee", "taker_fee"):
            if not -PART <= terms[name] <= 1000 * PART:
                raise ValueError(f"{name}: {terms[name]} is beyond its range")
        self.leverage, self.maintenance = terms["leverage"], terms["maintenance"]
        self.liquidation_fee, self.taker_fee = terms["liquidation_fee"], max(0, terms["taker_fee"])
        self.next_due = self.day = LLONG_MAX
        if self.moment_count:
            self.next_due = self.moments[0].time
        self.point, self.point_step, self.point_end = terms["course"]
        self._set_wake()

    def __dealloc__(self):
        free(self.stands)
        free(self.conversions)
        free(self.dues)
        free(self.moments)
        free(self.payments.data)
        free(self.course.data)

    def _set_conversion(self, Py_ssize_t place, given, grids):
        cdef Conversion* conversion = &self.conversions[place]
        instrument, inverse, scale, time, value = given
        conversion.instrument, conversion.inverse, conversion.scale = instrument, inverse, scale
        if instrument >= 0:
            self.priced = True
            conversion.tick.mantissa, conversion.tick.scale = grids[instrument][0], POWERS[<int>grids[instrument][1]]
            conversion.tick_scale = 10 ** grids[instrument][1]
        else:
            set_series(&conversion.series, (time, value))

    def _set_dues(self, const int64_t[:, ::1] dues not None):
        cdef Py_ssize_t i
        self.due_count = dues.shape[0]
        self.dues = <Due*>calloc(max(1, self.due_count), sizeof(Due))
        if self.dues == NULL:
            raise MemoryError
        for i in range(self.due_count):
            self.dues[i].time, self.dues[i].slot = dues[i, 0], dues[i, 1]
            self.dues[i].kind, self.dues[i].value = dues[i, 2], dues[i, 3]

    def _set_moments(self, const int64_t[:, ::1] moments not None):
        cdef Py_ssize_t i
        self.moment_count = moments.shape[0]
        self.moments = <Moment*>calloc(max(1, self.moment_count), sizeof(Moment))
        if self.moments == NULL:
            raise MemoryError
        for i in range(self.moment_count):
            self.moments[i].time, self.moments[i].slot = moments[i, 0], moments[i, 1]
            self.moments[i].fresh, self.moments[i].old = moments[i, 2], moments[i, 3]

    # ---- what it is -------------------------------------------------------------------------------------------------

    @property
    def totals(self):
        """Money in 10^-18 of the account's currency, and counts."""
        return {
            "cash": self.cash, "realized": self.realized, "fees": self.fees, "paid": self.paid,
            "liquidations": self.liquidations, "refusals": self.refusals,
        }

    @property
    def worth(self):
        """Equity in 10^-18, and whether it is below the maintenance margin."""
        return self.equity(), self.distressed()

    def outputs(self):
        """Payments, and the course of the equity, as bytes."""
        return bytes_of(&self.payments), bytes_of(&self.course)

    def costs(self):
        """Cost of all open positions, in 10^-18 of the account's currency."""
        return sum([self.stands[slot].cost for slot in range(self.stand_count)])

    cdef i128 equity(self) noexcept nogil:
        return self.cash + self.held

    cdef bint distressed(self) noexcept nogil:
        cdef i128 least
        if self.maintenance < 0 or self.open == 0:
            return False
        return part_of(self.gross, self.maintenance, PART, &least) != 0 or self.equity() < least

    # ---- one step at a time, for cases worked by hand ---------------------------------------------------------------

    def fill(self, int slot, int side, int64_t ticks, int64_t lots, fee, int64_t now):
        """Book a fill: ticks, lots, and the fee in 10^-18 of the instrument's quote currency."""
        if self.book(slot, side, ticks, lots, fee) < 0:
            raise ValueError("the money does not fit into 128 bits")
        self.plan(now)

    def mark(self, int slot, int64_t ticks):
        """Value a position at a price."""
        cdef i128 notional
        cdef Stand* stand = &self.stands[slot]
        if notional_of(&stand.contract, ticks, stand.lots, &notional) or self.revalue(slot, notional) < 0:
            raise ValueError("the money does not fit into 128 bits")

    def hears(self, const unsigned char[::1] record not None):
        """Take a record of the market, 64 bytes."""
        return self.hear(<const Record*>&record[0])

    def go_to(self, int64_t now):
        """Pay what is due by a time, and take the rates of then."""
        while self.next_due <= now:
            if self.pass_to(self.next_due) < 0 or self.settle(self.next_due) < 0:
                raise ValueError("the money does not fit into 128 bits")
        self.pass_to(now)

    # ---- currencies -------------------------------------------------------------------------------------------------

    cdef bint knows(self, int slot) noexcept nogil:
        cdef int place = self.stands[slot].conversion
        return place < 0 or self.conversions[place].mantissa != 0

    cdef int convert(self, int slot, i128 amount, i128* converted) noexcept nogil:
        cdef int place = self.stands[slot].conversion
        cdef Conversion* conversion
        if place < 0:
            converted[0] = amount
            return 0
        conversion = &self.conversions[place]
        if conversion.mantissa == 0:
            converted[0] = 0
            return amount != 0
        if conversion.inverse:
            return part_of(amount, conversion.scale, conversion.mantissa, converted)
        return part_of(amount, conversion.mantissa, conversion.scale, converted)

    cdef double rate(self, int slot) noexcept nogil:
        cdef int place = self.stands[slot].conversion
        cdef Conversion* conversion
        if place < 0:
            return 1.0
        conversion = &self.conversions[place]
        if conversion.inverse:
            return <double>conversion.scale / <double>conversion.mantissa
        return <double>conversion.mantissa / <double>conversion.scale

    cdef int hear(self, const Record* record) noexcept nogil:
        """A record of an instrument whose price may be a rate: its trades are, before the first its quotes' middle."""
        cdef Conversion* conversion
        cdef Py_ssize_t place
        cdef int64_t bid = 0, ask = 0
        cdef int changed = 0
        if not self.priced or (record.kind != TRADE and record.kind != QUOTE):
            return 0
        for place in range(self.conversion_count):
            conversion = &self.conversions[place]
            if conversion.instrument != record.instrument:
                continue
            if record.kind == TRADE:
                if to_steps(record.words[1].d, &conversion.tick, &bid) != ON_GRID or bid <= 0:
                    continue
                conversion.traded = True
                conversion.mantissa, conversion.scale = bid * conversion.tick.mantissa, conversion.tick_scale
            elif (
                not conversion.traded
                and to_steps(record.words[1].d, &conversion.tick, &bid) == ON_GRID and bid > 0
                and to_steps(record.words[2].d, &conversion.tick, &ask) == ON_GRID and ask > 0
            ):
                conversion.mantissa = (bid + ask) * conversion.tick.mantissa
                conversion.scale = 2 * conversion.tick_scale
            else:
                continue
            changed = 1
            if self._change_rates(place) < 0:
                return -1
        return changed

    cdef int _change_rates(self, Py_ssize_t place) noexcept nogil:
        cdef int slot
        for slot in range(<int>self.stand_count):
            if self.stands[slot].conversion == place and self.stands[slot].lots != 0:
                if self.revalue(slot, self.stands[slot].notional) < 0:
                    return -1
        return 0

    # ---- time -------------------------------------------------------------------------------------------------------

    cdef int pass_to(self, int64_t now) noexcept nogil:
        """What happens by the clock alone: rates change, points of the course are noted."""
        cdef Point* point
        cdef Conversion* conversion
        cdef int64_t change
        cdef Py_ssize_t place, next_one
        cdef int changed = 0
        if now < self.wake:
            return 0
        while True:
            change, next_one = LLONG_MAX, -1
            for place in range(self.conversion_count):
                conversion = &self.conversions[place]
                if conversion.at < conversion.series.count and conversion.series.time[conversion.at] < change:
                    change, next_one = conversion.series.time[conversion.at], place
            if next_one >= 0 and change <= now and change <= self.point:
                conversion = &self.conversions[next_one]
                conversion.mantissa = conversion.series.value[conversion.at]
                conversion.at += 1
                changed = 1
                if self._change_rates(next_one) < 0:
                    return -1
            elif self.point < now and self.point < self.point_end:
                point = <Point*>push(&self.course)
                if point == NULL:
                    return -1
                point.time, point.equity = self.point, self.equity()
                self.point += self.point_step
            elif self.point < now and self.point != LLONG_MAX:
                self.point = LLONG_MAX
            else:
                break
        self._set_wake()
        return changed

    cdef void _set_wake(self) noexcept nogil:
        cdef Conversion* conversion
        cdef Py_ssize_t place
        self.wake = self.point + 1 if self.point < LLONG_MAX else LLONG_MAX
        for place in range(self.conversion_count):
            conversion = &self.conversions[place]
            if conversion.at < conversion.series.count:
                self.wake = min(self.wake, conversion.series.time[conversion.at])

    cdef void plan(self, int64_t now) noexcept nogil:
        self.next_due = self.moments[self.moment_at].time if self.moment_at < self.moment_count else LLONG_MAX
        if self.open == 0 and self.cash >= 0:
            self.day = LLONG_MAX
            return
        while self.due_at < self.due_count and self.dues[self.due_at].time < now:
            self.due_at += 1
        if self.daily and self.day == LLONG_MAX:
            self.day = end_of_day(now)
        self.next_due = min(self.next_due, self.day)
        if self.due_at < self.due_count:
            self.next_due = min(self.next_due, self.dues[self.due_at].time)

    cdef int settle(self, int64_t time) noexcept nogil:
        """Pay what is due by a time: the table's rows in their order; at the end of a day interest, then borrow."""
        cdef Due* due
        cdef Stand* stand
        cdef i128 amount
        cdef int slot
        while self.due_at < self.due_count and self.dues[self.due_at].time <= time:
            due = &self.dues[self.due_at]
            stand = &self.stands[due.slot]
            self.due_at += 1
            if due.kind == FUNDING:
                if part_of(signed_worth(&stand.contract, stand.notional), -due.value, RATE, &amount):
                    return -1
            elif times(stand.lot, stand.lots, &amount) or part_of(amount, due.value, RATE, &amount):
                return -1
            if stand.lots != 0 and self._pay(time, <int>due.slot, <int>due.kind, amount) < 0:
                return -1
        if self.day <= time:
            if self.interest.count and self.cash < 0:
                if part_of(self.cash, in_force(&self.interest, time), YEAR_OF_DAYS, &amount):
                    return -1
                if self._pay(time, -1, INTEREST, amount) < 0:
                    return -1
            for slot in range(<int>self.stand_count):
                stand = &self.stands[slot]
                if stand.borrow.count == 0 or stand.lots >= 0:
                    continue
                amount = signed_worth(&stand.contract, stand.notional)
                if part_of(amount, in_force(&stand.borrow, time), YEAR_OF_DAYS, &amount):
                    return -1
                if self._pay(time, slot, BORROW, amount) < 0:
                    return -1
            self.day += DAY
        while self.moment_at < self.moment_count and self.moments[self.moment_at].time <= time:
            if self._split(&self.moments[self.moment_at]) < 0:
                return -1
            self.moment_at += 1
        self.plan(time)
        return 0

    cdef int _split(self, const Moment* moment) noexcept nogil:
        """Trading halts, or a position goes on in new lots: a fraction of one is sold at the mark."""
        cdef Stand* stand = &self.stands[moment.slot]
        cdef int slot = <int>moment.slot
        cdef Shares shares
        cdef i128 share, worth, cost
        stand.halted = AFTER_SPLIT if moment.fresh else BEFORE_SPLIT
        if moment.fresh == 0 or stand.lots == 0:
            return 0
        if (
            split_lots(stand.lots, moment.fresh, moment.old, &shares)
            or part_of(stand.notional, shares.rest, shares.whole, &share)
            or part_of(stand.cost, shares.rest, shares.whole, &cost)
            or self.convert(slot, share, &worth) or self.revalue(slot, minus(stand.notional, share))
        ):
            return -1
        self.open -= shares.kept == 0
        stand.lots, stand.cost = shares.kept, minus(stand.cost, cost)
        if add_money(&self.cash, cost):  # as it was paid; what is gained is paid now
            return -1
        return self._note_paid(moment.time, slot, FRACTION, minus(worth, cost))

    cdef int charge(self, int64_t time, int slot, i128 notional) noexcept nogil:
        return self._pay(time, slot, LIQUIDATION, -fee_units(fee_of(size_of(notional), self.liquidation_fee)))

    cdef int _pay(self, int64_t time, int slot, int kind, i128 amount) noexcept nogil:
        """Pay an amount in a slot's quote currency; without a slot in the account's."""
        if slot >= 0 and self.convert(slot, amount, &amount):
            return -1
        return self._note_paid(time, slot, kind, amount)

    cdef int _note_paid(self, int64_t time, int slot, int kind, i128 amount) noexcept nogil:
        """Pay an amount of the account's currency."""
        cdef Paid* paid
        if amount == 0:
            return 0
        paid = <Paid*>push(&self.payments)
        if paid == NULL:
            return -1
        paid.time, paid.kind, paid.amount = time, kind, amount
        paid.instrument = self.stands[slot if slot >= 0 else 0].instrument
        if slot >= 0:
            self.stands[slot].paid += amount
        return -1 if add_money(&self.cash, amount) or add_money(&self.paid, amount) else 0

    # ---- positions --------------------------------------------------------------------------------------------------

    cdef int book(self, int slot, int side, int64_t ticks, int64_t lots, i128 fee) noexcept nogil:
        """Take a fill in: each part of its money is converted on its own."""
        cdef Stand* stand = &self.stands[slot]
        cdef int sign = 1 if side == BUY else -1
        cdef int64_t size = stand.lots if stand.lots > 0 else -stand.lots
        cdef int64_t closed = min(lots, size) if stand.lots * sign < 0 else 0
        cdef bint was = stand.lots != 0
        cdef i128 closing, opening, part = 0
        if (
            notional_of(&stand.contract, ticks, sign * closed, &closing)
            or notional_of(&stand.contract, ticks, sign * (lots - closed), &opening)
            or self.convert(slot, closing, &closing) or self.convert(slot, opening, &opening)
            or self.convert(slot, fee, &fee)
        ):
            return -1
        if closed:
            part = part_of_cost(stand.cost, closed, size)
        stand.lots += sign * lots
        self.open += (stand.lots != 0) - was
        stand.cost -= part
        if (
            add_money(&stand.cost, opening)
            or sub_money(&stand.realized, closing) or sub_money(&stand.realized, part)
            or sub_money(&self.realized, closing) or sub_money(&self.realized, part)
            or add_money(&stand.fees, fee) or add_money(&self.fees, fee)
            or sub_money(&self.cash, closing) or sub_money(&self.cash, opening) or sub_money(&self.cash, fee)
        ):
            return -1
        return 0

    cdef int revalue(self, int slot, i128 notional) noexcept nogil:
        cdef Stand* stand = &self.stands[slot]
        cdef i128 value
        if self.convert(slot, notional, &value):
            return -1
        if sub_money(&self.held, stand.value) or add_money(&self.held, value):
            return -1
        if sub_money(&self.gross, size_of(stand.value)) or add_money(&self.gross, size_of(value)):
            return -1
        stand.notional, stand.value = notional, value
        return 0


def part(amount, by, of):
    """Return ``amount * by / of`` towards zero; OverflowError beyond 128 bits."""
    cdef i128 given = amount, found
    if of <= 0:
        raise ValueError(f"of: must be above zero, got {of}")
    if part_of(given, by, of, &found):
        raise OverflowError(f"{amount} * {by} / {of} does not fit into 128 bits")
    return found
