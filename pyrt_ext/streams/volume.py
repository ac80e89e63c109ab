# ruff: noqa: ANN001, ANN201, D103  # the subset that two compilers share: types are in the .pxd
"""Volume: what was traded as prices rose and fell; the form is that of ``pyrt_ext.streams``."""

nan = float("nan")

FLOW = (
    ("value", "f8"),
    ("total", "f8"),
    ("last", "f8"),
    ("quick", "f8"),
    ("slack", "f8"),
    ("fast", "i8"),
    ("slow", "i8"),
    ("seen", "i8"),
)


def flow_start(s, fast=1, slow=1):
    s.fast = fast
    s.slow = slow


def flow_reset(s):
    s.value = nan
    s.total = 0.0
    s.seen = 0
    return nan


def obv_update(s, window, x, volume):
    total = s.total
    last = s.last
    if not x * 0.0 * volume >= 0.0:
        return flow_reset(s)
    flow = 0.0  # chosen without a branch, which nobody foresees
    if x < last:
        flow = -volume
    if x > last:
        flow = volume
    if s.seen == 0:
        flow = volume
    total += flow
    s.last = x
    s.seen = 1
    s.total = total
    s.value = total
    return total


def ad_update(s, window, high, low, close, volume):
    if not high * 0.0 * low * close * volume >= 0.0:
        return flow_reset(s)
    span = high - low
    if span > 0.0:
        s.total += ((close - low) - (high - close)) / span * volume
    s.value = s.total
    return s.value


def adosc_update(s, window, high, low, close, volume):
    quick = s.quick
    slack = s.slack
    if not high * 0.0 * low * close * volume >= 0.0:
        return flow_reset(s)
    span = high - low
    flow = 0.0
    if span > 0.0:
        flow = ((close - low) - (high - close)) / span * volume
    if s.seen == 0:
        quick = 0.0
        slack = 0.0
    else:
        quick = (quick + flow) * (1.0 - 2.0 / (s.fast + 1.0))
        slack = (slack + flow) * (1.0 - 2.0 / (s.slow + 1.0))
    s.quick = quick
    s.slack = slack
    s.seen += 1
    if s.seen >= s.fast and s.seen >= s.slow:
        s.value = slack - quick
    return s.value
