"""Rows of hftbacktest's event arrays as records: :func:`pyrt.data.load_hftbacktest` checks what comes in.

A row is a change of a level, a trade, or part of a snapshot. A snapshot there clears a stretch of the book and fills it
again; here it is a whole book, so what it leaves standing is kept in mind and told again with it.
"""

from libc.limits cimport LLONG_MAX, LLONG_MIN
from libc.math cimport isfinite
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from .. cimport matching_codes as codes
from ..matching cimport Record
from ..matching_changes cimport GOOD, LATEST, RING, Change, Ring, note_kind, note_steps
from ..matching_ladder cimport (
    NO_RANK, Ladder, begin_ladder, clear_ladder, free_ladder, rank_above, rank_of, set_level, size_at,
)
from ..matching_numbers cimport ON_GRID, POWERS, Grid, to_double, to_steps
from .source cimport Source

cdef enum:
    DEPTH_ROW = 1           # the low byte of `ev`
    TRADE_ROW = 2
    CLEAR_ROW = 3
    SNAPSHOT_ROW = 4
    BBO_ROW = 5             # of no use to a book: passed over, as there
    BUY_ROW = 1 << 29
    SELL_ROW = 1 << 28
    NO_FLAG = 1             # faults
    NO_SIDE = 2
    NO_KIND = 3
    BACK = 4
    OFF_GRID = 5
    NO_ROOM = 6             # out of memory: raised
    FETCHED = 32            # rows ahead that the memory is asked for

cdef extern from *:
    void prefetch "__builtin_prefetch"(const void* place) nogil  # what is none is passed over

cdef uint64_t AT_VENUE = 1 << 31, AT_STRATEGY = 1 << 30, BOTH = 3 << 30


cdef struct Row:            # pyrt.data.importers.hftbacktest.HFT_EVENT
    uint64_t ev
    int64_t exch_ts
    int64_t local_ts
    double px
    double qty
    uint64_t order_id
    int64_t ival
    double fval


cdef inline bint is_record(const Row* row) noexcept nogil:
    """Whether it is a trade, or a level with a side."""
    cdef int kind = row.ev & 0xFF
    return kind == TRADE_ROW or ((kind == DEPTH_ROW or kind == SNAPSHOT_ROW) and row.ev & (BUY_ROW | SELL_ROW) != 0)


cdef inline bint of_one_message(const Row* row, const Row* other) noexcept nogil:
    return row.exch_ts == other.exch_ts and row.local_ts == other.local_ts and other.ev & 0xFF != TRADE_ROW


cdef inline uint8_t side_of(const Row* row) noexcept nogil:
    """BUY, SELL or neither, without a branch that nobody can foresee."""
    cdef uint64_t buy = row.ev >> 29 & 1, sell = row.ev >> 28 & 1
    return <uint8_t>(buy | (sell & ~buy) << 1)


cdef class Converter(Source):
    """Turn rows into records.

    Parameters
    ----------
    rows : uint8[64 * n]
        Rows as bytes.
    grids : (int, int, int, int)
        Tick mantissa and exponent, lot mantissa and exponent.
    instrument : int
        Of the records.
    usual : int
        A step in time from row to row that is no leap, ns.

    Attributes
    ----------
    fault, bad : int
        What is wrong (1 of neither side, 2 a level without a side, 3 an unknown kind, 4 local_ts goes back, 5 off the
        grid), and the row; 0 if nothing is.
    split : bool
        Some rows are for the venue alone or for the strategy alone.
    plain : bool
        Each row is a record, and they happened in the order in which they came, at times that can be: any stretch can
        be made for itself.
    leaps : (int, int, int)
        How many steps in time are longer than `usual`, the longest of them, and the row behind that.
    """

    cdef const unsigned char[::1] bytes
    cdef const Row* rows
    cdef Py_ssize_t row_count
    cdef Ladder sides[2]
    cdef Grid tick
    cdef Grid lot
    cdef uint32_t instrument
    cdef bint clears         # rows clear a book that is there
    cdef Record* out
    cdef Py_ssize_t count
    cdef Record* last_delta  # of the message at hand
    cdef readonly Py_ssize_t bad
    cdef readonly int fault
    cdef readonly bint split
    cdef readonly bint plain
    cdef readonly (int64_t, int64_t, Py_ssize_t) leaps

    def __cinit__(self, const unsigned char[::1] rows not None, grids, instrument, int64_t usual=LLONG_MAX):
        self.bytes, self.row_count = rows, rows.shape[0] // <Py_ssize_t>sizeof(Row)
        self.rows = <const Row*>&rows[0] if self.row_count else NULL
        self.tick.mantissa, self.tick.scale = grids[0], POWERS[<int>grids[1]]
        self.lot.mantissa, self.lot.scale = grids[2], POWERS[<int>grids[3]]
        self.instrument = instrument
        begin_ladder(&self.sides[0])
        begin_ladder(&self.sides[1])
        with nogil:
            self._look(usual)

    def __dealloc__(self):
        free_ladder(&self.sides[0])
        free_ladder(&self.sides[1])

    cdef int _fail(self, int fault, Py_ssize_t row) noexcept nogil:
        self.fault, self.bad = fault, row
        return -1

    cdef int _look(self, int64_t usual) noexcept nogil:
        """Find what is wrong, and what must be thought of: one reading of rows that mostly are as they should be."""
        cdef const Row* row
        cdef Py_ssize_t i, longest_at = 0
        cdef int64_t before = LLONG_MIN, happened = -LATEST, count = 0, longest = 0, step, now
        cdef bint begun = False, in_order = True
        cdef int kind
        self.plain = True
        for i in range(self.row_count):
            row = &self.rows[i]
            prefetch(row + FETCHED)
            kind = row.ev & 0xFF
            if row.ev & BOTH != BOTH or not is_record(row) or row.local_ts < before:
                self.plain = False
                if self._look_at(i, before, begun) < 0:
                    return -1
            begun = begun or kind == DEPTH_ROW or kind == SNAPSHOT_ROW
            now = min(row.exch_ts, row.local_ts)
            in_order = in_order and now >= happened and row.local_ts <= LATEST
            happened = now
            if row.ev & AT_STRATEGY:
                step = row.local_ts - before
                before = row.local_ts
                if step > usual and i > 0:
                    count += 1
                    if step > longest:
                        longest, longest_at = step, i
        self.plain = self.plain and in_order
        self.leaps = (count, longest, longest_at)
        return 0

    cdef int _look_at(self, Py_ssize_t i, int64_t before, bint begun) noexcept nogil:
        """A row that is not as most are."""
        cdef const Row* row = &self.rows[i]
        cdef int kind = row.ev & 0xFF
        if not row.ev & BOTH:
            return self._fail(NO_FLAG, i)
        if row.ev & BOTH != BOTH:
            self.split = True
        if kind < DEPTH_ROW or kind > BBO_ROW:
            return self._fail(NO_KIND, i)
        if (kind == DEPTH_ROW or kind == SNAPSHOT_ROW) and not row.ev & (BUY_ROW | SELL_ROW):
            return self._fail(NO_SIDE, i)
        if row.ev & AT_STRATEGY and row.local_ts < before:
            return self._fail(BACK, i)
        self.clears = self.clears or (kind == CLEAR_ROW and begun)
        return 0

    def stretch(self, Py_ssize_t begin, unsigned char[::1] out not None):
        """Write the records of plain rows from one on, as many as there is room for and rows are."""
        cdef Py_ssize_t count = min(self.row_count - begin, out.shape[0] // <Py_ssize_t>sizeof(Record))
        if count > 0:
            with nogil:
                self.make(begin, count, <Record*>&out[0], NULL)
        return max(count, 0)

    cdef void make(self, Py_ssize_t row, Py_ssize_t count, Record* out, Ring* ring) noexcept nogil:
        cdef const Row* source = &self.rows[row]
        cdef Record* record = out
        cdef Change* change
        cdef Grid tick = self.tick, lot = self.lot  # here they stay in registers
        cdef Py_ssize_t i
        cdef bint ends, trade
        for i in range(count):
            prefetch(source + FETCHED)
            trade = source.ev & 0xFF == TRADE_ROW
            ends = not trade and (row + i + 1 == self.row_count or not of_one_message(source, source + 1))
            record.stamp, record.event_time, record.instrument = row + i, source.exch_ts, self.instrument
            record.kind = codes.TRADE if trade else codes.DELTA
            record.side = side_of(source)
            record.flags = codes.LAST if ends else 0
            record.words[0].i, record.words[1].d, record.words[2].d = source.local_ts, source.px, source.qty
            record.words[3].i = record.words[4].i = 0
            if ring != NULL:
                change = &ring.changes[ring.end & (RING - 1)]
                change.event_time, change.received, change.kind = source.exch_ts, source.local_ts, record.kind
                change.instrument = <uint16_t>self.instrument
                change.bits = GOOD | note_steps(
                    change, trade, record.side, source.px, source.qty, ends, &tick, &lot
                )
                note_kind(ring, ring.end, record.kind)
                ring.end += 1
            source += 1
            record += 1

    def size(self):
        """Return how many records there can be, -1 if a number is off the grid: `bad` says of which row."""
        cdef int done
        if not self.clears:
            return self.row_count
        with nogil:
            done = self._convert(NULL)
        return self.count if self._went(done) else -1

    def fill(self, unsigned char[::1] out not None):
        """Write the records; the bytes that were needed, or -1 if a number is off the grid."""
        cdef int done = 0
        if self.plain:
            self.count = self.stretch(0, out)
        elif out.shape[0]:
            with nogil:
                done = self._convert(<Record*>&out[0])
        return self.count * <Py_ssize_t>sizeof(Record) if self._went(done) else -1

    cdef bint _went(self, int done) except -1:
        if done < 0 and self.fault == NO_ROOM:
            raise MemoryError
        return done == 0

    cdef int _convert(self, Record* out) noexcept nogil:
        cdef const Row* row
        cdef Py_ssize_t i = 0, end
        cdef int kind
        self.out, self.count, self.last_delta = out, 0, NULL
        clear_ladder(&self.sides[0])
        clear_ladder(&self.sides[1])
        while i < self.row_count:
            row = &self.rows[i]
            kind = row.ev & 0xFF
            if self.last_delta != NULL and (kind == TRADE_ROW or not self._of_message(row)):
                self._end_message()
            if kind == TRADE_ROW:
                self._add(row, codes.TRADE, 0, row.px, row.qty)
            elif self.clears and (kind == CLEAR_ROW or kind == SNAPSHOT_ROW):
                end = self._end_of_snapshot(i)
                if end > i:
                    if self._on_snapshot(i, end) < 0:
                        return -1
                    i = end
                    continue
                if self._on_level(i, row) < 0:
                    return -1
            elif (kind == DEPTH_ROW or kind == SNAPSHOT_ROW) and self._on_level(i, row) < 0:
                return -1
            i += 1
        self._end_message()
        return 0

    cdef bint _of_message(self, const Row* row) noexcept nogil:
        return self.last_delta.event_time == row.exch_ts and self.last_delta.words[0].i == row.local_ts

    cdef void _end_message(self) noexcept nogil:
        if self.last_delta != NULL:
            self.last_delta.flags |= codes.LAST
            self.last_delta = NULL

    cdef int _on_level(self, Py_ssize_t i, const Row* row) noexcept nogil:
        if self.clears and self._keep(i, row) < 0:
            return -1
        self._add(row, codes.DELTA, 0, row.px, row.qty)
        return 0

    cdef int _keep(self, Py_ssize_t i, const Row* row) noexcept nogil:
        cdef int64_t ticks = 0, lots = 0
        cdef int side = 0 if row.ev & BUY_ROW else 1
        if (
            to_steps(row.px, &self.tick, &ticks) != ON_GRID
            or to_steps(row.qty, &self.lot, &lots) != ON_GRID
        ):
            return self._fail(OFF_GRID, i)
        return 0 if set_level(&self.sides[side], rank_of(side, ticks), lots) == 0 else self._fail(NO_ROOM, i)

    cdef Py_ssize_t _end_of_snapshot(self, Py_ssize_t begin) noexcept nogil:
        """Behind the last row of a snapshot that begins here; `begin` itself if nothing in it clears."""
        cdef Py_ssize_t end = begin
        cdef int kind
        cdef bint clears = False
        while end < self.row_count:
            kind = self.rows[end].ev & 0xFF
            if kind != CLEAR_ROW and kind != SNAPSHOT_ROW:
                break
            if self.rows[end].exch_ts != self.rows[begin].exch_ts:
                break
            if self.rows[end].local_ts != self.rows[begin].local_ts:
                break
            clears = clears or kind == CLEAR_ROW
            end += 1
        return end if clears else begin

    cdef int _on_snapshot(self, Py_ssize_t begin, Py_ssize_t end) noexcept nogil:
        cdef const Row* row = &self.rows[begin]
        cdef Py_ssize_t i
        cdef int64_t rank
        cdef int side
        for i in range(begin, end):
            if (
                self._clear(i, &self.rows[i]) if self.rows[i].ev & 0xFF == CLEAR_ROW else self._keep(i, &self.rows[i])
            ) < 0:
                return -1
        # A level that cannot be begins it: the book is emptied even if nothing is left.
        self._add(row, codes.DELTA, codes.SNAPSHOT, 0.0, 0.0)
        self._set_side(codes.BUY)
        for side in range(2):
            rank = rank_above(&self.sides[side], NO_RANK)
            while rank != NO_RANK:
                self._add(
                    row, codes.DELTA, codes.SNAPSHOT, to_double(rank_of(side, rank), &self.tick),
                    to_double(size_at(&self.sides[side], rank), &self.lot),
                )
                self._set_side(side + 1)
                rank = rank_above(&self.sides[side], rank)
        self._end_message()
        return 0

    cdef void _set_side(self, int side) noexcept nogil:
        if self.last_delta != NULL and self.out != NULL:
            self.last_delta.side = side

    cdef int _clear(self, Py_ssize_t i, const Row* row) noexcept nogil:
        """Levels of a side from the best to a price go, all of them without a price; of no side: both."""
        cdef int side
        cdef int64_t ticks = 0
        cdef Ladder* ladder
        for side in range(2):
            if row.ev & (BUY_ROW | SELL_ROW) and not row.ev & (SELL_ROW if side else BUY_ROW):
                continue
            ladder = &self.sides[side]
            if not row.ev & (BUY_ROW | SELL_ROW) or not isfinite(row.px):
                clear_ladder(ladder)
                continue
            to_steps(row.px, &self.tick, &ticks)  # the nearest, if it lies between two
            while ladder.best != NO_RANK and ladder.best >= rank_of(side, ticks):
                if set_level(ladder, ladder.best, 0) < 0:
                    return self._fail(NO_ROOM, i)
        return 0

    cdef void _add(self, const Row* row, uint8_t kind, uint16_t flags, double price, double qty) noexcept nogil:
        cdef Record* record
        cdef Record spare
        record = &spare if self.out == NULL else &self.out[self.count]
        memset(record, 0, sizeof(Record))
        record.stamp, record.event_time, record.instrument = <uint64_t>self.count, row.exch_ts, self.instrument
        record.kind, record.flags = kind, flags
        record.side = side_of(row)
        record.words[0].i, record.words[1].d, record.words[2].d = row.local_ts, price, qty
        if kind == codes.DELTA:
            self.last_delta = NULL if self.out == NULL else record
        self.count += 1
