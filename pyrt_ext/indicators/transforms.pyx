"""Math Transform: a batch kernel and a streaming formula each."""

from pyrt_ext.streams import transforms as streams

from ..batch cimport Batch, Call
from ..stream cimport Formula, Reset
from ..streams.transforms cimport (
    Point, point_reset,
    acos_update, asin_update, atan_update, ceil_update, cos_update,
    cosh_update, exp_update, floor_update, ln_update, log10_update,
    sin_update, sinh_update, sqrt_update, tan_update, tanh_update,
)


cdef extern from "indicators/transforms.h" nogil:
    int pyrt_acos_call(const Call* c) noexcept
    int pyrt_asin_call(const Call* c) noexcept
    int pyrt_atan_call(const Call* c) noexcept
    int pyrt_ceil_call(const Call* c) noexcept
    int pyrt_cos_call(const Call* c) noexcept
    int pyrt_cosh_call(const Call* c) noexcept
    int pyrt_exp_call(const Call* c) noexcept
    int pyrt_floor_call(const Call* c) noexcept
    int pyrt_ln_call(const Call* c) noexcept
    int pyrt_log10_call(const Call* c) noexcept
    int pyrt_sin_call(const Call* c) noexcept
    int pyrt_sinh_call(const Call* c) noexcept
    int pyrt_sqrt_call(const Call* c) noexcept
    int pyrt_tan_call(const Call* c) noexcept
    int pyrt_tanh_call(const Call* c) noexcept


cdef object formula(void* update, str name):
    return Formula.of(update, <Reset>point_reset, sizeof(Point), streams, name, "point")


acos = Batch.of(pyrt_acos_call, 1, 1, 0, True)
asin = Batch.of(pyrt_asin_call, 1, 1, 0, True)
atan = Batch.of(pyrt_atan_call, 1, 1, 0, True)
ceil = Batch.of(pyrt_ceil_call, 1, 1, 0, True)
cos = Batch.of(pyrt_cos_call, 1, 1, 0, True)
cosh = Batch.of(pyrt_cosh_call, 1, 1, 0, True)
exp = Batch.of(pyrt_exp_call, 1, 1, 0, True)
floor = Batch.of(pyrt_floor_call, 1, 1, 0, True)
ln = Batch.of(pyrt_ln_call, 1, 1, 0, True)
log10 = Batch.of(pyrt_log10_call, 1, 1, 0, True)
sin = Batch.of(pyrt_sin_call, 1, 1, 0, True)
sinh = Batch.of(pyrt_sinh_call, 1, 1, 0, True)
sqrt = Batch.of(pyrt_sqrt_call, 1, 1, 0, True)
tan = Batch.of(pyrt_tan_call, 1, 1, 0, True)
tanh = Batch.of(pyrt_tanh_call, 1, 1, 0, True)

acos_formula = formula(<void*>acos_update, "acos")
asin_formula = formula(<void*>asin_update, "asin")
atan_formula = formula(<void*>atan_update, "atan")
ceil_formula = formula(<void*>ceil_update, "ceil")
cos_formula = formula(<void*>cos_update, "cos")
cosh_formula = formula(<void*>cosh_update, "cosh")
exp_formula = formula(<void*>exp_update, "exp")
floor_formula = formula(<void*>floor_update, "floor")
ln_formula = formula(<void*>ln_update, "ln")
log10_formula = formula(<void*>log10_update, "log10")
sin_formula = formula(<void*>sin_update, "sin")
sinh_formula = formula(<void*>sinh_update, "sinh")
sqrt_formula = formula(<void*>sqrt_update, "sqrt")
tan_formula = formula(<void*>tan_update, "tan")
tanh_formula = formula(<void*>tanh_update, "tanh")
