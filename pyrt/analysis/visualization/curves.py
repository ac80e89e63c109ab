"""Curves over time: equity with its drawdown, the drawdowns one by one, exposure and turnover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..._validate import as_floats, integer, same_length
from ..risk_metrics import drawdown, drawdown_table
from .canvas import DARK, LIGHT, blank, curve_of, date_axis, dress, money_axis, thinned

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["drawdowns_figure", "equity_figure", "exposure_figure"]


def equity_figure(
    times: Any,
    equity: Any,
    *,
    start: float | None = None,
    benchmark: Any = None,
    dark: bool = False,
) -> Figure:
    """Draw equity (logarithmic if it grows or falls more than fourfold) with the drawdown below.

    Parameters
    ----------
    times : array_like of datetimes or int64 ns UTC, shape (n_observations,)
        Rising.
    equity : array_like, shape (n_observations,)
        Values.
    start : float, optional
        The value before the first observation.
    benchmark : array_like, shape (n_observations,), optional
        A second curve: buying and holding.
    dark : bool
        Light lines on dark paper.

    Examples
    --------
    >>> figure = equity_figure(np.arange("2024-01", "2024-04", dtype="datetime64[M]"), [100.0, 90.0, 110.0])
    >>> len(figure.axes)
    2
    """
    from matplotlib.ticker import PercentFormatter

    stamps, values = curve_of(times, equity, "equity")
    palette = DARK if dark else LIGHT
    depth = drawdown(values, start=start)
    figure = blank(palette, 5.6)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    curves = [values]
    top.plot(*thinned(stamps, values), color=palette.accent, linewidth=1.5, label="Strategy")
    if benchmark is not None:
        held = as_floats(benchmark, "benchmark", nan="refuse")
        same_length(times=stamps, benchmark=held)
        curves.append(held)
        top.plot(*thinned(stamps, held), color=palette.quiet, linewidth=1.0, label="Buy and hold", zorder=1.5)
    money_axis(top, curves)
    top.legend(loc="upper left", frameon=False, ncols=2, labelcolor=palette.ink, fontsize=9, borderaxespad=0.2)
    x, y = thinned(stamps, depth)
    bottom.fill_between(x, y, 0.0, color=palette.loss, alpha=0.25, linewidth=0)
    bottom.plot(x, y, color=palette.loss, linewidth=0.9)
    bottom.set_ylim(min(float(depth.min()) * 1.12, -0.001), 0.0)
    bottom.yaxis.set_major_formatter(PercentFormatter(xmax=1.0, decimals=0 if depth.min() < -0.02 else 1))
    for axes, title in ((top, "Equity"), (bottom, "Drawdown")):
        dress(axes, palette, title)
    date_axis(bottom)
    bottom.set_xlim(x[0], x[-1] if x[-1] > x[0] else x[0] + np.timedelta64(1, "s"))
    return figure


def drawdowns_figure(
    times: Any, equity: Any, *, start: float | None = None, worst: int = 5, dark: bool = False
) -> Figure:
    """Draw equity with its deepest drawdowns shaded from peak to recovery, each with its depth.

    Parameters
    ----------
    times : array_like of datetimes or int64 ns UTC, shape (n_observations,)
        Rising.
    equity : array_like, shape (n_observations,)
        Values.
    start : float, optional
        The value before the first observation.
    worst : int
        How many drawdowns, 1 to 20.
    dark : bool
        Light lines on dark paper.

    Examples
    --------
    >>> figure = drawdowns_figure(np.arange("2024-01", "2024-05", dtype="datetime64[M]"), [100.0, 90.0, 110.0, 99.0])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['\u221210.0%', '\u221210.0%']
    """
    stamps, values = curve_of(times, equity, "equity")
    palette = DARK if dark else LIGHT
    table = drawdown_table(stamps, values, start=start)
    deepest = table[np.argsort(table["depth"], kind="stable")[: integer(worst, "worst", high=20)]]
    figure = blank(palette, 4.0)
    axes = figure.subplots()
    axes.plot(*thinned(stamps, values), color=palette.accent, linewidth=1.3)
    for one in deepest:
        axes.axvspan(one["peak"], one["end"], color=palette.loss, alpha=0.14, linewidth=0)
        label = f"{one['depth']:.1%}".replace("-", "\N{MINUS SIGN}")
        place = (one["trough"], 0.02)
        axes.text(*place, label, transform=axes.get_xaxis_transform(), ha="center", fontsize=8, color=palette.ink)
    money_axis(axes, [values])
    dress(axes, palette, f"The {len(deepest)} deepest of {len(table):,} drawdowns" if len(table) else "No drawdown")
    date_axis(axes)
    first, last = stamps.view("datetime64[ns]")[[0, -1]]
    axes.set_xlim(first, last if last > first else first + np.timedelta64(1, "s"))
    return figure


def exposure_figure(times: Any, exposure: Any, turnover: Any, *, dark: bool = False) -> Figure:
    """Draw the position's value over the equity, and what was traded over the equity summed up so far.

    Parameters
    ----------
    times : array_like of datetimes or int64 ns UTC, shape (n_observations,)
        Rising.
    exposure : array_like, shape (n_observations,)
        Value of the position over the equity, short below zero.
    turnover : array_like, shape (n_observations,)
        Value traded in each period over the equity.
    dark : bool
        Light lines on dark paper.

    Examples
    --------
    >>> figure = exposure_figure(np.arange("2024-01", "2024-03", dtype="datetime64[M]"), [1.0, 0.0], [1.0, 1.0])
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['Exposure', 'Turnover so far, times the equity']
    """
    from matplotlib.ticker import PercentFormatter

    stamps, held = curve_of(times, exposure, "exposure")
    traded = as_floats(turnover, "turnover", nan="refuse")
    same_length(times=stamps, turnover=traded)
    palette = DARK if dark else LIGHT
    figure = blank(palette, 3.8)
    top, bottom = figure.subplots(2, 1, sharex=True)
    x, y = thinned(stamps, held)
    top.fill_between(x, y, 0.0, color=palette.accent, alpha=0.3, linewidth=0, step="post")
    top.yaxis.set_major_formatter(PercentFormatter(xmax=1.0, decimals=0))
    bottom.plot(*thinned(stamps, np.cumsum(traded)), color=palette.accent, linewidth=1.3)
    for axes, title in ((top, "Exposure"), (bottom, "Turnover so far, times the equity")):
        dress(axes, palette, title)
    date_axis(bottom)
    bottom.set_xlim(x[0], x[-1] if x[-1] > x[0] else x[0] + np.timedelta64(1, "s"))
    return figure
