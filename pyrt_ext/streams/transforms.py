# ruff: noqa: ANN001, ANN201, D103  # the subset that two compilers share: types are in the .pxd
"""Math Transform: functions of one row, of C's libm; the form is that of ``pyrt_ext.streams``.

Outside a function's domain the value is NaN, or an infinity at a pole, as in C; Python would raise.
"""

import math

nan = float("nan")
inf = float("inf")

POINT = (("value", "f8"),)


def point_reset(s):
    s.value = nan
    return nan


def acos_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return point_reset(s)
    s.value = nan
    if abs(x) <= 1.0:
        s.value = math.acos(x)
    return s.value


def asin_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return point_reset(s)
    s.value = nan
    if abs(x) <= 1.0:
        s.value = math.asin(x)
    return s.value


def atan_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return point_reset(s)
    s.value = math.atan(x)
    return s.value


def ceil_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return point_reset(s)
    s.value = -(-x // 1.0)
    return s.value


def cos_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return point_reset(s)
    s.value = math.cos(x)
    return s.value


def cosh_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return point_reset(s)
    if abs(x) > 710.4758600739439:
        s.value = inf
    else:
        s.value = math.cosh(x)
    return s.value


def exp_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return point_reset(s)
    if x > 709.782712893384:
        s.value = inf
    else:
        s.value = math.exp(x)
    return s.value


def floor_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return point_reset(s)
    s.value = x // 1.0
    return s.value


def ln_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return point_reset(s)
    s.value = nan
    if x > 0.0:
        s.value = math.log(x)
    elif x == 0.0:
        s.value = -inf
    return s.value


def log10_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return point_reset(s)
    s.value = nan
    if x > 0.0:
        s.value = math.log10(x)
    elif x == 0.0:
        s.value = -inf
    return s.value


def sin_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return point_reset(s)
    s.value = math.sin(x)
    return s.value


def sinh_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return point_reset(s)
    if abs(x) > 710.4758600739439:
        s.value = math.copysign(inf, x)
    else:
        s.value = math.sinh(x)
    return s.value


def sqrt_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return point_reset(s)
    s.value = nan
    if x >= 0.0:
        s.value = math.sqrt(x)
    return s.value


def tan_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return point_reset(s)
    s.value = math.tan(x)
    return s.value


def tanh_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return point_reset(s)
    s.value = math.tanh(x)
    return s.value
