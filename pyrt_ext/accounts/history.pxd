"""What models of costs know of the bars before a fill."""

from libc.math cimport sqrt

from ..costs cimport Deal


cdef inline double change_of(const double* close, const double* units, Py_ssize_t row) noexcept nogil:
    """Simple return of a bar; `units` is what a unit of the first bar has become by splits, NULL: there are none."""
    if units == NULL:
        return close[row] / close[row - 1] - 1.0
    return close[row] * units[row] / (close[row - 1] * units[row - 1]) - 1.0


cdef inline void look_back(
    Deal* deal, Py_ssize_t row, Py_ssize_t window, const double* close, const double* volume, const double* units
) noexcept nogil:
    """Mean volume and volatility (n - 1) of the `window` bars before a row, oldest first; as they are if not known."""
    cdef Py_ssize_t first = max(row - window, 0), count = row - first, i
    cdef double total = 0.0, mean, change
    if count > 0 and volume != NULL:
        for i in range(first, row):
            total += volume[i] if units == NULL else volume[i] / units[i] * units[row]
        deal.average_volume = total / count
    if count < 3:
        return
    total = 0.0
    for i in range(first + 1, row):
        total += change_of(close, units, i)
    mean, total = total / (count - 1), 0.0
    for i in range(first + 1, row):
        change = change_of(close, units, i) - mean
        total += change * change
    deal.volatility = sqrt(total / (count - 2))
