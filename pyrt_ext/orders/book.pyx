"""A book of orders: ``book.pxd`` is its contract."""

from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memmove, memset

from .. cimport matching_codes as codes
from ..matching_book cimport home_of
from ..matching_ladder cimport Ladder, clear_ladder, rank_of, set_level
from ..matching_numbers cimport ON_GRID, Grid, to_steps
from ..matching_register cimport Record
from ..rows cimport with_room

cdef enum:                  # actions of order records
    ADD = 1
    MODIFY = 2
    DELETE = 3
    EXECUTE = 4


cdef int open_book(OrderBook* book) noexcept nogil:
    memset(book, 0, sizeof(OrderBook))
    book.free_one, book.slot_count = -1, 1024
    book.slots = <Py_ssize_t*>calloc(book.slot_count, sizeof(Py_ssize_t))
    return -1 if book.slots == NULL else 0


cdef void close_book(OrderBook* book) noexcept nogil:
    free(book.sides[0].lines)
    free(book.sides[1].lines)
    free(book.orders)
    free(book.slots)


cdef void empty_book(OrderBook* book) noexcept nogil:
    book.sides[0].count = book.sides[1].count = book.order_count = book.live = 0
    book.free_one = -1
    memset(book.slots, 0, book.slot_count * sizeof(Py_ssize_t))


cdef Contradiction tell(
    OrderBook* book, const Record* record, const Grid* tick, const Grid* lot, Told* told
) noexcept nogil:
    """Apply a record of an order."""
    cdef int action = record.flags & 0xFF
    cdef int64_t ticks = 0, lots = 0
    cdef Py_ssize_t at
    cdef Resting* order
    memset(told, 0, sizeof(Told))
    if record.flags & codes.SNAPSHOT and not book.in_snapshot:
        empty_book(book)
        told.emptied = True
    book.in_snapshot = record.flags & codes.SNAPSHOT != 0
    if action == DELETE and record.side == 0 and record.words[3].u == 0 and book.in_snapshot:
        empty_book(book)  # and that is all; the engine begins every snapshot so, another one right after it too
        told.emptied = True
        return <Contradiction>0
    if record.side < 1 or record.side > 2 or action < ADD or action > EXECUTE:
        return NO_ACTION
    if to_steps(record.words[2].d, lot, &lots) != ON_GRID or lots < 0:
        return OFF_THE_GRID
    if action != DELETE and to_steps(record.words[1].d, tick, &ticks) != ON_GRID:
        return OFF_THE_GRID
    if action <= MODIFY and lots == 0:
        return OFF_THE_GRID
    at = _find(book, record.words[3].u, record.words[4].u)
    if action == ADD:
        told.side, told.rank, told.lots = record.side - 1, rank_of(record.side - 1, ticks), lots
        if at >= 0:
            return KNOWN
        return NO_ROOM if _add(book, record, told.rank, lots) < 0 else <Contradiction>0
    if at < 0:
        return UNKNOWN
    order = &book.orders[at]
    told.side, told.was_rank, told.was_lots, told.was_joined = order.side, order.rank, order.lots, order.joined
    told.was_left, told.rank = left_of(order), order.rank
    if action == MODIFY:
        told.rank, told.lots = rank_of(order.side, ticks), lots
        return NO_ROOM if _modify(book, at, told.rank, lots) < 0 else <Contradiction>0
    if lots > order.lots:
        return TOO_MUCH
    if lots == 0:
        lots = order.lots
    if action == EXECUTE:
        told.executed, told.price = lots, ticks
    told.lots = order.lots - lots
    if told.lots == 0:
        _remove(book, at)
    else:
        _resize(book, at, told.lots)
    return <Contradiction>0


cdef int mirror(const OrderBook* book, const Told* told, Ladder* sides) noexcept nogil:
    if told.emptied:
        clear_ladder(&sides[0])
        clear_ladder(&sides[1])
    if told.was_lots and told.was_rank != told.rank and set_level(
        &sides[told.side], told.was_rank, lots_at(book, told.side, told.was_rank)
    ) < 0:
        return -1
    if told.was_lots == 0 and told.lots == 0:
        return 0
    return set_level(&sides[told.side], told.rank, lots_at(book, told.side, told.rank))


# ---- orders ---------------------------------------------------------------------------------------------------------

cdef int _add(OrderBook* book, const Record* record, int64_t rank, int64_t lots) noexcept nogil:
    cdef Resting* orders = book.orders
    cdef Py_ssize_t at = book.free_one
    if _line_room(&book.sides[record.side - 1]) < 0:
        return -1
    if 2 * (book.live + 1) > book.slot_count and _spread(book) < 0:
        return -1
    if at >= 0:
        book.free_one = orders[at].behind
    else:
        orders = <Resting*>with_room(orders, book.order_count, &book.order_room, sizeof(Resting))
        if orders == NULL:
            return -1
        book.orders, at = orders, book.order_count
        book.order_count += 1
    orders[at].low, orders[at].high = record.words[3].u, record.words[4].u
    orders[at].side = record.side - 1
    book.slots[_slot(book, record.words[3].u, record.words[4].u)] = at + 1
    book.live += 1
    _join(book, at, rank, lots)
    return 0


cdef void _join(OrderBook* book, Py_ssize_t at, int64_t rank, int64_t lots) noexcept nogil:
    """An order comes to the back of a line, for which there is room."""
    cdef Resting* order = &book.orders[at]
    cdef Line* line = _line(&book.sides[order.side], rank)
    order.rank, order.lots, order.before, order.behind = rank, lots, line.last, -1
    order.joined, order.taken = book.joins, 0
    book.joins += 1
    if line.last >= 0:
        book.orders[line.last].behind = at
    else:
        line.first = at
    line.last = at
    line.lots += lots


cdef void _leave(OrderBook* book, Py_ssize_t at) noexcept nogil:
    """An order leaves its line; the last one takes the line along."""
    cdef Resting* order = &book.orders[at]
    cdef Lines* side = &book.sides[order.side]
    cdef Py_ssize_t place = find_line(book, order.side, order.rank)
    cdef Line* line = &side.lines[place]
    line.lots -= order.lots
    if order.before >= 0:
        book.orders[order.before].behind = order.behind
    else:
        line.first = order.behind
    if order.behind >= 0:
        book.orders[order.behind].before = order.before
    else:
        line.last = order.before
    if line.first < 0:
        memmove(line, line + 1, (side.count - place - 1) * sizeof(Line))
        side.count -= 1


cdef void _remove(OrderBook* book, Py_ssize_t at) noexcept nogil:
    cdef Py_ssize_t slot = _slot(book, book.orders[at].low, book.orders[at].high), other, home
    cdef Py_ssize_t mask = book.slot_count - 1
    _leave(book, at)
    other = slot
    while True:  # what was displaced by it moves up, so that nothing is searched for behind a gap
        other = (other + 1) & mask
        if book.slots[other] == 0:
            break
        home = home_of(book.orders[book.slots[other] - 1].low, book.slot_count)
        if ((other - home) & mask) >= ((other - slot) & mask):
            book.slots[slot] = book.slots[other]
            slot = other
    book.slots[slot] = 0
    book.orders[at].behind, book.free_one = book.free_one, at
    book.live -= 1


cdef int _modify(OrderBook* book, Py_ssize_t at, int64_t rank, int64_t lots) noexcept nogil:
    """Less at the same price keeps the place; anything else goes to the back."""
    if rank == book.orders[at].rank and lots <= book.orders[at].lots:
        _resize(book, at, lots)
        return 0
    if _line_room(&book.sides[book.orders[at].side]) < 0:
        return -1
    _leave(book, at)
    _join(book, at, rank, lots)
    return 0


cdef void _resize(OrderBook* book, Py_ssize_t at, int64_t lots) noexcept nogil:
    cdef Py_ssize_t place = find_line(book, book.orders[at].side, book.orders[at].rank)
    book.sides[book.orders[at].side].lines[place].lots += lots - book.orders[at].lots
    book.orders[at].lots = lots


# ---- found by id, and by price --------------------------------------------------------------------------------------

cdef Py_ssize_t _slot(const OrderBook* book, uint64_t low, uint64_t high) noexcept nogil:
    """The slot that holds an id, or the free one where it belongs."""
    cdef Py_ssize_t slot = home_of(low, book.slot_count)
    while book.slots[slot] and not (
        book.orders[book.slots[slot] - 1].low == low and book.orders[book.slots[slot] - 1].high == high
    ):
        slot = (slot + 1) & (book.slot_count - 1)
    return slot


cdef inline Py_ssize_t _find(const OrderBook* book, uint64_t low, uint64_t high) noexcept nogil:
    return book.slots[_slot(book, low, high)] - 1


cdef int _spread(OrderBook* book) noexcept nogil:
    """Lay all ids into a larger table."""
    cdef Py_ssize_t* old = book.slots
    cdef Py_ssize_t count = book.slot_count, i
    cdef Py_ssize_t* slots = <Py_ssize_t*>calloc(4 * count, sizeof(Py_ssize_t))
    if slots == NULL:
        return -1
    book.slots, book.slot_count = slots, 4 * count
    for i in range(count):
        if old[i]:
            slots[_slot(book, book.orders[old[i] - 1].low, book.orders[old[i] - 1].high)] = old[i]
    free(old)
    return 0


cdef Py_ssize_t _first_line(const Lines* side, int64_t rank) noexcept nogil:
    """The first of at least that rank."""
    cdef Py_ssize_t low = 0, high = side.count, middle
    while low < high:
        middle = (low + high) >> 1
        if side.lines[middle].rank < rank:
            low = middle + 1
        else:
            high = middle
    return low


cdef Py_ssize_t find_line(const OrderBook* book, int side, int64_t rank) noexcept nogil:
    cdef Py_ssize_t place = _first_line(&book.sides[side], rank)
    return place if place < book.sides[side].count and book.sides[side].lines[place].rank == rank else -1


cdef int _line_room(Lines* side) noexcept nogil:
    """Room for another line."""
    cdef Line* lines = <Line*>with_room(side.lines, side.count, &side.room, sizeof(Line))
    if lines == NULL:
        return -1
    side.lines = lines
    return 0


cdef Line* _line(Lines* side, int64_t rank) noexcept nogil:
    """A line, made if it is not there; there must be room."""
    cdef Py_ssize_t place = _first_line(side, rank)
    cdef Line* lines = side.lines
    if place < side.count and lines[place].rank == rank:
        return &lines[place]
    memmove(lines + place + 1, lines + place, (side.count - place) * sizeof(Line))
    side.count += 1
    lines[place].rank, lines[place].lots, lines[place].first, lines[place].last = rank, 0, -1, -1
    return &lines[place]
