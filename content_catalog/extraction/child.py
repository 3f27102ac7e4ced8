"""The child process: gets an open file and an order over a socket, answers with frames.

Started as ``python -I`` with an empty environment. It loads what reading needs, gives up its rights
(``sandbox.enter``), then takes one order after another until its parent closes the socket. It opens
no file by name and writes none: pages, boxes and pictures go to the parent, who checks and keeps
them.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

FRAME = struct.Struct(">cI")
ORDER_BYTES = 65_536
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/zoneinfo")


def main(descriptor: int) -> None:
    """Serve orders that arrive on the socket ``descriptor`` until it is closed."""
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    connection = socket.socket(fileno=descriptor)
    from content_catalog.extraction import readers, sandbox
    from content_catalog.extraction.types import Limits

    send_json, send_blob = _ways_out(connection)
    memory = json.loads(_receive(connection)[0])["memory_bytes"]
    readers.warm_up()
    sandbox.limit_memory(memory)
    send_json({"ready": sandbox.enter(_readable())})
    while True:
        order, file = _receive(connection)
        if not order:
            return
        details = json.loads(order)
        limits = Limits(**details["limits"])
        sandbox.limit_processor(limits.cpu_seconds)
        with os.fdopen(file, "rb") as stream:
            _obey(details, limits, stream, send_json, send_blob)


def _obey(
    order: dict[str, Any],
    limits: Any,
    stream: BinaryIO,
    send_json: Callable[[dict[str, object]], None],
    send_blob: Callable[[str, bytes], None],
) -> None:
    from content_catalog.extraction import readers
    from content_catalog.extraction.reading import Sink, Unreadable

    sink = Sink(limits, send_json, send_blob, with_pictures=order["pictures"])
    try:
        data = stream.read()
        if order["do"] == "probe":
            send_json({"done": readers.probe(order)})
        elif order["do"] == "draw":
            readers.draw(order["kind"], data, order["numbers"], sink)
            send_json({"done": {}})
        else:
            send_json({"done": readers.read(order["kind"], data, sink, order["first"])})
    except Unreadable as error:
        send_json({"unreadable": [error.code, error.message]})
    except MemoryError:
        send_json({"memory": True})
        # What is left of the memory is unknown: a fresh process is safer.
        os._exit(0)


def _readable() -> list[Path]:
    paths = sysconfig.get_paths()
    own = {Path(__file__).resolve().parent, Path(sys.prefix) / "lib", Path(sys.base_prefix) / "lib"}
    own |= {Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    own |= {Path(folder) for folder in ("/lib", "/lib64", "/usr/lib", *FONT_FOLDERS)}
    return sorted(folder for folder in own if folder.is_dir())


def _ways_out(
    connection: socket.socket,
) -> tuple[Callable[[dict[str, object]], None], Callable[[str, bytes], None]]:
    def send_json(value: dict[str, object]) -> None:
        body = json.dumps(value, ensure_ascii=True).encode()
        connection.sendall(FRAME.pack(b"J", len(body)) + body)

    def send_blob(name: str, data: bytes) -> None:
        head = name.encode()
        body = struct.pack(">H", len(head)) + head + data
        connection.sendall(FRAME.pack(b"B", len(body)) + body)

    return send_json, send_blob


def _receive(connection: socket.socket) -> tuple[bytes, int]:
    """One order, ended by a line end, and the file that came with it (-1 when none did)."""
    order, files, _, _ = socket.recv_fds(connection, ORDER_BYTES, 1)
    while order and not order.endswith(b"\n"):
        more = connection.recv(ORDER_BYTES)
        if not more:
            return b"", -1
        order += more
    return order, files[0] if files else -1
