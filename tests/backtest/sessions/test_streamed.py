"""A run on files that are read a stretch at a time is the run on the same records in memory, to the last bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pyrt
from pyrt.backtest import Simulation
from pyrt.backtest.sessions import memory
from pyrt.errors import DTypeError, InputError
from tests.backtest.sessions.test_session import ALL, EVENTS, INSTRUMENTS, LATE, outcome
from tests.data.events.test_tables import as_table

QUOTES = Simulation(book="quotes")
NORMAL = Simulation(feed="normal", feed_latency_ns=2 * 10**9, feed_deviation_ns=10**9)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """The random market as a Parquet file of small row groups."""
    made = tmp_path_factory.mktemp("events") / "events.parquet"
    as_table(EVENTS).to_parquet(made, row_group_size=97)
    return made


@pytest.fixture
def stretches(monkeypatch):
    """Set how many records a stretch has."""

    def use(rows):
        monkeypatch.setattr(memory, "MOST", rows)
        monkeypatch.setattr(memory, "LEAST", 1)

    return use


def held(simulation=LATE, **terms):
    return pyrt.Backtest(as_table(EVENTS), instruments=INSTRUMENTS, cash=50_000, simulation=simulation, **terms)


def streamed(path, simulation=LATE, **terms):
    return pyrt.Backtest.from_parquet(path, INSTRUMENTS, cash=50_000, simulation=simulation, **terms)


@pytest.mark.parametrize("simulation", [LATE, QUOTES, Simulation(feed_latency_ns=10**10), NORMAL])
@pytest.mark.parametrize("name", ALL)
def test_every_stretch_gives_the_same_run(path, stretches, name, simulation):
    cls, parameters = ALL[name]
    whole = held(simulation).run(cls, **parameters)
    for rows in (97, 1300, 10**6):
        stretches(rows)
        result = streamed(path, simulation).run(cls, **parameters)
        assert outcome(result) == outcome(whole), rows
        assert result.equity_curve.tobytes() == whole.equity_curve.tobytes()
        assert result.trades.tobytes() == whole.trades.tobytes()
        np.testing.assert_equal(dict(result.metrics), dict(whole.metrics))
        assert result.assumptions == whole.assumptions
    assert len(whole.orders) > 5


@settings(max_examples=10)
@given(
    rows=st.integers(20, 700),
    stops=st.lists(st.integers(1, 900), max_size=5),
    back=st.lists(st.integers(0, 4), max_size=4),
)
def test_a_session_on_files_is_kept_and_put_back(path, rows, stops, back):
    cls, parameters = ALL["Keeper"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "MOST", rows)
        patch.setattr(memory, "LEAST", 1)
        session, kept = streamed(path).session(cls, **parameters), []
        for n in stops:
            session.step(n)
            kept.append(session.snapshot())
        for place in back:
            if kept:
                session.restore(kept[place % len(kept)])
                assert session.records == kept[place % len(kept)].records
                session.step(rows)
        assert outcome(session.finish()) == outcome(held().run(cls, **parameters))
        for snapshot in kept[-1:]:
            other = streamed(path).session(cls, **parameters)
            other.restore(snapshot)
            assert outcome(other.finish()) == outcome(held().run(cls, **parameters))


def test_stretches_of_one_record(path, stretches):
    stretches(1)
    first = pyrt.Backtest(as_table(EVENTS[:600]), instruments=INSTRUMENTS, cash=50_000, simulation=LATE)
    session = streamed(path).session(ALL["Clock"][0])
    session.step(600)
    other = first.session(ALL["Clock"][0])
    other.step(600)
    assert len(session.orders) > 2
    assert session.orders.tobytes() == other.orders.tobytes()
    assert session.fills.tobytes() == other.fills.tobytes()
    assert session.equity == other.equity


def test_results_that_outgrow_the_memory_stop_the_run(path, stretches, monkeypatch):
    stretches(50)
    monkeypatch.setattr(memory, "BASE", 0)
    cls, parameters = ALL["Quoter"]
    backtest = streamed(path, max_memory=100_000)
    with pytest.raises(InputError, match=r"max_memory: orders, fills and signals take .* MB so far"):
        backtest.run(cls, **parameters)
    assert len(streamed(path, max_memory=5_000_000).run(cls, **parameters).orders) > 40


def test_stretches_follow_from_the_limit():
    assert memory.Memory(0).rows(10**12) == memory.MOST
    limit = memory.bytes_of("400MB")
    rows = memory.Memory(limit).rows(0)
    assert memory.LEAST < rows < memory.MOST
    assert memory.BASE + rows * memory.A_ROW <= limit
    assert memory.Memory(limit).rows(10**6) < rows


@pytest.mark.parametrize("limit", ["2GB", "2 gb", "2e9", 2_000_000_000, "2TB", "much", "", 10, "100MB", None, True])
def test_amounts_of_memory(limit):
    if limit in ("2GB", "2 gb", 2_000_000_000):
        assert memory.bytes_of(limit) == 2_000_000_000
        return
    with pytest.raises((InputError, DTypeError), match="max_memory: "):
        memory.bytes_of(limit)


def test_what_needs_all_records_says_so(path):
    with pytest.raises(InputError, match="this needs all records in memory"):
        streamed(path).check_lookahead(ALL["Cross"][0])


def test_sweeps_on_files(path):
    cls, _ = ALL["Cross"]
    grid = {"fast": [3, 5], "slow": [9, 20]}
    ours, theirs = streamed(path).sweep(cls, grid, workers=2), held().sweep(cls, grid, workers=1)
    np.testing.assert_equal(dict(ours.measures), dict(theirs.measures))
    assert ours.measures["n_trades"].max() > 0
