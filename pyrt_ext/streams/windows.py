# ruff: noqa: ANN001, ANN201, D103  # the subset that two compilers share: types are in the .pxd
"""Steps that formulas of several families share; the form is that of ``pyrt_ext.streams``."""

nan = float("nan")

WINDOW = (
    ("value", "f8"),
    ("factor", "f8"),
    ("center", "f8"),
    ("variance", "f8"),
    ("slope", "f8"),
    ("period", "i8"),
    ("at", "i8"),
    ("seen", "i8"),
)


def window_arena(period, factor=1.0):
    return period


def window_start(s, period, factor=1.0):
    s.period = period
    s.factor = factor


def window_reset(s):
    s.value = nan
    s.at = 0
    s.seen = 0
    return nan


def window_put(s, window, x):
    # The last values in a ring: `at` is where the oldest stands, once there are `period`. Returns how many are missing.
    window[s.at] = x
    s.at += 1
    if s.at == s.period:
        s.at = 0
    if s.seen < s.period:
        s.seen += 1
    return s.period - s.seen


def highest_step(window, base, at, period, full, x):
    # The highest of the last `period` values; for the lowest, of their negatives. Blocks as long as the window: up to
    # `at` the window holds this block's values, from there on the highest of the last block's tails; before them stands
    # the highest of this block. `full` says that there is a last block. Takes period + 1 places from `base`.
    if at == 0 or x > window[base]:
        window[base] = x
    head = window[base]
    i = base + 1 + at
    window[i] = x
    if at + 1 < period:
        if full == 0:
            return nan
        tail = window[i + 1]
        if tail > head:
            return tail
        return head
    best = x
    while at > 0:
        at -= 1
        i -= 1
        best = max(best, window[i])
        window[i] = best
    return head
