"""One strategy of a run over recorded events, and those behind it: ``player.pxd`` is the contract."""

from libc.limits cimport LLONG_MAX
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memset

from .. cimport abi, matching_codes as codes
from ..matching cimport Answer, Command, Record
from ..matching_numbers cimport add_money, i128
from ..matching_run cimport Timeline
from ..rows cimport bytes_of, first_time, keep
from .calls cimport Caller
from .sight cimport slot_of

cdef enum:
    LOOP = 11               # a status
    SIGNAL_RECORD = 6       # pyrt.types.Kind

cdef int64_t CALLS_AT_ONE_TIME = 1_000_000


cdef class Log:
    """What nobody has asked for yet."""

    def __cinit__(self):
        self.commands.size, self.answers.size = sizeof(Command), sizeof(Record)

    def __dealloc__(self):
        free(self.commands.data)
        free(self.answers.data)


cdef class Player(Caller):
    """A strategy that has been told nothing yet.

    Parameters
    ----------
    table : uint64[12]
        The strategy's handlers.
    desk : Desk
        Its desk; its client order ids tell it from others.
    timeline : Timeline
        Where its commands go.
    log : Log
        Of the run.
    trade_from : int
        Before this time history is fed: of what the strategy asks for only signals and timers are kept.
    end : int
        When the records end: requests that are made later are dropped.
    """

    def __cinit__(
        self, const uint64_t[::1] table not None, desk, Timeline timeline, Log log, int64_t trade_from, int64_t end
    ):
        self.seat(desk, table)
        self.timeline, self.log, self.trade_from, self.end = timeline, log, trade_from, end
        self.equity.size = sizeof(double)

    def __dealloc__(self):
        free(self.equity.data)

    def follow(self, Player other):
        """Take a place behind another."""
        other.next = self

    def outputs(self):
        """Signals, and equity at own fills, as bytes."""
        return bytes_of(&self.desk.signals), bytes_of(&self.equity)

    def summary(self):
        """Money in 10^-18, lots by slot, and counts."""
        cdef Py_ssize_t slot
        return {
            **self.desk.totals(),
            "equity": self.desk.equity(),
            "positions": [self.desk.markets[slot].lots for slot in range(self.desk.slot_count)],
            "live_orders": self.desk.orders.count,
            "rounded_prices": self.desk.counts.rounded_prices,
            "rounded_quantities": self.desk.counts.rounded_quantities,
            "not_sent": self.desk.counts.not_sent,
            "after_the_end": self.desk.counts.after_the_end,
            "late_trades": self.desk.bars.late,
        }

    def show(self):
        """Show what has changed to who looks from outside."""
        self.desk.show()

    def held(self):
        """Count the bytes of what grows with the run."""
        return self.desk.signals.room * self.desk.signals.size + self.equity.room * self.equity.size

    def ask(self, int64_t time):
        """Carry out the requests that stand in the context, as if a handler had made them at a time.

        Returns
        -------
        str
            Why none of them was; empty if they were.

        Raises
        ------
        ValueError
            If there is no memory, or a time cannot be.
        """
        cdef Record event
        memset(&event, 0, sizeof(Record))
        event.event_time = event.words[0].i = time
        self._set_clock(max(self.now, time))
        if self._refuses(self.desk.context.requests, self.desk.context.request_count):
            why = self.why()
            self.status, self.desk.refused, self.desk.context.request_count = abi.STATUS_OK, b"", 0
            return why
        if self.serve(&event) < 0 or self._send() < 0:
            self.complain()
        return ""

    cdef uint64_t deaf(self) noexcept nogil:
        """Kinds of records that no handler of the chain has a use for; a bar that ends is told of."""
        cdef uint64_t kinds = 0xFFFF & ~(<uint64_t>1 << codes.BAR)
        if self.desk.bars.count:
            return 0
        if self.handlers[abi.ON_TRADE] != NULL:
            kinds &= ~(<uint64_t>1 << codes.TRADE)
        if self.handlers[abi.ON_QUOTE] != NULL:
            kinds &= ~(<uint64_t>1 << codes.QUOTE)
        if self.handlers[abi.ON_BOOK] != NULL:
            kinds &= ~(<uint64_t>1 << codes.DELTA | <uint64_t>1 << codes.ORDER)
        if self.handlers[abi.ON_SIGNAL] != NULL:
            kinds &= ~(<uint64_t>1 << SIGNAL_RECORD)
        return kinds if self.next is None else kinds & self.next.deaf()

    cdef int pass_over(self, Py_ssize_t begin, Py_ssize_t end) noexcept nogil:
        """Records that no handler is told of reach the chain."""
        cdef const Record* records = self.timeline.records
        cdef Py_ssize_t done = self.desk.pass_over(records, &self.timeline.ring, begin, end)
        cdef const Record* last = &records[min(done, end - 1)]
        self._set_clock(last.words[0].i)
        self.calls, self.stamp = 0, last.stamp
        if done < end:
            return -1
        return 0 if self.next is None else self.next.pass_over(begin, end)

    cdef int on_record(self, const Record* record) noexcept nogil:
        cdef int slot = slot_of(self.desk, record)
        self._set_clock(record.words[0].i)
        self.calls, self.stamp = 0, record.stamp
        if record.kind == codes.BAR:
            self.desk.refused = b"a bar; this version makes bars out of trades, and takes none from outside"
            return -1
        if (self.tell(slot, record) if slot >= 0 else self.desk.pass_by(record)) < 0 or self._send() < 0:
            return -1
        return 0 if self.next is None else self.next.on_record(record)

    cdef int on_answer(self, const Answer* answer) noexcept nogil:
        cdef const Record* record = &answer.record
        cdef bint fill = record.kind == codes.FILL
        cdef int slot
        if record.words[3].u >> 48 != self.desk.id_base >> 48:
            return 0 if self.next is None else self.next.on_answer(answer)
        slot = self.desk.slots[record.instrument]
        self.stamp = record.stamp
        if self._pass_to(record.words[0].i) < 0:
            return -1
        self.desk.closed = self.now > self.end
        if self.desk.on_answer(self.now, slot, answer) < 0 or keep(&self.log.answers, record) < 0:
            return -1
        if fill and keep(&self.equity, &self.desk.context.equity) < 0:
            return -1
        return -1 if self.call(abi.ON_FILL if fill else abi.ON_ORDER, slot, record) < 0 else self._send()

    cdef int64_t first_timer(self) noexcept nogil:
        cdef int64_t due = min(first_time(&self.timers, LLONG_MAX), self.desk.due())
        if due > self.end:
            due = LLONG_MAX
        return due if self.next is None else min(due, self.next.first_timer())

    cdef int on_timer(self, int64_t time) noexcept nogil:
        if self.desk.due() == time:  # before timers of that time
            return -1 if self._pass_to(time) < 0 or self.desk.settle(time) < 0 else self._send()
        if not self.timers.count or first_time(&self.timers, time) != time:
            return 0 if self.next is None else self.next.on_timer(time)
        self.stamp = 0
        return -1 if self._pass_to(time) < 0 or self.fire() < 0 else self._send()

    cdef int worth(self, i128* total) noexcept nogil:
        if add_money(total, self.desk.equity()):
            return -1
        return 0 if self.next is None else self.next.worth(total)

    cdef int _send(self) noexcept nogil:
        cdef Command* command
        cdef Py_ssize_t i
        if self.desk.commands.count == 0:
            return 0
        for i in range(self.desk.commands.count):
            command = &(<Command*>self.desk.commands.data)[i]
            if self.timeline.send(command) < 0 or keep(&self.log.commands, command) < 0:
                return -1
        self.desk.commands.count = 0
        return 0

    cdef void _set_clock(self, int64_t time) noexcept nogil:
        self.now = time
        self.orders_off = self.warming_up = time < self.trade_from

    cdef int _pass_to(self, int64_t time) noexcept nogil:
        """Time goes on without a record of the market."""
        self.calls = 0 if time > self.now else self.calls + 1
        self._set_clock(time)
        if self.calls > CALLS_AT_ONE_TIME:
            self.desk.refused = b"answers and timers call each other without end at one time"
            self.status = LOOP
            return -1
        return 0
