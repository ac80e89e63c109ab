"""The session's instruments, as the engine wrote them into the segment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from ..errors import InputError, LayoutError
from ..grid import Grid
from ..types import Instrument, InstrumentKind

__all__ = ["Instruments"]


class Instruments(Sequence[Instrument]):
    """Table of instruments, by row (the ``instrument`` of a record) and by name.

    A new tick or lot size is a new row under the same name; the name then means the newest one.

    Examples
    --------
    >>> btc = Instrument("binance:BTC-USDT", Grid.parse("0.01"), Grid.parse("0.00001"), "BTCUSDT", 0)
    >>> table = Instruments([btc])
    >>> table["binance:BTC-USDT"] is table[0]
    True
    >>> table
    id  venue    name              symbol   kind  tick  lot
     0  binance  binance:BTC-USDT  BTCUSDT  spot  0.01  1e-05
    """

    def __init__(self, rows: Sequence[Instrument] = ()) -> None:
        self._rows = list(rows)
        self._by_name = {row.name: row for row in self._rows}

    @property
    def names(self) -> list[str]:
        """All names, in the order of the rows."""
        return list(self._by_name)

    def find(self, instrument: str | int | Instrument) -> Instrument:
        """Return an instrument by name, row or itself; the error lists what there is."""
        if isinstance(instrument, Instrument):
            instrument = instrument.name
        if isinstance(instrument, str):
            if instrument in self._by_name:
                return self._by_name[instrument]
        elif 0 <= instrument < len(self._rows):
            return self._rows[instrument]
        there = ", ".join(self.names) or "none yet"
        raise InputError(f"instrument: {instrument!r} is not in this feed; there are: {there}")

    @overload
    def __getitem__(self, key: int | str) -> Instrument: ...
    @overload
    def __getitem__(self, key: slice) -> list[Instrument]: ...
    def __getitem__(self, key: int | str | slice) -> Instrument | list[Instrument]:
        return self.find(key) if isinstance(key, str) else self._rows[key]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self._rows)

    def __contains__(self, item: object) -> bool:
        return item in self._by_name if isinstance(item, str) else item in self._rows

    def __repr__(self) -> str:
        cells = [("id", "venue", "name", "symbol", "kind", "tick", "lot")]
        cells += [
            (str(i.id), i.venue, i.name, i.symbol, i.kind.name.lower(), _step(i.tick), _step(i.lot)) for i in self
        ]
        widths = [max(len(row[column]) for row in cells) for column in range(7)]
        lines = ["  ".join([row[0].rjust(widths[0]), *map(str.ljust, row[1:], widths[1:])]).rstrip() for row in cells]
        return "\n".join(lines)


def instrument_of(row: npt.NDArray[Any] | np.void) -> Instrument:
    """Make the instrument of one row of the segment's table."""
    name = _text(row["name"])
    details = {field: row[field].item() for field in ("multiplier", "min_qty", "min_notional", "expiry")}
    details |= {field: _text(row[field]) for field in ("quote", "settlement")}
    try:
        return Instrument(
            name=name,
            tick=_grid(row["tick_mantissa"], row["tick_exponent"]),
            lot=_grid(row["lot_mantissa"], row["lot_exponent"]),
            symbol=_text(row["symbol"]),
            id=int(row["id"]),
            kind=InstrumentKind(int(row["kind"])),
            details=details,
        )
    except ValueError as error:
        raise LayoutError(f"row {int(row['id'])} of the instruments ({name!r}) cannot be read: {error}") from None


def _grid(mantissa: Any, exponent: Any) -> Grid | None:
    return Grid(int(mantissa), int(exponent)) if mantissa else None


def _text(value: Any) -> str:
    return bytes(value).rstrip(b"\0").decode("utf-8", "replace")


def _step(grid: Grid | None) -> str:
    return "-" if grid is None else f"{grid.step:.12g}"
