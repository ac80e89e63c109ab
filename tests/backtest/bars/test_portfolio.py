"""Several strategies in one account on bars: each is its own run, and the account is their sum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrt import Backtest
from pyrt.backtest import Part, Portfolio, PortfolioResult
from pyrt.errors import InputError
from tests.backtest.bars.chaos import Chaos, random_bars

MARKET = {"A": random_bars(13, 200), "B": random_bars(14, 200, skip=0.3), "C": random_bars(15, 80)}


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYRT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def backtest(cash=10_000):
    return Backtest(MARKET, cash=cash, fees_bps=3)


def parts_of(seeds):
    some = [["A", "B"], ["C"], ["B"], []]
    return [Part(Chaos, {"seed": seed}, instruments=some[k % 4]) for k, seed in enumerate(seeds)]


@settings(max_examples=4)
@given(seeds=st.lists(st.integers(1, 50), min_size=1, max_size=4), idle=st.integers(0, 3))
def test_the_account_is_the_sum_of_runs(seeds, idle):
    parts = parts_of(seeds)
    weights = [1.0 / (len(parts) + idle)] * len(parts)
    result = backtest().run(Portfolio(parts, weights=weights))
    whole = np.full(len(result.account.times), 10_000.0)
    for part, weight, (_, one) in zip(parts, weights, result.strategies.items(), strict=True):
        own = Backtest({n: MARKET[n] for n in part.instruments or MARKET}, cash=10_000 * weight, fees_bps=3)
        own = own.run(Chaos, **part.parameters)
        np.testing.assert_array_equal(one.equity, own.equity)
        assert one.state == own.state
        assert len(one.fills) == len(own.fills)
        known = one.times.searchsorted(result.account.times, side="right")
        whole += np.append(0.0, one.equity - one.cash)[known]
    account = result.account
    np.testing.assert_allclose(account.equity, whole, rtol=0, atol=1e-8)
    rows = result.attribution
    np.testing.assert_allclose(rows["pnl"].sum(), account.equity[-1] - 10_000, atol=1e-8)
    np.testing.assert_allclose(rows["realized"] + rows["unrealized"] - rows["fees"], rows["pnl"], atol=1e-9)
    unrealized = [sum(_open(part)) for part in result.strategies.values()]
    np.testing.assert_allclose(rows["unrealized"], unrealized, atol=1e-8)
    assert rows["fees"].sum() == pytest.approx(account.fills["fee"].sum())
    assert rows["fills"].sum() == len(account.fills)
    assert rows["orders"].sum() == len(account.orders)
    for row, name in enumerate(account.names):
        held = sum(positions.get(name, 0.0) for positions in result.positions.values())
        assert account.totals["positions"][row] == pytest.approx(held, abs=1e-9)
        own = account.fills[account.fills["instrument"] == row]
        signed = np.where(own["side"] == "buy", own["qty"], -own["qty"])
        np.testing.assert_allclose(own["position"], np.cumsum(signed), atol=1e-8)
    assert (np.diff(account.fills["time"].astype(np.int64)) >= 0).all()


def _open(part):
    names = part.assumptions["instruments"].split(", ")
    for name, qty, cost in zip(names, part.totals["positions"], part.totals["costs"], strict=True):
        yield qty * float(MARKET[name].close[-1]) - cost


def test_shown_kept_and_equal_in_plain_mode(tmp_path):
    portfolio = Portfolio(parts_of([3, 4]), weights={"Chaos": 0.5, "Chaos#2": 0.25})
    result = backtest().run(portfolio)
    assert isinstance(result, PortfolioResult)
    assert result.equity == pytest.approx(result.account.equity[-1])
    assert len(result.account.trades) > 5
    assert result.metrics["n_trades"] > 5
    text = str(result)
    assert "Chaos 0.5, Chaos#2 0.25 of the cash at the start" in text
    assert "10,000.00 at the start" in text
    again = PortfolioResult.load(result.save(tmp_path / "kept"))
    assert again.attribution.tobytes() == result.attribution.tobytes()
    assert again.positions == result.positions
    assert result.to_frame().loc["Chaos", "weight"] == 0.5
    plain = backtest().run(portfolio, jit=False)
    assert plain.account.fill_rows.tobytes() == result.account.fill_rows.tobytes()
    assert plain.account.equity.tobytes() == result.account.equity.tobytes()


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="qty of which strategy"):
        backtest().run(Portfolio([Chaos]), qty=1)
    with pytest.raises(InputError, match="'D' is not in the data"):
        backtest().run(Portfolio([Part(Chaos, instruments="D")]))
