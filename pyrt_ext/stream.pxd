"""The streaming form of an indicator: a formula over a small record, one row of values at a time."""

# The record begins with the outputs' present values, doubles, NaN while they are not ready; the first of them is what
# an update returns. `window` holds as many doubles as the formula's `..._arena` says. A formula takes any double: what
# is not finite makes it start over.
ctypedef double (*Update)(void* state, double* window, double x) noexcept nogil
ctypedef double (*Update2)(void* state, double* window, double x, double y) noexcept nogil
ctypedef double (*Update3)(void* state, double* window, double x, double y, double z) noexcept nogil
ctypedef double (*Update4)(void* state, double* window, double x, double y, double z, double u) noexcept nogil
ctypedef double (*Update5)(
    void* state, double* window, double x, double y, double z, double u, double v
) noexcept nogil
ctypedef double (*Reset)(void* state) noexcept nogil

cdef enum:
    MOST_INPUTS = 5

cdef class Formula:
    cdef void* update                  # an Update of as many values as there are inputs
    cdef Reset reset
    cdef readonly int inputs, outputs
    cdef readonly object module        # that it is from
    cdef readonly str name             # of its function there: NAME_update
    cdef readonly str record           # of the others: RECORD_start, RECORD_reset, RECORD_arena, and the record itself
    cdef readonly object home          # the module that declares the record, its own or one that it uses
    cdef readonly object dtype         # of its record

    @staticmethod
    cdef Formula of(
        void* update, Reset reset, size_t size, object module, str name, str record=*, int inputs=*, int outputs=*
    )

    cdef double step(self, void* state, double* window, const double* x) noexcept nogil

cdef class Stream:
    cdef readonly Formula formula
    cdef char* block                   # the record and, behind it, the window
    cdef double* window
    cdef Py_ssize_t size
    cdef int policy
    cdef bint begun, over

    cdef double at_gap(self, const double* x) except? -1.0
