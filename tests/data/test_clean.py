"""Cleaning makes bars that pass, says what it did, and does nothing twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrt.data import Bars, check_bars, clean_bars
from pyrt.data.bars import MISSING_TIME
from pyrt.errors import DataError

SOILED = st.sampled_from([10.0, 10.5, 9.5, 11.0, float("nan"), 0.0, -1.0, float("inf")])
ROWS = st.lists(
    st.tuples(st.sampled_from([MISSING_TIME, *range(8)]), SOILED, SOILED, SOILED, SOILED, SOILED), max_size=15
)


def bars_of(rows):
    table = np.array([row[1:] for row in rows], float).reshape(-1, 5).T
    return Bars(np.array([row[0] for row in rows], np.int64), *table)


@given(ROWS)
def test_cleaned_bars_pass_and_cleaning_twice_changes_nothing(rows):
    bars = bars_of(rows)
    possible = [row for row in rows if row[0] != MISSING_TIME and all(0 < price < np.inf for price in row[1:5])]
    if not possible:
        with pytest.raises(DataError, match="none of the"):
            clean_bars(bars)
        return
    cleaned, log = clean_bars(bars)
    assert set(cleaned.time) == {row[0] for row in possible}
    check_bars(cleaned)
    assert (log.rows_in, log.rows_out) == (len(bars), len(cleaned))
    again, second = clean_bars(cleaned)
    assert not second
    assert again is cleaned
    for time, close in zip(cleaned.time, cleaned.close, strict=True):  # nothing is made up
        assert any(row[0] == time and row[4] == close for row in rows)
    if bool(log):
        assert all(0 <= row < len(bars) for repair in log.repairs for row in repair.rows)
    else:
        assert cleaned is bars


def test_the_log_names_rows_of_the_input():
    good = (10.0, 11.0, 9.0, 10.0, 5.0)
    rows = [
        (1, *good),
        (3, *good),
        (2, *good),
        (2, 10.0, 11.0, 9.0, 10.5, 5.0),
        (4, 10.0, 9.0, 11.0, 10.0, 5.0),
        (5, float("nan"), 11.0, 9.0, 10.0, 5.0),
        (6, 10.0, 11.0, 9.0, 10.0, float("nan")),
        (MISSING_TIME, *good),
    ]
    cleaned, log = clean_bars(bars_of(rows))
    assert str(log) == (
        "8 bars in, 5 out\n"
        "  time missing: 1 row dropped (7)\n"
        "  price missing or impossible: 1 row dropped (5)\n"
        "  earlier than the row before: 1 row sorted (2)\n"
        "  time repeated by a later row: 1 row dropped (2)\n"
        "  open or close outside low to high: 1 row widened (4)\n"
        "  volume missing or impossible: 1 row set to zero (6)"
    )
    assert cleaned.time.tolist() == [1, 2, 3, 4, 6]
    assert cleaned.close.tolist() == [10.0, 10.5, 10.0, 10.0, 10.0]
    assert (cleaned.low[3], cleaned.high[3]) == (9.0, 11.0)
    assert cleaned.volume.tolist() == [5.0, 5.0, 5.0, 5.0, 0.0]


def test_nothing_left_is_an_error():
    with pytest.raises(DataError, match="none of the 1 rows"):
        clean_bars(bars_of([(1, -1.0, -1.0, -1.0, -1.0, 0.0)]))


def test_clean_bars_are_untouched():
    bars = bars_of([(1, 10.0, 11.0, 9.0, 10.0, 5.0), (2, 10.0, 11.0, 9.0, 10.0, 5.0)])
    cleaned, log = clean_bars(bars)
    assert cleaned is bars
    assert str(log) == "2 bars in, 2 out, nothing to repair"
