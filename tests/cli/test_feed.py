"""``pyrt feed`` over a segment that a writer of the tests makes."""

import json
import os

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from pyrt.cli import app
from pyrt.cli.feed import health
from pyrt.live import SharedFeed
from tests.live.segment_writer import SegmentWriter


@pytest.fixture
def writer():
    made = SegmentWriter(f"test-cli-{os.getpid()}", 1024, minor=2)
    made.publish(30)
    made.write_book(0, 100.0)
    made.write_ledger("venues", 0, venue=b"kraken", state=2, books=3, synced=1, reason=4, trouble_time=7, gaps=12)
    made.write_ledger("venues", 1, venue=b"binance", state=1, books=2, synced=2, clock_offset=np.iinfo(np.int64).min)
    yield made
    made.abandon()


def test_a_picture_for_scripts(writer):
    answer = CliRunner().invoke(app, ["feed", writer.name, "--seconds", "0", "--json"])
    assert answer.exit_code == 0, answer.output
    shown = json.loads(answer.output.splitlines()[-1])
    assert shown["venues"]["kraken"]["counts"]["gaps"] == 12
    assert shown["venues"]["kraken"]["trouble"] == "checksum"
    assert shown["venues"]["binance"] == shown["venues"]["binance"] | {"state": "synced", "clock_offset_ns": None}
    assert shown["reader"]["capacity"] == 1024


def test_a_picture_for_people(writer):
    with SharedFeed.open(writer.name) as feed:
        console = Console(width=140, record=True)
        console.print(health(feed.venues))
    text = console.export_text()
    assert "resyncing" in text
    assert "1/3" in text
    assert "checksum," in text
    assert "2/2" in text
    answer = CliRunner().invoke(app, ["feed", writer.name, "--seconds", "0"])
    assert answer.exit_code == 0
    assert "kraken" in answer.output
