cimport cython
from libc cimport math

from ..windows cimport arc, hilbert_step, mama_step

cdef double nan

cdef struct Cycle:
    double value       # NaN until it is complete
    long long seen     # how many values have come

cdef struct Phasor:
    double inphase
    double quadrature
    long long seen

cdef struct Mesa:
    double mama
    double fama
    double fast        # limits of the gain
    double slow
    long long seen

cdef struct Sines:
    double sine
    double leadsine
    long long seen

cdef struct Mode:
    double value       # 1 in a trend, else 0
    double sine        # of the last row's phase
    double lead        # of an eighth of a turn later
    long long since    # rows since both met
    long long seen

cdef double cycle_reset(Cycle* s) noexcept nogil
cdef double phasor_reset(Phasor* s) noexcept nogil
cdef double mesa_reset(Mesa* s) noexcept nogil
cdef double sines_reset(Sines* s) noexcept nogil
cdef double mode_reset(Mode* s) noexcept nogil


@cython.locals(period=double)
cdef double ht_dcperiod_update(Cycle* s, double* window, double x) noexcept nogil

cdef double ht_phasor_update(Phasor* s, double* window, double x) noexcept nogil

cdef double mama_update(Mesa* s, double* window, double x) noexcept nogil


@cython.locals(table="long long", i="long long", angle=double)
cdef long long phase_table(double* window, long long length) noexcept nogil


@cython.locals(
    i="long long", length="long long", period=double, part=double, across=double,
    smooth=double, phase=double, at="long long", table="long long", end="long long"
)
cdef double phase_step(double* window, long long seen, double x) noexcept nogil


@cython.locals(i="long long", length="long long", mean=double, line=double, end="long long")
cdef double trendline_step(double* window, long long seen) noexcept nogil


@cython.locals(phase=double)
cdef double ht_dcphase_update(Cycle* s, double* window, double x) noexcept nogil


@cython.locals(line=double)
cdef double ht_trendline_update(Cycle* s, double* window, double x) noexcept nogil


@cython.locals(phase=double)
cdef double ht_sine_update(Sines* s, double* window, double x) noexcept nogil


@cython.locals(
    before=double, phase=double, line=double, sine=double, lead=double, whole=double, turned=double, trend=double
)
cdef double ht_trendmode_update(Mode* s, double* window, double x) noexcept nogil
