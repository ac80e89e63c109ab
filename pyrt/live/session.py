"""A conversation with an engine over ZeroMQ, without the sockets: what to send, how long to wait, what an answer means.

Both clients (``client.py``) drive it, one with calls and one with coroutines.
"""

from __future__ import annotations

import os
import time
import uuid
from collections import deque
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EngineError, FeedNotFound

if TYPE_CHECKING:
    from .messages import commands_pb2

__all__ = ["Received", "Session", "Step", "runtime_directory"]

Received = tuple[str, Any]
"""A topic and its message."""

Step = list[bytes] | float
"""What a conversation wants next: frames to send, or to wait so many seconds for a message."""

PING_AGAIN = 0.05


def runtime_directory() -> Path:
    """Return the directory of sockets: ``$PYRT_RUNTIME_DIR``, ``$XDG_RUNTIME_DIR/pyrt`` or ``/tmp/pyrt-UID``."""
    if named := os.environ.get("PYRT_RUNTIME_DIR"):
        return Path(named)
    if session := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(session) / "pyrt"
    return Path(f"/tmp/pyrt-{os.getuid()}")  # noqa: S108, RUF100 (the engine makes it private, and checks)


class Session:
    """What is known of one engine: its addresses, its session id, what was lost."""

    def __init__(self, name: str, topics: tuple[str, ...], timeout: float) -> None:
        self.name = name
        self.topics = (*topics, "ack.")
        self.timeout = timeout
        self.session_id = 0
        self.lost = 0
        self.pending: deque[Received] = deque()
        self._sequences: dict[str, int] = {}
        directory = runtime_directory()
        self.events, self.commands = (directory / f"{name}.{what}" for what in ("events", "commands"))
        if not self.events.exists():
            running = sorted(path.stem for path in directory.glob("*.events")) if directory.is_dir() else []
            raise FeedNotFound(
                f"name: no engine {name!r} has its sockets in {directory}; running: {', '.join(running) or 'none'}"
            )

    def connect(self, context: Any) -> tuple[Any, Any]:
        """Open both sockets on `context`."""
        import zmq

        events = context.socket(zmq.SUB)
        commands = context.socket(zmq.XPUB)  # XPUB hears the engine's subscription: before it, a command would be lost
        events.rcvhwm = 100_000
        for topic in self.topics:
            events.subscribe(topic)
        events.connect(f"ipc://{self.events}")
        commands.connect(f"ipc://{self.commands}")
        return events, commands

    def exchange(self, **action: Any) -> Generator[Step, Received | None, commands_pb2.Ack]:
        """Send one command and wait for its answer; messages that come meanwhile are kept.

        The answer is published: until our subscription has reached the engine, it may be lost. So a ping, which
        changes nothing, is sent again and again, and every client pings first.
        """
        deadline = time.monotonic() + self.timeout
        sent: set[str] = set()
        while (now := time.monotonic()) < deadline:
            command_id, frames = self._command(action)
            sent.add(command_id)
            yield frames
            until = min(deadline, now + PING_AGAIN) if "ping" in action else deadline
            while (left := until - time.monotonic()) > 0:
                received = yield left
                if received is None:
                    continue
                if not received[0].startswith("ack."):
                    self.pending.append(received)
                elif received[1].command_id in sent:
                    return self._accepted(received[1])
        raise self.silence()

    def decode(self, frames: list[bytes]) -> Received:
        """Return topic and message, and count what its sequence says was lost."""
        topic = frames[0].decode()
        kind = topic.partition(".")[0]
        message = _message_types()[kind]()
        message.ParseFromString(frames[1])
        if f"{kind}." in self.topics and kind not in ("tick", "ack"):  # a tick of the users' contract has no header
            last = self._sequences.get(kind)
            self.lost += message.header.sequence - last - 1 if last is not None else 0
            self._sequences[kind] = message.header.sequence
        return topic, message

    def silence(self) -> EngineError:
        """Make the error of an engine that does not answer."""
        return EngineError(f"engine {self.name!r} did not answer within {self.timeout:g} s; is it running?")

    def _command(self, action: Mapping[str, Any]) -> tuple[str, list[bytes]]:
        from .messages import commands_pb2

        command = commands_pb2.Command(
            command_id=str(uuid.uuid4()), session_id=self.session_id, time_ns=time.time_ns(), **action
        )
        return command.command_id, [b"command", command.SerializeToString()]

    def _accepted(self, ack: commands_pb2.Ack) -> commands_pb2.Ack:
        if not ack.accepted:
            raise EngineError(f"engine {self.name!r} refused the command: {ack.reason}")
        self.session_id = ack.header.session_id
        return ack


def _message_types() -> Mapping[str, Any]:
    from .messages import commands_pb2, messages_pb2, trading_pb2

    return {
        "tick": messages_pb2.MarketTick,
        "trade": trading_pb2.Trade,
        "book": trading_pb2.BookSnapshot,
        "order": trading_pb2.Order,
        "fill": trading_pb2.Fill,
        "signal": trading_pb2.Signal,
        "position": trading_pb2.Position,
        "account": trading_pb2.Account,
        "status": trading_pb2.Status,
        "ack": commands_pb2.Ack,
    }
