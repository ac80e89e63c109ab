"""How long messages take on their way to a simulated venue and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .._validate import as_times, integer, number, same_length, sorted_times
from ..errors import DTypeError, InputError

__all__ = ["Delay", "Latency"]

_HOUR = 3_600_000_000_000


@dataclass(frozen=True, eq=False, slots=True)
class Delay:
    """How long one way takes. Made by one of the class methods.

    Examples
    --------
    >>> Delay.normal(500_000, 100_000).describe()
    'normal, 500000 ns with a deviation of 100000 ns (seed 0)'
    >>> Delay.recorded([0, 1_000], [10, 20]).describe()
    'as recorded (2 rows), on the line between two rows'
    """

    kind: Literal["constant", "normal", "recorded"]
    mean: float = 0.0
    deviation: float = 0.0
    seed: int = 0
    time: Any = None
    length: Any = None

    @classmethod
    def constant(cls, ns: int) -> Delay:
        """Return the same for every message, 0 to an hour."""
        return cls("constant", mean=integer(ns, "ns", low=0, high=_HOUR))

    @classmethod
    def normal(cls, mean_ns: float, std_ns: float, *, seed: int = 0) -> Delay:
        """Return draws of a normal distribution, none below zero, one a message; the same for the same seed."""
        mean, std = (number(v, n, low=0.0, high=_HOUR) for v, n in ((mean_ns, "mean_ns"), (std_ns, "std_ns")))
        return cls("normal", mean, std, integer(seed, "seed", low=0, high=2**63 - 1))

    @classmethod
    def recorded(cls, time: Any, ns: Any) -> Delay:
        """Return what was measured: a length in ns from each time (ns UTC) on, on the line between two of them."""
        times = sorted_times(as_times(time, "time"), "time")
        lengths = np.asarray(ns)
        if lengths.dtype.kind not in "iu":
            raise DTypeError(f"ns: must be integers, got dtype {lengths.dtype}")
        same_length(time=times, ns=lengths)
        if not len(times) or int(lengths.min()) < 0 or int(lengths.max()) > _HOUR:
            raise InputError(f"ns: must be at least one length, each 0 to {_HOUR}")
        return cls("recorded", time=np.array(times, np.int64), length=np.array(lengths, np.int64))

    def terms(self) -> tuple[Any, ...] | None:
        """Return what the kernel is told; None of a constant, which the rules have."""
        if self.kind == "constant":
            return None
        if self.kind == "normal":
            return ("normal", self.mean, self.deviation, self.seed)
        return ("recorded", self.time, self.length)

    def describe(self) -> str:
        """Say it in words, for the assumptions."""
        if self.kind == "constant":
            return f"{self.mean:.15g} ns"
        if self.kind == "normal":
            return f"normal, {self.mean:.15g} ns with a deviation of {self.deviation:.15g} ns (seed {self.seed})"
        return f"as recorded ({len(self.time)} rows), on the line between two rows"


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Latency:
    """Ways from and to the venue, each with a delay of its own; what is not given is that of the ``Simulation``.

    Parameters
    ----------
    feed : Delay, optional
        From what happens at the venue to its record's receive time: constant, or normal in whole nanoseconds. It is the
        simulation's ``feed``, with the draw's seed as the simulation's, so both hosts know it; what was recorded is
        ``Simulation(feed="recorded")``. A message never overtakes an earlier one.
    order : Delay, optional
        From sending a command to its arrival; a recorded one goes by the time of sending. Commands arrive in the order
        of sending.
    answer : Delay, optional
        From the venue's answer to its strategy; a recorded one goes by the venue's time. Answers come in the order of
        making.

    Examples
    --------
    >>> Latency(order=Delay.constant(200_000)).describe()
    'order 200000 ns'
    >>> Latency(feed=Delay.normal(500_000, 80_000)).describe()
    'feed normal, 500000 ns with a deviation of 80000 ns (seed 0)'
    """

    feed: Delay | None = None
    order: Delay | None = None
    answer: Delay | None = None

    def __post_init__(self) -> None:
        for name, given in self._ways().items():
            if not isinstance(given, Delay):
                raise DTypeError(f"{name}: must be a Delay, got {given!r} ({type(given).__name__})")
        if self.feed is not None:
            if self.feed.kind == "recorded":
                raise InputError('feed: a recorded one is the records\' own: Simulation(feed="recorded")')
            for name, value in (("mean_ns", self.feed.mean), ("std_ns", self.feed.deviation)):
                if value != int(value):
                    raise InputError(f"feed: {name} must be whole nanoseconds, got {value!r}; round it")

    @classmethod
    def of_orders(cls, sent: Any, arrived: Any, answered: Any) -> Latency:
        """Return the delays of orders that were measured: when each was sent, seen by the venue, and answered.

        The columns ``req_ts``, ``exch_ts`` and ``resp_ts`` of hftbacktest's order latency files are these.

        Parameters
        ----------
        sent, arrived, answered : array_like of int, shape (n,)
            ns UTC; sent and arrived rising.
        """
        times = [
            as_times(column, name) for column, name in ((sent, "sent"), (arrived, "arrived"), (answered, "answered"))
        ]
        same_length(sent=times[0], arrived=times[1], answered=times[2])
        return cls(
            order=Delay.recorded(times[0], times[1] - times[0]),
            answer=Delay.recorded(times[1], times[2] - times[1]),
        )

    def constants(self) -> dict[str, Any]:
        """Return the settings of a simulation that this replaces."""
        names = {"order": "order_latency_ns", "answer": "response_latency_ns"}
        ways = self._ways()
        feed: dict[str, Any] = {}
        if (way := ways.pop("feed", None)) is not None:
            feed = {"feed": way.kind, "feed_latency_ns": int(way.mean), "feed_deviation_ns": int(way.deviation)}
            feed |= {"seed": way.seed} if way.kind == "normal" else {}
        found = {names[name]: int(way.mean) if way.kind == "constant" else 0 for name, way in ways.items()}
        return feed | found | ({"jitter_ns": 0} if "order" in ways else {})

    def _ways(self) -> dict[str, Delay]:
        """Return what is given, by name."""
        ways = {"feed": self.feed, "order": self.order, "answer": self.answer}
        return {name: way for name, way in ways.items() if way is not None}

    def terms(self) -> tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]:
        """Return what the kernel is told of the ways to the venue and back; None of constants."""
        order, answer = (None if way is None else way.terms() for way in (self.order, self.answer))
        return order, answer

    def identity(self) -> list[Any]:
        """Return what a run depends on, the same in every process."""
        ways = self._ways().values()
        columns = [[column.tolist() for column in (way.time, way.length) if column is not None] for way in ways]
        return [self.describe(), columns]

    def describe(self, simulation: Any = None) -> str:
        """Say it in words, for the assumptions; what is not given here is that of a simulation."""
        words = {} if simulation is None else _words_of(simulation)
        words |= {name: way.describe() for name, way in self._ways().items()}
        return ", ".join(f"{name} {text}" for name, text in words.items())


def _words_of(how: Any) -> dict[str, str]:
    """Say what the ways of a simulation are."""
    feed = Delay("normal" if how.feed == "normal" else "constant", how.feed_latency_ns, how.feed_deviation_ns, how.seed)
    jitter = f", jitter up to {how.jitter_ns} ns (seed {how.seed})"
    return {
        "feed": "as recorded: event_time to receive_time" if how.feed == "recorded" else feed.describe(),
        "order": f"{how.order_latency_ns} ns{jitter}",
        "answer": f"{how.response_latency_ns} ns",
    }
