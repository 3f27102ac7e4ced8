"""What users may type. Reading it never raises and takes time linear in the text."""

from __future__ import annotations

import re
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make_document import document, put, query

from search_index import SearchIndex, analysis, open_index, parse
from search_index.query_text import MAX_LETTERS, MAX_TERMS, Term


def terms(text: str, **more: object) -> list[str]:
    return [term.text for term in parse(text, **more).terms]  # type: ignore[arg-type]  # test shorthand


def test_words_phrases_and_minus() -> None:
    parsed = parse('payback "total cost" -webinar -"white paper"')
    assert [term.text for term in parsed.terms] == ["payback", '"total cost"']
    assert [term.text for term in parsed.excluded] == ["webinar", '"white paper"']


def test_words_with_signs_are_wanted_side_by_side() -> None:
    assert parse("SOC2 follow-up").terms == (Term(("soc", "2")), Term(("follow", "up")))


def test_fields_are_taken_out_for_the_caller() -> None:
    parsed = parse('cost stage:evaluate Persona:"economic buyer" more')
    assert parsed.fields == (("stage", "evaluate"), ("persona", "economic buyer"))
    assert parsed.text_without_fields == "cost more"
    assert [term.text for term in parsed.terms] == ["cost", "more"]


def test_unknown_fields_are_plain_words() -> None:
    parsed = parse("colour:red stage:evaluate", field_names={"stage"})
    assert parsed.fields == (("stage", "evaluate"),)
    assert parsed.text_without_fields == "colour:red"
    assert parsed.terms == (Term(("colour", "red")),)


@pytest.mark.parametrize("text", ["https://example.com/x", "10:30", "a: b", ":", "::x", "stage:"])
def test_a_colon_alone_makes_no_field(text: str) -> None:
    assert parse(text).fields == ()


def test_only_the_last_word_may_go_on() -> None:
    assert [term.prefix for term in parse("cloud secur", typing=True).terms] == [False, True]
    assert not parse("cloud secur ", typing=True).terms[-1].prefix
    assert not parse("cloud se", typing=True).terms[-1].prefix
    assert not parse('"cloud secur"', typing=True).terms[-1].prefix
    assert parse("secur*").terms[0].prefix
    assert not parse("se*").terms[0].prefix
    assert not parse("*cure").terms[0].prefix


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"', []),
        ('half "open phrase', ["half", "open", "phrase"]),
        ("()()", []),
        ("(cost AND audit)", ["cost", "and", "audit"]),
        ("NOT", ["not"]),
        ('"a b"~9999', ['"a b"', "9999"]),
        ("[a TO z] {1 TO 2}", ["a", "to", "z", "1", "to", "2"]),
        ("*", []),
        ("- -- ---", []),
        ("\x00a\x00b", ["a", "b"]),
    ],
)
def test_broken_syntax_is_plain_words(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


def test_over_the_caps_the_query_is_cut_and_says_so() -> None:
    many = parse(" ".join(f"w{chr(97 + n)}" for n in range(20)))
    assert len(many.terms) == MAX_TERMS
    assert many.truncated == "Only the first 12 words were searched."
    long = parse("word " * 400)
    assert long.truncated == "Only the first 256 characters were searched."
    assert parse("word").truncated is None


WORST = [
    "*" * 100_000,
    "(" * 5_000 + ")" * 5_000,
    " OR ".join(["x"] * 2_000),
    "x" * 1_000_000,
    "x" * 100_000,
    '"a b"~9999 ' * 9_000,
    '"' * 100_000,
    "-" * 100_000,
    "a:" * 50_000,
    'x:"' * 30_000,
    "a" + "\u0301" * 100_000,
    "\U0001f680" * 50_000,
    "مرحبا " * 20_000,
    "ss" * 50_000 + "ising",
    "'s" * 50_000,
    "c+" * 50_000,
    "our" * 30_000,
    "日" * 100_000,
    "\x00" * 100_000,
    " " * 100_000,
]


@pytest.mark.parametrize("text", WORST, ids=range(len(WORST)))
def test_Q01_the_worst_query_is_read_in_no_time(text: str) -> None:
    start = time.perf_counter()
    parsed = parse(text, typing=True)
    assert time.perf_counter() - start < 0.3
    assert len(parsed.terms) + len(parsed.excluded) <= MAX_TERMS
    assert sum(len(word) for term in parsed.terms for word in term.words) <= 4 * MAX_LETTERS


@pytest.fixture(scope="module")
def small() -> SearchIndex:
    index = open_index("whoosh:")
    put(
        index,
        *(document(n, f"Asset {n}", "cost audit of a 1 b cloud-native C++") for n in range(99)),
    )
    return index


@pytest.mark.parametrize("text", WORST, ids=range(len(WORST)))
def test_Q01_the_worst_query_is_answered(small: SearchIndex, text: str) -> None:
    page = small.search(query(text, typing=True))
    assert page.total >= 0
    assert not page.partial


_PIECES = st.sampled_from(
    [
        *[
            '"',
            "-",
            "*",
            ":",
            "(",
            ")",
            "OR",
            "NOT",
            "AND",
            "~9",
            "[a",
            "TO",
            "b]",
            "cost",
            "a",
            "c++",
            "stage:",
            "é",
            "🚀",
            "日本",
            "'s",
            "100000",
        ],
        " ",
        "\x00",
        "\u200f",
        "e\u0301",
        "\ud800",
    ]
)


@settings(max_examples=400, deadline=None)
@given(text=st.one_of(st.text(max_size=300), st.lists(_PIECES, max_size=40).map("".join)))
def test_Q01_nothing_typed_raises(small: SearchIndex, text: str) -> None:
    parsed = parse(text)
    assert len(parsed.terms) + len(parsed.excluded) <= MAX_TERMS
    assert parse(text, field_names=()).fields == ()
    small.search(query(text, typing=True))
    small.complete(text, query(), 5)


def test_Q03_every_pattern_is_linear() -> None:
    patterns = [value for value in vars(analysis).values() if isinstance(value, re.Pattern)]
    assert patterns
    for pattern in patterns:
        for text in WORST:
            start = time.perf_counter()
            for _ in pattern.finditer(text[:100_000]):
                pass
            assert time.perf_counter() - start < 0.5, (pattern.pattern, text[:20])


def test_Q01_a_giant_query_costs_no_memory() -> None:
    text = "word " * 200_000
    tracemalloc.start()
    parse(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
