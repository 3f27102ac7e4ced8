"""What the pages of the plan print: the list, one item with the moves that are open, its history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from app import audit_page, finding
from app.audit_page import Entry
from app.criteria import STATUS, Criteria
from app.forms.plan import Choices
from app.search_page import ResultCard
from app.security import safe_next
from app.words import plural
from content_catalog import Permission, Side, assets, audit, coverage, people, taxonomy
from content_catalog.actor import GRANTS
from content_catalog.assets import AssetCard, Status
from content_catalog.coverage import PLAN_TITLE_LIMIT, NewPlanItem, PlanItem, PlanState
from content_catalog.database import Work
from content_catalog.errors import NotFound
from content_catalog.taxonomy import TYPE, Taxonomy, Term
from search_index.protocol import SearchIndex

OPEN = "open"
OPEN_STATES = (PlanState.PROPOSED, PlanState.COMMITTED)
TABS = {
    OPEN: "Open",
    PlanState.PROPOSED.value: "Proposed",
    PlanState.COMMITTED.value: "Committed",
    PlanState.DONE.value: "Done",
    PlanState.DROPPED.value: "Dropped",
}
MATCHES = 6
HAPPENED = {
    "plan.add": "Planned it",
    "plan.edit": "Changed it",
    "plan.agree": "Agreed to it",
    "plan.disagree": "Took the agreement back",
    "plan.commit": "Committed to it",
    "plan.attach": "Changed which asset it is",
    "plan.deliver": "Closed it: the asset is published",
    "plan.drop": "Dropped it",
}


@dataclass(frozen=True, slots=True)
class Row:
    """An item in words. ``late`` is how far it is overdue, empty when it is not."""

    item: PlanItem
    address: str
    places: str
    type: str
    review: str
    late: str


@dataclass(frozen=True, slots=True)
class PlanList:
    """``tabs`` are (label with count, address, current); ``waiting`` are the reader's own to review;
    ``narrowed`` names the cell whose items these are."""

    rows: tuple[Row, ...]
    tabs: tuple[tuple[str, str, bool], ...]
    chosen: str
    waiting: tuple[Row, ...]
    narrowed: str
    new_url: str


@dataclass(frozen=True, slots=True)
class Moves:
    """What the reader may do with the item now; ``not_yet`` says why it cannot be committed."""

    edit: bool
    agree: bool
    disagree: bool
    commit: bool
    not_yet: str


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, and the changes as (field, before, after)."""

    what: str
    entry: Entry
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class ItemPage:
    """``places`` are (dimension, terms). ``matches`` answer the words in ``asked``, of assets that
    could be what was planned."""

    row: Row
    places: tuple[tuple[str, str], ...]
    asset: AssetCard | None
    moves: Moves
    history: tuple[Event, ...]
    asked: str
    matches: tuple[ResultCard, ...]

    @property
    def theirs(self) -> str:
        """What was done last, for somebody whose form is older."""
        last = self.history[0]
        changes = "; ".join(f"{name}: {after or 'empty'}" for name, _, after in last.changes)
        words = f"{last.what[0].lower()}{last.what[1:]}"
        told = f"{last.entry.actor_name or 'Somebody'} {words} in between"
        return f"{told}. {changes[0].upper()}{changes[1:]}." if changes else f"{told}."


@dataclass(frozen=True, slots=True)
class NewPage:
    """``also`` are open items for the same cell; ``notices`` say what of the address was not
    understood."""

    action: str
    places: str
    also: tuple[Row, ...]
    back: str
    next_url: str
    notices: tuple[str, ...]


def waiting(look: Work) -> int:
    """How many items wait for the reader's agreement."""
    return len(coverage.awaiting_review(look))


def plan_list(look: Work, args: MultiDict[str, str]) -> PlanList:
    """From ``state`` and ``terms`` (``dimension:slug``); what is unknown is left out."""
    words = taxonomy.read(look)
    terms, _ = read_terms(words, args.getlist("terms"))
    ids = frozenset(term.id for term in terms)
    found = coverage.plan_items(look, open_only=False, terms=ids)
    chosen = args.get("state", OPEN)
    chosen = chosen if chosen in TABS else OPEN
    query = [("terms", f"{term.dimension}:{term.slug}") for term in terms]
    mine = {item.id for item in coverage.awaiting_review(look)}
    return PlanList(
        rows=tuple(row(item, words, look.today) for item in found if _is(item, chosen)),
        tabs=tuple(
            (
                f"{label} ({sum(_is(item, state) for item in found)})",
                _address("/coverage/plan", [*query, *_state_pair(state)]),
                state == chosen,
            )
            for state, label in TABS.items()
        ),
        chosen=chosen,
        waiting=tuple(row(item, words, look.today) for item in found if item.id in mine),
        narrowed=" · ".join(term.label for term in terms),
        new_url=_address("/coverage/plan/new", query),
    )


def _state_pair(state: str) -> list[tuple[str, str]]:
    return [] if state == OPEN else [("state", state)]


def _is(item: PlanItem, state: str) -> bool:
    return item.state in OPEN_STATES if state == OPEN else item.state.value == state


def row(item: PlanItem, words: Taxonomy, today: date) -> Row:
    kind = words.terms.get(item.type_id) if item.type_id is not None else None
    return Row(
        item=item,
        address=f"/coverage/plan/{item.id}",
        places=" · ".join(t.label for t in _terms(item.term_ids, words)),
        type=kind.label if kind else "",
        review=_review(item),
        late=_late(item, today),
    )


def _terms(ids: Iterable[int], words: Taxonomy) -> list[Term]:
    return [term for one in ids if (term := words.terms.get(one))]


def _review(item: PlanItem) -> str:
    if not item.reviewer_id:
        return "Nobody named"
    if item.agreed_at:
        return f"{item.reviewer_name} agreed"
    return f"Waits for {item.reviewer_name}" if item.state in OPEN_STATES else item.reviewer_name


def _late(item: PlanItem, today: date) -> str:
    if item.state not in OPEN_STATES or item.due_on is None or item.due_on >= today:
        return ""
    return f"Overdue by {plural((today - item.due_on).days, 'day')}"


def item_page(look: Work, index: SearchIndex, item_id: int, asked: str) -> ItemPage:
    """Raises ``NotFound``."""
    item = coverage.plan_item(look, item_id)
    words = taxonomy.read(look)
    moves = _moves(look, item)
    cards = assets.cards(look, [item.asset_id]) if item.asset_id is not None else []
    return ItemPage(
        row=row(item, words, look.today),
        places=tuple(_by_dimension(item.term_ids, words)),
        asset=cards[0] if cards else None,
        moves=moves,
        history=tuple(_history(look, item_id, words)),
        asked=asked,
        matches=_matches(look, index, asked) if asked and moves.edit else (),
    )


def _by_dimension(ids: Sequence[int], words: Taxonomy) -> Iterable[tuple[str, str]]:
    for dimension in words.dimensions:
        labels = [t.label for t in _terms(ids, words) if t.dimension == dimension.slug]
        if labels:
            yield dimension.label, ", ".join(labels)


def attached(item: PlanItem) -> str:
    """What a change of the item's asset led to."""
    if item.state is PlanState.DONE:
        return "It is done: the asset is published."
    if item.asset_id is None:
        return "The asset is taken off."
    return "The asset is attached. Publishing it closes the item."


def _moves(look: Work, item: PlanItem) -> Moves:
    may_edit = look.actor.may(Permission.EDIT_COVERAGE)
    is_open, proposed = item.state in OPEN_STATES, item.state is PlanState.PROPOSED
    reviews = item.reviewer_id is not None and item.reviewer_id == look.actor.id
    not_yet = ""
    if item.reviewer_id is None:
        not_yet = "Name somebody from sales who reviews it first."
    elif item.agreed_at is None:
        not_yet = f"{item.reviewer_name} has not agreed to it yet."
    return Moves(
        edit=may_edit and is_open,
        agree=reviews and proposed and item.agreed_at is None,
        disagree=reviews and proposed and item.agreed_at is not None,
        commit=may_edit and proposed,
        not_yet=not_yet if proposed else "",
    )


def _history(look: Work, item_id: int, words: Taxonomy) -> Iterable[Event]:
    labels = {term.slug: term.label for term in words.terms.values()}
    for entry in map(audit_page.shown, audit.history(look, "plan_item", item_id)):
        changes = entry.changes if entry.action in ("plan.edit", "plan.drop") else ()
        yield Event(
            what=HAPPENED.get(entry.action, entry.action),
            entry=entry,
            changes=tuple(_said(change, labels) for change in changes if change[0] != "state"),
        )


def _said(change: tuple[str, str, str], labels: Mapping[str, str]) -> tuple[str, str, str]:
    """The log names terms by their short names; people know them by their labels."""
    name, before, after = change
    if name not in ("terms", "type"):
        return change

    def labelled(text: str) -> str:
        return ", ".join(labels.get(slug, slug) for slug in text.split(", "))

    return name, labelled(before), labelled(after)


def _matches(look: Work, index: SearchIndex, asked: str) -> tuple[ResultCard, ...]:
    statuses = (Status.DRAFT.value, Status.PUBLISHED.value)
    wanted = Criteria(asked[:200], {STATUS: statuses})
    return finding.find(look, index, wanted, per_page=MATCHES).page.results


def read_terms(words: Taxonomy, pairs: Iterable[str]) -> tuple[tuple[Term, ...], tuple[str, ...]]:
    """Terms of ``dimension:slug`` texts, and a sentence for each that is not known."""
    found: dict[int, Term] = {}
    notices = []
    for pair in pairs:
        dimension, _, slug = pair.partition(":")
        term = taxonomy.resolve(words, dimension, slug)
        if term is None or term.retired:
            notices.append(f"There is no term “{pair[:60]}”, so it was left out.")
        else:
            found[term.id] = term
    return tuple(found.values()), tuple(notices)


def draft(look: Work, args: MultiDict[str, str]) -> NewPlanItem:
    """What a cell or failed searches say of an item already: ``terms``, ``title``, ``type``."""
    words = taxonomy.read(look)
    terms, _ = read_terms(words, args.getlist("terms"))
    kind = taxonomy.resolve(words, TYPE, args.get("type", ""))
    return NewPlanItem(
        title=" ".join(args.get("title", "").split())[:PLAN_TITLE_LIMIT],
        terms=frozenset(term.id for term in terms if term.dimension != TYPE),
        type_id=kind.id if kind and not kind.retired else None,
        owner_email=look.actor.email,
    )


def new_page(look: Work, args: MultiDict[str, str]) -> NewPage:
    words = taxonomy.read(look)
    terms, notices = read_terms(words, args.getlist("terms"))
    also = coverage.plan_items(look, terms=frozenset(t.id for t in terms)) if terms else ()
    came_from = args.get("next")
    return NewPage(
        action=_address("/coverage/plan/new", [*args.items(multi=True)]),
        places=" · ".join(term.label for term in terms),
        also=tuple(row(item, words, look.today) for item in also),
        back=safe_next(came_from) if came_from else "/coverage/plan",
        next_url=safe_next(came_from) if came_from else "",
        notices=notices,
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """The plan item that a new asset is made for; ``terms`` are its type's and its places'."""

    id: int
    title: str
    terms: tuple[Term, ...]


def wanted(look: Work, item_id: int | None) -> Wanted | None:
    """``None`` for an item that is not there, not open any more, or has its asset."""
    item = _item(look, item_id)
    if item is None or item.state not in OPEN_STATES or item.asset_id is not None:
        return None
    words = taxonomy.read(look)
    ids = (*item.term_ids, *((item.type_id,) if item.type_id is not None else ()))
    live = tuple(term for term in _terms(ids, words) if not term.retired)
    return Wanted(item.id, item.title, live)


def made(look: Work, item_id: int | None, asset_id: int) -> str:
    """What an asset that was made for an item did to it; empty without an item."""
    item = _item(look, item_id)
    if item is None:
        return ""
    if item.asset_id != asset_id:
        return "Its plan item was closed meanwhile, so the asset is not attached to it."
    if item.state is PlanState.DONE:
        return "Its plan item is done."
    return "It is attached to its plan item; publishing it closes the item."


def _item(look: Work, item_id: int | None) -> PlanItem | None:
    try:
        return coverage.plan_item(look, item_id) if item_id is not None else None
    except NotFound:
        return None


def choices(look: Work) -> Choices:
    """Who may make it, and who may review it."""
    here = people.colleagues(look)
    return Choices(
        terms=taxonomy.read(look),
        owners=[(p.email, p.name) for p in here if Permission.EDIT_ASSETS in GRANTS[p.role]],
        reviewers=[(str(p.id), p.name) for p in here if p.side is Side.SALES],
    )


def _address(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path
