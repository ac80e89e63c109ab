"""Faults put into sound data are found at their rows, and a repair leaves data without them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrt.data import check_bars, check_data, clean_ticks, load_bars, load_ticks, read_recording
from pyrt.data.check import write_repaired
from pyrt.errors import DataError, DTypeError, InputError
from pyrt.types import Kind

MINUTE = 60_000_000_000
START = 1_700_000_040_000_000_000


def minutes(n):
    return (START + MINUTE * np.arange(n)).view("M8[ns]")


def bars(n=500):
    rng = np.random.default_rng(0)
    close = np.round(100 + np.cumsum(rng.normal(0, 0.1, n)), 2)
    opens = np.append(100.0, close[:-1])
    columns = {"time": minutes(n), "open": opens, "high": np.maximum(opens, close) + 0.02}
    return {**columns, "low": np.minimum(opens, close) - 0.02, "close": close, "volume": rng.integers(1, 9, n) * 1.0}


def trades(n=500):
    rng = np.random.default_rng(1)
    price = np.round(100 + np.cumsum(rng.normal(0, 0.05, n)), 2)
    return {"ts": minutes(n), "price": price, "size": rng.integers(1, 9, n), "trade_id": np.arange(n) + 7}


def quotes(n=500):
    mid = trades(n)["price"]
    return {
        "timestamp": minutes(n),
        "bid": mid - 0.01,
        "ask": mid + 0.01,
        "bid_size": np.ones(n),
        "ask_size": np.ones(n),
    }


def edited(data, **changes):
    made = {name: column.copy() for name, column in data.items()}
    for name, (rows, values) in changes.items():
        made[name] = made[name].astype(float) if made[name].dtype.kind in "iu" else made[name]
        made[name][rows] = values
    return made


NAT = np.datetime64("NaT")
FAULTS = {
    "missing price": (bars, {"close": (3, np.nan)}, "fault", "price missing or impossible (dropped)", [3]),
    "negative price": (bars, {"low": (7, -1.0)}, "fault", "price missing or impossible (dropped)", [7]),
    "close outside": (bars, {"close": (9, 500.0)}, "fault", "open or close outside low to high (widened)", [9]),
    "bars back in time": (bars, {"time": (5, minutes(2)[1] - 1)}, "fault", "earlier than the row before (sorted)", [5]),
    "time twice": (bars, {"time": (5, minutes(5)[4])}, "fault", "time repeated by a later row (dropped)", [4]),
    "no time": (bars, {"time": (8, NAT)}, "fault", "time missing (dropped)", [8]),
    "bad volume": (bars, {"volume": (2, -1.0)}, "fault", "volume missing or impossible (set to zero)", [2]),
    "no volume": (bars, {"volume": ([2, 4], 0.0)}, "note", "no volume", [2, 4]),
    "bars off tick": (bars, {"open": (11, 100.0051)}, "doubt", "price off the tick 0.01", [11]),
    "impossible trade": (trades, {"price": (3, 0.0)}, "fault", "price missing or impossible (dropped)", [3]),
    "bad size": (trades, {"size": (3, -2)}, "fault", "qty missing or impossible (dropped)", [3]),
    "trade back in time": (trades, {"ts": (5, minutes(2)[1])}, "fault", "earlier than the row before (sorted)", [5]),
    "trade twice": (trades, {"trade_id": (6, 9)}, "fault", "trade number came before (dropped)", [6]),
    "trade off tick": (trades, {"price": (6, 100.0049)}, "doubt", "price off the tick 0.01", [6]),
    "no size": (trades, {"size": (6, 0)}, "note", "no quantity", [6]),
    "crossed": (quotes, {"bid": (4, 150.0)}, "fault", "bid above ask (dropped)", [4]),
    "both missing": (quotes, {"bid": (4, np.nan), "ask": (4, 0.0)}, "fault", "both prices missing", [4]),
    "infinite ask": (quotes, {"ask": (4, np.inf)}, "fault", "both prices missing, or one impossible", [4]),
    "one side": (quotes, {"ask": (4, 0.0)}, "note", "one side alone", [4]),
    "locked": (quotes, {"ask": (4, quotes()["bid"][4])}, "note", "locked: bid is ask", [4]),
    "bad quote size": (quotes, {"ask_size": (4, np.nan)}, "fault", "ask_qty missing or impossible (dropped)", [4]),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_is_wrong_is_found_at_its_row(case):
    make, changes, level, words, rows = FAULTS[case]
    report = check_data(edited(make(), **changes))
    found = [finding for finding in report.findings if finding.words.startswith(words)]
    assert [finding.level for finding in found] == [level]
    assert found[0].rows.tolist() == rows
    assert bool(report) == (level != "fault")
    assert words in str(report)
    again = check_data(report.repaired)
    assert again
    assert not again.log
    assert report.kind == make.__name__


@pytest.mark.parametrize("make", [bars, trades, quotes])
def test_sound_data_is_sound(make):
    report = check_data(make())
    assert report
    assert not report.findings
    assert "nothing is wrong with it" in str(report)
    assert report.facts["step"].startswith("1m, the commonest")
    assert report.facts["tick"].startswith("0.01, inferred: ")
    assert report.repaired is not None


def test_gaps_are_shown_by_length_and_stay():
    data = {name: np.delete(column, [*range(100, 110), 300]) for name, column in bars().items()}
    report = check_data(data)
    (gap,) = [finding for finding in report.findings if finding.words == "gap in time"]
    assert gap.rows.tolist() == [100, 290]
    assert gap.examples[0].startswith("11 min before 2023-11-15 00:04")
    assert len(report.repaired) == len(data["time"])
    assert not check_data(data, gap="11m").findings


def test_a_tick_that_is_given_is_law():
    report = check_data(trades(), tick="0.05")
    assert not report
    assert "price off the tick 0.05" in str(report)
    assert check_data(trades(), tick=0.01)


def test_trades_without_numbers_that_look_alike_are_noted_and_kept():
    data = trades()
    del data["trade_id"]
    for name in ("ts", "price", "size"):
        data[name][5] = data[name][4]
    report = check_data(data)
    assert report
    assert [f.rows.tolist() for f in report.findings if "looks like" in f.words] == [[5]]
    assert len(report.repaired) == 500


def test_repeated_quotes_are_dropped():
    data = quotes()
    for column in data.values():
        column[5] = column[4]
    assert str(check_data(data).log) == "500 quotes in, 499 out\n  repeats the quote before: 1 row dropped (5)"


def test_trades_that_carry_a_quote():
    both = {**trades(), "bid": trades()["price"] - 1, "ask": trades()["price"] + 1}
    assert check_data(both).kind == "quotes"
    assert check_data(both, kind="trades").kind == "trades"


@pytest.mark.parametrize("make", [bars, trades])
def test_one_symbol_of_several(make):
    data = {name: np.concatenate([column, column]) for name, column in make().items()}
    data["symbol"] = np.repeat(["A", "B"], 500)
    for frame in (data, pd.DataFrame(data), pl.DataFrame(data)):
        assert check_data(frame, symbol="B").rows == 500
        with pytest.raises(DataError, match=r"2 symbols \(A, B\); name one: symbol="):
            check_data(frame)
        with pytest.raises(DataError, match="no row has 'C'; there are A, B"):
            check_data(frame, symbol="C")


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
@pytest.mark.parametrize("make", [bars, trades, quotes])
def test_what_is_written_is_what_was_repaired(make, suffix, tmp_path):
    name = "bid" if make is quotes else "close" if make is bars else "price"
    report = check_data(edited(make(), **{name: ([3, 8], -5.0)}))
    path = write_repaired(report, tmp_path / "new" / f"clean{suffix}")
    again = check_data(path)
    assert again
    assert again.rows == 498
    np.testing.assert_array_equal(again.repaired.time, report.repaired.time)
    load = load_bars if make is bars else load_ticks
    assert len(load(path)) == 498


def test_frames_and_files(tmp_path):
    frame = pd.DataFrame(trades())
    frame.to_parquet(tmp_path / "t.parquet")
    for data in (frame, pl.from_pandas(frame), tmp_path / "t.parquet", str(tmp_path / "t.parquet")):
        assert check_data(data).kind == "trades"


messy = st.lists(
    st.tuples(st.integers(-1, 12), st.sampled_from([np.nan, -1.0, 0.0, np.inf, 1.0, 2.0, 3.0]), st.integers(0, 6)),
    min_size=1,
    max_size=25,
)


@settings(max_examples=200)
@given(messy)
def test_cleaning_trades_twice_changes_nothing_more(rows):
    data = {
        "ts": np.array([NAT if t < 0 else np.datetime64(START + t, "ns") for t, _, _ in rows], "M8[ns]"),
        "price": np.array([p for _, p, _ in rows]),
        "trade_id": np.array([i for _, _, i in rows]),
    }
    ticks = load_ticks(data)
    try:
        cleaned, log = clean_ticks(ticks)
    except DataError:
        assert not any(t >= 0 and 0 < p < np.inf for t, p, _ in rows)
        return
    assert (np.diff(cleaned.time) >= 0).all()
    assert ((cleaned.columns["price"] > 0) & (cleaned.columns["price"] < np.inf)).all()
    assert len(np.unique(cleaned.ids)) == len(cleaned)
    assert (log.rows_in, log.rows_out) == (len(rows), len(cleaned))
    twice, nothing = clean_ticks(cleaned)
    assert not nothing
    assert twice is cleaned
    kept = {(START + t, p, i) for t, p, i in rows}
    assert set(zip(cleaned.time.tolist(), cleaned.columns["price"].tolist(), cleaned.ids.tolist(), strict=True)) <= kept


def test_the_s_and_p_has_its_known_gaps():
    pytest.importorskip("arch", reason="the S&P 500 bars come with the arch package")
    from pyrt.data import sample

    report = check_data(sample.sp500())
    assert report
    (gap,) = [finding for finding in report.findings if finding.words == "gap in time"]
    assert gap.examples[0] == "7 d before 2001-09-17 00:00:00"


def test_real_ticks_and_bars(shared_data):
    report = check_data(shared_data / "ticks" / "aig_quotes_20131007.parquet")
    assert report.kind == "quotes"
    assert report.rows == 1_079_935
    assert report.facts["tick"].startswith("0.01, inferred")
    day = check_data(shared_data / "bars" / "us_daily.parquet", symbol="AAPL")
    assert day
    assert day.facts["step"] == "1d, the commonest; up to 4 d from one day to another is usual"


# ---- recordings ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recording():
    from pathlib import Path

    return read_recording(Path(__file__).parents[1] / "golden" / "converted.npy")


def spoiled(recording, kind, row, **fields):
    events = np.array(recording.events)
    place = np.flatnonzero(events["kind"] == kind)[row]
    from pyrt.types import RECORDS

    one = events[place : place + 1].view(RECORDS[kind])
    for name, value in fields.items():
        one[name] = value
    return recording._replace(events=events), int(place)


def test_a_sound_recording(recording):
    report = check_data(recording)
    assert report
    assert report.kind == "records"
    assert "91 trade" in report.facts["records"]
    with pytest.raises(InputError, match="what a venue said is not changed"):
        write_repaired(report, None)


RECORDS_WRONG = {
    "off tick": (Kind.TRADE, {"price": 100.0033333}, "price off its step"),
    "off lot": (Kind.DELTA, {"qty": 0.123456789123}, "qty off its step"),
    "crossed quote": (Kind.QUOTE, {"bid": 99_999.0}, "quote crossed or locked"),
    "back in time": (Kind.TRADE, {"receive_time": 5}, "not sorted by (receive_time, stamp)"),
    "unknown instrument": (Kind.TRADE, {"instrument": 77}, "of no instrument in the table"),
}


@pytest.mark.parametrize("case", RECORDS_WRONG)
def test_wrong_records_are_found_at_their_row(recording, case):
    kind, fields, words = RECORDS_WRONG[case]
    wrong, place = spoiled(recording, kind, 3, **fields)
    report = check_data(wrong)
    assert not report
    (found,) = [finding for finding in report.findings if words in finding.words]
    assert place in found.rows


def test_a_trade_that_came_before(recording):
    trades = recording.events[recording.events["kind"] == Kind.TRADE]
    wrong, place = spoiled(recording, Kind.TRADE, 3, trade_id=int(trades["words"][2][3]))
    assert [f.rows.tolist() for f in check_data(wrong).findings if "number came before" in f.words] == [[place]]


# ---- bad input -----------------------------------------------------------------------------------------------------

BAD = {
    "no price": ({"time": minutes(2), "x": [1.0, 2.0]}, {}, DataError, "neither price nor bid and ask among time, x"),
    "no time": ({"price": [1.0]}, {}, DataError, "no time; give a DatetimeIndex or a column named"),
    "empty trades": ({"time": minutes(0), "price": []}, {}, DataError, "no rows"),
    "empty bars": ({name: column[:0] for name, column in bars().items()}, {}, DataError, "no rows"),
    "nothing possible": ({"time": minutes(2), "price": [np.nan, -1.0]}, {}, DataError, "none of the 2 rows has a time"),
    "text": ({"time": minutes(1), "price": ["a"]}, {}, DTypeError, "price: must be integers or floats"),
    "seconds": ({"time": [1_700_000_000], "price": [1.0]}, {}, DataError, "integers are nanoseconds UTC"),
    "lengths": ({"time": minutes(2), "price": [1.0]}, {}, InputError, "time has 2, price has 1"),
    "unknown kind": (trades(), {"kind": "books"}, InputError, "kind: must be one of"),
    "bars that are none": (trades(), {"kind": "bars"}, DataError, "no column open"),
    "zero tick": (trades(), {"tick": 0}, InputError, "tick: must be above 0"),
    "text tick": (trades(), {"tick": "cent"}, InputError, "text: 'cent' is not a decimal number"),
    "gap of nothing": (trades(), {"gap": "soon"}, InputError, "period: must be a length of time"),
    "no such file": ("nowhere.parquet", {}, FileNotFoundError, "no file nowhere.parquet"),
    "no such recording": ("nowhere.npy", {}, DataError, "nowhere.npy: there is no such file"),
    "no symbols": (trades(), {"symbol": "A"}, DataError, "there is no column symbol or ticker"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    data, options, error, words = BAD[case]
    with pytest.raises(error, match=words):
        check_data(data, **options)


def test_repairs_are_written_to_files_that_can_be_read(tmp_path):
    with pytest.raises(InputError, match=r"clean\.txt must end in \.parquet or \.csv"):
        write_repaired(check_data(trades()), tmp_path / "clean.txt")


def test_repaired_bars_pass_the_door():
    assert check_bars(check_data(edited(bars(), close=(3, np.nan))).repaired)
