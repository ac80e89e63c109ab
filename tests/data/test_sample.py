"""The sample is the real thing, or says how to get it."""

import sys

import numpy as np
import pytest

from pyrt.data import check_bars, sample
from pyrt.errors import MissingPiece


def test_sp500():
    pytest.importorskip("arch", reason="the S&P 500 bars come with arch: pip install 'pyrt[demo]'")
    bars = check_bars(sample.sp500())
    assert len(bars) == 5031
    assert np.datetime64(bars.timestamps[0], "D") == np.datetime64("1999-01-04")
    assert bars.close[0] == pytest.approx(1228.10, abs=0.01)
    assert bars.volume is not None


def test_without_arch_the_command_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "arch", None)
    monkeypatch.setitem(sys.modules, "arch.data", None)
    with pytest.raises(MissingPiece, match=r"pip install 'pyrt\[demo\]'"):
        sample.sp500()
