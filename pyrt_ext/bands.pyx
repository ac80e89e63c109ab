"""Bands and changes: streaming formulas."""

from . import stream_bands
from .stream cimport Formula, Reset, Update
from .stream_bands cimport BbPct, Change, bb_pct_reset, bb_pct_update, change_reset, change_update

bb_pct_formula = Formula.of(<Update>bb_pct_update, <Reset>bb_pct_reset, sizeof(BbPct), stream_bands, "bb_pct")
change_formula = Formula.of(<Update>change_update, <Reset>change_reset, sizeof(Change), stream_bands, "change")
