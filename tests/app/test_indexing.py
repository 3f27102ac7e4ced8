"""The index follows the catalog: at once when asked, after damage, whatever the order of changes."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import make
import pytest
from catalogs import Desk

from app import finding, indexing
from app.criteria import Criteria
from app.wiring import Services
from content_catalog import SYSTEM, Actor, Role, analytics, assets, search_state, taxonomy
from content_catalog.assets import Audience, BulkEdit, Status, TextContent
from content_catalog.errors import CatalogError
from content_catalog.taxonomy import NewTerm, TermEdit
from search_index import SearchIndex, SearchQuery, open_index
from search_index.errors import IndexUnavailable

REP = Actor(None, "Rep", Role.REP)


def search(services: Services, text: str, by: Actor = REP, **more: Any) -> finding.Finding:
    with services.catalog.look(by) as look:
        return finding.find(look, services.index, Criteria(text, **more))


def found(services: Services, text: str, by: Actor = REP, **more: Any) -> set[int]:
    return {row.card.id for row in search(services, text, by, **more).page.results}


def in_step(services: Services) -> bool:
    with services.catalog.look(SYSTEM) as look:
        behind, _since = search_state.lag(look)
    return behind == 0 and indexing.compare(services).same


def test_what_is_written_is_found_and_what_is_gone_is_not(services: Services, shop: Desk) -> None:
    zebra = make.asset(shop, "Zebra payback")
    other = make.asset(shop, "Other", content=TextContent("# Part\n\nA giraffe on page one."))
    draft = make.asset(shop, "Zebra draft", status=Status.DRAFT)
    assert indexing.sync_all(services) == 3
    assert indexing.sync_all(services) == 0
    assert found(services, "zebra") == {zebra}
    assert found(services, "giraffe") == {other}
    make.edited(shop, draft, status=Status.PUBLISHED)
    make.edited(shop, other, title="Zebra other")
    shop.do(assets.erase, zebra)
    assert indexing.sync_all(services) == 3
    assert found(services, "zebra") == {draft, other}
    assert in_step(services)


def test_Q06_before_the_index_follows_nothing_is_shown_that_one_may_not_see(
    services: Services, shop: Desk
) -> None:
    kept, hidden, gone = (make.asset(shop, f"Zebra {n}") for n in range(3))
    indexing.sync_all(services)
    make.edited(shop, hidden, status=Status.DRAFT)
    make.edited(shop, kept, title="Zebra renamed")
    shop.do(assets.erase, gone)
    answer = search(services, "zebra")
    assert [(r.card.id, r.card.title) for r in answer.page.results] == [(kept, "Zebra renamed")]
    assert set(answer.dropped_ids) == {hidden, gone}


def test_Q10_changed_five_times_between_two_rounds_is_one_document(
    services: Services, shop: Desk
) -> None:
    ids = [make.asset(shop, f"Zebra {n}") for n in range(3)]
    for number in range(5):
        make.edited(shop, ids[0], title=f"Zebra again {number}")
    assert indexing.sync_all(services) == 3
    assert {i: len(list(r)) for i, r in services.index.revisions().items()} == dict.fromkeys(ids, 1)


def test_a_change_while_a_batch_is_written_is_not_lost(services: Services, shop: Desk) -> None:
    asset_id = make.asset(shop, "Zebra")

    class Meddling:
        """Hands everything on, and lets somebody edit just before the batch is committed."""

        def __getattr__(self, name: str) -> Any:
            return getattr(services.index, name)

        def batch(self) -> Any:
            inner = services.index.batch()

            class Batch:
                def __enter__(self) -> Any:
                    return inner.__enter__()

                def __exit__(self, *error: Any) -> Any:
                    make.edited(shop, asset_id, title="Giraffe")
                    return inner.__exit__(*error)

            return Batch()

    meddled: Any = Meddling()
    indexing.sync(replace(services, index=meddled))
    assert not in_step(services)
    indexing.sync_all(services)
    assert found(services, "giraffe") == {asset_id}
    assert in_step(services)


def test_more_than_a_batch_is_written_in_batches(services: Services, shop: Desk) -> None:
    with services.catalog.work(SYSTEM) as work:
        for number in range(indexing.BATCH + 5):
            assets.create(work, make.new_asset(f"Zebra {number}"))
    assert indexing.sync(services) == indexing.BATCH
    assert indexing.sync(services) == 5
    assert in_step(services)


def _no_index(folder: Path) -> None:
    shutil.rmtree(folder)


def _no_pointer(folder: Path) -> None:
    (folder / "CURRENT").unlink()


def _garbage_pointer(folder: Path) -> None:
    (folder / "CURRENT").write_bytes(b"\xff\x00../../etc")


def _no_contents(folder: Path) -> None:
    for path in folder.glob("*/*.toc"):
        path.unlink()


def _garbage_contents(folder: Path) -> None:
    for path in folder.glob("*/*.toc"):
        path.write_bytes(b"garbage")


def _cut_segments(folder: Path) -> None:
    for path in folder.glob("*/*.seg"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _zeroed_segments(folder: Path) -> None:
    for path in folder.glob("*/*.seg"):
        path.write_bytes(bytes(path.stat().st_size))


def _no_manifest(folder: Path) -> None:
    for path in folder.glob("*/manifest-*"):
        path.unlink()


def _a_file_instead(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_bytes(b"x")


DAMAGES = [
    _no_index,
    _no_pointer,
    _garbage_pointer,
    _no_contents,
    _garbage_contents,
    _cut_segments,
    _zeroed_segments,
    _no_manifest,
    _a_file_instead,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.__name__.strip("_"))
def test_R08_a_damaged_index_is_stood_in_for_and_drawn_anew(
    services: Services, shop: Desk, damage: Callable[[Path], None]
) -> None:
    """Found out when it is opened, as by a process that starts; nobody gets an error."""
    ids = {make.asset(shop, f"Zebra {n}") for n in range(3)}
    indexing.sync_all(services)
    damage(services.settings.index_path)
    opened = open_index(services.settings.index_url)
    started = replace(services, index=opened)
    answer = search(started, "zebra")
    assert {row.card.id for row in answer.page.results} == ids
    assert answer.page.notices == (finding.REBUILDING,)
    for _round in range(3):
        indexing.keep_in_step(started)
        _verify_or_rebuild(started)
    assert search(started, "zebra").page.notices == ()
    assert found(started, "zebra") == ids
    assert in_step(started)
    opened.close()


def _verify_or_rebuild(services: Services) -> None:
    """What the nightly check does."""
    try:
        services.index.verify()
    except IndexUnavailable:
        indexing.rebuild(services)


@pytest.mark.parametrize("damage", [_zeroed_segments, _cut_segments, _no_contents])
def test_R09_damage_under_a_running_server_is_found_by_the_check(
    services: Services, shop: Desk, damage: Callable[[Path], None]
) -> None:
    ids = {make.asset(shop, f"Zebra {n}") for n in range(3)}
    indexing.sync_all(services)
    assert found(services, "zebra") == ids
    damage(services.settings.index_path)
    assert found(services, "zebra") == ids  # from memory, from disk or from the database
    with pytest.raises(IndexUnavailable):
        services.index.verify()
    indexing.rebuild(services)
    services.index.verify()
    assert found(services, "zebra") == ids
    assert in_step(services)


def test_R09_what_differs_from_the_database_is_found_and_mended(
    services: Services, shop: Desk
) -> None:
    ids = [make.asset(shop, f"Zebra {n}") for n in range(3)]
    indexing.sync_all(services)
    with services.index.batch() as batch:
        batch.remove(ids[0])
    with services.index.batch() as batch:
        batch.put(_document(services, ids[1], 77))
        batch.put(replace(_document(services, ids[2], 1), id=999))
    difference = indexing.reconcile(services)
    assert (difference.missing, difference.stale, difference.surplus) == (
        (ids[0],),
        (ids[1],),
        (999,),
    )
    indexing.sync_all(services)
    assert in_step(services)
    assert indexing.reconcile(services).same


def _document(services: Services, asset_id: int, revision: int) -> Any:
    with services.catalog.look(SYSTEM) as look:
        (facts,) = assets.facts(look, [asset_id])
        return indexing.document_for(facts, taxonomy.read(look), revision)


def test_C08_writes_during_a_rebuild_are_in_the_index_at_the_end(
    services: Services, shop: Desk
) -> None:
    ids = [make.asset(shop, f"Zebra {n}") for n in range(40)]
    indexing.sync_all(services)
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        number = 0
        while not stop.is_set() and number < 60:
            make.edited(shop, ids[number % 40], title=f"Giraffe {number}")
            if number % 10 == 0:
                written.append(make.asset(shop, f"Giraffe new {number}"))
            if number % 15 == 7:
                shop.do(assets.erase, written.pop())
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(3):
        indexing.rebuild(services)
    stop.set()
    writer.join(60)
    indexing.sync_all(services)
    assert in_step(services)
    assert set(written) <= found_all(services.index, "giraffe")


def found_all(index: SearchIndex, text: str) -> set[int]:
    query = SearchQuery(text, readers=frozenset({"published"}), today=make.TODAY, per_page=100)
    return {hit.id for hit in index.search(query).hits}


class Anyone:
    """Does one random public command after the other; what is refused is refused."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.chance = desk, random.Random(seed)
        self.words = ["zebra", "giraffe", "payback", "café", "security"]

    def act(self) -> None:
        actions = (
            self.create,
            self.create,
            self.edit,
            self.edit,
            self.status,
            self.content,
            self.bulk,
            self.erase,
            self.review,
            self.rename_term,
            self.retire_term,
            self.use,
            self.restore,
            self.supersede,
        )
        try:
            self.chance.choice(actions)()
        except CatalogError:
            return

    def text(self) -> str:
        return " ".join(self.chance.choices(self.words, k=self.chance.randint(1, 3)))

    def any_asset(self) -> int:
        return self.chance.choice(self.desk.ask(assets.all_ids) or [0])

    def any_term(self) -> taxonomy.Term:
        terms = self.desk.ask(taxonomy.read)
        return self.chance.choice([t for t in terms.terms.values() if t.dimension == "stage"])

    def terms(self) -> dict[str, tuple[str, ...]]:
        return {"stage": (self.any_term().slug,)}

    def create(self) -> None:
        today = self.desk.clock.now.date()
        make.asset(
            self.desk,
            self.text(),
            content=TextContent(f"# {self.text()}\n\n{self.text()}"),
            terms=self.terms(),
            tags=(self.text(),),
            expires_on=self.chance.choice([None, today, today - timedelta(days=1)]),
            review_by=self.chance.choice([None, today - timedelta(days=1)]),
        )

    def edit(self) -> None:
        make.edited(self.desk, self.any_asset(), title=self.text(), terms=self.terms())

    def status(self) -> None:
        status = self.chance.choice(list(Status))
        audience = self.chance.choice(list(Audience))
        make.edited(self.desk, self.any_asset(), status=status, audience=audience)

    def content(self) -> None:
        asset_id = self.any_asset()
        version = make.rev(self.desk, asset_id)
        self.desk.do(assets.add_version, asset_id, version, TextContent(self.text()))

    def bulk(self) -> None:
        ids = tuple({self.any_asset() for _ in range(3)})
        self.desk.do(assets.bulk_edit, BulkEdit(ids, add_terms=self.terms()))

    def erase(self) -> None:
        self.desk.do(assets.erase, self.any_asset())

    def review(self) -> None:
        asset_id = self.any_asset()
        self.desk.do(assets.review, asset_id, make.rev(self.desk, asset_id))

    def restore(self) -> None:
        asset_id = self.any_asset()
        self.desk.do(assets.restore_revision, asset_id, 1, make.rev(self.desk, asset_id))

    def supersede(self) -> None:
        asset_id = self.any_asset()
        version = make.rev(self.desk, asset_id)
        self.desk.do(assets.supersede, asset_id, version, self.any_asset())

    def rename_term(self) -> None:
        term = self.any_term()
        edit = TermEdit(term.version, self.text(), "", term.aliases, term.guide, term.phase)
        self.desk.do(taxonomy.edit_term, term.id, edit)

    def retire_term(self) -> None:
        term = self.any_term()
        if term.retired:
            self.desk.do(taxonomy.restore_term, term.id)
        elif self.chance.random() < 0.5:
            self.desk.do(taxonomy.retire_term, term.id)
        else:
            self.desk.do(taxonomy.add_term, NewTerm("stage", self.text()))

    def use(self) -> None:
        self.desk.do(analytics.record_use, self.any_asset(), analytics.Event.OPENED)
        self.desk.do(analytics.recount)


def everything_said(services: Services) -> dict[str, Any]:
    """What the index answers to many questions.

    Of several words, the hits that have them all: how few may be enough depends on how common each
    is, and that, like scores, documents already replaced still colour.
    """
    said: dict[str, Any] = {
        "revisions": {i: list(r) for i, r in services.index.revisions().items()}
    }
    with services.catalog.look(SYSTEM) as look:
        terms = taxonomy.read(look)
        keys = (*(d.slug for d in terms.dimensions), "status", "audience", "format", "fresh")
        for text in (
            "",
            "zebra",
            "giraffe",
            "cafe",
            "payback security",
            *(t.label for t in terms.by_slug["stage"].terms),
        ):
            for expired in (False, True):
                query = SearchQuery(
                    text,
                    readers=frozenset({"published", "unpublished"}),
                    today=look.today,
                    facet_keys=keys,
                    include_expired=expired,
                    per_page=100,
                )
                page = services.index.search(query)
                hits = sorted((h.id, h.revision, sorted(h.hit_pages)) for h in page.hits)
                count = len(text.split())
                all_words = sorted(h.id for h in page.hits if len(h.matched) >= count)
                answer = (hits, page.total, page.facets) if count < 2 else all_words
                said[f"{text} {expired}"] = answer
    return said


@pytest.mark.parametrize("seed", range(3))
def test_the_index_kept_in_step_is_the_index_drawn_anew(
    services: Services, shop: Desk, seed: int
) -> None:
    anyone = Anyone(shop, seed)
    for _step in range(8):
        anyone.create()
    for _step in range(40):
        anyone.act()
        if anyone.chance.random() < 0.15:
            indexing.sync(services)
    indexing.sync_all(services)
    assert in_step(services)
    kept = everything_said(services)
    assert len(kept["revisions"]) > 3
    anew = replace(services, index=open_index("whoosh:"))
    indexing.rebuild(anew)
    assert everything_said(anew) == kept
    anew.index.close()
