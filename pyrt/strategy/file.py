"""The strategy file: TOML that names features, a model, thresholds, size and how to execute.

``proto/STRATEGY_FILE.md`` is the specification, ``file_runtime`` acts by it, and the engine's ``strategy::file`` is the
same in Rust.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .._validate import number
from ..data.resampling import period_ns
from ..errors import ConfigError, InputError
from ..features import FeatureSet
from .file_keys import Keys

__all__ = ["Rules", "StrategyFile", "changed", "load_strategy_file"]

_SYMBOL = re.compile(r"[A-Z0-9._]+(?:-[A-Z0-9._]+)+")
_WORD = re.compile(r"[a-z0-9_]+")
_LIVE = {
    "entry_threshold": (-1e9, 1e9, False),
    "exit_threshold": (-1e9, 1e9, False),
    "position_size_pct": (0.0, 1.0, True),
    "limit_offset_bps": (0.0, 9_999.0, False),
    "timeout_seconds": (0.0, 86_400.0, True),
}
"""Parameters that may change while the strategy runs: lowest, highest, and whether the lowest itself is excluded."""
_ASSET = re.compile(r"[A-Z0-9._]+(?:[/-][A-Z0-9._]+)+")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a strategy file with a model does; the keys of the file.

    Attributes
    ----------
    features : tuple of str
    model : Path
        ``[ml_model] path``, from the folder that holds ``config/``. It need not be there before the strategy runs.
    lookback_period : int
    entry_threshold, exit_threshold : float
    position_size_pct : float
        A fraction of equity: 0.1 is 10%.
    order_type : str
        ``"limit"`` or ``"market"``.
    limit_offset_bps : float
    timeout_ns : int
    """

    features: tuple[str, ...]
    model: Path
    lookback_period: int
    entry_threshold: float
    exit_threshold: float
    position_size_pct: float
    order_type: str
    limit_offset_bps: float
    timeout_ns: int


@dataclass(frozen=True, slots=True)
class StrategyFile:
    """A strategy file that has been read and checked.

    Attributes
    ----------
    name, version : str
    asset, exchange : str
        As written.
    instrument : str
        What is traded: ``venue:BASE-QUOTE``.
    bar : str
        Length of its bars: ``"1m"``.
    rules : Rules or None
        None if it runs a compiled strategy.
    code : Path or None
        The compiled strategy, from the same folder as models.
    parameters : dict
        The compiled strategy's parameters to set, by name.
    settings : tuple of (key, value, is_default)
        Every key in force.
    notes : tuple of str
        What was decided for the user: aliases.
    """

    name: str
    version: str
    asset: str
    exchange: str
    instrument: str
    bar: str
    rules: Rules | None
    code: Path | None
    parameters: dict[str, float]
    settings: tuple[tuple[str, Any, bool], ...]
    notes: tuple[str, ...]

    @property
    def period(self) -> int:
        """Length of a bar, ns."""
        return period_ns(self.bar)

    def describe(self) -> str:
        """Return the keys in force as TOML, with what was not written marked."""
        lines: list[str] = []
        section = ""
        for key, value, is_default in self.settings:
            table, _, name = key.partition(".")
            if table != section:
                lines += [""] * bool(lines) + [f"[{table}]"]
                section = table
            lines.append(f"{name} = {_toml(value)}" + "  # default" * is_default)
        return "\n".join([*lines, "", *(f"# {note}" for note in self.notes)]) + "\n"


def load_strategy_file(path: str | Path) -> StrategyFile:
    """Read a strategy file.

    Paths in it count from the folder that holds ``config/``, or from the file's own folder if it is in no ``config/``.
    Aliases are read from ``config/venues/<exchange>.toml`` there. The model need not exist.

    Raises
    ------
    ConfigError
        Names everything that is wrong: unknown keys with what was meant, missing ones, values out of range.

    Examples
    --------
    >>> file = load_strategy_file("config/strategies/btc_momentum.toml")
    >>> file.instrument, file.bar, file.rules.features
    ('binance:BTC-USDT', '1m', ('rsi_14', 'macd', 'volume_ratio', 'bb_pct'))
    """
    path = Path(path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    root = root_of(path)
    keys = Keys(path, raw)
    name = keys.text("strategy.name")
    version = keys.text("strategy.version", "")
    asset = keys.text("strategy.asset", check=_ASSET.fullmatch, allowed="BASE/QUOTE in capitals, such as BTC/USDT")
    exchange = keys.text("strategy.exchange", check=_WORD.fullmatch, allowed="a venue's name in small letters")
    code = keys.text("strategy.code", None)
    parameters = keys.numbers("parameters") if code else {}
    rules = None if code else _rules(keys, root)
    bar = keys.text("data.bar", "1m", check=_is_period, allowed="a number and s, m, h or d, such as 1s, 5m, 1h")
    keys.finish()
    instrument, notes = _instrument(exchange, asset, root)
    made = root / code if code else None
    return StrategyFile(
        name, version, asset, exchange, instrument, bar, rules, made, parameters, tuple(keys.settings), notes
    )


def root_of(path: Path) -> Path:
    """Return the folder that holds ``config/``, from a file somewhere in it; else the file's own folder."""
    for folder in path.resolve().parents:
        if folder.name == "config":
            return folder.parent
    return path.resolve().parent


def _rules(keys: Keys, root: Path) -> Rules:
    lookback = keys.integer("parameters.lookback_period", 20, low=1, high=100_000)
    entry = keys.number("parameters.entry_threshold", range_=_LIVE["entry_threshold"])
    leave = keys.number("parameters.exit_threshold", range_=_LIVE["exit_threshold"])
    size = keys.number("parameters.position_size_pct", range_=_LIVE["position_size_pct"])
    model = keys.text("ml_model.path")
    features = keys.words("ml_model.features")
    order_type = keys.text(
        "execution.order_type", "limit", check=("limit", "market").__contains__, allowed='"limit" or "market"'
    )
    offset = keys.number("execution.limit_offset_bps", 0.0, range_=_LIVE["limit_offset_bps"])
    timeout = keys.number("execution.timeout_seconds", 30.0, range_=_LIVE["timeout_seconds"])
    if leave > entry:
        keys.complain("parameters.exit_threshold", leave, f"must be at most entry_threshold, {entry!r}")
    if features:
        try:
            FeatureSet(features, lookback)
        except InputError as error:
            keys.complain("ml_model.features", list(features), str(error).removeprefix("features: "))
    return Rules(features, root / model, lookback, entry, leave, size, order_type, offset, _nanoseconds(timeout))


def changed(rules: Rules, name: str, value: float) -> Rules:
    """Return the rules with one parameter changed, as a command of the operator does.

    Raises
    ------
    InputError
        If there is no such parameter, it shapes the features, or the value is out of range.
    """
    if name in ("lookback_period", "features", "model"):
        raise InputError(f"{name}: shapes the strategy and cannot change while it runs; change the file")
    if name not in _LIVE:
        raise InputError(f"{name}: is none of {', '.join(_LIVE)}")
    low, high, above = _LIVE[name]
    made = number(value, name, low=low, high=high, above=above)
    if name == "timeout_seconds":
        return replace(rules, timeout_ns=_nanoseconds(made))
    new: Rules = replace(rules, **{name: made})  # type: ignore[arg-type]
    if new.exit_threshold > new.entry_threshold:
        raise InputError(f"{name}: exit_threshold would be above entry_threshold, got {value!r}")
    return new


def _nanoseconds(seconds: float) -> int:
    return max(1, round(seconds * 1e9))


def _is_period(text: str) -> bool:
    try:
        return period_ns(text) > 0
    except InputError:
        return False


def _instrument(exchange: str, asset: str, root: Path) -> tuple[str, tuple[str, ...]]:
    """Return what is traded under this name, and what the user should know about that."""
    venue = root / "config" / "venues" / f"{exchange}.toml"
    aliases: Any = {}
    if venue.is_file():
        try:
            aliases = tomllib.loads(venue.read_text(encoding="utf-8")).get("aliases", {})
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{venue}: not TOML: {error}") from None
    symbol = aliases.get(asset, asset.replace("/", "-"))
    if not isinstance(symbol, str) or not _SYMBOL.fullmatch(symbol):
        raise ConfigError(f"{venue}: aliases.{asset!r} = {symbol!r}: must be BASE-QUOTE in capitals, such as BTC-USDT")
    note = f"asset {asset} on {exchange} is {exchange}:{symbol}"
    return f"{exchange}:{symbol}", (note + f", an alias of config/venues/{exchange}.toml" * (asset in aliases),)


def _toml(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return repr(value)
