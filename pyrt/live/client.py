"""Talking to a running engine: commands with an answer, and messages as they come; with calls, and for asyncio."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ..errors import EngineError, InputError, MissingPiece
from .session import Received, Session, Step

if TYPE_CHECKING:
    from .messages import commands_pb2

__all__ = ["AsyncEngineClient", "EngineClient"]


class _Client:
    """The commands by name. ``_send`` is a call in the one client and a coroutine in the other."""

    def __init__(self, name: str, *, topics: tuple[str, ...] = (), timeout: float = 5.0) -> None:
        try:
            import google.protobuf  # noqa: F401
            import zmq  # noqa: F401
        except ImportError as error:
            raise MissingPiece(f"{error.name} is not installed: pip install pyzmq protobuf") from None
        self._session = Session(name, topics, timeout)
        self._context: Any = None

    @property
    def session_id(self) -> int:
        """The engine's session, as in the shared memory's header."""
        return self._session.session_id

    @property
    def lost(self) -> int:
        """Messages of the subscribed kinds that never arrived."""
        return self._session.lost

    def close(self) -> None:
        """Close both sockets; twice is once."""
        if self._context is not None:
            self._context.destroy(linger=0)
            self._context = None

    def ping(self) -> Any:
        """Ask for an answer and nothing else."""
        return self._send(ping={})

    def start(self, strategy: str = "") -> Any:
        """Let a strategy send orders; all of them if none is named."""
        return self._send(start={"strategy": strategy})

    def stop(self, strategy: str = "") -> Any:
        """Let a strategy send no new orders, and cancel what rests; all of them if none is named."""
        return self._send(stop={"strategy": strategy})

    def flatten(self, strategy: str = "") -> Any:
        """Stop, cancel, and close the position at the market; all of them if none is named."""
        return self._send(flatten={"strategy": strategy})

    def kill(self, reason: str) -> Any:
        """Pull the kill switch: no order leaves until the engine is started anew."""
        return self._send(kill={"reason": reason})

    def update_parameters(self, strategy: str, **values: float) -> Any:
        """Set live parameters of a strategy, all or none; the answer carries the version now in force."""
        if not values:
            raise InputError("values: give at least one parameter, such as update_parameters('cross', threshold=0.7)")
        return self._send(update_parameters={"strategy": strategy, "values": values})

    def _send(self, **action: Any) -> Any:
        raise NotImplementedError

    def _connected(self) -> Session:
        if self._context is None:
            raise EngineError("the client is not connected: use it in a with statement")
        return self._session


def _milliseconds(deadline: float | None) -> int | None:
    return None if deadline is None else max(0, int((deadline - time.monotonic()) * 1000))


class EngineClient(_Client):
    """A running engine's ear and mouth: typed messages out, commands in, each answered.

    Every command returns the engine's acknowledgement (``Ack``: ``command_id``, ``parameters_version``, ``header``).

    Parameters
    ----------
    name : str
        The engine's name.
    topics : tuple of str
        Prefixes of the messages wanted from :meth:`messages`: ``"tick." "trade." "order." "fill." "signal." "position."
        "account." "status."``, or longer ones, such as ``"fill.cross"``.
    timeout : float
        Seconds to wait for the engine and for each answer.

    Raises
    ------
    FeedNotFound
        If no engine of that name has its sockets here.
    EngineError
        If it does not answer, or refuses a command; the message says why.
    MissingPiece
        Without pyzmq or protobuf.

    Notes
    -----
    ZeroMQ drops messages for a client that cannot follow; ``lost`` counts them, for kinds subscribed whole (a topic
    that ends in a dot). Records of shared memory are never lost silently: see :class:`~pyrt.live.SharedFeed`.

    Examples
    --------
    >>> with EngineClient("demo", topics=("fill.",)) as engine:  # doctest: +SKIP
    ...     engine.start("cross")
    ...     for topic, fill in engine.messages(timeout=5.0):
    ...         print(fill.price, fill.qty)
    """

    def __enter__(self) -> Self:
        import zmq

        self._context = zmq.Context()
        try:
            self._events, self._commands = self._session.connect(self._context)
            if not self._commands.poll(int(self._session.timeout * 1000)):
                raise self._session.silence()
            self._commands.recv()
            self.ping()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def messages(self, timeout: float | None = None) -> Iterator[Received]:
        """Yield ``(topic, message)`` as they come, until none came for `timeout` seconds (None: for ever)."""
        session = self._connected()
        while received := session.pending.popleft() if session.pending else self._receive(timeout):
            if not received[0].startswith("ack."):
                yield received

    def _receive(self, timeout: float | None) -> Received | None:
        if not self._events.poll(_milliseconds(None if timeout is None else time.monotonic() + timeout)):
            return None
        return self._session.decode(self._events.recv_multipart())

    def _act(self, step: Step) -> Received | None:
        if isinstance(step, list):
            self._commands.send_multipart(step)
            return None
        return self._receive(step)

    def _send(self, **action: Any) -> commands_pb2.Ack:
        exchange = self._connected().exchange(**action)
        step = next(exchange)
        while True:
            try:
                step = exchange.send(self._act(step))
            except StopIteration as done:
                ack: commands_pb2.Ack = done.value
                return ack


class AsyncEngineClient(_Client):
    """:class:`EngineClient` for asyncio: ``async with``, awaited commands, ``async for`` over :meth:`messages`.

    Examples
    --------
    >>> async def watch():
    ...     async with AsyncEngineClient("demo", topics=("fill.",)) as engine:
    ...         await engine.start("cross")
    ...         async for topic, fill in engine.messages(timeout=5.0):
    ...             print(fill.price)
    """

    async def __aenter__(self) -> Self:
        import zmq.asyncio

        self._context = zmq.asyncio.Context()
        try:
            self._events, self._commands = self._session.connect(self._context)
            if not await self._commands.poll(int(self._session.timeout * 1000)):
                raise self._session.silence()
            await self._commands.recv()
            await self.ping()
        except BaseException:
            self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def messages(self, timeout: float | None = None) -> AsyncIterator[Received]:
        """Yield ``(topic, message)`` as they come, until none came for `timeout` seconds (None: for ever)."""
        session = self._connected()
        while received := session.pending.popleft() if session.pending else await self._receive(timeout):
            if not received[0].startswith("ack."):
                yield received

    async def _receive(self, timeout: float | None) -> Received | None:
        if not await self._events.poll(_milliseconds(None if timeout is None else time.monotonic() + timeout)):
            return None
        return self._session.decode(await self._events.recv_multipart())

    async def _act(self, step: Step) -> Received | None:
        if isinstance(step, list):
            await self._commands.send_multipart(step)
            return None
        return await self._receive(step)

    async def _send(self, **action: Any) -> commands_pb2.Ack:
        exchange = self._connected().exchange(**action)
        step = next(exchange)
        while True:
            try:
                step = exchange.send(await self._act(step))
            except StopIteration as done:
                ack: commands_pb2.Ack = done.value
                return ack
