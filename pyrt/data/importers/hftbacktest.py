"""hftbacktest's event arrays as records."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import DataError, DTypeError
from ...types import EVENT, Events, Instrument
from ..regularity import Leaps, usual_step

__all__ = ["HFT_EVENT", "HftSource", "hft_source", "is_hft", "load_hftbacktest"]

AT_ONCE = 1 << 16
"""Records that are made at a time where nobody says how many."""

HFT_EVENT = np.dtype(
    [
        ("ev", "<u8"),
        ("exch_ts", "<i8"),
        ("local_ts", "<i8"),
        ("px", "<f8"),
        ("qty", "<f8"),
        ("order_id", "<u8"),
        ("ival", "<i8"),
        ("fval", "<f8"),
    ]
)
"""A row of hftbacktest 2: what it is (`ev`), when it happened and when it was received (ns), price, quantity."""

_AT_VENUE, _AT_STRATEGY = np.uint64(1 << 31), np.uint64(1 << 30)
_FAULTS = {
    1: "ev {ev:#x} has neither the flag of the venue (1 << 31) nor that of the strategy (1 << 30)",
    2: "ev {ev:#x} is a level without a side: set 1 << 29 for bids, 1 << 28 for asks",
    3: "ev {ev:#x} is of kind {kind}; known are depth (1), trade (2), clear (3), snapshot (4) and best prices (5)",
    4: "local_ts {local_ts} is earlier than the one before; hftbacktest's correct_event_order sorts them",
    5: "price {px!r} or quantity {qty!r} lies between two steps of {name} (tick {tick:g}, lot {lot:g})",
}


def load_hftbacktest(source: Any, instrument: Instrument, *, row: int = 0) -> Events:
    """Read events in hftbacktest's format as records.

    Each row's ``exch_ts`` becomes a record's event_time and ``local_ts`` its receive_time: with
    ``Simulation(feed="recorded")`` the feed has the latency of the data. Rows of levels that have both times in common
    are one message, whole after the last of them. A snapshot clears a stretch of the book and fills it: here it is told
    as the whole book after it. Rows of best prices (kind 5) are passed over, as hftbacktest's own books do.

    Parameters
    ----------
    source : ndarray of HFT_EVENT, path, or sequence of these
        An array, an ``.npy`` or an ``.npz`` (its first array, or ``data``); several follow each other in time.
    instrument : Instrument
        With the tick and the lot of the data.
    row : int
        Row of the instruments table that the records are of.

    Returns
    -------
    ndarray of EVENT
        Trades and deltas by receive_time. Where rows for the venue and for the strategy are apart
        (``correct_event_order`` doubles rows that were received in another order than they happened), one record each;
        what happened at one time did so in the order of receipt.

    Raises
    ------
    DataError
        For rows without flags or sides, of another kind (order by order data is read by :func:`load_mbo`), that go
        back in time, that reach the venue or the strategy alone, or with numbers off the grid (where books must be
        rebuilt; else the run says so); names the row.
    DTypeError, InputError
        For another dtype, a file without such an array, or an instrument without a grid.

    Examples
    --------
    >>> from pyrt import Grid
    >>> rows = np.zeros(3, HFT_EVENT)
    >>> rows["ev"] = [0xE0000001, 0xD0000001, 0xD0000002]  # a bid, an ask, a trade that a seller made
    >>> rows["exch_ts"], rows["local_ts"] = [10, 10, 30], [15, 15, 42]
    >>> rows["px"], rows["qty"] = [99.5, 100.0, 99.5], 2.0
    >>> btc = Instrument("binance:BTC-USDT", tick=Grid.parse("0.5"), lot=Grid.parse("1"))
    >>> load_hftbacktest(rows, btc)[["event_time", "kind", "side", "flags"]].tolist()
    [(10, 3, 1, 0), (10, 3, 2, 256), (30, 1, 2, 0)]
    """
    return _events(*_looked_at(_rows_of(source), instrument, row))


class HftSource:
    """Rows that are a record each, in the order in which they happened: records are made where they are needed.

    A run reads the rows a stretch at a time and holds no more of its records than fit into the processor's caches.

    Attributes
    ----------
    count : int
        How many there are.
    span : tuple of int
        When the first and the last is received, ns UTC.
    ends : dict of int to int
        When the last one of the instrument is.
    leaps : Leaps
        Steps in time that are longer than the usual ones.
    made : Source
        Makes the records, a stretch at a time (``pyrt_ext/feeds/source.pxd``).
    """

    def __init__(self, rows: npt.NDArray[np.void], converter: Any, instrument: Instrument, row: int) -> None:
        self._rows, self.made, self._of = rows, converter, (instrument, row)
        self.count, self.span = len(rows), (int(rows["local_ts"][0]), int(rows["local_ts"][-1]))
        self.ends, self.leaps = {row: self.span[1]}, Leaps(*converter.leaps)

    def __reduce__(self) -> tuple[Any, ...]:
        """Make it anew from its rows, in another process."""
        return hft_source, (self._rows, *self._of)

    @cached_property
    def events(self) -> Events:
        """All records."""
        return _events(self._rows, self.made, self._of[0])

    def chunks(self, rows: int, start: int = 0) -> Iterator[Events]:
        """Yield the records from row `start` on, at most `rows` at a time."""
        for begin in range(start, self.count, rows):
            events = np.empty(min(rows, self.count - begin), EVENT)
            self.made.stretch(begin, events.view(np.uint8))
            yield events

    def fingerprint(self) -> str:
        """Return a SHA-256 of the records' bytes."""
        found = hashlib.sha256()
        for events in self.chunks(AT_ONCE):
            found.update(events.tobytes())
        return found.hexdigest()


def hft_source(source: Any, instrument: Instrument, row: int = 0) -> HftSource | Events:
    """Read rows as :func:`load_hftbacktest` does; what can be made a stretch at a time is left for later."""
    rows, converter, _ = _looked_at(_rows_of(source), instrument, row)
    if converter.plain and len(rows):
        return HftSource(rows, converter, instrument, row)
    return _events(rows, converter, instrument)


def _looked_at(
    rows: npt.NDArray[np.void], instrument: Instrument, row: int
) -> tuple[npt.NDArray[np.void], Any, Instrument]:
    """Return rows that are for the venue and for the strategy alike, and what turns them into records."""
    converter = _converter(rows, instrument, row)
    if converter.split:
        rows = _joined(rows)
        converter = _converter(rows, instrument, row)
    return rows, converter, instrument


def _events(rows: npt.NDArray[np.void], converter: Any, instrument: Instrument) -> Events:
    room = converter.size()
    events = np.empty(max(room, 0), EVENT)
    used = converter.fill(events.view(np.uint8)) if room >= 0 else -1
    if used < 0:
        raise DataError(_fault(converter, rows, instrument))
    return events[: used // EVENT.itemsize]


def is_hft(data: Any) -> bool:
    """Say whether something is an array of hftbacktest's rows."""
    dtype = getattr(data, "dtype", None)
    return dtype is not None and dtype.names == HFT_EVENT.names


def _converter(rows: npt.NDArray[np.void], instrument: Instrument, row: int) -> Any:
    # The kernels of books; every look at data asks is_hft, and bars do without.
    from pyrt_ext.feeds.hftbacktest import Converter

    from ..order_book import grids_of

    converter = Converter(rows.view(np.uint8), grids_of(instrument), row, usual_step(rows["local_ts"]))
    if converter.fault:
        raise DataError(_fault(converter, rows, instrument))
    return converter


def _fault(converter: Any, rows: npt.NDArray[np.void], instrument: Instrument) -> str:
    bad = rows[converter.bad]
    words = {name: bad[name].item() for name in ("ev", "local_ts", "px", "qty")}
    steps = {"tick": getattr(instrument.tick, "step", 0), "lot": getattr(instrument.lot, "step", 0)}
    text = _FAULTS[converter.fault].format(**words, kind=words["ev"] & 0xFF, name=instrument.name, **steps)
    return f"data: row {converter.bad}: {text}"


def _rows_of(source: Any) -> npt.NDArray[np.void]:
    if isinstance(source, (str, os.PathLike)):
        return _checked(_read(Path(source)), str(source))
    if isinstance(source, Sequence):
        if not source:
            raise DataError("data: no files")
        return np.concatenate([_rows_of(one) for one in source])
    return _checked(source, "data")


def _read(path: Path) -> Any:
    if not path.exists():
        raise DataError(f"{path}: there is no such file")
    try:
        found = np.load(path)
        if isinstance(found, np.lib.npyio.NpzFile):
            with found:
                return found["data" if "data" in found.files else found.files[0]] if found.files else np.zeros(0)
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: cannot be read as {path.suffix or 'an array'}: {error}") from None
    return found


def _checked(rows: Any, name: str) -> npt.NDArray[np.void]:
    """Return rows as they lie in memory; hftbacktest's own arrays are aligned, which is the same layout."""
    if not is_hft(rows):
        got = getattr(rows, "dtype", type(rows).__name__)
        raise DTypeError(
            f"{name}: must be an array of hftbacktest's rows ({', '.join(HFT_EVENT.names or ())}), got {got}"
        )
    if rows.ndim != 1:
        raise DataError(f"{name}: must have 1 dimension, got shape {rows.shape}")
    if rows.dtype == HFT_EVENT and rows.flags.c_contiguous:
        return np.asarray(rows)
    return np.ascontiguousarray(rows).astype(HFT_EVENT)


def _joined(rows: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    """Return the strategy's rows, once it is certain that the venue's are the same in another order."""
    ours, theirs = (rows[(rows["ev"] & flag) > 0] for flag in (_AT_STRATEGY, _AT_VENUE))
    if len(ours) != len(theirs):
        raise DataError(
            f"data: {len(theirs)} rows are for the venue and {len(ours)} for the strategy; each must have both, in one "
            "row or in two (1 << 31 and 1 << 30 of ev)"
        )
    sides = []
    for some in (ours, theirs):
        kinds = some["ev"] & ~(_AT_VENUE | _AT_STRATEGY)
        order = np.lexsort((some["qty"], some["px"], kinds, some["local_ts"], some["exch_ts"]))
        sides.append((some[order], kinds[order], order))
    (first, kinds, place), (second, others, _) = sides
    same = kinds == others
    for name in ("exch_ts", "local_ts", "px", "qty"):
        same &= first[name] == second[name]
    if not same.all():
        row = np.flatnonzero((rows["ev"] & _AT_STRATEGY) > 0)[place[np.argmin(same)]]
        raise DataError(f"data: row {row} has no row of the same event for the venue (1 << 31 of ev)")
    return ours
