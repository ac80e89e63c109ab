"""What an indicator is, and the list of them all.

A function is declared once, in its family, by its signature, its docstring and :func:`indicator`; the public object,
its streaming form, tests, benchmarks and documentation are made from that.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, ParamSpec

from pyrt_ext.batch import Batch
from pyrt_ext.stream import Formula

from .._validate import integer, number
from .door import run
from .streaming import Stream

__all__ = ["LONGEST", "Indicator", "Parameter", "functions", "indicator"]

P = ParamSpec("P")

LONGEST = 2**31 - 1
"""The longest window."""

_REGISTRY: dict[str, Indicator[Any]] = {}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an indicator: an integer if its default is one, else a real number; from `low` to `high`."""

    name: str
    default: float
    low: float
    high: float

    def check(self, value: Any) -> float:
        """Return the value, or raise the error that says what is allowed."""
        if isinstance(self.default, int):
            return integer(value, self.name, low=int(self.low), high=int(self.high))
        return number(value, self.name, low=self.low, high=self.high)


class Indicator(Generic[P]):
    """An indicator: callable over whole arrays, and :meth:`stream` for one value at a time.

    Attributes
    ----------
    group : str
        TA-Lib's group.
    inputs, outputs : tuple of str
        Their names.
    parameters : tuple of Parameter
        With defaults and ranges.
    source : str
        Where the definition is from.
    kernel, formula
        The batch form and the streaming form, of ``pyrt_ext``.

    Examples
    --------
    >>> from pyrt import indicators as ta
    >>> ta.rsi
    rsi(real, timeperiod=14)
    >>> ta.rsi.group, ta.rsi.inputs, ta.rsi.outputs, ta.rsi.warmup()
    ('Momentum Indicators', ('real',), ('real',), 14)
    """

    __name__: str

    def __init__(self, declared: Callable[P, Any], declaration: _Declaration) -> None:
        functools.update_wrapper(self, declared)
        self.__signature__ = inspect.signature(declared)
        self.group, self.source, self.outputs = declaration.group, declaration.source, declaration.outputs
        self.kernel, self.formula = declaration.kernel, declaration.formula
        self._warmup = declaration.warmup
        places = [p for p in self.__signature__.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        self.inputs = tuple(p.name for p in places if p.default is p.empty)
        self.parameters = tuple(
            Parameter(p.name, p.default, *declaration.ranges[p.name]) for p in places if p.default is not p.empty
        )
        self._names = tuple(p.name for p in places)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Compute the whole array; the function's own docstring says how."""
        names, keywords = self._names, dict[str, Any](kwargs)
        if len(self.inputs) <= len(args) <= len(names) and keywords.keys().isdisjoint(names[: len(args)]):
            given = dict[str, Any](zip(names, args, strict=False)) | keywords  # as bind() does, ten times as fast
        else:
            given = self.__signature__.bind(*args, **kwargs).arguments
        nan, out = given.pop("nan", "restart"), given.pop("out", None)
        named = [(name, given.pop(name)) for name in self.inputs]
        parameters = tuple(p.check(given.pop(p.name, p.default)) for p in self.parameters)
        if given:
            self.__signature__.bind(*args, **kwargs)  # says which argument is not one of the function's
        return run(self.kernel, named, parameters, nan, out)

    def stream(self, *args: Any, nan: str = "restart", **kwargs: Any) -> Stream:
        """Begin a stream: the function's parameters, in its order or by name, and the NaN policy.

        Raises
        ------
        InputError, DTypeError
            As the function does.
        """
        return Stream.begin(self, self._checked(args, kwargs), nan)

    def warmup(self, *args: Any, **kwargs: Any) -> int:
        """Return how many outputs at the start are NaN, for these parameters."""
        return int(self._warmup(**self._checked(args, kwargs)))

    def _checked(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        names = [p.name for p in self.parameters]
        unknown = [name for name in kwargs if name not in names[len(args) :]]
        if unknown or len(args) > len(names):
            taken = ", ".join(names) or "none"
            what = f"unexpected or repeated {unknown[0]!r}" if unknown else f"{len(args)} given"
            raise TypeError(f"{self.__name__}: the parameters are {taken}; {what}")
        given = dict(zip(names, args, strict=False)) | kwargs
        return {p.name: p.check(given.get(p.name, p.default)) for p in self.parameters}

    def __reduce__(self) -> str:
        return self.__name__

    def __repr__(self) -> str:
        shown = [*self.inputs, *(f"{p.name}={p.default}" for p in self.parameters)]
        return f"{self.__name__}({', '.join(shown)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Declaration:
    group: str
    kernel: Batch
    formula: Formula
    warmup: Callable[..., int]
    ranges: Mapping[str, tuple[float, float]]
    source: str
    outputs: tuple[str, ...] = ("real",)


def indicator(**declaration: Any) -> Callable[[Callable[P, Any]], Indicator[P]]:
    """Declare a function: the signature gives inputs, parameters and defaults, the docstring the rest.

    Parameters
    ----------
    group : str
        TA-Lib's group.
    kernel : Batch
        The batch form.
    formula : Formula
        The streaming form.
    warmup : callable
        Parameters by name to the number of leading NaN.
    ranges : mapping
        For each parameter, the lowest and highest value.
    source : str
        Where the definition is from.
    outputs : tuple of str
        Names, ``("real",)`` unless given.
    """

    def declare(function: Callable[P, Any]) -> Indicator[P]:
        made = Indicator(function, _Declaration(**declaration))
        _REGISTRY[made.__name__] = made
        return made

    return declare


def functions() -> Mapping[str, Indicator[Any]]:
    """Return every indicator by name, in alphabetical order.

    Examples
    --------
    >>> functions()["sma"].group
    'Overlap Studies'
    >>> functions()["sma"].parameters
    (Parameter(name='timeperiod', default=30, low=1, high=2147483647),)
    """
    return MappingProxyType(dict(sorted(_REGISTRY.items())))
