"""Numbers of requests on an instrument's grid: ``proto/SHM_LAYOUT.md`` (Numbers), ``STRATEGY_ABI.md`` (Requests)."""

from libc.stdint cimport int64_t

from ..matching_numbers cimport ON_GRID, Grid, to_double, to_steps
from ..replay.requests cimport put_on


cdef struct Steps:            # of an instrument; a mantissa of 0: it has none
    Grid tick
    Grid lot


cdef inline double on_grid(double x, const Grid* grid, bint up, int64_t* rounded) noexcept nogil:
    """A number on the grid, counted if it was beside it; as it is without a grid, and if it is too large for one."""
    cdef int64_t steps = 0
    cdef int how
    if grid.mantissa == 0 or x == 0.0:
        return x
    how = put_on(x, grid, up, &steps)
    if how < 0:
        return x
    rounded[0] += how
    return to_double(steps, grid)


cdef inline double snapped(double x, const Grid* grid) noexcept nogil:
    """A sum of numbers on the grid without its rounding error; what is beside the grid stays."""
    cdef int64_t steps = 0
    if grid.mantissa == 0 or to_steps(x, grid, &steps) != ON_GRID:
        return x
    return to_double(steps, grid)
