"""Many parameter sets on the same data.

``grid``   which sets there are
``job``    one set's run, and what is kept of it
``log``    rows on the disk, to go on from
``origin`` what tells strategies apart, so that it goes on from their own rows
``pools``  sets in other processes, and on other machines
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._validate import integer
from ...errors import DTypeError, InputError
from ..bars import BarSet
from ..events import EventData
from ..results.sweep import SWEPT, Sweep
from ..signals import BarData, Signals, run_signals
from ..stops import Stops
from .grid import Parameters, key_of, parameter_sets
from .job import FIGURES, Job, Terms, measure_sets
from .log import Log, Row

__all__ = ["Options", "sweep", "sweep_signals"]


@dataclass(frozen=True, slots=True)
class Options:
    """How a sweep is run; see :meth:`pyrt.Backtest.sweep`."""

    workers: int | None = None
    backend: str = "threads"
    progress: bool | None = None
    resume: Path | None = None


def sweep(data: BarData | BarSet | EventData, strategy: Any, grid: Any, options: Options) -> Sweep:
    """Run every set of a grid; see :meth:`pyrt.Backtest.sweep`."""
    sets = parameter_sets(grid)
    job = Job(data, strategy)
    log = Log.open(options.resume, job.fingerprint() if options.resume else "")
    rows: dict[int, Row] = {at: log.rows[key] for at, key in enumerate(map(key_of, sets)) if key in log.rows}
    missing = [at for at in range(len(sets)) if at not in rows]
    interrupted = False
    try:
        for at, row in _shown(_done(job, sets, missing, options), len(sets), len(rows), options.progress):
            rows[at] = row
            log.keep(sets[at], row)
    except KeyboardInterrupt:
        if not rows:
            raise
        interrupted = True
    done = sorted(rows)
    warnings = [f"interrupted: {len(done)} of {len(sets)} sets are done"] if interrupted else []
    kept = {name: np.array([rows[at][name] for at in done]) for name in SWEPT}
    return Sweep(tuple(sets[at] for at in done), kept, (*warnings, *_warnings(kept)), job.result)


def sweep_signals(data: BarData, signals: Signals, stops: Stops | Sequence[Stops] | None, options: Options) -> Sweep:
    """Run every column of signals; see :meth:`pyrt.Backtest.sweep_signals`."""
    width = _width(signals)
    each = _stops_of(stops, width)
    columns = signals.checked_columns(data, width)
    labels = tuple({"column": at} | ({"stops": each[at]} if len(set(each)) > 1 else {}) for at in range(width))

    def again(parameters: Parameters) -> Any:
        at = int(parameters["column"])
        return run_signals(data, Signals(*(None if c is None else c[:, at] for c in columns)), each[at])

    if not data.plain:
        found = [again(label).metrics for label in labels]
        kept = {name: np.array([float(row[name]) for row in found]) for name in SWEPT}
        return Sweep(labels, kept, tuple(_warnings(kept)), again)
    rules = np.concatenate([data.rules(s) for s in each])
    figures = np.zeros(width, FIGURES)

    def part(rows: range) -> None:
        codes, openings = np.empty((len(rows), len(data.bars)), np.uint8), 0
        for at, column in enumerate(rows):
            one = Signals(*(None if c is None else np.ascontiguousarray(c[:, column]) for c in columns))
            codes[at], count = one.codes()
            openings = max(openings, count)
        measure_sets(data, codes, openings, rules[rows.start : rows.stop], figures[rows.start : rows.stop])

    step = 8  # neighbors share cache lines
    parts = [range(at, min(at + step, width)) for at in range(0, width, step)]
    list(_mapped(part, parts, options.workers))
    terms = Terms(data)
    made = [terms.row(one) for one in figures]
    kept = {name: np.array([row[name] for row in made]) for name in SWEPT}
    return Sweep(labels, kept, tuple(_warnings(kept)), again)


def _done(job: Job, sets: list[dict[str, Any]], missing: list[int], options: Options) -> Iterator[tuple[int, Row]]:
    """Yield rows as they are done, in any order."""
    if options.backend == "threads":

        def run(at: int) -> tuple[int, Row]:
            return at, job.row(sets[at])

        yield from _mapped(run, missing, options.workers)
        return
    from .pools import rows_from

    yield from rows_from(job, sets, missing, options.backend, options.workers)


def _mapped(run: Callable[[Any], Any], items: Sequence[Any], workers: int | None) -> Iterator[Any]:
    """Yield what `run` makes of each, in any order, from as many threads; one at a time if there is one worker."""
    from concurrent.futures import ThreadPoolExecutor, as_completed

    count = os.cpu_count() or 1 if workers is None else integer(workers, "workers")
    if count == 1 or len(items) < 2:
        yield from map(run, items)
        return
    pool = ThreadPoolExecutor(count)
    try:
        for future in as_completed([pool.submit(run, item) for item in items]):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _shown(rows: Iterator[Any], total: int, done: int, progress: bool | None) -> Iterator[Any]:
    """Pass rows on, with a bar on the terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if not (console.is_terminal if progress is None else progress):
        yield from rows
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    with Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("sets", total=total, completed=done)
        for row in rows:
            bar.advance(task)
            yield row


def _width(signals: Signals) -> int:
    for name, given in zip(signals._fields, signals, strict=True):
        if given is not None:
            shape = np.shape(given)
            if len(shape) != 2:
                raise InputError(f"{name}: must have 2 dimensions (bars x sets), got shape {shape}")
            return int(shape[1])
    raise InputError("entries: is missing")


def _stops_of(stops: Any, width: int) -> list[Stops]:
    if stops is None or isinstance(stops, Stops):
        return [stops or Stops()] * width
    each = list(stops)
    wrong = [at for at, one in enumerate(each) if not isinstance(one, Stops)]
    if wrong:
        raise DTypeError(f"stops[{wrong[0]}]: must be Stops(stop_loss=0.02, ...), got {each[wrong[0]]!r}")
    if len(each) != width:
        raise InputError(f"stops: there are {len(each)} for {width} columns of signals; give one, or one each")
    return each


def _warnings(kept: Mapping[str, npt.NDArray[np.float64]]) -> Iterator[str]:
    idle = int(np.count_nonzero(kept["turnover"] == 0))
    ruined = int(np.count_nonzero(kept["final_equity"] <= 0))
    if idle:
        yield f"{idle} of {len(kept['turnover'])} sets never traded"
    if ruined:
        yield f"{ruined} of {len(kept['turnover'])} sets lost everything"
