"""A host of strategies on bars in plain Python, written from ``proto/BARS.md`` alone: slow, and equal bits.

It calls the same handlers as the kernel and gives what the kernel writes: orders, fills, equity, totals.
"""

import ctypes
import math
from dataclasses import dataclass, field

import numpy as np

from pyrt.backtest.bars.tables import FILL_ROW, ORDER_ROW
from pyrt.backtest.sessions.seat import Seat
from pyrt.data.resampling import period_ns
from pyrt.errors import GridError
from pyrt.types import RECORDS, Kind

HANDLER = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p)
ON_BAR, ON_ORDER, ON_FILL, ON_TIMER = 0, 4, 5, 6
MARKET, LIMIT, STOP, STOP_LIMIT, TRAILING, CANCEL, CANCEL_ALL, MODIFY, SIGNAL, TIMER = range(1, 11)
GTC, IOC, FOK, GTD, DAY = range(5)
QUANTITY, VALUE, FRACTION, TARGET = range(4)
POST_ONLY, REDUCE_ONLY, OCO = 1, 2, 4
NEW, PARTIALLY, FILLED, CANCELED, REJECTED, EXPIRED = 1, 2, 3, 4, 5, 6
WHY = {
    "bad_quantity": 1, "bad_price": 2, "would_cross": 5, "not_enough": 6, "ioc_rest": 7, "triggered": 12,
    "bad_trigger": 13, "modified": 14, "bad_expiry": 15, "time_up": 16, "group_filled": 17, "parent_ended": 18,
    "nothing_to_reduce": 19, "no_margin": 20, "liquidated": 21, "": 0,
}  # fmt: skip
DAY_NS = 86_400_000_000_000
NEVER = 2**63 - 1


@dataclass(eq=False)
class Order:
    id: int
    slot: int
    action: int
    side: int
    tif: int
    flags: int
    qty: float
    price: float
    trigger: float
    trail: float
    group: int
    parent: int
    expiry: int
    since: int
    time: int
    tag: int
    filled: float = 0.0
    extreme: float = 0.0
    stage: str = "sent"  # waits, sent, stopped, rests, dead
    accepted: bool = False
    row: dict = field(default_factory=dict)
    status: int = 0

    @property
    def sign(self):
        return 1.0 if self.side == 1 else -1.0

    @property
    def left(self):
        return self.qty - self.filled

    @property
    def reduces(self):
        return bool(self.flags & REDUCE_ONLY)

    @property
    def is_exit(self):
        return self.reduces and self.action != MARKET and self.tif not in (IOC, FOK)

    @property
    def limited(self):
        return self.action in (LIMIT, STOP_LIMIT)

    @property
    def level(self):
        if self.stage == "rests":
            return self.price
        if self.action == TRAILING:
            return self.extreme - self.trail if self.side == 2 else self.extreme + self.trail
        return self.trigger

    @property
    def below(self):
        return (self.side == 1) == (self.stage == "rests")

    def takes(self, price):
        return self.price >= price if self.side == 1 else self.price <= price


class SlowBars:
    """One run; `fee` and `price` are the costs: rate and slippage, closed forms."""

    def __init__(self, data, instance, rows):
        self.data, self.instance, self.seat = data, instance, Seat(instance, data.instruments, rows)
        self.bars = [data.bars[row] for row in rows]
        self.handlers = [HANDLER(int(address)) if address else None for address in instance.table[:10]]
        terms = data.costs.terms()
        self.rate, self.fixed = float(terms["taker_rate"]), float(terms["fixed"])
        self.slip, self.limit = float(terms["spread_rate"] + terms["slippage_size"]), float(terms["volume_limit"])
        self.cash = data.cash
        n = len(rows)
        self.account, self.margined = data.account, data.account is not None or bool(data.actions)
        self.dues = [data.ledger(row) for row in rows]
        self.multipliers = [data.multiplier(row) for row in rows]
        self.money = [
            m * (1.0 if d.rate is None else float(d.rate[0])) for m, d in zip(self.multipliers, self.dues, strict=True)
        ]
        keeps = self.account.keeps if self.account else None
        self.keeps = -1.0 if keeps is None else keeps
        self.leverage = self.account.leverage if self.account else 0.0
        self.paid, self.before = [], None
        self.qty, self.cost, self.realized, self.fees = [0.0] * n, [0.0] * n, [0.0] * n, [0.0] * n
        self.at = [0] * n
        self.orders, self.live, self.fills, self.equity, self.answers, self.timers = [], [], [], [], [], []
        self.counts = {"not_sent": 0, "too_late": 0, "cut": 0, "liquidated": 0, "rounded": 0}
        self.grids = [data.grids.get(data.names[row]) for row in rows]
        wants = [period_ns(text) for text in instance.subscriptions.bars]
        self.own, self.longer = [], []
        for bars in self.bars:
            period = int(np.diff(bars.time).min()) if len(bars) > 1 else 0
            self.own.append(0 if not wants or wants == [period] else wants.index(period) if period in wants else -1)
            places = enumerate(wants) if wants and wants != [period] else ()
            self.longer.append({row: [length, None, 0] for row, length in places if row != self.own[-1]})
        self.shown_average = [math.nan] * n
        self.last_id = self.now = 0
        self.walking = None
        self.place = 2
        self.seat.context["cash"] = self.seat.context["equity"] = self.cash

    # ---- the clock

    def run(self):
        times = sorted({int(t) for bars in self.bars for t in bars.time})
        for k, now in enumerate(times):
            while self.timers and self.timers[0][0] < now:
                self.fire()
            self.step(now)
            following = times[k + 1] if k + 1 < len(times) else now + 1
            while self.timers and self.timers[0][0] < min(following, times[-1] + 1):
                self.fire()
        return self

    def fire(self):
        time, tag, slot = self.timers.pop(0)
        self.now = max(self.now, time)
        record = np.zeros(1, RECORDS[Kind.TRADE])
        record["kind"], record["event_time"], record["receive_time"] = 10, self.now, self.now
        record.view("<i8")[4] = tag
        self.call(ON_TIMER, slot, record)
        self.deliver()

    def step(self, now):
        self.now = now
        ended = [s for s, bars in enumerate(self.bars) if self.at[s] < len(bars) and bars.time[self.at[s]] == now]
        if self.account and self.before is not None and self.cash < 0:
            rate = self.account.interest
            rate = rate if isinstance(rate, float) else float(rate.at(np.array([self.before]), "interest")[0])
            self.pay(0, 0, self.cash * (rate * ((now - self.before) / (365 * DAY_NS))))
        self.before = now
        for slot in ended:
            self.falls_due(slot, self.at[slot])
            self.walk(slot)
            rate = self.dues[slot].rate
            self.money[slot] = self.multipliers[slot] * (1.0 if rate is None else float(rate[self.at[slot]]))
            self.apply(slot)
        self.show_account()
        self.equity.append(self.worth())
        self.deliver()
        for slot in ended:
            self.show_bars(slot, now)

    def show_bars(self, slot, now):
        """Longer bars that are late; then those that end now, the instrument's own among them, by their periods."""
        for row, (_, bar, end) in self.longer[slot].items():
            if bar is not None and end < now:
                self.give(slot, row)
        bars, at = self.bars[slot], self.at[slot] - 1
        for made in self.longer[slot].values():
            one = [float(getattr(bars, name)[at]) for name in ("open", "high", "low", "close")]
            one.append(0.0 if bars.volume is None else 0.0 + float(bars.volume[at]))
            if made[1] is None:
                made[1], made[2] = one, -(-now // made[0]) * made[0]
            else:
                first, high, low, _, volume = made[1]
                made[1] = [first, max(high, one[1]), min(low, one[2]), one[3], volume + one[4]]
        for row in sorted({*self.longer[slot], self.own[slot]} - {-1}):
            if row == self.own[slot]:
                series = self.seat.series[slot, row]
                bar = self.seat.bars[slot, row][(int(series["count"]) - 1) % int(series["capacity"]) :][:1]
                self.show(slot, bar)
            elif self.longer[slot][row][2] == now:
                self.give(slot, row)

    def give(self, slot, row):
        made, series = self.longer[slot][row], self.seat.series[slot, row : row + 1]
        place = int(series["count"][0]) % int(series["capacity"][0])
        bar = self.seat.bars[slot, row][place:][:1].view(RECORDS[Kind.BAR])
        bar["stamp"], bar["event_time"], bar["kind"] = (
            self.at[slot] - (1 if made[2] == self.now else 2),
            made[2],
            Kind.BAR,
        )
        bar["instrument"], bar["flags"] = slot, row
        for name, value in zip(("open", "high", "low", "close", "volume"), made[1], strict=True):
            bar[name] = value
        series["count"] += 1
        made[1] = None
        self.show(slot, bar)

    def show(self, slot, bar):
        self.call(ON_BAR, slot, bar)
        if self.data.fill == "close":
            self.fill_at_close()
            self.show_account()
            self.equity[-1] = self.worth()
        self.deliver()

    def snap(self, slot, value):
        """A sum of lots without its rounding error."""
        if self.grids[slot] is None:
            return value
        lot = self.grids[slot].lot
        try:
            return float(lot.to_double(lot.to_steps(value)))
        except GridError:
            return value

    def put(self, slot, which, value, *, up=False):
        """A number on its grid, counted if it was beside it."""
        if self.grids[slot] is None or not value:
            return value
        grid = getattr(self.grids[slot], which)
        try:
            return float(grid.to_double(grid.to_steps(value)))
        except GridError:
            self.counts["rounded"] += 1
            return float(grid.to_double(grid.to_steps(value, rounding="up" if up else "down")))

    # ---- the account

    def pay(self, slot, kind, amount):
        if amount:
            self.cash += amount
            self.paid.append((self.now, amount, slot, kind))

    def falls_due(self, slot, row):
        due, qty, money = self.dues[slot], self.qty[slot], self.money[slot]
        if row and qty:
            close = float(self.bars[slot].close[row - 1])
            if due.borrow is not None and qty < 0:
                self.pay(slot, 1, qty * close * money * float(due.borrow[row]))
            if due.funding is not None:
                self.pay(slot, 2, -(qty * close * money * float(due.funding[row])))
            if due.dividend is not None:
                self.pay(slot, 3, qty * float(due.dividend[row]) * money)
        ratio = 1.0 if due.split is None else float(due.split[row])
        if ratio != 1.0:
            self.qty[slot] *= ratio
            held = self.qty[slot]
            self.shown_average[slot] = self.cost[slot] / (held * self.money[slot]) if held else math.nan
            self.seat.slots["last_price"][slot] /= ratio
            for o in self.live:
                if o.slot == slot and o.stage != "dead":
                    o.qty, o.filled, o.price = o.qty * ratio, o.filled * ratio, o.price / ratio
                    o.trigger, o.trail, o.extreme = o.trigger / ratio, o.trail / ratio, o.extreme / ratio

    def others(self, slot):
        """Equity and value of all positions but one, from the cash on, slot by slot."""
        equity, total = self.cash, 0.0
        for other, qty in enumerate(self.qty):
            if other != slot and qty:
                value = qty * float(self.seat.slots["last_price"][other]) * self.money[other]
                equity, total = equity + value, total + abs(value)
        return equity, total

    def is_beyond(self, slot, side, qty, price, fee):
        held = self.qty[slot]
        after = held + (qty if side == 1 else -qty)
        if abs(after) <= abs(held) or not self.leverage > 0:
            return False
        equity, total = self.cash, 0.0
        for other, units in enumerate(self.qty):
            if other == slot:
                equity += held * price * self.money[slot]
                total += abs(after) * price * self.money[slot]
            elif units:
                value = units * float(self.seat.slots["last_price"][other]) * self.money[other]
                equity, total = equity + value, total + abs(value)
        return not total / self.leverage + fee <= equity

    def is_at_risk(self, slot):
        return self.margined and self.keeps >= 0 and self.qty[slot] != 0

    def lost_at(self, slot):
        equity, total = self.others(slot)
        qty, money, keeps = self.qty[slot], self.money[slot], self.keeps
        if qty > 0:
            return (keeps * total - equity) / (qty * money * (1.0 - keeps))
        return (equity - keeps * total) / (-qty * money * (1.0 + keeps))

    def is_lost(self, slot, price, end, first):
        """Where a position is liquidated on a leg before its first order; None if it is not."""
        if not self.is_at_risk(slot):
            return None
        last, sign = self.lost_at(slot), 1.0 if self.qty[slot] > 0 else -1.0
        if sign * last >= sign * price:
            return price
        if sign * last < sign * end or (first is not None and sign * last < sign * first.level):
            return None
        return last

    def liquidate(self, slot, price):
        for o in [o for o in self.live if o.slot == slot]:
            if o.stage != "dead":
                self.end(o, CANCELED, "liquidated")
        held = self.qty[slot]
        o = Order(0, slot, 0, 2 if held > 0 else 1, 0, 0, abs(held), 0.0, 0.0, 0.0, 0, 0, 0, 0, 0, 0)
        price = price * (1.0 + o.sign * self.slip)
        fee = self.book(o, abs(held), price, maker=False, forced=True)
        self.counts["liquidated"] += 1
        self.answer_fill(o, abs(held), price, fee, maker=False)

    def apply(self, slot):
        bars, row, shown = self.bars[slot], self.at[slot], self.seat.slots[slot : slot + 1]
        own = self.own[slot]
        if own >= 0:
            series = self.seat.series[slot, own : own + 1]
            bar = self.seat.bars[slot, own][int(series["count"][0]) % int(series["capacity"][0]) :][:1].view(
                RECORDS[Kind.BAR]
            )
            bar["stamp"], bar["event_time"], bar["kind"], bar["instrument"] = row, bars.time[row], Kind.BAR, slot
            for name in ("open", "high", "low", "close"):
                bar[name] = getattr(bars, name)[row]
            bar["volume"], bar["flags"] = 0.0 if bars.volume is None else bars.volume[row], own
            series["count"] += 1
        shown["event_time"], shown["last_price"] = bars.time[row], bars.close[row]
        self.at[slot] += 1

    def worth(self):
        total = self.cash
        for slot, qty in enumerate(self.qty):
            if qty:
                total += qty * float(self.seat.slots["last_price"][slot]) * self.money[slot]
        return total

    def show_account(self):
        """All that a strategy can read, before every call."""
        context, slots = self.seat.context, self.seat.slots
        context["cash"] = self.cash
        context["equity"] = self.equity_shown()
        for slot, qty in enumerate(self.qty):
            last = float(slots["last_price"][slot])
            slots["position"][slot] = qty
            slots["avg_price"][slot] = self.shown_average[slot]
            slots["realized_pnl"][slot] = self.realized[slot] - self.fees[slot]
            slots["unrealized_pnl"][slot] = qty * last * self.money[slot] - self.cost[slot] if qty else 0.0
            for name, side in (("working_buy", 1), ("working_sell", 2)):
                total = 0.0
                for o in self.live:
                    if o.slot == slot and o.side == side and o.stage not in ("waits", "dead"):
                        total += o.left
                slots[name][slot] = total
        living = [o for o in self.live if o.stage != "dead"]
        self.views = np.zeros(max(1, len(living)), self.view_dtype())
        for view, o in zip(self.views, living, strict=False):
            view["order_id"], view["slot"], view["action"], view["side"], view["tif"] = (
                o.id,
                o.slot,
                o.action,
                o.side,
                o.tif,
            )
            view["status"], view["qty"], view["filled_qty"] = o.status, o.qty, o.filled
            view["price"], view["trigger"], view["tag"], view["time"] = o.price, o.trigger, o.tag, o.time
        context["orders"], context["order_count"] = self.views.ctypes.data, len(living)

    def equity_shown(self):
        return self.worth()

    @staticmethod
    def view_dtype():
        from pyrt.strategy.abi import STRUCTS

        return STRUCTS["order"]

    # ---- calls

    def deliver(self):
        while self.answers:
            slot, kind, record = self.answers.pop(0)
            self.call(ON_FILL if kind == Kind.FILL else ON_ORDER, slot, record)

    def call(self, which, slot, record):
        if self.handlers[which] is None:
            return
        self.show_account()
        context = self.seat.context
        context["now"], context["slot"], context["request_count"], context["error_site"] = self.now, slot, 0, 0
        history = self.now < self.data.trade_from
        context["flags"] = int(history)
        status = self.handlers[which](context.ctypes.data, record.ctypes.data)
        assert status == 0, status
        for request in self.seat.requests[: int(context["request_count"][0])].copy():
            if not history or request["action"] >= SIGNAL:
                self.carry_out(request)
        self.live = [o for o in self.live if o.stage != "dead"]

    def tell(self, o, status, why):
        record = np.zeros(1, RECORDS[Kind.ORDER_UPDATE])
        record["kind"], record["event_time"], record["receive_time"] = Kind.ORDER_UPDATE, self.now, self.now
        record["side"], record["flags"], record["instrument"] = o.side, status << 12 | WHY[why], o.slot
        record["price"], record["qty"], record["filled_qty"] = o.price, o.qty, o.filled
        record["client_order_id"] = (1 << 48) | (1 << 32) | o.id
        self.answers.append((o.slot, Kind.ORDER_UPDATE, record))

    # ---- requests

    def carry_out(self, r):
        r = {name: r[name].item() for name in r.dtype.names if name != "reserved"}
        if r["action"] <= TRAILING:
            self.ask(r)
        elif r["action"] == TIMER:
            self.timers.append((max(r["expiry"], self.now), r["tag"], r["slot"]))
            self.timers.sort(key=lambda timer: timer[0])  # stable: of one time the first that was asked for
        elif r["action"] == CANCEL_ALL:
            for o in [o for o in self.live if o.slot == r["slot"]]:
                if o.stage != "dead":
                    self.end(o, CANCELED, "")
        elif r["action"] in (CANCEL, MODIFY):
            found = [o for o in self.live if o.id == r["order_id"] and o.stage != "dead"]
            if r["action"] == CANCEL and found:
                self.end(found[0], CANCELED, "")
            elif r["action"] == MODIFY and found:
                self.change(found[0], r)
            elif r["action"] == MODIFY:
                self.counts["too_late"] += 1

    def change(self, o, r):
        status = NEW if o.accepted else 0
        if r["price"] < 0:
            self.tell(o, status, "bad_price")
            return
        if r["trigger"] < 0:
            self.tell(o, status, "bad_trigger")
            return
        o.row["changes"] += 1
        qty = self.put(o.slot, "lot", r["qty"])
        if r["qty"] > 0 and qty <= o.filled:
            self.end(o, CANCELED, "")
            return
        if r["qty"] > 0:
            o.qty = qty
        if r["trigger"] > 0 and o.action in (STOP, STOP_LIMIT):
            o.trigger = self.put(o.slot, "tick", r["trigger"], up=o.side == 1)
        if r["price"] > 0 and o.limited:
            price = self.put(o.slot, "tick", r["price"], up=o.side == 2)
            if o.stage == "rests" and price != o.price:
                o.stage = "sent"
            o.price = price
        o.since, o.status = self.now, status
        self.tell(o, status, "modified")

    def on_its_way(self, slot, side, own, exits):
        total, largest = 0.0, {}
        for o in self.live:
            if o.slot != slot or o.side != side or o.stage in ("waits", "dead") or (o.is_exit and not exits):
                continue
            if o.group == 0:
                total += o.left
            elif o.group != own:
                total += max(0.0, o.left - largest.get(o.group, 0.0))
                largest[o.group] = max(largest.get(o.group, 0.0), o.left)
        return total

    def ask(self, r):
        slot, side, qty = r["slot"], r["side"], r["qty"]
        own = r["group"] if r["flags"] & OCO else 0
        self.last_id = r["order_id"]
        if r["sizing"] == TARGET:
            wanted = qty if side == 1 else -qty
            qty = wanted - self.qty[slot] - self.on_its_way(slot, 1, 0, False)
            qty += self.on_its_way(slot, 2, 0, False)
            side, qty = (2 if qty < 0 else 1), abs(qty)
        elif r["sizing"] != QUANTITY:
            price = float(self.seat.slots["last_price"][slot])
            if r["action"] in (LIMIT, STOP_LIMIT):
                price = r["price"]
            value = qty if r["sizing"] == VALUE else qty * self.worth()
            price *= self.money[slot]
            qty = value / price if price else (math.inf if value > 0 else math.nan)
            qty = qty if qty > 0 else 0.0
        if r["flags"] & REDUCE_ONLY and not r["parent"]:
            standing = r["action"] != MARKET and r["tif"] not in (IOC, FOK)
            held = self.qty[slot] * (-1.0 if side == 1 else 1.0)
            held -= self.on_its_way(slot, side, own, standing)
            qty = min(qty, held) if held > 0 else 0.0
        qty = self.put(slot, "lot", qty)
        nothing = qty == 0 and (r["sizing"] == TARGET or r["flags"] & REDUCE_ONLY) and not r["parent"]
        alive = {o.id for o in self.live if o.stage != "dead"}
        if nothing or (r["parent"] and r["parent"] not in alive):
            self.counts["not_sent"] += 1
            return
        limited, stops = r["action"] in (LIMIT, STOP_LIMIT), r["action"] in (STOP, STOP_LIMIT)
        o = Order(
            r["order_id"], slot, r["action"], side, r["tif"], r["flags"], qty,
            self.put(slot, "tick", r["price"], up=side == 2) if limited else 0.0,
            self.put(slot, "tick", r["trigger"], up=side == 1) if stops else 0.0,
            self.put(slot, "tick", r["trail"], up=True) if r["action"] == TRAILING else 0.0, own, r["parent"],
            r["expiry"] if r["tif"] == GTD else NEVER, self.now, self.now, r["tag"],
        )  # fmt: skip
        o.stage = "waits" if r["parent"] else "sent"
        o.row = {
            "id": o.id, "time": self.now, "ended": -1, "tag": o.tag, "qty": qty, "price": o.price,
            "trigger": o.trail or o.trigger, "filled": 0.0, "instrument": slot, "action": o.action, "side": side,
            "tif": o.tif, "status": 255, "reason": 0, "flags": o.flags, "changes": 0,
        }  # fmt: skip
        self.orders.append(o.row)
        self.live.append(o)

    # ---- ends and fills

    def end(self, o, status, why):
        self.close(o, status, why)
        self.release(o)

    def close(self, o, status, why):
        waited, o.stage = o.stage == "waits", "dead"
        o.row |= {"ended": self.now, "status": status, "reason": WHY[why], "filled": o.filled}
        if not waited:
            self.tell(o, status, why)

    def release(self, parent):
        for o in self.live:
            if o.stage != "waits" or o.parent != parent.id:
                continue
            if not parent.filled:
                self.end(o, CANCELED, "parent_ended")
                continue
            if not o.qty:
                o.qty = parent.filled
            elif parent.filled != parent.qty:
                o.qty = self.put(o.slot, "lot", o.qty * (parent.filled / parent.qty))
            inside = self.walking is not None and o.slot == parent.slot
            o.stage, o.since = "sent", self.walking["start"] if inside else self.now

    def fill(self, o, price, maker):
        rest = left = self.snap(o.slot, o.left)
        held, cut_by_position = self.qty[o.slot], False
        if o.reduces:
            if held * o.sign >= 0:
                self.end(o, CANCELED, "nothing_to_reduce")
                return
            cut_by_position, left = abs(held) < left, min(left, abs(held))
        volume = self.bar["volume"]
        most = math.inf if volume is None or self.limit == math.inf else self.limit * volume
        if self.grids[o.slot] is not None and most < math.inf:
            lot = self.grids[o.slot].lot
            most = float(lot.to_double(lot.to_steps(most, rounding="down")))
        if left > most:
            if o.tif == FOK:
                self.end(o, EXPIRED, "not_enough")
                return
            self.counts["cut"] += 1
            o.since, left, cut_by_position = self.now, most, False
            if left <= 0:
                return
        if not maker:
            price = price * (1.0 + o.sign * self.slip)
            if o.limited:
                price = min(price, o.price) if o.side == 1 else max(price, o.price)
        fee = self.book(o, left, price, maker)
        if fee is None:
            self.end(o, EXPIRED, "no_margin")
            return
        o.filled = o.qty if left == rest else self.snap(o.slot, o.filled + left)
        self.answer_fill(o, left, price, fee, maker)
        self.after_fill(o, cut_by_position)

    def answer_fill(self, o, left, price, fee, maker):
        record = np.zeros(1, RECORDS[Kind.FILL])
        record["kind"], record["event_time"], record["receive_time"] = Kind.FILL, self.now, self.now
        record["side"], record["flags"], record["instrument"] = o.side, 0x400 if maker else 0, o.slot
        record["price"], record["qty"], record["fee"] = price, left, fee
        record["client_order_id"] = (1 << 48) | (1 << 32) | o.id
        self.answers.append((o.slot, Kind.FILL, record))

    def after_fill(self, o, cut_by_position):
        if o.filled == o.qty:
            self.close(o, FILLED, "")
        else:
            o.status = PARTIALLY
            self.tell(o, PARTIALLY, "")
            if cut_by_position:
                self.close(o, CANCELED, "nothing_to_reduce")
            elif o.tif == IOC:
                self.close(o, EXPIRED, "ioc_rest")
        for other in self.live:
            if other.stage == "dead" or other is o:
                continue
            if o.group and other.group == o.group:
                self.end(other, CANCELED, "group_filled")
            elif (
                other.slot == o.slot and other.stage != "waits" and other.is_exit and self.qty[o.slot] * other.sign >= 0
            ):
                self.end(other, CANCELED, "nothing_to_reduce")
        if o.stage == "dead":
            self.release(o)

    def book(self, o, qty, price, maker, forced=False):
        slot, money = o.slot, self.money[o.slot]
        fee = qty * price * money * self.rate + qty * 0.0 + self.fixed
        if self.margined and not forced and self.is_beyond(slot, o.side, qty, price, fee):
            return None
        value = qty * price * money
        if forced:
            fee += self.account.liquidation_bps / 1e4 * value
        self.cash = self.cash - (value + fee) if o.side == 1 else self.cash + (value - fee)
        self.fees[slot] += fee
        size = abs(self.qty[slot])
        if self.qty[slot] * o.sign >= 0:
            self.cost[slot] += o.sign * value
            self.qty[slot] += o.sign * qty
        else:
            closed = min(qty, size)
            part = self.cost[slot] if closed == size else self.cost[slot] * (closed / size)
            self.realized[slot] += -o.sign * (closed * price * money) - part
            self.cost[slot] = 0.0 if closed == size else self.cost[slot] - part
            self.qty[slot] = 0.0 if closed == size else self.qty[slot] + o.sign * closed
            if qty > size:
                self.qty[slot] = o.sign * (qty - size)
                self.cost[slot] = o.sign * ((qty - size) * price * money)
        self.qty[slot] = self.snap(slot, self.qty[slot])
        held = self.qty[slot]
        self.shown_average[slot] = self.cost[slot] / (held * money) if held else math.nan
        self.fills.append({
            "time": self.now, "row": self.bar["row"], "order_id": o.id, "qty": qty, "price": price, "fee": fee,
            "position": self.qty[slot], "cash": self.cash, "value": value, "instrument": slot, "side": o.side,
            "place": self.place, "maker": int(maker), "action": o.action,
        })  # fmt: skip
        return fee

    def fill_at_close(self):
        for o in list(self.live):
            bars, row = self.bars[o.slot], self.at[o.slot] - 1
            if (
                o.stage == "sent"
                and o.action == MARKET
                and o.since == self.now
                and row >= 0
                and bars.time[row] == self.now
            ):
                self.bar = self.bar_of(o.slot, row)
                o.accepted = True
                if o.qty <= 0:
                    self.end(o, REJECTED, "bad_quantity")
                    continue
                self.tell(o, NEW, "")
                self.fill(o, float(bars.close[row]), False)
        self.live = [o for o in self.live if o.stage != "dead"]

    # ---- the path

    def bar_of(self, slot, row):
        bars = self.bars[slot]
        bar = {name: float(getattr(bars, name)[row]) for name in ("open", "high", "low", "close")}
        period = int(np.diff(bars.time).min()) if len(bars) > 1 else 0
        end = int(bars.time[row])
        start = end - period if row == 0 else max(int(bars.time[row - 1]), end - period)
        volume = None if bars.volume is None else float(bars.volume[row])
        return bar | {"start": start, "end": end, "row": row, "volume": volume}

    def of_slot(self, slot, *stages):
        return [o for o in self.live if o.slot == slot and o.stage in stages and o.since <= self.bar["start"]]

    def walk(self, slot):
        self.bar = bar = self.walking = self.bar_of(slot, self.at[slot])
        self.place = 0
        if self.is_lost(slot, bar["open"], bar["open"], None) is not None:
            self.liquidate(slot, bar["open"])
        self.at_open(slot, bar["open"])
        self.place = 1
        price, ahead = bar["open"], set()
        if bar["low"] < price:
            ahead.add("low")
        if bar["high"] > price:
            ahead.add("high")
        while ahead:
            which = next(iter(ahead)) if len(ahead) == 1 else self.choose(slot)
            reached, price = self.go(slot, price, bar[which])
            if not reached:
                ahead.remove(which)
        reached = True
        while reached:
            reached, price = self.go(slot, price, bar["close"])
        self.walking, self.place = None, 2
        self.live = [o for o in self.live if o.stage != "dead"]

    def at_open(self, slot, price):
        for o in self.live:
            if o.slot != slot or o.stage in ("waits", "dead") or o.since > self.bar["start"]:
                continue
            if o.accepted and self.time_is_up(o):
                self.end(o, EXPIRED, "time_up")
            elif o.stage == "sent":
                self.arrive(o, price)
            elif o.stage == "rests" and o.takes(price):
                self.fill(o, price, True)
            elif o.stage == "stopped" and (o.level <= price if o.side == 1 else o.level >= price):
                self.trigger(o, price)
        self.trail(slot, price)

    def time_is_up(self, o):
        return self.bar["start"] >= o.expiry if o.tif == DAY else o.expiry < self.bar["end"]

    def arrive(self, o, price):  # noqa: PLR0912 (a rule a branch)
        if o.accepted:
            self.enter(o, price)
            return
        why = ""
        if o.qty <= 0:
            why = "bad_quantity"
        elif o.limited and o.price <= 0:
            why = "bad_price"
        elif (o.action in (STOP, STOP_LIMIT) and o.trigger <= 0) or (o.action == TRAILING and o.trail <= 0):
            why = "bad_trigger"
        elif o.tif == GTD and o.expiry <= self.bar["start"]:
            why = "bad_expiry"
        elif o.action == LIMIT and o.flags & POST_ONLY and o.takes(price):
            why = "would_cross"
        if why:
            self.end(o, REJECTED, why)
            return
        if o.tif == DAY:
            o.expiry = (self.bar["start"] // DAY_NS + 1) * DAY_NS
        o.accepted, o.status = True, NEW
        self.tell(o, NEW, "")
        if self.time_is_up(o):
            self.end(o, EXPIRED, "time_up")
        elif o.action == TRAILING:
            o.stage, o.extreme = "stopped", price
        elif o.action in (STOP, STOP_LIMIT):
            o.stage = "stopped"
            if o.trigger <= price if o.side == 1 else o.trigger >= price:
                self.trigger(o, price)
        else:
            self.enter(o, price)

    def trigger(self, o, price):
        o.stage = "sent"
        self.tell(o, NEW, "triggered")
        self.enter(o, price)

    def enter(self, o, price):
        if not o.limited:
            self.fill(o, price, False)
        elif o.takes(price) and o.flags & POST_ONLY:
            self.end(o, EXPIRED, "would_cross")
        elif o.takes(price):
            self.fill(o, price, False)
        elif o.tif in (IOC, FOK):
            self.end(o, EXPIRED, "ioc_rest" if o.tif == IOC else "not_enough")
        else:
            o.stage = "rests"

    def choose(self, slot):
        bar, reach = self.bar, {(stage, below): False for stage in ("stopped", "rests") for below in (True, False)}
        for o in self.of_slot(slot, "stopped", "rests"):
            if o.level >= bar["low"] if o.below else o.level <= bar["high"]:
                reach[o.stage, o.below] = True
        if self.is_at_risk(slot):
            last, below = self.lost_at(slot), self.qty[slot] > 0
            if last >= bar["low"] if below else last <= bar["high"]:
                reach["stopped", below] = True
        if reach["stopped", True] != reach["stopped", False]:
            return "low" if reach["stopped", True] else "high"
        if not reach["stopped", True] and reach["rests", True] != reach["rests", False]:
            return "high" if reach["rests", True] else "low"
        if self.qty[slot]:
            return "low" if self.qty[slot] > 0 else "high"
        return "low" if bar["close"] >= bar["open"] else "high"

    def go(self, slot, price, end):
        down = end < price
        on_way = [
            o for o in self.of_slot(slot, "stopped", "rests")
            if o.below == down and (end <= o.level <= price if down else price <= o.level <= end)
        ]  # fmt: skip
        first = min(on_way, key=lambda o: (-o.level if down else o.level, o.stage == "rests", o.id), default=None)
        lost = self.is_lost(slot, price, end, first)
        if lost is not None:
            self.trail(slot, lost)
            self.liquidate(slot, lost)
            return True, lost
        price = end if first is None else first.level
        self.trail(slot, price)
        if first is None:
            return False, price
        if first.stage == "rests":
            self.fill(first, price, True)
        else:
            self.trigger(first, price)
        for o in self.of_slot(slot, "sent"):
            if o.stage == "sent" and o.parent and o.since == self.bar["start"]:  # none has ended meanwhile
                self.arrive(o, price)
        return True, price

    def trail(self, slot, price):
        for o in self.live:
            if o.slot != slot or o.action != TRAILING or o.stage != "stopped":
                continue
            if o.since <= self.bar["start"] and (price > o.extreme if o.side == 2 else price < o.extreme):
                o.extreme = price
            o.trigger = o.level

    # ---- what came of it

    def tables(self):
        orders, fills = np.zeros(len(self.orders), ORDER_ROW), np.zeros(len(self.fills), FILL_ROW)
        for table, rows in ((orders, self.orders), (fills, self.fills)):
            for record, row in zip(table, rows, strict=True):
                for name, value in row.items():
                    record[name] = value
        return orders, fills
