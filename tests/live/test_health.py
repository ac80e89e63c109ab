"""How connections to venues stand, as the writer of the tests lays them out from the specification."""

import numpy as np

from pyrt.live import SharedFeed
from pyrt.types import State

NEVER = np.iinfo(np.int64).min


def test_connections_are_read_in_order(make_writer):
    writer = make_writer(minor=2)
    with SharedFeed.open(writer.name) as feed:
        assert feed.venues == []
        writer.write_ledger("venues", 0, venue=b"kraken", state=2, books=3, synced=1, stale=1, reason=4, trouble_time=7)
        writer.write_ledger("venues", 0, since=8, last_frame=9, clock_offset=-5, checksums=10, checksums_wrong=2)
        writer.write_ledger("venues", 1, venue=b"binance", state=1, books=2, synced=2, clock_offset=NEVER)
        kraken, binance = feed.venues
        assert (kraken.venue, kraken.state, kraken.healthy) == ("kraken", State.RESYNCING, False)
        assert (kraken.books, kraken.synced, kraken.stale) == (3, 1, 1)
        assert (kraken.trouble, kraken.trouble_time, kraken.since, kraken.last_frame) == ("checksum", 7, 8, 9)
        assert (kraken.clock_offset, kraken.counts["checksums"], kraken.counts["checksums_wrong"]) == (-5, 10, 2)
        assert (binance.healthy, binance.trouble, binance.clock_offset) == (True, "", None)
        writer.write_ledger("venues", 1, venue=b"kraken.standby", leading=2, switches=300)
        assert [(one.leading, one.switches) for one in feed.venues] == [(0, 0), (2, 300)]
        writer.write_ledger("venues", 1, state=99, reason=99)
        assert (feed.venues[1].state, feed.venues[1].trouble) == (None, "reason 99")


def test_a_segment_of_an_older_version_has_none(make_writer):
    with SharedFeed.open(make_writer(minor=1).name) as feed:
        assert feed.venues == []
