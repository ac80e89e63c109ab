"""Features: numbers that each ended bar gives a model, by name; the same bits in batch, streaming, and in the engine.

>>> import numpy as np
>>> from pyrt.data import Bars
>>> from pyrt.features import compute
>>> close = np.array([10.0, 11.0, 12.0, 9.0])
>>> bars = Bars(np.arange(4), close, close, close, close, np.array([1.0, 1.0, 4.0, 0.0]))
>>> compute(["sma_2", "return_1"], bars)[-1]
array([10.5 , -0.25])

================  =====================================================================================================
``rsi_N``         relative strength index of the close over N bars (:func:`pyrt.indicators.rsi`)
``sma_N``         mean of the last N closes
``ema_N``         exponential average of the close
``return_N``      close / close N bars before − 1
``macd``          MACD line, TA-Lib's ``MACD(12, 26, 9)[0]``: NaN until the signal line could be there too (33 bars)
``bb_pct``        (close − lower) / (upper − lower) of Bollinger bands (20, 2), population deviation; NaN at zero width
``volume_ratio``  volume / mean of the last ``lookback_period`` volumes, this one included; NaN where all of them are 0
================  =====================================================================================================

A compiled strategy uses one as a streaming indicator: ``self.macd = feature("macd").begin()`` in its ``start``.

``registry``   what a feature is, and the list
``streaming``  several at once: :class:`FeatureSet`

Warm-up is NaN. A close or volume that is not finite is a gap: the feature is NaN and begins anew after it. Every
feature is causal: the row of a bar depends on this bar and those before. ``engine-rs/src/signals`` has the same
formulas; ``tests/golden/features.toml`` holds both to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..data import Bars
from .registry import Feature, feature, patterns
from .streaming import FeatureSet

__all__ = ["Feature", "FeatureSet", "compute", "feature", "patterns"]


def compute(names: Sequence[str], bars: Bars, *, lookback_period: int = 20) -> npt.NDArray[np.float64]:
    """Return features of bars, shape (n_bars, n_features); see :class:`FeatureSet`."""
    return FeatureSet(names, lookback_period).compute(bars)
