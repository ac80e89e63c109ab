"""Series that others have published: another library's, to their printed digits, and TA-Lib's own regression values.

Every column of the other library's files and every case of TA-Lib's is compared here, or listed with the reason.
"""

import json
import re

import numpy as np
import pytest

from pyrt import indicators as ta
from pyrt.errors import InputError

from .definitions import assert_close


def later(x, rows):
    """The series that many rows later."""
    return np.append(np.full(rows, np.nan), x[:-rows])


def held(turns, x, rows):
    """The values of `rows` before at the last turn."""
    places = np.maximum.accumulate(np.where(turns != 0, np.arange(len(x)) - rows, -1))
    return np.where(places < 0, np.nan, x[places])


def average_of(line, start):
    """The exponential average over nine rows of what begins in that row."""
    return np.append(np.full(start, np.nan), ta.ema(line[start:], 9))


def alligator(bars, period, rows):
    """Wilder's average of the bars' middles, later."""
    return later(ta.rma(ta.medprice(bars["high"], bars["low"]), period), rows)


def directed(q, sign):
    """The supertrend where it has that direction."""
    line, trend = ta.supertrend(q["high"], q["low"], q["close"], 10, 3.0)
    return np.where(trend == sign, line, np.nan)


def flow(q):
    """What each bar adds to accumulation and distribution."""
    return np.diff(ta.ad(q["high"], q["low"], q["close"], q["volume"]), prepend=0.0)


def pvo_lines(q):
    """The oscillator and its average."""
    line = ta.pvo(q["volume"])
    return line, average_of(line, 25)


def macd_lines(q):
    """Averages that each begin with their own first values, and the average of their distance."""
    line = ta.apo(q["close"])
    return line, average_of(line, 25)


def bands(q, nbdev):
    """An average of closes, and true ranges around it."""
    return ta.sma(q["close"], 5) + nbdev * ta.atr(q["high"], q["low"], q["close"], 10)


def products(q, other):
    """The covariance over twenty rows."""
    pair = q["close"], other["close"]
    return ta.correl(*pair, 20) * ta.stddev(pair[0], 20) * ta.stddev(pair[1], 20)


def channel(q):
    """Extremes of the bars before this one; ours are of this one too."""
    return [later(line, 1) for line in ta.donchian(q["high"], q["low"])]


SERIES = {
    "adl.adl": lambda q, _: ta.ad(q["high"], q["low"], q["close"], q["volume"]),
    "adl.moneyFlowMultiplier": lambda q, _: flow(q) / q["volume"],
    "adl.moneyFlowVolume": lambda q, _: flow(q),
    "alligator.jaw": lambda q, _: alligator(q, 13, 8),
    "alligator.teeth": lambda q, _: alligator(q, 8, 5),
    "alligator.lips": lambda q, _: alligator(q, 5, 3),
    "atr.tr": lambda q, _: ta.trange(q["high"], q["low"], q["close"]),
    "atr.atr": lambda q, _: ta.atr(q["high"], q["low"], q["close"], 14),
    "atr.atrp": lambda q, _: ta.natr(q["high"], q["low"], q["close"], 14),
    "beta.beta": lambda q, other: ta.beta(q["close"], other["close"], 50),
    "cci.cci": lambda q, _: ta.cci(q["high"], q["low"], q["close"], 20),
    "chexit.chandelierExit": lambda q, _: ta.max(q["high"], 22) - 3 * ta.atr(q["high"], q["low"], q["close"], 22),
    "cmf.cmf": lambda q, _: ta.cmf(q["high"], q["low"], q["close"], q["volume"], 20),
    "cmf.moneyFlowMultiplier": lambda q, _: flow(q) / q["volume"],
    "cmf.moneyFlowVolume": lambda q, _: flow(q),
    "corr.correlation": lambda q, other: ta.correl(q["close"], other["close"], 20),
    "corr.covariance": products,
    "corr.rSquared": lambda q, other: ta.correl(q["close"], other["close"], 20) ** 2,
    "corr.varianceA": lambda _, other: ta.var(other["close"], 20),
    "corr.varianceB": lambda q, _: ta.var(q["close"], 20),
    "donchian.upperBand": lambda q, _: channel(q)[0],
    "donchian.centerline": lambda q, _: channel(q)[1],
    "donchian.lowerBand": lambda q, _: channel(q)[2],
    "donchian.width": lambda q, _: (channel(q)[0] - channel(q)[2]) / channel(q)[1],
    "ema.ema": lambda q, _: ta.ema(q["close"], 20),
    "fcb.upperBand": lambda q, _: held(ta.fractal(q["high"], q["low"]).swinghigh, q["high"], 2),
    "fcb.lowerBand": lambda q, _: held(ta.fractal(q["high"], q["low"]).swinglow, q["low"], 2),
    "force.forceIndex": lambda q, _: ta.efi(q["close"], q["volume"], 2),
    "gator.upper": lambda q, _: np.abs(alligator(q, 13, 8) - alligator(q, 8, 5)),
    "gator.lower": lambda q, _: -np.abs(alligator(q, 8, 5) - alligator(q, 5, 3)),
    "hma.hma": lambda q, _: ta.hma(q["close"], 14),
    "kama.er": lambda q, _: ta.er(q["close"], 10),
    "kvo.signal": lambda q, _: ta.klinger(q["high"], q["low"], q["close"], q["volume"]).signal,
    "macd.fastEma": lambda q, _: ta.ema(q["close"], 12),
    "macd.slowEma": lambda q, _: ta.ema(q["close"], 26),
    "macd.macd": lambda q, _: macd_lines(q)[0],
    "macd.signal": lambda q, _: macd_lines(q)[1],
    "macd.histogram": lambda q, _: np.subtract(*macd_lines(q)),
    # counted from 0, TA-Lib's from the first volume
    "obv.obv": lambda q, _: ta.obv(q["close"], q["volume"]) - q["volume"][0],
    "prs.prs": lambda q, other: ta.div(other["close"], q["close"]),
    "prs.prsPercent": lambda q, other: ta.rocp(other["close"], 20) - ta.rocp(q["close"], 20),
    "pvo.pvo": lambda q, _: pvo_lines(q)[0],
    "pvo.signal": lambda q, _: pvo_lines(q)[1],
    "pvo.histogram": lambda q, _: np.subtract(*pvo_lines(q)),
    "roc.roc": lambda q, _: ta.roc(q["close"], 14),
    "roc.momentum": lambda q, _: ta.mom(q["close"], 14),
    "rsi.rsi": lambda q, _: ta.rsi(q["close"], 14),
    "sma-analysis.sma": lambda q, _: ta.sma(q["close"], 20),
    "sma-analysis.mad": lambda q, _: ta.avgdev(q["close"], 20),
    "sma-analysis.mse": lambda q, _: ta.var(q["close"], 20),
    "starc.centerline": lambda q, _: ta.sma(q["close"], 5),
    "starc.upperBand": lambda q, _: bands(q, 2.0),
    "starc.lowerBand": lambda q, _: bands(q, -2.0),
    "stoch-rsi.stochRsi": lambda q, _: ta.stochrsi(q["close"], 14, 14, 1).fastk,
    "stoch-rsi.signal": lambda q, _: ta.stochrsi(q["close"], 14, 14, 3).fastd,
    "supertrend.superTrend": lambda q, _: ta.supertrend(q["high"], q["low"], q["close"], 10, 3.0).supertrend,
    "supertrend.upperBand": lambda q, _: directed(q, -1),
    "supertrend.lowerBand": lambda q, _: directed(q, 1),
    "vwap.vwap": lambda q, _: ta.vwap(q["high"], q["low"], q["close"], q["volume"]),
    "willr.williamsR": lambda q, _: ta.willr(q["high"], q["low"], q["close"], 14),
}
"""File and column, and ours: equal in every row, NaN in the same ones."""

LATER = {
    "dema.dema": (50, lambda q: ta.dema(q["close"], 14)),
    "tema.tema": (50, lambda q: ta.tema(q["close"], 20)),
    "trix.ema3": (50, lambda q: ta.ema(ta.ema(ta.ema(q["close"], 14), 14), 14)),
    "trix.trix": (50, lambda q: ta.trix(q["close"], 14)),
    "smi.smi": (50, lambda q: ta.smi(q["high"], q["low"], q["close"], 13, 2, 25, 3).smi),
    "smi.signal": (50, lambda q: ta.smi(q["high"], q["low"], q["close"], 13, 2, 25, 3).smisignal),
    "kama.kama": (492, lambda q: ta.kama(q["close"], 10)),
    "kvo.oscillator": (434, lambda q: ta.klinger(q["high"], q["low"], q["close"], q["volume"]).kvo),
    "dynamic.dynamic": (489, lambda q: ta.mcginley(q["close"], 14, 0.6)),
}
"""Equal in that many rows at the end: their averages of averages begin with the first value, TA-Lib's with a mean;
their other series begin some rows before ours."""

TIES = {
    "aroon.aroonUp": lambda q: ta.aroon(q["high"], q["low"], 25).aroonup,
    "aroon.aroonDown": lambda q: ta.aroon(q["high"], q["low"], 25).aroondown,
    "aroon.oscillator": lambda q: ta.aroonosc(q["high"], q["low"], 25),
}
"""Equal but where two extremes of a window are: theirs counts the oldest, TA-Lib's the newest."""

OTHERWISE = {
    "barpart.value": "a column of the data",
    "beta.returnsEval": "a change of the data, with 0 in the first row",
    "beta.returnsMrkt": "a change of the data, with 0 in the first row",
    "hurst.hurstExponent": "of rescaled ranges; ours of how the squares of changes grow with their distance",
    "hurst.hurstExponentAL": "the same, corrected after Anis and Lloyd",
    "marubozu": "bodies of 95 percent of their bar; TA-Lib's pattern compares shadows with those of bars before",
    "pivots": "known some bars later than where they stand: not causal",
    "renko": "bars of another length",
    "sma-analysis.mape": "deviations in percent of each price",
    "stdev-channels": "lines through the last stretch of the data, redrawn as it grows: not causal",
    "ulcer": "drawdowns from the highest since the window's first row; ours from that of as many rows before each",
    "vol-stop": "a stop that pyrt does not have",
    "zigzag-close": "redrawn as prices come: not causal",
}
"""Files, or columns of files, that have another definition, with what it is."""


def table(path):
    found = np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8-sig")
    return {name: found[name].astype(float) for name in found.dtype.names if found[name].dtype.kind in "if"}


@pytest.fixture(scope="module")
def quotes(shared):
    return tuple(table(shared / "indicators" / f"si_{kind}_quotes.csv") for kind in ("default", "compare"))


@pytest.fixture(scope="module")
def published(shared):
    files = sorted((shared / "indicators" / "si_results").glob("*.csv"))
    return {f"{file.stem}.{column}": values for file in files for column, values in table(file).items()}


@pytest.mark.parametrize("name", SERIES)
def test_series_of_another_library(published, quotes, name):
    tolerance = 1e-10 if name in ("corr.correlation", "corr.rSquared") else 1e-12
    assert_close(SERIES[name](*quotes), published[name], published[name], tolerance)


@pytest.mark.parametrize("name", LATER)
def test_series_that_begin_otherwise_come_together(published, quotes, name):
    rows, ours = LATER[name]
    assert_close(ours(quotes[0])[-rows:], published[name][-rows:], published[name], 1e-11)


@pytest.mark.parametrize("name", TIES)
def test_series_that_count_another_of_equals(published, quotes, name):
    ours = TIES[name](quotes[0])
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(published[name]))
    assert 0 < np.count_nonzero(np.abs(ours - published[name])[25:] > 1e-9) <= 2


def test_every_published_series_is_compared_or_listed(published):
    compared = {*SERIES, *LATER, *TIES}
    assert not compared & set(OTHERWISE)
    for name in published:
        assert name in compared or name in OTHERWISE or name.partition(".")[0] in OTHERWISE, name
    assert len({name.partition(".")[0] for name in [*compared, *OTHERWISE]}) == 43


KINDS = {"SMA": 0, "EMA": 1, "WMA": 2, "DEMA": 3, "TEMA": 4, "TRIMA": 5, "KAMA": 6, "MAMA": 7, "T3": 8}
PRICES = {name: name for name in ("open", "high", "low", "close", "volume")}
PRICES |= {"real0": "high", "real1": "low"}


def kind_of(value):
    return KINDS[str(value).removeprefix("TA_MAType_")]


def function_of(case):  # noqa: PLR0912  # TA-Lib has a form for each of its files
    """The function of a case, its parameters, and which of its outputs is the first that is printed."""
    name = case.get("theFunction") or case.get("testId") or case.get("id") or ""
    period = case.get("optInTimePeriod", case.get("optInTimePeriod1"))
    lengths = [case.get(f"optInPeriod_{i}") for i in range(3)]
    if name in ("TA_MAMA_TEST", "TA_FAMA_TEST"):
        return "mama", (0.5, 0.05), int(name == "TA_FAMA_TEST")
    if name == "TEST_STOCH":
        first, second = kind_of(case["optInMAType_1"]), kind_of(case["optInMAType_2"])
        return "stoch", (lengths[0], lengths[1], first, lengths[2], second), 0
    if name == "TEST_STOCHRSI":
        return "stochrsi", (*lengths, kind_of(case["optInMAType_2"])), 0
    if name == "TA_MACDFIX_TEST":
        return "macdfix", (case["optInSignalPeriod_2"],), 0
    if name.startswith("TA_ADOSC"):
        return "adosc", tuple(map(int, re.findall(r"\d+", name))), 0
    match case["file"]:
        case "test_po.c":
            function = "ppo" if case["doPercentage"] else "apo"
            return function, (case["optInFastPeriod"], case["optInSlowPeriod"], kind_of(case["optInMethod_2"])), 0
        case "test_bbands.c":
            widths = case["optInNbDevUp"], case["optInNbDevDn"]
            return "bbands", (period, *widths, kind_of(case["optInMethod_3"])), 0
        case "test_ma.c":
            return "ma", (period, kind_of(case["optInMAType_1"])), 0
        case "test_stddev.c":
            return "stddev", (period, case["optInNbDeviation_1"]), 0
        case "test_trange.c":
            return ("atr", (period,), 0) if case["doAverage"] else ("trange", (), 0)
        case "test_sar.c":
            return "sar", (case["optInAcceleration"], case["optInMaximum"]), 0
    function = re.sub(r"^(TA|TST)_|_TEST$", "", name).lower()
    if function == "ultosc":
        return function, tuple(case[f"optInTimePeriod{i}"] for i in (1, 2, 3)), 0
    if function.startswith("aroon_"):
        return "aroon", (period,), int(function == "aroon_up")
    return function, (period,) if ta.functions()[function].parameters else (), 0


LEFT = {
    "MetaStock's start of averages": 96,
    "a fraction, where other periods give percents": 2,
    "prints the lowest price instead": 1,
    "rows that are none": 3,
    "other data": 5,
}
"""How many of TA-Lib's 587 cases are not compared, and why."""


def reason_not_to(case):
    """Why a case is not compared, or nothing."""
    if case["expectedRetCode"].startswith("TA_OUT_OF_RANGE"):
        return "rows that are none"
    if case.get("useWilderData"):
        return "other data"
    name, parameters, _ = function_of(case)
    kind = next((v for p, v in zip(ta.functions()[name].parameters, parameters, strict=False) if "matype" in p.name), 0)
    recursive = kind in (1, 3, 4) or name in ("rsi", "cmo")
    if case.get("compatibility", "").endswith("METASTOCK") and recursive:
        return "MetaStock's start of averages"
    if name.endswith("_di") and parameters == (1,):
        return "a fraction, where other periods give percents"
    return "prints the lowest price instead" if name == "maxindex" else ""


def printed(case):
    """The outputs that a case tells of: which, the row after the first, and the value."""
    for at, end in enumerate(("0" if "oneOfTheExpectedOutReal0" in case else "", "1", "2")):
        row = case.get(f"oneOfTheExpectedOutRealIndex{end}")
        if row is not None:
            row = re.sub(r"/\*.*?\*/", "", str(row)).replace("252-34", "218")  # as its source has it
            yield at, int(row), case[f"oneOfTheExpectedOutReal{end}"]


def compare(case, bars):
    """Hold a case against our function on the rows that TA-Lib would take for it; say how many values were compared."""
    name, parameters, first_output = function_of(case)
    function = ta.functions()[name]
    if case["expectedRetCode"] == "TA_BAD_PARAM":
        with pytest.raises(InputError):
            function.warmup(*parameters)
        return 1
    before = function.warmup(*parameters) + (case.get("unstablePeriod") or 0)
    begin, end = max(case["startIdx"], before), case["endIdx"] + 1
    assert max(end - begin, 0) == case["expectedNbElement"], case
    if end <= begin:
        return 1
    assert begin == case["expectedBegIdx"], case
    of_middles = name == "mama" or name.startswith("ht_") or (name == "ma" and parameters[1] == KINDS["MAMA"])
    prices = PRICES | {"real": "open" if case["file"] == "test_minmax.c" else "middle" if of_middles else "close"}
    columns = [bars[prices[i]][begin - before : end] for i in function.inputs]
    result = function(*columns, *parameters)
    outputs = [np.asarray(out)[before:] for out in (result if isinstance(result, tuple) else (result,))]
    told = 0
    for at, row, value in printed(case):
        got = outputs[(first_output + at) % len(outputs)][row]
        got = columns[0][got] if name.endswith("index") else got
        assert got == pytest.approx(value, rel=1e-3, abs=0.01), case  # they are printed with few digits
        told += 1
    return told


def test_talibs_own_regression_values(shared):
    bars = table(shared / "indicators" / "talib_sref_daily_252.csv")
    bars["middle"] = ta.medprice(bars["high"], bars["low"])
    compared, left = {}, {}
    for case in json.loads((shared / "indicators" / "talib_expected.json").read_text()):
        reason = reason_not_to(case)
        counts, key = (left, reason) if reason else (compared, function_of(case)[0])
        counts[key] = counts.get(key, 0) + (1 if reason else compare(case, bars))
    assert left == LEFT
    assert len(compared) >= 50
    assert sum(compared.values()) >= 500
