"""The oracle: the reader's protocol in plain NumPy over one ordinary mapping, without the extension.

Correct on x86-64, where loads are not reordered and a call into the interpreter is a barrier to the compiler. It maps
the ring once, so a window across the wrap is put together from two slices, by a copy.
"""

import mmap
import struct
from pathlib import Path

import numpy as np

from pyrt.types import EVENT


class NumpyReader:
    """One reader of the events of a segment."""

    def __init__(self, name):
        with Path(f"/dev/shm/pyrt-{name}").open("rb") as file:
            memory = mmap.mmap(file.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ)
        count, directory = struct.unpack_from("<II", memory, 56)
        entries = (struct.unpack_from("<24sIIQQQ", memory, directory + 96 * i) for i in range(count))
        (control, data, self.capacity) = next(e[3:] for e in entries if e[0].rstrip(b"\0") == b"events")
        self.words = memoryview(memory).cast("Q")
        self.control = control // 8
        self.slots = np.frombuffer(memory, EVENT, self.capacity, data)
        self.cursor, self.lost = self.head, 0

    @property
    def intent(self):
        return self.words[self.control]

    @property
    def head(self):
        return self.words[self.control + 1]

    def poll(self):
        """Return (first, records): a copy of all since the last call that was whole."""
        head = self.head
        if self.intent - self.cursor > self.capacity:
            self.lost += head - self.capacity // 2 - self.cursor
            self.cursor = head - self.capacity // 2
        first, begin, end = self.cursor, self.cursor % self.capacity, head % self.capacity
        if head == first:
            records = self.slots[:0].copy()
        elif begin < end:
            records = self.slots[begin:end].copy()
        else:
            records = np.concatenate([self.slots[begin:], self.slots[:end]])
        self.cursor = head
        gone = max(0, self.intent - first - self.capacity)
        self.lost += gone
        return first + gone, records[gone:]
