"""The mapping and the cursor by themselves: bounds, lifetime, and control words that make no sense."""

import ctypes
import fcntl
import gc
import mmap
import os
import platform
import struct
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrt_ext.shm import Mapping, RingReader, first_byte_locked

PAGE = os.sysconf("SC_PAGESIZE")


@pytest.fixture
def file():
    fd = os.memfd_create("ring")
    os.ftruncate(fd, 2 * PAGE)
    yield fd
    os.close(fd)


def control(fd, intent, head):
    os.pwrite(fd, struct.pack("QQ", intent % 2**64, head % 2**64), 64)


def test_a_file_mapped_several_times_in_a_row_is_the_same_pages(file):
    os.pwrite(file, bytes(range(256)) * (PAGE // 256), PAGE)
    mapping = Mapping(file, PAGE, PAGE, 3)
    data = np.frombuffer(mapping, np.uint8)
    assert len(mapping) == mapping.nbytes == len(data) == 3 * PAGE
    np.testing.assert_array_equal(data[:PAGE], data[PAGE : 2 * PAGE])
    os.pwrite(file, b"\xff", PAGE)
    assert data[0] == data[PAGE] == data[2 * PAGE] == 255


def test_pages_are_read_only_and_live_as_long_as_an_array_over_them(file):
    mapping = Mapping(file, 0, PAGE)
    with pytest.raises(TypeError, match="read-only"):
        memoryview(mapping)[0] = 1
    data = np.frombuffer(mapping, np.uint8)[5:9]
    del mapping
    gc.collect()
    os.pwrite(file, b"\x07", 5)
    assert data[0] == 7


def test_mappings_go_with_their_last_user(file):
    def mapped():
        return Path("/proc/self/maps").read_text(encoding="ascii").count("memfd:ring")

    before = mapped()
    for _ in range(10):
        np.frombuffer(Mapping(file, 0, PAGE, 2), np.uint8).sum()
    assert mapped() == before


def test_what_cannot_be_mapped_is_an_error(file):
    with pytest.raises(OSError, match="Invalid argument"):
        Mapping(file, 100, PAGE)
    with pytest.raises(OSError, match="Bad file descriptor"):
        Mapping(-1, 0, PAGE)
    with pytest.raises(ValueError, match="nothing to map"):
        Mapping(file, 0, 0)
    with pytest.raises(OSError, match="Cannot allocate"):
        Mapping(file, 0, 1 << 62)


@pytest.mark.parametrize("offset", [PAGE, PAGE - 7, 4, 2**63, 2**64 - 8])
def test_no_word_outside_the_mapping(file, offset):
    mapping = Mapping(file, 0, PAGE)
    with pytest.raises(ValueError, match="offset"):
        mapping.word(offset)
    with pytest.raises(ValueError, match="offset"):
        mapping.copy_row(offset, np.empty(1, np.uint64))
    with pytest.raises(ValueError, match="offset"):
        RingReader(mapping, offset, 64)


@pytest.mark.parametrize("capacity", [0, 1, 3, 100])
def test_a_capacity_is_a_power_of_two(file, capacity):
    with pytest.raises(ValueError, match="power of two"):
        RingReader(Mapping(file, 0, PAGE), 64, capacity)


def test_a_row_is_copied_when_it_is_at_rest(file):
    mapping, out = Mapping(file, 0, PAGE), np.zeros(4, np.uint64)
    os.pwrite(file, struct.pack("4Q", 6, 1, 2, 3), 128)
    assert mapping.copy_row(128, out)
    assert out.tolist() == [6, 1, 2, 3]
    os.pwrite(file, struct.pack("Q", 7), 128)
    assert not mapping.copy_row(128, out, 0.001)
    timer = threading.Timer(0.02, lambda: os.pwrite(file, struct.pack("Q", 8), 128))
    timer.start()
    assert mapping.copy_row(128, out, 60.0)  # waits without the GIL, else the timer could not run
    assert out[0] == 8
    timer.join()


def test_waiting_ends_with_a_record_and_lets_other_threads_run(file):
    control(file, 5, 5)
    reader = RingReader(Mapping(file, 0, PAGE), 64, 64)
    assert reader.wait(0.0) is False
    assert reader.wait(0.005) is False
    timer = threading.Timer(0.02, control, (file, 6, 6))
    timer.start()
    start = time.monotonic()
    assert reader.wait(60.0) is True
    assert time.monotonic() - start < 50
    timer.join()
    assert reader.take() == (5, 6)


def wake(fd):
    """Wake whoever waits for the head, as the engine does: FUTEX_WAKE on its low half."""
    with mmap.mmap(fd, PAGE) as shared:
        word = (ctypes.c_char * 8).from_buffer(shared, 72)
        ctypes.CDLL(None).syscall(
            ctypes.c_long(202), ctypes.c_void_p(ctypes.addressof(word)), 1, 2**31 - 1, None, None, 0
        )
        del word


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the number of the system call is another one")
def test_who_waits_for_a_writer_that_wakes_sleeps_until_then(file):
    control(file, 5, 5)
    reader = RingReader(Mapping(file, 0, PAGE), 64, 64, True)
    assert reader.wakes
    assert reader.wait(0.005) is False
    for head in range(6, 30):
        timer = threading.Timer(0.01, lambda head=head: (control(file, head, head), wake(file)))
        timer.start()
        before, start = time.thread_time(), time.monotonic()
        assert reader.wait(60.0) is True
        assert time.monotonic() - start < 50, "a wake-up was lost"
        assert time.thread_time() - before < 5, "it did not sleep"
        timer.join()
        assert reader.take() == (head - 1, head)
    threading.Timer(0.01, control, (file, 30, 30)).start()
    assert reader.wait(0.2) is True, "nobody woke it, and it looks when its time is over"


WORDS = st.one_of(st.integers(0, 300), st.integers(2**63 - 70, 2**63 + 70), st.integers(2**64 - 200, 2**64 - 1))


@given(words=st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5))
def test_no_control_words_make_a_window_larger_than_the_ring(words):
    fd = os.memfd_create("ring")
    try:
        os.ftruncate(fd, PAGE)
        reader = RingReader(Mapping(fd, 0, PAGE), 64, 64)
        for intent, head in words:
            control(fd, intent, head)
            first, stop = reader.take()
            assert 0 <= (stop - first) % 2**64 <= 64
            assert 0 <= reader.overwritten(first, stop) <= (stop - first) % 2**64
    finally:
        os.close(fd)


def test_the_lock_of_a_writer_is_seen_and_not_taken(file):
    assert first_byte_locked(file) is False
    path = f"/proc/self/fd/{file}"
    other = os.open(path, os.O_RDWR)
    fcntl.fcntl(other, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 1, 0))
    assert first_byte_locked(file) is True
    assert first_byte_locked(file) is True
    os.close(other)
    assert first_byte_locked(file) is False
    assert first_byte_locked(-1) is None
