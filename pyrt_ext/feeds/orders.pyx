"""A book of orders: each by its id, first come first served at its price (``proto/SHM_LAYOUT.md``, order records).

:class:`pyrt.data.OrderBook` is its face. Levels lie sorted by rank, the best last, as in ``matching_book``; the orders
of a level are a list from the first in line to the last.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memmove, memset

from .. cimport matching_codes as codes
from ..matching cimport Record
from ..matching_ladder cimport rank_of
from ..matching_numbers cimport ON_GRID, POWERS, Grid, to_steps

cdef enum:
    ORDER = 4               # a kind of records
    ADD = 1                 # its actions
    MODIFY = 2
    DELETE = 3
    EXECUTE = 4
    NO_ORDER = 1            # faults
    KNOWN = 2
    OFF_GRID = 3
    TOO_MUCH = 4
    NO_ACTION = 5
    NO_MEMORY = 6

FAULTS = {
    1: "order {id} is not in the book",
    2: "order {id} is in the book already",
    3: "price {price!r} or quantity {qty!r} is off the grid, or no size of an order",
    4: "order {id} has not so much as {qty!r}",
    5: "side {side} or action {action} is none of an order's",
    6: "out of memory",
}


cdef struct Resting:
    uint64_t low            # of its id
    uint64_t high
    int64_t lots
    int64_t rank
    Py_ssize_t before       # of its level, -1: it is the first
    Py_ssize_t behind       # -1: the last; of a free one the next free one
    uint8_t side            # 0 bids, 1 asks


cdef struct Level:
    int64_t rank
    int64_t lots
    Py_ssize_t first
    Py_ssize_t last


cdef struct Side:
    Level* levels
    Py_ssize_t count
    Py_ssize_t room


cdef class Orders:
    """An empty book.

    Parameters
    ----------
    grids : (int, int, int, int)
        Tick mantissa and exponent, lot mantissa and exponent.
    """

    cdef Grid tick
    cdef Grid lot
    cdef Side sides[2]
    cdef Resting* orders
    cdef Py_ssize_t order_count    # places in use or free
    cdef Py_ssize_t order_room
    cdef Py_ssize_t free_one       # -1: none
    cdef readonly Py_ssize_t live
    cdef Py_ssize_t* slots         # open addressing: a place in orders plus 1, or 0
    cdef Py_ssize_t slot_count
    cdef bint in_snapshot
    cdef int fault
    cdef Py_ssize_t bad

    def __cinit__(self, grids):
        self.tick.mantissa, self.tick.scale = grids[0], POWERS[<int>grids[1]]
        self.lot.mantissa, self.lot.scale = grids[2], POWERS[<int>grids[3]]
        self.free_one, self.slot_count = -1, 1024
        self.slots = <Py_ssize_t*>calloc(self.slot_count, sizeof(Py_ssize_t))
        if self.slots == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.sides[0].levels)
        free(self.sides[1].levels)
        free(self.orders)
        free(self.slots)

    def apply(self, const unsigned char[::1] records not None, int64_t[:, ::1] out=None):
        """Apply records; those that are no orders change nothing.

        Parameters
        ----------
        records : uint8[64 * n]
            EVENT records as bytes.
        out : int64[n, 4 * depth], optional
            After each record the levels of both sides, best first: price in ticks and size in lots of asks, then of
            bids, level by level; where there is none both are 0.

        Raises
        ------
        ValueError
            For a record that cannot be; names its row. What came before it was applied.
        """
        cdef const Record* record
        cdef Py_ssize_t n = records.shape[0] // <Py_ssize_t>sizeof(Record)
        if n == 0:
            return
        record = <const Record*>&records[0]
        with nogil:
            self._apply(record, n, out)
        if self.fault:
            record = &record[self.bad]
            raise ValueError(
                f"row {self.bad}: " + FAULTS[self.fault].format(
                    id=record.words[3].u | <object>record.words[4].u << 64, price=record.words[1].d,
                    qty=record.words[2].d, side=record.side, action=record.flags & 0xFF,
                )
            )

    def levels(self, int side, Py_ssize_t depth):
        """Return the best levels of a side, 1 bids or 2 asks: price in ticks, lots."""
        cdef Side* levels = &self.sides[side - 1]
        best = range(levels.count - 1, max(-1, levels.count - 1 - depth), -1)
        return [(rank_of(side - 1, levels.levels[<Py_ssize_t>k].rank), levels.levels[<Py_ssize_t>k].lots) for k in best]

    def queue(self, int side, int64_t ticks):
        """Return the orders of a level from the first in line on: id, lots."""
        cdef Py_ssize_t place = self._find_level(side - 1, rank_of(side - 1, ticks)), at
        found = []
        if place >= 0:
            at = self.sides[side - 1].levels[place].first
            while at >= 0:
                found.append((self.orders[at].low | <object>self.orders[at].high << 64, self.orders[at].lots))
                at = self.orders[at].behind
        return found

    cdef int _fail(self, int fault) noexcept nogil:
        self.fault = fault
        return -1

    cdef void _apply(self, const Record* records, Py_ssize_t n, int64_t[:, ::1] out) noexcept nogil:
        cdef Py_ssize_t i
        self.fault = 0
        for i in range(n):
            if records[i].kind == ORDER and self._on(&records[i]) < 0:
                self.bad = i
                return
            if out is not None:
                self._show(&out[i, 0], out.shape[1] // 4)

    cdef void _show(self, int64_t* row, Py_ssize_t depth) noexcept nogil:
        cdef Py_ssize_t k, count
        cdef int side
        memset(row, 0, 4 * depth * sizeof(int64_t))
        for side in range(2):
            count = self.sides[side].count
            for k in range(min(depth, count)):
                row[4 * k + 2 - 2 * side] = rank_of(side, self.sides[side].levels[count - 1 - k].rank)
                row[4 * k + 3 - 2 * side] = self.sides[side].levels[count - 1 - k].lots

    cdef int _on(self, const Record* record) noexcept nogil:
        cdef int action = record.flags & 0xFF
        cdef int64_t ticks = 0, lots = 0
        cdef Py_ssize_t at
        if record.flags & codes.SNAPSHOT and not self.in_snapshot:
            self._empty()
        self.in_snapshot = record.flags & codes.SNAPSHOT != 0
        if action == DELETE and record.side == 0 and record.words[3].u == 0 and self.in_snapshot:
            self._empty()  # and that is all; the engine begins every snapshot so, another one right after it too
            return 0
        if record.side < 1 or record.side > 2 or action < ADD or action > EXECUTE:
            return self._fail(NO_ACTION)
        if to_steps(record.words[2].d, &self.lot, &lots) != ON_GRID or lots < 0:
            return self._fail(OFF_GRID)
        at = self._find(record.words[3].u, record.words[4].u)
        if action == ADD or action == MODIFY:
            if to_steps(record.words[1].d, &self.tick, &ticks) != ON_GRID or lots == 0:
                return self._fail(OFF_GRID)
            if action == ADD:
                return self._fail(KNOWN) if at >= 0 else self._add(record, rank_of(record.side - 1, ticks), lots)
        if at < 0:
            return self._fail(NO_ORDER)
        if action == MODIFY:
            return self._modify(at, rank_of(self.orders[at].side, ticks), lots)
        if lots > self.orders[at].lots:
            return self._fail(TOO_MUCH)
        if lots == 0 or lots == self.orders[at].lots:
            self._remove(at)
        else:
            self._resize(at, self.orders[at].lots - lots)
        return 0

    # ---- orders -----------------------------------------------------------------------------------------------------

    cdef int _add(self, const Record* record, int64_t rank, int64_t lots) noexcept nogil:
        cdef Resting* orders = self.orders
        cdef Py_ssize_t at = self.free_one
        if 2 * (self.live + 1) > self.slot_count and self._spread() < 0:
            return self._fail(NO_MEMORY)
        if at >= 0:
            self.free_one = orders[at].behind
        else:
            if self.order_count == self.order_room:
                orders = <Resting*>realloc(orders, (2 * self.order_room + 1024) * sizeof(Resting))
                if orders == NULL:
                    return self._fail(NO_MEMORY)
                self.orders, self.order_room = orders, 2 * self.order_room + 1024
            at = self.order_count
            self.order_count += 1
        orders[at].low, orders[at].high = record.words[3].u, record.words[4].u
        orders[at].side = record.side - 1
        self.slots[self._slot(record.words[3].u, record.words[4].u)] = at + 1
        self.live += 1
        return self._join(at, rank, lots)

    cdef int _join(self, Py_ssize_t at, int64_t rank, int64_t lots) noexcept nogil:
        """An order comes to the back of a level."""
        cdef Resting* order = &self.orders[at]
        cdef Level* level = self._level(order.side, rank)
        if level == NULL:
            return self._fail(NO_MEMORY)
        order.rank, order.lots, order.before, order.behind = rank, lots, level.last, -1
        if level.last >= 0:
            self.orders[level.last].behind = at
        else:
            level.first = at
        level.last = at
        level.lots += lots
        return 0

    cdef void _leave(self, Py_ssize_t at) noexcept nogil:
        """An order leaves its level; the last one takes the level along."""
        cdef Resting* order = &self.orders[at]
        cdef Side* side = &self.sides[order.side]
        cdef Py_ssize_t place = self._find_level(order.side, order.rank)
        cdef Level* level = &side.levels[place]
        level.lots -= order.lots
        if order.before >= 0:
            self.orders[order.before].behind = order.behind
        else:
            level.first = order.behind
        if order.behind >= 0:
            self.orders[order.behind].before = order.before
        else:
            level.last = order.before
        if level.first < 0:
            memmove(level, level + 1, (side.count - place - 1) * sizeof(Level))
            side.count -= 1

    cdef void _remove(self, Py_ssize_t at) noexcept nogil:
        cdef Py_ssize_t slot = self._slot(self.orders[at].low, self.orders[at].high), other, home
        cdef Py_ssize_t mask = self.slot_count - 1
        self._leave(at)
        other = slot
        while True:  # what was displaced by it moves up, so that nothing is searched for behind a gap
            other = (other + 1) & mask
            if self.slots[other] == 0:
                break
            home = self._home(self.orders[self.slots[other] - 1].low)
            if ((other - home) & mask) >= ((other - slot) & mask):
                self.slots[slot] = self.slots[other]
                slot = other
        self.slots[slot] = 0
        self.orders[at].behind, self.free_one = self.free_one, at
        self.live -= 1

    cdef int _modify(self, Py_ssize_t at, int64_t rank, int64_t lots) noexcept nogil:
        """Less at the same price keeps the place; anything else goes to the back."""
        if rank == self.orders[at].rank and lots <= self.orders[at].lots:
            self._resize(at, lots)
            return 0
        self._leave(at)
        return self._join(at, rank, lots)

    cdef void _resize(self, Py_ssize_t at, int64_t lots) noexcept nogil:
        cdef Py_ssize_t place = self._find_level(self.orders[at].side, self.orders[at].rank)
        self.sides[self.orders[at].side].levels[place].lots += lots - self.orders[at].lots
        self.orders[at].lots = lots

    cdef void _empty(self) noexcept nogil:
        self.sides[0].count = self.sides[1].count = self.order_count = self.live = 0
        self.free_one = -1
        memset(self.slots, 0, self.slot_count * sizeof(Py_ssize_t))

    # ---- found by id, and by price ----------------------------------------------------------------------------------

    cdef Py_ssize_t _home(self, uint64_t low) noexcept nogil:
        cdef uint64_t hashed = (low ^ (low >> 29)) * <uint64_t>0xBF58476D1CE4E5B9
        return <Py_ssize_t>((hashed >> 20) & <uint64_t>(self.slot_count - 1))

    cdef Py_ssize_t _slot(self, uint64_t low, uint64_t high) noexcept nogil:
        """The slot that holds an id, or the free one where it belongs."""
        cdef Py_ssize_t slot = self._home(low)
        while self.slots[slot] and not (
            self.orders[self.slots[slot] - 1].low == low and self.orders[self.slots[slot] - 1].high == high
        ):
            slot = (slot + 1) & (self.slot_count - 1)
        return slot

    cdef Py_ssize_t _find(self, uint64_t low, uint64_t high) noexcept nogil:
        return self.slots[self._slot(low, high)] - 1

    cdef int _spread(self) noexcept nogil:
        """Lay all ids into a larger table."""
        cdef Py_ssize_t* old = self.slots
        cdef Py_ssize_t count = self.slot_count, i
        cdef Py_ssize_t* slots = <Py_ssize_t*>calloc(4 * count, sizeof(Py_ssize_t))
        if slots == NULL:
            return -1
        self.slots, self.slot_count = slots, 4 * count
        for i in range(count):
            if old[i]:
                slots[self._slot(self.orders[old[i] - 1].low, self.orders[old[i] - 1].high)] = old[i]
        free(old)
        return 0

    cdef Py_ssize_t _first_level(self, int side, int64_t rank) noexcept nogil:
        """The first of at least that rank."""
        cdef Level* levels = self.sides[side].levels
        cdef Py_ssize_t low = 0, high = self.sides[side].count, middle
        while low < high:
            middle = (low + high) >> 1
            if levels[middle].rank < rank:
                low = middle + 1
            else:
                high = middle
        return low

    cdef Py_ssize_t _find_level(self, int side, int64_t rank) noexcept nogil:
        cdef Py_ssize_t place = self._first_level(side, rank)
        return place if place < self.sides[side].count and self.sides[side].levels[place].rank == rank else -1

    cdef Level* _level(self, int side, int64_t rank) noexcept nogil:
        """A level, made if it is not there; NULL: no memory."""
        cdef Side* all = &self.sides[side]
        cdef Py_ssize_t place = self._first_level(side, rank)
        cdef Level* levels = all.levels
        if place < all.count and levels[place].rank == rank:
            return &levels[place]
        if all.count == all.room:
            levels = <Level*>realloc(levels, (2 * all.room + 64) * sizeof(Level))
            if levels == NULL:
                return NULL
            all.levels, all.room = levels, 2 * all.room + 64
        memmove(levels + place + 1, levels + place, (all.count - place) * sizeof(Level))
        all.count += 1
        levels[place].rank, levels[place].lots, levels[place].first, levels[place].last = rank, 0, -1, -1
        return &levels[place]
