"""``tests/golden/strategy_file.toml``: what strategy files decide, for Python and for the engine.

``python tests/strategy/test_file_golden.py`` writes the file anew.
"""

import contextlib
import math
import tomllib
from pathlib import Path

import pytest

from pyrt.errors import InputError, ModelError
from pyrt.strategy.file import load_strategy_file
from pyrt.strategy.file_runtime import FileStrategy, View
from pyrt.strategy.model import load_model

FOLDER = Path(__file__).parents[1] / "golden"
GOLDEN = FOLDER / "strategy_file.toml"
SECOND = 1_000_000_000
START = 1_723_075_200 * SECOND

HEAD = """\
# What strategy files decide; Python (the reference) and the engine give the same requests. `file` is a strategy file.
# `scores` are the answers of a model that does not look at its row, in order (nan: none; 0.5 at the end); without it is
# model.onnx. An event with a price is a trade, one with a bid alone is time that passes; now, position, equity, bid and
# ask are what the host shows. Requests have the number of their event and the fields of proto/STRATEGY_ABI.md.
"""

FILE = """\
[strategy]
name = "Golden"
asset = "BTC/USDT"
exchange = "binance"
[parameters]
lookback_period = {lookback}
entry_threshold = 0.65
exit_threshold = 0.45
position_size_pct = 0.1
[ml_model]
path = "model.onnx"
features = {features}
[execution]
order_type = "{order_type}"
limit_offset_bps = {offset}
timeout_seconds = {timeout}
[data]
bar = "1s"
"""


def file_text(features='["sma_2", "volume_ratio"]', lookback=2, order_type="limit", offset=5, timeout=2.5):
    return FILE.format(features=features, lookback=lookback, order_type=order_type, offset=offset, timeout=timeout)


class Market:
    """Writes events of a made-up market, one trade a second unless told otherwise."""

    def __init__(self, spread=0.02):
        self.events, self.second, self.spread = [], 0, spread
        self.view = {"position": 0.0, "equity": 10_000.0}

    def seen(self, price, latency=1_000_000):
        now = START + round(self.second * SECOND) + latency
        bid, ask = (round(price + side * self.spread / 2, 2) for side in (-1, 1))
        return {"now": now, "bid": bid, "ask": ask} | self.view

    def trade(self, price, qty=1.0, **view):
        event = {"time": START + round(self.second * SECOND), "price": price, "qty": qty}
        self.events.append(event | self.seen(price) | view)
        self.second += 1
        return self

    def passes(self, seconds, price=100.0, **view):
        self.second += seconds
        self.events.append({"time": START + round(self.second * SECOND)} | self.seen(price) | view)
        return self

    def trades(self, *prices):
        for price in prices:
            self.trade(price)
        return self

    def says(self, **event):
        self.events.append(event)
        return self

    def holds(self, position, equity=10_000.0):
        self.view = {"position": position, "equity": equity}
        return self


def scripted():
    """Cases with scores as told: name -> (file, scores, events)."""
    return changes() | orders() | refusals()


UP = [100.0, 100.5, 101.0, 101.5, 102.0, 102.5, 103.0]


def orders():
    """Entries, exits, and how orders end."""
    up = UP
    whole = Market().trades(*up[:4]).says(order_id=1, status=1).says(order_id=1, status=3).holds(9.85)
    whole.trades(101.0, 100.5).says(order_id=2, status=2).says(tag=2).says(order_id=2, status=4).holds(4.0)
    whole.trades(100.0, 99.5).says(order_id=3, status=3).holds(0.0).trades(99.0)
    return {
        "warm-up, entry, exit, partly filled, cancelled, exit again": (
            file_text(),
            [0.7, 0.65, 0.5, 0.45, 0.4, 0.1, 0.5],
            whole,
        ),
        "between the thresholds nothing changes": (file_text(), [0.64, 0.46, 0.5, 0.55], Market().trades(*up[:6])),
        "a position of somebody else's is left alone": (
            file_text(),
            [0.9, 0.1, 0.9, 0.1],
            Market().holds(-1.0).trades(*up[:6]),
        ),
        "one order at a time": (file_text(), [0.9, 0.9, 0.1, 0.9], Market().trades(*up[:6])),
        "time-out: one cancel, and the end makes room": (
            file_text(timeout=2.5),
            [0.9] * 6,
            Market()
            .trades(*up[:3])
            .says(tag=7)
            .says(tag=1)
            .says(tag=1)
            .trades(*up[3:5])
            .says(order_id=1, status=7)
            .says(order_id=1, status=4)
            .trades(*up[5:]),
        ),
        "a time-out after the end is nothing": (
            file_text(),
            [0.9] * 3,
            Market().trades(*up[:3]).says(order_id=1, status=3).says(tag=1),
        ),
        "rejected, expired: the next bar tries again": (
            file_text(),
            [0.9] * 6,
            Market()
            .trades(*up[:3])
            .says(order_id=1, status=5)
            .trades(up[3])
            .says(order_id=2, status=6)
            .says(order_id=9, status=3)
            .trades(*up[4:6]),
        ),
        "unknown outcome is not an end": (
            file_text(),
            [0.9] * 6,
            Market().trades(*up[:3]).says(order_id=1, status=8).trades(*up[3:5]),
        ),
        "market orders": (
            file_text(order_type="market"),
            [0.9, 0.2, 0.2],
            Market().trades(*up[:3]).says(order_id=1, status=3).holds(9.5).trades(*up[3:5]),
        ),
        "no offset: the limit is mid": (file_text(offset=0), [0.9], Market(spread=0.01).trades(*up[:3])),
    }


def refusals():
    """When nothing is asked for, and what stops a strategy."""
    up, nothing = UP, {"bid": math.nan, "ask": math.nan}
    return {
        "no valid quote, no order": (
            file_text(),
            [0.9] * 5,
            Market().trades(*up[:2]).trade(101.0, **nothing).trade(101.5, bid=102.0).trade(102.0, bid=0.0).trade(102.5),
        ),
        "no equity, no order": (
            file_text(),
            [0.9] * 4,
            Market()
            .trades(*up[:2])
            .holds(0.0, 0.0)
            .trade(101.0)
            .holds(0.0, -5.0)
            .trade(101.5)
            .holds(0.0, math.nan)
            .trade(102.0)
            .holds(0.0, 5.0)
            .trade(102.5),
        ),
        "history first: signals without orders": (
            file_text(),
            [0.9, 0.9, 0.1, 0.9],
            Market().says(warming_up=True).trades(*up[:4]).says(warming_up=False).trades(*up[4:6]),
        ),
        "a silence closes several bars at once": (
            file_text(),
            [0.9, 0.2, 0.9, 0.9],
            Market().trades(*up[:2]).passes(2.5).passes(0.5),
        ),
        "a feature that is NaN gives no signal": (
            file_text(),
            [0.9, 0.3],
            Market().trades(*up[:3]).holds(1.0).passes(5.0).trades(100.0, 101.0),
        ),
        "late trades join the open bar": (
            file_text(),
            [0.7, 0.2],
            Market().trades(*up[:3]).passes(-2.2).trade(90.0, 3.0).passes(1.7),
        ),
        "a model without an answer stops the strategy": (
            file_text(),
            [0.9, math.nan],
            Market().trades(*up[:6]).says(tag=1).trades(99.0),
        ),
        "an infinite answer stops it too": (file_text(), [math.inf], Market().trades(*up[:4])),
        "a time that cannot be stops it": (file_text(), [0.9, 0.9], Market().trades(*up[:3]).passes(3e6).trades(99.0)),
    }


def changes():
    """Parameters that change between two events, and those that may not."""
    market = Market().trades(100.0, 100.5)
    for name, value, accepted in [
        ("entry_threshold", 0.8, True),
        ("exit_threshold", 0.81, False),
        ("exit_threshold", 0.8, True),
        ("position_size_pct", 0.25, True),
        ("position_size_pct", 0.0, False),
        ("position_size_pct", math.nan, False),
        ("limit_offset_bps", 50.0, True),
        ("limit_offset_bps", -1.0, False),
        ("timeout_seconds", 1.5, True),
        ("timeout_seconds", 86_401.0, False),
        ("lookback_period", 3.0, False),
        ("speed", 1.0, False),
    ]:
        market.says(parameter=name, value=value, accepted=accepted)
    market.trades(101.0, 101.5).says(order_id=1, status=3).holds(5.0).trades(102.0, 102.5)
    return {"parameters change": (file_text(), [0.79, 0.8, 0.8, 0.8], market)}


class Told:
    """A model that gives the answers it was told."""

    def __init__(self, scores):
        self.scores = iter(scores)

    def predict_row(self, row):
        score = next(self.scores, 0.5)
        if math.isnan(score):
            raise ModelError("NaN")
        return score


def decide(strategy, event):
    """One event's requests."""
    if "warming_up" in event:
        strategy.warming_up = event["warming_up"]
        return []
    if "parameter" in event:
        with contextlib.nullcontext() if event["accepted"] else pytest.raises(InputError):
            strategy.set_parameter(event["parameter"], event["value"])
        return []
    if "tag" in event:
        return strategy.on_timer(event["tag"])
    if "order_id" in event:
        strategy.on_order(event["order_id"], event["status"])
        return []
    view = View(*(event[name] for name in View._fields))
    if "price" in event:
        return strategy.on_trade(event["time"], event["price"], event["qty"], view)
    return strategy.on_time(event["time"], view)


def strategy_of(text, scores, folder):
    path = folder / "golden.toml"
    path.write_text(text)
    model = load_model(FOLDER / "model.onnx") if scores is None else Told(scores)
    return FileStrategy(load_strategy_file(path), model)


def fields(decision):
    return {name: value if isinstance(value, float) else int(value) for name, value in decision._asdict().items()}


def run(text, scores, events, folder):
    strategy = strategy_of(text, scores, folder)
    requests = [
        {"event": number, **fields(decision)}
        for number, event in enumerate(events)
        for decision in decide(strategy, event)
    ]
    counts = {name: getattr(strategy.counts, name) for name in ("bars", "no_row", "no_quote", "no_size")}
    return requests, counts | {"late": strategy.builder.late, "stopped": strategy.fault is not None}


def with_model(folder):
    """A walk of 400 s, two trades a second at most, asked of model.onnx; a tiny market fills and rejects."""
    text = file_text('["rsi_14", "macd", "volume_ratio", "bb_pct"]', lookback=20, timeout=4)
    strategy = strategy_of(text, None, folder)
    market, state, price, live, held = Market(), 11, 10_000, None, 0.0

    def tell(event):
        nonlocal live
        market.events.append(event)
        for decision in decide(strategy, event):
            if decision.action in (1, 2):
                live = decision

    for _ in range(400):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        draw = state >> 33
        price += draw % 41 - 20 + (3 if (draw >> 20) % 2 else -3)
        if draw % 7:
            market.trade(price / 100, (draw % 900 + 1) / 1000)
            tell(market.events.pop())
        else:
            market.second += 1
        if live is not None and draw % 3 == 0:
            if draw % 2:
                held = live.qty if live.side == 1 else 0.0
                market.holds(held, 10_000.0 + draw % 100)
            order, live = live.order_id, None
            tell({"order_id": order, "status": 3 if draw % 2 else 4})
        elif live is not None and draw % 5 == 0:
            tell({"tag": live.order_id})
    return text, None, market


def table(row):
    return (
        "{ " + ", ".join(f"{k} = {str(v).lower() if isinstance(v, bool) else repr(v)}" for k, v in row.items()) + " }"
    )


def listed(name, rows):
    return f"{name} = [\n" + "".join(f"    {table(row)},\n" for row in rows) + "]\n"


def write():
    import tempfile

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        text = HEAD
        for name, (file, scores, market) in (scripted() | {"model.onnx": with_model(folder)}).items():
            requests, outcome = run(file, scores, market.events, folder)
            text += f"\n[[case]]\nname = \"{name}\"\nfile = '''\n{file}'''\n"
            text += "" if scores is None else f"scores = {scores!r}\n"
            text += f"outcome = {table(outcome)}\n{listed('events', market.events)}"
            requests = [{k: v for k, v in row.items() if v != 0 or k == "event"} for row in requests]
            text += listed("requests", requests)
    GOLDEN.write_text(text)


def cases():
    return tomllib.loads(GOLDEN.read_text())["case"] if GOLDEN.exists() else []


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_decisions_are_those_of_the_file(case, tmp_path):
    if "scores" not in case:
        pytest.importorskip("onnxruntime")
    requests, outcome = run(case["file"], case.get("scores"), case["events"], tmp_path)
    nothing = dict.fromkeys(requests[0] if requests else (), 0)
    assert requests == [nothing | row for row in case["requests"]]
    assert outcome == case["outcome"]


def test_the_file_holds_these_cases():
    known = {case["name"]: case for case in cases()}
    assert list(known) == [*scripted(), "model.onnx"]
    for name, (file, scores, market) in scripted().items():
        assert known[name]["file"] == file
        assert repr(known[name]["scores"]) == repr(scores)
        assert repr(known[name]["events"]) == repr(market.events)
    long = [row["action"] for row in known["model.onnx"]["requests"]]
    assert long.count(9) > 200
    assert long.count(2) > 20
    assert long.count(6) > 3


if __name__ == "__main__":
    write()
