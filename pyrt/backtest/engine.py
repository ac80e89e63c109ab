"""The backtest: data and terms, and the runs that can be made with them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, overload

from .._validate import choice, number
from ..data import Actions, Bars, Recording, check_bars, load_bars
from ..data.events import are_events
from ..errors import DataError, DTypeError, InputError
from .account import Account
from .costs import CostModel
from .portfolio import Portfolio, refuse_parameters
from .signals import FILL_WORDS, BarData, FillRule, Signals, run_signals
from .sizing import Size, parse_size
from .stops import Stops

if TYPE_CHECKING:
    from ..strategy import Strategy
    from ..types import Instrument
    from .bars import BarResult, BarSet
    from .bars.streamed import BarStream
    from .events import EventData
    from .latency import Latency
    from .lookahead import Lookahead
    from .matching import Simulation
    from .results.event_result import EventResult
    from .results.portfolio_result import PortfolioResult
    from .results.sweep import Sweep
    from .sessions import Session
    from .sessions.pace import Clock

__all__ = ["Backtest"]


class Backtest:
    """Data, cash, costs and rules of filling, for any number of runs.

    Parameters
    ----------
    data : DataFrame, mapping, structured array, Bars, or path; a mapping of those; or a Recording, or EVENT records
        Bars of one instrument: open, high, low, close, time and perhaps volume, in any case; see
        :func:`pyrt.data.load_bars`. Refused if they cannot be bars; :func:`pyrt.data.clean_bars` repairs them. Or bars
        of several by their names (``{"AAPL": df, "MSFT": df2}``), each with a calendar of its own, for :meth:`run`. Or
        events of a venue, for :meth:`run`, :meth:`session` and :meth:`run_file`: recorded ones
        (:func:`pyrt.data.read_recording`), or tables of trades (time, price, size) and quotes (time, bid, ask), one, a
        list, or a dict of them by instrument (:func:`pyrt.data.events.events_from`; files: :meth:`from_parquet`); or
        hftbacktest's (an array of its rows, or an ``.npz``), with the latency of the feed that they tell.
    cash : float
        Money at the start, above zero.
    fees_bps : float
        Commission of each fill in basis points of its value.
    costs : CostModel, optional
        All costs; `fees_bps` then has no effect. On events a commission alone, instead of the simulation's rates.
    fill : {"next_open", "close"}
        Where a signal or a market order of one bar fills: at the open of the next bar, or at its own close.
    account : Account, optional
        Leverage, margin, financing and currency (:class:`pyrt.backtest.Account`); cash alone unless given: on events
        nobody then asks for margin, and what is short is lent free.
    actions : Actions or mapping of str to Actions, optional
        Splits and dividends of the instrument (:func:`pyrt.data.load_actions`), of several by name, for bars that are
        not adjusted, and for events: they happen to the position.
    size : "all", float, Fraction or Notional
        What an entry of signals trades: all cash, a number of units or an amount of money (cut to what the cash
        covers), or a part of equity. Strategy classes size their orders themselves.
    stamp, period : optional
        Whether times in `data` are the "start" or the "end" of bars, and how long a bar is; see
        :func:`pyrt.data.load_bars`.
    instruments : sequence of Instrument, or mapping of str to Instrument, optional
        For records without a table of their own: row i is their ``instrument`` i. On bars those whose orders strategy
        classes send in ticks and lots, by name in the data: numbers are put on the grid.
    simulation : Simulation, optional
        For events: latencies, fees and queue of the venue (:class:`pyrt.backtest.Simulation`). Fees, fills and sizes
        of bars do not apply to events and are refused with them.
    trade_from : datetime64 or int, optional
        For strategy classes: records received, and bars that end, before this time (ns UTC) are history. The strategy
        is fed with them, and of what it asks for only signals and timers are kept (``ctx.warming_up`` is true).
    latency : Latency, optional
        For events: delays of orders and answers that are no constants (:class:`pyrt.backtest.Latency`).

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

    __slots__ = ("_bars", "_events", "_of_orders", "_panel", "_set", "_stream")

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
        account: Account | None = None,
        actions: Actions | Mapping[str, Actions] | None = None,
        instruments: Sequence[Instrument] | None = None,
        simulation: Simulation | None = None,
        trade_from: Any = None,
        latency: Latency | None = None,
    ) -> None:
        self._stream: BarStream | None = None
        if isinstance(data, Recording) or are_events(data):
            terms = (fees_bps, fill, size, stamp, period)
            for name, value, default in zip(_OF_BARS, terms, _OF_BARS.values(), strict=True):
                if value != default:
                    raise InputError(f"{name}: is of bars and means nothing for events; see simulation=")
            from .events import EventData

            self._bars: BarData | None = None
            self._set: BarSet | None = None
            of_all: Any = {"cash": cash, "costs": costs, "account": account, "actions": actions}
            self._events: EventData | None = EventData.of(
                data, instruments, simulation=simulation, trade_from=trade_from, latency=latency, **of_all
            )
            return
        self._events = None
        of_events = {"simulation": simulation, "latency": latency}
        for name, given_term in of_events.items():
            if given_term is not None:
                raise InputError(
                    f"{name}: is of events and means nothing for bars, which the data is taken as: events are records, "
                    "or tables with a time and a price, or bid and ask"
                )
        self._of_orders = {"trade_from": trade_from, "instruments": instruments}
        common = _bar_terms(cash, fees_bps, costs, fill, account)
        self._bars = self._set = None
        if isinstance(data, Mapping):
            from .bars.data import BarSet, are_several, load_several

        if isinstance(data, Mapping) and are_several(data):
            several, times = load_several(data, stamp=stamp, period=period)
            self._set = BarSet.of(several, **common, actions=actions, **self._of_orders)
            self._panel = times, parse_size(size, 1.0 if account is None else account.leverage)
            return
        if actions is not None and not isinstance(actions, Actions):
            raise DTypeError(f"actions: must be Actions, got {actions!r} ({type(actions).__name__}); see load_actions")
        try:
            given = load_bars(data)
        except DataError as error:
            if instruments is None:
                raise
            hint = "events are records, or tables with a time and a price, or bid and ask"
            raise DataError(f"{error}; {hint}") from None
        self._bars = BarData(
            bars=check_bars(load_bars(given, stamp=stamp, period=period)),
            given_times=given.time,
            sizing=parse_size(size, 1.0 if account is None else account.leverage),
            actions=actions,
            **common,
        )
        if trade_from is not None or instruments is not None:
            self._of_classes  # noqa: B018 (checks them)

    @classmethod
    def from_parquet(  # noqa: PLR0913 (all but the data are keywords)
        cls,
        paths: Any,
        instruments: Sequence[Instrument],
        *,
        kind: Literal["trades", "quotes", "deltas", "orders"] | None = None,
        max_memory: str | int = "2GB",
        cash: float = 100_000,
        costs: CostModel | None = None,
        simulation: Simulation | None = None,
        trade_from: Any = None,
        latency: Latency | None = None,
        account: Account | None = None,
        actions: Actions | Mapping[str, Actions] | None = None,
    ) -> Backtest:
        """Take events from Parquet files that may be larger than memory: every run reads them a stretch at a time.

        Parameters
        ----------
        paths : path, sequence of path, or mapping of str to either
            Files sorted by time, one after the other (``"trades-*.parquet"``: in the order of their names), or a dict
            of them by instrument, which are merged by time, or of dicts by kind: ``{"BTCUSDT": {"trades": …, "quotes":
            …}}``. Columns are those of
            :func:`pyrt.data.events.events_from`: time, price, size and perhaps side, trade_id; or bid, ask and sizes;
            or of a book order by order action, order_id, side, price and size (where a column ``kind`` mixes orders
            with others, ``Simulation(book="orders")`` says that the book is made of them);
            ``instrument`` (or ``symbol``) where rows are of several; others are ignored, and not read.
        instruments : sequence of Instrument
            Row i is the records' ``instrument`` i.
        kind : {"trades", "quotes", "deltas", "orders"}, optional
            What the rows are; by the columns unless given.
        max_memory : str or int
            What a run may take, the interpreter and its libraries (about 0.2 GB) included: stretches are that short,
            and a run whose orders, fills and signals outgrow it is stopped with an :class:`InputError`. Of each run:
            a sweep makes as many as it has workers.
        cash, costs, simulation, trade_from, latency, account, actions
            As for events in memory.

        Raises
        ------
        DataError
            If a file is not there, has not the columns or no rows; while it runs: if its rows are not sorted or have
            no price; names file and row.

        Examples
        --------
        >>> Backtest.from_parquet("trades-2024-*.parquet", [])
        Traceback (most recent call last):
        pyrt.errors.DataError: trades-2024-*.parquet: no file has such a name
        """
        from ..data.events import ParquetSource
        from .events import EventData
        from .sessions.memory import bytes_of

        source = ParquetSource(paths, instruments, kind)
        terms: dict[str, Any] = {"cash": cash, "simulation": simulation, "trade_from": trade_from}
        terms |= {"costs": costs, "latency": latency, "account": account, "actions": actions}
        self = cls.__new__(cls)
        self._bars = self._set = self._stream = None
        self._events = EventData.of(source, instruments, memory=bytes_of(max_memory), **terms)
        return self

    @classmethod
    def from_parquet_bars(  # noqa: PLR0913 (all but the data are keywords)
        cls,
        paths: Any,
        *,
        max_memory: str | int = "2GB",
        cash: float = 100_000,
        fees_bps: float = 10,
        costs: CostModel | None = None,
        fill: FillRule = "next_open",
        size: Any = "all",
        account: Account | None = None,
        stamp: Literal["start", "end"] | None = None,
        period: Any = None,
        instruments: Any = None,
        trade_from: Any = None,
    ) -> Backtest:
        """Take bars from Parquet files that may be larger than memory, for :meth:`run` and :meth:`run_signals`.

        Every run reads all bars once to check them, then a stretch at a time, and those of instruments that were traded
        once more, for the excursions of trades. Its result has the equity at no more than 20,000 times, and bars of
        that length; orders, fills and trades are exact.

        Parameters
        ----------
        paths : path, sequence of path, or mapping of str to either
            Files sorted by time, one after the other (``"bars-*.parquet"``: in the order of their names), of one
            instrument, or a dict of them by instrument. Columns are those of :func:`pyrt.data.load_bars`; others are
            ignored, and not read.
        max_memory : str or int
            What a run may take, as of :meth:`from_parquet`.
        cash, fees_bps, costs, fill, size, account, stamp, period, instruments, trade_from
            As for bars in memory. Signals take one instrument, cash alone and costs that are rates.

        Raises
        ------
        DataError
            If a file is not there; while it runs: if it has bars that cannot be, with file and row.
        """
        from ..data.bar_files import BarFiles
        from .bars.data import ALONE
        from .bars.streamed import BarStream
        from .sessions.memory import bytes_of

        terms, self = _bar_terms(cash, fees_bps, costs, fill, account), cls.__new__(cls)
        self._of_orders = {"trade_from": trade_from, "instruments": instruments}
        self._bars = self._set = self._events = None
        files = BarFiles(paths, ALONE, stamp=stamp, period=period)
        sizing = parse_size(size, 1.0 if account is None else account.leverage)
        self._stream = BarStream(files, terms | self._of_orders, bytes_of(max_memory), sizing)
        return self

    @property
    def bars(self) -> Bars:
        """The bars as arrays."""
        return self._of_bars.bars

    @property
    def _of_bars(self) -> BarData:
        self._refuse_stream()
        if self._set is not None and self._bars is None:
            raise InputError(
                f"this backtest is of {len(self._set.names)} instruments, {', '.join(self._set.names)}: run(Strategy) "
                "and run_signals take them; this is of one"
            )
        if self._bars is None:
            raise InputError("this backtest is of events: run(Strategy) trades on them, and there are no bars")
        return self._bars

    @property
    def _of_classes(self) -> BarSet:
        """Bars as strategy classes take them, one instrument or several."""
        from .bars.data import ALONE, BarSet

        self._refuse_stream()
        if self._set is None:
            one = self._of_bars
            alone = {ALONE: one.bars}
            terms = {name: getattr(one, name) for name in ("cash", "costs", "fill", "account", "actions")}
            self._set = BarSet.of(alone, **terms, **self._of_orders)
        return self._set

    @overload
    def run(
        self, strategy: type[Strategy], *, jit: bool = True, cache: bool = True, **parameters: Any
    ) -> EventResult | BarResult: ...

    @overload
    def run(self, strategy: Portfolio, *, jit: bool = True, cache: bool = True) -> PortfolioResult: ...

    def run(
        self, strategy: type[Strategy] | Portfolio, *, jit: bool = True, cache: bool = True, **parameters: Any
    ) -> EventResult | BarResult | PortfolioResult:
        """Run a strategy class: on events against the simulated venue, on bars along a cautious path through each.

        Parameters
        ----------
        strategy : type or Portfolio
            A subclass of :class:`pyrt.Strategy`; compiled at the first run, taken from the disk's cache after that. Or
            several in one account.
        jit : bool
            False runs the class as plain Python, under a debugger too, with the same result to the last bit.
        cache : bool
            Whether compiled code is kept on the disk.
        **parameters
            Values of the strategy's parameters; the others have their defaults.

        Returns
        -------
        EventResult, BarResult or PortfolioResult
            Immutable. Of events ``pyrt-engine replay`` gives the same orders and fills of one strategy.

        Raises
        ------
        StrategyFault
            If the strategy's code failed, or it asked for what cannot be carried out; names time, record and line.
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
        >>> class Dip(Strategy):
        ...     def on_bar(self, ctx, bar):
        ...         if ctx.position == 0 and bar.close < bar.open:
        ...             ctx.bracket(10.0, 0.0, bar.close + 2.0, bar.close - 3.0)
        >>> days = np.arange("2024-01-01", "2024-01-05", dtype="datetime64[D]")
        >>> open_, high = np.array([100.0, 98.0, 99.0, 100.0]), np.array([101.0, 99.5, 101.0, 101.0])
        >>> bars = {"time": days, "open": open_, "high": high, "low": open_ - 1.5, "close": open_ - [1, -1, -1, 0]}
        >>> result = Backtest(bars, fees_bps=0).run(Dip)
        >>> result.fills[["row", "side", "price", "type", "place"]].tolist()
        [(1, 'buy', 98.0, 'market', 'open'), (2, 'sell', 101.0, 'limit', 'inside')]
        """
        if self._stream is not None and not isinstance(strategy, Portfolio):
            from .bars.streamed import run_streamed

            return run_streamed(self._stream, strategy, parameters, jit=jit, cache=cache)
        if self._events is None:
            from .bars import run_class as run_on_bars

            if isinstance(strategy, Portfolio):
                from .bars.portfolio import run_portfolio

                refuse_parameters(parameters)
                return run_portfolio(self._of_classes, strategy, jit=jit, cache=cache)
            return run_on_bars(self._of_classes, strategy, parameters, jit=jit, cache=cache)
        from .sessions import begin

        run = begin(self._events, strategy, parameters, jit=jit, cache=cache)
        run.go()
        return run.result()

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
        from .sessions import run_file

        return run_file(self._events, path, parameters)

    def session(
        self,
        strategy: type[Strategy] | Portfolio | str | os.PathLike[str],
        *,
        jit: bool = True,
        cache: bool = True,
        **parameters: Any,
    ) -> Session:
        """Begin a run that is stepped: looked at, steered, kept and put back between any two records.

        Parameters
        ----------
        strategy : type, Portfolio or path
            As for :meth:`run`, or a strategy file as for :meth:`run_file`.
        jit, cache, **parameters
            As for :meth:`run`.

        Returns
        -------
        Session
            Before the first record; what it gives at the end is what :meth:`run` gives, whatever the steps.

        Raises
        ------
        CompileError, ConfigError, InputError, DTypeError
            For a strategy or parameters that cannot be used.
        """
        if self._events is None:
            from .bars.steps import BarSteps
            from .sessions import Session
            from .sessions.run import instance_of, instances_of

            if isinstance(strategy, Portfolio):
                from .bars.portfolio import PortfolioSteps

                refuse_parameters(parameters)
                instances = instances_of(strategy, jit=jit, cache=cache)
                return Session(PortfolioSteps(self._of_classes, strategy, instances))
            return Session(BarSteps(self._of_classes, instance_of(strategy, parameters, jit=jit, cache=cache)))
        from .sessions import Session, begin

        return Session(begin(self._events, strategy, parameters, jit=jit, cache=cache))

    def replay(self, callback: Any, *, speed: float | None = None, clock: Clock | None = None) -> int:
        """Play the data to a callback, with its time at a speed; for strategies there is :meth:`Session.play`.

        Parameters
        ----------
        callback : callable
            Called with each record when it is received (fields of its kind), or with each bar (time, open, high, low,
            close, volume) when it ends. False ends the replay.
        speed : float, optional
            Seconds of the data in a second: 60 plays an hour a minute. As fast as possible unless given.
        clock : Clock, optional
            What is waited by; the machine's unless given.

        Returns
        -------
        int
            How many records or bars were played.

        Examples
        --------
        >>> from pyrt.data import sample
        >>> closes = []
        >>> Backtest(sample.sp500()).replay(lambda bar: closes.append(float(bar["close"])))
        5031
        """
        from .sessions.pace import Pace, play

        return play(self.bars if self._events is None else self._events.source, callback, Pace(speed, clock))

    def run_signals(
        self,
        entries: Any,
        exits: Any,
        *,
        short_entries: Any = None,
        short_exits: Any = None,
        stops: Stops | Mapping[str, Stops] | None = None,
        cash_sharing: bool = False,
        group_by: Any = None,
        exits_first: bool = False,
    ) -> Any:
        """Buy on entries and sell on exits, or the other way round: one position at a time of each instrument.

        Flat, the first bar that has an entry and no exit buys; long, the first bar that has an exit and no entry sells
        everything. Signals in between do nothing, and a bar with both is ignored. The same goes for short positions,
        and an entry against the position closes it and opens the other; entries both ways cancel each other. A signal
        on the last bar does nothing with ``fill="next_open"``. No bar after a fill has any influence on it.

        Parameters
        ----------
        entries, exits : array_like of bool, shape (n_observations,) or (n_times, n_instruments), or mapping
            One value a bar, known at its close. Lists, arrays, pandas or polars Series; a Series with a DatetimeIndex
            must have the times of the data. Of bars in files a memory map (``np.load(..., mmap_mode="r")``) is read a
            stretch at a time, and times are not compared. Of bars of several instruments a table: a row for each time
            at which any of them has a bar, a column an instrument; a DataFrame's columns are named as the data and may
            have any order, an array's are in the order of the data. Where an instrument has no bar its signals are
            ignored, and counted in the warnings. Or a mapping of names to one signal a bar of the instrument's own.
        short_entries, short_exits : the same, optional
            Of short positions: both or none.
        stops : Stops or mapping of str to Stops, optional
            Stop loss, take profit and trailing stop of every position; of several instruments perhaps by name.
        cash_sharing : bool
            False: each instrument has an account of its own, with all of ``cash``. True: they share one. What fills at
            one time (at an open, or at a close) is then carried out instrument by instrument, in the order of the data,
            each entry from the money that those before it have left; "all" takes what is left, a :class:`Fraction` is
            of the whole account's equity.
        group_by : sequence or mapping of str to label, optional
            With `cash_sharing`: a label an instrument; those of one label share an account.
        exits_first : bool
            With `cash_sharing`: of what fills at one time first all that leaves, then all that enters, so that the
            money of one position can go into another on the same bar.

        Returns
        -------
        Result, PanelResult or BarResult
            Immutable. Of several instruments a :class:`PanelResult`, a result by instrument or group and their table;
            of one shared account, and of bars in files, a :class:`BarResult`.

        Raises
        ------
        InputError
            If lengths, names or times are not those of the data, or one kind of short signals is missing.
        DTypeError
            If the signals are not booleans.

        Examples
        --------
        >>> import numpy as np
        >>> days = np.arange("2024-01-01", "2024-01-06", dtype="datetime64[D]")
        >>> price = np.array([100.0, 100.0, 101.0, 97.0, 96.0])
        >>> bars = {"time": days, "open": price, "high": price + 1, "low": price - 1, "close": price}
        >>> never = np.zeros(5, bool)
        >>> backtest = Backtest(bars, fees_bps=0, size=10)
        >>> result = backtest.run_signals([1, 0, 0, 0, 0], never, stops=Stops(stop_loss=0.02))
        >>> result.trades[["side", "entry_price", "exit_price", "pnl", "reason"]].tolist()
        [('long', 100.0, 97.0, -30.0, 'stop_loss')]
        """
        signals = Signals(entries, exits, short_entries, short_exits)
        self._refuse_of_orders()
        sharing = {"cash_sharing": cash_sharing, "group_by": group_by is not None, "exits_first": exits_first}
        if self._set is not None and self._bars is None:
            from .panels import Sharing, run_panel
            from .panels.columns import PanelData

            data = PanelData(self._set, *self._panel)
            return run_panel(data, signals, stops, Sharing(cash_sharing, group_by, exits_first))
        for name, wanted in sharing.items():
            if wanted:
                raise InputError(f"{name}: is of several instruments, and this backtest is of one")
        if self._stream is not None:
            from .bars.streamed_signals import run_signals_streamed

            return run_signals_streamed(self._stream, signals, stops)
        return run_signals(self._of_bars, signals, stops)

    def sweep(
        self,
        strategy: Any,
        grid: Any,
        *,
        workers: int | None = None,
        backend: str = "threads",
        progress: bool | None = None,
        resume: str | os.PathLike[str] | None = None,
    ) -> Sweep:
        """Run a strategy with every parameter set of a grid, and keep the measures of each.

        Parameters
        ----------
        strategy : callable, type or path
            A subclass of :class:`pyrt.Strategy` (compiled once); on bars of one instrument also a function
            ``f(bars, **parameters)`` that returns entries and exits, or those and short entries and exits; on events
            also a strategy file.
        grid : mapping of str to list, or sequence of mapping
            All combinations of the lists, or the sets as they are. On bars ``"stops"`` is for :class:`Stops` and not
            handed to the function.
        workers : int, optional
            How many sets at a time; as many as there are processors unless given.
        backend : str
            ``"threads"`` of this process, which share the data; or one of joblib's: ``"loky"`` (processes), ``"dask"``
            (the machines of the ``dask.distributed.Client`` that there is), ``"ray"`` (those of ``ray.init``, of this
            one unless it was called). Data and strategy go to each machine once; pyrt must be installed there.
        progress : bool, optional
            Whether to show a bar; unless given, if the standard error is a terminal.
        resume : path, optional
            A file to which every row is written as it is done; what it holds already is not run again.

        Returns
        -------
        Sweep
            In the order of the grid. After Ctrl-C, what was done until then, with a warning.

        Raises
        ------
        InputError, DTypeError
            For a grid without sets or with one twice, and for a file that is of another sweep.

        Examples
        --------
        >>> import numpy as np
        >>> from pyrt import indicators as ta
        >>> price = 100 + 10 * np.sin(np.arange(400) / 20)
        >>> days = np.arange("2023-01-01", "2024-02-05", dtype="datetime64[D]")
        >>> bt = Backtest({"time": days} | dict.fromkeys(("open", "high", "low", "close"), price))
        >>> def above(bars, period):
        ...     mean = ta.sma(bars.close, period)
        ...     return bars.close > mean, bars.close < mean
        >>> sweep = bt.sweep(above, {"period": [5, 20, 80]})
        >>> sweep.best("total_return")
        {'period': 5}
        """
        from .sweeps import Options, sweep

        options = Options(workers, backend, progress, None if resume is None else Path(resume))
        data: Any = self._events
        if data is None:
            data = self._of_classes if isinstance(strategy, type) else self._of_bars
            if data is self._bars:
                self._refuse_of_orders()
        return sweep(data, strategy, grid, options)

    def sweep_signals(
        self,
        entries: Any,
        exits: Any,
        *,
        short_entries: Any = None,
        short_exits: Any = None,
        stops: Stops | Sequence[Stops] | None = None,
        workers: int | None = None,
    ) -> Sweep:
        """Run many columns of signals on the same bars, each with an account of its own, and keep the measures of each.

        Parameters
        ----------
        entries, exits, short_entries, short_exits : array_like of bool, shape (n_observations, n_sets)
            As for :meth:`run_signals`, a set a column.
        stops : Stops or sequence of Stops, optional
            Of all sets, or one a set.
        workers : int, optional
            Threads; as many as there are processors unless given.

        Returns
        -------
        Sweep
            The parameter of a row is its ``column``.

        Examples
        --------
        >>> import numpy as np
        >>> price = np.array([10.0, 11.0, 12.0, 11.0, 10.0, 9.0])
        >>> days = np.arange("2024-01-01", "2024-01-07", dtype="datetime64[D]")
        >>> bt = Backtest({"time": days} | dict.fromkeys(("open", "high", "low", "close"), price), fees_bps=0)
        >>> entries, exits = price[:, None] > [9.5, 11.5], price[:, None] < [9.5, 11.5]
        >>> bt.sweep_signals(entries, exits).measures["n_trades"].tolist()
        [0.0, 1.0]
        """
        from .sweeps import Options, sweep_signals

        signals = Signals(entries, exits, short_entries, short_exits)
        self._refuse_of_orders()
        return sweep_signals(self._of_bars, signals, stops, Options(workers))

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
            A subclass of :class:`pyrt.Strategy`; on bars of one instrument also a function ``f(bars, **parameters)``
            that returns entries and exits, or those and short entries and exits, as for :meth:`run_signals`; on events
            also a strategy file. What it knows in other ways, such as an array of all prices in a global, is not cut:
            hand such things over as part of the bars.
        cuts : int, optional
            How many beginnings: half of them end right behind decisions, half anywhere. 100 for a function of bars,
            else 8. From
            the number of bars on it is every one of them, and the check is a proof for this data.
        least : int
            The shortest beginning, in bars or records: for a function that needs some.
        jit : bool
            Of a class: as for :meth:`run`.
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
        from .lookahead import check_class, check_events, check_signals

        if self._events is None and isinstance(strategy, type):
            from .bars import run_class as run_on_bars

            def on_bars(data: BarSet) -> BarResult:
                return run_on_bars(data, strategy, parameters, jit=jit, cache=True)

            return check_class(self._of_classes, on_bars, cuts=8 if cuts is None else cuts, least=least)
        if self._events is None:
            return check_signals(self.bars, strategy, parameters, cuts=100 if cuts is None else cuts, least=least)
        from .sessions import run_class, run_file

        def run(data: EventData) -> EventResult:
            if isinstance(strategy, (str, os.PathLike)):
                return run_file(data, strategy, parameters)
            return run_class(data, strategy, parameters, jit=jit, cache=True)

        return check_events(self._events, run, cuts=8 if cuts is None else cuts, least=least)

    def _refuse_stream(self) -> None:
        if self._stream is not None:
            raise InputError(
                "this backtest's bars are read from files as it goes: run(Strategy) and run_signals take them, nothing "
                "else"
            )

    def _refuse_of_orders(self) -> None:
        """Refuse what strategy classes alone have, where signals are run."""
        mends = {
            "trade_from": "of signals leave out the bars before, or those that ask for an entry there",
            "instruments": "of signals a size is any number of units",
        }
        for name, mend in mends.items():
            if self._events is None and self._of_orders[name] is not None:
                raise InputError(f"{name}: is of strategy classes and means nothing for signals; {mend}")

    def __repr__(self) -> str:
        if self._stream is not None:
            return f"<Backtest of bars in files of {', '.join(self._stream.files.names)}>"
        if self._events is not None:
            return f"<Backtest of {self._events.source.count} events, cash {self._events.cash / 10**18:g}>"
        if self._bars is None and self._set is not None:
            names = ", ".join(self._set.names)
            return (
                f"<Backtest of {names}, cash {self._set.cash:g}, {self._set.costs.describe()}, fill {self._set.fill}>"
            )
        data = self._of_bars
        return f"<Backtest of {data.bars!r}, cash {data.cash:g}, {data.costs.describe()}, fill {data.fill}>"


def _bar_terms(cash: Any, fees_bps: Any, costs: Any, fill: Any, account: Any) -> dict[str, Any]:
    """Check the terms that all runs on bars have."""
    if costs is not None and not isinstance(costs, CostModel):
        raise DTypeError(f"costs: must be a CostModel, got {costs!r} ({type(costs).__name__})")
    if account is not None and not isinstance(account, Account):
        raise DTypeError(f"account: must be an Account, got {account!r} ({type(account).__name__})")
    if account is not None:
        account.check_bars()
    return {
        "cash": number(cash, "cash", low=0.0, above=True),
        "costs": CostModel(fees_bps=fees_bps) if costs is None else costs,
        "fill": cast(FillRule, choice(fill, "fill", FILL_WORDS)),
        "account": account,
    }


_OF_BARS = {
    "fees_bps": 10,
    "fill": "next_open",
    "size": "all",
    "stamp": None,
    "period": None,
}
"""Arguments that bars alone have, with their defaults."""
