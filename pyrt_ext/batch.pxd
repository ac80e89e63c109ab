"""The batch form of an indicator: a kernel over whole arrays, and what happens at gaps (NaN, infinities)."""

cpdef enum Policy:     # what to do at a gap
    RESTART = 0        # the output is NaN, and the series begins anew after it
    PROPAGATE = 1      # NaN to the end, once a value has come
    SKIP = 2           # the output is NaN, and the series goes on as though the row were not there
    RAISE = 3          # refuse it

cdef extern from "call.h" nogil:  # which says what a kernel is given and what it answers
    enum:
        MAX_INPUTS "PYRT_MAX_INPUTS"
        MAX_OUTPUTS "PYRT_MAX_OUTPUTS"
        MAX_PARAMETERS "PYRT_MAX_PARAMETERS"
        FINITE "PYRT_FINITE"
        UNSURE "PYRT_UNSURE"
        UNDONE "PYRT_UNDONE"
        NO_MEMORY "PYRT_NO_MEMORY"

    ctypedef struct Call "pyrt_call":
        const double* x[6]
        double* y[6]
        double p[10]
        Py_ssize_t n
        Py_ssize_t row

    ctypedef struct TableCall "pyrt_table_call":
        const double* x[6]
        double* y[6]
        Py_ssize_t x_row[6]
        Py_ssize_t y_row[6]
        double p[10]
        Py_ssize_t n
        Py_ssize_t width
        int beyond

ctypedef int (*Kernel)(const Call* call) noexcept nogil
ctypedef int (*TableKernel)(const TableCall* call) noexcept nogil

cdef class Batch:
    cdef Kernel kernel
    cdef TableKernel across            # over tables whose rows lie whole, or NULL
    cdef readonly int inputs, outputs
    cdef readonly int integers         # bit i: output i is of int64, and 0 where another would be NaN
    cdef readonly bint rowwise         # an output depends on its own row alone, and is no integer

    cdef object series(self, Call* call, tuple inputs, tuple outputs, int policy)
    cdef object columns(self, Call* call, tuple inputs, tuple outputs, int policy, Py_ssize_t start, Py_ssize_t stop)

    @staticmethod
    cdef Batch of(Kernel kernel, int inputs, int outputs=*, int integers=*, bint rowwise=*, TableKernel across=*)
