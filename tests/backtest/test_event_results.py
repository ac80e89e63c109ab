"""Results on events: equity over time against a slow walk in integers, trades from fills, saved and shown."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pyrt
from pyrt.backtest import EventResult, Result, Simulation, compare
from pyrt.backtest.results.course import MOST_POINTS, course_of, step_of
from pyrt.backtest.results.event_trades import event_trades, held_fraction
from pyrt.backtest.results.measures import MEASURES
from pyrt.errors import DataError
from pyrt.types import RECORDS, Flag, Kind, of_kind
from tests.backtest.test_report import Page
from tests.parity import strategies
from tests.parity.market import BTC, ETH, START, Tape, random_market

UNIT = {0: 10 ** (18 - 2 - 4), 1: 5 * 10 ** (18 - 2 - 3)}
RUNS = {
    "cross": (1, strategies.Cross, {}),
    "quoter": (2, strategies.Quoter, {}),
    "quoter free": (3, strategies.Quoter, {"simulation": Simulation(maker_fee=-20_000, taker_fee=0, jitter_ns=10**6)}),
    "history": (4, strategies.Cross, {"trade_from": START + 5 * 10**9}),
}


@pytest.fixture(scope="module", params=RUNS)
def run(request):
    seed, cls, options = RUNS[request.param]
    events, instruments = random_market(seed)
    return events, pyrt.Backtest(events, instruments=instruments, cash=10_000, **options).run(cls, jit=False)


def walk(events, result):
    """Yield (time, equity in 10^-18 or None) after everything that happened at each time, one record at a time."""
    grid = {0: BTC, 1: ETH}
    trades = of_kind(events, Kind.TRADE)
    happened = [(int(f["receive_time"]), 0, k, f) for k, f in enumerate(result.fills)]
    happened += [(int(t["receive_time"]), 1, k, t) for k, t in enumerate(trades)]
    cash, lots, last = result.start, {0: 0, 1: 0}, {0: None, 1: None}
    for time, which, _, row in sorted(happened, key=lambda h: h[:3]):
        i = int(row["instrument"])
        ticks = grid[i].tick.to_steps(float(row["price"]))
        if which == 1:
            last[i] = ticks
        else:
            sign, n = (1 if row["side"] == 1 else -1), grid[i].lot.to_steps(float(row["qty"]))
            cash -= sign * ticks * n * UNIT[i] + round(float(row["fee"]) * 1e8) * 10**10
            lots[i] += sign * n
        known = all(last[k] is not None for k in lots if lots[k])
        yield time, cash + sum(lots[k] * last[k] * UNIT[k] for k in lots if lots[k]) if known else None, which


def test_every_point_of_the_curve_is_exact(run):
    events, result = run
    moments = list(walk(events, result))
    curve = result.equity_curve
    assert 0 < len(curve) <= MOST_POINTS + 2
    position = 0
    expected = result.start
    for time, equity in zip(curve["time"].astype(np.int64).tolist(), curve["equity"].tolist(), strict=True):
        while position < len(moments) and moments[position][0] <= time:
            expected = moments[position][1]
            position += 1
        assert expected is not None
        assert equity == expected / 10**18
    assert position == len(moments)
    assert curve["equity"][-1] == result.equity


def test_the_walk_meets_what_the_loop_says_after_each_fill(run):
    events, result = run
    after = [equity for _, equity, which in walk(events, result) if which == 0]
    assert len(after) == len(result.equity_at_fills)
    for ours, theirs in zip(after, result.equity_at_fills.tolist(), strict=True):
        if ours is not None:
            assert theirs == pytest.approx(ours / 10**18, abs=1e-8)


def test_trades_make_up_the_whole_profit(run):
    _, result = run
    trades = result.trades
    assert len(trades)
    profit = (result.totals["equity"] - result.start) / 10**18
    assert trades["pnl"].sum() == pytest.approx(profit, abs=1e-8)
    assert trades["fees"].sum() == pytest.approx(result.totals["fees"] / 10**18, abs=1e-8)
    assert (np.diff(trades["entry_time"].astype(np.int64)) >= 0).all()
    open_now = trades["status"] == "open"
    assert np.count_nonzero(open_now) == np.count_nonzero(result.totals["positions"])
    assert (trades["exit_time"] >= trades["entry_time"]).all()
    assert (trades["duration"] == trades["exit_time"] - trades["entry_time"]).all()
    assert (trades["fills"] >= np.where(open_now, 1, 2)).all()
    assert result.metrics["n_trades"] == np.count_nonzero(~open_now)


def test_measures_are_those_of_the_curve_and_the_fills(run):
    _, result = run
    m, curve = result.metrics, result.equity_curve
    assert list(m) == [name for name in MEASURES if name in m]
    assert m["final_equity"] == result.equity
    assert m["total_return"] == result.equity / 10_000 - 1
    assert m["n_orders"] == len(result.orders)
    assert m["n_fills"] == len(result.fills)
    assert m["maker_share"] == pytest.approx(np.mean((result.fills["flags"] & Flag.MAKER) != 0))
    assert m["max_drawdown"] == result.drawdowns["depth"].min(initial=0.0)
    steps = np.diff(curve["time"].astype(np.int64)[:-1])
    assert (steps % steps.min() == 0).all()
    assert 0 < m["exposure"] <= 1
    assert np.prod(1 + result.returns) == pytest.approx(1 + m["total_return"])
    for name in ("beta", "buy_and_hold"):
        assert name not in m


def test_nothing_can_be_changed(run):
    _, result = run
    arrays = (result.trades, result.equity_curve, result.returns, result.drawdowns, result.commands, result.marks)
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[:] = array[0]


@pytest.mark.parametrize("chunk", [1 << 20, 97])
def test_excursions_against_a_walk_over_the_tape(run, chunk):
    events, result = run
    made = course_of(*result.course_source.args[:-2], chunk)  # so many records at a time
    np.testing.assert_array_equal(made.curve, result.equity_curve)
    tape = of_kind(events, Kind.TRADE)
    for trade in made.trades:
        mine = tape[tape["instrument"] == trade["instrument"]]
        received = mine["receive_time"].view("M8[ns]")
        last = received <= trade["exit_time"] if trade["status"] == "open" else received < trade["exit_time"]
        seen = mine["price"][(received >= trade["entry_time"]) & last].tolist()
        before = mine["price"][received < trade["entry_time"]].tolist()
        marks = [*before[-1:], *seen]
        if not marks:
            assert math.isnan(trade["mae"])
            continue
        entry = trade["entry_price"]
        ends = [entry] if math.isnan(trade["exit_price"]) else [entry, trade["exit_price"]]
        low, high = min(marks + ends) / entry - 1, max(marks + ends) / entry - 1
        expected = (low, high) if trade["side"] == "long" else (-high, -low)
        assert (trade["mae"], trade["mfe"]) == expected
        assert trade["mae"] <= 0 <= trade["mfe"]


# ---- points that cannot be known -----------------------------------------------------------------------------------


class Early(pyrt.Strategy):
    """Buys before the first trade."""

    def on_book(self, ctx, delta):
        if ctx.position == 0 and ctx.order_count == 0:
            ctx.market(0.5)


def early(*later):
    tape = Tape()
    for k in range(6):
        tape.book(START + k * 10**9, [(100.00, 1.0 + k)], [(100.02, 1.0 + k)])
    for k in later:
        tape.trade(START + k * 10**9, 100.01, 0.1, 1)
    events = tape.events()
    events = events[np.argsort(events["words"][:, 0], kind="stable")]
    events["stamp"] = np.arange(len(events))
    return pyrt.Backtest(events, instruments=[BTC], cash=1000).run(Early, jit=False)


def test_what_is_held_before_the_first_trade_is_left_out():
    result = early(3)
    first = result.trades["entry_time"][0].astype(np.int64)
    times = result.equity_curve["time"].astype(np.int64)
    assert not ((times >= first) & (times < START + 3 * 10**9 + 1_000_000)).any()
    assert (times >= START + 3 * 10**9).any()
    assert result.equity_curve["equity"][-1] == result.equity
    assert "left out" in result.assumptions["measures"]


def test_without_any_trade_the_end_is_known_and_the_open_trade_is_not():
    result = early()
    assert result.equity_curve["equity"][-1] == result.equity
    assert math.isnan(result.marks[0])
    assert result.trades["status"].tolist() == ["open"]
    assert math.isnan(result.trades["pnl"][0])
    assert math.isnan(result.trades["mae"][0])
    assert len(result.plot_excursions().axes) == 2
    assert result.metrics["n_trades"] == 0


class Idle(pyrt.Strategy):
    def on_trade(self, ctx, trade):
        pass


def test_one_record_has_a_result():
    tape = Tape()
    tape.trade(START, 100.0, 1.0, 1)
    result = pyrt.Backtest(tape.events(), instruments=[BTC], cash=1000).run(Idle, jit=False)
    assert result.equity_curve["equity"].tolist() == [1000.0]
    assert math.isnan(result.metrics["sharpe"])
    assert "! no order" in result.summary()


# ---- trades from fills ---------------------------------------------------------------------------------------------


def fills_of(rows):
    made = np.zeros(len(rows), RECORDS[Kind.FILL])
    for fill, (time, instrument, signed, price, fee) in zip(made, rows, strict=True):
        fill["receive_time"], fill["instrument"], fill["side"] = time, instrument, 1 if signed > 0 else 2
        fill["qty"], fill["price"], fill["fee"] = abs(signed), price, fee
    return made


def test_a_fill_that_turns_the_position_ends_one_trade_and_begins_the_next():
    rows = [(1, 0, 1.0, 100.0, 0.1), (2, 0, 1.0, 102.0, 0.1), (3, 0, -3.0, 104.0, 0.3), (9, 0, 1.0, 103.0, 0.1)]
    trades = event_trades(fills_of(rows), (BTC, ETH), [math.nan, math.nan], 10)
    assert trades["side"].tolist() == ["long", "short"]
    assert trades["qty"].tolist() == [2.0, 1.0]
    assert trades["entry_price"].tolist() == [101.0, 104.0]
    assert trades["exit_price"].tolist() == [104.0, 103.0]
    assert trades["fees"].tolist() == [0.4, 0.2]
    assert trades["pnl"].tolist() == [5.6, 0.8]
    assert trades["return"].tolist() == pytest.approx([5.6 / 202, 0.8 / 104])
    assert trades["duration"].astype(int).tolist() == [2, 6]
    assert trades["status"].tolist() == ["closed", "closed"]
    assert trades["fills"].tolist() == [3, 2]


deals = st.lists(
    st.tuples(st.integers(0, 1), st.integers(-20, 20).filter(bool), st.integers(1, 500), st.integers(-50, 200)),
    max_size=40,
)


@settings(max_examples=200)
@given(deals, st.integers(1, 500), st.integers(1, 500))
def test_trades_keep_every_cent(deals, first, second):
    grids = (BTC, ETH)
    rows = [
        (k, i, grids[i].lot.to_double(lots), grids[i].tick.to_double(ticks), fee / 1e8)
        for k, (i, lots, ticks, fee) in enumerate(deals)
    ]
    marks = [BTC.tick.to_double(first), ETH.tick.to_double(second)]
    trades = event_trades(fills_of(rows), grids, marks, 100)
    position, cash, crossings = [0, 0], 0, [0, 0]
    for i, lots, ticks, fee in deals:
        cash -= lots * ticks * UNIT[i] + fee * 10**10
        before, position[i] = position[i], position[i] + lots
        crossings[i] += (before == 0) or (before * position[i] < 0)
    worth = cash + sum(position[i] * mark * UNIT[i] for i, mark in enumerate((first, second)))
    assert trades["pnl"].sum() == pytest.approx(worth / 10**18, abs=1e-9)
    assert np.bincount(trades["instrument"], minlength=2).tolist() == crossings
    assert trades["fees"].sum() == pytest.approx(sum(fee for *_, fee in deals) / 1e8, abs=1e-12)
    assert (trades["status"] == "open").sum() == sum(map(bool, position))
    entered = sum(abs(lots) for _, lots, _, _ in deals)
    out = sum(abs(p) for p in position)
    for trade in trades:
        assert trade["qty"] > 0
    in_lots = sum(round(t["qty"] / grids[t["instrument"]].lot.to_double(1)) for t in trades)
    assert 2 * in_lots - out == entered


spans = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 30)), max_size=12)


@given(spans)
def test_time_in_the_market_is_a_union_of_intervals(spans):
    trades = np.zeros(len(spans), [("entry_time", "M8[ns]"), ("exit_time", "M8[ns]")])
    trades["entry_time"] = np.array([a for a, _ in spans], "M8[ns]")
    trades["exit_time"] = np.array([a + d for a, d in spans], "M8[ns]")
    held = {t for a, d in spans for t in range(a, a + d) if t < 110}
    assert held_fraction(trades, 0, 110) == pytest.approx(len(held) / 110)


@given(st.integers(0, 10**19))
def test_steps_are_round_and_points_are_few(span):
    step = step_of(0, span)
    assert step > 0
    assert span / step <= MOST_POINTS
    assert step == 1 or span / step > MOST_POINTS / 12 or step % 86_400_000_000_000 == 0


# ---- kept and shown ------------------------------------------------------------------------------------------------


def test_nothing_is_lost_on_the_disk(run, tmp_path):
    _, result = run
    loaded = EventResult.load(result.save(tmp_path / "run"))
    for name in ("commands", "answers", "signals", "equity_at_fills", "equity_curve", "trades", "fills", "marks"):
        a, b = getattr(result, name), getattr(loaded, name)
        assert a.dtype == b.dtype
        assert a.tobytes() == b.tobytes(), name
    for name in ("instruments", "state", "period", "start", "warnings", "cash", "equity", "state_sha256"):
        assert getattr(result, name) == getattr(loaded, name)
    assert [i.details for i in result.instruments] == [i.details for i in loaded.instruments]
    assert dict(result.totals) == dict(loaded.totals)
    assert result.summary() == loaded.summary()
    with pytest.raises(DataError, match="holds a result of kind EventResult, not Result"):
        Result.load(tmp_path / "run")


def test_frames(run):
    _, result = run
    trades = result.to_frame("trades")
    assert set(trades["instrument"]) <= {BTC.name, ETH.name}
    assert str(trades["entry_time"].dtype) == "datetime64[ns, UTC]"
    assert result.to_frame("equity").index.tz is not None
    assert len(result.to_frame("drawdowns")) == len(result.drawdowns)
    assert len(result.to_frame("fills")) == len(result.fills)
    with pytest.raises(ValueError, match="what: must be one of"):
        result.to_frame("positions")


def test_words(run):
    _, result = run
    text = str(result)
    assert text.startswith(result.span)
    assert "records, 2023-11-14T22:13 to " in result.span
    for name in result.metrics:
        assert MEASURES[name].label in text
    assert repr(result).startswith("<EventResult: ")


def test_two_runs_compare():
    events, instruments = random_market(2)
    results = [
        pyrt.Backtest(events, instruments=instruments, cash=10_000, simulation=how).run(strategies.Quoter, jit=False)
        for how in (Simulation(), Simulation(taker_fee=0, maker_fee=0))
    ]
    both = compare(*results)
    assert list(both.measures) == list(results[0].metrics)
    assert list(both.assumptions) == ["fees"]
    assert both.measures["total_fees"].b == 0


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    events, instruments = random_market(2)
    result = pyrt.Backtest(events, instruments=instruments, cash=10_000).run(strategies.Quoter, jit=False)
    return result, result.report(tmp_path_factory.mktemp("events"), title="Quoter")


def test_the_report_says_everything(page):
    result, path = page
    text = path.read_text()
    shown = Page(text)
    for words in (*result.assumptions.values(), *result.warnings, BTC.name, "long", "Fills that rested"):
        assert words in shown.text
    assert "Buy and hold" not in shown.text
    curve = json.loads(text.split('id="curve">')[1].split("</script>")[0])
    assert curve["held"] is None
    assert len(shown.images) == 3
    assert all(address.startswith("data:image/png;base64,") for address in shown.addresses)
