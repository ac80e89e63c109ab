"""Strategies that ask for anything, and bars on which anything happens; all from seeds."""

import numpy as np

from pyrt import Strategy
from pyrt.data import Bars

MINUTE = 60_000_000_000
START = 1_700_000_000_000_000_000


class Chaos(Strategy):
    """Draws requests of every kind, and adds up what it is told and sees."""

    history = 4
    seed: int = 1
    busy: int = 40

    def start(self, ctx):
        self.x: int = self.seed
        self.last: int = 0
        self.told = 0.0
        self.seen = 0.0

    def draw(self, n):
        self.x = (self.x * 1103515245 + 12345) % 2147483648
        return (self.x // 65536) % n

    def size(self):
        return (self.draw(9) + 1.0) * (1.0 if self.draw(2) == 0 else -1.0)

    def on_bar(self, ctx, bar):
        self.seen += ctx.equity + ctx.cash + ctx.position + ctx.working_buy * 3.0 + ctx.working_sell * 7.0
        self.seen += ctx.realized_pnl + ctx.unrealized_pnl + ctx.last_price + bar.high + ctx.bar(0).low
        if ctx.position != 0.0:
            self.seen += ctx.entry_price
        for i in range(ctx.order_count):
            o = ctx.order(i)
            self.seen += o.qty + o.filled_qty * 2.0 + o.price + o.trigger + o.status + o.order_id
        if self.draw(100) < self.busy:
            self.ask(ctx, bar.close)
        if self.draw(100) < self.busy // 2:
            self.ask(ctx, bar.close)

    def ask(self, ctx, close):  # noqa: PLR0912 (a branch a kind)
        kind = self.draw(17)
        qty = self.size()
        slot = self.draw(ctx.slot_count)
        near = close * (1.0 + (self.draw(41) - 20) * 0.001)
        far = close * (1.0 + (self.draw(41) - 20) * 0.001)
        reduce = self.draw(4) == 0
        if kind <= 1:
            self.last = ctx.market(qty, reduce_only=reduce, slot=slot)
        elif kind <= 3:
            self.last = ctx.limit(qty, near, self.draw(3), self.draw(5) == 0, slot, reduce_only=reduce)
        elif kind == 4:
            self.last = ctx.limit(qty, near, expiry=ctx.now + (self.draw(6) - 1) * 60_000_000_000, slot=slot)
        elif kind == 5:
            self.last = ctx.limit(qty, near, "day", slot=slot)
        elif kind == 6:
            self.last = ctx.stop(qty, near, reduce_only=reduce, slot=slot)
        elif kind == 7:
            self.last = ctx.stop_limit(qty, near, far, reduce, slot)
        elif kind == 8:
            self.last = ctx.trailing_stop(qty, close * 0.001 * self.draw(9), reduce, slot)
        elif kind <= 10:
            price = 0.0 if self.draw(2) == 0 else near
            width = close * 0.001 * (self.draw(12) + 1)
            sign = 1.0 if qty > 0 else -1.0
            self.last = ctx.bracket(qty, price, near + sign * width, near - sign * width, slot)
        elif kind == 11:
            ctx.cancel(self.last - self.draw(3))
        elif kind == 12:
            price = near if self.draw(2) == 0 else 0.0
            trigger = far if self.draw(3) == 0 else -0.5 * self.draw(2)
            ctx.modify(self.last, abs(qty) if self.draw(2) == 0 else 0.0, price, trigger)
        elif kind == 13:
            ctx.target(self.draw(9) - 4.0, slot)
        elif kind == 14:
            self.last = ctx.limit(abs(qty) * 100.0, near, sizing=1, slot=slot)
        elif kind == 15:
            self.last = ctx.market(qty * 0.01, 2, slot=slot)
        elif self.draw(6) == 0:
            ctx.cancel_all(slot)
        elif self.draw(3) == 0:
            ctx.timer(ctx.now + self.draw(5) * 30_000_000_000, self.draw(7))
        else:
            ctx.close(slot)

    def on_fill(self, ctx, fill):
        self.told += fill.price * fill.qty + fill.fee * 3.0 + ctx.position + ctx.cash * 0.001 + fill.order_id
        if self.draw(12) == 0:
            self.ask(ctx, fill.price)

    def on_order(self, ctx, update):
        self.told += update.status * 5.0 + update.reason * 11.0 + update.filled_qty + update.price
        if self.draw(40) == 0:
            self.ask(ctx, ctx.last_price)

    def on_timer(self, ctx, timer):
        self.told += timer.tag * 13.0
        if self.draw(2) == 0:
            self.ask(ctx, ctx.last_price)


def random_bars(seed, n=160, *, gaps=0.1, step=MINUTE, volume=True, skip=0.0, start=START):
    """A random walk with overnight gaps; prices meet each other often, since they are rounded."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.004, n)))
    opened = np.append(100.0, close[:-1]) * np.where(rng.random(n) < gaps, np.exp(rng.normal(0.0, 0.01, n)), 1.0)
    close, opened = np.round(close, 1), np.round(opened, 1)
    high = np.round(np.maximum(opened, close) + rng.exponential(0.2, n) * (rng.random(n) < 0.8), 1)
    low = np.round(np.minimum(opened, close) - rng.exponential(0.2, n) * (rng.random(n) < 0.8), 1)
    time = start + step * np.arange(1, n + 1)
    kept = rng.random(n) >= skip
    kept[:2] = True
    columns = [column[kept] for column in (time, opened, high, low, close)]
    return Bars(*columns, volume=np.round(rng.exponential(20.0, n), 1)[kept] if volume else None)
