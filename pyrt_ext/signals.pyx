"""The signal simulator: ``signals.pxd`` is its contract."""

from libc.math cimport INFINITY, fabs
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy

import numpy as np

cdef extern from "signals_codes.h" nogil:
    Py_ssize_t pyrt_join_signals(
        const uint8_t* entries, const uint8_t* exits, const uint8_t* short_entries, const uint8_t* short_exits,
        uint8_t twice, uint8_t* codes, Py_ssize_t n,
    )

cdef enum:
    BLOCK = 16         # bars that are looked at together for a stop


def codes(
    const uint8_t[::1] entries not None,
    const uint8_t[::1] exits not None,
    const uint8_t[::1] short_entries,
    const uint8_t[::1] short_exits,
):
    """Join four signals, 0 or 1 a row, into what each row asks for.

    Parameters
    ----------
    entries, exits, short_entries, short_exits : uint8[n]
        The last two may be None.

    Returns
    -------
    uint8[n]
        As the simulator takes them.
    int
        How many rows ask for an entry.
    """
    cdef Py_ssize_t n = entries.shape[0], count
    out = np.empty(n, np.uint8)
    if n == 0:
        return out, 0
    cdef uint8_t[::1] made = out
    cdef const uint8_t* short_e = &entries[0]
    cdef const uint8_t* short_x = &exits[0]
    cdef bint short = short_entries is not None
    if short:
        short_e, short_x = &short_entries[0], &short_exits[0]
    with nogil:
        count = pyrt_join_signals(&entries[0], &exits[0], short_e, short_x, short, &made[0], n)
    return out, count


cdef Py_ssize_t next_signal(const uint8_t* code, uint8_t wanted, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    """Find the first row in [start, stop) that asks for any of these; `stop` if there is none.

    Signals are rare, and nothing happens between them: eight rows are tested at a time.
    """
    cdef uint64_t word, mask = wanted * <uint64_t>0x0101010101010101
    while start + 8 <= stop:
        memcpy(&word, code + start, 8)
        if word & mask:
            break
        start += 8
    while start < stop and not code[start] & wanted:
        start += 1
    return start


cdef void mark(
    double* equity, const double* close, Py_ssize_t start, Py_ssize_t stop, const Account* held
) noexcept nogil:
    """Value the account at the close of rows [start, stop)."""
    cdef Py_ssize_t row
    cdef double cash = held.cash, qty = held.qty
    if qty == 0.0:
        for row in range(start, stop):
            equity[row] = cash
    else:
        for row in range(start, stop):
            equity[row] = cash + qty * close[row]


cdef bint enter(Account* held, Fill* fill, int side, double price, const Rules* rules, Counts* counts) noexcept nogil:
    """Open a position: write the fill, change the account; false if the budget does not cover the fixed fee."""
    cdef double value, fee, budget = held.cash * rules.fraction
    cdef double sign = 1.0 if side == BUY else -1.0
    cdef bint given = rules.units > 0.0 or rules.money > 0.0
    fill.side, fill.reason, fill.price = side, SIGNAL, price
    if given:
        value = rules.units * price if rules.units > 0.0 else rules.money
        fee = value * rules.fee_rate + rules.fixed_fee
        if value + fee <= held.cash:
            fill.qty, fill.fee = rules.units if rules.units > 0.0 else value / price, fee
            held.cash += -(value + fee) if side == BUY else value - fee
            held.qty, held.entry, held.best = sign * fill.qty, price, price
            return True
        budget = held.cash
    if (budget if side == BUY else held.cash) <= rules.fixed_fee:
        counts.rejected += 1
        return False
    counts.cut += given
    if side == BUY:
        value = (budget - rules.fixed_fee) / (1.0 + rules.fee_rate)
        fill.fee = budget - value
        held.cash -= budget
    else:
        value = (held.cash - rules.fixed_fee) / (1.0 + rules.fee_rate) * (1.0 if given else rules.fraction)
        fill.fee = value * rules.fee_rate + rules.fixed_fee
        held.cash += value - fill.fee
    fill.qty = value / price
    held.qty, held.entry, held.best = sign * fill.qty, price, price
    return True


cdef void leave(Account* held, Fill* fill, double price, int reason, const Rules* rules) noexcept nogil:
    """Close the position: write the fill, change the account."""
    cdef double value = fabs(held.qty) * price
    cdef double fee = value * rules.fee_rate + rules.fixed_fee
    fill.side, fill.reason, fill.price, fill.fee = SELL if held.qty > 0.0 else BUY, reason, price, fee
    fill.qty = fabs(held.qty)
    held.cash += value - fee if held.qty > 0.0 else -(value + fee)
    held.qty = 0.0


cdef double worse(double price, int side, const Rules* rules) noexcept nogil:
    return price * (1.0 + rules.slippage) if side == BUY else price * (1.0 - rules.slippage)


cdef Levels levels_of(const Account* held, const Rules* rules) noexcept nogil:
    cdef Levels found
    cdef double sign = 1.0 if held.qty > 0.0 else -1.0
    found.fixed = held.entry * (1.0 - sign * rules.stop_loss) if rules.stop_loss > 0.0 else -sign * INFINITY
    found.target = held.entry * (1.0 + sign * rules.take_profit) if rules.take_profit > 0.0 else sign * INFINITY
    found.step = 1.0 - sign * rules.trailing if rules.trailing > 0.0 else 0.0
    found.stop = found.fixed
    return found


cdef void trail(Levels* levels, const Account* held) noexcept nogil:
    cdef double moving = held.best * levels.step
    if levels.step == 0.0:
        return
    if held.qty > 0.0:
        levels.stop = moving if moving > levels.fixed else levels.fixed
    else:
        levels.stop = moving if moving < levels.fixed else levels.fixed


cdef inline double higher(double a, double b) noexcept nogil:
    return a if a > b else b


cdef inline double lower(double a, double b) noexcept nogil:
    return a if a < b else b


cdef Py_ssize_t quiet(
    const Market* market, const Levels* levels, Account* held, Py_ssize_t row, Py_ssize_t stop
) noexcept nogil:
    """Pass over blocks of bars in which nothing can be hit, whatever the order of their prices; say where they end."""
    cdef Py_ssize_t i
    cdef double high, low, down, up, best
    cdef bint long = held.qty > 0.0
    while row + BLOCK <= stop:
        high, low = market.high[row], market.low[row]
        for i in range(row, row + BLOCK, 4):  # two and two first: what is compared in a chain waits for each other
            high = higher(high, higher(higher(market.high[i], market.high[i + 1]),
                                       higher(market.high[i + 2], market.high[i + 3])))
            low = lower(low, lower(lower(market.low[i], market.low[i + 1]),
                                   lower(market.low[i + 2], market.low[i + 3])))
        best = held.best
        if levels.step != 0.0 and long:
            best = high if high > best else best
        elif levels.step != 0.0:
            best = low if low < best else best
        down, up = levels.fixed, levels.target
        if not long:
            down, up = levels.target, levels.fixed
        if levels.step != 0.0 and long:
            down = best * levels.step if best * levels.step > down else down
        elif levels.step != 0.0:
            up = best * levels.step if best * levels.step < up else up
        if low <= down or high >= up:
            break
        held.best = best
        row += BLOCK
    return row


cdef Py_ssize_t next_stop(
    const Market* market, const Rules* rules, Account* held, Py_ssize_t row, Py_ssize_t stop, double* price,
    int* reason,
) noexcept nogil:
    """Find the first bar in [row, stop) on which the position's stop or target is hit; `stop` if there is none."""
    cdef Levels levels = levels_of(held, rules)
    cdef bint long = held.qty > 0.0
    cdef double opened, high, low
    cdef int side = SELL if long else BUY
    cdef int lost
    while row < stop:
        row = quiet(market, &levels, held, row, stop)
        for row in range(row, min(row + BLOCK, stop)):
            trail(&levels, held)
            opened, high, low = market.open[row], market.high[row], market.low[row]
            lost = STOP_LOSS if levels.stop == levels.fixed else TRAILING_STOP
            if (opened <= levels.stop) if long else (opened >= levels.stop):
                price[0], reason[0] = worse(opened, side, rules), lost
                return row
            if (opened >= levels.target) if long else (opened <= levels.target):
                price[0], reason[0] = opened, TAKE_PROFIT
                return row
            if (low <= levels.stop) if long else (high >= levels.stop):
                price[0], reason[0] = worse(levels.stop, side, rules), lost
                return row
            if (high >= levels.target) if long else (low <= levels.target):
                price[0], reason[0] = levels.target, TAKE_PROFIT
                return row
            if long:
                held.best = high if high > held.best else held.best
            else:
                held.best = low if low < held.best else held.best
        else:
            row += 1
    return stop


cdef void begin_account(Account* held, const Rules* rules) noexcept nogil:
    held.cash, held.qty, held.entry, held.best = rules.cash, 0.0, 0.0, 0.0


cdef Counts simulate(
    const Market* market, const Rules* rules, Fill* fills, double* equity, Account* held, Py_ssize_t begin
) noexcept nogil:
    cdef Counts counts
    cdef Account before
    cdef Py_ssize_t n = market.n, lag = market.lag, last = n - lag
    cdef Py_ssize_t signal, at, hit, until, row = 0, marked = begin, watched = begin, k = 0
    cdef bint stops = rules.stop_loss > 0.0 or rules.take_profit > 0.0 or rules.trailing > 0.0
    cdef double price = 0.0
    cdef int reason = SIGNAL, side
    cdef uint8_t wanted, code
    counts.cut = counts.rejected = 0
    while True:
        wanted = ENTER_LONG | ENTER_SHORT
        if held.qty > 0.0:
            wanted = LEAVE_LONG | ENTER_SHORT
        elif held.qty < 0.0:
            wanted = LEAVE_SHORT | ENTER_LONG
        signal = next_signal(market.codes, wanted, row, last)
        at = signal + lag if signal < last else n
        if stops and held.qty != 0.0:
            # A signal fills at the open, before the stops of its bar, or at the close, after them.
            until = at + 1 - lag if signal < last else n
            hit = next_stop(market, rules, held, watched, until, &price, &reason)
            watched = until
            if hit < until:
                mark(equity, market.close, marked, hit, held)
                leave(held, &fills[k], price, reason, rules)
                marked = fills[k].row = hit
                k += 1
                row = hit + 1 - lag
                continue
        if signal >= last:
            break
        row = signal + 1
        code = market.codes[signal]
        before = held[0]
        if held.qty != 0.0:
            side = SELL if held.qty > 0.0 else BUY
            leave(held, &fills[k], worse(market.price[at], side, rules), SIGNAL, rules)
            fills[k].row = at
            k += 1
        if code & (ENTER_LONG | ENTER_SHORT) & wanted:
            side = BUY if code & ENTER_LONG & wanted else SELL
            if enter(held, &fills[k], side, worse(market.price[at], side, rules), rules, &counts):
                fills[k].row = at
                k += 1
                watched = at + 1 - lag
            elif before.qty == 0.0:
                continue
        mark(equity, market.close, marked, at, &before)
        marked = at
    mark(equity, market.close, marked, n, held)
    counts.fills = k
    counts.late = lag > 0 and n > 0 and (market.codes[n - 1] & wanted) != 0
    return counts


def run(
    const double[::1] price not None,
    tuple bars not None,
    const uint8_t[::1] codes not None,
    Py_ssize_t lag,
    const Rules[::1] rules not None,
    Fill[::1] fills not None,
    double[::1] equity not None,
    double[::1] held=None,
    Py_ssize_t begin=0,
):
    """Simulate one position at a time over n bars.

    Parameters
    ----------
    price : float64[n]
        What a fill on that bar costs: opens or closes. Positive, finite.
    bars : tuple of float64[n]
        Open, high, low, close.
    codes : uint8[n]
        Of :func:`codes`.
    lag : int
        0: a signal fills on its own bar, at its close; 1: on the next, at its open.
    rules : Rules[1]
        Cash, size, costs and stops.
    fills : Fill[...]
        Written; room for two for each row that asks for an entry, and for the exit of what is held. Entries and exits
        alternate.
    equity : float64[n]
        Written, from row `begin` on.
    held : float64[4], optional
        Account of a run whose bars come a stretch at a time: cash, quantity, price of the entry and best price since;
        read and written. Unless given, it has the cash of the rules.
    begin : int
        Rows before this one, as many as `lag`, are the last ones of the stretch before.

    Returns
    -------
    dict
        Counts: fills, cut, rejected, late.
    """
    cdef Counts counts
    cdef Market market
    cdef Account account
    cdef const double[::1] opens, highs, lows, closes
    begin_account(&account, &rules[0])
    if held is not None:
        account.cash, account.qty, account.entry, account.best = held[0], held[1], held[2], held[3]
    market.n, market.lag = price.shape[0], lag
    if market.n == 0:
        return {"fills": 0, "cut": 0, "rejected": 0, "late": 0}
    opens, highs, lows, closes = bars
    market.price, market.codes = &price[0], &codes[0]
    market.open, market.high, market.low, market.close = &opens[0], &highs[0], &lows[0], &closes[0]
    # An empty buffer has no first element to point at; the simulator never touches it then.
    cdef Fill* first = &fills[0] if fills.shape[0] else NULL
    with nogil:
        counts = simulate(&market, &rules[0], first, &equity[0], &account, begin)
    if held is not None:
        held[0], held[1], held[2], held[3] = account.cash, account.qty, account.entry, account.best
    return counts
