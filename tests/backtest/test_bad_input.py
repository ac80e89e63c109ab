"""Every bad input gets an error that names the argument, the place and the mend."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import pyrt.indicators as ta
from pyrt import Backtest, PyrtError, Strategy
from pyrt._validate import as_floats, as_mask, as_time, as_times
from pyrt.backtest import CostModel, Fraction
from pyrt.errors import DataError, DTypeError, InputError
from pyrt.strategy import StrategyFault

DAYS = np.arange("2024-01-01", "2024-01-06", dtype="datetime64[D]")


def bars(**changes):
    price = np.array([10.0, 11.0, 12.0, 11.0, 10.0])
    return {"time": DAYS, "open": price, "high": price, "low": price, "close": price, **changes}


def changed(column, row, value):
    values = bars()[column].copy()
    values[row] = value
    return bars(**{column: values})


DATA = {
    "nan": (changed("close", 2, np.nan), DataError, "row 2 .*close is nan"),
    "negative": (changed("low", 1, -1.0), DataError, "row 1 .*low is -1"),
    "zero": (changed("open", 3, 0.0), DataError, "row 3 .*open is 0"),
    "infinite": (changed("high", 0, np.inf), DataError, "row 0 .*high is inf"),
    "high below low": (changed("high", 2, 9.0), DataError, "row 2 .*high 9.0 is below low 12.0.*clean_bars"),
    "open outside": (changed("open", 4, 10.5), DataError, r"row 4 .*open 10.5 is outside \[low 10.0, high 10.0\]"),
    "close outside": (
        bars(close=np.array([9.0, 11, 12, 11, 10])),
        DataError,
        "row 0 .*close 9.0 is outside",
    ),
    "unsorted": (bars(time=DAYS[[0, 1, 3, 2, 4]]), DataError, "row 3 .*earlier than the row before"),
    "duplicated": (bars(time=DAYS[[0, 1, 1, 3, 4]]), DataError, "row 2 .*repeats the time.*clean_bars"),
    "missing time": (bars(time=np.append(DAYS[:4], np.datetime64("NaT"))), DataError, "row 4 .*time is missing"),
    "empty": ({name: column[:0] for name, column in bars().items()}, DataError, "no rows"),
    "lengths differ": (bars(close=np.ones(4)), InputError, "time has 5.*close has 4"),
    "negative volume": (bars(volume=[1, 1, -1, 1, 1]), DataError, "row 2 .*volume is -1"),
    "no close": ({k: v for k, v in bars().items() if k != "close"}, DataError, "no column close among time, open"),
    "no time": ({k: v for k, v in bars().items() if k != "time"}, DataError, "no time; give a DatetimeIndex"),
    "two columns": (bars(Close=np.ones(5)), DataError, "two columns are named 'close'"),
    "two symbols": (bars(symbol=["A", "A", "B", "B", "B"]), DataError, "2 symbols in one frame"),
    "text": (bars(close=["a"] * 5), DTypeError, "close: must be integers or floats"),
    "seconds": (bars(time=1_700_000_000 + np.arange(5)), DataError, "integers are nanoseconds UTC"),
    "mixed time zones": (
        bars(time=[pd.Timestamp("2024-01-01", tz="UTC"), *pd.date_range("2024-01-02", periods=4, tz="Asia/Tokyo")]),
        InputError,
        "time: row 1 is in Asia/Tokyo, row 0 in UTC; convert all to UTC",
    ),
    "a zone and none": (
        bars(time=[dt.datetime(2024, 1, 1 + day, tzinfo=dt.UTC if day == 3 else None) for day in range(5)]),
        InputError,
        "time: row 3 is in UTC, row 0 in no zone",
    ),
    "missing among datetimes": (
        bars(time=[*(dt.datetime(2024, 1, 1 + day) for day in range(4)), pd.NaT]),
        DataError,
        "row 4 .*time is missing",
    ),
    "far future": (bars(time=DAYS + np.timedelta64(400_000, "D")), InputError, "1678 to 2262"),
    "ambiguous dates": (bars(time=["01/02/2024"] * 5), DTypeError, "write times as 2024-01-31"),
    "float times": (bars(time=np.linspace(0, 1, 5)), DTypeError, "time: must be datetimes"),
    "two dimensions": (bars(close=np.ones((5, 1))), InputError, "close: must have 1 dimension"),
    "plain array": (np.ones(5), DTypeError, "needs named fields"),
    "number": (3, DTypeError, "must be a DataFrame"),
    "no such file": ("nowhere.parquet", FileNotFoundError, "no file nowhere.parquet"),
    "two tickers": (
        pd.DataFrame(np.ones((1, 2)), columns=pd.MultiIndex.from_tuples([("Close", "A"), ("Close", "B")])),
        DataError,
        "columns of 2 symbols",
    ),
}


@pytest.mark.parametrize("case", DATA)
def test_data(case):
    data, error, words = DATA[case]
    with pytest.raises(error, match=words):
        Backtest(data)


OPTIONS = {
    "zero cash": ({"cash": 0}, InputError, "cash: must be above 0"),
    "nan cash": ({"cash": float("nan")}, InputError, "cash: must be finite"),
    "text cash": ({"cash": "1000"}, DTypeError, "cash: must be a number"),
    "negative fees": ({"fees_bps": -1}, InputError, "fees_bps: must be at least 0"),
    "huge fees": ({"fees_bps": 20_000}, InputError, "fees_bps"),
    "costs of another type": ({"costs": 10}, DTypeError, "costs: must be a CostModel"),
    "unknown fill": ({"fill": "open"}, InputError, "fill: must be one of 'next_open', 'close'"),
    "unknown size": ({"size": "half"}, InputError, "size: must be 'all', a number of units, Fraction"),
    "zero size": ({"size": 0}, InputError, "size: must be above 0"),
    "boolean size": ({"size": True}, DTypeError, "size: must be a number"),
    "start without period": ({"stamp": "start"}, InputError, "period: needed with stamp='start'"),
    "period without stamp": ({"period": "1d"}, InputError, "stamp: say whether"),
    "unknown stamp": ({"stamp": "middle", "period": "1d"}, InputError, "stamp: must be one of"),
    "a month": ({"stamp": "start", "period": "1M"}, InputError, "period: must be a length of time"),
    "unknown period": ({"stamp": "start", "period": "1 fortnight"}, InputError, "period: must be a length of time"),
    "negative period": ({"stamp": "start", "period": dt.timedelta(-1)}, InputError, "period: must be a length"),
    "period beyond the bars": ({"stamp": "start", "period": "1w"}, DataError, "row 1 .*period"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_options(case):
    options, error, words = OPTIONS[case]
    with pytest.raises(error, match=words):
        Backtest(bars(), **options)


def test_datetimes_of_one_zone_are_taken():
    tokyo = list(pd.date_range("2024-01-01T09:00", periods=5, tz="Asia/Tokyo").to_pydatetime())
    assert Backtest(bars(time=tokyo)).bars.time.tolist() == Backtest(bars()).bars.time.tolist()


def test_one_time_is_taken_in_whatever_form_to_the_nanosecond():
    given = pd.Timestamp("2024-01-03T09:00:00.123456789", tz="Asia/Tokyo")
    naive = given.tz_convert("UTC").tz_localize(None)
    for one in (given, naive, naive.to_datetime64(), given.value, "2024-01-03T00:00:00.123456789"):
        assert as_time(one, "time") == given.value
    assert as_times([given, given], "times").tolist() == [given.value] * 2
    assert as_time(given.to_pydatetime(warn=False), "time") == given.value // 1000 * 1000
    with pytest.raises(InputError, match=r"time\[0\]: .*1678 to 2262"):
        as_time(dt.datetime(3000, 1, 1), "time")
    with pytest.raises(InputError, match=r"times\[1\]: .*1678 to 2262"):
        as_times([naive, dt.datetime(3000, 1, 1)], "times")


def test_integers_beyond_64_bits_with_a_sign_are_no_times():
    assert as_times(np.array([1, 2], np.uint64), "times").tolist() == [1, 2]
    with pytest.raises(InputError, match=r"times\[1\]: 18446744073709551615 .*1678 to 2262"):
        as_times(np.array([1, 2**64 - 1], np.uint64), "times")  # Databento's "no time"
    with pytest.raises(InputError, match=r"time\[0\]: 9223372036854775808 .*1678 to 2262"):
        as_time(2**63, "time")


def test_a_length_of_time_is_no_number():
    with pytest.raises(DTypeError, match=r"timeperiod: must be an integer, got np.timedelta64\(5,'ns'\)"):
        ta.sma(np.arange(9.0), np.timedelta64(5, "ns"))
    with pytest.raises(DTypeError, match=r"cash: must be a number, got np.timedelta64\(5,'D'\)"):
        Backtest(bars(), cash=np.timedelta64(5, "D"))


def test_what_is_masked_or_null_is_missing():
    hidden, pa = np.ma.array([1.0, 99.0, 3.0], mask=[0, 1, 0]), pytest.importorskip("pyarrow")
    for given in (hidden, hidden.astype(int), pa.array([1.0, None, 3.0]), pa.chunked_array([[1.0, None], [3.0]])):
        np.testing.assert_array_equal(as_floats(given, "x"), [1.0, np.nan, 3.0])
    assert as_mask(np.ma.array([True, False]), "x").tolist() == [True, False]
    assert as_mask(pa.array([True, False]), "x").tolist() == [True, False]
    with pytest.raises(InputError, match=r"x\[1\]: is masked; fill it first"):
        as_mask(np.ma.array([True, False], mask=[0, 1]), "x")
    for given in (np.ma.array(np.array([1, 2], "M8[s]"), mask=[0, 1]), pa.array([1, None], pa.timestamp("us", "UTC"))):
        with pytest.raises(InputError, match=r"x\[1\]: .*missing"):
            as_times(given, "x")


class Raises(Strategy):
    """Divides by zero on its third bar."""

    def start(self, ctx):
        self.n: int = 0

    def on_bar(self, ctx, bar):
        self.n += 1
        ctx.market(1.0 / (3.0 - self.n))


class Echo(Strategy):
    """Orders that call for orders, without end."""

    def on_bar(self, ctx, bar):
        ctx.timer(ctx.now)

    def on_timer(self, ctx, timer):
        ctx.timer(ctx.now)


class Elsewhere(Strategy):
    """Asks for an instrument that is not its own."""

    def on_bar(self, ctx, bar):
        ctx.market(1.0, slot=7)


class Named(Strategy):
    """Trades what is not there."""

    instruments = ("GOLD",)
    k: int = 3

    def on_bar(self, ctx, bar):
        pass


RUNS = {
    "raises": (Raises, {}, StrategyFault, r"bar 2 of B \(2024-01-03T00:00:00.0*\): Raises.*line \d+: division"),
    "no end": (Echo, {}, StrategyFault, "bar 0 of [AB] .*Echo: answers and timers call each other without end"),
    "an unknown slot": (Elsewhere, {}, StrategyFault, "bar 0 of A .*unknown_slot"),
    "an unknown asset": (Named, {}, InputError, "'GOLD' is not in the data, which has A, B"),
    "an unknown parameter": (Named, {"kk": 3}, InputError, "Named has no parameter 'kk'; it has k"),
    "a parameter of text": (Named, {"k": "3"}, DTypeError, "k: must be of type int"),
}


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize("case", RUNS)
def test_strategies(case, jit, tmp_path, monkeypatch):
    monkeypatch.setenv("PYRT_CACHE", str(tmp_path))
    cls, parameters, error, words = RUNS[case]
    market = {"A": bars(), "B": bars()}
    if cls is Raises:  # its third call is on the third bar of B: A begins later
        market["A"] = {name: column[3:] for name, column in market["A"].items()}
    with pytest.raises(error, match=words) as caught:
        Backtest(market).run(cls, jit=jit, **parameters)
    assert isinstance(caught.value, PyrtError)
    if cls is Raises:
        assert caught.value.line == Raises.on_bar.__code__.co_firstlineno + 2
        assert (caught.value.__cause__ is not None) is not jit  # plain mode has the traceback


YES = [True] * 5
SIGNALS = {
    "another length": ([True] * 4, YES, InputError, "entries has 4, exits has 5, data has 5"),
    "floats": (np.ones(5), YES, DTypeError, "entries: must be booleans"),
    "numbers": (YES, [0, 1, 2, 0, 0], InputError, r"exits\[2\]: 2 must be 0 or 1"),
    "two dimensions": (np.ones((5, 2), bool), YES, InputError, "entries: must have 1 dimension"),
    "nothing": (None, YES, InputError, "entries"),
    "other times": (
        pd.Series(YES, index=pd.date_range("2024-01-02", periods=5)),
        YES,
        InputError,
        "entries: its index differs from the data's times from row 0",
    ),
}


@pytest.mark.parametrize("case", SIGNALS)
def test_signals(case):
    entries, exits, error, words = SIGNALS[case]
    with pytest.raises(error, match=words) as caught:
        Backtest(bars()).run_signals(entries, exits)
    assert isinstance(caught.value, PyrtError)


@pytest.mark.parametrize("part", [0, -0.5, 1001, float("nan")])
def test_fraction(part):
    with pytest.raises(InputError, match="of_equity"):
        Fraction(part)


def test_cost_model_takes_names_only():
    with pytest.raises(TypeError):
        CostModel(10)
    with pytest.raises(InputError, match="slippage_bps"):
        CostModel(slippage_bps=-1)
    with pytest.raises(InputError, match="fixed"):
        CostModel(fixed=float("inf"))


def test_rounding_errors_of_adjusted_prices_pass():
    price = np.array([10.0, 11.0, 12.0, 11.0, 10.0])
    assert len(Backtest(bars(open=price * (1 + 1e-15))).bars) == 5
