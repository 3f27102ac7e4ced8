"""What a rep may not know of leaves no trace in any answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import make
import pytest
from programs import Program, error_of, program
from shelf import MARKETER, REP, Shelf, new_shelf
from sites import make_site

from app.limits import RATES, Buckets
from content_catalog import assets, saved
from content_catalog.assets import Status, TextContent

MARKER = "zanzibarite"
TERMS = {"persona": ("economic-buyer",), "stage": ("evaluate",), "industry": ("healthcare",)}


def fill(shelf: Shelf) -> None:
    for number in range(6):
        content = TextContent(f"Payback came after {number + 2} months in finance.")
        new = make.new_asset(f"Payback story {number}", content=content, terms=TERMS)
        shelf.site.do(assets.create, new)
    shelf.index()


def hide(shelf: Shelf) -> list[int]:
    """A draft and an archived asset that would be found by nearly anything."""
    content = TextContent(f"Payback of {MARKER} for finance. {MARKER.title()} payback story.")
    more: dict[str, Any] = {"content": content, "terms": {**TERMS, "region": ("worldwide",)}}
    draft = shelf.put(f"Payback {MARKER}", status=Status.DRAFT, tags=(MARKER,), **more)
    archived = shelf.put(f"{MARKER.title()} story", summary=MARKER, **more)
    make.edited(desk(shelf), archived, status=Status.ARCHIVED)
    shelf.index()
    return [draft, archived]


def desk(shelf: Shelf) -> Any:
    from catalogs import Desk

    return Desk(shelf.site.services.catalog, shelf.site.clock)  # type: ignore[arg-type] # same clock


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shelf, Shelf]]:
    """Two equal libraries; the second has hidden assets besides. Nobody changes them."""
    with ExitStack() as stack:
        made = []
        for name in ("plain", "hiding"):
            site = stack.enter_context(make_site(tmp_path_factory.mktemp(name)))
            site.app.extensions["limits"] = {kind: Buckets(1e6) for kind in RATES}
            made.append(new_shelf(site))
            fill(made[-1])
        hide(made[1])
        yield made[0], made[1]


QUERIES = [
    "",
    "q=payback",
    "q=payback&industry=healthcare",
    "q=payback&region=worldwide",
    "q=payback+story&sort=newest&per_page=3",
    "q=paybak",
    f"q={MARKER}",
    f"q={MARKER[:-2]}",
    f"q={MARKER[:-1]}y",
    f"q=payback+{MARKER}",
    f"q=%22payback+of+{MARKER}%22",
    f"q={MARKER}&region=worldwide",
    "q=payback&status=draft",
    "q=status:draft+payback",
    "status=archived",
    "q=payback&expired=1",
]


def plain(answer: Any) -> Any:
    """An answer without time, scores (which depend on how often words are used at all)."""
    if isinstance(answer, dict):
        keys = answer.keys() - {"took_ms", "score", "query"}
        return {key: plain(answer[key]) for key in sorted(keys)}
    return [plain(each) for each in answer] if isinstance(answer, list) else answer


@pytest.mark.parametrize("start", range(0, len(QUERIES), 8))
def test_P03_search_answers_as_if_hidden_assets_did_not_exist(
    twins: tuple[Shelf, Shelf], start: int
) -> None:
    reps = [program(shelf.site, REP) for shelf in twins]
    for query in QUERIES[start : start + 8]:
        first, second = (plain(rep.read(f"/search?{query}")) for rep in reps)
        assert second == first, query
        said = str(second).lower().replace(f"“{MARKER}”", "")  # one's own word said back
        assert MARKER not in said, query


@pytest.mark.parametrize("typed", ["pa", "payback z", "za", MARKER[:5], MARKER, "story"])
def test_P03_typeahead_answers_as_if_hidden_assets_did_not_exist(
    twins: tuple[Shelf, Shelf], typed: str
) -> None:
    first, second = (program(s.site, REP).read(f"/suggest?q={typed}") for s in twins)
    assert second == first
    assert MARKER not in str(second).lower()


def test_P03_lists_say_nothing(twins: tuple[Shelf, Shelf]) -> None:
    first, rep = (program(shelf.site, REP) for shelf in twins)
    assert plain(rep.read("/assets")) == plain(first.read("/assets"))
    for filters in ("q=zanzibar", "status=draft", "status=archived", "region=worldwide"):
        assert rep.read(f"/assets?{filters}")["total"] == 0


def test_P03_pages_do_not_say_the_word(twins: tuple[Shelf, Shelf]) -> None:
    pages = ["/", "/?q=payback", "/suggest?q=za", "/?q=zanzibarit", "/saved", "/personas"]
    pages += ["/personas/economic-buyer", "/stages/evaluate", "/assets/1-payback-story-0"]
    for shelf in twins:  # both, so that they stay equal in what was searched for
        browser = shelf.browser()
        for page in pages:
            answer = browser.get(page)
            assert answer.status_code == 200
            assert MARKER not in answer.text.lower(), page


def test_P03_what_others_searched_for_names_nothing_hidden(twins: tuple[Shelf, Shelf]) -> None:
    hiding = twins[1]
    marketer = program(hiding.site, MARKETER)
    assert marketer.read(f"/search?q={MARKER}&status=draft")["total"] == 1
    marketer.read(f"/search?q={MARKER}")
    assert program(hiding.site, REP).read(f"/suggest?q={MARKER[:4]}")["searches"] == []


def test_P03_marketers_do_find_it(twins: tuple[Shelf, Shelf]) -> None:
    """The test above would pass on an empty library as well."""
    marketer = program(twins[1].site, MARKETER)
    assert marketer.read(f"/search?q={MARKER}&status=draft")["total"] == 1
    assert marketer.read("/assets?status=archived")["total"] == 1


def test_P04_addresses_kept_from_before_are_dead_after_archiving(
    shelf: Shelf, rep: Program
) -> None:
    made = shelf.put_file(MARKER.encode(), "plan.txt", title="Plan")
    browser = shelf.browser()
    api = [f"/assets/{made}{end}" for end in ("", "/file", "/text", "/versions/1/file")]
    html = [f"/assets/{made}{end}" for end in ("-plan", "/file", "/text", "/v/1/file", "/status")]
    html += [f"/assets/{made}/pages/1.webp?v=1&w=160"]
    assert {status(rep.get(path)) for path in api} == {200}
    assert {status(browser.get(path)) for path in html[:-1]} == {200}
    make.edited(desk(shelf), made, status=Status.ARCHIVED)
    assert {status(rep.get(path)) for path in api} == {404}
    assert {status(browser.get(path)) for path in html} == {404}
    assert {status(program(shelf.site, MARKETER).get(path)) for path in api} == {200}


def status(answer: Any) -> int:
    answer.close()
    return int(answer.status_code)


def test_P08_the_index_lags_behind_an_archived_asset(shelf: Shelf, rep: Program) -> None:
    made = shelf.put(f"Payback {MARKER}")
    shelf.put("Payback for all")
    assert len(rep.hits("q=payback")) == 2
    make.edited(desk(shelf), made, status=Status.ARCHIVED)  # and nobody tells the index
    assert rep.hits("q=payback") == ["Payback for all"]
    assert rep.hits(f"q={MARKER}") == []
    assert rep.read(f"/suggest?q={MARKER[:5]}")["assets"] == []
    assert MARKER not in shelf.browser().get("/?q=payback").text.lower()


def test_P11_a_hidden_asset_and_none_at_all_look_the_same(shelf: Shelf, rep: Program) -> None:
    content = TextContent("Words")
    draft = shelf.put(MARKER, status=Status.DRAFT, external_id="x/1", content=content)
    for method, path in [
        ("GET", "/assets/{}"),
        ("GET", "/assets/{}/file"),
        ("GET", "/assets/{}/text"),
        ("GET", "/assets/{}/versions/1/file"),
        ("PUT", "/saved/stars/{}"),
        ("DELETE", "/saved/stars/{}"),
    ]:
        hidden, missing = (rep.open(method, path.format(n)) for n in (draft, 4321))
        assert hidden.status_code == missing.status_code, path
        assert re.sub(r"\d+", "n", hidden.text) == re.sub(r"\d+", "n", missing.text)
    assert rep.read("/saved/stars")["total"] == 0


def test_P11_a_rep_cannot_ask_for_duplicates(shelf: Shelf, rep: Program) -> None:
    shelf.put_file(b"The same words", "a.txt", read=False, status=Status.DRAFT, title=MARKER)
    before = shelf.site.dump()
    answer = rep.send("/assets", {"title": "x"}, file=(b"The same words", "a.txt"))
    assert error_of(answer)["code"] == "not_allowed"
    assert MARKER not in answer.text
    assert shelf.site.dump() == before


def test_P02_searches_and_tokens_are_ones_own(shelf: Shelf, rep: Program, admin: Program) -> None:
    with shelf.site.services.catalog.work(make_actor(shelf, MARKETER)) as work:
        search_id = saved.save_search(work, MARKER, "q=payback")
    token = program(shelf.site, MARKETER).post("/tokens", {"name": MARKER}).json
    assert token is not None
    before = shelf.site.dump(without=("api_tokens",))
    one = f"/saved/searches/{search_id}"
    assert [rep.get(one).status_code, rep.patch(one, {"name": "x"}).status_code] == [404, 404]
    assert rep.delete(one).status_code == 404
    assert rep.delete(f"/tokens/{token['id']}").status_code == 404
    assert MARKER not in str(rep.read("/tokens")) + str(rep.read("/saved/searches"))
    assert shelf.site.dump(without=("api_tokens",)) == before
    assert admin.delete(f"/tokens/{token['id']}").status_code == 204


def make_actor(shelf: Shelf, email: str) -> Any:
    from content_catalog import Actor, people

    card = shelf.site.ask(people.by_email, email)
    return Actor(card.id, card.name, card.role, card.email, card.side)


COLUMNS = {
    "id": 9,
    "rev": 9,
    "uses": 9,
    "demo": True,
    "created_at": "2001-01-01T00:00:00Z",
    "created_by": 3,
    "current_version_id": 1,
    "successor_id": 1,
    "reviewed_on": "2001-01-01",
    "owner_id": 3,
    "user_id": 3,
    "password": "MARKER-long-enough",
    "password_hash": "MARKER",
    "token_hash": "MARKER",
    "is_admin": True,
}


@pytest.mark.parametrize("column", COLUMNS)
def test_P05_a_field_that_nobody_declared_is_refused_by_name(
    shelf: Shelf, admin: Program, column: str
) -> None:
    made = shelf.put("Payback")
    admin.read("/profile")  # notes the use of the token
    before = shelf.site.dump()
    extra = {column: COLUMNS[column]}
    user = {"email": "n@example.com", "name": "N", "role": "rep", "side": "sales"}
    answers = [
        admin.send("/assets", {"title": "x"} | extra, body="x"),
        admin.patch(f"/assets/{made}", {"version": 1, "title": "x"} | extra),
        admin.post(f"/assets/{made}/review", {"version": 1} | extra),
        admin.post("/users", user | extra),
        admin.patch("/users/1", {"version": 1, "name": "x"} | extra),
        admin.post("/tokens", {"name": "x"} | extra),
        admin.post("/saved/searches", {"name": "x", "query": ""} | extra),
        admin.post("/taxonomy/dimensions", {"slug": "x", "label": "x"} | extra),
        admin.post("/taxonomy/dimensions/stage/terms", {"label": "x"} | extra),
    ]
    for answer in answers:
        assert answer.status_code == 422
        assert list(error_of(answer)["fields"]) == [column]
    assert shelf.site.dump() == before


def test_P06_an_admin_cannot_lock_everybody_out(shelf: Shelf, admin: Program) -> None:
    me = admin.read("/profile")
    for change in ({"role": "rep"}, {"active": False}):
        answer = admin.patch(f"/users/{me['id']}", {"version": me["version"], **change})
        assert error_of(answer)["fields"].keys() == change.keys()
    assert admin.read("/profile") == me


def test_P12_a_token_in_an_answer_is_nowhere_else(shelf: Shelf, admin: Program) -> None:
    made = admin.post("/tokens", {"name": "nightly"})
    assert made.json is not None
    secret = made.json["token"]
    assert made.headers["Cache-Control"] == "no-store"
    assert secret not in shelf.site.dump()
    assert secret not in str(admin.read("/tokens")) + str(admin.read("/audit"))
