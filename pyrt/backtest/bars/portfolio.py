"""Several strategies in one account on bars: each on its part of the money, and the account as their sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import InputError
from ..portfolio import Portfolio
from ..results.portfolio_result import PortfolioResult
from ..sessions.run import instances_of, words_of
from .data import BarSet
from .result import BarResult
from .run import BarRun

__all__ = ["run_portfolio"]

Records = npt.NDArray[np.void]
COUNTS = ("live_orders", "not_sent", "too_late", "cut")


def run_portfolio(data: BarSet, portfolio: Portfolio, *, jit: bool, cache: bool) -> PortfolioResult:
    """Run the strategies of a portfolio on bars, one after the other: on bars no order is in another's way."""
    if data.account is not None or data.actions:
        raise InputError("run: a portfolio on bars has cash alone; run strategies with account= or actions= one by one")
    shares = portfolio.shares()
    parts: dict[str, BarResult] = {}
    rows: list[list[int]] = []
    for name, instance in instances_of(portfolio, jit=jit, cache=cache).items():
        run = BarRun(replace(data, cash=shares[name] * data.cash), instance)
        run.run_until()
        parts[name] = run.result()
        rows.append(run.rows)
    idle = data.cash - sum(part.cash for part in parts.values())
    return PortfolioResult(_account(data, portfolio, parts, rows, idle), parts, portfolio.weights)


def _account(
    data: BarSet, portfolio: Portfolio, parts: Mapping[str, BarResult], rows: Sequence[list[int]], idle: float
) -> BarResult:
    """Add the results of the strategies up."""
    several = list(parts.values())
    traded = sorted({row for some in rows for row in some})
    times = data.times_of(traded)
    fills = _merged([part.fill_rows for part in several], "order_id")
    fills["position"] = _net(fills)
    fills["cash"] = _cash(fills, [part.cash for part in several], idle)
    first = several[0]
    warnings = dict.fromkeys(words for part in several for words in part.warnings if words.startswith(data.names))
    account = BarResult(
        names=data.names,
        bars=data.bars,
        times=times,
        cash=data.cash,
        order_rows=_merged([part.order_rows for part in several], "id"),
        fill_rows=fills,
        signals=_sorted(np.concatenate([part.signals for part in several]), "receive_time"),
        totals=_totals(several, rows, len(data.names), idle),
        state=b"".join(part.state for part in several),
        assumptions={
            **first.assumptions,
            "cash": first.assumptions["cash"].replace(f"{first.cash:,.2f}", f"{data.cash:,.2f}", 1),
            "instruments": ", ".join(data.names[row] for row in traded),
            "portfolio": f"{words_of(portfolio)}; a limit of volume is each strategy's own",
        },
        warnings=tuple(warnings),
    )
    return replace(account, totals={**account.totals, "lowest_equity": float(account.equity.min())})


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


def _merged(tables: Sequence[Records], key: str) -> Records:
    """Merge by time, of one time strategy by strategy; ids get the strategy's number, from 1, as their upper half."""
    merged: Records = np.concatenate(tables)
    numbers = np.repeat(np.arange(1, len(tables) + 1), [len(table) for table in tables])
    merged[key] += numbers << 32
    return _sorted(merged, "time")


def _sorted(records: Records, field: str) -> Records:
    ordered: Records = records[np.argsort(records[field], kind="stable")]
    return ordered


def _net(fills: Records) -> list[float]:
    """Return the account's position after each fill: the sum of the strategies' own, so that flat is exactly 0."""
    held: dict[int, dict[int, float]] = {}
    net = []
    columns = (fills[name].tolist() for name in ("instrument", "order_id", "position"))
    for instrument, order, position in zip(*columns, strict=True):
        mine = held.setdefault(instrument, {})
        mine[order >> 32] = position
        net.append(sum(mine.values()))
    return net


def _cash(fills: Records, starts: Sequence[float], idle: float) -> list[float]:
    """Return the account's cash after each fill: the strategies' own, and what is no strategy's."""
    held = list(starts)
    total = []
    for order, cash in zip(fills["order_id"].tolist(), fills["cash"].tolist(), strict=True):
        held[(order >> 32) - 1] = cash
        total.append(idle + sum(held))
    return total
