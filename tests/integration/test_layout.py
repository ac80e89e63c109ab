"""What the engine says of its records is what NumPy and the golden file say."""

import json
import subprocess
import tomllib
from pathlib import Path

import numpy as np
import pytest

from pyrt.types import EVENT, RECORDS, Kind

CODES = {"u64": "<u8", "i64": "<i8", "u32": "<u4", "u16": "<u2", "u8": "|u1", "f64": "<f8"}
GOLDEN = tomllib.loads((Path(__file__).parents[1] / "golden" / "records.toml").read_text())


@pytest.fixture(scope="module")
def layout(engine_binary):
    done = subprocess.run([engine_binary, "layout", "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.engine
@pytest.mark.parametrize("kind", Kind)
def test_every_offset_of_every_kind(layout, kind):
    said = layout["kinds"][kind.name.lower()]
    assert said["code"] == kind
    assert said["fields"] == GOLDEN["kind"][kind.name.lower()]["fields"]
    fields = RECORDS[kind].fields
    for name, offset, code in [*layout["head"], *said["fields"]]:
        assert fields[name] == (np.dtype(CODES[code]), offset)


@pytest.mark.engine
def test_the_rings_own_words_make_the_event_dtype(layout):
    events = next(region for region in layout["regions"] if region["name"] == "events")
    described = [
        tuple(field[:2]) if len(field) == 2 else (field[0], field[1], tuple(field[2])) for field in events["layout"]
    ]
    assert np.dtype(described) == EVENT
    assert layout["bytes"] == EVENT.itemsize == 64
