"""The data's time at a speed, by a clock that does not wait."""

import numpy as np
import pandas as pd
import pytest

import pyrt
from pyrt.backtest.sessions.pace import Pace, WallClock
from pyrt.errors import DTypeError, InputError
from pyrt.types import Kind
from tests.backtest.sessions.test_session import ALL, EVENTS, Still, backtest, outcome, straight
from tests.parity.market import START


class Watch:
    """A clock that is set forward by whoever waits, and by the work that a callback is said to do."""

    def __init__(self, work=0.0):
        self.time, self.work, self.slept = 1000.0, work, []

    def now(self):
        return self.time

    def sleep(self, seconds):
        assert seconds > 0
        self.slept.append(seconds)
        self.time += seconds


class Broken:
    def now(self):
        raise AssertionError("nobody may ask for the time")

    sleep = now


def test_records_come_when_they_are_due():
    watch, seen = Watch(), []
    played = backtest().replay(lambda record: seen.append((watch.now(), record.copy())), speed=60, clock=watch)
    assert played == len(seen) == len(EVENTS)
    received = EVENTS["words"][:, 0]
    due = 1000.0 + (received - received[0]) / 1e9 / 60
    np.testing.assert_allclose([time for time, _ in seen], due, rtol=0, atol=1e-9)
    assert b"".join(record.tobytes() for _, record in seen) == EVENTS.tobytes()
    trades = [float(record["price"]) for _, record in seen if record["kind"] == Kind.TRADE]
    assert len(trades) == np.count_nonzero(EVENTS["kind"] == Kind.TRADE)


def test_an_hour_takes_a_minute():
    watch, pace = Watch(), Pace(60)
    pace._clock = watch
    for hour in range(5):
        pace.wait_for(START + hour * 3600 * 10**9)
    assert watch.slept == [60.0] * 4


def test_what_is_late_is_caught_up_with():
    watch, times = Watch(), []

    def slow(record):
        times.append(watch.now())
        watch.time += 0.5 if len(times) == 2 else 0.0

    minutes = (START + 10**9 * np.arange(5)).view("M8[ns]")
    price = np.full(5, 10.0)
    bars = pyrt.Backtest({"time": minutes, **dict.fromkeys(("open", "high", "low", "close"), price)})
    assert bars.replay(slow, speed=5, clock=watch) == 5
    np.testing.assert_allclose(np.array(times) - 1000.0, [0.0, 0.2, 0.7, 0.7, 0.8])


def test_as_fast_as_possible_asks_no_clock():
    assert backtest().replay(lambda record: None, clock=Broken()) == len(EVENTS)


def test_bars_are_records_of_their_columns():
    price = np.array([10.0, 11.0, 12.0])
    days = np.arange("2024-01-01", "2024-01-04", dtype="datetime64[D]")
    columns = {"open": price, "high": price + 1, "low": price - 1, "close": price, "volume": 5.0}
    seen = []
    backtest = pyrt.Backtest(pd.DataFrame(columns, index=days))
    assert backtest.replay(lambda bar: seen.append(bar.copy()) or len(seen) < 2) == 2
    assert [bar["time"] for bar in seen] == list(days[:2])
    assert [bar["high"] for bar in seen] == [11.0, 12.0]
    assert seen[0].dtype.names == ("time", "open", "high", "low", "close", "volume")


@pytest.mark.parametrize("every", [1, 250, "500ms", np.timedelta64(2, "s")])
def test_a_session_that_is_watched_is_the_run(every):
    cls, parameters = ALL["Cross"]
    watch, seen = Watch(), []
    session = backtest().session(cls, **parameters)
    calls = session.play(lambda s: seen.append((watch.now(), s.time, s.records)), speed=10, every=every, clock=watch)
    assert calls == len(seen) > 3
    assert session.done
    assert outcome(session.finish()) == straight("Cross", True)
    clock, data = np.array([t for t, *_ in seen]), np.array([t for _, t, _ in seen]).astype(np.int64)
    np.testing.assert_allclose(clock - clock[0], (data - data[0]) / 1e10, rtol=0, atol=1e-9)
    if not isinstance(every, int):
        assert len(set(np.diff(data).tolist())) == 1
    assert seen[-1][2] == len(EVENTS)


def test_a_callback_can_stop_and_go_on():
    session = backtest().session(Still, jit=False)
    assert session.play(lambda s: s.records < 10, clock=Broken()) == 10
    assert session.records == 10
    session.play(lambda s: None, every=500)
    assert session.done


def test_the_machine_has_a_clock():
    clock = WallClock()
    before = clock.now()
    clock.sleep(0.001)
    assert clock.now() > before


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf"), "fast", True])
def test_speeds_that_cannot_be(speed):
    with pytest.raises((InputError, DTypeError), match="speed"):
        backtest().replay(print, speed=speed)


def test_callbacks_and_stretches_that_cannot_be():
    with pytest.raises(DTypeError, match="callback: must be a function"):
        backtest().replay(None)
    for every in (0, "a while", -5):
        with pytest.raises((InputError, DTypeError)):
            backtest().session(Still, jit=False).play(print, every=every)
