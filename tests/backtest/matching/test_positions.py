"""Positions and money: the table worked by hand that the engine reads too, an exact oracle, and what must hold."""

import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrt_ext.matching_ledger import Ledger

from pyrt.grid import Grid

GOLDEN = tomllib.loads((Path(__file__).parents[2] / "golden" / "positions.toml").read_text())
SIDES = {"buy": 1, "sell": 2}


def money(text):
    units = Fraction(Decimal(text)) * 10**18
    assert units.denominator == 1
    return int(units)


def grids(rows):
    made = []
    for tick, lot, *contract in (row.split() for row in rows):
        grids = [Grid.parse(text) for text in (tick, lot, *contract[:1])]
        made.append(
            tuple(n for grid in grids for n in (grid.mantissa, grid.exponent)) + (1,) * (contract[1:] == ["inverse"])
        )
    return made


def step(ledger, line):
    given, _, expected = line.partition("->")
    words, expected = given.split(), expected.split()
    if words[0] == "mark":
        assert ledger.unrealized(*map(int, words[1:])) == money(expected[0]), line
        return
    strategy, row = int(words[0]), int(words[1])
    ledger.fill(strategy, row, SIDES[words[2]], int(words[3]), int(words[4]), money(words[5]))
    lots, *amounts, cash = expected
    names = ("cost", "realized", "fees")
    assert ledger.position(strategy, row) == {"lots": int(lots)} | dict(zip(names, map(money, amounts), strict=True)), (
        line
    )
    assert ledger.account["cash"] == money(cash), line


@pytest.mark.parametrize("case", GOLDEN["case"], ids=lambda case: case["name"])
def test_every_table_is_as_worked_by_hand(case):
    ledger = Ledger(money(case["cash"]), grids(case["instruments"]))
    for line in case["steps"].strip().splitlines():
        step(ledger, line)
    positions = [ledger.position(*key) for key in ledger.positions()]
    assert ledger.account["realized"] == sum(p["realized"] for p in positions)
    assert ledger.account["fees"] == sum(p["fees"] for p in positions)


def oracle(start, unit, fills):
    """The rules in Python's own integers: position, cost, realized, fees, cash."""
    lots = cost = realized = fees = 0
    cash = start
    for side, ticks, qty, fee in fills:
        sign = 1 if side == 1 else -1
        closed = min(qty, abs(lots)) if lots * sign < 0 else 0
        if closed:
            exact = Fraction(cost * closed, abs(lots))
            part = int(exact)  # towards zero
            realized += -sign * ticks * closed * unit - part
            cost -= part
        cost += sign * ticks * (qty - closed) * unit
        lots += sign * qty
        cash -= sign * ticks * qty * unit + fee
        fees += fee
    return lots, cost, realized, fees, cash


fills = st.lists(
    st.tuples(st.sampled_from([1, 2]), st.integers(-100, 10**7), st.integers(1, 10**6), st.integers(-(10**9), 10**12)),
    max_size=60,
)


@given(fills, st.sampled_from(["0.01 0.001", "0.0000000001 0.00000001", "0.5 25"]), st.integers(0, 10**24))
def test_a_ledger_equals_exact_arithmetic_and_conserves_money(trades, row, start):
    (grid,) = grids([row])
    unit = grid[0] * grid[2] * 10 ** (18 - grid[1] - grid[3])
    ledger = Ledger(start, [grid])
    for n, trade in enumerate(trades, 1):
        ledger.fill(3, 0, *trade)
        position, account = ledger.position(3, 0), ledger.account
        lots, cost, realized, fees, cash = oracle(start, unit, trades[:n])
        assert position == {"lots": lots, "cost": cost, "realized": realized, "fees": fees}
        assert account == {"cash": cash, "realized": realized, "fees": fees}
        assert account["cash"] + position["cost"] + account["fees"] - account["realized"] == start
        assert ledger.unrealized(3, 0, 777) == lots * 777 * unit - cost


@pytest.mark.parametrize(
    ("fill", "words"),
    [
        ((1, 0, 3, 10, 1, 0), "side: must be 1"),
        ((1, 5, 1, 10, 1, 0), "instrument: 5 is not in the table of 1"),
        ((1, 0, 1, 10, 0, 0), "lots: must be above zero, got 0"),
        ((1, 0, 1, 2**51, 2**51, 0), "does not fit into 128 bits"),
        ((1, 0, 1, 10, 1, 2**127), r"fee: .* does not fit into 128 bits"),
    ],
)
def test_what_cannot_be_booked_changes_nothing(fill, words):
    ledger = Ledger(5, grids(["1 1"]))
    ledger.fill(1, 0, 1, 10, 1, 0)
    before = ledger.account, ledger.position(1, 0)
    with pytest.raises(ValueError, match=words):
        ledger.fill(*fill)
    assert (ledger.account, ledger.position(1, 0)) == before


def test_money_beyond_128_bits_is_refused_at_the_start():
    with pytest.raises(ValueError, match=r"cash: .* does not fit"):
        Ledger(2**127, [])
    with pytest.raises(ValueError, match="19 decimal places together"):
        Ledger(0, [(1, 10, 1, 9)])
