"""Trades: on the price, and how far the price went with and against them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .canvas import DARK, LIGHT, Palette, blank, curve_of, date_axis, dress, money_axis, thinned

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["excursions_figure", "trades_figure"]

MOST_TRADES = 2000
"""So many trades are marked: of more, evenly chosen ones, and the title says so."""


def trades_figure(times: Any, price: Any, trades: Any, *, dark: bool = False) -> Figure:
    """Draw entries and exits on the price, and the time between them as a band: green if it made money.

    Parameters
    ----------
    times : array_like of datetimes or int64 ns UTC, shape (n_observations,)
        Rising.
    price : array_like, shape (n_observations,)
        Closes.
    trades : structured ndarray
        With side ("long", "short"), entry_time, exit_time, entry_price, exit_price, pnl, status.
    dark : bool
        Light lines on dark paper.

    Examples
    --------
    >>> fields = [("side", "U5"), ("entry_time", "M8[ns]"), ("exit_time", "M8[ns]"), ("entry_price", "f8"),
    ...           ("exit_price", "f8"), ("pnl", "f8"), ("status", "U6")]
    >>> trades = np.array([("long", "2024-01-01", "2024-02-01", 10.0, 12.0, 2.0, "closed")], fields)
    >>> figure = trades_figure(np.arange("2024-01", "2024-04", dtype="datetime64[M]"), [10.0, 12.0, 11.0], trades)
    >>> figure.axes[0].get_title(loc="left")
    'Trades on price: 1 trade, 1 won'
    """
    stamps, values = curve_of(times, price, "price")
    palette = DARK if dark else LIGHT
    figure = blank(palette, 4.6)
    axes = figure.subplots()
    count = f"{len(trades):,} trade{'s' * (len(trades) != 1)}, {int((trades['pnl'] > 0).sum()):,} won"
    step = -(-len(trades) // MOST_TRADES)
    if step > 1:
        trades, count = trades[::step], f"{count}, 1 in {step} drawn"
    closed = trades["status"] == "closed"
    _holding_bands(axes, trades, palette)
    axes.plot(*thinned(stamps, values), color=palette.quiet, linewidth=1.0)
    size = float(np.clip(4000 / max(len(trades), 1), 14, 46))
    look: dict[str, Any] = {"s": size, "linewidths": 0.4, "edgecolors": palette.paper, "zorder": 3}
    long, done = trades["side"] == "long", trades[closed]
    for side, entered, marker, color in (("Buy", long, "^", palette.gain), ("Sell", ~long, "v", palette.loss)):
        entries, exits = trades[entered], done[~entered[closed]]
        at = np.concatenate([entries["entry_time"], exits["exit_time"]])
        price_of = np.concatenate([entries["entry_price"], exits["exit_price"]])
        axes.scatter(at, price_of, marker=marker, color=color, label=side, **look)
    money_axis(axes, [values])
    axes.legend(loc="upper left", frameon=False, ncols=2, labelcolor=palette.ink, fontsize=9, borderaxespad=0.2)
    dress(axes, palette, f"Trades on price: {count}")
    date_axis(axes)
    first, last = stamps.view("datetime64[ns]")[[0, -1]]
    axes.set_xlim(first, last if last > first else first + np.timedelta64(1, "s"))
    return figure


def excursions_figure(trades: Any, *, dark: bool = False) -> Figure:
    """Draw what each trade returned against the furthest that the price went against it, and for it.

    A trade far left of the diagonal (dotted) went a long way against its holder and came back: a stop would have ended
    it. One far below it on the right gave back most of what it had.

    Parameters
    ----------
    trades : structured ndarray
        With return, mae, mfe.
    dark : bool
        Light dots on dark paper.

    Examples
    --------
    >>> trades = np.array([(0.02, -0.01, 0.03), (-0.02, -0.02, 0.01)], [(n, "f8") for n in ("return", "mae", "mfe")])
    >>> figure = excursions_figure(trades)
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['Return against worst excursion', 'Return against best excursion']
    """
    from matplotlib.ticker import PercentFormatter

    palette = DARK if dark else LIGHT
    figure = blank(palette, 4.2)
    trades = trades[np.isfinite(trades["mae"]) & np.isfinite(trades["return"])]
    step = max(-(-len(trades) // MOST_TRADES), 1)
    shown, drawn = trades[::step], "" if step == 1 else f", 1 in {step} drawn"
    for axes, name, words in zip(figure.subplots(1, 2, sharey=True), ("mae", "mfe"), ("worst", "best"), strict=True):
        for won, color in ((True, palette.gain), (False, palette.loss)):
            some = shown[(shown["return"] > 0) == won]
            axes.scatter(some[name], some["return"], s=14, color=color, linewidths=0.3, edgecolors=palette.paper)
        reach = np.array([shown[name].min(initial=0.0), shown[name].max(initial=0.0)])
        axes.plot(reach, reach, color=palette.quiet, linewidth=0.9, linestyle=":")
        axes.axhline(0.0, color=palette.quiet, linewidth=0.6)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(xmax=1.0))
        dress(axes, palette, f"Return against {words} excursion{drawn}")
    return figure


def _holding_bands(axes: Axes, trades: npt.NDArray[np.void], palette: Palette) -> None:
    """Shade the time in the market by outcome, one collection a color: thousands of trades stay fast."""
    from matplotlib.dates import date2num

    for outcome, color in ((True, palette.gain), (False, palette.loss)):
        held = trades[(trades["pnl"] > 0) == outcome]
        left, right = (date2num(held[name]) for name in ("entry_time", "exit_time"))  # type: ignore[no-untyped-call]
        bands = list(zip(left, right - left, strict=True))
        axes.broken_barh(bands, (0.0, 1.0), transform=axes.get_xaxis_transform(), facecolors=color, alpha=0.10)
