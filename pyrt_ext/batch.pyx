"""Runs a kernel over arrays: stretches between gaps, columns of two-dimensional input.

A gap is a row in which any input is NaN. Infinities are never accepted.
"""

from libc.math cimport NAN, isinf, isnan
from libc.stdlib cimport calloc, free, malloc

cdef enum:
    NONE = -1          # no row is refused
    EXHAUSTED = -2     # there was no memory

cdef enum:             # in doubles
    PAGE = 512         # of memory
    FAR = 1 << 23      # what a block of columns may take of memory
    WIDE = 48          # columns of a block: more than lines that begin or end amid another's, few enough to be followed
    WIDE_LEAST = 8     # as many neighbours as a cache line holds

cdef extern from "room.h" nogil:  # which says which blocks of memory are used again
    void* pyrt_take_room(size_t bytes, size_t* size) noexcept
    void pyrt_give_room(void* at, size_t size) noexcept

cdef extern from "passing.h" nogil:
    enum:
        BEYOND "PYRT_BEYOND"    # an output of so many doubles goes past the caches

cdef extern from "tables.h" nogil:  # which says how tables and series are made of each other
    ctypedef struct Table "pyrt_table":
        double* at
        Py_ssize_t row, column

    void pyrt_gather(Table x, Py_ssize_t n, Py_ssize_t columns, double* to, Py_ssize_t length) noexcept
    void pyrt_scatter(
        const double* source, Py_ssize_t length, Py_ssize_t n, Py_ssize_t columns, Table y, int beyond) noexcept
    void pyrt_mark_gaps(Table x, Py_ssize_t n, Py_ssize_t columns, double* marks) noexcept

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


cdef class Room:
    """Doubles of any value, as a buffer: ``np.frombuffer(Room(n))``. The memory is used again when nobody needs it."""

    cdef void* at
    cdef size_t size
    cdef Py_ssize_t shape[1]
    cdef Py_ssize_t stride[1]

    def __cinit__(self, Py_ssize_t doubles):
        if doubles < 1:
            raise ValueError(f"a room of {doubles} doubles")
        self.shape[0], self.stride[0] = doubles, sizeof(double)
        self.at = pyrt_take_room(<size_t>doubles * sizeof(double), &self.size)
        if self.at == NULL:
            raise MemoryError(f"no room for {doubles:,} doubles")

    def __dealloc__(self):
        if self.at != NULL:
            pyrt_give_room(self.at, self.size)

    def __getbuffer__(self, Py_buffer* buffer, int flags):
        buffer.buf, buffer.obj, buffer.len = self.at, self, self.shape[0] * <Py_ssize_t>sizeof(double)
        buffer.itemsize, buffer.readonly, buffer.format, buffer.ndim = sizeof(double), 0, b"d", 1
        buffer.shape, buffer.strides, buffer.suboffsets, buffer.internal = self.shape, self.stride, NULL, NULL


cdef class Batch:
    """A kernel, callable on float64 arrays.

    ``batch(inputs, outputs, parameters, policy)`` takes tuples of arrays of one shape, (time,), contiguous, or (time,
    assets), and a tuple of numbers; an output of integers is an int64 array viewed as float64. Of a table it computes
    columns `start` to `stop`, all unless given. It returns None, or the position (row, or row and column) of the first
    value that is infinite or, with policy ``RAISE``, NaN; what the outputs hold is then of no use.
    """

    @staticmethod
    cdef Batch of(
        Kernel kernel, int inputs, int outputs=1, int integers=0, bint rowwise=False, TableKernel across=NULL
    ):
        cdef Batch self = Batch.__new__(Batch)
        self.kernel, self.inputs, self.outputs, self.integers = kernel, inputs, outputs, integers
        self.rowwise, self.across = rowwise, across
        return self

    def __call__(self, tuple inputs, tuple outputs, tuple parameters, int policy, Py_ssize_t start=0, stop=None):
        if len(inputs) != self.inputs or len(outputs) != self.outputs or len(parameters) > MAX_PARAMETERS:
            raise TypeError("a kernel was called with the wrong number of arrays or parameters")
        cdef Call call
        cdef Py_ssize_t i
        call.row = 0
        for i in range(len(parameters)):
            call.p[i] = parameters[i]
        if inputs[0].ndim == 2:
            return self.columns(&call, inputs, outputs, policy, start, inputs[0].shape[1] if stop is None else stop)
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

    cdef object columns(self, Call* call, tuple inputs, tuple outputs, int policy, Py_ssize_t start, Py_ssize_t stop):
        cdef Table tables[MAX_INPUTS + MAX_OUTPUTS]
        cdef const double[:, :] x
        cdef double[:, :] y
        cdef Py_ssize_t i, bad = NONE, column = start
        cdef Py_ssize_t width = inputs[0].shape[1]
        if not 0 <= start < stop <= width:
            raise IndexError(f"columns {start} to {stop} of {width}")
        call.n = inputs[0].shape[0]
        for i in range(self.inputs):
            x = inputs[i]
            tables[i] = Table(<double*>&x[0, 0], x.strides[0] // 8, x.strides[1] // 8)
        for i in range(self.outputs):
            y = outputs[i]
            tables[self.inputs + i] = Table(&y[0, 0], y.strides[0] // 8, y.strides[1] // 8)
        with nogil:
            if not run_flat(self, call, tables, policy, start, stop, width):
                bad = run_across(self, call, tables, policy, &column, stop)
        if bad == EXHAUSTED:
            raise MemoryError
        return None if bad == NONE else (bad, column)


cdef bint run_flat(
    Batch batch, Call* call, const Table* tables, int policy, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t width
) noexcept nogil:
    """Run tables as one series, where no row knows of another and all lie alike and whole; False if it was not done."""
    cdef Py_ssize_t i, n = call.n
    cdef Py_ssize_t row = tables[0].row, column = tables[0].column
    if not batch.rowwise or not (row == 1 and column == n or column == 1 and row == width == stop - start):
        return False
    for i in range(1, batch.inputs + batch.outputs):
        if tables[i].row != row or tables[i].column != column:
            return False
    cdef Call flat = call[0]
    flat.n = (stop - start) * n
    for i in range(batch.inputs):
        flat.x[i] = tables[i].at + start * n
    for i in range(batch.outputs):
        flat.y[i] = tables[batch.inputs + i].at + start * n
    # Which columns a gap ends is not known here, nor which refused value is in the first of them: then it is done anew.
    return run(batch, &flat, RAISE if policy == PROPAGATE else RESTART if policy == SKIP else policy) == NONE


cdef Py_ssize_t run_across(
    Batch batch, Call* call, const Table* tables, int policy, Py_ssize_t* column, Py_ssize_t stop
) noexcept nogil:
    """Run columns [column, stop) where they are, if rows lie whole and the kernel can; answers as `run_blocks` does.

    Columns with gaps are run again by blocks.
    """
    cdef TableCall across
    cdef Table table
    cdef Py_ssize_t i, bad = NONE, start = column[0], width = stop - start
    cdef int answer = UNDONE
    for i in range(batch.inputs + batch.outputs):
        if tables[i].column != 1 or batch.across == NULL or width < WIDE_LEAST:
            return run_blocks(batch, call, tables, policy, column, stop)
    across.p, across.n, across.width, across.beyond = call.p, call.n, width, True
    for i in range(batch.inputs):
        across.x[i], across.x_row[i] = tables[i].at + start, tables[i].row
    for i in range(batch.outputs):
        table = tables[batch.inputs + i]
        across.y[i], across.y_row[i] = table.at + start, table.row
        across.beyond &= passes(table, call.n)
    answer = batch.across(&across)
    if answer == UNDONE:
        return run_blocks(batch, call, tables, policy, column, stop)
    if answer != UNSURE:
        return NONE if answer == FINITE else EXHAUSTED
    cdef double* marks = <double*>calloc(width, sizeof(double))
    if marks == NULL:
        return EXHAUSTED
    for i in range(batch.inputs):
        table = Table(tables[i].at + start, tables[i].row, 1)
        pyrt_mark_gaps(table, call.n, width, marks)
    while bad == NONE and column[0] < stop:
        i = column[0]
        if marks[i - start] == 0.0:
            column[0] += 1
            continue
        while i < stop and marks[i - start] != 0.0:
            i += 1
        bad = run_blocks(batch, call, tables, policy, column, i)
    free(marks)
    return bad


cdef Py_ssize_t run_blocks(
    Batch batch, Call* call, const Table* tables, int policy, Py_ssize_t* column, Py_ssize_t stop
) noexcept nogil:
    """Run columns [column, stop), some at a time; NONE, or EXHAUSTED, or the row that is refused in `column`.

    Columns that lie whole are left where they are. Of others a block is brought into scratch, wide enough to take whole
    cache lines and small enough to stay in the caches.
    """
    cdef Py_ssize_t i, wide, bad = NONE, brought = 0
    cdef Py_ssize_t length = ((call.n + 7) // 8 | 1) * 8  # in cache lines odd: columns would meet in the caches
    for i in range(batch.inputs + batch.outputs):
        brought += tables[i].row != 1
    wide = min(WIDE, FAR // (brought * length)) if brought else 1
    wide = min(max(wide // 8 * 8 if wide >= 8 else wide, 1), stop - column[0])
    cdef double* scratch = NULL
    cdef size_t size = 0
    if brought:
        scratch = <double*>pyrt_take_room((brought * wide * length + PAGE * batch.outputs) * sizeof(double), &size)
        if scratch == NULL:
            return EXHAUSTED
    while column[0] < stop and bad == NONE:
        bad = run_columns(batch, call, tables, policy, column, min(wide, stop - column[0]), scratch, length)
    if scratch != NULL:
        pyrt_give_room(scratch, size)
    return bad


cdef Py_ssize_t run_columns(
    Batch batch, Call* call, const Table* tables, int policy, Py_ssize_t* column, Py_ssize_t wide,
    double* scratch, Py_ssize_t length,
) noexcept nogil:
    """Bring `wide` columns of every input, run them one by one, take the outputs back; stop at the first refused."""
    cdef Table at[MAX_INPUTS + MAX_OUTPUTS]    # where the kernel reads and writes; a series lies whole in each column
    cdef Py_ssize_t i, j, bad
    for i in range(batch.inputs + batch.outputs):
        at[i] = tables[i]
        at[i].at += column[0] * at[i].column
        if at[i].row == 1:
            continue
        if i < batch.inputs:
            pyrt_gather(at[i], call.n, wide, scratch, length)
        else:  # half a page off from the input, as a load from the page offset just stored to waits
            scratch += (page_offset(at[0].at) - page_offset(scratch) + PAGE // 2 + 64 * i) & (PAGE - 1)
        at[i] = Table(scratch, 1, length)
        scratch += wide * length
    for j in range(wide):
        for i in range(batch.inputs):
            call.x[i] = at[i].at + j * at[i].column
        for i in range(batch.outputs):
            call.y[i] = at[batch.inputs + i].at + j * at[batch.inputs + i].column
        bad = run(batch, call, policy)
        if bad != NONE:
            return bad
        column[0] += 1
    cdef Table target
    for i in range(batch.inputs, batch.inputs + batch.outputs):
        target = tables[i]
        if target.row != 1:
            target.at += (column[0] - wide) * target.column
            pyrt_scatter(at[i].at, length, call.n, wide, target, passes(target, call.n))
    return NONE


cdef bint passes(Table y, Py_ssize_t n) noexcept nogil:
    """Say whether an output goes past the caches: it is larger than they are, and its doubles are aligned."""
    return y.column == 1 and y.row * n >= BEYOND and <size_t>y.at % sizeof(double) == 0


cdef Py_ssize_t page_offset(const double* p) noexcept nogil:
    """Return where in its page it lies, in doubles."""
    return (<size_t>p // sizeof(double)) & (PAGE - 1)


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
