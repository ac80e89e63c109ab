"""The command as scripts see it: output, exit codes, JSON."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from pyrt.cli import app
from pyrt.cli.output import EXIT_CODES, plain

runner = CliRunner()


def run(*arguments):
    return runner.invoke(app, list(arguments), env={"COLUMNS": "200", "TERM": "dumb"})


@pytest.fixture
def bars(tmp_path):
    days = np.arange("2020-01-01", "2022-01-01", dtype="datetime64[D]")
    price = 100 + 10 * np.sin(np.arange(len(days)) / 30)
    lines = [f"{d},{p},{p + 1},{p - 1},{p},1000" for d, p in zip(days, price, strict=True)]
    path = tmp_path / "bars.csv"
    path.write_text("\n".join(["date,open,high,low,close,volume", *lines]) + "\n")
    return path


@pytest.mark.parametrize("verb", ["", "backtest", "feed", "doctor", "demo"])
def test_help_is_worth_reading(verb):
    done = run(*([verb] if verb else []), "--help")
    assert done.exit_code == 0
    assert "Exit codes" in done.stdout
    assert len(done.stdout.splitlines()) > 12


def test_backtest_speaks_to_people_and_to_scripts(bars, tmp_path):
    done = run("backtest", str(bars), "--fast", "5", "--slow", "20", "--report", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    assert "Sharpe" in done.stdout
    assert (tmp_path / "out" / "report.html").exists()
    figures = json.loads(run("backtest", str(bars), "--fast", "5", "--slow", "20", "--json").stdout)
    assert figures["bars"] == 731
    assert figures["trades"] > 3
    assert figures["rule"] == {"fast": 5, "slow": 20, "kind": "sma"}
    assert figures["equity"] == figures["metrics"]["final_equity"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["backtest", "nothing.csv"], 1, "nothing.csv"),
        (["backtest", "BARS", "--fast", "0"], 1, "timeperiod"),
        (["backtest", "BARS", "--fill", "never"], 1, "fill"),
        (["backtest", "BARS", "--average", "median"], 1, "average"),
        (["backtest", "BARS", "--cash", "-1"], 1, "cash"),
        (["backtest", "BARS", "--fast", "x"], 2, "--fast"),
        (["feed", "no-such-engine"], 3, "no-such-engine"),
        (["no-such-verb"], 2, "no-such-verb"),
    ],
)
def test_errors_name_the_argument_and_have_their_exit_code(bars, arguments, code, words):
    done = run(*[str(bars) if part == "BARS" else part for part in arguments])
    assert done.exit_code == code, done.output
    assert words in done.output
    assert "Traceback" not in done.output
    assert f" {code} " in EXIT_CODES


def test_doctor_names_every_piece_and_its_mend():
    done = run("doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(done.stdout)["findings"]}
    pieces = {
        "Python",
        "Cython extensions",
        "C compiler",
        "Rust toolchain",
        "CPU",
        "shared memory",
        "ONNX Runtime",
        "engine",
    }
    assert set(findings) == pieces
    assert done.exit_code == (3 if any(f["status"] == "missing" for f in findings.values()) else 0)
    assert all(finding["mend"] for finding in findings.values() if finding["status"] != "ok")


def test_doctor_reports_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("PYRT_ENGINE", str(tmp_path / "absent"))
    findings = {f["name"]: f for f in json.loads(run("doctor", "--json").stdout)["findings"]}
    assert findings["engine"]["status"] == "warning"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    findings = {f["name"]: f for f in json.loads(run("doctor", "--json").stdout)["findings"]}
    assert findings["Rust toolchain"]["status"] == findings["C compiler"]["status"] == "warning"


def test_json_has_no_nan():
    assert plain({"a": np.float64("nan"), "b": (1, float("inf"), np.arange(2))}) == {"a": None, "b": [1, None, [0, 1]]}
