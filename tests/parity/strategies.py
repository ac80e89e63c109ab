"""The strategies that two hosts must trade alike."""

import pyrt
import pyrt.indicators as ta


class Cross(pyrt.Strategy):
    """A crossover on trades, by market orders; its exits are closes and targets in turn."""

    fast: int = 10
    slow: int = 60
    qty: float = 0.01

    def start(self, ctx):
        self.f, self.s = ta.sma.stream(self.fast), ta.sma.stream(self.slow)
        self.exits: int = 0

    def on_trade(self, ctx, trade):
        f, s = self.f.update(trade.price), self.s.update(trade.price)
        if f > s and ctx.position == 0.0 and ctx.order_count == 0:
            ctx.market(self.qty)
            ctx.signal(1.0, 0.5)
        elif f < s and ctx.position > 0.0 and ctx.working_sell == 0.0:
            ctx.signal(-1.0)
            self.exits += 1
            if self.exits % 2 == 0:
                ctx.close()
            else:
                ctx.target(0.0)


class Quoter(pyrt.Strategy):
    """Quotes both sides post-only, follows the market by canceling, hits with IOC and FOK when it holds too much."""

    depth = 5
    qty: float = 0.0137
    most: float = 0.05
    away: float = 0.0
    patience: int = 400_000_000

    def start(self, ctx):
        self.buy: int = 0
        self.sell: int = 0
        self.since: int = 0
        self.fills: int = 0
        self.makers: int = 0
        self.rejected: int = 0
        self.checksum = 0.0

    def quote(self, ctx):
        if ctx.working_buy == 0.0 and ctx.position < self.most:
            self.buy = ctx.limit(self.qty, ctx.best_bid - self.away, post_only=True)
        if ctx.working_sell == 0.0 and ctx.position > -self.most:
            self.sell = ctx.limit(-self.qty, ctx.best_ask + self.away, post_only=True)
        self.since = ctx.now

    def on_quote(self, ctx, quote):
        if quote.bid > 0.0 and quote.ask > quote.bid and ctx.order_count == 0:
            self.quote(ctx)

    def on_book(self, ctx, delta):
        if ctx.bid_levels == 0 or ctx.ask_levels == 0:
            return
        self.checksum = 0.5 * self.checksum + ctx.bid(0).price + ctx.ask(ctx.ask_levels - 1).qty + ctx.equity
        for k in range(ctx.order_count):
            order = ctx.order(k)
            stale = order.price < ctx.best_bid - 1.5 if order.side == 1 else order.price > ctx.best_ask + 1.5
            if stale and order.status != 7:
                ctx.cancel(order.order_id)
        if ctx.order_count > 0 and ctx.now - self.since > self.patience:
            ctx.cancel_all()
            self.since = ctx.now
        if ctx.position >= self.most and ctx.working_sell == 0.0:
            ctx.limit(-self.most * 0.7, ctx.best_bid, "ioc", reduce_only=True)
        elif ctx.position <= -self.most and ctx.working_buy == 0.0:
            ctx.limit(self.most * 0.7, ctx.best_ask, "fok", reduce_only=True)

    def on_fill(self, ctx, fill):
        self.fills += 1
        if fill.is_maker:
            self.makers += 1
        self.checksum = 0.5 * self.checksum + ctx.position + ctx.realized_pnl + fill.fee + ctx.unrealized_pnl

    def on_order(self, ctx, update):
        if update.status == 5:
            self.rejected += 1
        self.checksum = 0.5 * self.checksum + update.filled_qty + ctx.working_buy - ctx.working_sell + update.reason


class Clock(pyrt.Strategy):
    """Every second a timer turns the position round and cancels what rests; on rising bars it buys what it can."""

    bars = ("1s", "5s")
    history = 4
    qty: float = 0.02

    def start(self, ctx):
        self.armed: int = 0
        self.turns: int = 0
        self.bars_seen: int = 0
        self.checksum = 0.0

    def on_trade(self, ctx, trade):
        if self.armed == 0:
            self.armed = 1
            ctx.timer(ctx.now + 250_000_000, tag=7)
            ctx.timer(ctx.now - 5, tag=8)

    def on_timer(self, ctx, timer):
        if timer.tag != 7:
            return
        self.turns += 1
        ctx.timer(timer.event_time + 1_000_000_000, tag=7)
        ctx.cancel_all()
        side = 1.0 if self.turns % 2 == 0 else -1.0
        ctx.target(side * self.qty)
        ctx.limit(-side * 0.5, ctx.last_price + side * 0.004)

    def on_bar(self, ctx, bar):
        self.bars_seen += 1
        if ctx.bar_count(period=1) > 1:
            change = ctx.bar(0, period=1).close - ctx.bar(1, period=1).open
            self.checksum = 0.5 * self.checksum + change + bar.volume + bar.high - bar.low + ctx.entry_price * 0.0
            if change > 0.0 and bar.period == 0:
                ctx.limit(self.qty, bar.close, "ioc")


class Ties(pyrt.Strategy):
    """Enters on either side or at the market, with exits that wait; sizes by value and equity; closes now and then."""

    qty: float = 0.02
    away: float = 0.03

    def start(self, ctx):
        self.step: int = 0
        self.most: int = 0
        self.checksum = 0.0

    def exits(self, ctx, parent, side, price):
        group = ctx.group()
        ctx.limit(-side * self.qty, price + side * self.away, reduce_only=True, parent=parent, group=group)
        ctx.limit(-side * self.qty, price + side * 2.0 * self.away, reduce_only=True, parent=parent, group=group)

    def on_trade(self, ctx, trade):
        bid, ask = ctx.best_bid, ctx.best_ask
        if not (bid > 0.0 and ask > bid):
            return
        self.step += 1
        self.most = max(self.most, ctx.order_count)
        turn = self.step % 40
        if turn % 20 == 5:
            either = ctx.group()
            buy = ctx.limit(self.qty, bid, group=either)
            sell = ctx.limit(-self.qty, ask, group=either)
            self.exits(ctx, buy, 1.0, ask)
            self.exits(ctx, sell, -1.0, bid)
        elif turn == 10:
            entry = ctx.market(3000.0, "notional")
            half = ctx.limit(-self.qty / 2.0, ask, parent=entry)
            ctx.limit(0.0, bid, parent=half)
            ctx.limit(self.qty, bid - 0.5, parent=entry, slot=(ctx.slot + 1) % ctx.slot_count, group=ctx.group())
        elif turn == 15:
            ctx.limit(-0.05, ask, sizing="fraction", post_only=True)
        elif turn == 20:
            ctx.target(self.qty)
        elif turn == 27:
            ctx.bracket(self.qty, 0.0, ask + self.away, bid - self.away)
        elif turn == 29:
            ctx.bracket(-0.01, ask, bid - self.away, ask + self.away, sizing="fraction")
        elif turn == 35:
            ctx.close()
        elif turn == 37:
            ctx.cancel_all()
        elif turn == 0 and ctx.order_count > 0:
            ctx.cancel(ctx.order(ctx.order_count - 1).order_id)

    def on_fill(self, ctx, fill):
        self.checksum = 0.5 * self.checksum + ctx.position + ctx.working_buy - ctx.working_sell

    def on_order(self, ctx, update):
        self.checksum = 0.5 * self.checksum + ctx.order_count + update.status
        for k in range(ctx.order_count):
            order = ctx.order(k)
            self.checksum = 0.5 * self.checksum + order.qty + order.status


class Stopper(pyrt.Strategy):
    """Stops of every type, icebergs, orders that expire, and changes of them; brackets with a stop as one leg."""

    qty: float = 0.3
    away: float = 0.013

    def start(self, ctx):
        self.step: int = 0
        self.checksum = 0.0

    def enter(self, ctx, turn, bid, ask):
        last, side = ctx.last_price, 1.0 if self.step % 100 < 50 else -1.0
        near = bid if side > 0.0 else ask
        if turn == 2:
            ctx.stop(side * self.qty, last + side * self.away)
        elif turn == 7:
            ctx.stop_limit(-side * self.qty, last - side * self.away, last - side * 3.0 * self.away, display=0.07)
        elif turn == 12:
            ctx.trailing_stop(-side * self.qty, self.away)
        elif turn == 17:
            ctx.limit(side * self.qty, near, display=0.04)
        elif turn == 22:
            ctx.limit(side * self.qty, near, expiry=ctx.now + 40_000_000)
            ctx.stop(side * self.qty, last + side * 20.0 * self.away, expiry=ctx.now + 500_000_000)
        elif turn == 27:
            ctx.bracket(side * self.qty, 0.0, last + side * 0.04, last - side * 0.03)
        elif turn == 32:
            ctx.limit(side * self.qty, near - side * 0.02, "day", post_only=True)
            ctx.stop_limit(side * self.qty, last + side * self.away, near, post_only=True, tif="day")
        elif turn == 37:
            ctx.trailing_stop(side * 0.2, 2.0 * self.away, sizing="fraction", reduce_only=True)
        elif turn == 47:
            ctx.cancel_all()

    def on_trade(self, ctx, trade):
        bid, ask = ctx.best_bid, ctx.best_ask
        if not (bid > 0.0 and ask > bid):
            return
        self.step += 1
        turn = self.step % 50
        self.enter(ctx, turn, bid, ask)
        if turn % 5 == 4:
            for k in range(min(ctx.order_count, 3)):
                order = ctx.order(k)
                change = (self.step + k) % 4
                if change == 0:
                    ctx.modify(order.order_id, 0.5 * order.qty)
                elif change == 1:
                    ctx.modify(order.order_id, price=bid if order.side == 1 else ask)
                elif change == 2:
                    ctx.modify(order.order_id, trigger=ctx.last_price + (self.away if order.side == 1 else -self.away))
                else:
                    ctx.modify(order.order_id, 1.5 * order.qty, ask)

    def on_fill(self, ctx, fill):
        self.checksum = 0.5 * self.checksum + ctx.position + ctx.working_buy - ctx.working_sell

    def on_order(self, ctx, update):
        self.checksum = 0.5 * self.checksum + ctx.order_count + update.status + update.reason
        for k in range(ctx.order_count):
            order = ctx.order(k)
            self.checksum = 0.5 * self.checksum + order.qty + order.price + order.trigger + order.status


ALL = {"Cross": Cross, "Quoter": Quoter, "Clock": Clock, "Ties": Ties, "Stopper": Stopper}
