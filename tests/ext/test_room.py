"""Blocks of memory that are used again: what is alive is never handed out twice, and what is kept is bounded."""

import gc
import mmap
import sys
import threading
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from pyrt_ext.batch import Room

from pyrt import indicators as ta

MANY = 1 << 21
"""Doubles from which on results come out of such blocks: 16 MiB."""


def address(array):
    return array.__array_interface__["data"][0]


def test_a_room_is_a_buffer_of_doubles_that_can_be_written():
    array = np.frombuffer(Room(1000))
    assert array.shape == (1000,)
    assert array.dtype == np.float64
    array[:] = np.arange(1000.0)
    np.testing.assert_array_equal(array, np.arange(1000.0))


@pytest.mark.parametrize("doubles", [0, -1])
def test_an_empty_room_is_refused(doubles):
    with pytest.raises(ValueError, match=f"a room of {doubles} doubles"):
        Room(doubles)


def test_more_than_there_is_is_refused():
    with pytest.raises(MemoryError, match="no room for"):
        Room(1 << 58)


def test_rooms_that_are_alive_do_not_overlap():
    rng = np.random.default_rng(0)
    alive = {}
    for step in range(400):
        size = int(rng.integers(1, 3_000_000))
        alive[step] = array = np.frombuffer(Room(size))
        array[0] = array[-1] = step
        for gone in rng.choice(list(alive), size=len(alive) // 3, replace=False):
            del alive[gone]
        spans = sorted((address(a), address(a) + a.nbytes) for a in alive.values())
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
        assert all(a[0] == a[-1] == made for made, a in alive.items())


def test_threads_do_not_get_the_same_room():
    def work(mark):
        for _ in range(200):
            array = np.frombuffer(Room(600_000))
            array[::512] = mark
            if not (array[::512] == mark).all():
                shared.append(mark)

    shared = []
    threads = [threading.Thread(target=work, args=(mark,)) for mark in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not shared


def test_a_part_of_a_result_keeps_all_of_it():
    x = np.random.default_rng(1).normal(size=(MANY // 8, 8))
    part = ta.mom(x, 1)[-3:]
    expected = part.copy()
    gc.collect()
    others = [ta.mom(x * scale, 1) for scale in (2.0, 3.0)]
    np.testing.assert_array_equal(part, expected)
    assert not any(np.may_share_memory(part, other) for other in others)


def test_what_is_kept_is_bounded():
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux says how much is mapped")

    def mapped():
        return int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE

    before = mapped()
    rooms = [Room(MANY * size) for size in range(1, 13)]
    rooms.clear()
    assert mapped() - before <= (256 << 20) + (8 << 20)
