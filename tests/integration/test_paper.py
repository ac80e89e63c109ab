"""Strategies on paper: orders over real sockets, fills seen in two ways, the journal decided again."""

from pathlib import Path

import pytest

from pyrt.cli.run import paper
from pyrt.cli.strategy import find_strategy

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_what_was_traded_is_seen_twice_and_decided_again():
    strategies = {name: (find_strategy(str(EXAMPLES / f"{name}.py")), {}) for name in ("cross", "quoter")}
    done = paper(strategies, EXAMPLES / "data" / "btc_made.tsv.gz", cash=50_000.0, speed=24.0)
    assert done["retraced"], "the journal decided again came to something else"
    assert done["lost"] == 0
    assert done["fills"] > 30
    assert done["orders"] > 40
    assert done["messages"]["fill"] == done["fills"], "shared memory and messages differ"
    assert done["messages"]["account"] == done["fills"]
    assert {position["strategy"] for position in done["positions"]} == set(strategies)
    account = done["account"]
    assert account["currency"] == "USDT"
    gained = account["realized_pnl"] + account["unrealized_pnl"]  # realized P&L is less fees
    assert account["equity"] == pytest.approx(50_000.0 + gained, abs=1e-6)
    assert account["fees"] > 0
    stages = done["latency"]
    assert {"journal", "parse", "book", "strategy", "risk", "order", "total"} <= set(stages)
    assert 0 < stages["total"]["n"] <= done["orders"] + done["cancels"] + done["refusals"]
    assert 0 < stages["total"]["p50"] <= stages["total"]["p99"]
