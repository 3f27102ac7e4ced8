"""Import in the browser and over the API, with real files."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from import_tables import WORDS, row, table
from sites import Browser, Site, make_site
from sqlalchemy import update

from app import importing
from app.handlers import import_rows
from app.worker import Worker
from content_catalog import SYSTEM, Role, assets, imports, jobs, people, search_state, taxonomy
from content_catalog.imports import BatchState

MINA = "mina@example.com"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "data").mkdir()
    with make_site(tmp_path / "data") as site:
        site.do(taxonomy.load, WORDS)
        site.add(MINA, Role.MARKETER)
        yield site


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


def begun(site: Site, *numbers: int) -> str:
    """An import that is under way while no job and no command writes it; its address."""
    browser = site.browser(MINA)
    check = match(browser, upload(browser, table(*(row(n) for n in numbers)), guides(*numbers)))
    site.do(imports.begin, site.ask(imports.batches)[0].id)
    return check


def test_K09_an_import_whose_writer_is_gone_goes_on_when_a_worker_starts(site: Site) -> None:
    begun(site, 1, 2)
    worker = Worker(site.services)
    worker.run_until_idle()
    assert site.ask(imports.batches)[0].state is BatchState.COMMITTED
    assert len(site.ask(assets.all_ids)) == 2


def test_K09_a_job_that_is_waiting_is_not_asked_for_twice(site: Site) -> None:
    begun(site, 1)
    for _ in range(3):
        importing.resume(site.services)
    assert len(site.ask(jobs.open_payloads, imports.JOB)) == 1


def test_K09_stop_ends_an_import_whose_writer_is_gone(site: Site) -> None:
    check = begun(site, 1, 2)
    browser = site.browser(MINA)
    second = match(browser, upload(browser, table(row(3)), guides(3)))
    assert "or stop it" in browser.get(browser.post(f"{second}/start").location).text
    browser.post(f"{check}/stop")
    Worker(site.services).run_until_idle()
    assert site.ask(imports.batches)[1].state is BatchState.STOPPED
    assert browser.post(f"{second}/start").location.endswith("/progress")
    Worker(site.services).run_until_idle()
    assert site.ask(imports.batches)[0].state is BatchState.COMMITTED


def test_R13_stop_ends_an_import_whose_job_is_parked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = begun(site, 1)
    with site.services.catalog.work(SYSTEM) as work:
        imports.enqueue(work, site.ask(imports.batches)[0].id)
        work.session.execute(update(jobs.JobRow).values(attempts=jobs.MAX_ATTEMPTS))
    worker = Worker(site.services)
    monkeypatch.setattr(importing, "resume", lambda _services: None)  # it has started long ago
    worker.run_until_idle()
    assert site.ask(imports.batches)[0].state is BatchState.COMMITTING
    assert len(site.ask(jobs.parked)) == 1
    site.browser(MINA).post(f"{check}/stop")
    worker.run_until_idle()
    assert site.ask(imports.batches)[0].state is BatchState.STOPPED


# -- over the API -----------------------------------------------------------------------------


class Program:
    """Somebody's script with an API token."""

    def __init__(self, site: Site, email: str) -> None:
        self.client = site.app.test_client()
        self.headers = {"Authorization": f"Bearer {site.api_token(email)}"}

    def send(self, method: str, path: str, **more: Any) -> Any:
        answer = self.client.open(f"/api/v1{path}", method=method, headers=self.headers, **more)
        assert answer.status_code < 300, answer.text
        return answer.get_json() if answer.data else None

    def refused(self, method: str, path: str, **more: Any) -> tuple[int, str]:
        answer = self.client.open(f"/api/v1{path}", method=method, headers=self.headers, **more)
        return answer.status_code, answer.get_json()["error"]["message"]


def parts(data: bytes, archive: bytes | None = None, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"table": (io.BytesIO(data), "spring.csv"), "data": json.dumps(options)}
    return found | ({"files": (io.BytesIO(archive), "files.zip")} if archive else {})


def test_a_program_imports_looks_and_takes_back(site: Site) -> None:
    program = Program(site, MINA)
    rows = table(row(1), row(2), row(3, review_by="tomorrow"))
    batch = program.send("POST", "/imports", data=parts(rows, guides(1, 2, 3)))
    assert (batch["state"], batch["counts"]["create"]) == ("checked", 2)
    left_out = program.send("GET", f"/imports/{batch['id']}/rows?show=refused")
    assert left_out["total"] == 1
    assert left_out["items"][0]["problems"][0]["code"] == "bad_date"
    assert program.send("POST", f"/imports/{batch['id']}/start")["state"] == "committing"
    Worker(site.services).run_until_idle()
    assert program.send("GET", f"/imports/{batch['id']}")["done"] == 2
    undone = program.send("POST", f"/imports/{batch['id']}/undo")
    assert undone == {"removed": 2, "restored": 0, "kept": []}
    assert [one["state"] for one in program.send("GET", "/imports")["items"]] == ["undone"]


def test_imports_are_listed_by_the_page_newest_first(site: Site) -> None:
    program = Program(site, MINA)
    made = [program.send("POST", "/imports", data=parts(table(row(n))))["id"] for n in (1, 2, 3)]
    found = program.send("GET", "/imports?page=2&per_page=2")
    assert [one["id"] for one in found.pop("items")] == made[:1]
    assert found == {"total": 3, "page": 2, "per_page": 2}


def test_an_import_nobody_started_is_forgotten_after_eight_days(site: Site) -> None:
    browser = site.browser(MINA)
    match(browser, upload(browser, table(row(1)), guides(1)))
    upload(browser, table(row(2)))
    begun(site, 3)
    Worker(site.services).run_until_idle()
    for days, left in ((7, 3), (9, 1)):
        site.clock.move(days=days)
        site.do(jobs.enqueue, "prune", {})
        Worker(site.services).run_until_idle()
        assert len(site.ask(imports.batches)) == left, days
        site.clock.move(days=-days)
    assert site.ask(imports.batches)[0].state is BatchState.COMMITTED


def test_a_program_names_columns_that_do_not_name_themselves(site: Site) -> None:
    program = Program(site, MINA)
    data = b"key,name,where\n1,One,https://example.com/1\n"
    columns = {"key": "external_id", "name": "title", "where": "url"}
    batch = program.send("POST", "/imports", data=parts(data, columns=columns))
    assert batch["counts"]["create"] == 1
    program.send("DELETE", f"/imports/{batch['id']}")
    status, message = program.refused("POST", "/imports", data=parts(data, columns={"x": "title"}))
    assert (status, "Not a column" in message) == (422, True)
    assert program.refused("POST", "/imports", data=parts(data))[0] == 422
    assert program.refused("POST", "/imports", data=parts(b"\x00"))[0] == 422
