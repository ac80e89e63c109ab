"""``tests/golden/features.toml``: what features give, to the bit, for every language that has them.

``python tests/features/test_golden.py`` writes the file anew.
"""

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest

from pyrt.features import FeatureSet

GOLDEN = Path(__file__).parents[1] / "golden" / "features.toml"
CASES = [
    ("rsi_2", 20),
    ("rsi_14", 20),
    ("sma_3", 20),
    ("sma_1", 20),
    ("ema_5", 20),
    ("return_1", 20),
    ("return_7", 20),
    ("macd", 20),
    ("bb_pct", 20),
    ("volume_ratio", 20),
    ("volume_ratio", 3),
    ("volume_ratio", 1),
]
HEAD = """\
# Feature values, one bar at a time, in double precision: both languages read this and give the same bits.
# pyrt/features is the reference. Numbers are the shortest decimals that read back as the same double. What is not
# finite in `close` or `volume` is a gap: the feature is nan and begins anew after it.
"""


def bars():
    """Made-up bars on a tick of 0.01: a flat stretch (no width), bars without volume, gaps of each kind, long runs."""
    state, price, close, volume = 7, 10_000, [], []
    for _ in range(180):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        price += (state >> 33) % 121 - 60
        close.append(price / 100)
        volume.append(((state >> 20) % 5000) / 1000)
    close[40:66] = [close[40]] * 26
    volume[45:52] = [0.0] * 7
    volume[70] = math.nan
    close[80] = math.nan
    close[83], volume[83] = math.inf, -math.inf
    return close, volume


def listed(values):
    rows = [", ".join(repr(float(v)) for v in values[i : i + 5]) for i in range(0, len(values), 5)]
    return "[\n" + "".join(f"    {row},\n" for row in rows) + "]\n"


def streamed(name, lookback, close, volume):
    live = FeatureSet([name], lookback)
    return [live.update(c, v)[0] for c, v in zip(close, volume, strict=True)]


def write():
    close, volume = bars()
    text = HEAD + f"\nclose = {listed(close)}volume = {listed(volume)}"
    for name, lookback in CASES:
        values = listed(streamed(name, lookback, close, volume))
        text += f'\n[[case]]\nname = "{name}"\nlookback_period = {lookback}\nvalues = {values}'
    GOLDEN.write_text(text)


@pytest.fixture(scope="module")
def golden():
    return tomllib.loads(GOLDEN.read_text())


def test_the_file_holds_these_cases(golden):
    assert [(case["name"], case["lookback_period"]) for case in golden["case"]] == CASES


@pytest.mark.parametrize("index", range(len(CASES)))
def test_values_are_those_of_the_file_to_the_bit(golden, index):
    case = golden["case"][index]
    got = np.array(streamed(case["name"], case["lookback_period"], golden["close"], golden["volume"]))
    np.testing.assert_array_equal(
        got.view(np.int64)[~np.isnan(got)], np.array(case["values"])[~np.isnan(got)].view(np.int64)
    )
    np.testing.assert_array_equal(np.isnan(got), np.isnan(case["values"]))
    assert np.isfinite(got).sum() > 40


if __name__ == "__main__":
    write()
