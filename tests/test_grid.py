"""Decimals, doubles and steps against exact rational arithmetic, and the golden cases that the engine reads too.

The oracle here shares nothing with the code under test: `fractions` and `decimal` only. The golden file is checked
against it as well, so a wrong case cannot bless a wrong implementation.
"""

import math
import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pyrt.errors import DTypeError, GridError, InputError, PyrtError
from pyrt.grid import LIMIT, Grid, decimal_to_mantissa, mantissa_to_double

GOLDEN = tomllib.loads((Path(__file__).parent / "golden" / "numbers.toml").read_text())
REASON = {"off_grid": "decimal places; the grid", "too_large": "2\\*\\*51"}


def nearest_double(mantissa, exponent):
    return float(Fraction(mantissa, 10**exponent))


def exact_mantissa(text, exponent):
    """The mantissa of a well-formed decimal, or why there is none."""
    scaled = Fraction(Decimal(text)) * 10**exponent
    if scaled.denominator != 1:
        return "off_grid"
    return int(scaled) if abs(scaled) < LIMIT else "too_large"


def exact_steps(mantissa, exponent, x):
    """(verdict, down, up) of a double on a grid: exact, snapped, off or too_large."""
    if not math.isfinite(x) or abs(Fraction(x)) * 10**exponent >= LIMIT:
        return "too_large", None, None
    step = Fraction(mantissa, 10**exponent)
    nearest = round(Fraction(x) / step)
    if float(nearest * step) == x:
        return "exact", nearest, nearest
    if abs(Fraction(x) - nearest * step) <= tolerance(step, x):
        return "snapped", nearest, nearest
    return "off", math.floor(Fraction(x) / step), math.ceil(Fraction(x) / step)


def tolerance(step, x):
    return max(step / 10**9, 4 * Fraction(math.ulp(x)))


def check_text(text, exponent, expected):
    if isinstance(expected, int):
        assert decimal_to_mantissa(text, exponent) == expected
    elif expected == "malformed":
        with pytest.raises(InputError, match="not a decimal number") as caught:
            decimal_to_mantissa(text, exponent)
        assert not isinstance(caught.value, GridError)
    else:
        with pytest.raises(GridError, match=REASON[expected]):
            decimal_to_mantissa(text, exponent)


def check_steps(grid, x, verdict, down, up):
    if verdict == "too_large":
        for rounding in ("refuse", "down", "up"):
            with pytest.raises(GridError, match=REASON[verdict]):
                grid.to_steps(x, rounding=rounding)
        return
    if verdict == "off":
        with pytest.raises(GridError, match="between two steps"):
            grid.to_steps(x)
    else:
        assert grid.to_steps(x) == down
    assert (grid.to_steps(x, rounding="down"), grid.to_steps(x, rounding="up")) == (down, up)


@pytest.mark.parametrize(("text", "exponent", "expected"), GOLDEN["text"])
def test_golden_text(text, exponent, expected):
    if expected != "malformed":
        assert exact_mantissa(text, exponent) == expected
    check_text(text, exponent, expected)


@pytest.mark.parametrize(("mantissa", "exponent", "double"), GOLDEN["double"])
def test_golden_double(mantissa, exponent, double):
    assert nearest_double(mantissa, exponent) == double
    assert mantissa_to_double(mantissa, exponent) == double
    assert mantissa_to_double(np.array([mantissa]), exponent).tolist() == [double]


@pytest.mark.parametrize(("mantissa", "exponent", "x", "verdict", "down", "up"), GOLDEN["steps"])
def test_golden_steps(mantissa, exponent, x, verdict, down, up):
    if verdict == "too_large":
        down = up = None
    assert exact_steps(mantissa, exponent, x) == (verdict, down, up)
    check_steps(Grid(mantissa, exponent), x, verdict, down, up)


@pytest.mark.parametrize(("text", "mantissa", "exponent"), GOLDEN["grid"])
def test_golden_grid(text, mantissa, exponent):
    if mantissa > 0:
        assert Fraction(Decimal(text)) == Fraction(mantissa, 10**exponent)
        assert exponent == 0 or mantissa % 10 != 0
        assert Grid.parse(text) == Grid(mantissa, exponent)
    else:
        with pytest.raises(InputError):
            Grid.parse(text)


digits = st.text("0123456789", max_size=24)
decimals = st.builds(
    lambda sign, whole, point, fraction, power: sign + whole + (point and "." + fraction) + power,
    st.sampled_from(["", "-", "+"]),
    digits,
    st.booleans().map(lambda there: "." if there else ""),
    digits | st.integers(0, 20).map("0".__mul__),
    st.just("") | st.integers(-30, 30).map("e{}".format) | st.integers(0, 9).map("E+{:02d}".format),
).filter(lambda text: any(digit in text.lower().partition("e")[0] for digit in "0123456789"))
exponents = st.integers(0, 18)
steps_of_grids = st.sampled_from([1, 2, 5, 25, 50, 125]) | st.integers(1, 10**6)


@given(decimals, exponents)
@example("2251799813685247000e-3", 0)
@example("1.00000000000000000001", 2)
@example("9007199254740993.5", 0)
@example("0e9999", 0)
def test_text_is_read_exactly(text, exponent):
    check_text(text, exponent, exact_mantissa(text, exponent))


@given(st.text(max_size=12) | st.text("0123456789.eE+-_ ٣", max_size=12), exponents)
def test_any_text_is_read_or_refused(text, exponent):
    try:
        assert abs(decimal_to_mantissa(text, exponent)) < LIMIT
    except PyrtError:
        return
    assert text.isascii()


@given(st.integers(1 - LIMIT, LIMIT - 1), exponents)
def test_a_double_is_the_nearest_and_comes_back(mantissa, exponent):
    double = mantissa_to_double(mantissa, exponent)
    assert double == nearest_double(mantissa, exponent)
    assert Grid(1, exponent).to_steps(double) == mantissa


@given(steps_of_grids, st.integers(0, 12), st.integers(-(2**30), 2**30))
def test_every_step_survives_its_double(mantissa, exponent, steps):
    grid = Grid(mantissa, exponent)
    assert grid.to_steps(grid.to_double(steps)) == steps


@given(
    steps_of_grids,
    st.integers(0, 12),
    st.integers(-(10**6), 10**6),
    st.sampled_from([0.0, 0.5, 0.25, 0.1, 1e-3, 1e-8, 3e-9, 5e-10, 1e-10, 1e-12]) | st.floats(-1, 1),
    st.integers(-6, 6),
)
def test_doubles_near_steps_are_judged_as_in_exact_arithmetic(mantissa, exponent, steps, offset, ulps):
    grid = Grid(mantissa, exponent)
    x = (steps + offset) * mantissa / 10**exponent
    x += ulps * math.ulp(x)
    step = Fraction(mantissa, 10**exponent)
    distance = abs(Fraction(x) - round(Fraction(x) / step) * step)
    # The rule is stated in rounded operations: at the very edge of the tolerance they may differ from exact ones.
    edge = abs(distance - tolerance(step, x))
    assume(edge > tolerance(step, x) / 10**6 + 2 * Fraction(math.ulp(x)) or distance == 0)
    check_steps(grid, x, *exact_steps(mantissa, exponent, x))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.sampled_from(["down", "up"]))
def test_an_array_is_its_elements(values, rounding):
    grid = Grid(5, 2)
    together = grid.to_steps(np.array(values), rounding=rounding)
    assert together.dtype == np.int64
    assert together.tolist() == [grid.to_steps(value, rounding=rounding) for value in values]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e300, 2.0**51, 100.17])
def test_an_array_names_its_first_bad_place(bad):
    with pytest.raises(GridError, match=r"value\[2\]: "):
        Grid(5, 2).to_steps(np.array([0.05, 0.1, bad, bad]))


@pytest.mark.parametrize(("mantissa", "exponent"), [(0, 2), (-1, 2), (LIMIT, 0), (1, 19), (1, -1)])
def test_what_is_no_step_is_refused(mantissa, exponent):
    with pytest.raises(InputError, match="must be"):
        Grid(mantissa, exponent)


def test_text_between_two_steps_is_refused():
    assert Grid(5, 2).parse_steps("-100.150") == -2003
    with pytest.raises(GridError, match=r"between two steps of 0\.05"):
        Grid(5, 2).parse_steps("100.17")


def test_a_step_is_given_in_words():
    with pytest.raises(DTypeError, match=r"text: must be a decimal in words, such as '0.01', got 0.1 \(float\)"):
        Grid.parse(0.1)
