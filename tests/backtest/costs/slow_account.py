"""Signals with an account in plain Python, from the contract of ``pyrt_ext/accounts/signals.pxd``: bar by bar, slow."""

import math
from itertools import pairwise

from tests.backtest.costs.slow_costs import SlowCosts

NAN = math.nan


def known_before(bars, window, units):
    """Mean volume and volatility of the bars before each, summed up from the oldest on."""
    average, volatility = [], []
    for row in range(len(bars.close)):
        rows = range(max(row - window, 0), row)
        total = 0.0
        for i in rows:
            total += bars.volume[i] if units is None else bars.volume[i] / units[i] * units[row]
        average.append(total / len(rows) if rows else NAN)
        closes = [bars.close[i] if units is None else bars.close[i] * units[i] for i in rows]
        changes = [now / before - 1.0 for before, now in pairwise(closes)]
        if len(changes) < 2:
            volatility.append(NAN)
            continue
        total = 0.0
        for change in changes:
            total += change
        mean, total = total / len(changes), 0.0
        for change in changes:
            total += (change - mean) * (change - mean)
        volatility.append(math.sqrt(total / (len(changes) - 1)))
    return {"average_volume": average, "volatility": volatility}


class SlowAccount:
    """One position; `known` has volume, average_volume and volatility of each bar, `due` what falls due before it."""

    def __init__(self, bars, model, account, sizing, stops, due, known):
        self.bars, self.costs, self.account, self.sizing, self.stops = bars, SlowCosts(model), account, sizing, stops
        self.due, self.known, self.model = due, known, model
        self.cash, self.qty, self.entry, self.best = sizing["cash"], 0.0, 0.0, 0.0
        self.fills, self.payments = [], []

    def rate(self, row, when):
        if self.due["rate"] is None:
            return self.account.multiplier
        return self.account.multiplier * self.due["rate"][row if when == "close" else max(row - 1, 0)]

    def deal(self, row, side, qty, price, money, *, maker=False):
        at = {name: NAN if column is None else float(column[row]) for name, column in self.known.items()}
        return {
            "price": float(price), "qty": float(qty), "side": 1.0 if side == 1 else -1.0, "multiplier": float(money),
            "maker": maker, "time": int(self.bars["time"][row]), **at,
        }  # fmt: skip

    def priced(self, deal):
        price = deal["price"] if deal["maker"] else self.costs.price(deal)
        return price, self.costs.fee(deal, price)

    def paid_for(self, deal, budget):
        if not (budget > 0 and self.cash > 0):
            return 0.0
        leverage, unit = self.account.leverage, deal["price"] * deal["multiplier"]
        low, high, bounded, i = 0.0, 2.0 * min(budget, self.cash * leverage) / unit, False, 0
        while i < 64 and high < math.inf:
            deal["qty"] = 0.5 * (low + high) if bounded else high
            price, fee = self.priced(deal)
            value = deal["qty"] * price * deal["multiplier"]
            if price > 0 and value + fee <= budget and value / leverage + fee <= self.cash:
                low, high = deal["qty"], high if bounded else 2.0 * high
            else:
                high, bounded = deal["qty"], True
            i += bounded
        return low

    def units(self, deal):
        size, leverage = self.sizing, self.account.leverage
        volume = self.known["volume"]
        limit = self.model.volume_limit
        most = math.inf if limit is None or volume is None else limit * deal["volume"]
        if size["units"] or size["money"]:
            wanted = size["units"]
            if not wanted:
                deal["qty"] = size["money"] / (deal["price"] * deal["multiplier"])
                price = self.priced(deal)[0]
                wanted = size["money"] / (price * deal["multiplier"]) if price > 0 else math.inf
            deal["qty"] = min(wanted, most)
            if 0 < deal["qty"] < math.inf:
                price, fee = self.priced(deal)
                if price > 0 and deal["qty"] * price * deal["multiplier"] / leverage + fee <= self.cash:
                    return deal["qty"]
            return min(self.paid_for(deal, math.inf), most)
        if deal["side"] > 0:
            return min(self.paid_for(deal, self.cash * size["fraction"]), most)
        return min(self.paid_for(deal, math.inf) * (size["fraction"] / leverage), most)

    def enter(self, row, side, market, money):
        deal = self.deal(row, side, 1.0, market, money)
        deal["qty"] = self.units(deal)
        if deal["qty"] == 0:
            return
        price, fee = self.priced(deal)
        value = deal["qty"] * price * money
        self.cash += -(value + fee) if side == 1 else value - fee
        self.qty, self.entry, self.best = deal["qty"] * deal["side"], price, price
        self.fills.append((row, side, "signal", deal["qty"], price, fee))
        self.costs.settle(deal, price, fee)

    def leave(self, row, market, money, reason):
        side = 2 if self.qty > 0 else 1
        deal = self.deal(row, side, abs(self.qty), market, money, maker=reason == "take_profit")
        price, fee = self.priced(deal)
        value = deal["qty"] * price * money
        self.costs.settle(deal, price, fee)
        if reason == "liquidation":
            fee += self.account.liquidation_bps / 1e4 * value
        self.cash += value - fee if side == 2 else -(value + fee)
        self.fills.append((row, side, reason, abs(self.qty), price, fee))
        self.qty = 0.0

    def act(self, row, signal, market, money):
        buy, leave_long, short, leave_short = signal
        leaves = (self.qty > 0 and (leave_long or short)) or (self.qty < 0 and (leave_short or buy))
        enters = (buy and self.qty <= 0) or (short and self.qty >= 0)
        if leaves:
            self.leave(row, market, money, "signal")
        if enters:
            self.enter(row, 1 if buy else 2, market, money)

    def level(self, money):
        keeps = self.account.keeps
        if keeps is None:
            return 0.0 if self.qty > 0 else math.inf
        if self.qty > 0:
            return max(-self.cash / (self.qty * money * (1.0 - keeps)), 0.0)
        return max(self.cash / (-self.qty * money * (1.0 + keeps)), 0.0)

    def stopped(self, row, money):
        """Whether the bar ends the position."""
        o, h, low = (self.bars[name][row] for name in ("open", "high", "low"))
        sign = 1.0 if self.qty > 0 else -1.0
        found = []
        if self.stops.stop_loss:
            found.append((self.entry * (1.0 - sign * self.stops.stop_loss), "stop_loss"))
        if self.stops.trailing:
            found.append((self.best * (1.0 - sign * self.stops.trailing), "trailing_stop"))
        level, reason = max(found, key=lambda f: sign * f[0]) if found else (-sign * math.inf, "stop_loss")
        last = self.level(money)
        if sign * last >= sign * level:
            level, reason = last, "liquidation"
        gain = self.stops.take_profit
        target = self.entry * (1.0 + sign * gain) if gain else sign * math.inf
        worst, most = (low, h) if sign > 0 else (h, low)
        if sign * o <= sign * level:
            self.leave(row, o, money, reason)
        elif sign * o >= sign * target:
            self.leave(row, o, money, "take_profit")
        elif sign * worst <= sign * level:
            self.leave(row, level, money, reason)
        elif sign * most >= sign * target:
            self.leave(row, target, money, "take_profit")
        else:
            self.best = max(self.best, h) if sign > 0 else min(self.best, low)
            return False
        return True

    def falls_due(self, row, money):
        due, close, paid = self.due, self.bars["close"][row - 1], {}

        def of(name):
            return 0.0 if due[name] is None else due[name][row]

        paid["interest"] = self.cash * of("interest") if self.cash < 0 else 0.0
        self.cash += paid["interest"]
        amounts = {
            "borrow": self.qty * close * money * of("borrow") if self.qty < 0 else 0.0,
            "funding": -(self.qty * close * money * of("funding")),
            "dividend": self.qty * of("dividend") * money,
        }
        for name, amount in amounts.items():
            paid[name] = amount
            self.cash += amount
        split = 1.0 if due["split"] is None else due["split"][row]
        if self.qty:
            self.qty, self.entry, self.best = self.qty * split, self.entry / split, self.best / split
        self.costs.shift /= split
        self.payments.append(paid)

    def run(self, signals, *, late):
        """Return the fills and the equity at each close."""
        equity = []
        for row in range(len(self.bars["close"])):
            money, stopped = self.rate(row, "open"), False
            if row:
                self.falls_due(row, money)
                if late:
                    self.act(row, signals[row - 1], self.bars["open"][row], money)
            if self.qty:
                stopped = self.stopped(row, money)
            money = self.rate(row, "close")
            if not late and not stopped:
                self.act(row, signals[row], self.bars["close"][row], money)
            equity.append(self.cash + self.qty * self.bars["close"][row] * money)
        return self.fills, equity
