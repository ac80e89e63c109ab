"""One set's run, and the measures that are kept of it."""

from __future__ import annotations

import hashlib
import inspect
import linecache
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyrt_ext.sweeps import measure

from ...analysis import risk_metrics as risk
from ...analysis.calendar import periods_per_year, years_spanned
from ...errors import DTypeError
from ..bars import BarSet
from ..bars import run_class as run_on_bars
from ..events import EventData
from ..results.sweep import SWEPT
from ..sessions import run_class, run_file
from ..signals import BarData, Signals, run_signals
from ..stops import Stops
from .grid import Parameters, words_of
from .log import Row
from .origin import origin_of

__all__ = ["FIGURES", "Job", "Terms", "measure_sets"]

_RETURNS = ["final_equity", "mean_equity", "mean_return", "squares", "shortfall", "max_drawdown", "exposure", "traded"]
_TRADES = ["fees", "closed", "won", "gains", "losses", "cut", "rejected", "solvent"]
FIGURES = np.dtype([(name, "<f8") for name in _RETURNS + _TRADES])
"""``pyrt_ext/sweeps.pxd``, Figures."""


class Job:
    """One set's run, and what is kept of it; can be sent to another process."""

    def __init__(self, data: BarData | BarSet | EventData, strategy: Any) -> None:
        self.data, self.strategy = data, strategy
        self.terms = Terms(data) if isinstance(data, BarData) else None
        if isinstance(data, BarData) and (not callable(strategy) or isinstance(strategy, type)):
            raise DTypeError(f"strategy: must be a function of bars that returns entries and exits, got {strategy!r}")

    def __getstate__(self) -> dict[str, Any]:
        """Take the source of a class along that is pickled by value: where it arrives there is no file of it."""
        return {**self.__dict__, "_source": _source_of(self.strategy)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, lines in state.pop("_source").items():
            linecache.cache.setdefault(name, (sum(map(len, lines)), None, lines, name))
        self.__dict__.update(state)

    def row(self, parameters: Parameters) -> Row:
        """Run a set and return the measures that a sweep keeps."""
        if not isinstance(self.data, BarData) or self.terms is None or not self.data.plain:
            metrics = self.result(parameters).metrics
            return {name: float(metrics[name]) for name in SWEPT}
        signals, stops = self._decide(parameters)
        masks = signals.checked(self.data)
        codes, openings = masks.codes()
        figures = np.zeros(1, FIGURES)
        measure_sets(self.data, codes[None], openings, self.data.rules(stops), figures)
        return self.terms.row(figures[0])

    def result(self, parameters: Parameters) -> Any:
        """Run a set and return its whole result."""
        if isinstance(self.data, BarData):
            return run_signals(self.data, *self._decide(parameters))
        try:
            if isinstance(self.data, BarSet):
                return run_on_bars(self.data, self.strategy, dict(parameters), jit=True, cache=True)
            if isinstance(self.strategy, (str, os.PathLike)):
                return run_file(self.data, self.strategy, dict(parameters))
            return run_class(self.data, self.strategy, dict(parameters), jit=True, cache=True)
        except Exception as error:
            error.add_note(f"sweep: with {words_of(parameters)}")
            raise

    def _decide(self, parameters: Parameters) -> tuple[Signals, Stops]:
        given = dict(parameters)
        stops = given.pop("stops", None) or Stops()
        if not isinstance(stops, Stops):
            raise DTypeError(f"grid: 'stops' must be Stops(stop_loss=0.02, ...), got {stops!r}")
        assert isinstance(self.data, BarData)
        try:
            made = self.strategy(self.data.bars, **given)
        except Exception as error:
            error.add_note(f"sweep: with {words_of(parameters)}")
            raise
        return Signals.of(made), stops

    def fingerprint(self) -> str:
        """Return what a row depends on but for its parameters, as a SHA-256."""
        data, strategy, found = self.data, self.strategy, hashlib.sha256()
        if isinstance(data, BarData):
            arrays: list[npt.NDArray[Any]] = [data.bars.time, *data.bars.columns().values()]
            terms = data.identity()
        elif isinstance(data, BarSet):
            arrays = [array for bars in data.bars for array in (bars.time, *bars.columns().values())]
            terms = data.identity()
        else:
            arrays, terms = [], [data.source.fingerprint(), *data.identity()]
        for array in arrays:
            found.update(np.ascontiguousarray(array).tobytes())
        found.update(repr(terms).encode())
        if isinstance(strategy, (str, os.PathLike)):
            found.update(Path(strategy).read_bytes())
        else:
            for part in origin_of(strategy):
                found.update(part)
        return found.hexdigest()


def _source_of(strategy: Any) -> dict[str, list[str]]:
    """Return the lines of the file of a class of the main script, by its name and by that of code sent by value."""
    if not isinstance(strategy, type) or strategy.__module__ != "__main__":
        return {}
    files = {one.__code__.co_filename for one in vars(strategy).values() if inspect.isfunction(one)}
    lines = {name: linecache.getlines(name) for name in files}
    return {**lines, **({"<dynamic-code>": next(iter(lines.values()))} if len(lines) == 1 else {})}


class Terms:
    """What turns the kernel's figures into measures: the data's calendar and the cash at the start."""

    def __init__(self, data: BarData) -> None:
        self.cash, self.n = data.cash, len(data.bars)
        self.yearly, self.years = periods_per_year(data.bars.time), years_spanned(data.bars.time)

    def row(self, f: np.void) -> Row:
        """Return the measures; those of returns are NaN where the account was ruined, as in a result."""
        whole, n, yearly, solvent = float(f["final_equity"]) / self.cash - 1.0, self.n, self.yearly, bool(f["solvent"])
        spread = math.sqrt(float(f["squares"]) / (n - 1)) if solvent and n > 1 else math.nan
        below = math.sqrt(float(f["shortfall"]) / n) if solvent else math.nan
        mean, deepest = float(f["mean_return"]), float(f["max_drawdown"])
        growth = risk.compounded(whole, yearly, n) if solvent else math.nan
        gains, losses, worth = float(f["gains"]), float(f["losses"]), float(f["mean_equity"])
        return {
            "final_equity": float(f["final_equity"]),
            "total_return": whole,
            "cagr": growth,
            "volatility": spread * math.sqrt(yearly),
            "sharpe": risk.annualized_ratio(mean, spread, yearly),
            "sortino": risk.annualized_ratio(mean, below, yearly),
            "calmar": risk.calmar(growth, deepest),
            "max_drawdown": deepest,
            "n_trades": float(f["closed"]),
            "win_rate": float(f["won"] / f["closed"]) if f["closed"] else math.nan,
            "profit_factor": gains / -losses if losses < 0 else (math.inf if gains > 0 else math.nan),
            "exposure": float(f["exposure"]),
            "turnover": float(f["traded"]) / worth / self.years if self.years > 0 and worth > 0 else math.nan,
            "total_fees": float(f["fees"]),
            "periods_per_year": yearly,
        }


def measure_sets(data: BarData, codes: Any, openings: int, rules: Any, figures: Any) -> None:
    """Run the kernel over sets of codes, (n_sets, n_observations), and of rules; write the figures of each."""
    bars = data.bars
    prices = (bars.open, bars.high, bars.low, bars.close)
    measure(bars.open if data.late else bars.close, prices, codes, openings, int(data.late), rules, figures)
