"""Search over the API: one engine with the find page, and figures that are true."""

from __future__ import annotations

from typing import Any

import pytest
from programs import Program, error_of
from shelf import REP, Shelf
from sqlalchemy import text

from content_catalog.assets import TextContent
from search_index.errors import IndexUnavailable

TEXT = TextContent("The payback came after nine months.\n\nA «turning» point for finance.")


@pytest.fixture
def library(shelf: Shelf) -> Shelf:
    buyer, lead = ("economic-buyer",), ("engineering-leader",)
    shelf.put("Payback story", content=TEXT, terms={"persona": buyer, "stage": ("evaluate",)})
    shelf.put("Payback sheet", terms={"persona": lead, "stage": ("evaluate",)})
    shelf.put("Payback plan", terms={"persona": (*buyer, *lead), "stage": ("propose",)})
    shelf.put("Security overview", terms={"persona": lead})
    return shelf


def test_a_hit_says_what_it_is_and_why(library: Shelf, rep: Program) -> None:
    found = rep.read("/search?q=payback+months&persona=economic-buyer")
    hit = found["hits"][0]
    assert (hit["title"], hit["url"]) == ("Payback story", f"/assets/{hit['id']}-payback-story")
    assert hit["personas"] == ["economic-buyer"]
    assert hit["stages"] == ["evaluate"]
    assert hit["score"] > 0
    assert hit["why"].startswith("For the economic buyer at Evaluate")
    assert found["took_ms"] >= 0


def test_snippets_mark_hits_and_nothing_else(library: Shelf, rep: Program) -> None:
    found = rep.read("/search?q=turning+payback")["hits"][0]["snippets"]
    whole = " ".join(snippet["text"] for snippet in found)
    assert "«payback»" in whole
    assert "“«turning»”" in whole
    parts = [part for snippet in found for part in snippet["parts"]]
    assert {word.lower() for word, hit in parts if hit} == {"payback", "turning"}
    assert any("«" in word for word, hit in parts if not hit)


def test_or_within_a_dimension_and_between(library: Shelf, rep: Program) -> None:
    both = rep.hits("q=payback&persona=economic-buyer&persona=engineering-leader")
    assert sorted(both) == ["Payback plan", "Payback sheet", "Payback story"]
    assert rep.hits("q=payback&persona=economic-buyer&stage=propose") == ["Payback plan"]


def test_a_facet_counts_what_adding_the_value_would_give(library: Shelf, rep: Program) -> None:
    base = "q=payback&stage=evaluate"
    found = rep.read(f"/search?{base}")
    for key in ("persona", "stage"):
        values = sorted(found["facets"][key], key=lambda value: -value["count"])
        for value in values[:4]:  # more at once would be over the rate
            others = "q=payback" if key == "stage" else base
            total = rep.read(f"/search?{others}&{key}={value['value']}")["total"]
            assert value["count"] == total, (key, value)
    assert [v["value"] for v in found["facets"]["stage"] if v["selected"]] == ["evaluate"]
    assert "status" not in found["facets"]


def test_every_dimension_has_a_facet_also_where_it_cannot_narrow(
    library: Shelf, rep: Program
) -> None:
    facets = rep.read("/search?q=security")["facets"]
    assert {"persona", "stage", "tollgate", "type", "industry", "audience"} <= facets.keys()


def test_a_search_that_finds_nothing_says_what_would_help(library: Shelf, rep: Program) -> None:
    found = rep.read("/search?q=payback&region=latin-america")
    assert (found["total"], found["hits"]) == (0, [])
    assert [(w["dimension"], w["total"]) for w in found["without"]] == [("region", 3)]
    assert found["closest"]
    misspelt = rep.read("/search?q=securty")
    assert misspelt["did_you_mean"] == "security"


def test_pages_hold_together(library: Shelf, rep: Program) -> None:
    pages = [rep.read(f"/search?q=payback&per_page=2&page={n}") for n in (1, 2)]
    titles = [hit["title"] for page in pages for hit in page["hits"]]
    assert len(titles) == len(set(titles)) == 3
    assert [page["total"] for page in pages] == [3, 3]
    for query, field in (("page=0", "page"), ("per_page=101", "per_page"), ("sort=x", "sort")):
        answer = rep.get(f"/search?{query}")
        assert answer.status_code == 422
        assert list(error_of(answer)["fields"]) == [field]


def test_the_page_and_the_api_agree(library: Shelf, rep: Program) -> None:
    query = "q=payback&persona=engineering-leader"
    html = library.browser().get(f"/?{query}").text
    found = rep.read(f"/search?{query}")
    places = [html.index(f"/assets/{hit['id']}-") for hit in found["hits"]]
    assert places == sorted(places)
    assert found["total"] == len(places) == 2


def test_a_value_that_means_nothing_is_told(library: Shelf, rep: Program) -> None:
    found = rep.read("/search?q=payback&stage=nowhere")
    assert found["total"] == 3
    assert "nowhere" in found["notices"][0]


def test_a_search_is_logged_as_a_programs(library: Shelf, rep: Program) -> None:
    rep.read("/search?q=payback&stage=evaluate")
    rep.read("/search?q=payback&page=2")
    rep.read("/search")
    library.browser(REP).get("/?q=security")
    with library.site.services.catalog.engine.connect() as connection:
        rows = connection.execute(text("SELECT words, source, total FROM searches ORDER BY id"))
        assert [tuple(row) for row in rows] == [("payback", "api", 2), ("security", "page", 1)]


def test_suggestions(library: Shelf, rep: Program) -> None:
    rep.read("/search?q=payback+plan")
    found = rep.read("/suggest?q=pay")
    assert {each["title"] for each in found["assets"]} >= {"Payback story", "Payback plan"}
    assert found["searches"] == ["payback plan"]
    terms = rep.read("/suggest?q=eval")["terms"]
    assert {"dimension": "stage", "value": "evaluate", "label": "Evaluate"} in terms
    assert rep.read("/suggest") == {"assets": [], "terms": [], "searches": []}


def test_while_the_index_is_rebuilt(library: Shelf, rep: Program) -> None:
    class Away:
        close = library.site.services.index.close

        def __getattr__(self, name: str) -> Any:
            def refuse(*_args: Any, **_named: Any) -> Any:
                raise IndexUnavailable("generation 7 of /srv/index is damaged")

            return refuse

    object.__setattr__(library.site.services, "index", Away())
    answer = rep.get("/search?q=payback")
    assert answer.status_code == 503
    error = error_of(answer)
    assert error["code"] == "search_unavailable"
    assert "/srv" not in error["message"]
    assert {a["title"] for a in rep.read("/suggest?q=payback+s")["assets"]} >= {"Payback story"}


def test_too_many_searches_at_once(library: Shelf, rep: Program) -> None:
    answers = [rep.get("/search?q=payback") for _ in range(40)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert error_of(refused[0])["code"] == "too_many_requests"
    assert int(refused[0].headers["Retry-After"]) >= 1
