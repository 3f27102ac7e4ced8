"""Forms of needs: one cell or one term, the defaults in a table, and what the site says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import DecimalField, Field, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from app.forms.fields import Ticks, VersionedForm, WholeField, offered
from content_catalog.coverage import (
    STATEMENT_LIMIT,
    TARGET_LIMIT,
    WHY_LIMIT,
    CoverageSettings,
    NeedRecord,
    Weights,
)
from content_catalog.taxonomy import Term

Data = MultiDict[str, str] | None
ANY = "any"
TARGET_RULE = f"A whole number from 0 to {TARGET_LIMIT}."
POINTS_RULE = "A number from 0 to 1000, such as 2 or 0.5."
_WORDS: dict[bool | None, str] = {None: "", True: "yes", False: "no"}
_VALUES = {"yes": True, "no": False}


def _lines(text: str | None) -> str:
    """Browsers send line ends their own way; unchanged words must compare as unchanged."""
    return (text or "").replace("\r\n", "\n").strip()


class NeedForm(VersionedForm):
    """Empty or the first choice leaves a field to the default."""

    buyer_believes = TextAreaField(
        "What the buyer must believe", [Optional(), Length(max=STATEMENT_LIMIT)]
    )
    rep_proves = TextAreaField("What the rep must prove", [Optional(), Length(max=STATEMENT_LIMIT)])
    target = WholeField(
        "Target: how many assets", [Optional(), NumberRange(0, TARGET_LIMIT, TARGET_RULE)]
    )
    types = Ticks("Which types count")
    customer_ready = RadioField("Must it be customer-ready?")
    needed = RadioField("Is anything needed here?")
    why = TextAreaField("Why nothing is needed", [Length(max=WHY_LIMIT)])

    def validate_types(self, field: Field) -> None:
        if ANY in field.data and len(field.data) > 1:
            raise ValidationError("Tick either any type, or the types that count.")

    def validate_why(self, field: Field) -> None:
        if self.needed.data == "no" and not _lines(field.data):
            raise ValidationError("Say why, so that nobody has to ask.")

    def to_input(self, first_id: int, second_id: int | None) -> NeedRecord:
        ticked = self.types.data or []
        types = frozenset(int(value) for value in ticked if value != ANY) if ticked else None
        return NeedRecord(
            first_id,
            second_id,
            needed=_VALUES.get(self.needed.data),
            target=self.target.data,
            types=types,
            customer_ready=_VALUES.get(self.customer_ready.data),
            buyer_believes=_lines(self.buyer_believes.data),
            rep_proves=_lines(self.rep_proves.data),
            why=_lines(self.why.data),
            version=self.version.data or 0,
        )


def need_form(
    record: NeedRecord,
    types: Iterable[Term],
    by_default: Mapping[str, str],
    data: Data = None,
) -> NeedForm:
    """``by_default`` says in words what holds where nothing is chosen, by field."""
    ticked = [] if record.types is None else [str(one) for one in sorted(record.types)] or [ANY]
    form = NeedForm(
        formdata=data,
        data={
            "version": record.version,
            "buyer_believes": record.buyer_believes,
            "rep_proves": record.rep_proves,
            "target": record.target,
            "types": ticked,
            "customer_ready": _WORDS[record.customer_ready],
            "needed": _WORDS[record.needed],
            "why": record.why,
        },
    )
    form.types.choices = offered([(ANY, "Any type"), *((str(t.id), t.label) for t in types)])
    form.customer_ready.choices = offered(
        [
            ("", f"As the default says: {by_default['customer_ready']}"),
            ("yes", "Yes, internal ones do not count"),
            ("no", "No, internal ones count too"),
        ]
    )
    form.needed.choices = offered(
        [
            ("", f"As the default says: {by_default['needed']}"),
            ("yes", "Yes"),
            ("no", "No, nothing is needed"),
        ]
    )
    return form


READY = (("", "Default"), ("yes", "Customer-ready"), ("no", "Internal too"))


@dataclass(frozen=True, slots=True)
class DefaultRow:
    """A row that somebody touched, with the version it was shown with."""

    term_id: int
    target: int | None
    customer_ready: bool | None
    version: int


class DefaultsForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Targets and audience of all terms of a dimension, a row each; the fields are added per term.

    ``was_…`` is what a row was shown with, so that only rows somebody touched are sent.
    """

    term_ids: tuple[int, ...] = ()
    is_old = False

    def touched(self) -> tuple[DefaultRow, ...]:
        return tuple(
            row
            for row in map(self._row, self.term_ids)
            if self[f"was_{row.term_id}"].data != _shown(row.target, row.customer_ready)
        )

    def _row(self, term_id: int) -> DefaultRow:
        return DefaultRow(
            term_id,
            self[f"target_{term_id}"].data,
            _VALUES.get(self[f"ready_{term_id}"].data),
            self[f"version_{term_id}"].data or 0,
        )

    def move_to(self, records: Iterable[NeedRecord]) -> None:
        """Somebody saved in between: what was typed now counts on top of these, and rows that
        nobody touched here are as they are there."""
        touched = {row.term_id for row in self.touched()}
        for record in records:
            now = _row_values(record)
            for name, value in now.items():
                if record.first_id not in touched or name in ("version", "was"):
                    field = self[f"{name}_{record.first_id}"]
                    field.process(None, value)
                    field.raw_data = None
        self.is_old = True


def defaults_form(
    terms: Sequence[Term], records: Mapping[int, NeedRecord], data: Data = None
) -> DefaultsForm:
    """``records`` by term id."""
    fields: dict[str, Any] = {"term_ids": tuple(term.id for term in terms)}
    values: dict[str, Any] = {}
    in_range = NumberRange(0, TARGET_LIMIT, TARGET_RULE)
    for term in terms:
        record = records[term.id]
        fields |= {
            f"target_{term.id}": WholeField(f"Target of {term.label}", [Optional(), in_range]),
            f"ready_{term.id}": SelectField(
                f"What counts for {term.label}", choices=offered(READY)
            ),
            f"version_{term.id}": WholeField("Version", [InputRequired()]),
            f"was_{term.id}": StringField("Before"),
        }
        values |= {f"{name}_{term.id}": value for name, value in _row_values(record).items()}
    made: DefaultsForm = type("DefaultsForm", (DefaultsForm,), fields)(formdata=data, data=values)
    return made


def _row_values(record: NeedRecord) -> dict[str, Any]:
    return {
        "target": record.target,
        "ready": _WORDS[record.customer_ready],
        "version": record.version,
        "was": _shown(record.target, record.customer_ready),
    }


def _shown(target: int | None, customer_ready: bool | None) -> str:
    return f"{'' if target is None else target}/{_WORDS[customer_ready]}"


class SettingsForm(VersionedForm):
    target = WholeField(
        "Assets a cell needs", [InputRequired(), NumberRange(0, TARGET_LIMIT, TARGET_RULE)]
    )
    missing = DecimalField(
        "Each asset missing to the target",
        [InputRequired(POINTS_RULE), NumberRange(0, 1000, POINTS_RULE)],
        places=None,
    )
    unanswered = DecimalField(
        "Each search without an answer",
        [InputRequired(POINTS_RULE), NumberRange(0, 1000, POINTS_RULE)],
        places=None,
    )
    unopened = DecimalField(
        "Each search whose results nobody opened",
        [InputRequired(POINTS_RULE), NumberRange(0, 1000, POINTS_RULE)],
        places=None,
    )
    use = DecimalField(
        "Each use of what is there",
        [InputRequired(POINTS_RULE), NumberRange(0, 1000, POINTS_RULE)],
        places=None,
    )

    def to_input(self) -> CoverageSettings:
        return CoverageSettings(
            target=self.target.data or 0,
            weights=Weights(
                missing=float(self.missing.data or 0),
                unanswered=float(self.unanswered.data or 0),
                unopened=float(self.unopened.data or 0),
                use=float(self.use.data or 0),
            ),
            version=self.version.data or 0,
        )


def settings_form(settings: CoverageSettings, data: Data = None) -> SettingsForm:
    weights = settings.weights
    return SettingsForm(
        formdata=data,
        data={
            "version": settings.version,
            "target": settings.target,
            "missing": _decimal(weights.missing),
            "unanswered": _decimal(weights.unanswered),
            "unopened": _decimal(weights.unopened),
            "use": _decimal(weights.use),
        },
    )


def _decimal(value: float) -> Decimal:
    """With no more digits than it has: 10, not 10.0."""
    return Decimal(int(value)) if value.is_integer() else Decimal(repr(value))
