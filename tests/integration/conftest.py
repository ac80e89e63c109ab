"""The binary over real sockets and shared memory."""

import os

import pytest

from tests.integration.stack import SHM


@pytest.fixture
def name(request):
    """A segment's name that is this test's own, and gone when it ends."""
    own = f"test-{os.getpid()}-{abs(hash(request.node.nodeid)) % 10**6}"
    yield own
    left = list(SHM.glob(f"*pyrt-{own}*"))
    for path in left:
        path.unlink()
    assert not left, "the engine left its segment behind"
