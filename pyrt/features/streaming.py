"""Several features at once: a row of numbers for each ended bar, live or over a whole table."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..data import Bars
from ..errors import DataError, InputError
from .registry import Feature, Floats, feature

__all__ = ["FeatureSet"]


class FeatureSet:
    """The features of one instrument, in order.

    :meth:`compute` runs the streams over whole arrays, so a model is trained on the very numbers that it is asked about
    later.

    Parameters
    ----------
    names : sequence of str
        See :mod:`pyrt.features`.
    lookback_period : int
        Length of ``volume_ratio``'s average, in bars.

    Attributes
    ----------
    features : tuple of Feature
    row : ndarray of float64, shape (n_features,)
        The features of the last bar; overwritten by the next.
    warmup : int
        So many rows at the start have a NaN.
    seen : int
        How many bars have come.

    Raises
    ------
    InputError
        If there is no such feature, one is named twice, or none is named.

    Examples
    --------
    >>> live = FeatureSet(["sma_2", "volume_ratio"], lookback_period=2)
    >>> for close, volume in ((10.0, 1.0), (11.0, 3.0)):
    ...     print(live.update(close, volume), live.warm)
    [nan nan] False
    [10.5  1.5] True
    """

    def __init__(self, names: Sequence[str], lookback_period: int = 20) -> None:
        if not names:
            raise InputError("features: name at least one")
        self.features: tuple[Feature, ...] = tuple(feature(name, lookback_period) for name in names)
        twice = [name for at, name in enumerate(names) if name in names[:at]]
        if twice:
            raise InputError(f"features: {twice[0]!r} is named twice")
        self.warmup = max(f.warmup for f in self.features)
        self.reset()

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(f.name for f in self.features)

    @property
    def versions(self) -> dict[str, str]:
        """The version of each feature's definition, for a model's card."""
        return {f.name: f.version for f in self.features}

    @property
    def warm(self) -> bool:
        """Whether enough bars have come for every feature."""
        return self.seen > self.warmup

    def reset(self) -> None:
        """Begin anew."""
        self._streams = [f.begin() for f in self.features]
        self.row = np.full(len(self.features), np.nan)
        self.seen = 0

    def update(self, close: float, volume: float) -> Floats:
        """Take the next bar and return its features; a number that is not finite is a gap, after which they restart."""
        for at, (what, stream) in enumerate(zip(self.features, self._streams, strict=True)):
            x = close if what.column == "close" else volume
            value = stream.update(x if math.isfinite(x) else math.nan)
            if what.relative:
                value = x / value if value != 0.0 else math.nan
            self.row[at] = value
        self.seen += 1
        return self.row

    def compute(self, bars: Bars) -> Floats:
        """Return the features of all bars: the same numbers as :meth:`update` gives one by one.

        Parameters
        ----------
        bars : Bars
            With volumes, if a feature needs them.

        Returns
        -------
        ndarray of float64, shape (n_bars, n_features)

        Raises
        ------
        DataError
            If a feature needs volumes and the bars have none.
        """
        columns = bars.columns()
        missing = [f.name for f in self.features if f.column not in columns]
        if missing:
            raise DataError(f"bars: have no volume, which {missing[0]} needs")
        return np.column_stack([f.over(columns[f.column]) for f in self.features])
