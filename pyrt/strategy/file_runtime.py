"""What a strategy file with a model does, event by event: a state machine without clock, sockets or account.

A host (backtester, replay, live) tells it records, times and orders' ends, and shows it position, equity and quote with
each call; it answers with decisions. ``proto/STRATEGY_FILE.md`` is the specification, the engine's ``strategy::file``
the same in Rust; ``tests/golden/strategy_file.toml`` holds both to the same decisions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..data.resampling import Bar, BarBuilder
from ..errors import ConfigError, DataError, ModelError
from ..features import FeatureSet
from ..types import Side
from .abi import STRUCTS, Action, OrderFlag
from .file import Rules, StrategyFile, changed, load_strategy_file
from .model import load_model

__all__ = ["Counts", "Decision", "FileStrategy", "Scorer", "View"]

FINAL = frozenset({3, 4, 5, 6})
"""Statuses that end an order: filled, canceled, rejected, expired."""


class Scorer(Protocol):
    """What gives a row of features its score: an :class:`~pyrt.strategy.model.OnnxModel`, or a test's own."""

    def predict_row(self, row: npt.NDArray[np.float64]) -> float:
        """Answer one row; ModelError if it has no answer."""
        ...


class View(NamedTuple):
    """What the strategy sees of its host, as it is before the event that it is told.

    Parameters
    ----------
    now : int
        Time of delivery (receive_time), ns UTC.
    position : float
        Of the instrument, exactly 0 when flat.
    equity : float
        In the quote currency, at the present mark.
    bid, ask : float
        The best ones, NaN while there is no valid book.
    """

    now: int
    position: float
    equity: float
    bid: float
    ask: float


class Decision(NamedTuple):
    """A request of the strategy ABI, with the fields that a strategy file uses; all others are 0."""

    action: Action
    side: Side = Side.NONE
    order_id: int = 0
    tag: int = 0
    flags: int = 0
    qty: float = 0.0
    price: float = 0.0
    expiry: int = 0
    value: float = 0.0
    confidence: float = 0.0

    def to_request(self) -> npt.NDArray[np.void]:
        """Return it as the request that compiled strategies write: an array of one."""
        request = np.zeros(1, STRUCTS["request"])
        request["size"] = request.dtype.itemsize
        for name, value in self._asdict().items():
            request[name] = value
        return request


class Counts:
    """How often something was looked at, or was not possible."""

    __slots__ = ("bars", "no_quote", "no_row", "no_size")

    def __init__(self) -> None:
        self.bars = 0
        """Ended bars."""
        self.no_row = 0
        """Bars with a feature that is NaN, warm-up included: no signal."""
        self.no_quote = 0
        """Orders not made because there was no valid quote."""
        self.no_size = 0
        """Orders not made because equity gave no quantity."""


class FileStrategy:
    """The running strategy.

    Parameters
    ----------
    file : StrategyFile
        With rules; a compiled strategy has another host.
    model : Scorer
        What gives scores.

    Attributes
    ----------
    warming_up : bool
        True while history is fed: signals are made, orders are not. Hosts set it.
    features : FeatureSet
    builder : BarBuilder
    counts : Counts
    order : int or None
        Id of the live order.
    fault : str or None
        Why it has stopped; from then on it decides nothing.

    Examples
    --------
    >>> class Always:
    ...     def predict_row(self, row):
    ...         return 0.9
    >>> file = load_strategy_file("config/strategies/btc_momentum.toml")
    >>> strategy = FileStrategy(file, Always())
    >>> strategy.warm, strategy.features.warmup
    (False, 33)
    """

    def __init__(self, file: StrategyFile, model: Scorer) -> None:
        if file.rules is None:
            raise ConfigError(f"{file.name}: runs a compiled strategy ({file.code}); it has no model to ask")
        self.file, self.model = file, model
        self.rules: Rules = file.rules
        self.features = FeatureSet(file.rules.features, file.rules.lookback_period)
        self.builder = BarBuilder(file.period)
        self.warming_up = False
        self.counts = Counts()
        self.order: int | None = None
        self.fault: str | None = None
        self._next_order = 1
        self._canceling = False

    @classmethod
    def load(cls, path: str | Path) -> FileStrategy:
        """Read a strategy file and its model.

        Raises
        ------
        ConfigError
            For what is wrong with the file.
        InputError, MissingPiece, ModelError
            If the model is not there, cannot be loaded, or is not of these features.
        """
        return cls.of(load_strategy_file(path))

    @classmethod
    def of(cls, file: StrategyFile) -> FileStrategy:
        """Load the model of a strategy file that has been read; errors as :meth:`load`."""
        if file.rules is None:
            raise ConfigError(f"{file.name}: runs a compiled strategy ({file.code}); it has no model to ask")
        model = load_model(file.rules.model)
        made = cls(file, model)
        card = dict(zip(model.card.features, model.card.versions, strict=True))
        if model.features != made.features.names:
            raise ModelError(
                f"{file.rules.model}: takes {', '.join(model.features)}, and [ml_model] features has "
                f"{', '.join(made.features.names)}; they must be the same, in the same order"
            )
        for name, version in made.features.versions.items():
            if card[name] != version:
                raise ModelError(
                    f"{file.rules.model}: was trained on version {card[name]} of {name}, this pyrt computes version "
                    f"{version}; train it again"
                )
        return made

    @property
    def warm(self) -> bool:
        """Whether enough bars have come for every feature."""
        return self.features.warm

    def set_parameter(self, name: str, value: float) -> None:
        """Change a parameter between two events; a live order keeps its price and time-out.

        Raises
        ------
        InputError
            If there is no such parameter, it shapes the features, or the value is out of range.
        """
        self.rules = changed(self.rules, name, value)

    def resume(self, order: int | None, next_order: int) -> None:
        """Go on with the orders of an earlier run: the live one, and the id that the next one gets."""
        self.order, self._next_order = order, next_order

    def words(self) -> npt.NDArray[np.uint64]:
        """Return its state as words: counts, live and next order, the bits of the last row; any NaN is the same one."""
        counts = self.counts
        numbers = [counts.bars, counts.no_row, counts.no_quote, counts.no_size, self.order or 0, self._next_order]
        row = np.where(np.isnan(self.features.row), np.nan, self.features.row)
        return np.concatenate([np.array(numbers, np.uint64), row.view(np.uint64)])

    def on_trade(self, time: int, price: float, qty: float, view: View) -> list[Decision]:
        """Take a trade of the instrument: `time` is its event_time."""
        return self._on_bars(self.builder.trade(time, price, qty), view)

    def on_time(self, time: int, view: View) -> list[Decision]:
        """Let the venue's time reach `time`: another record's event_time, or a timer's."""
        return self._on_bars(self.builder.advance(time), view)

    def on_bar(self, bar: Bar, view: View) -> list[Decision]:
        """Take a bar that was made elsewhere."""
        return self._on_bars([bar], view)

    def on_timer(self, tag: int) -> list[Decision]:
        """Take a timer that this strategy asked for: the order of that id is too old."""
        if self.fault is not None or tag != self.order or self._canceling:
            return []
        self._canceling = True
        return [Decision(Action.CANCEL, order_id=tag)]

    def on_order(self, order_id: int, status: int) -> None:
        """Take an order update; a final status ends the order."""
        if order_id == self.order and status in FINAL:
            self.order, self._canceling = None, False

    def _on_bars(self, bars: Iterable[Bar], view: View) -> list[Decision]:
        decisions: list[Decision] = []
        try:
            for bar in bars:
                if self.fault is None:
                    decisions += self._decide(bar, view)
        except DataError as error:
            decisions += self._stop(str(error))
        return decisions

    def _decide(self, bar: Bar, view: View) -> list[Decision]:
        self.counts.bars += 1
        row = self.features.update(bar.close, bar.volume)
        if not self.warm or np.isnan(row).any():
            self.counts.no_row += 1
            return []
        try:
            score = self.model.predict_row(row)
        except ModelError as error:
            return self._stop(str(error))
        if not math.isfinite(score):
            return self._stop(f"the model's answer is {score}; it is not a signal")
        enter, leave = score >= self.rules.entry_threshold, score <= self.rules.exit_threshold
        signal = Decision(Action.SIGNAL, value=float(enter) - float(leave), confidence=score)
        if self.warming_up or self.order is not None:
            return [signal]
        if enter and view.position == 0.0:
            return [signal, *self._send(Side.BUY, view)]
        if leave and view.position > 0.0:
            return [signal, *self._send(Side.SELL, view)]
        return [signal]

    def _stop(self, why: str) -> list[Decision]:
        if self.fault is not None:
            return []
        self.fault = why
        return [] if self.order is None or self._canceling else [Decision(Action.CANCEL, order_id=self.order)]

    def _send(self, side: Side, view: View) -> list[Decision]:
        """Make the order and the timer of its end."""
        bid, ask = view.bid, view.ask
        if not (0.0 < bid <= ask < math.inf):
            self.counts.no_quote += 1
            return []
        buy = side == Side.BUY
        limit = self.rules.order_type == "limit"
        offset = self.rules.limit_offset_bps / 10_000.0
        mid = (bid + ask) / 2.0
        passive = mid * (1.0 - offset) if buy else mid * (1.0 + offset)
        reference = passive if limit else ask
        qty = self.rules.position_size_pct * view.equity / reference if buy else view.position
        if not 0.0 < qty < math.inf:
            self.counts.no_size += 1
            return []
        self.order = self._next_order
        self._next_order += 1
        flags = 0 if buy else int(OrderFlag.REDUCE_ONLY)
        action, price = (Action.LIMIT, passive) if limit else (Action.MARKET, 0.0)
        expiry = view.now + self.rules.timeout_ns
        return [
            Decision(action, side, order_id=self.order, flags=flags, qty=qty, price=price),
            Decision(Action.TIMER, tag=self.order, expiry=expiry),
        ]
