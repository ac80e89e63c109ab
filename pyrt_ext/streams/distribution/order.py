# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""A window's values in order, for formulas of quantiles and ranks; the form is that of ``pyrt_ext.streams``."""

USES = ("windows",)


def below(window, base, count, x):
    # How many of `count` values are below x: what takes no order need not keep one.
    found = 0
    i = base
    while i < base + count:
        found += window[i] < x
        i += 1
    return found


def order_place(window, base, count, x):
    # How many of `count` sorted values are below x.
    low = 0
    high = count
    while low < high:
        middle = (low + high) // 2
        if window[base + middle] < x:
            low = middle + 1
        else:
            high = middle
    return low


def order_put(window, base, seen, period, x):
    # The last values: in a ring from `base`, in order behind it. `seen` values came before; returns how many there are
    # now. What moves are the values between the one that leaves and the one that comes. Takes 2 * period.
    first = base + period
    at = base + place_in(seen, period)
    count = period
    i = seen
    if seen >= period:
        i = order_place(window, first, period, window[at])
    else:
        count = seen + 1
    window[at] = x
    i += first
    while i > first and window[i - 1] > x:
        window[i] = window[i - 1]
        i -= 1
    while i + 1 < first + count and window[i + 1] < x:
        window[i] = window[i + 1]
        i += 1
    window[i] = x
    return count
