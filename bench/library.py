"""The libraries the benchmarks run on: real texts recombined, as documents and as a whole site."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from app import demo
from app.wiring import Services
from bench.engines import recombine
from content_catalog import SYSTEM, Role, Side, analytics, assets, people, taxonomy
from content_catalog.analytics import Event
from content_catalog.assets import Audience, NewAsset, TextContent
from content_catalog.people import NewUser
from search_index.types import Document

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
PER_COMMIT = 200
SEED = 20_260


def texts() -> list[str]:
    """The corpus' Markdown where it is there, otherwise the demo library's texts."""
    if CORPUS.is_dir():
        files = sorted(p for p in CORPUS.rglob("*.md*") if p.name != "SOURCES.md")
        return [path.read_text("utf-8", "replace") for path in files]
    folder = Path(demo.__file__).parent / "content"
    return [path.read_text("utf-8") for path in sorted(folder.glob("*.md"))]


def documents(count: int) -> list[Document]:
    """The same ``count`` documents on every run."""
    return recombine(texts(), count, SEED)


def fill(services: Services, made: Sequence[Document]) -> None:
    """A site with these documents as Markdown assets, mapped at random, with some use."""
    choose = random.Random(SEED)
    with services.catalog.work(SYSTEM) as work:
        taxonomy.load_default(work)
    for chunk in _chunks(made):
        with services.catalog.work(SYSTEM) as work:
            known = taxonomy.read(work)
            ids = [assets.create(work, _asset(document, known, choose)) for document in chunk]
            for asset_id in choose.sample(ids, len(ids) // 4):
                analytics.record_use(work, asset_id, Event.OPENED)


def accounts(services: Services, count: int) -> list[tuple[str, str]]:
    """Reps with a browser session and an API token each: (session secret, token)."""
    made = []
    with services.catalog.work(SYSTEM) as work:
        for number in range(count):
            new = NewUser(f"rep{number}@example.com", f"Rep {number}", Role.REP, Side.SALES)
            user_id = people.add_user(work, new)
            session = people.start_session(work, user_id, "127.0.0.1", "bench")
            made.append((session, people.add_token(work, user_id, "bench")))
    return made


def editor_token(services: Services) -> str:
    """An API token of a marketer."""
    with services.catalog.work(SYSTEM) as work:
        new = NewUser("editor@example.com", "Editor", Role.MARKETER, Side.MARKETING)
        return people.add_token(work, people.add_user(work, new), "bench")


def _asset(document: Document, known: taxonomy.Taxonomy, choose: random.Random) -> NewAsset:
    body = "\n\n".join(f"## {page.label}\n\n{page.text}" for page in document.pages)
    return NewAsset(
        title=document.title,
        content=TextContent(body[: assets.MARKDOWN_LIMIT]),
        summary=document.summary[: assets.SUMMARY_LIMIT],
        audience=choose.choice(list(Audience)),
        owner=f"owner{choose.randrange(12)}@example.com",
        terms={
            dimension.slug: tuple(
                term.slug for term in choose.sample(dimension.live, min(len(dimension.live), 2))
            )[: 2 if dimension.multi else 1]
            for dimension in known.dimensions
            if dimension.live
        },
    )


def _chunks(made: Sequence[Document]) -> Iterator[Sequence[Document]]:
    return (made[at : at + PER_COMMIT] for at in range(0, len(made), PER_COMMIT))
