"""The clock of bars and the calls of a strategy: ``loop.pxd`` is the contract, ``proto/BARS.md`` has the rules.

At each time all orders go along the bars that have ended then, then the strategy is told what became of them, then it
is shown the bars. Compiled strategies run without the GIL.
"""

from libc.limits cimport LLONG_MAX, LLONG_MIN
from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from .. cimport abi, matching_codes as codes
from ..accounts.account cimport rate_after, split_of
from ..interrupts cimport interruption
from ..replay.requests cimport is_sane
from ..rows cimport Timer, bytes_of, first_time, pop_timer
from .account cimport AT_CLOSE, Feed, set_bar
from .longer cimport LongBar, copy_bar, end_long_bar, join_bar
from .orders cimport Answer
from .walk cimport Walker

cdef enum:
    BUFFER_FULL = 7         # statuses
    UNKNOWN_SLOT = 8
    BAD_REQUEST = 9
    LOOP = 11
    TIMER_KIND = 10
    GLANCE = 0x3FFFF        # bars between two looks at whether the user has interrupted

cdef int64_t CALLS_AT_ONE_TIME = 1_000_000


cdef class Loop(Walker):
    """A run that has not begun.

    Parameters
    ----------
    context, owned, feeds, terms
        As for :class:`~pyrt_ext.bars.desk.Desk`; of the terms also ``trade_from``, before which orders are off, and
        ``periods``: of each slot the row of its own bars among the class's periods (-1: they are not shown), and row
        and length of those that are made of them. Not there: all is traded, and bars are shown as they are.
    table : uint64[12]
        The strategy's handlers.
    times : int64[n]
        When bars end, each time once, rising.

    Attributes
    ----------
    status, site : int
        Why the strategy was stopped: a status of the ABI and a row of its sites; 0 if it was not.
    at : int
        How many times have passed.
    """

    def __cinit__(self, context, owned, feeds, terms, *_):
        cdef Py_ssize_t slot
        periods = terms.get("periods") or [(0, ())] * self.slot_count
        self.trade_from = terms.get("trade_from", LLONG_MIN)
        self.own_rows = <int*>calloc(max(1, self.slot_count), sizeof(int))
        self.longer = <LongBar*>calloc(max(1, sum([len(longer) for _, longer in periods])), sizeof(LongBar))
        if self.own_rows == NULL or self.longer == NULL:
            raise MemoryError
        for slot, (own, longer) in enumerate(periods):
            self.own_rows[slot] = own
            for row, period in longer:
                self.longer[self.longer_count].slot, self.longer[self.longer_count].row = <uint32_t>slot, row
                self.longer[self.longer_count].period = period
                self.longer_count += 1

    def __dealloc__(self):
        free(self.own_rows)
        free(self.longer)

    def __init__(self, context, owned, feeds, terms, const uint64_t[::1] table not None, times):
        cdef Py_ssize_t i
        for i in range(min(12, table.shape[0])):
            self.handlers[i] = <abi.Handler><void*>table[i]
        cdef const int64_t[::1] given = times
        self.lowest, self.place = self.cash, AT_CLOSE
        if given.shape[0] == 0:
            raise ValueError("times: must not be empty")
        self.clock, self.clock_end, self.stretch = &given[0], given.shape[0], times
        self.more = terms.get("more", False)
        self.tells = self.handlers[abi.ON_FILL] != NULL or self.handlers[abi.ON_ORDER] != NULL

    @property
    def time(self):
        """What time it is, ns UTC; that of the last bar, answer or timer."""
        return self.now

    @property
    def ended(self):
        """Whether all bars have passed."""
        return self.at == self.clock_end and not self.more

    def supply(self, feeds, times, account, firsts, Py_ssize_t passed, bint more):
        """Go on with the bars that follow; `feeds` and `account` are as at the beginning, without splits.

        Feeds begin with those that the costs look back to, one at least if one has passed, `times` with the one before:
        `firsts` are the rows of the first ones, `passed` is how many times are before the first; `more` will follow.
        """
        cdef const int64_t[::1] given = times
        if self.at != self.clock_end or passed + given.shape[0] < self.at or given.shape[0] == 0:
            raise ValueError("supply: the bars before have not passed, or these do not follow")
        self._supply(feeds, account, firsts, passed)
        self.clock, self.clock_end = &given[0] - passed, passed + given.shape[0]
        self.stretch, self.more = times, more

    def run_until(self, int64_t time=LLONG_MAX, Py_ssize_t count=LLONG_MAX):
        """Go on through all that happens up to a time, but through no more than `count` times of bars.

        Returns
        -------
        bool
            False: the strategy was stopped, `status` and :meth:`why` say why.
        """
        cdef int done
        with nogil:
            done = self._drive(time, min(count, self.clock_end - self.at))
        if done == 0:
            return True
        error, self.interrupt = self.interrupt, None
        if error is not None:
            raise error
        if self.status:
            return False
        raise MemoryError

    def ask(self, int64_t time):
        """Carry out the requests that stand in the context, as if a handler had made them at a time after a bar.

        Returns
        -------
        str
            Why none of them was; empty if they were, or if the strategy failed when it was told (`status`).
        """
        cdef abi.Event event
        memset(&event, 0, sizeof(abi.Event))
        self.now = max(self.now, time)
        event.event_time = event.words[0] = self.now
        if self._serve(&event) < 0:
            why = self.why()
            self.status, self.refused = 0, b""
            if not why:
                raise MemoryError
            return why
        if (self.live_count or self.answers.count) and self._after() < 0 and not self.status:
            raise MemoryError
        return ""

    def why(self):
        """Say what the host refused; empty if the strategy's own code failed."""
        return self.refused.decode()

    def outputs(self):
        """Orders, fills, signals, and what was paid beside fills, as bytes."""
        return bytes_of(&self.rows), bytes_of(&self.fills), bytes_of(&self.signals), bytes_of(&self.paid)

    def held(self):
        """Return how many bytes have come out so far."""
        return (
            self.rows.count * self.rows.size + self.fills.count * self.fills.size
            + self.signals.count * self.signals.size + self.paid.count * self.paid.size
        )

    def summary(self):
        """Money, units by slot, and counts."""
        cdef Py_ssize_t slot
        held = [self.holdings[slot] for slot in range(self.slot_count)]
        return {
            "cash": self.cash,
            "equity": self.equity(),
            "lowest_equity": self.lowest,
            "positions": [one["qty"] for one in held],
            "costs": [one["cost"] for one in held],
            "realized": sum(one["realized"] for one in held),
            "fees": sum(one["fees"] for one in held),
            "live_orders": self.live_count,
            "not_sent": self.counts.not_sent,
            "too_late": self.counts.too_late,
            "cut": self.counts.cut,
            "liquidated": self.counts.liquidated,
            "rounded": self.counts.rounded,
        }

    # ---- the clock --------------------------------------------------------------------------------------------------

    cdef int _drive(self, int64_t until, Py_ssize_t count) noexcept nogil:
        cdef Py_ssize_t n = self.clock_end, stop = self.at + count, last_look = self.at
        cdef int64_t due, following
        cdef int done
        while True:
            following = self.clock[self.at] if self.at < n else LLONG_MAX
            due = self._due()
            if due < following and (self.at < stop or self.at == n):
                if due > until or due > self.clock[n - 1]:
                    return 0
                done = self._fire()
            elif self.at >= stop or following > until:
                return 0
            elif self._idle() and due == LLONG_MAX:
                done = self._sprint(min(stop, self.at + GLANCE), until)
            else:
                done = self._step()
            if done < 0:
                return -1
            if self.at - last_look >= GLANCE:
                last_look = self.at
                if self._interrupted():
                    return -1

    cdef int64_t _due(self) noexcept nogil:
        return first_time(&self.timers, LLONG_MAX)

    cdef bint _idle(self) noexcept nogil:
        return (
            not self.margined and self.slot_count == 1 and self.live_count == 0 and self.handlers[abi.ON_BAR] != NULL
            and self.longer_count == 0 and self.clock[self.at] >= self.trade_from
        )

    cdef int _sprint(self, Py_ssize_t stop, int64_t until) noexcept nogil:
        """Bars of one instrument while no order lives and nothing is asked: the same as steps, with less to look at."""
        cdef abi.Context* context = self.context
        cdef abi.Slot* shown = &context.slots[0]
        cdef abi.Series* series = shown.series
        cdef abi.Handler handler = self.handlers[abi.ON_BAR]
        cdef const Feed* feed = &self.feeds[0]
        cdef abi.Event* event = NULL
        cdef Py_ssize_t row = self.at
        cdef double qty = self.holdings[0].qty, cost = self.holdings[0].cost, cash = self.cash, close, value
        cdef double lowest = self.lowest
        cdef uint32_t status = 0
        context.slot, context.request_count, context.error_site, context.flags = 0, 0, 0, 0
        if qty == 0.0:
            shown.unrealized_pnl, context.equity = 0.0, cash
        while row < stop:
            if feed.time[row] > until:
                break
            close = feed.close[row]
            event = &series.bars[series.count & (series.capacity - 1)]
            copy_bar(event, feed, row, shown.instrument)
            series.count += 1
            context.now = shown.event_time = feed.time[row]
            shown.last_price = close
            if qty != 0.0:
                value = qty * close
                shown.unrealized_pnl, context.equity = value - cost, cash + value
                lowest = min(lowest, cash + value)
            status = handler(context, event)
            row += 1
            if status | context.request_count:
                break
        self.at = self.feeds[0].row = row
        self.lowest = min(lowest, context.equity)
        if event == NULL:
            return 0
        self.now, self.calls = context.now, 0
        if status:
            self.status, self.site = status, context.error_site
            return -1
        if context.request_count == 0:
            return 0
        if self._serve(event) < 0:
            return -1
        return self._after()

    cdef int _step(self) noexcept nogil:
        """All that happens at the next time of the clock."""
        cdef int64_t now = self.clock[self.at], before
        cdef abi.Slot* shown
        cdef abi.Series* series
        cdef Feed* feed
        cdef Py_ssize_t slot
        cdef double ratio
        self.now, self.calls = now, 0
        if self.margined and self.pay_interest(self.at) < 0:
            return -1
        for slot in range(self.slot_count):
            feed = &self.feeds[slot]
            if feed.row == feed.count or feed.time[feed.row] != now:
                continue
            if self.margined:
                if self.pay_due(<uint32_t>slot, feed.row) < 0:
                    return -1
                ratio = split_of(&self.dues[slot], feed.row)
                if ratio != 1.0:
                    self.split(<uint32_t>slot, ratio)
            if self.lives[slot] or self.at_risk(<uint32_t>slot):
                before = feed.time[feed.row - 1] if feed.row else now - feed.period
                set_bar(&self.bar, feed, feed.row, max(before, now - feed.period))
                if self.walk(<uint32_t>slot) < 0:
                    return -1
                self.place = AT_CLOSE
            shown = &self.context.slots[slot]
            if self.own_rows[slot] >= 0:
                series = &shown.series[self.own_rows[slot]]
                copy_bar(&series.bars[series.count & (series.capacity - 1)], feed, feed.row, shown.instrument)
                series.bars[series.count & (series.capacity - 1)].flags = <uint16_t>self.own_rows[slot]
                series.count += 1
            shown.event_time = now
            if self.margined:
                self.money[slot] = self.multipliers[slot] * rate_after(&self.dues[slot], feed.row)
            self.mark(<uint32_t>slot, feed.close[feed.row])
            feed.row += 1
        if self.emptied:
            self.bury()
        self.at += 1
        self._value()
        if self.answers.count and self._deliver() < 0:
            return -1
        for slot in range(self.slot_count):
            feed = &self.feeds[slot]
            if feed.row and feed.time[feed.row - 1] == now and self._show_bars(<uint32_t>slot, now) < 0:
                return -1
        return 0

    cdef int _show_bars(self, uint32_t slot, int64_t now) noexcept nogil:
        """The bars of a slot that have ended: late ones, whose end had no bar; then those of now, by their periods."""
        cdef abi.Slot* shown = &self.context.slots[slot]
        cdef abi.Series* series
        cdef LongBar* longer
        cdef Py_ssize_t i
        cdef bint own = self.own_rows[slot] < 0
        for i in range(self.longer_count):
            longer = &self.longer[i]
            if longer.slot == slot and longer.begun and longer.end < now:
                if self._show_bar(slot, end_long_bar(longer, shown)) < 0:
                    return -1
        for i in range(self.longer_count):
            if self.longer[i].slot == slot:
                join_bar(&self.longer[i], &self.feeds[slot], self.feeds[slot].row - 1)
        for i in range(self.longer_count + 1):
            longer = &self.longer[i] if i < self.longer_count else NULL
            if longer != NULL and longer.slot != slot:
                continue
            if not own and (longer == NULL or longer.row > <uint32_t>self.own_rows[slot]):
                own, series = True, &shown.series[self.own_rows[slot]]
                if self._show_bar(slot, &series.bars[(series.count - 1) & (series.capacity - 1)]) < 0:
                    return -1
            if longer != NULL and longer.end == now:
                if self._show_bar(slot, end_long_bar(longer, shown)) < 0:
                    return -1
        return 0

    cdef int _show_bar(self, uint32_t slot, const abi.Event* event) noexcept nogil:
        if self._call(abi.ON_BAR, slot, event) < 0:
            return -1
        return self._after() if self.live_count or self.answers.count else 0

    cdef void _value(self) noexcept nogil:
        self.context.equity = self.equity()
        if self.margined:
            self.equities[self.at - 1] = self.context.equity
        self.lowest = min(self.lowest, self.context.equity)

    cdef int _after(self) noexcept nogil:
        """What requests lead to at once."""
        if self.at_close and self.at:  # before the first bar there is no close
            if self.fill_at_close() < 0:
                return -1
            if self.emptied:
                self.bury()
            self._value()
        return self._deliver() if self.answers.count else 0

    cdef int _fire(self) noexcept nogil:
        cdef Timer timer = pop_timer(&self.timers)
        cdef abi.Event event
        cdef int64_t time = max(timer.time, self.now)
        if time > self.now:
            self.now, self.calls = time, 0
        memset(&event, 0, sizeof(abi.Event))
        event.event_time = event.words[0] = time
        event.words[1], event.kind = timer.tag, TIMER_KIND
        event.instrument = self.context.slots[timer.slot].instrument
        if self._call(abi.ON_TIMER, <uint32_t>timer.slot, &event) < 0:
            return -1
        return self._deliver() if self.answers.count else 0

    # ---- calls ------------------------------------------------------------------------------------------------------

    cdef int _deliver(self) noexcept nogil:
        """Tell the strategy what became of its orders, and of what it asks for then."""
        cdef Py_ssize_t next = 0
        cdef Answer answer
        while next < self.answers.count:
            answer = (<Answer*>self.answers.data)[next]
            answer.event.stamp = <uint64_t>next
            next += 1
            if self._call(
                abi.ON_FILL if answer.event.kind == codes.FILL else abi.ON_ORDER, answer.slot, &answer.event
            ) < 0:
                return -1
        self.answers.count = 0
        return 0

    cdef int _call(self, int handler, uint32_t slot, const abi.Event* event) noexcept nogil:
        """Call a handler, and carry out what it asks for."""
        cdef abi.Context* context = self.context
        if self.handlers[handler] == NULL:
            return 0
        self.calls += 1
        if self.calls > CALLS_AT_ONE_TIME:
            self.status, self.refused = LOOP, b"answers and timers call each other without end at one time"
            return -1
        context.now, context.slot, context.request_count, context.error_site = self.now, slot, 0, 0
        context.flags = abi.WARMING_UP if self.now < self.trade_from else 0
        self.status = self.handlers[handler](context, event)
        if self.status != abi.STATUS_OK:
            self.site = context.error_site
            return -1
        return self._serve(event) if context.request_count else 0

    cdef int _serve(self, const abi.Event* event) noexcept nogil:
        """Carry out the requests in the context: all of them, or none."""
        cdef abi.Context* context = self.context
        cdef uint32_t k, count = context.request_count
        context.request_count = 0
        if count > context.request_capacity:
            return self._fail(BUFFER_FULL, b"more requests than there is room for")
        for k in range(count):
            if context.requests[k].slot >= context.slot_count:
                return self._fail(UNKNOWN_SLOT, b"a request for a slot that is none of the strategy's")
            if not is_sane(&context.requests[k]):
                return self._fail(BAD_REQUEST, b"a request with a number or code that cannot be")
            if self.refuses(&context.requests[k]):
                self.status = BAD_REQUEST
                return -1
        for k in range(count):
            if self.now < self.trade_from and context.requests[k].action < abi.SIGNAL:
                continue
            if self.carry_out(&context.requests[k], event) < 0:
                return -1
        if self.emptied:
            self.bury()
        return 0

    cdef bint _interrupted(self) noexcept nogil:
        with gil:
            self.interrupt = interruption()
            return self.interrupt is not None
