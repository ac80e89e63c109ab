"""A feature's formula gives equal bits however its one source is compiled: by Cython, Numba, strategies, or not."""

import importlib.util

import numpy as np
import pytest

from pyrt.features import feature
from pyrt.strategy import Host, Strategy, prepare
from pyrt.types import RECORDS, Kind

NAMES = ["macd", "bb_pct", "return_3", "rsi_14", "sma_5", "ema_5"]


def prices(n=1500):
    rng = np.random.default_rng(11)
    x = 250 * np.exp(np.cumsum(rng.normal(0, 0.003, n)))
    x[[17, 18, n // 2]] = np.nan
    x[n // 3 : n // 3 + 100] = x[n // 3]
    return x


def from_source(formula, compiler):
    """The formula's reset and update from its source; the extension module shadows that source for imports."""
    spec = importlib.util.spec_from_file_location(f"{formula.name}_from_source", formula.source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("reset", "update"):
        own = f"{formula.name}_{name}"
        setattr(module, own, compiler(getattr(module, own)))  # update calls reset by that name
    return getattr(module, f"{formula.name}_reset"), getattr(module, f"{formula.name}_update")


def assert_same(got, expected):
    np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
    np.testing.assert_array_equal(got, expected)
    assert np.isfinite(expected).sum() > 300


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("compiler", ["plain", "numba"])
def test_compilers_agree(name, compiler):
    made = feature(name)
    compile_ = (lambda f: f) if compiler == "plain" else pytest.importorskip("numba").njit(error_model="numpy")
    reset, update = from_source(made.formula, compile_)
    record = np.frombuffer(bytearray(made.formula.image(*made.parameters)), made.formula.dtype).view(np.recarray)
    window = np.zeros(max(made.formula.arena(*made.parameters), 1))
    reset(record[0])
    assert_same(np.array([update(record[0], window, x) for x in prices()]), made.over(prices()))


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
