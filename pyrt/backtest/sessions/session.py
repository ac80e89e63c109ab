"""A run that is stepped: looked at, steered from outside, kept and put back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._validate import as_times, integer
from ...data.ingest import period_ns
from ...errors import InputError
from ...strategy.compiler.types import CONTEXT
from ...strategy.compiler.views import view_class
from ...types import EVENT, Events, Kind, of_kind
from ..matching import COMMAND
from ..results.event_trades import grid_of
from .pace import Clock, Pace, checked_callback
from .run import FOREVER, EventRun, Kept

__all__ = ["Session", "Snapshot"]

Records = npt.NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A session's state at one moment; can be pickled, and put back into any session of the same terms.

    Parameters
    ----------
    of : str
        What the session is of: data, terms and strategy, as a SHA-256.
    time : numpy.datetime64
        When, UTC.
    records : int
        How many records had reached the strategy.
    kept : Kept
        The state itself.
    """

    of: str
    time: np.datetime64
    records: int
    kept: Kept

    def __repr__(self) -> str:
        return f"<Snapshot at {self.time}, after {self.records} records>"


class Session:
    """A run of one strategy that goes on when it is told to; made by :meth:`pyrt.Backtest.session`.

    Whatever the steps, what comes out is what :meth:`pyrt.Backtest.run` gives, to the last bit.

    Attributes
    ----------
    done : bool
        Whether nothing will happen any more.
    records : int
        How many records have reached the strategy.
    time : numpy.datetime64
        Up to when everything has happened, UTC; NaT before the first record.

    Examples
    --------
    >>> import pyrt
    >>> from pyrt.types import RECORDS, Kind
    >>> class Buyer(pyrt.Strategy):
    ...     qty: float = 0.5
    ...     def on_trade(self, ctx, trade):
    ...         if ctx.position < self.qty and ctx.order_count == 0:
    ...             ctx.market(self.qty - ctx.position)
    >>> trades = np.zeros(4, RECORDS[Kind.TRADE])
    >>> trades["kind"], trades["price"], trades["qty"] = Kind.TRADE, [100.0, 101.0, 102.0, 103.0], 1.0
    >>> trades["receive_time"], trades["stamp"] = np.arange(1, 5) * 10**9, range(4)
    >>> btc = pyrt.Instrument("binance:BTC-USDT", tick=pyrt.Grid.parse("0.01"), lot=pyrt.Grid.parse("0.001"))
    >>> session = pyrt.Backtest(trades, instruments=[btc], cash=1000).session(Buyer)
    >>> session.step(2), session.time, len(session.orders)
    (2, np.datetime64('1970-01-01T00:00:02.000000000'), 2)
    >>> then = session.snapshot()
    >>> session.finish().equity
    1000.0
    >>> session.restore(then)
    >>> session.records, session.done
    (2, False)
    """

    def __init__(self, run: EventRun) -> None:
        self._run = run
        self._of = ""
        self._contexts: list[Any] = [view_class(CONTEXT)(seat.context.ctypes.data) for seat in run.seats]
        self._fault: BaseException | None = None

    # ---- going on -------------------------------------------------------------------------------------------------

    def step(self, n: int = 1) -> int:
        """Let the next `n` records reach the strategy.

        Ends when the handlers of the last one have returned and what they asked for is on its way. At the end of the
        records what is still under way arrives: then fewer than `n` are returned, and the session is :attr:`done`.

        Returns
        -------
        int
            How many records there were.

        Raises
        ------
        StrategyFault, DataError
            As of :meth:`pyrt.Backtest.run`; the session then cannot go on, but can be restored.
        """
        return self._go(records=self._run.loop.passed + integer(n, "n", low=1))

    def run_until(self, time: Any) -> int:
        """Let everything happen that is due at a time or before: records, answers, timers.

        Parameters
        ----------
        time : datetime64, datetime, str or int
            On the strategy's clock (``ctx.now``); UTC, an int is ns.

        Returns
        -------
        int
            How many records reached the strategy.
        """
        return self._go(until=int(as_times([time], "time")[0]))

    def play(self, callback: Any, *, speed: float | None = None, every: Any = 1, clock: Clock | None = None) -> int:
        """Go on to the end while someone watches, with the data's time at a speed.

        Parameters
        ----------
        callback : callable
            Called with the session after each stretch, when its time has come; False ends the play. It may look,
            steer, and keep snapshots.
        speed : float, optional
            Seconds of the data in a second: 60 plays an hour a minute. As fast as possible unless given.
        every : int, or str, timedelta or timedelta64
            Length of a stretch: so many records, or so much time (``"1s"``).
        clock : Clock, optional
            What is waited by; the machine's unless given.

        Returns
        -------
        int
            How often the callback was called.

        Examples
        --------
        ``session.play(lambda session: print(session.time, session.equity), speed=60, every="1m")``
        """
        call, pace, count = checked_callback(callback), Pace(speed, clock), 0
        records = integer(every, "every") if isinstance(every, int) else 0
        length = 0 if records else period_ns(every)
        while not self.done:
            if records or not self.records:
                self.step(records or 1)
            else:
                self._go(until=self._now() + length)
            pace.wait_for(self._now())
            count += 1
            if call(self) is False:
                break
        return count

    def finish(self) -> Any:
        """Go on to the end, and return the result: an :class:`EventResult`, or a :class:`PortfolioResult`."""
        self._go()
        return self._run.result()

    def _go(self, until: int = FOREVER, records: int = -1) -> int:
        if self._fault is not None:
            raise InputError("session: its strategy was stopped; restore a snapshot, or begin another") from self._fault
        before = self._run.loop.passed
        self._ask()
        try:
            self._run.go(until, records)
        except BaseException as error:
            self._fault = error
            raise
        return int(self._run.loop.passed - before)

    def _ask(self) -> None:
        """Send what was asked for from outside."""
        for seat, player in zip(self._run.seats, self._run.loop.players, strict=True):
            if seat.context["request_count"][0]:
                why = player.ask(self._now())
                if why:
                    raise InputError(f"session: {why}; none of the requests since the last step was sent")

    # ---- looking at it, and steering --------------------------------------------------------------------------------

    @property
    def done(self) -> bool:
        """Whether nothing will happen any more."""
        return bool(self._run.loop.done)

    @property
    def records(self) -> int:
        """How many records have reached the strategy."""
        return int(self._run.loop.passed)

    @property
    def time(self) -> np.datetime64:
        """Up to when everything has happened, UTC; NaT before the first record."""
        return np.datetime64(self._now(), "ns")

    def _now(self) -> int:
        return max(int(self._run.loop.now), int(self._run.loop.reached))

    def at(self, slot: int = 0, strategy: int = 0) -> Any:
        """Return what the strategy sees and can ask for, as ``ctx`` in its handlers: of one of its instruments.

        ``at().position``, ``at().best_bid``, ``at().order(0)`` … read; ``at().market(1.0)``, ``at().cancel(id)`` … ask,
        and are sent, as of :attr:`time`, when the session goes on. An agent acts through it.

        Parameters
        ----------
        slot : int
            Row of the strategy's instruments.
        strategy : int
            Which one of a portfolio, counted from 0.
        """
        context = self._contexts[integer(strategy, "strategy", low=0, high=len(self._contexts) - 1)]
        integer(slot, "slot", low=0, high=context.slot_count - 1)
        if self.records == 0:
            raise InputError("session: nothing has happened yet; step first")
        context.now, context.slot = self._now(), slot
        return context

    @property
    def ctx(self) -> Any:
        """What the strategy sees and can ask for, of its first instrument; see :meth:`at`."""
        return self.at()

    @property
    def position(self) -> float:
        """Signed quantity held of the first strategy's first instrument."""
        return float(self._run.seats[0].slots["position"][0])

    @property
    def positions(self) -> dict[str, float]:
        """Signed quantity that the account holds of each instrument that is traded."""
        held: dict[int, int] = {}
        for rows, player in zip(self._run.rows, self._run.loop.players, strict=True):
            for row, lots in zip(rows, player.summary()["positions"], strict=True):
                held[row] = held.get(row, 0) + lots
        table = self._run.data.instruments
        return {table[row].name: float(grid_of(table[row])[1].to_double(lots)) for row, lots in held.items()}

    @property
    def cash(self) -> float:
        """Money of the account."""
        return float(self._run.loop.cash() / 10**18)

    @property
    def equity(self) -> float:
        """Cash and positions of the account at their marks."""
        return float(self._run.loop.worth() / 10**18)

    @property
    def orders(self) -> Records:
        """New orders so far, as commands."""
        commands = np.frombuffer(self._run.loop.outputs()[0], COMMAND)
        orders: Records = commands[commands["action"] == 1]
        return orders

    @property
    def fills(self) -> Events:
        """Fills so far, as records: receive_time, side, price, qty, fee, client_order_id."""
        return of_kind(np.frombuffer(self._run.loop.outputs()[1], EVENT), Kind.FILL)

    def set_parameter(self, name: str, value: float, *, strategy: int = 0) -> None:
        """Change a live parameter of a strategy from here on; InputError for one that cannot change."""
        integer(strategy, "strategy", low=0, high=len(self._run.instances) - 1)
        self._run.instances[strategy].set_parameter(name, value)

    # ---- keeping it -------------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return the state of the whole run: market, venue, orders under way, account, strategy and its parameters."""
        if self._fault is not None:
            raise InputError("session: its strategy was stopped; there is no state to keep") from self._fault
        self._ask()
        return Snapshot(self._fingerprint(), self.time, self.records, self._run.save())

    def restore(self, snapshot: Snapshot) -> None:
        """Go back, or ahead, to where a session of the same terms was when it was kept.

        Raises
        ------
        InputError
            If it is of other data, terms or strategy.
        """
        if snapshot.of != self._fingerprint():
            raise InputError("snapshot: is of a session of other data, terms or strategy")
        self._run.restore(snapshot.kept)
        self._fault = None

    def _fingerprint(self) -> str:
        """Return what the run depends on, but for the records between the first and the last."""
        if not self._of:
            data = self._run.data
            terms: list[Any] = [data.source.count, data.source.span, *data.identity()]
            terms += [None if self._run.portfolio is None else self._run.portfolio.weights]
            terms += [(one.origin, one.subscriptions, len(one.image()), len(one.params)) for one in self._run.instances]
            self._of = hashlib.sha256(repr(terms).encode()).hexdigest()
        return self._of

    def __repr__(self) -> str:
        names = ", ".join(instance.origin for instance in self._run.instances)
        return f"<Session of {names} at {self.time}, {self.records} records, equity {self.equity:,.2f}>"
