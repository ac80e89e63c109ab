"""A strategy file in two hosts: the same features, scores, orders and fills, to the last bit."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import pyrt
from pyrt._engine import engine_environment, find_engine
from pyrt.backtest.matching import Simulation
from pyrt.backtest.parity import check_parity, parting, run_backtest, run_replay
from pyrt.cli import app
from pyrt.cli.strategy import find_strategy
from pyrt.data import Recording, read_recording, resample_trades, save_recording
from pyrt.errors import InputError, ModelError
from pyrt.features import FeatureSet
from pyrt.strategy import StrategyFault, build
from pyrt.types import Kind, of_kind
from tests.parity.market import BTC, ETH, START, Tape

lightgbm = pytest.importorskip("lightgbm")
pytest.importorskip("onnxruntime")

ROOT = Path(__file__).parents[2]
NAMES = ["rsi_14", "macd", "volume_ratio", "bb_pct"]
SLOW = Simulation(feed_latency_ns=3_000_000, order_latency_ns=40_000_000, response_latency_ns=25_000_000)
FILE = """
[strategy]
name = "Momentum"
asset = "BTC/USDT"
exchange = "binance"
[parameters]
entry_threshold = {entry!r}
exit_threshold = {leave!r}
position_size_pct = 0.1
[ml_model]
path = "model.onnx"
features = {names}
[execution]
order_type = "{order_type}"
limit_offset_bps = 0.001
timeout_seconds = 2.5
[data]
bar = "1s"
"""


@pytest.fixture(scope="module", params=["made", "real"])
def recording(request):
    if request.param == "made":
        return read_recording(ROOT / "examples" / "data" / "btc_made.tsv.gz")
    shared = request.getfixturevalue("shared_data")
    return read_recording(shared / "ws" / "binance_spot_btcusdt_20240808.tsv.gz")


def trained(recording, folder):
    """Train a model of the next move on the recording's first half, and return what it says of the second."""
    from pyrt.ml.onnx import export

    trades = of_kind(recording.events, Kind.TRADE)
    bars = resample_trades(trades["event_time"], trades["price"], trades["qty"], "1s").bars
    x, rises = FeatureSet(NAMES).compute(bars), np.r_[bars.close[3:] > bars.close[:-3], [False] * 3]
    half = len(x) // 2
    known = ~np.isnan(x).any(axis=1)
    first, second = known & (np.arange(len(x)) < half), known & (np.arange(len(x)) >= half)
    terms = {"objective": "binary", "num_leaves": 7, "min_data_in_leaf": 5, "seed": 1, "num_threads": 1, "verbose": -1}
    data = lightgbm.Dataset(x[first], rises[first].astype(float), feature_name=NAMES)
    model = export(lightgbm.train(terms, data, num_boost_round=20), folder / "model.onnx", sample=x[first])
    return model.predict(x[second])


@pytest.fixture(scope="module")
def write_file(recording, tmp_path_factory):
    """Write a strategy file whose thresholds are met by a third of the bars each."""
    folder = tmp_path_factory.mktemp("file")
    scores = trained(recording, folder)

    def write(order_type="limit", low=0.33, high=0.67):
        path = folder / f"{order_type}.toml"
        entry, leave = float(np.quantile(scores, high)), float(np.quantile(scores, low))
        path.write_text(FILE.format(entry=entry, leave=leave, names=NAMES, order_type=order_type))
        return path

    return write


def words_of(result):
    return np.frombuffer(result.state, np.uint64)[:6].tolist(), np.frombuffer(result.state, np.float64)[6:]


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
@pytest.mark.parametrize("simulation", [Simulation(), SLOW], ids=["defaults", "slow"])
@pytest.mark.parametrize("order_type", ["limit", "market"])
def test_a_strategy_file_does_the_same_in_both_hosts(recording, write_file, order_type, simulation):
    found = check_parity(recording, write_file(order_type), simulation=simulation)
    assert found.equal, found.difference
    counts = found.runs[0].counts
    assert counts["orders"] >= 20
    assert counts["fills"] >= (20 if order_type == "limit" else 5), counts
    assert counts["signals"] > 100
    assert counts["cancels"] >= 10 or order_type == "market"


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_with_history_with_other_thresholds_and_with_a_clock_that_is_off(recording, write_file):
    received = recording.events["words"][:, 0]
    middle = int(received[len(received) // 2])
    found = check_parity(recording, write_file(), trade_from=middle, limit_offset_bps=0.1, timeout_seconds=0.25)
    assert found.equal, found.difference
    assert int(found.runs[0].arrays["commands"]["time"].min()) >= middle
    assert int(found.runs[0].arrays["signals"]["receive_time"].min()) < middle
    base = run_backtest(recording, write_file())
    events = recording.events.copy()
    own_time = events["event_time"] != events["words"][:, 0]
    events["event_time"][own_time] -= 63_072_000_000_000_000  # two years of whole seconds: the bars are the same
    later = check_parity(Recording(events, recording.instruments), write_file())
    assert later.equal, later.difference
    assert later.runs[0].arrays["commands"].tobytes() == base.arrays["commands"].tobytes()


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary", "recording")
def test_the_command_takes_files_as_well(write_file, tmp_path):
    market = str(ROOT / "examples" / "data" / "btc_made.tsv.gz")
    done = CliRunner().invoke(app, ["parity", str(write_file()), market, "-p", "entry_threshold=0.5", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["equal"]
    assert said["backtest"] == said["replay"]
    refused = CliRunner().invoke(app, ["parity", str(write_file()), market, "-p", "lookback_period=9"])
    assert refused.exit_code == 1
    assert "shapes the strategy" in " ".join(refused.output.split())  # lines are wrapped
    assert CliRunner().invoke(app, ["run", str(tmp_path / "no.toml"), market]).exit_code == 1


def test_its_state_is_words_that_can_be_read(recording, write_file):
    result = pyrt.Backtest(recording).run_file(write_file())
    (bars, no_row, no_quote, no_size, live, following), row = words_of(result)
    assert bars - no_row == len(result.signals)
    assert (no_quote, no_size) == (0, 0)
    assert following == len(result.orders) + 1
    assert live in (0, following - 1)
    assert len(row) == len(NAMES)
    assert 0 <= row[0] <= 100
    assert result.totals["live_orders"] == (live != 0)


def tape():
    """A book and two trades."""
    made = Tape()
    made.book(START, [(100.00, 1.0)], [(100.02, 1.0)])
    made.trade(START + 10_000_000, 100.01, 0.1, 1)
    made.trade(START + 5_000_000_000, 100.01, 0.1, 1)
    return made.events()


class Model:
    """A model of one feature."""

    features = ("return_1",)

    def __init__(self, answer):
        self.answer = answer
        self.card = type("Card", (), {"features": self.features, "versions": ("1",)})

    def predict_row(self, row):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def run_with(monkeypatch, tmp_path):
    """Run a file of one feature on the tape, with a model that always gives this answer."""

    def run(answer, instruments=(BTC,)):
        monkeypatch.setattr("pyrt.strategy.file_runtime.load_model", lambda path: Model(answer))
        path = tmp_path / "one.toml"
        path.write_text(FILE.format(entry=0.6, leave=0.4, names=["return_1"], order_type="market"))
        return pyrt.Backtest(tape(), instruments=instruments).run_file(path)

    return run


def test_a_bars_order_is_sized_and_timed_by_what_the_host_shows(run_with):
    result = run_with(0.9)
    assert result.orders["qty"].tolist() == [int(0.1 * 100_000 / 100.02 * 10_000)]
    assert result.signals["confidence"].tolist() == [0.9] * 4  # the first bar of five has no return
    assert set(result.signals["receive_time"].tolist()) == {START + 5_001_000_000}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (float("inf"), "answer is inf; it is not a signal"),
        (ModelError("the answer is NaN"), "the answer is NaN"),
        (RuntimeError("the library broke"), "RuntimeError: the library broke"),
    ],
)
def test_a_fault_names_time_record_file_and_reason(run_with, answer, words):
    where = f"at {START + 5_001_000_000} ns, record with stamp 3"
    with pytest.raises(StrategyFault, match=rf"{where}: .*one\.toml: .*{re.escape(words)}"):
        run_with(answer)


def test_an_interrupt_is_no_fault_of_the_strategy(run_with, monkeypatch):
    def interrupted(self, row):
        raise KeyboardInterrupt

    monkeypatch.setattr(Model, "predict_row", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_with(0.5)


def test_an_instrument_that_is_not_there_is_refused_with_the_files_name(run_with):
    with pytest.raises(InputError, match=r"one\.toml: 'binance:BTC-USDT' is not in the data, which has binance:ETH"):
        run_with(0.5, instruments=(ETH,))


def test_a_model_that_is_not_there_is_refused_with_the_files_name(tmp_path):
    test = pyrt.Backtest(tape(), instruments=[BTC])
    path = tmp_path / "other.toml"
    path.write_text(FILE.format(entry=0.6, leave=0.4, names=["rsi_14"], order_type="limit"))
    with pytest.raises(InputError, match=r"other\.toml: there is no model .*model\.onnx"):
        test.run_file(path)


def test_models_and_parameters_are_checked_before_anything_runs(recording, write_file):
    path = write_file()
    wrong = path.with_name("wrong.toml")
    wrong.write_text(path.read_text().replace("'rsi_14', 'macd'", "'macd', 'rsi_14'"))
    with pytest.raises(ModelError, match=r"wrong\.toml: .*model\.onnx: takes rsi_14, macd"):
        pyrt.Backtest(recording).run_file(wrong)
    with pytest.raises(InputError, match=r"limit\.toml: lookback_period: shapes the strategy"):
        pyrt.Backtest(recording).run_file(path, lookback_period=5)


# ---- a file that names a built strategy


@pytest.fixture
def cross_file(tmp_path):
    cross = find_strategy(str(ROOT / "examples" / "cross.py"))
    build(cross, tmp_path / "cross.so", fast=8)
    path = tmp_path / "cross.toml"
    head = '[strategy]\nname = "Cross"\nasset = "BTC/USDT"\nexchange = "binance"\ncode = "cross.so"\n'
    path.write_text(head + "[parameters]\nqty = 0.02\n")
    return cross, path


def made():
    return read_recording(ROOT / "examples" / "data" / "btc_made.tsv.gz")


def test_a_file_with_code_runs_the_machine_code(cross_file):
    cross, path = cross_file
    result = pyrt.Backtest(made()).run_file(path)
    same = pyrt.Backtest(made()).run(cross, fast=8, qty=0.02)
    assert result.commands.tobytes() == same.commands.tobytes()
    assert result.answers.tobytes() == same.answers.tobytes()
    assert result.state == same.state
    assert len(result.fills) > 10
    other = pyrt.Backtest(made()).run_file(path, qty=0.03)
    assert other.orders["qty"].max() > result.orders["qty"].max()
    # The linker must not give the old object for the same name.
    build(cross, path.with_suffix(".so"), fast=50)
    again = pyrt.Backtest(made()).run_file(path)
    assert again.commands.tobytes() != result.commands.tobytes()


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_a_file_with_code_does_the_same_in_both_hosts(cross_file):
    found = check_parity(made(), cross_file[1])
    assert found.equal, found.difference
    assert found.runs[0].counts["fills"] > 10


def test_objects_that_must_not_run_are_refused(cross_file, tmp_path):
    _, path = cross_file
    shared = path.with_suffix(".so")
    test = pyrt.Backtest(made())
    for name, value, words in [("slow", 9, "shapes the state"), ("none", 1, "no parameter"), ("qty", np.inf, "takes")]:
        with pytest.raises(InputError, match=rf"cross\.toml: .*cross\.so: .*{words}"):
            test.run_file(path, **{name: value})
    shared.chmod(0o622)
    with pytest.raises(InputError, match="chmod 600"):
        test.run_file(path)
    shared.chmod(0o600)
    damaged = shared.read_bytes().replace(b"PYRTSTRA", b"PYRTSTRB")
    shared.write_bytes(damaged)
    with pytest.raises(InputError, match="build it again"):
        test.run_file(path)
    shared.unlink()
    with pytest.raises(InputError, match=r"cross\.toml: .*No such file"):
        test.run_file(path)


# ---- how the engine ends


class Broken(pyrt.Strategy):
    """Divides by zero at the second trade."""

    def start(self, ctx):
        self.left = 1.0

    def on_trade(self, ctx, trade):
        self.left = 1.0 / self.left - 1.0


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_a_strategy_that_fails_in_a_replay_has_its_own_exit_code(tmp_path):
    recording = Recording(tape(), (BTC,))
    events = save_recording(tmp_path / "events.npy", recording)
    with pytest.raises(StrategyFault, match=rf"at {START + 5_001_000_000} ns, record with stamp 3: .*Broken.*Division"):
        run_replay(events, Broken, tmp_path)
    command = [str(find_engine()), "replay", "--events", str(events), "--strategy"]
    ended = [
        subprocess.run([*command, str(path)], capture_output=True, text=True, check=False, env=engine_environment())
        for path in (tmp_path / "Broken.so", tmp_path / "none.so", tmp_path / "none.toml")
    ]
    assert [done.returncode for done in ended] == [6, 2, 2]
    assert "none.toml" in ended[2].stderr


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_the_engine_refuses_a_file_without_its_model(tmp_path):
    path = tmp_path / "one.toml"
    path.write_text(FILE.format(entry=0.6, leave=0.4, names=["return_1"], order_type="market"))
    with pytest.raises(pyrt.errors.EngineError, match=r"one\.toml: .*model\.onnx"):
        run_replay(save_recording(tmp_path / "events.npy", Recording(tape(), (BTC,))), path, tmp_path)


def test_a_difference_is_found(recording, write_file):
    ours, theirs = run_backtest(recording, write_file()), run_backtest(recording, write_file(), entry_threshold=0.99)
    assert "part. First: " in parting(ours, theirs)
