"""Equal to TA-Lib, every function that it has: real and made-up bars, defaults and three other parameter sets."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from .catalog import FUNCTIONS, assert_close, blank, columns_of, outputs_of, parameter_sets, scale_of, streamed

talib = pytest.importorskip("talib")
abstract = pytest.importorskip("talib.abstract")

SHARED = [name for name, function in FUNCTIONS.items() if function.talib]


def beta(columns, timeperiod):
    """The definition in long doubles: TA-Lib's running sums lose the digits of a market that hardly moves."""
    changes = [np.diff(c.astype(np.longdouble)) for c in columns]
    x, y = (
        np.divide(d, c[:-1], out=np.zeros_like(d), where=c[:-1] != 0) for d, c in zip(changes, columns, strict=True)
    )
    out = np.full(len(columns[0]), np.nan, np.longdouble)
    if len(x) >= timeperiod:
        x, y = (sliding_window_view(v, timeperiod) for v in (x, y))
        dx = x - x.mean(axis=1, keepdims=True)
        xx, xy = (dx * dx).sum(axis=1), (dx * y).sum(axis=1)
        out[timeperiod:] = np.divide(xy, xx, out=np.zeros_like(xx), where=xx > 0)
    return out


EXACT = {"beta": beta}
"""Definitions in long doubles, for functions that TA-Lib computes with fewer digits than it is held to."""


def not_in_percent(ours, _, timeperiod):
    """With a period of 1 TA-Lib gives the true range itself, and movement as a fraction: not in percent, as defined."""
    return np.full(len(ours), timeperiod == 1)


def stands_still(ours, _, fastd_matype, **parameters):
    """Kaufman divides a distance by the way, which is 0 where an index stays at 100: TA-Lib's sum keeps a rest."""
    return np.full(len(ours), fastd_matype == 6)


DIFFERS = {
    "natr": not_in_percent,
    "plus_di": not_in_percent,
    "minus_di": not_in_percent,
    "stochrsi": stands_still,
}
"""Rows that are not compared, from our values and TA-Lib's: where TA-Lib is wrong, and how."""


def same_as_talib(name, bars, told):
    function, columns = FUNCTIONS[name], columns_of(FUNCTIONS[name], bars)
    for parameters in parameter_sets(function):
        label = f"{told}, {parameters}"
        theirs = outputs_of(getattr(talib, function.talib)(*columns, **parameters))
        ours = outputs_of(function(*columns, **parameters))
        for got, talibs, dtype in zip(ours, theirs, function.dtypes, strict=True):
            assert got.dtype == dtype
            expected = talibs.astype(np.int64) if dtype == "int64" else talibs
            if name in EXACT:
                exact = EXACT[name](columns, **parameters)
                assert_close(got, exact, scale_of(name, columns), 1e-9, f"{label}, against the definition")
                expected = np.where(np.abs(talibs - exact) > np.abs(got - exact), got, talibs)
            if name in DIFFERS:
                expected = np.where(DIFFERS[name](got, talibs, **parameters), got, talibs)
            assert_close(got, expected, scale_of(name, columns), 1e-9, label)


@pytest.mark.parametrize("name", SHARED)
def test_on_the_sp500(name, sp500):
    same_as_talib(name, sp500, "S&P 500")


@pytest.mark.parametrize("name", SHARED)
def test_on_real_markets(name, real_bars):
    for told, bars in real_bars.items():
        same_as_talib(name, bars, told)


@pytest.mark.parametrize("name", SHARED)
def test_on_invented_bars(name, invented_bars):
    for told, bars in invented_bars.items():
        same_as_talib(name, bars, told)


def test_a_stop_that_starts_where_it_is_told(sp500):
    bars = sp500["high"], sp500["low"]
    for start in (-1e4, -1500.0, -10.0, 10.0, 1500.0, 1e4):
        for offset in (0.0, 0.01, 0.3):
            given = {"startvalue": start, "offsetonreverse": offset, "accelerationinitshort": 0.05}
            given |= {"accelerationlong": 0.03, "accelerationmaxlong": 0.1}
            expected = talib.SAREXT(*bars, **given)
            assert_close(FUNCTIONS["sarext"](*bars, **given), expected, bars[0], 1e-9, f"{given}")
            live = streamed(FUNCTIONS["sarext"], bars, **given)[0]
            assert_close(live, expected, bars[0], 1e-9, f"stream, {given}")


@pytest.mark.parametrize("kind", range(14))
def test_periods_of_each_rows_own(kind, sp500):
    close = sp500["close"][:2000]
    periods = np.random.default_rng(kind).uniform(-3.0, 60.0, len(close))
    for least, most in ((1, 7), (5, 40), (9, 9)):
        expected = talib.MAVP(close, periods, least, most, kind)
        got = FUNCTIONS["mavp"](close, periods, least, most, kind)
        assert_close(got, expected, np.maximum.accumulate(close), 1e-9, f"{least} to {most}")


@pytest.mark.parametrize("name", SHARED)
def test_declared_as_talib_declares_it(name):
    function, info = FUNCTIONS[name], abstract.Function(FUNCTIONS[name].talib).info
    assert function.group == info["group"]
    assert {p.name: p.default for p in function.parameters} == dict(info["parameters"])
    assert list(function.outputs) == info["output_names"]


@pytest.mark.parametrize("name", SHARED)
def test_warmup_is_talibs(name, sp500):
    function, columns = FUNCTIONS[name], columns_of(FUNCTIONS[name], sp500)
    for parameters in parameter_sets(function):
        lookback = abstract.Function(function.talib, **parameters).lookback
        assert function.warmup(**parameters) == lookback, parameters
        for out in outputs_of(function(*columns, **parameters)):
            assert blank(out[:lookback]).all(), parameters


def test_rsi_of_a_market_that_stands_still_is_talibs_while_there_are_digits(random_series):
    """A market that never moved has 0, one that stopped keeps its index. When averages are down to the smallest doubles
    TA-Lib divides what rounding left of them, 50 of a market that fell: there ours is 0.
    """
    falling = np.concatenate([random_series["walk"][:60], np.arange(50.0, 40.0, -0.5), np.full(20_000, 40.5)])
    for period in (2, 5, 14):
        ours, theirs = FUNCTIONS["rsi"](falling, period), talib.RSI(falling, period)
        digits = 80 + int(290 * np.log(10) / -np.log1p(-1 / period)) - period * 5
        np.testing.assert_allclose(ours[:digits], theirs[:digits], rtol=1e-9)
        assert len(set(np.round(ours[100:digits], 9))) == 1
        assert ours[-1] == 0.0
    assert np.all(FUNCTIONS["rsi"](np.full(30, 100.1))[14:] == 0.0)
    assert np.all(talib.RSI(np.full(30, 100.1))[14:] == 0.0)
    assert talib.RSI(falling)[-1] == 50.0
