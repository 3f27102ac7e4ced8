"""Numbers that are none of ours, wherever an address or a form takes one: never a fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from routes import UNSAFE, Route, routes
from sites import Site, make_site

SUPERSCRIPT, ARABIC = "²", "٣"
HUGE = (str(2**53), str(2**63), "9" * 5000)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with make_site(tmp_path) as made:
        made.add_one_of_each()
        yield made


def numbered(site: Site) -> list[Route]:
    found = [route for route in routes(site.app) if "<int:" in route.rule]
    assert len(found) > 20
    return found


def address(route: Route, number: str) -> str:
    return re.sub(r"<[^>]+>", "1", re.sub(r"<int:\w+>", number, route.rule))


def test_an_address_with_a_number_beyond_all_of_ours_is_not_found(site: Site) -> None:
    admin = site.browser("admin@example.com")
    token = admin.token()
    for route in numbered(site):
        method = min(route.methods - {"HEAD", "OPTIONS"})
        for number in (*HUGE, ARABIC):
            send = {"data": {"csrf_token": token}} if method in UNSAFE else {}
            answer = admin.open(address(route, number), method=method, **send)
            assert answer.status_code == 404, (method, route.rule, number[:30])


@pytest.mark.parametrize("number", [*HUGE, SUPERSCRIPT, ARABIC, "-1", "1_0"])
def test_a_page_number_that_is_none_is_the_first_page(site: Site, number: str) -> None:
    admin = site.browser("admin@example.com")
    for path in ("/", "/library", "/admin/audit"):
        name = "before" if path == "/admin/audit" else "page"
        answer = admin.get(path, query_string={name: number, "q": "payback"})
        assert answer.status_code == 200, path


@pytest.mark.parametrize("number", [*HUGE, SUPERSCRIPT, ARABIC])
def test_ticked_rows_that_are_none_are_left_out(site: Site, number: str) -> None:
    marketer = site.browser("marketer@example.com")
    wish = {"ids": number, "change": "status", "value": "archived"}
    for answer in (
        marketer.get("/library/bulk", query_string=wish),
        marketer.post("/library/bulk", wish),
        marketer.post("/library/review", {"good": f"{number}:{number}"}),
    ):
        assert answer.status_code == 303
