# Hot loops of momentum indicators, in C so that they can be dispatched by CPU; momentum.h says what they promise.
cdef extern from "momentum.h" nogil:
    bint pyrt_rsi(const double* x, double* y, Py_ssize_t n, Py_ssize_t period) noexcept
