"""A maker: rests an order on each side of the book, moves it when the market moves, and never holds much."""

import pyrt


class Quoter(pyrt.Strategy):
    """Quotes at the best bid and offer, post-only; takes back what the market has left behind."""

    depth = 1
    qty: float = 0.01
    most: float = 0.05

    def on_book(self, ctx, delta):
        if ctx.bid_levels == 0 or ctx.ask_levels == 0:
            return
        for k in range(ctx.order_count):
            order = ctx.order(k)
            left = order.price < ctx.best_bid if order.side == 1 else order.price > ctx.best_ask
            if left and order.status != 7:
                ctx.cancel(order.order_id)
        if ctx.working_buy == 0 and ctx.position < self.most:
            ctx.limit(self.qty, ctx.best_bid, post_only=True)
        if ctx.working_sell == 0 and ctx.position > -self.most:
            ctx.limit(-self.qty, ctx.best_ask, post_only=True)
