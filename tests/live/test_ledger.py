"""Positions and the account, as the writer of the tests lays them out from the specification."""

import pytest

from pyrt.errors import LayoutError
from pyrt.live import Account, Position, SharedFeed

NUMBERS = {"realized_pnl": 1.5, "unrealized_pnl": -2.5, "fees": 0.25, "time": 17}


def test_positions_and_account_are_read_in_order(make_writer):
    writer = make_writer(minor=1)
    with SharedFeed.open(writer.name) as feed:
        assert feed.positions == []
        assert feed.account is None
        writer.write_ledger("positions", 0, instrument=1, strategy=b"cross", qty=-2.0, average_cost=3.0, **NUMBERS)
        writer.write_ledger("positions", 1, instrument=0, strategy=b"momentum", qty=4.0, average_cost=5.0, **NUMBERS)
        writer.write_ledger("account", 0, currency=b"USDT", cash=10.0, equity=11.0, **NUMBERS)
        first, second = feed.positions
        assert first == Position("cross", feed.instruments[1], -2.0, 3.0, 1.5, -2.5, 0.25, 17)
        assert (second.strategy, second.instrument.name, second.qty) == ("momentum", "binance:BTC-USDT", 4.0)
        assert feed.account == Account("USDT", 10.0, 11.0, 1.5, -2.5, 0.25, 17)
        writer.write_ledger("positions", 0, qty=0.0)
        assert feed.positions[0].qty == 0.0


def test_a_segment_of_the_first_version_has_none(make_writer):
    with SharedFeed.open(make_writer(minor=0).name) as feed:
        assert feed.positions == []
        assert feed.account is None


def test_a_region_that_its_version_promises_must_be_there(make_writer):
    writer = make_writer(minor=1, layouts={"positions": '[["stamp", "<u8"]]'})
    with pytest.raises(LayoutError, match="positions"):
        SharedFeed.open(writer.name)
