"""Fills of a quoting strategy beside hftbacktest's, order by order; in the interpreter that PYRT_PEERS_HFT names."""

import os

import numpy as np
import pytest

from benchmarks.peers import quoting

pytestmark = pytest.mark.skipif("PYRT_PEERS_HFT" not in os.environ, reason="hftbacktest is not there: make peers")


def test_fills_are_hftbacktests_order_by_order_for_each_queue_model(tmp_path):
    rows = quoting.market(400_000, seed=3)
    np.save(tmp_path / "rows.npy", rows)
    workers = {side: quoting.start_side(side, tmp_path) for side in quoting.SIDES}
    try:
        for model in quoting.MODELS:
            for worker in workers.values():
                quoting.ask(worker, model)
            ours, theirs = (np.load(tmp_path / f"{side}.npy") for side in quoting.SIDES)
            assert len(theirs) > 500
            assert quoting.compare_fills(ours, theirs, rows) != "DIFFER", model
    finally:
        for worker in workers.values():
            worker.communicate()
