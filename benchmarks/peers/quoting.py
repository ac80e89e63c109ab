"""A two-sided quoting strategy on an order book, beside hftbacktest: same events, one driver, the sides taking turns.

    python benchmarks/peers/quoting.py [--events 5000000] [--rounds 5]

hftbacktest runs in the interpreter that PYRT_PEERS_HFT names, or else in that of ``make peers``. Seconds are those of
the processor, which other work on the machine does not change. Both are handed hftbacktest's own event array; pyrt's
figure includes turning it into records. Every ten milliseconds of the market's time the strategy looks at its two
orders, cancels what is no longer at the best price, and quotes one lot at the best bid and at the best ask, post-only;
of anything else it is told in neither.
Fills are compared one by one: order, time, side and price. This file is both the driver and what each side runs.
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
OWN = ROOT / ".venv" / "peers_hftbacktest" / "bin" / "python"
SIDES = {"pyrt": sys.executable, "hftbacktest": os.environ.get("PYRT_PEERS_HFT") or (str(OWN) if OWN.exists() else "")}
BEGIN, INTERVAL = 1_600_000_001_000_000_500, 10_000_000
"""First look of the strategy and the time between two, ns; no event has a time with these last digits."""
ENTRY, RESPONSE = 250_100, 250_100
TICK, LOT, MIDDLE = 0.1, 0.0078125, 100_000
"""A lot that is a power of two: hftbacktest adds up quantities where pyrt adds up lots, and both are exact then. It is
small enough for the logarithm of what hftbacktest's estimate may fall below zero."""
LIMIT = 20 * LOT
MODELS = {
    "risk_averse": ("risk_adverse_queue_model",),
    "power_prob": ("power_prob_queue_model", 2.0),
    "power_prob2": ("power_prob_queue_model2", 2.0),
    "power_prob3": ("power_prob_queue_model3", 2.0),
    "log_prob": ("log_prob_queue_model",),
    "log_prob2": ("log_prob_queue_model2",),
}
"""pyrt's word, and hftbacktest's method with its power."""
EVENT = [("ev", "<u8"), ("exch_ts", "<i8"), ("local_ts", "<i8"), ("px", "<f8"), ("qty", "<f8")]
EVENT += [("order_id", "<u8"), ("ival", "<i8"), ("fval", "<f8")]
FILL = [("id", "<i8"), ("time", "<i8"), ("side", "<i8"), ("tick", "<i8")]


def market(n, seed=0):
    """Make a market that never crosses itself: levels of a walking middle change, trades hit the best ones.

    Where the middle moves, the level that it comes to is taken away first. Each row is a message of its own:
    hftbacktest looks for crossed orders after each row and pyrt after each whole message, so that what comes and goes
    within one fills there and not here. The feed has a latency of its own, and no message overtakes another.
    """
    rng = np.random.default_rng(seed)
    moves = np.where(rng.random(n) < 0.01, rng.choice([-1, 1], n), 0)
    middle = MIDDLE + np.cumsum(moves)
    bid = np.where(moves != 0, moves < 0, rng.random(n) < 0.5)
    trade = (rng.random(n) < 0.1) & (moves == 0)
    away = np.where(trade, 1, np.minimum(rng.geometric(0.25, n), 40))
    ticks = np.where(moves != 0, middle, middle + np.where(bid, -away, away))
    lots = np.where(moves != 0, 0, np.where(trade, rng.integers(1, 12, n), rng.integers(0, 60, n)))
    rows = np.zeros(n, EVENT)
    buyer = np.where(trade, ~bid, bid)  # of a trade the taker's side
    rows["ev"] = np.where(trade, 2, 1) | np.where(buyer, 1 << 29, 1 << 28) | (3 << 30)
    rows["px"], rows["qty"] = ticks / round(1 / TICK), lots * LOT
    rows["exch_ts"] = 1_600_000_000_000_000_000 + 1000 * np.cumsum(1 + rng.integers(0, 2, n) * rng.integers(0, 100, n))
    rows["local_ts"] = np.maximum.accumulate(rows["exch_ts"] + 1000 * rng.integers(50, 400, n))
    return rows


def pyrt_side(rows):
    """Return a function that runs one model, for the fills."""
    from pyrt import Backtest, Grid, Instrument, Strategy
    from pyrt.backtest import Simulation

    class Quoter(Strategy):
        """One lot at the best bid and at the best ask."""

        interval: int = INTERVAL
        limit: float = LIMIT
        size: float = LOT

        def on_timer(self, ctx, event):
            buying = False
            selling = False
            for i in range(ctx.order_count):
                order = ctx.order(i)
                if order.side == 1:
                    buying = True
                    if order.price != ctx.best_bid and order.status != 7:
                        ctx.cancel(order.order_id)
                else:
                    selling = True
                    if order.price != ctx.best_ask and order.status != 7:
                        ctx.cancel(order.order_id)
            if not buying and ctx.position < self.limit and ctx.bid_qty > 0.0:
                ctx.limit(self.size, ctx.best_bid, post_only=True)
            if not selling and ctx.position > -self.limit and ctx.ask_qty > 0.0:
                ctx.limit(-self.size, ctx.best_ask, post_only=True)
            ctx.timer(ctx.now + self.interval)

    btc = Instrument("binance:BTC-USDT", tick=Grid.parse(str(TICK)), lot=Grid.parse(str(LOT)))

    def run(model):
        simulation = Simulation(
            order_latency_ns=ENTRY, response_latency_ns=RESPONSE, maker_fee=0, taker_fee=0, queue=model,
            queue_power=MODELS[model][1] if len(MODELS[model]) > 1 else 2.0,
        )  # fmt: skip
        session = Backtest(rows, instruments=[btc], simulation=simulation).session(Quoter)
        session.step()
        session.ctx.timer(BEGIN)
        fills = session.finish().fills
        made = np.zeros(len(fills), FILL)
        made["id"], made["time"], made["side"] = (
            fills["client_order_id"] & 0xFFFFFFFF,
            fills["event_time"],
            fills["side"],
        )
        made["tick"] = np.rint(fills["price"] / TICK)
        return made

    return run


def hftbacktest_side(rows):  # noqa: PLR0915 (with the strategy in it)
    """Return a function that runs one model, for the fills."""
    from hftbacktest import BUY, GTX, BacktestAsset, ROIVectorMarketDepthBacktest
    from hftbacktest import LIMIT as LIMIT_ORDER
    from hftbacktest.order import CANCELED, EXPIRED, FILLED
    from numba import njit

    @njit
    def quote(hbt, begin, interval, limit, fills):  # noqa: PLR0912 (one function: what numba compiles whole)
        count, next_id = 0, 1
        live = np.zeros(2, np.int64)
        hbt.elapse(1)  # before the first step there is no time
        done = hbt.elapse(begin - hbt.current_timestamp)
        while done == 0:
            orders = hbt.orders(0)
            for side in range(2):
                if live[side] != 0:
                    order = orders.get(live[side])
                    if order is not None:
                        if order.status == FILLED:
                            fills[count].id, fills[count].time = order.order_id, order.exch_timestamp
                            fills[count].side = 1 if order.side == BUY else 2
                            fills[count].tick = order.exec_price_tick
                            count += 1
                        if order.status in (FILLED, CANCELED, EXPIRED):
                            live[side] = 0
            hbt.clear_inactive_orders(0)
            depth = hbt.depth(0)
            position = hbt.position(0)
            for side in range(2):
                tick = depth.best_ask_tick if side else depth.best_bid_tick
                if live[side] != 0:
                    order = orders.get(live[side])
                    if order is not None and order.price_tick != tick and order.cancellable:
                        hbt.cancel(0, live[side], False)
            for side in range(2):
                if live[side] != 0:
                    continue
                if side == 0 and position < limit and depth.best_bid_qty > 0.0:
                    hbt.submit_buy_order(0, next_id, depth.best_bid, LOT, GTX, LIMIT_ORDER, False)
                    live[side] = next_id
                    next_id += 1
                elif side == 1 and position > -limit and depth.best_ask_qty > 0.0:
                    hbt.submit_sell_order(0, next_id, depth.best_ask, LOT, GTX, LIMIT_ORDER, False)
                    live[side] = next_id
                    next_id += 1
            done = hbt.elapse(interval)
        return count

    def run(model):
        method, *power = MODELS[model]
        asset = BacktestAsset().data(rows).linear_asset(1.0).constant_order_latency(ENTRY, RESPONSE)
        asset = getattr(asset, method)(*power).no_partial_fill_exchange().trading_value_fee_model(0.0, 0.0)
        asset = asset.tick_size(TICK).lot_size(LOT).last_trades_capacity(0)
        asset = asset.roi_lb(rows["px"].min() - 10.0).roi_ub(rows["px"].max() + 10.0)
        hbt = ROIVectorMarketDepthBacktest([asset])
        fills = np.zeros(len(rows) // 10 + 1000, FILL).view(np.recarray)
        count = quote(hbt, BEGIN, INTERVAL, LIMIT, fills)
        hbt.close()
        return fills[:count].view(np.ndarray)

    return run


def compare_fills(ours, theirs, rows):
    """Say how many fills are equal (order, time, side, price), and how many pyrt made earlier by a rule of its own.

    A trade beyond an order's price fills it in pyrt, whoever the taker was; in hftbacktest only one against it does,
    and the order waits for the book to cross it. Of the last step hftbacktest says nothing.
    """
    ours, theirs = (np.sort(fills, order=["time", "id"]) for fills in (ours, theirs))
    ours = ours[: len(theirs)]
    if not len(theirs) or len(ours) != len(theirs):
        return "DIFFER"
    trades = rows[(rows["ev"] & 0xFF) == 2]
    earlier = 0
    for mine, other in zip(ours[ours != theirs], theirs[ours != theirs], strict=True):
        at = trades[trades["exch_ts"] == mine["time"]]
        beyond = np.rint(at["px"] / TICK) - mine["tick"]
        through = beyond < 0 if mine["side"] == 1 else beyond > 0
        same = all(mine[name] == other[name] for name in ("id", "side", "tick")) and mine["time"] < other["time"]
        if not same or not through.any():
            return "DIFFER"
        earlier += 1
    return f"{len(ours) - earlier:,} equal, {earlier} earlier: a trade went through them"


def serve(side, folder):
    """Answer each model read from standard input with the seconds that it took; the fills go into a file."""
    run = {"pyrt": pyrt_side, "hftbacktest": hftbacktest_side}[side](np.load(folder / "rows.npy"))
    for line in sys.stdin:
        start = time.process_time()
        fills = run(line.strip())
        seconds = time.process_time() - start
        np.save(folder / f"{side}.npy", fills)
        print(seconds, flush=True)


def start_side(side, folder):
    """Start one side on the rows of a folder."""
    command = [SIDES[side], str(Path(__file__).resolve()), "--serve", side, "--folder", str(folder)]
    return subprocess.Popen(command, stdin=-1, stdout=-1, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


def ask(worker, model):
    """Let a side run a model; the seconds that it took."""
    worker.stdin.write(model + "\n")
    worker.stdin.flush()
    return float(worker.stdout.readline())


def print_table(n, rounds):
    """Measure, compare fill by fill, and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = market(n)
        np.save(folder / "rows.npy", rows)
        workers = {side: start_side(side, folder) for side in SIDES}
        print(f"{n:,} events, median of {rounds}; pyrt's figures include reading hftbacktest's array")
        print(f"{'':14}{'pyrt':>10}{'hftbacktest':>14}{'ratio':>8}   fills")
        for model in MODELS:
            seconds = {side: [] for side in SIDES}
            for turn in range(rounds + 1):
                for side, worker in workers.items():
                    took = ask(worker, model)
                    if turn:
                        seconds[side].append(took)
            ours, theirs = (statistics.median(seconds[side]) for side in SIDES)
            first, second = (np.load(folder / f"{side}.npy") for side in SIDES)
            word = compare_fills(first, second, rows)
            print(f"{model:14}{1e3 * ours:>7.0f} ms{1e3 * theirs:>11.0f} ms{theirs / ours:>8.2f}   {word}", flush=True)
        for worker in workers.values():
            worker.communicate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.folder)
    elif SIDES["hftbacktest"]:
        print_table(options.events, options.rounds)
    else:
        print("hftbacktest is not here: make peers")
