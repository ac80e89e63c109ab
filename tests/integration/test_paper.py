"""Strategies on paper: orders over real sockets, fills seen in two ways, the journal decided again."""

from pathlib import Path

import pytest

import pyrt
from pyrt.cli.paper import Piece, paper
from pyrt.cli.strategy import find_strategy
from pyrt.data import read_recording
from pyrt.errors import EngineError, InputError

EXAMPLES = Path(__file__).parents[2] / "examples"
MADE = EXAMPLES / "data" / "btc_made.tsv.gz"


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_what_was_traded_is_seen_twice_and_decided_again():
    strategies = {name: (find_strategy(str(EXAMPLES / f"{name}.py")), {}) for name in ("cross", "quoter")}
    done = paper(strategies, MADE, cash=50_000.0, speed=24.0)
    assert done["retraced"], "the journal decided again came to something else"
    assert done["decided_in_python"], "decided again in Python it came to something else"
    assert done["lost"] == 0
    assert done["fills"] > 30
    assert done["orders"] > 40
    assert done["messages"]["fill"] == done["fills"], "shared memory and messages differ"
    assert done["messages"]["account"] == done["fills"]
    assert {position["strategy"] for position in done["positions"]} == set(strategies)
    account = done["account"]
    assert account["currency"] == "USDT"
    gained = account["realized_pnl"] + account["unrealized_pnl"]  # realized P&L is less fees
    assert account["equity"] == pytest.approx(50_000.0 + gained, abs=1e-6)
    assert account["fees"] > 0
    stages = done["latency"]
    assert {"journal", "parse", "book", "strategy", "risk", "order", "total"} <= set(stages)
    assert 0 < stages["total"]["n"] <= done["orders"] + done["cancels"] + done["refusals"]
    assert 0 < stages["total"]["p50"] <= stages["total"]["p99"]


class Slow(pyrt.Strategy):
    """Says where the price is of the last forty bars of a second, and can only after them."""

    bars = "1s"
    history = 40

    def start(self, ctx):
        self.seen: int = 0

    def on_bar(self, ctx, bar):
        self.seen += 1
        if self.seen >= 40:
            ctx.signal(1.0 if bar.close > ctx.bar(39).close else -1.0)


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_a_slice_is_warmed_up_with_what_came_before_it():
    begin, seconds = 80.5, 12  # no bar ends at an edge

    def run(**more):
        return paper({"slow": (Slow, {})}, MADE, cash=50_000.0, speed=12.0, piece=Piece(begin, seconds, **more))

    warm, cold = run(), run(warm_up=0.0)
    assert warm["retraced"]
    assert cold["retraced"]
    opens_at = warm["opens_at"]
    whole = read_recording(MADE)
    piece = whole.between(end=opens_at + seconds * 1_000_000_000)
    backtest = pyrt.Backtest(piece, trade_from=opens_at).run(Slow)
    times = backtest.signals["receive_time"]
    assert warm["signals"] == int((times >= opens_at).sum()) == seconds
    assert cold["signals"] == 0
    (line,) = warm["said"]
    assert line.startswith("warmed up with")
    assert f"to {int(whole.between(end=opens_at).events['words'][-1, 0])} ns UTC" in line
    assert cold["said"] == []


class Lame(pyrt.Strategy):
    """Fails at its first bar."""

    bars = "1s"
    history = 1

    def on_bar(self, ctx, bar):
        ctx.signal(ctx.bar(5).close)


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_a_strategy_that_fails_says_so_in_history_and_live():
    for piece in (Piece(200, 3), Piece(200, 3, warm_up=0.0)):
        done = paper({"lame": (Lame, {}), "slow": (Slow, {})}, MADE, cash=1e5, speed=10.0, piece=piece)
        (failed,) = (line for line in done["said"] if "lame" in line)
        assert "History" in failed
        assert done["retraced"]


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_what_is_no_slice_or_history_is_refused(tmp_path):
    def run(**piece):
        paper({"slow": (Slow, {})}, MADE, cash=1e5, speed=1.0, piece=Piece(**piece))

    with pytest.raises(EngineError, match="no part that begins after 500 s"):
        run(start=500.0)
    with pytest.raises(InputError, match="warm_up: must be"):
        run(start=5.0, warm_up=-1.0)
    with pytest.raises(EngineError, match=r"none\.npy: No such file"):
        run(history=tmp_path / "none.npy")
