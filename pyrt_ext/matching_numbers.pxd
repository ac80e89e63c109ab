"""Contract of ``matching_numbers.h``: doubles to steps, money in 128 bits."""

from libc.stdint cimport int64_t, uint64_t


cdef extern from "matching_numbers.h" nogil:
    ctypedef long long i128 "pyrt_i128"  # really 128 bits: keep expressions to one type, or use the functions below
    ctypedef struct Grid "pyrt_grid":
        double scale
        int64_t mantissa
    enum:
        ON_GRID "PYRT_ON_GRID"
        OFF_GRID "PYRT_OFF_GRID"
    int steps_soon "pyrt_steps_soon"(double x, const Grid* grid, int64_t* steps)  # 0: ask to_steps
    int both_soon "pyrt_both_soon"(
        double price, double qty, const Grid* tick, const Grid* lot, int64_t* ticks, int64_t* lots
    )
    int to_steps "pyrt_steps"(double x, const Grid* grid, int64_t* steps)
    int has_double "pyrt_has_double"(int64_t steps, const Grid* grid)
    double to_double "pyrt_double"(int64_t steps, const Grid* grid)
    i128 unit_value "pyrt_unit"(int64_t tick, int tick_places, int64_t lot, int lot_places)
    ctypedef struct Contract "pyrt_contract":
        i128 unit
        int64_t inverse
    int notional_of "pyrt_notional"(const Contract* of, int64_t ticks, int64_t lots, i128* notional)
    i128 signed_worth "pyrt_signed"(const Contract* of, i128 worth)
    i128 fee_of "pyrt_fee"(i128 notional, int64_t rate)
    i128 fee_units "pyrt_fee_units"(i128 fee)
    double fee_double "pyrt_fee_double"(i128 fee)
    i128 part_of_cost "pyrt_part"(i128 cost, int64_t closed, int64_t position)
    int add_money "pyrt_add"(i128* sum, i128 more)
    int sub_money "pyrt_sub"(i128* sum, i128 less)
    int64_t scaled_draw "pyrt_scaled"(uint64_t x, int64_t bound)
    const double POWERS "PYRT_POWERS"[19]


cdef inline int set_contract(Contract* contract, Py_ssize_t row, grid) except -1:
    """Say what lots are worth: by tick and lot, and of a contract its multiplier, and whether it is inverse."""
    tick, tick_places, lot, lot_places = grid[:4]
    size, places, inverse = grid[4:] or (1, 0, 0)
    contract.inverse = tick if inverse else 0
    if inverse:
        tick, tick_places = 1, -tick_places
    contract.unit = unit_value(tick, tick_places, lot * size, lot_places + places)
    if contract.unit == 0:
        raise ValueError(too_fine(row, grid))
    return 0


cdef inline str too_fine(Py_ssize_t row, grid):
    """What is said of an instrument that money cannot hold."""
    places = grid[1] + grid[3] + (grid[5:] or (0,))[0]
    words = "tick, lot and contract" if grid[4:] else "tick and lot"
    return f"instruments[{row}]: {words} have {places} decimal places together, money has 18"
