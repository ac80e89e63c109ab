"""proto/ACCOUNT.md in plain Python: what an account must have done, told from what a run was told and sent.

The reference is given the records, the answers and the strategy's own commands, and says everything else: which of
them had to be refused, what a liquidation had to send, what was paid, and the money after every event. Strategies must
ask on records alone and tie no orders together, and no answer may come at the time of a record: then the order of
events is plain.
"""

import math
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from pyrt.backtest.matching import contract_of
from pyrt.types import EVENT, RECORDS, InstrumentKind, Kind

RATE, PART, DAY = 10**12, 10**8, 86_400 * 10**9
NEVER = 2**63 - 1
NEW, CANCEL, MODIFY = 1, 2, 3
MARKET, LIMIT, STOP, STOP_LIMIT, TRAILING = 1, 2, 3, 4, 5
KINDS = ("interest", "borrow", "funding", "dividend", "liquidation", "split")


def part(amount, by, of):
    """amount * by / of, towards zero."""
    product = amount * by
    return product // of if product >= 0 else -(-product // of)


@dataclass
class Slot:
    row: int
    tick: object
    lot: object
    units: int  # money of a lot at a price of 1
    inverse: bool
    lots: int = 0
    cost: int = 0
    realized: int = 0
    fees: int = 0
    own_cost: int = 0  # in the quote currency
    last: int | None = None
    bid: int | None = None
    ask: int | None = None
    orders: dict = field(default_factory=dict)
    halted: int = 0  # 1: before a split, 2: until there are new quotes

    def price(self):
        return next((p for p in (self.last, self.ask, self.bid) if p is not None), None)

    def value(self, ticks, lots):
        """What lots are worth at a price; a long inverse contract owes its coins."""
        price = Fraction(ticks * self.tick.mantissa, 10**self.tick.exponent)
        return int(-self.units * lots / price) if self.inverse else int(self.units * lots * price)

    def notional(self):
        mark = self.last if self.last is not None else (self.bid if self.lots > 0 else self.ask)
        return self.own_cost if mark is None else self.value(mark, self.lots)

    def held(self):
        """The notional, above zero if long."""
        return -self.notional() if self.inverse else self.notional()

    def on_its_way(self, side, without=None):
        live = ((key, order) for key, order in self.orders.items() if key != without)
        return sum(order["lots"] - order["filled"] for _, order in live if order["side"] == side)

    def exposure(self, without=None, more=(0, 0)):
        buys, sells = (self.on_its_way(side, without) + more[side - 1] for side in (1, 2))
        return max(abs(self.lots), self.lots + buys, sells - self.lots)


class SlowAccount:
    """An account that is told of events one by one."""

    def __init__(self, instruments, rows, terms, cash, taker_fee, halt=0):
        self.moments = sorted(
            moment
            for time, row, new, old in terms.splits
            for moment in ((time - 1 - halt, row, 0, 0), (time - 1, row, new, old))
        )
        self.terms, self.cash, self.start, self.taker_fee = terms, cash, cash, max(0, taker_fee)
        self.slots = []
        for row in rows:
            tick, lot, contract = instruments[row].tick, instruments[row].lot, contract_of(instruments[row])
            whole, places = lot.mantissa * contract.mantissa, lot.exponent + contract.exponent
            inverse = instruments[row].kind == InstrumentKind.INVERSE
            self.slots.append(Slot(row, tick, lot, whole * 10 ** (18 - places), inverse))
        self.instruments, self.paid, self.prices, self.traded = instruments, [], {}, set()
        self.realized = self.fees = 0
        self.day, self.liquidating, self.attempted, self.closing, self.closed = NEVER, False, False, set(), 0
        self.liquidations = self.refusals = 0
        self.now = self.done = -(2**63)
        self.over = False

    # ---- money

    def rate(self, slot):
        """(mantissa, scale); None: not known."""
        given = self.terms.conversion.get(slot.row)
        if given is None:
            return 1, 1
        if given.series is None:
            found = self.prices.get(given.row)
            return found if found is None or not given.inverse else found[::-1]
        times, values = given.series
        return int(values[np.searchsorted(times, self.now, side="right") - 1]), 10**given.places

    def convert(self, slot, amount):
        rate = self.rate(slot)
        return 0 if rate is None and amount == 0 else part(amount, *rate)

    def value(self, slot):
        return self.convert(slot, slot.notional()) if slot.lots else 0

    def equity(self):
        return self.cash + sum(map(self.value, self.slots))

    def pay(self, kind, slot, amount):
        amount = amount if slot is None else self.convert(slot, amount)
        if amount:
            self.cash += amount
            self.paid.append((self.now, (slot or self.slots[0]).row, KINDS.index(kind), amount))

    def fee(self, notional, rate):
        product = abs(notional) * rate
        return -(-product // 10**18) * 10**10

    def check_money(self):
        """What there is, is what there was, what came and what went."""
        cost, paid = sum(slot.cost for slot in self.slots), sum(row[3] for row in self.paid)
        assert self.cash + cost + self.fees - self.realized - paid == self.start

    # ---- time

    def dues(self, now):
        """Times in the past of which something is paid now; in order."""
        held = any(slot.lots for slot in self.slots)
        times = {
            t for table in (self.terms.funding, self.terms.dividends) for s in table.values() for t in s[0].tolist()
        }
        found = {t for t in times if held and max(self.now, self.done + 1) <= t < now}
        found |= {moment[0] for moment in self.moments if moment[0] < now}
        if self.day < now:
            found.add(self.day)
        return sorted(found)

    def settle(self, time):
        self.now = self.done = time
        for kind, table in (("funding", self.terms.funding), ("dividend", self.terms.dividends)):
            for slot in self.slots:
                for at, value in zip(*(series.tolist() for series in table.get(slot.row, ())), strict=True):
                    if at == time and slot.lots:
                        funding = kind == "funding"
                        self.pay(kind, slot, part(slot.held(), -value, RATE) if funding
                                 else part(slot.units * slot.lots, value, RATE))  # fmt: skip
        if self.day == time:
            if self.terms.interest and self.cash < 0:
                self.pay("interest", None, part(self.cash, self.in_force(self.terms.interest), 365 * RATE))
            for slot in self.slots:
                if slot.row in self.terms.borrow and slot.lots < 0:
                    rate = self.in_force(self.terms.borrow[slot.row])
                    self.pay("borrow", slot, part(slot.held(), rate, 365 * RATE))
            self.day += DAY
        sent = []
        while self.moments and self.moments[0][0] == time:
            _, row, new, old = self.moments.pop(0)
            slot = next(slot for slot in self.slots if slot.row == row)
            slot.halted = 2 if new else 1
            if new:
                self.split(slot, new, old)
            else:
                sent += [(CANCEL, key, row, 0, 0) for key in sorted(slot.orders) if not self.canceling(key)]
        self.plan()
        return sent

    def split(self, slot, new, old):
        whole = abs(slot.lots) * new
        left = whole % old
        if whole:
            worth = self.convert(slot, part(slot.notional(), left, whole))
            cut, slot.own_cost = part(slot.cost, left, whole), slot.own_cost - part(slot.own_cost, left, whole)
            slot.cost, self.cash = slot.cost - cut, self.cash + worth
            if worth != cut:
                self.paid.append((self.now, slot.row, KINDS.index("split"), worth - cut))
            slot.lots = whole // old * (1 if slot.lots > 0 else -1)
        ratio = Fraction(old, new)
        slot.last = None if slot.last is None else math.floor(slot.last * ratio + Fraction(1, 2))
        slot.bid = None if slot.bid is None else math.floor(slot.bid * ratio)
        slot.ask = None if slot.ask is None else math.ceil(slot.ask * ratio)

    def in_force(self, series):
        place = np.searchsorted(series[0], self.now, side="right")
        return int(series[1][place - 1]) if place else 0

    def plan(self):
        if not any(slot.lots for slot in self.slots) and self.cash >= 0:
            self.day = NEVER
        elif self.day == NEVER and (self.terms.interest or any(slot.row in self.terms.borrow for slot in self.slots)):
            self.day = (self.now // DAY + 1) * DAY

    # ---- events

    def hear(self, record):
        """A record of the market is applied."""
        kind, row = int(record["kind"][0]), int(record["instrument"][0])
        slot = next((slot for slot in self.slots if slot.row == row), None)
        tick = self.instruments[row].tick
        if kind == Kind.TRADE:
            ticks = tick.to_steps(float(record.view(RECORDS[Kind.TRADE])[0]["price"]))
            self.prices[row] = ticks * tick.mantissa, 10**tick.exponent
            self.traded.add(row)
            if slot:
                slot.last = ticks
        elif kind == Kind.QUOTE:
            quote = record.view(RECORDS[Kind.QUOTE])[0]
            bid, ask = (None if np.isnan(x) else tick.to_steps(float(x)) for x in (quote["bid"], quote["ask"]))
            if bid and ask and row not in self.traded:
                self.prices[row] = (bid + ask) * tick.mantissa, 2 * 10**tick.exponent
            if slot:
                slot.bid, slot.ask = bid, ask
                slot.halted = 0 if slot.halted == 2 else slot.halted

    def answer(self, record):
        """An answer reaches the host."""
        slot = next(slot for slot in self.slots if slot.row == int(record["instrument"][0]))
        if int(record["kind"][0]) == Kind.FILL:
            self.fill(slot, record.view(RECORDS[Kind.FILL])[0])
            return
        update = record.view(RECORDS[Kind.ORDER_UPDATE])[0]
        key, status, reason = int(update["client_order_id"]), int(update["flags"]) >> 12, int(update["flags"]) & 0xFF
        if status in (3, 4, 5, 6):
            slot.orders.pop(key, None)
            self.closing.discard(key)
        elif key in slot.orders and reason == 14:
            order = slot.orders[key]
            order["lots"] = slot.lot.to_steps(float(update["qty"]))
            order["price"] = slot.tick.to_steps(float(update["price"]))
            order["trigger"] = order.pop("wanted", order["trigger"])

    def fill(self, slot, record):
        ticks, lots = slot.tick.to_steps(float(record["price"])), slot.lot.to_steps(float(record["qty"]))
        key, sign, fee = (
            int(record["client_order_id"]),
            1 if record["side"] == 1 else -1,
            round(record["fee"] * 1e8) * 10**10,
        )
        closed = min(lots, abs(slot.lots)) if slot.lots * sign < 0 else 0
        for closing, some in ((True, closed), (False, lots - closed)):
            money = slot.value(ticks, sign * some)
            worth = self.convert(slot, money)
            self.cash -= worth
            if closing:
                cut, own_cut = (part(c, some, abs(slot.lots) or 1) for c in (slot.cost, slot.own_cost))
                slot.cost, slot.own_cost = slot.cost - cut, slot.own_cost - own_cut
                self.realized -= worth + cut
            else:
                slot.cost, slot.own_cost = slot.cost + worth, slot.own_cost + money
            slot.lots += sign * some
        fees = self.convert(slot, fee)
        self.cash, self.fees = self.cash - fees, self.fees + fees
        if key in slot.orders:
            slot.orders[key]["filled"] += lots
            if slot.orders[key]["filled"] >= slot.orders[key]["lots"]:
                del slot.orders[key]  # whole: it is no longer live, though its update is still to come
        if key in self.closing:
            self.pay("liquidation", slot, -self.fee(slot.value(ticks, lots), self.terms.liquidation_fee))
        self.plan()

    # ---- margin

    def order_price(self, slot, side, kind, price, trigger):
        if kind in (LIMIT, STOP_LIMIT) and side == (2 if slot.inverse else 1):
            return price
        own = {LIMIT: price, STOP_LIMIT: price, STOP: trigger}.get(kind, slot.ask if side == 1 else slot.bid)
        worse = min if slot.inverse else max
        return worse((p for p in (own, slot.price()) if p is not None), default=None)

    def bears(self, slot, side, lots, words, without=None):
        total, more = 0, 0
        for other in self.slots:
            before = other.exposure(without)
            if other is slot:
                more = other.exposure(without, (lots, 0) if side == 1 else (0, lots)) - before
                if more <= 0:
                    return True
            if before:
                price = other.price()
                total += abs(self.value(other) if price is None else self.convert(other, other.value(price, before)))
        price = self.order_price(slot, side, *words)
        if price is None or self.rate(slot) is None:
            return False
        value = slot.value(price, more)
        fee = self.convert(slot, self.fee(value, self.taker_fee))
        free = self.equity() - fee
        return free > 0 and total + abs(self.convert(slot, value)) <= part(free, self.terms.leverage, PART)

    def expect(self, command):
        """A command of the strategy is sent; the mark that it must have."""
        slot = next(slot for slot in self.slots if slot.row == int(command["instrument"]))
        key, lots = int(command["client_order_id"]), int(command["qty"])
        if command["action"] == NEW:
            words = (int(command["type"]), int(command["price"]), int(command["trigger"]))
            mark = (
                8
                if slot.halted
                else 4
                if self.liquidating
                else 0
                if self.bears(slot, int(command["side"]), lots, words)
                else 2
            )
            order = {"side": int(command["side"]), "lots": 0 if mark else lots, "filled": 0, "kind": words[0]}
            slot.orders[key] = order | {"price": words[1], "trigger": words[2]}
        elif command["action"] == MODIFY:
            order = slot.orders[key]
            lots, price = lots or order["lots"], int(command["price"]) or order["price"]
            trigger = int(command["trigger"]) or order["trigger"]
            more = lots > order["lots"] or price != order["price"] or trigger != order["trigger"]
            mark = 8 if slot.halted else 4 if self.liquidating else 0
            if not mark and more and lots > order["filled"]:
                words = (order["kind"], price, trigger)
                mark = 0 if self.bears(slot, order["side"], lots - order["filled"], words, key) else 2
            if not mark:
                order["wanted"] = trigger
        else:
            mark = 0
        self.refusals += bool(mark)
        return mark

    # ---- liquidation

    def watch(self, of_market):
        """What the host must send now, as (action, id, row, side, lots)."""
        if self.terms.maintenance < 0:
            return []
        sent, held = [], [slot for slot in self.slots if slot.lots]
        if not self.liquidating:
            total = sum(abs(self.value(slot)) for slot in held)
            if self.over or not held or self.equity() >= part(total, self.terms.maintenance, PART):
                return []
            self.liquidating, self.attempted = True, False
            self.liquidations += 1
            live = sorted((key, slot.row) for slot in self.slots for key in slot.orders)
            sent += [(CANCEL, key, row, 0, 0) for key, row in live if not self.canceling(key)]
        if self.closing:
            return sent
        if not held:
            self.liquidating = False
            return sent
        if any(o["lots"] > o["filled"] for slot in self.slots for o in slot.orders.values()) or self.over:
            return sent
        if self.attempted and not of_market:
            return sent
        self.attempted = True
        for slot in (slot for slot in held if not slot.halted):
            key = (1 << 48 | 1 << 32) + 2**32 - 1 - self.closed
            sent.append((NEW, key, slot.row, 2 if slot.lots > 0 else 1, abs(slot.lots)))
            self.closing.add(key)
            self.closed += 1
        return sent

    def canceling(self, key):
        return any(slot.orders.get(key, {}).get("canceling") for slot in self.slots)


def follow(result, events, instruments, rows, terms, cash, taker_fee, halt=0):
    """Go through a run event by event, asserting all that the account did; the account at the end."""
    account = SlowAccount(instruments, rows, terms, cash, taker_fee, halt)
    commands, answers = list(result.commands), result.answers
    end = int(events["words"][-1, 0])
    told = [(int(record["words"][0]), 0, k, record) for k, record in enumerate(answers)]
    told += [(int(record["words"][0]), 1, k, record) for k, record in enumerate(events)]
    told.sort(key=lambda row: row[:3])
    at_fills, points, curve = [], [], result.equity_curve

    def sends(expected, flags=0):
        for action, key, row, side, lots in expected:
            command = commands.pop(0)
            assert (int(command["action"]), int(command["client_order_id"])) == (action, key), (command, action, key)
            assert (int(command["instrument"]), int(command["side"]), int(command["qty"])) == (row, side, lots)
            assert (int(command["time"]), int(command["flags"])) == (account.now, flags)
            mark_canceling(key)

    def mark_canceling(key):
        for slot in account.slots:
            if key in slot.orders:
                slot.orders[key]["canceling"] = True

    def pass_time(now):
        while dues := [t for t in account.dues(now) if t <= end]:
            note_points(dues[0])
            sends(account.settle(dues[0]), 8)
            account.check_money()
            sends(account.watch(of_market=False))
        note_points(now)

    def note_points(now):
        while len(points) < len(curve) - 1 and int(curve["time"][len(points)].view(np.int64)) < now:
            account.now = int(curve["time"][len(points)].view(np.int64))
            points.append(account.equity() / 10**18)

    for time, is_record, _, record in told:
        pass_time(time)
        account.now, account.over = time, time > end
        if is_record:
            account.hear(np.array([record]).view(EVENT))
            sends(account.watch(of_market=True))
            while commands and commands[0]["time"] == time:
                command = commands.pop(0)
                mark = account.expect(command)
                assert int(command["flags"]) & 14 == mark, (command, mark, account.equity())
                if command["action"] == CANCEL:
                    mark_canceling(int(command["client_order_id"]))
        else:
            account.answer(np.array([record]).view(EVENT))
            account.check_money()
            if int(record["kind"]) == Kind.FILL:
                at_fills.append(account.equity())
            sends(account.watch(of_market=False))
    pass_time(end + 1)
    assert not commands, commands[0]
    assert points == curve["equity"][:-1].tolist()
    return account, at_fills
