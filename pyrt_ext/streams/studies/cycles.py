# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Cycles of prices by the Hilbert transform, one value at a time; the form is that of ``pyrt_ext.streams``."""

import math

USES = ("windows",)

nan = float("nan")

CYCLE = (("value", "f8"), ("seen", "i8"))
PHASOR = (("inphase", "f8"), ("quadrature", "f8"), ("seen", "i8"))
MESA = (("mama", "f8"), ("fama", "f8"), ("fast", "f8"), ("slow", "f8"), ("seen", "i8"))
SINES = (("sine", "f8"), ("leadsine", "f8"), ("seen", "i8"))
MODE = (("value", "f8"), ("sine", "f8"), ("lead", "f8"), ("since", "i8"), ("seen", "i8"))


def cycle_arena():
    return 251 + 50 * 51


def cycle_reset(s):
    s.value = nan
    s.seen = 0
    return nan


def ht_dcperiod_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return cycle_reset(s)
    period = hilbert_step(window, 0, s.seen, 12, x)
    if s.seen >= 32:
        s.value = period
    s.seen += 1
    return s.value


def phasor_arena():
    return 47


def phasor_reset(s):
    s.inphase = nan
    s.quadrature = nan
    s.seen = 0
    return nan


def ht_phasor_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return phasor_reset(s)
    hilbert_step(window, 0, s.seen, 12, x)
    if s.seen >= 32:
        s.inphase = window[13]
        s.quadrature = window[14]
    s.seen += 1
    return s.inphase


def mesa_start(s, fast, slow):
    s.fast = fast
    s.slow = slow


def mesa_arena(fast, slow):
    return 50


def mesa_reset(s):
    s.mama = nan
    s.fama = nan
    s.seen = 0
    return nan


def mama_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return mesa_reset(s)
    s.mama = mama_step(window, 0, s.seen, s.fast, s.slow, x)
    if s.seen >= 32:
        s.fama = window[48]
    s.seen += 1
    return s.mama


def phase_table(window, length):
    # Sines and cosines of so many parts of a turn, computed when they are first asked for: behind those of shorter
    # ones, from 251 on. Returns where they stand.
    table = 251 + length * (length - 1)
    if length > 0 and window[table + 1] == 0.0:  # the cosine of 0 is 1
        i = 0
        while i < length:
            angle = i * 6.283185307179586 / length
            window[table + 2 * i] = math.sin(angle)
            window[table + 1 + 2 * i] = math.cos(angle)
            i += 1
    return table


def phase_step(window, seen, x):
    # The phase in degrees, from row 37 on, behind the places of hilbert_step: at 47 the phase, from 48 on the last 50
    # smoothed prices, from 148 on the last 50 values. Both stand twice in a row, so that a window is never cut.
    if seen == 0:
        i = 47
        while i < 251:
            window[i] = 0.0
            i += 1
    at = seen % 50
    window[148 + at] = x
    window[198 + at] = x
    period = hilbert_step(window, 0, seen, 37, x)
    if seen < 37:
        return nan
    window[48 + at] = window[6]
    window[98 + at] = window[6]
    length = int(period + 0.5)
    table = phase_table(window, length)
    part = 0.0
    across = 0.0
    i = 98 + at
    end = i - length
    while i > end:
        smooth = window[i]
        part += window[table] * smooth
        across += window[table + 1] * smooth
        table += 2
        i -= 1
    if across == 0.0:  # it goes on from the row before
        phase = window[47]
        if part < 0.0:
            phase -= 90.0
        elif part > 0.0:
            phase += 90.0
        phase = phase + 90.0 + 360.0 / period
    else:
        phase = arc(part, across) * 57.29577951308232 + 90.0 + 360.0 / period
        if across < 0.0:
            phase += 180.0
    if phase > 315.0:
        phase -= 360.0
    window[47] = phase
    return phase


def trendline_step(window, seen):
    # The mean over the period, smoothed: the last means stand from 248 on, the newest first. Behind phase_step.
    if seen < 37:
        return nan
    length = int(window[12] + 0.5)
    mean = 0.0
    i = 198 + seen % 50
    end = i - length
    while i > end:
        mean += window[i]
        i -= 1
    if length > 0:
        mean /= length
    line = (((4.0 * mean + 3.0 * window[248]) + 2.0 * window[249]) + window[250]) / 10.0
    window[250] = window[249]
    window[249] = window[248]
    window[248] = mean
    return line


def ht_dcphase_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return cycle_reset(s)
    phase = phase_step(window, s.seen, x)
    if s.seen >= 63:
        s.value = phase
    s.seen += 1
    return s.value


def ht_trendline_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return cycle_reset(s)
    phase_step(window, s.seen, x)
    line = trendline_step(window, s.seen)
    if s.seen >= 63:
        s.value = line
    s.seen += 1
    return s.value


def sines_arena():
    return cycle_arena()


def sines_reset(s):
    s.sine = nan
    s.leadsine = nan
    s.seen = 0
    return nan


def ht_sine_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return sines_reset(s)
    phase = phase_step(window, s.seen, x)
    if s.seen >= 63:
        s.sine = math.sin(phase * 0.017453292519943295)
        s.leadsine = math.sin((phase + 45.0) * 0.017453292519943295)
    s.seen += 1
    return s.sine


def mode_arena():
    return cycle_arena()


def mode_reset(s):
    s.value = nan
    s.sine = 0.0
    s.lead = 0.0
    s.since = 0
    s.seen = 0
    return nan


def ht_trendmode_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return mode_reset(s)
    before = 0.0
    if s.seen > 0:
        before = window[47]
    phase = phase_step(window, s.seen, x)
    line = trendline_step(window, s.seen)
    if s.seen >= 37:
        sine = math.sin(phase * 0.017453292519943295)
        lead = math.sin((phase + 45.0) * 0.017453292519943295)
        whole = 360.0 / window[12]
        turned = phase - before
        trend = 1.0
        s.since += 1
        if (sine > lead and s.sine <= s.lead) or (sine < lead and s.sine >= s.lead):
            s.since = 1
            trend = 0.0
        if s.since < 0.5 * window[12] or (turned > 0.67 * whole and turned < 1.5 * whole):
            trend = 0.0
        if line != 0.0 and abs((window[6] - line) / line) >= 0.015:
            trend = 1.0
        s.sine = sine
        s.lead = lead
        if s.seen >= 63:
            s.value = trend
    s.seen += 1
    return s.value
