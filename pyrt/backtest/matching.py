"""The simulated venue over arrays: market records and commands in, order updates and fills out.

``proto/MATCHING.md`` is the specification; ``tests/golden/fills/`` holds the cases that this half and the engine's
``matching`` room both answer, and the same arrays go through ``pyrt-engine match``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyrt_ext.matching_run import run

from .._validate import choice, integer, number
from ..errors import ConfigError, DataError, DTypeError, InputError
from ..grid import Grid
from ..types import EVENT, Events, Instrument, InstrumentKind

__all__ = ["COMMAND", "Simulation", "match"]

COMMAND = np.dtype(
    [
        ("time", "<i8"),
        ("client_order_id", "<u8"),
        ("price", "<i8"),
        ("qty", "<i8"),
        ("instrument", "<u4"),
        ("action", "u1"),
        ("side", "u1"),
        ("type", "u1"),
        ("tif", "u1"),
        ("flags", "<u2"),
        ("_padding", "V6"),
        ("trigger", "<i8"),
        ("trail", "<i8"),
        ("expiry", "<i8"),
        ("display", "<i8"),
        ("_unused", "V48"),
    ]
)
"""A command to a venue, 128 bytes: time (sent, ns UTC), client_order_id, price (ticks), qty (lots), instrument (row),
action (1 new, 2 cancel, 3 modify), side (1 buy, 2 sell), type (1 market, 2 limit, 3 stop, 4 stop-limit, 5 trailing
stop), tif (1 GTC, 2 IOC, 3 FOK, 4 GTD, 5 day), flags (1 post-only; 2, 4, 8: the account refuses it, no_margin,
liquidated or split), trigger (ticks: 3, 4), trail (ticks: 5), expiry (ns UTC: GTD), display (lots that an iceberg
shows: 2, 4)."""

QUEUES = ("risk_averse", "power_prob", "power_prob2", "power_prob3", "log_prob", "log_prob2")
"""Models of the queue; the kernels take the place."""
ONE = Grid(1, 0)
_HOUR = 3_600_000_000_000
_WHOLE = 100_000_000


@dataclass(frozen=True, slots=True)
class Simulation:
    """How a venue is simulated: the ``[simulation]`` table that this half and the engine read.

    Parameters
    ----------
    feed_latency_ns : int
        From the venue's event to its record's receive time, ns, up to an hour.
    order_latency_ns : int
        From sending a command to its arrival, ns.
    response_latency_ns : int
        From the venue's answer to its strategy, ns.
    jitter_ns, seed : int
        A command arrives up to `jitter_ns` later, drawn by SplitMix64 from `seed`.
    queue : {"risk_averse", "power_prob", "power_prob2", "power_prob3", "log_prob", "log_prob2"}
        What cancels do for a resting order at their price. ``"risk_averse"``: they help only when they must have been
        ahead of it. The others take a part ``p`` of them to have been behind: with b lots behind, a ahead, and
        ``f(x) = x**queue_power``, or ``log(1 + x)`` of the quantity, ``p = f(b) / (f(b) + f(a))``; of ``2``
        ``p = f(b) / f(b + a)``, of ``3`` ``p = 1 - f(a / (a + b))``. ``proto/MATCHING.md`` has the order of operations.
    queue_power : float
        The power of the power models, above 0 and up to 100.
    book : {"deltas", "quotes", "orders"}
        What the venue's book is made of. With ``"orders"`` each order of order by order data is known by its id: who
        stands before whom is no model, and `queue` is not read. Runs on data that have order records and no deltas read
        ``"deltas"`` as that.
    feed : {"constant", "normal", "recorded"}
        When the venue saw a record: `feed_latency_ns` before it was received, so long before on average, or at its own
        event_time. Whatever is drawn, the venue sees records in the order in which they were received.
    maker_fee, taker_fee : int
        Rates in 10^-8 (100_000 is 10 basis points), below zero a rebate.
    feed_deviation_ns : int
        Standard deviation of normal delays of the feed (none is below zero), drawn from `seed` and the time of receipt:
        what was received at one time was under way together.

    Raises
    ------
    InputError, DTypeError
        For a value of another type or outside its range; names it.

    Examples
    --------
    >>> Simulation(maker_fee=-5_000).maker_fee
    -5000
    >>> Simulation.from_table({"latency": 1})
    Traceback (most recent call last):
    pyrt.errors.ConfigError: simulation.latency: there is no such key; there are feed_latency_ns, ...
    """

    feed_latency_ns: int = 500_000
    order_latency_ns: int = 500_000
    response_latency_ns: int = 500_000
    jitter_ns: int = 0
    seed: int = 0
    queue: str = "risk_averse"
    book: str = "deltas"
    maker_fee: int = 100_000
    taker_fee: int = 100_000
    feed: str = "constant"
    queue_power: float = 2.0
    feed_deviation_ns: int = 0

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self) if field.name.endswith("_ns")):
            integer(getattr(self, name), name, low=0, high=_HOUR)
        integer(self.seed, "seed", low=0, high=2**63 - 1)
        choice(self.queue, "queue", list(QUEUES))
        number(self.queue_power, "queue_power", low=0.0, high=100.0, above=True)
        choice(self.feed, "feed", ["constant", "normal", "recorded"])
        choice(self.book, "book", ["deltas", "quotes", "orders"])
        for name in ("maker_fee", "taker_fee"):
            integer(getattr(self, name), name, low=-_WHOLE, high=_WHOLE)

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Simulation:
        """Read a ``[simulation]`` table; a key that is not there has its default.

        Raises
        ------
        ConfigError
            For an unknown key, or a value of another type or outside its range; names key, value and range.
        """
        known = [field.name for field in fields(cls)]
        for key in table:
            if key not in known:
                raise ConfigError(f"simulation.{key}: there is no such key; there are {', '.join(known)}")
        try:
            return cls(**table)
        except (InputError, DTypeError) as error:
            raise ConfigError(f"simulation.{error}") from None

    @classmethod
    def from_toml(cls, path: str | Path) -> Simulation:
        """Read the ``[simulation]`` table of a file; other tables are not looked at."""
        try:
            table = tomllib.loads(Path(path).read_text(encoding="utf-8")).get("simulation")
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: {error}") from None
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: there is no [simulation] table")
        return cls.from_table(table)

    def to_toml(self) -> str:
        """Write the table, all keys, as TOML."""
        values = asdict(self).items()
        lines = (f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}" for key, value in values)
        return "[simulation]\n" + "\n".join(lines) + "\n"


def match(
    events: Events,
    commands: npt.NDArray[np.void],
    instruments: Sequence[Instrument],
    settings: Simulation | None = None,
) -> Events:
    """Send commands that are known beforehand to a simulated venue.

    Parameters
    ----------
    events : ndarray of EVENT, shape (n_events,)
        Market records, sorted by (receive_time, stamp). Trades, deltas (or quotes, or orders) and states are news to
        the venue.
    commands : ndarray of COMMAND, shape (n_commands,)
        In the order of sending.
    instruments : sequence of Instrument
        Row i is ``instrument`` i of events and commands; each needs a tick and a lot.
    settings : Simulation, optional
        Latencies, fees, queue; the defaults if not given.

    Returns
    -------
    ndarray of EVENT
        ``order_update`` and ``fill`` records in the order in which the venue made them: ``event_time`` is the venue's
        time, ``receive_time`` when the answer reaches its sender, ``stamp`` counts from 0.

    Raises
    ------
    DataError
        For records that cannot be what they claim: off the grid, unsorted, of an unknown instrument.
    InputError, DTypeError
        For commands with codes that do not exist, unsorted commands, instruments without a grid.

    Examples
    --------
    >>> from pyrt.grid import Grid
    >>> from pyrt.types import Kind, RECORDS, of_kind
    >>> btc = Instrument("binance:BTC-USDT", tick=Grid.parse("0.01"), lot=Grid.parse("0.001"))
    >>> book = np.zeros(2, RECORDS[Kind.DELTA])
    >>> book["kind"], book["side"], book["flags"] = Kind.DELTA, [1, 2], [0, 0x100]
    >>> book["price"], book["qty"], book["receive_time"] = [99.99, 100.01], 1.0, 1_000_000
    >>> buy = np.zeros(1, COMMAND)
    >>> buy[["time", "client_order_id", "action", "side", "type", "tif", "qty"]] = (2_000_000, 1, 1, 1, 1, 1, 500)
    >>> answers = match(book.view(EVENT), buy, [btc])
    >>> of_kind(answers, "fill")[["event_time", "price", "qty", "fee"]].tolist()
    [(2500000, 100.01, 0.5, 0.050005)]
    """
    settings = Simulation() if settings is None else settings
    rules = rules_of(settings)
    try:
        answers = run(_bytes(events, EVENT, "events"), _bytes(commands, COMMAND, "commands"), grids(instruments), rules)
    except ValueError as error:
        raise (DataError if str(error).startswith("record") else InputError)(str(error)) from None
    return np.frombuffer(bytearray(answers), EVENT)


def grids(instruments: Sequence[Instrument]) -> list[tuple[int, ...]]:
    """Return each instrument's tick and lot as the kernels take them: mantissa, exponent, mantissa, exponent.

    Of a contract that is not one unit, or is inverse, its multiplier follows in the same way, and 1 if it is inverse.
    """
    rows: list[tuple[int, ...]] = []
    for row, instrument in enumerate(instruments):
        tick, lot = instrument.tick, instrument.lot
        if tick is None or lot is None:
            raise InputError(f"instruments[{row}]: {instrument.name!r} has no tick and lot; matching needs a grid")
        contract = contract_of(instrument)
        if contract.mantissa * lot.mantissa >= 2**62:
            raise InputError(f"instruments[{row}]: {instrument.name!r} has a multiplier that is too fine or too large")
        steps = (tick.mantissa, tick.exponent, lot.mantissa, lot.exponent)
        inverse = instrument.kind == InstrumentKind.INVERSE
        plain = contract == ONE and not inverse
        rows.append(steps if plain else (*steps, contract.mantissa, contract.exponent, int(inverse)))
    return rows


def contract_of(instrument: Instrument) -> Grid:
    """Return units of the underlying in one unit of a contract, exactly."""
    multiplier = number(
        instrument.details.get("multiplier", 1.0), f"{instrument.name}: multiplier", low=0.0, above=True
    )
    return Grid.parse(repr(multiplier))


def rules_of(settings: Simulation) -> dict[str, float]:
    """Return the settings as the kernels take them."""
    return {
        "feed_latency": settings.feed_latency_ns,
        "order_latency": settings.order_latency_ns,
        "response_latency": settings.response_latency_ns,
        "jitter": settings.jitter_ns,
        "seed": settings.seed,
        "quotes": int(settings.book == "quotes"),
        "orders": int(settings.book == "orders"),
        "maker_fee": settings.maker_fee,
        "taker_fee": settings.taker_fee,
        "recorded": int(settings.feed == "recorded"),
        "queue": QUEUES.index(settings.queue),
        "queue_power": float(settings.queue_power),
        "feed_deviation": settings.feed_deviation_ns if settings.feed == "normal" else 0,
    }


def _bytes(array: npt.NDArray[np.void], dtype: np.dtype[np.void], name: str) -> npt.NDArray[np.uint8]:
    if not isinstance(array, np.ndarray) or array.dtype != dtype:
        got = getattr(array, "dtype", type(array).__name__)
        wanted = f"the {dtype.itemsize}-byte dtype {dtype.names}"
        raise DTypeError(f"{name}: must be an array of {wanted}, got {got}; use .view() first")
    if array.ndim != 1:
        raise InputError(f"{name}: must have 1 dimension, got shape {array.shape}")
    return np.ascontiguousarray(array).view(np.uint8)
