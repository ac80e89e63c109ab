"""tests/golden/accounts.toml, which the engine reads too."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from pyrt_ext.accounts.margin import MarginAccount, part

from pyrt.backtest.account.events import RAW_PAID, wide
from pyrt.backtest.matching import grids
from pyrt.grid import Grid
from pyrt.types import RECORDS, Instrument, InstrumentKind, Kind

CASES = tomllib.loads((Path(__file__).parents[2] / "golden" / "accounts.toml").read_text())["case"]
SIDES = {"buy": 1, "sell": 2}
NO_COURSE = (2**63 - 1, 1, 0)


def series(pairs):
    return tuple(np.ascontiguousarray(column) for column in np.array(pairs, np.int64).T) if pairs else None


def split_times(table, name):
    return [time for time, _, _ in table.get("splits", {}).get(name, ())]


def account_of(case, instruments):
    """The kernel's account of a case: its table read as the engine does."""
    table, names = tomllib.loads(case["account"])["account"], [instrument.name for instrument in instruments]
    conversions, places = [], []
    for name in names:
        given = table.get("conversion", {}).get(name)
        places.append(-1 if given is None else len(conversions))
        if given is None:
            continue
        if "rates" in given:
            conversions.append((-1, False, 10 ** given["places"], *series(given["rates"])))
        else:
            conversions.append((names.index(given["instrument"]), given["inverse"], 1, None, None))
    kinds = {"funding": 2, "dividends": 3}
    dues = [
        (time - (word == "dividends" and time in split_times(table, name)), names.index(name), kind, value)
        for word, kind in kinds.items()
        for name, pairs in table.get(word, {}).items()
        for time, value in pairs
    ]
    moments = [
        moment
        for name, rows in table.get("splits", {}).items()
        for time, new, old in rows
        for moment in ((time - 11, names.index(name), 0, 0), (time - 1, names.index(name), new, old))
    ]
    terms = {
        "leverage": table.get("leverage", 10**8),
        "maintenance": table.get("maintenance", -1),
        "liquidation_fee": table.get("liquidation_fee", 0),
        "taker_fee": 0,
        "interest": series(table.get("interest")),
        "borrow": [series(table.get("borrow", {}).get(name)) for name in names],
        "conversions": conversions,
        "conversion_of": places,
        "dues": np.array(sorted(dues), np.int64).reshape(-1, 4),
        "moments": np.array(sorted(moments), np.int64).reshape(-1, 4),
        "course": NO_COURSE,
    }
    return MarginAccount(case["cash"] * 10**18, grids(instruments), list(range(len(names))), terms)


def take(account, instruments, step):
    word, *numbers = step.split()
    if word == "fill":
        slot, side, ticks, lots, fee, time = numbers
        account.fill(int(slot), SIDES[side], int(ticks), int(lots), int(fee) * 10**10, int(time))
    elif word == "mark":
        account.mark(*map(int, numbers))
    elif word == "price":
        row, ticks = map(int, numbers)
        trade = np.zeros(1, RECORDS[Kind.TRADE])
        trade["kind"], trade["instrument"], trade["price"] = Kind.TRADE, row, instruments[row].tick.to_double(ticks)
        account.hears(trade.view(np.uint8))
    else:
        account.go_to(int(numbers[0]))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_case_worked_by_hand(case):
    rows = [text.split() for text in case["instruments"]]
    instruments = [
        Instrument(
            name,
            Grid.parse(tick),
            Grid.parse(lot),
            kind=InstrumentKind.INVERSE if kind == ["inverse"] else InstrumentKind.SPOT,
            details={"multiplier": float(multiplier)},
        )
        for name, tick, lot, multiplier, *kind in rows
    ]
    account = account_of(case, instruments)
    for step in case["steps"]:
        take(account, instruments, step)
    totals, (equity, distressed), expect = account.totals, account.worth, case["expect"]
    found = {name: str(totals[name]) for name in ("cash", "realized", "fees")}
    assert found | {"equity": str(equity), "distressed": distressed, "paid": paid(account)} == expect
    assert (
        totals["cash"] + account.costs() + totals["fees"] - totals["realized"] - totals["paid"] == case["cash"] * 10**18
    )


def paid(account):
    rows = np.frombuffer(account.outputs()[0], RAW_PAID)
    columns = zip(rows["time"].tolist(), rows["instrument"].tolist(), rows["kind"].tolist(), wide(rows), strict=True)
    return [" ".join(map(str, row)) for row in columns]


def test_a_part_is_cut_towards_zero_and_fits():
    assert (part(-7, 3, 2), part(7, 3, 2), part(7, -3, 2)) == (-10, 10, -10)
    assert part(2**127 - 1, 2, 3) == (2**127 - 1) * 2 // 3
    with pytest.raises(OverflowError, match="does not fit into 128 bits"):
        part(2**127 - 1, 3, 2)
    with pytest.raises(ValueError, match="must be above zero"):
        part(1, 1, 0)
