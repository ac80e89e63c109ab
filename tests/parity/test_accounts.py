"""An account on events in both hosts: the same orders, refusals, liquidations and payments, to the last bit."""

import json
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from pyrt.backtest import Account, Rates, Simulation
from pyrt.backtest.parity import parting, run_backtest, run_replay
from pyrt.data import Recording, read_recording, save_recording
from pyrt.types import InstrumentKind, Kind
from tests.backtest.accounts.random_runs import INSTRUMENTS, INVERSE, Gambler, run_of, splits_of
from tests.parity.market import START, random_market
from tests.parity.strategies import ALL

pytestmark = pytest.mark.engine

SECONDS = START + np.arange(60) * 10**9
ACCOUNTS = {
    "geared": Account(leverage=5.0, maintenance=0.15, liquidation_bps=30, interest=5.0, borrow=9.0),
    "cash": Account(funding={"binance:BTC-USDT": Rates(SECONDS, np.sin(np.arange(60)) / 50)}),
    "paid": Account(
        leverage=20.0, maintenance=0.049, funding={"binance:ETH-USDT": Rates(SECONDS + 7, np.cos(np.arange(60)) / 9)}
    ),
}
WAYS = {
    "defaults": Simulation(),
    "slow": Simulation(feed_latency_ns=3_000_000, order_latency_ns=40_000_000, response_latency_ns=25_000_000),
    "at once": Simulation(feed_latency_ns=0, order_latency_ns=0, response_latency_ns=0, taker_fee=-3_000),
    "quotes": Simulation(book="quotes", jitter_ns=9_000_000),
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PYRT_CACHE", str(tmp_path / "cache"))


def compare(folder, recording, cls, simulation, **terms):
    """Run a strategy in both hosts, demand equality, and return Python's result."""
    ours = run_backtest(recording, cls, simulation, **terms)
    theirs = run_replay(save_recording(folder / "events.npy", recording), cls, folder, simulation, **terms)
    difference = parting(ours, theirs)
    assert not difference, difference
    return ours


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize(("name", "way"), list(zip(ALL, [*WAYS, "defaults"], strict=True)))
@pytest.mark.usefixtures("engine_binary")
def test_strategies_with_accounts(tmp_path, name, way, account):
    recording = Recording(*random_market(seed=sum(map(ord, name + way + account))))
    cash = 3_000 if account == "cash" else 400  # orders of hundreds are too much now and then
    run = compare(tmp_path, recording, ALL[name], WAYS[way], cash=cash, account=ACCOUNTS[account])
    assert run.counts["fills"] > 0


@pytest.mark.parametrize("inverse", [False, True], ids=["linear", "inverse"])
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.usefixtures("engine_binary")
def test_random_accounts_of_several_currencies(tmp_path, seed, inverse):
    events, terms, parameters = run_of(1_000 + seed, inverse=inverse)
    terms.pop("simulation")
    way = [*WAYS.values()][seed % 4]
    recording = Recording(events, INVERSE if inverse else INSTRUMENTS)
    compare(tmp_path, recording, Gambler, way, **terms, **parameters)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.usefixtures("engine_binary")
def test_splits_at_random(tmp_path, seed):
    events, terms, parameters = run_of(2_000 + seed, inverse=seed % 4 == 3)
    terms.pop("simulation")
    table = INVERSE if seed % 4 == 3 else INSTRUMENTS
    terms["actions"] = splits_of(seed, events, table)
    way = replace([*WAYS.values()][seed % 4], book="quotes")
    run = compare(tmp_path, Recording(events, table), Gambler, way, **terms, **parameters)
    assert run.counts["fills"] > 0
    answers = run.arrays["answers"]
    reasons = answers["flags"][answers["kind"] == Kind.ORDER_UPDATE] & 0xFF
    assert (reasons == 22).any()


@pytest.mark.usefixtures("engine_binary")
def test_what_the_engine_does_not_know_is_refused_by_name(tmp_path, engine_binary):
    recording = Recording(*random_market(seed=1, count=50))
    events = save_recording(tmp_path / "events.npy", recording)
    tables = {
        "split = 2": "account.split: there is no such key",
        '[account.splits]\n"binance:BTC-USDT" = [[0, 2]]': "must be [[time, new, old], ...]",
        "leverage = 5": "account.leverage: must be an integer from 100000000",
        'interest = "5%"': "account.interest: must be [[time, value], ...]",
        '[account.funding]\n"binance:DOGE-USDT" = [[0, 1]]': 'account: "binance:DOGE-USDT" is not in the data',
    }
    for table, words in tables.items():
        (tmp_path / "account.toml").write_text(f"[account]\n{table}\n")
        folder = tmp_path / "built"
        folder.mkdir(exist_ok=True)
        if not (folder / "Cross.so").exists():
            run_replay(events, ALL["Cross"], folder)
        command = [engine_binary, "replay", "--events", events, "--strategy", folder / "Cross.so"]
        done = subprocess.run(
            [*command, "--account", tmp_path / "account.toml"], capture_output=True, text=True, check=False
        )
        assert (done.returncode, words in done.stderr) == (2, True), done.stderr
    (tmp_path / "account.toml").write_text("[account]\n")
    done = subprocess.run(
        [*command, "--account", tmp_path / "account.toml"], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["paid"] == "0"


@pytest.mark.parametrize("name", ALL)
@pytest.mark.usefixtures("engine_binary")
def test_inverse_contracts_without_an_account(tmp_path, name):
    events, instruments = random_market(seed=sum(map(ord, name)))
    details = {**instruments[1].details, "multiplier": 100.0}
    table = (instruments[0], replace(instruments[1], kind=InstrumentKind.INVERSE, details=details))
    assert read_recording(save_recording(tmp_path / "read.npy", Recording(events, table))).instruments[1] == table[1]
    run = compare(tmp_path, Recording(events, table), ALL[name], WAYS["defaults"])
    assert run.counts["fills"] > 0
