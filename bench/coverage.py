"""Coverage measured: its pages over HTTP, with the counts kept and after an edit, and its snapshot."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle

from sqlalchemy import event

from app import create_app
from app.settings import Settings
from app.wiring import Services
from bench.library import SEED
from bench.site import COOKIE, Figure, Site, bearer, figure, single, timed
from content_catalog import SYSTEM, Role, Side, analytics, coverage, open_catalog, people, taxonomy
from content_catalog.analytics import SearchRecord
from content_catalog.coverage import NeedRecord, NewPlanItem
from content_catalog.people import NewUser
from search_index.types import Document

SEARCHES = 12_000  # in 90 days
DAYS = 90
NEEDS, PLANNED = 60, 80
MARKETERS = 12
EDIT_EVERY = 10
PAIRS = [("stage", "persona"), ("tollgate", "persona"), ("type", "industry"), ("stage", "type")]
FILTERS = ["", "persona=economic-buyer", "audience=customer_ready", "industry=healthcare"]


def fill(services: Services, made: Sequence[Document]) -> None:
    """Searches of 90 days, two in five of them failed, with the needs and the plan of a team."""
    choose = random.Random(SEED)
    with services.catalog.work(SYSTEM) as work:
        known = taxonomy.read(work)
        ids = {d.slug: [t.id for t in d.live] for d in known.dimensions}
        for _ in range(NEEDS):
            row, col = choose.choice(ids["stage"]), choose.choice(ids["persona"])
            types = frozenset(choose.sample(ids["type"], 6)) if choose.random() < 0.3 else None
            version = coverage.need_record(work, row, col).version
            need = NeedRecord(row, col, target=choose.randint(1, 9), types=types, version=version)
            coverage.set_need(work, need)
        owner = NewUser("planner@example.com", "Planner", Role.MARKETER, Side.MARKETING)
        people.add_user(work, owner)
        for number in range(PLANNED):
            terms = frozenset(choose.choice(ids[d]) for d in ("stage", "persona"))
            new = NewPlanItem(f"Plan {number}", terms, owner_email=owner.email)
            coverage.plan(work, new)
    now = datetime.now(UTC)
    for day in range(DAYS):
        clock = partial(_clock, now - timedelta(days=day, hours=2))
        earlier = open_catalog(services.settings.database_url, clock=clock)
        with earlier.work(SYSTEM) as work:
            for _ in range(SEARCHES // DAYS):
                # A search of the demo never goes on from the one before, as those of a minute do.
                analytics.record_search(work, _search(choose, made, known), demo=True)
        earlier.close()


def _clock(then: datetime) -> datetime:
    return then


def _search(
    choose: random.Random, made: Sequence[Document], known: taxonomy.Taxonomy
) -> SearchRecord:
    chosen = {
        name: (choose.choice(known.by_slug[name].live).slug,)
        for name in ("stage", "persona", "industry")
        if choose.random() < 0.3
    }
    words = " ".join(choose.choice(made).title.split()[: choose.randint(1, 3)])
    if choose.random() < 0.2:
        words += f" {choose.choice(known.by_slug['persona'].live).label}"
    total = 0 if choose.random() < 0.2 else choose.randint(1, 200)
    dropped = {} if total or choose.random() < 0.7 else dict.fromkeys(chosen, 3)
    return SearchRecord(words, chosen, total, 10.0, without=dropped)


def marketers(services: Services) -> list[tuple[str, str]]:
    """Marketers with a browser session and an API token each: (session secret, token)."""
    made = []
    with services.catalog.work(SYSTEM) as work:
        for number in range(MARKETERS):
            new = NewUser(f"m{number}@example.com", f"M {number}", Role.MARKETER, Side.MARKETING)
            user_id = people.add_user(work, new)
            session = people.start_session(work, user_id, "127.0.0.1", "bench")
            made.append((session, people.add_token(work, user_id, "bench")))
    return made


def inside(services: Services, settings: Settings, session: str) -> list[Figure]:
    """What is measured without HTTP: SQL statements of the page, and the nightly snapshot."""
    figures = [
        single(
            f"coverage {name}, SQL statements", _statements(services, settings, session, path), ""
        )
        for name, path in (("page", "/coverage"), ("cell", "/coverage?cell=evaluate.developer"))
    ]
    started = time.perf_counter()
    with services.catalog.look(SYSTEM) as look:
        picture = coverage.picture(look)
    drawn = coverage.draw_snapshot(picture)
    with services.catalog.work(SYSTEM) as work:
        coverage.take_snapshot(work, drawn)
    seconds = time.perf_counter() - started
    figures.append(single("coverage snapshot, all pairs", seconds, "s", "5"))
    figures.append(single("coverage snapshot, size", len(drawn.data) / 1e6, "MB"))
    return figures


def _statements(services: Services, settings: Settings, session: str, path: str) -> float:
    """Of a warm page until its answer is there, transactions' own words left out."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            seen.append(statement)

    browser = create_app(settings, services).test_client()
    browser.set_cookie(COOKIE, session)
    for attempt in range(2):
        if attempt:
            event.listen(services.catalog.engine, "before_cursor_execute", note)
        answer = browser.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path} was answered {answer.status_code}")
    event.remove(services.catalog.engine, "before_cursor_execute", note)
    return float(len(seen))


def pages(
    site: Site, team: Sequence[tuple[str, str]], reps: Sequence[tuple[str, str]], ids: Sequence[int]
) -> list[Figure]:
    """Pages by pair and filter; before each tenth of ``coverage page`` an asset is edited, so that
    nothing that was counted holds any more."""
    count = len(ids)
    sessions = cycle([{"Cookie": f"{COOKIE}={session}"} for session, _ in (*team, *reps)])
    editors = cycle([{"Cookie": f"{COOKIE}={session}"} for session, _ in team])
    tokens = cycle([bearer(token) for _, token in (*team, *reps)])
    edited = cycle(ids)
    warm: list[float] = []
    cold: list[float] = []
    paths = [path for _ in range(5) for path in _paths("/coverage")]
    for number, path in enumerate(paths):
        after_edit = number % EDIT_EVERY == 0
        if after_edit:
            _edit(site, team[0][1], next(edited))
        (cold if after_edit else warm).append(timed(site, path, next(sessions)))
    goal = "p95 150 (100 000 assets: 1000)"
    figures = [
        figure("coverage page", [*warm, *cold], goal),
        figure("  nothing edited since", warm, ""),
        figure("  after an edit", cold, ""),
    ]
    kinds = [
        ("coverage cell, whole page", [f"{p}&cell={c}" for p, c in _cells(count)], None, ""),
        (
            "coverage cell, drawer alone",
            [f"{p}&cell={c}" for p, c in _cells(count)],
            "drill",
            "p95 100",
        ),
        (
            "coverage of a past day",
            [f"{p}&as_of={_today()}" for p in _paths("/coverage")],
            None,
            "",
        ),
    ]
    for name, asked, target, wanted in kinds:
        more = {"HX-Request": "true", "HX-Target": target} if target else {}
        figures.append(figure(name, [timed(site, p, next(sessions) | more) for p in asked], wanted))
    json_paths = _paths("/api/v1/coverage")
    figures.append(figure("coverage, JSON", [timed(site, p, next(tokens)) for p in json_paths], ""))
    csv_paths = _paths("/coverage.csv")
    figures.append(figure("coverage, CSV", [timed(site, p, next(editors)) for p in csv_paths], ""))
    return figures


def _paths(path: str) -> list[str]:
    return [
        f"{path}?rows={rows}&cols={cols}{'&' if narrowed else ''}{narrowed}"
        for narrowed in FILTERS
        for rows, cols in PAIRS
    ]


def _cells(count: int) -> Iterator[tuple[str, str]]:
    """Addresses of pages with a cell of theirs."""
    for number in range(count):
        stage = ("discover", "evaluate", "propose", "negotiate")[number % 4]
        persona = ("economic-buyer", "developer", "end-user")[number % 3]
        yield "/coverage?rows=stage&cols=persona", f"{stage}.{persona}"


def _edit(site: Site, token: str, asset_id: int) -> None:
    _, body = site.get(f"/api/v1/assets/{asset_id}", bearer(token))
    change = {"version": json.loads(body)["version"], "review_by": "2030-01-01"}
    headers = bearer(token) | {"Content-Type": "application/json"}
    path = f"/api/v1/assets/{asset_id}"
    status, said = site.send("PATCH", path, headers, json.dumps(change).encode())
    if status != 200:
        raise SystemExit(f"the edit was answered {status}: {said[:300]!r}")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
