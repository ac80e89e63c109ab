"""Writes ``docs/indicators/``: a page a group with every function's formula, parameters, warm-up, source and picture.

``python docs/generate.py`` after a function joined the registry or its docstring changed; a test compares the text.
"""

import re
from pathlib import Path

import numpy as np

from pyrt import indicators as ta
from pyrt.indicators.wording import LONGEST, MEANINGS

HERE = Path(__file__).parent / "indicators"
COLUMN = {"real": "close", "real0": "high", "real1": "low"}
ROWS, SHOWN = 20_000, 120
"""Of the invented market, and of a picture."""
COLORS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf")
HEAD = "<!-- made by docs/generate.py from the registry; edit docstrings, not this -->\n"


def market():
    """Bars of a walk with trends and pauses, and what some functions take besides."""
    rng, rows = np.random.default_rng(11), np.arange(ROWS)
    drift = 0.004 * np.sin(rows / 23.0) + 0.002 * np.sin(rows / 7.0)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.008, ROWS) + drift))
    close *= 100 / np.exp(np.convolve(np.log(close), np.ones(500) / 500, "same"))  # around 100 all the time
    opening = np.concatenate([close[:1], close[:-1]]) * np.exp(rng.normal(0, 0.002, ROWS))
    up, down = np.exp(np.abs(rng.normal(0, 0.005, (2, ROWS))))
    high, low = np.maximum(opening, close) * up, np.minimum(opening, close) / down
    volume = np.round(np.exp(rng.normal(8, 0.6, ROWS)))
    extra = {"periods": 5.0 + rows // 40 % 2 * 20, "session": rows // 40 * 1.0, "anchor": 1.0 * (rows % 50 == 0)}
    return {"open": opening, "high": high, "low": low, "close": close, "volume": volume, **extra}


def words(text):
    """Markdown of what a docstring says."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"``\1``", text)
    return re.sub(r"``([^`]+)``", r"`\1`", text)


def reach(parameter):
    """A parameter's range in words."""
    if np.isinf(parameter.low):
        return "any"
    high = parameter.high
    return f"{parameter.low:g} and more" if high == LONGEST or high > 1e30 else f"{parameter.low:g} to {high:g}"


def entry(name, function):
    """One function's part of a page."""
    told = function.__doc__.partition("\n\nCausal.")[0]
    shown = ", ".join([*function.inputs, *(f"{p.name}={p.default}" for p in function.parameters)])
    lines = [f"## {name}", "", f"`{name}({shown})`", "", words(told), "", f"![{name}](plots/{name}.svg)", ""]
    if function.parameters:
        lines += ["| parameter | default | range | |", "|---|---|---|---|"]
        lines += [
            f"| `{p.name}` | {p.default} | {reach(p)} | {words(MEANINGS[p.name].text).replace('|', '&#124;')} |"
            for p in function.parameters
        ] + [""]
    whole = [
        f"`{out}`" + (" (integers)" if kind == "int64" else "")
        for out, kind in zip(function.outputs, function.dtypes, strict=True)
    ]
    rows = function.warmup()
    facts = {
        "Outputs": ", ".join(whole),
        "Warm-up": f"{rows} rows with these defaults" if rows else "none",
        "Streaming": f"no: {function.batch_only}" if function.formula is None else f"`ta.{name}.stream(...)`",
        "TA-Lib": f"`{function.talib}`" if function.talib else "",
        "Also called": ", ".join(f"`{other}`" for other in function.aliases),
        "Source": words(function.source),
    }
    return "\n".join([*lines, *(f"- {fact}: {said}" for fact, said in facts.items() if said), ""])


def slug(group):
    """A group's file."""
    return group.lower().replace(" ", "_") + ".md"


def pages():
    """Every page's text by its name."""
    groups = {}
    for name, function in ta.functions().items():
        groups.setdefault(function.group, {})[name] = function
    made, count = {}, len(ta.functions())
    table = [
        HEAD,
        "# The functions",
        "",
        f"{count} of them; each is `ta.<name>` of `from pyrt import indicators as ta`.",
        "",
    ]
    table += ["| group | functions |", "|---|---|"]
    for group, functions in sorted(groups.items()):
        links = ", ".join(f"[{name}]({slug(group)}#{name})" for name in functions)
        table += [f"| [{group}]({slug(group)}) | {links} |"]
        made[slug(group)] = "\n".join([HEAD, f"# {group}", "", *(entry(*item) for item in functions.items())])
    return {"README.md": "\n".join(table) + "\n", **made}


def path(values, low, high, top, height):
    """The SVG path of a line; gaps lift the pen."""
    span = (high - low) or 1.0
    at = [None if np.isnan(v) else (2 * i, round(top + height * (high - v) / span)) for i, v in enumerate(values)]
    text, pen = "", None
    for place in at:
        if place is not None:
            text += f"M{place[0]} {place[1]}" if pen is None else f"l{place[0] - pen[0]} {place[1] - pen[1]}"
        pen = place
    return text.replace(" -", "-")


def candles(bars, rows, low, high):
    """Paths of wicks and bodies, rising ones hollow."""
    wicks, bodies = "", {True: "", False: ""}
    up = {
        key: [4 + 56 * (high - v) / (high - low) for v in bars[key][rows]] for key in ("open", "high", "low", "close")
    }
    for i, (first, top, bottom, last) in enumerate(zip(up["open"], up["high"], up["low"], up["close"], strict=True)):
        x, upper, lower = 6 * i + 3, min(first, last), max(first, last)
        wicks += f"M{x} {top:.1f}V{upper:.1f}M{x} {lower:.1f}V{bottom:.1f}"
        bodies[last < first] += f"M{x - 2} {upper:.1f}h4V{lower:.1f}h-4z"
    paths = f'<path d="{wicks}{bodies[True]}" stroke="#555"/><path d="{bodies[False]}" stroke="#555" fill="#555"/>'
    return paths.replace(".0", "")


def picture(function, bars):
    """A small SVG: the price, outputs like prices upon it, and others below."""
    result = function(*(bars[COLUMN.get(given, given)] for given in function.inputs))
    outputs = [np.asarray(out, float) for out in (result if isinstance(result, tuple) else (result,))]
    pattern = function.group == "Pattern Recognition"
    rows = slice(ROWS // 2 - SHOWN, ROWS // 2)
    if pattern:  # they are rare: show the first
        found = np.flatnonzero(outputs[0][SHOWN:-SHOWN]) + SHOWN
        end = (int(found[0]) if found.size else ROWS // 2) + SHOWN // 8
        rows = slice(end - SHOWN // 3, end)
    low, high = bars["low"][rows].min(), bars["high"][rows].max()
    parts = [out[rows] for out in outputs]
    known = [part[~np.isnan(part)] for part in parts]
    room = (high - low) / 2
    upon = [k.size > 0 and k.min() > low - room and k.max() < high + room and np.ptp(k) > 0 for k in known]
    drawn = []

    def line(values, bounds, top, height, color):
        drawn.append(f'<path d="{path(values, *bounds, top, height)}" stroke="{color}" stroke-width="1.2"/>')

    levels = [v for k, is_upon in zip(known, upon, strict=True) if is_upon for v in (k.min(), k.max())]
    above, tall = (min([low, *levels]), max([high, *levels])), 112 if all(upon) else 56
    if pattern:
        drawn.append(candles(bars, rows, low, high))
    else:
        line(bars["close"][rows], above, 4, tall, "#999")
    values = np.concatenate([np.zeros(0), *(k for k, is_upon in zip(known, upon, strict=True) if not is_upon)])
    below = (values.min(), values.max()) if values.size else (0.0, 1.0)
    if below[0] < 0 < below[1] and not all(upon):
        line(np.zeros(SHOWN), below, 66, 50, "#ccc")
    for part, is_upon, color in zip(parts, upon, COLORS, strict=False):
        shown = np.repeat(part, 3) if pattern else part  # a candle is three points wide
        line(shown, *((above, 4, tall) if is_upon else (below, 66, 50)), color)
    size = f'viewBox="0 0 {2 * SHOWN} 120" width="{4 * SHOWN}" fill="none"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<rect width="100%" height="100%" fill="#fff"/>'
    return "\n".join([head, *drawn, "</svg>\n"])


def generate(folder=HERE):
    """Write all pages and pictures, and remove what no function has any more."""
    plots = folder / "plots"
    plots.mkdir(parents=True, exist_ok=True)
    texts, bars = pages(), market()
    for old in {*folder.glob("*.md"), *plots.glob("*.svg")}:
        if old.name not in texts and old.stem not in ta.functions():
            old.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text)
    for name, function in ta.functions().items():
        (plots / f"{name}.svg").write_text(picture(function, bars))


if __name__ == "__main__":
    generate()
