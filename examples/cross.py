"""A crossover of two moving averages of the tape: the shortest strategy that trades."""

import pyrt
import pyrt.indicators as ta


class Cross(pyrt.Strategy):
    """Long while the fast average of trades is above the slow one."""

    fast: int = 20
    slow: int = 100
    qty: float = 0.01

    def start(self, ctx):
        self.f, self.s = ta.sma.stream(self.fast), ta.sma.stream(self.slow)

    def on_trade(self, ctx, trade):
        f, s = self.f.update(trade.price), self.s.update(trade.price)
        if f > s and ctx.position == 0 and ctx.order_count == 0:
            ctx.signal(1.0)
            ctx.market(self.qty)
        elif f < s and ctx.position > 0 and ctx.working_sell == 0:
            ctx.signal(-1.0)
            ctx.close()
