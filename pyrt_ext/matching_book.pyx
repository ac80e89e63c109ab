"""What a simulated venue keeps: ``matching_book.pxd`` is the contract."""

from libc.limits cimport LLONG_MAX
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memmove

from .matching_ladder cimport size_at
from .rows cimport with_room


cdef inline Py_ssize_t _slot_of(const Orders* table, uint64_t id) noexcept nogil:
    """The slot that holds an id, or the free one where it belongs."""
    cdef Py_ssize_t mask = table.slot_count - 1, slot = home_of(id, table.slot_count)
    while table.slots[slot] >= 0 and table.orders[table.slots[slot]].id != id:
        slot = (slot + 1) & mask
    return slot


cdef int32_t find_order(const Orders* table, uint64_t id) noexcept nogil:
    return table.slots[_slot_of(table, id)] if table.slot_count else -1


cdef int _spread(Orders* table, Py_ssize_t slot_count) noexcept nogil:
    """Lay all ids into a larger table."""
    cdef Py_ssize_t i
    cdef int32_t* slots = <int32_t*>malloc(slot_count * sizeof(int32_t))
    if slots == NULL:
        return -1
    free(table.slots)
    table.slots, table.slot_count = slots, slot_count
    for i in range(slot_count):
        slots[i] = -1
    for i in range(table.count):
        slots[_slot_of(table, table.orders[i].id)] = <int32_t>i
    return 0


cdef int32_t add_order(Orders* table, const Order* order) noexcept nogil:
    cdef Order* orders = table.orders
    if table.count > 1 << 30:
        return -1
    orders = <Order*>with_room(orders, table.count, &table.room, sizeof(Order))
    if orders == NULL:
        return -1
    table.orders = orders
    if 2 * (table.count + 1) > table.slot_count and _spread(table, max(1024, 4 * table.slot_count)) < 0:
        return -1
    orders[table.count] = order[0]
    table.slots[_slot_of(table, order.id)] = <int32_t>table.count
    table.count += 1
    return <int32_t>(table.count - 1)


cdef Py_ssize_t first_entry(const Queue* queue, int64_t rank) noexcept nogil:
    cdef Py_ssize_t low = 0, high = queue.count, middle
    while low < high:
        middle = (low + high) >> 1
        if queue.entries[middle].rank < rank:
            low = middle + 1
        else:
            high = middle
    return low


cdef int enqueue(Queue* queue, int64_t rank, int32_t order) noexcept nogil:
    """Put an order behind all of its rank."""
    cdef Py_ssize_t place = first_entry(queue, rank)
    cdef Entry* entries = <Entry*>with_room(queue.entries, queue.count, &queue.room, sizeof(Entry))
    if entries == NULL:
        return -1
    queue.entries = entries
    memmove(entries + place + 1, entries + place, (queue.count - place) * sizeof(Entry))
    entries[place].rank, entries[place].order = rank, order
    queue.count += 1
    return 0


cdef void dequeue(Queue* queue, Py_ssize_t place) noexcept nogil:
    memmove(queue.entries + place, queue.entries + place + 1, (queue.count - place - 1) * sizeof(Entry))
    queue.count -= 1


cdef void to_back(Queue* queue, Py_ssize_t place) noexcept nogil:
    cdef Entry entry = queue.entries[place]
    cdef Py_ssize_t first = first_entry(queue, entry.rank)
    memmove(queue.entries + first + 1, queue.entries + first, (place - first) * sizeof(Entry))
    queue.entries[first] = entry


cdef int64_t displayed(const Market* market, int side, int64_t rank, bint quotes) noexcept nogil:
    """Lots before an order that joins at a rank."""
    if quotes and rank < market.sides[side].best:
        return LLONG_MAX  # behind a quote nothing is known
    return size_at(&market.sides[side], rank)
