"""A book of orders from order by order data: who stands where in which queue, and the levels that they make."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pyrt_ext.feeds.orders import Orders

from ..errors import DataError, DTypeError, InputError
from ..types import EVENT, Events, Instrument

__all__ = ["OrderBook", "grids_of"]


class OrderBook:
    """The orders of one instrument, first come first served at each price.

    Order records (``Kind.ORDER``) change it by their action, the low byte of ``flags``: 1 adds an order at the back
    of its price; 2 gives it another price or quantity, and only less at the same price keeps its place; 3 takes
    `qty` of it away (0: all of it) and 4 fills so much. The first record with the flag SNAPSHOT after one without
    it empties the book, and so does one with it that takes away an order of no side. Other kinds change nothing. A
    book may be crossed, as before the opening of a market.

    Parameters
    ----------
    instrument : Instrument
        With tick and lot.

    Raises
    ------
    InputError
        For an instrument without a grid.

    Examples
    --------
    >>> from pyrt import Grid
    >>> from pyrt.types import RECORDS, Kind
    >>> orders = np.zeros(3, RECORDS[Kind.ORDER])
    >>> orders["kind"], orders["side"], orders["flags"] = Kind.ORDER, 1, [1, 1, 4]
    >>> orders["order_id_low"], orders["price"], orders["qty"] = [7, 8, 7], 99.5, [3.0, 2.0, 1.0]
    >>> book = OrderBook(Instrument("test:A-B", tick=Grid.parse("0.5"), lot=Grid.parse("1")))
    >>> book.apply(orders)
    >>> book.bids(), book.queue("buy", 99.5)
    ([(99.5, 4.0)], [(7, 2.0), (8, 2.0)])
    """

    __slots__ = ("_instrument", "_orders")

    def __init__(self, instrument: Instrument) -> None:
        self._orders, self._instrument = Orders(grids_of(instrument)), instrument

    def __len__(self) -> int:
        """Orders in it."""
        return int(self._orders.live)

    def apply(self, events: Events) -> None:
        """Apply records in their order.

        Raises
        ------
        DataError
            For an order that is not there or there twice, more taken than there was, or a number off the grid; names
            the row. What came before it was applied.
        """
        self._run(events, None)

    def levels(self, events: Events, depth: int = 10) -> npt.NDArray[np.int64]:
        """Apply records, and return the best levels after each of them.

        Returns
        -------
        ndarray of int64, shape (n_events, 4 * depth)
            For each level, best first: the ask's price in ticks and size in lots, the bid's price and size; where there
            is no level both are 0.

        Raises
        ------
        DataError
            As for :meth:`apply`.
        """
        if depth < 1:
            raise InputError(f"depth: must be at least 1, got {depth}")
        out = np.empty((len(events), 4 * depth), np.int64)
        self._run(events, out)
        return out

    def bids(self, depth: int = 10) -> list[tuple[float, float]]:
        """Return the best bids: price and size."""
        return self._side(1, depth)

    def asks(self, depth: int = 10) -> list[tuple[float, float]]:
        """Return the best asks: price and size."""
        return self._side(2, depth)

    def queue(self, side: str, price: float) -> list[tuple[int, float]]:
        """Return the orders at a price, the first in line first: id and size; `side` is ``"buy"`` or ``"sell"``."""
        if side not in ("buy", "sell"):
            raise InputError(f"side: must be 'buy' or 'sell', got {side!r}")
        tick, lot = self._instrument.tick, self._instrument.lot
        if tick is None or lot is None:
            return []
        found = self._orders.queue(1 if side == "buy" else 2, int(tick.to_steps(price)))
        return [(number, float(lot.to_double(lots))) for number, lots in found]

    def _side(self, side: int, depth: int) -> list[tuple[float, float]]:
        tick, lot = self._instrument.tick, self._instrument.lot
        if tick is None or lot is None:
            return []
        best = self._orders.levels(side, depth)
        return [(float(tick.to_double(ticks)), float(lot.to_double(lots))) for ticks, lots in best]

    def _run(self, events: Events, out: npt.NDArray[np.int64] | None) -> None:
        if not isinstance(events, np.ndarray) or events.dtype.itemsize != EVENT.itemsize or events.ndim != 1:
            raise DTypeError(f"events: must be an array of EVENT records, got {getattr(events, 'dtype', type(events))}")
        try:
            self._orders.apply(np.ascontiguousarray(events).view(np.uint8), out)
        except ValueError as error:
            raise DataError(f"events: {error}") from None


def grids_of(instrument: Instrument) -> tuple[int, int, int, int]:
    """Return tick and lot as kernels take them: mantissa, exponent, mantissa, exponent."""
    tick, lot = instrument.tick, instrument.lot
    if tick is None or lot is None:
        raise InputError(f"instrument: {instrument.name!r} has no tick and lot; books need a grid")
    return tick.mantissa, tick.exponent, lot.mantissa, lot.exponent
