"""Statistic Functions: a batch kernel and a streaming formula each."""

from pyrt_ext.streams import statistics as streams

from ..batch cimport Batch, Call
from ..stream cimport Formula, Reset
from ..streams.statistics cimport (
    Pair, avgdev_update, beta_update, correl_update, linearreg_angle_update, linearreg_intercept_update,
    linearreg_slope_update, linearreg_update, pair_reset, stddev_update, tsf_update, var_update,
)
from ..streams.windows cimport Window, window_reset


cdef extern from "indicators/statistics.h" nogil:
    int pyrt_var_call(const Call* c) noexcept
    int pyrt_stddev_call(const Call* c) noexcept
    int pyrt_linearreg_call(const Call* c) noexcept
    int pyrt_linearreg_slope_call(const Call* c) noexcept
    int pyrt_linearreg_angle_call(const Call* c) noexcept
    int pyrt_linearreg_intercept_call(const Call* c) noexcept
    int pyrt_tsf_call(const Call* c) noexcept
    int pyrt_avgdev_call(const Call* c) noexcept
    int pyrt_correl_call(const Call* c) noexcept
    int pyrt_beta_call(const Call* c) noexcept


cdef object on_window(void* update, str name):
    return Formula.of(update, <Reset>window_reset, sizeof(Window), streams, name, "window")


cdef object on_pair(void* update, str name):
    return Formula.of(update, <Reset>pair_reset, sizeof(Pair), streams, name, "pair", 2)


var = Batch.of(pyrt_var_call, 1)
stddev = Batch.of(pyrt_stddev_call, 1)
linearreg = Batch.of(pyrt_linearreg_call, 1)
linearreg_slope = Batch.of(pyrt_linearreg_slope_call, 1)
linearreg_angle = Batch.of(pyrt_linearreg_angle_call, 1)
linearreg_intercept = Batch.of(pyrt_linearreg_intercept_call, 1)
tsf = Batch.of(pyrt_tsf_call, 1)
avgdev = Batch.of(pyrt_avgdev_call, 1)
correl = Batch.of(pyrt_correl_call, 2)
beta = Batch.of(pyrt_beta_call, 2)

var_formula = on_window(<void*>var_update, "var")
stddev_formula = on_window(<void*>stddev_update, "stddev")
linearreg_formula = on_window(<void*>linearreg_update, "linearreg")
linearreg_slope_formula = on_window(<void*>linearreg_slope_update, "linearreg_slope")
linearreg_angle_formula = on_window(<void*>linearreg_angle_update, "linearreg_angle")
linearreg_intercept_formula = on_window(<void*>linearreg_intercept_update, "linearreg_intercept")
tsf_formula = on_window(<void*>tsf_update, "tsf")
avgdev_formula = on_window(<void*>avgdev_update, "avgdev")
correl_formula = on_pair(<void*>correl_update, "correl")
beta_formula = on_pair(<void*>beta_update, "beta")
