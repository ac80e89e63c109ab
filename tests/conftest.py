"""What tests of several rooms share: real recordings, and the engine's binary."""

from pathlib import Path

import pytest

from pyrt.errors import MissingPiece
from pyrt.live.process import find_engine

RECORDINGS = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data():
    """The folder of real recordings, which a user's clone lacks; a file missing from it is a failure."""
    if not RECORDINGS.is_dir():
        pytest.skip("the real recordings (../shared/data) are not part of a clone")
    return RECORDINGS


@pytest.fixture(scope="session")
def engine_binary():
    """The path of pyrt-engine."""
    try:
        return str(find_engine())
    except MissingPiece as missing:
        pytest.skip(str(missing))
