"""What a row says and what it would do: pure rules over one row, a taxonomy and what is there.

Empty cells: in a column the file has, an empty cell empties the field, except for owner, audience
and status, which then stay as they are (or get their default on a new asset), the language, which
is then the one read from the text, and the content.
A column the file lacks leaves its field alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from content_catalog.assets.types import MARKDOWN_LIMIT, TITLE_LIMIT
from content_catalog.imports import cells, columns
from content_catalog.imports.columns import DIMENSION
from content_catalog.imports.terms import TermReader
from content_catalog.imports.types import (
    FileFault,
    Files,
    FoundFile,
    RowAction,
    RowProblem,
    Severity,
)
from content_catalog.tabular import is_formula
from content_catalog.taxonomy.types import LANGUAGE

EXTERNAL_ID_LIMIT = 300
TAG_LIMIT = 100  # letters a tag, and tags an asset, as the assets topic keeps them
# Our own export gives assets without an external id one of this form.
EXPORTED_ID = "asset-"


@dataclass(frozen=True, slots=True)
class Present:
    """An asset as it is now. ``fields`` maps import fields to values; ``content`` is its token."""

    asset_id: int
    rev: int
    title: str
    external_id: str | None
    fields: Mapping[str, Any]
    content: tuple[str, str]


@dataclass(slots=True)
class RowValues:
    """What a row says: ``fields`` as in ``Present``. ``content`` is ``(kind, token)``: a file's
    hash, a link's address or a text; ``None`` leaves the content as it is."""

    external_id: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    content: tuple[str, str] | None = None
    file: FoundFile | None = None
    problems: list[RowProblem] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return any(p.severity == Severity.ERROR for p in self.problems)


@dataclass(frozen=True, slots=True)
class Decision:
    action: RowAction
    changes: Mapping[str, object] = field(default_factory=dict)


class RowReader:
    """Reads rows of one file: the columns, the terms and the files are the same for all."""

    def __init__(self, column_map: Mapping[str, str], terms: TermReader, files: Files) -> None:
        self.headers = {field: header for header, field in column_map.items()}
        self.terms = terms
        self.files = files
        self._readers: dict[str, Callable[[_Row], None]] = {
            columns.EXTERNAL_ID: _read_external_id,
            columns.TITLE: _read_title,
            columns.OWNER: _read_owner,
            columns.TAGS: _read_tags,
            columns.AUDIENCE: self._read_choice(columns.AUDIENCE),
            columns.STATUS: self._read_choice(columns.STATUS),
            **{name: _read_date(name) for name in columns.DATES},
            **{name: _read_text(name) for name in columns.TEXTS},
        }

    def read(
        self, row: int, line: int, given: Mapping[str, str], present: Present | None = None
    ) -> RowValues:
        """Everything the row says, with every problem in it; never raises.

        ``present`` lets an asset keep a retired term that it already has.
        """
        values = RowValues()
        view = _Row(row, line, given, self.headers, values)
        if view.wrong_count():
            return values
        for name in self.headers:
            if name.startswith(DIMENSION):
                self._read_terms(view, name, present)
            elif name in self._readers:
                self._readers[name](view)
        self._require(view)
        self._read_content(view, new=present is None)
        view.note_odd_text()
        return values

    def _require(self, view: _Row) -> None:
        for name, reader in (
            (columns.EXTERNAL_ID, _read_external_id),
            (columns.TITLE, _read_title),
        ):
            if name not in self.headers:
                reader(view)

    def _read_choice(self, name: str) -> Callable[[_Row], None]:
        def read(view: _Row) -> None:
            text = view.text(name)
            if text:
                found, problems = self.terms.choice(name, view.raw(name))
                view.add(name, problems)
                if found is not None:
                    view.values.fields[name] = found

        return read

    def _read_terms(self, view: _Row, name: str, present: Present | None) -> None:
        had = present.fields.get(name, ()) if present else ()
        found, problems = self.terms.terms(name.removeprefix(DIMENSION), view.raw(name), had)
        view.add(name, problems)
        if found or name != DIMENSION + LANGUAGE:
            view.values.fields[name] = found

    def _read_content(self, view: _Row, *, new: bool) -> None:
        path, url = view.text(columns.PATH), view.text(columns.URL)
        if path and url:
            view.error(
                columns.URL, "two_contents", "Both a file and a link. Keep one of them.", url
            )
        elif url:
            link = cells.link(url)
            if link is not None:
                view.values.content = ("link", link)
            else:
                expected = "Not a link. Expected http:// or https:// and a host."
                view.error(columns.URL, "bad_url", expected, url)
        elif path:
            self._read_file(view, path)
        elif new:
            view.error(columns.PATH, "missing_content", "Neither a file nor a link.", "")

    def _read_file(self, view: _Row, path: str) -> None:
        inside = cells.inner_path(path)
        if inside is None:
            view.error(columns.PATH, "path_traversal", "This path leaves the files' folder.", path)
            return
        found = self.files.find(inside)
        if isinstance(found, FileFault):
            view.error(columns.PATH, found.code, found.message, path)
        elif view.text(columns.KIND).casefold() == "text":
            self._read_markdown(view, inside, path)
        else:
            view.values.file = found
            view.values.content = ("file", found.sha256)

    def _read_markdown(self, view: _Row, inside: str, path: str) -> None:
        try:
            text = self.files.read_text(inside).replace("\r\n", "\n")
        except ValueError as error:
            view.error(columns.PATH, "not_text", f"Not a text: {error}.", path)
            return
        if not text.strip():
            view.error(columns.PATH, "empty_text", "This text is empty.", path)
        elif len(text) > MARKDOWN_LIMIT:
            found = f"{len(text):,} characters. A text may have {MARKDOWN_LIMIT:,}."
            view.error(columns.PATH, "overlong_text", found, path)
        else:
            view.values.content = ("text", text)


class _Row:
    """One row at hand: its cells by field, and the problems found so far."""

    def __init__(
        self,
        row: int,
        line: int,
        given: Mapping[str, str],
        headers: Mapping[str, str],
        values: RowValues,
    ) -> None:
        self.row, self.line, self.given = row, line, given
        self.headers, self.values = headers, values

    def raw(self, name: str) -> str:
        return self.given.get(self.headers.get(name, ""), "")

    def text(self, name: str) -> str:
        return self.raw(name).strip()

    def error(self, name: str, code: str, message: str, value: str) -> None:
        self._problem(name, code, message, Severity.ERROR, value)

    def warn(self, name: str, code: str, message: str, value: str) -> None:
        self._problem(name, code, message, Severity.WARNING, value)

    def _problem(self, name: str, code: str, message: str, severity: str, value: str) -> None:
        header = self.headers.get(name, name)
        self.values.problems.append(
            RowProblem(
                self.row, self.line, header, code, message, severity, value[:200], field=name
            )
        )

    def add(self, name: str, problems: list[RowProblem]) -> None:
        """Take over problems that do not know yet where they stand."""
        header = self.headers.get(name, name)
        for found in problems:
            self.values.problems.append(
                RowProblem(
                    self.row,
                    self.line,
                    header,
                    found.code,
                    found.message,
                    found.severity,
                    found.value[:200],
                    found.suggestion,
                    name,
                )
            )

    def wrong_count(self) -> bool:
        """A row with more or fewer cells than the header: nothing in it can be trusted."""
        missing = self.given.get(MISSING_CELLS)
        if missing is None:
            return False
        self._problem(
            "",
            "column_count",
            f"{missing} The header decides how many there must be; a comma or a quotation mark "
            "may stand where it should not.",
            Severity.ERROR,
            "",
        )
        return True

    def note_odd_text(self) -> None:
        for name in self.headers:
            if name in {columns.PATH, columns.URL}:
                continue
            raw = self.raw(name)
            if raw.strip() and is_formula(raw):
                self.warn(
                    name,
                    "formula_cell",
                    "A spreadsheet could run this. Kept as text, made harmless on export.",
                    raw,
                )
            if cells.is_mojibake(raw):
                self.warn(
                    name,
                    "mojibake",
                    "Looks like text read in a wrong encoding. Kept as it is.",
                    raw,
                )


# Key under which the cells of a row with a wrong number of cells carry the sentence about it.
MISSING_CELLS = "\x00count"


def _read_external_id(view: _Row) -> None:
    text = view.text(columns.EXTERNAL_ID)
    view.values.external_id = text
    if not text:
        view.error(
            columns.EXTERNAL_ID,
            "missing_external_id",
            "Empty. It decides whether the row creates or updates.",
            "",
        )
    elif len(text) > EXTERNAL_ID_LIMIT:
        found = f"{len(text)} characters; at most {EXTERNAL_ID_LIMIT} are taken."
        view.error(columns.EXTERNAL_ID, "overlong_external_id", found, text)


def _read_title(view: _Row) -> None:
    text = " ".join(view.text(columns.TITLE).split())
    if not text:
        view.error(columns.TITLE, "missing_title", "Empty. Every asset needs a title.", "")
    elif len(text) > TITLE_LIMIT:
        found = f"{len(text):,} characters; at most {TITLE_LIMIT} are taken."
        view.error(columns.TITLE, "overlong_title", found, text)
    else:
        view.values.fields[columns.TITLE] = text


def _read_owner(view: _Row) -> None:
    text = view.text(columns.OWNER)
    address = cells.email(text) if text else None
    if address is not None:
        view.values.fields[columns.OWNER] = address
    elif text:
        view.error(columns.OWNER, "bad_owner", "Not an e-mail address.", text)


def _read_tags(view: _Row) -> None:
    tags = (" ".join(tag.split())[:TAG_LIMIT] for tag in columns.split(view.raw(columns.TAGS)))
    view.values.fields[columns.TAGS] = tuple(dict.fromkeys(tags))[:TAG_LIMIT]


def _read_date(name: str) -> Callable[[_Row], None]:
    def read(view: _Row) -> None:
        text = view.text(name)
        found: date | None = cells.day(text) if text else None
        if text and found is None:
            view.error(name, "bad_date", f"Not a date. Expected {cells.DATE_FORM}.", text)
        else:
            view.values.fields[name] = found

    return read


def _read_text(name: str) -> Callable[[_Row], None]:
    def read(view: _Row) -> None:
        text = view.text(name)
        limit = columns.TEXT_LIMITS[name]
        if len(text) > limit:
            found = f"{len(text):,} characters; at most {limit:,} are taken."
            view.error(name, f"overlong_{name}", found, text)
        else:
            view.values.fields[name] = text

    return read


def decide(values: RowValues, present: Present | None) -> Decision:
    """What the row would do to the library, and for an update which fields from what to what."""
    if values.failed:
        return Decision(RowAction.REFUSED)
    if present is None:
        return Decision(RowAction.CREATE)
    changes: dict[str, object] = {}
    for name, value in values.fields.items():
        before = present.fields.get(name)
        if not _same(name, before, value):
            changes[name] = [plain(before), plain(value)]
    if values.content is not None and values.content != present.content:
        changes["content"] = [_content_words(present.content), _content_words(values.content)]
    return Decision(RowAction.UPDATE if changes else RowAction.UNCHANGED, changes)


def _same(name: str, before: Any, value: Any) -> bool:
    if name.startswith(DIMENSION):
        return set(before or ()) == set(value or ())
    if isinstance(before, str) and isinstance(value, str):
        return before.replace("\r\n", "\n").strip() == value.replace("\r\n", "\n").strip()
    return bool((before or None) == (value or None))


def plain(value: Any) -> object:
    """A value as JSON keeps it and a page prints it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (tuple, list, set, frozenset)):
        return "; ".join(str(part) for part in value)
    return "" if value is None else str(value)


def _content_words(content: tuple[str, str]) -> str:
    kind, token = content
    return {
        "file": f"file {token[:12]}",
        "link": token,
        "text": f"text, {len(token):,} characters",
    }[kind]
