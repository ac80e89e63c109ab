"""The state of a run between two stretches, as bytes, and back: what a session's snapshots are made of.

Every field is named once, for both ways. Terms of the run (grids, rules, handlers, latencies) are no state, and what
strategies and the memory around them hold is their hosts': ``pyrt.backtest.sessions``.
"""

from libc.stdint cimport int64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy, memset

from .. cimport abi
from ..accounts.margin cimport MarginAccount, Series, Stand
from ..accounts.venue cimport VenueTerms
from ..costs cimport Tally
from ..matching cimport Answer, Matcher
from ..matching_book cimport Entry, List, Market as Venue, Order, Queue
from ..matching_ladder cimport (
    NO_RANK, Ladder, begin_ladder, clear_ladder, level_at, level_count, rank_below, set_level,
)
from ..matching_ledger cimport Ledger, Row
from ..matching_register cimport Fault
from ..matching_run cimport Arrival, Timeline
from ..orders.book cimport Line, OrderBook, Resting
from ..orders.venue cimport OrderVenue, Place
from ..rows cimport Rows
from .bars cimport Maker
from .calls cimport Caller
from .desk cimport Desk
from .keeper cimport Keeper
from .loop cimport Replay
from .orders cimport Live
from .player cimport Player
from .sight cimport Market

cdef int64_t VERSION = 6     # of the order of fields


cdef class Tape:
    """Bytes that are written, or read."""

    cdef char* data
    cdef Py_ssize_t at
    cdef Py_ssize_t room
    cdef bint loading
    cdef object owner

    def __dealloc__(self):
        if not self.loading:
            free(self.data)

    cdef int block(self, void* place, Py_ssize_t size) except -1:
        """One field, or an array of a known length."""
        cdef void* grown
        if self.loading:
            if self.at + size > self.room:
                raise ValueError("the snapshot is of another run, or of another version of pyrt")
            memcpy(place, self.data + self.at, size)
        else:
            if self.at + size > self.room:
                grown = realloc(self.data, 2 * (self.at + size) + 4096)
                if grown == NULL:
                    raise MemoryError
                self.data, self.room = <char*>grown, 2 * (self.at + size) + 4096
            memcpy(self.data + self.at, place, size)
        self.at += size
        return 0

    cdef int array(self, void** data, Py_ssize_t* count, Py_ssize_t* room, Py_ssize_t size) except -1:
        """An array that grows."""
        cdef Py_ssize_t n = count[0]
        cdef void* grown
        self.block(&n, sizeof(n))
        if self.loading:
            if n < 0 or n * size > self.room - self.at:
                raise ValueError("the snapshot is of another run, or of another version of pyrt")
            if n > room[0]:
                grown = realloc(data[0], n * size)
                if grown == NULL:
                    raise MemoryError
                data[0], room[0] = grown, n
            count[0] = n
        return self.block(data[0], n * size) if n else 0

    cdef int rows(self, Rows* rows) except -1:
        return self.array(<void**>&rows.data, &rows.count, &rows.room, rows.size)

    cdef int ladder(self, Ladder* ladder) except -1:
        """The levels of a side from the best on, wherever they lie."""
        cdef int64_t level[3]
        cdef int64_t left = level_count(ladder), rank = ladder.best
        self.block(&left, sizeof(left))
        if self.loading:
            clear_ladder(ladder)
        while left > 0:
            if not self.loading:
                level[0], level[1], level[2] = rank, level_at(ladder, rank).size, level_at(ladder, rank).taken
                rank = rank_below(ladder, rank)
            self.block(level, sizeof(level))
            if self.loading:
                if level[0] == NO_RANK or level[1] == 0:
                    raise ValueError("the snapshot is of another run, or of another version of pyrt")
                if set_level(ladder, level[0], level[1]) < 0:
                    raise MemoryError
                level_at(ladder, level[0]).taken = level[2]
            left -= 1
        return 0

    cdef int stops(self, List* stops) except -1:
        return self.array(<void**>&stops.orders, &stops.count, &stops.room, sizeof(stops.orders[0]))

    cdef int orders(self, OrderBook* book) except -1:
        cdef Py_ssize_t room = book.slot_count
        cdef int side
        for side in range(2):
            self.array(
                <void**>&book.sides[side].lines, &book.sides[side].count, &book.sides[side].room, sizeof(Line)
            )
        self.array(<void**>&book.orders, &book.order_count, &book.order_room, sizeof(Resting))
        self.array(<void**>&book.slots, &book.slot_count, &room, sizeof(book.slots[0]))
        self.block(&book.free_one, sizeof(book.free_one))
        self.block(&book.live, sizeof(book.live))
        self.block(&book.joins, sizeof(book.joins))
        return self.block(&book.in_snapshot, sizeof(book.in_snapshot))

    cdef int queue(self, Queue* queue) except -1:
        return self.array(<void**>&queue.entries, &queue.count, &queue.room, sizeof(Entry))


cdef int carry_terms(Tape tape, VenueTerms* terms) except -1:
    tape.block(&terms.state, sizeof(terms.state))
    tape.block(&terms.order.random, sizeof(terms.order.random))
    tape.block(&terms.answer.random, sizeof(terms.answer.random))
    tape.block(&terms.last_answer, sizeof(terms.last_answer))
    return tape.array(<void**>&terms.tallies, &terms.tally_count, &terms.tally_room, sizeof(Tally))


cdef int carry_matcher(Tape tape, Matcher matcher) except -1:
    cdef Venue market
    cdef Venue* own
    cdef Py_ssize_t row, room = matcher.orders.slot_count
    cdef int side
    for row in range(matcher.market_count):
        own = &matcher.markets[row]
        market = own[0]
        for side in range(2):  # memory of one's own is no state
            begin_ladder(&market.sides[side])
            market.queues[side].entries = NULL
        market.waiting.orders, market.triggered.orders = NULL, NULL
        tape.block(&market, sizeof(Venue))
        for side in range(2):
            market.sides[side], market.queues[side] = own.sides[side], own.queues[side]
        market.waiting, market.triggered = own.waiting, own.triggered
        own[0] = market
        for side in range(2):
            tape.ladder(&own.sides[side])
            tape.queue(&own.queues[side])
        tape.stops(&own.waiting)
        tape.stops(&own.triggered)
    tape.array(<void**>&matcher.orders.orders, &matcher.orders.count, &matcher.orders.room, sizeof(Order))
    tape.array(
        <void**>&matcher.orders.slots, &matcher.orders.slot_count, &room, sizeof(matcher.orders.slots[0])
    )
    tape.rows(&matcher.deadlines)
    if matcher.terms != NULL:
        carry_terms(tape, matcher.terms)
    tape.array(<void**>&matcher.answers, &matcher.count, &matcher.room, sizeof(Answer))
    return tape.block(&matcher.stamp, sizeof(matcher.stamp))


cdef int carry_orders(Tape tape, OrderVenue venue) except -1:
    cdef Py_ssize_t row, count = min(venue.place_room, venue.orders.count)
    for row in range(venue.market_count):
        tape.orders(&venue.books[row])
        tape.rows(&venue.tapes[row])
    return tape.array(<void**>&venue.places, &count, &venue.place_room, sizeof(Place))


cdef int carry_timeline(Tape tape, Timeline timeline) except -1:
    """Records are not kept: who loads has given those from the strategy's next one on."""
    cdef Py_ssize_t at = timeline.first + timeline.at_strategy, ahead = timeline.at_venue - timeline.at_strategy
    tape.block(&at, sizeof(at))
    tape.block(&ahead, sizeof(ahead))
    if tape.loading:
        if at < timeline.first or at - timeline.first + ahead > timeline.record_count:
            raise ValueError("the records of the snapshot are not there")
        timeline.at_strategy = at - timeline.first
        timeline.at_venue = timeline.at_strategy + ahead
    tape.array(<void**>&timeline.arrivals, &timeline.arrival_count, &timeline.arrival_room, sizeof(Arrival))
    tape.block(&timeline.arrived, sizeof(timeline.arrived))
    tape.block(&timeline.answered, sizeof(timeline.answered))
    tape.block(&timeline.random, sizeof(timeline.random))
    tape.block(&timeline.last_sent, sizeof(timeline.last_sent))
    tape.block(&timeline.last_arrival, sizeof(timeline.last_arrival))
    tape.block(&timeline.last_time, sizeof(timeline.last_time))
    tape.block(&timeline.last_stamp, sizeof(timeline.last_stamp))
    tape.block(&timeline.last_happened, sizeof(timeline.last_happened))
    carry_matcher(tape, timeline.matcher)
    return carry_orders(tape, timeline.matcher) if timeline.matcher.rules.orders else 0


cdef int carry_ledger(Tape tape, Ledger ledger) except -1:
    tape.block(&ledger.cash, sizeof(ledger.cash))
    tape.block(&ledger.realized, sizeof(ledger.realized))
    tape.block(&ledger.fees, sizeof(ledger.fees))
    return tape.array(<void**>&ledger.rows, &ledger.row_count, &ledger.room, sizeof(Row))


cdef int carry_account(Tape tape, MarginAccount account) except -1:
    cdef Series own
    cdef Stand* stand
    cdef Py_ssize_t i
    for i in range(account.stand_count):
        stand = &account.stands[i]
        own = stand.borrow
        tape.block(stand, sizeof(Stand))
        stand.borrow = own
    for i in range(account.conversion_count):
        tape.block(&account.conversions[i].mantissa, sizeof(int64_t))
        tape.block(&account.conversions[i].scale, sizeof(int64_t))
        tape.block(&account.conversions[i].at, sizeof(Py_ssize_t))
        tape.block(&account.conversions[i].traded, sizeof(account.conversions[i].traded))
    tape.block(&account.cash, sizeof(account.cash))
    tape.block(&account.realized, sizeof(account.realized))
    tape.block(&account.fees, sizeof(account.fees))
    tape.block(&account.paid, sizeof(account.paid))
    tape.block(&account.held, sizeof(account.held))
    tape.block(&account.gross, sizeof(account.gross))
    tape.block(&account.open, sizeof(account.open))
    tape.block(&account.due_at, sizeof(account.due_at))
    tape.block(&account.moment_at, sizeof(account.moment_at))
    tape.block(&account.next_due, sizeof(account.next_due))
    tape.block(&account.day, sizeof(account.day))
    tape.block(&account.wake, sizeof(account.wake))
    tape.block(&account.point, sizeof(account.point))
    tape.block(&account.liquidating, sizeof(account.liquidating))
    tape.block(&account.attempted, sizeof(account.attempted))
    tape.block(&account.closing, sizeof(account.closing))
    tape.block(&account.closed, sizeof(account.closed))
    tape.block(&account.liquidations, sizeof(account.liquidations))
    tape.block(&account.refusals, sizeof(account.refusals))
    tape.rows(&account.payments)
    return tape.rows(&account.course)


cdef int carry_desk(Tape tape, Desk desk) except -1:
    cdef Market market
    cdef Market* own
    cdef Py_ssize_t slot, room = desk.orders.room, count = desk.orders.count
    cdef int side
    for slot in range(desk.slot_count):
        own = &desk.markets[slot]
        market = own[0]
        for side in range(2):
            begin_ladder(&market.sides[side])
        tape.block(&market, sizeof(Market))
        for side in range(2):
            market.sides[side] = own.sides[side]
        own[0] = market
        for side in range(2):
            tape.ladder(&own.sides[side])
        if desk.books != NULL:
            tape.orders(&desk.books[slot])
    tape.array(<void**>&desk.orders.live, &count, &room, sizeof(Live))
    room = desk.orders.room
    tape.array(<void**>&desk.orders.views, &desk.orders.count, &room, sizeof(abi.OrderView))
    desk.orders.room = room
    tape.block(&desk.stale, sizeof(desk.stale))
    tape.block(&desk.orders.waiting, sizeof(desk.orders.waiting))
    tape.block(&desk.orders.tied, sizeof(desk.orders.tied))
    tape.block(desk.bars.rows, desk.bars.count * sizeof(Maker))
    tape.block(&desk.bars.next_end, sizeof(desk.bars.next_end))
    tape.block(&desk.bars.late, sizeof(desk.bars.late))
    tape.block(&desk.bars.lag, sizeof(desk.bars.lag))
    tape.block(&desk.bars.unknown, sizeof(desk.bars.unknown))
    tape.block(&desk.counts, sizeof(desk.counts))
    tape.rows(&desk.signals)
    desk.context.orders = desk.orders.views
    if isinstance(desk, Keeper):
        carry_account(tape, (<Keeper>desk).account)
    return carry_ledger(tape, desk.ledger)


cdef int carry_player(Tape tape, Player player) except -1:
    cdef Caller caller = player
    tape.rows(&caller.timers)
    tape.block(&caller.timers_made, sizeof(caller.timers_made))
    tape.block(&caller.timers_from, sizeof(caller.timers_from))
    tape.block(&caller.orders_off, sizeof(caller.orders_off))
    tape.block(&caller.warming_up, sizeof(caller.warming_up))
    tape.block(&caller.now, sizeof(caller.now))
    tape.block(&caller.stamp, sizeof(caller.stamp))
    tape.block(&player.calls, sizeof(player.calls))
    tape.rows(&player.equity)
    return carry_desk(tape, player.desk)


cdef int carry(Tape tape, Replay replay) except -1:
    cdef int64_t version = VERSION, players = len(replay.players)
    tape.block(&version, sizeof(version))
    tape.block(&players, sizeof(players))
    if version != VERSION or players != len(replay.players):
        raise ValueError("the snapshot is of another run, or of another version of pyrt")
    tape.block(&replay.passed, sizeof(replay.passed))
    tape.block(&replay.reached, sizeof(replay.reached))
    tape.rows(&replay.log.commands)
    tape.rows(&replay.log.answers)
    tape.rows(&replay.equity)
    carry_timeline(tape, replay.timeline)
    for player in replay.players:
        carry_player(tape, player)
    return 0


def save(Replay replay not None):
    """Return a run's state as bytes; not of one that was stopped."""
    cdef Tape tape = Tape()
    carry(tape, replay)
    return tape.data[: tape.at]


cdef int forget_the_end(Replay replay) except -1:
    """What a run leaves that was stopped, or has come to its end, is no part of where it is put back to."""
    cdef Caller caller
    memset(&replay.timeline.matcher.fault, 0, sizeof(Fault))
    for caller in replay.players:
        caller.status, caller.site, caller.interrupt = abi.STATUS_OK, 0, None
        caller.desk.refused, caller.desk.closed = b"", False
        caller.desk.commands.count = caller.desk.timers.count = 0  # asked for by a call that failed later
    return 0


def load(Replay replay not None, bytes image not None):
    """Put a run of the same terms into a state that :func:`save` has returned.

    The records from the strategy's next one to the venue's must be there (:meth:`~pyrt_ext.replay.loop.Replay.supply`).

    Raises
    ------
    ValueError
        For bytes that cannot be of this run. It is then in no state to go on.
    """
    cdef Tape tape = Tape()
    tape.loading, tape.owner, tape.data, tape.room = True, image, image, len(image)
    forget_the_end(replay)
    carry(tape, replay)
    if tape.at != tape.room:
        raise ValueError("the snapshot is of another run, or of another version of pyrt")
