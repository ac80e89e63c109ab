"""The engine's process, started from Python: found, started, waited for, stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from .._engine import engine_environment, find_engine
from ..errors import EngineError
from .session import runtime_directory

__all__ = ["EngineProcess"]


class EngineProcess:
    """A running ``pyrt-engine``: a context manager that stops it cleanly.

    Parameters
    ----------
    *arguments : str
        A verb and its options, such as ``"simulate", "--listen", "127.0.0.1:0"``.
    log : path, optional
        Where its log (stderr) goes; without it only its last lines are kept, for error messages, in a temporary file.
    env : dict, optional
        Environment variables beside this process's own.

    Attributes
    ----------
    process : subprocess.Popen
        The process, its stdin and stdout pipes.

    Notes
    -----
    Leaving the context sends SIGTERM, on which the engine unlinks its shared memory, and waits; a process that does
    not stop within `grace` seconds is killed, and that is an :class:`EngineError`.
    """

    grace = 10.0

    def __init__(self, *arguments: str, log: Path | None = None, env: dict[str, str] | None = None) -> None:
        self.command = [str(find_engine()), *arguments]
        self._log = log
        self._env = {**engine_environment(), **(env or {})}
        self._stderr: IO[bytes] | None = None

    def __enter__(self) -> Self:
        import tempfile

        self._stderr = open(self._log, "wb+") if self._log else tempfile.TemporaryFile()  # noqa: PTH123
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(self.command, stdin=pipe, stdout=pipe, stderr=self._stderr, env=self._env)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe:
                    pipe.close()
            if self._stderr:
                self._stderr.close()

    def stop(self) -> int:
        """Stop the process with SIGTERM and return its exit status; twice is once."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(self.grace)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise EngineError(f"{self._name} did not stop within {self.grace:.0f} s and was killed") from None
        return self.process.returncode

    def kill(self) -> None:
        """End the process at once (SIGKILL), as a crash would."""
        self.process.kill()
        self.process.wait()

    def read_json(self, timeout: float = 20.0) -> dict[str, Any]:
        """Return the next line of its output, a JSON object; the simulator's first one says where it listens.

        Raises
        ------
        EngineError
            If the process ended, or printed nothing within `timeout` seconds; with the last lines of its log.
        """
        import selectors

        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(timeout):
                raise EngineError(f"{self._name} printed nothing within {timeout:.0f} s\n{self.log_tail()}")
        line = self.process.stdout.readline()
        if not line:
            raise EngineError(f"{self._name} ended with status {self.process.wait()}\n{self.log_tail()}")
        result: dict[str, Any] = json.loads(line)
        return result

    def release(self) -> None:
        """Let the time of a simulator that is ``--held`` begin."""
        self.check()
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def check(self) -> None:
        """Raise EngineError, with the last lines of its log, if the process has ended."""
        status = self.process.poll()
        if status is not None:
            raise EngineError(f"{self._name} ended with status {status}\n{self.log_tail()}")

    def wait_for_feed(self, name: str, timeout: float = 20.0) -> None:
        """Wait until this engine's own segment is in place; one that a dead engine left behind does not count."""
        path = Path("/dev/shm") / f"pyrt-{name}"
        self.wait_until(lambda: path.exists() and _pid_of(path) == self.process.pid, str(path), timeout)

    def wait_for_messages(self, name: str, timeout: float = 20.0) -> None:
        """Wait until this engine's sockets are there, for an :class:`~pyrt.live.EngineClient`."""
        path = runtime_directory() / f"{name}.events"
        self.wait_until(path.exists, str(path), timeout)

    def wait_until(self, ready: Callable[[], bool], what: str, timeout: float) -> None:
        """Wait until `ready` says so; an engine that ends meanwhile, or takes too long, is an EngineError."""
        deadline = time.monotonic() + timeout
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise EngineError(f"{self._name}: {what} did not appear within {timeout:.0f} s\n{self.log_tail()}")
            time.sleep(0.01)

    def log_tail(self, lines: int = 20) -> str:
        """Return the last lines of the process's log."""
        if self._stderr is None or self._stderr.closed:
            return ""
        os.fsync(self._stderr.fileno())
        size = os.fstat(self._stderr.fileno()).st_size
        start = max(0, size - 65536)
        text = os.pread(self._stderr.fileno(), size - start, start).decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    @property
    def _name(self) -> str:
        return f"pyrt-engine {self.command[1] if len(self.command) > 1 else ''}".strip()


def _pid_of(segment: Path) -> int:
    """Return the producer's pid as ``proto/SHM_LAYOUT.md`` has it; 0 if the file has just gone."""
    try:
        with segment.open("rb") as file:
            return int.from_bytes(os.pread(file.fileno(), 4, 32), "little")
    except FileNotFoundError:
        return 0
