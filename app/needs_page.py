"""What the pages of needs print: one need, those of two dimensions, the site's settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from app import audit_page
from app.audit_page import Entry
from app.coverage_view import CoverageCriteria
from app.forms.needs import DefaultRow
from app.security import safe_next
from app.words import listed
from content_catalog import audit, coverage, taxonomy
from content_catalog.coverage import CoverageSettings, Need, NeedRecord, rules
from content_catalog.database import Work
from content_catalog.errors import Conflict, NotFound
from content_catalog.taxonomy import PERSONA, STAGE, TYPE, Dimension, Taxonomy, Term

Records = Mapping[tuple[int, int | None], NeedRecord]
INTERNAL_TOO = "internal ones count too"


@dataclass(frozen=True, slots=True)
class NeedPage:
    """``record`` is what is written down here, ``by_default`` what holds where it says nothing, by
    field. ``said`` is the record in words; ``statements`` come from the row and the column."""

    places: tuple[Term, ...]
    title: str
    address: str
    back: str
    overview: str
    record: NeedRecord
    said: tuple[tuple[str, str], ...]
    types: tuple[Term, ...]
    by_default: Mapping[str, str]
    statements: tuple[tuple[str, str, str], ...]  # which term's, heading, text
    defaults: tuple[tuple[str, str], ...]  # label and address of the terms' own needs


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


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """``parts`` of the example are (words, points); ``changes`` the history, newest first."""

    settings: CoverageSettings
    parts: tuple[tuple[str, str], ...]
    total: str
    changes: tuple[Entry, ...]


def place(terms: Taxonomy, dimension: str, slug: str) -> Term:
    """By slug, label or alias, or what took its place. Raises ``NotFound``."""
    found = taxonomy.resolve(terms, dimension, slug)
    if found is None or found.retired:
        raise NotFound(dimension, slug)
    return found


def address(*places: Term) -> str:
    """Where the need of a cell, or of a term, is written down."""
    return "/coverage/needs/" + "/".join(f"{t.dimension}/{t.slug}" for t in places)


def _overview_url(places: Sequence[Term]) -> str:
    """The page of needs that shows these dimensions."""
    pair = [("rows", places[0].dimension)]
    pair += [("cols", places[1].dimension)] if len(places) > 1 else []
    return f"/coverage/needs?{urlencode(pair)}"


def need_page(look: Work, places: tuple[Term, ...], next_url: str | None) -> NeedPage:
    """``places`` are one term or the two of a cell; ``next_url`` is where the reader came from."""
    terms = taxonomy.read(look)
    ids = (places[0].id, places[1].id if len(places) > 1 else None)
    record = coverage.need_record(look, *ids)
    others = {key: one for key, one in _records(look).items() if key != _key(record)}
    site = coverage.settings(look).target
    inherited = coverage.need(others if len(places) > 1 else {}, *ids, site)
    defaults = [others[(t.id, None)] for t in places if (t.id, None) in others]
    kinds = terms.dimension(TYPE)
    held = record.types or frozenset()
    return NeedPage(
        places=places,
        title=" · ".join(term.label for term in places),
        address=address(*places),
        back=safe_next(next_url) if next_url else _overview_url(places),
        overview=_overview_url(places),
        record=record,
        said=said(record, terms),
        types=tuple(t for t in kinds.terms if not t.retired or t.id in held) if kinds else (),
        by_default=_by_default(inherited, defaults if len(places) > 1 else (), terms),
        statements=_statements(defaults, terms) if len(places) > 1 else (),
        defaults=tuple((t.label, address(t)) for t in places) if len(places) > 1 else (),
    )


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
    records = _records(look)
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


def settings_page(look: Work) -> SettingsPage:
    """The example is counted with the weights as they are."""
    settings = coverage.settings(look)
    demand = coverage.Demand(none_found=14, unopened=6)
    missing = max(0, settings.target - 1)
    score = rules.score(missing, demand, 40, settings.weights, needed=True)
    weights = settings.weights
    return SettingsPage(
        settings=settings,
        parts=(
            (f"{missing} missing × {number(weights.missing)}", number(score.points.missing)),
            (
                f"14 without an answer × {number(weights.unanswered)}",
                number(score.points.unanswered),
            ),
            (f"6 with nothing opened × {number(weights.unopened)}", number(score.points.unopened)),
            (f"40 uses × {number(weights.use)}", number(score.points.use)),
        ),
        total=number(score.total),
        changes=tuple(audit_page.shown(e) for e in audit.history(look, "coverage", None)),
    )


def number(value: float) -> str:
    """ "10", "0.5": no more digits than it has."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def said(record: NeedRecord, terms: Taxonomy) -> tuple[tuple[str, str], ...]:
    """What a record decides, as (heading, words)."""
    found = []
    if record.needed is not None:
        found.append(("Needed", "Yes" if record.needed else f"No: {record.why}"))
    if record.target is not None:
        found.append(("Target", str(record.target)))
    if record.types is not None:
        found.append(("Types", _type_words(record.types, terms)))
    if record.customer_ready is not None:
        found.append(
            ("Audience", "Customer-ready only" if record.customer_ready else "Internal too")
        )
    statements = (
        ("The buyer must believe", record.buyer_believes),
        ("The rep must prove", record.rep_proves),
    )
    return (*found, *(pair for pair in statements if pair[1]))


def _records(look: Work) -> dict[tuple[int, int | None], NeedRecord]:
    return {_key(record): record for record in coverage.need_records(look)}


def _key(record: NeedRecord) -> tuple[int, int | None]:
    return record.first_id, record.second_id


def _type_words(types: Iterable[int], terms: Taxonomy) -> str:
    labels = [term.label for one in types if (term := terms.terms.get(one))]
    return listed(sorted(labels), last="or") or "Any type"


def _by_default(inherited: Need, defaults: Iterable[NeedRecord], terms: Taxonomy) -> dict[str, str]:
    """Each in words, and whose it is."""
    held = list(defaults)
    standard = inherited.standard
    words = {
        "target": (str(inherited.target), [r for r in held if r.target == inherited.target]),
        "types": (
            _type_words(standard.types, terms).lower()
            if not standard.types
            else _type_words(standard.types, terms),
            [r for r in held if r.types is not None and r.types <= standard.types],
        ),
        "customer_ready": (
            "yes" if standard.customer_ready else INTERNAL_TOO,
            [r for r in held if r.customer_ready is standard.customer_ready],
        ),
        "needed": (
            "yes" if inherited.needed else f"no, because: {inherited.why}",
            [r for r in held if r.needed is inherited.needed],
        ),
    }
    return {name: f"{text} ({_whose(who, terms)})" for name, (text, who) in words.items()}


def _whose(records: Sequence[NeedRecord], terms: Taxonomy) -> str:
    labels = [term.label for r in records if (term := terms.terms.get(r.first_id))]
    return f"from {listed(labels)}" if labels else "the site’s"


def _statements(records: Iterable[NeedRecord], terms: Taxonomy) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (terms.terms[record.first_id].label, heading, text)
        for record in records
        for heading, text in (
            ("the buyer must believe", record.buyer_believes),
            ("the rep must prove", record.rep_proves),
        )
        if text
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
