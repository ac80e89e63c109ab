"""A live session's journal, decided again in Python: the same, or the place where it parts."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import pyrt
from pyrt.backtest.parity import decide_again, tell
from pyrt.backtest.parity.telling import Code, Heard
from pyrt.cli import app
from pyrt.cli.strategy import find_strategy
from pyrt.data import read_recording, save_recording
from pyrt.errors import DataError, InputError
from pyrt.types import EVENT, Kind
from tests.parity.session import HOME, trade
from tests.parity.strategies import Clock, Ties

pytestmark = pytest.mark.engine

MADE = HOME / "examples" / "data" / "btc_made.tsv.gz"


class Fragile(pyrt.Strategy):
    """Rests an order, and now and then another that it takes back; live it divides by zero in the end."""

    def start(self, ctx):
        self.left: int = 300
        self.order: int = 0

    def on_trade(self, ctx, trade):
        if not ctx.warming_up:
            self.left -= 1
        ctx.signal(trade.price / self.left)
        if self.left == 299:
            ctx.limit(0.001, trade.price * 0.8, post_only=True)
        elif self.left % 20 == 0 and self.order > 0:
            ctx.cancel(self.order)
            self.order = 0
        elif self.left % 20 == 0 and self.left < 300:
            self.order = ctx.limit(0.001, trade.price * 0.9, post_only=True)


CLASSES = {
    **{name: find_strategy(str(HOME / "examples" / f"{name}.py")) for name in ("cross", "quoter")},
    "clock": Clock,
    "ties": Ties,
    "fragile": Fragile,
}
LIMITS = {"max_order_rate_per_min": 1_000_000, "max_order_size_usd": 1000.0}
COMMANDS = [
    lambda engine: next(engine.messages(timeout=30.0)),  # it has filled, however busy the machine is
    lambda engine: engine.stop("cross"),
    lambda engine: engine.stop("quoter"),
    lambda engine: engine.start("quoter"),
    lambda engine: engine.start("cross"),
    lambda engine: engine.update_parameters("quoter", qty=0.02),  # 1200 USD: from here on all is refused
    lambda engine: engine.flatten("clock"),
    lambda engine: engine.start("clock"),
    lambda engine: engine.update_parameters("quoter", qty=0.012, most=0.1),
]


@pytest.fixture(scope="module")
def session(tmp_path_factory, engine_binary):
    assert engine_binary
    folder = tmp_path_factory.mktemp(f"journal-{os.getpid()}-")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYRT_RUNTIME_DIR", str(folder / "sockets"))
        strategies = {name: (cls, {"qty": 0.005} if name in {"clock", "ties"} else {}) for name, cls in CLASSES.items()}
        history = save_recording(folder / "history.npy", read_recording(MADE))
        terms = {"limits": LIMITS, "commands": COMMANDS, "history": history, "topics": ("fill.cross",)}
        return trade(folder, MADE, strategies, speed=30.0, **terms)


@pytest.fixture(scope="module")
def telling(session):
    return tell(session.journal, session.config)


@pytest.mark.parametrize("jit", [True, False])
def test_every_strategy_asks_for_the_same_in_python(telling, jit):
    found = decide_again(telling, CLASSES, jit=jit)
    assert found.equal, found.difference
    assert list(found.strategies) == list(CLASSES)
    asked = {name: one.counts for name, one in found.strategies.items()}
    assert asked["cross"]["signals"] >= asked["cross"]["orders"] > 0  # signals go on while it is stopped
    assert asked["quoter"]["orders"] > asked["quoter"]["refused"] > 0
    assert asked["clock"]["orders"] > 0
    assert asked["ties"]["orders"] > asked["ties"]["refused"] > 0
    assert asked["ties"]["cancels"] > 0
    assert asked["fragile"]["signals"] == 299
    assert asked["fragile"]["orders"] > 0
    assert sum(counts["engine"] for counts in asked.values()) > 0, "the engine did nothing by itself"


def test_the_objects_that_traded_ask_for_the_same_in_python(telling):
    found = decide_again(telling)
    assert found.equal, found.difference
    assert found.strategies["quoter"].counts["orders"] > 0


def test_the_journal_tells_what_happened(telling):
    kinds = set(telling.records["kind"].tolist())
    assert {Kind.TRADE, Kind.QUOTE, Kind.DELTA, Kind.STATE, Kind.ORDER_UPDATE, Kind.FILL, *Heard} - {
        Heard.LEDGER
    } <= kinds
    assert [s.parameters for s in telling.strategies if s.name == "clock"] == [{"qty": 0.005}]
    ((place, reason),) = telling.stops.items()
    assert telling.said[place]["code"] == Code.STOPPED
    assert "division" in reason.lower()


def flipped(telling, row, byte, bit=0):
    """Return a telling in which one bit of a record is another."""
    records = np.array(telling.records)
    records.view(np.uint8).reshape(-1, EVENT.itemsize)[row, byte] ^= 1 << bit
    return pyrt.backtest.parity.Telling(**{**vars(telling), "records": records})


def number_of(telling, name):
    return next(strategy.number for strategy in telling.strategies if strategy.name == name)


def orders_of(telling, name):
    """Places in `said` of a strategy's commands."""
    said = telling.said
    return np.flatnonzero((said["strategy"] == number_of(telling, name)) & (said["code"] == Code.SENT))


def test_a_flipped_price_shows_and_is_named(telling):
    row = int(telling.said[orders_of(telling, "cross")[0]]["row"])
    assert telling.records[row]["kind"] == Kind.TRADE
    found = decide_again(flipped(telling, row, 38, bit=3), CLASSES)
    assert not found.equal
    assert found.strategies["quoter"].equal, "a maker that looks at the book alone"
    cross = found.strategies["cross"]
    assert cross.row >= row
    assert f"cross parts from its journal at record {cross.row}, " in cross.difference
    assert "The journal has " in cross.difference
    assert "; Python has " in cross.difference
    assert "Its desk before that: cash " in cross.difference


def test_a_flipped_fill_shows(telling):
    number = number_of(telling, "cross")
    words = telling.records["words"].view(np.uint64)
    own = (telling.records["kind"] == Heard.FILL_TAKEN) & (words[:, 0] >> np.uint64(48) == number)
    row = int(np.flatnonzero(own)[0])
    found = decide_again(flipped(telling, row, 40), {"cross": CLASSES["cross"]})  # a lot more or less
    assert not found.equal
    assert "qty 1001" in found.difference or "qty 999" in found.difference, found.difference


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (np.delete, "Python has sent at record"),
        (lambda said, place: np.insert(said, place, said[place]), "The journal has sent at record"),
    ],
)
def test_a_decision_more_or_less_shows(telling, change, words):
    place = orders_of(telling, "quoter")[7]
    forged = pyrt.backtest.parity.Telling(**{**vars(telling), "said": change(telling.said, place)})
    verdict = decide_again(forged, {"quoter": CLASSES["quoter"]}).strategies["quoter"]
    assert verdict.row == telling.said[place]["row"]
    assert words in verdict.difference


def test_another_strategy_is_told_apart(telling):
    class Quoter(CLASSES["quoter"]):
        def on_book(self, ctx, delta):
            if ctx.bid_levels > 0:
                ctx.limit(self.qty, ctx.best_bid - 1.0, post_only=True)

    found = decide_again(telling, {"quoter": Quoter})
    assert "Quoter is not what was traded: its source is another than " in found.difference
    assert found.strategies["cross"].equal


def test_what_cannot_be_compared_is_refused(session, telling, tmp_path):
    with pytest.raises(InputError, match=r"the session has no 'crosss'; it has cross, quoter, clock, ties, fragile"):
        decide_again(telling, {"crosss": CLASSES["cross"]})
    with pytest.raises(DataError, match=r"nothing\.pyrt: there is no such file"):
        decide_again(tmp_path / "nothing.pyrt", CLASSES, config=session.config)
    for name in ("risk_limits.toml", *(f"{name}.so" for name in CLASSES)):
        (tmp_path / name).symlink_to(session.config.parent / name)
    (tmp_path / "engine.toml").write_text(session.config.read_text().replace("qty = 0.005", "qty = 0.006"))
    with pytest.raises(DataError, match="decided again it comes to something else"):
        decide_again(session.journal, CLASSES, config=Path(tmp_path / "engine.toml"))


def test_the_command_says_so(session):
    runner, example = CliRunner(), str(HOME / "examples" / "cross.py")
    arguments = ["journal", str(session.journal), "--config", str(session.config), "--json"]
    done = runner.invoke(app, [*arguments, example])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["strategies"]["cross"]["equal"]
    done = runner.invoke(app, arguments)
    assert set(json.loads(done.stdout)["strategies"]) == set(CLASSES)
    done = runner.invoke(app, [*arguments, "--plain", f"quoter={HOME / 'tests' / 'parity' / 'strategies.py'}:Clock"])
    assert done.exit_code == 1
    assert "has no parameter 'most'" in done.output
