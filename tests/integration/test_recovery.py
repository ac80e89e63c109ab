"""An engine that is killed at any moment goes on with its session: the venue and its books agree to the last digit."""

import json
import os
import random
import struct
import subprocess
import time
from decimal import Decimal
from pathlib import Path

import pytest

import pyrt
from pyrt._engine import find_engine
from pyrt.backtest.parity import decide_again
from pyrt.live.process import EngineProcess
from pyrt.strategy import build
from tests.integration.stack import simulated

ROOT = Path(__file__).parents[2]
KILLS = 50
SNAPSHOT = 12
START = {"USDT": Decimal(100_000), "BTC": Decimal(10)}


class Restless(pyrt.Strategy):
    """Rests an order on each side, moves it with the market, and crosses the book now and then."""

    depth = 1
    qty: float = 0.001

    def start(self, ctx):
        self.books = 0.0

    def on_book(self, ctx, delta):
        if ctx.bid_levels == 0 or ctx.ask_levels == 0:
            return
        self.books += 1.0
        for k in range(ctx.order_count):
            order = ctx.order(k)
            left = order.price < ctx.best_bid if order.side == 1 else order.price > ctx.best_ask
            if left and order.status != 7:
                ctx.cancel(order.order_id)
        if ctx.order_count > 2:
            return
        if self.books % 7.0 == 3.0:
            ctx.market(self.qty if ctx.position <= 0.0 else -self.qty)
        elif ctx.working_buy == 0:
            ctx.limit(self.qty, ctx.best_bid, post_only=True)
        elif ctx.working_sell == 0:
            ctx.limit(-self.qty, ctx.best_ask, post_only=True)


@pytest.fixture
def settings(tmp_path, name):
    """A configuration with two strategies that trade as much as the venue lets them."""
    blocks = []
    for strategy in ("one", "two"):
        build(Restless, tmp_path / f"{strategy}.so")
        blocks.append(f'[[strategies]]\nname = "{strategy}"\ncode = "{strategy}.so"\nsymbols = ["BTC-USDT"]\n')
    limits = (ROOT / "config" / "risk_limits.toml").read_text()
    rate = "max_order_rate_per_min = 60"
    assert rate in limits
    (tmp_path / "risk_limits.toml").write_text(limits.replace(rate, "max_order_rate_per_min = 100000"))
    config = tmp_path / "engine.toml"
    config.write_text(
        f'[engine]\nname = "{name}"\n[venues.binance]\nsymbols = ["BTC-USDT"]\n'
        '[trading]\nmode = "paper"\nrisk = "risk_limits.toml"\ncash = 100000.0\nrecv_window_ms = 400\n'
        "[trading.usd]\nUSDT = 1.0\n"
        f'[journal]\ndirectory = "{tmp_path / "journal"}"\ncapacity_mb = 2\n'
        f'[messages]\ndirectory = "{tmp_path / "sockets"}"\n' + "\n".join(blocks)
    )
    return config


def started(config, address, *more):
    """An engine on this configuration, trading at this address."""
    sets = [f"venues.binance.websocket=ws://{address}", f"venues.binance.rest=http://{address}"]
    sets += ["venues.binance.backoff_initial_ms=20", *more]
    return EngineProcess("run", "--config", str(config), *(part for one in sets for part in ("--set", one)))


def entries(path):
    """Kind and payload of every entry of a journal (``proto/CONTAINER.md``)."""
    data, at = path.read_bytes(), 4096
    while at + 24 <= len(data):
        length, _, kind = struct.unpack_from("<IIH", data, at)
        if length < 24:
            return
        yield kind, data[at + 24 : at + length]
        at += -(-length // 8) * 8


def sessions(config):
    """The files of each session in order, the oldest session first."""
    found = {}
    for path in (config.parent / "journal").glob("*.pyrt"):
        found.setdefault(path.name.split(".")[0], []).append(path)
    return [sorted(files, key=part_of) for _, files in sorted(found.items())]


def part_of(path):
    """The number of a session's file: ``name.pyrt`` is 1, ``name.2.pyrt`` is 2."""
    return int(path.suffixes[0][1:]) if len(path.suffixes) == 2 else 1


def left_behind(files):
    """What a session left when it ended: the last entry."""
    kind, payload = list(entries(files[-1]))[-1]
    assert kind == SNAPSHOT
    return json.loads(payload)


def taken_over(files):
    """What a session began with: the third entry."""
    kind, payload = list(entries(files[0]))[2]
    assert kind == SNAPSHOT
    return json.loads(payload)


def decided_again(config, journal):
    """What ``pyrt-engine replay JOURNAL`` says of a journal; Python must say the same."""
    command = [str(find_engine()), "replay", str(journal), "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    in_python = decide_again(journal, config=config)
    assert in_python.equal, in_python.difference
    return json.loads(done.stdout)


def gained(snapshot):
    """Money gained and coins held by all strategies together."""
    start = int(snapshot["cash"])
    money = sum(int(one["account"]["cash"]) - start for one in snapshot["strategies"])
    coins = Decimal(0)
    for one in snapshot["strategies"]:
        for holding in one["holdings"]:
            mantissa, exponent = holding["lot"]
            coins += holding["lots"] * Decimal(mantissa).scaleb(-exponent)
    return Decimal(money).scaleb(-18), coins


def moved(account):
    """What the venue says that the account has gained, by asset."""
    held = {asset: Decimal(one["free"]) + Decimal(one["locked"]) for asset, one in account["balances"].items()}
    return held["USDT"] - START["USDT"], held["BTC"] - START["BTC"]


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_fifty_kills_lose_no_fill_double_none_and_leave_no_order_unknown(settings, name):
    seed = int(os.environ.get("PYRT_TEST_SEED", time.time_ns() % 2**32))
    print(f"PYRT_TEST_SEED={seed}")  # noqa: T201 (pytest shows it when the test fails)
    rng = random.Random(seed)
    market = ("--market", f"seed={seed},symbols=BTC-USDT,rate=400", "--account", "cash=USDT:100000+BTC:10")
    with simulated(*market) as (venue, address):
        for _ in range(KILLS):
            with started(settings, address) as engine:
                engine.wait_for_feed(name)
                time.sleep(rng.uniform(0.0, 0.5))
                engine.check()
                engine.kill()
        with started(settings, address) as engine:
            engine.wait_for_feed(name)
            engine.wait_until(lambda: "recovered after" in engine.log_tail(200), "word of a recovery", 20.0)
            time.sleep(3.0)  # what never reached the venue is known after recv_window_ms and a second
            assert engine.stop() == 0, engine.log_tail()
        (killed,) = sessions(settings)
        first = left_behind(killed)
        assert first["orders"] == [], "orders whose end is not known"
        # A stop was clean: the next session begins with what this one left.
        with started(settings, address) as engine:
            engine.wait_for_feed(name)
            time.sleep(1.5)
            assert engine.stop() == 0, engine.log_tail()
        venue.stop()
        account = venue.read_json()["account"]
    killed, after = sessions(settings)
    begun, last = taken_over(after), left_behind(after)
    again = [decided_again(settings, files[0]) for files in (killed, after)]
    print(f"{account['orders']} orders, {account['fills']} fills, {again[0]['inputs']} inputs in 51 lives")  # noqa: T201
    assert begun == first
    assert account["open_orders"] == last["orders"] == []
    assert gained(last) == moved(account)
    assert all(one["equal"] for one in again), again
    assert sum(one["fills"] for one in again) == account["fills"]
    assert again[0]["fills"] > 20
