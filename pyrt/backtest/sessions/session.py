"""A run that is stepped: looked at, steered from outside, kept and put back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..._validate import as_time, integer
from ...data.ingest import period_ns
from ...errors import DTypeError, InputError
from ...strategy.compiler.types import CONTEXT
from ...strategy.compiler.views import view_class
from .pace import Clock, Pace, checked_callback
from .run import FOREVER, Kept

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


class Run(Protocol):
    """What a session steps: strategies on events, or on bars."""

    seats: Any
    instances: Any

    @property
    def passed(self) -> int:
        """How many records, or times of bars, have passed."""
        ...

    @property
    def time(self) -> int:
        """Up to when everything has happened, ns UTC."""
        ...

    @property
    def done(self) -> bool:
        """Whether nothing will happen any more."""
        ...

    @property
    def cash(self) -> float:
        """Money."""
        ...

    @property
    def equity(self) -> float:
        """Money and positions."""
        ...

    def go(self, until: int, records: int) -> None:
        """Go on to a time, or to a number of records since the begin."""
        ...

    def ask(self) -> str:
        """Send what stands in the contexts; return why not."""
        ...

    def positions(self) -> dict[str, float]:
        """Return what is held."""
        ...

    def orders(self) -> Records:
        """Return orders so far."""
        ...

    def fills(self) -> Records:
        """Return fills so far."""
        ...

    def queue_ahead(self) -> dict[int, float]:
        """Return what is before orders in their queues."""
        ...

    def identity(self) -> list[Any]:
        """Return what the run is of."""
        ...

    def save(self) -> Kept:
        """Return the present state."""
        ...

    def restore(self, kept: Kept) -> None:
        """Take it back."""
        ...

    def result(self) -> Any:
        """Return the result."""
        ...


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

    def __init__(self, run: Run) -> None:
        self._run = run
        self._of = ""
        self._contexts: list[Any] = [view_class(CONTEXT)(seat.context.ctypes.data) for seat in run.seats]
        self._fault: BaseException | None = None

    # ---- going on -------------------------------------------------------------------------------------------------

    def step(self, n: int = 1) -> int:
        """Let the next `n` records reach the strategy; on bars, the next `n` times at which bars end.

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
        return self._go(records=self._run.passed + integer(n, "n", low=1))

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
        return self._go(until=as_time(time, "time"))

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
        before = self._run.passed
        self._ask()
        try:
            self._run.go(until, records)
        except BaseException as error:
            self._fault = error
            raise
        return self._run.passed - before

    def _ask(self) -> None:
        """Send what was asked for from outside."""
        why = self._run.ask()
        if why:
            raise InputError(f"session: {why}; none of the requests since the last step was sent")

    # ---- looking at it, and steering --------------------------------------------------------------------------------

    @property
    def done(self) -> bool:
        """Whether nothing will happen any more."""
        return self._run.done

    @property
    def records(self) -> int:
        """How many records have reached the strategy."""
        return self._run.passed

    @property
    def time(self) -> np.datetime64:
        """Up to when everything has happened, UTC; NaT before the first record."""
        return np.datetime64(self._now(), "ns")

    def _now(self) -> int:
        return self._run.time

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
        return self._run.positions()

    @property
    def cash(self) -> float:
        """Money of the account."""
        return self._run.cash

    @property
    def equity(self) -> float:
        """Cash and positions of the account at their marks."""
        return self._run.equity

    @property
    def orders(self) -> Records:
        """Orders so far: on events as commands, on bars as in the result."""
        return self._run.orders()

    @property
    def fills(self) -> Records:
        """Fills so far: on events as records (receive_time, side, price, qty, fee …), on bars as in the result."""
        return self._run.fills()

    @property
    def queue_ahead(self) -> dict[int, float]:
        """Quantity before each order that rests in a queue now, by client order id: what the venue knows.

        In a book of orders that is exact, else what the model of the queue says; infinite behind a quote, where nobody
        knows. Orders on bars stand in no queue.
        """
        return self._run.queue_ahead()

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
        InputError, DTypeError
            If it is of other data, terms or strategy, or is none.
        """
        if not isinstance(snapshot, Snapshot):
            raise DTypeError(f"snapshot: must be what snapshot() has returned, got {type(snapshot).__name__}")
        if snapshot.of != self._fingerprint():
            raise InputError("snapshot: is of a session of other data, terms or strategy")
        self._run.restore(snapshot.kept)
        self._fault = None

    def _fingerprint(self) -> str:
        """Return what the run depends on, but for the records between the first and the last."""
        if not self._of:
            terms = self._run.identity()
            terms += [(one.origin, one.subscriptions, len(one.image()), len(one.params)) for one in self._run.instances]
            self._of = hashlib.sha256(repr(terms).encode()).hexdigest()
        return self._of

    def __repr__(self) -> str:
        names = ", ".join(instance.origin for instance in self._run.instances)
        return f"<Session of {names} at {self.time}, {self.records} records, equity {self.equity:,.2f}>"
