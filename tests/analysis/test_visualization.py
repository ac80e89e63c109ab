"""Pictures are drawn without a display, without pyplot, from any curve."""

import io
import subprocess
import sys
from itertools import cycle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrt.analysis.visualization import equity_figure, extremes, monthly_returns_figure, trades_figure
from pyrt.errors import DataError

FIELDS = [(n, "M8[ns]") for n in ("entry_time", "exit_time")] + [
    ("entry_price", "f8"),
    ("exit_price", "f8"),
    ("pnl", "f8"),
    ("status", "U6"),
    ("side", "U5"),
]
CURVES = {
    "one value": [100.0],
    "flat": [100.0] * 30,
    "steep": list(100.0 * 1.5 ** np.arange(30)),
    "ruin": list(np.linspace(100, -20, 30)),
    "tiny": list(np.linspace(1e-7, 3e-7, 30)),
    "long": list(100 + np.cumsum(np.random.default_rng(0).normal(size=30_000)) / 100),
}


def size_of_png(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    data = buffer.getvalue()
    assert data.startswith(b"\x89PNG")
    return len(data)


@pytest.mark.parametrize(("curve", "dark"), list(zip(CURVES, cycle([False, True]), strict=False)))
def test_every_curve_can_be_drawn(curve, dark):
    values = CURVES[curve]
    times = np.datetime64("2020-01-01T00") + 20 * np.arange(len(values))
    trades = np.zeros(2, FIELDS)
    trades["entry_time"], trades["exit_time"] = times[0], times[-1]
    trades["entry_price"] = trades["exit_price"] = values[0]
    trades["status"], trades["side"] = ["closed", "open"], ["long", "short"]
    figures = [
        equity_figure(times, values, start=100.0, benchmark=values[::-1], dark=dark),
        trades_figure(times, values, trades, dark=dark),
        trades_figure(times, values, trades[:0], dark=dark),
    ]
    if min(values) > 0:
        figures.append(monthly_returns_figure(times[:1000], values[:1000], dark=dark))
    for figure in figures:
        assert size_of_png(figure) > 3000


def test_of_many_trades_some_are_drawn_and_the_title_says_so():
    times = np.datetime64("2020-01-01") + np.arange(5001)
    trades = np.zeros(5000, FIELDS)
    trades["entry_time"], trades["exit_time"], trades["status"] = times[:-1], times[1:], "closed"
    figure = trades_figure(times, np.full(5001, 10.0), trades)
    assert figure.axes[0].get_title(loc="left") == "Trades on price: 5,000 trades, 0 won, 1 in 3 drawn"


def test_gaps_in_the_calendar_stay_empty():
    times = np.array(["2019-12-31", "2020-01-31", "2022-03-31"], "datetime64[D]")
    figure = monthly_returns_figure(times, [100.0, 110.0, 99.0])
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["2019", "2020", "2021", "2022"]
    texts = [text.get_text().replace("\N{MINUS SIGN}", "-") for text in figure.axes[0].texts]
    assert texts == ["0.0", "0.0", "+10.0", "+10.0", "-10.0", "-10.0"]


def test_nothing_to_draw_is_an_error():
    with pytest.raises(DataError, match="nothing to draw"):
        equity_figure([], [])


def test_pyplot_is_not_touched():
    code = """
import sys, numpy as np
from pyrt.analysis.visualization import equity_figure
assert "matplotlib" not in sys.modules
equity_figure(np.arange(3), [1.0, 2.0, 3.0])
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300), st.integers(4, 60))
def test_thinning_keeps_ends_and_extremes(values, most):
    values = np.array(values)
    rows = extremes(values, most)
    assert rows[0] == 0
    assert rows[-1] == len(values) - 1
    assert (np.diff(rows) > 0).all()
    assert len(rows) <= max(most, 4) + 2
    assert values[rows].min() == values.min()
    assert values[rows].max() == values.max()
