"""Searching for what could be read, and the searches that nobody asked for."""

from __future__ import annotations

import html
import re

import make
import pytest
from catalogs import Desk
from shelf import MARKETER, Shelf, part, titles, words

from app import finding, indexing
from app.criteria import Criteria
from app.wiring import Services
from content_catalog import SYSTEM, analytics, assets
from content_catalog.analytics import SearchRecord
from content_catalog.assets import Reading, ReadResult


def unreadable(shelf: Shelf, title: str) -> int:
    """A file whose text could not be read."""
    made = shelf.put_file(b"%PDF-1.7 broken", "broken.pdf", title=title, read=False)
    version = shelf.site.ask(assets.page, made).version.id
    failed = ReadResult(Reading.FAILED, "The file is damaged.", (), None, None, False)
    shelf.site.do(assets.store_reading, version, failed)
    shelf.index()
    return made


def test_what_could_be_read_is_a_filter_with_a_chip(shelf: Shelf) -> None:
    shelf.put("Payback story")
    unreadable(shelf, "Payback scan")
    rep = shelf.browser()
    readable = rep.get("/?q=payback&reading=readable").text
    assert titles(readable) == ["Payback story"]
    assert "Text readable" in words(readable)
    assert titles(rep.get("/?q=payback&reading=Unreadable").text) == ["Payback scan"]
    assert len(titles(rep.get("/?q=payback&reading=readable&reading=unreadable").text)) == 2
    assert "There is no reading “maybe”" in words(rep.get("/?q=payback&reading=maybe").text)
    assert 'name="reading"' not in rep.get("/?q=payback").text


def test_read_again_it_is_found_as_readable(shelf: Shelf) -> None:
    made = unreadable(shelf, "Payback scan")
    version = shelf.site.ask(assets.page, made).version.id
    good = ReadResult(Reading.DONE, None, (), None, None, False)
    shelf.site.do(assets.store_reading, version, good)
    shelf.index()
    assert titles(shelf.browser().get("/?q=payback&reading=readable").text) == ["Payback scan"]


def test_without_the_index_the_database_knows_it_too(services: Services, shop: Desk) -> None:
    good, bad = (make.asset(shop, f"Payback {name}") for name in ("story", "scan"))
    version = shop.ask(assets.page, bad).version.id
    failed = ReadResult(Reading.FAILED, None, (), None, None, False)
    shop.do(assets.store_reading, version, failed)
    indexing.sync_all(services)

    def found(*values: str) -> set[int]:
        with services.catalog.look(SYSTEM) as look:
            answer = finding.find(look, services.index, Criteria(filters={"reading": values}))
        return {row.card.id for row in answer.page.results}

    with_index = [found("readable"), found("unreadable"), found("readable", "unreadable")]
    with services.index.rebuild([]):
        pass
    assert with_index == [{good}, {bad}, {good, bad}]
    assert [found("readable"), found("unreadable"), found("readable", "unreadable")] == with_index
    with services.catalog.look(SYSTEM) as look:
        degraded = finding.find(look, services.index, Criteria(filters={"reading": ("readable",)}))
    assert degraded.page.degraded


def test_looking_into_a_number_is_no_demand(shelf: Shelf) -> None:
    shelf.put("Payback story")
    marketer = shelf.browser(MARKETER)
    marketer.get("/?stage=evaluate&reading=readable")
    assert logged(shelf) == 0
    marketer.get("/?stage=evaluate&reading=readable&q=payback")
    assert logged(shelf) == 1
    shelf.browser().get("/?stage=evaluate")
    assert logged(shelf) == 2


def logged(shelf: Shelf) -> int:
    return shelf.site.dump().count('INSERT INTO "searches"')


def searched_in_vain(shelf: Shelf) -> None:
    """In every way, and once with something opened."""
    story = shelf.put("Payback story", terms={"stage": ("evaluate",)})
    for text, total, more in (
        ("redlines", 0, {"filters": {"stage": ("negotiate",)}}),
        ("", 0, {"filters": {"persona": ("developer",)}}),
        ("payback", 0, {"filters": {"stage": ("negotiate",)}, "without": {"stage": 1}}),
        ("story", 1, {}),
        ("payback story", 1, {}),
    ):
        shelf.site.clock.move(minutes=1)
        record = SearchRecord(text, more.pop("filters", {}), total, 1.0, **more)
        last = shelf.site.do(analytics.record_search, record)
    shelf.site.do(analytics.record_opening, last, story, None)
    shelf.site.clock.move(hours=2)


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/insights", 5),
        ("/insights/searches?failed=all", 4),
        ("/insights/words", 1),
        ("/coverage/searches?cols=none&cell=negotiate", 2),
        ("/coverage/searches", 4),
    ],
)
def test_looking_at_a_failed_search_is_no_demand(shelf: Shelf, path: str, count: int) -> None:
    searched_in_vain(shelf)
    marketer = shelf.browser(MARKETER)
    page = html.unescape(part(marketer.get(path).text, r"(<main.*</main>)"))
    rows = set(re.findall(r'<th scope="row"><a href="(/\?[^"]*)"', page))
    assert len(rows) == count
    before = logged(shelf)
    for url in set(re.findall(r'href="(/\?[^"]*)"', page)):
        assert marketer.get(url).status_code == 200
    assert logged(shelf) == before


def test_a_search_that_goes_on_from_one_looked_at_counts(shelf: Shelf) -> None:
    searched_in_vain(shelf)
    marketer = shelf.browser(MARKETER)
    found = html.unescape(part(marketer.get("/insights/words").text, r"(<main.*</main>)"))
    (looked_at,) = re.findall(r'href="(/\?[^"]*)"', found)
    before = logged(shelf)
    page = marketer.get(looked_at).text
    assert titles(page) == ["Payback story"]
    assert 'value="payback story"' in page
    narrower = html.unescape(part(page, r'href="(/\?q=payback[^"]*stage=evaluate[^"]*)"'))
    assert logged(shelf) == before
    marketer.get(narrower)
    assert logged(shelf) == before + 1
    shelf.site.clock.move(minutes=1)
    marketer.get("/?q=payback+story&via=mail")
    assert logged(shelf) == before + 2
