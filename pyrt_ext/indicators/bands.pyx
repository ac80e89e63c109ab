"""Bands and changes: streaming formulas."""

from pyrt_ext.streams import bands as streams

from ..stream cimport Formula, Reset
from ..streams.bands cimport BbPct, Change, bb_pct_reset, bb_pct_update, change_reset, change_update

bb_pct_formula = Formula.of(<void*>bb_pct_update, <Reset>bb_pct_reset, sizeof(BbPct), streams, "bb_pct")
change_formula = Formula.of(<void*>change_update, <Reset>change_reset, sizeof(Change), streams, "change")
