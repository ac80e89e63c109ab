"""Cases worked out by hand (``tests/golden/bar_paths.toml``): what fills where, and how orders end."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from pyrt import Backtest, Strategy
from pyrt.backtest import CostModel
from pyrt.data import Bars

CASES = tomllib.loads((Path(__file__).parents[2] / "golden" / "bar_paths.toml").read_text())["case"]
MINUTE = 60_000_000_000
ACTIONS = (
    "market", "limit", "stop", "stop_limit", "trailing_stop", "bracket", "target", "close", "cancel", "modify",
)  # fmt: skip
TIFS = {"gtc": 0, "ioc": 1, "fok": 2, "day": 4}
SIZES = {"notional": 1, "fraction": 2}
COLUMNS = (
    "bar",
    "action",
    "a",
    "b",
    "c",
    "d",
    "tif",
    "expiry",
    "post",
    "reduce",
    "sizing",
    "display",
    "parent",
    "group",
)
PLAN = []


class Scripted(Strategy):
    """Asks for what the present case says."""

    def start(self, ctx):
        self.plan = np.array(PLAN, float).reshape(-1)
        self.width: int = 14
        self.bar: int = 0

    def on_bar(self, ctx, bar):
        for k in range(len(self.plan) // self.width):
            at = k * self.width
            if self.plan[at] == self.bar:
                self.ask(ctx, at)
        self.bar += 1

    def ask(self, ctx, at):
        action = self.plan[at + 1]
        a = self.plan[at + 2]
        b = self.plan[at + 3]
        tif = int(self.plan[at + 6])
        reduce = self.plan[at + 9] != 0.0
        sizing = int(self.plan[at + 10])
        parent = int(self.plan[at + 12])
        group = int(self.plan[at + 13])
        if action == 0.0:
            ctx.market(a, sizing, reduce)
        elif action == 1.0:
            expiry = 0
            if self.plan[at + 7] != 0.0:
                expiry = ctx.now + int(self.plan[at + 7]) * 60_000_000_000
            ctx.limit(
                a,
                b,
                tif,
                self.plan[at + 8] != 0.0,
                reduce_only=reduce,
                sizing=sizing,
                expiry=expiry,
                display=self.plan[at + 11],
                parent=parent,
                group=group,
            )
        elif action == 2.0:
            ctx.stop(a, b, sizing, reduce, parent=parent, group=group)
        elif action == 3.0:
            ctx.stop_limit(a, b, self.plan[at + 4], reduce)
        elif action == 4.0:
            ctx.trailing_stop(a, b, reduce)
        elif action == 5.0:
            ctx.bracket(a, b, self.plan[at + 4], self.plan[at + 5])
        elif action == 6.0:
            ctx.target(a)
        elif action == 7.0:
            ctx.close()
        elif action == 8.0:
            ctx.cancel(a)
        else:
            ctx.modify(a, b, self.plan[at + 4], self.plan[at + 5])


def plan_of(line):
    """A request of a case as numbers: "0: limit 10 98 tif=ioc post_only"."""
    bar, _, words = line.partition(":")
    action, *rest = words.split()
    row = dict.fromkeys(COLUMNS, 0.0) | {"bar": float(bar), "action": float(ACTIONS.index(action))}
    places = iter("abcd")
    for word in rest:
        name, equals, value = word.partition("=")
        if not equals and re.fullmatch(r"-?[\d.]+", word):
            row[next(places)] = float(word)
        elif not equals:
            row[{"post_only": "post", "reduce_only": "reduce"}[word]] = 1.0
        else:
            row[name] = float(TIFS.get(value, SIZES.get(value, value)) if name in ("tif", "sizing") else value)
    return [row[name] for name in COLUMNS]


def bars_of(case):
    columns = np.array(case["bars"], float).T
    first = np.datetime64(case.get("begin", "2024-03-05T12:00:00"), "ns").astype(np.int64)
    times = first + MINUTE * np.arange(1, columns.shape[1] + 1)
    return Bars(times, *columns[:4], volume=columns[4] if len(columns) > 4 else None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"].replace(" ", "_"))
@pytest.mark.parametrize("jit", [True, False], ids=["compiled", "plain"])
def test_case(case, jit):
    PLAN[:] = [plan_of(line) for line in case["ask"]]
    costs = CostModel(fees_bps=0, slippage_bps=case.get("slippage_bps", 0.0), volume_limit=case.get("volume_limit"))
    backtest = Backtest(
        bars_of(case), cash=case.get("cash", 100_000.0), costs=costs, fill=case.get("fill", "next_open")
    )
    result = backtest.run(Scripted, jit=jit)
    fills = [f"{f['row']} {f['side']} {f['qty']:.10g} @ {f['price']:.10g} {f['place']}" for f in result.fills]
    assert fills == case["fills"]
    ends = [f"{o['id']} {o['status']} {o['reason']}".strip() for o in result.orders if o["status"] != "live"]
    assert ends == case["ends"]


def test_every_rule_has_its_case():
    assert len(CASES) >= 48
    assert len({case["name"] for case in CASES}) == len(CASES)
