"""The parent's end of one child process: start it, send it orders, stop it when it overruns."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from content_catalog.extraction.child import FRAME
from content_catalog.extraction.types import Limits

START_SECONDS = 60.0
# A child that closed its socket is about to end by itself, and how it ended is worth knowing.
ENDING_SECONDS = 5.0
FRAME_BYTES = 64 * 1024 * 1024
CHUNK = 256 * 1024
# The package's own front door would load the database layer: the child gets an empty one.
START = """
import sys, types
folder, descriptor = sys.argv[1], int(sys.argv[2])
package = types.ModuleType("content_catalog")
package.__path__ = [folder]
sys.modules["content_catalog"] = package
from content_catalog.extraction import child
child.main(descriptor)
"""


class ChildEnded(Exception):
    """The child ended in the middle of an order. ``reason``: time, memory, output or crash."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Child:
    """One limited child process. Use from one thread at a time; ``orders`` counts those done."""

    def __init__(self, memory_bytes: int) -> None:
        ours, theirs = socket.socketpair()
        package = Path(__file__).resolve().parent.parent
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", START, str(package), str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                env={},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._socket = ours
        self._buffer = bytearray()
        self._deadline = time.monotonic() + START_SECONDS
        self.orders = 0
        try:
            self._socket.sendall(json.dumps({"memory_bytes": memory_bytes}).encode() + b"\n")
            _, body = self._frame()
        except OSError as error:
            self.stop()
            raise ChildEnded("crash") from error
        self.walls: tuple[str, ...] = tuple(json.loads(body)["ready"])

    def order(
        self,
        path: Path,
        details: dict[str, object],
        limits: Limits,
        on_json: Callable[[dict[str, Any]], bool],
        on_blob: Callable[[str, bytes], None],
    ) -> None:
        """Send the open file at ``path`` with an order and take frames until ``on_json`` is content.

        Raises ``ChildEnded`` when the child dies or goes over a limit (it is then stopped), and
        ``OSError`` when the file cannot be opened.
        """
        self.orders += 1
        self._deadline = time.monotonic() + limits.wall_seconds
        message = json.dumps({**details, "limits": asdict(limits)}).encode() + b"\n"
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            socket.send_fds(self._socket, [message], [descriptor])
        except OSError as error:
            raise ChildEnded(self.stop()) from error
        finally:
            os.close(descriptor)
        received = 0
        while True:
            kind, body = self._frame()
            received += len(body)
            if received > limits.output_bytes:
                self.stop()
                raise ChildEnded("output")
            if kind == b"B":
                size = int.from_bytes(body[:2], "big")
                on_blob(body[2 : 2 + size].decode("ascii", "replace"), body[2 + size :])
            elif on_json(json.loads(body)):
                return

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def stop(self) -> str:
        """End the process and everything it started. Returns why it ended: time, memory, crash."""
        # Once it has been waited for, its number may belong to somebody else.
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        code = self._process.wait()
        self._socket.close()
        return "time" if code == -signal.SIGXCPU else "crash"

    def _frame(self) -> tuple[bytes, bytes]:
        head = self._take(FRAME.size)
        kind, size = FRAME.unpack(head)
        if size > FRAME_BYTES:
            self.stop()
            raise ChildEnded("output")
        return kind, self._take(size)

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            left = self._deadline - time.monotonic()
            if left <= 0:
                self.stop()
                raise ChildEnded("time")
            self._socket.settimeout(left)
            try:
                chunk = self._socket.recv(CHUNK)
            except TimeoutError:
                continue
            except OSError:
                chunk = b""
            if not chunk:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(ENDING_SECONDS)
                raise ChildEnded(self.stop())
            self._buffer += chunk
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken
