"""Runs a kernel over arrays: stretches between gaps, columns of two-dimensional input.

A gap is a row in which any input is NaN. Infinities are never accepted.
"""

from libc.math cimport NAN, isinf, isnan
from libc.stdlib cimport free, malloc

cdef enum:
    NONE = -1          # no row is refused
    EXHAUSTED = -2     # there was no memory

cdef extern from *:
    """
    #include "dispatch.h"

    /* The first of x[i..n-1] that is NaN or infinite, or n. */
    PYRT_CLONES_PLAIN static ptrdiff_t pyrt_first_gap(const double *x, ptrdiff_t i, ptrdiff_t n)
    {
        const uint64_t exponent = UINT64_C(0x7ff0000000000000);
        for (; i + 128 <= n; i += 128) {
            uint64_t bits[128], found = 0;
            memcpy(bits, x + i, sizeof bits);
            for (int j = 0; j < 128; j++)
                found |= (bits[j] & exponent) == exponent;
            if (found)
                break;
        }
        while (i < n && isfinite(x[i]))
            i++;
        return i;
    }
    """
    Py_ssize_t pyrt_first_gap(const double* x, Py_ssize_t i, Py_ssize_t n) noexcept nogil


cdef class Batch:
    """A kernel, callable on contiguous float64 arrays.

    ``batch(inputs, outputs, parameters, policy)`` takes tuples of arrays of one shape, (time,) or (time, assets), and a
    tuple of numbers; an output of integers is an int64 array viewed as float64. It returns None, or the position (row,
    or row and column) of the first value that is infinite or, with policy ``RAISE``, NaN; what the outputs hold is then
    of no use.
    """

    @staticmethod
    cdef Batch of(Kernel kernel, int inputs, int outputs=1, int integers=0):
        cdef Batch self = Batch.__new__(Batch)
        self.kernel, self.inputs, self.outputs, self.integers = kernel, inputs, outputs, integers
        return self

    def __call__(self, tuple inputs, tuple outputs, tuple parameters, int policy):
        if len(inputs) != self.inputs or len(outputs) != self.outputs or len(parameters) > MAX_PARAMETERS:
            raise TypeError("a kernel was called with the wrong number of arrays or parameters")
        cdef Call call
        cdef Py_ssize_t i
        call.row = 0
        for i in range(len(parameters)):
            call.p[i] = parameters[i]
        if inputs[0].ndim == 2:
            return self.columns(&call, inputs, outputs, policy)
        return self.series(&call, inputs, outputs, policy)

    cdef object series(self, Call* call, tuple inputs, tuple outputs, int policy):
        cdef const double[::1] x
        cdef double[::1] y
        cdef Py_ssize_t i, bad
        for i in range(self.inputs):
            x = inputs[i]
            call.x[i] = &x[0]
            call.n = x.shape[0]
        for i in range(self.outputs):
            y = outputs[i]
            call.y[i] = &y[0]
        with nogil:
            bad = run(self, call, policy)
        if bad == EXHAUSTED:
            raise MemoryError
        return None if bad == NONE else bad

    cdef object columns(self, Call* call, tuple inputs, tuple outputs, int policy):
        cdef const double* x[MAX_INPUTS]
        cdef double* y[MAX_OUTPUTS]
        cdef const double[:, ::1] source
        cdef double[:, ::1] target
        cdef Py_ssize_t i, width = inputs[0].shape[1], bad = NONE, column = 0
        call.n = inputs[0].shape[0]
        for i in range(self.inputs):
            source = inputs[i]
            x[i] = &source[0, 0]
        for i in range(self.outputs):
            target = outputs[i]
            y[i] = &target[0, 0]
        # Eight neighbours at a time, as many as a cache line holds; one, where that would take too much memory.
        cdef Py_ssize_t wide = min(width, 8 if call.n <= 1 << 20 else 1)
        cdef double* scratch = <double*>malloc((self.inputs + self.outputs) * wide * call.n * sizeof(double))
        if scratch == NULL:
            raise MemoryError
        with nogil:
            while column < width and bad == NONE:
                wide = min(wide, width - column)
                bad = run_columns(self, call, x, y, &column, wide, width, scratch, policy)
        free(scratch)
        if bad == EXHAUSTED:
            raise MemoryError
        return None if bad == NONE else (bad, column)


cdef Py_ssize_t run_columns(
    Batch batch, Call* call, const double** x, double** y,
    Py_ssize_t* column, Py_ssize_t wide, Py_ssize_t width, double* scratch, int policy,
) noexcept nogil:
    """Gather `wide` columns of every input, run them one by one, scatter the outputs; stop at the first refused."""
    cdef Py_ssize_t i, j, t, bad = NONE, n = call.n, start = column[0]
    cdef double* results = scratch + batch.inputs * wide * n
    for i in range(batch.inputs):
        for t in range(n):
            for j in range(wide):
                scratch[(i * wide + j) * n + t] = x[i][t * width + start + j]
    for j in range(wide):
        for i in range(batch.inputs):
            call.x[i] = scratch + (i * wide + j) * n
        for i in range(batch.outputs):
            call.y[i] = results + (i * wide + j) * n
        bad = run(batch, call, policy)
        if bad != NONE:
            return bad
        column[0] += 1
    for i in range(batch.outputs):
        for t in range(n):
            for j in range(wide):
                y[i][t * width + start + j] = results[(i * wide + j) * n + t]
    return NONE


cdef Py_ssize_t run(Batch batch, Call* call, int policy) noexcept nogil:
    """Run the kernel as `policy` says; NONE, or the first row that is refused, or EXHAUSTED."""
    cdef int answer = batch.kernel(call)
    if answer != UNSURE:
        return NONE if answer == FINITE else EXHAUSTED
    cdef Py_ssize_t gap = first_gap(batch, call, 0)
    if gap == call.n:
        return NONE
    cdef Py_ssize_t bad = first_refused(batch, call, gap, policy)
    if bad != NONE:
        return bad
    if policy == SKIP:
        return run_skipping(batch, call)
    return run_stretches(batch, call, policy)


cdef Py_ssize_t run_stretches(Batch batch, Call* call, int policy) noexcept nogil:
    """Run the kernel afresh after every gap; to propagate, for the first stretch alone."""
    cdef Call part = call[0]
    cdef Py_ssize_t i, end, start = 0
    cdef bint over = False
    while start < call.n:
        end = first_gap(batch, call, start)
        if end > start and not over:
            part.n, part.row = end - start, start
            for i in range(batch.inputs):
                part.x[i] = call.x[i] + start
            for i in range(batch.outputs):
                part.y[i] = call.y[i] + start
            if batch.kernel(&part) == NO_MEMORY:
                return EXHAUSTED
            over = policy == PROPAGATE
            start = end
        if over:
            end = call.n - 1
        blank(batch, call, start, min(end + 1, call.n))
        start = end + 1
    return NONE


cdef void blank(Batch batch, Call* call, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    """Write what stands at a gap, NaN or the integer 0 (whose bits are those of 0.0), into rows [start, end)."""
    cdef Py_ssize_t i, t
    for i in range(batch.outputs):
        for t in range(start, end):
            call.y[i][t] = 0.0 if batch.integers >> i & 1 else NAN


cdef Py_ssize_t run_skipping(Batch batch, Call* call) noexcept nogil:
    """Run the kernel as though rows with gaps were not there; their outputs are NaN."""
    cdef Call dense = call[0]
    cdef Py_ssize_t i, t
    cdef double* scratch = <double*>malloc(batch.inputs * call.n * sizeof(double))
    if scratch == NULL:
        return EXHAUSTED
    for i in range(batch.inputs):
        dense.x[i] = scratch + i * call.n
    dense.n = 0
    for t in range(call.n):
        if not is_gap(batch, call, t):
            for i in range(batch.inputs):
                scratch[i * call.n + dense.n] = call.x[i][t]
            dense.n += 1
    if dense.n > 0 and batch.kernel(&dense) == NO_MEMORY:
        free(scratch)
        return EXHAUSTED
    for t in range(call.n - 1, -1, -1):  # from the end, so that no value is overwritten before it has moved
        if is_gap(batch, call, t):
            blank(batch, call, t, t + 1)
        else:
            dense.n -= 1
            for i in range(batch.outputs):
                call.y[i][t] = call.y[i][dense.n]
    free(scratch)
    return NONE


cdef Py_ssize_t first_gap(Batch batch, const Call* call, Py_ssize_t start) noexcept nogil:
    cdef Py_ssize_t i, gap = call.n
    for i in range(batch.inputs):
        gap = pyrt_first_gap(call.x[i], start, gap)
    return gap


cdef bint is_gap(Batch batch, const Call* call, Py_ssize_t t) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(batch.inputs):
        if isnan(call.x[i][t]):
            return True
    return False


cdef Py_ssize_t first_refused(Batch batch, const Call* call, Py_ssize_t gap, int policy) noexcept nogil:
    """Find the first infinity, or with RAISE the first NaN or infinity."""
    cdef Py_ssize_t i, t
    for t in range(gap, call.n):
        for i in range(batch.inputs):
            if isinf(call.x[i][t]) or (policy == RAISE and isnan(call.x[i][t])):
                return t
    return NONE
