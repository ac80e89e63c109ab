"""Loading strategy files: defaults, aliases, paths, and everything that is wrong told at once."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from pyrt.errors import ConfigError, InputError, ModelError
from pyrt.strategy.abi import Action
from pyrt.strategy.file import load_strategy_file
from pyrt.strategy.file_runtime import Decision, FileStrategy
from pyrt.types import Side

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "config" / "strategies" / "btc_momentum.toml"
CONTRACT = ROOT.parent / "shared" / "design" / "contracts" / "strategy_btc_momentum.toml"
MODEL = ROOT / "tests" / "golden" / "model.onnx"


def written(folder, *changes, name="own.toml"):
    """The shipped file with some texts replaced, in a folder of its own."""
    text = SHIPPED.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_shipped_file_is_the_one_that_users_hold():
    if not CONTRACT.is_file():
        pytest.skip("needs ../shared/design, which is not part of the repository")
    assert SHIPPED.read_bytes() == CONTRACT.read_bytes()


def test_the_shipped_file():
    file = load_strategy_file(SHIPPED)
    assert (file.name, file.version, file.instrument, file.period) == (
        "BTC Momentum",
        "1.2.0",
        "binance:BTC-USDT",
        60_000_000_000,
    )
    rules = file.rules
    assert rules.model == ROOT / "models" / "btc_momentum_v1.2.onnx"
    assert (rules.entry_threshold, rules.exit_threshold, rules.position_size_pct) == (0.65, 0.45, 0.1)
    assert (rules.order_type, rules.limit_offset_bps, rules.timeout_ns) == ("limit", 5.0, 30_000_000_000)
    told = file.describe()
    assert 'bar = "1m"  # default' in told
    assert told.count("# default") == 1
    assert "BTC/USD on binance is binance:BTC-USDT, an alias of config/venues/binance.toml" in told


def test_what_is_printed_loads_again(tmp_path):
    file = load_strategy_file(written(tmp_path, ("limit_offset_bps = 5 ", ""), ("lookback_period = 20 ", "")))
    assert file.describe().count("# default") == 3
    (tmp_path / "again.toml").write_text(file.describe())
    again = load_strategy_file(tmp_path / "again.toml")
    assert again.rules == file.rules
    assert "# default" not in again.describe()


def test_paths_count_from_the_folder_that_holds_config(tmp_path):
    inside = load_strategy_file(written(tmp_path, name="config/strategies/own.toml"))
    assert inside.rules.model == tmp_path / "models" / "btc_momentum_v1.2.onnx"
    assert inside.instrument == "binance:BTC-USD"  # no aliases here
    outside = load_strategy_file(written(tmp_path, name="elsewhere/own.toml"))
    assert outside.rules.model == tmp_path / "elsewhere" / "models" / "btc_momentum_v1.2.onnx"


FAULTS = [
    (
        "entry_threshold",
        "entry_treshold",
        "parameters.entry_treshold = 0.65: no such key; did you mean parameters.entry",
    ),
    ("entry_threshold", "entry_treshold", "parameters.entry_threshold: is missing"),
    ("= 0.45", "= 0.66", "parameters.exit_threshold = 0.66: must be at most entry_threshold, 0.65"),
    ("= 0.10 ", "= 10 ", "parameters.position_size_pct = 10: must be a number above 0 and at most 1"),
    ("= 0.10 ", "= nan ", "parameters.position_size_pct = nan: must be a number"),
    ("= 0.10 ", "= true ", "parameters.position_size_pct = True: must be a number"),
    ("lookback_period = 20", "lookback_period = 20.5", "must be an integer from 1 to 100000"),
    ('"rsi_14"', '"rsi14"', "there is no 'rsi14'; did you mean 'rsi_14'"),
    ('"macd"', "3", "ml_model.features = .*: must be a list"),
    ('"limit"', '"stop"', 'execution.order_type = .stop.: must be "limit" or "market"'),
    ("timeout_seconds = 30", "timeout_seconds = 0", "must be a number above 0 and at most 86400"),
    ("[execution]", "[execution]\nspeed = 1", "execution.speed = 1: no such key"),
    ("[execution]", "[execution.more]\na = 1\n[execution]", "execution.more = .*: no such key"),
    ("[execution]", '[data]\nbar = "1 min"\n[execution]', "data.bar = '1 min': must be a number and s, m, h or d"),
    ('"BTC/USD"', '"btc"', "strategy.asset = 'btc': must be BASE/QUOTE"),
    ("[strategy]", 'include = ["other.toml"]\n[strategy]', "include = .*: no such key"),
    ("[strategy]", "[strategy", "not TOML"),
]


@pytest.mark.parametrize(("old", "new", "words"), FAULTS)
def test_every_fault_is_told(tmp_path, old, new, words):
    with pytest.raises(ConfigError, match=words):
        load_strategy_file(written(tmp_path, (old, new)))


def test_all_faults_are_told_at_once(tmp_path):
    path = written(tmp_path, ("= 0.65", '= "high"'), ("path = ", "pth = "))
    with pytest.raises(ConfigError) as error:
        load_strategy_file(path)
    assert len(str(error.value).splitlines()) == 3
    with pytest.raises(ConfigError, match="cannot be read"):
        load_strategy_file(tmp_path / "absent.toml")


def test_a_bad_alias_is_refused(tmp_path):
    path = written(tmp_path, name="config/strategies/own.toml")
    venue = tmp_path / "config" / "venues" / "binance.toml"
    venue.parent.mkdir()
    venue.write_text('[aliases]\n"BTC/USD" = "btcusdt"\n')
    with pytest.raises(ConfigError, match="must be BASE-QUOTE in capitals"):
        load_strategy_file(path)
    venue.write_text("[aliases")
    with pytest.raises(ConfigError, match=r"binance\.toml: not TOML"):
        load_strategy_file(path)


def test_a_compiled_strategy_is_recognized(tmp_path):
    path = tmp_path / "config" / "strategies" / "own.toml"
    path.parent.mkdir(parents=True)
    head = '[strategy]\nname = "Cross"\nasset = "ETH/USDT"\nexchange = "binance"\ncode = "cross.so"\n'
    path.write_text(head + "[parameters]\nfast = 8\nslow = 21.5\n")
    file = load_strategy_file(path)
    assert (file.rules, file.code, file.parameters) == (None, tmp_path / "cross.so", {"fast": 8.0, "slow": 21.5})
    with pytest.raises(ConfigError, match="runs a compiled strategy"):
        FileStrategy.load(path)
    path.write_text(head + '[ml_model]\npath = "x"\n')
    with pytest.raises(ConfigError, match=r"ml_model\.path"):
        load_strategy_file(path)


def test_a_run_refuses_without_its_model(tmp_path):
    with pytest.raises(InputError, match="there is no model"):
        FileStrategy.load(written(tmp_path))


def test_the_model_must_be_of_the_files_features(tmp_path):
    pytest.importorskip("onnxruntime")
    model = tmp_path / "models" / "btc_momentum_v1.2.onnx"
    model.parent.mkdir()
    shutil.copy(MODEL, model)
    assert FileStrategy.load(written(tmp_path)).features.warmup == 33
    with pytest.raises(ModelError, match=r"takes rsi_14, macd.*has macd, rsi_14"):
        FileStrategy.load(written(tmp_path, ('"rsi_14", "macd"', '"macd", "rsi_14"')))


def test_a_decision_is_a_request_of_the_abi():
    decision = Decision(Action.LIMIT, Side.SELL, order_id=3, flags=2, qty=0.5, price=61_000.25)
    request = decision.to_request()
    assert request.nbytes == 128
    assert request["size"][0] == 128
    for name, value in decision._asdict().items():
        assert request[name][0] == value
    assert not np.frombuffer(request.tobytes()[48:128], np.uint8).any()
