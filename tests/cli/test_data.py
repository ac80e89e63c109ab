"""``pyrt data check`` as people and scripts see it."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from pyrt.cli import app
from pyrt.data import load_bars

runner = CliRunner()


def run(*arguments):
    return runner.invoke(app, ["data", "check", *map(str, arguments)], env={"COLUMNS": "200", "TERM": "dumb"})


@pytest.fixture
def file(tmp_path):
    days = np.arange("2020-01-01", "2020-04-01", dtype="datetime64[D]")
    lines = [f"{d},{10 + k % 7},{11 + k % 7},{9 + k % 7},{10 + k % 7},100" for k, d in enumerate(days)]
    lines[5], lines[8] = lines[8], lines[5]
    lines[20] = lines[20].rpartition(",")[0] + ",-5"
    path = tmp_path / "bars.csv"
    path.write_text("\n".join(["date,open,high,low,close,volume", *lines]) + "\n")
    return path


def test_faults_are_shown_and_the_exit_code_says_so(file):
    done = run(file)
    assert done.exit_code == 1, done.output
    assert "91 bars" in done.stdout
    assert "earlier than the row before (sorted)" in done.stdout
    assert "volume missing or impossible" in done.stdout
    assert "1d, the commonest" in done.stdout


def test_a_repair_is_logged_written_and_sound(file, tmp_path):
    clean = tmp_path / "clean.parquet"
    done = run(file, "--repair", clean)
    assert done.exit_code == 0, done.output
    assert "91 bars in, 91 out" in done.stdout
    assert str(clean) in done.stdout.replace("\n", "")
    assert len(load_bars(clean)) == 91
    again = run(clean)
    assert again.exit_code == 0
    assert "fault" not in again.stdout
    assert "no volume" in again.stdout  # what was impossible is zero now


def test_scripts_get_one_object(file):
    done = run(file, "--json")
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert (said["kind"], said["rows"], said["sound"], said["repaired"]) == ("bars", 91, False, None)
    assert {"level", "what", "count", "rows", "examples"} == set(said["findings"][0])
    assert any("set to zero" in words for words in said["repairs"])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nothing.csv"], 1, "nothing.csv"),
        (["FILE", "--kind", "books"], 1, "kind: must be one of"),
        (["FILE", "--kind", "quotes"], 1, "neither price nor bid and ask"),
        (["FILE", "--tick", "x"], 1, "not a decimal number"),
        (["FILE", "--gap", "x"], 1, "must be a length of time"),
        (["FILE", "--symbol", "A"], 1, "there is no column symbol"),
        (["FILE", "--repair", "out.txt"], 1, "must end in"),
        (["FILE", "--what"], 2, "--what"),
    ],
)
def test_errors_have_their_exit_code(file, arguments, code, words):
    done = run(*[file if part == "FILE" else part for part in arguments])
    assert done.exit_code == code, done.output
    assert words in done.output
    assert "Traceback" not in done.output


def test_help_names_what_it_looks_for():
    done = run("--help")
    assert done.exit_code == 0
    assert "Exit codes" in done.stdout
    assert "--repair" in done.stdout
