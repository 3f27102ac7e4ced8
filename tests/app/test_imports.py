"""Import and export from the command line and in the browser, with real files."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from import_tables import WORDS, row, table
from sites import Browser, Site, make_site

from app import importing
from app.cli import main
from app.handlers import import_rows
from app.worker import Worker
from content_catalog import (
    SYSTEM,
    Role,
    Side,
    assets,
    imports,
    open_catalog,
    people,
    search_state,
    taxonomy,
)
from content_catalog.imports import BatchState

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
MINA = "mina@example.com"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "data").mkdir()
    with make_site(tmp_path / "data") as site:
        site.do(taxonomy.load, WORDS)
        site.add(MINA, Role.MARKETER)
        yield site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three guides and the table that names them."""
    home = tmp_path / "spring"
    (home / "guides").mkdir(parents=True)
    for number in (1, 2, 3):
        (home / "guides" / f"{number}.md").write_text(f"# Guide {number}\n\nWords of {number}.\n")
    (home / "spring.csv").write_bytes(table(row(1), row(2), row(3)))
    return home


class Terminal:
    """The command line on a data folder of its own."""

    def __init__(self, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.data = data
        self.monkeypatch = monkeypatch
        self.use(data)

    def use(self, data: Path) -> None:
        self.monkeypatch.setenv("FINDER_DATA_DIR", str(data))
        self.data = data

    def run(self, *words: object) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words])

    def json(self, *words: object) -> tuple[int, dict[str, Any]]:
        result = self.run(*words, "--json")
        return result.exit_code, json.loads(result.stdout.splitlines()[-1])

    def load_words(self, words: dict[str, Any]) -> None:
        path = self.data.parent / "words.json"
        path.write_text(json.dumps(words))
        assert self.run("db", "upgrade").exit_code == 0
        assert self.run("taxonomy", "load", path).exit_code == 0

    def look(self, query: Any, *args: Any) -> Any:
        catalog = open_catalog(f"sqlite:///{self.data / 'catalog.db'}")
        try:
            with catalog.look(SYSTEM) as look:
                return query(look, *args)
        finally:
            catalog.close()


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal = Terminal(tmp_path / "data", monkeypatch)
    terminal.load_words(WORDS)
    return terminal


def test_import_creates_then_finds_all_unchanged(terminal: Terminal, folder: Path) -> None:
    status, summary = terminal.json("import", folder / "spring.csv", "--files", folder)
    assert status == 0
    assert summary["create"] == 3
    assert summary["errors"] == []
    status, summary = terminal.json("import", folder / "spring.csv", "--files", folder)
    assert (status, summary["create"], summary["unchanged"]) == (0, 0, 3)
    assert terminal.look(imports.batch, summary["batch"]).state is BatchState.COMMITTED
    (folder / "guides" / "2.md").write_text("# Guide 2\n\nOther words.\n")
    status, summary = terminal.json("import", folder / "spring.csv")
    assert (summary["update"], summary["unchanged"]) == (1, 2)


def test_refusals_are_listed_and_end_with_status_1(terminal: Terminal, folder: Path) -> None:
    (folder / "spring.csv").write_bytes(table(row(1), row(2, review_by="31/12/2026")))
    status, summary = terminal.json("import", folder / "spring.csv")
    assert (status, summary["create"], summary["refused"]) == (1, 1, 1)
    (error,) = summary["errors"]
    assert (error["row"], error["column"], error["code"]) == (3, "review_by", "bad_date")
    assert "2026-12-31" in error["message"]
    shown = terminal.run("import", folder / "spring.csv")
    assert shown.exit_code == 1
    assert "Row 3, review_by: Not a date." in shown.stdout


def test_a_dry_run_changes_nothing(terminal: Terminal, folder: Path) -> None:
    status, summary = terminal.json("import", folder / "spring.csv", "--dry-run")
    assert (status, summary["create"], summary["batch"]) == (0, 3, None)
    assert terminal.look(assets.all_ids) == []
    assert terminal.look(imports.batches) == ()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("missing.csv",), "There is no file"),
        (("spring.csv", "--files", "nowhere"), "there is no folder"),
        (("spring.csv", "--as", "nobody@example.com"), "there is no user"),
        (("broken.csv",), "zero bytes"),
        (("plain.csv",), "external_id"),
    ],
)
def test_what_cannot_start_ends_with_status_2_and_a_sentence(
    terminal: Terminal, folder: Path, words: Sequence[str], sentence: str
) -> None:
    (folder / "broken.csv").write_bytes(b"a,b\n\x00,1\n")
    (folder / "plain.csv").write_bytes(b"a,b\n2,1\n")
    result = terminal.run("import", *(folder / w if w.endswith("csv") else w for w in words))
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_imports_as_a_user_have_that_users_rights(terminal: Terminal, folder: Path) -> None:
    catalog = open_catalog(f"sqlite:///{terminal.data / 'catalog.db'}")
    for email, role in ((MINA, Role.MARKETER), ("rita@example.com", Role.REP)):
        with catalog.work(SYSTEM) as work:
            people.add_user(work, people.NewUser(email, "Name", role, Side.MARKETING))
    catalog.close()
    table_path = folder / "spring.csv"
    assert terminal.run("import", table_path, "--as", "rita@example.com").exit_code == 2
    assert terminal.run("import", table_path, "--as", MINA, "--create-terms").exit_code == 2
    assert terminal.run("import", table_path, "--as", MINA).exit_code == 0


def test_create_terms_adds_what_is_unknown(terminal: Terminal, folder: Path) -> None:
    (folder / "spring.csv").write_bytes(table(row(1, industries="Space travel")))
    assert terminal.json("import", folder / "spring.csv")[1]["refused"] == 1
    assert terminal.json("import", folder / "spring.csv", "--create-terms")[1]["create"] == 1


def test_U04_a_link_out_of_the_folder_is_not_followed(terminal: Terminal, folder: Path) -> None:
    secret = folder.parent / "secret.md"
    secret.write_text("secret")
    (folder / "guides" / "1.md").unlink()
    (folder / "guides" / "1.md").symlink_to(secret)
    (folder / "guides" / "2.md").write_bytes(b"MZ\x90\x00 a program")
    status, summary = terminal.json("import", folder / "spring.csv")
    assert {e["row"]: e["code"] for e in summary["errors"]} == {
        2: "path_traversal",
        3: "refused_file",
    }
    assert (status, summary["create"]) == (1, 1)


def test_export_is_read_back_without_loss(terminal: Terminal, folder: Path, tmp_path: Path) -> None:
    cells = {"tags": "=1+1;a\\;b", "use_when": "Two\nlines", "status": "draft", "kind": "text"}
    rows = [row(1), row(2, **cells), row(3, path="", url="https://example.com/a?b=1")]
    (folder / "spring.csv").write_bytes(table(*rows))
    assert terminal.json("import", folder / "spring.csv")[0] == 0
    _add_without_external_id(terminal)
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    assert terminal.json("export", first)[1]["assets"] == 4
    status, summary = terminal.json("import", first)
    assert (status, summary["unchanged"], summary["create"]) == (0, 4, 0)
    terminal.use(tmp_path / "elsewhere")
    status, summary = terminal.json("import", first)
    assert (status, summary["create"], summary["refused"]) == (0, 4, 0)
    assert terminal.json("export", second)[0] == 0
    assert _contents(first) == _contents(second)
    assert json.loads(zipfile.ZipFile(first).read("requests.json"))["requests"] == []


def test_an_unpacked_export_is_read_back_too(
    terminal: Terminal, folder: Path, tmp_path: Path
) -> None:
    assert terminal.json("import", folder / "spring.csv")[0] == 0
    assert terminal.run("export", tmp_path / "out.zip").exit_code == 0
    zipfile.ZipFile(tmp_path / "out.zip").extractall(tmp_path / "out")
    for files in ((), ("--files", tmp_path / "out"), ("--files", tmp_path / "out" / "files")):
        status, summary = terminal.json("import", tmp_path / "out" / "assets.csv", *files)
        assert (status, summary["unchanged"]) == (0, 3)


def test_X09_no_cell_of_the_export_is_a_formula(
    terminal: Terminal, folder: Path, tmp_path: Path
) -> None:
    rows = [row(1, title="=1+1", summary="@x", tags="-2"), row(2, title="＝1", summary="+1")]
    (folder / "spring.csv").write_bytes(table(*rows))
    assert terminal.json("import", folder / "spring.csv")[0] == 0
    terminal.run("export", tmp_path / "out.zip")
    text = zipfile.ZipFile(tmp_path / "out.zip").read("assets.csv").decode("utf-8-sig")
    for line in list(csv.reader(io.StringIO(text, newline="")))[1:]:
        assert not [cell for cell in line if cell[:1] in set("=+-@＝＋－＠\t\r\n") - {""}]
    assert terminal.json("import", tmp_path / "out.zip")[1]["unchanged"] == 2


def _add_without_external_id(terminal: Terminal) -> None:
    catalog = open_catalog(f"sqlite:///{terminal.data / 'catalog.db'}")
    with catalog.work(SYSTEM) as work:
        content = assets.TextContent("# By hand\n\nTyped.")
        assets.create(work, assets.NewAsset("By hand", content, terms={"persona": ("security",)}))
    catalog.close()


def _contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in sorted(archive.namelist())}


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared collection is not on this machine")
@pytest.mark.parametrize("name", ["import_dirty.csv", "import_dirty_cp1252.csv"])
def test_the_dirty_collection_meets_its_expectation(terminal: Terminal, name: str) -> None:
    expected = json.loads((CORPUS / "import_dirty_expected.json").read_text())
    (wanted,) = [one for one in expected["files"] if one["file"] == name]
    terminal.use(terminal.data.parent / "collection")
    terminal.load_words(json.loads((CORPUS / "taxonomy.json").read_text()))
    _status, summary = terminal.json("import", CORPUS / name, "--dry-run")
    found: dict[int, set[str]] = {}
    suggested: dict[int, set[str]] = {}
    lines = {}
    for problem in summary["errors"] + summary["warnings"]:
        found.setdefault(problem["row"], set()).add(problem["code"])
        suggested.setdefault(problem["row"], set()).add(problem["suggestion"])
        lines[problem["row"]] = problem["line"]
    details = {d["row"]: d for d in wanted["details"] if d["outcome"] != "skip"}
    assert found == {n: set(d["classes"]) for n, d in details.items()}
    assert lines == {n: d["line"] for n, d in details.items()}
    for number, detail in details.items():
        assert {detail.get("suggestion")} - {None} <= suggested[number]
    outcomes = wanted["outcomes"]
    assert summary["create"] == outcomes["create"] + outcomes["create_with_warning"]
    assert (summary["refused"], summary["skipped"]) == (outcomes["reject"], outcomes["skip"])
    assert summary["unknown_columns"] == wanted["unknown_columns"]


# -- in the browser ---------------------------------------------------------------------------


def upload(browser: Browser, data: bytes, archive: bytes | None = None, **fields: str) -> Any:
    given: dict[str, Any] = dict(fields)
    if data:
        given["table"] = (io.BytesIO(data), "spring.csv")
    if archive is not None:
        given["files"] = (io.BytesIO(archive), "files.zip")
    return browser.post("/library/import", given)


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def guides(*numbers: int) -> bytes:
    return zipped(**{f"guides/{n}.md": f"# Guide {n}\n\nWords.\n".encode() for n in numbers})


def match(browser: Browser, answer: Any) -> str:
    """Take the columns as guessed; returns the address of the check."""
    page = browser.get(answer.location)
    assert page.status_code == 200
    fields = {}
    for name, options in re.findall(
        r'<select[^>]*name="(column-\d+)">(.*?)</select>', page.text, re.S
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    answer = browser.post(answer.location, fields)
    assert answer.status_code == 303
    return str(answer.location)


def test_four_steps_from_a_table_to_assets_and_back(site: Site) -> None:
    browser = site.browser(MINA)
    check = match(
        browser, upload(browser, table(row(1), row(2), row(3, title="")), guides(1, 2, 3))
    )
    page = browser.get(check)
    assert "Nothing has been written yet" in page.text
    assert "Import 2 rows" in page.text
    assert "Empty. Every asset needs a title." in page.text
    started = browser.post(f"{check}/start")
    assert started.location.endswith("/progress")
    running = browser.get(started.location)
    assert "0 of 2" in running.text
    assert 'hx-trigger="every 2s"' in running.text
    Worker(site.services).run_until_idle()
    fragment = browser.get(started.location, headers={"HX-Request": "true"})
    assert fragment.headers["HX-Refresh"] == "true"
    assert "<html" not in fragment.text
    done = browser.get(started.location).text
    assert "is done" in done
    assert len(site.ask(assets.all_ids)) == 2
    browser.post(f"{check}/undo")
    assert "2 assets removed" in browser.get(started.location).text
    assert site.ask(assets.all_ids) == []


def test_every_step_has_its_address_and_survives_a_reload(site: Site) -> None:
    browser = site.browser(MINA)
    first = upload(browser, table(row(1, path="", url="https://example.com/1")))
    check = first.location.removesuffix("/columns")
    assert browser.get(check).location == first.location
    match(browser, first)
    for _ in range(2):
        assert browser.get(check).status_code == 200
    assert "spring.csv" in browser.get("/library/import").text
    assert browser.get(f"{check}?show=all&page=9").status_code == 200


def test_unknown_values_are_mended_once_for_all_rows(site: Site) -> None:
    browser = site.browser(MINA)
    rows = [row(n, path="", url=f"https://example.com/{n}", personas="wizard") for n in (1, 2)]
    check = match(browser, upload(browser, table(*rows)))
    assert "“wizard” is not a known persona" in browser.get(check).text
    fix = {"action": "use", "dimension": "persona", "value": "wizard", "term": "developer"}
    assert browser.post(f"{check}/fix", fix).status_code == 303
    assert "Import 2 rows" in browser.get(check).text


def test_a_row_is_corrected_in_place(site: Site) -> None:
    browser = site.browser(MINA)
    check = match(browser, upload(browser, table(row(1, path="", url="https://e.co/1", title=""))))
    page = browser.get(f"{check}/rows/2").text
    assert "Every asset needs a title" in page
    name = re.search(r'id="(cell-\d+)"[^>]*>\s*</textarea>', page)
    assert name is not None
    place = table(row(1)).decode().split("\r\n")[0].split(",").index("title")
    assert browser.post(f"{check}/rows/2", {f"cell-{place}": "A name"}).status_code == 303
    assert "Import 1 row" in browser.get(check).text


def test_files_can_follow_later(site: Site) -> None:
    browser = site.browser(MINA)
    check = match(browser, upload(browser, table(row(1))))
    assert "No file at the path" in browser.get(check).text
    given = {"files": (io.BytesIO(guides(1)), "files.zip")}
    assert browser.post(f"{check}/files", given).status_code == 303
    assert "Import 1 row" in browser.get(check).text


def test_a_zip_may_bring_its_table(site: Site) -> None:
    browser = site.browser(MINA)
    archive = zipped(**{"box/spring.csv": table(row(1)), "box/guides/1.md": b"# One\n\nWords."})
    assert "Import 1 row" in browser.get(match(browser, upload(browser, b"", archive))).text


def test_U04_entries_of_a_zip_are_refused_by_row_and_others_go_on(site: Site) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("guides/1.md")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("../guides/2.md", b"# Out")
        archive.writestr("guides/3.md", b"# Guide 3\n\nWords.")
        archive.writestr("guides/4.md", zipped(x=b"y"))
    browser = site.browser(MINA)
    rows = [row(n) for n in (1, 2, 3, 4)]
    check = match(browser, upload(browser, table(*rows), out.getvalue()))
    batch = site.ask(imports.batches)[0]
    found = {p.row: p.code for p in site.ask(imports.problems, batch.id) if p.severity == "error"}
    assert found == {2: "refused_file", 3: "missing_file", 5: "refused_file"}
    assert "This entry is a link" in browser.get(check).text
    assert not (site.services.settings.data_dir / "imports" / "guides").exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "Choose a CSV file"), (b"a,b\n\x00\n", "zero bytes"), (b"a,b\n", "no rows")],
)
def test_a_table_that_cannot_be_read_is_refused_with_the_reason(
    site: Site, data: bytes, sentence: str
) -> None:
    answer = upload(site.browser(MINA), data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert list((site.services.settings.data_dir / "imports").iterdir()) == []


def test_the_rows_left_out_can_be_downloaded(site: Site) -> None:
    browser = site.browser(MINA)
    check = match(browser, upload(browser, table(row(1))))
    answer = browser.get(f"{check}/refused.csv")
    assert answer.mimetype == "text/csv"
    assert "filename=spring-left-out.csv" in answer.headers["Content-Disposition"]
    assert b"no files came with the table" in answer.data


def test_a_long_import_is_written_in_parts_so_that_the_index_keeps_in_step(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_rows, "SECONDS", 0.0)
    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 1)
    browser = site.browser(MINA)
    check = match(browser, upload(browser, table(row(1), row(2)), guides(1, 2)))
    browser.post(f"{check}/start")
    Worker(site.services).run_until_idle()
    batch = site.ask(imports.batches)[0]
    assert (batch.state, batch.done) == (BatchState.COMMITTED, 2)
    assert not site.ask(search_state.pending, 10)


def test_P10_whoever_lost_the_right_meanwhile_imports_nothing(site: Site) -> None:
    browser = site.browser(MINA)
    check = match(browser, upload(browser, table(row(1)), guides(1)))
    browser.post(f"{check}/start")
    user_id = site.ask(people.by_email, MINA).id
    site.set_role(user_id, role=Role.REP)
    Worker(site.services).run_until_idle()
    assert site.ask(assets.all_ids) == []
    assert site.ask(imports.batches)[0].state is BatchState.FAILED
