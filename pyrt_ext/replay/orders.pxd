"""A strategy's live orders, oldest first, and what of them is on its way; rules: ``proto/MATCHING.md`` (The loop)."""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.stdlib cimport realloc
from libc.string cimport memmove, memset

from .. cimport abi, matching_codes as codes
from ..matching cimport Command

cdef enum:
    ALL_OF_PARENT = -1       # lots of an order that waits: what its parent has filled


cdef struct Live:            # beside its view, at the same place
    int64_t id
    int64_t lots
    int64_t filled
    int64_t group            # whose first fill cancels the others, 0: none
    int64_t parent           # the order that it waits for, 0: it waits for none
    int64_t trigger          # ticks that a modify asks for, 0: none
    bint canceling
    bint reduce_only
    Command command          # what is sent


cdef struct Orders:
    abi.OrderView* views
    Live* live
    Py_ssize_t count
    Py_ssize_t room
    Py_ssize_t waiting       # those with a parent
    Py_ssize_t tied          # those in a group, and standing exits


cdef inline bint is_exit(const Orders* orders, Py_ssize_t place) noexcept nogil:
    """Whether it reduces only and can rest: such an order ends with the position."""
    cdef const abi.OrderView* view = &orders.views[place]
    return orders.live[place].reduce_only and view.action != abi.MARKET and (view.tif == 0 or view.tif > 2)


cdef inline bint is_tied(const Orders* orders, Py_ssize_t place) noexcept nogil:
    return orders.live[place].group != 0 or is_exit(orders, place)


cdef inline Py_ssize_t find_order(const Orders* orders, int64_t id) noexcept nogil:
    """A live order's place, -1: it is gone. Ids grow."""
    cdef Py_ssize_t low = 0, high = orders.count, middle
    while low < high:
        middle = (low + high) >> 1
        if orders.views[middle].order_id < id:
            low = middle + 1
        else:
            high = middle
    return low if low < orders.count and orders.views[low].order_id == id else -1


cdef inline Py_ssize_t add_order(Orders* orders, const abi.OrderView* view, const Live* order) noexcept nogil:
    """An order is live from its request on; its place, -1: no memory."""
    cdef Py_ssize_t room = 2 * orders.room + 64, place = orders.count
    cdef void* grown
    if place == orders.room:
        grown = realloc(orders.views, room * sizeof(abi.OrderView))
        if grown == NULL:
            return -1
        orders.views = <abi.OrderView*>grown
        grown = realloc(orders.live, room * sizeof(Live))
        if grown == NULL:
            return -1
        orders.live = <Live*>grown
        orders.room = room
    orders.views[place], orders.live[place] = view[0], order[0]
    orders.count += 1
    orders.waiting += order.parent != 0
    orders.tied += is_tied(orders, place)
    return place


cdef inline void remove_order(Orders* orders, Py_ssize_t place) noexcept nogil:
    cdef Py_ssize_t behind = orders.count - place - 1
    orders.waiting -= orders.live[place].parent != 0
    orders.tied -= is_tied(orders, place)
    memmove(&orders.views[place], &orders.views[place + 1], behind * sizeof(abi.OrderView))
    memmove(&orders.live[place], &orders.live[place + 1], behind * sizeof(Live))
    orders.count -= 1


cdef inline bint is_under_way(const Orders* orders, Py_ssize_t place, uint32_t slot, uint8_t side) noexcept nogil:
    cdef const abi.OrderView* view = &orders.views[place]
    return view.slot == slot and view.side == side and orders.live[place].parent == 0


cdef inline int64_t left_of(const Orders* orders, Py_ssize_t place) noexcept nogil:
    return orders.live[place].lots - orders.live[place].filled


cdef inline int64_t on_its_way(
    const Orders* orders, uint32_t slot, uint8_t side, int64_t own_group, bint exits
) noexcept nogil:
    """Lots of a side that may yet fill: of a group the most, of `own_group` none, standing exits if `exits`."""
    cdef int64_t total = 0, most, group
    cdef Py_ssize_t place, earlier
    for place in range(orders.count):
        group = orders.live[place].group
        if not is_under_way(orders, place, slot, side) or (not exits and is_exit(orders, place)):
            continue
        if group == 0:
            total += left_of(orders, place)
        elif group != own_group:
            most = 0
            for earlier in range(place):
                if (
                    orders.live[earlier].group == group and is_under_way(orders, earlier, slot, side)
                    and (exits or not is_exit(orders, earlier))
                ):
                    most = max(most, left_of(orders, earlier))
            total += max(0, left_of(orders, place) - most)
    return total
