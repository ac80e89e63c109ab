"""The vocabulary: the 64-byte event record and its kinds, sides, flags, and instruments.

``proto/SHM_LAYOUT.md`` is the specification; the engine's ``model`` is the same in Rust, and
``tests/golden/records.toml`` holds every offset for both test suites. A record is a common head and five words whose
meaning depends on the kind. :data:`EVENT` reads any record's head; :data:`RECORDS` has one dtype a kind, reached by
``.view()`` without a copy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InputError
from .grid import Grid

__all__ = ["EVENT", "RECORDS", "Events", "Flag", "Instrument", "InstrumentKind", "Kind", "Side", "State", "of_kind"]

Events = npt.NDArray[np.void]
"""An array of 64-byte records (dtype :data:`EVENT` or one of :data:`RECORDS`)."""


class Kind(IntEnum):
    """What a record says."""

    TRADE = 1
    QUOTE = 2
    DELTA = 3
    ORDER = 4
    BAR = 5
    SIGNAL = 6
    ORDER_UPDATE = 7
    FILL = 8
    STATE = 9
    MARK = 32


class Side(IntEnum):
    """Of a trade: the taker's. Of a level or an order: its own."""

    NONE = 0
    BUY = 1
    SELL = 2


class Flag(IntFlag):
    """Bits 8 to 11 of ``flags``, the same for every kind.

    The low byte is the kind's own code (a bar's row in the table of periods, an order's action, a state's
    :class:`State`, an order update's reason); bits 12 to 15 are an order update's status.
    """

    LAST = 0x100
    """The last record of one message of the venue: the book is whole after it."""
    SNAPSHOT = 0x200
    """Part of a snapshot: the first one of a run (``first_id == 0``) empties the book."""
    MAKER = 0x400
    """Of a fill: our order rested."""
    FROM_BOOK = 0x800
    """Of a quote: derived from our own book, not sent by the venue."""


class State(IntEnum):
    """The code of a ``state`` record."""

    SYNCED = 1
    RESYNCING = 2
    STALE = 3
    FEED_UP = 4
    FEED_DOWN = 5
    HALTED = 6


_HEAD: list[tuple[str, str]] = [
    ("stamp", "<u8"),
    ("event_time", "<i8"),
    ("instrument", "<u4"),
    ("kind", "u1"),
    ("side", "u1"),
    ("flags", "<u2"),
]

EVENT = np.dtype([*_HEAD, ("words", "<i8", (5,))])
"""Any record: the head (stamp, event_time ns UTC, instrument, kind, side, flags) and five words."""


def _record(*fields: tuple[str, str]) -> np.dtype[np.void]:
    rest = 40 - sum(np.dtype(code).itemsize for _, code in fields)
    # Not opaque bytes: Numba reads no array that has some.
    padding = [("_padding", "<u8", (rest // 8,))] if rest else []
    return np.dtype([*_HEAD, *fields, *padding])


_RECEIVED = ("receive_time", "<i8")
_PRICE_QTY = (("price", "<f8"), ("qty", "<f8"))

RECORDS: dict[Kind, np.dtype[np.void]] = {
    Kind.TRADE: _record(_RECEIVED, *_PRICE_QTY, ("trade_id", "<u8")),
    Kind.QUOTE: _record(_RECEIVED, ("bid", "<f8"), ("ask", "<f8"), ("bid_qty", "<f8"), ("ask_qty", "<f8")),
    Kind.DELTA: _record(_RECEIVED, *_PRICE_QTY, ("first_id", "<u8"), ("last_id", "<u8")),
    Kind.ORDER: _record(_RECEIVED, *_PRICE_QTY, ("order_id_low", "<u8"), ("order_id_high", "<u8")),
    Kind.BAR: _record(("open", "<f8"), ("high", "<f8"), ("low", "<f8"), ("close", "<f8"), ("volume", "<f8")),
    Kind.SIGNAL: _record(
        _RECEIVED, ("value", "<f8"), ("confidence", "<f8"), ("model_id", "<u8"), ("source_stamp", "<u8")
    ),
    Kind.ORDER_UPDATE: _record(_RECEIVED, *_PRICE_QTY, ("client_order_id", "<u8"), ("filled_qty", "<f8")),
    Kind.FILL: _record(_RECEIVED, *_PRICE_QTY, ("client_order_id", "<u8"), ("fee", "<f8")),
    Kind.STATE: _record(_RECEIVED, ("reason", "<u8"), ("age", "<i8")),
    Kind.MARK: _record(_RECEIVED, ("mark", "<f8"), ("index", "<f8"), ("funding_rate", "<f8"), ("next_funding", "<i8")),
}
"""The dtype of each kind: 64 bytes, no overlapping field."""


def of_kind(events: Events, kind: Kind | str) -> Events:
    """Return the rows of one kind, with that kind's fields.

    Parameters
    ----------
    events : ndarray of EVENT
        Records of any kinds, shape (n,).
    kind : Kind or str
        ``Kind.TRADE`` or ``"trade"``.

    Returns
    -------
    ndarray of RECORDS[kind]
        A view of `events` if all of them are of that kind, else a copy of the rows that are.

    Raises
    ------
    InputError
        If there is no such kind.

    Examples
    --------
    >>> events = np.zeros(3, EVENT)
    >>> events["kind"] = [Kind.TRADE, Kind.QUOTE, Kind.TRADE]
    >>> of_kind(events, "trade")["price"]
    array([0., 0.])
    """
    kind = kind_named(kind)
    rows = events["kind"] == kind
    # As 64 opaque bytes: NumPy copies a structured row field by field, fifteen times slower.
    return (events if rows.all() else events.view("V64")[rows]).view(RECORDS[kind])


def kind_named(kind: Kind | str) -> Kind:
    """Return a kind by its name, such as ``"trade"``; the error lists those that exist."""
    try:
        return Kind[kind.upper()] if isinstance(kind, str) else Kind(kind)
    except (KeyError, ValueError):
        raise InputError(f"kind: {kind!r} is none of {', '.join(k.name.lower() for k in Kind)}") from None


class InstrumentKind(IntEnum):
    """What an instrument is."""

    SPOT = 1
    PERPETUAL = 2
    INVERSE = 3
    FUTURE = 4
    OPTION = 5
    EQUITY = 6


_NAME = re.compile(r"[a-z0-9_]+:[A-Z0-9._]+(?:-[A-Z0-9._]+)+")


@dataclass(frozen=True, slots=True)
class Instrument:
    """Something that is traded, with the grid of its prices and quantities.

    Parameters
    ----------
    name : str
        ``venue:BASE-QUOTE``, such as ``"binance:BTC-USDT"`` or ``"binance:BTC-USDT-PERP"``.
    tick, lot : Grid, optional
        Steps of price and of quantity. None: the data has no grid (adjusted prices, random data); signals and bar
        matching then run in float64, and nothing that needs integers (books, the engine) accepts it.
    symbol : str
        The venue's own spelling, ``"BTCUSDT"``.
    id : int
        Row in the table of instruments of its session or data set.
    kind : InstrumentKind
        Spot unless given.

    Examples
    --------
    >>> btc = Instrument("binance:BTC-USDT", tick=Grid.parse("0.01"), lot=Grid.parse("0.00001"), symbol="BTCUSDT")
    >>> btc.venue, btc.quote, btc.tick.to_steps(61837.63)
    ('binance', 'USDT', 6183763)
    """

    name: str
    tick: Grid | None = None
    lot: Grid | None = None
    symbol: str = ""
    id: int = 0
    kind: InstrumentKind = InstrumentKind.SPOT
    details: dict[str, Any] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        if (self.tick is not None or self.lot is not None) and not _NAME.fullmatch(self.name):
            raise InputError(f"name: {self.name!r} is not venue:BASE-QUOTE, such as 'binance:BTC-USDT'")
        if (self.tick is None) != (self.lot is None):
            raise InputError("tick, lot: give both, or neither for data without a grid")

    @property
    def venue(self) -> str:
        """The part before the colon."""
        return self.name.partition(":")[0] if ":" in self.name else ""

    @property
    def quote(self) -> str:
        """The currency that prices are in, empty for names that do not say."""
        parts = self.name.partition(":")[2].split("-")
        return parts[1] if len(parts) > 1 else ""

    @property
    def settlement(self) -> str:
        """The currency that profits are paid in: of an inverse contract the base, of any other the quote."""
        return self.name.partition(":")[2].split("-")[0] if self.kind == InstrumentKind.INVERSE else self.quote
