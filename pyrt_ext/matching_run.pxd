"""Contract of a run: the clocks of a simulated venue merged, one step to the strategy after another.

A loop in Cython calls :meth:`Timeline.step` without the GIL and looks at ``record`` (market records, and answers of the
venue, whose ``answer`` also has the integers for a ledger; both are valid until the next step); what the strategy sends
goes to :meth:`Timeline.send`. Of records whose kinds are in ``quiet`` nobody is told: a step passes over those that
come before what it returns, and says which they were.
"""

cimport cython
from libc.stdint cimport int64_t, uint8_t, uint64_t

from .accounts.venue cimport draw, normal
from .feeds.source cimport Source
from .matching cimport Answer, Command, Matcher, Record
from .matching_changes cimport LATEST, RING, Change, Ring, next_other, run_plainly
from .matching_codes cimport BAR, DELTA, FAULT_TIME, FAULT_UNSORTED
from .matching_register cimport Rules


cdef enum:
    AHEAD = 1024         # records that are looked at beyond the venue's for one that somebody is told of
    FETCHED = 16         # records ahead that the memory is asked for
    BLOCK = 512          # records that a source makes at a time: they are read while they are in the fastest cache


cdef extern from *:
    void prefetch "__builtin_prefetch"(const void* place) nogil  # what is none is passed over


cdef enum Step:
    STEP_END = 0         # nothing will happen any more
    STEP_ANSWER = 1      # `answer` and `record` are set
    STEP_RECORD = 2      # `record` is set
    STEP_TIMER = 3       # the caller's timer is due
    STEP_SUPPLY = 4      # the venue has seen all records that there are, and there will be more
    STEP_FAULT = -1      # the run must stop; matcher.why() says why


cdef struct Arrival:
    int64_t time
    Command command


@cython.final
cdef class Timeline:
    cdef readonly Matcher matcher
    cdef object owner              # of the records' memory, or
    cdef char* buffer              # where they lie, if they come a stretch at a time
    cdef Py_ssize_t buffer_room
    cdef object order_owner        # of the memory of their order at the venue
    cdef const Record* records
    cdef Py_ssize_t record_count
    cdef readonly Py_ssize_t first  # of the run: the row of records[0]
    cdef readonly bint more        # records will follow
    cdef Source source             # of `left` of them, for which there is room in the buffer
    cdef Py_ssize_t left
    cdef bint later                # others will follow these
    cdef Py_ssize_t at_venue       # the next one that the venue will see
    cdef const int64_t* venue_order  # of the records, where they came in another order than they happened; or NULL
    cdef Py_ssize_t at_strategy    # the next one that the strategy will see
    cdef uint64_t quiet            # kinds of records by bit: steps pass over them
    cdef Py_ssize_t passed_from    # of this step: the first one that it passed over
    cdef Py_ssize_t passed_to      # behind the last of them
    cdef bint trusted              # the records' times are possible, and they are in order
    cdef Ring ring                 # of the records before the venue's next one, and some behind it
    cdef Py_ssize_t loud           # none between at_strategy and here is other than quiet
    cdef Arrival* arrivals
    cdef Py_ssize_t arrival_count
    cdef Py_ssize_t arrival_room
    cdef Py_ssize_t arrived
    cdef Py_ssize_t answered       # answers that the strategy has
    cdef uint64_t random
    cdef int64_t last_sent
    cdef int64_t last_arrival
    cdef int64_t last_time
    cdef uint64_t last_stamp
    cdef int64_t last_happened     # the record before at the venue, of a feed with normal delays
    cdef const Record* record
    cdef const Answer* answer

    cdef void tell_of_all_but(self, uint64_t kinds) noexcept nogil
    cdef bint idle(self) noexcept nogil
    cdef int send(self, const Command* command) noexcept nogil
    cdef Step step(self, int64_t timer) noexcept nogil  # LLONG_MAX: no timer
    cdef Py_ssize_t _place(self, Py_ssize_t at) noexcept nogil
    cdef _take_order(self, int64_t happened, bint whole)
    cdef Py_ssize_t _go_on(self, Py_ssize_t more, Py_ssize_t* first) except -1
    cdef bint _goes_straight_on(self, int64_t timer) noexcept nogil
    cdef void _make(self, Py_ssize_t count) noexcept nogil
    cdef void _note(self, Py_ssize_t end) noexcept nogil
    cdef int64_t _last_quiet(self) noexcept nogil
    cdef int64_t _surely_over(self) noexcept nogil
    cdef int _pass_over(self, int64_t before) noexcept nogil


cdef inline int64_t time_of(const Record* record) noexcept nogil:
    """When a record reaches the strategy; a bar has no time but its end."""
    return record.event_time if record.kind == BAR else record.words[0].i


cdef inline int64_t happened_at(const Record* record) noexcept nogil:
    """When a record happened at the venue by its own word; what was received before that, when it was received."""
    return min(record.event_time, time_of(record))


cdef inline int64_t time_at_venue(Timeline self, const Record* record) noexcept nogil:
    """When a record happened there; a time beyond all reason must come, to be refused, and not wrap around."""
    if self.matcher.rules.recorded:
        return min(max(happened_at(record), -LATEST - 1), LATEST + 1)
    cdef int64_t time = min(max(time_of(record), -LATEST - 1), LATEST + 1)
    if self.matcher.rules.feed_deviation:
        return max(self.last_happened, time - fed_in(&self.matcher.rules, time))
    return time - self.matcher.rules.feed_latency


cdef inline int64_t fed_in(const Rules* rules, int64_t time) noexcept nogil:
    """How long what was received at a time was under way, by a normal draw that seed and time alone decide."""
    cdef uint64_t random = rules.seed
    random = draw(&random) ^ <uint64_t>time
    return normal(<double>rules.feed_latency, <double>rules.feed_deviation, &random)


cdef inline int of_this_world(Timeline self, const Record* record) noexcept nogil:
    cdef int64_t time = time_of(record)
    if -LATEST <= min(time, record.event_time) and time <= LATEST:
        return 0
    return self.matcher.fail(FAULT_TIME, record.stamp, "", time if time > LATEST else min(time, record.event_time))


cdef inline int in_order(Timeline self, const Record* record) noexcept nogil:
    cdef int64_t time = time_of(record)
    if time < -LATEST or time > LATEST:
        return self.matcher.fail(FAULT_TIME, record.stamp, "", time)
    if time < self.last_time or (time == self.last_time and record.stamp < self.last_stamp):
        self.matcher.fault.before = self.last_time
        return self.matcher.fail(FAULT_UNSORTED, record.stamp, "", time)
    self.last_time, self.last_stamp = time, record.stamp
    return 0


cdef inline int in_order_behind(Timeline self, Py_ssize_t at, Py_ssize_t checked) noexcept nogil:
    """Check a record, of which those from `checked` on came in order and were not looked at."""
    if at > checked:
        self.last_time, self.last_stamp = time_of(&self.records[at - 1]), self.records[at - 1].stamp
    return in_order(self, &self.records[at])


cdef inline Py_ssize_t known(Timeline self) noexcept nogil:
    """How many records a strategy may have been told of: of a constant delay what the venue has seen."""
    return self.record_count if self.matcher.rules.recorded else self.at_venue


cdef inline Py_ssize_t look_ahead(Timeline self) noexcept nogil:
    """Look for the next record that somebody is told of; how far the venue may go before it is looked for again.

    What the venue has not seen of a feed in order was received later than all that it has: as long as there is none to
    tell of, the venue is not too far. Changes are noted where many come between what somebody is told of.
    """
    cdef Py_ssize_t end = min(self.record_count, self.at_venue + AHEAD), loud = max(self.loud, self.at_strategy)
    cdef uint64_t quiet = self.quiet
    cdef uint8_t kind
    if quiet >> DELTA & 1 and self.ring.end < end and self.at_venue < end and self.records[self.at_venue].kind == DELTA:
        self._note(end)
    while loud < end:
        if quiet >> DELTA & 1 and self.ring.end - RING <= loud < self.ring.end:
            loud = next_other(&self.ring, loud)
            if loud >= end:
                loud = end
                break
        kind = self.records[loud].kind
        if kind > 63 or not quiet >> kind & 1:
            break
        loud += 1
    self.loud = loud
    if self.matcher.rules.recorded or loud < self.at_venue:
        return end
    return min(end, loud + 1)


cdef inline Py_ssize_t received_from(
    const Record* records, Py_ssize_t at, Py_ssize_t end, int64_t time
) noexcept nogil:
    """The first of some records, in the order in which they are received, that comes at a time or later."""
    cdef Py_ssize_t middle
    if at < end and time_of(&records[end - 1]) < time:
        return end
    while at < end:
        middle = (at + end) >> 1
        if time_of(&records[middle]) < time:
            at = middle + 1
        else:
            end = middle
    return at


cdef inline int run_ahead(Timeline self, Matcher venue, Py_ssize_t end, int64_t until) noexcept nogil:
    """The venue sees records up to a place and a time, or until it answers."""
    cdef Py_ssize_t at = self.at_venue, place, checked = self.at_venue, answers = venue.count, before
    cdef bint recorded = venue.rules.recorded, varies = venue.rules.feed_deviation != 0
    cdef bint plainly = self.venue_order == NULL and not varies
    cdef int64_t time
    cdef int done = 0
    while at < end and venue.count == answers and done == 0:
        before = at
        if plainly and self.ring.end - RING <= at < self.ring.end:
            at = run_plainly(
                venue, &self.ring.changes[at & (RING - 1)], at, min(end, self.ring.end, (at | (RING - 1)) + 1), until,
                &done,
            )
        if at > before or done < 0:
            continue
        place = self._place(at)
        prefetch(&self.records[place] + FETCHED)
        time = time_at_venue(self, &self.records[place])
        if time > until:
            break
        done = of_this_world(self, &self.records[place]) if recorded else in_order_behind(self, at, checked)
        if done == 0:
            done = venue.on_record(&self.records[place], time)
        if done == 0:
            at += 1
            if varies:
                self.last_happened = time
        checked = at
    if not recorded and done == 0 and at > checked:
        self.last_time, self.last_stamp = time_of(&self.records[at - 1]), self.records[at - 1].stamp
    self.at_venue = at
    return done
