"""What an indicator is, and the list of them all.

A function is declared once, in its family, by its signature, a few words and :func:`indicator`; the public object, its
docstring, streaming form, tests, benchmarks and documentation are made from that.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import itertools
from collections import namedtuple
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, ParamSpec

from pyrt_ext.batch import Batch
from pyrt_ext.stream import Formula

from .._validate import integer, number
from ..errors import InputError
from .door import run
from .index import FAMILIES
from .streaming import Stream
from .wording import LONGEST, MEANINGS, document

__all__ = ["LONGEST", "Indicator", "Parameter", "functions", "indicator"]

P = ParamSpec("P")

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
        choices = MEANINGS[self.name].choices
        if choices and integer(value, self.name, low=-LONGEST) not in choices:
            raise InputError(f"{self.name}: must be one of {', '.join(map(str, choices))}, got {value}")
        if isinstance(self.default, int):
            return integer(value, self.name, low=int(self.low), high=int(self.high))
        return number(value, self.name, low=self.low, high=self.high)


@dataclass(frozen=True, slots=True)
class Declaration:
    """What :func:`indicator` is told."""

    group: str
    kernel: Batch
    formula: Formula | None
    source: str
    warmup: Callable[..., int] = lambda **_: 0
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    outputs: tuple[str, ...] = ("real",)
    talib: str | None = ""
    batch_only: str = ""
    ordered: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class Indicator(Generic[P]):
    """An indicator: callable over whole arrays, and :meth:`stream` for one value at a time.

    Attributes
    ----------
    group : str
        TA-Lib's group.
    inputs, outputs : tuple of str
        Their names. Several outputs come as a named tuple.
    dtypes : tuple of str
        Of the outputs, ``"float64"`` or ``"int64"``.
    parameters : tuple of Parameter
        With defaults and ranges.
    source : str
        Where the definition is from.
    talib : str or None
        The same function's name in TA-Lib.
    kernel, formula
        The batch form and the streaming form, of ``pyrt_ext``; no formula where `batch_only` says why.
    batch_only : str
        Why there is no streaming form.
    aliases : tuple of str
        Other names under which :mod:`pyrt.indicators` has it.

    Examples
    --------
    >>> from pyrt import indicators as ta
    >>> ta.rsi
    rsi(real, timeperiod=14)
    >>> ta.rsi.group, ta.rsi.inputs, ta.rsi.outputs, ta.rsi.warmup()
    ('Momentum Indicators', ('real',), ('real',), 14)
    """

    __name__: str

    def __init__(self, declared: Callable[P, Any], told: Declaration) -> None:
        functools.update_wrapper(self, declared)
        self.__signature__ = signature = inspect.signature(declared)
        self.group, self.source, self.outputs, self.batch_only = told.group, told.source, told.outputs, told.batch_only
        self.kernel, self.formula, self.aliases = told.kernel, told.formula, told.aliases
        self.talib = self.__name__.upper() if told.talib == "" else told.talib
        self.dtypes = tuple("int64" if told.kernel.integers >> i & 1 else "float64" for i in range(len(self.outputs)))
        self._warmup, self._ordered = told.warmup, told.ordered
        places = [p for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        self.inputs = tuple(p.name for p in places if p.default is p.empty)
        self.parameters = tuple(
            Parameter(p.name, p.default, *told.ranges.get(p.name, (MEANINGS[p.name].low, MEANINGS[p.name].high)))
            for p in places
            if p.default is not p.empty
        )
        self._names = tuple(p.name for p in places)
        self.join = None if len(self.outputs) == 1 else _result_type(self.__name__, self.outputs)
        self.__doc__ = document(
            declared.__doc__ or "",
            signature,
            {p.name: (p.low, p.high) for p in self.parameters},
            list(zip(self.outputs, self.dtypes, strict=True)),
            warmup=self._warmup_words(),
            source=self.source,
            streams=self.batch_only,
            aliases=self.aliases,
        )

    def _warmup_words(self) -> str:
        rows = self.warmup()
        blank = "0" if "int64" in self.dtypes else "NaN"
        if not rows:
            return "there is no warm-up"
        shown = ", ".join(f"{p.name}={p.default}" for p in self.parameters)
        return f"the first rows are {blank}, {rows} of them" + (f" with {shown}" if shown else "")

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Compute the whole array; the function's own docstring says how."""
        names, keywords = self._names, dict[str, Any](kwargs)
        if len(self.inputs) <= len(args) <= len(names) and keywords.keys().isdisjoint(names[: len(args)]):
            given = dict[str, Any](zip(names, args, strict=False)) | keywords  # as bind() does, ten times as fast
        else:
            given = self.__signature__.bind(*args, **kwargs).arguments
        nan, out, threads = given.pop("nan", "restart"), given.pop("out", None), given.pop("threads", 1)
        named = [(name, given.pop(name)) for name in self.inputs]
        parameters = tuple(p.check(given.pop(p.name, p.default)) for p in self.parameters)
        if given:
            self.__signature__.bind(*args, **kwargs)  # says which argument is not one of the function's
        if self._ordered:
            self._in_order(dict(zip((p.name for p in self.parameters), parameters, strict=True)))
        return run(self.kernel, named, parameters, nan, out, threads, self.join)

    def stream(self, *args: Any, nan: str = "restart", **kwargs: Any) -> Stream:
        """Begin a stream: the function's parameters, in its order or by name, and the NaN policy.

        Raises
        ------
        InputError, DTypeError
            As the function does.
        TypeError
            If there is no streaming form; says why.
        """
        if self.formula is None:
            raise TypeError(f"{self.__name__}: has no streaming form: {self.batch_only}")
        return Stream.begin(self, self._checked(args, kwargs), nan)

    def warmup(self, *args: Any, **kwargs: Any) -> int:
        """Return how many outputs at the start are NaN (0, if integers), for these parameters."""
        return int(self._warmup(**self._checked(args, kwargs)))

    def _checked(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        names = [p.name for p in self.parameters]
        unknown = [name for name in kwargs if name not in names[len(args) :]]
        if unknown or len(args) > len(names):
            taken = ", ".join(names) or "none"
            what = f"unexpected or repeated {unknown[0]!r}" if unknown else f"{len(args)} given"
            raise TypeError(f"{self.__name__}: the parameters are {taken}; {what}")
        given = dict(zip(names, args, strict=False)) | kwargs
        checked = {p.name: p.check(given.get(p.name, p.default)) for p in self.parameters}
        self._in_order(checked)
        return checked

    def _in_order(self, given: Mapping[str, float]) -> None:
        for name, above in itertools.pairwise(self._ordered):
            if given[name] > given[above]:
                raise InputError(f"{name}: must be at most {above}, got {given[name]} and {given[above]}")

    def __reduce__(self) -> str:
        return self.__name__

    def __repr__(self) -> str:
        shown = [*self.inputs, *(f"{p.name}={p.default}" for p in self.parameters)]
        return f"{self.__name__}({', '.join(shown)})"


def _result_type(name: str, outputs: tuple[str, ...]) -> type[Any]:
    """Make the named tuple of a function's outputs; it lives here, where pickles look for it."""
    title = "".join(word.capitalize() for word in name.split("_")) + "Result"
    made = namedtuple(title, outputs, module=__name__)  # type: ignore[misc]
    globals()[title] = made
    return made


def indicator(
    group: str, kernel: Batch, formula: Formula | None, **told: Any
) -> Callable[[Callable[P, Any]], Indicator[P]]:
    """Declare a function: the signature gives inputs, parameters and defaults, the docstring what is peculiar to it.

    The docstring says in a paragraph what is computed, with the formula, and ends with an example; what all functions
    have in common (inputs, parameters, NaN, errors, warm-up, source) is put in between.

    Parameters
    ----------
    group : str
        TA-Lib's group.
    kernel : Batch
        The batch form.
    formula : Formula or None
        The streaming form.
    source : str
        Where the definition is from.
    warmup : callable
        Parameters by name to the number of leading NaN; 0 unless given.
    ranges : mapping
        Parameter to lowest and highest value, where they are not those of :mod:`pyrt.indicators.wording`.
    outputs : tuple of str
        Names, ``("real",)`` unless given.
    talib : str or None
        Name in TA-Lib; unless given, the function's in capitals. None: TA-Lib has no such function.
    batch_only : str
        Why there is no formula.
    ordered : tuple of str
        Parameters none of which may be above the next.
    aliases : tuple of str
        Other names, which the public module gets as well.
    """

    def declare(function: Callable[P, Any]) -> Indicator[P]:
        made = Indicator(function, Declaration(group, kernel, formula, **told))
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
    for family in FAMILIES:
        importlib.import_module(f"{__package__}.families.{family}")
    return MappingProxyType(dict(sorted(_REGISTRY.items())))


def __getattr__(name: str) -> Any:
    """Find the named tuple of a function's outputs where the function is not imported yet, as pickles need it."""
    if name.endswith("Result"):
        functions()
    if name in globals():
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
