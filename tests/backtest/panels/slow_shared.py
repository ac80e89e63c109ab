"""Signals of several instruments in one account in plain Python, from ``pyrt_ext/accounts/shared.pxd``."""

import math

from tests.backtest.costs.slow_account import SlowAccount


class Bank:
    """The money that the instruments share."""

    def __init__(self, cash):
        self.cash = cash
        self.seats = []
        self.fills = []

    def beside(self, seat):
        others = gross = 0.0
        for one in self.seats:
            if one is not seat and one.qty != 0:
                value = one.qty * one.mark * one.money
                others += value
                gross += abs(value)
        return others, gross

    def equity(self):
        total = self.cash
        for seat in self.seats:
            if seat.qty != 0:
                total += seat.qty * seat.mark * seat.money
        return total


class Seat(SlowAccount):
    """An instrument of a shared account."""

    def __init__(self, bank, name, times, *given):
        self.bank, self.name, self.times = bank, name, times
        super().__init__(*given)
        self.row, self.mark, self.money, self.here, self.hit = 0, 0.0, 0.0, False, False
        bank.seats.append(self)

    @property
    def cash(self):
        return self.bank.cash

    @cash.setter
    def cash(self, value):
        self.bank.cash = value

    def paid_for(self, deal, budget, free):
        if not (budget > 0 and free > 0):
            return 0.0
        leverage, unit = self.account.leverage, deal["price"] * deal["multiplier"]
        low, high, bounded, i = 0.0, 2.0 * min(budget, free * leverage) / unit, False, 0
        while i < 64 and high < math.inf:
            deal["qty"] = 0.5 * (low + high) if bounded else high
            price, fee = self.priced(deal)
            value = deal["qty"] * price * deal["multiplier"]
            if price > 0 and value + fee <= budget and value / leverage + fee <= free:
                low, high = deal["qty"], high if bounded else 2.0 * high
            else:
                high, bounded = deal["qty"], True
            i += bounded
        return low

    def units(self, deal):
        size, leverage = self.sizing, self.account.leverage
        others, gross = self.bank.beside(self)
        equity = self.cash + others
        free = equity - gross / leverage
        if gross > 0 and free < 1e-9 * equity:
            free = 0.0
        limit, volume = self.model.volume_limit, self.known["volume"]
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
                if price > 0 and deal["qty"] * price * deal["multiplier"] / leverage + fee <= free:
                    return deal["qty"]
            return min(self.paid_for(deal, math.inf, free), most)
        if deal["side"] > 0:
            return min(self.paid_for(deal, equity * size["fraction"], free), most)
        qty = self.paid_for(deal, math.inf, equity) * (size["fraction"] / leverage)
        if gross > 0 and qty > 0:
            qty = min(qty, self.paid_for(deal, math.inf, free))
        return min(qty, most)

    def level(self, money):
        keeps = self.account.keeps
        if keeps is None:
            return 0.0 if self.qty > 0 else math.inf
        others, gross = self.bank.beside(self)
        cash = self.cash + others - keeps * gross
        if self.qty > 0:
            return max(-cash / (self.qty * money * (1.0 - keeps)), 0.0)
        return max(cash / (-self.qty * money * (1.0 + keeps)), 0.0)

    def begin(self, now):
        """What falls due on a bar that ends now."""
        self.here, self.hit = self.row < len(self.times) and self.times[self.row] == now, False
        if not self.here:
            return
        self.money = self.rate(self.row, "open")
        if self.row:
            self.falls_due(self.row, self.money)
            if self.due["split"] is not None:
                self.mark /= self.due["split"][self.row]

    def written(self, done):
        """Do something, and write down what it filled, with the time and the cash after it."""
        before, cash = len(self.fills), self.bank.cash
        done()
        for row, side, reason, qty, price, fee in self.fills[before:]:
            value = qty * price * self.money
            cash += -(value + fee) if side == 1 else value - fee
            self.bank.fills.append((self.name, row, side, reason, qty, price, fee, cash))


def run(bank, clock, signals, interest, *, late, exits_first):
    """Return the fills and the equity at each time of the clock; `signals` are (buy, leave, short, cover) by bar."""
    equity = []
    for at, now in enumerate(clock):
        if interest is not None and bank.cash < 0:
            bank.cash += bank.cash * interest[at]
        for seat in bank.seats:
            seat.begin(now)
        if late:
            _act(bank, signals, 1, "open", exits_first=exits_first)
        for seat in bank.seats:
            if seat.here and seat.qty != 0:
                seat.written(lambda seat=seat: setattr(seat, "hit", seat.stopped(seat.row, seat.money)))
        for seat in bank.seats:
            if seat.here:
                seat.mark, seat.money = seat.bars["close"][seat.row], seat.rate(seat.row, "close")
        if not late:
            _act(bank, signals, 0, "close", exits_first=exits_first)
        for seat in bank.seats:
            seat.row += seat.here
        equity.append(bank.equity())
    return bank.fills, equity


def _act(bank, signals, lag, price, *, exits_first):
    for turn in ("leave", "enter") if exits_first else ("both",):
        for seat in bank.seats:
            if not seat.here or seat.hit or seat.row < lag:
                continue
            buy, leave_long, short, cover = signals[seat.name][seat.row - lag]
            if turn == "leave":
                leaves = (seat.qty > 0 and (leave_long or short)) or (seat.qty < 0 and (cover or buy))
                asked = (False, leaves, False, leaves)
            elif turn == "enter":
                asked = (buy, False, short, False)
            else:
                asked = (buy, leave_long, short, cover)
            market = seat.bars[price][seat.row]
            seat.written(lambda seat=seat, asked=asked, market=market: seat.act(seat.row, asked, market, seat.money))
