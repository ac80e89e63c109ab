"""``pyrt backtest``: a crossover of moving averages on your bars, with costs, and a report."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from .output import Json, console, failures, print_json

if TYPE_CHECKING:
    from ..backtest import Result
    from ..data import Bars, CleaningLog

__all__ = ["Crossover", "backtest", "cross", "figures", "prepare"]


@dataclass(frozen=True, slots=True)
class Crossover:
    """Long while the fast average is above the slow one."""

    fast: int = 50
    slow: int = 200
    kind: Literal["sma", "ema"] = "sma"


def prepare(data: Path | None, *, stamp: Any = None, period: Any = None) -> tuple[Bars, CleaningLog]:
    """Load bars (None: the S&P 500 sample) and clean them."""
    from ..data import clean_bars, load_bars, sample

    bars = sample.sp500() if data is None else load_bars(data, stamp=stamp, period=period)
    return clean_bars(bars)


def cross(bars: Bars, rule: Crossover, **options: Any) -> Result:
    """Run the rule on bars; options are those of :class:`pyrt.Backtest`."""
    from .. import indicators as ta
    from ..backtest import Backtest

    average = {"sma": ta.sma, "ema": ta.ema}[rule.kind]
    fast, slow = average(bars.close, rule.fast), average(bars.close, rule.slow)
    result: Result = Backtest(bars, **options).run_signals(fast > slow, fast < slow)
    return result


def figures(result: Result, log: CleaningLog, rule: Crossover) -> dict[str, Any]:
    """Return what a script wants to know of a run."""
    return {
        "bars": len(result.bars),
        "first": str(result.timestamps[0]),
        "last": str(result.timestamps[-1]),
        "repairs": [str(repair) for repair in log.repairs],
        "rule": asdict(rule),
        "cash": result.cash,
        "equity": float(result.equity[-1]),
        "trades": len(result.trades),
        "metrics": dict(result.metrics),
        "assumptions": dict(result.assumptions),
        "warnings": list(result.warnings),
    }


def backtest(
    data: Annotated[
        Path | None, typer.Argument(help="Bars: a Parquet or CSV file. Without it: the S&P 500, daily, 1999–2018.")
    ] = None,
    *,
    fast: Annotated[int, typer.Option(help="Window of the fast average, in bars.")] = 50,
    slow: Annotated[int, typer.Option(help="Window of the slow average, in bars.")] = 200,
    average: Annotated[str, typer.Option(help="sma or ema.")] = "sma",
    cash: Annotated[float, typer.Option(help="Money at the start.")] = 100_000,
    fees_bps: Annotated[float, typer.Option(help="Commission of each fill, basis points.")] = 10,
    fill: Annotated[str, typer.Option(help="next_open, or close (optimistic).")] = "next_open",
    stamp: Annotated[str | None, typer.Option(help="Whether a bar's time is its start or its end.")] = None,
    period: Annotated[str | None, typer.Option(help="Length of a bar, such as 1D or 5min; with --stamp start.")] = None,
    report: Annotated[Path | None, typer.Option(help="Folder for the HTML tear sheet and its pictures.")] = None,
    json: Json = False,
) -> None:
    """Backtest a crossover of two moving averages, long or flat, with costs.

    Examples
    --------
        pyrt backtest

        pyrt backtest bars.parquet --fast 20 --slow 100 --average ema --report out

        pyrt backtest bars.csv --json | jq .metrics.sharpe
    """
    from .._validate import choice

    with failures():
        rule = Crossover(fast, slow, "ema" if choice(average, "average", ("sma", "ema")) == "ema" else "sma")
        bars, log = prepare(data, stamp=stamp, period=period)
        result = cross(bars, rule, cash=cash, fees_bps=fees_bps, fill=fill)
        page = result.report(report, title=_title(data, rule)) if report else None
        if json:
            print_json({**figures(result, log, rule), "report": page})
            return
        if log:
            console.print(str(log), markup=False)
        console.print(result.summary(), markup=False, highlight=False)
        if page:
            console.print(f"report: {page}")


def _title(data: Path | None, rule: Crossover) -> str:
    return f"{data.stem if data else 'S&P 500'}: {rule.kind} {rule.fast}/{rule.slow}"
