"""What tests of several rooms share: real recordings, and the engine's binary."""

from pathlib import Path

import pytest
from hypothesis import settings

from pyrt._engine import find_engine
from pyrt.errors import MissingPiece

RECORDINGS = Path(__file__).parents[2] / "shared" / "data"

# A property that holds must not fail because the machine was busy, and a commit that passed once must pass again: every
# run draws the same examples. New ones are looked for with `pytest --hypothesis-profile=explore`.
settings.register_profile("pyrt", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("pyrt")


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Strategies are compiled into a folder of this run, not into the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYRT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


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
