"""Contract of a simulated venue's terms, where its fees and delays are more than the constants of ``matching.Rules``.

The matcher asks for the fee of a fill and for the delay of an answer, the timeline for that of a command; all without
the GIL. This is the backtester's alone: the engine knows the constants. Normal delays of the feed are in the rules, and
in both hosts (``proto/MATCHING.md``): they are drawn here as the others are.

=========  ===========================================================================================================
fee        ``commission`` of ``costs.pxd`` in float64, of the fill's price and quantity as doubles, rounded up to 10^-8
           of the quote currency: ``ceil(fee * 10^8 - 10^-4)``, so that what is less than 10^-12 above a step is noise
normal     ``max(0, floor(mean + deviation * z + 0.5))`` with ``z = sqrt(-2 log u) * cos(2 pi v)`` of two draws of
           SplitMix64: ``u = ((x >> 11) + 1) / 2^53``, ``v = (y >> 11) / 2^53``
recorded   between two rows on the line that joins them, ``y1 + int(((y2 - y1) / (x2 - x1)) * (x - x1))``; before the
           first and after the last row as there
order      commands arrive in the order of sending, answers come in the order of making: a delay that would bring one
           before another brings it at the same time
=========  ===========================================================================================================
"""

from libc.stdint cimport int64_t, uint64_t

from ..costs cimport Costs, CostsState, Deal, Tally


cdef enum:
    DELAY_OF_RULES = 0
    DELAY_NORMAL = 1
    DELAY_RECORDED = 2


cdef struct Delay:
    int64_t kind
    double mean
    double deviation
    uint64_t random
    const int64_t* time      # of the recorded ones, rising
    const int64_t* length
    Py_ssize_t count


cdef struct VenueTerms:
    const Costs* costs       # NULL: the rates of the rules
    CostsState state
    Delay order
    Delay answer
    int64_t last_answer
    Tally* tallies           # by place of the order in the run
    Py_ssize_t tally_count
    Py_ssize_t tally_room


cdef class Venue:
    cdef VenueTerms terms
    cdef object owner        # of the memory that the terms point to


cdef uint64_t draw(uint64_t* random) noexcept nogil  # SplitMix64
cdef int64_t normal(double mean, double deviation, uint64_t* random) noexcept nogil  # ns, none below zero
cdef int64_t delayed(Delay* delay, int64_t time, int64_t constant) noexcept nogil  # how long, ns
cdef int64_t answered_at(VenueTerms* terms, int64_t time, int64_t constant) noexcept nogil    # when, ns
# 0, or -1: there is no memory, 1: a function failed, or the fee is no number that money can be. `fee` in 10^-8.
cdef int fee_by(VenueTerms* terms, Deal* deal, Py_ssize_t order, int64_t* fee) noexcept nogil
