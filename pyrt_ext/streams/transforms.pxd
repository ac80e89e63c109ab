from libc cimport math

cdef double nan
cdef double inf

cdef struct Point:
    double value       # of the last row; there is nothing else to remember

cdef double point_reset(Point* s) noexcept nogil

cdef double acos_update(Point* s, double* window, double x) noexcept nogil

cdef double asin_update(Point* s, double* window, double x) noexcept nogil

cdef double atan_update(Point* s, double* window, double x) noexcept nogil

cdef double ceil_update(Point* s, double* window, double x) noexcept nogil

cdef double cos_update(Point* s, double* window, double x) noexcept nogil

cdef double cosh_update(Point* s, double* window, double x) noexcept nogil

cdef double exp_update(Point* s, double* window, double x) noexcept nogil

cdef double floor_update(Point* s, double* window, double x) noexcept nogil

cdef double ln_update(Point* s, double* window, double x) noexcept nogil

cdef double log10_update(Point* s, double* window, double x) noexcept nogil

cdef double sin_update(Point* s, double* window, double x) noexcept nogil

cdef double sinh_update(Point* s, double* window, double x) noexcept nogil

cdef double sqrt_update(Point* s, double* window, double x) noexcept nogil

cdef double tan_update(Point* s, double* window, double x) noexcept nogil

cdef double tanh_update(Point* s, double* window, double x) noexcept nogil
