"""Libraries that coverage is counted of: at random, and the real corpus; made once per process."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import make
from shelf import MARKETER, Shelf, new_shelf
from sites import make_site

from app.limits import Buckets
from content_catalog import SYSTEM, analytics, assets, coverage, taxonomy
from content_catalog.analytics import Event, SearchRecord
from content_catalog.assets import Audience, Reading, ReadResult, Status
from content_catalog.coverage import CoverageSettings, NeedRecord, NewPlanItem, Weights
from content_catalog.database import Work
from content_catalog.taxonomy import Taxonomy

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
MARKER = "Quokka"  # stands in the title of everything that a rep may not see
AXES = [("stage", "persona"), ("tollgate", "persona"), ("type", "industry")]


@contextmanager
def opened(folder: Path, database: bytes, now: datetime) -> Iterator[Shelf]:
    """A site on this library; programs may ask as fast as they can."""
    with make_site(folder, database=database) as site:
        site.clock.now = now
        site.app.extensions["limits"] = {"search": Buckets(1_000_000)}
        yield Shelf(site)


def kept(shelf: Shelf) -> tuple[bytes, datetime]:
    catalog = shelf.site.services.catalog
    catalog.checkpoint()
    return catalog.sqlite_path.read_bytes(), shelf.site.clock()


@cache
def random_library(seed: int, size: int = 150) -> tuple[bytes, datetime]:
    """The database's file and the time in it."""
    with make_site(Path(mkdtemp())) as site:
        shelf = new_shelf(site)
        fill(shelf, random.Random(seed), size)
        return kept(shelf)


def fill(shelf: Shelf, choose: random.Random, size: int) -> None:
    terms = words(shelf)
    with shelf.site.services.catalog.work(SYSTEM) as work:
        for number in range(size):
            status = choose.choices(list(Status), (2, 12, 2))[0]
            hidden = "" if status is Status.PUBLISHED else f"{MARKER} "
            new = make.new_asset(
                f"{hidden}Asset {number}",
                status=status,
                audience=choose.choice(list(Audience)),
                review_by=some_day(choose, shelf),
                expires_on=some_day(choose, shelf, often=0.4),
                terms={d.slug: some_terms(choose, d) for d in terms.dimensions},
                **({"content": make.file_content()} if number % 9 == 0 else {}),
            )
            assets.create(work, new)
        unread(work, choose)
        wishes(work, choose)
    ask(shelf, choose, terms)


@cache
def corpus_library() -> tuple[bytes, datetime]:
    """The rows of its table as texts of one line: what is in the files is not counted here."""
    with make_site(Path(mkdtemp())) as site:
        shelf = new_shelf(site)
        site.do(taxonomy.load, json.loads((CORPUS / "taxonomy.json").read_text("utf-8")))
        site.clock.move(days=400)  # some of its reviews are overdue by then
        fill_from_corpus(shelf, random.Random(7))
        return kept(shelf)


def fill_from_corpus(shelf: Shelf, choose: random.Random) -> None:
    terms = words(shelf)
    plurals = {d.plural: d.slug for d in terms.dimensions} | {"content_type": "type"}
    table = (CORPUS / "import.csv").read_text("utf-8-sig")
    with shelf.site.services.catalog.work(SYSTEM) as work:
        for number, row in enumerate(csv.DictReader(io.StringIO(table))):
            status = choose.choices(list(Status), (1, 20, 1))[0]
            new = make.new_asset(
                row["title"] if status is Status.PUBLISHED else f"{MARKER} {row['title']}",
                status=status,
                audience=Audience(row["audience"]),
                review_by=a_day(row["review_by"]),
                expires_on=a_day(row["expires_on"]),
                terms={
                    plurals[column]: slugs(terms, plurals[column], row[column])
                    for column in row.keys() & plurals.keys()
                },
                **({"content": make.file_content()} if number % 25 == 0 else {}),
            )
            assets.create(work, new)
        unread(work, choose)
        wishes(work, choose)
    ask(shelf, choose, terms)


def words(shelf: Shelf) -> Taxonomy:
    found: Taxonomy = shelf.site.ask(taxonomy.read)
    return found


def slugs(terms: Taxonomy, dimension: str, cell: str) -> tuple[str, ...]:
    found = (taxonomy.resolve(terms, dimension, one) for one in cell.split(";") if one.strip())
    return tuple(dict.fromkeys(term.slug for term in found if term))


def some_day(choose: random.Random, shelf: Shelf, often: float = 0.7) -> date | None:
    """Around the day: yesterday, today and tomorrow are what a comparison gets wrong."""
    if choose.random() > often:
        return None
    near = choose.choice([-1, 0, 1, choose.randint(-300, 300), choose.randint(1, 100)])
    return shelf.site.clock().date() + timedelta(days=near)


def a_day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def some_terms(choose: random.Random, dimension: Any) -> tuple[str, ...]:
    live = [term.slug for term in dimension.live]
    if not live:
        return ()
    most = choose.choices([0, 1, 2, 3, len(live)], (3, 9, 5, 2, 1))[0]
    most = most if dimension.multi else min(most, 1)
    return tuple(choose.sample(live, min(most, len(live))))


def unread(work: Work, choose: random.Random) -> None:
    """Every second file could not be read."""
    failed = ReadResult(Reading.FAILED, "Damaged.", (), None, None, False)
    for card in assets.cards(work, assets.all_ids(work)):
        if card.reading is Reading.PENDING and choose.random() < 0.5:
            assets.store_reading(work, card.version_id, failed)


def wishes(work: Work, choose: random.Random) -> None:
    """Needs of every shape, a plan, and use."""
    axes = {d.slug: [t.id for t in d.live] for d in taxonomy.read(work).dimensions}
    ends = [(choose.choice(axes[r]), choose.choice(axes[c])) for r, c in AXES * 12]
    ends += [(choose.choice(axes[d]), None) for d in ("stage", "persona", "tollgate", "industry")]
    for first, second in {(min(a, b), max(a, b)) if b else (a, b) for a, b in ends}:
        types = choose.sample(axes["type"], 2) if choose.random() < 0.5 else None
        needed = choose.choice([None, True, False]) if second else None
        record = NeedRecord(
            first,
            second,
            needed=needed,
            target=choose.choice([None, 0, 1, 5]),
            types=frozenset(types) if types else None,
            customer_ready=choose.choice([None, True, False]),
            why="Sold by partners" if needed is False else "",
        )
        coverage.set_need(work, record)
    coverage.change_settings(work, CoverageSettings(2, Weights(7, 3, 0.25, 0.5)))
    for number in range(25):
        carried = {choose.choice(axes[d]) for d in ("stage", "persona", "tollgate", "industry")}
        kind = choose.choice([None, *axes["type"]])
        new = NewPlanItem(f"Plan {number}", frozenset(carried), kind, owner_email=MARKETER)
        coverage.plan(work, new)
    for asset_id in choose.sample(assets.all_ids(work), 40):
        for _ in range(choose.randint(1, 3)):
            analytics.record_use(work, asset_id, Event.OPENED)


def ask(shelf: Shelf, choose: random.Random, terms: Taxonomy) -> None:
    """Searches that failed in every way, and some that did not, over more days than count."""
    shelf.site.clock.move(days=-100)
    for number in range(80):
        shelf.site.clock.move(days=100 / 81)
        stage, persona = (choose.choice(terms.by_slug[d].live) for d in ("stage", "persona"))
        chosen = {"stage": (stage.slug,), "persona": (persona.slug,), "fresh": ("overdue",)}
        filters = {k: v for k, v in chosen.items() if choose.random() < 0.4}
        told = choose.choice(["pricing", f"deck for {persona.label}", f"{stage.label} 10-Q", ""])
        total = choose.choice([0, 0, 4])
        search = shelf.site.do(
            analytics.record_search,
            SearchRecord(
                told,
                filters,
                total,
                1.0,
                source=choose.choice(["page", "page", "api"]),
                without={"stage": 2} if "stage" in filters and number % 3 == 0 else {},
            ),
        )
        if total and number % 2:
            shelf.site.do(analytics.record_opening, search, shelf.site.ask(assets.all_ids)[0], None)
    shelf.site.clock.move(days=100 / 81)
