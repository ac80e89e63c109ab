"""A result on events on the disk."""

from __future__ import annotations

import base64
import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...grid import Grid
from ...types import EVENT, RECORDS, Instrument, InstrumentKind, Kind
from ..account.events import EVENT_PAID
from ..matching import COMMAND
from .course import CURVE, Course
from .event_trades import EVENT_TRADE
from .storage import column_of, read_result, records_of, write_result

if TYPE_CHECKING:
    from .event_result import EventResult

__all__ = ["load_events", "save_events"]

# Order updates and fills differ in their last word alone, a double in both.
ANSWER = np.dtype(
    [
        (name if name != "fee" else "fee_or_filled_qty", RECORDS[Kind.FILL].fields[name][0])  # type: ignore[index]
        for name in RECORDS[Kind.FILL].names or ()
    ]
)
TABLES = ("commands", "answers", "signals", "equity_at_fills", "curve", "trades")


def save_events(result: EventResult, path: Path) -> Path:
    """Write a result; its course is computed if it was not yet."""
    tables: dict[str, Any] = {
        "commands": result.commands,
        "answers": result.answers.view(ANSWER),
        "signals": result.signals,
        "equity_at_fills": {"equity": result.equity_at_fills},
        "curve": result.equity_curve,
        "trades": result.trades,
        **({"paid": result.paid} if len(result.paid) else {}),
    }
    words = {
        "instruments": [_words_of(instrument) for instrument in result.instruments],
        "totals": dict(result.totals),
        "state": base64.b64encode(result.state).decode(),
        "paid_exactly": base64.b64encode(result.paid_exactly).decode(),
        "period": list(result.period),
        "start": result.start,
        "marks": [None if math.isnan(mark) else mark for mark in result.marks.tolist()],
        "assumptions": dict(result.assumptions),
        "warnings": list(result.warnings),
    }
    return write_result(path, "EventResult", tables, words)


def load_events(cls: type[EventResult], path: Path) -> EventResult:
    """Read a result."""
    more = ("paid",) if (path / "paid.parquet").is_file() else ()
    tables, words = read_result(path, "EventResult", (*TABLES, *more))
    marks = np.array([np.nan if mark is None else mark for mark in words["marks"]], np.float64)
    return cls(
        instruments=tuple(_instrument_of(row) for row in words["instruments"]),
        commands=records_of(tables["commands"], COMMAND),
        answers=records_of(tables["answers"], ANSWER).view(EVENT),
        signals=records_of(tables["signals"], RECORDS[Kind.SIGNAL]),
        equity_at_fills=column_of(tables["equity_at_fills"], "equity", np.float64),
        totals=words["totals"],
        state=base64.b64decode(words["state"]),
        period=tuple(words["period"]),
        start=words["start"],
        course_source=partial(
            Course, records_of(tables["curve"], CURVE), marks, records_of(tables["trades"], EVENT_TRADE)
        ),
        assumptions=words["assumptions"],
        warnings=tuple(words["warnings"]),
        paid=records_of(tables["paid"], EVENT_PAID) if more else np.zeros(0, EVENT_PAID),
        paid_exactly=base64.b64decode(words.get("paid_exactly", "")),
    )


def _words_of(instrument: Instrument) -> dict[str, Any]:
    grids = {"tick": instrument.tick, "lot": instrument.lot}
    return {
        "name": instrument.name,
        **{name: [grid.mantissa, grid.exponent] if grid else None for name, grid in grids.items()},
        "symbol": instrument.symbol,
        "id": instrument.id,
        "kind": int(instrument.kind),
        "details": instrument.details,
    }


def _instrument_of(row: dict[str, Any]) -> Instrument:
    tick, lot = (Grid(*row[name]) if row[name] else None for name in ("tick", "lot"))
    kind = InstrumentKind(row["kind"])
    return Instrument(row["name"], tick, lot, symbol=row["symbol"], id=row["id"], kind=kind, details=row["details"])
