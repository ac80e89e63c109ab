"""The pages about the functions say what the registry says."""

import runpy
import xml.etree.ElementTree
from pathlib import Path

import pytest

from .catalog import NAMES

DOCS = Path(__file__).parents[2] / "docs"
PAGES = DOCS / "indicators"


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(DOCS / "generate.py"))


def test_pages_are_up_to_date(script):
    made = script["pages"]()
    written = {path.name: path.read_text() for path in PAGES.glob("*.md")}
    old = sorted(name for name in made.keys() | written.keys() if made.get(name) != written.get(name))
    assert not old, f"{', '.join(old)}: run python docs/generate.py"


def test_every_function_has_a_part_and_a_small_picture():
    text = "".join(path.read_text() for path in PAGES.glob("*.md"))
    assert [name for name in NAMES if f"\n## {name}\n" not in text] == []
    pictures = {path.stem: path for path in (PAGES / "plots").glob("*.svg")}
    assert set(pictures) == set(NAMES)
    for path in pictures.values():
        assert xml.etree.ElementTree.parse(path).getroot().tag.endswith("svg")
        assert path.stat().st_size < 12_000


def test_pictures_show_something(script):
    function = script["ta"].macd
    lines = script["picture"](function, script["market"]()).count("<path")
    assert lines == 1 + 1 + len(function.outputs)
