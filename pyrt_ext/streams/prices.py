# ruff: noqa: ANN001, ANN201, D103  # the subset that two compilers share: types are in the .pxd
"""Price Transform: one price for a bar; the form is that of ``pyrt_ext.streams``."""

nan = float("nan")

PRICE = (("value", "f8"),)


def price_reset(s):
    s.value = nan
    return nan


def avgprice_update(s, window, a, b, c, d):
    value = (a + b + c + d) / 4.0
    if not value * 0.0 >= 0.0:
        return price_reset(s)
    s.value = value
    return value


def medprice_update(s, window, high, low):
    value = (high + low) / 2.0
    if not value * 0.0 >= 0.0:
        return price_reset(s)
    s.value = value
    return value


def typprice_update(s, window, high, low, close):
    value = (high + low + close) / 3.0
    if not value * 0.0 >= 0.0:
        return price_reset(s)
    s.value = value
    return value


def wclprice_update(s, window, high, low, close):
    value = (high + low + close * 2.0) / 4.0
    if not value * 0.0 >= 0.0:
        return price_reset(s)
    s.value = value
    return value
