"""Order by order data in Parquet files: the run is that of the same records in memory, and the memory is bounded."""

import numpy as np
import pandas as pd
import pytest

from pyrt import Backtest
from pyrt.backtest import Simulation
from pyrt.backtest.sessions import memory
from pyrt.data.events import events_from
from pyrt.errors import DataError
from pyrt.types import RECORDS, Flag, Kind
from tests.backtest.matching.fill_streams import INSTRUMENTS
from tests.backtest.matching.order_streams import orders_alone
from tests.backtest.matching.test_orders_in_runs import Joiner
from tests.backtest.peak import fills_and_peak, needs_peak

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

ONE = INSTRUMENTS[:1]
ACTIONS = np.array(["", "add", "modify", "delete", "execute"])


def table_of(events):
    """Orders and trades as columns by their names; ids may be of 128 bits."""
    rows = events.view(RECORDS[Kind.ORDER])
    orders = events["kind"] == Kind.ORDER
    return pd.DataFrame(
        {
            "time": rows["receive_time"].view("M8[ns]"),
            "kind": np.where(orders, "order", "trade"),
            "side": events["side"],
            "price": rows["price"],
            "qty": rows["qty"],
            "flags": events["flags"] & 0xFF00,
            "action": ACTIONS[np.where(orders, events["flags"] & 0xFF, 1)],
            "order_id": np.where(orders, rows["order_id_low"], 0),
            "order_id_high": np.where(orders, rows["order_id_high"], 0),
        }
    )


@pytest.fixture(scope="module")
def events():
    made = orders_alone(7, 5_000, step=20_000_000, start=10**18)[1]
    made = made[np.isin(made["kind"], (Kind.ORDER, Kind.TRADE))]
    made["stamp"] = np.arange(len(made))
    return made


def outcome(result):
    return result.commands.tobytes(), result.answers.tobytes(), result.state, dict(result.totals)


@pytest.mark.parametrize("split", [False, True], ids=["one file", "a file a kind"])
def test_every_stretch_gives_the_same_run(events, tmp_path, monkeypatch, split):
    table = table_of(events)
    whole = Backtest(events, instruments=ONE, cash=50_000).run(Joiner)
    assert len(whole.fills) > 50
    if split:
        paths = {"orders": tmp_path / "orders.parquet", "trades": tmp_path / "trades.parquet"}
        for name, path in paths.items():
            some = table[table["kind"] == name.removesuffix("s")].drop(columns="kind")
            if name == "trades":
                some = some.drop(columns=["action", "order_id", "order_id_high"])
            some.to_parquet(path, row_group_size=301)
        given, how = {ONE[0].name: paths}, None
    else:
        given, how = tmp_path / "events.parquet", Simulation(book="orders")
        table.to_parquet(given, row_group_size=301)
    monkeypatch.setattr(memory, "LEAST", 1)
    for rows in (97, 1_300, 10**6):
        monkeypatch.setattr(memory, "MOST", rows)
        result = Backtest.from_parquet(given, ONE, cash=50_000, simulation=how).run(Joiner)
        assert outcome(result) == outcome(whole), rows
        assert result.assumptions == whole.assumptions
    held = Backtest(table, instruments=ONE, cash=50_000).run(Joiner)
    assert outcome(held) == outcome(whole)


def test_what_makes_a_message_without_flags_is_one_time(tmp_path, monkeypatch):
    """Rows of one time are one message, wherever a stretch of the file ends."""
    rng = np.random.default_rng(2)
    n = 400
    table = {
        "time": 10**18 + np.sort(rng.integers(0, 150, n)) * 1_000,
        "action": ["add"] * n,
        "order_id": np.arange(n) + 1,
        "side": rng.integers(1, 3, n),
        "price": np.where(rng.random(n) < 0.5, 10.0, 10.5),
        "qty": np.ones(n),
    }
    table["price"] = np.where(table["side"] == 1, 10.0, 10.5) + 0.01 * rng.integers(0, 3, n) * (table["side"] * 2.0 - 3)
    events = events_from(table, ONE)
    assert (events["flags"] & 0xFF == 1).all()
    ends = np.append(np.diff(table["time"]) > 0, True)
    assert ((events["flags"] & Flag.LAST > 0) == ends).all()
    for kind in ("orders", "deltas"):
        path = tmp_path / f"{kind}.parquet"
        columns = {
            name: column for name, column in table.items() if kind == "orders" or name not in {"action", "order_id"}
        }
        pd.DataFrame(columns).to_parquet(path, row_group_size=60)
        source = Backtest.from_parquet(path, ONE, kind=kind)._events.source
        whole = np.concatenate(list(source.chunks(10**6)))
        assert ((whole["flags"] & Flag.LAST > 0) == ends).all()
        for rows in (1, 3, 50):
            parts = list(source.chunks(rows))
            assert max(map(len, parts)) <= rows
            assert np.concatenate(parts).tobytes() == whole.tobytes()
        assert np.concatenate(list(source.chunks(7, 113))).tobytes() == whole[113:].tobytes()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"action": ["add", "burn"]}, "action 'burn' is none of"),
        ({"action": [1, 7]}, "an action is 1 or 'add', 2 or 'modify', 3 or 'delete', 4 or 'execute'"),
        ({"order_id": ["a", "b"]}, "order_id must be integers, got dtype"),
        ({"price": [1.0, np.nan]}, r"price\[1\] is nan"),
        ({"side": None}, "orders need a column side"),
    ],
)
def test_orders_that_cannot_be_are_named(changes, words):
    table = {
        "time": [1, 2],
        "action": [1, 3],
        "order_id": [5, 5],
        "side": [1, 1],
        "price": [1.0, 1.0],
        "qty": [2.0, 0.0],
    }
    table = {name: column for name, column in {**table, **changes}.items() if column is not None}
    with pytest.raises(DataError, match=words):
        events_from(table, ONE)


SCRIPT = """
import sys
from pyrt import Backtest, Grid, Instrument, Strategy

class Rare(Strategy):
    def start(self, ctx):
        self.n: int = 0

    def on_book(self, ctx, delta):
        self.n += 1
        if self.n % 20_000 == 0:
            ctx.target(1.0 if ctx.position == 0.0 else 0.0)

if __name__ == "__main__":
    one = Instrument("test:A-USD", tick=Grid.parse("0.01"), lot=Grid.parse("1"))
    backtest = Backtest.from_parquet(sys.argv[1], [one], max_memory=sys.argv[2])
    result = backtest.run(Rare)
"""


@needs_peak
def test_the_memory_is_bounded(tmp_path):
    """Three million rows, 192 MB as records: a run within 400 MB, which takes 288 MB to begin with."""
    n, live = 3_000_000, 64
    row = np.arange(n)
    order = np.where(row < live, row, np.where(row % 2 == 0, live + (row - live) // 2, (row - live) // 2))
    buys = order % 2 == 0
    away = 0.01 * (1 + order % 7)
    columns = {
        "time": (10**18 + 1_000 * row).view("M8[ns]"),
        "action": np.where((row < live) | (row % 2 == 0), 1, 3),
        "order_id": order + 1,
        "side": np.where(buys, 1, 2),
        "price": np.where(buys, 100.0 - away, 100.0 + away).round(2),
        "qty": np.full(n, 5.0),
    }
    path = tmp_path / "many.parquet"
    parquet.write_table(pa.table(columns), path, row_group_size=1 << 20)
    fills, peak = fills_and_peak(tmp_path, SCRIPT, path, "400MB")
    assert fills >= n // 20_000 - 2
    assert peak <= 400 * 10**6, f"{peak / 1e6:.0f} MB"
