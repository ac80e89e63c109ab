"""The batch form of an indicator: a kernel over whole arrays, and what happens at gaps (NaN, infinities)."""

cpdef enum Policy:     # what to do at a gap
    RESTART = 0        # the output is NaN, and the series begins anew after it
    PROPAGATE = 1      # NaN to the end, once a value has come
    SKIP = 2           # the output is NaN, and the series goes on as though the row were not there
    RAISE = 3          # refuse it

cdef enum:
    MAX_INPUTS = 6
    MAX_OUTPUTS = 4
    MAX_PARAMETERS = 8

cdef struct Call:
    const double* x[MAX_INPUTS]    # inputs, `n` doubles each
    double* y[MAX_OUTPUTS]         # outputs, `n` doubles each; they overlap no input
    double p[MAX_PARAMETERS]       # parameters, in the order of the public function
    Py_ssize_t n                   # at least 1

# A kernel writes every output, warm-up included (NaN), and may take every input to be finite. It answers 0 if it knows
# that they were, by having summed them up say, else 1: then they are scanned, and where there are gaps it is called
# again for the stretches between them. Output t depends on inputs up to t alone, to the bit, whatever `n` is.
ctypedef bint (*Kernel)(const Call* call) noexcept nogil

cdef class Batch:
    cdef Kernel kernel
    cdef readonly int inputs, outputs

    cdef object series(self, Call* call, tuple inputs, tuple outputs, int policy)
    cdef object columns(self, Call* call, tuple inputs, tuple outputs, int policy)

    @staticmethod
    cdef Batch of(Kernel kernel, int inputs, int outputs)
