"""Single cells: dates, paths, broken text, lists."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_catalog.imports import cells, columns


@pytest.mark.parametrize(
    "text",
    [
        "31/12/2026",
        "12/31/2026",
        "31.12.2026",
        "2026-02-30",
        "2026-13-01",
        "0000-00-00",
        "26-11-23",
        "45992",
        "tomorrow",
        "Q4 2026",
        "Dec 2026",
        "2026-1-1",
        "２０２６-01-01",
        "2026-01-01T00:00",
    ],
)
def test_only_real_iso_dates_are_dates(text: str) -> None:
    assert cells.day(text) is None


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "a/../../x",
        "./../x",
        "/etc/passwd",
        "C:\\x",
        "c:x",
        "a\\..\\..\\x",
        "..\\x",
        "~/x",
        "..%2f..%2fetc",
        "%2e%2e/x",
        "%252e%252e%252fx",
        "a/%2e%2e/%2e%2e/x",
        "\\\\host\\x",
        "a\x00b",
    ],
)
def test_U03_a_path_never_leaves_its_folder(path: str) -> None:
    assert cells.inner_path(path) is None


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("a/b.md", "a/b.md"),
        ("a//./b.md", "a/b.md"),
        ("a/../b.md", "b.md"),
        ("a\\b.md", "a/b.md"),
        ("100%25.md", "100%25.md"),
        ("50% off.pdf", "50% off.pdf"),
        ("..b.md", "..b.md"),
    ],
)
def test_a_path_inside_is_taken(path: str, inside: str) -> None:
    assert cells.inner_path(path) == inside


@pytest.mark.parametrize(
    "text", ["ZÃ¼rich", "rollout â€“ lessons", "MÃ¼nchen â‚¬", "CafÃ©", "Donâ€™t", "æ—¥æœ¬"]
)
def test_text_read_in_a_wrong_encoding_is_noticed(text: str) -> None:
    assert cells.is_mojibake(text)


@pytest.mark.parametrize(
    "text",
    [
        "Zürich – rollout",
        "“Zero trust” in ten",
        "CAFÉ’S",
        "L’œuvre",
        "100 ‰ §",
        "日本語",
        "naïve…",
        "São Paulo™",
        "Ærø",
        "Größe",
        "…”",
        "«à»",
        "Ελλάδα",
        "Привет",
    ],
)
def test_text_as_people_write_it_is_no_broken_text(text: str) -> None:
    assert not cells.is_mojibake(text)


def test_lists_are_parted_by_semicolons() -> None:
    assert columns.split(" a ; b;;c; ") == ["a", "b", "c"]


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool)))
def test_a_list_survives_its_cell(values: list[str]) -> None:
    assert columns.split(columns.join(values)) == values


def test_Q03_long_cells_are_read_in_linear_time() -> None:
    started = time.monotonic()
    for unit in ("Ã", "\\;", "\\", "%25", "../", "é–"):
        text = unit * 50_000
        cells.is_mojibake(text)
        columns.split(text)
        cells.inner_path(text[:20_000])
    assert time.monotonic() - started < 10
