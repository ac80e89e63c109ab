"""The words that declarations share: what inputs and parameters are, and docstrings put together from them."""

from __future__ import annotations

import inspect
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["LONGEST", "Meaning", "document"]

LONGEST = 2**31 - 1
"""The longest window."""
WIDTH = 116
"""Of a docstring's lines."""

INPUTS = {
    "real": "Prices of any unit.",
    "real0": "Any unit.",
    "real1": "Any unit.",
    "open": "First prices of the bars.",
    "high": "Highest prices of the bars.",
    "low": "Lowest prices of the bars.",
    "close": "Last prices of the bars.",
    "volume": "Quantities traded during the bars.",
    "periods": "The length of each row's window.",
    "session": "A number that tells sessions apart: where it changes, one begins.",
    "anchor": "0, or another number where the average begins anew.",
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a parameter is, and its range where a declaration does not say another."""

    text: str
    low: float = 1
    high: float = LONGEST
    choices: tuple[int, ...] = ()


KINDS = tuple(range(14))
"""TA-Lib's numbers of the kinds of averages."""

_AVERAGE = (
    "Kind of the moving average{of}: 0 simple, 1 exponential, 2 weighted, 3 double and 4 triple exponential, "
    "5 triangular, 6 Kaufman's, 7 Ehlers' (`mama`, whatever the length), 8 Tillson's (`t3`), 9 Hull's, 10 none, "
    "11 the function's own (its default), 12 zero-lag exponential, 13 Wilder's."
)

MEANINGS = {
    "timeperiod": Meaning("Length of the window in rows."),
    "fastlimit": Meaning("The largest share of a new price in the average.", 0.01, 0.99),
    "bins": Meaning("How many bins.", 2, 10_000),
    "d": Meaning("Order of the difference.", 0.0, 10.0),
    "h": Meaning("The size of a move that is an event, in the unit of `real`.", 0.0, math.inf),
    "lag": Meaning("How many rows apart."),
    "order": Meaning("How many successive values make a pattern.", 2, 7),
    "pct": Meaning("0: places are counted from 1; 1: as shares of the window.", 0, 1, (0, 1)),
    "periods_per_year": Meaning("How many rows make a year, 252 for days; 1: the result is one row's.", 0.0, math.inf),
    "q": Meaning("The share of values below it.", 0.0, 1.0),
    "threshold": Meaning("The smallest weight, by size, that is not left out.", 1e-6, 1.0),
    "fastperiod": Meaning("Length of the fast average in rows."),
    "slowlimit": Meaning("The smallest share of a new price in the average.", 0.01, 0.99),
    "slowperiod": Meaning("Length of the slow average in rows."),
    "firstperiod": Meaning("Length of the first average in rows."),
    "secondperiod": Meaning("Length of the second average in rows."),
    "signalperiod": Meaning("Length of the signal line's average in rows."),
    "nbdev": Meaning("How many standard deviations.", -math.inf, math.inf),
    "nbdevup": Meaning("How many standard deviations the upper band is above the middle.", -math.inf, math.inf),
    "nbdevdn": Meaning("How many standard deviations the lower band is below the middle.", -math.inf, math.inf),
    "leftbars": Meaning("How many rows before a turn are compared."),
    "rightbars": Meaning("How many rows after a turn are compared."),
    "vfactor": Meaning("Volume factor: 0 gives a plain average, 1 a double exponential one.", 0.0, 1.0),
    "matype": Meaning(_AVERAGE.format(of=""), 0, 13, KINDS),
    "fastmatype": Meaning(_AVERAGE.format(of=" (fast)"), 0, 13, KINDS),
    "slowmatype": Meaning(_AVERAGE.format(of=" (slow)"), 0, 13, KINDS),
    "signalmatype": Meaning(_AVERAGE.format(of=" (signal)"), 0, 13, KINDS),
    "fastk_period": Meaning("Length of the window of extremes in rows."),
    "slowk_period": Meaning("Length of the first average in rows."),
    "slowd_period": Meaning("Length of the second average in rows."),
    "fastd_period": Meaning("Length of the average in rows."),
    "slowk_matype": Meaning(_AVERAGE.format(of=" (first)"), 0, 13, KINDS),
    "slowd_matype": Meaning(_AVERAGE.format(of=" (second)"), 0, 13, KINDS),
    "fastd_matype": Meaning(_AVERAGE.format(of=""), 0, 13, KINDS),
    "roc1period": Meaning("Distance of a change in rows."),
    "roc2period": Meaning("Distance of the other change in rows."),
    "wmaperiod": Meaning("Length of the average in rows."),
    "timeperiod1": Meaning("Length of a window in rows."),
    "timeperiod2": Meaning("Length of another."),
    "timeperiod3": Meaning("Length of a third."),
    "minperiod": Meaning("The shortest period."),
    "maxperiod": Meaning("The longest period."),
    "startvalue": Meaning(
        "Where the first stop is, below 0 that of a falling trend; 0: by the bars.", -math.inf, math.inf
    ),
    "offsetonreverse": Meaning("How far a stop that turns is moved away, as a fraction.", 0.0, math.inf),
    "accelerationinitlong": Meaning("Acceleration at the start of a rising trend.", 0.0, math.inf),
    "accelerationlong": Meaning("What every new high adds to it.", 0.0, math.inf),
    "accelerationmaxlong": Meaning("The highest acceleration of a rising trend.", 0.0, math.inf),
    "accelerationinitshort": Meaning("Acceleration at the start of a falling trend.", 0.0, math.inf),
    "accelerationshort": Meaning("What every new low adds to it.", 0.0, math.inf),
    "accelerationmaxshort": Meaning("The highest acceleration of a falling trend.", 0.0, math.inf),
    "acceleration": Meaning("What every new extreme adds to the acceleration.", 0.0, math.inf),
    "penetration": Meaning("How much of the first body is gone into, as a fraction.", 0.0, math.inf),
    "maximum": Meaning("The highest acceleration.", 0.0, math.inf),
    "atrperiod": Meaning("Length of the average of true ranges in rows."),
    "multiplier": Meaning("How many average true ranges the bands are away.", 0.0, 3e37),
    "rocperiod": Meaning("How many rows ago what is compared was."),
    "stddevperiod": Meaning("Length of the windows of deviations in rows."),
    "percentile": Meaning("Percent of the values that are not above it.", 0.0, 100.0),
    "avgperiod1": Meaning("Length of the first rate's average in rows."),
    "avgperiod2": Meaning("Length of the second's."),
    "avgperiod3": Meaning("Length of the third's."),
    "avgperiod4": Meaning("Length of the fourth's."),
    "baseperiod": Meaning("Length of the base line's window in rows."),
    "conversionperiod": Meaning("Length of the conversion line's window in rows."),
    "cycleperiod": Meaning("Length of the windows of extremes in rows."),
    "displacement": Meaning("How many rows ahead the cloud is drawn, the present one counted."),
    "divisor": Meaning("Of volumes, so that results are neither large nor small."),
    "factor": Meaning("How many averages a stop is away.", 0.0, math.inf),
    "kfactor": Meaning("Of the length: less makes a faster average.", 0.0, math.inf),
    "nbrange": Meaning("How many average true ranges the channel is wide on each side.", 0.0, math.inf),
    "offset": Meaning("Where the largest weight is: 0 the oldest value, 1 the newest.", 0.0, 1.0),
    "rankperiod": Meaning("How many changes the last one is ranked among."),
    "sigma": Meaning("Length of the window in standard deviations of its weights.", 0.01, 1e6),
    "smoothing": Meaning("Share of the way to a new value.", 1e-6, 1.0),
    "smoothperiod": Meaning("Length of the average of the index in rows."),
    "spanperiod": Meaning("Length of the slow leading span's window in rows."),
    "streakperiod": Meaning("Length of the index of streaks in rows."),
    "timeperiod4": Meaning("Length of a fourth."),
}

NAN = """nan : {{"restart", "propagate", "skip", "raise"}}
    What a NaN does, see :mod:`pyrt.indicators`. With "restart" an output is NaN if its window or recursion reaches
    a row with one{several}."""

OUT_ONE = """out : ndarray of {dtype}, optional
    Where to write the result."""

OUT_SEVERAL = """out : tuple of {count} ndarrays, optional
    Where to write the results, {dtypes}."""

THREADS = """threads : int
    How many threads share the columns of a table; a single series has one. The bits are the same whatever it is."""

RAISES = """DTypeError
    For booleans, complex numbers, text, dates, objects, and {integers}`threads` that is no integer.
InputError
    For empty input, infinities{lengths}{ranges}, an `out` of another shape, no `threads`, NaN with ``nan="raise"``."""


def document(
    text: str,
    signature: inspect.Signature,
    ranges: Mapping[str, tuple[float, float]],
    outputs: Sequence[tuple[str, str]],
    *,
    warmup: str,
    source: str,
    streams: str,
    aliases: Sequence[str] = (),
) -> str:
    """Put a docstring together.

    Parameters
    ----------
    text : str
        What the declaration says: a summary, the formula, examples from the first ``>>>`` on.
    signature : Signature
        Inputs without, parameters with defaults.
    ranges : mapping
        The lowest and highest value of each parameter.
    outputs : sequence of (name, dtype)
        In order.
    warmup : str
        Which rows at the start are NaN.
    source : str
        Where the definition is from.
    streams : str
        Why there is no streaming form, or nothing.
    aliases : sequence of str
        Other names.
    """
    told, mark, examples = inspect.cleandoc(text).partition(">>> ")
    places = [p for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    inputs = [p.name for p in places if p.default is p.empty]
    also = f" Also called {', '.join(f'`{name}`' for name in aliases)}." if aliases else ""
    parts = [told.rstrip() + "\n\nCausal." + (f" No streaming form: {streams}." if streams else "") + also]
    lines = [f"{', '.join(inputs)} : array_like, shape (time,) or (time, assets)"]
    lines += [f"    {_inputs(inputs)} Not infinite."]
    for p in places:
        if p.default is not p.empty:
            lines += [f"{p.name} : {'int' if isinstance(p.default, int) else 'float'}"]
            lines += [f"    {MEANINGS[p.name].text}{_range(*ranges[p.name])}"]
    lines += [NAN.format(several=" in any input" if len(inputs) > 1 else "")]
    dtypes = [dtype for _, dtype in outputs]
    if len(outputs) == 1:
        lines += [OUT_ONE.format(dtype=dtypes[0])]
    else:
        lines += [OUT_SEVERAL.format(count=len(outputs), dtypes=", ".join(dtypes))]
    lines += [THREADS]
    parts += [_section("Parameters", lines), _section("Returns", [_returned(outputs, inputs[0], warmup)])]
    integers = [p.name for p in places if isinstance(p.default, int)]
    raised = RAISES.format(
        integers="".join(f"`{n}`, " for n in integers),
        lengths=", inputs of different lengths" if len(inputs) > 1 else "",
        ranges=", a parameter out of range" if len(places) > len(inputs) else "",
    )
    parts += [_section("Raises", [raised]), _section("References", [source])]
    if mark:
        parts += [_section("Examples", [mark + examples.rstrip()])]
    return "\n\n".join(parts) + "\n"


def _inputs(names: list[str]) -> str:
    return " ".join(dict.fromkeys(INPUTS[name] for name in names))


def _range(low: float, high: float) -> str:
    if math.isinf(low):
        return ""
    if high == LONGEST:
        return f" At least {low:g}; longer than the data: all NaN."
    return f" At least {low:g}." if math.isinf(high) else f" {low:g} to {high:g}."


def _returned(outputs: Sequence[tuple[str, str]], first: str, warmup: str) -> str:
    if len(outputs) == 1:
        return f"array_like of {outputs[0][1]}\n    Shape, kind and labels of `{first}`; {warmup}."
    names = ", ".join(name for name, _ in outputs)
    return f"named tuple ({names})\n    Each of shape, kind and labels of `{first}`; {warmup}."


def _section(title: str, lines: list[str]) -> str:
    return "\n".join([title, "-" * len(title), *(_wrapped(line) for part in lines for line in part.splitlines())])


def _wrapped(line: str) -> str:
    indent = " " * (len(line) - len(line.lstrip()))
    examples = line.lstrip().startswith((">>>", "array", "..."))
    return line if len(line) <= WIDTH or examples else textwrap.fill(line, WIDTH, subsequent_indent=indent)
