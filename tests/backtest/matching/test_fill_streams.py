"""The same random streams through both matchers, written apart from each other: every byte of every answer is equal."""

import subprocess

import numpy as np
import pytest

from tests.backtest.matching.fill_cases import cases, expected_of, inputs_of
from tests.backtest.matching.fill_streams import counted, engine_answers, python_answers, stream

SEEDS = range(20)
EACH = 6_000
SPREADS = (60, 300, 2000) * 4
"""How wide books are: the window that Cython's are kept in is 4,096 ticks wide, and moves."""


@pytest.mark.engine
@pytest.mark.parametrize(
    ("seed", "spread"), [*((seed, 1) for seed in SEEDS), *zip(range(20, 32), SPREADS, strict=True)]
)
def test_both_matchers_say_the_same(seed, spread, engine_binary, tmp_path):
    events, commands, settings = stream(seed, EACH, spread)
    ours = python_answers(events, commands, settings)
    theirs = engine_answers(engine_binary, tmp_path, events, commands, settings)
    assert ours.dtype == theirs.dtype
    different = np.flatnonzero(ours[: len(theirs)] != theirs[: len(ours)])
    assert not different.size, f"answer {different[0]}:\n{ours[different[0]]}\n{theirs[different[0]]}"
    assert len(ours) == len(theirs)
    assert ours.tobytes() == theirs.tobytes()


def test_the_streams_meet_every_rule():
    every = np.concatenate([python_answers(*stream(seed, EACH)) for seed in SEEDS])
    statuses, reasons, fills = counted(every)
    assert set(statuses) == {1, 2, 3, 4, 5, 6}
    assert set(reasons) == {*range(11), *range(12, 17)}
    assert min(statuses.values()) > 100
    assert min(reasons.values()) > 10
    assert min(fills.values()) > 1000


def test_answers_do_not_change_what_they_are_given():
    events, commands, settings = stream(0, 2_000)
    before = events.tobytes(), commands.tobytes()
    first = python_answers(events, commands, settings)
    assert python_answers(events, commands, settings).tobytes() == first.tobytes()
    assert (events.tobytes(), commands.tobytes()) == before


def test_the_future_does_not_change_the_past():
    events, commands, settings = stream(3, 4_000)
    whole = python_answers(events, commands, settings)
    cut = events["words"][2_000, 0]
    some = python_answers(events[events["words"][:, 0] < cut], commands[commands["time"] < cut], settings)
    safe = cut - 200  # what is on its way at the cut may still meet what comes after
    early = whole["event_time"] < safe
    assert early.sum() > 200
    assert some[some["event_time"] < safe].tobytes() == whole[early].tobytes()


@pytest.mark.engine
def test_the_command_line_refuses_what_it_cannot_read(engine_binary, tmp_path):
    def said(*arguments):
        run = subprocess.run([engine_binary, "match", *arguments], capture_output=True, text=True, check=False)
        assert run.returncode == 2, run
        return run.stderr

    case = cases("rust")["taking: a market buy takes the best ask"]
    events, commands, _, settings = inputs_of(case)
    good, bare = tmp_path / "run.toml", tmp_path / "bare.toml"
    bare.write_text(settings.to_toml())
    good.write_text(settings.to_toml() + '[[instrument]]\nname = "test:A-B"\ntick = "0.01"\nlot = "0.001"\n')
    for name, array in {"events": events, "commands": commands, "other": np.zeros(3)}.items():
        np.save(tmp_path / f"{name}.npy", array)
    files = ["--events", tmp_path / "events.npy", "--commands", tmp_path / "commands.npy", "-o", tmp_path / "out.npy"]
    assert "no [[instrument]] table" in said("--settings", bare, *files)
    assert "is no array of [('time', '<i8')" in said("--settings", good, *files[:3], tmp_path / "other.npy", *files[4:])
    assert "No such file" in said("--settings", tmp_path / "none.toml", *files)
    bare.write_text("[simulation]\njitter_ns = -1\n")
    assert "simulation.jitter_ns: must be an integer from 0" in said("--settings", bare, *files)
    assert not (tmp_path / "out.npy").exists()
    subprocess.run([engine_binary, "match", "--settings", good, *files], check=True, capture_output=True)
    assert np.load(tmp_path / "out.npy").tobytes() == expected_of(case).tobytes()
