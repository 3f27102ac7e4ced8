"""The site measured from outside, over HTTP, as its own process."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

from bench.engines import Asked, percentile
from bench.library import CORPUS

START_LIMIT_S = 120
COOKIE = "finder_session"


@dataclass(frozen=True)
class Figure:
    """One line of the table; ``goal`` is the figure to reach, in the same unit."""

    name: str
    p50: float
    p95: float
    worst: float
    unit: str
    goal: str = ""


def figure(name: str, values: Sequence[float], goal: str, unit: str = "ms") -> Figure:
    return Figure(name, percentile(values, 0.5), percentile(values, 0.95), max(values), unit, goal)


def single(name: str, value: float, unit: str, goal: str = "") -> Figure:
    return Figure(name, value, value, value, unit, goal)


class Site:
    """A running server on loopback."""

    def __init__(self, data_dir: Path, process: subprocess.Popen[bytes], port: int) -> None:
        self.data_dir, self.process, self.port = data_dir, process, port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        return self.send("GET", path, headers)

    def send(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> tuple[int, bytes]:
        self._connection.request(method, path, body=body, headers=headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def memory_mb(self) -> float:
        """Resident memory of the web process, peak."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024


@contextmanager
def running(data_dir: Path, *, worker: bool) -> Iterator[tuple[Site, float]]:
    """A server on this data folder, and the seconds from start to its first answer."""
    port = _free_port()
    environment = os.environ | {"FINDER_DATA_DIR": str(data_dir), "FINDER_PORT": str(port)}
    command = [sys.executable, "-m", "app", "serve", *([] if worker else ["--no-worker"])]
    started = time.perf_counter()
    with (data_dir / "bench.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        seconds = _first_answer(port, started)
        yield Site(data_dir, process, port), seconds
    finally:
        process.terminate()
        process.wait(30)


def pages(
    site: Site, people: Sequence[tuple[str, str]], asked: Sequence[Asked], ids: Sequence[int]
) -> list[Figure]:
    """Search page by kind, suggest and asset page; each person stays below the rate limit."""
    sessions = cycle([{"Cookie": f"{COOKIE}={session}"} for session, _ in people])
    figures: list[Figure] = []
    by_kind: dict[str, list[float]] = {}
    for query in asked:
        text = f'"{query.text}"' if query.phrase else query.text
        path = "/?" + urlencode({"q": text}) if text else "/?stage=evaluate&persona=economic-buyer"
        by_kind.setdefault(query.kind, []).append(timed(site, path, next(sessions)))
    everything = [ms for times in by_kind.values() for ms in times]
    figures += [figure(f"search page, {kind}", times, "") for kind, times in by_kind.items()]
    figures.append(figure("search page, all", everything, "p95 100"))
    typed = [query.text[: max(2, len(query.text) // 2)] for query in asked if query.text]
    figures.append(
        figure(
            "suggest",
            [timed(site, f"/suggest?{urlencode({'q': t})}", next(sessions)) for t in typed],
            "p95 20",
        )
    )
    opened = [timed(site, f"/assets/{i}", next(sessions), follow=True) for i in ids]
    figures.append(figure("asset page", opened, "p95 60"))
    return figures


def edits(site: Site, editor: str, reader: str, ids: Sequence[int]) -> Figure:
    """From the answer "saved" to the first search that finds the new title, in seconds."""
    times = []
    for asset_id in ids:
        word = f"zq{asset_id}x{time.time_ns() % 10**6}"
        status, body = site.get(f"/api/v1/assets/{asset_id}", bearer(editor))
        asset = json.loads(body)
        change = json.dumps({"version": asset["version"], "title": f"{asset['title']} {word}"})
        headers = bearer(editor) | {"Content-Type": "application/json"}
        status, body = site.send("PATCH", f"/api/v1/assets/{asset_id}", headers, change.encode())
        if status != 200:
            raise SystemExit(f"the edit was answered {status}: {body[:300]!r}")
        times.append(_until(partial(_found, site, reader, word)))
    return figure("edit to searchable", times, "p95 2", "s")


def imported(data_dir: Path) -> list[Figure]:
    """The whole corpus through the command line: rows, reading, index; seconds."""
    if not CORPUS.is_dir():
        return []
    environment = os.environ | {"FINDER_DATA_DIR": str(data_dir)}

    def run(*words: str, data: bytes = b"") -> bytes:
        done = subprocess.run(
            [sys.executable, "-m", "app", *words],
            env=environment,
            input=data,
            capture_output=True,
            check=False,
        )
        if done.returncode == 2:
            raise SystemExit(done.stderr.decode())
        return done.stdout

    run("db", "upgrade")
    run("taxonomy", "load", str(CORPUS / "taxonomy.json"))
    admin = ("--name", "Admin", "--role", "admin", "--side", "marketing", "--password-stdin")
    run("user", "add", "admin@example.com", *admin, data=b"quiet harbour lantern nine")
    started = time.perf_counter()
    out = run(
        "import",
        str(CORPUS / "import.csv"),
        "--files",
        str(CORPUS),
        "--as",
        "admin@example.com",
        "--json",
    )
    rows = time.perf_counter() - started
    run("worker", "--until-idle")
    total = time.perf_counter() - started
    created = json.loads(out.decode().strip().splitlines()[-1])["create"]
    return [
        single(f"import of {created} rows with files", rows, "s"),
        single("  the same in rows/s", created / rows, "rows/s"),
        single("import, read, indexed, drawn", total, "s", "240"),
    ]


def _found(site: Site, token: str, word: str) -> bool:
    status, body = site.get(f"/api/v1/search?q={word}", bearer(token))
    return status == 200 and json.loads(body)["total"] > 0


def _until(true: Callable[[], bool], limit: float = 60) -> float:
    """Seconds until it is; asked five times a second at most, below the search limit."""
    started = time.perf_counter()
    while not true():
        if time.perf_counter() - started > limit:
            raise SystemExit("an edit was not findable within a minute")
        time.sleep(0.12)
    return time.perf_counter() - started


def timed(site: Site, path: str, headers: dict[str, str], *, follow: bool = False) -> float:
    """Milliseconds of one GET, read to its end. Ends the run when it is not answered with 200."""
    if follow:  # the address with its slug, as every link of ours has it
        site._connection.request("GET", path, headers=headers)
        answer = site._connection.getresponse()
        answer.read()
        path = answer.headers.get("Location") or path
    started = time.perf_counter()
    status, body = site.get(path, headers)
    milliseconds = (time.perf_counter() - started) * 1000
    if status != 200:
        raise SystemExit(f"{path} was answered {status}: {body[:300]!r}")
    return milliseconds


def bearer(token: str) -> dict[str, str]:
    """Headers of a program."""
    return {"Authorization": f"Bearer {token}"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _first_answer(port: int, started: float) -> float:
    while time.perf_counter() - started < START_LIMIT_S:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return time.perf_counter() - started
        except OSError:
            time.sleep(0.02)
    raise SystemExit("the server did not answer within two minutes; see bench.log")
