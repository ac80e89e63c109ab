"""Markets, strategies and accounts at random: what liquidates, is refused and pays within a few thousand records."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

import pyrt
from pyrt.backtest import Account, Rates, Simulation
from pyrt.data import Actions
from pyrt.grid import Grid
from pyrt.types import EVENT, RECORDS, Instrument, InstrumentKind, Kind, Side

US, HOUR, DAY = 1_000, 3_600 * 10**9, 86_400 * 10**9
START = 19_700 * DAY + 5 * HOUR
WAYS = Simulation(
    book="quotes", feed_latency_ns=0, order_latency_ns=501, response_latency_ns=301, maker_fee=-5_000, taker_fee=40_000
)
"""Records come at whole microseconds, answers never do."""

INSTRUMENTS = (
    Instrument("test:BTC-USD", Grid.parse("0.5"), Grid.parse("0.001"), id=0),
    Instrument("test:ES-USD-FUT", Grid.parse("0.25"), Grid.parse("1"), id=1, details={"multiplier": 0.05}),
    Instrument("test:DAX-EUR", Grid.parse("0.1"), Grid.parse("0.01"), id=2),
    Instrument("test:EUR-USD", Grid.parse("0.00005"), Grid.parse("1000"), id=3),
)
BTC = "test:BTC-USD-INVERSE"
INVERSE = (
    Instrument(
        BTC, Grid.parse("0.5"), Grid.parse("0.1"), id=0, kind=InstrumentKind.INVERSE, details={"multiplier": 20.0}
    ),
    *INSTRUMENTS[1:],
)
"""The same with a contract whose profits are coins."""
PRICES = (4_000, 8_000, 9_000, 22_000)  # in ticks


class Gambler(pyrt.Strategy):
    """Asks for anything at random, on records alone: orders that the account cannot bear, changes, cancels."""

    size: float = 0.4  # of equity
    seed: int = 1

    def start(self, ctx):
        self.random: int = self.seed

    def draw(self, ctx, most):
        self.random = (self.random * 1_103_515_245 + 12_345) % 2_147_483_648
        return (self.random // 65_536) % most

    def ask(self, ctx):
        bid, ask = ctx.best_bid, ctx.best_ask
        if not (bid > 0.0 and ask > bid):
            return
        side = 1.0 if self.draw(ctx, 2) == 0 else -1.0
        size = side * self.size * (1.0 + self.draw(ctx, 5))
        what = self.draw(ctx, 24)
        away = (ask - bid) * self.draw(ctx, 6)
        if what == 0:
            ctx.market(size, "fraction")
        elif what == 1:
            ctx.limit(size, (bid if side > 0.0 else ask) - side * away, sizing="fraction")
        elif what == 2:
            ctx.limit(size, (ask if side > 0.0 else bid) + side * away, "ioc", sizing="fraction")
        elif what == 3:
            ctx.stop(size, (ask if side > 0.0 else bid) + side * away, sizing="fraction")
        elif what == 4:
            ctx.stop_limit(size, (ask if side > 0.0 else bid) + side * away, ask + side * 2.0 * away, sizing="fraction")
        elif what == 5:
            ctx.trailing_stop(size, ask - bid + away, sizing="fraction")
        elif what == 6 and ctx.order_count > 0:
            ctx.cancel(ctx.order(self.draw(ctx, ctx.order_count)).order_id)
        elif what == 7 and ctx.order_count > 0:
            order = ctx.order(self.draw(ctx, ctx.order_count))
            ctx.modify(order.order_id, qty=order.qty * (0.5 + 0.5 * self.draw(ctx, 4)))
        elif what == 8 and ctx.order_count > 0:
            order = ctx.order(self.draw(ctx, ctx.order_count))
            if order.price > 0.0:
                ctx.modify(order.order_id, price=order.price + side * away)
        elif what == 9 and ctx.position != 0.0 and ctx.order_count < 6:
            ctx.market(-ctx.position)

    def on_trade(self, ctx, trade):
        self.ask(ctx)

    def on_quote(self, ctx, quote):
        self.ask(ctx)


def market(rng, count, instruments=INSTRUMENTS):
    """Quotes and trades of all instruments, some of them far from the last, over a few days."""
    records, time, ticks = np.zeros(count, EVENT), START, list(PRICES)
    for k in range(count):
        time += int(rng.choice([US, 40 * US, 10**9, 600 * 10**9, 5 * HOUR], p=[0.5, 0.3, 0.15, 0.045, 0.005]))
        row = int(rng.choice(4, p=[0.4, 0.3, 0.25, 0.05]))
        ticks[row] = max(60, ticks[row] + int(rng.integers(-4, 5)))
        if rng.random() < 0.01:
            ticks[row] = max(60, int(ticks[row] * rng.uniform(0.95, 1.05)))
        tick, lot = instruments[row].tick, instruments[row].lot
        if rng.random() < 0.5:
            one = np.zeros(1, RECORDS[Kind.TRADE])
            one["kind"], one["side"] = Kind.TRADE, int(rng.integers(1, 3))
            away = int(rng.integers(0, 3)) * (1 if one["side"][0] == Side.BUY else -1)
            one["price"], one["qty"] = tick.to_double(ticks[row] + away), lot.to_double(int(rng.integers(1, 400)))
        else:
            one = np.zeros(1, RECORDS[Kind.QUOTE])
            one["kind"] = Kind.QUOTE
            one["bid"] = np.nan if rng.random() < 0.01 else tick.to_double(ticks[row] - 1)
            one["ask"] = tick.to_double(ticks[row] + 1 + int(rng.integers(0, 2)))
            one["bid_qty"], one["ask_qty"] = lot.to_double(rng.integers(1, 900, 2))
        one["stamp"], one["instrument"], one["event_time"], one["receive_time"] = k, row, time, time
        records[k : k + 1] = one.view(EVENT)
    return records


def account_of(rng, span):
    """An account of any kind; the euro's rate from a series, or from its price."""
    first, last = span
    leverage = float(rng.choice([1.0, 3.3, 10.0, 50.0]))
    keeps = None if rng.random() < 0.5 else float(rng.uniform(0.5, 0.99) / leverage)
    times = np.sort(rng.integers(first // US, last // US, 40)) * US + rng.choice([0, 500], 40)
    euro = [Rates(np.append(0, times), rng.uniform(1.0, 1.2, 41).round(5)), "test:EUR-USD", 1.125][int(rng.integers(3))]
    funding = {
        "test:BTC-USD": Rates(times, rng.normal(0.0, 0.01, 40)),
        "test:DAX-EUR": Rates(times, rng.normal(0.0, 0.01, 40)),
    }
    return Account(
        leverage=leverage,
        maintenance=keeps,
        liquidation_bps=float(rng.choice([0.0, 25.0])),
        interest=float(rng.choice([0.0, 0.5])),
        borrow={"test:BTC-USD": 0.3, "test:DAX-EUR": Rates([0, int(times[20])], [0.2, 0.1])}
        if rng.random() < 0.7
        else 0.0,
        funding=funding if rng.random() < 0.7 else None,
        conversion={"test:DAX-EUR": euro},
    ), {"test:ES-USD-FUT": Actions(times[:20] + 1, np.ones(20), rng.uniform(0.0, 2.0, 20).round(3))}


def inverted(account, coin):
    """An account whose first instrument is the inverse one; its coins have a rate, or its own price."""
    named = {name: getattr(account, name) for name in ("borrow", "funding", "conversion")}
    for name, given in named.items():
        if isinstance(given, Mapping):
            named[name] = {BTC if key == "test:BTC-USD" else key: value for key, value in given.items()}
    named["conversion"] = {**named["conversion"], BTC: coin}
    return replace(account, **named)


def run_of(seed, count=1500, inverse=False):
    """Events, terms of a backtest and parameters of a strategy, from a seed alone."""
    rng = np.random.default_rng(seed)
    events = market(rng, count, INVERSE if inverse else INSTRUMENTS)
    account, actions = account_of(rng, (int(events["words"][0, 0]), int(events["words"][-1, 0])))
    if inverse:
        account = inverted(account, BTC if seed % 2 else 2_000.25)
    terms = {"cash": float(rng.choice([1_000, 100_000])), "simulation": WAYS, "account": account, "actions": actions}
    size = account.leverage * float(rng.choice([0.06, 0.15, 0.3]))
    return events, terms, {"seed": int(rng.integers(1, 10**6)), "size": size}


def splits_of(seed, events, table):
    """Splits of three instruments at times of records, with dividends; the first one may be inverse, and has none."""
    rng, times = np.random.default_rng(seed), events["words"][200::150, 0].view(np.int64)
    some, actions = rng.integers(0, 3, len(times)), {}
    for row in range(table[0].kind == InstrumentKind.INVERSE, 3):
        when, ratio = times[some == row], rng.choice([2.0, 0.5, 1 / 3, 1.5, 0.7], int((some == row).sum()))
        paid = np.zeros(len(when)) if row == 0 else rng.uniform(0.0, 1.0, len(when)).round(2)
        actions[table[row].name] = Actions(when, ratio, paid)
    return actions
