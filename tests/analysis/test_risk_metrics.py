"""Measures against published figures (Bacon's book, by the authors of PerformanceAnalytics), formulae, properties."""

import csv
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pyrt.analysis import risk_metrics as risk
from pyrt.analysis import trade_metrics as trading
from pyrt.analysis.calendar import periods_per_year
from pyrt.errors import DTypeError, InputError


def columns(path):
    with path.open() as file:
        rows = list(csv.reader(file))[1:]
    return np.array([row[0] for row in rows], "datetime64[D]"), np.array([row[1:] for row in rows], float)


@pytest.fixture(scope="module")
def bacon(shared_data):
    times, table = columns(shared_data / "stats" / "portfolio_bacon.csv")
    return times, table[:, 0]


def growth(returns):
    return np.cumprod(1.0 + returns)


# One measure of ours and the call of PerformanceAnalytics that it must reproduce, with what its convention adds.
MAR = 0.005
PUBLISHED = {
    "DownsideDeviation(portfolio_bacon[,1], MAR)": lambda t, r: risk.downside_deviation(r, target=MAR),
    "OmegaSharpeRatio(portfolio_bacon[,1], MAR)": lambda t, r: risk.omega(r, target=MAR) - 1.0,
    "Kappa(portfolio_bacon[,1], MAR, l)": lambda t, r: risk.sortino(r, target=MAR),
    "PainIndex(portfolio_bacon[, 1])": lambda t, r: -risk.pain_index(growth(r), start=1.0),
    "MartinRatio(portfolio_bacon[,1])": lambda t, r: risk.cagr(r, 12) / risk.ulcer_index(growth(r), start=1.0),
    "Frequency(portfolio_bacon[,1])": lambda t, r: round(periods_per_year(t)),
    "SkewnessKurtosisRatio(portfolio_bacon[,1])": lambda t, r: risk.skewness(r) / (risk.kurtosis(r) + 3.0),
    "BernardoLedoitRatio(portfolio_bacon[,1])": lambda t, r: risk.omega(r),
}


@pytest.mark.parametrize("call", PUBLISHED)
def test_published_figures(bacon, shared_data, call):
    published = json.loads((shared_data / "stats" / "bacon_expected.json").read_text())
    cases = {case["call"]: case for case in published}
    case = cases[call]
    ours = PUBLISHED[call](*bacon)
    assert ours == pytest.approx(case["expected"], abs=0.5 * 10.0 ** -decimals(case["expected"]) * 1.0001)


def decimals(figure):
    return len(repr(figure).partition(".")[2])


def test_hedge_fund_indices_against_formulae(shared_data):
    times, table = columns(shared_data / "stats" / "edhec.csv")
    assert periods_per_year(times) == pytest.approx(12, rel=2e-3)
    for column in table.T:
        r = column[np.isfinite(column)]
        curve = growth(r)
        assert risk.volatility(r, 12) == pytest.approx(stats.tstd(r) * math.sqrt(12))
        assert risk.sharpe(r, 12) == pytest.approx(r.mean() / stats.tstd(r) * math.sqrt(12))
        assert risk.skewness(r) == pytest.approx(stats.skew(r))
        assert risk.kurtosis(r) == pytest.approx(stats.kurtosis(r))
        assert risk.cagr(r, 12) == pytest.approx(stats.gmean(1 + r) ** 12 - 1)
        assert risk.total_return(r) == pytest.approx(curve[-1] - 1)
        assert risk.value_at_risk(r) == pytest.approx(np.percentile(r, 5))
        assert risk.conditional_value_at_risk(r) == pytest.approx(r[r <= np.percentile(r, 5)].mean())
        slow = min(value / max([1.0, *curve[: k + 1]]) - 1 for k, value in enumerate(curve))
        assert risk.max_drawdown(curve, start=1.0) == pytest.approx(slow)


values = st.lists(st.floats(1.0, 1e6), min_size=1, max_size=30)
returns_lists = st.lists(st.floats(-0.5, 0.5), max_size=30)


@given(values)
def test_drawdown_is_never_positive_and_zero_at_peaks(equity):
    depth = risk.drawdown(equity)
    assert (depth <= 0).all()
    assert (depth >= -1).all()
    assert depth[int(np.argmax(equity))] == 0


@given(values, st.floats(1.0, 1e6))
def test_a_start_is_a_value_before_the_first(equity, start):
    np.testing.assert_array_equal(risk.drawdown([start, *equity])[1:], risk.drawdown(equity, start=start))


@given(values, st.one_of(st.none(), st.floats(1.0, 1e6)))
def test_drawdown_length_against_a_slow_walk(equity, start):
    days = np.arange(len(equity)).astype("datetime64[D]")
    peak, since, longest, under = equity[0] if start is None else start, 0, 0, False
    for row, value in enumerate(equity):
        if value < peak:
            under, longest = True, max(longest, row - since)
        else:
            longest = max(longest, row - since) if under else longest
            peak, since, under = value, row, False
    assert risk.drawdown_length(days, equity, start=start) == longest


@given(returns_lists)
def test_every_measure_answers_every_input(returns):
    for measure in (risk.total_return, risk.volatility, risk.downside_deviation, risk.sharpe, risk.sortino, risk.omega):
        assert isinstance(measure(returns), float)
    assert isinstance(risk.cagr(returns, 252), float)
    for measure in (risk.skewness, risk.kurtosis, risk.value_at_risk, risk.conditional_value_at_risk):
        assert isinstance(measure(returns), float)
    if returns:
        assert risk.conditional_value_at_risk(returns) <= risk.value_at_risk(returns) + 1e-12


def test_what_is_not_defined_is_nan():
    assert math.isnan(risk.sharpe([0.01, 0.01, 0.01]))
    assert math.isnan(risk.sharpe([0.01]))
    assert math.isnan(risk.sortino([0.01, 0.02]))
    assert math.isnan(risk.cagr([], 252))
    assert math.isnan(risk.cagr([0.1], float("nan")))
    assert math.isnan(risk.calmar(0.1, 0.0))
    assert math.isnan(risk.skewness([0.1, 0.1]))
    assert math.isnan(risk.max_drawdown([]))
    assert risk.cagr([-1.0], 12) == -1.0
    assert risk.cagr([10.0], 1e6) == math.inf
    assert risk.omega([0.1]) == math.inf


def test_measures_of_trades():
    pnl = [10.0, -5.0, 0.0, 20.0]
    assert trading.win_rate(pnl) == 0.5
    assert trading.profit_factor(pnl) == 6.0
    assert trading.payoff(pnl) == 3.0
    assert trading.expectancy(pnl) == 6.25
    assert trading.profit_factor([1.0]) == math.inf
    for measure in (trading.win_rate, trading.profit_factor, trading.payoff, trading.expectancy):
        assert math.isnan(measure([]))
    assert math.isnan(trading.turnover([1.0], 1.0, 0.0))


@pytest.mark.parametrize("measure", [risk.sharpe, risk.total_return, risk.drawdown, risk.omega, trading.win_rate])
def test_bad_input(measure):
    with pytest.raises(InputError, match=r"\[1\]: nan is NaN"):
        measure([0.1, float("nan")])
    with pytest.raises(DTypeError, match="got dtype"):
        measure(["a"])
