"""A run of one strategy over recorded events, against the simulated venue.

``proto/MATCHING.md`` (The loop) is the specification; the engine's ``engine/replay`` does the same in Rust, to the same
bytes. Compiled strategies run without the GIL.
"""

from libc.limits cimport LLONG_MAX, LLONG_MIN
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport free

from .. cimport abi, matching_codes as codes
from ..matching cimport Command, Record
from ..matching_run cimport STEP_ANSWER, STEP_END, STEP_RECORD, STEP_TIMER, Step, Timeline
from .bars cimport venue_time
from .calls cimport Caller, keep
from .desk cimport Desk, Rows, Timer

cdef enum:
    LOOP = 11               # a status
    GLANCE = 0x3FFFF        # records between two looks at whether the user has interrupted

cdef int64_t CALLS_AT_ONE_TIME = 1_000_000


cdef class Replay(Caller):
    """A run that has not begun.

    Parameters
    ----------
    records : uint8[64 * n]
        EVENT records as bytes, sorted by (receive_time, stamp).
    grids, rules
        As for :class:`~pyrt_ext.matching_run.Timeline`.
    table : uint64[12]
        The strategy's handlers.
    desk : Desk
        Its desk.
    trade_from : int
        Before this time history is fed: of what the strategy asks for only signals and timers are kept.
    """

    cdef Timeline timeline
    cdef Rows commands
    cdef Rows answers
    cdef Rows equity
    cdef int64_t trade_from
    cdef int64_t calls

    def __cinit__(
        self,
        const unsigned char[::1] records not None,
        grids,
        rules,
        const uint64_t[::1] table not None,
        desk,
        int64_t trade_from,
    ):
        cdef const Record* last
        self.timeline = Timeline(records, grids, rules)
        self.seat(desk, table)
        self.trade_from = trade_from
        self.commands.size, self.answers.size, self.equity.size = sizeof(Command), sizeof(Record), sizeof(double)
        self.end = LLONG_MIN
        if self.timeline.record_count:
            last = &self.timeline.records[self.timeline.record_count - 1]
            self.end = last.event_time if last.kind == codes.BAR else last.words[0].i

    def __dealloc__(self):
        free(self.commands.data)
        free(self.answers.data)
        free(self.equity.data)

    def run(self):
        """Run to the end. False: the strategy was stopped, `status` and :meth:`why` say why.

        Raises
        ------
        ValueError
            For data that cannot be what it claims.
        """
        cdef int done
        with nogil:
            done = self._drive()
        if done == 0:
            return True
        if self.status:
            return False
        if self.timeline.matcher.fault.kind:
            raise ValueError(self.timeline.matcher.why())
        self.complain()

    def outputs(self):
        """Commands, answers, signals and equity at fills, as bytes."""
        return _bytes(&self.commands), _bytes(&self.answers), _bytes(&self.desk.signals), _bytes(&self.equity)

    def summary(self):
        """Money in 10^-18, lots by slot, and counts."""
        cdef Desk desk = self.desk
        account = desk.ledger.account
        return {
            **account,
            "equity": desk.equity(),
            "positions": [desk.markets[slot].lots for slot in range(desk.slot_count)],
            "live_orders": desk.orders.count,
            "rounded_prices": desk.counts.rounded_prices,
            "rounded_quantities": desk.counts.rounded_quantities,
            "not_sent": desk.counts.not_sent,
            "after_the_end": desk.counts.after_the_end,
            "late_trades": desk.bars.late,
        }

    cdef int _drive(self) noexcept nogil:
        cdef Step step
        cdef int64_t due, steps = 0
        cdef Py_ssize_t i
        cdef int done
        cdef Command* command
        while True:
            due = LLONG_MAX
            if self.timers.count and (<Timer*>self.timers.data).time <= self.end:  # inline: once a record
                due = (<Timer*>self.timers.data).time
            step = self.timeline.step(due)
            if step == STEP_RECORD:
                done = self._on_record(self.timeline.record)
            elif step == STEP_ANSWER:
                done = self._on_answer()
            elif step == STEP_TIMER:
                done = self._on_timer()
            elif step == STEP_END:
                return 0
            else:
                return -1
            if done < 0:
                return -1
            if self.desk.commands.count:
                for i in range(self.desk.commands.count):
                    command = &(<Command*>self.desk.commands.data)[i]
                    if self.timeline.send(command) < 0 or keep(&self.commands, command) < 0:
                        return -1
                self.desk.commands.count = 0
            steps += 1
            if steps & GLANCE == 0 and self.interrupted():
                return -1

    cdef int _on_record(self, const Record* record) noexcept nogil:
        cdef int slot, handler
        cdef int64_t time
        self._set_clock(record.words[0].i)
        self.calls, self.stamp = 0, record.stamp
        if record.kind == codes.BAR:
            self.desk.refused = b"a bar; this version makes bars out of trades, and takes none from outside"
            return -1
        slot = self.desk.slots[record.instrument] if record.instrument < <uint32_t>self.desk.row_count else -1
        if slot < 0:
            return 0
        time = venue_time(&self.desk.bars, record)
        if time >= self.desk.bars.next_end and self.close_bars(time) < 0:
            return -1
        handler = self.desk.observe(slot, record)
        if handler < 0:
            return 0 if handler == -2 else -1
        return 0 if self.handlers[handler] == NULL else self.call(handler, slot, record)

    cdef void _set_clock(self, int64_t time) noexcept nogil:
        self.now = time
        self.orders_off = self.warming_up = time < self.trade_from

    cdef int _on_answer(self) noexcept nogil:
        cdef const Record* record = self.timeline.record
        cdef int slot = self.desk.slots[record.instrument]
        cdef bint fill = record.kind == codes.FILL
        if self.desk.on_answer(slot, self.timeline.answer) < 0 or keep(&self.answers, record) < 0:
            return -1
        if fill and keep(&self.equity, &self.desk.context.equity) < 0:
            return -1
        self.stamp = record.stamp
        if self._pass_to(record.words[0].i) < 0:
            return -1
        return self.call(abi.ON_FILL if fill else abi.ON_ORDER, slot, record)

    cdef int _on_timer(self) noexcept nogil:
        self.stamp = 0
        return -1 if self._pass_to((<Timer*>self.timers.data).time) < 0 else self.fire()

    cdef int _pass_to(self, int64_t time) noexcept nogil:
        """Time goes on without a record of the market."""
        self.calls = 0 if time > self.now else self.calls + 1
        self._set_clock(time)
        if self.calls > CALLS_AT_ONE_TIME:
            self.desk.refused = b"answers and timers call each other without end at one time"
            self.status = LOOP
            return -1
        return 0


cdef bytes _bytes(const Rows* rows):
    return rows.data[: rows.count * rows.size] if rows.count else b""
