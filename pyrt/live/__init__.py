"""The running engine, seen from Python: its shared-memory feed as NumPy arrays, without a copy.

=====================  ==================================================================
``SharedFeed``         one engine's feed: events, instruments, books (``feed.py``)
``Window``             the records since the last call, in place (``window.py``)
``Instruments``        the session's instruments (``instruments.py``)
``Book``               the top of one book, in one piece (``book.py``)
``VenueHealth``        how one connection to a venue stands (``health.py``)
``Position``           one strategy's position in one instrument, and ``Account`` (``ledger.py``)
``FeedMonitor``        counts, rates and latencies of what was read (``monitor.py``)
``EngineClient``       commands and messages over ZeroMQ, and ``AsyncEngineClient`` (``client.py``)
``EngineProcess``      the engine's process, started and stopped (``process.py``)
=====================  ==================================================================

Below them ``segment.py`` finds, maps and watches the engine's shared memory, ``layout.py`` checks its self-description,
and ``pyrt_ext.shm`` does what needs atomic loads.
"""

from __future__ import annotations

from .book import Book
from .client import AsyncEngineClient, EngineClient
from .feed import SharedFeed
from .health import VenueHealth
from .instruments import Instruments
from .ledger import Account, Position
from .monitor import FeedMonitor
from .process import EngineProcess
from .segment import segment_names
from .window import Window

__all__ = [
    "Account",
    "AsyncEngineClient",
    "Book",
    "EngineClient",
    "EngineProcess",
    "FeedMonitor",
    "Instruments",
    "Position",
    "SharedFeed",
    "VenueHealth",
    "Window",
    "segment_names",
]
