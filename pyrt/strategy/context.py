"""What a strategy can read and ask: the functions behind ``ctx``, written once for both modes.

They are plain Python over the structs of :mod:`~pyrt.strategy.abi`, in the subset that the compiler takes: compiled
they become part of the strategy's object, and in plain mode the same lines run as Python. :data:`PROPERTIES` and
:data:`METHODS` list what a user sees; everything else about the structs is the host's.
"""

# mypy: disable-error-code="no-any-return"
# The structs have no Python types of their own: in one mode they are memory, in the other the compiler's.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .abi import Action, OrderFlag, Sizing, TimeInForce
from .faults import BadRequest, BufferFull, HistoryError, UnknownSlot

__all__ = ["EVENT_PROPERTIES", "METHODS", "PROPERTIES", "Context"]

Context = Any
"""The ``ctx`` of handlers."""


# ---- reading ----------------------------------------------------------------------------------------------------


def at(ctx: Context, slot: int) -> Any:
    """Return the row of one of the strategy's instruments, counted from 0 in the order of ``instruments``."""
    if slot < 0 or slot >= ctx.slot_count:
        raise UnknownSlot("there is no instrument with this slot")
    return ctx.slots[slot]


def position(ctx: Context) -> float:
    """Signed quantity held of the event's instrument; exactly 0 when flat."""
    return at(ctx, ctx.slot).position


def entry_price(ctx: Context) -> float:
    """Average cost of the position, NaN when flat."""
    return at(ctx, ctx.slot).avg_price


def realized_pnl(ctx: Context) -> float:
    """Profit of what was closed, after fees, in quote currency."""
    return at(ctx, ctx.slot).realized_pnl


def unrealized_pnl(ctx: Context) -> float:
    """Profit of the position at the present mark."""
    return at(ctx, ctx.slot).unrealized_pnl


def best_bid(ctx: Context) -> float:
    """Best bid of the event's instrument, NaN if there is none."""
    return at(ctx, ctx.slot).bid


def best_ask(ctx: Context) -> float:
    """Best ask, NaN if there is none."""
    return at(ctx, ctx.slot).ask


def bid_qty(ctx: Context) -> float:
    """Size at the best bid."""
    return at(ctx, ctx.slot).bid_qty


def ask_qty(ctx: Context) -> float:
    """Size at the best ask."""
    return at(ctx, ctx.slot).ask_qty


def mid(ctx: Context) -> float:
    """Mean of best bid and best ask, NaN if one is missing."""
    row = at(ctx, ctx.slot)
    return 0.5 * (row.bid + row.ask)


def spread(ctx: Context) -> float:
    """Best ask less best bid, NaN if one is missing."""
    row = at(ctx, ctx.slot)
    return row.ask - row.bid


def last_price(ctx: Context) -> float:
    """Price of the last trade, or close of the last bar; NaN before the first."""
    return at(ctx, ctx.slot).last_price


def last_qty(ctx: Context) -> float:
    """Quantity of the last trade."""
    return at(ctx, ctx.slot).last_qty


def tick(ctx: Context) -> float:
    """Step of prices, 0 without a grid."""
    return at(ctx, ctx.slot).tick


def lot(ctx: Context) -> float:
    """Step of quantities, 0 without a grid."""
    return at(ctx, ctx.slot).lot


def working_buy(ctx: Context) -> float:
    """Sum of what is left of own live buy orders."""
    return at(ctx, ctx.slot).working_buy


def working_sell(ctx: Context) -> float:
    """Sum of what is left of own live sell orders."""
    return at(ctx, ctx.slot).working_sell


def bid_levels(ctx: Context) -> int:
    """Count of bid levels that ``ctx.bid`` can reach."""
    return at(ctx, ctx.slot).bid_count


def ask_levels(ctx: Context) -> int:
    """Count of ask levels that ``ctx.ask`` can reach."""
    return at(ctx, ctx.slot).ask_count


def warming_up(ctx: Context) -> bool:
    """Whether the host feeds history with orders off."""
    return (ctx.flags & 1) != 0


def bid(ctx: Context, level: int = 0) -> Any:
    """Return a bid level (``price``, ``qty``), 0 the best; the class asks for them with ``depth = N``."""
    row = at(ctx, ctx.slot)
    if level < 0 or level >= row.bid_count:
        raise HistoryError("there is no such bid level; compare with ctx.bid_levels first")
    return row.bids[level]


def ask(ctx: Context, level: int = 0) -> Any:
    """Return an ask level (``price``, ``qty``), 0 the best; the class asks for them with ``depth = N``."""
    row = at(ctx, ctx.slot)
    if level < 0 or level >= row.ask_count:
        raise HistoryError("there is no such ask level; compare with ctx.ask_levels first")
    return row.asks[level]


def _series(ctx: Context, slot: int, period: int) -> Any:
    row = at(ctx, ctx.slot if slot < 0 else slot)
    if period < 0 or period >= row.series_count:
        raise HistoryError("the strategy has no such bar period")
    return row.series[period]


def bar_count(ctx: Context, slot: int = -1, period: int = 0) -> int:
    """Return how many bars ``ctx.bar`` can reach."""
    series = _series(ctx, slot, period)
    return min(series.count, series.limit)


def bar(ctx: Context, back: int = 0, slot: int = -1, period: int = 0) -> Any:
    """Return a bar that has ended, 0 the last; the class asks for them with ``bars`` and ``history``."""
    series = _series(ctx, slot, period)
    if back < 0 or back >= series.count or back >= series.limit:
        raise HistoryError("there is no such bar yet; compare with ctx.bar_count() first")
    return series.bars[(series.count - 1 - back) & (series.capacity - 1)]


def order(ctx: Context, index: int) -> Any:
    """Return one of the strategy's live orders, 0 to ``ctx.order_count - 1``."""
    if index < 0 or index >= ctx.order_count:
        raise HistoryError("there is no such live order; compare with ctx.order_count first")
    return ctx.orders[index]


# ---- asking -----------------------------------------------------------------------------------------------------


def _request(ctx: Context, action: int, slot: int, tag: int) -> Any:
    if ctx.request_count >= ctx.request_capacity:
        raise BufferFull("too many requests in one call")
    where = ctx.slot if slot < 0 else slot
    if where >= ctx.slot_count:
        raise UnknownSlot("there is no instrument with this slot")
    request = ctx.requests[ctx.request_count]
    request.size = 128
    request.action = action
    request.side = 0
    request.tif = 0
    request.sizing = 0
    request.slot = where
    request.flags = 0
    request.order_id = 0
    request.tag = tag
    request.qty = 0.0
    request.price = 0.0
    request.trigger = 0.0
    request.expiry = 0
    request.display = 0.0
    request.group = 0
    request.parent = 0
    request.trail = 0.0
    request.value = 0.0
    request.confidence = 0.0
    ctx.request_count += 1
    return request


def _order(ctx: Context, action: int, qty: float, slot: int, tag: int) -> Any:
    if qty - qty != 0.0:
        raise BadRequest("the quantity is NaN or infinite")
    request = _request(ctx, action, slot, tag)
    request.side = 1 if qty >= 0.0 else 2
    request.qty = abs(qty)
    request.order_id = ctx.next_order_id
    ctx.next_order_id += 1
    return request


def _finite(price: float) -> float:
    if price - price != 0.0:
        raise BadRequest("the price is NaN or infinite")
    return price


def _tie(request: Any, reduce_only: bool, parent: int, group: int) -> Any:
    request.parent = parent
    request.group = group
    request.flags |= (OrderFlag.REDUCE_ONLY if reduce_only else 0) | (OrderFlag.OCO if group != 0 else 0)
    return request.order_id


def market(
    ctx: Context, qty: float, sizing: int = 0, reduce_only: bool = False, slot: int = -1, tag: int = 0,
    *, parent: int = 0, group: int = 0,
) -> int:  # fmt: skip
    """Buy (`qty` above 0) or sell (below 0) at the market; returns the order's id.

    `sizing` says what `qty` is: ``"quantity"``, ``"notional"`` (a value in quote currency), ``"fraction"`` (of equity)
    or ``"target"`` (the position to reach); the size goes down to a lot. `reduce_only` never goes beyond flat. With
    `parent` (an order's id) it waits in the host until that order has ended with something filled, and follows its
    quantity. Orders of one `group` (a number of ``ctx.group()``) cancel each other: the first fill of one, of a part
    too, cancels the others. All orders take these words alike.
    """
    request = _order(ctx, Action.MARKET, qty, slot, tag)
    request.sizing = sizing
    return _tie(request, reduce_only, parent, group)


def limit(  # noqa: PLR0913 (an order has many words; those beyond the usual are keyword-only)
    ctx: Context, qty: float, price: float, tif: int = 0, post_only: bool = False, slot: int = -1, tag: int = 0,
    *, sizing: int = 0, reduce_only: bool = False, expiry: int = 0, display: float = 0.0, parent: int = 0,
    group: int = 0,
) -> int:  # fmt: skip
    """Buy or sell at `price` or better; returns the order's id.

    `tif` is ``"gtc"``, ``"ioc"``, ``"fok"``, ``"gtd"`` or ``"day"``; `expiry` is ns UTC and makes the order GTD;
    `display` shows only that much at a time (iceberg); for the other words see ``ctx.market``.
    """
    _finite(price)
    _finite(display)
    request = _order(ctx, Action.LIMIT, qty, slot, tag)
    request.price = price
    request.tif = TimeInForce.GTD if expiry != 0 else tif
    request.sizing = sizing
    request.expiry = expiry
    request.display = display
    request.flags = OrderFlag.POST_ONLY if post_only else 0
    return _tie(request, reduce_only, parent, group)


def stop(  # noqa: PLR0913
    ctx: Context, qty: float, trigger: float, sizing: int = 0, reduce_only: bool = False, slot: int = -1, tag: int = 0,
    *, tif: int = 0, expiry: int = 0, parent: int = 0, group: int = 0,
) -> int:  # fmt: skip
    """Buy or sell at the market once the price reaches `trigger`; returns the order's id.

    The venue watches its trades (a book of quotes its touch), and fills at what its book shows then: at any price
    beyond `trigger`. `tif` and `expiry` as of ``ctx.limit``; they end an order that still waits.
    """
    _finite(trigger)
    request = _order(ctx, Action.STOP, qty, slot, tag)
    request.trigger = trigger
    request.sizing = sizing
    request.tif = TimeInForce.GTD if expiry != 0 else tif
    request.expiry = expiry
    return _tie(request, reduce_only, parent, group)


def stop_limit(  # noqa: PLR0913
    ctx: Context, qty: float, trigger: float, price: float, reduce_only: bool = False, slot: int = -1, tag: int = 0,
    *, sizing: int = 0, tif: int = 0, post_only: bool = False, expiry: int = 0, display: float = 0.0, parent: int = 0,
    group: int = 0,
) -> int:  # fmt: skip
    """Place a limit order at `price` once the price reaches `trigger`; returns the order's id.

    It never fills beyond `price`, and may not fill at all. The other words are those of ``ctx.limit``.
    """
    _finite(trigger)
    _finite(price)
    _finite(display)
    request = _order(ctx, Action.STOP_LIMIT, qty, slot, tag)
    request.trigger = trigger
    request.price = price
    request.sizing = sizing
    request.tif = TimeInForce.GTD if expiry != 0 else tif
    request.expiry = expiry
    request.display = display
    request.flags = OrderFlag.POST_ONLY if post_only else 0
    return _tie(request, reduce_only, parent, group)


def trailing_stop(  # noqa: PLR0913
    ctx: Context, qty: float, trail: float, reduce_only: bool = False, slot: int = -1, tag: int = 0,
    *, sizing: int = 0, tif: int = 0, expiry: int = 0, parent: int = 0, group: int = 0,
) -> int:  # fmt: skip
    """Buy or sell at the market once the price has come back by `trail` from its best; returns the order's id.

    The best is the highest price (of a buy the lowest) since the order arrived. `tif` and `expiry` as of ``ctx.stop``.
    """
    _finite(trail)
    request = _order(ctx, Action.TRAILING_STOP, qty, slot, tag)
    request.trail = trail
    request.sizing = sizing
    request.tif = TimeInForce.GTD if expiry != 0 else tif
    request.expiry = expiry
    return _tie(request, reduce_only, parent, group)


def bracket(
    ctx: Context, qty: float, price: float, take: float, stop: float, slot: int = -1, tag: int = 0, *, sizing: int = 0
) -> int:
    """Enter by a limit order at `price` (0.0: at the market), leave at `take` or at `stop`, whichever comes first.

    Three requests: the entry, and two reduce-only exits that wait until the entry has ended, have the quantity that it
    has filled, and cancel each other. Returns the entry's id; the exits' ids are the next two. `sizing` is the entry's.
    """
    _finite(price)
    _finite(take)
    _finite(stop)
    entry = _order(ctx, Action.MARKET if price == 0.0 else Action.LIMIT, qty, slot, tag)
    entry.price = price
    entry.sizing = sizing
    parent = entry.order_id
    profit = _order(ctx, Action.LIMIT, -qty, slot, tag)
    profit.price = take
    _tie(profit, True, parent, parent)
    loss = _order(ctx, Action.STOP, -qty, slot, tag)
    loss.trigger = stop
    _tie(loss, True, parent, parent)
    if sizing != 0:  # all that the entry has filled
        profit.qty = 0.0
        loss.qty = 0.0
    return parent


def group(ctx: Context) -> int:
    """Return a new number for orders that cancel each other (OCO)."""
    number = ctx.next_order_id
    ctx.next_order_id += 1
    return number


def target(ctx: Context, qty: float, slot: int = -1, tag: int = 0) -> int:
    """Trade at the market until the position is `qty` (signed); returns the order's id."""
    request = _order(ctx, Action.MARKET, qty, slot, tag)
    request.sizing = Sizing.TARGET
    return request.order_id


def close(ctx: Context, slot: int = -1, tag: int = 0) -> int:
    """Close the position at the market, reduce-only; returns the order's id, 0 when flat."""
    held = at(ctx, ctx.slot if slot < 0 else slot).position
    if held == 0.0:
        return 0
    request = _order(ctx, Action.MARKET, -held, slot, tag)
    request.flags = OrderFlag.REDUCE_ONLY
    return request.order_id


def cancel(ctx: Context, order_id: float) -> None:
    """Cancel a live order by the id that its request returned; an order that is gone is not an error."""
    request = _request(ctx, Action.CANCEL, -1, 0)
    request.order_id = int(order_id)


def cancel_all(ctx: Context, slot: int = -1) -> None:
    """Cancel the strategy's live orders in one instrument."""
    _request(ctx, Action.CANCEL_ALL, slot, 0)


def modify(ctx: Context, order_id: float, qty: float = 0.0, price: float = 0.0, trigger: float = 0.0) -> None:
    """Give a live order another quantity (unsigned, with what has filled), price or trigger; 0.0 leaves one as it is.

    Less at the same price keeps its place in the queue, anything else goes to the back. An order that is gone is not
    an error.
    """
    _finite(qty)
    _finite(price)
    _finite(trigger)
    request = _request(ctx, Action.MODIFY, -1, 0)
    request.order_id = int(order_id)
    request.qty = qty
    request.price = price
    request.trigger = trigger


def signal(ctx: Context, value: float, confidence: float = 1.0, slot: int = -1, tag: int = 0) -> None:
    """Publish an opinion: direction and strength, and how sure it is (0 to 1)."""
    _finite(value)
    _finite(confidence)
    request = _request(ctx, Action.SIGNAL, slot, tag)
    request.value = value
    request.confidence = confidence


def timer(ctx: Context, time: int, tag: int = 0) -> None:
    """Ask for one ``on_timer`` at `time` (ns UTC); one in the past fires at once."""
    request = _request(ctx, Action.TIMER, -1, tag)
    request.expiry = time


# ---- records ----------------------------------------------------------------------------------------------------


def order_id(event: Any) -> int:
    """Id of the order as the strategy knows it: what ``ctx.market()`` and its siblings returned."""
    return event.client_order_id & 0xFFFFFFFF


def is_maker(event: Any) -> bool:
    """Whether our order rested."""
    return (event.flags & 0x400) != 0


def order_status(event: Any) -> int:
    """Status of the order."""
    return event.flags >> 12


def reason(event: Any) -> int:
    """Why the order was refused or ended, 0 if there is nothing to say."""
    return event.flags & 0xFF


def period(event: Any) -> int:
    """Row of the bar's period in the class's ``bars``."""
    return event.flags & 0xFF


_Function = Callable[..., Any]

PROPERTIES: dict[str, _Function] = {
    f.__name__: f
    for f in (
        position, entry_price, realized_pnl, unrealized_pnl, best_bid, best_ask, bid_qty, ask_qty, mid, spread,
        last_price, last_qty, tick, lot, working_buy, working_sell, bid_levels, ask_levels, warming_up,
    )
}  # fmt: skip
"""Read as attributes of ``ctx``, of the event's instrument. Fields: ``now``, ``slot``, ``slot_count``, ``cash``,
``equity``, ``order_count``."""

FIELDS = ("now", "slot", "slot_count", "cash", "equity", "order_count")

METHODS: dict[str, _Function] = {
    f.__name__: f
    for f in (
        at, bid, ask, bar, bar_count, order, market, limit, stop, stop_limit, trailing_stop, bracket, group, target,
        close, cancel, cancel_all, modify, signal, timer,
    )
}  # fmt: skip
"""Called on ``ctx``."""

EVENT_PROPERTIES: dict[str, dict[str, _Function]] = {
    "order_update": {"order_id": order_id, "status": order_status, "reason": reason},
    "fill": {"order_id": order_id, "is_maker": is_maker},
    "bar": {"period": period},
}
"""Read as attributes of a record, by its kind, beside the record's own fields."""
