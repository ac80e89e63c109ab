"""The signal simulator: ``signals.pxd`` is its contract."""

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy

cdef enum:
    BUY = 1
    SELL = 2


cdef Py_ssize_t next_signal(
    const uint8_t* want, const uint8_t* veto, Py_ssize_t start, Py_ssize_t stop
) noexcept nogil:
    """Find the first row in [start, stop) that is wanted and not vetoed; `stop` if there is none.

    Signals are rare, and nothing happens between them: eight rows are tested at a time.
    """
    cdef uint64_t wanted, vetoed
    while start + 8 <= stop:
        memcpy(&wanted, want + start, 8)
        memcpy(&vetoed, veto + start, 8)
        if wanted & ~vetoed:
            break
        start += 8
    while start < stop and not (want[start] and not veto[start]):
        start += 1
    return start


cdef void mark(
    double* equity, const double* close, Py_ssize_t start, Py_ssize_t stop, double cash, double qty
) noexcept nogil:
    """Value the account at the close of rows [start, stop)."""
    cdef Py_ssize_t row
    if qty == 0.0:
        for row in range(start, stop):
            equity[row] = cash
    else:
        for row in range(start, stop):
            equity[row] = cash + qty * close[row]


cdef bint buy(Fill* fill, double* cash, double paid, const Rules* rules, Counts* counts) noexcept nogil:
    """Write the entry's fill and take its cost from the cash; false if the budget does not cover the fixed fee."""
    cdef double value, fee, budget = cash[0] * rules.fraction
    if rules.units > 0.0:
        value = rules.units * paid
        fee = value * rules.fee_rate + rules.fixed_fee
        if value + fee <= cash[0]:
            fill.side, fill.qty, fill.price, fill.fee = BUY, rules.units, paid, fee
            cash[0] -= value + fee
            return True
        budget = cash[0]
    if budget <= rules.fixed_fee:
        counts.rejected += 1
        return False
    if rules.units > 0.0:
        counts.cut += 1
    value = (budget - rules.fixed_fee) / (1.0 + rules.fee_rate)
    fill.side, fill.qty, fill.price, fill.fee = BUY, value / paid, paid, budget - value
    cash[0] -= budget
    return True


cdef void sell(Fill* fill, double* cash, double qty, double got, const Rules* rules) noexcept nogil:
    """Write the exit's fill and add its proceeds to the cash."""
    cdef double value = qty * got
    cdef double fee = value * rules.fee_rate + rules.fixed_fee
    fill.side, fill.qty, fill.price, fill.fee = SELL, qty, got, fee
    cash[0] += value - fee


cdef Counts simulate(
    const double* price,
    const double* close,
    const uint8_t* entries,
    const uint8_t* exits,
    Py_ssize_t n,
    Py_ssize_t lag,
    const Rules* rules,
    Fill* fills,
    double* equity,
) noexcept nogil:
    cdef Counts counts
    cdef Py_ssize_t signal, row = 0, marked = 0, k = 0, last = n - lag
    cdef double cash = rules.cash, qty = 0.0, before
    cdef const uint8_t* want = entries
    cdef const uint8_t* veto = exits
    counts.cut = counts.rejected = 0
    while True:
        signal = next_signal(want, veto, row, last)
        if signal >= last:
            break
        row = signal + 1
        before = cash
        if want == entries:
            if not buy(&fills[k], &cash, price[signal + lag] * (1.0 + rules.slippage), rules, &counts):
                continue
        else:
            sell(&fills[k], &cash, qty, price[signal + lag] * (1.0 - rules.slippage), rules)
        mark(equity, close, marked, signal + lag, before, qty)
        marked = fills[k].row = signal + lag
        qty = fills[k].qty if fills[k].side == BUY else 0.0
        want, veto = veto, want
        k += 1
    mark(equity, close, marked, n, cash, qty)
    counts.fills = k
    counts.late = lag > 0 and n > 0 and want[n - 1] and not veto[n - 1]
    return counts


def run(
    const double[::1] price not None,
    const double[::1] close not None,
    const uint8_t[::1] entries not None,
    const uint8_t[::1] exits not None,
    Py_ssize_t lag,
    const Rules[::1] rules not None,
    Fill[::1] fills not None,
    double[::1] equity not None,
):
    """Simulate one position at a time over n bars.

    Parameters
    ----------
    price : float64[n]
        What a fill on that bar costs: opens or closes. Positive, finite.
    close : float64[n]
        What a position is worth at the end of that bar.
    entries, exits : uint8[n]
        0 or 1. A row with both is neither.
    lag : int
        0: a signal fills on its own bar; 1: on the next.
    rules : Rules[1]
        Cash, size and costs.
    fills : Fill[...]
        Written; room for ``2 * min(sum(entries), sum(exits) + 1)``. Buys and sells alternate.
    equity : float64[n]
        Written.

    Returns
    -------
    dict
        Counts: fills, cut, rejected, late.
    """
    cdef Counts counts
    cdef Py_ssize_t n = price.shape[0]
    if n == 0:
        return {"fills": 0, "cut": 0, "rejected": 0, "late": 0}
    # An empty buffer has no first element to point at; the simulator never touches it then.
    cdef Fill* first = &fills[0] if fills.shape[0] else NULL
    with nogil:
        counts = simulate(&price[0], &close[0], &entries[0], &exits[0], n, lag, &rules[0], first, &equity[0])
    return counts
