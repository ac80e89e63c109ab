"""A strategy class on bars beside its peers: two streaming means, all in or out, market orders at the next open.

    python benchmarks/peers/strategies.py [--bars 1000000] [--rounds 5]

Each peer runs in the interpreter that its variable names (PYRT_PEERS for vectorbt, PYRT_PEERS_BACKTESTING,
PYRT_PEERS_NAUTILUS), or else in that of ``make peers``; one that is not there is left out and named. Data is handed
over as ``.npy``, each peer is measured beside pyrt on the same bars, taking turns; what it is given is loaded, and what
it compiles is compiled, before the clock starts. Seconds are those of the processor, which other work on the machine
changes little. This file is the driver and what each side runs, so it imports no side at its top.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
CASH, FEES, FAST, SLOW = 1_000_000.0, 0.001, 20, 100
COLUMNS = ("time", "open", "high", "low", "close")


def interpreter(variable, folder):
    """Find the interpreter of a peer, None if there is none."""
    own = ROOT / ".venv" / folder / "bin" / "python"
    return os.environ.get(variable) or (str(own) if own.exists() else None)


PEERS = {
    "vectorbt": (interpreter("PYRT_PEERS", "peers"), 1.0),
    "backtesting": (interpreter("PYRT_PEERS_BACKTESTING", "peers_backtesting"), 0.3),
    "nautilus": (interpreter("PYRT_PEERS_NAUTILUS", "peers_nautilus"), 0.2),
}
"""By peer: its interpreter, and the part of the bars that it is given time for."""


def write_market(folder, n):
    """Write a random walk of minute bars."""
    rng = np.random.default_rng(0)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 1e-3, n)))
    opened = np.append(close[0], close[:-1])
    columns = {
        "time": 1_600_000_000_000_000_000 + 60_000_000_000 * np.arange(n),
        "open": opened,
        "high": np.maximum(opened, close) * 1.0003,
        "low": np.minimum(opened, close) / 1.0003,
        "close": close,
    }
    for name, column in columns.items():
        np.save(folder / f"{name}.npy", column)


def pyrt_side(bars):
    """Run the class; as with vectorbt, tables and equity are made when they are asked for."""
    from pyrt import Backtest, Strategy
    from pyrt import indicators as ta

    class Cross(Strategy):
        fast: int = FAST
        slow: int = SLOW

        def start(self, ctx):
            self.f = ta.sma.stream(self.fast)
            self.s = ta.sma.stream(self.slow)

        def on_bar(self, ctx, bar):
            f = self.f.update(bar.close)
            s = self.s.update(bar.close)
            if f > s and ctx.position == 0:
                ctx.market(1.0)
            elif f < s and ctx.position > 0:
                ctx.close()

    backtest = Backtest(bars, cash=CASH, fees_bps=FEES * 1e4)

    def run():
        result = backtest.run(Cross)
        return lambda: (len(result.fills), result.equity[-1])

    return run


def vectorbt_side(bars):
    """Keep two running sums in the order function, decide at a close and fill at the next open."""
    import warnings

    warnings.simplefilter("ignore")
    import vectorbt
    from numba import njit
    from vectorbt.portfolio import nb
    from vectorbt.portfolio.enums import NoOrder

    @njit
    def order_func_nb(c, opened, close, fast, slow, sums):
        decision = 0.0
        if c.i > 0:
            last = c.i - 1
            sums[0] += close[last]
            sums[1] += close[last]
            if last >= fast:
                sums[0] -= close[last - fast]
            if last >= slow:
                sums[1] -= close[last - slow]
            if last >= slow - 1:
                decision = sums[0] / fast - sums[1] / slow
        if decision > 0.0 and c.position_now == 0.0:
            return nb.order_nb(size=1.0, price=opened[c.i], fees=FEES)
        if decision < 0.0 and c.position_now > 0.0:
            return nb.order_nb(size=-c.position_now, price=opened[c.i], fees=FEES)
        return NoOrder

    def run():
        sums = np.zeros(2)
        portfolio = vectorbt.Portfolio.from_order_func(
            bars["close"], order_func_nb, bars["open"], bars["close"], FAST, SLOW, sums, init_cash=CASH
        )
        return lambda: (len(portfolio.orders.records), np.asarray(portfolio.value())[-1])

    return run


def backtesting_side(bars):
    """Means are arrays made once, as its users make them; it has no streaming ones."""
    import warnings

    warnings.simplefilter("ignore")
    import pandas as pd
    from backtesting import Backtest, Strategy

    frame = pd.DataFrame({name.capitalize(): bars[name] for name in COLUMNS[1:]}, index=pd.DatetimeIndex(bars["time"]))

    def mean(values, window):  # there one bar early: it begins to trade a bar after all indicators are there
        return pd.Series(values).rolling(window, min_periods=window - 1).mean()

    class Cross(Strategy):
        def init(self):
            self.f = self.I(mean, self.data.Close, FAST)
            self.s = self.I(mean, self.data.Close, SLOW)

        def next(self):
            if self.f[-1] > self.s[-1] and not self.position:
                self.buy(size=1)
            elif self.f[-1] < self.s[-1] and self.position:
                self.position.close()

    def run():
        stats = Backtest(frame, Cross, cash=CASH, commission=FEES, finalize_trades=False).run()
        return lambda: (2 * len(stats["_trades"]), stats["_equity_curve"]["Equity"].iloc[-1])

    return run


def nautilus_side(bars):
    """Use its own indicators; orders of a bar fill at its close, at once. Only the engine's run counts."""
    from decimal import Decimal

    import pandas as pd
    from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
    from nautilus_trader.config import LoggingConfig
    from nautilus_trader.indicators import SimpleMovingAverage
    from nautilus_trader.model.currencies import USD
    from nautilus_trader.model.data import BarType
    from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
    from nautilus_trader.model.identifiers import Venue
    from nautilus_trader.model.objects import Money, Quantity
    from nautilus_trader.persistence.wranglers import BarDataWrangler
    from nautilus_trader.test_kit.providers import TestInstrumentProvider
    from nautilus_trader.trading.strategy import Strategy

    instrument = TestInstrumentProvider.equity(symbol="X", venue="SIM")
    kind = BarType.from_str(f"{instrument.id}-1-MINUTE-LAST-EXTERNAL")
    prices = {name: np.round(bars[name], 2) for name in COLUMNS[1:]}
    frame = pd.DataFrame(prices, index=pd.DatetimeIndex(bars["time"], tz="UTC"))
    frame["volume"] = 1000.0
    made = BarDataWrangler(kind, instrument).process(frame)

    class Cross(Strategy):
        def on_start(self):
            self.f, self.s = SimpleMovingAverage(FAST), SimpleMovingAverage(SLOW)
            self.register_indicator_for_bars(kind, self.f)
            self.register_indicator_for_bars(kind, self.s)
            self.subscribe_bars(kind)
            self.held, self.count = False, 0

        def on_bar(self, bar):
            if not self.s.initialized:
                return
            if self.f.value > self.s.value and not self.held:
                self.send(OrderSide.BUY)
            elif self.f.value < self.s.value and self.held:
                self.send(OrderSide.SELL)

        def send(self, side):
            self.submit_order(self.order_factory.market(instrument.id, side, Quantity.from_int(1)))
            self.held, self.count = not self.held, self.count + 1

    def run():
        engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), run_analysis=False))
        engine.add_venue(
            Venue("SIM"), OmsType.NETTING, AccountType.MARGIN, [Money(CASH, USD)], base_currency=USD,
            default_leverage=Decimal(1),
        )  # fmt: skip
        engine.add_instrument(instrument)
        engine.add_data(made)
        strategy = Cross()
        engine.add_strategy(strategy)
        return engine.run, lambda: (strategy.count, engine.dispose() or 0.0)

    return run


SIDES = {"pyrt": pyrt_side, "vectorbt": vectorbt_side, "backtesting": backtesting_side, "nautilus": nautilus_side}


def serve(side, folder, n):
    """Answer each line of standard input with seconds, number of fills and last equity of a run."""
    run = SIDES[side]({name: np.load(folder / f"{name}.npy")[:n] for name in COLUMNS})
    for _ in sys.stdin:
        timed, found = run() if side == "nautilus" else (run, None)
        start = time.process_time()
        made = timed()
        seconds = time.process_time() - start
        count, equity = (found or made)()
        print(seconds, count, float(equity), flush=True)


def measure(peer, path, folder, n, rounds):
    """Median seconds of pyrt and of a peer on the same bars, taking turns, and what they found."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    workers = {}
    for side, python in (("pyrt", sys.executable), (peer, path)):
        command = [python, str(Path(__file__).resolve()), "--serve", side, "--folder", str(folder), "--bars", str(n)]
        env = environment if side == "pyrt" else {**os.environ, "PYTHONPATH": ""}
        workers[side] = subprocess.Popen(command, stdin=-1, stdout=-1, text=True, env=env)
    seconds, found = {side: [] for side in workers}, {}
    for turn in range(rounds + 1):
        for side, worker in workers.items():
            worker.stdin.write("\n")
            worker.stdin.flush()
            took, *found[side] = map(float, worker.stdout.readline().split())
            if turn:
                seconds[side].append(took)
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    return [statistics.median(values) for values in seconds.values()], found


def print_table(n, rounds):
    """Measure every peer that is there, and print."""
    print(f"A strategy class on bars, means of {FAST} and {SLOW}; median of {rounds}")
    print(f"{'':14}{'bars':>10}{'peer':>12}{'pyrt':>12}{'ratio':>9}{'pyrt, bars/s':>15}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_market(folder, n)
        for peer, (path, part) in PEERS.items():
            if path is None:
                print(f"{peer:14}is not here: make peers")
                continue
            bars = int(n * part)
            (ours, theirs), found = measure(peer, path, folder, bars, rounds)
            if peer != "nautilus":  # it fills at other prices
                (fills, equity), (theirs_fills, theirs_equity) = found["pyrt"], found[peer]
                assert abs(fills - theirs_fills) <= 1, found
                assert abs(equity / theirs_equity - 1.0) < 1e-9, found
            speed = f"{bars / ours / 1e6:.1f} million"
            print(f"{peer:14}{bars:>10,}{theirs:>10.3f} s{1e3 * ours:>9.2f} ms{theirs / ours:>9.0f}{speed:>15}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.folder, options.bars)
    else:
        print_table(options.bars, options.rounds)
