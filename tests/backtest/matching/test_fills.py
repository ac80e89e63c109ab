"""The rules of filling against the cases worked by hand, which the engine reads too."""

import numpy as np
import pytest

from pyrt.backtest.matching import COMMAND, Simulation, match
from pyrt.errors import ConfigError, DataError, DTypeError, InputError
from pyrt.grid import Grid
from pyrt.types import EVENT, Instrument, Kind
from tests.backtest.matching.fill_cases import cases, expected_of, inputs_of

CASES = cases("python")
BTC = Instrument("binance:BTC-USDT", tick=Grid.parse("0.01"), lot=Grid.parse("0.001"))


def words(records):
    return [(int(r["stamp"]), Kind(r["kind"]).name, *r.tolist()[1:]) for r in records]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "error" not in case])
def test_every_case_is_answered_as_worked_by_hand(name):
    answers = match(*inputs_of(CASES[name]))
    expected = expected_of(CASES[name])
    assert answers.tobytes() == expected.tobytes(), f"{words(answers)}\n{words(expected)}"


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "error" in case])
def test_what_cannot_be_is_refused(name):
    with pytest.raises(InputError) as caught:
        match(*inputs_of(CASES[name]))
    assert CASES[name]["error"] in str(caught.value)


def test_there_are_cases_enough():
    assert len(CASES) >= 40


def test_bad_data_and_bad_callers_are_told_apart():
    for case in (case for case in CASES.values() if "error" in case):
        with pytest.raises(InputError) as caught:
            match(*inputs_of(case))
        assert caught.type is (DataError if "events" in case else InputError)


@pytest.mark.parametrize(
    ("events", "commands", "words"),
    [
        (np.zeros(3), np.zeros(0, COMMAND), "events: must be an array of the 64-byte dtype"),
        (np.zeros(3, EVENT), [1], "commands: must be an array of the 128-byte dtype"),
        (np.zeros((3, 1), EVENT), np.zeros(0, COMMAND), "events: must have 1 dimension"),
    ],
)
def test_arrays_of_another_kind_are_refused(events, commands, words):
    with pytest.raises((DTypeError, InputError), match=words):
        match(events, commands, [BTC])


def test_an_instrument_without_a_grid_is_refused():
    with pytest.raises(InputError, match=r"instruments\[0\]: 'SPX' has no tick and lot"):
        match(np.zeros(0, EVENT), np.zeros(0, COMMAND), [Instrument("SPX")])


def test_nothing_in_nothing_out():
    assert match(np.zeros(0, EVENT), np.zeros(0, COMMAND), []).shape == (0,)


def test_a_strided_array_is_read_as_its_rows():
    events, commands, instruments, settings = inputs_of(CASES["taking: a market buy takes the best ask"])
    spread = np.zeros(2 * len(events), EVENT)
    spread[::2] = events
    assert (
        match(spread[::2], commands, instruments, settings).tobytes()
        == match(events, commands, instruments, settings).tobytes()
    )


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"jitter_ns": -5}, "simulation.jitter_ns: must be 0 to 3600000000000, got -5"),
        (
            {"queue": "fifo"},
            "simulation.queue: must be one of 'risk_averse', 'power_prob', 'power_prob2', ",
        ),
        ({"queue_power": 0}, "simulation.queue_power: must be above 0 and at most 100, got 0"),
        ({"feed": "late"}, "simulation.feed: must be one of 'constant', 'normal', 'recorded', got 'late'"),
        ({"maker_fee": 0.001}, "simulation.maker_fee: must be an integer, got 0.001"),
        ({"taker_fee": 100_000_001}, "simulation.taker_fee: must be -100000000 to 100000000"),
        ({"seed": -1}, "simulation.seed: must be 0 to"),
        ({"latency": 1}, "simulation.latency: there is no such key"),
    ],
)
def test_settings_name_what_is_wrong(table, words):
    with pytest.raises(ConfigError) as caught:
        Simulation.from_table(table)
    assert words in str(caught.value)


def test_settings_survive_their_file(tmp_path):
    path = tmp_path / "run.toml"
    settings = Simulation(jitter_ns=7, seed=2**63 - 1, book="quotes", maker_fee=-3, queue="log_prob", queue_power=1.5)
    path.write_text(settings.to_toml())
    assert Simulation.from_toml(path) == settings
    path.write_text("[other]\n")
    with pytest.raises(ConfigError, match=r"no \[simulation\] table"):
        Simulation.from_toml(path)
