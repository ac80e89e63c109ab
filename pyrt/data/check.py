"""What is wrong with data, before it is used: order, gaps, duplicates, crossed quotes, prices off the tick."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .._validate import choice, number
from ..errors import DataError, InputError, MissingPiece
from ..grid import Grid
from ..types import Kind, of_kind
from .bars import Bars
from .clean import CleaningLog, clean_bars
from .ingest import SYMBOL_NAMES, columns_of, find_column, length_in_words, load_bars, of_symbol, period_ns
from .recordings import Recording, read_recording
from .regularity import find_gaps, infer_tick, off_tick
from .ticks import Ticks, clean_ticks, load_ticks

__all__ = ["DataReport", "Finding", "check_data", "write_repaired"]

Level = Literal["fault", "doubt", "note"]
Rows = npt.NDArray[np.int64]
Times = npt.NDArray[np.int64]
SHOWN = 5


@dataclass(frozen=True, eq=False)
class Finding:
    """One thing about the data.

    Parameters
    ----------
    level : {"fault", "doubt", "note"}
        A fault would be refused, or is impossible; a doubt may be true; a note is no reproach.
    words : str
        What it is.
    rows : ndarray of int64
        Rows of the input that it concerns.
    examples : tuple of str
        Some of them in words.
    """

    level: Level
    words: str
    rows: Rows
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = ", ".join(self.examples or map(str, self.rows[:SHOWN].tolist()))
        more = ", ..." if len(self.rows) > (len(self.examples) or SHOWN) else ""
        return f"{self.level}: {self.words}: {len(self.rows):,} row{'s' * (len(self.rows) != 1)} ({shown}{more})"


@dataclass(frozen=True, eq=False)
class DataReport:
    """What a check found; true if there is no fault.

    Parameters
    ----------
    kind : {"bars", "trades", "quotes", "records"}
        What the data is.
    rows : int
        How much of it.
    facts : dict of str to str
        Span, usual step, tick.
    findings : tuple of Finding
        Faults, then doubts, then notes.
    log : CleaningLog
        What a repair does (for records: nothing, their venue's word is not changed).
    repaired : Bars or Ticks or None
        What a repair makes of the data.
    """

    kind: str
    rows: int
    facts: dict[str, str]
    findings: tuple[Finding, ...]
    log: CleaningLog
    repaired: Bars | Ticks | None

    def __bool__(self) -> bool:
        return not any(finding.level == "fault" for finding in self.findings)

    def __str__(self) -> str:
        facts = [f"  {name}: {words}" for name, words in self.facts.items()]
        found = [f"  {finding}" for finding in self.findings] or ["  nothing is wrong with it"]
        return "\n".join([f"{self.rows:,} {self.kind}", *facts, *found])


def check_data(
    data: Any,
    *,
    kind: str | None = None,
    symbol: str | None = None,
    tick: float | str | None = None,
    gap: Any = None,
) -> DataReport:
    """Check bars, trades, quotes or a recording, without changing anything.

    Parameters
    ----------
    data : DataFrame, mapping, structured array, Bars, Recording, or path
        As for :func:`load_bars` and :func:`load_ticks`; a path may also be of a recording (:func:`read_recording`).
    kind : {"bars", "trades", "quotes"}, optional
        What it is; by its columns if not given: open and close are bars, bid and ask quotes, a price is trades.
    symbol : str, optional
        Which one, of data that holds several.
    tick : float or str, optional
        The step of prices, ``"0.01"``; if not given the coarsest on which 99 of 100 prices lie. Recordings have theirs.
    gap : str, timedelta or timedelta64, optional
        The longest step that is none; learned from the data if not given (nights and weekends are usual).

    Returns
    -------
    DataReport
        ``print`` it; true if there is no fault. ``.repaired`` is what :func:`clean_bars` or :func:`clean_ticks` makes.

    Raises
    ------
    DataError, InputError, DTypeError
        For what is no data at all.

    Examples
    --------
    >>> minutes = np.datetime64("2024-01-01T00:01", "ns") + np.array([0, 1, 3, 2, 4]) * np.timedelta64(1, "m")
    >>> print(check_data({"time": minutes, "price": [10.01, 10.02, 10.0, -1.0, 10.03]}))
    5 trades
      span: 2024-01-01 00:01:00 to 2024-01-01 00:05:00 UTC
      step: 1m, the commonest
      tick: 0.01, inferred: 4 of 4 prices lie on it
      fault: price missing or impossible (dropped): 1 row (3)
    """
    limit = None if gap is None else period_ns(gap)
    if kind is not None:
        choice(kind, "kind", ("bars", "trades", "quotes"))
    if isinstance(data, (str, Path)) and not str(data).lower().endswith((".parquet", ".csv")):
        data = read_recording(data)
    if isinstance(data, Recording):
        return _of_recording(data, limit)
    step = None if tick is None else _tick(tick)
    if isinstance(data, (Bars, Ticks)):
        loaded: Bars | Ticks = data
    else:
        columns = columns_of(data)
        _refuse_unnamed(columns, symbol)
        columns = columns if symbol is None else of_symbol(columns, symbol)
        loaded = load_bars(columns) if (kind or _kind_of(columns)) == "bars" else load_ticks(_only(columns, kind))
    return _of_bars(loaded, step, limit) if isinstance(loaded, Bars) else _of_ticks(loaded, step, limit)


def write_repaired(report: DataReport, path: Path) -> Path:
    """Write what a repair made: a ``.parquet`` or ``.csv`` file with times in UTC."""
    repaired = report.repaired
    if repaired is None:
        raise InputError("repair: what a venue said is not changed; a recording is recorded again, or left out")
    if path.suffix.lower() not in {".parquet", ".csv"}:
        raise InputError(f"repair: {path} must end in .parquet or .csv")
    try:
        import pyarrow as pa
        from pyarrow import csv, parquet
    except ImportError as error:
        raise MissingPiece("writing files needs pyarrow: pip install pyarrow") from error
    columns = repaired.columns() if isinstance(repaired, Bars) else repaired.columns
    ids = {"trade_id": repaired.ids} if isinstance(repaired, Ticks) and repaired.ids is not None else {}
    stamps = repaired.time.view("datetime64[ns]")
    table = pa.table({"time": stamps, **columns, **ids})
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".csv":
        csv.write_csv(table, path)
    else:
        zoned = table.set_column(0, "time", table.column("time").cast(pa.timestamp("ns", tz="UTC")))
        parquet.write_table(zoned, path, compression="zstd")
    return path


def _refuse_unnamed(columns: dict[str, Any], symbol: str | None) -> None:
    name = find_column(columns, SYMBOL_NAMES)
    known = [] if name is None or symbol is not None else sorted({str(one) for one in np.asarray(columns[name])})
    if len(known) > 1:
        shown = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
        raise DataError(f"data: {len(known)} symbols ({shown}); name one: symbol=, or --symbol")


def _kind_of(columns: dict[str, Any]) -> str:
    opening, close = find_column(columns, ("open", "o")), find_column(columns, ("close", "c"))
    return "bars" if opening is not None and close is not None else "ticks"


def _only(columns: dict[str, Any], kind: str | None) -> dict[str, Any]:
    """Leave out what would make quotes of trades that carry the quote beside them."""
    return {name: column for name, column in columns.items() if kind != "trades" or not name.startswith(("bid", "ask"))}


def _tick(tick: float | str) -> Grid:
    return Grid.parse(tick if isinstance(tick, str) else repr(number(tick, "tick", low=0.0, above=True)))


def _of_bars(bars: Bars, tick: Grid | None, limit: int | None) -> DataReport:
    if not len(bars):
        raise DataError("data: no rows; check the file or the filter that made it")
    cleaned, log = clean_bars(bars)
    facts, findings = _regularity(bars.time, cleaned.time, regular=True, limit=limit)
    prices = {name: column for name, column in bars.columns().items() if name != "volume"}
    findings += _prices(prices, tick, facts)
    if cleaned.volume is not None:
        findings += _note("no volume", bars.volume == 0 if bars.volume is not None else None)
    findings += _note("no range: high is low", (bars.high == bars.low) & (bars.high > 0))
    return DataReport("bars", len(bars), facts, _sorted(log, findings), log, cleaned)


def _of_ticks(ticks: Ticks, tick: Grid | None, limit: int | None) -> DataReport:
    if not len(ticks):
        raise DataError("data: no rows; check the file or the filter that made it")
    cleaned, log = clean_ticks(ticks)
    facts, findings = _regularity(ticks.time, cleaned.time, regular=False, limit=limit)
    columns = ticks.columns
    names = ("price",) if ticks.kind == "trades" else ("bid", "ask")
    findings += _prices({name: columns[name] for name in names}, tick, facts)
    if ticks.kind == "quotes":
        bid, ask = columns["bid"], columns["ask"]
        findings += _note("locked: bid is ask", (bid == ask) & (bid > 0))
        findings += _note("one side alone", (bid > 0) != (ask > 0))
    else:
        findings += _note("no quantity", columns["qty"] == 0 if "qty" in columns else None)
        if ticks.ids is None and "qty" in columns:
            same = (np.diff(ticks.time) == 0) & (np.diff(columns["price"]) == 0) & (np.diff(columns["qty"]) == 0)
            findings += _note("looks like the trade before (without numbers, nobody can tell)", np.append(False, same))
    return DataReport(ticks.kind, len(ticks), facts, _sorted(log, findings), log, cleaned)


def _of_recording(recording: Recording, limit: int | None) -> DataReport:
    events, instruments = recording
    if not len(events):
        raise DataError("data: no records")
    received = np.ascontiguousarray(events["words"][:, 0])
    back = np.flatnonzero((np.diff(received) < 0) | ((np.diff(received) == 0) & (np.diff(events["stamp"]) <= 0))) + 1
    findings = [] if not len(back) else [Finding("fault", "not sorted by (receive_time, stamp)", back)]
    facts, gaps = _regularity(received, np.sort(received), regular=False, limit=limit)
    counts = {kind.name.lower(): int(np.count_nonzero(events["kind"] == kind)) for kind in Kind}
    facts["records"] = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    findings += gaps
    findings += _note("of no instrument in the table", events["instrument"] >= len(instruments), level="fault")
    early = (events["event_time"] > received) & (events["event_time"] > 0)
    findings += _note("received before it happened: the clocks differ", early)
    trades, quotes = of_kind(events, Kind.TRADE), of_kind(events, Kind.QUOTE)
    place = {kind: np.flatnonzero(events["kind"] == kind) for kind in (Kind.TRADE, Kind.QUOTE, Kind.DELTA)}
    crossed = (quotes["bid"] >= quotes["ask"]) & (quotes["bid"] > 0) & (quotes["ask"] > 0)
    findings += _note("quote crossed or locked", crossed, of=place[Kind.QUOTE], level="fault")
    for row, instrument in enumerate(instruments):
        mine = trades["instrument"] == row
        ids, rows = trades["trade_id"][mine], place[Kind.TRADE][mine]
        again = np.ones(len(ids), bool)
        again[np.unique(ids, return_index=True)[1]] = False
        findings += _note(f"{instrument.name}: trade number came before", again & (ids != 0), of=rows, level="fault")
        for kind in (Kind.TRADE, Kind.DELTA):
            some = of_kind(events, kind)
            mine = some["instrument"] == row
            for name, grid in (("price", instrument.tick), ("qty", instrument.lot)):
                if grid is not None:
                    off = off_tick(some[name][mine], grid)
                    words = f"{instrument.name}: {name} off its step {grid.step!r}"
                    findings += _note(words, off, of=place[kind][mine], level="fault")
    log = CleaningLog((), len(events), len(events), "records")
    return DataReport("records", len(events), facts, _sorted(log, findings), log, None)


def _regularity(
    given: Times, times: Times, *, regular: bool, limit: int | None
) -> tuple[dict[str, str], list[Finding]]:
    """Say where time begins, ends, how it usually steps, and where it leaps; rows are those of the data as given."""
    stamps, gaps = times.view("datetime64[ns]"), find_gaps(times, regular=regular, limit=limit)
    facts = {"span": f"{_when(stamps[0])} to {_when(stamps[-1])} UTC"}
    if gaps.step:
        night = f"; up to {_about(gaps.across)} from one day to another is usual" if regular and gaps.across else ""
        facts["step"] = f"{length_in_words(gaps.step)}, the commonest{night}"
    if not len(gaps.rows):
        return facts, []
    longest = np.argsort(-gaps.lengths, kind="stable")[:SHOWN]
    examples = tuple(f"{_about(int(gaps.lengths[k]))} before {_when(stamps[gaps.rows[k]])}" for k in longest)
    rows = np.flatnonzero(np.isin(given, times[gaps.rows]))
    return facts, [Finding("doubt", "gap in time", rows[: len(gaps.rows)], examples)]


def _when(time: np.datetime64) -> str:
    return str(time).removesuffix(".000000000").replace("T", " ")


def _about(length: int) -> str:
    """Write a length of time in three digits, in the unit that suits it."""
    units = {"d": 86400e9, "h": 3600e9, "min": 60e9, "s": 1e9, "ms": 1e6, "us": 1e3}
    unit = next((unit for unit, size in units.items() if length >= size), "ns")
    return f"{length / units.get(unit, 1.0):.3g} {unit}"


def _prices(prices: dict[str, npt.NDArray[np.float64]], tick: Grid | None, facts: dict[str, str]) -> list[Finding]:
    every = np.concatenate(list(prices.values()))
    there = int(np.count_nonzero(np.isfinite(every) & (every > 0)))
    step = infer_tick(every) if tick is None else tick
    if step is None:
        facts["tick"] = "none: prices lie on no common step (adjusted, or means?)"
        return []
    off = np.zeros(len(next(iter(prices.values()))), bool)
    count = 0
    for column in prices.values():
        wrong = off_tick(column, step)
        off |= wrong
        count += int(np.count_nonzero(wrong))
    how = "inferred" if tick is None else "as given"
    facts["tick"] = f"{step.step!r}, {how}: {there - count:,} of {there:,} prices lie on it"
    return _note(f"price off the tick {step.step!r}", off, level="doubt" if tick is None else "fault")


def _note(
    words: str, bad: npt.NDArray[np.bool_] | None, *, of: Rows | None = None, level: Level = "note"
) -> list[Finding]:
    """Return a finding if anything is bad; rows of a part are those of the whole."""
    if bad is None or not bad.any():
        return []
    rows = np.flatnonzero(bad)
    return [Finding(level, words, rows if of is None else of[rows])]


def _sorted(log: CleaningLog, findings: list[Finding]) -> tuple[Finding, ...]:
    repairs = [Finding("fault", f"{repair.fault} ({repair.action})", repair.rows) for repair in log.repairs]
    order = ("fault", "doubt", "note")
    return tuple(sorted(repairs + findings, key=lambda finding: order.index(finding.level)))
