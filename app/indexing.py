"""The only module that turns the catalog into documents and keeps the index in step with it.

Level-triggered: lock first, look second, write what is behind, acknowledge what was seen. A crash
anywhere means the same work again; being locked out means another one is doing it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.criteria import READABLE, READING, UNREADABLE
from app.wiring import Services
from content_catalog import SYSTEM, assets, search_state, taxonomy
from content_catalog.assets import AssetFacts, Reading, Status
from content_catalog.database import Work
from content_catalog.faults import fault
from content_catalog.taxonomy import Taxonomy
from search_index.errors import IndexBusy, IndexUnavailable
from search_index.types import Document, Page

log = logging.getLogger(__name__)

BATCH = 100  # one commit of the index for up to so many assets
PUBLISHED, UNPUBLISHED = "published", "unpublished"  # visibility tokens


@dataclass(frozen=True, slots=True)
class Comparison:
    """How index and database differ; ids of assets."""

    missing: tuple[int, ...] = ()
    surplus: tuple[int, ...] = ()
    stale: tuple[int, ...] = ()
    doubled: tuple[int, ...] = ()

    @property
    def same(self) -> bool:
        return not (self.missing or self.surplus or self.stale or self.doubled)

    @property
    def ids(self) -> set[int]:
        return {*self.missing, *self.surplus, *self.stale, *self.doubled}


def document_for(facts: AssetFacts, terms: Taxonomy, revision: int) -> Document:
    """An asset as the index knows it: ids to filter by, words to find by."""
    facets: dict[str, tuple[str, ...]] = {
        "audience": (facts.audience.value,),
        "status": (facts.status.value,),
        "format": (facts.format,),
        "by": (facts.owner_email,),
        READING: (UNREADABLE if facts.reading is Reading.FAILED else READABLE,),
    }
    labels: list[str] = []
    for ref in facts.terms:
        facets[ref.dimension] = (*facets.get(ref.dimension, ()), str(ref.id))
        term = terms.terms.get(ref.id)
        labels += [term.label, *term.aliases] if term else [ref.label]
    return Document(
        id=facts.id,
        revision=revision,
        title=facts.title,
        summary=facts.summary,
        labels=(*labels, *facts.tags),
        file_name=facts.file_name or facts.url or "",
        codes=(facts.external_id,) if facts.external_id else (),
        pages=tuple(Page(p.number, p.label, p.text) for p in facts.pages),
        facets=facets,
        visibility=frozenset({PUBLISHED if facts.status is Status.PUBLISHED else UNPUBLISHED}),
        expires_on=facts.expires_on,
        review_by=facts.review_by,
        updated_on=facts.published_on or facts.updated_on,
        uses=facts.uses,
    )


def sync(services: Services) -> int:
    """Write one batch of what is behind; the number of assets written, 0 when in step.

    Raises ``IndexBusy`` when another writer is at work and ``IndexUnavailable`` when the index
    cannot be written (then ``rebuild``).
    """
    with services.catalog.look(SYSTEM) as look:
        if not search_state.pending(look, 1):
            return 0
    with services.index.batch() as batch:
        with services.catalog.look(SYSTEM) as look:
            seen = search_state.pending(look, BATCH)
            found = set()
            for document in _documents(look, seen):
                found.add(document.id)
                batch.put(document)
        gone = [asset_id for asset_id in seen if asset_id not in found]
        for asset_id in gone:
            batch.remove(asset_id)
        fault("index-writing")
    fault("index-written")
    with services.catalog.work(SYSTEM) as work:
        search_state.done(work, seen, gone)
    return len(seen)


def sync_all(services: Services) -> int:
    """Until nothing is behind; the number of assets written."""
    total = 0
    while written := sync(services):
        total += written
    return total


def rebuild(services: Services, progress: Callable[[int], None] | None = None) -> int:
    """Draw the whole index anew beside the old one and swap; the number of documents.

    ``progress`` is told how many assets are done.
    Changes made meanwhile stay pending in the ledger and are written by the next sync.
    """
    with services.catalog.look(SYSTEM) as look:
        seen = search_state.revisions(look)
        live = assets.all_ids(look)
    missing = [asset_id for asset_id in live if asset_id not in seen]
    if missing:
        with services.catalog.work(SYSTEM) as work:
            search_state.touch_ids(work, missing)
        seen |= dict.fromkeys(missing, 1)
    with services.index.rebuild(_all_documents(services, live, seen, progress)) as state:
        log.info("index rebuilt with %d documents", state.documents)
    gone = [asset_id for asset_id in seen if asset_id not in set(live)]
    with services.catalog.work(SYSTEM) as work:
        search_state.done(work, seen, gone)
    return state.documents


def compare(services: Services) -> Comparison:
    """Index against ledger and database. Raises ``IndexUnavailable``."""
    indexed = services.index.revisions()
    with services.catalog.look(SYSTEM) as look:
        wanted = search_state.revisions(look)
        live = set(assets.all_ids(look))
        behind = set(search_state.pending(look, 1_000_000))
    return Comparison(
        missing=tuple(sorted(i for i in live - behind if i not in indexed)),
        surplus=tuple(sorted(i for i in indexed if i not in live and i not in behind)),
        stale=tuple(
            sorted(
                i
                for i, found in indexed.items()
                if i in live and i not in behind and list(found)[-1] != wanted.get(i)
            )
        ),
        doubled=tuple(sorted(i for i, found in indexed.items() if len(found) > 1)),
    )


def reconcile(services: Services) -> Comparison:
    """Mark what differs, so that the next sync mends it (a restored backup, a bug)."""
    difference = compare(services)
    if not difference.same:
        log.warning("index differs from the database: %s", difference)
        with services.catalog.work(SYSTEM) as work:
            search_state.touch_ids(work, difference.ids)
    return difference


def keep_in_step(services: Services) -> int:
    """What the worker calls each round: sync, and when the index is broken or lost, redraw it."""
    try:
        if is_lost(services):
            raise IndexUnavailable("it is empty though it was filled")
        return sync(services)
    except IndexBusy:
        return 0
    except IndexUnavailable as error:
        log.warning("the index cannot be used (%s): rebuilding", error)
        try:
            return rebuild(services)
        except IndexBusy:
            return 0


def is_lost(services: Services) -> bool:
    """Whether somebody emptied the index behind our back. Raises ``IndexUnavailable``."""
    if services.index.state().documents:
        return False
    with services.catalog.look(SYSTEM) as look:
        return search_state.any_indexed(look) and bool(assets.all_ids(look))


def _documents(look: Work, revisions: dict[int, int]) -> Iterator[Document]:
    terms = taxonomy.read(look)
    for facts in assets.facts(look, list(revisions)):
        yield document_for(facts, terms, revisions[facts.id])


def _all_documents(
    services: Services,
    ids: Sequence[int],
    revisions: dict[int, int],
    progress: Callable[[int], None] | None,
) -> Iterator[Document]:
    """In slices with a look each, so that a long rebuild does not hold an old snapshot open."""
    done = 0
    for chunk in _slices(ids, BATCH):
        with services.catalog.look(SYSTEM) as look:
            yield from list(_documents(look, {i: revisions[i] for i in chunk}))
        done += len(chunk)
        if progress:
            progress(done)


def _slices(ids: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
