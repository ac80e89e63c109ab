"""Whatever works here works in the engine: every strategy of the tests, the examples and the docs, in both hosts.

They are found, not listed: classes at the top of files, and those that stand in text (docstrings, Markdown, sources
that tests write). What a host refuses, or stops, the other must refuse or stop at the same time.
"""

import ast
import functools
import importlib
import importlib.util
import itertools
import re
import textwrap
from pathlib import Path

import pytest

from pyrt.backtest.parity import parting, run_backtest, run_replay
from pyrt.data import Recording, save_recording
from pyrt.errors import PyrtError
from tests.parity.market import random_market

HOME = Path(__file__).parents[2]
HEAD = (
    "import math\nimport numpy as np\nimport pyrt\nimport pyrt.indicators as ta\nfrom pyrt import Strategy\n"
    "from pyrt.types import *\n"
)
IS_STRATEGY = re.compile(r"class \w+\((pyrt\.)?Strategy\):")
PLACE = re.compile(r"at -?\d+ ns")
COUNT = itertools.count()
ENDLESS = {"tests/parity/test_loop.py:Late": 40}
"""Strategies that answer every answer with more: they run on so many records."""
pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_binary")]


def strategies_of(tree):
    """Names of the strategies at the top of a module, those that derive from others of it too."""
    names = ["Strategy", "pyrt.Strategy"]
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and set(names) & set(map(ast.unparse, node.bases)):
            names.append(node.name)
    return names[2:]


def parsed(text):
    try:
        return ast.parse(textwrap.dedent(text))
    except SyntaxError:
        return None


def blocks(text):
    """Python in a text: fenced in Markdown, or behind the prompts of a doctest, each run of lines."""
    yield from re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    for block in re.findall(r"(?:^ *(?:>>>|\.\.\.).*\n)+", text, re.MULTILINE):
        yield re.sub(r"^ *(?:>>>|\.\.\.) ?", "", block, flags=re.MULTILINE)


def texts(path):
    """Every piece of Python in a file's text."""
    if path.suffix == ".md":
        yield from blocks(path.read_text())
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and IS_STRATEGY.search(node.value):
            yield node.value
            yield from blocks(node.value + "\n")


def found():
    """(place, name, source): source is None for a class at the top of its file."""
    files = [*HOME.glob("tests/**/*.py"), *HOME.glob("examples/*.py"), *HOME.glob("pyrt/**/*.py")]
    files += [HOME / "README.md", *HOME.glob("docs/**/*.md"), *HOME.glob("proto/*.md")]
    for path in sorted(files):
        if not IS_STRATEGY.search(path.read_text()):
            continue
        place = str(path.relative_to(HOME))
        if path.suffix == ".py":
            yield from ((place, name, None) for name in strategies_of(ast.parse(path.read_text())))
        for number, text in enumerate(texts(path)):
            tree = parsed(text)
            for name in strategies_of(tree) if tree else ():
                yield (f"{place} text {number}", name, textwrap.dedent(text))


FOUND = list(found())


def load(folder, place, name, source):
    """Import a class from its module, or from a file of its own."""
    if source is None and place.startswith("tests/"):
        return getattr(importlib.import_module(place.removesuffix(".py").replace("/", ".")), name)
    path = HOME / place
    if source is not None:
        path = folder / "text.py"
        path.write_text(whole(source))
    spec = importlib.util.spec_from_file_location(f"conforming_{next(COUNT)}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def whole(source):
    """A module of a text's definitions, without what it does with them."""

    def is_kept(node):
        if isinstance(node, ast.Assign):
            named = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)} <= {"np", "math"}
            return named and isinstance(node.targets[0], ast.Name)
        return isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.Import, ast.ImportFrom))

    later = "from __future__ import annotations\n"
    kept = "\n".join(ast.unparse(node) for node in ast.parse(source).body if is_kept(node)) + "\n"
    return (later if later in kept else "") + HEAD + kept.replace(later, "")


def outcome(run):
    """What a host did; or why not: when a strategy was stopped, or what Python said of a text that lacks something."""
    try:
        return run()
    except PyrtError as error:
        place = PLACE.search(str(error))
        return place.group() if place else "refused"
    except (NameError, TypeError) as error:
        return str(error)


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """Records of two instruments and a file of them, by how many there are."""
    events, instruments = random_market(seed=11, count=900)

    @functools.cache
    def make(count=None):
        recording = Recording(events[:count], instruments)
        return recording, save_recording(tmp_path_factory.mktemp("market") / "events.npy", recording)

    return make


@pytest.mark.parametrize(("place", "name", "source"), FOUND, ids=[f"{place}:{name}" for place, name, _ in FOUND])
def test_both_hosts_and_plain_python_do_the_same(tmp_path, market, place, name, source):
    recording, file = market(ENDLESS.get(f"{place}:{name}"))
    cls = load(tmp_path, place, name, source)
    compiled = outcome(lambda: run_backtest(recording, cls))
    plain = outcome(lambda: run_backtest(recording, cls, jit=False))
    engine = outcome(lambda: run_replay(file, cls, tmp_path))
    for other in (plain, engine):
        if isinstance(compiled, str) or isinstance(other, str):
            assert compiled == other
        else:
            assert not parting(compiled, other)


def test_there_are_strategies_of_every_kind():
    places = {place.split("/")[0].split(".")[0] for place, _, _ in FOUND}
    assert {"tests", "examples", "pyrt", "README"} <= places
    assert len(FOUND) > 50
    assert sum(source is not None for _, _, source in FOUND) > 15
