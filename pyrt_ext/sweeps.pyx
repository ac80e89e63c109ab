"""Many runs on signals, without keeping any: ``sweeps.pxd`` is the contract."""

from libc.math cimport isfinite
from libc.stdint cimport uint8_t
from libc.stdlib cimport free, malloc

from .signals cimport Account, Counts, Fill, begin_account, simulate

cdef enum:
    LANES = 8          # sums that grow side by side, so that none waits for itself


cdef void measure_equity(const double* equity, Py_ssize_t n, double cash, Figures* out) noexcept nogil:
    cdef double[LANES] total, short, squares, worth
    cdef double before = cash, back, r, mean, peak = cash, deepest = 0.0, least = cash, depth
    cdef Py_ssize_t t, lane
    for lane in range(LANES):
        total[lane] = short[lane] = squares[lane] = worth[lane] = 0.0
    for t in range(n):
        lane = t % LANES
        r = equity[t] / before - 1.0
        before = equity[t]
        total[lane] += r
        short[lane] += r * r if r < 0.0 else 0.0
        worth[lane] += before
        if before > peak:
            peak = before
        depth = before / peak - 1.0
        deepest = depth if depth < deepest else deepest
        least = before if before < least else least
    out.mean_return, out.shortfall, out.mean_equity = folded(total) / n, folded(short), folded(worth) / n
    mean, before = out.mean_return, cash
    for t in range(n):
        back = equity[t] / before - 1.0 - mean
        before = equity[t]
        squares[t % LANES] += back * back
    out.squares, out.max_drawdown, out.final_equity = folded(squares), deepest, equity[n - 1]
    out.solvent = least > 0.0 and isfinite(out.mean_equity)


cdef double folded(const double* lanes) noexcept nogil:
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))


cdef void measure_fills(const Fill* fills, const Counts* counts, const Market* market, Figures* out) noexcept nogil:
    cdef Py_ssize_t k, held = 0
    cdef double paid, got, pnl
    out.traded = out.fees = out.closed = out.won = out.gains = out.losses = 0.0
    for k in range(counts.fills):
        out.traded += fills[k].qty * fills[k].price
        out.fees += fills[k].fee
        if k % 2 == 0:
            continue
        held += fills[k].row - fills[k - 1].row
        paid, got = fills[k].qty * fills[k - 1].price, fills[k].qty * fills[k].price
        pnl = (got - paid if fills[k].side == 2 else paid - got) - (fills[k - 1].fee + fills[k].fee)
        out.closed += 1
        if pnl > 0.0:
            out.won += 1
            out.gains += pnl
        else:
            out.losses += pnl
    if counts.fills % 2:
        held += market.n - fills[counts.fills - 1].row
    out.exposure = held / <double>market.n
    out.cut, out.rejected = counts.cut, counts.rejected


def measure(
    const double[::1] price not None,
    tuple bars not None,
    const uint8_t[:, ::1] codes not None,
    Py_ssize_t openings,
    Py_ssize_t lag,
    const Rules[::1] rules not None,
    Figures[::1] figures not None,
):
    """Simulate k sets over n bars, one after the other, without the GIL.

    Parameters
    ----------
    price, bars, lag
        As for :func:`pyrt_ext.signals.run`; n is at least 1.
    codes : uint8[k, n]
        A set a row, of :func:`pyrt_ext.signals.codes`.
    openings : int
        The most rows of a set that ask for an entry.
    rules : Rules[k]
        A set each.
    figures : Figures[k]
        Written.

    Raises
    ------
    MemoryError
        If there is no room for the course of one set.
    """
    cdef Market market
    cdef const double[::1] opens, highs, lows, closes
    cdef Counts counts
    cdef Account held
    cdef Py_ssize_t k
    opens, highs, lows, closes = bars
    market.n, market.lag, market.price = price.shape[0], lag, &price[0]
    market.open, market.high, market.low, market.close = &opens[0], &highs[0], &lows[0], &closes[0]
    cdef double* equity = <double*>malloc(market.n * sizeof(double))
    cdef Fill* fills = <Fill*>malloc((2 * openings + 1) * sizeof(Fill))
    if equity == NULL or fills == NULL:
        free(equity)
        free(fills)
        raise MemoryError
    with nogil:
        for k in range(codes.shape[0]):
            market.codes = &codes[k, 0]
            begin_account(&held, &rules[k])
            counts = simulate(&market, &rules[k], fills, equity, &held, 0)
            measure_equity(equity, market.n, rules[k].cash, &figures[k])
            measure_fills(fills, &counts, &market, &figures[k])
    free(equity)
    free(fills)
