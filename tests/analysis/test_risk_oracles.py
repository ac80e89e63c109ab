"""Tails, drawdowns one by one, and measures beside a benchmark: slow definitions, scipy, published figures."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from pyrt.analysis import risk_metrics as risk
from pyrt.analysis import trade_metrics as trading
from pyrt.errors import DataError, DTypeError, InputError
from tests.analysis.test_risk_metrics import columns, decimals

values = st.lists(st.floats(1.0, 1e6), min_size=1, max_size=30)
returns_lists = st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=40)
PARAMETRIC = ("gaussian", "cornish_fisher")


@pytest.fixture(scope="module")
def skewed():
    return np.random.default_rng(1).gamma(4.0, 0.01, 2000)[::-1] * -1 + 0.045


# ---- tails ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_gaussian_tails_are_those_of_scipy(skewed, level):
    normal = stats.norm(skewed.mean(), skewed.std(ddof=1))
    assert risk.value_at_risk(skewed, level=level, method="gaussian") == pytest.approx(normal.ppf(1 - level))
    shortfall = normal.expect(lambda x: x, ub=normal.ppf(1 - level), conditional=True)
    assert risk.conditional_value_at_risk(skewed, level=level, method="gaussian") == pytest.approx(shortfall)


def cornish_fisher_quantile(r, p):
    z, s, k = stats.norm.ppf(p), stats.skew(r), stats.kurtosis(r)
    corrected = z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36
    return r.mean() + corrected * r.std(ddof=1)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_cornish_fisher_shortfall_is_the_mean_of_its_quantiles(skewed, level):
    tail = 1 - level
    ours = risk.value_at_risk(skewed, level=level, method="cornish_fisher")
    assert ours == pytest.approx(cornish_fisher_quantile(skewed, tail))
    mean, _ = integrate.quad(lambda p: cornish_fisher_quantile(skewed, p), 0, tail, limit=200)
    assert risk.conditional_value_at_risk(skewed, level=level, method="cornish_fisher") == pytest.approx(mean / tail)


def test_the_correction_comes_nearer_to_a_skewed_truth(skewed):
    truth = -stats.gamma(4.0, scale=0.01).ppf(0.99) + 0.045
    off = {m: abs(risk.value_at_risk(skewed, level=0.99, method=m) - truth) for m in PARAMETRIC}
    assert off["cornish_fisher"] < 0.5 * off["gaussian"]


@given(returns_lists, st.floats(0.1, 10.0), st.floats(-0.2, 0.2), st.sampled_from(("historical", *PARAMETRIC)))
def test_tails_scale_and_shift_with_the_returns(returns, factor, shift, method):
    r = np.array(returns)
    if r.std() < 1e-6:
        return
    for measure in (risk.value_at_risk, risk.conditional_value_at_risk):
        moved = measure(r * factor + shift, method=method)
        if (
            method != "historical" or measure is risk.value_at_risk
        ):  # rounding may move an observation over the quantile
            assert moved == pytest.approx(measure(r, method=method) * factor + shift, rel=1e-6, abs=1e-6)


@given(returns_lists, st.randoms())
def test_the_order_of_returns_does_not_matter(returns, random):
    shuffled = list(returns)
    random.shuffle(shuffled)
    for measure in (risk.tail_ratio, risk.value_at_risk, risk.skewness, risk.omega, risk.sharpe, risk.sortino):
        assert measure(shuffled) == pytest.approx(measure(returns), rel=1e-9, abs=1e-9, nan_ok=True)


@given(returns_lists)
def test_tail_ratio_against_numpy_and_its_mirror(returns):
    r = np.array(returns)
    low = abs(np.percentile(r, 5))
    ours = risk.tail_ratio(r)
    if low > 1e-12:
        assert ours == pytest.approx(abs(np.percentile(r, 95)) / low)
        if ours > 1e-12:
            assert risk.tail_ratio(-r) == pytest.approx(1 / ours)


# ---- drawdowns -----------------------------------------------------------------------------------------------------


def episodes(equity, start):
    """Walk the curve: (row of peak, row of trough, row of end, depth, recovered)."""
    found, peak, peak_row = [], equity[0] if start is None else start, 0
    trough, trough_row = None, None
    for row, value in enumerate(equity):
        if value >= peak:
            if trough is not None:
                found.append((peak_row, trough_row, row, trough / peak - 1, True))
            peak, peak_row, trough = value, row, None
        elif trough is None or value / peak - 1 < trough / peak - 1:
            trough, trough_row = value, row
    if trough is not None:
        found.append((peak_row, trough_row, len(equity) - 1, trough / peak - 1, False))
    return found


@given(values, st.one_of(st.none(), st.floats(1.0, 1e6)))
def test_drawdown_table_against_a_slow_walk(equity, start):
    days = np.datetime64("2024-01-01", "ns") + np.arange(len(equity)) * np.timedelta64(1, "D")
    table = risk.drawdown_table(days, equity, start=start)
    expected = episodes(equity, start)
    assert len(table) == len(expected)
    for row, (peak, trough, end, depth, recovered) in zip(table, expected, strict=True):
        assert (row["peak"], row["trough"], row["end"]) == (days[peak], days[trough], days[end])
        assert row["depth"] == depth
        assert row["recovered"] == recovered
        assert row["days"] == end - peak
    assert risk.max_drawdown(equity, start=start) == table["depth"].min(initial=0.0)
    assert risk.drawdown_length(days, equity, start=start) == table["days"].max(initial=0.0)


def test_known_drawdowns_of_the_sp500():
    pytest.importorskip("arch", reason="the S&P 500 bars come with the arch package")
    from pyrt.data import sample

    bars = sample.sp500()
    table = risk.drawdown_table(bars.time, bars.close)
    worst = table[np.argsort(table["depth"])[:2]]
    assert worst["peak"].astype("M8[D]").astype(str).tolist() == ["2007-10-09", "2000-03-24"]
    assert worst["trough"].astype("M8[D]").astype(str).tolist() == ["2009-03-09", "2002-10-09"]
    assert worst["end"].astype("M8[D]").astype(str).tolist() == ["2013-03-28", "2007-05-30"]
    assert worst["depth"].round(4).tolist() == [-0.5678, -0.4915]
    assert table["recovered"].all() == (bars.close[-1] >= bars.close.max())


# ---- beside a benchmark --------------------------------------------------------------------------------------------

PUBLISHED = {
    "SFM.jensenAlpha(portfolio_bacon[, 1], portfolio_bacon[, 2])": lambda r, b: (
        risk.cagr(r, 12) - risk.beta(r, b) * risk.cagr(b, 12)
    ),
    "FamaBeta(portfolio_bacon[,1], portfolio_bacon[,2])": lambda r, b: risk.volatility(r, 12) / risk.volatility(b, 12),
    "MSquared(portfolio_bacon[,1], portfolio_bacon[,2])": lambda r, b: (
        risk.cagr(r, 12) / (risk.volatility(r) * math.sqrt(23 / 24)) * (risk.volatility(b) * math.sqrt(23 / 24))
    ),
}


@pytest.mark.parametrize("call", PUBLISHED)
def test_published_figures(shared_data, call):
    _, table = columns(shared_data / "stats" / "portfolio_bacon.csv")
    cases = {case["call"]: case for case in json.loads((shared_data / "stats" / "bacon_expected.json").read_text())}
    expected = cases[call]["expected"]
    assert PUBLISHED[call](table[:, 0], table[:, 1]) == pytest.approx(
        expected, abs=0.5001 * 10.0 ** -decimals(expected)
    )


def test_against_the_regression_of_scipy(shared_data):
    _, table = columns(shared_data / "stats" / "edhec.csv")
    benchmark = table[:, -1]
    for r in table[:, :-1].T:
        there = np.isfinite(r) & np.isfinite(benchmark)
        ours, theirs = r[there], benchmark[there]
        line = stats.linregress(theirs, ours)
        assert risk.beta(ours, theirs) == pytest.approx(line.slope)
        assert risk.alpha(ours, theirs, 12) == pytest.approx(12 * line.intercept)
        free = stats.linregress(theirs - 0.002, ours - 0.002)
        assert risk.alpha(ours, theirs, 12, risk_free=0.002) == pytest.approx(12 * free.intercept)
        active = pd.Series(ours - theirs)
        assert risk.tracking_error(ours, theirs, 12) == pytest.approx(active.std() * math.sqrt(12))
        assert risk.information_ratio(ours, theirs, 12) == pytest.approx(active.mean() / active.std() * math.sqrt(12))
        for measure, rows in ((risk.up_capture, theirs > 0), (risk.down_capture, theirs < 0)):
            means = [stats.gmean(1 + x[rows]) - 1 for x in (ours, theirs)]
            assert measure(ours, theirs) == pytest.approx(means[0] / means[1])


@given(returns_lists, st.floats(0.1, 3.0), st.floats(-0.1, 0.1))
def test_a_leveraged_and_shifted_benchmark_is_known(benchmark, leverage, shift):
    b = np.array(benchmark)
    if b.std() < 1e-4:
        return
    r = leverage * b + shift
    assert risk.beta(r, b) == pytest.approx(leverage, rel=1e-6)
    assert risk.alpha(r, b) == pytest.approx(shift, rel=1e-6, abs=1e-9)
    assert risk.beta(b, b) == pytest.approx(1.0)
    assert risk.tracking_error(b, b) == 0.0
    assert math.isnan(risk.information_ratio(b, b))
    for measure, side in ((risk.up_capture, b > 1e-9), (risk.down_capture, b < -1e-9)):
        if side.any():
            assert measure(b, b) == pytest.approx(1.0)


def test_what_is_not_defined_is_nan():
    flat = [0.01, 0.01, 0.01]
    for measure in (risk.beta, risk.alpha, risk.down_capture):
        assert math.isnan(measure([0.1, 0.2, 0.3], flat))
    for measure in (risk.beta, risk.alpha, risk.tracking_error, risk.information_ratio, risk.up_capture):
        assert math.isnan(measure([], []))
    for method in ("historical", *PARAMETRIC):
        assert math.isnan(risk.value_at_risk([], method=method))
        assert math.isnan(risk.conditional_value_at_risk([], method=method))
    assert math.isnan(risk.value_at_risk([0.1], method="gaussian"))
    assert math.isnan(risk.tail_ratio([]))
    assert math.isnan(risk.tail_ratio([0.0, 0.0]))
    assert len(risk.drawdown_table([], [])) == 0
    assert risk.down_capture([-1.0, 0.1], [-0.5, 0.1]) == 2.0  # everything is lost


# ---- trades --------------------------------------------------------------------------------------------------------


money = st.integers(-(10**10), 10**10).map(lambda units: units / 1e8)  # a scaled subnormal is another number


@given(st.lists(money, min_size=2, max_size=40), st.floats(0.1, 10))
def test_trades_against_scipy_and_scale(pnl, factor):
    spread = np.std(pnl)
    scaled = [p * factor for p in pnl]
    if spread > 1e-6:
        assert trading.sqn(pnl) == pytest.approx(stats.ttest_1samp(pnl, 0.0).statistic, rel=1e-6, abs=1e-9)
        assert trading.sqn(scaled) == pytest.approx(trading.sqn(pnl), rel=1e-6, abs=1e-9)
    assert trading.kelly(scaled) == pytest.approx(trading.kelly(pnl), rel=1e-6, abs=1e-9, nan_ok=True)


def test_kelly_is_the_growth_optimal_fraction():
    p, b = 0.55, 1.5
    outcomes = [b] * 55 + [-1.0] * 45
    fractions = np.linspace(0, 0.9, 90_001)
    log_growth = p * np.log1p(b * fractions) + (1 - p) * np.log1p(-fractions)
    assert trading.kelly(outcomes) == pytest.approx(fractions[log_growth.argmax()], abs=1e-4)


def test_trades_that_say_nothing():
    assert math.isnan(trading.sqn([1.0]))
    assert math.isnan(trading.sqn([1.0, 1.0]))
    assert math.isnan(trading.kelly([1.0, 2.0]))
    assert math.isnan(trading.exposure([]))


# ---- bad input -----------------------------------------------------------------------------------------------------

TWO = [0.1, 0.2]
BAD = {
    "unknown method": (lambda: risk.value_at_risk(TWO, method="normal"), InputError, "method: must be one of"),
    "unknown method, mean": (lambda: risk.conditional_value_at_risk(TWO, method=None), InputError, "method: must be"),
    "level above": (lambda: risk.value_at_risk(TWO, level=95), InputError, "level: must be above 0 and at most 1"),
    "level 1": (lambda: risk.tail_ratio(TWO, level=1.0), InputError, "level: must be above 0 and below 1"),
    "text level": (lambda: risk.value_at_risk(TWO, level="0.95"), DTypeError, "level: must be a number"),
    "another length": (lambda: risk.beta(TWO, [0.1]), InputError, "returns has 2, benchmark has 1"),
    "other days": (
        lambda: risk.beta(
            pd.Series(TWO, pd.to_datetime(["2024-01-02", "2024-01-03"])),
            pd.Series(TWO, pd.to_datetime(["2024-01-02", "2024-01-04"])),
        ),
        InputError,
        "benchmark: its index differs from what returns has; align them",
    ),
    "nan benchmark": (lambda: risk.alpha(TWO, [0.1, math.nan]), InputError, r"benchmark\[1\]: nan"),
    "infinite returns": (lambda: risk.beta([0.1, math.inf], TWO), InputError, r"returns\[1\]: inf"),
    "text returns": (lambda: risk.up_capture(["a", "b"], TWO), DTypeError, "returns: must be integers or floats"),
    "two dimensions": (lambda: risk.skewness([[0.1]]), InputError, "returns: must have 1 dimension"),
    "negative periods": (lambda: risk.sharpe(TWO, -252), InputError, "periods_per_year: must be above 0"),
    "text periods": (lambda: risk.volatility(TWO, "252"), DTypeError, "periods_per_year: must be a number"),
    "infinite periods": (lambda: risk.cagr(TWO, math.inf), InputError, "periods_per_year: must be finite"),
    "unsorted times": (lambda: risk.drawdown_table([2, 1], [1.0, 2.0]), DataError, "times: row 1"),
    "repeated times": (lambda: risk.drawdown_table([1, 1], [1.0, 2.0]), DataError, "repeats the time"),
    "times of another length": (lambda: risk.drawdown_table([1], [1.0, 2.0]), InputError, "times has 1, equity has 2"),
    "nan equity": (lambda: risk.drawdown_table([1, 2], [1.0, math.nan]), InputError, r"equity\[1\]: nan"),
    "nan pnl": (lambda: trading.sqn([1.0, math.nan]), InputError, r"pnl\[1\]: nan"),
    "nan position": (lambda: trading.exposure([math.nan]), InputError, r"position\[0\]: nan"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    call, error, words = BAD[case]
    with pytest.raises(error, match=words):
        call()
