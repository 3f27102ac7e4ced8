"""The order of results, reason by reason, as ``relevance.py`` gives them."""

from __future__ import annotations

import pytest
from make_document import TODAY, document, found, put, titles

from search_index import SearchIndex, open_index, relevance


@pytest.fixture
def index() -> SearchIndex:
    return open_index("whoosh:")


def test_the_title_says_more_than_the_text(index: SearchIndex) -> None:
    put(
        index,
        document(1, "Notes", "payback is mentioned in this text once"),
        document(2, "Payback", "numbers are in this text instead"),
    )
    assert found(index, "payback") == [2, 1]


def test_a_title_made_of_the_query_beats_one_that_mentions_it(index: SearchIndex) -> None:
    put(
        index,
        document(1, "Pricing", "numbers of this year"),
        document(2, "Old notes on pricing", "pricing, pricing and pricing"),
        document(3, "Other", "numbers of last year"),
    )
    assert found(index, "pricing") == [1, 2]


def test_rare_words_weigh_more_than_common_ones(index: SearchIndex) -> None:
    put(
        index,
        *(document(n, "Cloud notes", "cloud") for n in range(10, 40)),
        document(1, "Cloud cloud cloud", "cloud cloud"),
        document(2, "Fisheye"),
    )
    assert found(index, "cloud fisheye")[0] == 2


def test_words_side_by_side_beat_words_apart(index: SearchIndex) -> None:
    apart = "security " + "other words here " * 12 + "audit"
    together = "other words here " * 12 + "security audit"
    put(index, document(1, "Two", together), document(2, "One", apart))  # equals: newest id first
    assert found(index, "security audit") == [1, 2]


def test_the_form_typed_comes_before_its_relatives(index: SearchIndex) -> None:
    titles(index, "Deploy guide", "Deployment guide", "Deploying guide")
    assert found(index, "deployment")[0] == 2
    assert found(index, "deploying")[0] == 3
    assert set(found(index, "deploy")) == {1, 2, 3}


def test_the_tenth_mention_says_little_more_than_the_fifth(index: SearchIndex) -> None:
    put(
        index,
        document(1, "One", "payback " * 12 + "text " * 30),
        document(2, "Two", "payback months " + "text " * 40),
    )
    assert found(index, "payback months")[0] == 2


def test_what_is_searched_beside_a_word_does_not_make_it_look_common(index: SearchIndex) -> None:
    put(
        index,
        *(document(n, "Event notes", "an event, an event") for n in range(10, 60)),
        *(document(n, "Run book", "how to run things") for n in range(60, 90)),
        document(1, "Webinar process"),
    )
    synonyms = {"webinar": ("event", "podcast")}
    assert found(index, "how to run a webinar", synonyms=synonyms)[0] == 1


def test_a_document_about_it_beats_many_that_mention_all_in_passing(index: SearchIndex) -> None:
    text = "words and more " * 60
    put(
        index,
        *(document(n, "Minutes", text, f"webinar {text} run") for n in range(10, 40)),
        *(document(n, "Other", "nothing of it") for n in range(40, 100)),
        document(1, "Webinar process", "webinar webinar webinar", summary="webinar steps"),
    )
    assert 1 in found(index, "run webinar")[:3]


def test_small_words_alone_still_find(index: SearchIndex) -> None:
    titles(index, "To be or not to be", "Something else")
    assert found(index, "to be")[0] == 1


def test_small_words_do_not_count_beside_others(index: SearchIndex) -> None:
    titles(index, "How we do it with what we have", "Bitbucket")
    assert found(index, "how do we compare with bitbucket") == [2]


def test_near_ties_only(index: SearchIndex) -> None:
    put(
        index,
        document(1, "Payback story", "payback in months"),
        document(2, "Story", "payback story", updated_on=TODAY, uses=100_000),
    )
    assert found(index, "payback story")[0] == 1


def test_idf_falls_with_every_document_and_stays_positive() -> None:
    values = [relevance.idf(n, 100) for n in range(101)]
    assert values == sorted(values, reverse=True)
    assert values[-1] > 0
    assert relevance.idf(5, 3) > 0  # deleted documents still count until the next merge
