"""Bars from trades: ``tests/golden/resampling.toml`` (read by the engine too), batch against stream, bad input.

``python tests/data/test_resampling.py`` writes the file anew.
"""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrt.data.resampling import Bar, BarBuilder, period_ns, resample_trades
from pyrt.errors import DataError, DTypeError, InputError

GOLDEN = Path(__file__).parents[1] / "golden" / "resampling.toml"
SECOND = 1_000_000_000
START = 1_723_075_200 * SECOND

HEAD = """\
# Bars from trades: what each step delivers, before it is taken. Read by Python and by the engine.
# A step with a price is a trade (event_time, price, qty); one without is a record without trade, or a timer.
# The rules are those of pyrt/data/resampling.py.
"""


def at(seconds):
    return START + round(seconds * SECOND)


def trade(seconds, price, qty):
    return {"time": at(seconds), "price": price, "qty": qty}


def only_time(seconds):
    return {"time": at(seconds)}


CASES = {
    "one bar, closed by the next trade": [
        trade(0.2, 10.0, 1.0),
        trade(0.5, 12.0, 0.5),
        trade(0.9, 9.0, 0.25),
        trade(1.1, 11.0, 1.0),
    ],
    "a trade at the very end belongs to the next bar": [
        trade(0.0, 10.0, 1.0),
        trade(1.0, 11.0, 2.0),
        trade(2.0, 12.0, 3.0),
    ],
    "the last nanosecond belongs to the bar": [
        trade(0.0, 10.0, 1.0),
        {"time": at(1.0) - 1, "price": 13.0, "qty": 2.0},
        only_time(1.0),
    ],
    "a record or timer at the end closes": [trade(0.3, 10.0, 1.0), only_time(0.999), only_time(1.0), only_time(1.0)],
    "time before the first trade gives nothing": [
        only_time(0.0),
        only_time(5.0),
        trade(7.5, 10.0, 1.0),
        only_time(8.0),
    ],
    "empty intervals repeat the close": [
        trade(0.5, 10.0, 1.0),
        trade(0.6, 11.0, 1.0),
        trade(4.5, 12.0, 1.0),
        only_time(6.0),
    ],
    "a late trade joins the open bar": [
        trade(0.5, 10.0, 1.0),
        trade(1.5, 20.0, 1.0),
        trade(0.9, 5.0, 2.0),
        trade(2.0, 21.0, 1.0),
    ],
    "a late trade opens an empty bar": [trade(0.5, 10.0, 1.0), only_time(3.2), trade(0.7, 8.0, 2.0), only_time(4.0)],
    "late after late": [
        trade(0.5, 10.0, 1.0),
        trade(3.5, 11.0, 1.0),
        trade(1.5, 7.0, 1.0),
        trade(0.1, 30.0, 1.0),
        only_time(9.0),
    ],
    "volume is summed in the order of arrival": [
        trade(0.1, 1.0, 0.1),
        trade(0.2, 1.0, 0.2),
        trade(0.3, 1.0, 0.3),
        trade(0.4, 1.0, 1e16),
        trade(0.5, 1.0, 1.0),
        only_time(1.0),
    ],
    "times before 1970": [
        {"time": -1, "price": 10.0, "qty": 1.0},
        {"time": 0, "price": 11.0, "qty": 1.0},
        {"time": SECOND, "price": 12.0, "qty": 1.0},
    ],
    "a period that does not divide a day": [
        trade(0.0, 10.0, 1.0),
        trade(8.0, 11.0, 1.0),
        trade(15.0, 12.0, 1.0),
        only_time(40.0),
    ],
}
PERIODS = {"a period that does not divide a day": "7s"}


def streamed(period, steps):
    """What each step delivers, and the count of late trades."""
    builder = BarBuilder(period)
    bars = []
    for number, step in enumerate(steps):
        made = builder.trade(*step.values()) if "price" in step else builder.advance(step["time"])
        bars += [(number, bar) for bar in made]
    return bars, builder.late


def table(fields):
    return "{ " + ", ".join(f"{name} = {value!r}" for name, value in fields.items()) + " }"


def write():
    text = HEAD
    for name, steps in CASES.items():
        period = PERIODS.get(name, "1s")
        bars, late = streamed(period_ns(period), steps)
        rows = [{"step": number, **bar._asdict()} for number, bar in bars]
        text += f'\n[[case]]\nname = "{name}"\nperiod = "{period}"\nlate = {late}\n'
        text += "steps = [\n" + "".join(f"    {table(step)},\n" for step in steps) + "]\n"
        text += "bars = [\n" + "".join(f"    {table(row)},\n" for row in rows) + "]\n"
    GOLDEN.write_text(text)


@pytest.fixture(scope="module")
def golden():
    return tomllib.loads(GOLDEN.read_text())["case"]


def test_the_file_holds_these_cases(golden):
    assert {case["name"]: case["steps"] for case in golden} == CASES


@pytest.mark.parametrize("index", range(len(CASES)), ids=list(CASES))
def test_bars_are_those_of_the_file(golden, index):
    case = golden[index]
    bars, late = streamed(period_ns(case["period"]), case["steps"])
    assert [{"step": number, **bar._asdict()} for number, bar in bars] == case["bars"]
    assert late == case["late"]


def test_a_case_worked_by_hand():
    steps = CASES["a late trade joins the open bar"]
    bars, late = streamed(SECOND, steps)
    assert bars == [
        (1, Bar(at(1), 10.0, 10.0, 10.0, 10.0, 1.0)),
        (3, Bar(at(2), 20.0, 20.0, 5.0, 5.0, 3.0)),
    ]
    assert late == 1


TRADES = st.lists(
    st.tuples(st.integers(-50, 400), st.sampled_from([9.0, 10.0, 10.5, 11.25]), st.sampled_from([0.1, 0.2, 0.3, 1e9])),
    min_size=1,
    max_size=60,
)


@given(trades=TRADES, after=st.integers(0, 100), open_end=st.booleans())
def test_batch_and_stream_give_the_same_bits(trades, after, open_end):
    period = 20
    time, price, qty = (list(column) for column in zip(*trades, strict=True))
    until = max(time) + after
    steps = [{"time": t, "price": p, "qty": q} for t, p, q in trades] + ([] if open_end else [{"time": until}])
    bars, late = streamed(period, steps)
    made = resample_trades(time, price, qty, period, until=None if open_end else until)
    assert made.late == late
    assert len(made.bars) == len(bars)
    for row, (_, bar) in enumerate(bars):
        got = (made.bars.time[row], *(column[row] for column in made.bars.columns().values()))
        assert got == tuple(bar)


@given(trades=TRADES)
def test_bars_hold_all_trades(trades):
    time, price, qty = zip(*trades, strict=True)
    made = resample_trades(time, price, qty, 20, until=max(time) + 20).bars
    assert made.volume.sum() == pytest.approx(sum(qty))
    assert made.high.max() == max(price)
    assert made.low.min() == min(price)
    assert made.close[-1] == price[-1]
    assert (np.diff(made.time) == 20).all()
    assert ((made.low <= made.open) & (made.open <= made.high)).all()


def test_no_trades_no_bars():
    assert len(resample_trades([], [], [], "1m").bars) == 0


def test_until_before_the_first_end_gives_nothing():
    assert len(resample_trades([5], [1.0], [1.0], 20, until=19).bars) == 0
    assert len(resample_trades([5], [1.0], [1.0], 20, until=-100).bars) == 0
    assert len(resample_trades([5], [1.0], [1.0], 20, until=20).bars) == 1


def test_until_is_a_time_in_any_form():
    for until in (3 * SECOND, np.datetime64("1970-01-01T00:00:03"), "1970-01-01T00:00:03"):
        assert len(resample_trades([5], [1.0], [1.0], "1s", until=until).bars) == 3
    with pytest.raises(DTypeError, match="until: must be datetimes or int64"):
        resample_trades([5], [1.0], [1.0], "1s", until=3.5)


@pytest.mark.parametrize("text", ["", "1", "m", "0s", "01s", "1M", "1.5s", "1 s", "-1s", "100000s", None, 60, "1min"])
def test_what_is_no_period_is_refused(text):
    with pytest.raises(InputError, match=r"period: .* is not a number and s, m, h or d"):
        period_ns(text)


def test_bad_trades_are_refused():
    with pytest.raises(InputError, match=r"qty\[1\]: -1.0 is negative"):
        resample_trades([0, 1], [1.0, 1.0], [1.0, -1.0], 10)
    with pytest.raises(InputError, match="price"):
        resample_trades([0], [0.0], [1.0], 10)
    with pytest.raises(InputError, match="lengths differ"):
        resample_trades([0, 1], [1.0], [1.0], 10)
    with pytest.raises(DataError, match="bars without a trade"):
        resample_trades([0, 10**18], [1.0, 1.0], [1.0, 1.0], "1s")
    with pytest.raises(DataError, match="after the last trade"):
        resample_trades([0], [1.0], [1.0], "1s", until=10**18)
    builder = BarBuilder(SECOND)
    list(builder.trade(0, 1.0, 1.0))
    with pytest.raises(DataError, match="more than 1000000 bars"):
        list(builder.advance(10**18))


if __name__ == "__main__":
    write()
