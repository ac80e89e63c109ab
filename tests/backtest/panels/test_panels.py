"""Signals of several instruments: an account each is a run each; a shared one equals a slow reference, bit for bit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrt import Backtest
from pyrt.backtest import (
    Account,
    BarResult,
    Commission,
    CostModel,
    Fraction,
    Impact,
    Notional,
    PanelResult,
    Rates,
    Slippage,
    Stops,
)
from pyrt.backtest.account import accrued, ledger_of
from pyrt.backtest.sizing import parse_size
from pyrt.data import Actions, load_bars
from pyrt.errors import DataError, DTypeError, InputError
from tests.backtest.costs.slow_account import known_before
from tests.backtest.panels.slow_shared import Bank, Seat, run

DAY = 86_400_000_000_000
START = 19_000
KINDS = np.array(["liquidation", "signal", "take_profit", "stop_loss", "", "trailing_stop"])
FREE = CostModel(commission=Commission())


def walk(seed, n, *, kept=1.0, scale=0.03):
    """A random walk on days of one calendar, of which an instrument has a part."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, scale, n)))
    opened = close * np.exp(rng.normal(0, scale / 2, n))
    columns = {
        "time": DAY * (START + np.arange(n)),
        "open": opened,
        "high": np.maximum(opened, close) * (1 + rng.uniform(0, 0.02, n)),
        "low": np.minimum(opened, close) * (1 - rng.uniform(0, 0.02, n)),
        "close": close,
        "volume": rng.integers(1, 5, n) * 1000.0,
    }
    there = rng.random(n) < kept
    there[:2] = True
    return {name: column[there] for name, column in columns.items()}


def flat(*prices, start=START):
    prices = np.asarray(prices, float)
    time = DAY * (start + np.arange(len(prices)))
    return {"time": time} | dict.fromkeys(("open", "high", "low", "close"), prices)


def at(n, width, *places):
    """A table that is true at (row, column)."""
    table = np.zeros((n, width), bool)
    for place in places:
        table[place] = True
    return table


# ---- an account each


MARKET = {"A": walk(1, 120), "B": walk(2, 120, kept=0.7), "C": walk(3, 90)}
TIMES = np.unique(np.concatenate([bars["time"] for bars in MARKET.values()]))


def tables(seed, rate=0.1):
    rng = np.random.default_rng(seed)
    return [rng.random((len(TIMES), 3)) < rate for _ in range(4)]


@pytest.mark.parametrize("fill", ["next_open", "close"])
def test_an_account_each_is_a_run_each(fill):
    entries, exits, shorts, covers = tables(5)
    terms = {"cash": 20_000, "fees_bps": 7, "fill": fill, "size": Fraction(0.8)}
    panel = Backtest(MARKET, **terms).run_signals(
        entries, exits, short_entries=shorts, short_exits=covers, stops={"B": Stops(stop_loss=0.05)}
    )
    assert isinstance(panel, PanelResult)
    assert panel.names == ("A", "B", "C")
    for column, (name, bars) in enumerate(MARKET.items()):
        own = [table[TIMES.searchsorted(bars["time"]), column] for table in (entries, exits, shorts, covers)]
        alone = Backtest(bars, **terms).run_signals(
            own[0], own[1], short_entries=own[2], short_exits=own[3],
            stops=Stops(stop_loss=0.05) if name == "B" else None,
        )  # fmt: skip
        assert panel[name].fills.tobytes() == alone.fills.tobytes()
        assert panel[name].equity.tobytes() == alone.equity.tobytes()
        assert len(alone.fills) > 5
        for measure in ("total_return", "n_trades", "sharpe"):
            assert panel.measures[measure][column] == alone.metrics[measure]
        known = bars["time"].searchsorted(TIMES, side="right")
        np.testing.assert_array_equal(panel.equity[:, column], np.append(20_000, alone.equity)[known])
    assert any(words.startswith("B: ") and "no bar" in words for words in panel.warnings)


def test_frames_mappings_and_arrays_mean_the_same():
    entries, exits, _, _ = tables(6)
    index = pd.DatetimeIndex(TIMES, tz="UTC")
    frames = [pd.DataFrame(table, index=index, columns=list("ABC"))[["C", "A", "B"]] for table in (entries, exits)]
    mappings = [
        {name: table[TIMES.searchsorted(bars["time"]), column] for column, (name, bars) in enumerate(MARKET.items())}
        for table in (entries, exits)
    ]
    levels = [pd.concat({"close": frame}, axis=1) for frame in frames]  # as of a frame that was pivoted
    numbered = [pd.DataFrame(table, index=index) for table in (entries, exits)]
    backtest = Backtest(MARKET, cash=20_000)
    for sharing in ({}, {"cash_sharing": True}):
        forms = ((entries, exits), frames, mappings, levels, [f.swaplevel(axis=1) for f in levels], numbered)
        runs = [backtest.run_signals(*given, **sharing) for given in forms]
        if sharing:
            assert len({one.fill_rows.tobytes() for one in runs}) == 1
        else:
            assert len({tuple(one[name].fills.tobytes() for name in one) for one in runs}) == 1


def test_polars_tables_have_names_too():
    polars = pytest.importorskip("polars")
    entries, exits, _, _ = tables(6)
    shuffled = [polars.DataFrame({name: table[:, "ABC".index(name)] for name in "CAB"}) for table in (entries, exits)]
    backtest = Backtest(MARKET)
    one, two = (backtest.run_signals(*given, cash_sharing=True) for given in ((entries, exits), shuffled))
    assert one.fill_rows.tobytes() == two.fill_rows.tobytes()


def test_times_that_were_moved_to_the_ends_of_bars_are_known_as_they_came():
    market = {name: {**bars} for name, bars in MARKET.items()}
    backtest = Backtest(market, stamp="start", period="1d")
    entries, exits, _, _ = tables(6)
    index = pd.DatetimeIndex(TIMES)
    frames = [pd.DataFrame(table, index=index, columns=list("ABC")) for table in (entries, exits)]
    assert backtest.run_signals(*frames, cash_sharing=True).metrics["n_trades"] > 0
    later = [frame.set_axis(index + pd.Timedelta("1D")) for frame in frames]
    assert backtest.run_signals(*later, cash_sharing=True).metrics["n_trades"] > 0


def test_a_panel_is_shown_kept_and_made_a_table(tmp_path):
    entries, exits, _, _ = tables(7)
    panel = Backtest(MARKET).run_signals(entries, exits)
    text = str(panel)
    assert "an account of its own for each" in text
    assert "Deepest drawdown" in text
    again = PanelResult.load(panel.save(tmp_path / "panel"))
    assert again.names == panel.names
    for name in panel:
        assert again[name].fills.tobytes() == panel[name].fills.tobytes()
    frame = panel.to_frame()
    assert frame.index.tolist() == ["A", "B", "C"]
    assert frame.loc["B", "n_trades"] == panel["B"].metrics["n_trades"]
    assert panel.equity_frame().columns.tolist() == ["A", "B", "C"]
    with pytest.raises(InputError, match="'D' is not in the panel"):
        panel["D"]
    with pytest.raises(DataError, match="holds no panel"):
        PanelResult.load(tmp_path)
    (tmp_path / "panel.json").write_text('["A"]')
    with pytest.raises(DataError, match=r"holds no panel: panel\.json has not"):
        PanelResult.load(tmp_path)
    (tmp_path / "panel.json").write_text('{"A": "Sweep"}')
    with pytest.raises(DataError, match="of kind 'Sweep', this pyrt reads Result, EventResult, BarResult"):
        PanelResult.load(tmp_path)


# ---- one account, by hand


def test_what_is_left_is_for_the_instruments_that_follow():
    market = {"A": flat(10, 10, 20), "B": flat(5, 5, 5)}
    entries, never = at(3, 2, (0, 0), (0, 1)), np.zeros((3, 2), bool)
    backtest = Backtest(market, cash=1000, costs=FREE, size=Notional(600))
    result = backtest.run_signals(entries, never, cash_sharing=True)
    assert isinstance(result, BarResult)
    assert result.fills[["instrument", "qty"]].tolist() == [(0, 60.0), (1, pytest.approx(80.0))]
    assert result.equity.tolist() == [1000, 1000, pytest.approx(1600)]
    assert "1 entries were cut to what the account's money paid for" in result.warnings
    half = Backtest(market, cash=1000, costs=FREE, size=Fraction(0.5)).run_signals(entries, never, cash_sharing=True)
    assert half.fills["value"].tolist() == [pytest.approx(500), pytest.approx(500)]


def test_a_position_goes_into_another_on_one_bar_if_exits_come_first():
    market = {"A": flat(10, 10, 20, 20), "B": flat(5, 5, 5, 5)}
    entries, exits = at(4, 2, (0, 1), (1, 0)), at(4, 2, (1, 1))
    backtest = Backtest(market, cash=1000, costs=FREE)
    plain = backtest.run_signals(entries, exits, cash_sharing=True)
    assert plain.fills["instrument"].tolist() == [1, 1]  # A came first, and there was no money
    assert plain.orders["reason"].tolist() == ["", "no_margin", ""]
    assert any("no money left" in words for words in plain.warnings)
    turned = backtest.run_signals(entries, exits, cash_sharing=True, exits_first=True)
    assert turned.fills[["instrument", "row", "side"]].tolist() == [(1, 1, "buy"), (1, 2, "sell"), (0, 2, "buy")]
    assert turned.positions[-1].tolist() == [pytest.approx(50), 0]


def test_groups_have_accounts_of_their_own():
    entries, exits, _, _ = tables(8)
    backtest = Backtest(MARKET, cash=9000)
    panel = backtest.run_signals(entries, exits, cash_sharing=True, group_by=["x", "y", "x"])
    assert panel.names == ("x", "y")
    pair = Backtest({name: MARKET[name] for name in "AC"}, cash=9000)
    both = np.unique(np.concatenate([MARKET[name]["time"] for name in "AC"]))
    rows = TIMES.searchsorted(both)
    own = pair.run_signals(entries[rows][:, [0, 2]], exits[rows][:, [0, 2]], cash_sharing=True)
    assert panel["x"].fill_rows.tobytes() == own.fill_rows.tobytes()
    named = backtest.run_signals(entries, exits, cash_sharing=True, group_by={"C": "x", "A": "x", "B": "y"})
    assert named["x"].equity.tobytes() == own.equity.tobytes()


def test_one_instrument_that_shares_with_nobody_is_a_run_alone():
    entries, exits, shorts, covers = (table[:, :1] for table in tables(9))
    terms = {"cash": 5000, "fees_bps": 5}
    shared = Backtest({"A": MARKET["A"]}, **terms).run_signals(
        entries, exits, short_entries=shorts, short_exits=covers, cash_sharing=True, stops=Stops(trailing=0.05)
    )
    alone = Backtest(MARKET["A"], **terms, account=Account()).run_signals(
        entries[:, 0], exits[:, 0], short_entries=shorts[:, 0], short_exits=covers[:, 0], stops=Stops(trailing=0.05)
    )
    for name in ("row", "side", "qty", "price", "fee"):
        assert shared.fills[name].tolist() == alone.fills[name].tolist()
    assert shared.equity.tolist() == alone.equity.tolist()
    for name in ("pnl", "mae", "mfe", "fees", "status"):
        np.testing.assert_array_equal(
            shared.trades[name], alone.trades[name]
        ) if name == "status" else np.testing.assert_allclose(shared.trades[name], alone.trades[name], rtol=1e-9)


def test_a_shared_result_is_kept(tmp_path):
    entries, exits, _, _ = tables(10)
    actions = {"A": Actions(MARKET["A"]["time"][40:41].view("M8[ns]"), [2.0], [0.5])}
    result = Backtest(MARKET, account=Account(leverage=2, interest=0.1), actions=actions).run_signals(
        entries, exits, cash_sharing=True
    )
    again = BarResult.load(result.save(tmp_path / "kept"))
    assert again.trades.tolist() == result.trades.tolist()
    assert again.equity.tobytes() == result.equity.tobytes()
    assert again.paid.tobytes() == result.paid.tobytes()
    assert result.report(tmp_path / "page").exists()
    words = " ".join(result.assumptions.values())
    for needle in ("one account", "leverage up to 2", "a split changes position and its stops", "A, B, C"):
        assert needle in words


# ---- one account against the slow reference


@st.composite
def cases(draw):
    n, seed = draw(st.integers(3, 40)), draw(st.integers(0, 2**31))
    rng = np.random.default_rng(seed)
    names = "ABC"[: draw(st.integers(1, 3))]
    market = {name: walk(seed + k, n, kept=draw(st.sampled_from([1.0, 0.6]))) for k, name in enumerate(names)}
    first = DAY * START
    account = draw(
        st.none()
        | st.builds(
            Account,
            leverage=st.sampled_from([1.0, 2.0, 5.0]),
            maintenance=st.sampled_from([None, 0.0, 0.15]),
            liquidation_bps=st.sampled_from([0.0, 50.0]),
            interest=st.sampled_from([0.0, 0.5]),
            borrow=st.sampled_from([0.0, {"A": 0.7}]),
            funding=st.sampled_from([None, {names[-1]: Rates([first + DAY, first + 3 * DAY], [0.01, -0.02])}]),
            multiplier=st.sampled_from([1.0, {"A": 10.0}]),
            conversion=st.sampled_from([None, {"A": Rates([first, first + 2 * DAY], [0.9, 1.1])}]),
        )
    )
    days = market["A"]["time"]
    actions = None
    if len(days) > 5 and draw(st.booleans()):
        actions = {"A": Actions(days[[2, 4]].view("M8[ns]"), [2.0, 0.5], [0.0, 1.0])}
    costs = CostModel(
        commission=draw(st.sampled_from([Commission.bps(10), Commission.per_share(0.05, minimum=1.0)])),
        slippage=draw(st.sampled_from([None, Slippage.fixed(0.05), Slippage.volatility(0.2)])),
        impact=draw(st.sampled_from([None, Impact.linear(0.05, 0.01)])),
        volume_limit=draw(st.sampled_from([None, 0.3])),
        window=5,
    )
    numbers = st.sampled_from([0.0, 0.02, 0.2])
    stops = Stops(stop_loss=draw(numbers), take_profit=draw(numbers), trailing=draw(st.sampled_from([0.0, 0.05])))
    size = draw(st.sampled_from(["all", Fraction(0.5), Notional(20_000.0), 50.0]))
    signals = {name: [rng.random(len(bars["time"])) < 0.25 for _ in range(4)] for name, bars in market.items()}
    return market, account, actions, costs, stops, size, signals, draw(st.booleans()), draw(st.booleans())


@settings(max_examples=150)
@given(cases())
def test_equal_bits_with_the_slow_reference_and_money_is_conserved(case):
    market, account, actions, costs, stops, size, signals, late, exits_first = case
    backtest = Backtest(
        market, cash=50_000, costs=costs, account=account, actions=actions, size=size,
        fill="next_open" if late else "close",
    )  # fmt: skip
    masks = [{name: signals[name][k] for name in market} for k in range(4)]
    try:
        result = backtest.run_signals(
            masks[0], masks[1], short_entries=masks[2], short_exits=masks[3], stops=stops,
            cash_sharing=True, exits_first=exits_first,
        )  # fmt: skip
    except InputError as error:  # a position so large that its impact leaves no price
        assert "no price above zero" in str(error)  # noqa: PT017
        return
    whole, bank, asked = account or Account(), Bank(50_000.0), {}
    sizing = parse_size(size, whole.leverage)
    terms = {"cash": 50_000.0, "units": sizing.units, "money": sizing.money}
    terms["fraction"] = whole.leverage if sizing.whole else sizing.fraction
    for name, raw in market.items():
        own, bars = whole.of(name), load_bars(raw)
        ledger = ledger_of(bars, own, (actions or {}).get(name))
        known = {"volume": bars.volume, "average_volume": None, "volatility": None}
        if costs.needs_bars:
            known |= known_before(bars, costs.window, ledger.units)
        due = {**ledger.columns(), "interest": None}
        Seat(bank, name, raw["time"].tolist(), raw, costs, own, terms, stops, due, known)
        entries, exits, shorts, covers = signals[name]
        buys, sells = entries & ~exits, shorts & ~covers
        asked[name] = list(zip(buys & ~sells, exits & ~entries, sells & ~buys, covers & ~shorts, strict=True))
    rate = accrued(result.times, whole.interest, "interest")
    fills, equity = run(bank, result.times.tolist(), asked, rate, late=late, exits_first=exits_first)
    names, made = list(market), result.fill_rows
    assert [
        (names[f["instrument"]], f["row"], f["side"], KINDS[f["action"]], f["qty"], f["price"], f["fee"], f["cash"])
        for f in made
    ] == fills
    assert result.equity.tolist() == equity
    _conserved(result)


def _conserved(result):
    """Cash of the start, fills, fees and payments make the equity with what is held at its marks; trades explain it."""
    fills = result.fills
    signed = np.where(fills["side"] == "buy", -1.0, 1.0) * fills["value"] - fills["fee"]
    cash = np.full(len(result.times), result.cash)
    for times, amounts in ((fills["time"], signed), (result.paid["time"], result.paid["amount"])):
        np.add.at(cash, result.timestamps.searchsorted(times), amounts)
    cash = result.cash + np.cumsum(cash - result.cash)
    held = result.positions.reshape(len(result.times), -1)
    worth = np.where(held == 0, 0.0, held * result.worths).sum(axis=1)
    scale = (np.abs(cash) + np.abs(worth) + 1.0).max()
    assert np.abs(cash + worth - result.equity).max() <= 1e-9 * scale
    interest = result.paid["amount"][result.paid["kind"] == "interest"].sum()
    assert abs(result.cash + result.trades["pnl"].sum() + interest - result.equity[-1]) <= 1e-9 * scale
    totals = result.totals
    assert totals["cash"] == pytest.approx(cash[-1], rel=1e-9, abs=1e-9 * scale)
    assert totals["fees"] == pytest.approx(fills["fee"].sum(), abs=1e-9 * scale)


def test_the_future_changes_nothing():
    entries, exits, shorts, covers = tables(11)
    backtest = Backtest(MARKET, size=Fraction(0.4), account=Account(leverage=2))
    sides = {"short_entries": shorts, "short_exits": covers}
    whole = backtest.run_signals(entries, exits, **sides, cash_sharing=True, stops=Stops(stop_loss=0.03))
    for n in (20, 60, 100):
        last = TIMES[n - 1]
        part = {
            name: {key: column[bars["time"] <= last] for key, column in bars.items()} for name, bars in MARKET.items()
        }
        sides = {"short_entries": shorts[:n], "short_exits": covers[:n]}
        cut = Backtest(part, size=Fraction(0.4), account=Account(leverage=2)).run_signals(
            entries[:n], exits[:n], **sides, cash_sharing=True, stops=Stops(stop_loss=0.03)
        )
        own = whole.fill_rows[whole.fill_rows["time"] <= last]
        assert cut.fill_rows.tobytes() == own.tobytes()
        assert cut.equity.tobytes() == whole.equity[:n].tobytes()


# ---- what cannot be

TWO = {"A": flat(10, 11, 12), "B": flat(5, 6, 7)}
NEVER = np.zeros((3, 2), bool)


@pytest.mark.parametrize(
    ("given", "needle"),
    [
        ((NEVER[:, 0], NEVER), r"entries: must have 2 dimensions, times x instruments, got shape \(3,\)"),
        ((NEVER[:2], NEVER), r"entries: must have shape \(3, 2\), the times of all bars x A, B, got \(2, 2\)"),
        ((NEVER, NEVER[:, :1]), r"exits: must have shape \(3, 2\)"),
        (({"A": [0, 0, 0]}, NEVER), "entries: B is missing"),
        (({"A": [0, 0, 0], "B": [0, 0]}, NEVER), r"entries\['B'\]: has 2 values, and B has 3 bars"),
        (({"A": [0, 0, 0], "B": [0, 0, 0], "C": [0]}, NEVER), "entries: 'C' is not in the data, which has A, B"),
        ((pd.DataFrame(NEVER, columns=["A", "X"]), NEVER), "entries: 'X' is not in the data"),
        ((pd.DataFrame(NEVER, columns=["A", "A"]), NEVER), "entries: B is missing"),
        ((pd.DataFrame(NEVER, columns=[1, 2]), NEVER), "entries: 1 is not in the data"),
        ((pd.DataFrame(NEVER, columns=[("close", "A"), ("close", "X")]), NEVER), r"\('close', 'A'\) is not in"),
        (
            (pd.DataFrame(NEVER, columns=["A", "B"], index=pd.date_range("2030-01-01", periods=3)), NEVER),
            "entries: its index differs from the data's times from row 0 on .2030-01-01",
        ),
    ],
)
def test_tables_that_are_not_the_datas(given, needle):
    for sharing in (False, True):
        with pytest.raises(InputError, match=needle):
            Backtest(TWO).run_signals(*given, cash_sharing=sharing)


@pytest.mark.parametrize(
    ("options", "error", "needle"),
    [
        ({"short_entries": NEVER}, InputError, "short_exits: is missing"),
        ({"group_by": [0, 0]}, InputError, "group_by: is of accounts that are shared"),
        ({"exits_first": True}, InputError, "exits_first: is of accounts that are shared"),
        ({"cash_sharing": "yes"}, DTypeError, "cash_sharing: must be True or False"),
        ({"cash_sharing": True, "group_by": [0]}, InputError, "group_by: 1 labels for 2 instruments"),
        ({"cash_sharing": True, "group_by": {"A": 1}}, InputError, "group_by: 'B' is missing"),
        ({"cash_sharing": True, "group_by": {"A": 1, "B": 1, "C": 1}}, InputError, "group_by: 'C' is not in the data"),
        ({"stops": {"C": Stops()}}, InputError, "stops: 'C' is not in the data"),
        ({"stops": {"A": 0.1}}, DTypeError, r"stops\['A'\]: must be Stops"),
        ({"stops": 0.1}, DTypeError, "stops: must be Stops"),
    ],
)
def test_options_that_cannot_be(options, error, needle):
    with pytest.raises(error, match=needle):
        Backtest(TWO).run_signals(NEVER, NEVER, **options)


def test_sharing_needs_several():
    with pytest.raises(InputError, match="cash_sharing: is of several instruments"):
        Backtest(TWO["A"]).run_signals([0, 0, 0], [0, 0, 0], cash_sharing=True)
    with pytest.raises(DTypeError, match="entries"):
        Backtest(TWO).run_signals(NEVER.astype(float), NEVER)
