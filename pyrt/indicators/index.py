"""Which family has which functions: a family is imported when one of its functions is first asked for."""

from __future__ import annotations

__all__ = ["FAMILIES", "HOMES"]

FAMILIES = {
    "bands": "bbands sar sarext",
    "directional": "adx adxr dx minus_di minus_dm plus_di plus_dm",
    "distribution.filters": "cusum frac_diff",
    "distribution.information": "entropy perm_entropy",
    "distribution.memory": "half_life hurst variance_ratio",
    "distribution.ohlc": "garman_klass parkinson rogers_satchell yang_zhang",
    "distribution.percentiles": "percentile percentrank",
    "distribution.ranks": "mad median quantile rank",
    "distribution.regression": "autocorr ols rsquared",
    "distribution.shape": "kurtosis skew zscore",
    "momentum": "apo bop cmo macd macdext macdfix mom ppo roc rocp rocr rocr100 rsi trix",
    "moving": "dema ema hma kama ma mavp rma sma t3 tema trima wma zlema",
    "operators": "add cumsum div max maxindex min minindex minmax minmaxindex mult sub sum",
    "oscillators": "aroon aroonosc cci donchian mfi midpoint midprice stoch stochf stochrsi ultosc willr",
    "patterns.many": "cdl3blackcrows cdl3linestrike cdlbreakaway cdlconcealbabyswall cdlhikkake cdlhikkakemod "
    "cdlladderbottom cdlmathold cdlrisefall3methods",
    "patterns.one": "cdlbelthold cdlclosingmarubozu cdldoji cdldragonflydoji cdlgravestonedoji cdlhammer "
    "cdlhangingman cdlhighwave cdlinvertedhammer cdllongleggeddoji cdllongline cdlmarubozu "
    "cdlrickshawman cdlshootingstar cdlshortline cdlspinningtop cdltakuri",
    "patterns.three": "cdl2crows cdl3inside cdl3outside cdl3starsinsouth cdl3whitesoldiers cdlabandonedbaby "
    "cdladvanceblock cdleveningdojistar cdleveningstar cdlgapsidesidewhite cdlidentical3crows "
    "cdlmorningdojistar cdlmorningstar cdlstalledpattern cdlsticksandwich cdltasukigap cdltristar "
    "cdlunique3river cdlupsidegap2crows cdlxsidegap3methods",
    "patterns.two": "cdlcounterattack cdldarkcloudcover cdldojistar cdlengulfing cdlharami cdlharamicross "
    "cdlhomingpigeon cdlinneck cdlkicking cdlkickingbylength cdlmatchinglow cdlonneck cdlpiercing "
    "cdlseparatinglines cdlthrusting",
    "prices": "avgprice medprice typprice wclprice",
    "statistics": "avgdev beta correl linearreg linearreg_angle linearreg_intercept linearreg_slope stddev tsf var",
    "studies.clouds": "chop choppiness ichimoku squeeze ttm_squeeze ulcer_index",
    "studies.cycles": "ht_dcperiod ht_dcphase ht_phasor ht_sine ht_trendline ht_trendmode mama",
    "studies.momentum_averages": "ac ao awesome coppock dpo eri fosc qstick",
    "studies.momentum_shares": "cmou er imi vhf vortex",
    "studies.momentum_strength": "kdj smi tsi",
    "studies.momentum_swings": "fractal wad",
    "studies.ranging": "accbands cvi ha heikin_ashi kc keltner mass_index massi rvi supertrend",
    "studies.smoothing": "alma mcginley",
    "studies.traded": "anchored_vwap avwap ease_of_movement eom klinger kvo rolling_vwap session_vwap",
    "studies.turnover": "cmf efi force_index marketfi nvi pvi pvt rvol vwap vwma",
    "studies.turns": "connors_rsi crsi fisher kst qqe stc",
    "transforms": "acos asin atan ceil cos cosh exp floor ln log10 sin sinh sqrt tan tanh",
    "volatility": "adr atr natr trange",
    "volume": "ad adosc obv pvo",
}
"""Modules of ``pyrt.indicators.families`` and their ``__all__``, in alphabetical order; a test says what is missing."""
HOMES = {name: family for family, names in FAMILIES.items() for name in names.split()}
"""Every function and every other name of one, and its family."""
