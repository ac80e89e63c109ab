"""Every command and snippet of the README is executed."""

import os
import re
import shlex
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", (ROOT / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL)
SNIPPETS = [text for language, text in BLOCKS if language == "python"]
COMMANDS = [
    shlex.split(line[2:], comments=True)
    for language, text in BLOCKS
    if language == "console"
    for line in text.splitlines()
]
LIVE_VERBS = {("pyrt-engine", "simulate"), ("pyrt-engine", "run"), ("pyrt", "feed")}
LIVE = [snippet for snippet in SNIPPETS if "SharedFeed" in snippet]


def run_snippet(snippet, folder, **environment):
    code = [sys.executable, "-W", "error", "-c", snippet]
    env = {**os.environ, **environment, "PYTHONPATH": str(ROOT)}
    return subprocess.run(code, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_every_block_is_known():
    assert {language for language, _ in BLOCKS} == {"python", "console"}
    assert {command[0] for command in COMMANDS} == {"make", "pyrt-engine", "pyrt", "python"}


def test_the_page_on_backtests_works_from_top_to_bottom(tmp_path):
    pytest.importorskip("arch")
    text = (ROOT / "docs" / "backtests.md").read_text()
    (tmp_path / "page.py").write_text(
        "\n".join(re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL))
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "page.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Closed trades" in done.stdout


@pytest.mark.parametrize("snippet", [s for s in SNIPPETS if s not in LIVE])
def test_snippets_work_when_pasted(snippet, tmp_path):
    if "sample" in snippet:
        pytest.importorskip("arch", reason="the arch package is not installed: pip install 'pyrt[demo]'")
    if "pyrt.Strategy" in snippet:  # its source must be in a file, as the README says
        (tmp_path / "cross.py").write_text(snippet)
        snippet = "from cross import Cross\nfrom pyrt.strategy import prepare\nprint(prepare(Cross).subscriptions)"
    done = run_snippet(snippet, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    if "report(" in snippet:
        assert (tmp_path / "out" / "report.html").exists()


def test_make_targets_exist():
    made = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    targets = set(re.findall(r"^  make ([a-z-]+)", made.stdout, flags=re.MULTILINE))
    assert {command[1] for command in COMMANDS if command[0] == "make"} <= targets
    mentioned = set(re.findall(r"`make ([a-z-]+)", (ROOT / "README.md").read_text())) - {"help"}
    assert mentioned <= targets


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
@pytest.mark.parametrize("verb", ["strategy", "parity", "run"])
def test_the_commands_about_strategies_work(verb, tmp_path):
    command = next(command for command in COMMANDS if command[:2] == ["pyrt", verb])
    words = [str(tmp_path / "cross.so") if word == "out/cross.so" else word for word in command]
    env = {**os.environ, "COLUMNS": "160"}
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert {"strategy": "Cross", "parity": "to the last bit", "run": "the same to the last byte"}[verb] in done.stdout


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_the_commands_about_a_model_work(tmp_path):
    commands = [command for command in COMMANDS if any("momentum" in word for word in command)]
    assert [command[:2] for command in commands] == [
        ["python", "examples/momentum.py"],
        ["pyrt", "parity"],
        ["pyrt", "run"],
    ]
    env = {**os.environ, "COLUMNS": "160", "PYTHONPATH": str(ROOT)}
    for command in commands:
        words = [word.replace("out/momentum", str(tmp_path)) for word in command]
        start = [sys.executable] if words.pop(0) == "python" else [sys.executable, "-m", "pyrt"]
        done = subprocess.run([*start, *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.engine
def test_the_live_commands_and_snippets_work(engine_binary, tmp_path):
    simulate, run, feed = (command for command in COMMANDS if tuple(command[:2]) in LIVE_VERBS)
    name = f"readme-{os.getpid()}"
    with ExitStack() as stack:

        def start(command):
            log = stack.enter_context((tmp_path / f"{command[1]}.log").open("w+"))
            process = subprocess.Popen([engine_binary, *command[1:]], cwd=ROOT, stdout=subprocess.PIPE, stderr=log)
            stack.callback(process.stdout.close)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            return process

        address = re.search(rb'"listening":\s*"([^"]+)"', start(swap(simulate, "9001", "0")).stdout.readline())[1]
        start([*swap(run, "127.0.0.1:9001", address.decode()), "--name", name])
        deadline = time.monotonic() + 20
        while not Path(f"/dev/shm/pyrt-{name}").exists():
            assert time.monotonic() < deadline, "the engine did not start"
            time.sleep(0.02)
        command = [sys.executable, "-m", *swap(feed, "10", "1")]
        command[command.index("pyrt", 3)] = name
        shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
        assert "binance:BTC-USDT" in shown.stdout
        for snippet in LIVE:
            done = run_snippet(snippet.replace('"pyrt"', f'"{name}"'), tmp_path)
            assert done.returncode == 0, done.stderr
            assert "binance:BTC-USDT" in done.stdout
    assert not list(Path("/dev/shm").glob(f"*{name}*"))


def swap(command, old, new):
    return [part.replace(old, new) for part in command]
