"""Events of a market from tables and files: what strategies are run on.

===========  ==========================================================================================================
``tables``   trades, quotes and book deltas in DataFrames as records
``sources``  where a run takes its records from, a stretch at a time
``files``    Parquet files, as large as they may be
===========  ==========================================================================================================
"""

from __future__ import annotations

from .files import ParquetSource
from .sources import ArraySource, EventSource
from .tables import are_events, events_from

__all__ = ["ArraySource", "EventSource", "ParquetSource", "are_events", "events_from"]
