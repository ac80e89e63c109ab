"""One strategy of a session, told again what it was told then: records of ``pyrt-engine convert --told JOURNAL``.

``proto/CONTAINER.md`` (A journal as records) is the specification. The desk is the backtester's; there is no venue
here, for what it said is in the records. Compiled strategies run without the GIL.
"""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memcpy, memset

from .. cimport abi, matching_codes as codes
from ..matching cimport Answer, Command, Record
from ..matching_numbers cimport i128
from ..rows cimport Rows, bytes_of, first_time, keep
from .calls cimport Caller
from .orders cimport find_order
from .sight cimport slot_of

cdef enum:
    PASSED = 10             # kinds of records
    UPDATE_TAKEN = 11
    FILL_TAKEN = 12
    STANDING = 13
    PARAMETER = 14
    HISTORY = 15
    LEDGER = 16
    HEARD = 17
    COMMAND = 1             # codes of what a strategy says, as in a journal
    SIGNAL = 3
    STOP = 4
    TIMERS_AT_ONCE = 1000   # calls of timers between two inputs, as in the engine
    GLANCE = 0x3FFFF        # records between two looks at whether the user has interrupted


cdef struct Said:
    uint64_t row             # the record that led to it
    int64_t time
    uint16_t strategy
    uint16_t code
    uint16_t asked
    uint16_t rest
    char record[128]


cdef class Told(Caller):
    """A strategy that has been told nothing yet.

    Parameters
    ----------
    records : uint8[64 * n]
        What the session's strategies were told, as bytes.
    strategy : int
        Its number in the session.
    enabled : bool
        Whether it ran from the start.
    table : uint64[12]
        Its handlers.
    desk : Desk
        Its desk.

    Attributes
    ----------
    at : int
        The next record.
    """

    cdef const unsigned char[::1] bytes
    cdef const Record* records
    cdef Py_ssize_t count
    cdef int64_t strategy
    cdef bint running
    cdef bint killed
    cdef bint history        # is fed
    cdef int64_t hearer      # of the next own record
    cdef Rows said
    cdef Py_ssize_t signals  # of the desk's: those that were written down
    cdef public Py_ssize_t at
    cdef Py_ssize_t ahead    # refusals up to here have joined what it sees

    def __cinit__(
        self, const unsigned char[::1] records not None, int64_t strategy, bint enabled,
        const uint64_t[::1] table not None, desk
    ):
        self.bytes, self.records = records, <const Record*>&records[0] if records.shape[0] else NULL
        self.count, self.strategy, self.said.size = records.shape[0] // sizeof(Record), strategy, sizeof(Said)
        self.seat(desk, table)
        self._stand(enabled, False)

    def __dealloc__(self):
        free(self.said.data)

    def run(self, Py_ssize_t end):
        """Tell it the records before `end`, up to one that the caller must act on: a parameter of its own, the ledgers.

        Returns
        -------
        bool
            False: it was stopped, `status` and :meth:`why` say why.
        """
        cdef int done
        with nogil:
            done = self._drive(min(end, self.count))
        if done == 0:
            return True
        self.raise_interrupt()
        return False

    def outputs(self):
        """What it asked for and when, as bytes."""
        return bytes_of(&self.said)

    cdef int _drive(self, Py_ssize_t end) noexcept nogil:
        cdef const Record* record
        while self.at < end:
            record = &self.records[self.at]
            if record.kind == LEDGER or (record.kind == PARAMETER and record.words[0].i == self.strategy):
                return 0
            if self._on(record) < 0:
                self._say(STOP, NULL, 0)
                return -1
            self.at += 1
            if self.at & GLANCE == 0 and self.interrupted():
                return -1
        return 0

    cdef int _on(self, const Record* record) noexcept nogil:
        if record.kind == PASSED:
            return self._pass(record.words[0].i, record.words[1].i)
        if record.kind == UPDATE_TAKEN or record.kind == FILL_TAKEN:
            return 0 if self.at < self.ahead or not self._own(record) else self._take(record)
        if record.kind == codes.ORDER_UPDATE or record.kind == codes.FILL:
            return self._hear(record) if self.hearer == self.strategy else 0
        if record.kind == STANDING:
            if record.words[0].i == -1:
                self._stand(self.running, record.side == 0)
            elif record.words[0].i == self.strategy:
                self._stand(record.side != 0, self.killed)
            return 0
        if record.kind == HEARD:
            self.hearer = record.words[0].i
        if record.kind == HISTORY:
            return self._on_history(record)
        return self._on_market(record) if record.kind < PASSED else 0

    cdef void _stand(self, bint running, bint killed) noexcept nogil:
        self.running, self.killed = running, killed
        self.orders_off = killed or self.history or not running
        if self.orders_off:
            self.desk.drop_waiting()
        self.warming_up = self.history or not running

    cdef int _on_history(self, const Record* record) noexcept nogil:
        """History begins, or ends with the session's begin."""
        self.history = record.side != 0
        self._stand(self.running, self.killed)
        if not self.history:
            self.now = self.timers_from = record.words[0].i
            self.desk.forget_market()
        return 0

    cdef int _pass(self, int64_t now, int64_t until) noexcept nogil:
        cdef int left = TIMERS_AT_ONCE
        self.stamp = 0
        while left > 0 and self.due(until):
            left -= 1
            self.now = max(self.now, self.timers_from, first_time(&self.timers, until))
            if self.fire() < 0:
                return -1
        self.now = max(self.now, now)
        return 0

    cdef int _on_market(self, const Record* record) noexcept nogil:
        cdef int slot = slot_of(self.desk, record)
        if slot < 0:
            return 0
        self.stamp = record.stamp
        return self.tell(slot, record)

    cdef bint _own(self, const Record* record) noexcept nogil:
        return <int64_t>(record.words[0].u >> 48) == self.strategy

    cdef int _take_refusals(self) noexcept nogil:
        """Orders that were refused at once are gone before the next call: their refusals follow the record."""
        cdef const Record* record
        self.ahead = max(self.ahead, self.at + 1)
        while self.ahead < self.count:
            record = &self.records[self.ahead]
            if record.kind != UPDATE_TAKEN or record.stamp == 0:
                return 0
            if self._own(record):
                if find_order(&self.desk.orders, record.words[0].u & <uint64_t>0xFFFFFFFF) < 0:
                    return 0  # of a later call
                if self._take(record) < 0:
                    return -1
            self.ahead += 1
        return 0

    cdef int _take(self, const Record* record) noexcept nogil:
        """What became of an order joins what the strategy sees."""
        cdef Answer answer
        cdef int slot = slot_of(self.desk, record)
        if slot < 0 or not 1 <= record.side <= 2:
            self.desk.refused = b"an own order without a side, or of an instrument that is not the strategy's"
            return -1
        memset(&answer, 0, sizeof(Answer))
        answer.record = record[0]
        answer.record.kind = codes.FILL if record.kind == FILL_TAKEN else codes.ORDER_UPDATE
        answer.record.words[3].u = record.words[0].u
        answer.ticks, answer.lots = record.words[1].i, record.words[2].i
        memcpy(&answer.fee, &record.words[3], sizeof(i128))
        return -1 if self.desk.on_answer(self.now, slot, &answer) < 0 else self._say_commands()

    cdef int _hear(self, const Record* record) noexcept nogil:
        cdef int slot = slot_of(self.desk, record)
        self.stamp = record.stamp
        return 0 if slot < 0 else self.call(
            abi.ON_FILL if record.kind == codes.FILL else abi.ON_ORDER, slot, record
        )

    cdef int call(self, int handler, uint32_t slot, const Record* event) noexcept nogil:
        """Call a handler, and write down what it asks for."""
        cdef Record signal
        if Caller.call(self, handler, slot, event) < 0:
            return -1
        if self.history:
            self.signals = self.desk.signals.count  # heard by nobody
        while self.signals < self.desk.signals.count:
            signal = (<Record*>self.desk.signals.data)[self.signals]
            signal.stamp = 0  # a journal's have none
            self.signals += 1
            if self._say(SIGNAL, &signal, sizeof(Record)) < 0:
                return -1
        return self._say_commands()

    cdef int _say_commands(self) noexcept nogil:
        cdef Py_ssize_t i
        if self.desk.commands.count == 0:
            return 0
        for i in range(self.desk.commands.count):
            if self._say(COMMAND, &(<Command*>self.desk.commands.data)[i], sizeof(Command)) < 0:
                return -1
        self.desk.commands.count = 0
        return self._take_refusals()

    cdef int _say(self, uint16_t code, const void* record, size_t size) noexcept nogil:
        cdef Said said
        memset(&said, 0, sizeof(Said))
        said.row, said.time, said.strategy, said.code, said.asked = self.at, self.now, self.strategy, code, 1
        if record != NULL:
            memcpy(said.record, record, size)
        return keep(&self.said, &said)
