"""What a feature is, and the list of them all."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyrt_ext.indicators.bands as ext_bands
import pyrt_ext.indicators.momentum as ext_momentum
import pyrt_ext.indicators.moving as ext_moving
from pyrt_ext.batch import Policy
from pyrt_ext.stream import Formula, Stream

from ..errors import InputError

__all__ = ["LONGEST", "Feature", "feature", "patterns"]

Floats = npt.NDArray[np.float64]

LONGEST = 100_000
"""The longest window, in bars."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A named number that each ended bar gives: one streaming formula over one column.

    Attributes
    ----------
    name : str
        As a strategy file and a model's card write it.
    version : str
        Of the definition. A model that was trained on another version is not asked.
    column : str
        ``"close"`` or ``"volume"``.
    warmup : int
        How many values at the start are NaN.
    relative : bool
        Whether the value is the column divided by the formula, and NaN where that is 0.
    """

    name: str
    version: str
    column: str
    formula: Formula
    parameters: tuple[float, ...]
    warmup: int
    relative: bool = False

    def begin(self) -> Stream:
        """Return the formula's stream at its start."""
        made = Stream(self.formula, self.formula.image(*self.parameters), self.formula.arena(*self.parameters), RESTART)
        made.reset()
        return made

    def over(self, values: Floats) -> Floats:
        """Return the feature of a whole column, shape (n,): what a stream gives, to the bit."""
        values = np.ascontiguousarray(values, dtype=np.float64)
        out = np.empty(len(values))
        self.begin().updates((values,), (out,))
        if self.relative:
            ratio = np.full(len(values), np.nan)
            np.divide(values, out, out=ratio, where=out != 0.0)
            return ratio
        return out


RESTART = int(Policy.RESTART)


@dataclass(frozen=True, slots=True)
class _Family:
    """A name with or without a number, and the feature that it makes."""

    column: str
    formula: Formula
    parameters: Callable[[int], tuple[float, ...]]
    warmup: Callable[[int], int]
    shortest: int = 1
    relative: bool = False
    version: str = "1"


MACD = (12, 26, 9)
BANDS = (20, 2.0)

_FAMILIES: dict[str, _Family] = {
    "rsi_N": _Family("close", ext_momentum.rsi_formula, lambda n: (n,), lambda n: n, shortest=2),
    "sma_N": _Family("close", ext_moving.sma_formula, lambda n: (n,), lambda n: n - 1),
    "ema_N": _Family("close", ext_moving.ema_formula, lambda n: (n,), lambda n: n - 1),
    "return_N": _Family("close", ext_bands.change_formula, lambda n: (n,), lambda n: n),
    "macd": _Family("close", ext_momentum.macd_formula, lambda _: MACD, lambda _: MACD[1] + MACD[2] - 2),
    "bb_pct": _Family("close", ext_bands.bb_pct_formula, lambda _: BANDS, lambda _: int(BANDS[0]) - 1),
    "volume_ratio": _Family("volume", ext_moving.sma_formula, lambda n: (n,), lambda n: n - 1, relative=True),
}

_NUMBERED = re.compile(r"([a-z_]+)_([1-9][0-9]{0,8})")


def patterns() -> tuple[str, ...]:
    """Return the names there are; ``N`` stands for a number of bars.

    Examples
    --------
    >>> patterns()
    ('rsi_N', 'sma_N', 'ema_N', 'return_N', 'macd', 'bb_pct', 'volume_ratio')
    """
    return tuple(_FAMILIES)


def feature(name: Any, lookback_period: int = 20) -> Feature:
    """Look a feature up by its name.

    Parameters
    ----------
    name : str
        Such as ``"rsi_14"`` or ``"macd"``; see :mod:`pyrt.features`.
    lookback_period : int
        Length of ``volume_ratio``'s average, in bars; the strategy file's parameter of that name.

    Raises
    ------
    InputError
        If there is no such feature, or its number is out of range.

    Examples
    --------
    >>> feature("rsi_14").warmup
    14
    >>> feature("rsi14")
    Traceback (most recent call last):
    pyrt.errors.InputError: features: there is no 'rsi14'; did you mean 'rsi_14'? There are rsi_N, sma_N, ...
    """
    match = _NUMBERED.fullmatch(name) if isinstance(name, str) else None
    key, bars = (f"{match[1]}_N", int(match[2])) if match else (name, lookback_period)
    family = _FAMILIES.get(key) if isinstance(name, str) and not name.endswith("_N") else None
    if family is None:
        raise InputError(f"features: there is no {name!r}{_guess(str(name))} There are {', '.join(_FAMILIES)}")
    if not family.shortest <= bars <= LONGEST:
        what = f"{name!r}: N" if match else f"{name!r}: lookback_period"
        raise InputError(f"features: {what} must be {family.shortest} to {LONGEST}, got {bars}")
    made = family.parameters(bars)
    return Feature(name, family.version, family.column, family.formula, made, family.warmup(bars), family.relative)


def _guess(name: str) -> str:
    digits = re.search(r"\d+", name)
    number = digits[0] if digits else "14"
    known = [pattern.replace("N", number) if pattern.endswith("_N") else pattern for pattern in _FAMILIES]
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ";"
