"""Features: against slow oracles and TA-Lib, batch against stream, causality, names."""

import copy
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrt import indicators as ta
from pyrt.data import Bars
from pyrt.errors import DataError, InputError
from pyrt.features import FeatureSet, compute, feature, patterns

NAMES = ["rsi_14", "rsi_3", "sma_5", "ema_5", "return_3", "macd", "bb_pct", "volume_ratio"]


def bars_of(close, volume=None):
    close = np.array(close, dtype=np.float64)
    volume = np.ones(len(close)) if volume is None else np.array(volume, dtype=np.float64)
    return Bars(np.arange(len(close)), close, close, close, close, volume)


def walk(n, seed=0):
    rng = np.random.default_rng(seed)
    return bars_of(100 * np.exp(np.cumsum(rng.normal(0, 0.01, n))), rng.exponential(1.0, n))


def same_bits(a, b):
    np.testing.assert_array_equal(np.isnan(a), np.isnan(b))
    np.testing.assert_array_equal(a[~np.isnan(a)].view(np.int64), b[~np.isnan(b)].view(np.int64))


NUMBERS = st.floats(0.01, 1e6) | st.sampled_from([0.0, 100.0, 100.0, 100.0, math.nan, math.inf])


@given(rows=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=90), lookback=st.integers(1, 25))
def test_batch_and_stream_give_the_same_bits(rows, lookback):
    close, volume = zip(*rows, strict=True)
    live = FeatureSet(NAMES, lookback)
    streamed = np.array([live.update(c, v).copy() for c, v in rows])
    same_bits(compute(NAMES, bars_of(close, volume), lookback_period=lookback), streamed)


@given(cut=st.integers(1, 79), seed=st.integers(0, 5))
def test_rows_do_not_depend_on_what_comes_later(cut, seed):
    bars = walk(80, seed)
    head = bars.take(np.arange(cut))
    same_bits(compute(NAMES, head), compute(NAMES, bars)[:cut])


@pytest.mark.parametrize("name", NAMES)
def test_warmup_is_what_it_says(name):
    values = compute([name], walk(200))[:, 0]
    assert np.flatnonzero(~np.isnan(values))[0] == feature(name).warmup
    live = FeatureSet([name])
    ready = []
    for close in 100.0 + np.arange(60.0):
        live.update(close, 1.0)
        ready.append(live.warm)
    assert ready.index(True) == feature(name).warmup


def test_indicators_give_the_same():
    bars = walk(3000)
    for name, expected in {
        "rsi_14": ta.rsi(bars.close, 14),
        "sma_5": ta.sma(bars.close, 5),
        "ema_5": ta.ema(bars.close, 5),
    }.items():
        np.testing.assert_allclose(compute([name], bars)[:, 0], expected, rtol=1e-11)


def test_talib_gives_the_same():
    talib = pytest.importorskip("talib")
    bars = walk(3000)
    macd, _, _ = talib.MACD(bars.close, 12, 26, 9)
    np.testing.assert_allclose(compute(["macd"], bars)[:, 0], macd, rtol=1e-9, atol=1e-11)
    upper, _, lower = talib.BBANDS(bars.close, 20, 2.0, 2.0)
    expected = (bars.close - lower) / (upper - lower)
    np.testing.assert_allclose(compute(["bb_pct"], bars)[:, 0], expected, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(compute(["return_3"], bars)[:, 0], talib.ROCP(bars.close, 3), rtol=1e-9, atol=1e-14)


def test_slow_oracles_give_the_same():
    bars = walk(120, seed=4)
    got = compute(["bb_pct", "volume_ratio"], bars, lookback_period=10)
    for row in range(20, 120):
        window = bars.close[row - 19 : row + 1]
        mean, deviation = window.mean(), window.std()
        assert got[row, 0] == pytest.approx((bars.close[row] - mean + 2 * deviation) / (4 * deviation), rel=1e-10)
        assert got[row, 1] == pytest.approx(bars.volume[row] / bars.volume[row - 9 : row + 1].mean(), rel=1e-12)


def test_no_width_and_no_volume_are_nan():
    flat = bars_of([100.1] * 50, [0.0] * 50)
    assert np.isnan(compute(["bb_pct", "volume_ratio"], flat)).all()
    moved = bars_of([100.1] * 30 + [100.2], [0.0] * 30 + [3.0])
    assert np.isfinite(compute(["bb_pct", "volume_ratio"], moved)[-1]).all()


def test_a_constant_has_no_width_whatever_it_is():
    for price in (0.1, 1 / 3, 61_837.63, 1e-8, 1e12 + 0.1):
        assert np.isnan(compute(["bb_pct"], bars_of([price] * 40))).all()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rsi14", "did you mean 'rsi_14'"),
        ("bbpct", "did you mean 'bb_pct'"),
        ("rsi_1", "must be 2 to 100000, got 1"),
        ("rsi_014", "there is no"),
        ("rsi_N", "there is no"),
        ("macd_12", "there is no"),
        ("sma_0", "there is no"),
        ("sma_100001", "must be 1 to 100000"),
        ("", "There are rsi_N"),
        (None, "there is no None"),
        (3, "there is no 3"),
    ],
)
def test_what_is_no_feature_is_refused(name, words):
    with pytest.raises(InputError, match=words):
        feature(name)


def test_lists_are_checked():
    with pytest.raises(InputError, match="name at least one"):
        FeatureSet([])
    with pytest.raises(InputError, match="'macd' is named twice"):
        FeatureSet(["macd", "rsi_14", "macd"])
    with pytest.raises(InputError, match="lookback_period must be 1 to 100000, got 0"):
        FeatureSet(["volume_ratio"], 0)
    close = np.array([1.0])
    with pytest.raises(DataError, match="no volume, which volume_ratio needs"):
        compute(["volume_ratio"], Bars(np.arange(1), close, close, close, close))


def test_copies_go_on_where_the_original_was():
    bars = walk(80)
    live = FeatureSet(NAMES)
    rows = list(zip(bars.close.tolist(), bars.volume.tolist(), strict=True))
    for row in rows[:45]:
        live.update(*row)
    other = copy.deepcopy(live)
    for row in rows[45:]:
        same_bits(other.update(*row), live.update(*row))
    assert other.seen == live.seen == 80


def test_every_pattern_has_a_feature_and_a_version():
    names = [pattern.replace("N", "14") for pattern in patterns()]
    assert FeatureSet(names).versions == dict.fromkeys(names, "1")
