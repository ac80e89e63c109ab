"""Exact passage between a venue's decimals, doubles, and the integers of books and orders.

A :class:`Grid` is a step of ``mantissa / 10**exponent``: an instrument's tick or lot. On it, a price is an integer
number of steps. The rules are those of ``proto/SHM_LAYOUT.md`` (section Numbers); the engine's ``model::Grid`` does
the same operations in the same order, and ``tests/golden/numbers.toml`` is read by both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from .errors import DTypeError, GridError, InputError

__all__ = ["LIMIT", "Grid", "decimal_to_mantissa", "mantissa_to_double"]

LIMIT = 2**51
"""Mantissas reach up to here (exclusive): below it, ``mantissa / 10**exponent`` is exact to the last bit."""

MAX_EXPONENT = 18
_DECIMAL = re.compile(r"([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d{1,4}))?", re.ASCII)

Rounding = Literal["refuse", "down", "up"]


def decimal_to_mantissa(text: str, exponent: int) -> int:
    """Read a decimal as written by a venue into ``mantissa`` with ``mantissa / 10**exponent`` equal to it, exactly.

    Parameters
    ----------
    text : str
        A plain decimal or one with an exponent: ``"0.10"``, ``"1e-05"``, ``"-3"``.
    exponent : int
        Number of decimal places of the result, 0 to 18.

    Returns
    -------
    int
        The mantissa, of magnitude below 2**51.

    Raises
    ------
    InputError
        If `text` is no decimal number (``"nan"`` and ``"inf"`` are none).
    GridError
        If the number has more places than `exponent`, or its mantissa reaches 2**51.

    Examples
    --------
    >>> decimal_to_mantissa("61837.63000000", 2)
    6183763
    >>> decimal_to_mantissa("1e-05", 8)
    1000
    """
    _check_exponent(exponent)
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise InputError(f"text: {text!r} is not a decimal number; write digits such as '61837.63' or '1e-05'")
    sign, whole, places, only_places, power = match.groups()
    fraction = places or only_places or ""
    digits = (whole or "") + fraction
    shift = exponent - len(fraction) + int(power or 0)
    stripped = digits.rstrip("0")
    if not stripped.strip("0"):
        return 0
    shift += len(digits) - len(stripped)
    if shift < 0:
        raise GridError(f"text: {text} has more than {exponent} decimal places; the grid cannot hold it exactly")
    digits = stripped.lstrip("0")
    mantissa = int(digits) * 10**shift if len(digits) + shift <= 16 else LIMIT
    if mantissa >= LIMIT:
        raise GridError(f"text: {text} at {exponent} decimal places reaches 2**51 and would not be exact as a double")
    return -mantissa if sign == "-" else mantissa


@overload
def mantissa_to_double(mantissa: int, exponent: int) -> float: ...
@overload
def mantissa_to_double(mantissa: npt.NDArray[np.int64], exponent: int) -> npt.NDArray[np.float64]: ...
def mantissa_to_double(mantissa: int | npt.NDArray[np.int64], exponent: int) -> float | npt.NDArray[np.float64]:
    """Return the double nearest to ``mantissa / 10**exponent``: one IEEE division, so it is the same everywhere.

    Examples
    --------
    >>> mantissa_to_double(6183763, 2)
    61837.63
    """
    return mantissa / float(10**exponent)


@dataclass(frozen=True, slots=True)
class Grid:
    """A step of ``mantissa / 10**exponent``: a tick of price or a lot of quantity.

    Parameters
    ----------
    mantissa : int
        The step in units of ``10**-exponent``, 1 to 2**51.
    exponent : int
        Decimal places, 0 to 18.

    Examples
    --------
    >>> tick = Grid.parse("0.05")
    >>> tick.to_steps(100.15), tick.to_double(2003)
    (2003, 100.15)
    >>> tick.to_steps(100.17, rounding="down")
    2003
    """

    mantissa: int
    exponent: int

    def __post_init__(self) -> None:
        _check_exponent(self.exponent)
        if not 0 < self.mantissa < LIMIT:
            raise InputError(f"mantissa: must be 1 to 2**51 - 1, got {self.mantissa}")

    @classmethod
    def parse(cls, text: str) -> Grid:
        """Make the grid of a step as a venue writes it: ``"0.01000000"`` is ``Grid(1, 2)``."""
        if not isinstance(text, str):
            raise DTypeError(f"text: must be a decimal in words, such as '0.01', got {text!r} ({type(text).__name__})")
        match = _DECIMAL.fullmatch(text)
        exponent = 0
        if match:
            fraction = match[3] or match[4] or ""
            digits = (match[2] or "") + fraction
            zeros = len(digits) - len(digits.rstrip("0"))
            exponent = max(len(fraction) - zeros - int(match[5] or 0), 0)
        mantissa = decimal_to_mantissa(text, exponent)
        if mantissa <= 0:
            raise InputError(f"text: a step must be positive, got {text!r}")
        return cls(mantissa, exponent)

    @property
    def step(self) -> float:
        """The step as the nearest double."""
        return mantissa_to_double(self.mantissa, self.exponent)

    def parse_steps(self, text: str) -> int:
        """Read a venue's decimal into steps, exactly; a number between two steps is refused."""
        mantissa = decimal_to_mantissa(text, self.exponent)
        steps, rest = divmod(mantissa, self.mantissa)
        if rest:
            raise GridError(f"text: {text} lies between two steps of {self.step!r}")
        return steps

    @overload
    def to_double(self, steps: int) -> float: ...
    @overload
    def to_double(self, steps: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]: ...
    def to_double(self, steps: int | npt.NDArray[np.int64]) -> float | npt.NDArray[np.float64]:
        """Return the double nearest to ``steps`` steps: the one way in which a tick becomes a float."""
        return mantissa_to_double(steps * self.mantissa, self.exponent)

    @overload
    def to_steps(self, value: float, *, rounding: Rounding = "refuse") -> int: ...
    @overload
    def to_steps(self, value: npt.NDArray[np.float64], *, rounding: Rounding = "refuse") -> npt.NDArray[np.int64]: ...
    def to_steps(
        self, value: float | npt.NDArray[np.float64], *, rounding: Rounding = "refuse"
    ) -> int | npt.NDArray[np.int64]:
        """Put doubles on the grid.

        A value that is a step's own double is that step. Else it snaps to the nearest step within
        ``max(1e-9 step, 4 ulp)``. Else it is off the grid, and `rounding` decides.

        Parameters
        ----------
        value : float or ndarray of float64
            Prices or quantities.
        rounding : {"refuse", "down", "up"}
            For values off the grid: raise, or take the step below or above (a buy's price and every quantity go down,
            a sell's price goes up).

        Returns
        -------
        int or ndarray of int64
            Number of steps.

        Raises
        ------
        GridError
            For NaN, infinities, mantissas from 2**51, and with ``rounding="refuse"`` for values off the grid; names the
            first bad position.
        """
        array = np.asarray(value, dtype=np.float64)
        scale = float(10**self.exponent)
        with np.errstate(over="ignore"):  # what overflows is refused in the next line
            scaled = array * scale
        bad = ~(np.abs(scaled) < LIMIT)
        if bad.any():
            raise GridError(_place(array, bad) + " is not finite, or too large to be exact on this grid (2**51)")
        mantissa = np.rint(scaled).astype(np.int64)
        steps, rest = np.divmod(mantissa, self.mantissa)
        exact = (rest == 0) & (mantissa / scale == array)
        if not exact.all():
            steps = np.where(exact, steps, self._snap(array, scaled, rounding))
        return int(steps) if array.ndim == 0 else steps

    def _snap(
        self, array: npt.NDArray[np.float64], scaled: npt.NDArray[np.float64], rounding: Rounding
    ) -> npt.NDArray[np.int64]:
        in_steps = scaled / float(self.mantissa)
        nearest = np.rint(in_steps)
        distance = np.abs(array - (nearest * float(self.mantissa)) / float(10**self.exponent))
        off = ~(distance <= np.maximum(1e-9 * self.step, 4.0 * np.spacing(np.abs(array))))
        if rounding == "refuse":
            if off.any():
                raise GridError(_place(array, off) + f" lies between two steps of {self.step!r}")
            return nearest.astype(np.int64)
        sides = np.floor(in_steps) if rounding == "down" else np.ceil(in_steps)
        return np.where(off, sides, nearest).astype(np.int64)


def _check_exponent(exponent: int) -> None:
    if not 0 <= exponent <= MAX_EXPONENT:
        raise InputError(f"exponent: must be 0 to {MAX_EXPONENT}, got {exponent}")


def _place(array: npt.NDArray[np.float64], bad: npt.NDArray[np.bool_]) -> str:
    if array.ndim == 0:
        return f"value: {float(array)!r}"
    index = int(np.argmax(bad))
    return f"value[{index}]: {float(array.flat[index])!r}"
