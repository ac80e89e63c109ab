"""The streaming form: an object that takes one value at a time, for live data and for loops."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pyrt_ext.stream as ext

from ..errors import InputError
from .door import policy

if TYPE_CHECKING:
    from .registry import Indicator

__all__ = ["Stream"]


class Stream(ext.Stream):  # type: ignore[misc]  # a Cython class is Any to mypy
    """An indicator that takes one value at a time; made by ``ta.<name>.stream(...)``.

    A function of several inputs takes them all: ``update(high, low, close)``. Of several outputs an update returns the
    first; all are attributes by their names, and together :attr:`values`.

    It gives what the function over the whole array gives, to 1e-12 relative (an average of 100,000 values: to 1e-11).
    Integers are floats here, and NaN in the warm-up, where the whole array has 0.
    Averages, extremes and recursions take constant time a value (an average of n values does n additions at every
    n-th); statistics of a window take time in proportion to it. It can be pickled, mid-series too, and copied. One
    thread at a time may use it.

    Attributes
    ----------
    value : float
        The present value (the first output's), NaN while not ready. With ``nan="skip"`` a NaN leaves it as it is.
    values : tuple of float
        All outputs' present values; a named tuple if there are several.
    ready : bool
        Whether there is a value.

    Examples
    --------
    >>> from pyrt import indicators as ta
    >>> average = ta.ema.stream(3)
    >>> [average.update(x) for x in (1.0, 2.0, 3.0, 5.0)]
    [nan, nan, 2.0, 3.5]
    >>> average.ready, average.value
    (True, 3.5)
    >>> average.reset()
    >>> average
    ema.stream(timeperiod=3): nan
    """

    __slots__ = ("indicator", "nan", "parameters")

    indicator: Indicator[Any]
    parameters: dict[str, Any]
    nan: str

    @classmethod
    def begin(
        cls, indicator: Indicator[Any], parameters: dict[str, Any], nan: str, image: bytes | None = None
    ) -> Stream:
        """Build a stream at its start, or in the state that `image` holds."""
        formula: Any = indicator.formula
        values = tuple(parameters.values())
        code = policy(nan)
        kind = cls if formula.inputs == 1 else _SEVERAL[formula.inputs]
        self: Stream = kind(formula, formula.image(*values) if image is None else image, formula.arena(*values), code)
        self.indicator, self.parameters, self.nan = indicator, parameters, nan
        if image is None:
            self.reset()
        return self

    @property
    def values(self) -> tuple[float, ...]:
        """The present values of all outputs."""
        found = tuple[float, ...](super().values)
        return found if self.indicator.join is None else self.indicator.join(*found)

    def __getattr__(self, name: str) -> Any:
        outputs = self.indicator.outputs if name != "indicator" else ()
        if name not in outputs:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return float(super().values[outputs.index(name)])

    def numba(self) -> tuple[Any, Any]:
        """Return the stream for loops that Numba compiles: ``state, update``, called as ``update(state, *values)``.

        The state is a copy, of arrays: a record in ``state[0][0]``, whose first fields are the outputs' present values,
        and its window in ``state[1]``. Several loops may share an `update`, each with a state of its own.

        Raises
        ------
        InputError
            For another NaN policy than "restart".
        ImportError
            Without Numba.
        """
        from .compiled import for_numba

        return for_numba(self)

    def refuse(self, x: float) -> None:
        """Raise the error for a value that cannot be taken."""
        if math.isnan(x):
            raise InputError('update: the value is NaN, and nan="raise"; leave it out, or choose another policy')
        raise InputError(f"update: {x} is infinite; give NaN or a number")

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.indicator, self.parameters, self.nan, self.image, self.progress)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"{self.indicator.__name__}.stream({shown}): {self.value!r}"


_SEVERAL: dict[int, type[Stream]] = {
    count: type(f"Stream of {count}", (Stream, kind), {"__slots__": (), "__doc__": Stream.__doc__})
    for count, kind in ext.KINDS.items()
    if count > 1
}
"""Streams of several inputs, by how many."""


def _restore(
    indicator: Indicator[Any], parameters: dict[str, Any], nan: str, image: bytes, progress: tuple[bool, bool]
) -> Stream:
    self = Stream.begin(indicator, dict(parameters), nan, image)
    self.progress = progress
    return self
