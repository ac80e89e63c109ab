"""Series that others have published: another library's, to their printed digits, and TA-Lib's own regression values."""

import json
import re

import numpy as np
import pytest

from pyrt import indicators as ta

from .definitions import assert_close

SERIES = {
    "sma": ("sma-analysis", "sma", lambda q, _: ta.sma(q["close"], 20)),
    "ema": ("ema", "ema", lambda q, _: ta.ema(q["close"], 20)),
    "rsi": ("rsi", "rsi", lambda q, _: ta.rsi(q["close"], 14)),
    "hma": ("hma", "hma", lambda q, _: ta.hma(q["close"], 14)),
    "roc": ("roc", "roc", lambda q, _: ta.roc(q["close"], 14)),
    "mom": ("roc", "momentum", lambda q, _: ta.mom(q["close"], 14)),
    "willr": ("willr", "williamsR", lambda q, _: ta.willr(q["high"], q["low"], q["close"], 14)),
    "cci": ("cci", "cci", lambda q, _: ta.cci(q["high"], q["low"], q["close"], 20)),
    "trange": ("atr", "tr", lambda q, _: ta.trange(q["high"], q["low"], q["close"])),
    "atr": ("atr", "atr", lambda q, _: ta.atr(q["high"], q["low"], q["close"], 14)),
    "natr": ("atr", "atrp", lambda q, _: ta.natr(q["high"], q["low"], q["close"], 14)),
    "ad": ("adl", "adl", lambda q, _: ta.ad(q["high"], q["low"], q["close"], q["volume"])),
    # counted from 0, TA-Lib's from the first volume
    "obv": ("obv", "obv", lambda q, _: ta.obv(q["close"], q["volume"]) - q["volume"][0]),
    "correl": ("corr", "correlation", lambda q, other: ta.correl(q["close"], other["close"], 20)),
    "cmf": ("cmf", "cmf", lambda q, _: ta.cmf(q["high"], q["low"], q["close"], q["volume"], 20)),
    "efi": ("force", "forceIndex", lambda q, _: ta.efi(q["close"], q["volume"], 2)),
    "pvo": ("pvo", "pvo", lambda q, _: ta.pvo(q["volume"])),
    "supertrend": ("supertrend", "superTrend", lambda q, _: ta.supertrend(q["high"], q["low"], q["close"]).supertrend),
    "vwap": ("vwap", "vwap", lambda q, _: ta.vwap(q["high"], q["low"], q["close"], q["volume"])),
    # of the bars before this one, TA-Lib's of this one too
    "donchian": ("donchian", "upperBand", lambda q, _: np.append(np.nan, ta.donchian(q["high"], q["low"])[0][:-1])),
}
"""File, column and ours. Not here, being defined otherwise: aroon (of equals the oldest), beta (of other returns),
dema, tema, trix, macd (averages begin elsewhere), kama and stochrsi (begin a row or two before)."""

LATER = {
    "tema": ("tema", "tema", lambda q: ta.tema(q["close"], 20)),
    "kama": ("kama", "kama", lambda q: ta.kama(q["close"], 10)),
    "macd": ("macd", "macd", lambda q: ta.macd(q["close"]).macd),
    "macdsignal": ("macd", "signal", lambda q: ta.macd(q["close"]).macdsignal),
    "stochrsi": ("stoch_rsi", "stochRsi", lambda q: ta.stochrsi(q["close"], 14, 14, 3).fastk),
}
"""Those whose averages begin elsewhere agree once that is forgotten."""


def table(path):
    found = np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8-sig")
    return {name: found[name].astype(float) for name in found.dtype.names if found[name].dtype.kind in "if"}


@pytest.fixture(scope="module")
def quotes(shared):
    return tuple(table(shared / "indicators" / f"si_{kind}_quotes.csv") for kind in ("default", "compare"))


@pytest.mark.parametrize("name", SERIES)
def test_series_of_another_library(shared, quotes, name):
    file, column, ours = SERIES[name]
    published = table(shared / "indicators" / "si_results" / f"{file}.csv")[column]
    assert_close(ours(*quotes), published, published, 1e-10 if name == "correl" else 1e-12)


@pytest.mark.parametrize("name", LATER)
def test_series_that_begin_otherwise_come_together(shared, quotes, name):
    file, column, ours = LATER[name]
    published = table(shared / "indicators" / "si_results" / f"{file.replace('_', '-')}.csv")[column]
    assert_close(ours(quotes[0])[-50:], published[-50:], published, 1e-11)


KINDS = {"SMA": 0, "EMA": 1, "WMA": 2, "DEMA": 3, "TEMA": 4, "TRIMA": 5}
PRICES = {"high": "high", "low": "low", "close": "close", "open": "open", "volume": "volume", "real": "close"}
PRICES |= {"real0": "high", "real1": "low"}


def function_of(case):
    """The function and parameters of a case, or nothing if there is none here."""
    name = case.get("theFunction") or case.get("testId") or case.get("id") or ""
    period = case.get("optInTimePeriod", case.get("optInTimePeriod1"))
    kind = str(case.get("optInMAType_1", case.get("optInMethod_2", ""))).removeprefix("TA_MAType_")
    if case["file"] == "test_po.c":
        name, function = "", "ppo" if case["doPercentage"] else "apo"
        return (function, (case["optInFastPeriod"], case["optInSlowPeriod"], KINDS[kind])) if kind in KINDS else None
    if case["file"] == "test_ma.c":
        return ("ma", (period, KINDS[kind])) if kind in KINDS else None
    if case["file"] == "test_stddev.c":
        return "stddev", (period, case["optInNbDeviation_1"])
    if case["file"] == "test_trange.c":
        return ("atr", (period,)) if case["doAverage"] else ("trange", ())
    function = re.sub(r"^(TA|TST)_|_TEST$", "", name).lower()
    if function == "ultosc":
        return function, tuple(case[f"optInTimePeriod{i}"] for i in (1, 2, 3))
    if function in ("ad", "avgprice", "bop"):
        return function, ()
    known = ("mom", "roc", "rocr", "rocr100", "min", "max", "cmo", "rsi", "trix", "beta", "correl", "aroonosc", "natr")
    known += ("willr", "cci", "mfi", "minus_di", "plus_di", "minus_dm", "plus_dm", "dx", "adx", "adxr")
    return (function, (period,)) if function in known else None


def test_talibs_own_regression_values(shared):
    bars = table(shared / "indicators" / "talib_sref_daily_252.csv")
    checked = {}
    for case in json.loads((shared / "indicators" / "talib_expected.json").read_text()):
        found = function_of(case)
        plain = case.get("compatibility", "TA_COMPATIBILITY_DEFAULT") == "TA_COMPATIBILITY_DEFAULT"
        whole = case["startIdx"] == 0 and case["endIdx"] == 251 and case["expectedRetCode"] == "TA_SUCCESS"
        if found is None or not whole or not plain or case.get("unstablePeriod") or case.get("useWilderData"):
            continue
        name, parameters = found
        if name.endswith("_di") and parameters == (1,):
            continue  # as a fraction there, where ours are percents as with any other period
        function = ta.functions()[name]
        prices = PRICES | ({"real": "open"} if case["file"] == "test_minmax.c" else {})
        out = function(*(bars[prices[i]] for i in function.inputs), *parameters)[case["expectedBegIdx"] :]
        assert len(out) == case["expectedNbElement"], case
        index = case.get("oneOfTheExpectedOutRealIndex", case.get("oneOfTheExpectedOutRealIndex0"))
        value = case.get("oneOfTheExpectedOutReal", case.get("oneOfTheExpectedOutReal0"))
        assert out[index] == pytest.approx(value, rel=1e-3, abs=0.01), case  # they are printed with few digits
        checked[name] = checked.get(name, 0) + 1
    assert len(checked) >= 25
    assert sum(checked.values()) >= 150
