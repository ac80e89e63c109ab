"""Percentiles of a stream of durations in fixed memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Latency", "LatencyHistogram"]

_SUB = 64  # buckets an octave: a percentile is within 0.8 % of a true value
_OCTAVES = 64  # of int64
_SIDE = _SUB * _OCTAVES


@dataclass(frozen=True, slots=True)
class Latency:
    """Durations in nanoseconds; NaN percentiles if there were none.

    Negative ones mean that two clocks disagree.
    """

    count: int
    minimum: int
    p50: float
    p90: float
    p99: float
    maximum: int


class LatencyHistogram:
    """Counts durations in buckets whose width grows with the duration, on both sides of zero.

    Examples
    --------
    >>> import numpy as np
    >>> histogram = LatencyHistogram()
    >>> histogram.add(np.array([-50, 1_000, 1_000, 2_000_000]))
    >>> histogram.percentile(50) // 10
    100.0
    >>> histogram.summary().minimum, histogram.summary().maximum
    (-50, 2000000)
    """

    def __init__(self) -> None:
        self._counts = np.zeros(2 * _SIDE + 1, np.int64)  # negative octaves mirrored, zero in the middle, positive ones
        self.count = 0
        self._minimum = np.iinfo(np.int64).max
        self._maximum = np.iinfo(np.int64).min

    def add(self, durations: npt.NDArray[np.int64]) -> None:
        """Count durations in ns, shape (n,)."""
        if not len(durations):
            return
        self.count += len(durations)
        self._minimum = min(self._minimum, int(durations.min()))
        self._maximum = max(self._maximum, int(durations.max()))
        mantissa, exponent = np.frexp(np.abs(durations.astype(np.float64)))
        bucket = 1 + (exponent - 1) * _SUB + ((mantissa - 0.5) * (2 * _SUB)).astype(np.int64)
        signed = np.sign(durations) * np.minimum(bucket, _SIDE)
        self._counts += np.bincount(signed + _SIDE, minlength=2 * _SIDE + 1)

    def percentile(self, percent: float) -> float:
        """Return the middle of the bucket that holds the percentile, in ns; NaN if nothing was counted."""
        if not self.count:
            return float("nan")
        rank = min(self.count, max(1, int(np.ceil(self.count * percent / 100))))
        bucket = int(np.searchsorted(np.cumsum(self._counts), rank)) - _SIDE
        octave, step = divmod(abs(bucket) - 1, _SUB)
        middle = 0.0 if bucket == 0 else float(np.sign(bucket) * 2.0**octave * (1 + (step + 0.5) / _SUB))
        return float(min(max(middle, self._minimum), self._maximum))

    def summary(self) -> Latency:
        """Return the percentiles that are usually shown, with the true extremes."""
        low, high = (int(self._minimum), int(self._maximum)) if self.count else (0, 0)
        return Latency(self.count, low, self.percentile(50), self.percentile(90), self.percentile(99), high)
