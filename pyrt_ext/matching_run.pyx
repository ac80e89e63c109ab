"""A run against a simulated venue: ``matching_run.pxd`` is its contract."""

from libc.limits cimport LLONG_MAX, LLONG_MIN
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memmove, memset

import numpy as np

from .accounts.venue cimport delayed
from .matching cimport Command, Matcher, Record
from .matching_changes cimport GOOD, LATEST, RING, Change, change_of, note_change, note_kind
from .matching_codes cimport FAULT_MEMORY, FAULT_TIME, FAULT_UNSORTED
from .matching_numbers cimport scaled_draw
from .orders.venue cimport OrderVenue
from .rows cimport Rows, bytes_of, first_time, keep, with_room


cdef _order_at_venue(const Record* records, Py_ssize_t count):
    """Places of records in the order in which they happened; None if that is the order in which they came."""
    cdef int64_t[::1] times
    cdef Py_ssize_t i
    cdef bint sorted = True
    with nogil:
        for i in range(1, count):
            if happened_at(&records[i]) < happened_at(&records[i - 1]):
                sorted = False
                break
    if sorted:
        return None
    times = np.empty(count, np.int64)
    for i in range(count):
        times[i] = happened_at(&records[i])
    return np.argsort(times, kind="stable").astype(np.int64, copy=False)


cdef class Timeline:
    """A run over records.

    Parameters
    ----------
    records : uint8[64 * n]
        EVENT records as bytes, sorted by (receive_time, stamp).
    grids : sequence of (int, int, int, int)
        Of each instrument: tick mantissa and exponent, lot mantissa and exponent.
    rules : dict
        The fields of ``Rules``.
    """

    def __cinit__(self, const unsigned char[::1] records not None, grids, rules):
        self.matcher = OrderVenue(grids, rules) if rules["orders"] else Matcher(grids, rules)
        self.ring.changes = <Change*>malloc(RING * sizeof(Change))
        self.ring.others = <Py_ssize_t*>malloc(RING * sizeof(Py_ssize_t))
        if self.ring.changes == NULL or self.ring.others == NULL:
            raise MemoryError
        self.owner = records
        self.record_count = records.shape[0] // <Py_ssize_t>sizeof(Record)
        if self.record_count:
            self.records = <const Record*>&records[0]
        self._take_order(-LATEST - 1, True)
        self.random = self.matcher.rules.seed
        self.last_sent = self.last_arrival = self.last_time = -LATEST
        self.last_happened = LLONG_MIN

    def __dealloc__(self):
        free(self.arrivals)
        free(self.buffer)
        free(self.ring.changes)
        free(self.ring.others)

    def supply(self, const unsigned char[::1] records not None, bint more, Py_ssize_t first=-1):
        """Go on with the records that follow; those that the strategy has not seen yet are kept.

        Parameters
        ----------
        records : uint8[64 * n]
            They may be none.
        more : bool
            Whether others will follow them.
        first : int
            Their first row in the run; then nothing is kept of what there was, as at a start.
        """
        cdef Py_ssize_t kept, n = records.shape[0]
        cdef int64_t happened = -LATEST - 1
        if first < 0 and self.at_venue:
            happened = happened_at(&self.records[self._place(self.at_venue - 1)])
        if not more and (first >= 0 or self.at_strategy == self.record_count):
            kept = self._go_on(0, &first)
            self.owner, self.records = records, <const Record*>&records[0] if n else NULL
        else:  # into memory of one's own, which is warm; what a reader of files gives is new each time
            kept = self._go_on(n, &first)
            if n:
                memcpy(self.buffer + kept, &records[0], n)
        self.record_count, self.more = (kept + n) // <Py_ssize_t>sizeof(Record), more
        self._take_order(happened, self.first == 0 and not more)

    def fill(self, Source source not None, Py_ssize_t count, bint more, Py_ssize_t first=-1):
        """Go on with records that are made when they are needed; else as :meth:`supply`.

        Parameters
        ----------
        source : Source
            Makes the records from a row of the run on, of instruments that the run has.
        count : int
            How many; at least one.
        """
        cdef bint at_once = first >= 0  # a state that is put back speaks of them
        self.record_count = self._go_on(count * <Py_ssize_t>sizeof(Record), &first) // <Py_ssize_t>sizeof(Record)
        self.source, self.left, self.later, self.trusted = source, count, more, True
        with nogil:
            self._note(self.record_count)
            self._make(count if at_once else BLOCK)

    cdef void _make(self, Py_ssize_t count) noexcept nogil:
        """Let the source make the next records, all others being noted."""
        cdef bint of_book = not self.matcher.rules.quotes and not self.matcher.rules.orders
        count = min(count, self.left)
        self.source.make(
            self.first + self.record_count, count, <Record*>self.buffer + self.record_count,
            &self.ring if of_book else NULL,
        )
        self.record_count += count
        self.left -= count
        self.more = self.left > 0 or self.later

    cdef Py_ssize_t _go_on(self, Py_ssize_t more, Py_ssize_t* first) except -1:
        """Begin with the records that the strategy has not seen, in a buffer with room for more bytes; theirs, kept."""
        cdef Py_ssize_t kept = 0
        cdef char* left = <char*>(self.records + self.at_strategy) if self.record_count else NULL
        cdef char* grown
        if first[0] < 0:
            kept = (self.record_count - self.at_strategy) * <Py_ssize_t>sizeof(Record)
            first[0] = self.first + self.at_strategy
            self.at_venue -= self.at_strategy
        else:
            self.at_venue = 0
        if kept + more > self.buffer_room:
            grown = <char*>malloc(kept + more)
            if grown == NULL:
                raise MemoryError
            if kept:
                memcpy(grown, left, kept)
            free(self.buffer)
            self.buffer, self.buffer_room = grown, kept + more
        elif kept:
            memmove(self.buffer, left, kept)  # it may lie there already
        self.records, self.owner = <const Record*>self.buffer, None
        self.order_owner, self.venue_order = None, NULL
        self.at_strategy = self.loud = self.passed_from = self.passed_to = 0
        self.ring.end = self.ring.other = self.ring.other_count = 0
        self.first, self.trusted, self.left = first[0], False, 0
        return kept

    cdef void tell_of_all_but(self, uint64_t kinds) noexcept nogil:
        """Say which records steps pass over from now on."""
        self.quiet, self.loud, self.ring.other = kinds, self.at_strategy, 0

    @property
    def shown(self):
        """How many records of the run the strategy has seen."""
        return self.first + self.at_strategy

    @property
    def seen(self):
        """How many the venue has seen."""
        return self.first + self.at_venue

    @property
    def supplied(self):
        """How many there were so far."""
        return self.first + self.record_count

    cdef _take_order(self, int64_t happened, bint whole):
        """Find the order of records of a recorded feed at the venue, which has seen what `happened` until then."""
        cdef const int64_t[::1] places
        self.order_owner, self.venue_order = None, NULL
        if not self.matcher.rules.recorded or self.record_count == 0:
            return
        order = _order_at_venue(self.records, self.record_count)
        back = self.at_venue < self.record_count and happened_at(&self.records[self.at_venue]) < happened
        if not whole and (order is not None or back):
            raise ValueError(
                "records of a recorded feed that come in parts must come in the order in which they happened; these "
                "overtake each other: run them as a whole, or with a constant feed_latency_ns"
            )
        if order is not None:
            places = self.order_owner = order
            self.venue_order = &places[0]

    cdef inline Py_ssize_t _place(self, Py_ssize_t at) noexcept nogil:
        """Of the record that the venue sees so late."""
        return at if self.venue_order == NULL else self.venue_order[at]

    cdef bint idle(self) noexcept nogil:
        """Whether nothing will happen any more without the strategy."""
        return (
            not self.more
            and self.at_strategy == self.record_count
            and self.arrived == self.arrival_count
            and self.answered == self.matcher.count
        )

    cdef int send(self, const Command* command) noexcept nogil:
        """Send a command at its own time."""
        cdef Arrival* arrivals = self.arrivals
        cdef int64_t arrival = command.time
        cdef uint64_t x
        self.matcher.fault.of_command = True
        if command.time < -LATEST or command.time > LATEST:
            return self.matcher.fail(FAULT_TIME, command.client_order_id, "", command.time)
        if command.time < self.last_sent:
            self.matcher.fault.before = self.last_sent
            return self.matcher.fail(FAULT_UNSORTED, command.client_order_id, "", command.time)
        self.last_sent = command.time
        if self.matcher.terms == NULL:
            arrival += self.matcher.rules.order_latency
        else:
            arrival += delayed(&self.matcher.terms.order, arrival, self.matcher.rules.order_latency)
        if self.matcher.rules.jitter:
            self.random += <uint64_t>0x9E3779B97F4A7C15
            x = (self.random ^ (self.random >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
            x = (x ^ (x >> 27)) * <uint64_t>0x94D049BB133111EB
            arrival += scaled_draw(x ^ (x >> 31), self.matcher.rules.jitter)
        self.last_arrival = max(self.last_arrival, arrival)
        if self.arrival_count == self.arrival_room:
            if self.arrived > self.arrival_room // 2:
                self.arrival_count -= self.arrived
                memmove(arrivals, arrivals + self.arrived, self.arrival_count * sizeof(Arrival))
                self.arrived = 0
            else:
                arrivals = <Arrival*>with_room(arrivals, self.arrival_count, &self.arrival_room, sizeof(Arrival))
                if arrivals == NULL:
                    return self.matcher.fail(FAULT_MEMORY, 0, "", 0)
                self.arrivals = arrivals
        arrivals[self.arrival_count].time = self.last_arrival
        arrivals[self.arrival_count].command = command[0]
        self.arrival_count += 1
        self.matcher.fault.of_command = False
        return 0

    cdef Step step(self, int64_t timer) noexcept nogil:
        """Let the venue work up to what reaches the strategy next, or to the strategy's timer."""
        cdef int64_t venue, command, answer, record, expiry, soonest
        cdef Py_ssize_t end
        self.passed_from = self.passed_to = self.at_strategy
        if self.answered == self.matcher.count:  # all answers are taken: their memory is used again
            self.answered = self.matcher.count = 0
        if self._goes_straight_on(timer):
            self.record = &self.records[self.at_strategy]
            if self.matcher.rules.recorded and in_order(self, self.record) < 0:
                return STEP_FAULT
            self.at_strategy += 1
            return STEP_RECORD
        if self.matcher.fault.kind:
            return STEP_FAULT
        while True:
            venue = command = answer = record = LLONG_MAX
            end = look_ahead(self)
            if self.at_venue < self.record_count:
                venue = time_at_venue(self, &self.records[self._place(self.at_venue)])
            elif self.left:
                self._make(BLOCK)
                continue
            elif self.more:
                return STEP_FAULT if self._pass_over(self._surely_over()) < 0 else STEP_SUPPLY
            if self.arrived < self.arrival_count:
                command = self.arrivals[self.arrived].time
            if self.answered < self.matcher.count:
                answer = self.matcher.answers[self.answered].record.words[0].i
            if self.loud < min(end, known(self)):
                record = time_of(&self.records[self.loud])
            expiry = first_time(&self.matcher.deadlines, LLONG_MAX)
            soonest = min(command, answer, record, timer)
            if venue < LLONG_MAX and venue <= min(expiry, soonest):
                if run_ahead(self, self.matcher, end, min(expiry, soonest)) < 0:
                    return STEP_FAULT
            elif expiry <= soonest and (min(venue, soonest) < LLONG_MAX or expiry <= self._last_quiet()):
                # What would outlive all else does not come.
                if self.matcher.expire() < 0:
                    return STEP_FAULT
            elif command < LLONG_MAX and command <= min(answer, record, timer):
                if self.matcher.on_command(&self.arrivals[self.arrived].command, command) < 0:
                    return STEP_FAULT
                self.arrived += 1
            elif answer < LLONG_MAX and answer <= min(record, timer):
                if self._pass_over(answer) < 0:
                    return STEP_FAULT
                self.answer = &self.matcher.answers[self.answered]
                self.record = &self.answer.record
                self.answered += 1
                return STEP_ANSWER
            elif record < LLONG_MAX and record <= timer:
                self.record = &self.records[self.loud]
                if self.at_strategy < self.loud and self._pass_over(LLONG_MAX) < 0:
                    return STEP_FAULT
                if self.matcher.rules.recorded and in_order(self, self.record) < 0:
                    return STEP_FAULT
                self.at_strategy += 1
                return STEP_RECORD
            elif self._pass_over(timer + (timer < LLONG_MAX)) < 0:
                return STEP_FAULT
            else:
                return STEP_TIMER if timer < LLONG_MAX else STEP_END

    cdef bint _goes_straight_on(self, int64_t timer) noexcept nogil:
        """Whether the next record reaches the strategy now: nothing else is under way, and the venue has caught up."""
        cdef const Record* record
        cdef int64_t time
        if (
            self.at_strategy == self.record_count or self.matcher.count or self.arrived < self.arrival_count
            or self.matcher.deadlines.count
        ):
            return False
        record = &self.records[self.at_strategy]
        if record.kind > 63 or self.quiet >> record.kind & 1:
            return False
        time = time_of(record)
        if time > timer or time > LATEST:
            return False
        if self.at_venue < self.record_count and run_ahead(self, self.matcher, self.record_count, time) < 0:
            return False
        return not self.matcher.count and self.at_strategy < known(self) and not (
            self.more and self.at_venue == self.record_count
        )

    cdef void _note(self, Py_ssize_t end) noexcept nogil:
        """Note what records up to a place change; each is compared with the one before it, so the first is not good."""
        cdef bint of_book = not self.matcher.rules.quotes and not self.matcher.rules.orders
        cdef const Record* before
        cdef Py_ssize_t i
        for i in range(max(self.ring.end, self.at_strategy), end):
            before = &self.records[max(i - 1, 0)]
            note_change(
                &self.ring.changes[i & (RING - 1)], &self.records[i], before, self.matcher.markets,
                self.matcher.market_count, of_book, self.trusted,
            )
            note_kind(&self.ring, i, self.records[i].kind)
            if i == 0 and not self.trusted:
                self.ring.changes[0].bits = 0
        self.ring.end = end

    cdef int64_t _last_quiet(self) noexcept nogil:
        """When the last record reaches the strategy, if there is one that has not and nobody is told of any."""
        cdef Py_ssize_t end = known(self)
        return time_of(&self.records[end - 1]) if self.at_strategy < end else LLONG_MIN

    cdef int64_t _surely_over(self) noexcept nogil:
        """A time: what reaches the strategy before has come, whatever the records that follow are."""
        return time_at_venue(self, &self.records[self._place(self.at_venue - 1)]) if self.at_venue else -LATEST - 1

    cdef int _pass_over(self, int64_t before) noexcept nogil:
        """Quiet records reach the strategy that do so before a time."""
        cdef Py_ssize_t at = self.at_strategy, checked = at, end = min(self.loud, known(self))
        cdef bint recorded = self.matcher.rules.recorded
        cdef const Change* change
        cdef int done = 0
        if self.trusted:
            at = received_from(self.records, at, end, before)
            end = at
        while at < end and done == 0:
            change = change_of(&self.ring, at)
            if change != NULL and change.bits & GOOD:
                if change.received >= before:
                    break
            else:
                if time_of(&self.records[at]) >= before:
                    break
                if recorded:
                    done = in_order_behind(self, at, checked)
                checked = at + 1
            at += 1
        if recorded and at > checked:
            self.last_time, self.last_stamp = time_of(&self.records[at - 1]), self.records[at - 1].stamp
        self.at_strategy = self.passed_to = at
        return done


def run(
    const unsigned char[::1] records not None, const unsigned char[::1] commands not None, grids, rules
):
    """Answers to commands that are known before the run.

    Parameters
    ----------
    records : uint8[64 * n]
        EVENT records as bytes, sorted by (receive_time, stamp).
    commands : uint8[128 * m]
        COMMAND records as bytes, in the order of sending.
    grids, rules
        As for :class:`Timeline`.

    Returns
    -------
    bytes
        The answers: 64 bytes each, EVENT records.

    Raises
    ------
    ValueError
        If data or commands cannot be what they claim; says which and why.
    """
    cdef Timeline timeline = Timeline(records, grids, rules)
    cdef Py_ssize_t i, n = commands.shape[0] // <Py_ssize_t>sizeof(Command)
    cdef Rows answers
    cdef Step step = STEP_END
    memset(&answers, 0, sizeof(Rows))
    answers.size = sizeof(Record)
    try:
        with nogil:
            for i in range(n):
                if timeline.send(&(<const Command*>&commands[0])[i]) < 0:
                    step = STEP_FAULT
                    break
            while step != STEP_FAULT:
                step = timeline.step(LLONG_MAX)
                if step == STEP_END:
                    break
                if step == STEP_ANSWER and keep(&answers, timeline.record) < 0:
                    step = <Step>timeline.matcher.fail(FAULT_MEMORY, 0, "", 0)
        if step == STEP_FAULT:
            raise ValueError(timeline.matcher.why())
        return bytes_of(&answers)
    finally:
        free(answers.data)
