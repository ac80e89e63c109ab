"""What the loop's small streams have in common."""

import pytest

from tests.parity.market import START, Tape
from tests.parity.stage import MS


@pytest.fixture
def quiet():
    """A market with one level a side: 100.00 and 100.02, one unit each, known 1 ms after START."""
    made = Tape()
    made.book(START, [(100.00, 1.0)], [(100.02, 1.0)])
    return made


@pytest.fixture
def tape(quiet):
    """The same, and a first trade that is known at 11 ms."""
    quiet.trade(START + 10 * MS, 100.01, 0.1, 1)
    return quiet
