"""Writing the rows, stopping, going on after a crash, and taking all of it back."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from import_tables import Shelf, codes, open_and_check, row, shelf, table
from sqlalchemy import event

from content_catalog import Actor, Catalog, assets, audit, imports, search_state, taxonomy
from content_catalog.assets import AssetEdit, Audience, Status
from content_catalog.errors import Invalid, NotAllowed
from content_catalog.imports import BatchState, ImportBatch, ImportCounts

ROOT = Path(__file__).resolve().parents[3]


def start(catalog: Catalog, actor: Actor, data: bytes, files: Shelf, **options: Any) -> int:
    """Check a table and begin to write it."""
    with catalog.work(actor) as work:
        batch = open_and_check(work, data, files, **options)
        imports.begin(work, batch.id)
    return batch.id


def write(catalog: Catalog, actor: Actor, batch_id: int, files: Shelf, limit: int = 200) -> bool:
    """Write the next rows as the worker does; ``False`` when there are none."""
    with catalog.look(actor) as look:
        rows = [one.row for one in imports.next_rows(look, batch_id, limit)]
    with catalog.work(actor) as work:
        imports.write_rows(work, batch_id, rows, files)
        return imports.batch(work, batch_id).state is BatchState.COMMITTING


def run(catalog: Catalog, actor: Actor, data: bytes, files: Shelf, **options: Any) -> ImportBatch:
    """The whole import."""
    batch_id = start(catalog, actor, data, files, **options)
    while write(catalog, actor, batch_id, files):
        pass
    with catalog.look(actor) as look:
        return imports.batch(look, batch_id)


def undo(catalog: Catalog, actor: Actor, batch_id: int) -> imports.UndoReport:
    left = 1
    while left:
        with catalog.work(actor) as work:
            left = imports.undo_rows(work, batch_id, limit=2)
    with catalog.look(actor) as look:
        return imports.undo_report(look, batch_id)


def page_of(catalog: Catalog, actor: Actor, external_id: str) -> assets.AssetPage:
    with catalog.look(actor) as look:
        return assets.page(look, id_of(catalog, actor, external_id))


def id_of(catalog: Catalog, actor: Actor, external_id: str) -> int:
    with catalog.look(actor) as look:
        found = assets.by_external_id(look, external_id)
    assert found is not None
    return found


def test_a_row_becomes_an_asset_with_all_it_says(catalog: Catalog, marketer: Actor) -> None:
    cells = {
        "summary": "Why it pays.",
        "personas": "CFO;developer",
        "tags": "money;=1+1",
        "review_by": "2027-01-31",
        "status": "draft",
        "talk_track": "Say this.\nThen that.",
    }
    batch = run(catalog, marketer, table(row(1, **cells)), shelf(1))
    assert (batch.state, batch.counts, batch.done) == (
        BatchState.COMMITTED,
        ImportCounts(create=1),
        1,
    )
    page = page_of(catalog, marketer, "guide-1")
    assert (page.card.title, page.card.summary) == ("Guide number 1", "Why it pays.")
    assert (page.card.audience, page.card.status) == (Audience.CUSTOMER_READY, Status.DRAFT)
    assert {t.slug for t in page.card.terms["persona"]} == {"economic-buyer", "developer"}
    assert (page.tags, page.talk_track) == (("money", "=1+1"), "Say this.\nThen that.")
    assert page.card.freshness.review_by == date(2027, 1, 31)
    assert page.card.owner_email == "lena@example.com"
    assert page.version.file_name == "1.md"


def test_the_same_file_again_is_all_unchanged(catalog: Catalog, marketer: Actor) -> None:
    data = table(row(1), row(2, path="", url="https://example.com/2"), row(3, kind="text"))
    run(catalog, marketer, data, shelf(1, 3))
    with catalog.work(marketer) as work:
        again = open_and_check(work, data, shelf(1, 3))
        assert again.counts == ImportCounts(unchanged=3)
        with pytest.raises(Invalid, match="nothing to import"):
            imports.begin(work, again.id)


def test_only_what_a_column_says_is_changed(catalog: Catalog, marketer: Actor) -> None:
    run(catalog, marketer, table(row(1, summary="Kept", tags="a;b")), shelf(1))
    data = b"external_id,title,tags,audience\nguide-1,New title,,\n"
    batch = run(catalog, marketer, data, Shelf())
    assert batch.counts == ImportCounts(update=1)
    with catalog.look(marketer) as look:
        (changed,) = imports.rows(look, batch.id)
    assert changed.changes == {"title": ["Guide number 1", "New title"], "tags": ["a; b", ""]}
    page = page_of(catalog, marketer, "guide-1")
    assert (page.card.title, page.card.summary, page.tags) == ("New title", "Kept", ())
    assert page.card.audience is Audience.CUSTOMER_READY
    assert len(page.versions) == 1


def test_a_changed_file_is_a_new_version(catalog: Catalog, marketer: Actor) -> None:
    run(catalog, marketer, table(row(1)), shelf(1))
    batch = run(catalog, marketer, table(row(1)), shelf(1, text="Other words"))
    assert batch.counts == ImportCounts(update=1)
    assert len(page_of(catalog, marketer, "guide-1").versions) == 2


def test_a_refused_row_never_stops_the_others(catalog: Catalog, marketer: Actor) -> None:
    data = table(row(1), row(2, title=""), row(3))
    batch = run(catalog, marketer, data, shelf(1, 2, 3))
    assert batch.counts == ImportCounts(create=2, refused=1)
    with catalog.look(marketer) as look:
        assert len(assets.all_ids(look)) == 2
        assert len(search_state.pending(look, 10)) == 2


def test_unknown_values_become_terms_when_asked(catalog: Catalog, admin: Actor) -> None:
    data = table(row(1, industries="Space travel"), row(2, industries="space-travel; banking"))
    batch = run(catalog, admin, data, shelf(1, 2), create_terms=True)
    assert batch.counts == ImportCounts(create=2)
    labels = [t.label for t in page_of(catalog, admin, "guide-2").card.terms["industry"]]
    assert sorted(labels) == ["Financial services", "Space travel"]
    with catalog.look(admin) as look:
        industry = taxonomy.read(look).dimension("industry")
        assert industry is not None
        assert len(industry.terms) == 2


def test_an_empty_language_stays_as_the_text_was_read(catalog: Catalog, marketer: Actor) -> None:
    data = table(row(1, languages=""))
    run(catalog, marketer, data, shelf(1))
    with catalog.work(marketer) as work:
        asset_id = id_of(catalog, marketer, "guide-1")
        rev = assets.page(work, asset_id).rev
        assets.edit(work, asset_id, AssetEdit(rev, terms={"language": ("en",)}))
    with catalog.work(marketer) as work:
        assert open_and_check(work, data, shelf(1)).counts == ImportCounts(unchanged=1)


def test_a_retired_term_stays_where_it_is(catalog: Catalog, admin: Actor) -> None:
    run(catalog, admin, table(row(1)), shelf(1))
    with catalog.work(admin) as work:
        term = taxonomy.read(work).term("persona", "developer")
        assert term is not None
        taxonomy.retire_term(work, term.id)
    with catalog.work(admin) as work:
        batch = open_and_check(work, table(row(1), row(2)), shelf(1, 2))
        assert codes(work, batch.id) == {3: ["retired_term"]}
    assert batch.counts == ImportCounts(unchanged=1, refused=1)


def test_C07_an_asset_edited_since_the_check_is_reported_not_overwritten(
    catalog: Catalog, marketer: Actor
) -> None:
    run(catalog, marketer, table(row(1), row(2)), shelf(1, 2))
    changed = table(row(1, title="From the file"), row(2, title="From the file too"))
    batch_id = start(catalog, marketer, changed, shelf(1, 2))
    asset_id = id_of(catalog, marketer, "guide-1")
    with catalog.work(marketer) as work:
        assets.edit(work, asset_id, AssetEdit(1, summary="Typed by hand"))
    write(catalog, marketer, batch_id, shelf(1, 2))
    page = page_of(catalog, marketer, "guide-1")
    assert (page.card.title, page.card.summary) == ("Guide number 1", "Typed by hand")
    assert page_of(catalog, marketer, "guide-2").card.title == "From the file too"
    with catalog.look(marketer) as look:
        assert codes(look, batch_id) == {2: ["changed_since"]}
        assert imports.batch(look, batch_id).counts == ImportCounts(update=1, refused=1)


def test_C07_one_import_at_a_time(catalog: Catalog, marketer: Actor) -> None:
    data = table(row(1))
    first = start(catalog, marketer, data, shelf(1))
    with catalog.work(marketer) as work:
        second = open_and_check(work, data, shelf(1)).id
    with catalog.work(marketer) as work, pytest.raises(Invalid, match="Another import"):
        imports.begin(work, second)
    write(catalog, marketer, first, shelf(1))
    with catalog.work(marketer) as work:
        imports.begin(work, second)
    write(catalog, marketer, second, shelf(1))
    with catalog.look(marketer) as look:
        assert len(assets.all_ids(look)) == 1
        assert imports.batch(look, second).counts == ImportCounts(unchanged=1)


def test_K09_killed_in_row_n_goes_on_there_and_writes_each_row_once(
    catalog: Catalog, marketer: Actor
) -> None:
    files = shelf(*range(1, 31))
    batch_id = start(catalog, marketer, table(*(row(n) for n in range(1, 31))), files)
    for point in (7, 18):
        died = subprocess.run(
            [sys.executable, "-c", _WRITER, str(catalog.sqlite_path), str(batch_id)],
            env={**os.environ, "FINDER_TEST_FAULT": f"import-row-{point}"},
            cwd=ROOT,
            check=False,
        )
        assert died.returncode == 137
    with catalog.look(marketer) as look:
        assert len(assets.all_ids(look)) == 15  # whole transactions of five rows
    while write(catalog, marketer, batch_id, files, limit=5):
        pass
    with catalog.look(marketer) as look:
        assert imports.batch(look, batch_id).counts == ImportCounts(create=30)
        assert imports.batch(look, batch_id).done == 30
        found = assets.cards(look, assets.all_ids(look))
        assert sorted(c.external_id or "" for c in found) == sorted(
            f"guide-{n}" for n in range(1, 31)
        )


_WRITER = """
import sys
sys.path.insert(0, "tests/support")
from import_tables import shelf
from content_catalog import SYSTEM, imports, open_catalog
catalog = open_catalog("sqlite:///" + sys.argv[1])
files, batch_id = shelf(*range(1, 31)), int(sys.argv[2])
while True:
    with catalog.look(SYSTEM) as look:
        rows = [row.row for row in imports.next_rows(look, batch_id, 5)]
    with catalog.work(SYSTEM) as work:
        imports.write_rows(work, batch_id, rows, files)
"""


def test_a_stopped_import_keeps_what_is_written_and_goes_on(
    catalog: Catalog, marketer: Actor
) -> None:
    files = shelf(1, 2, 3, 4)
    batch_id = start(catalog, marketer, table(*(row(n) for n in (1, 2, 3, 4))), files)
    write(catalog, marketer, batch_id, files, limit=2)
    with catalog.work(marketer) as work:
        imports.ask_stop(work, batch_id)
    assert not write(catalog, marketer, batch_id, files)
    with catalog.look(marketer) as look:
        stopped = imports.batch(look, batch_id)
        assert (stopped.state, stopped.done) == (BatchState.STOPPED, 2)
        assert len(assets.all_ids(look)) == 2
    with catalog.work(marketer) as work:
        imports.begin(work, batch_id)
    write(catalog, marketer, batch_id, files)
    with catalog.look(marketer) as look:
        assert imports.batch(look, batch_id).done == 4


def test_undo_removes_what_was_created_and_puts_back_what_was_changed(
    catalog: Catalog, marketer: Actor
) -> None:
    run(catalog, marketer, table(row(1, tags="a", review_by="2027-01-01"), row(2)), shelf(1, 2))
    changed = table(
        row(1, title="New", personas="CFO", review_by="", tags=""), row(2), row(3), row(4)
    )
    before = page_of(catalog, marketer, "guide-1")
    batch = run(catalog, marketer, changed, shelf(1, 2, 3, 4, text="Other"))
    assert batch.counts == ImportCounts(create=2, update=2)
    report = undo(catalog, marketer, batch.id)
    assert (report.removed, report.restored, report.kept) == (2, 2, ())
    after = page_of(catalog, marketer, "guide-1")
    for part in ("title", "summary", "owner_email", "freshness"):
        assert getattr(after.card, part) == getattr(before.card, part)
    assert after.tags == before.tags
    assert {t.slug for t in after.card.terms["persona"]} == {"developer"}
    with catalog.look(marketer) as look:
        assert len(assets.all_ids(look)) == 2
        assert assets.sha256_of(look, after.card.id) == shelf(1).find("guides/1.md").sha256
        assert imports.batch(look, batch.id).state is BatchState.UNDONE
        assert audit.history(look, "import", batch.id)[0].action == "import.undo"


def test_undo_keeps_and_lists_what_was_edited_since(catalog: Catalog, marketer: Actor) -> None:
    batch = run(catalog, marketer, table(row(1), row(2)), shelf(1, 2))
    asset_id = id_of(catalog, marketer, "guide-2")
    with catalog.work(marketer) as work:
        assets.edit(work, asset_id, AssetEdit(1, title="Typed since"))
    report = undo(catalog, marketer, batch.id)
    assert (report.removed, report.kept) == (1, ((asset_id, "Typed since"),))
    with catalog.look(marketer) as look:
        assert assets.all_ids(look) == [asset_id]
    with catalog.work(marketer) as work, pytest.raises(Invalid, match="already"):
        imports.undo_rows(work, batch.id)


def test_undo_is_for_ones_own_imports_and_admins_for_7_days(
    catalog: Catalog, marketer: Actor, admin: Actor, other: Actor
) -> None:
    batch = run(catalog, marketer, table(row(1)), shelf(1))
    with catalog.work(other) as work, pytest.raises(NotAllowed):
        imports.undo_rows(work, batch.id)
    now = catalog.clock()
    late = Catalog(catalog.engine, lambda: now + timedelta(days=7, minutes=1), catalog.zone)
    with late.work(marketer) as work, pytest.raises(Invalid, match="7 days"):
        imports.undo_rows(work, batch.id)
    assert undo(catalog, admin, batch.id).removed == 1


def test_P10_a_right_taken_away_ends_the_writing(
    catalog: Catalog, marketer: Actor, rep: Actor
) -> None:
    batch_id = start(catalog, marketer, table(row(1)), shelf(1))
    with catalog.work(rep) as work, pytest.raises(NotAllowed):
        imports.write_rows(work, batch_id, [2], shelf(1))
    with catalog.look(marketer) as look:
        assert assets.all_ids(look) == []


def test_an_import_not_started_can_be_discarded(catalog: Catalog, marketer: Actor) -> None:
    with catalog.work(marketer) as work:
        batch = open_and_check(work, table(row(1)), shelf(1))
        imports.discard(work, batch.id)
        assert imports.batches(work) == ()
    batch = run(catalog, marketer, table(row(1)), shelf(1))
    with catalog.work(marketer) as work, pytest.raises(Invalid):
        imports.discard(work, batch.id)


def test_a_row_costs_a_fixed_number_of_statements(catalog: Catalog, marketer: Actor) -> None:
    """The taxonomy and what is there are read once per part of the file, not once per row."""
    with catalog.look(marketer) as look:
        taxonomy.read(look)
    few = _statements(catalog, marketer, 1, 10)
    many = _statements(catalog, marketer, 101, 40)
    assert (many - few) / 30 < 40


def _statements(catalog: Catalog, actor: Actor, first: int, count: int) -> int:
    numbers = range(first, first + count)
    batch_id = start(catalog, actor, table(*(row(n) for n in numbers)), shelf(*numbers))
    seen: list[str] = []
    event.listen(catalog.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    write(catalog, actor, batch_id, shelf(*numbers))
    assert sum("FROM assets" in s for s in seen) < 6 + 2 * count
    return len(seen)
