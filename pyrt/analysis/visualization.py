"""Pictures: equity with drawdown, trades on price, monthly returns.

Each function returns a ``matplotlib.figure.Figure`` of its own: nothing of pyplot's global state is touched, no display
is needed, ``figure.savefig("x.png")`` writes it. Times are datetimes or int64 ns UTC. matplotlib is imported at the
first picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._validate import as_floats, as_times, same_length
from ..errors import DataError
from .calendar import monthly_returns
from .risk_metrics import drawdown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["equity_figure", "extremes", "monthly_returns_figure", "trades_figure"]

MOST_POINTS = 4000
"""A line has at most about this many vertices: more do not fit the pixels."""

MOST_TRADES = 2000
"""So many trades are marked: of more, evenly chosen ones, and the title says so."""

YEAR_COLUMN = 13
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class _Palette:
    paper: str
    ink: str
    quiet: str  # labels, the benchmark
    grid: str
    accent: str
    gain: str
    loss: str


LIGHT = _Palette("#ffffff", "#1b2430", "#66717f", "#e6e9ee", "#1f5fbf", "#15803d", "#c2332b")
DARK = _Palette("#151b23", "#e4e9f0", "#94a0af", "#2a323d", "#6ea8fe", "#4cc38a", "#f2726a")
BLACK, WHITE = "#10151c", "#ffffff"
LUMINANCE = np.array([0.299, 0.587, 0.114])


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

    stamps, values = _curve(times, equity, "equity")
    palette = DARK if dark else LIGHT
    depth = drawdown(values, start=start)
    figure = _figure(palette, 5.6)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    curves = [values]
    top.plot(*_thinned(stamps, values), color=palette.accent, linewidth=1.5, label="Strategy")
    if benchmark is not None:
        held = as_floats(benchmark, "benchmark", nan="refuse")
        same_length(times=stamps, benchmark=held)
        curves.append(held)
        top.plot(*_thinned(stamps, held), color=palette.quiet, linewidth=1.0, label="Buy and hold", zorder=1.5)
    _money_axis(top, curves)
    top.legend(loc="upper left", frameon=False, ncols=2, labelcolor=palette.ink, fontsize=9, borderaxespad=0.2)
    x, y = _thinned(stamps, depth)
    bottom.fill_between(x, y, 0.0, color=palette.loss, alpha=0.25, linewidth=0)
    bottom.plot(x, y, color=palette.loss, linewidth=0.9)
    bottom.set_ylim(min(float(depth.min()) * 1.12, -0.001), 0.0)
    bottom.yaxis.set_major_formatter(PercentFormatter(xmax=1.0, decimals=0 if depth.min() < -0.02 else 1))
    for axes, title in ((top, "Equity"), (bottom, "Drawdown")):
        _dress(axes, palette, title)
    _date_axis(bottom)
    bottom.set_xlim(x[0], x[-1] if x[-1] > x[0] else x[0] + np.timedelta64(1, "s"))
    return figure


def trades_figure(times: Any, price: Any, trades: Any, *, dark: bool = False) -> Figure:
    """Draw entries and exits on the price, and the time between them as a band: green if it made money.

    Parameters
    ----------
    times : array_like of datetimes or int64 ns UTC, shape (n_observations,)
        Rising.
    price : array_like, shape (n_observations,)
        Closes.
    trades : structured ndarray
        With entry_time, exit_time, entry_price, exit_price, pnl, status.
    dark : bool
        Light lines on dark paper.

    Examples
    --------
    >>> fields = [("entry_time", "M8[ns]"), ("exit_time", "M8[ns]"), ("entry_price", "f8"), ("exit_price", "f8"),
    ...           ("pnl", "f8"), ("status", "U6")]
    >>> trades = np.array([("2024-01-01", "2024-02-01", 10.0, 12.0, 2.0, "closed")], fields)
    >>> figure = trades_figure(np.arange("2024-01", "2024-04", dtype="datetime64[M]"), [10.0, 12.0, 11.0], trades)
    >>> figure.axes[0].get_title(loc="left")
    'Trades on price: 1 trade, 1 won'
    """
    stamps, values = _curve(times, price, "price")
    palette = DARK if dark else LIGHT
    figure = _figure(palette, 4.6)
    axes = figure.subplots()
    count = f"{len(trades):,} trade{'s' * (len(trades) != 1)}, {int((trades['pnl'] > 0).sum()):,} won"
    step = -(-len(trades) // MOST_TRADES)
    if step > 1:
        trades, count = trades[::step], f"{count}, 1 in {step} drawn"
    closed = trades["status"] == "closed"
    _holding_bands(axes, trades, palette)
    axes.plot(*_thinned(stamps, values), color=palette.quiet, linewidth=1.0)
    size = float(np.clip(4000 / max(len(trades), 1), 14, 46))
    look: dict[str, Any] = {"s": size, "linewidths": 0.4, "edgecolors": palette.paper, "zorder": 3}
    exits = trades[closed]
    axes.scatter(trades["entry_time"], trades["entry_price"], marker="^", color=palette.gain, label="Buy", **look)
    axes.scatter(exits["exit_time"], exits["exit_price"], marker="v", color=palette.loss, label="Sell", **look)
    _money_axis(axes, [values])
    axes.legend(loc="upper left", frameon=False, ncols=2, labelcolor=palette.ink, fontsize=9, borderaxespad=0.2)
    _dress(axes, palette, f"Trades on price: {count}")
    _date_axis(axes)
    first, last = stamps.view("datetime64[ns]")[[0, -1]]
    axes.set_xlim(first, last if last > first else first + np.timedelta64(1, "s"))
    return figure


def monthly_returns_figure(
    times: Any,
    equity: Any,
    *,
    start: float | None = None,
    dark: bool = False,
) -> Figure:
    """Draw the return of each month as a table in color, a row a year, with the year's return at its end.

    Parameters
    ----------
    times : array_like of datetimes or int64 ns UTC, shape (n_observations,)
        Rising.
    equity : array_like, shape (n_observations,)
        Values.
    start : float, optional
        The value before the first observation.
    dark : bool
        Light text on dark paper.

    Examples
    --------
    >>> days = np.array(["2024-01-31", "2024-02-29"], "datetime64[D]")
    >>> figure = monthly_returns_figure(days, [101.0, 99.0], start=100.0)
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['+1.0', '−2.0', '−1.0']
    """
    from matplotlib.colors import LinearSegmentedColormap

    stamps, values = _curve(times, equity, "equity")
    palette = DARK if dark else LIGHT
    years, table = _month_table(*monthly_returns(stamps, values, start=start))
    finite = np.abs(table[:, :12][np.isfinite(table[:, :12])])
    reach = max(float(np.quantile(finite, 0.97)), 1e-4)  # one wild month must not bleach all others
    shades = LinearSegmentedColormap.from_list("returns", [palette.loss, palette.paper, palette.gain])
    figure = _figure(palette, 1.1 + 0.33 * len(years))
    axes = figure.subplots()
    edges = np.append(np.arange(13.0), [12.25, 13.5])  # a narrow empty column sets the year apart
    axes.pcolormesh(
        edges,
        np.arange(len(years) + 1),
        np.ma.masked_invalid(table),
        cmap=shades,
        vmin=-reach,
        vmax=reach,
        edgecolors=palette.paper,
        linewidth=1.5,
    )
    for row, column in np.argwhere(np.isfinite(table)):
        value = float(table[row, column])
        shade = np.asarray(shades(0.5 + 0.5 * float(np.clip(value / reach, -1.0, 1.0))))
        axes.text(
            (edges[column] + edges[column + 1]) / 2,
            row + 0.5,
            _signed(100 * value),
            ha="center",
            va="center",
            fontsize=8,
            color=palette.quiet if abs(value) < 5e-4 else BLACK if float(shade[:3] @ LUMINANCE) > 0.5 else WHITE,
            fontweight="bold" if column == YEAR_COLUMN else "normal",
        )
    axes.set_ylim(len(years), 0)
    _dress(axes, palette, "Monthly returns, %")
    axes.set_xticks([*np.arange(12) + 0.5, 12.875], [*MONTHS, "Year"])
    axes.set_yticks(np.arange(len(years)) + 0.5, [str(year) for year in years])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return figure


def _curve(times: Any, values: Any, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    stamps, curve = as_times(times, "times"), as_floats(values, name, nan="refuse")
    if same_length(times=stamps, **{name: curve}) == 0:
        raise DataError(f"{name}: nothing to draw, it is empty")
    return stamps, curve


def _month_table(
    months: npt.NDArray[np.datetime64], returns: npt.NDArray[np.float64]
) -> tuple[list[int], npt.NDArray[np.float64]]:
    """Lay months out by year: twelve columns, an empty one, the year's compounded return."""
    number = months.astype(np.int64)
    year, month = 1970 + number // 12, number % 12
    years = list(range(int(year[0]), int(year[-1]) + 1))
    table = np.full((len(years), YEAR_COLUMN + 1), np.nan)
    table[year - years[0], month] = returns
    there = np.isfinite(table).any(axis=1)
    table[there, YEAR_COLUMN] = np.nanprod(1.0 + table[there, :12], axis=1) - 1.0
    return years, table


def _figure(palette: _Palette, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(10.0, height), dpi=144, facecolor=palette.paper, layout="constrained")


def _dress(axes: Axes, palette: _Palette, title: str) -> None:
    """Give axes the house's look: a title, thin lines, no frame."""
    axes.set_facecolor(palette.paper)
    axes.set_title(title, loc="left", color=palette.ink, fontsize=11, fontweight="bold", pad=8)
    axes.tick_params(colors=palette.quiet, labelsize=9, length=0)
    axes.tick_params(which="minor", length=0)
    axes.grid(color=palette.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(palette.grid)


def _money_axis(axes: Axes, curves: list[npt.NDArray[np.float64]]) -> None:
    """Label with short numbers; logarithmic where growth of many times would flatten the beginning."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    low, high = min(float(c.min()) for c in curves), max(float(c.max()) for c in curves)
    if low > 0 and high / low > 4:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7) if high / low < 20 else (1, 2, 5)))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.margins(y=0.12)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))


def _signed(value: float) -> str:
    text = f"{value:+.1f}"
    return "0.0" if text[1:] == "0.0" else text.replace("-", "\N{MINUS SIGN}")


def _short(value: float) -> str:
    """Write 1234567 as 1.235M; prices below ten thousand in full."""
    for size, suffix in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= 10 * size or (abs(value) >= size > 1e3):
            return f"{value / size:.4g}{suffix}"
    return f"{value:,.6g}"


def _date_axis(axes: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=6, maxticks=11)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))  # type: ignore[no-untyped-call]


def _thinned(
    stamps: npt.NDArray[np.int64], values: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.float64]]:
    """Keep the lowest and the highest value of each of equal stretches of rows, and both ends."""
    rows = extremes(values, MOST_POINTS)
    return stamps[rows].view("datetime64[ns]"), values[rows]


def extremes(values: npt.NDArray[np.float64], most: int) -> npt.NDArray[np.intp]:
    """Return rows that draw like the whole curve: the lowest and highest of ``most / 2`` stretches, and both ends."""
    n = len(values)
    if n <= most:
        return np.arange(n)
    width = -(-2 * n // most)
    padded = np.append(values, np.full(-n % width, values[-1])).reshape(-1, width)
    first = np.arange(len(padded)) * width
    rows = np.concatenate([[0, n - 1], first + padded.argmin(axis=1), first + padded.argmax(axis=1)])
    return np.unique(np.minimum(rows, n - 1))


def _holding_bands(axes: Axes, trades: npt.NDArray[np.void], palette: _Palette) -> None:
    """Shade the time in the market by outcome, one collection a color: thousands of trades stay fast."""
    from matplotlib.dates import date2num

    for outcome, color in ((True, palette.gain), (False, palette.loss)):
        held = trades[(trades["pnl"] > 0) == outcome]
        left, right = (date2num(held[name]) for name in ("entry_time", "exit_time"))  # type: ignore[no-untyped-call]
        bands = list(zip(left, right - left, strict=True))
        axes.broken_barh(bands, (0.0, 1.0), transform=axes.get_xaxis_transform(), facecolors=color, alpha=0.10)
