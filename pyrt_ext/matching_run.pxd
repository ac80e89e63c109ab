"""Contract of a run: the clocks of a simulated venue merged, one step to the strategy after another.

A loop in Cython calls :meth:`Timeline.step` without the GIL and looks at ``record`` (market records, and answers of the
venue, whose ``answer`` also has the integers for a ledger; both are valid until the next step); what the strategy sends
goes to :meth:`Timeline.send`. Of records whose kinds are in ``quiet`` nobody is told: a step passes over those that
come before what it returns, and says which they were.
"""

from libc.stdint cimport int64_t, uint64_t

from .matching cimport Answer, Command, Matcher, Record
from .matching_changes cimport Ring


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
    cdef const Record* record
    cdef const Answer* answer

    cdef void tell_of_all_but(self, uint64_t kinds) noexcept nogil
    cdef bint idle(self) noexcept nogil
    cdef int send(self, const Command* command) noexcept nogil
    cdef Step step(self, int64_t timer) noexcept nogil  # LLONG_MAX: no timer
    cdef Py_ssize_t _place(self, Py_ssize_t at) noexcept nogil
    cdef _take_order(self, int64_t happened, bint whole)
    cdef Py_ssize_t _go_on(self, Py_ssize_t more, Py_ssize_t* first) except -1
    cdef Py_ssize_t _known(self) noexcept nogil
    cdef Py_ssize_t _look_ahead(self) noexcept nogil
    cdef void _note(self, Py_ssize_t end) noexcept nogil
    cdef int64_t _last_quiet(self) noexcept nogil
    cdef int64_t _surely_over(self) noexcept nogil
    cdef int _pass_over(self, int64_t before) noexcept nogil
