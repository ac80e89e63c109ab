"""A feature's formula gives equal bits however its one source is compiled: by Cython, Numba, strategies, or not."""

import numpy as np
import pytest

from pyrt.features import feature
from pyrt.strategy import Host, Strategy, prepare
from pyrt.types import RECORDS, Kind
from tests.ext.indicator_sources import run

NAMES = ["macd", "bb_pct", "return_3", "rsi_14", "sma_5", "ema_5"]


def prices(n=1500):
    rng = np.random.default_rng(11)
    x = 250 * np.exp(np.cumsum(rng.normal(0, 0.003, n)))
    x[[17, 18, n // 2]] = np.nan
    x[n // 3 : n // 3 + 100] = x[n // 3]
    return x


def assert_same(got, expected):
    np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
    np.testing.assert_array_equal(got, expected)
    assert np.isfinite(expected).sum() > 300


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("compiler", ["plain", "numba"])
def test_compilers_agree(name, compiler):
    made = feature(name)
    compile_ = (lambda f: f) if compiler == "plain" else pytest.importorskip("numba").njit(error_model="numpy")
    out, _ = run(made.formula, made.parameters, compile_, prices().reshape(-1, 1).tolist())
    assert_same(out[:, 0], made.over(prices()))


class Told(Strategy):
    """Publishes the values of three features."""

    def start(self, ctx):
        self.macd, self.bands, self.change = (
            feature("macd").begin(),
            feature("bb_pct").begin(),
            feature("return_3").begin(),
        )

    def on_trade(self, ctx, trade):
        macd, bands, change = (
            self.macd.update(trade.price),
            self.bands.update(trade.price),
            self.change.update(trade.price),
        )
        if self.macd.ready and self.bands.ready and self.change.ready:
            ctx.signal(macd, bands)
            ctx.signal(change, bands)


@pytest.mark.parametrize("jit", [True, False])
def test_strategies_agree(jit):
    values = prices()[600:740]
    trades = np.zeros(len(values), RECORDS[Kind.TRADE])
    trades["kind"], trades["price"] = Kind.TRADE, values
    answers = Host(prepare(Told, jit=jit)).run(trades)
    macd, bands, change = (feature(name).over(values) for name in ("macd", "bb_pct", "return_3"))
    rows = np.flatnonzero(np.isfinite(macd) & np.isfinite(bands))
    np.testing.assert_array_equal(answers.requests["value"].reshape(-1, 2), np.column_stack([macd, change])[rows])
    np.testing.assert_array_equal(answers.requests["confidence"][::2], bands[rows])
    assert len(rows) > 50
