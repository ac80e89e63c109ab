"""Models of costs: published figures, schedules worked by hand, a slow reference, and functions of the user."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrt_ext.costs import sizes

from pyrt.backtest.costs import Commission, CostModel, Impact, Slippage, Spread
from pyrt.backtest.costs.record import COSTS, DEAL
from pyrt.errors import DTypeError, InputError
from pyrt.strategy.faults import CompileError
from tests.backtest.costs.slow_costs import SlowCosts

FREE = Commission()


def fees(commission, price, qty, **known):
    return CostModel(commission=commission).estimate(price, qty, **known)[1].tolist()


def test_the_record_is_the_kernels():
    assert sizes() == (COSTS.itemsize, DEAL.itemsize)


# ---- commissions: the examples of Interactive Brokers, stocks of the US, "Commissions: Stocks" (fixed and tiered)


def test_fixed_pricing_by_the_brokers_examples():
    fixed = Commission.per_share(0.005, minimum=1.0, maximum=0.01)
    assert fees(fixed, 25.0, 100) == [1.0]
    assert fees(fixed, 25.0, 1000) == [5.0]
    assert fees(fixed, 0.25, 1000) == [2.5]  # at most 1% of the value
    assert fees(fixed, 0.20, 10) == [pytest.approx(0.02)]  # the most is less than the least: the most is paid


def test_tiered_pricing_is_marginal():
    tiered = Commission.share_tiers(
        [(0, 0.0035), (300_000, 0.0020), (3_000_000, 0.0015), (20_000_000, 0.0010)], minimum=0.35, maximum=0.01
    )
    assert fees(tiered, 25.0, 99) == [0.35]
    assert fees(tiered, 25.0, 500_000) == [pytest.approx(300_000 * 0.0035 + 200_000 * 0.002)]
    # The count goes on from order to order, and ends with the month.
    days = [np.datetime64(day, "ns").astype(int) for day in ("2024-01-02", "2024-01-31", "2024-02-01", "2024-02-29")]
    assert fees(tiered, 25.0, [299_900, 200, 200, 300_000], time=days) == [
        pytest.approx(299_900 * 0.0035),
        pytest.approx(100 * 0.0035 + 100 * 0.002),
        pytest.approx(200 * 0.0035),
        pytest.approx(299_800 * 0.0035 + 200 * 0.002),
    ]


def test_a_venues_tiers_go_by_what_was_traded_before():
    venue = Commission.value_tiers([(0, 10, 8), (1_000_000, 9, 6)], monthly=False)
    assert fees(venue, 100.0, [9_000, 9_000, 9_000]) == [900.0, 900.0, 810.0]
    assert fees(venue, 100.0, [9_000, 9_000, 9_000], maker=True) == [720.0, 720.0, 540.0]


def test_contracts_and_rebates():
    assert fees(Commission.per_contract(0.85), 4500.0, 3, multiplier=50.0) == [pytest.approx(2.55)]
    assert fees(Commission.maker_taker(maker_bps=-0.5, taker_bps=4), 100.0, 10) == [pytest.approx(0.4)]
    assert fees(Commission.maker_taker(maker_bps=-0.5, taker_bps=4), 100.0, 10, maker=True) == [pytest.approx(-0.05)]
    assert fees(Commission.bps(10), 4500.0, 2, multiplier=50.0) == [pytest.approx(450.0)]


def test_the_bounds_are_of_an_order_and_not_of_its_fills():
    commission = Commission.per_share(0.005, minimum=1.0)
    assert fees(commission, 10.0, [50, 50, 200]) == [1.0, 1.0, 1.0]
    assert fees(commission, 10.0, [50, 50, 200], one_order=True) == [1.0, 0.0, 0.5]


# ---- prices


def test_half_a_spread_and_slippage():
    model = CostModel(commission=FREE, spread=Spread(bps=10, money=0.02), slippage=Slippage.fixed(0.05))
    assert model.estimate(100.0, 1, "buy")[0].tolist() == [pytest.approx(100 * 1.0005 + 0.06)]
    assert model.estimate(100.0, 1, "sell")[0].tolist() == [pytest.approx(100 * 0.9995 - 0.06)]
    volatile = CostModel(commission=FREE, slippage=Slippage.volatility(0.5))
    assert volatile.estimate(100.0, 1, volatility=[0.02, np.nan])[0].tolist() == [101.0, 100.0]


def test_the_share_of_the_volume_is_squared():
    """Zipline's own tests of VolumeShareSlippage: 50 of 200 units at a price of 3, impact 0.1, makes 3.01875."""
    model = CostModel(commission=FREE, slippage=Slippage.volume_share(0.1))
    assert model.estimate(3.0, 50, volume=200.0)[0][0] == pytest.approx(3.01875, abs=1e-12)
    assert model.estimate(3.0, 50, volume=[0.0, 20.0])[0].tolist() == [pytest.approx(3.3)] * 2  # never more than all


def test_cost_of_the_linear_trajectory_is_almgren_and_chriss():
    """Almgren and Chriss (2000), table 1: selling 1e6 shares in 5 days, an even amount each.

    ``E = gamma X^2 / 2 + epsilon X + (eta - gamma tau / 2) X^2 / T`` = 662,500 (their equation 9).
    """
    gamma, eta, epsilon, shares, days = 2.5e-7, 2.5e-6, 0.0625, 1e6, 5
    impact = Impact.almgren_chriss(temporary=eta, permanent=gamma, fixed=epsilon, duration=1.0)
    parts = np.full(days, shares / days)
    prices, _ = CostModel(commission=FREE, impact=impact).estimate(50.0, parts, "sell")
    shortfall = shares * 50.0 - (prices * parts).sum()
    expected = gamma * shares**2 / 2 + epsilon * shares + (eta - gamma / 2) * shares**2 / days
    assert expected == pytest.approx(662_500)
    assert shortfall == pytest.approx(662_500, rel=1e-12)


@pytest.mark.parametrize(
    ("volume", "outstanding", "volatility", "permanent", "by_duration"),
    [
        (6.561e6, 1728e6, 0.0157, 20, {0.1: (22, 32), 0.2: (15, 25), 0.5: (8, 18)}),  # IBM
        (1.929e6, 168e6, 0.0226, 22, {0.1: (32, 43), 0.2: (21, 32), 0.5: (12, 23)}),  # DRI
    ],
)
def test_power_law_by_the_published_table(volume, outstanding, volatility, permanent, by_duration):
    """Almgren, Thum, Hauptmann and Li (2005), table 2: a tenth of the day's volume, in basis points."""
    lasting = 0.314 * (outstanding / volume) ** 0.25
    for duration, (temporary, realized) in by_duration.items():
        model = CostModel(commission=FREE, impact=Impact.power(permanent=lasting, duration=duration))
        known = {"average_volume": volume, "volatility": volatility}
        first, second = model.estimate(100.0, [0.1 * volume, 1e-9], **known)[0]
        assert round((first / 100 - 1) * 1e4) == pytest.approx(realized, abs=1)
        assert (second / 100 - 1) * 1e4 == pytest.approx(permanent, abs=0.5)  # what stays for the next
        alone = CostModel(commission=FREE, impact=Impact.power(permanent=0.0, duration=duration))
        assert (alone.estimate(100.0, 0.1 * volume, **known)[0][0] / 100 - 1) * 1e4 == pytest.approx(temporary, abs=0.6)


def test_square_root():
    model = CostModel(commission=FREE, impact=Impact.square_root(0.8))
    price = model.estimate(50.0, 400.0, average_volume=10_000.0, volatility=0.02)[0][0]
    assert price == pytest.approx(50 * (1 + 0.8 * 0.02 * 0.2))


# ---- the slow reference

numbers = st.floats(0.0, 0.3)
commissions = st.one_of(
    st.builds(Commission.bps, numbers, minimum=st.none() | st.floats(0, 5), maximum=st.none() | st.floats(0.001, 0.1)),
    st.builds(
        Commission.share_tiers, st.just([(0, 0.01), (500, 0.004, 0.003), (2000, 0.001)]), minimum=st.floats(0, 3)
    ),
    st.builds(Commission.value_tiers, st.just([(0, 20, 10), (20_000, 5)]), monthly=st.booleans()),
    st.builds(Commission, taker_bps=numbers, maker_per_unit=st.none() | numbers, per_unit=numbers, per_fill=numbers),
)
slippages = st.one_of(
    st.builds(Slippage.fixed, numbers),
    st.builds(lambda bps: Slippage.proportional(bps=bps), numbers),
    st.builds(Slippage.volatility, numbers),
    st.builds(Slippage.volume_share, numbers),
)
impacts = st.one_of(
    st.none(),
    st.builds(Impact.linear, numbers, numbers),
    st.builds(Impact.square_root, numbers, numbers),
    st.builds(Impact.power, numbers, st.floats(0.2, 1.5), numbers, st.floats(0.1, 2)),
    st.builds(Impact.almgren_chriss, temporary=st.floats(0, 1e-4), permanent=st.floats(0, 1e-4), fixed=numbers),
)
models = st.builds(
    CostModel,
    commission=commissions,
    spread=st.none() | st.builds(Spread, bps=numbers, money=numbers),
    slippage=slippages,
    impact=impacts,
)


@st.composite
def deals(draw):
    n = draw(st.integers(1, 12))

    def column(low, high, *unknown):
        return draw(st.lists(st.floats(low, high) | st.sampled_from([low, *unknown]), min_size=n, max_size=n))

    return {
        "price": column(1.0, 1e3),
        "qty": column(0.5, 900.0),
        "side": draw(st.lists(st.sampled_from([1.0, -1.0]), min_size=n, max_size=n)),
        "volume": column(0.0, 1e4, math.nan),
        "average_volume": column(100.0, 1e4, math.nan),
        "volatility": column(0.0, 0.1, math.nan),
        "multiplier": draw(st.sampled_from([1.0, 50.0])),
        "maker": draw(st.booleans()),
        "time": sorted(draw(st.lists(st.integers(0, 10**18), min_size=n, max_size=n))),
    }


@given(models, deals(), st.booleans())
def test_equal_bits_with_the_slow_reference(model, given_deals, one_order):
    prices, paid = model.estimate(**given_deals, one_order=one_order)
    slow, n = SlowCosts(model), len(prices)
    for i in range(n):
        deal = {k: float(v[i]) if isinstance(v, list) and k != "time" else v for k, v in given_deals.items()}
        deal["time"] = given_deals["time"][i]
        price = slow.price(deal)
        assert price == prices[i]
        fee = slow.fee(deal, price, one_order=one_order)
        assert fee == paid[i]
        slow.settle(deal, price, fee)


# ---- functions of the user


def clerk(qty, price, traded, rate=0.001):
    fee = qty * price * rate
    if traded > 1000:
        fee = fee / 2
    return max(1.5, fee)


def half_spread(price, high, low, part=0.05):
    if math.isnan(high):
        return price * 1e-4
    return part * (high - low)


def mover(qty, average_volume, volatility, price):
    return price * volatility * math.sqrt(qty / average_volume)


def broken(qty):
    return 1.0 / (qty - 5.0)


def test_functions_replace_models_and_both_modes_give_equal_bits():
    rng = np.random.default_rng(3)
    n = 200
    known = {"average_volume": 1e4, "volatility": rng.uniform(0, 0.05, n), "low": 99.0, "high": rng.uniform(99, 103, n)}
    made = [
        CostModel(commission=clerk, spread=half_spread, impact=mover, jit=jit).estimate(
            np.linspace(50, 150, n), np.linspace(1, 500, n), **known
        )
        for jit in (True, False)
    ]
    for compiled, plain in zip(*made, strict=True):
        assert compiled.tobytes() == plain.tobytes()
    prices, paid = made[0]
    price, qty = 50.0, 1.0
    expected = price + (0.05 * (known["high"][0] - 99.0) + price * known["volatility"][0] * math.sqrt(qty / 1e4))
    assert prices[0] == pytest.approx(expected, rel=1e-15)
    assert paid[0] == max(1.5, qty * prices[0] * 0.001)


def test_a_square_root_function_is_the_models():
    known = {"average_volume": 1e4, "volatility": 0.02}
    mine = CostModel(commission=FREE, impact=mover).estimate(100.0, [1, 10, 500], **known)[0]
    theirs = CostModel(commission=FREE, impact=Impact.square_root(1.0)).estimate(100.0, [1, 10, 500], **known)[0]
    np.testing.assert_allclose(mine, theirs, rtol=1e-15)


@pytest.mark.parametrize("jit", [True, False])
def test_a_function_that_fails_is_named_with_its_line(jit):
    line = broken.__code__.co_firstlineno + 1
    with pytest.raises(InputError, match=rf"costs.commission: broken\(\) failed: .*by zero .*:{line}\), fill 1"):
        CostModel(commission=broken, jit=jit).estimate(10.0, [1, 5])


def test_what_a_function_cannot_ask_is_refused():
    def stranger(qty, weather):
        return qty * weather

    def lister(qty):
        return sum([qty])

    with pytest.raises(InputError, match=r"asks for 'weather', which is none of price, qty"):
        CostModel(commission=stranger).terms()
    with pytest.raises(CompileError):
        CostModel(commission=lister).terms()
    with pytest.raises(DTypeError, match="must be a function written with def"):
        CostModel(commission=max).terms()


@pytest.mark.parametrize(
    ("make", "needle"),
    [
        (lambda: Commission(tiers=[(5, 1)]), r"tiers\[0\]: must start at 0"),
        (lambda: Commission(tiers=[(0, 1), (0, 2)]), r"tiers\[1\]: must start at more than"),
        (lambda: Commission(maximum=2.0), "maximum"),
        (lambda: Slippage("sometimes", 1.0), "kind"),
        (lambda: CostModel(fixed=1, commission=FREE), "fixed: is part of the commission"),
        (lambda: CostModel(slippage_bps=1, slippage=Slippage.fixed(1)), "slippage_bps"),
        (lambda: CostModel(window=1), "window"),
        (lambda: CostModel().estimate(1.0, 0.0), r"qty\[0\]"),
        (lambda: CostModel().estimate(1.0, 1.0, "long"), "side"),
        (lambda: CostModel().estimate(1.0, 1.0, weather=1.0), "weather: is nothing that models"),
    ],
)
def test_bad_arguments(make, needle):
    with pytest.raises(InputError, match=needle):
        make()


def test_every_model_says_what_it_is():
    for model, words in {
        Slippage.volatility(0.5): "volatility",
        Impact.almgren_chriss(temporary=1e-6, permanent=1e-7): "for good",
        Spread(money=0.01): "half a spread",
        Commission.value_tiers([(0, 10), (1e6, 9)]): "by value traded in the month",
    }.items():
        assert words in model.describe()
    assert "by the function clerk()" in CostModel(commission=clerk).describe()
