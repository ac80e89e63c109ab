"""What every measure starts with: checked returns, and ratios that know when they are not defined."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._validate import as_floats, number
from ...errors import InputError

__all__ = ["NAN", "Floats", "annualized_ratio", "per_year", "quantile_level", "returns_of"]

Floats = npt.NDArray[np.float64]
NAN = float("nan")


def returns_of(returns: Any, name: str = "returns") -> Floats:
    """Check returns: finite, one dimension."""
    return as_floats(returns, name, nan="refuse")


def per_year(periods_per_year: Any) -> float:
    """Check a number of periods a year: above zero, or NaN where a calendar could not say (and so is the measure)."""
    if isinstance(periods_per_year, float) and math.isnan(periods_per_year):
        return NAN
    return number(periods_per_year, "periods_per_year", low=0.0, above=True)


def quantile_level(level: Any) -> float:
    """Check a level: between 0 and 1, both excluded."""
    checked = number(level, "level", low=0.0, high=1.0, above=True)
    if checked == 1.0:
        raise InputError("level: must be above 0 and below 1, got 1")
    return checked


def annualized_ratio(mean: float, risk: float, periods_per_year: float) -> float:
    """Return mean over risk, both of a period, annualized by the square root; NaN if there is no risk.

    Examples
    --------
    >>> annualized_ratio(0.01, 0.02, 4.0)
    1.0
    """
    # Equal returns have a standard deviation of a few rounding errors, not zero.
    return mean / risk * math.sqrt(periods_per_year) if risk > 1e-15 * max(1.0, abs(mean)) else NAN
