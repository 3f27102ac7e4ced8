"""Forms of the taxonomy workshop."""

from __future__ import annotations

from collections.abc import Mapping

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from app.forms.fields import Ticks, WholeField, offered
from content_catalog.taxonomy import (
    STAGE,
    TOLLGATE,
    Dimension,
    DimensionEdit,
    Guide,
    NewDimension,
    NewTerm,
    Phase,
    Taxonomy,
    Term,
    TermEdit,
)

Data = MultiDict[str, str] | None
PHASES = [(Phase.PURCHASE.value, "Before the purchase"), (Phase.POST_PURCHASE.value, "After it")]


class _Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    def show(self, problems: Mapping[str, str]) -> None:
        """Put a command's messages beside their fields, or on the first one."""
        for name, message in problems.items():
            field = self._fields.get(name) or next(iter(self._fields.values()))
            field.errors = [*field.errors, message]


class _Versioned(_Form):
    """Carries the ``version`` it was shown with."""

    version = WholeField("Version", [InputRequired()])
    is_old = False

    def move_to(self, version: int) -> None:
        """Somebody saved in between: what is typed now counts on top of this version."""
        self.version.process(None, version)
        self.version.raw_data = None
        self.is_old = True


class NewDimensionForm(_Form):
    label = StringField("Name", [DataRequired("Give it a name."), Length(max=80)])
    slug = StringField(
        "Short name for addresses and the API",
        [
            DataRequired("Give it a short name."),
            Length(max=40),
            Regexp(r"^[a-z][a-z0-9_-]*$", message="Small letters, digits and hyphens only."),
        ],
    )
    plural = StringField("Column in imports", [Optional(), Length(max=40)])
    definition = TextAreaField("What it means", [Optional(), Length(max=2000)])
    multi = BooleanField("An asset may have several", default=True)
    ordered = BooleanField("The terms have an order", default=False)

    def to_input(self) -> NewDimension:
        return NewDimension(
            slug=(self.slug.data or "").strip(),
            label=(self.label.data or "").strip(),
            plural=(self.plural.data or "").strip(),
            definition=self.definition.data or "",
            multi=self.multi.data,
            ordered=self.ordered.data,
        )


class DimensionForm(_Versioned):
    label = StringField("Name", [DataRequired("Give it a name."), Length(max=80)])
    plural = StringField("Column in imports", [DataRequired("Name the column."), Length(max=40)])
    definition = TextAreaField("What it means", [Optional(), Length(max=2000)])
    multi = BooleanField("An asset may have several")
    ordered = BooleanField("The terms have an order")

    def to_input(self) -> DimensionEdit:
        return DimensionEdit(
            version=self.version.data or 0,
            label=(self.label.data or "").strip(),
            plural=(self.plural.data or "").strip(),
            definition=self.definition.data or "",
            multi=self.multi.data,
            ordered=self.ordered.data,
        )


class _TermFields(_Form):
    label = StringField("Name", [DataRequired("Give it a name."), Length(max=120)])
    definition = TextAreaField("What it means", [Optional(), Length(max=4000)])
    aliases = TextAreaField("Other names, one a line", [Optional(), Length(max=4000)])
    ask = TextAreaField("What to ask", [Optional(), Length(max=4000)])
    say = TextAreaField("What to say", [Optional(), Length(max=4000)])
    do = TextAreaField("What to do", [Optional(), Length(max=4000)])
    send = TextAreaField("What to send", [Optional(), Length(max=4000)])
    phase = SelectField("Phase", choices=offered([("", "None"), *PHASES]))
    tollgates = Ticks("Tollgates of this stage")

    def alias_list(self) -> tuple[str, ...]:
        lines = (line.strip() for line in (self.aliases.data or "").splitlines())
        return tuple(dict.fromkeys(line for line in lines if line))

    def guide(self) -> Guide:
        parts = (self.ask, self.say, self.do, self.send)
        return Guide(*((part.data or "").replace("\r\n", "\n") for part in parts))

    def chosen_phase(self) -> Phase | None:
        return Phase(self.phase.data) if "phase" in self and self.phase.data else None

    def chosen_tollgates(self) -> tuple[str, ...]:
        return tuple(self.tollgates.data or ()) if "tollgates" in self else ()


class NewTermForm(_TermFields):
    slug = StringField("Short name", [Optional(), Length(max=80)])
    dimension_slug = ""

    def to_input(self) -> NewTerm:
        return NewTerm(
            dimension=self.dimension_slug,
            label=(self.label.data or "").strip(),
            slug=(self.slug.data or "").strip(),
            definition=self.definition.data or "",
            aliases=self.alias_list(),
            guide=self.guide(),
            phase=self.chosen_phase(),
            tollgates=self.chosen_tollgates(),
        )


class TermForm(_TermFields, _Versioned):
    def to_input(self) -> TermEdit:
        return TermEdit(
            version=self.version.data or 0,
            label=(self.label.data or "").strip(),
            definition=self.definition.data or "",
            aliases=self.alias_list(),
            guide=self.guide(),
            phase=self.chosen_phase(),
            tollgates=self.chosen_tollgates(),
        )


def new_dimension_form(data: Data = None) -> NewDimensionForm:
    return NewDimensionForm(formdata=data)


def dimension_form(dimension: Dimension, data: Data = None) -> DimensionForm:
    return DimensionForm(formdata=data, obj=dimension, prefix="dimension")


def new_term_form(dimension: Dimension, terms: Taxonomy, data: Data = None) -> NewTermForm:
    form = NewTermForm(formdata=data)
    form.dimension_slug = dimension.slug
    _offer(form, dimension.slug, terms)
    return form


def term_form(term: Term, terms: Taxonomy, data: Data = None) -> TermForm:
    form = TermForm(
        formdata=data,
        data={
            "version": term.version,
            "label": term.label,
            "definition": term.definition,
            "aliases": "\n".join(term.aliases),
            "ask": term.guide.ask,
            "say": term.guide.say,
            "do": term.guide.do,
            "send": term.guide.send,
            "phase": term.phase.value if term.phase else "",
            "tollgates": list(term.tollgates),
        },
    )
    _offer(form, term.dimension, terms)
    return form


def _offer(form: _TermFields, dimension: str, terms: Taxonomy) -> None:
    """Only a stage has tollgates, only a tollgate a phase."""
    if dimension == STAGE:
        gates = terms.by_slug[TOLLGATE].live if TOLLGATE in terms.by_slug else ()
        form.tollgates.choices = offered((t.slug, t.label) for t in gates)
    else:
        del form.tollgates
    if dimension != TOLLGATE:
        del form.phase
