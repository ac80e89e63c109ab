"""The client against a bare engine of our own making: two sockets and the rules of ``proto/commands.proto``."""

import asyncio
import filecmp
import runpy
import threading
import time
from pathlib import Path

import pytest

from pyrt.errors import EngineError, FeedNotFound, InputError
from pyrt.live.client import AsyncEngineClient, EngineClient

zmq = pytest.importorskip("zmq")
ROOT = Path(__file__).parents[2]


class BareEngine(threading.Thread):
    """Answers every command, refuses strategy "no", and publishes fills after a start."""

    def __init__(self, directory, name="demo"):
        super().__init__(daemon=True)
        self.context = zmq.Context()
        self.events, self.commands = self.context.socket(zmq.PUB), self.context.socket(zmq.SUB)
        self.events.bind(f"ipc://{directory}/{name}.events")
        self.commands.bind(f"ipc://{directory}/{name}.commands")
        self.commands.subscribe(b"command")
        self.seen, self.sequence, self.stopping = [], 0, threading.Event()

    def run(self):
        from pyrt.live.messages import commands_pb2

        while not self.stopping.is_set():
            if not self.commands.poll(20):
                continue
            command = commands_pb2.Command.FromString(self.commands.recv_multipart()[1])
            self.seen.append(command)
            action = command.WhichOneof("action")
            if action == "start":
                self.publish_fills(3)
            refused = action != "ping" and command.session_id != 77
            no = action in ("start", "stop") and getattr(command, action).strategy == "no"
            ack = commands_pb2.Ack(command_id=command.command_id, accepted=not (refused or no))
            ack.reason = "session_id" if refused else "there is no strategy 'no'" if no else ""
            ack.header.session_id, ack.parameters_version = 77, 5
            if action != "kill":  # this engine dies of it
                self.events.send_multipart([b"ack." + command.command_id.encode(), ack.SerializeToString()])

    def publish_fills(self, n, skip=0):
        from pyrt.live.messages import trading_pb2

        for i in range(n):
            self.sequence += 1
            fill = trading_pb2.Fill(strategy="cross", price=100.0 + i, qty=1.0)
            fill.header.sequence = self.sequence
            self.events.send_multipart([b"fill.cross", fill.SerializeToString()])
        self.sequence += skip

    def close(self):
        self.stopping.set()
        self.join()
        self.context.destroy(linger=0)


@pytest.fixture
def engine(tmp_path, monkeypatch):
    monkeypatch.setenv("PYRT_RUNTIME_DIR", str(tmp_path))
    bare = BareEngine(tmp_path)
    bare.start()
    yield bare
    bare.close()


def test_commands_are_answered_and_messages_kept(engine):
    with EngineClient("demo", topics=("fill.",)) as client:
        assert client.session_id == 77
        ack = client.start("cross")
        assert ack.accepted
        fills = [message.price for topic, message in client.messages(timeout=0.2)]
        assert fills == [100.0, 101.0, 102.0]
        assert client.update_parameters("cross", fast=8.0).parameters_version == 5
        assert client.lost == 0
    names = [command.WhichOneof("action") for command in engine.seen if not command.HasField("ping")]
    assert names == ["start", "update_parameters"]
    assert engine.seen[-1].update_parameters.values["fast"] == 8.0
    assert len({command.command_id for command in engine.seen}) == len(engine.seen)
    assert abs(engine.seen[-1].time_ns - time.time_ns()) < 10**10


def test_a_refusal_says_why_and_silence_ends(engine):
    with EngineClient("demo", timeout=0.3) as client:
        with pytest.raises(EngineError, match="no strategy 'no'"):
            client.stop("no")
        with pytest.raises(EngineError, match=r"did not answer within 0\.3 s"):
            client.kill("test")
        with pytest.raises(InputError, match="values"):
            client.update_parameters("cross")
    with pytest.raises(EngineError, match="with statement"):
        client.stop()


def test_what_was_dropped_is_counted(engine):
    with EngineClient("demo", topics=("fill.",)) as client:
        client.start("cross")
        engine.publish_fills(1, skip=4)
        engine.publish_fills(1)
        assert len(list(client.messages(timeout=0.2))) == 5
        assert client.lost == 4


def test_no_engine_is_an_error_that_names_those_that_run(engine, tmp_path):
    with pytest.raises(FeedNotFound, match=r"no engine 'other'.*running: demo"):
        EngineClient("other")


def test_the_same_for_asyncio(engine):
    async def talk():
        async with AsyncEngineClient("demo", topics=("fill.",)) as client:
            await client.start("cross")
            with pytest.raises(EngineError, match="no strategy"):
                await client.stop("no")
            return [message.price async for _, message in client.messages(timeout=0.2)]

    assert asyncio.run(talk()) == [100.0, 101.0, 102.0]


def test_generating_the_messages_anew_changes_nothing(tmp_path):
    pytest.importorskip("grpc_tools")
    runpy.run_path(str(ROOT / "proto" / "generate.py"))["generate"](tmp_path)
    home = ROOT / "pyrt" / "live" / "messages"
    names = sorted(path.name for path in home.glob("*_pb2.py*"))
    assert names == sorted(path.name for path in tmp_path.iterdir())
    same, different, errors = filecmp.cmpfiles(home, tmp_path, names, shallow=False)
    assert not different, "run: python proto/generate.py"
    assert not errors
    assert same == names
