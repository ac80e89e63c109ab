"""What an order moves: temporary impact, which it pays itself, and permanent impact, which later fills pay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ..._validate import choice, number

__all__ = ["Impact"]

_CODES = {"linear": 1, "power": 2, "almgren_chriss": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """A model of market impact. Made by one of the class methods, which say what the numbers mean.

    Temporary impact worsens the fill itself. Permanent impact moves the price of all later fills of the run, buys up
    and sells down; the marks of positions stay those of the data, so that nobody grows rich on paper by own trades.
    A volume or volatility that is not known yet makes no impact (a warning says of how many fills).

    Examples
    --------
    >>> Impact.square_root(1.0).describe()
    'impact 1 x volatility x (qty / mean volume)^0.5'
    """

    kind: Literal["linear", "power", "almgren_chriss"]
    temporary: float = 0.0
    permanent: float = 0.0
    exponent: float = 1.0
    fixed: float = 0.0
    duration: float = 1.0
    own_share: float = 0.0

    def __post_init__(self) -> None:
        choice(self.kind, "kind", _CODES)
        for name in ("temporary", "permanent", "fixed"):
            number(getattr(self, name), name, low=0.0)
        number(self.exponent, "exponent", low=0.0, high=2.0, above=True)
        number(self.duration, "duration", low=0.0, above=True)
        number(self.own_share, "own_share", low=0.0, high=1.0)

    @classmethod
    def linear(cls, temporary: float, permanent: float = 0.0) -> Impact:
        """Return parts of the price: each number times ``qty / mean volume`` of a bar."""
        return cls(kind="linear", temporary=temporary, permanent=permanent)

    @classmethod
    def square_root(cls, temporary: float = 1.0, permanent: float = 0.0) -> Impact:
        """Return ``temporary * volatility * sqrt(qty / mean volume)`` of the price, all of a bar.

        The permanent part is ``permanent * volatility * qty / mean volume`` of the price. On daily bars the temporary
        number is about 1 for most markets (Torre, 1997; Toth et al., Physical Review X 1, 2011).
        """
        return cls(kind="power", temporary=temporary, permanent=permanent, exponent=0.5)

    @classmethod
    def power(
        cls, temporary: float = 0.142, exponent: float = 0.6, permanent: float = 0.314, duration: float = 1.0
    ) -> Impact:
        """Return ``temporary * volatility * (qty / (mean volume * duration)) ** exponent`` of the price.

        The permanent part is ``permanent * volatility * qty / mean volume``; the fill pays half of its own. With daily
        bars and these numbers it is the fit of Almgren, Thum, Hauptmann and Li (Risk, July 2005), for a stock that is
        turned over once a day: multiply `permanent` by ``(shares outstanding / mean volume) ** 0.25``. `duration` is
        the part of a bar over which an order is worked.
        """
        own = {"exponent": exponent, "duration": duration, "own_share": 0.5}
        return cls(kind="power", temporary=temporary, permanent=permanent, **own)

    @classmethod
    def almgren_chriss(
        cls, *, temporary: float, permanent: float = 0.0, fixed: float = 0.0, duration: float = 1.0
    ) -> Impact:
        """Return ``fixed + temporary * qty / duration`` money a unit; ``permanent * qty`` for the fills after it.

        Epsilon, eta, gamma and tau of Almgren and Chriss (Optimal execution of portfolio transactions, Journal of Risk
        3, 2000), in money a unit: `duration` in the time that `temporary` goes by, such as days.
        """
        return cls(kind="almgren_chriss", temporary=temporary, permanent=permanent, fixed=fixed, duration=duration)

    def values(self) -> dict[str, Any]:
        """Return the fields of the kernel's record that this sets."""
        return {
            "impact_kind": _CODES[self.kind],
            "temporary": self.temporary,
            "permanent": self.permanent,
            "exponent": self.exponent,
            "impact_fixed": self.fixed,
            "duration": self.duration,
            "own_share": self.own_share,
            "permanent_by_volatility": int(self.kind == "power"),
        }

    def describe(self) -> str:
        """Say it in words, for the assumptions."""
        over = "" if self.duration == 1.0 else f" / {self.duration:g}"
        words = {
            "linear": f"impact {self.temporary:g} x qty / mean volume",
            "power": f"impact {self.temporary:g} x volatility x (qty / mean volume{over})^{self.exponent:g}",
            "almgren_chriss": f"impact {self.fixed:g} + {self.temporary:g} x qty{over} money a unit",
        }
        lasting = {
            "linear": "x qty / mean volume",
            "power": "x volatility x qty / mean volume",
            "almgren_chriss": "x qty money a unit",
        }
        if not self.permanent:
            return words[self.kind]
        return f"{words[self.kind]}, {self.permanent:g} {lasting[self.kind]} of it for good"
