"""What every picture is drawn with: colors, axes, and curves thinned to what a picture can show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..._validate import as_floats, as_times, same_length
from ...errors import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["DARK", "LIGHT", "Palette", "blank", "curve_of", "date_axis", "dress", "extremes", "money_axis", "thinned"]

MOST_POINTS = 4000
"""A line has at most about this many vertices: more do not fit the pixels."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colors of a picture."""

    paper: str
    ink: str
    quiet: str  # labels, the benchmark
    grid: str
    accent: str
    gain: str
    loss: str


LIGHT = Palette("#ffffff", "#1b2430", "#66717f", "#e6e9ee", "#1f5fbf", "#15803d", "#c2332b")
DARK = Palette("#151b23", "#e4e9f0", "#94a0af", "#2a323d", "#6ea8fe", "#4cc38a", "#f2726a")


def curve_of(times: Any, values: Any, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Check what is to be drawn: times and values, at least one."""
    stamps, curve = as_times(times, "times"), as_floats(values, name, nan="refuse")
    if same_length(times=stamps, **{name: curve}) == 0:
        raise DataError(f"{name}: nothing to draw, it is empty")
    return stamps, curve


def blank(palette: Palette, height: float) -> Figure:
    """Return an empty figure of the house's width."""
    from matplotlib.figure import Figure

    return Figure(figsize=(10.0, height), dpi=144, facecolor=palette.paper, layout="constrained")


def dress(axes: Axes, palette: Palette, title: str) -> None:
    """Give axes the house's look: a title, thin lines, no frame."""
    axes.set_facecolor(palette.paper)
    axes.set_title(title, loc="left", color=palette.ink, fontsize=11, fontweight="bold", pad=8)
    axes.tick_params(colors=palette.quiet, labelsize=9, length=0)
    axes.tick_params(which="minor", length=0)
    axes.grid(color=palette.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(palette.grid)


def money_axis(axes: Axes, curves: list[npt.NDArray[np.float64]]) -> None:
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
    # An account of 100,000 that moves by cents needs more digits than four to have labels that differ.
    digits = 4 if high <= low else max(4, 3 + math.ceil(math.log10(max(abs(high), abs(low)) / (high - low))))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value, digits)))


def short(value: float, digits: int = 4) -> str:
    """Write 1234567 as 1.235M; prices below ten thousand in full."""
    for size, suffix in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= 10 * size or (abs(value) >= size > 1e3):
            return f"{value / size:.{digits}g}{suffix}"
    return f"{value:,.{max(digits, 6)}g}"


def date_axis(axes: Axes) -> None:
    """Label with dates, as short as they can be."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=6, maxticks=11)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))  # type: ignore[no-untyped-call]


def thinned(
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
