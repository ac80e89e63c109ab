"""Exponentials, logarithms, arcs and angles, against libm's in extended precision, and where doubles end."""

import numpy as np
import pytest

from .catalog import FUNCTIONS

TINY = np.finfo(float).tiny
EXACT = {
    "acos": np.arccos, "asin": np.arcsin, "atan": np.arctan, "cos": np.cos, "cosh": np.cosh, "exp": np.exp,
    "ln": np.log, "log10": np.log10, "sin": np.sin, "sinh": np.sinh, "tan": np.tan, "tanh": np.tanh,
}  # fmt: skip
REACH = {"acos": 1.0, "asin": 1.0, "cosh": 710.4, "exp": 708.3, "sinh": 710.4, "tanh": 25.0}
"""How far from 0 arguments are drawn; of the others up to a thousand."""

ENDS = [
    ("exp", 709.79, np.inf), ("exp", -745.2, 0.0), ("exp", 1e308, np.inf), ("exp", -1e308, 0.0), ("exp", 0.0, 1.0),
    ("ln", 0.0, -np.inf), ("ln", -0.0, -np.inf), ("ln", -1.0, np.nan), ("ln", -5e-324, np.nan), ("ln", 1.0, 0.0),
    ("ln", 5e-324, -744.4400719213812), ("ln", 1.7976931348623157e308, 709.782712893384),
    ("log10", 0.0, -np.inf), ("log10", -1e300, np.nan), ("log10", 1.0, 0.0),
    ("acos", 1.0, 0.0), ("acos", -1.0, np.pi), ("acos", 1.0000000000000002, np.nan), ("acos", -1e300, np.nan),
    ("asin", 1.0, np.pi / 2), ("asin", -1.0, -np.pi / 2), ("asin", 1.0000000000000002, np.nan), ("asin", 0.0, 0.0),
    ("atan", 1e308, np.pi / 2), ("atan", -1e308, -np.pi / 2), ("atan", -0.0, -0.0), ("atan", 5e-324, 5e-324),
    ("cosh", 710.5, np.inf), ("cosh", -1e308, np.inf), ("cosh", 0.0, 1.0),
    ("sinh", 710.5, np.inf), ("sinh", -710.5, -np.inf), ("sinh", -0.0, -0.0), ("sinh", 1e-300, 1e-300),
    ("tanh", 1e308, 1.0), ("tanh", -25.0, -1.0), ("tanh", -0.0, -0.0), ("tanh", 1e-300, 1e-300),
]  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_within_a_few_units_of_the_last_place(name):
    if np.finfo(np.longdouble).nmant < 63:
        pytest.skip("needs a long double that is longer than a double")
    rng = np.random.default_rng(11)
    reach = REACH.get(name, 1000.0)
    draws = [rng.uniform(-1, 1, 20_000) * reach * scale for scale in (1.0, 0.1, 1e-3, 1e-7)]
    draws += [np.linspace(-1, 1, 4001) * min(reach, 2.0)]
    if name in ("ln", "log10"):
        draws = [10 ** rng.uniform(-307, 308, 20_000), *(1 + d / 1000 for d in draws[:3]), TINY * rng.random(100)]
    x = np.concatenate(draws)
    x = x[np.abs(x) > 1e-300] if name not in ("ln", "log10") else x[x > 0]
    exact = EXACT[name](x.astype(np.longdouble))
    error = np.abs(FUNCTIONS[name](x) - exact) / np.spacing(np.abs(exact.astype(np.float64)))
    limit = 3.5 if name == "tan" else 2.5
    assert error.max() <= limit, f"{name}({x[error.argmax()]!r}) is {error.max():.2f} units off"


@pytest.mark.parametrize(("name", "x", "expected"), ENDS)
def test_where_doubles_end(name, x, expected):
    for got in FUNCTIONS[name](np.full(11, x)):
        np.testing.assert_array_max_ulp(got, expected, 1)
        assert np.signbit(got) == np.signbit(expected) or np.isnan(expected)


def test_powers_of_ten_have_whole_logarithms():
    powers = np.arange(-22, 23)
    np.testing.assert_array_equal(FUNCTIONS["log10"](10.0**powers), powers)
