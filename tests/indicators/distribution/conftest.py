"""Series to put in order, to sum up and to follow."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def series():
    """Series long enough for every way in which a window is gone through, by name."""
    rng = np.random.default_rng(11)
    walk = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 3000)))
    noise = rng.normal(0, 1, 3000)
    steps = rng.integers(-3, 4, 3000).astype(float)
    still = walk.copy()
    still[900:1600] = walk[900]
    return {
        "walk": walk,
        "noise": noise,
        "steps": steps,
        "still for a while": still,
        "rising": np.arange(2000.0),
        "falling": -np.arange(2000.0),
        "flat": np.full(1500, 100.1),
        "short": walk[:9],
        "one": walk[:1],
    }


@pytest.fixture(scope="session")
def high_prices():
    """Ten million prices around 100,000."""
    rng = np.random.default_rng(3)
    return 1e5 * np.exp(np.cumsum(rng.normal(0, 1e-4, 10_000_000)))
