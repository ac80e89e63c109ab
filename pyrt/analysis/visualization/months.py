"""The return of each month as a table in color."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..calendar import monthly_returns
from .canvas import DARK, LIGHT, blank, curve_of, dress

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["monthly_returns_figure"]

YEAR_COLUMN = 13
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BLACK, WHITE = "#10151c", "#ffffff"
LUMINANCE = np.array([0.299, 0.587, 0.114])


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

    stamps, values = curve_of(times, equity, "equity")
    palette = DARK if dark else LIGHT
    years, table = _month_table(*monthly_returns(stamps, values, start=start))
    finite = np.abs(table[:, :12][np.isfinite(table[:, :12])])
    reach = max(float(np.quantile(finite, 0.97)), 1e-4)  # one wild month must not bleach all others
    shades = LinearSegmentedColormap.from_list("returns", [palette.loss, palette.paper, palette.gain])
    figure = blank(palette, 1.1 + 0.33 * len(years))
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
    dress(axes, palette, "Monthly returns, %")
    axes.set_xticks([*np.arange(12) + 0.5, 12.875], [*MONTHS, "Year"])
    axes.set_yticks(np.arange(len(years)) + 0.5, [str(year) for year in years])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return figure


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


def _signed(value: float) -> str:
    text = f"{value:+.1f}"
    return "0.0" if text[1:] == "0.0" else text.replace("-", "\N{MINUS SIGN}")
