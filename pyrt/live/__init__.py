"""The running engine, seen from Python: its shared-memory feed as NumPy arrays, without a copy.

=====================  ==================================================================
``SharedFeed``         one engine's feed: events, instruments, books (``feed.py``)
``Window``             the records since the last call, in place (``window.py``)
``Instruments``        the session's instruments (``instruments.py``)
``Book``               the top of one book, in one piece (``book.py``)
``FeedMonitor``        counts, rates and latencies of what was read (``monitor.py``)
``client``             commands and messages over ZeroMQ
``process``            the engine's process, started and stopped
=====================  ==================================================================

Below them ``segment.py`` finds, maps and watches the engine's shared memory, ``layout.py`` checks its self-description,
and ``pyrt_ext.shm`` does what needs atomic loads.
"""

from __future__ import annotations

from .book import Book
from .feed import SharedFeed
from .instruments import Instruments
from .monitor import FeedMonitor
from .segment import segment_names
from .window import Window

__all__ = ["Book", "FeedMonitor", "Instruments", "SharedFeed", "Window", "segment_names"]
