"""The class that users write, and what it declares: parameters, instruments, bars, depth."""

from __future__ import annotations

import inspect
import numbers
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_type_hints
from weakref import WeakKeyDictionary

from pyrt.errors import DTypeError, InputError

from .abi import HANDLERS

__all__ = ["Parameter", "Strategy", "Subscriptions", "parameters_of", "subscriptions_of"]

SETTINGS = ("instruments", "bars", "depth", "history")
Number = int | float | bool


class Strategy:
    """A trading strategy: annotated attributes are parameters, ``start`` makes its state, handlers act.

    ``start(self, ctx)`` runs once in plain Python and sets the state's attributes: numbers (float64, or integers where
    annotated ``self.n: int = 0``), booleans, one-dimensional NumPy arrays, streaming indicators
    (``ta.sma.stream(20)``). Handlers read and change it: ``on_bar(self, ctx, bar)``, ``on_trade``, ``on_quote``,
    ``on_book`` (once a venue message), ``on_order``, ``on_fill``, ``on_timer``, ``on_signal``. They are compiled to
    machine code, or run as they stand with ``jit=False``, with the same result to the last bit.

    Attributes
    ----------
    instruments : tuple of str
        Names in the order of their slots; empty: whatever the host trades.
    bars : str or tuple of str
        Periods of the bars it wants, such as ``"1m"``.
    history : int
        How many ended bars ``ctx.bar(k)`` reaches back.
    depth : int
        How many levels ``ctx.bid(k)`` and ``ctx.ask(k)`` reach.

    Examples
    --------
    >>> class Momentum(Strategy):
    ...     threshold: float = 0.5
    ...
    ...     def start(self, ctx):
    ...         self.last = float("nan")
    ...
    ...     def on_trade(self, ctx, trade):
    ...         if trade.price - self.last > self.threshold and ctx.position == 0:
    ...             ctx.market(1.0)
    ...         self.last = trade.price
    >>> Momentum(threshold=2).threshold
    2.0
    """

    instruments: ClassVar[tuple[str, ...]] = ()
    bars: ClassVar[str | tuple[str, ...]] = ()
    depth: ClassVar[int] = 0
    history: ClassVar[int] = 0

    def __init__(self, **parameters: Number) -> None:
        for name, value in bind(type(self), parameters).items():
            setattr(self, name, value)

    def start(self, ctx: Any) -> None:
        """Make the state; the default makes none."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its name, ``"float"``, ``"int"`` or ``"bool"``, and its default."""

    name: str
    type: Literal["float", "int", "bool"]
    default: Number

    def check(self, value: Any) -> Number:
        """Return `value` as this parameter's type, or raise the error that says what is allowed."""
        if self.type == "bool":
            if isinstance(value, bool) or (hasattr(value, "dtype") and value.dtype == bool):
                return bool(value)
        elif self.type == "int":
            if type(value) is not bool and isinstance(value, numbers.Integral):
                if -(2**63) <= int(value) < 2**63:
                    return int(value)
                raise InputError(f"{self.name}: {value} does not fit into 64 bits")
        elif type(value) is not bool and isinstance(value, numbers.Real):
            try:
                return float(value)
            except OverflowError:
                raise InputError(f"{self.name}: {value} is larger than any float") from None
        raise DTypeError(f"{self.name}: must be of type {self.type}, got {value!r} ({type(value).__name__})")


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """What a strategy wants to be told."""

    instruments: tuple[str, ...]
    bars: tuple[str, ...]
    depth: int
    history: int


def parameters_of(cls: type[Strategy]) -> tuple[Parameter, ...]:
    """Return the parameters: annotated class attributes with a default, bases first.

    Examples
    --------
    >>> class Cross(Strategy):
    ...     fast: int = 10
    >>> parameters_of(Cross)
    (Parameter(name='fast', type='int', default=10),)
    """
    found: dict[str, Parameter] = {}
    for base in reversed(cls.__mro__):
        if not issubclass(base, Strategy) or base is Strategy:
            continue
        own = inspect.get_annotations(base)
        hints = _hints(base, own) if own else {}
        for name in own:
            if name not in SETTINGS and not name.startswith("_"):
                found[name] = _parameter(cls, name, hints[name])
    return tuple(found.values())


_HINTS: WeakKeyDictionary[type, tuple[dict[str, Any], dict[str, Any]]] = WeakKeyDictionary()
"""A class's annotations as written and evaluated, which costs as much as a run on a few thousand bars."""


def _hints(base: type, own: dict[str, Any]) -> dict[str, Any]:
    written, hints = _HINTS.get(base, ({}, {}))
    if written != own:
        try:
            hints = {**own, **get_type_hints(base)}
        except NameError:  # an annotation under TYPE_CHECKING: the names of numbers suffice
            words = {"int": int, "float": float, "bool": bool}
            hints = {**own, **{n: words.get(str(t), t) for n, t in own.items()}}
        _HINTS[base] = own, hints
    return hints


def _parameter(cls: type[Strategy], name: str, hint: Any) -> Parameter:
    where = f"{cls.__name__}.{name}"
    if hint not in (int, float, bool):
        raise DTypeError(
            f"{where}: a parameter is annotated int, float or bool, not {hint!r}; state is made in start()"
        )
    if not hasattr(cls, name):
        raise InputError(f"{where}: a parameter needs a default, such as {name}: {hint.__name__} = {hint(1)}")
    parameter = Parameter(where, hint.__name__, 0)
    return Parameter(name, hint.__name__, parameter.check(getattr(cls, name)))


def bind(cls: type[Strategy], given: dict[str, Any]) -> dict[str, Number]:
    """Return every parameter's value: as given, else its default.

    Raises
    ------
    InputError
        For a parameter that the class does not have.
    DTypeError
        For a value of another type.
    """
    known = {p.name: p for p in parameters_of(cls)}
    for name in given:
        if name not in known:
            raise InputError(f"{cls.__name__} has no parameter {name!r}; it has {', '.join(known) or 'none'}")
    return {name: p.check(given[name]) if name in given else p.default for name, p in known.items()}


def subscriptions_of(cls: type[Strategy]) -> Subscriptions:
    """Return what the class asks for, checked."""
    given: Any = cls.instruments
    instruments = (given,) if isinstance(given, str) else tuple(given)
    bars = (cls.bars,) if isinstance(cls.bars, str) else tuple(cls.bars)
    for name, values in (("instruments", instruments), ("bars", bars)):
        if not all(isinstance(value, str) and value for value in values):
            raise DTypeError(f"{cls.__name__}.{name}: must be text or a tuple of it, got {values!r}")
    for name in ("depth", "history"):
        value = getattr(cls, name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1_000_000:
            raise InputError(f"{cls.__name__}.{name}: must be an integer from 0 to 1,000,000, got {value!r}")
    return Subscriptions(instruments, bars, cls.depth, cls.history)


def handlers_of(cls: type[Strategy]) -> tuple[str, ...]:
    """Return the names of the handlers that the class has, in the order of the ABI's table."""
    unknown = [n for n in dir(cls) if n.startswith("on_") and n not in HANDLERS and callable(getattr(cls, n))]
    if unknown:
        raise InputError(f"{cls.__name__}.{unknown[0]} is no handler; the handlers are {', '.join(HANDLERS)}")
    return tuple(name for name in HANDLERS if hasattr(cls, name))
