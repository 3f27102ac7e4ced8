"""The dry run: every row read, every problem named, nothing written."""

from __future__ import annotations

import csv
import io

import pytest
from import_tables import HEADER, Shelf, codes, open_and_check, row, shelf, table

from content_catalog import Actor, Catalog, assets, imports, tabular, taxonomy
from content_catalog.errors import Invalid, NotAllowed
from content_catalog.imports import ImportCounts
from content_catalog.taxonomy import NewDimension, NewTerm


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, []),
        ({"title": " "}, ["missing_title"]),
        ({"title": "x" * 301}, ["overlong_title"]),
        ({"title": "x" * 300}, []),
        ({"external_id": "  "}, ["missing_external_id"]),
        ({"personas": "CFO "}, ["normalised_term"]),
        ({"personas": "developer;developer"}, ["normalised_term"]),
        ({"personas": "developer; security"}, []),
        ({"personas": "Fin. Director"}, ["near_miss_term"]),
        ({"personas": "wizard"}, ["unknown_term"]),
        (
            {"personas": "wizard;develper;CFO"},
            ["unknown_term", "near_miss_term", "normalised_term"],
        ),
        ({"content_type": "case_studies"}, ["near_miss_term"]),
        ({"content_type": "SUCCESS-story"}, ["normalised_term"]),
        ({"content_type": "case_study;battlecard"}, ["too_many_values"]),
        ({"audience": "Customer-ready"}, ["normalised_term"]),
        ({"audience": "custmer_ready"}, ["near_miss_term"]),
        ({"audience": "partner-only"}, ["unknown_term"]),
        ({"status": "Draft"}, ["normalised_term"]),
        ({"owner": "Lena"}, ["bad_owner"]),
        ({"review_by": "31/12/2026"}, ["bad_date"]),
        ({"tags": "=1+1;cost"}, ["formula_cell"]),
        ({"title": "ZÃ¼rich"}, ["mojibake"]),
        ({"path": "guides/"}, ["missing_file"]),
        ({"path": "../guides/1.md"}, ["path_traversal"]),
        ({"path": ""}, ["missing_content"]),
        ({"path": "", "url": "https://example.com/a"}, []),
        ({"path": "", "url": "javascript:alert(1)"}, ["bad_url"]),
        ({"url": "https://example.com/a"}, ["two_contents"]),
        ({"title": "", "review_by": "x"}, ["bad_date", "missing_title"]),
        ({"summary": "x" * 2001}, ["overlong_summary"]),
    ],
)
def test_every_problem_of_a_row_is_named(
    catalog: Catalog, marketer: Actor, cells: dict[str, str], expected: list[str]
) -> None:
    with catalog.work(marketer) as work:
        batch = open_and_check(work, table(row(1, **cells)), shelf(1))
        assert sorted(codes(work, batch.id).get(2, [])) == sorted(expected)


def test_a_near_miss_says_what_was_found_and_what_is_close(
    catalog: Catalog, marketer: Actor
) -> None:
    with catalog.work(marketer) as work:
        batch = open_and_check(work, table(row(1, personas="develper")), shelf(1))
        (problem,) = imports.problems(work, batch.id)
    assert (problem.row, problem.line, problem.column) == (2, 2, "personas")
    assert (problem.value, problem.suggestion) == ("develper", "developer")
    assert "Developer" in problem.message


def test_rows_with_too_few_or_many_cells_and_empty_ones(catalog: Catalog, marketer: Actor) -> None:
    good = ",".join(row(1).get(name, "") for name in HEADER)
    lines = [",".join(HEADER), good, good + ",x", "guide-3,guides/3.md", "," * 13, good]
    with catalog.work(marketer) as work:
        batch = open_and_check(work, "\n".join(lines).encode(), shelf(1))
        assert codes(work, batch.id) == {
            3: ["column_count"],
            4: ["column_count"],
            6: ["duplicate_external_id"],
        }
    assert batch.counts == ImportCounts(create=1, refused=3, skipped=1)


def test_unknown_columns_are_named_once_and_ignored(catalog: Catalog, marketer: Actor) -> None:
    with catalog.work(marketer) as work:
        batch = open_and_check(work, table(row(1, rating="5"), row(2, rating="=1")), shelf(1, 2))
        assert codes(work, batch.id) == {}
    assert batch.unknown_columns == ("rating",)
    assert batch.file_notes == ("Not a known column, ignored: rating.",)


@pytest.mark.parametrize("name", ["partners", "partner", "Partner", "PARTNERS"])
def test_dimensions_an_admin_added_work_alike(catalog: Catalog, admin: Actor, name: str) -> None:
    with catalog.work(admin) as work:
        taxonomy.add_dimension(work, NewDimension("partner", "Partner", "partners"))
        taxonomy.add_term(work, NewTerm("partner", "Northwind"))
        batch = open_and_check(work, table(row(1, **{name: "northwind"})), shelf(1))
        assert batch.unknown_columns == ()
        assert batch.counts.create == 1


def test_nothing_is_written_by_the_check(catalog: Catalog, marketer: Actor) -> None:
    with catalog.work(marketer) as work:
        open_and_check(work, table(row(1), row(2)), shelf(1, 2))
    with catalog.look(marketer) as look:
        assert assets.all_ids(look) == []


def test_likely_duplicates_are_hints_with_the_rule_that_matched(
    catalog: Catalog, marketer: Actor
) -> None:
    data = table(row(1), row(2, title="Guide Number 1"), row(3, path="guides/1.md"))
    with catalog.work(marketer) as work:
        batch = open_and_check(work, data, shelf(1, 2))
        found = {(p.row, p.code, p.severity) for p in imports.problems(work, batch.id)}
    assert found == {(3, "duplicate_title", "note"), (4, "duplicate_file", "note")}
    assert batch.counts.create == 3


def test_a_table_without_the_needed_columns_is_refused(catalog: Catalog, marketer: Actor) -> None:
    with catalog.work(marketer) as work, pytest.raises(Invalid, match="external_id"):
        open_and_check(work, b"title,path\nx,y\n", Shelf())
    with catalog.work(marketer) as work, pytest.raises(Invalid, match="no rows"):
        open_and_check(work, b"external_id,title\n", Shelf())


def test_P10_a_rep_imports_nothing_and_a_marketer_no_terms(
    catalog: Catalog, marketer: Actor, rep: Actor
) -> None:
    with catalog.work(rep) as work, pytest.raises(NotAllowed):
        open_and_check(work, table(row(1, status="published")), shelf(1))
    with catalog.work(marketer) as work, pytest.raises(NotAllowed):
        open_and_check(work, table(row(1)), shelf(1), create_terms=True)
    with catalog.look(rep) as look, pytest.raises(NotAllowed):
        imports.batches(look)


def test_rows_left_out_come_with_reasons_and_can_be_sent_again(
    catalog: Catalog, marketer: Actor
) -> None:
    data = table(row(1), row(2, personas="wizard", tags="=1"), row(3, title=""))
    with catalog.work(marketer) as work:
        batch = open_and_check(work, data, shelf(1, 2, 3))
        left_out = imports.refused_csv(work, batch.id)
    lines = list(csv.DictReader(io.StringIO(left_out.decode("utf-8-sig"))))
    assert [line["external_id"] for line in lines] == ["guide-2", "guide-3"]
    assert lines[0]["tags"] == "'=1"
    assert lines[0]["reason"].startswith("Row 3: personas: Not a known persona.")
    mended = left_out.replace(b"wizard", b"developer")
    with catalog.work(marketer) as work:
        again = open_and_check(work, mended, shelf(1, 2, 3))
        assert (again.counts.create, again.counts.refused) == (1, 1)
        assert again.unknown_columns == ("reason",)


def test_a_row_left_out_for_its_cells_is_left_out_again(catalog: Catalog, marketer: Actor) -> None:
    good = ",".join(row(1).get(name, "") for name in HEADER)
    data = "\n".join([",".join(HEADER), good + ",stray", "guide-3,guides/3.md"]).encode()
    with catalog.work(marketer) as work:
        batch = open_and_check(work, data, shelf(1))
        again = open_and_check(work, imports.refused_csv(work, batch.id), shelf(1))
    assert again.counts.refused == 2


def test_a_fix_counts_for_every_row_of_the_batch(catalog: Catalog, marketer: Actor) -> None:
    data = table(row(1, personas="wizard"), row(2, personas="Wizard;CFO"), row(3, audience="Vip"))
    with catalog.work(marketer) as work:
        batch = open_and_check(work, data, shelf(1, 2, 3))
        assert batch.counts.refused == 3
        group = imports.groups(work, batch.id)[0]
        assert (group.code, group.value, group.rows) == ("unknown_term", "wizard", 1)
        imports.fix_term(work, batch.id, "persona", "wizard", "developer")
        imports.fix_term(work, batch.id, "audience", "Vip", "internal")
        assert imports.check(work, batch.id, shelf(1, 2, 3)).counts.create == 3
        assert taxonomy.resolve(taxonomy.read(work), "persona", "wizard") is None


def test_a_fix_by_an_admin_is_kept_as_an_alias(catalog: Catalog, admin: Actor) -> None:
    with catalog.work(admin) as work:
        batch = open_and_check(work, table(row(1, personas="wizard")), shelf(1))
        imports.fix_term(work, batch.id, "persona", "wizard", "developer")
        assert imports.check(work, batch.id, shelf(1)).counts.create == 1
        found = taxonomy.resolve(taxonomy.read(work), "persona", "wizard")
        assert found is not None
        assert found.slug == "developer"


def test_a_value_can_be_left_out(catalog: Catalog, marketer: Actor) -> None:
    with catalog.work(marketer) as work:
        batch = open_and_check(work, table(row(1, personas="wizard")), shelf(1))
        imports.fix_term(work, batch.id, "persona", "wizard", "")
        assert imports.check(work, batch.id, shelf(1)).counts.create == 1
        assert codes(work, batch.id) == {2: ["left_out"]}


def test_a_cell_can_be_corrected(catalog: Catalog, marketer: Actor) -> None:
    with catalog.work(marketer) as work:
        batch = open_and_check(work, table(row(1, title="")), shelf(1))
        imports.edit_cell(work, batch.id, 2, "title", "A name")
        assert imports.check(work, batch.id, shelf(1)).counts.create == 1


def test_columns_are_guessed_offered_and_remembered(catalog: Catalog, marketer: Actor) -> None:
    header = ("Asset ID", "Name", "Who", "File", "Rating")
    data = "\n".join([",".join(header), "1,One,CFO;developer,guides/1.md,5"]).encode()
    read = tabular.read(data)
    with catalog.work(marketer) as work:
        first = imports.open_batch(work, read, file_name="a.csv")
        guessed = imports.guessed_columns(work, first)
        assert guessed == {
            "Asset ID": "external_id",
            "Name": "title",
            "Who": "dimension:persona",
            "File": "path",
        }
        assert imports.samples(work, first)["Who"] == ("CFO;developer",)
        imports.match_columns(work, first, guessed)
        assert imports.check(work, first, shelf(1)).counts.create == 1
        second = imports.open_batch(work, read, file_name="b.csv")
        assert imports.batch(work, second).column_map == guessed


def test_a_matching_that_cannot_be_is_refused(catalog: Catalog, marketer: Actor) -> None:
    read = tabular.read(b"a,b,c\n1,2,3\n")
    with catalog.work(marketer) as work:
        batch_id = imports.open_batch(work, read, file_name="a.csv")
        with pytest.raises(Invalid) as refused:
            imports.match_columns(work, batch_id, {"a": "title", "b": "title", "x": "path"})
    assert set(refused.value.fields) == {"b", "x", "external_id"}
