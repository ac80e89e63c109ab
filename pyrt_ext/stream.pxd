"""The streaming form of an indicator: a formula over a small record, one value at a time."""

# The record begins with `double value`, the indicator's present value (NaN while it is not ready). `window` holds as
# many doubles as the formula's `..._arena` says. A formula takes any double: what is not finite makes it start over.
ctypedef double (*Update)(void* state, double* window, double x) noexcept nogil
ctypedef double (*Reset)(void* state) noexcept nogil

cdef class Formula:
    cdef Update update
    cdef Reset reset
    cdef readonly object module        # that it is from
    cdef readonly str name             # of its functions there: NAME_start, NAME_reset, NAME_update, NAME_arena
    cdef readonly object dtype         # of its record

    @staticmethod
    cdef Formula of(Update update, Reset reset, size_t size, object module, str name)

cdef class Stream:
    cdef readonly Formula formula
    cdef char* block                   # the record and, behind it, the window
    cdef double* window
    cdef Py_ssize_t size
    cdef int policy
    cdef bint begun, over

    cdef double at_gap(self, double x) except? -1.0
