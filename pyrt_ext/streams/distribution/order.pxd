cimport cython

from ..windows cimport place_in


@cython.locals(found="long long", i="long long")
cdef long long below(double* window, long long base, long long count, double x) noexcept nogil


@cython.locals(low="long long", high="long long", middle="long long")
cdef long long order_place(double* window, long long base, long long count, double x) noexcept nogil


@cython.locals(first="long long", at="long long", count="long long", i="long long")
cdef long long order_put(double* window, long long base, long long seen, long long period, double x) noexcept nogil
