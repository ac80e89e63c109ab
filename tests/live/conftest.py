"""Segments to read: written in this process, or by a process that can be killed."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live import segment_writer
from tests.live.segment_writer import SegmentWriter

_numbers = itertools.count()


class WriterProcess:
    """The writer as a process of its own."""

    def __init__(self, name, capacity=1024):
        self.name, self.path = name, Path(f"/dev/shm/pyrt-{name}")
        command = [sys.executable, segment_writer.__file__, name, str(capacity)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def send(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def answer(self):
        """Wait for the answer to one command: the head."""
        return int(self.process.stdout.readline())

    def do(self, command):
        self.send(command)
        return self.answer()

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.path.unlink(missing_ok=True)


@pytest.fixture
def name():
    return f"test-{os.getpid()}-{next(_numbers)}"


@pytest.fixture
def make_writer(name):
    """Make writers in this process; the first has the name `name`."""
    made = []

    def make(capacity=1024, **knobs):
        writer = SegmentWriter(knobs.pop("name", name), capacity, **knobs)
        made.append(writer)
        return writer

    yield make
    for writer in made:
        writer.abandon()


@pytest.fixture
def writer(make_writer):
    return make_writer()


@pytest.fixture
def make_process(name):
    """Start writers in processes."""
    made = []

    def make(capacity=1024):
        made.append(WriterProcess(name, capacity))
        return made[-1]

    yield make
    for process in made:
        process.end()
