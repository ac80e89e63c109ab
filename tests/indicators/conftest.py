"""Series that every test of indicators draws from."""

from pathlib import Path

import numpy as np
import pytest

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def shared():
    """The folder of real market data."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/data (recorded market data), which is not part of the repository")
    return SHARED


@pytest.fixture(scope="session")
def real_series(shared):
    """Closing prices of real markets, by name."""
    pd = pytest.importorskip("pandas")
    daily = pd.read_parquet(shared / "bars" / "us_daily.parquet")
    minute = pd.read_parquet(shared / "bars" / "crypto_minute_201804.parquet")
    series = {f"{name} daily": frame["close"] for name, frame in daily.groupby("symbol")}
    series |= {f"{name} minute": frame["close"] for name, frame in minute.groupby("symbol")}
    series["SPY hourly"] = pd.read_parquet(shared / "bars" / "spy_hour.parquet")["close"]
    series["BTC volume"] = pd.read_parquet(shared / "bars" / "btc_perp_1m_202201.parquet")["volume"]
    return {name: values.to_numpy(np.float64) for name, values in series.items()}


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
