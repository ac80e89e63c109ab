"""The engine: checks what a run is given, runs the kernel, and says what was assumed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from pyrt_ext.signals import run as simulate

from .._validate import as_mask, as_times, choice, number, same_length
from ..data import Bars, Recording, check_bars, load_bars
from ..errors import DTypeError, InputError
from ..types import EVENT, RECORDS
from .costs import CostModel
from .results.ledger import KERNEL_FILL, public_fills
from .results.result import Result
from .sizing import Size, parse_size

if TYPE_CHECKING:
    from ..strategy import Strategy
    from ..types import Instrument
    from .events import EventData
    from .lookahead import Lookahead
    from .matching import Simulation
    from .results.event_result import EventResult

__all__ = ["Backtest"]

FillRule = Literal["next_open", "close"]
Mask = npt.NDArray[np.bool_]

RULES = np.dtype([(name, "<f8") for name in ("cash", "units", "fraction", "fee_rate", "fixed_fee", "slippage")])

FILL_WORDS = {
    "next_open": "a signal is known at the close of its bar and fills at the open of the next",
    "close": "a signal fills at the close of its own bar: optimistic, that close also made the signal",
}


class Backtest:
    """Data, cash, costs and rules of filling, for any number of runs.

    Parameters
    ----------
    data : DataFrame, mapping, structured array, Bars, or path; or a Recording, or EVENT records
        Events of a venue (:func:`pyrt.data.read_recording`), for :meth:`run` and :meth:`run_file`; or bars of one
        instrument: open, high, low, close, time and perhaps volume, in any case; see :func:`pyrt.data.load_bars`.
        Refused if they cannot be bars; :func:`pyrt.data.clean_bars` repairs them.
    cash : float
        Money at the start, above zero.
    fees_bps : float
        Commission of each fill in basis points of its value.
    costs : CostModel, optional
        All costs; `fees_bps` then has no effect.
    fill : {"next_open", "close"}
        Where a signal of one bar fills: at the open of the next bar, or at its own close.
    size : "all", float or Fraction
        What an entry buys: for all cash, a number of units (cut to what the cash pays for), or for a part of equity.
    stamp, period : optional
        Whether times in `data` are the "start" or the "end" of bars, and how long a bar is; see
        :func:`pyrt.data.load_bars`.
    instruments : sequence of Instrument, optional
        For records without a table of their own: row i is their ``instrument`` i.
    simulation : Simulation, optional
        For events: latencies, fees and queue of the venue (:class:`pyrt.backtest.Simulation`). Fees, fills and sizes
        of bars do not apply to events and are refused with them.
    trade_from : datetime64 or int, optional
        For events: records received before this time (ns UTC) are history. The strategy is fed with them, and of what
        it asks for only signals and timers are kept (``ctx.warming_up`` is true).

    Raises
    ------
    DataError
        If the data is empty, unsorted, has duplicated times or impossible prices; names the row and the mend.
    InputError, DTypeError
        For an argument that cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> days = np.arange("2024-01-01", "2024-01-07", dtype="datetime64[D]")
    >>> price = np.array([10.0, 11.0, 12.0, 11.0, 10.0, 9.0])
    >>> bars = {"time": days, "open": price, "high": price, "low": price, "close": price}
    >>> result = Backtest(bars, cash=1000, fees_bps=0).run_signals(price > 10, price < 11)
    >>> result.trades[["entry_price", "exit_price", "status"]].tolist()
    [(12.0, 9.0, 'closed')]
    >>> float(result.equity[-1])
    750.0
    """

    __slots__ = ("_cash", "_costs", "_events", "_fill", "_given_times", "_own_bars", "_sizing")

    def __init__(  # noqa: PLR0913 (all but the data are keywords; each host of data has its own)
        self,
        data: Any,
        *,
        cash: float = 100_000,
        fees_bps: float = 10,
        costs: CostModel | None = None,
        fill: FillRule = "next_open",
        size: Size = "all",
        stamp: Literal["start", "end"] | None = None,
        period: Any = None,
        instruments: Sequence[Instrument] | None = None,
        simulation: Simulation | None = None,
        trade_from: Any = None,
    ) -> None:
        if _is_events(data):
            terms = (fees_bps, costs, fill, size, stamp, period)
            for name, value, default in zip(_OF_BARS, terms, _OF_BARS.values(), strict=True):
                if value != default:
                    raise InputError(f"{name}: is of bars and means nothing for events; see simulation=")
            from .events import EventData

            self._events: EventData | None = EventData.of(
                data, instruments, cash=cash, simulation=simulation, trade_from=trade_from
            )
            return
        self._events = None
        of_events = {"instruments": instruments, "simulation": simulation, "trade_from": trade_from}
        for name, given_term in of_events.items():
            if given_term is not None:
                raise InputError(f"{name}: is of events and means nothing for bars")
        if costs is not None and not isinstance(costs, CostModel):
            raise DTypeError(f"costs: must be a CostModel, got {costs!r} ({type(costs).__name__})")
        given = load_bars(data)
        self._own_bars: Bars = check_bars(load_bars(given, stamp=stamp, period=period))
        self._given_times = given.time
        self._cash = number(cash, "cash", low=0.0, above=True)
        self._costs = CostModel(fees_bps=fees_bps) if costs is None else costs
        self._fill = choice(fill, "fill", FILL_WORDS)
        self._sizing = parse_size(size)

    @property
    def bars(self) -> Bars:
        """The bars as arrays."""
        if self._events is not None:
            raise InputError("this backtest is of events: run(Strategy) trades on them, and there are no bars")
        return self._own_bars

    def run(self, strategy: type[Strategy], *, jit: bool = True, cache: bool = True, **parameters: Any) -> EventResult:
        """Run a strategy class on the events, against the simulated venue.

        Parameters
        ----------
        strategy : type
            A subclass of :class:`pyrt.Strategy`; compiled at the first run, taken from the disk's cache after that.
        jit : bool
            False runs the class as plain Python, under a debugger too, with the same result to the last bit.
        cache : bool
            Whether compiled code is kept on the disk.
        **parameters
            Values of the strategy's parameters; the others have their defaults.

        Returns
        -------
        EventResult
            Immutable. ``pyrt-engine replay`` gives the same orders and fills.

        Raises
        ------
        StrategyFault
            If the strategy's code failed, or it asked for what replays do not carry out; names time, record and line.
        DataError
            For records that cannot be what they claim.
        CompileError, InputError, DTypeError
            For a class or parameters that cannot be used.

        Examples
        --------
        >>> import numpy as np
        >>> from pyrt import Grid, Instrument, Strategy
        >>> from pyrt.types import EVENT, RECORDS, Kind
        >>> class Buyer(Strategy):
        ...     def on_book(self, ctx, delta):
        ...         if ctx.position == 0 and ctx.order_count == 0:
        ...             ctx.market(0.5)
        >>> book = np.zeros(3, RECORDS[Kind.DELTA])
        >>> book["kind"], book["side"], book["flags"] = Kind.DELTA, [1, 2, 1], [0, 0x100, 0x100]
        >>> book["price"], book["qty"], book["stamp"] = [99.99, 100.01, 99.98], 1.0, [0, 1, 2]
        >>> book["receive_time"] = [1_000_000, 1_000_000, 9_000_000]
        >>> btc = Instrument("binance:BTC-USDT", tick=Grid.parse("0.01"), lot=Grid.parse("0.001"))
        >>> result = Backtest(book, instruments=[btc], cash=1000).run(Buyer)
        >>> result.fills[["receive_time", "price", "qty"]].tolist(), result.cash
        ([(2000000, 100.01, 0.5)], 949.944995)
        """
        if self._events is None:
            raise InputError("run: needs events (read_recording, or EVENT records); on bars there is run_signals")
        from .events import run_class

        return run_class(self._events, strategy, parameters, jit=jit, cache=cache)

    def run_file(self, path: str | os.PathLike[str], **parameters: float) -> EventResult:
        """Run a strategy file on the events: features, model, thresholds and orders as the engine trades them.

        Parameters
        ----------
        path : path
            A TOML file in the form of ``proto/STRATEGY_FILE.md``. Its instrument must be one of the data's. A file that
            names a built strategy (``code = "cross.so"``) runs that one's machine code.
        **parameters
            Other values of what may change while it runs: ``entry_threshold``, ``exit_threshold``,
            ``position_size_pct``, ``limit_offset_bps``, ``timeout_seconds``; of a built strategy its live parameters.

        Returns
        -------
        EventResult
            Immutable. ``pyrt-engine replay --strategy FILE.toml`` gives the same signals, orders and fills, to the last
            bit. Its ``state`` is bars, bars without a row, orders not made for want of a quote or a size, live order,
            next order, and the last row of features: words of eight bytes.

        Raises
        ------
        ConfigError
            For what is wrong with the file.
        InputError, MissingPiece, ModelError
            If the model is not there, cannot be loaded, or was trained on other features; all with the file's name.
        StrategyFault
            If the model has no answer; names time, record, file and reason.
        DataError
            For records that cannot be what they claim.

        Examples
        --------
        >>> import numpy as np
        >>> from pyrt import Grid, Instrument
        >>> from pyrt.types import RECORDS, Kind
        >>> trades = np.zeros(1, RECORDS[Kind.TRADE])
        >>> trades["kind"], trades["price"], trades["qty"] = Kind.TRADE, 60_000.0, 0.5
        >>> btc = Instrument("binance:BTC-USDT", tick=Grid.parse("0.01"), lot=Grid.parse("0.001"))
        >>> Backtest(trades, instruments=[btc]).run_file("config/strategies/btc_momentum.toml")
        Traceback (most recent call last):
        pyrt.errors.InputError: config/strategies/btc_momentum.toml: there is no model ...btc_momentum_v1.2.onnx'; ...
        """
        if self._events is None:
            raise InputError("run_file: needs events (read_recording, or EVENT records); on bars there is run_signals")
        from .events import run_file

        return run_file(self._events, path, parameters)

    def run_signals(self, entries: Any, exits: Any) -> Result:
        """Buy on entries and sell on exits, one position at a time.

        Flat, the first bar that has an entry and no exit buys; long, the first bar that has an exit and no entry sells
        everything. Signals in between do nothing, and a bar with both is ignored. A signal on the last bar does nothing
        with ``fill="next_open"``. No bar after a fill has any influence on it.

        Parameters
        ----------
        entries, exits : array_like of bool, shape (n_observations,)
            One value a bar, known at its close. Lists, arrays, pandas or polars Series; a Series with a DatetimeIndex
            must have the times of the data.

        Returns
        -------
        Result
            Immutable.

        Raises
        ------
        InputError
            If lengths or times are not those of the data.
        DTypeError
            If the signals are not booleans.
        """
        bars = self.bars
        enter, leave = self._signal(entries, "entries"), self._signal(exits, "exits")
        same_length(entries=enter, exits=leave, data=bars.time)
        n_entries, n_exits = int(np.count_nonzero(enter)), int(np.count_nonzero(leave))
        raw = np.empty(2 * min(n_entries, n_exits + 1), KERNEL_FILL)
        equity = np.empty(len(bars))
        late = self._fill == "next_open"
        counts: dict[str, int] = simulate(
            bars.open if late else bars.close,
            bars.close,
            enter.view(np.uint8),
            leave.view(np.uint8),
            int(late),
            self._rules(),
            raw,
            equity,
        )
        fills = public_fills(raw[: counts["fills"]], bars)
        tally = _Tally(n_entries, n_exits, int(np.count_nonzero(enter & leave)), counts)
        return Result(
            bars=bars,
            cash=self._cash,
            fills=fills,
            fills_at="open" if late else "close",
            equity=equity,
            assumptions=self._assumptions(),
            warnings=tuple(_warnings(tally, fills, equity, bars)),
        )

    def check_lookahead(
        self,
        strategy: Any,
        *,
        cuts: int | None = None,
        least: int = 1,
        jit: bool = True,
        **parameters: Any,
    ) -> Lookahead:
        """Run a strategy again on beginnings of the data, and compare its decisions with those on all of the data.

        Parameters
        ----------
        strategy : callable, type or path
            On bars a function ``f(bars, **parameters)`` that returns entries and exits, as for :meth:`run_signals`; on
            events a subclass of :class:`pyrt.Strategy`, or a strategy file. What it knows in other ways, such as an
            array of all prices in a global, is not cut: hand such things over as part of the bars.
        cuts : int, optional
            How many beginnings: half of them end right behind decisions, half anywhere. 100 on bars, 8 on events. From
            the number of bars on it is every one of them, and the check is a proof for this data.
        least : int
            The shortest beginning, in bars or records: for a function that needs some.
        jit : bool
            On events: as for :meth:`run`.
        **parameters
            Handed to the strategy.

        Returns
        -------
        Lookahead
            True if nothing changed, else it names the first decision that did; ``print`` it.

        Raises
        ------
        InputError, DTypeError
            For what returns no entries and exits of the length of its bars.

        Examples
        --------
        >>> import numpy as np
        >>> price = np.array([10.0, 11.0, 12.0, 11.0, 13.0, 12.0])
        >>> days = np.arange("2024-01-01", "2024-01-07", dtype="datetime64[D]")
        >>> bt = Backtest({"time": days} | dict.fromkeys(("open", "high", "low", "close"), price))
        >>> def honest(bars):
        ...     return bars.close > 10, bars.close < 12
        >>> def peeking(bars):
        ...     tomorrow = np.append(bars.close[1:], np.nan)
        ...     return tomorrow > bars.close, tomorrow < bars.close
        >>> print(bt.check_lookahead(honest))
        no look-ahead: 5 beginnings of 6 bars decide as the whole does
        >>> print(bt.check_lookahead(peeking))
        entries[0] (2024-01-01T00:00:00.000000000) is decided otherwise on the first 1 of 6 bars: it sees ahead
        """
        from .lookahead import check_events, check_signals

        if self._events is None:
            return check_signals(self.bars, strategy, parameters, cuts=100 if cuts is None else cuts, least=least)
        from .events import run_class, run_file

        def run(data: EventData) -> EventResult:
            if isinstance(strategy, (str, os.PathLike)):
                return run_file(data, strategy, parameters)
            return run_class(data, strategy, parameters, jit=jit, cache=True)

        return check_events(self._events, run, cuts=8 if cuts is None else cuts, least=least)

    def _signal(self, signal: Any, name: str) -> Mask:
        mask = as_mask(signal, name)
        index = getattr(signal, "index", None)
        if getattr(getattr(index, "dtype", None), "kind", "") == "M":
            times = as_times(index, f"{name}.index")
            if len(times) == len(self._given_times) and not np.array_equal(times, self._given_times):
                row = int(np.argmax(times != self._given_times))
                raise InputError(f"{name}: its index differs from the data's times from row {row} on; reindex it first")
        return mask

    def _rules(self) -> npt.NDArray[np.void]:
        costs, sizing = self._costs, self._sizing
        values = (
            self._cash,
            sizing.units,
            sizing.fraction,
            costs.fees_bps / 1e4,
            costs.fixed,
            costs.slippage_bps / 1e4,
        )
        return np.array([values], RULES)

    def _assumptions(self) -> dict[str, str]:
        return {
            "fills": FILL_WORDS[self._fill],
            "size": self._sizing.words,
            "costs": self._costs.describe(),
            "side": "long only, one position at a time; a bar with both an entry and an exit is ignored",
            "liquidity": "every order fills whole at that price, whatever the volume; no impact, no latency",
            "cash": f"{self._cash:,.2f} at the start; idle cash earns nothing, no borrowing, no dividends, no taxes",
            "open trade": "valued at the last close, without an exit fee",
            "numbers": "float64; no tick and no lot",
            "times": f"UTC, also those without a zone; {self.bars.stamping}; a fill carries the time of its bar",
            "measures": "annualized with the periods a year that the data itself has; risk-free rate 0; the interval "
            "of the Sharpe ratio takes returns as independent (Lo, 2002)",
        }

    def __repr__(self) -> str:
        if self._events is not None:
            return f"<Backtest of {len(self._events.events)} events, cash {self._events.cash / 10**18:g}>"
        return f"<Backtest of {self.bars!r}, cash {self._cash:g}, {self._costs.describe()}, fill {self._fill}>"


_OF_BARS = {"fees_bps": 10, "costs": None, "fill": "next_open", "size": "all", "stamp": None, "period": None}
"""Arguments that bars alone have, with their defaults."""


def _is_events(data: Any) -> bool:
    return isinstance(data, Recording) or getattr(data, "dtype", None) in (EVENT, *RECORDS.values())


class _Tally(NamedTuple):
    """What became of the signals."""

    entries: int
    exits: int
    both: int
    counts: dict[str, int]


def _warnings(tally: _Tally, fills: npt.NDArray[np.void], equity: npt.NDArray[np.float64], bars: Bars) -> list[str]:
    """Say what a reader of the result would want to know before believing it."""
    found: list[str] = []
    counts = tally.counts
    if not tally.entries:
        found.append("no entry signal: nothing was traded")
    elif not len(fills):
        found.append(f"no fill: none of {tally.entries} entry signals was carried out")
    elif not tally.exits:
        found.append("no exit signal: the position was never closed")
    if tally.both:
        found.append(f"{tally.both} bars have both an entry and an exit; they were ignored")
    if counts["late"]:
        found.append("the signal on the last bar would fill after the data ends; it was not carried out")
    if counts["cut"]:
        found.append(f"{counts['cut']} entries were cut to what the cash paid for")
    if counts["rejected"]:
        found.append(f"{counts['rejected']} entries were not carried out: the cash did not cover the fixed fee")
    if float(equity.min()) <= 0:
        found.append("equity fell to zero or below: measures of returns are not defined")
    price, high, low = fills["price"], bars.high[fills["row"]], bars.low[fills["row"]]
    outside = int(np.count_nonzero((price > high * (1 + 1e-9)) | (price < low * (1 - 1e-9))))
    if outside:
        found.append(f"{outside} fills lie outside their bar's range: slippage took them where nobody traded")
    if bars.volume is not None and len(fills):
        empty = int(np.count_nonzero(bars.volume[fills["row"]] == 0))
        if empty:
            found.append(f"{empty} fills lie on bars without volume; they could not have happened")
    return found
