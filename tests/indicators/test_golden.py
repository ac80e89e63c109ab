"""``tests/golden/indicators.toml``: what the streaming form gives, to the bit, for every language that has one.

``python tests/indicators/test_golden.py`` writes the file anew.
"""

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest

from pyrt import indicators as ta

GOLDEN = Path(__file__).parents[1] / "golden" / "indicators.toml"
CASES = [
    ("sma", 1),
    ("sma", 2),
    ("sma", 10),
    ("ema", 1),
    ("ema", 2),
    ("ema", 10),
    ("rsi", 2),
    ("rsi", 14),
]
HEAD = """\
# Indicator values, one close at a time, in double precision: both languages read this and give the same bits.
# The formulas are pyrt_ext/streams. Numbers are the shortest decimals that read back as the same double. NaN in
# `close` is a missing bar: the output is nan and the indicator begins anew.
"""


def closes():
    """A hundred made-up closes on a tick of 0.01, with a flat stretch, a jump and two missing bars."""
    state, price, out = 42, 10_000, []
    for _ in range(100):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        price += (state >> 33) % 121 - 60
        out.append(price / 100)
    out[30:38] = [out[30]] * 8
    out[45:] = [round(x + 12.5, 2) for x in out[45:]]
    out[61] = out[63] = math.nan
    return out


def listed(values):
    rows = [", ".join(repr(float(v)) for v in values[i : i + 5]) for i in range(0, len(values), 5)]
    return "[\n" + "".join(f"    {row},\n" for row in rows) + "]\n"


def streamed(name, timeperiod, values):
    live = ta.functions()[name].stream(timeperiod)
    return [live.update(x) for x in values]


def write():
    text = HEAD + f"\nclose = {listed(closes())}"
    for name, timeperiod in CASES:
        values = listed(streamed(name, timeperiod, closes()))
        text += f'\n[[case]]\nname = "{name}"\ntimeperiod = {timeperiod}\nvalues = {values}'
    GOLDEN.write_text(text)


@pytest.fixture(scope="module")
def golden():
    return tomllib.loads(GOLDEN.read_text())


def test_the_file_holds_these_cases(golden):
    assert [(case["name"], case["timeperiod"]) for case in golden["case"]] == CASES
    assert {name for name, _ in CASES} <= set(ta.functions())


@pytest.mark.parametrize("index", range(len(CASES)))
def test_values_are_those_of_the_file_to_the_bit(golden, index):
    case = golden["case"][index]
    got = np.array(streamed(case["name"], case["timeperiod"], golden["close"]))
    expected = np.array(case["values"])
    np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
    np.testing.assert_array_equal(got, expected)


if __name__ == "__main__":
    write()
