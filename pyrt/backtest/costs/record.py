"""A model of costs as kernels take it: ``pyrt_ext/costs.h`` as dtypes, and the functions that a record points to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import InputError

__all__ = ["COSTS", "DEAL", "KINDS", "TIERS", "Terms"]

TIERS = 12
"""The most tiers of a commission."""

KINDS = ("commission", "spread", "slippage", "impact")
"""Models that a function can replace, in the order of the kernel's numbers, from 1."""

COSTS = np.dtype(
    [
        *((name, "<i8") for name in ("size", "closed")),
        *((name, "<f8") for name in ("taker_rate", "maker_rate", "taker_each", "maker_each", "fixed")),
        *((name, "<f8") for name in ("minimum", "maximum")),
        *((name, "<i8") for name in ("tiers", "tiers_by", "tiers_whole", "tiers_monthly")),
        *((name, "<f8", (TIERS,)) for name in ("tier_from", "tier_taker", "tier_maker")),
        ("commission", "<u8"),
        *((name, "<f8") for name in ("spread_rate", "spread_money")),
        ("spread", "<u8"),
        ("slippage_kind", "<i8"),
        ("slippage_size", "<f8"),
        ("slippage", "<u8"),
        ("impact_kind", "<i8"),
        *((name, "<f8") for name in ("temporary", "permanent", "exponent", "impact_fixed", "duration", "own_share")),
        ("permanent_by_volatility", "<i8"),
        ("impact", "<u8"),
        ("volume_limit", "<f8"),
    ]
)
"""``pyrt_costs``."""

_KNOWN = ("price", "qty", "side", "maker", "high", "low", "volume", "average_volume", "volatility", "multiplier")
DEAL = np.dtype([*((name, "<f8") for name in (*_KNOWN, "position", "traded")), ("time", "<i8")])
"""``pyrt_deal``: what a user's function may ask for, but for the time."""

FIELDS = {name: int(place[1]) for name, place in (DEAL.fields or {}).items() if name != "time"}


@dataclass(frozen=True, eq=False, slots=True)
class Terms:
    """A compiled model of costs.

    Attributes
    ----------
    record : ndarray of COSTS, shape (1,)
        What kernels read; valid as long as this object lives.
    functions : mapping of str to NumberFunction
        Those that replace a model.
    """

    record: npt.NDArray[np.void]
    functions: Mapping[str, Any]

    @classmethod
    def of(cls, values: Mapping[str, Any], functions: Mapping[str, Any], *, jit: bool) -> Terms:
        """Make a record of values (zero or none where nothing is said) and compile the functions."""
        record = np.zeros(1, COSTS)
        record["size"], record["duration"], record["exponent"] = COSTS.itemsize, 1.0, 1.0
        record["minimum"], record["maximum"], record["volume_limit"] = -np.inf, np.inf, np.inf
        for name, value in values.items():
            record[name] = value
        made: dict[str, Any] = {}
        if functions:
            from ...strategy.compiler.function import NumberFunction

            for name, function in functions.items():
                made[name] = NumberFunction(function, FIELDS, f"costs.{name}", jit=jit)
                record[name] = made[name].address
        return cls(record, made)

    def __getitem__(self, name: str) -> Any:
        """Return a number of the record."""
        return self.record[0][name]

    @property
    def data(self) -> npt.NDArray[np.uint8]:
        """The record as bytes, as kernels take it."""
        return self.record.view(np.uint8)

    def refuse(self, which: int, fault: int, where: str) -> InputError:
        """Return the error of a user's function that failed in a run."""
        function = self.functions[KINDS[which - 1]]
        if function.error is not None and not isinstance(function.error, Exception):
            raise function.error
        error = InputError(f"{function.why(fault)}, {where}")
        error.__cause__ = function.error
        return error
