"""The needs of two dimensions on one page: a table of defaults each, and the cells that differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from app.coverage_view import CoverageCriteria
from app.forms.needs import DefaultRow
from app.needs_page import Records, address, read_records, said
from content_catalog import coverage, taxonomy
from content_catalog.coverage import NeedRecord
from content_catalog.database import Work
from content_catalog.errors import Conflict, NotFound
from content_catalog.taxonomy import PERSONA, STAGE, Dimension, Taxonomy, Term


@dataclass(frozen=True, slots=True)
class Line:
    """A term in a table of defaults; ``rest`` is what its need says beside the table's fields."""

    term: Term
    record: NeedRecord
    address: str
    rest: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Defaults:
    dimension: Dimension
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Square:
    """A cell of the overview: its target, or that nothing is needed; ``own`` when it has a need of
    its own. ``label`` is for those who hear it."""

    text: str
    own: bool
    needed: bool
    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Own:
    """A cell that differs from the defaults."""

    title: str
    address: str
    record: NeedRecord
    said: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """``cols`` is ``None`` where the site has one dimension only."""

    rows: Dimension
    cols: Dimension | None
    choices: tuple[tuple[str, str], ...]
    defaults: tuple[Defaults, ...]
    squares: tuple[tuple[Term, tuple[Square, ...]], ...]
    own: tuple[Own, ...]
    target: int
    back: str
    here: str


def overview(look: Work, rows: str | None, cols: str | None) -> Overview:
    """Unknown dimensions give way to stages and personas. Raises ``NotFound`` without any terms."""
    terms = taxonomy.read(look)
    offered = [d for d in terms.dimensions if d.live]
    if not offered:
        raise NotFound("There are no terms yet, so nothing can be needed for them.")
    first = _chosen(offered, rows, STAGE)
    rest = [d for d in offered if d is not first]
    second = _chosen(rest, cols, PERSONA) if rest else None
    axes = [first] if second is None else [first, second]
    records = read_records(look)
    site = coverage.settings(look).target
    pair = urlencode([("rows", first.slug), ("cols", second.slug if second else "none")])
    return Overview(
        rows=first,
        cols=second,
        choices=tuple((d.slug, d.label) for d in offered),
        defaults=tuple(_defaults(d, records, terms) for d in axes),
        squares=_squares(first, second, records, site) if second else (),
        own=_own(first, second, records, terms) if second else (),
        target=site,
        back=CoverageCriteria(first.slug, second.slug if second else None).url(),
        here=f"/coverage/needs?{pair}",
    )


def save_defaults(work: Work, rows: Iterable[DefaultRow]) -> None:
    """The touched rows of a table. Raises ``Conflict`` naming the term, ``Invalid``."""
    for row in rows:
        present = coverage.need_record(work, row.term_id)
        # A row shown as empty is not older than one that was cleared since.
        empty = not row.version and not said(present, taxonomy.read(work))
        record = replace(
            present,
            target=row.target,
            customer_ready=row.customer_ready,
            version=present.version if empty else row.version,
        )
        try:
            coverage.set_need(work, record)
        except Conflict as conflict:
            raise _named(conflict, present, taxonomy.read(work)) from conflict


def _named(conflict: Conflict, present: NeedRecord, terms: Taxonomy) -> Conflict:
    theirs = "; ".join(f"{head}: {words}" for head, words in said(present, terms))
    label = terms.terms[present.first_id].label
    return Conflict(
        f"{label}: {conflict} It says now: {theirs or 'nothing'}.", version=conflict.version
    )


def _chosen(offered: Sequence[Dimension], wanted: str | None, usual: str) -> Dimension:
    by_slug = {d.slug: d for d in offered}
    return by_slug.get(wanted or "") or by_slug.get(usual) or offered[0]


def _defaults(dimension: Dimension, records: Records, terms: Taxonomy) -> Defaults:
    def line(term: Term) -> Line:
        record = records.get((term.id, None), NeedRecord(term.id))
        rest = said(replace(record, target=None, customer_ready=None), terms)
        return Line(term, record, address(term), rest)

    return Defaults(dimension, tuple(line(term) for term in dimension.live))


def _squares(
    rows: Dimension, cols: Dimension, records: Records, site: int
) -> tuple[tuple[Term, tuple[Square, ...]], ...]:
    def square(row: Term, col: Term) -> Square:
        pair = (min(row.id, col.id), max(row.id, col.id))
        found = coverage.need(records, row.id, col.id, site)
        text = str(found.target) if found.needed else "n/a"
        words = f"target {found.target}" if found.needed else f"not needed: {found.why}"
        own = pair in records
        return Square(
            text=text,
            own=own,
            needed=found.needed,
            label=f"{row.label}, {col.label}: {words}{', its own' if own else ''}",
            address=address(row, col),
        )

    return tuple((row, tuple(square(row, col) for col in cols.live)) for row in rows.live)


def _own(rows: Dimension, cols: Dimension, records: Records, terms: Taxonomy) -> tuple[Own, ...]:
    pairs = [(row, col) for row in rows.live for col in cols.live]
    return tuple(
        Own(f"{row.label} · {col.label}", address(row, col), record, said(record, terms))
        for row, col in pairs
        if (record := records.get((min(row.id, col.id), max(row.id, col.id))))
    )
