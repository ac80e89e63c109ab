"""A strategy's handlers, its timers, and the calls that a host makes: ``calls.pxd`` is the contract."""

from libc.limits cimport LLONG_MAX, LLONG_MIN
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memset

from .. cimport abi
from ..interrupts cimport interruption
from ..matching cimport Record
from ..rows cimport Timer, first_time, pop_timer, push_timer
from .bars cimport venue_now, venue_time
from .desk cimport Desk
from .requests cimport is_sane

cdef enum:
    BUFFER_FULL = 7         # statuses
    UNKNOWN_SLOT = 8
    BAD_REQUEST = 9
    TIMER_KIND = 10


cdef class Caller:
    """A strategy at its desk; hosts derive from it.

    Attributes
    ----------
    status, site : int
        Why the strategy was stopped: a status of the ABI and a row of its sites; 0 if it was not.
    now, stamp : int
        Time, and the record that was handled last.
    """

    def __cinit__(self):
        self.timers.size = sizeof(Timer)
        self.now, self.timers_from, self.end = LLONG_MIN, LLONG_MIN, LLONG_MAX

    def __dealloc__(self):
        free(self.timers.data)

    cdef void seat(self, Desk desk, const uint64_t[::1] table):
        cdef Py_ssize_t i
        self.desk = desk
        for i in range(min(12, table.shape[0])):
            self.handlers[i] = <abi.Handler><void*>table[i]

    def why(self):
        """Say what the host refused; empty if the strategy's own code failed."""
        return self.desk.refused.decode()

    def complain(self):
        """Raise what ended the run, if it was not the strategy's own code.

        Raises
        ------
        ValueError
            For data that cannot be what it claims.
        """
        self.raise_interrupt()
        if self.desk.refused[0]:
            raise ValueError(f"record with stamp {self.stamp}: {self.desk.refused.decode()}")
        raise ValueError(f"record with stamp {self.stamp}: there is no memory, or the money does not fit into 128 bits")

    cdef int call(self, int handler, uint32_t slot, const Record* event) noexcept nogil:
        """Call a handler, and carry out what it asks for."""
        cdef abi.Context* context = self.desk.context
        if self.handlers[handler] == NULL:
            return 0
        if self.desk.stale and not self.desk.blind >> handler & 1:
            self.desk.show()
        context.now, context.slot, context.request_count, context.error_site = self.now, slot, 0, 0
        context.flags = abi.WARMING_UP if self.warming_up else 0
        self.status = self.handlers[handler](context, <const abi.Event*>event)
        if self.status != abi.STATUS_OK:
            self.site = context.error_site
            return -1
        if context.request_count == 0:
            return 0
        return -1 if self._refuses(context.requests, context.request_count) else self.serve(event)

    cdef int tell(self, int slot, const Record* record) noexcept nogil:
        """Close the bars that a record ends, apply it, and call its handler."""
        cdef int64_t time = venue_time(&self.desk.bars, record)
        cdef int handler
        if time >= self.desk.bars.next_end and self.close_bars(time) < 0:
            return -1
        handler = self.desk.observe(slot, record)
        if handler < 0:
            return 0 if handler == -2 else -1
        return 0 if self.handlers[handler] == NULL else self.call(handler, slot, record)

    cdef int serve(self, const Record* event) noexcept nogil:
        """Carry out the requests in the context, of which none was refused."""
        cdef abi.Context* context = self.desk.context
        cdef uint32_t k, count = context.request_count
        cdef Timer* timer
        context.request_count = 0
        if self.now > self.end:
            self.desk.counts.after_the_end += count
            return 0
        for k in range(count):
            if self.orders_off and context.requests[k].action not in (abi.SIGNAL, abi.TIMER):
                continue
            if self.desk.carry_out(self.now, event, &context.requests[k]) < 0:
                return -1
        for k in range(<uint32_t>self.desk.timers.count):
            timer = &(<Timer*>self.desk.timers.data)[k]
            timer.id = self.timers_made
            self.timers_made += 1
            if push_timer(&self.timers, timer) < 0:
                return -1
        self.desk.timers.count = 0
        return 0

    cdef bint _refuses(self, const abi.Request* requests, uint32_t count) noexcept nogil:
        cdef uint32_t k
        if count > self.desk.context.request_capacity:
            self.stop(BUFFER_FULL, b"more requests than there is room for")
            return True
        for k in range(count):
            if requests[k].slot >= self.desk.context.slot_count:
                self.stop(UNKNOWN_SLOT, b"a request for a slot that is none of the strategy's")
                return True
            if not is_sane(&requests[k]):
                self.stop(BAD_REQUEST, b"a request with a number or code that cannot be")
                return True
        for k in range(count):
            if self.desk.refuses(&requests[k]):
                self.status = BAD_REQUEST
                return True
        return False

    cdef int stop(self, uint32_t status, const char* why) noexcept nogil:
        self.status, self.desk.refused = status, why
        return -1

    cdef int close_bars(self, int64_t time) noexcept nogil:
        cdef abi.Event bar
        cdef int found
        while True:
            found = self.desk.ended(time, &bar)
            if found <= 0:
                return found
            if self.call(abi.ON_BAR, self.desk.context.slot, <const Record*>&bar) < 0:
                return -1

    cdef bint interrupted(self) noexcept nogil:
        with gil:
            self.interrupt = interruption()
            return self.interrupt is not None

    cdef raise_interrupt(self):
        """Raise what the user's signal has raised, once: the run may go on after it."""
        error, self.interrupt = self.interrupt, None
        if error is not None:
            raise error

    # ---- timers -----------------------------------------------------------------------------------------------------

    cdef bint due(self, int64_t time) noexcept nogil:
        return self.timers.count > 0 and first_time(&self.timers, LLONG_MAX) <= time

    cdef int fire(self) noexcept nogil:
        cdef Timer timer = pop_timer(&self.timers)
        cdef int64_t due = max(timer.time, self.timers_from), time = venue_now(&self.desk.bars, due)
        cdef Record record
        if time >= self.desk.bars.next_end and self.close_bars(time) < 0:
            return -1
        memset(&record, 0, sizeof(Record))
        record.event_time = record.words[0].i = due
        record.words[1].i, record.kind = timer.tag, TIMER_KIND
        record.instrument = self.desk.context.slots[timer.slot].instrument
        return self.call(abi.ON_TIMER, timer.slot, &record)
