"""The signal simulator with an account: ``signals.pxd`` beside it is its contract."""

from libc.math cimport INFINITY, NAN, fabs
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memset

from .account cimport (
    borrow_of, dividend_of, funding_of, interest_of, liquidation_price, rate_after, rate_before, split_of,
)
from .history cimport look_back
from ..costs cimport Deal, commission, costs_in, fill_price, most_units, settle
from ..signals cimport (
    BUY, ENTER_LONG, ENTER_SHORT, LEAVE_LONG, LEAVE_SHORT, LIQUIDATION, SELL, SIGNAL, STOP_LOSS, TAKE_PROFIT,
    TRAILING_STOP, Levels, levels_of, trail,
)
from ..signals cimport Account as Holding

cdef enum:
    HALVINGS = 64

cdef double DUST = 1e-9    # of the equity: what an entry with all the money has left by rounding


cdef inline double at_or_unknown(const double* values, Py_ssize_t row) noexcept nogil:
    return NAN if values == NULL else values[row]


cdef void introduce(Run* run, Deal* deal, Py_ssize_t row, int side, double held) noexcept nogil:
    """Say what is known of a deal but for its quantity and price."""
    memset(deal, 0, sizeof(Deal))
    deal.side, deal.position = 1.0 if side == BUY else -1.0, held
    deal.high, deal.low = run.market.high[row], run.market.low[row]
    deal.volume = at_or_unknown(run.known.volume, row)
    deal.average_volume = deal.volatility = NAN
    deal.time = run.known.time[row]
    if run.known.window:
        look_back(deal, row, run.known.window, run.market.close, run.known.volume, run.known.units)


cdef bint priced(Run* run, Deal* deal, double* price, double* fee) noexcept nogil:
    """Price and fee of a deal; false if a model gives what is no number. One that rested has the market's price."""
    cdef double market = deal.price
    price[0] = market if deal.maker != 0.0 else fill_price(run.costs, &run.state, deal)
    deal.price = price[0]
    fee[0] = commission(run.costs, &run.state, deal, NULL)
    deal.price = market
    return not run.state.fault and fabs(price[0]) < INFINITY and fabs(fee[0]) < INFINITY


cdef void made(Run* run, const Deal* deal, double price, double fee) noexcept nogil:
    """A fill was made."""
    settle(run.costs, &run.state, deal, price, fee, NULL)
    if run.known.window and not (
        deal.volatility == deal.volatility and (run.known.volume == NULL or deal.average_volume == deal.average_volume)
    ):
        run.unknown += 1


cdef double afforded(Run* run, Deal* deal, double cash, double budget) noexcept nogil:
    """The most units that a budget pays for, fee included, and the leverage of the cash; NaN if a model failed."""
    cdef double low = 0.0, high, price, fee, value, unit = deal.price * deal.multiplier
    cdef int i = 0
    cdef bint bounded = False
    if not (budget > 0.0 and cash > 0.0):
        return 0.0
    high = 2.0 * min(budget, cash * run.margin.leverage) / unit
    while i < HALVINGS and high < INFINITY:
        deal.qty = 0.5 * (low + high) if bounded else high
        if not priced(run, deal, &price, &fee):
            return NAN
        value = deal.qty * price * deal.multiplier
        if price > 0.0 and value + fee <= budget and value / run.margin.leverage + fee <= cash:
            low = deal.qty
            if not bounded:
                high = 2.0 * high
        else:
            high = deal.qty
            bounded = True
        i += bounded
    return low


cdef double entered_units(Run* run, Deal* deal, double cash, Counts* counts) noexcept nogil:
    """How many units an entry trades; NaN if a model failed."""
    cdef const Rules* rules = run.rules
    cdef bint given = rules.units > 0.0 or rules.money > 0.0
    cdef double price, fee, qty = 0.0, most = most_units(run.costs, deal.volume)
    cdef double equity = cash + run.others, free = equity - run.gross / run.margin.leverage
    if run.gross > 0.0 and free < DUST * equity:
        free = 0.0
    if given:
        qty = rules.units
        if not qty > 0.0:
            deal.qty = rules.money / (deal.price * deal.multiplier)
            if not priced(run, deal, &price, &fee):
                return NAN
            qty = rules.money / (price * deal.multiplier) if price > 0.0 else INFINITY
        deal.qty = min(qty, most)
        if 0.0 < deal.qty < INFINITY:
            if not priced(run, deal, &price, &fee):
                return NAN
            if price > 0.0 and deal.qty * price * deal.multiplier / run.margin.leverage + fee <= free:
                counts.cut += deal.qty < qty
                return deal.qty
        counts.cut += 1
        qty = afforded(run, deal, free, INFINITY)
    elif deal.side > 0.0:
        qty = afforded(run, deal, free, equity * rules.fraction)
    else:
        qty = afforded(run, deal, equity, INFINITY) * (rules.fraction / run.margin.leverage)
        if run.gross > 0.0 and qty > 0.0:
            qty = min(qty, afforded(run, deal, free, INFINITY))
    if qty > most:
        counts.cut += not given
        qty = most
    return qty


cdef int enter(
    Run* run, Holding* held, Fill* fill, Py_ssize_t row, int side, double market, double money, Counts* counts
) noexcept nogil:
    """Open a position: 1; 0 if nothing was paid for, -1 if a model failed."""
    cdef double price, fee, value
    cdef int64_t cut = counts.cut
    cdef Deal deal
    introduce(run, &deal, row, side, 0.0)
    deal.price, deal.multiplier = market, money
    deal.qty = entered_units(run, &deal, held.cash, counts)
    if deal.qty == 0.0:
        counts.cut = cut
        counts.rejected += 1
        return 0
    if not (deal.qty > 0.0 and priced(run, &deal, &price, &fee) and price > 0.0):
        run.faulty_row = row
        return -1
    value = deal.qty * price * money
    held.cash += -(value + fee) if side == BUY else value - fee
    held.qty, held.entry, held.best = deal.qty * deal.side, price, price
    fill.row, fill.side, fill.reason, fill.qty, fill.price, fill.fee = row, side, SIGNAL, deal.qty, price, fee
    made(run, &deal, price, fee)
    return 1


cdef int leave(
    Run* run, Holding* held, Fill* fill, Py_ssize_t row, double market, double money, int reason
) noexcept nogil:
    """Close the position: 1, or -1 if a model failed."""
    cdef double price, fee, value
    cdef int side = SELL if held.qty > 0.0 else BUY
    cdef Deal deal
    introduce(run, &deal, row, side, held.qty)
    deal.price, deal.multiplier, deal.qty, deal.maker = market, money, fabs(held.qty), reason == TAKE_PROFIT
    if not (priced(run, &deal, &price, &fee) and price > 0.0):
        run.faulty_row = row
        return -1
    value = deal.qty * price * money
    made(run, &deal, price, fee)
    if reason == LIQUIDATION:
        fee += run.margin.liquidation_fee * value
    held.cash += value - fee if side == SELL else -(value + fee)
    held.qty = 0.0
    fill.row, fill.side, fill.reason, fill.qty, fill.price, fill.fee = row, side, reason, deal.qty, price, fee
    return 1


cdef uint8_t wanted_by(const Holding* held) noexcept nogil:
    if held.qty > 0.0:
        return LEAVE_LONG | ENTER_SHORT
    return LEAVE_SHORT | ENTER_LONG if held.qty < 0.0 else ENTER_LONG | ENTER_SHORT


cdef int act(
    Run* run, Holding* held, Fill* fills, Py_ssize_t row, uint8_t code, double money, Counts* counts
) noexcept nogil:
    """Carry out a signal on a bar; -1 if a model failed."""
    cdef uint8_t wanted = code & wanted_by(held)
    cdef double market = run.market.price[row]
    cdef int made
    if wanted == 0:
        return 0
    if held.qty != 0.0:
        if leave(run, held, &fills[counts.fills], row, market, money, SIGNAL) < 0:
            return -1
        counts.fills += 1
    if wanted & (ENTER_LONG | ENTER_SHORT):
        made = enter(
            run, held, &fills[counts.fills], row, BUY if wanted & ENTER_LONG else SELL, market, money, counts
        )
        if made < 0:
            return -1
        counts.fills += made
    return 0


cdef bint hit(Run* run, const Holding* held, Py_ssize_t row, double money, double* price, int* reason) noexcept nogil:
    """Whether a bar reaches a stop, the target or the liquidation of a position; at which price of the market."""
    cdef Levels levels = levels_of(held, run.rules)
    cdef double opened = run.market.open[row], high = run.market.high[row], low = run.market.low[row]
    cdef double cash = held.cash + run.others - run.margin.maintenance * run.gross
    cdef double last = liquidation_price(run.margin, cash, held.qty, money)
    cdef bint long = held.qty > 0.0
    trail(&levels, held)
    reason[0] = STOP_LOSS if levels.stop == levels.fixed else TRAILING_STOP
    if (last >= levels.stop) if long else (last <= levels.stop):
        levels.stop, reason[0] = last, LIQUIDATION
    if (opened <= levels.stop) if long else (opened >= levels.stop):
        price[0] = opened
    elif (opened >= levels.target) if long else (opened <= levels.target):
        price[0], reason[0] = opened, TAKE_PROFIT
    elif (low <= levels.stop) if long else (high >= levels.stop):
        price[0] = levels.stop
    elif (high >= levels.target) if long else (low <= levels.target):
        price[0], reason[0] = levels.target, TAKE_PROFIT
    else:
        return False
    return True


cdef void fall_due(Run* run, Holding* held, Py_ssize_t row, double money, Payments* paid) noexcept nogil:
    """What is paid before a bar, and what a split makes of a position."""
    cdef double close = run.market.close[row - 1], split = split_of(&run.due, row)
    paid.interest = interest_of(&run.due, row, held.cash)
    held.cash += paid.interest
    if held.qty == 0.0:
        return
    paid.borrow = borrow_of(&run.due, row, held.qty, close, money)
    held.cash += paid.borrow
    paid.funding = funding_of(&run.due, row, held.qty, close, money)
    held.cash += paid.funding
    paid.dividend = dividend_of(&run.due, row, held.qty, money)
    held.cash += paid.dividend
    held.qty, held.entry, held.best = held.qty * split, held.entry / split, held.best / split


cdef Counts simulate_account(Run* run, Fill* fills, Payments* payments, double* equity) noexcept nogil:
    cdef Counts counts
    cdef Holding held
    cdef Py_ssize_t n = run.market.n, lag = run.market.lag, row
    cdef double money, price = 0.0
    cdef int reason = SIGNAL
    cdef bint stopped
    memset(&counts, 0, sizeof(counts))
    held.cash, held.qty, held.entry, held.best = run.rules.cash, 0.0, 0.0, 0.0
    run.faulty_row = -1
    for row in range(n):
        money = run.margin.multiplier * rate_before(&run.due, row)
        stopped = False
        if row > 0:
            fall_due(run, &held, row, money, &payments[row])
            run.state.shift /= split_of(&run.due, row)
            if lag and act(run, &held, fills, row, run.market.codes[row - 1], money, &counts) < 0:
                return counts
        if held.qty != 0.0:
            stopped = hit(run, &held, row, money, &price, &reason)
            if stopped:
                if leave(run, &held, &fills[counts.fills], row, price, money, reason) < 0:
                    return counts
                counts.fills += 1
            elif held.qty > 0.0:
                held.best = max(held.best, run.market.high[row])
            else:
                held.best = min(held.best, run.market.low[row])
        money = run.margin.multiplier * rate_after(&run.due, row)
        if not lag and not stopped and act(run, &held, fills, row, run.market.codes[row], money, &counts) < 0:
            return counts
        equity[row] = held.cash + held.qty * run.market.close[row] * money
    counts.late = lag > 0 and n > 0 and (run.market.codes[n - 1] & wanted_by(&held)) != 0
    return counts


cdef const double* first(const double[::1] values) noexcept:
    """Where an array begins, which its caller holds; NULL for none."""
    if values is None or values.shape[0] == 0:
        return NULL
    return &values[0]


def run(
    tuple bars not None,
    const uint8_t[::1] codes not None,
    Py_ssize_t lag,
    const Rules[::1] rules not None,
    tuple terms not None,
    dict rows not None,
    tuple out not None,
):
    """Simulate one position at a time over n bars, with an account.

    Parameters
    ----------
    bars : tuple of float64[n]
        Open, high, low, close. Positive, finite.
    codes : uint8[n]
        Of :func:`pyrt_ext.signals.codes`.
    lag : int
        0: a signal fills on its own bar, at its close; 1: on the next, at its open.
    rules : Rules[1]
        Cash, size and stops.
    terms : tuple
        Costs as bytes, Margin[1], and the window of bars that costs go by (0: they do not).
    rows : dict of str to float64[n] or None
        ``interest``, ``borrow``, ``funding``, ``dividend``, ``split``, ``rate``; ``volume``, ``units``; and ``time``,
        int64[n].
    out : tuple
        Fill[...] as for :func:`pyrt_ext.signals.run`, Payments[n] of zeros, and equity float64[n]; written.

    Returns
    -------
    dict
        Counts: fills, cut, rejected, late, and the fills before a mean volume or a volatility was known.
    tuple of int
        Row at which a model of costs failed (-1: none), which function, and what it returned.
    """
    cdef Run run_terms
    cdef Market market
    cdef Counts counts
    cdef const double[::1] opens, highs, lows, closes
    cdef const double[::1] interest = rows["interest"], borrow = rows["borrow"], funding = rows["funding"]
    cdef const double[::1] dividend = rows["dividend"], split = rows["split"], rate = rows["rate"]
    cdef const double[::1] volume = rows["volume"], units = rows["units"]
    cdef const int64_t[::1] time = rows["time"]
    cdef const Margin[::1] margin = terms[1]
    cdef Fill[::1] fills
    cdef Payments[::1] payments
    cdef double[::1] equity
    cdef Fill* first_fill
    opens, highs, lows, closes = bars
    fills, payments, equity = out
    market.n, market.lag, market.codes = codes.shape[0], lag, &codes[0]
    market.open, market.high, market.low, market.close = &opens[0], &highs[0], &lows[0], &closes[0]
    market.price = market.open if lag else market.close
    memset(&run_terms, 0, sizeof(run_terms))
    run_terms.market, run_terms.rules = &market, &rules[0]
    run_terms.costs, run_terms.margin = costs_in(terms[0]), &margin[0]
    run_terms.due.interest, run_terms.due.borrow, run_terms.due.funding = first(interest), first(borrow), first(funding)
    run_terms.due.dividend, run_terms.due.split, run_terms.due.rate = first(dividend), first(split), first(rate)
    run_terms.known.volume, run_terms.known.units = first(volume), first(units)
    run_terms.known.time, run_terms.known.window = &time[0], terms[2]
    first_fill = &fills[0] if fills.shape[0] else NULL
    with nogil:
        counts = simulate_account(&run_terms, first_fill, &payments[0], &equity[0])
    found = dict(counts, unknown=run_terms.unknown)
    return found, (run_terms.faulty_row, run_terms.state.faulty, run_terms.state.fault)
