"""A run of one strategy over recorded events, against the simulated venue.

``proto/MATCHING.md`` (The loop) is the specification; the engine's ``engine/replay`` does the same in Rust, to the same
bytes. Compiled strategies run without the GIL.
"""

from cpython.exc cimport PyErr_CheckSignals
from libc.limits cimport LLONG_MAX, LLONG_MIN
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memcpy, memset

from .. cimport abi, matching_codes as codes
from ..matching cimport Command, Record
from ..matching_run cimport STEP_ANSWER, STEP_END, STEP_RECORD, STEP_TIMER, Step, Timeline
from .bars cimport behind, venue_time
from .desk cimport Desk, Rows, Timer, push
from .requests cimport is_sane

cdef enum:
    BUFFER_FULL = 7         # statuses
    UNKNOWN_SLOT = 8
    BAD_REQUEST = 9
    LOOP = 11
    TIMER_KIND = 10
    GLANCE = 0x3FFFF        # records between two looks at whether the user has interrupted

cdef int64_t CALLS_AT_ONE_TIME = 1_000_000


cdef class Replay:
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

    Attributes
    ----------
    status, site : int
        Why the strategy was stopped: a status of the ABI and a row of its sites; 0 if it was not.
    now, stamp : int
        Time, and the record that was handled last.
    """

    cdef Timeline timeline
    cdef readonly Desk desk
    cdef int64_t trade_from
    cdef abi.Handler handlers[12]
    cdef Rows timers        # a heap
    cdef Rows commands
    cdef Rows answers
    cdef Rows equity
    cdef object interrupt   # what the user's signal raised
    cdef int64_t timers_made
    cdef int64_t end
    cdef int64_t calls
    cdef readonly uint32_t status
    cdef readonly uint32_t site
    cdef readonly int64_t now
    cdef readonly uint64_t stamp

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
        cdef Py_ssize_t i
        self.timeline = Timeline(records, grids, rules)
        self.desk, self.trade_from = desk, trade_from
        for i in range(min(12, table.shape[0])):
            self.handlers[i] = <abi.Handler><void*>table[i]
        self.timers.size, self.commands.size = sizeof(Timer), sizeof(Command)
        self.answers.size, self.equity.size = sizeof(Record), sizeof(double)
        self.now = self.end = LLONG_MIN
        if self.timeline.record_count:
            last = &self.timeline.records[self.timeline.record_count - 1]
            self.end = last.event_time if last.kind == codes.BAR else last.words[0].i

    def __dealloc__(self):
        free(self.timers.data)
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
        if self.interrupt is not None:
            raise self.interrupt
        if self.desk.refused[0]:
            raise ValueError(f"record with stamp {self.stamp}: {self.desk.refused.decode()}")
        raise ValueError(f"record with stamp {self.stamp}: there is no memory, or the money does not fit into 128 bits")

    def why(self):
        """Say what the host refused; empty if the strategy's own code failed."""
        return self.desk.refused.decode()

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
            "live_orders": desk.order_count,
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
            if self.timers.count and (<Timer*>self.timers.data).time <= self.end:
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
                    if self.timeline.send(command) < 0 or self._keep(&self.commands, command) < 0:
                        return -1
                self.desk.commands.count = 0
            steps += 1
            if steps & GLANCE == 0 and self._interrupted():
                return -1

    cdef bint _interrupted(self) noexcept nogil:
        with gil:
            try:
                PyErr_CheckSignals()
            except BaseException as error:
                self.interrupt = error
                return True
        return False

    cdef int _on_record(self, const Record* record) noexcept nogil:
        cdef int slot, handler
        cdef int64_t time
        self.now, self.calls, self.stamp = record.words[0].i, 0, record.stamp
        if record.kind == codes.BAR:
            self.desk.refused = b"a bar; this version makes bars out of trades, and takes none from outside"
            return -1
        slot = self.desk.slots[record.instrument] if record.instrument < <uint32_t>self.desk.row_count else -1
        if slot < 0:
            return 0
        time = venue_time(&self.desk.bars, record)
        if time >= self.desk.bars.next_end and self._close_bars(time) < 0:
            return -1
        handler = self.desk.observe(slot, record)
        if handler < 0:
            return 0 if handler == -2 else -1
        return self._call(handler, slot, record)

    cdef int _on_answer(self) noexcept nogil:
        cdef const Record* record = self.timeline.record
        cdef int slot = self.desk.slots[record.instrument]
        cdef bint fill = record.kind == codes.FILL
        if self.desk.on_answer(slot, self.timeline.answer) < 0 or self._keep(&self.answers, record) < 0:
            return -1
        if fill and self._keep(&self.equity, &self.desk.context.equity) < 0:
            return -1
        self.stamp = record.stamp
        if self._pass_to(record.words[0].i) < 0:
            return -1
        return self._call(abi.ON_FILL if fill else abi.ON_ORDER, slot, record)

    cdef int _on_timer(self) noexcept nogil:
        cdef Timer timer = (<Timer*>self.timers.data)[0]
        cdef int64_t time = behind(timer.time, self.desk.bars.lag)
        cdef Record record
        self._pop_timer()
        self.stamp = 0
        if self._pass_to(timer.time) < 0:
            return -1
        if time >= self.desk.bars.next_end and self._close_bars(time) < 0:
            return -1
        memset(&record, 0, sizeof(Record))
        record.event_time = record.words[0].i = timer.time
        record.words[1].i, record.kind = timer.tag, TIMER_KIND
        record.instrument = self.desk.context.slots[timer.slot].instrument
        return self._call(abi.ON_TIMER, timer.slot, &record)

    cdef int _close_bars(self, int64_t time) noexcept nogil:
        cdef abi.Event bar
        cdef int found
        while True:
            found = self.desk.ended(time, &bar)
            if found <= 0:
                return found
            if self._call(abi.ON_BAR, self.desk.context.slot, <const Record*>&bar) < 0:
                return -1

    cdef int _pass_to(self, int64_t time) noexcept nogil:
        """Time goes on without a record of the market."""
        self.calls = 0 if time > self.now else self.calls + 1
        self.now = time
        if self.calls > CALLS_AT_ONE_TIME:
            self.desk.refused = b"answers and timers call each other without end at one time"
            self.status = LOOP
            return -1
        return 0

    cdef int _call(self, int handler, uint32_t slot, const Record* event) noexcept nogil:
        """Call a handler, and carry out what it asks for."""
        cdef abi.Context* context = self.desk.context
        cdef uint32_t k, count
        cdef bint history = self.now < self.trade_from
        if self.handlers[handler] == NULL:
            return 0
        context.now, context.slot, context.request_count, context.error_site = self.now, slot, 0, 0
        context.flags = abi.WARMING_UP if history else 0
        self.status = self.handlers[handler](context, <const abi.Event*>event)
        if self.status != abi.STATUS_OK:
            self.site = context.error_site
            return -1
        count = context.request_count
        if count == 0:
            return 0
        if count > context.request_capacity:
            return self._stop(BUFFER_FULL, b"more requests than there is room for")
        for k in range(count):
            if context.requests[k].slot >= context.slot_count:
                return self._stop(UNKNOWN_SLOT, b"a request for a slot that is none of the strategy's")
            if not is_sane(&context.requests[k]):
                return self._stop(BAD_REQUEST, b"a request with a number or code that cannot be")
        for k in range(count):
            if self.desk.refuses(&context.requests[k]):
                self.status = BAD_REQUEST
                return -1
        if self.now > self.end:
            self.desk.counts.after_the_end += count
            return 0
        for k in range(count):
            if history and context.requests[k].action != abi.TIMER and context.requests[k].action != abi.SIGNAL:
                continue
            if self.desk.carry_out(self.now, event, &context.requests[k]) < 0:
                return -1
        for k in range(<uint32_t>self.desk.timers.count):
            if self._push_timer(&(<Timer*>self.desk.timers.data)[k]) < 0:
                return -1
        self.desk.timers.count = 0
        return 0

    cdef int _stop(self, uint32_t status, const char* why) noexcept nogil:
        self.status, self.desk.refused = status, why
        return -1

    cdef int _keep(self, Rows* rows, const void* row) noexcept nogil:
        cdef void* place = push(rows)
        if place == NULL:
            return -1
        memcpy(place, row, rows.size)
        return 0

    # ---- timers: a heap by (time, id) -------------------------------------------------------------------------------

    cdef int _push_timer(self, const Timer* timer) noexcept nogil:
        cdef Timer* heap
        cdef Py_ssize_t at = self.timers.count, parent
        if push(&self.timers) == NULL:
            return -1
        heap = <Timer*>self.timers.data
        heap[at] = timer[0]
        heap[at].id = self.timers_made
        self.timers_made += 1
        while at > 0:
            parent = (at - 1) // 2
            if not sooner(&heap[at], &heap[parent]):
                break
            heap[at], heap[parent] = heap[parent], heap[at]
            at = parent
        return 0

    cdef void _pop_timer(self) noexcept nogil:
        cdef Timer* heap = <Timer*>self.timers.data
        cdef Py_ssize_t at = 0, child, count
        self.timers.count -= 1
        count = self.timers.count
        heap[0] = heap[count]
        while 2 * at + 1 < count:
            child = 2 * at + 1
            if child + 1 < count and sooner(&heap[child + 1], &heap[child]):
                child += 1
            if not sooner(&heap[child], &heap[at]):
                break
            heap[at], heap[child] = heap[child], heap[at]
            at = child


cdef inline bint sooner(const Timer* a, const Timer* b) noexcept nogil:
    return a.time < b.time or (a.time == b.time and a.id < b.id)


cdef bytes _bytes(const Rows* rows):
    return rows.data[: rows.count * rows.size] if rows.count else b""
