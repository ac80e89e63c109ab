"""Segments of other versions, damaged ones and foreign ones: an answer for each, never a fault."""

import json
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyrt.errors import FeedError, LayoutError
from pyrt.live import SharedFeed
from pyrt.live.segment import segment_names
from tests.live.segment_writer import EVENT, INSTRUMENT, records


def test_another_major_version_is_refused_with_both_numbers(make_writer, name):
    make_writer(major=2, minor=3)
    with pytest.raises(LayoutError, match=r"layout 2\.3, but this pyrt reads 1\.x \(written for 1\.4\)"):
        SharedFeed.open(name)


def test_what_a_newer_minor_version_adds_is_ignored(make_writer, name):
    added = [*INSTRUMENT[:-1], ("margin", "<f8"), ("reserved2", "V64")]
    writer = make_writer(minor=7, layouts={"instruments": json.dumps(added)}, extra_regions=("positions", "health"))
    writer.publish(2)
    with SharedFeed.open(name, start="oldest") as feed:
        assert len(feed.poll()) == 2
        assert feed.instruments.names == ["binance:BTC-USDT", "binance:ETH-USDT"]


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ([field for field in EVENT if field[0] != "kind"], "no field 'kind', which layout 1.4 has at offset 20"),
        ([("stamp", "<f8"), *EVENT[1:]], "field 'stamp' is float64 at offset 0, layout 1.4 has uint64 at 0"),
        ([("stamp", "<u8"), ("new", "<u8"), *EVENT[1:]], "describes 72 bytes, a record has 64"),
        ([("stamp", "<u8"), EVENT[2], EVENT[1], *EVENT[3:]], "field 'event_time' is int64 at offset 12"),
        ([("stamp", "O"), *EVENT[1:]], "layout text"),
        ("no json", "is not a record's description"),
        ([["stamp", "<z8"]], "is not a record's description"),
        ([["stamp"]], "is not a record's description"),
        (7, "is not a record's description"),
    ],
)
def test_a_record_that_pyrt_does_not_know_is_refused(make_writer, name, layout, message):
    make_writer(layouts={"events": layout if layout == "no json" else json.dumps(layout)})
    with pytest.raises(LayoutError, match="region events") as caught:
        SharedFeed.open(name)
    assert message in str(caught.value)


def test_no_magic_yet(make_writer, name):
    make_writer(magic=bytes(8))
    with pytest.raises(LayoutError, match="it is still being made"):
        SharedFeed.open(name)


def test_another_program_s_file(make_writer, name):
    make_writer(magic=b"SQLite f")
    with pytest.raises(LayoutError, match="it is not a segment of pyrt"):
        SharedFeed.open(name)


@pytest.mark.parametrize(("size", "message"), [(0, "too few"), (100, "too few"), (8192, "cut short: the header says")])
def test_a_file_cut_short(writer, name, size, message):
    content = bytes(writer.map[:size])
    writer.abandon()
    path = Path(f"/dev/shm/pyrt-{name}")
    path.write_bytes(content)
    try:
        with pytest.raises(LayoutError, match=message):
            SharedFeed.open(name)
    finally:
        path.unlink()


@pytest.mark.parametrize(
    ("offset", "form", "value", "message"),
    [
        (12, "<I", 0, "header_bytes"),
        (12, "<I", 1 << 31, "header_bytes"),
        (16, "<Q", 1 << 50, "cut short"),
        (56, "<I", 1 << 30, "directory"),
        (56, "<I", 1, "without the region events and books"),
        (60, "<I", 0xFFFFFFFF, "directory"),
        (256 + 96 + 24, "<I", 3, "form"),
        (256 + 96 + 28, "<I", 60, "record_bytes"),
        (256 + 96 + 28, "<I", 32, "a record has 32"),
        (256 + 96 + 32, "<Q", 1 << 60, "control_offset"),
        (256 + 96 + 32, "<Q", 4097, "control_offset"),
        (256 + 96 + 40, "<Q", 64, "data_offset"),
        (256 + 96 + 40, "<Q", 1 << 40, "data_offset"),
        (256 + 96 + 48, "<Q", 1 << 62, "capacity"),
        (256 + 96 + 48, "<Q", 1000, "capacity"),
        (256 + 96 + 48, "<Q", 32, "size of the data"),
        (256 + 96 + 56, "<I", 5000, "layout_offset"),
    ],
)
def test_a_number_that_leads_out_of_the_segment(writer, name, offset, form, value, message):
    struct.pack_into(form, writer.map, offset, value)
    with pytest.raises(LayoutError, match=message):
        SharedFeed.open(name)


def test_a_row_that_is_no_instrument_is_named(make_writer, name):
    row = (0, 99, 2, 5, 0, 1, 1, 1.0, 1e-5, 5.0, 0, b"binance:BTC-USDT", b"BTCUSDT", b"binance", b"", b"", b"")
    make_writer(instruments=[row])
    with SharedFeed.open(name) as feed, pytest.raises(LayoutError, match=r"row 0 of the instruments .*cannot be read"):
        _ = feed.instruments


def test_opening_a_bad_segment_leaves_no_descriptor_behind(make_writer, name):
    make_writer(major=9)
    before = _descriptors()
    for _ in range(5):
        with pytest.raises(LayoutError):
            SharedFeed.open(name)
    assert _descriptors() == before


def _descriptors():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_names_of_segments(writer, name):
    assert name in segment_names()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    damage=st.lists(
        st.tuples(
            st.one_of(st.integers(8, 640), st.integers(2048, 3400), st.integers(4096, 4400), st.integers(8192, 8800)),
            st.binary(min_size=1, max_size=8),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_damage_is_answered(make_writer, name, damage):
    writer = make_writer(64)
    try:
        writer.publish_batch(records(0, 10))
        for offset, content in damage:
            writer.map[offset : offset + len(content)] = content
        try:
            with SharedFeed.open(name, allow_stale=True) as feed:
                for act in (feed.poll, lambda: feed.poll(copy=True), lambda: feed.book(0), lambda: repr(feed)):
                    act()
                    assert len(feed.poll()) <= feed.capacity
        except (FeedError, ValueError) as error:
            assert str(error)  # noqa: PT017 (both are fine: an answer, or what the words say)
    finally:
        writer.abandon()
