"""The memory around one strategy, with which a host and its handlers speak: ``proto/STRATEGY_ABI.md``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...data.resampling import period_ns
from ...strategy import Hosted
from ...strategy.abi import MAJOR, MINOR, STRUCTS
from ...types import EVENT, Instrument

__all__ = ["Seat"]

REQUESTS = 256
"""Requests that one call of a handler may make, as in the engine."""
POINTERS = {
    "context": ("state", "params", "slots", "requests", "orders", "out"),
    "slots": ("bids", "asks", "series"),
    "series": ("bars",),
}
"""Words that say where memory lies: they stay when a state is put back."""


class Seat:
    """The memory around one strategy: its context and all that this points to."""

    def __init__(self, instance: Hosted, instruments: Sequence[Instrument], rows: Sequence[int]) -> None:
        wants = instance.subscriptions
        self.slots = np.zeros(len(rows), STRUCTS["slot"])
        for name in ("avg_price", "bid", "ask", "last_price", "last_qty"):
            self.slots[name] = np.nan
        periods, capacity = max(len(wants.bars), 1), 1 << max(wants.history - 1, 0).bit_length()
        self.series = np.zeros((len(rows), periods), STRUCTS["series"])
        self.bars = np.zeros((len(rows), periods, capacity), EVENT)
        self.levels = np.zeros((len(rows), 2, max(wants.depth, 1)), STRUCTS["level"])
        self.series["capacity"], self.series["limit"] = capacity, wants.history
        self.series["period"] = [period_ns(text) for text in wants.bars] or 0
        for slot, row in enumerate(rows):
            self._introduce(slot, row, instruments[row])
        self.requests = np.zeros(REQUESTS, STRUCTS["request"])
        self.context = np.zeros(1, STRUCTS["context"])
        words = {
            "size": self.context.dtype.itemsize,
            "abi": MAJOR << 16 | MINOR,
            "state": instance.state.ctypes.data,
            "params": instance.params.ctypes.data,
            "slots": self.slots.ctypes.data,
            "slot_count": len(rows),
            "requests": self.requests.ctypes.data,
            "request_capacity": REQUESTS,
            "next_order_id": 1,
        }
        for name, word in words.items():
            self.context[name] = word

    def _introduce(self, slot: int, row: int, instrument: Instrument) -> None:
        shown: Any = self.slots[slot : slot + 1]
        shown["instrument"] = row
        for name, grid in (("tick", instrument.tick), ("lot", instrument.lot)):
            shown[name] = grid.step if grid else 0.0
        shown["multiplier"] = instrument.details.get("multiplier", 1.0)
        for name in ("min_qty", "min_notional"):
            shown[name] = instrument.details.get(name, 0.0)
        self.series["bars"][slot] = [bars.ctypes.data for bars in self.bars[slot]]
        shown["series"], shown["series_count"] = self.series[slot].ctypes.data, self.series.shape[1]
        shown["bids"], shown["asks"] = self.levels[slot, 0].ctypes.data, self.levels[slot, 1].ctypes.data

    def save(self) -> bytes:
        """Return all but the addresses as bytes."""
        kept = []
        for name in ("context", "slots", "series", "bars", "levels"):
            copied: npt.NDArray[np.void] = getattr(self, name).copy()
            for pointer in POINTERS.get(name, ()):
                copied[pointer] = 0
            kept.append(copied.tobytes())
        return b"".join(kept)

    def restore(self, kept: bytes) -> None:
        """Take back what :meth:`save` has returned, of a seat of the same sizes."""
        at = 0
        for name in ("context", "slots", "series", "bars", "levels"):
            array: npt.NDArray[np.void] = getattr(self, name)
            own = {pointer: array[pointer].copy() for pointer in POINTERS.get(name, ())}
            array.view(np.uint8).reshape(-1)[:] = np.frombuffer(kept, np.uint8, array.nbytes, at)
            for pointer, addresses in own.items():
                array[pointer] = addresses
            at += array.nbytes
