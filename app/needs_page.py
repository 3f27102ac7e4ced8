"""What the pages of one need and of the site's numbers print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from app import audit_page
from app.audit_page import Entry
from app.security import safe_next
from app.words import listed, within
from content_catalog import audit, coverage, taxonomy
from content_catalog.coverage import CoverageSettings, Need, NeedRecord, rules
from content_catalog.database import Work
from content_catalog.errors import NotFound
from content_catalog.taxonomy import TYPE, Taxonomy, Term

Records = Mapping[tuple[int, int | None], NeedRecord]
NUMBERS = {
    "target": "Target",
    "missing": "Asset missing",
    "unanswered": "Search without an answer",
    "unopened": "Search with nothing opened",
    "use": "Use",
}
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
    others = {key: one for key, one in read_records(look).items() if key != _key(record)}
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
        changes=tuple(_named(audit_page.shown(e)) for e in audit.history(look, "coverage", None)),
    )


def _named(entry: Entry) -> Entry:
    changes = ((NUMBERS.get(name, name), before, after) for name, before, after in entry.changes)
    return replace(entry, changes=tuple(changes))


def number(value: float) -> str:
    """ "10", "0.5": no more digits than it has."""
    return f"{value:.10g}"


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


def read_records(look: Work) -> Records:
    """All that is written down, by the terms' ids, the smaller first."""
    return {_key(record): record for record in coverage.need_records(look)}


def _key(record: NeedRecord) -> tuple[int, int | None]:
    return record.first_id, record.second_id


def _type_words(types: Iterable[int], terms: Taxonomy) -> str:
    labels = [term.label for one in types if (term := terms.terms.get(one))]
    return listed(sorted(labels), last="or") or "Any type"


def _by_default(inherited: Need, defaults: Sequence[NeedRecord], terms: Taxonomy) -> dict[str, str]:
    """Each in words, and whose it is."""
    standard = inherited.standard
    types = _type_words(standard.types, terms)
    words = {
        "target": (str(inherited.target), [r for r in defaults if r.target == inherited.target]),
        "types": (
            types if standard.types else within(types),
            [r for r in defaults if r.types is not None and r.types <= standard.types],
        ),
        "customer_ready": (
            "yes" if standard.customer_ready else INTERNAL_TOO,
            [r for r in defaults if r.customer_ready is standard.customer_ready],
        ),
        "needed": (
            "yes" if inherited.needed else f"no, because: {inherited.why}",
            [r for r in defaults if r.needed is inherited.needed],
        ),
    }
    found = {name: f"{text}{_whose(who, terms)}" for name, (text, who) in words.items()}
    if found["target"] == str(inherited.target):
        found["target"] += " (the site’s)"
    return found


def _whose(records: Sequence[NeedRecord], terms: Taxonomy) -> str:
    """Nobody's is what holds when nobody says otherwise."""
    labels = [term.label for r in records if (term := terms.terms.get(r.first_id))]
    return f" (from {listed(labels)})" if labels else ""


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
