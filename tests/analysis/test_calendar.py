"""Periods a year come from the data; months compound to the whole."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrt.analysis.calendar import monthly_returns, periods_per_year, years_spanned
from pyrt.errors import DataError, InputError


@pytest.mark.parametrize(
    ("times", "expected", "tolerance"),
    [
        (pd.bdate_range("2010-01-01", "2019-12-31"), 261, 0.005),
        (pd.date_range("2010-01-01", "2019-12-31", freq="D"), 365.25, 1e-9),
        (pd.date_range("2010-01-31", "2019-12-31", freq="ME"), 12, 0.002),
        (pd.date_range("2024-01-01", "2024-03-01", freq="min", tz="America/New_York"), 525_960, 1e-9),
    ],
)
def test_periods_per_year(times, expected, tolerance):
    assert periods_per_year(times) == pytest.approx(expected, rel=tolerance)


def test_too_few_times_are_no_calendar():
    assert np.isnan(periods_per_year(pd.DatetimeIndex(["2024-01-01"])))
    assert np.isnan(years_spanned([5]))
    with pytest.raises(DataError, match="repeats"):
        periods_per_year([5, 5])


@given(st.lists(st.floats(1.0, 1e4), min_size=1, max_size=80), st.floats(1.0, 1e4), st.integers(0, 900))
def test_months_compound_to_the_whole(equity, start, first):
    times = (first + 5 * np.arange(len(equity))).astype("datetime64[D]")
    months, returns = monthly_returns(times, equity, start=start)
    assert np.prod(1 + returns) == pytest.approx(equity[-1] / start)
    assert (np.diff(months.astype(int)) > 0).all()
    assert set(months) == set(times.astype("datetime64[M]"))


def test_months_against_pandas():
    rng = np.random.default_rng(1)
    times = pd.bdate_range("2020-01-02", periods=600)
    equity = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 600)))
    _, returns = monthly_returns(times, equity, start=100.0)
    last = pd.Series(equity, times).resample("ME").last()
    np.testing.assert_allclose(returns, last / last.shift(1, fill_value=100.0) - 1)


def test_lengths_must_agree():
    with pytest.raises(InputError, match="times has 2, equity has 1"):
        monthly_returns([1, 2], [1.0])
