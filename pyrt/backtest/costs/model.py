"""All costs of a fill together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._validate import as_floats, integer, number
from ...errors import DTypeError, InputError
from .commission import Commission
from .impact import Impact
from .prices import Slippage, Spread
from .record import DEAL, KINDS, Terms

__all__ = ["CostModel"]

Floats = npt.NDArray[np.float64]
Function = Callable[..., float]

_MODELS = {"commission": Commission, "spread": Spread, "slippage": Slippage, "impact": Impact}


@dataclass(frozen=True, slots=True, kw_only=True)
class CostModel:
    """Costs of every fill, entry and exit alike.

    A function in the place of a model is compiled by pyrt (the part of Python that moves numbers; see
    :class:`pyrt.Strategy`) and called by the kernels. Its arguments are named as what it wants to know: ``price`` (the
    market's; of a commission the fill's), ``qty`` (above zero), ``side`` (1 buys, -1 sells), ``maker`` (1 or 0),
    ``high``, ``low`` and ``volume`` of the fill's bar, ``average_volume`` and ``volatility`` of those before it,
    ``multiplier``, ``position`` (before, signed) and ``traded`` (units in the month before; in runs of bars and events
    alike). What is not known is NaN. Others need a default, a number of your own. A commission returns money, the
    others how much worse than the price the fill is, money a unit.

    Parameters
    ----------
    fees_bps : float
        Commission in basis points (1/10,000) of the traded value; 0 to 5,000. Without effect with a `commission`.
    fixed : float
        Commission a fill, in money; from 0.
    slippage_bps : float
        How much worse than the bar's price a fill is, in basis points of that price: half the spread and what the order
        moves. Buys pay more, sells get less; 0 to 5,000.
    commission : Commission or function, optional
        Instead of `fees_bps` and `fixed`.
    spread : Spread or function, optional
        Half of it is paid.
    slippage : Slippage or function, optional
        Instead of `slippage_bps`.
    impact : Impact or function, optional
        What orders move.
    volume_limit : float, optional
        The most of a bar's volume that an order may take on it, as a fraction; above 0, at most 1.
    window : int
        Bars before a fill whose mean volume and standard deviation of returns models go by; fewer at the beginning.
    jit : bool
        False leaves functions plain Python, for a debugger, with the same bits.

    Examples
    --------
    >>> CostModel(fees_bps=5, slippage_bps=2).describe()
    'fees 5 bps of the traded value; slippage 2 bps against each fill'
    >>> model = CostModel(commission=Commission.per_share(0.005, minimum=1.0), spread=Spread(money=0.02))
    >>> model.estimate([100.0, 100.0], [100, 1000], side="buy")
    (array([100.01, 100.01]), array([1., 5.]))
    >>> def clerk(qty, price, rate=0.001):
    ...     return max(1.5, qty * price * rate)
    >>> CostModel(commission=clerk, jit=False).estimate(10.0, [1, 500])[1]
    array([1.5, 5. ])
    """

    fees_bps: float = 10.0
    fixed: float = 0.0
    slippage_bps: float = 0.0
    commission: Commission | Function | None = None
    spread: Spread | Function | None = None
    slippage: Slippage | Function | None = None
    impact: Impact | Function | None = None
    volume_limit: float | None = None
    window: int = 20
    jit: bool = True

    def __post_init__(self) -> None:
        number(self.fees_bps, "fees_bps", low=0.0, high=5000.0)
        number(self.fixed, "fixed", low=0.0)
        number(self.slippage_bps, "slippage_bps", low=0.0, high=5000.0)
        for name, kind in _MODELS.items():
            given = getattr(self, name)
            if given is not None and not isinstance(given, kind) and (not callable(given) or isinstance(given, type)):
                raise DTypeError(f"{name}: must be a {kind.__name__} or a function of numbers, got {given!r}")
        if self.commission is not None and self.fixed:
            raise InputError("fixed: is part of the commission; write commission=Commission(per_fill=...)")
        if self.slippage is not None and self.slippage_bps:
            raise InputError("slippage_bps: there is a slippage model as well; write Slippage.proportional(bps=...)")
        if self.volume_limit is not None:
            number(self.volume_limit, "volume_limit", low=0.0, high=1.0, above=True)
        integer(self.window, "window", low=2)

    def terms(self) -> Terms:
        """Return the model as kernels take it, functions compiled."""
        values: dict[str, Any] = {}
        functions: dict[str, Any] = {}
        for name in KINDS:
            model = self._of(name)
            if isinstance(model, (Commission, Spread, Slippage, Impact)):
                values |= model.values()
            elif model is not None:
                functions[name] = model
        if self.volume_limit is not None:
            values["volume_limit"] = self.volume_limit
        values["closed"] = int(self.closed)
        return Terms.of(values, functions, jit=self.jit)

    @property
    def needs_bars(self) -> bool:
        """Whether a model goes by the volume or volatility of bars before a fill."""
        functions = any(callable(self._of(name)) for name in KINDS)
        volatile = isinstance(self.slippage, Slippage) and self.slippage.kind == "volatility"
        impact = isinstance(self.impact, Impact) and self.impact.kind != "almgren_chriss"
        return functions or volatile or impact

    @property
    def keeps_prices(self) -> bool:
        """Whether fills are at the market's prices: no spread, no slippage, no impact."""
        return self.spread is None and self.slippage is None and self.impact is None and not self.slippage_bps

    @property
    def needs_volume(self) -> bool:
        """Whether a model goes by volume, so that bars without any cannot be used."""
        shares = isinstance(self.slippage, Slippage) and self.slippage.kind == "volume_share"
        impact = isinstance(self.impact, Impact) and self.impact.kind != "almgren_chriss"
        return shares or impact or self.volume_limit is not None

    def estimate(
        self,
        price: Any,
        qty: Any,
        side: Any = "buy",
        *,
        maker: bool = False,
        one_order: bool = False,
        time: Any = 0,
        **known: Any,
    ) -> tuple[Floats, Floats]:
        """Return what fills would cost, one after the other.

        Parameters
        ----------
        price, qty : array_like, shape (n_fills,)
            The market's price, and units above zero.
        side : {"buy", "sell"} or array_like
            1 for buys and -1 for sells.
        maker : bool
            Whether the orders rest.
        one_order : bool
            Whether all are fills of one order: its minimum and maximum then hold for their sum.
        time : array_like of int
            When, ns UTC, for tiers of a month.
        **known : array_like
            ``volume``, ``average_volume``, ``volatility``, ``high``, ``low``, ``multiplier``, ``position``.

        Returns
        -------
        prices, fees : ndarray of float64, shape (n_fills,)
        """
        from pyrt_ext.costs import price_deals

        if isinstance(side, str):
            side = {"buy": 1.0, "sell": -1.0}.get(side, 0.0)
        given = {"price": price, "qty": qty, "side": side, "time": time, "maker": float(maker), **known}
        columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(value)) for value in given.values()))
        deals = np.zeros(len(columns[0]), DEAL)
        for name in ("high", "low", "volume", "average_volume", "volatility"):
            deals[name] = np.nan
        deals["multiplier"] = 1.0
        for name, column in zip(given, columns, strict=True):
            if name not in (DEAL.names or ()) or name == "traded":
                raise InputError(
                    f"{name}: is nothing that models of costs know; there are {', '.join(DEAL.names or ())}"
                )
            deals[name] = column
        for name in ("price", "qty"):
            as_floats(deals[name], name, positive=True, nan="refuse", inf="refuse")
        if not (np.abs(deals["side"]) == 1.0).all():
            raise InputError("side: must be 'buy', 'sell', or an array of 1 and -1")
        terms = self.terms()
        prices, fees, (which, fault) = price_deals(terms.data, deals.view(np.uint8), one_order)
        if which:
            raise terms.refuse(which, fault, f"fill {int(np.argmax(np.isnan(fees)))}")
        return prices, fees

    def fingerprint(self) -> str:
        """Return what the costs depend on, the same in every process."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        keys = {name: function.key for name, function in self.terms().functions.items()}
        return repr(values | keys)

    def describe(self) -> str:
        """Say it in words, for the assumptions."""
        fees = f"fees {self.describe_fees()}"
        slips = f"slippage {self.slippage_bps:g} bps against each fill" if self.slippage_bps else "no slippage"
        if self.slippage is not None:
            slips = _words(self.slippage, "slippage ")
        parts = [fees, slips]
        parts += [_words(self.spread, "spread ")] if self.spread is not None else []
        parts += [_words(self.impact, "impact ")] if self.impact is not None else []
        if self.volume_limit is not None:
            parts.append(f"at most {self.volume_limit:g} of a bar's volume")
        if self.needs_bars:
            parts.append(f"mean volume and volatility of the {self.window} bars before the fill")
        return "; ".join(parts)

    def describe_fees(self) -> str:
        """Say the commission in words."""
        if self.commission is not None:
            return _words(self.commission)
        return f"{self.fees_bps:g} bps of the traded value" + (f" and {self.fixed:g} a fill" if self.fixed else "")

    def rates(self) -> tuple[float, float, float]:
        """Return what a closed form needs: commission of the value, money a fill, and what is added to a price."""
        terms = self.terms()
        return terms["taker_rate"], terms["fixed"], terms["spread_rate"] + terms["slippage_size"]

    @property
    def closed(self) -> bool:
        """Whether price and fee have a closed form, whatever the quantity: basis points, and money a fill."""
        commission, slippage, spread = self._of("commission"), self._of("slippage"), self._of("spread")
        plain = isinstance(commission, Commission) and not (
            commission.tiers or commission.per_unit or commission.maker_per_unit
        )
        plain = plain and commission.minimum is None and commission.maximum is None
        flat = isinstance(slippage, Slippage) and slippage.kind == "proportional"
        even = spread is None or (isinstance(spread, Spread) and not spread.money)
        return plain and flat and even and self.impact is None and self.volume_limit is None

    def _of(self, name: str) -> Any:
        """Return the model of a kind, that of the plain numbers included."""
        if name == "commission" and self.commission is None:
            return Commission(taker_bps=self.fees_bps, per_fill=self.fixed)
        if name == "slippage" and self.slippage is None:
            return Slippage("proportional", self.slippage_bps / 1e4)
        return getattr(self, name)


def _words(model: Any, of: str = "") -> str:
    if isinstance(model, (Commission, Spread, Slippage, Impact)):
        return model.describe()
    return f"{of}by the function {getattr(model, '__qualname__', model)}()"
