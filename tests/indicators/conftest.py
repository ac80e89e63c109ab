"""Series that every test of indicators draws from."""

from pathlib import Path

import numpy as np
import pytest

from .catalog import random_bars

SHARED = Path(__file__).parents[3] / "shared" / "data"


def columns(frame):
    return {name: frame[name].to_numpy(np.float64) for name in ("open", "high", "low", "close", "volume")}


@pytest.fixture(scope="session")
def shared():
    """The folder of real market data."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/data (recorded market data), which is not part of the repository")
    return SHARED


@pytest.fixture(scope="session")
def real_bars(shared):
    """Bars of real markets, by name."""
    pd = pytest.importorskip("pandas")
    daily = pd.read_parquet(shared / "bars" / "us_daily.parquet")
    minute = pd.read_parquet(shared / "bars" / "crypto_minute_201804.parquet")
    found = {f"{name} daily": columns(daily[daily["symbol"] == name]) for name in ("AAPL", "SPY", "USO")}
    found |= {f"{name} minute": columns(frame) for name, frame in minute.groupby("symbol")}
    found["SPY hourly"] = columns(pd.read_parquet(shared / "bars" / "spy_hour.parquet"))
    found["BTC minute"] = columns(pd.read_parquet(shared / "bars" / "btc_perp_1m_202201.parquet"))
    return found


@pytest.fixture(scope="session")
def sp500():
    """Daily bars of the S&P 500."""
    pytest.importorskip("arch")
    from pyrt.data.sample import sp500

    return sp500().columns()


@pytest.fixture(scope="session")
def real_series(real_bars):
    """Closing prices of real markets, by name."""
    return {name: bars["close"] for name, bars in real_bars.items()} | {"volume": real_bars["BTC minute"]["volume"]}


@pytest.fixture(scope="session")
def random_series():
    """Prices, trends, flat stretches and noise, by name."""
    rng = np.random.default_rng(7)
    walk = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 3000)))
    return {
        "walk": walk,
        "noise": rng.normal(0, 1, 1001),
        "steps": np.repeat(rng.integers(1, 50, 90), 11).astype(float),
        "rising": np.arange(300.0),
        "falling": -np.arange(300.0),
        "flat": np.full(200, 100.1),
        "short": walk[:9],
        "one": walk[:1],
    }


@pytest.fixture(scope="session")
def invented_bars(random_series):
    """Bars that nobody traded, by name: a market, and made-up series as every column."""
    rng = np.random.default_rng(3)
    found = {"market": random_bars(), "short": random_bars(9), "one": random_bars(1)}
    for name in ("noise", "steps", "rising", "falling", "flat"):
        x = random_series[name]
        found[name] = {"open": x, "high": x + 1, "low": x - 1, "close": x, "volume": np.full(len(x), 3.0)}
    small = rng.uniform(-1, 1, (5, 400))
    small[:, ::40] = 0.0
    return found | {"between -1 and 1": dict(zip(("open", "high", "low", "close", "volume"), small, strict=True))}
