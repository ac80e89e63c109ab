# Hot loops of moving averages, in C so that they can be dispatched by CPU; moving.h says what they promise.
cdef extern from "moving.h" nogil:
    bint pyrt_sma(const double* x, double* y, Py_ssize_t n, Py_ssize_t period) noexcept
    bint pyrt_ema(const double* x, double* y, Py_ssize_t n, Py_ssize_t period, double gain) noexcept
