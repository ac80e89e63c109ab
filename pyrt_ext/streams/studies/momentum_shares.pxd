cimport cython

from ..windows cimport counted, highest_step, place_in, sma_step

cdef double nan

cdef struct Way:
    double value       # NaN until period steps have come
    double last        # the value before
    long long period
    long long seen     # how many values have come

cdef struct Vortex:
    double plusvi      # NaN until period steps have come
    double minusvi
    double high        # the bar before
    double low
    double close
    long long period
    long long seen

cdef double way_reset(Way* s) noexcept nogil


@cython.locals(way=double)
cdef double way_put(Way* s, double* window, long long base, double x) noexcept nogil


@cython.locals(at="long long", change=double, way=double)
cdef double er_update(Way* s, double* window, double x) noexcept nogil


@cython.locals(at="long long", change=double, way=double)
cdef double cmou_update(Way* s, double* window, double x) noexcept nogil


@cython.locals(body=double, up=double, down=double, total=double)
cdef double imi_update(Way* s, double* window, double open, double close) noexcept nogil


@cython.locals(at="long long", full="long long", top=double, bottom=double, way=double)
cdef double vhf_update(Way* s, double* window, double x) noexcept nogil

cdef double vortex_reset(Vortex* s) noexcept nogil


@cython.locals(span=double, up=double, down=double, seen="long long", plus=double, minus=double, whole=double)
cdef double vortex_update(Vortex* s, double* window, double high, double low, double close) noexcept nogil
