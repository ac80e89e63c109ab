"""A slow venue on order by order data: one list a price, in which recorded orders and ours stand in line together.

Written from ``proto/MATCHING.md`` (Order by order) alone; integers throughout, no latency. Both matchers must say the
same.
"""

from dataclasses import dataclass, field

BUY, SELL = 1, 2
MARKET, LIMIT, STOP, STOP_LIMIT, TRAILING = range(1, 6)
GTC, IOC, FOK, GTD, DAY = range(1, 6)
NEW, PARTIAL, FILLED, CANCELED, REJECTED, EXPIRED = range(1, 7)
DAY_NS = 86_400_000_000_000


@dataclass
class Recorded:
    """An order of somebody else."""

    id: int
    side: int
    price: int
    lots: int
    taken: int = 0

    @property
    def left(self):
        return max(0, self.lots - self.taken)


@dataclass
class Own:
    """An order of ours."""

    id: int
    side: int
    type: int
    tif: int
    price: int
    qty: int
    post: bool
    display: int
    trigger: int | None
    trail: int
    expiry: int
    arrival: int
    filled: int = 0
    shown: int = 0
    spared: int = 0
    status: int = NEW
    phase: str = "over"

    @property
    def left(self):
        return self.qty - self.filled

    @property
    def offered(self):
        return self.shown if self.display else self.left

    @property
    def has_limit(self):
        return self.type in (LIMIT, STOP_LIMIT)


@dataclass
class Venue:
    """One instrument. `said` is what it answers: (time, id, what, ...)."""

    lines: dict = field(default_factory=lambda: {BUY: {}, SELL: {}})
    own: dict = field(default_factory=dict)
    said: list = field(default_factory=list)
    tape: dict = field(default_factory=dict)
    waiting: list = field(default_factory=list)
    triggered: list = field(default_factory=list)
    synced: bool | None = None
    whole: bool = False
    in_snapshot: bool = False
    last: int | None = None
    now: int = 0

    # ---- what is there

    @property
    def valid(self):
        return self.whole if self.synced is None else self.synced

    def line(self, side, price):
        return self.lines[side].setdefault(price, [])

    def prices(self, side):
        """Prices, the best first."""
        return sorted((p for p, line in self.lines[side].items() if line), reverse=side == BUY)

    def recorded_prices(self, side):
        return [p for p in self.prices(side) if any(isinstance(o, Recorded) for o in self.line(side, p))]

    def find(self, number):
        for side in (BUY, SELL):
            for line in self.lines[side].values():
                for order in line:
                    if isinstance(order, Recorded) and order.id == number:
                        return order
        return None

    def position(self, order):
        """Lots before an order of ours that rests."""
        line = self.line(order.side, order.price)
        before = line[: [entry is order for entry in line].index(True)]
        return order.spared + sum(entry.left for entry in before if isinstance(entry, Recorded))

    def positions(self):
        return {o.id: self.position(o) for o in self.own.values() if o.phase == "resting"}

    def within(self, side, price, limit):
        """Whether a price of a side is within a limit of the other side's order."""
        return limit is None or (price <= limit if side == SELL else price >= limit)

    # ---- answers

    def update(self, order, reason):
        self.said.append((self.now, order.id, "update", order.status, reason, order.price, order.qty, order.filled))

    def fill(self, order, price, lots, maker):
        order.filled += lots
        order.status = FILLED if order.left == 0 else PARTIAL
        self.said.append((self.now, order.id, "fill", price, lots, maker))
        self.update(order, 0)

    def end(self, order, status, reason):
        order.status = status
        self.update(order, reason)

    # ---- records

    def record(self, what, time, last, **of):
        self.now = time
        if what == "state":
            self.synced = of["code"] == 1
            self.in_snapshot &= self.synced
        elif what == "trade":
            self.trade(last=last, **of)
        elif what == "order":
            self.order(last=last, **of)

    def order(self, action, number, side, price, lots, snapshot, last):
        if snapshot and (not self.in_snapshot or not side):
            self.empty()
        self.in_snapshot = snapshot
        there = self.find(number)
        if action == "add":
            there = Recorded(number, side, price, lots)
            self.line(side, price).append(there)
        elif action == "modify":
            if price == there.price and lots <= there.lots:
                there.lots = lots
            else:
                self.line(there.side, there.price).remove(there)
                there.price, there.lots, there.taken = price, lots, 0
                self.line(there.side, price).append(there)
        elif action == "delete" and side:
            there.lots -= lots or there.lots
        elif action == "execute":
            self.execute(there, price, lots, snapshot)
        if there is not None and there.lots == 0:
            self.line(there.side, there.price).remove(there)
            there = None
        if snapshot and there is not None:  # ours go behind what it brings
            line = self.line(there.side, there.price)
            line[:] = [e for e in line if isinstance(e, Recorded)] + [e for e in line if isinstance(e, Own)]
        if last:
            self.whole = True
            self.message_ends()

    def empty(self):
        for own in self.own.values():
            own.spared = 0
        for side in (BUY, SELL):
            for line in self.lines[side].values():
                line[:] = [entry for entry in line if isinstance(entry, Own)]

    def execute(self, hit, price, lots, quiet):
        before = hit.left
        if quiet:
            hit.lots -= lots
            return
        self.count(hit.side, price, executed=lots)
        rest = self.serve_better(hit.side, hit.price, lots)
        line = self.line(hit.side, hit.price)
        while rest and (ahead := self.first_of_ours_before(line, hit)) is not None:
            rest = self.serve(line, ahead, rest)
        reached = min(rest, before)
        spared = before - reached - max(0, before - lots)
        for own in line[line.index(hit) :]:
            if isinstance(own, Own):
                own.spared += spared
        rest -= reached
        hit.lots -= lots
        # Nobody was there for the rest: on to those behind it, each once, then to ours that are still there.
        behind = line.index(hit) + 1
        passed = [hit]
        while rest and (entry := next((e for e in line[behind:] if not any(e is p for p in passed)), None)) is not None:
            if isinstance(entry, Own):
                if not self.may_be_served(entry):
                    passed.append(entry)
                    continue
                rest = self.serve(line, entry, rest)
            else:
                got = min(entry.left, rest)
                entry.taken += got
                rest -= got
                passed.append(entry)

    def may_be_served(self, own):
        return own.phase == "resting" and own.offered > 0

    def first_of_ours_before(self, line, hit):
        for entry in line:
            if entry is hit:
                return None
            if isinstance(entry, Own) and self.may_be_served(entry):
                return entry
        return None

    def serve_better(self, side, price, rest):
        """Give to ours of better prices, all that is left of them."""
        for better in self.prices(side):
            if better == price or not self.within(3 - side, price, better) or not rest:
                break
            line = self.line(side, better)
            for own in [entry for entry in line if isinstance(entry, Own)]:
                amount = min(own.left, rest)
                if amount:
                    rest -= amount
                    self.fill(own, own.price, amount, True)
                    self.after(line, own, amount)
        return rest

    def serve(self, line, own, rest):
        """Give to one of ours at its turn: what earlier fills of ours have spared goes first."""
        ours = [entry for entry in line if isinstance(entry, Own)]
        first = next(k for k, entry in enumerate(ours) if entry is own)
        spared = min(own.spared, rest)
        for entry in ours[first:]:
            entry.spared = max(0, entry.spared - spared)
        rest -= spared
        amount = min(own.offered, rest)
        if amount:
            self.fill(own, own.price, amount, True)
            self.after(line, own, amount)
        return rest - amount

    def after(self, line, own, amount):
        """So much of an order that rests was filled; whether it has left its place."""
        own.shown -= amount
        place = next(k for k, entry in enumerate(line) if entry is own)
        if own.left == 0:
            own.phase = "over"
            del line[place]
            return True
        if own.display and own.shown <= 0:
            del line[place]
            self.rest(own)
            return True
        return False

    def count(self, side, price, traded=0, executed=0):
        counted = self.tape.setdefault((side, price), [0, 0])
        counted[0] += traded
        counted[1] += executed

    def trade(self, taker, price, lots, last):
        if lots:
            self.last = price
            for side in (BUY, SELL):
                if side != taker:
                    self.count(side, price, traded=lots)
        if last:
            self.hidden()
        if lots:
            self.look_at_stops(price)
        if last:
            self.crossed()

    def message_ends(self):
        self.hidden()
        self.crossed()

    def hidden(self):
        tape, self.tape = self.tape, {}
        for (side, price), (traded, executed) in tape.items():
            rest = max(0, traded - executed)
            rest = self.serve_better(side, price, rest)
            line = self.line(side, price)
            # Those that show anew come once more, at the back.
            place = 0
            while place < len(line) and rest:
                own = line[place]
                place += 1
                if isinstance(own, Own):
                    amount = max(0, min(own.offered, rest - self.position(own)))
                    if amount:
                        rest -= amount
                        self.fill(own, own.price, amount, True)
                        place -= self.after(line, own, amount)

    # ---- the other side

    def take(self, own, limit, maker):
        other = 3 - own.side
        for price in self.recorded_prices(other):
            if not self.within(other, price, limit):
                break
            for entry in self.line(other, price):
                if isinstance(entry, Recorded) and own.left:
                    got = min(entry.left, own.left)
                    entry.taken += got
                    if got:
                        self.fill(own, own.price if maker else price, got, maker)

    def crossed(self):
        if not self.valid:
            return
        for side in (BUY, SELL):
            ours = [(price, entry) for price in self.prices(side) for entry in self.line(side, price)]
            todo = [entry for _, entry in ours if isinstance(entry, Own)]
            while todo:
                own = todo.pop(0)
                best = self.recorded_prices(3 - side)
                if not best or not self.within(3 - side, best[0], own.price):
                    break
                before = own.filled
                self.take(own, own.price, True)
                if own.filled > before:
                    self.after(self.line(side, own.price), own, own.filled - before)
                    if own.phase == "resting" and self.line(side, own.price)[-1] is own and own.shown:
                        later = [k for k, entry in enumerate(todo) if entry.price != own.price]
                        todo.insert(later[0] if later else len(todo), own)
        triggered, self.triggered = self.triggered, []
        for own in triggered:
            if self.would_cross(own, own.price):
                own.phase = "over"
                self.end(own, EXPIRED, 5)
            else:
                self.enter(own)

    # ---- stops

    def follow(self, own, price):
        trigger = price + (own.trail if own.side == BUY else -own.trail)
        if own.trigger is None or (trigger < own.trigger if own.side == BUY else trigger > own.trigger):
            own.trigger = trigger

    def look_at_stops(self, price):
        for own in list(self.waiting):
            if own.type == TRAILING:
                self.follow(own, price)
            if price >= own.trigger if own.side == BUY else price <= own.trigger:
                self.waiting.remove(own)
                self.triggered.append(own)
                own.phase = "triggered"
                self.update(own, 12)

    # ---- commands

    def would_cross(self, own, price):
        best = self.recorded_prices(3 - own.side)
        return bool(own.post and best and self.within(3 - own.side, best[0], price if own.has_limit else None))

    def rest(self, own):
        own.shown, own.spared, own.phase = min(own.display, own.left), 0, "resting"
        self.line(own.side, own.price).append(own)

    def enter(self, own):
        own.phase = "over"
        limit = own.price if own.has_limit else None
        if own.tif == FOK:
            other = 3 - own.side
            there = sum(
                e.left
                for p in self.recorded_prices(other)
                if self.within(other, p, limit)
                for e in self.line(other, p)
                if isinstance(e, Recorded)
            )
            if there < own.left:
                self.end(own, EXPIRED, 6)
                return
        self.take(own, limit, False)
        if own.left and limit is None:
            self.end(own, EXPIRED, 8)
        elif own.left and own.tif == IOC:
            self.end(own, EXPIRED, 7)
        elif own.left:
            self.rest(own)

    def leave(self, own):
        if own.phase == "resting":
            line = self.line(own.side, own.price)
            line[:] = [entry for entry in line if entry is not own]
        else:
            (self.waiting if own.phase == "waiting" else self.triggered).remove(own)
        own.phase = "over"

    def new(self, time, own):
        self.now = time
        reason = 0
        if own.tif == GTD and own.expiry <= time:
            reason = 15
        elif not self.valid:
            reason = 4
        elif own.type in (MARKET, LIMIT) and self.would_cross(own, own.price):
            reason = 5
        self.own[own.id] = own
        if reason:
            own.status = REJECTED
        self.update(own, reason)
        if reason:
            return
        if own.type >= STOP:
            own.phase = "waiting"
            if own.type == TRAILING and self.last is not None:
                self.follow(own, self.last)
            self.waiting.append(own)
        else:
            self.enter(own)

    def is_live(self, number):
        return number in self.own and self.own[number].phase != "over"

    def refuse(self, number):
        if number in self.own:
            self.update(self.own[number], 9)
        else:
            self.said.append((self.now, number, "update", REJECTED, 10, 0, 0, 0))

    def cancel(self, time, number):
        self.now = time
        if not self.is_live(number):
            self.refuse(number)
            return
        self.leave(self.own[number])
        self.end(self.own[number], CANCELED, 0)

    def modify(self, time, number, price, qty, trigger):
        self.now = time
        if not self.is_live(number):
            self.refuse(number)
            return
        own = self.own[number]
        qty = qty or own.qty
        price = price if own.has_limit and price else own.price
        if qty <= own.filled:
            self.leave(own)
            self.end(own, CANCELED, 0)
            return
        moves = own.phase == "resting" and (price != own.price or qty > own.qty)
        if moves:
            reason = 4 if not self.valid else 5 if self.would_cross(own, price) else 0
            if reason:
                self.update(own, reason)
                return
            self.leave(own)
        own.qty, own.price = qty, price
        if own.type in (STOP, STOP_LIMIT) and trigger:
            own.trigger = trigger
        own.shown = min(own.shown, own.left)
        self.update(own, 14)
        if moves:
            self.enter(own)

    def expire(self, until, inclusive):
        """Orders whose time is up before a time, or at it."""
        while True:
            due = [
                (own.expiry if own.tif == GTD else (own.arrival // DAY_NS + 1) * DAY_NS, k, own)
                for k, own in enumerate(self.own.values())
                if own.phase != "over" and own.tif in (GTD, DAY)
            ]
            due = [one for one in due if one[0] < until or (inclusive and one[0] == until)]
            if not due:
                return
            time, _, own = min(due, key=lambda one: one[:2])
            self.now = time
            self.leave(own)
            self.end(own, EXPIRED, 16)
