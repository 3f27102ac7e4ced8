"""What every engine keeps; an engine is done when this passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from make_document import TODAY, document, found, ids, matches, put, query, titles

from search_index import (
    Document,
    IndexBusy,
    IndexUnavailable,
    SearchIndex,
    Sort,
    marked,
    open_index,
)

# Words


def test_a_word_finds_its_document_wherever_it_stands(index: SearchIndex) -> None:
    put(
        index,
        document(1, "Payback story"),
        document(2, summary="about payback"),
        document(3, labels=("Payback",)),
        document(4, file_name="payback-2026.pdf"),
        document(5, codes=("PAYBACK",)),
        document(6, "Report", "nothing", "the payback was seven months"),
        document(7, "Something else"),
    )
    assert matches(index, "payback") == {1, 2, 3, 4, 5, 6}


def test_case_accents_and_word_forms_do_not_matter(index: SearchIndex) -> None:
    titles(index, "Deployment of the Résumé service", "Unrelated")
    for text in ("deploy", "DEPLOYED", "deployments", "resume", "RÉSUMÉ", "service's"):
        assert found(index, text) == [1], text


def test_british_and_american_spelling_are_one(index: SearchIndex) -> None:
    titles(index, "FedRAMP authorized", "Our colour catalogue")
    assert found(index, "fedramp authorised") == [1]
    assert found(index, "color catalog") == [2]


@pytest.mark.parametrize("text", ["SOC2", "soc 2", "SOC-2", "soc2"])
def test_codes_are_found_however_they_are_written(index: SearchIndex, text: str) -> None:
    titles(index, "Our SOC2 report", "SOC 2 explained", "SOC team, 2 people", "SOC 3 report")
    assert {1, 2} <= set(found(index, text)[:2])
    assert 4 not in found(index, "ISO 27001")


def test_programming_languages_keep_their_signs(index: SearchIndex) -> None:
    titles(index, "C++ guide", "C# guide", "Vitamin C guide")
    assert found(index, "C++") == [1]
    assert found(index, "c#") == [2]


def test_all_words_come_before_some_words(index: SearchIndex) -> None:
    titles(index, "security", "security audit", "audit of a garden")
    assert found(index, "security audit")[0] == 2


def test_words_that_nobody_has_together_are_relaxed_and_named(index: SearchIndex) -> None:
    titles(index, "Kubernetes security whitepaper", "Gardening")
    page = index.search(query("kubernetes security volleyball"))
    assert ids(page) == [1]
    assert page.dropped == ("volleyball",)
    assert index.search(query("kubernetes security")).dropped == ()


def test_a_phrase_wants_its_words_side_by_side(index: SearchIndex) -> None:
    put(
        index,
        document(1, "A", "the total cost of ownership fell"),
        document(2, "B", "the cost was total, ownership of it was ours"),
        document(3, "C", "total cost", "of ownership"),
    )
    assert matches(index, '"total cost of ownership"') == {1}
    assert matches(index, "“total cost”") == {1, 3}
    assert matches(index, '"ownership total"') == set()


def test_minus_leaves_documents_out(index: SearchIndex) -> None:
    titles(index, "Kubernetes story", "Kubernetes webinar", "Mesos story")
    assert matches(index, "kubernetes -webinar") == {1}
    assert matches(index, "-webinar") == {1, 3}
    assert matches(index, 'story -"mesos story"') == {1}


def test_the_last_word_is_a_prefix_while_typing(index: SearchIndex) -> None:
    titles(index, "Kubernetes security", "Kubelet notes", "Security only")
    assert matches(index, "security kuber", typing=True) >= {1}
    assert found(index, "security kuber", typing=True)[0] == 1
    assert matches(index, "kub", typing=True) == {1, 2}
    assert matches(index, "kub*") == {1, 2}


def test_an_unfinished_last_word_is_completed_when_it_is_no_word(index: SearchIndex) -> None:
    titles(index, "Serverless overview", "Garden")
    assert found(index, "serverl") == [1]


def test_no_words_shows_the_newest_first(index: SearchIndex) -> None:
    put(
        index,
        document(1, updated_on=date(2026, 1, 1)),
        document(2, updated_on=date(2026, 2, 1)),
        document(3),
    )
    assert found(index) == [2, 1, 3]


# Spelling


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kuberntes opperator", "kubernetes operator"),
        ("paybak", "payback"),
        ("yugabte", "yugabyte"),
        ("interveiw", "interview"),
        ("kubernetess", "kubernetes"),
        ("kubernettis", "kubernetes"),
    ],
)
def test_a_misspelt_word_is_corrected(index: SearchIndex, typed: str, meant: str) -> None:
    titles(index, "Kubernetes operator interview", "Payback with Yugabyte", "Unrelated")
    page = index.search(query(typed))
    assert page.corrected
    assert page.did_you_mean == meant
    assert ids(page) == found(index, meant)


def test_words_that_exist_and_short_words_are_left_alone(index: SearchIndex) -> None:
    titles(index, "Cost of a coast", "Bank")
    assert index.search(query("coast")).did_you_mean is None
    assert index.search(query("bnak")).did_you_mean is None


def test_a_likelier_spelling_is_offered_beside_a_rare_word(index: SearchIndex) -> None:
    titles(index, "A kuberntes typo", *("Kubernetes" for _ in range(120)))
    page = index.search(query("kuberntes", per_page=100))
    assert page.did_you_mean == "kubernetes"
    assert not page.corrected
    assert page.hits[0].id == 1
    assert page.total == 121


def test_no_word_is_offered_that_only_others_may_read(index: SearchIndex) -> None:
    put(
        index,
        document(1, "Project Bluebird", visibility=frozenset({"marketing"})),
        document(2, "Bluebell"),
    )
    page = index.search(query("bluebirt", readers=frozenset({"everyone"})))
    assert page.did_you_mean is None
    assert index.search(query("bluebird")).did_you_mean is None
    assert index.search(query("blueberd", readers=frozenset({"marketing"}))).total == 1


def test_at_most_two_words_are_corrected(index: SearchIndex) -> None:
    titles(index, "Kubernetes operator interview")
    page = index.search(query("kuberntes opperator interveiw"))
    assert page.did_you_mean == "kubernetes operator interveiw"


def test_words_written_together_or_apart_meet(index: SearchIndex) -> None:
    titles(index, "Interview with DigitalOcean", "A white paper", "Something else")
    assert found(index, "digital ocean")[0] == 1
    assert found(index, "whitepaper") == [2]


# Synonyms


def test_aliases_find_what_they_stand_for_below_the_word_itself(index: SearchIndex) -> None:
    titles(index, "CFO guide", "Economic buyer guide", "Developer guide")
    synonyms = {"cfo": ("economic buyer",), "economic buyer": ("CFO",)}
    assert found(index, "cfo", synonyms=synonyms) == [1, 2]
    assert found(index, "economic buyer", synonyms=synonyms) == [2, 1]
    assert found(index, "cfo") == [1]


def test_an_alias_with_small_words_is_understood(index: SearchIndex) -> None:
    titles(index, "POC checklist", "Unrelated checklist")
    synonyms = {"proof of concept": ("POC",)}
    assert found(index, "proof of concept", synonyms=synonyms) == [1]


# Pages and snippets


def test_hits_name_the_page_that_answers(index: SearchIndex) -> None:
    put(index, document(1, "Report", "intro", "audit findings", "the payback audit: payback soon"))
    hit = index.search(query("payback audit")).hits[0]
    assert next(iter(hit.hit_pages)) == 3
    assert hit.hit_pages == {3: 3, 2: 1}
    assert hit.snippets[0].page == 3
    assert hit.snippets[0].label == "p. 3"
    marked = [text for text, is_hit in hit.snippets[0].parts if is_hit]
    assert marked == ["payback", "audit", "payback"]
    assert set(hit.matched) == {"payback", "audit"}


def test_a_snippet_is_plain_text_cut_from_the_page(index: SearchIndex) -> None:
    text = "word " * 300 + "<b>payback</b> & more " + "word " * 300
    put(index, document(1, "Long", text))
    snippet = index.search(query("payback")).hits[0].snippets[0]
    shown = "".join(text for text, _ in snippet.parts)
    assert "<b>payback</b> & more" in shown
    assert len(shown) < 300
    assert shown.startswith("… ")
    assert shown.endswith(" …")


def test_a_hit_by_title_alone_shows_how_the_text_begins(index: SearchIndex) -> None:
    put(index, document(1, "Payback", "It begins here."))
    hit = index.search(query("payback")).hits[0]
    assert hit.snippets[0].parts == (("It begins here.", False),)
    assert hit.hit_pages == {}


def test_matches_of_one_document_in_reading_order(index: SearchIndex) -> None:
    put(index, document(1, "Report", "payback", "nothing", "Payback, payback audit"), document(2))
    matched = index.matches(1, query("payback"))
    assert list(matched.hit_pages.items()) == [(1, 1), (3, 2)]
    assert marked("The Paybacks: payback.", matched.marks) == (
        ("The Paybacks: ", False),
        ("payback", True),
        (".", False),
    )
    assert index.matches(2, query("payback")).hit_pages == {}
    assert index.matches(99, query("payback")).hit_pages == {}


def test_ids_are_those_of_the_search_in_its_order(index: SearchIndex) -> None:
    put(index, *_library(3))
    asked = query("cost story", readers=frozenset({"x"}), filters={"a": frozenset({"a1", "a2"})})
    page = index.search(replace(asked, per_page=100))
    assert index.ids(asked, 7) == (ids(page)[:7], page.total)


# Filters, facets, audience, dates


def test_freshness_is_a_facet_that_follows_the_day(index: SearchIndex) -> None:
    put(index, document(1, review_by=TODAY), document(2, review_by=date(2025, 1, 1)), document(3))
    common = {"facet_keys": ("fresh",)}
    assert index.search(query(**common)).facets["fresh"] == {"current": 1, "overdue": 1, "unset": 1}
    later = TODAY + timedelta(days=1)
    assert index.search(query(today=later, **common)).facets["fresh"]["overdue"] == 2
    assert matches(index, filters={"fresh": frozenset({"overdue", "unset"})}) == {2, 3}


def test_filters_join_within_a_key_by_or_and_between_keys_by_and(index: SearchIndex) -> None:
    put(
        index,
        document(1, facets={"stage": ("discover",), "persona": ("cfo",)}),
        document(2, facets={"stage": ("evaluate",), "persona": ("cfo", "cto")}),
        document(3, facets={"stage": ("propose",), "persona": ("cto",)}),
    )
    stages = {"stage": frozenset({"discover", "evaluate"})}
    assert matches(index, filters=stages) == {1, 2}
    assert matches(index, filters=stages | {"persona": frozenset({"cto"})}) == {2}
    assert matches(index, filters={"stage": frozenset({"unknown"})}) == set()
    assert matches(index, filters={"stage": frozenset()}) == {1, 2, 3}


def test_nothing_found_says_what_each_filter_costs(index: SearchIndex) -> None:
    put(
        index,
        document(1, "Payback", facets={"stage": ("evaluate",), "persona": ("cfo",)}),
        document(2, "Payback", facets={"stage": ("discover",), "persona": ("cto",)}),
    )
    page = index.search(
        query(
            "payback",
            filters={"stage": frozenset({"evaluate"}), "persona": frozenset({"cto"})},
        )
    )
    assert page.total == 0
    assert page.without == {"stage": 1, "persona": 1}
    assert page.total_without_filters == 2


def test_readers_find_only_what_they_may(index: SearchIndex) -> None:
    put(
        index,
        document(1, "Plan", visibility=frozenset({"sales"})),
        document(2, "Plan", visibility=frozenset({"marketing", "sales"})),
        document(3, "Plan", visibility=frozenset()),
    )
    assert matches(index, "plan", readers=frozenset({"marketing"})) == {2}
    assert matches(index, "plan", readers=frozenset({"sales", "x"})) == {1, 2}
    assert matches(index, "plan", readers=frozenset()) == set()
    assert index.complete("pla", query(readers=frozenset({"marketing"})), 9) == [2]
    assert index.similar(1, query(readers=frozenset({"marketing"})), 9) == [2]


def test_an_asset_is_found_until_the_end_of_its_last_day(index: SearchIndex) -> None:
    put(index, document(1, "Offer", expires_on=TODAY), document(2, "Offer"))
    tomorrow = TODAY + timedelta(days=1)
    assert matches(index, "offer") == {1, 2}
    assert matches(index, "offer", today=tomorrow) == {2}
    assert matches(index, "offer", today=tomorrow, include_expired=True) == {1, 2}
    assert index.complete("off", query(today=tomorrow), 9) == [2]


FACETS: Mapping[str, int] = {"a": 3, "b": 2, "c": 4}


def _library(seed: int) -> list[Document]:
    choose = Random(seed)
    return [
        document(
            number,
            " ".join(choose.sample(["cost", "audit", "cloud", "story"], choose.randint(1, 3))),
            facets={
                key: tuple(f"{key}{n}" for n in choose.sample(range(size), choose.randint(0, 2)))
                for key, size in FACETS.items()
            },
            visibility=frozenset(choose.sample(["x", "y"], choose.randint(0, 2))),
            expires_on=choose.choice([None, TODAY, TODAY - timedelta(days=1)]),
        )
        for number in range(1, 80)
    ]


def _chosen(key: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from([f"{key}{n}" for n in range(FACETS[key])]), max_size=2)


@pytest.fixture(scope="module")
def library() -> SearchIndex:
    opened = open_index("whoosh:")
    put(opened, *_library(7)[:40])
    put(opened, *_library(7)[30:])
    return opened


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.sampled_from(["", "cost", "cloud audit", "story -cost", '"cloud story"']),
    chosen=st.fixed_dictionaries({key: _chosen(key) for key in FACETS}),
    readers=st.frozensets(st.sampled_from(["x", "y"])),
)
def test_Q05_a_facets_count_is_what_one_sees_after_choosing_it(
    library: SearchIndex,
    text: str,
    chosen: dict[str, frozenset[str]],
    readers: frozenset[str],
) -> None:
    common = {"readers": readers, "facet_keys": tuple(FACETS)}
    unfiltered = matches(library, text, **common)
    by_id = {one.id: one for one in _library(7)}

    def brute(filters: Mapping[str, frozenset[str]]) -> set[int]:
        return {
            number
            for number in unfiltered
            if all(
                not values or values & set(by_id[number].facets.get(key, ()))
                for key, values in filters.items()
            )
        }

    page = library.search(query(text, filters=chosen, per_page=100, **common))
    assert set(ids(page)) == brute(chosen)
    assert page.total == len(brute(chosen))
    for key, value in product(FACETS, range(4)):
        name = f"{key}{value}"
        expected = len(brute({**chosen, key: frozenset({name})}))
        assert page.facets[key].get(name, 0) == expected


# Order and paging


def test_fresh_verified_and_used_decide_between_equals_only(index: SearchIndex) -> None:
    put(
        index,
        document(1, "Payback story"),
        document(2, "Payback story", uses=40),
        document(3, "Payback story", updated_on=TODAY, uses=40),
        document(4, "Payback story", updated_on=TODAY, uses=40, review_by=date(2025, 1, 1)),
        document(5, "Story", "payback " * 3, updated_on=TODAY, uses=4000),
    )
    order = found(index, "payback story")
    assert order.index(3) < order.index(2) < order.index(1) < order.index(5)
    assert order.index(3) < order.index(4)


def test_sorting(index: SearchIndex) -> None:
    put(
        index,
        document(1, "Payback", updated_on=date(2026, 1, 1), uses=5),
        document(2, "Payback payback", updated_on=date(2025, 1, 1), uses=9),
    )
    assert found(index, "payback", sort=Sort.NEWEST) == [1, 2]
    assert found(index, "payback", sort=Sort.MOST_USED) == [2, 1]


def test_pages_follow_each_other_without_gap_or_repeat(index: SearchIndex) -> None:
    put(index, *(document(n, f"Payback {n}") for n in range(1, 46)))
    pages = [found(index, "payback", page=n, per_page=20) for n in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [20, 20, 5, 0]
    assert {number for page in pages for number in page} == set(range(1, 46))


def test_a_long_document_does_not_drown_a_short_one(index: SearchIndex) -> None:
    filler = " ".join(f"filler{n % 97}" for n in range(4000))
    put(
        index,
        document(1, "Annual report", *([filler] * 5), "payback " * 6),
        document(2, "One-pager", "payback in seven months"),
        *(document(number, "Other", "some forty words " * 10) for number in range(3, 13)),
    )
    assert found(index, "payback") == [2, 1]


# Suggestions


def test_completing_titles(index: SearchIndex) -> None:
    put(
        index,
        document(1, "Kubernetes cost guide", uses=1),
        document(2, "Guide to Kubernetes", uses=9),
        document(3, "Cost of things"),
        document(4, "Report", "kubernetes in the text only"),
    )
    assert index.complete("kub", query(), 5) == [1, 2]
    assert index.complete("gui kub", query(), 5) == [2, 1]
    assert index.complete("KUBERNETES c", query(), 5) == [1]
    assert index.complete("kub", query(), 1) == [1]
    assert index.complete("", query(), 5) == []
    assert index.complete("zzz", query(), 5) == []


def test_similar_documents_share_telling_words(index: SearchIndex) -> None:
    put(
        index,
        document(1, "Edge computing in space", "a satellite runs workloads at the edge"),
        document(2, "Satellite edge", "workloads on a satellite"),
        document(3, "Payback", "finance for the buyer"),
        document(4, "Finance payback", "the buyer and finance"),
    )
    assert index.similar(1, query(), 5)[0] == 2
    assert index.similar(3, query(), 5)[0] == 4
    assert 1 not in index.similar(1, query(), 5)
    assert index.similar(99, query(), 5) == []


# Writing


def test_a_batch_becomes_visible_as_a_whole_on_leaving(index: SearchIndex) -> None:
    with index.batch() as batch:
        batch.put(document(1, "Payback"))
        assert found(index, "payback") == []
    assert found(index, "payback") == [1]


def test_a_failed_batch_leaves_nothing_and_frees_the_lock(index: SearchIndex) -> None:
    titles(index, "Payback")
    before = index.state()

    def fail() -> None:
        with index.batch() as batch:
            batch.put(document(2, "Payback two"))
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert index.state() == before
    titles(index, "Payback", "Payback three")
    assert matches(index, "payback") == {1, 2}


def test_changing_and_removing(index: SearchIndex) -> None:
    titles(index, "Payback", "Payback", "Payback")
    with index.batch() as batch:
        batch.put(document(1, "Renamed", revision=2))
        batch.remove(2)
        batch.remove(999)
    assert matches(index, "payback") == {3}
    assert matches(index, "renamed") == {1}
    assert index.revisions() == {1: [2], 3: [1]}
    assert index.state().documents == 2


def test_Q10_the_last_change_of_a_batch_wins(index: SearchIndex) -> None:
    with index.batch() as batch:
        for revision in range(1, 6):
            batch.put(document(1, f"Version {revision}", revision=revision))
        batch.put(document(2))
        batch.remove(2)
    assert index.revisions() == {1: [5]}


def test_only_one_writes_at_a_time(index: SearchIndex) -> None:
    with index.batch() as batch:
        batch.put(document(1))
        with pytest.raises(IndexBusy), index.batch():
            pass
        with pytest.raises(IndexBusy), index.rebuild([]):
            pass
    with index.batch():
        pass


def test_the_generation_changes_with_every_commit_only(index: SearchIndex) -> None:
    seen = [index.state().generation]
    for number in range(3):
        put(index, document(number + 1))
        seen.append(index.state().generation)
    found(index, "asset")
    assert len(set(seen)) == 4
    assert index.state().generation == seen[-1]


def test_many_small_batches_stay_right_and_few_segments(index: SearchIndex) -> None:
    expected: dict[int, int] = {}
    choose = Random(5)
    for step in range(60):
        number = choose.randint(1, 12)
        with index.batch() as batch:
            if choose.random() < 0.2:
                batch.remove(number)
                expected.pop(number, None)
            else:
                batch.put(document(number, f"Common word{number}", f"text {step}", revision=step))
                expected[number] = step
    assert {key: list(value) for key, value in index.revisions().items()} == {
        key: [value] for key, value in expected.items()
    }
    assert matches(index, "common") == set(expected)
    for number in expected:
        assert found(index, f'"common word{number}"') == [number]
    index.verify()


def test_a_rebuild_replaces_everything_at_its_end(index: SearchIndex) -> None:
    titles(index, "Old")
    with index.rebuild([document(2, "New"), document(3, "New")]) as state:
        assert state.documents == 2
        assert matches(index, "old") == {1}
    assert matches(index, "old") == set()
    assert matches(index, "new") == {2, 3}
    assert index.state().generation == state.generation
    index.verify()


def test_a_failed_rebuild_leaves_the_present_index(index: SearchIndex) -> None:
    titles(index, "Old")
    with pytest.raises(RuntimeError, match="stop"), index.rebuild([document(2, "New")]):
        raise RuntimeError("stop")
    assert matches(index, "old") == {1}
    put(index, document(3, "Old too"))
    assert matches(index, "old") == {1, 3}


def test_a_closed_index_says_so(index: SearchIndex) -> None:
    index.close()
    with pytest.raises(IndexUnavailable):
        index.search(query())


def test_an_empty_index_answers(index: SearchIndex) -> None:
    page = index.search(query("anything at all", facet_keys=("stage",)))
    assert (page.total, page.hits, page.facets) == (0, (), {"stage": {}})
    assert index.complete("a", query(), 5) == []
    assert index.revisions() == {}
    index.verify()


def test_every_kind_of_script_and_text_is_taken(index: SearchIndex) -> None:
    put(
        index,
        document(1, "日本語の資料", "これは日本語です"),
        document(2, "مرحبا بالعالم"),
        document(3, "Ünïcödé", "\x00 \ud83d\ude80 zero\u200bwidth " + "x" * 5000),
        document(4, "", ""),
    )
    assert found(index, "日本") == [1]
    assert found(index, "مرحبا") == [2]
    assert found(index, "unicode") == [3]
    assert matches(index) == {1, 2, 3, 4}
