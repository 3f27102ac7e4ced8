"""Reading tables whatever wrote them, and writing them so that no cell runs."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_catalog import tabular
from content_catalog.errors import Invalid, TooLarge

PLAIN = "id,title\n1,Café\n"


@pytest.mark.parametrize(
    ("data", "encoding", "delimiter"),
    [
        (PLAIN.encode(), "utf-8", ","),
        (b"\xef\xbb\xbf" + PLAIN.encode(), "utf-8", ","),
        (PLAIN.encode("cp1252"), "windows-1252", ","),
        (PLAIN.replace(",", ";").encode("cp1252"), "windows-1252", ";"),
        (PLAIN.replace(",", "\t").encode(), "utf-8", "\t"),
        (PLAIN.replace("\n", "\r\n").encode(), "utf-8", ","),
        (b'"id","title"\n"1","Caf\xc3\xa9"\n', "utf-8", ","),
    ],
)
def test_encodings_and_separators_of_spreadsheet_programs(
    data: bytes, encoding: str, delimiter: str
) -> None:
    found = tabular.read(data)
    assert (found.encoding, found.delimiter) == (encoding, delimiter)
    assert found.header == ("id", "title")
    assert found.records[0].cells == ("1", "Café")


def test_rows_count_as_in_a_spreadsheet_and_lines_as_in_an_editor() -> None:
    found = tabular.read(b'id,title\n1,"two\nlines"\n\n2,last\n\n')
    assert [(r.row, r.line, r.cells) for r in found.records] == [
        (2, 2, ("1", "two\nlines")),
        (3, 4, ()),
        (4, 5, ("2", "last")),
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("id,title\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04rest", "Excel"),
        (b"id,title\n1,\x00\n", "zero bytes"),
        (b"id,title\n1,ok\n2,\x81 \xff\n", "Line 3"),
        (b'id,title\n1,ok\n2,"open\n3,x\n', "Row 3 (line 3)"),
        (b'id,title\n1,"in"side\n', "Row 2 (line 2)"),
        (b"", "no column names"),
        (b"\n\n", "no column names"),
        (b"id,title\n1," + b"x" * 200_000, "Row 2"),
    ],
)
def test_anything_else_is_refused_whole_with_the_reason(data: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=r".") as refused:
        tabular.read(data)
    assert words in str(refused.value)


def test_a_table_beyond_every_spreadsheet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "MAX_ROWS", 3)
    with pytest.raises(TooLarge):
        tabular.read(b"id\n1\n2\n3\n4\n")


def test_two_columns_of_one_name_are_told_apart() -> None:
    assert tabular.read(b"tags, tags,,\n1,2,3,4\n").header == (
        "tags",
        "tags (2)",
        "column 3",
        "column 4",
    )


def test_X09_formula_injection() -> None:
    dangerous = [
        "=1+1",
        "-2",
        "+1",
        "@x",
        "\t=1",
        "＝1",
        "  =1",
        "\x01=1",
        "\r=1",
        "\nx",
        "'=1",
        "＠x",
    ]
    written = tabular.write(["text", "number"], [[text, -2] for text in dangerous])
    assert b",-2\r\n" in written  # a number stays a number
    for cells in list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))[1:]:
        assert cells[0].startswith("'")
    back = tabular.read(written)
    assert [record.cells[0] for record in back.records] == dangerous


def test_X09_plain_text_is_left_alone() -> None:
    for text in ("2026-12-31", "a=b", "mail@example.com", "'quoted'", "", "1-2"):
        assert tabular.safe_cell(text) == text


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=1))
def test_X09_our_own_export_comes_back_without_loss(texts: list[str]) -> None:
    written = tabular.write(["id", "text"], [["x", text] for text in texts])
    assert [record.cells[1] for record in tabular.read(written).records] == texts
