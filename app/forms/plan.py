"""Forms of the plan: what shall be made, for whom, by whom, and who looks at it for sales."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from app.forms.fields import Ticks, VersionedForm, offered
from content_catalog.coverage.types import (
    PLAN_NOTE_LIMIT,
    PLAN_TITLE_LIMIT,
    WHY_LIMIT,
    NewPlanItem,
    PlanEdit,
    PlanItem,
)
from content_catalog.taxonomy import TYPE, Taxonomy, Term

TERM_PREFIX = "term_"
Data = MultiDict[str, str] | None
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers: the words, (e-mail, name) of those who may make assets, (user id, name)
    of those who may review for sales."""

    terms: Taxonomy
    owners: Pairs
    reviewers: Pairs


class PlanForm(VersionedForm):
    """A new or an edited item; the dimensions' fields are added per taxonomy."""

    title = StringField("Title", [DataRequired("Give it a title."), Length(max=PLAN_TITLE_LIMIT)])
    type = SelectField("Content type")
    owner = SelectField("Who makes it")
    due_on = DateField("Due on", [Optional()])
    reviewer = SelectField("Who reviews it for sales")
    note = TextAreaField("What it must say or hold", [Optional(), Length(max=PLAN_NOTE_LIMIT)])

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.place_errors: list[str] = []  # of all dimensions together

    def show(self, problems: Mapping[str, str]) -> list[str]:
        names = {"type_id": "type", "owner_email": "owner", "reviewer_id": "reviewer"}
        self.place_errors += [said for name, said in problems.items() if name == "terms"]
        return super().show({names.get(n, n): s for n, s in problems.items() if n != "terms"})

    def term_ids(self) -> frozenset[int]:
        chosen = (f.data or [] for n, f in self._fields.items() if n.startswith(TERM_PREFIX))
        return frozenset(int(value) for values in chosen for value in values)

    def to_input(self) -> NewPlanItem:
        return NewPlanItem(**self._shared())

    def to_edit(self) -> PlanEdit:
        return PlanEdit(version=self.version.data or 0, **self._shared())

    def _shared(self) -> dict[str, Any]:
        return {
            "title": " ".join((self.title.data or "").split()),
            "terms": self.term_ids(),
            "type_id": int(self.type.data) if self.type.data else None,
            "owner_email": self.owner.data,
            "due_on": self.due_on.data,
            "reviewer_id": int(self.reviewer.data) if self.reviewer.data else None,
            "note": (self.note.data or "").replace("\r\n", "\n").strip(),
        }


class DropForm(VersionedForm):
    why = StringField("Why it is dropped", [DataRequired("Say why."), Length(max=WHY_LIMIT)])


def new_plan_form(draft: NewPlanItem, choices: Choices, data: Data = None) -> PlanForm:
    """Filled with what the cell or the searches say already."""
    values = {
        "title": draft.title,
        "type": _id(draft.type_id),
        "owner": draft.owner_email or "",
        "due_on": draft.due_on,
        "reviewer": _id(draft.reviewer_id),
        "note": draft.note,
    }
    return _made(choices, draft.terms, values, data)


def plan_form(item: PlanItem, choices: Choices, data: Data = None) -> PlanForm:
    """Filled with the item as it is; who is named stays on offer, also after they have left."""
    values = {
        "version": item.version,
        "title": item.title,
        "type": _id(item.type_id),
        "owner": item.owner_email,
        "due_on": item.due_on,
        "reviewer": _id(item.reviewer_id),
        "note": item.note,
    }
    owners = _with(choices.owners, item.owner_email, item.owner_name)
    reviewers = _with(choices.reviewers, _id(item.reviewer_id), item.reviewer_name)
    kept = Choices(choices.terms, owners, reviewers)
    return _made(kept, frozenset(item.term_ids), values, data)


def _made(choices: Choices, chosen: frozenset[int], values: dict[str, Any], data: Data) -> PlanForm:
    """A form class with one field per dimension, so that what an admin adds needs no code."""
    fields: dict[str, Any] = {}
    for dimension in choices.terms.dimensions:
        if dimension.slug == TYPE:
            continue
        if offer := _offered(dimension.terms, chosen):
            fields[TERM_PREFIX + dimension.slug] = Ticks(dimension.label, choices=offered(offer))
            values[TERM_PREFIX + dimension.slug] = [
                str(term.id) for term in dimension.terms if term.id in chosen
            ]
    made: PlanForm = type("PlanForm", (PlanForm,), fields)(formdata=data, data=values)
    types = choices.terms.dimension(TYPE)
    named = frozenset(int(value) for value in (values["type"],) if value)
    kinds = _offered(types.terms, named) if types else []
    made.type.choices = offered([("", "Not decided yet"), *kinds])
    made.owner.choices = offered(choices.owners)
    made.reviewer.choices = offered([("", "Nobody yet"), *choices.reviewers])
    return made


def _offered(terms: Iterable[Term], chosen: frozenset[int]) -> list[tuple[str, str]]:
    """Terms in use, and retired ones that are chosen already."""
    return [(str(t.id), t.label) for t in terms if not t.retired or t.id in chosen]


def _with(pairs: Pairs, value: str, label: str) -> Pairs:
    known = not value or any(one == value for one, _ in pairs)
    return pairs if known else (*pairs, (value, label or value))


def _id(number: int | None) -> str:
    return "" if number is None else str(number)
