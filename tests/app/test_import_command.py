"""Import and export from the command line and in the browser, with real files."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from import_tables import WORDS, row, table
from sites import Site, make_site

from app import importing
from app.cli import main
from content_catalog import (
    SYSTEM,
    Role,
    Side,
    assets,
    imports,
    open_catalog,
    people,
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


def test_K09_ctrl_c_stops_the_import_and_the_next_one_can_begin(
    terminal: Terminal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_some = importing.write_some

    def interrupted(*given: Any) -> bool:
        monkeypatch.setattr(importing, "write_some", write_some)
        write_some(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(importing, "write_some", interrupted)
    assert terminal.run("import", folder / "spring.csv").exit_code == 1
    (batch,) = terminal.look(imports.batches)
    assert (batch.state, batch.done) == (BatchState.STOPPED, 2)
    status, summary = terminal.json("import", folder / "spring.csv")
    assert (status, summary["create"], summary["unchanged"]) == (0, 1, 2)


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
