"""Parquet files give the records of their rows, whatever the stretches, the files and where reading begins."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from pyrt.data.events import ParquetSource, events_from
from pyrt.errors import DataError, DTypeError, InputError
from tests.parity.market import BTC, ETH, START

N = 1000
RNG = np.random.default_rng(11)
TRADES = pd.DataFrame(
    {
        "Time": pd.to_datetime(START + np.sort(RNG.integers(0, 400, N)), utc=True),
        "Price": 100 + RNG.integers(0, 50, N) / 100,
        "Size": RNG.integers(1, 900, N) / 1000,
        "side": RNG.choice(["buy", "sell"], N),
        "note": "not read",
    }
)
QUOTES = pd.DataFrame({"ts": START + np.sort(RNG.integers(0, 400, 300)), "bid": 99.0, "ask": 102.0, "ask_size": 2.0})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("files")
    TRADES.to_parquet(made / "whole.parquet", row_group_size=130)
    for k, (first, last) in enumerate([(0, 400), (400, 400), (400, 733), (733, N)]):
        TRADES[first:last].to_parquet(made / f"part-{k}.parquet", row_group_size=75)
    QUOTES.to_parquet(made / "quotes.parquet")
    return made


def read(source, rows, start=0):
    parts = list(source.chunks(rows, start))
    assert all(0 < len(part) <= rows for part in parts)
    return b"".join(part.tobytes() for part in parts)


@settings(max_examples=15)
@given(rows=st.integers(1, 400), start=st.integers(0, N + 5))
def test_any_stretch_from_any_row(folder, rows, start):
    expected = events_from(TRADES, [BTC])[start:].tobytes()
    for paths in (folder / "whole.parquet", str(folder / "part-*.parquet"), sorted(folder.glob("part-*.parquet"))):
        source = ParquetSource(paths, [BTC])
        assert source.count == N
        assert read(source, rows, start) == expected


@settings(max_examples=15)
@given(rows=st.integers(2, 500), start=st.integers(0, N + 300))
def test_what_is_merged_is_merged_as_tables_are(folder, rows, start):
    expected = events_from({"ETHUSDT": QUOTES, "BTCUSDT": TRADES}, [BTC, ETH])[start:].tobytes()
    source = ParquetSource({"ETHUSDT": folder / "quotes.parquet", "BTCUSDT": folder / "part-*.parquet"}, [BTC, ETH])
    parts = list(source.chunks(rows, start))
    assert b"".join(part.tobytes() for part in parts) == expected


def test_kinds_of_one_instrument(folder):
    paths = {"BTCUSDT": {"quotes": folder / "quotes.parquet", "trades": folder / "whole.parquet"}}
    events = np.concatenate(list(ParquetSource(paths, [BTC]).chunks(64)))
    assert events.tobytes() == events_from([QUOTES, TRADES], [BTC]).tobytes()


def test_one_row_group_as_large_as_the_file(tmp_path):
    TRADES.to_parquet(tmp_path / "one.parquet", row_group_size=N)
    assert read(ParquetSource(tmp_path / "one.parquet", [BTC]), 7) == events_from(TRADES, [BTC]).tobytes()


def test_a_message_is_one_wherever_a_stretch_ends(tmp_path):
    """Rows of several kinds and instruments at the same times, without flags."""
    rng, n = np.random.default_rng(3), 400
    kinds, price = rng.choice(["delta", "trade", "quote", "order"], n), rng.integers(990, 1010, n) / 10
    table = {
        "time": 10**18 + np.sort(rng.integers(0, 90, n)), "kind": kinds, "side": rng.integers(1, 3, n),
        "price": price, "qty": 1.0, "bid": price, "ask": price, "action": "add", "order_id": np.arange(n),
        "instrument": (rng.random(n) < 0.2).astype(int),
    }  # fmt: skip
    frame = pd.DataFrame(table)
    frame.to_parquet(tmp_path / "all.parquet", row_group_size=60)
    expected, source = events_from(frame, [BTC, ETH]), ParquetSource(tmp_path / "all.parquet", [BTC, ETH])
    for rows in (1, 2, 3, 7, 50, 1000):
        parts = list(source.chunks(rows))
        assert max(map(len, parts)) <= rows
        assert b"".join(part.tobytes() for part in parts) == expected.tobytes()


def test_the_span_is_known_before_anything_is_read(folder):
    first, last = int(TRADES["Time"].iloc[0].value), int(TRADES["Time"].iloc[-1].value)
    assert ParquetSource(folder / "part-*.parquet", [BTC]).span == (first, last)
    both = ParquetSource({"BTCUSDT": folder / "whole.parquet", "ETHUSDT": folder / "quotes.parquet"}, [BTC, ETH])
    assert both.span == (min(first, int(QUOTES["ts"].iloc[0])), max(last, int(QUOTES["ts"].iloc[-1])))


def test_names_of_instruments_in_a_column(tmp_path):
    frame = TRADES.assign(symbol=np.where(np.arange(N) % 3, "BTCUSDT", "ETHUSDT"))
    frame["symbol"] = frame["symbol"].astype("category")
    frame.to_parquet(tmp_path / "both.parquet")
    events = np.concatenate(list(ParquetSource(tmp_path / "both.parquet", [BTC, ETH]).chunks(100)))
    assert events["instrument"].tolist() == (np.arange(N) % 3 == 0).astype(int).tolist()


def test_a_file_that_changes_is_another(folder, tmp_path):
    one = ParquetSource(folder / "whole.parquet", [BTC]).fingerprint()
    assert one == ParquetSource(folder / "whole.parquet", [BTC]).fingerprint()
    TRADES[:-1].to_parquet(tmp_path / "whole.parquet")
    assert one != ParquetSource(tmp_path / "whole.parquet", [BTC]).fingerprint()


def written(tmp_path, frame, name="bad.parquet"):
    frame.to_parquet(tmp_path / name)
    return tmp_path / name


def _text(tmp):
    (tmp / "text.parquet").write_text("time,price\n")
    return tmp / "text.parquet"


BAD = {
    "not there": (lambda tmp: tmp / "no.parquet", DataError, "no.parquet: there is no such file"),
    "no match": (lambda tmp: tmp / "no-*.parquet", DataError, "no file has such a name"),
    "not Parquet": (_text, DataError, "cannot be read as Parquet"),
    "no size": (lambda tmp: written(tmp, TRADES.drop(columns="Size")), DataError, "trades need a column qty or size"),
    "no rows": (lambda tmp: written(tmp, TRADES[:0]), DataError, "the files have no rows"),
    "no files": (lambda tmp: [], InputError, "name at least one file"),
    "a number": (lambda tmp: 7, DTypeError, "must be a path, a list of them, or a dict"),
    "kind": (lambda tmp: {"BTCUSDT": {"bars": "x.parquet"}}, InputError, "must be one of 'trades', 'quotes', 'deltas'"),
    "instrument": (lambda tmp: {"LTC": "x.parquet"}, InputError, "'LTC' is none of the instruments"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_refused_at_once(case, tmp_path):
    make, error, words = case
    with pytest.raises(error, match=words):
        ParquetSource(make(tmp_path), [BTC])


def test_disorder_is_found_within_and_between_files(folder, tmp_path):
    frame = TRADES.copy()
    frame.loc[700, "Time"] = frame.loc[0, "Time"]
    frame.loc[699, "Time"] = frame.loc[999, "Time"]
    path = written(tmp_path, frame)
    with pytest.raises(DataError, match=r"bad.parquet, from row \d+ on: row \d+ .* is earlier than the row before"):
        read(ParquetSource(path, [BTC]), 160)
    backwards = [folder / "part-2.parquet", folder / "part-0.parquet"]
    with pytest.raises(DataError, match=r"part-0.parquet: goes back behind 2023"):
        read(ParquetSource(backwards, [BTC]), 100)


def test_a_missing_price_is_named_with_its_row(tmp_path):
    table = pa.table({"time": STAMPS, "price": pa.array([1.0, None, 2.0]), "size": [1.0, 1.0, 1.0]})
    parquet.write_table(table, tmp_path / "gap.parquet")
    with pytest.raises(DataError, match=r"gap.parquet, from row 0 on: price\[1\] is nan"):
        read(ParquetSource(tmp_path / "gap.parquet", [BTC]), 10)


STAMPS = (START + np.arange(3)).view("M8[ns]")
