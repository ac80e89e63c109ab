"""Whether rows can be bars: :func:`pyrt.data.check_bars` looks for what is wrong if they cannot."""

from libc.stdint cimport int64_t


cdef extern from "bars/check.h" nogil:
    int pyrt_bars_fine(
        const int64_t* time, const double* open, const double* high, const double* low, const double* close,
        Py_ssize_t n,
    )


def are_fine(
    const int64_t[::1] time not None, const double[::1] opened not None, const double[::1] high not None,
    const double[::1] low not None, const double[::1] close not None,
):
    """Say whether times rise and prices are finite, above zero and in order; all of one length.

    Returns
    -------
    bool
        False as well for no rows, and for prices that are out of order by a rounding error.
    """
    cdef Py_ssize_t n = time.shape[0]
    cdef int fine
    if n == 0:
        return False
    with nogil:
        fine = pyrt_bars_fine(&time[0], &opened[0], &high[0], &low[0], &close[0], n)
    return fine != 0
