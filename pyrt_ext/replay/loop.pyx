"""A run of strategies over recorded events, against the simulated venue: ``loop.pxd`` is its contract.

``proto/MATCHING.md`` (The loop) is the specification; the engine's ``engine/replay`` does the same in Rust, to the same
bytes. Compiled strategies run without the GIL.
"""

from libc.limits cimport LLONG_MAX, LLONG_MIN
from libc.stdint cimport int64_t
from libc.stdlib cimport free

from .. cimport matching_codes as codes
from ..matching cimport Answer, Matcher, Record
from ..matching_book cimport Order
from ..matching_numbers cimport i128
from ..matching_run cimport STEP_ANSWER, STEP_END, STEP_FAULT, STEP_RECORD, STEP_SUPPLY, STEP_TIMER, Step, Timeline
from ..rows cimport bytes_of, first_time, keep
from .keeper cimport Keeper
from .player cimport Log, Player
from .requests cimport money

cdef enum:
    GLANCE = 0x3FFFF        # records between two looks at whether the user has interrupted


cdef class Replay:
    """A run that has not begun.

    Parameters
    ----------
    records : uint8[64 * n]
        EVENT records as bytes, sorted by (receive_time, stamp): all, or the first of them, see :meth:`supply`.
    grids, rules
        As for :class:`~pyrt_ext.matching_run.Timeline`.
    seats : sequence of (uint64[12], Desk)
        Handlers and desk of each strategy, in the order in which they are told what happens.
    trade_from : int
        Before this time history is fed: of what strategies ask for only signals and timers are kept.
    end : int, optional
        When the last record comes; unless given, the last of `records`.
    idle : int
        Money of the account that is no strategy's, in 10^-18.

    Attributes
    ----------
    players : tuple of Player
        One a strategy.
    passed : int
        Records that have reached the strategies.
    """

    def __cinit__(
        self, const unsigned char[::1] records not None, grids, rules, seats, int64_t trade_from, end=None, idle=0
    ):
        cdef const Record* last
        self.timeline, self.log = Timeline(records, grids, rules), Log()
        self.equity.size = sizeof(double)
        self.end, self.reached = LLONG_MIN, LLONG_MIN
        if self.timeline.record_count:
            last = &self.timeline.records[self.timeline.record_count - 1]
            self.end = last.event_time if last.kind == codes.BAR else last.words[0].i
        if end is not None:
            self.end = end
        self.idle, self.kept = idle, any([isinstance(desk, Keeper) for _, desk in seats])
        self.players = tuple(
            [Player(table, desk, self.timeline, self.log, trade_from, self.end) for table, desk in seats]
        )
        self.first = self.players[0]
        for before, player in zip(self.players, self.players[1:]):
            player.follow(before)

    def __dealloc__(self):
        free(self.equity.data)

    def run(self, int64_t until=LLONG_MAX, int64_t records=-1):
        """Go on, up to a time or a number of records that have reached the strategies since the begin of the run.

        What is due at `until` happens; a stretch that ends by `records` ends with what the handlers ask for.

        Returns
        -------
        int
            ENDED, PAUSED, HUNGRY (call :meth:`supply`, then go on), or STOPPED (`failed` says by whom).

        Raises
        ------
        ValueError
            For data that cannot be what it claims.
        """
        cdef int done
        if records >= 0 and self.passed >= records:
            return PAUSED
        with nogil:
            # Who counts records is told of each.
            self.timeline.tell_of_all_but(self.first.deaf() if records < 0 and not self.kept else 0)
            done = self._drive(until, records)
        if done >= 0:
            for player in self.players:
                player.show()
            return done
        player = self.failed
        if player is not None:
            return STOPPED
        if self.timeline.matcher.fault.kind:
            raise ValueError(self.timeline.matcher.why())
        for player in self.players:
            if player.why() or player.interrupt is not None:
                player.complain()
        self.first.complain()

    def supply(self, records, bint more):
        """Go on with the records that follow, as bytes; `more` says whether there are others behind them."""
        self.timeline.supply(records, more)

    def fill(self, source, Py_ssize_t count, bint more):
        """Go on with records that a source makes, see :meth:`~pyrt_ext.matching_run.Timeline.fill`."""
        self.timeline.fill(source, count, more)

    @property
    def failed(self):
        """The player whose strategy was stopped; None if none was."""
        for player in self.players:
            if player.status:
                return player
        return None

    @property
    def done(self):
        """Whether nothing will happen any more."""
        return self.timeline.idle() and self._due() == LLONG_MAX

    @property
    def now(self):
        """Time of the latest call of a strategy."""
        return max([player.now for player in self.players])

    def outputs(self):
        """Commands, answers and the account's equity at fills, as bytes; what players have is theirs."""
        return bytes_of(&self.log.commands), bytes_of(&self.log.answers), bytes_of(&self.equity)

    def worth(self):
        """Cash and positions at their marks of the whole account, in 10^-18."""
        cdef i128 total = self.idle
        self.first.worth(&total)
        return total

    def cash(self):
        """Money of the whole account, in 10^-18."""
        total = self.idle
        return sum([player.summary()["cash"] for player in self.players], total)

    def held(self):
        """Count the bytes of what grows with the run: commands, answers, equity, signals, the venue's orders."""
        cdef Matcher venue = self.timeline.matcher
        total = self.log.commands.room * self.log.commands.size + self.log.answers.room * self.log.answers.size
        total += self.equity.room * self.equity.size + venue.room * sizeof(Answer)
        total += venue.orders.room * sizeof(Order) + venue.orders.slot_count * sizeof(venue.orders.slots[0])
        for player in self.players:
            total += player.held()
        return total

    cdef int _drive(self, int64_t until, int64_t records) noexcept nogil:
        cdef Step step
        cdef int64_t due, steps = 0, passed
        cdef int done
        cdef bint several = self.first.next is not None or self.kept
        while True:
            due = self._due() if several else first_time(&self.first.timers, LLONG_MAX)  # inline: once a record
            if due > self.end:
                due = LLONG_MAX
            step = self.timeline.step(min(due, until))
            passed = self.timeline.passed_to - self.timeline.passed_from
            if passed and step != STEP_FAULT:
                self.passed += passed
                if self.first.pass_over(self.timeline.passed_from, self.timeline.passed_to) < 0:
                    return STOPPED
            if step == STEP_RECORD:
                done = self.first.on_record(self.timeline.record)
                self.passed += 1
                if done == 0 and self.passed == records:
                    return PAUSED
            elif step == STEP_ANSWER:
                done = self._on_answer()
            elif step == STEP_TIMER:
                if due > until:
                    self.reached = max(self.reached, until)
                    return PAUSED
                done = self.first.on_timer(due)
            elif step == STEP_END:
                return ENDED
            elif step == STEP_SUPPLY:
                return HUNGRY
            else:
                return STOPPED
            if done < 0:
                return STOPPED
            steps += 1 + passed
            if steps > GLANCE:
                steps = 0
                if self.first.interrupted():
                    return STOPPED

    cdef int _on_answer(self) noexcept nogil:
        cdef double equity
        cdef i128 total = self.idle
        cdef bint fill = self.timeline.record.kind == codes.FILL
        if self.first.on_answer(self.timeline.answer) < 0:
            return -1
        if not fill:
            return 0
        if self.first.worth(&total):
            return -1
        equity = money(total)
        return keep(&self.equity, &equity)

    cdef int64_t _due(self) noexcept nogil:
        return self.first.first_timer()
