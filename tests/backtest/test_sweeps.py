"""Sweeps: every row is what a run of that set gives, however it was run, and nothing that was done is lost."""

import functools
import importlib.util
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pyrt import Backtest, Strategy
from pyrt import indicators as ta
from pyrt.analysis.risk_metrics import deflated_sharpe
from pyrt.backtest import CostModel, Stops
from pyrt.backtest.results.sweep import SWEPT
from pyrt.data import Bars
from pyrt.errors import DataError, DTypeError, InputError, MissingPiece
from pyrt.strategy import StrategyFault
from tests.parity.market import BTC, ETH, random_market
from tests.parity.strategies import Cross

DAY = 86_400_000_000_000


def bars_of(n=900, seed=0):
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    opened = np.append(100.0, close[:-1]) * np.exp(rng.normal(0, 0.002, n))
    up, down = np.exp(np.abs(rng.normal(0, 0.004, (2, n))))
    high, low = np.maximum(opened, close) * up, np.minimum(opened, close) / down
    return Bars(DAY * (10_000 + np.arange(n)), opened, high, low, close)


def crossing(bars, fast, slow):
    a, b = ta.sma(bars.close, fast), ta.sma(bars.close, slow)
    return a > b, a < b


def turning(bars, fast, slow):
    a, b = ta.sma(bars.close, fast), ta.sma(bars.close, slow)
    return a > b, np.zeros(len(a), bool), a < b, np.zeros(len(a), bool)


GRID = {"fast": [2, 5, 9], "slow": [20, 50]}
BACKTESTS = {
    "next open": {},
    "close": {"fill": "close", "costs": CostModel(fees_bps=3, fixed=1, slippage_bps=2)},
    "ruin": {"costs": CostModel(fixed=9_000)},
}


@pytest.mark.parametrize("rule", [crossing, turning])
@pytest.mark.parametrize("terms", BACKTESTS)
def test_rows_are_what_runs_give(rule, terms):
    bt = Backtest(bars_of(), **BACKTESTS[terms])
    for stops in (Stops(), Stops(stop_loss=0.03, take_profit=0.05, trailing=0.04)):
        sweep = bt.sweep(rule, GRID | {"stops": [stops]}, workers=2)
        assert [(p["fast"], p["slow"]) for p in sweep.parameters] == list(itertools.product(*GRID.values()))
        for row, parameters in enumerate(sweep.parameters):
            given = {name: parameters[name] for name in ("fast", "slow")}
            signals = rule(bt.bars, **given)
            names = ("entries", "exits", "short_entries", "short_exits")
            whole = bt.run_signals(**dict(zip(names, signals, strict=False)), stops=stops)
            for name in SWEPT:
                expected = whole.metrics[name]
                assert sweep.measures[name][row] == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True), name
            np.testing.assert_array_equal(sweep.result(row).equity, whole.equity)


def test_tables_of_signals_have_the_datas_times_and_each_others_columns():
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    bt, days = Backtest(bars_of(), stamp="start", period="1d"), pd.DatetimeIndex(bars_of().timestamps)
    means = [ta.sma(bt.bars.close, n) for n in (5, 20)]
    entries = pd.DataFrame({"5": bt.bars.close > means[0], "20": bt.bars.close > means[1]}, index=days)
    exits = ~entries
    expected = bt.sweep_signals(entries.to_numpy(), exits.to_numpy()).measures["final_equity"].tolist()
    ended = [frame.set_axis(days + pd.Timedelta("1D")) for frame in (entries, exits)]  # as bt.bars has them
    for given in (
        (entries, exits),
        ended,
        list(map(pl.from_pandas, (entries, exits))),
        [f.values.tolist() for f in ended],
    ):
        assert bt.sweep_signals(*given).measures["final_equity"].tolist() == expected
    with pytest.raises(InputError, match="exits: its columns differ from what entries has"):
        bt.sweep_signals(entries, exits[["20", "5"]])
    with pytest.raises(InputError, match="entries: its index differs from the data's times from row 0 on"):
        bt.sweep_signals(entries[::-1], exits)
    with pytest.raises(InputError, match=r"entries: must have 2 dimensions .*got shape \(900,\)"):
        bt.sweep_signals(entries["5"], exits)


def test_a_rule_may_label_its_signals_by_the_times_of_its_bars():
    pd = pytest.importorskip("pandas")

    def labelled(bars, fast, slow):
        return [pd.Series(one, index=bars.timestamps) for one in crossing(bars, fast, slow)]

    bt = Backtest(bars_of(), stamp="start", period="1d")
    sweeps = [bt.sweep(rule, GRID).measures["final_equity"].tolist() for rule in (crossing, labelled)]
    assert sweeps[0] == sweeps[1]


def test_columns_are_what_runs_give():
    bt, rng = Backtest(bars_of(), fees_bps=2), np.random.default_rng(1)
    signals = [rng.random((900, 21)) < 0.05 for _ in range(4)]
    stops = [Stops(stop_loss=0.01 * (k % 4)) for k in range(21)]
    sweep = bt.sweep_signals(*signals[:2], short_entries=signals[2], short_exits=signals[3], stops=stops)
    for k in range(21):
        e, x, s, y = (signal[:, k] for signal in signals)
        whole = bt.run_signals(e, x, short_entries=s, short_exits=y, stops=stops[k])
        for name in SWEPT:
            assert sweep.measures[name][k] == pytest.approx(whole.metrics[name], rel=1e-9, abs=1e-12), (name, k)
        assert sweep.parameters[k] == {"column": k, "stops": stops[k]}
    np.testing.assert_array_equal(sweep.result(3).equity, bt.run_signals(
        signals[0][:, 3], signals[1][:, 3], short_entries=signals[2][:, 3], short_exits=signals[3][:, 3], stops=stops[3]
    ).equity)  # fmt: skip


def test_other_workers_and_processes_give_the_same():
    bt = Backtest(bars_of())
    one = bt.sweep(crossing, GRID, workers=1)
    for options in ({"workers": 4}, {"workers": 2, "backend": "loky"}):
        other = bt.sweep(crossing, GRID, **options)
        assert other.parameters == one.parameters
        for name in SWEPT:
            np.testing.assert_array_equal(other.measures[name], one.measures[name])


SCRIPT = """
import contextlib
import sys
import numpy as np
from pyrt import Backtest, Strategy

class Dip(Strategy):
    part: float = 0.99

    def on_bar(self, ctx, bar):
        if ctx.position == 0.0 and ctx.order_count == 0 and bar.close < bar.open * self.part:
            ctx.bracket(10.0, 0.0, bar.close * 1.03, bar.close * 0.98)

def dips(bars, part):
    fell = bars.close < bars.open * part
    return fell, ~fell


def machines(backend):
    if backend != "dask":
        return contextlib.nullcontext()
    from dask.distributed import Client

    return Client(n_workers=2, threads_per_worker=1, dashboard_address=None)


if __name__ == "__main__":
    backend = sys.argv[1]
    close = 100 * np.exp(np.cumsum(np.random.default_rng(4).normal(0, 0.01, 300)))
    opened = np.append(100.0, close[:-1])
    columns = {"open": opened, "high": np.maximum(opened, close), "low": np.minimum(opened, close), "close": close}
    backtest = Backtest({"time": np.datetime64("2024-01-01") + np.arange(300), **columns})
    grid = {"part": np.linspace(0.985, 0.999, 10).tolist()}
    with machines(backend):
        for strategy in (Dip, dips):
            one, two = (backtest.sweep(strategy, grid, backend=name, workers=2) for name in ("threads", backend))
            same = [np.array_equal(one.measures[name], two.measures[name], equal_nan=True) for name in one.measures]
            print(all(same), one.parameters == two.parameters, one.measures["n_trades"].min() > 2)
"""
MODULES = {"loky": "joblib", "multiprocessing": "joblib", "dask": "distributed", "ray": "ray"}


@pytest.mark.parametrize("backend", MODULES)
def test_a_script_is_swept_by_other_processes(tmp_path, backend):
    if importlib.util.find_spec(MODULES[backend]) is None:
        pytest.skip(f"{backend} is not here: pip install 'pyrt[{backend}]'")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYRT_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, str(script), backend]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)
    assert done.stdout.split() == ["True"] * 6, done.stderr[-2000:]


def test_backends_that_are_not_there_are_named(monkeypatch):
    bt = Backtest(bars_of(60))
    with pytest.raises(InputError, match="backend: Invalid backend: nowhere, expected one of"):
        bt.sweep(crossing, GRID, backend="nowhere")
    for backend, module in (("dask", "distributed"), ("ray", "ray.util.joblib")):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(MissingPiece, match=f"backend: '{backend}' is not installed: pip install .pyrt.{backend}."):
            bt.sweep(crossing, GRID, backend=backend)


def test_a_set_that_fails_is_named():
    class Picky(Strategy):
        k: int = 1

        def on_bar(self, ctx, bar):
            assert self.k < 3

    with pytest.raises(StrategyFault, match="Picky") as caught:
        Backtest(bars_of(60)).sweep(Picky, {"k": [1, 5]}, workers=1)
    assert caught.value.__notes__ == ["sweep: with k=5"]


def test_events_are_swept_too():
    bt = Backtest(random_market(3, 1500)[0], instruments=[BTC, ETH])
    sweep = bt.sweep(Cross, {"fast": [3, 8], "slow": [20]})
    for row, parameters in enumerate(sweep.parameters):
        metrics = bt.run(Cross, **parameters).metrics
        for name in SWEPT:
            assert sweep.measures[name][row] == pytest.approx(metrics[name], nan_ok=True)


def test_the_best_and_how_much_of_it_is_luck():
    bt = Backtest(bars_of(), fees_bps=0)
    sweep = bt.sweep(crossing, GRID)
    assert sweep.parameters[sweep.rank()[0]] == sweep.best()
    assert sweep.measures["sharpe"][sweep.rank()].tolist() == sorted(sweep.measures["sharpe"], reverse=True)
    assert sweep.measures["total_fees"][sweep.rank("volatility")[0]] == 0.0
    assert (np.diff(sweep.measures["volatility"][sweep.rank("volatility")]) >= 0).all()
    yearly = sweep.measures["periods_per_year"]
    chance = deflated_sharpe(sweep.result().returns, sweep.measures["sharpe"] / np.sqrt(yearly))
    assert sweep.deflated_sharpe() == chance
    assert list(sweep.to_frame().columns) == ["fast", "slow", *SWEPT]
    assert str(sweep).startswith("6 sets, the best 6 by Sharpe ratio:")
    with pytest.raises(ValueError, match="read-only"):
        sweep.measures["sharpe"][0] = 9.0


def test_an_interrupted_sweep_keeps_what_is_done_and_goes_on_from_the_file(tmp_path):
    bt, path, calls = Backtest(bars_of()), tmp_path / "sweep.jsonl", []

    def rule(bars, fast, slow):
        calls.append((fast, slow))
        if len(calls) == 4:
            raise KeyboardInterrupt
        return crossing(bars, fast, slow)

    part = bt.sweep(rule, GRID, workers=1, resume=path)
    assert len(part) == 3
    assert part.warnings[0] == "interrupted: 3 of 6 sets are done"
    with path.open("a") as file:
        file.write('{"parameters": {"fast": 9')  # the process died while it wrote
    done = list(calls[:3])
    calls[:] = [None] * 5
    whole = bt.sweep(rule, GRID, workers=1, resume=path)
    assert not set(calls[5:]) & set(done)
    expected = bt.sweep(crossing, GRID)
    for name in SWEPT:
        np.testing.assert_array_equal(whole.measures[name], expected.measures[name])
    assert len(path.read_text().splitlines()) == 7
    calls[:] = [None] * 5
    bt.sweep(rule, GRID, resume=path)
    assert len(calls) == 5, "all of it was in the file"


def test_a_file_of_something_else_is_refused(tmp_path):
    bt, path = Backtest(bars_of()), tmp_path / "sweep.jsonl"
    bt.sweep(crossing, GRID, resume=path)
    with pytest.raises(InputError, match="of other data, terms or another strategy"):
        Backtest(bars_of(seed=2)).sweep(crossing, GRID, resume=path)
    with pytest.raises(InputError, match="of other data, terms or another strategy"):
        Backtest(bars_of(), fees_bps=3).sweep(crossing, GRID, resume=path)
    with pytest.raises(InputError, match="of other data, terms or another strategy"):
        bt.sweep(turning, GRID, resume=path)
    for text in ("", "hello\n", json.dumps({"format": "pyrt sweep", "major": 1, "of": ""}) + "\n{}\n"):
        path.write_text(text)
        with pytest.raises(DataError, match="is not a sweep's file"):
            bt.sweep(crossing, GRID, resume=path)


WIDTH, NOTES = 3, []


def of_width(n):
    return n * WIDTH


def made(factor, *, notes=NOTES):
    def rule(bars, n):
        NOTES.append(n)  # what it notes for itself is none of its terms
        means = [ta.sma(bars.close, of_width(n) * f) for f in (factor, 2 * factor)]
        return means[0] > means[1], means[0] < means[1]

    return rule


def masked(bars, n, mask):
    return np.roll(mask, n), ~mask


def test_a_file_is_of_what_a_strategy_is_made_of(tmp_path, monkeypatch):
    early, late = np.arange(1200) < 900, np.arange(1200) < 901  # repr shows neither
    bt, grid = Backtest(bars_of(1200)), {"n": [2, 4]}
    pairs = {
        "closure": (made(1), made(2)),
        "partial": (functools.partial(masked, mask=early), functools.partial(masked, mask=late)),
        "default": (lambda bars, n, k=1: made(k)(bars, n), lambda bars, n, k=2: made(k)(bars, n)),
    }
    for name, (rule, other) in pairs.items():
        first = bt.sweep(rule, grid, resume=tmp_path / name)
        again = bt.sweep(rule, grid, resume=tmp_path / name)
        assert again.measures["final_equity"].tolist() == first.measures["final_equity"].tolist()
        with pytest.raises(InputError, match="another strategy"):
            bt.sweep(other, grid, resume=tmp_path / name)
    monkeypatch.setattr(sys.modules[__name__], "WIDTH", 4)
    with pytest.raises(InputError, match="another strategy"):
        bt.sweep(made(1), grid, resume=tmp_path / "closure")
    sets = bt.sweep(masked, [{"n": 1, "mask": early}, {"n": 1, "mask": late}], resume=tmp_path / "sets")
    assert len(sets) == 2
    assert len(bt.sweep(masked, [{"n": 1, "mask": late}], resume=tmp_path / "sets")) == 1
    assert len((tmp_path / "sets").read_text().splitlines()) == 3


def test_a_base_class_is_part_of_what_a_file_is_of(tmp_path):
    bt, path = Backtest(bars_of()), tmp_path / "sweep.jsonl"
    source = (
        "from pyrt import Strategy\nclass Base(Strategy):\n    def on_bar(self, ctx, bar):\n        ctx.target({})\n"
    )
    for size in (1.0, 2.0):
        home = tmp_path / f"bases_{size:g}"
        home.mkdir()
        (home / "bases_of_sweeps.py").write_text(source.format(size))
        spec = importlib.util.spec_from_file_location("bases_of_sweeps", home / "bases_of_sweeps.py")
        module = sys.modules["bases_of_sweeps"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        child = type("Child", (module.Base,), {"__annotations__": {"seed": int}, "seed": 0, "__module__": __name__})
        if size == 1.0:
            bt.sweep(child, {"seed": [1]}, resume=path)
            continue
        with pytest.raises(InputError, match="another strategy"):
            bt.sweep(child, {"seed": [1]}, resume=path)
    del sys.modules["bases_of_sweeps"]


@pytest.mark.parametrize("backend", ["threads", "loky"])
def test_workers_are_at_least_one_with_every_backend(backend):
    with pytest.raises(InputError, match="workers: must be at least 1, got 0"):
        Backtest(bars_of()).sweep(crossing, GRID, backend=backend, workers=0)


BAD = {
    "no sets": ([], InputError, "grid: has no parameter sets"),
    "no names": ({}, InputError, "grid: has no parameter sets"),
    "no values": ({"fast": [], "slow": [3]}, InputError, "grid: 'fast' has no values"),
    "a value": ({"fast": 3, "slow": [3]}, DTypeError, "grid: 'fast' must have a list of values, got 3"),
    "a text": ("fast", DTypeError, "grid: must be a mapping of lists"),
    "not sets": ([3], DTypeError, r"grid\[0\]: must be a mapping"),
    "twice": ({"fast": [3, 3], "slow": [3]}, InputError, "grid: set 1 is there twice"),
    "unknown": ({"quick": [3], "slow": [3]}, TypeError, "quick"),
    "missing": ({"fast": [3]}, TypeError, "slow"),
    "stops": ({"fast": [3], "slow": [9], "stops": [0.1]}, DTypeError, "grid: 'stops' must be Stops"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_grids(case):
    grid, error, words = BAD[case]
    with pytest.raises(error, match=words):
        Backtest(bars_of(60)).sweep(crossing, grid)


def test_other_bad_input():
    bt, never = Backtest(bars_of(60)), np.zeros((60, 2), bool)
    with pytest.raises(DTypeError, match="strategy: must be a function"):
        bt.sweep("rule.toml", GRID)
    with pytest.raises(DTypeError, match="must return entries and exits, got NoneType"):
        bt.sweep(lambda bars, fast, slow: None, GRID)
    with pytest.raises(InputError, match="backend: "):
        bt.sweep(crossing, GRID, backend="abacus")
    with pytest.raises(InputError, match="workers: "):
        bt.sweep(crossing, GRID, workers=0)
    with pytest.raises(InputError, match="entries: must have 2 dimensions"):
        bt.sweep_signals(never[:, 0], never)
    with pytest.raises(InputError, match=r"exits: must have shape \(60, 2\)"):
        bt.sweep_signals(never, never[:50])
    with pytest.raises(InputError, match="short_exits: is missing"):
        bt.sweep_signals(never, never, short_entries=never)
    with pytest.raises(InputError, match="stops: there are 3 for 2 columns"):
        bt.sweep_signals(never, never, stops=[Stops()] * 3)
    sweep = bt.sweep_signals(never, never)
    assert sweep.warnings == ("2 of 2 sets never traded",)
    with pytest.raises(InputError, match="none of 2 sets has a sharpe"):
        sweep.best()
    assert np.isnan(sweep.deflated_sharpe())
