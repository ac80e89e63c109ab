"""A book of orders for Python: :class:`pyrt.data.OrderBook` is its face, ``orders/book.pxd`` the book."""

from libc.stdint cimport int64_t
from libc.string cimport memset

from ..matching cimport Record
from ..matching_ladder cimport rank_of
from ..matching_numbers cimport POWERS, Grid
from ..orders.book cimport Line, OrderBook, Told, close_book, find_line, open_book, tell

cdef enum:
    ORDER = 4               # a kind of records

FAULTS = {
    1: "order {id} is not in the book",
    2: "order {id} is in the book already",
    3: "price {price!r} or quantity {qty!r} is off the grid, or no size of an order",
    4: "order {id} has not so much as {qty!r}",
    5: "side {side} or action {action} is none of an order's",
    6: "out of memory",
}


cdef class Orders:
    """An empty book.

    Parameters
    ----------
    grids : (int, int, int, int)
        Tick mantissa and exponent, lot mantissa and exponent.
    """

    cdef Grid tick
    cdef Grid lot
    cdef OrderBook book
    cdef int fault
    cdef Py_ssize_t bad

    def __cinit__(self, grids):
        self.tick.mantissa, self.tick.scale = grids[0], POWERS[<int>grids[1]]
        self.lot.mantissa, self.lot.scale = grids[2], POWERS[<int>grids[3]]
        if open_book(&self.book) < 0:
            raise MemoryError

    def __dealloc__(self):
        close_book(&self.book)

    @property
    def live(self):
        """Orders in it."""
        return self.book.live

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
        cdef const Line* lines = self.book.sides[side - 1].lines
        cdef Py_ssize_t count = self.book.sides[side - 1].count
        best = range(count - 1, max(-1, count - 1 - depth), -1)
        return [(rank_of(side - 1, lines[<Py_ssize_t>k].rank), lines[<Py_ssize_t>k].lots) for k in best]

    def queue(self, int side, int64_t ticks):
        """Return the orders of a level from the first in line on: id, lots."""
        cdef Py_ssize_t place = find_line(&self.book, side - 1, rank_of(side - 1, ticks)), at
        found = []
        if place >= 0:
            at = self.book.sides[side - 1].lines[place].first
            while at >= 0:
                number = self.book.orders[at].low | <object>self.book.orders[at].high << 64
                found.append((number, self.book.orders[at].lots))
                at = self.book.orders[at].behind
        return found

    cdef void _apply(self, const Record* records, Py_ssize_t n, int64_t[:, ::1] out) noexcept nogil:
        cdef Py_ssize_t i
        cdef Told told
        self.fault = 0
        for i in range(n):
            if records[i].kind == ORDER:
                self.fault = tell(&self.book, &records[i], &self.tick, &self.lot, &told)
                if self.fault:
                    self.bad = i
                    return
            if out is not None:
                self._show(&out[i, 0], out.shape[1] // 4)

    cdef void _show(self, int64_t* row, Py_ssize_t depth) noexcept nogil:
        cdef Py_ssize_t k, count
        cdef int side
        memset(row, 0, 4 * depth * sizeof(int64_t))
        for side in range(2):
            count = self.book.sides[side].count
            for k in range(min(depth, count)):
                row[4 * k + 2 - 2 * side] = rank_of(side, self.book.sides[side].lines[count - 1 - k].rank)
                row[4 * k + 3 - 2 * side] = self.book.sides[side].lines[count - 1 - k].lots
