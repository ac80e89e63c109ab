"""Several strategies in one account on bars: each on its part of the money, and the account as their sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ...strategy import Hosted
from ..portfolio import Portfolio
from ..results.portfolio_result import PortfolioResult
from ..sessions.run import FOREVER, Kept, instances_of, words_of
from .data import BarSet
from .result import BarResult
from .run import BarRun
from .tables import public_fills, public_orders

__all__ = ["PortfolioSteps", "run_portfolio"]

Records = npt.NDArray[np.void]
COUNTS = ("live_orders", "not_sent", "too_late", "cut", "liquidated", "rounded")
NEVER = -(2**63)


def run_portfolio(data: BarSet, portfolio: Portfolio, *, jit: bool, cache: bool) -> PortfolioResult:
    """Run the strategies of a portfolio on bars from their beginning to their end."""
    run = PortfolioSteps(data, portfolio, instances_of(portfolio, jit=jit, cache=cache))
    run.go()
    return run.result()


class PortfolioSteps:
    """A :class:`~pyrt.backtest.sessions.session.Run` of several strategies on bars: on bars none is in another's way.

    Parameters
    ----------
    data : BarSet
        Bars and terms; each strategy has its part of the cash, and of that its own margin.
    portfolio : Portfolio
        Whose part is how large.
    instances : mapping of str to Hosted
        The strategies by name, each with a state of its own.
    """

    def __init__(self, data: BarSet, portfolio: Portfolio, instances: Mapping[str, Hosted]) -> None:
        shares = portfolio.shares()
        self._data, self._portfolio = data, portfolio
        self._runs = {
            name: BarRun(replace(data, cash=shares[name] * data.cash), instance) for name, instance in instances.items()
        }
        several = list(self._runs.values())
        self.seats, self.instances = tuple(run.seat for run in several), tuple(instances.values())
        self._rows = [run.rows for run in several]
        self._traded = sorted({row for some in self._rows for row in some})
        self._times = data.times_of(self._traded)
        self._at, self._reached = 0, NEVER

    @property
    def _several(self) -> list[BarRun]:
        return list(self._runs.values())

    @property
    def _idle(self) -> float:
        """Cash that is no strategy's."""
        return self._data.cash - sum(run.data.cash for run in self._several)

    @property
    def passed(self) -> int:
        """How many times of the clock, of all instruments that are traded, have passed."""
        return self._at

    @property
    def time(self) -> int:
        """Up to when everything has happened, ns UTC; the smallest int64 before the first bar."""
        if not self._at:
            return NEVER
        return max(int(self._times[self._at - 1]), self._reached, *(int(run.loop.time) for run in self._several))

    @property
    def done(self) -> bool:
        """Whether all bars have passed."""
        return all(run.loop.ended for run in self._several)

    @property
    def cash(self) -> float:
        """Money of the account."""
        return self._idle + sum(float(seat.context["cash"][0]) for seat in self.seats)

    @property
    def equity(self) -> float:
        """Cash and positions of the account at the last closes."""
        return self._idle + sum(float(seat.context["equity"][0]) for seat in self.seats)

    def go(self, until: int = FOREVER, records: int = -1) -> None:
        """Go on to a time, or to a number of times of the clock; errors as of :meth:`BarRun.run_until`."""
        end = int(self._times.searchsorted(until, side="right"))
        if 0 <= records < end:
            end, until = max(records, self._at), int(self._times[max(records, self._at, 1) - 1])
            if end == self._at:
                return
        for run in self._several:
            run.run_until(until)
        self._at = end
        if until < FOREVER:
            self._reached = max(self._reached, until)

    def ask(self) -> str:
        """Carry out what stands in the contexts, as of now; return why it is refused, empty if it is not."""
        for run in self._several:
            if run.seat.context["request_count"][0]:
                why = str(run.loop.ask(self.time))
                if why:
                    return why
        return ""

    def positions(self) -> dict[str, float]:
        """Signed units that the account holds of each instrument that is traded."""
        held = dict.fromkeys((self._data.names[row] for row in self._traded), 0.0)
        for rows, seat in zip(self._rows, self.seats, strict=True):
            for row, qty in zip(rows, seat.slots["position"].tolist(), strict=True):
                held[self._data.names[row]] += qty
        return held

    def orders(self) -> Records:
        """Return orders so far, as in the result."""
        return public_orders(_merged([run.asked() for run in self._several], "id"))

    def fills(self) -> Records:
        """Return fills so far, as in the result."""
        return public_fills(self._net([run.made() for run in self._several]))

    def queue_ahead(self) -> dict[int, float]:
        """Return nothing: orders on bars stand in no queue."""
        return {}

    def identity(self) -> list[Any]:
        """Return what the run is of, but for the bars between the first and the last, and the strategies."""
        data = self._data
        spans = [(len(bars), *bars.time[[0, -1]].tolist()) for bars in data.bars]
        return [spans, self._rows, *data.identity(), self._portfolio.weights]

    def save(self) -> Kept:
        """Return the present state."""
        kept = [run.save() for run in self._several]
        loops = b"".join(len(one.loop).to_bytes(8, "little") + one.loop for one in kept)
        seats, strategies = (
            tuple(part for one in kept for part in getattr(one, name)) for name in ("seats", "strategies")
        )
        return Kept((self._at, self._reached), loops, seats, strategies)

    def restore(self, kept: Kept) -> None:
        """Take back a state that :meth:`save` has returned."""
        at = 0
        for run, seat, strategy in zip(self._several, kept.seats, kept.strategies, strict=True):
            size = int.from_bytes(kept.loop[at : at + 8], "little")
            run.restore(Kept((0, 0), kept.loop[at + 8 : at + 8 + size], (seat,), (strategy,)))
            at += 8 + size
        self._at, self._reached = kept.rows

    def result(self) -> PortfolioResult:
        """Return the result: the account's, and each strategy's."""
        parts = {name: run.result() for name, run in self._runs.items()}
        return PortfolioResult(self._account(parts), parts, self._portfolio.weights)

    def _account(self, parts: Mapping[str, BarResult]) -> BarResult:
        """Add the results of the strategies up."""
        data, several, idle = self._data, list(parts.values()), self._idle
        fills = self._net([part.fill_rows for part in several])
        fills["cash"] = _cash(fills, [part.cash for part in several], _merged([p.paid_rows for p in several]), idle)
        first = several[0]
        warnings = dict.fromkeys(words for part in several for words in part.warnings if words.startswith(data.names))
        margin = "" if data.account is None else "; the margin of each strategy is that of its own part of the money"
        account = BarResult(
            names=data.names,
            bars=data.bars,
            times=self._traded_times(),
            cash=data.cash,
            order_rows=_merged([part.order_rows for part in several], "id"),
            fill_rows=fills,
            signals=_sorted(np.concatenate([part.signals for part in several]), "receive_time"),
            totals=_totals(several, self._rows, len(data.names), idle),
            state=b"".join(part.state for part in several),
            assumptions={
                **first.assumptions,
                "cash": first.assumptions["cash"].replace(f"{first.cash:,.2f}", f"{data.cash:,.2f}", 1),
                "instruments": ", ".join(data.names[row] for row in self._traded),
                "portfolio": f"{words_of(self._portfolio)}; a limit of volume is each strategy's own{margin}",
            },
            warnings=tuple(warnings),
            paid_rows=_merged([part.paid_rows for part in several]),
            valuations=first.valuations,
            equity_rows=self._equity(several) if first.equity_rows is not None else None,
        )
        return replace(account, totals={**account.totals, "lowest_equity": float(account.equity.min())})

    def _traded_times(self) -> npt.NDArray[np.int64]:
        """Return the times that have passed, without history."""
        return self._times[self._data.begin_of(self._times) : self._at]

    def _equity(self, several: Sequence[BarResult]) -> npt.NDArray[np.float64]:
        """Return the account's equity at each time: that of each strategy is what it was at its last time."""
        times = self._traded_times()
        total = np.full(len(times), self._idle)
        for part in several:
            total += np.append(part.cash, part.equity)[part.times.searchsorted(times, side="right")]
        return total

    def _net(self, tables: Sequence[Records]) -> Records:
        """Merge fills; the position after each is the account's, the sum of the strategies' own: flat is exactly 0."""
        fills = _merged(tables, "order_id")
        held: dict[int, dict[int, tuple[float, int]]] = {}
        net = []
        columns = (fills[name].tolist() for name in ("instrument", "order_id", "position", "row"))
        valuations = [self._data.valuation(row) for row in range(len(self._data.names))]
        for instrument, order, position, row in zip(*columns, strict=True):
            mine, grown = held.setdefault(instrument, {}), valuations[instrument].grown
            mine[order >> 32] = position, row
            net.append(sum(qty * float(grown(row, since)) if since != row else qty for qty, since in mine.values()))
        fills["position"] = net
        return fills


def _totals(several: Sequence[BarResult], rows: Sequence[list[int]], count: int, idle: float) -> dict[str, Any]:
    """Add up money and counts; positions and costs are net, by row of the instruments."""
    totals: dict[str, Any] = {
        name: sum(part.totals[name] for part in several) for name in ("realized", "fees", *COUNTS)
    }
    for name in ("positions", "costs"):
        net = [0.0] * count
        for part, some in zip(several, rows, strict=True):
            for row, amount in zip(some, part.totals[name], strict=True):
                net[row] += amount
        totals[name] = net
    for name in ("cash", "equity"):
        totals[name] = idle + sum(part.totals[name] for part in several)
    return totals


def _merged(tables: Sequence[Records], key: str = "") -> Records:
    """Merge by time, of one time strategy by strategy; ids get the strategy's number, from 1, as their upper half."""
    merged: Records = np.concatenate(tables)
    if key:
        numbers = np.repeat(np.arange(1, len(tables) + 1), [len(table) for table in tables])
        merged[key] += numbers << 32
    return _sorted(merged, "time")


def _sorted(records: Records, field: str) -> Records:
    ordered: Records = records[np.argsort(records[field], kind="stable")]
    return ordered


def _cash(fills: Records, starts: Sequence[float], paid: Records, idle: float) -> Any:
    """Return the account's cash after each fill: the strategies' own, and what is no strategy's.

    Where something is paid beside fills, what falls due at a time counts before all fills of it.
    """
    if len(paid):
        value = np.where(fills["side"] == 1, -1.0, 1.0) * fills["value"] - fills["fee"]
        due = np.append(0.0, np.cumsum(paid["amount"]))[paid["time"].searchsorted(fills["time"], side="right")]
        return idle + sum(starts) + np.cumsum(value) + due
    held = list(starts)
    total = []
    for order, cash in zip(fills["order_id"].tolist(), fills["cash"].tolist(), strict=True):
        held[(order >> 32) - 1] = cash
        total.append(idle + sum(held))
    return total
