"""What a simulated venue charges, and how long its messages take: ``venue.pxd`` is the contract."""

from libc.limits cimport LLONG_MIN
from libc.math cimport M_PI, ceil, cos, fabs, floor, log, sqrt
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memset

from ..costs cimport commission, costs_in, settle

cdef double STEP = 1e8       # money's steps in fees
cdef double BEYOND = 2.0 ** 53


cdef class Venue:
    """A venue's terms, at the start of a run.

    Parameters
    ----------
    costs : uint8[sizeof(Costs)] or None
        A model of commissions instead of the rates of the rules.
    order, answer : tuple or None
        Delays instead of the rules': ``("normal", mean, deviation, seed)`` or ``("recorded", time, length)`` with two
        contiguous int64 arrays of one length, of at least one row.
    """

    def __cinit__(self, costs, order, answer):
        self.owner = (costs, order, answer)
        if costs is not None:
            self.terms.costs = costs_in(costs)
        set_delay(&self.terms.order, order)
        set_delay(&self.terms.answer, answer)
        self.terms.last_answer = LLONG_MIN

    def __dealloc__(self):
        free(self.terms.tallies)

    @property
    def fault(self):
        """Which function of the costs failed (0: none), and what it returned."""
        return self.terms.state.faulty, self.terms.state.fault


cdef int set_delay(Delay* delay, given) except -1:
    cdef const int64_t[::1] time, length
    if given is None:
        return 0
    if given[0] == "normal":
        delay.kind, delay.mean, delay.deviation, delay.random = DELAY_NORMAL, given[1], given[2], given[3]
        return 0
    time, length = given[1], given[2]
    if time.shape[0] == 0 or time.shape[0] != length.shape[0]:
        raise ValueError("delay: times and lengths must be of one length, of at least one row")
    delay.kind, delay.time, delay.length, delay.count = DELAY_RECORDED, &time[0], &length[0], time.shape[0]
    return 0


cdef uint64_t draw(uint64_t* random) noexcept nogil:
    cdef uint64_t x
    random[0] += <uint64_t>0x9E3779B97F4A7C15
    x = (random[0] ^ (random[0] >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    x = (x ^ (x >> 27)) * <uint64_t>0x94D049BB133111EB
    return x ^ (x >> 31)


cdef int64_t normal(double mean, double deviation, uint64_t* random) noexcept nogil:
    cdef double u = <double>((draw(random) >> 11) + 1) / BEYOND
    cdef double v = <double>(draw(random) >> 11) / BEYOND
    cdef double length = floor(mean + deviation * (sqrt(-2.0 * log(u)) * cos(2.0 * M_PI * v)) + 0.5)
    return <int64_t>length if length > 0.0 else 0


cdef int64_t delayed(Delay* delay, int64_t time, int64_t constant) noexcept nogil:
    cdef Py_ssize_t low = 0, high = delay.count, middle
    cdef double length
    if delay.kind == DELAY_NORMAL:
        return normal(delay.mean, delay.deviation, &delay.random)
    if delay.kind != DELAY_RECORDED:
        return constant
    while low < high:  # the first row behind the time
        middle = (low + high) >> 1
        if delay.time[middle] <= time:
            low = middle + 1
        else:
            high = middle
    if low == 0:
        return delay.length[0]
    if low == delay.count:
        return delay.length[low - 1]
    length = <double>(delay.length[low] - delay.length[low - 1]) / <double>(delay.time[low] - delay.time[low - 1])
    return delay.length[low - 1] + <int64_t>(length * <double>(time - delay.time[low - 1]))


cdef int64_t answered_at(VenueTerms* terms, int64_t time, int64_t constant) noexcept nogil:
    terms.last_answer = max(terms.last_answer, time + delayed(&terms.answer, time, constant))
    return terms.last_answer


cdef int fee_by(VenueTerms* terms, Deal* deal, Py_ssize_t order, int64_t* fee) noexcept nogil:
    cdef Py_ssize_t room = 2 * order + 64
    cdef Tally* tallies = terms.tallies
    cdef double found, steps
    if order >= terms.tally_room:
        tallies = <Tally*>realloc(tallies, room * sizeof(Tally))
        if tallies == NULL:
            return -1
        terms.tallies, terms.tally_room = tallies, room
    if order >= terms.tally_count:
        memset(&tallies[terms.tally_count], 0, (order + 1 - terms.tally_count) * sizeof(Tally))
        terms.tally_count = order + 1
    found = commission(terms.costs, &terms.state, deal, &tallies[order])
    if terms.state.fault:
        return 1
    steps = ceil(found * STEP - 1e-4)
    if not fabs(steps) < BEYOND:
        return 1
    fee[0] = <int64_t>steps
    settle(terms.costs, &terms.state, deal, deal.price, steps / STEP, &tallies[order])
    return 0
