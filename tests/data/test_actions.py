"""Splits and dividends against factors that others have computed, and against what happened."""

import numpy as np
import pandas as pd
import pytest

from pyrt.data import Actions, Bars, adjust_bars, load_actions, load_bars
from pyrt.errors import DataError, DTypeError, InputError

DAY = 86_400_000_000_000
HAPPENED = {  # ex-date, shares for one, dividend: Apple's own investor pages
    "2000-06-21": (2.0, 0.0),
    "2005-02-28": (2.0, 0.0),
    "2012-08-09": (1.0, 2.65),
    "2013-05-09": (1.0, 3.05),
    "2014-05-08": (1.0, 3.29),
    "2014-06-09": (7.0, 0.0),
}


def bars_of(shared_data, symbol):
    frame = pd.read_parquet(shared_data / "bars" / "us_daily.parquet")
    frame = frame[frame["symbol"] == symbol].drop(columns="symbol")
    return load_bars(frame.rename(columns={"ts": "time"}), stamp="start", period="1d")


def test_what_is_read_is_what_happened(shared_data):
    actions = load_actions(shared_data / "corporate_actions" / "aapl_factors.csv")
    days = actions.time.view("M8[ns]").astype("M8[D]")
    for date, (split, dividend) in HAPPENED.items():
        # The file names the last day before: Friday's factors end a weekend before Monday's ex-date.
        row = int(np.searchsorted(days, np.datetime64(date), side="right")) - 1
        assert np.datetime64(date) - days[row] <= np.timedelta64(2, "D"), date
        assert actions.split[row] == pytest.approx(split, rel=1e-5), date
        assert actions.dividend[row] == pytest.approx(dividend, abs=0.006), date


@pytest.mark.parametrize("symbol", ["AAPL", "BAC", "IBM", "SPY"])
def test_adjusted_prices_are_those_of_the_factors(shared_data, symbol):
    path = shared_data / "corporate_actions" / f"{symbol.lower()}_factors.csv"
    bars, table = bars_of(shared_data, symbol), np.loadtxt(path, delimiter=",")
    ends = pd.to_datetime(table[:, 0].astype(int).astype(str)).as_unit("ns").asi8 + DAY
    rows = np.minimum(np.searchsorted(ends, bars.time), len(table) - 1)
    expected = bars.close * table[rows, 1] * table[rows, 2]
    ours = adjust_bars(bars, load_actions(path)).close
    scale = expected[-1] / ours[-1]  # the file's last factors may come after the last bar
    # The file's dividends are told by its own reference prices, which are not all the closes of these bars.
    np.testing.assert_allclose(ours * scale, expected, rtol=2e-3)
    splits = adjust_bars(bars, load_actions(path), "splits")
    np.testing.assert_allclose(splits.close * table[-1, 2], bars.close * table[rows, 2], rtol=1e-4)
    np.testing.assert_allclose(splits.volume * splits.close, bars.volume * bars.close, rtol=1e-9)


def test_by_hand():
    time, price = DAY * np.arange(1, 6), np.array([10.0, 20.0, 11.0, 10.0, 5.0])
    bars = Bars(time, price, price + 1, price - 1, price, np.ones(5))
    actions = Actions([3 * DAY, 5 * DAY], [2.0, 1.0], [0.0, 1.0])
    made = adjust_bars(bars, actions)
    assert made.close.tolist() == [4.5, 9.0, 9.9, 9.0, 5.0]
    assert made.high.tolist() == pytest.approx([11 * 0.45, 21 * 0.45, 12 * 0.9, 11 * 0.9, 6.0])
    assert made.volume.tolist() == [2.0, 2.0, 1.0, 1.0, 1.0]
    assert adjust_bars(bars, actions, "splits").close.tolist() == [5.0, 10.0, 11.0, 10.0, 5.0]


def test_actions_outside_the_bars_change_nothing():
    bars = Bars(DAY * np.arange(5, 8), *[np.array([3.0, 4.0, 5.0])] * 4)
    made = adjust_bars(bars, Actions([DAY, 5 * DAY, 8 * DAY], [2.0, 3.0, 4.0], [1.0, 1.0, 1.0]))
    assert made.close.tolist() == [3.0, 4.0, 5.0]
    assert adjust_bars(bars, Actions([], [], [])).close.tolist() == [3.0, 4.0, 5.0]


def test_a_dividend_after_a_split_of_the_same_week_is_of_the_new_shares():
    bars = Bars(7 * DAY * np.arange(1, 4), *[np.array([100.0, 49.0, 50.0])] * 4, stamping="times are the ends of bars")
    actions = Actions([9 * DAY, 10 * DAY], [2.0, 1.0], [0.0, 1.0])
    assert adjust_bars(bars, actions).close.tolist() == [100.0 * 0.5 * 0.98, 49.0, 50.0]
    late = Actions([9 * DAY, 10 * DAY], [1.0, 2.0], [2.0, 0.0])  # the other way round: a share as it was
    assert adjust_bars(bars, late).close.tolist() == [100.0 * 0.98 * 0.5, 49.0, 50.0]
    with pytest.raises(DataError, match="a dividend of 60 is not below the close before it, 50"):
        adjust_bars(bars, Actions([9 * DAY, 10 * DAY], [2.0, 1.0], [0.0, 60.0]))


BAD = {
    "times fall": (lambda: Actions([2, 1], [1.0, 1.0], [0.0, 0.0]), DataError, "time: row 1 .* is earlier"),
    "lengths": (lambda: Actions([1, 2], [1.0], [0.0, 0.0]), InputError, "lengths differ"),
    "no split": (lambda: Actions([1], [0.0], [0.0]), InputError, r"split\[0\]: "),
    "negative": (lambda: Actions([1], [1.0], [-1.0]), InputError, r"dividend\[0\]: -1.0 is negative"),
    "NaN": (lambda: Actions([1], [np.nan], [0.0]), InputError, r"split\[0\]: "),
    "words": (lambda: Actions([1], ["two"], [0.0]), DTypeError, "split: "),
    "no time": (lambda: Actions(["soon"], [1.0], [1.0]), InputError, r"time\[0\]: 'soon' is no time"),
    "a time beyond": (lambda: Actions(["9999-01-01"], [1.0], [1.0]), InputError, r"time\[0\].*1678 to 2262"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_actions(case):
    call, error, words = BAD[case]
    with pytest.raises(error, match=words):
        call()


def test_bad_files_and_dividends(tmp_path):
    path = tmp_path / "factors.csv"
    for text, words in (
        ("20140101,1,1\n", "line 1: must be date,price factor"),
        ("20140101,1,1,1\nsoon,1,1,1\n", "line 2: must be date,price factor"),
        ("20140101,1,0,1\n", "line 1: factors must be above zero"),
        ("20140102,1,1,1\n20140101,1,1,1\n", "is earlier"),
    ):
        path.write_text(text)
        with pytest.raises(DataError, match=words):
            load_actions(path)
    path.write_text("")
    assert len(load_actions(path)) == 0
    bars = Bars(DAY * np.arange(1, 4), *[np.array([3.0, 4.0, 5.0])] * 4)
    with pytest.raises(DataError, match="a dividend of 3 is not below the close before it, 3"):
        adjust_bars(bars, Actions([2 * DAY], [1.0], [3.0]))
    with pytest.raises(InputError, match="how: must be one of"):
        adjust_bars(bars, Actions([], [], []), "all")
