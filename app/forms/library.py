"""Forms of the library: new and edit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    DateField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import URL, DataRequired, InputRequired, Length, Optional

from app.forms.fields import Ticks, WholeField, offered
from content_catalog.assets import (
    MARKDOWN_LIMIT,
    SUMMARY_LIMIT,
    TITLE_LIMIT,
    URL_LIMIT,
    AssetEdit,
    AssetPage,
    Audience,
    Content,
    NewAsset,
    Status,
)
from content_catalog.taxonomy import Taxonomy, Term

TERM_PREFIX = "term_"
AUDIENCES = [
    (Audience.CUSTOMER_READY.value, "Customer-ready"),
    (Audience.INTERNAL.value, "Internal only"),
]
STATUSES = [
    (Status.PUBLISHED.value, "Published"),
    (Status.DRAFT.value, "Draft"),
    (Status.ARCHIVED.value, "Archived"),
]


def _lines(text: str | None) -> str | None:
    """Browsers send line ends their own way; unchanged words must compare as unchanged."""
    return text.replace("\r\n", "\n") if text else text


LINES = (_lines,)


class _AssetFields(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What new and edited assets share; the dimensions' fields are added per taxonomy."""

    title = StringField("Title", [DataRequired("Give it a title."), Length(max=TITLE_LIMIT)])
    summary = TextAreaField("Summary", [Optional(), Length(max=SUMMARY_LIMIT)], LINES)
    audience = RadioField(
        "Can it be sent?", choices=offered(AUDIENCES), default=Audience.INTERNAL.value
    )
    status = SelectField("Status", choices=offered(STATUSES), default=Status.PUBLISHED.value)
    owner = StringField("Owner's e-mail", [Optional(), Length(max=254)])
    use_when = TextAreaField("Use when", [Optional(), Length(max=2000)], LINES)
    do_not_use_when = TextAreaField("Do not use when", [Optional(), Length(max=2000)], LINES)
    talk_track = TextAreaField("Say this", [Optional(), Length(max=4000)], LINES)
    tags = StringField("Tags, separated by commas", [Optional(), Length(max=1000)])
    published_on = DateField("Published on", [Optional()])
    review_by = DateField("Review by", [Optional()])
    expires_on = DateField("Expires on", [Optional()])
    external_id = StringField("Id in another system", [Optional(), Length(max=300)])

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.file_errors: list[str] = []  # the file is no field: it is read from the request

    def terms(self) -> dict[str, tuple[str, ...]]:
        """Dimension slug to chosen term slugs."""
        return {
            name.removeprefix(TERM_PREFIX): _chosen(field.data)
            for name, field in self._fields.items()
            if name.startswith(TERM_PREFIX)
        }

    def shared(self) -> dict[str, Any]:
        """The fields that ``NewAsset`` and ``AssetEdit`` have in common, by their names there."""
        return {
            "title": (self.title.data or "").strip(),
            "summary": self.summary.data or "",
            "audience": Audience(self.audience.data),
            "status": Status(self.status.data),
            "terms": self.terms(),
            "owner": (self.owner.data or "").strip() or None,
            "use_when": self.use_when.data or "",
            "do_not_use_when": self.do_not_use_when.data or "",
            "talk_track": self.talk_track.data or "",
            "tags": self.tag_list(),
            "published_on": self.published_on.data,
            "review_by": self.review_by.data,
            "expires_on": self.expires_on.data,
            "external_id": (self.external_id.data or "").strip() or None,
        }

    def tag_list(self) -> tuple[str, ...]:
        parts = (part.strip() for part in (self.tags.data or "").split(","))
        return tuple(dict.fromkeys(part for part in parts if part))

    def show(self, problems: Mapping[str, str]) -> list[str]:
        """Put a command's messages beside their fields; those without a field are given back."""
        left = []
        for name, message in problems.items():
            field = self._fields.get(name) or self._fields.get(TERM_PREFIX + name)
            if name == "file":
                self.file_errors.append(message)
            elif field is None:
                left.append(message)
            else:
                field.errors = [*field.errors, message]
        return left


class NewAssetForm(_AssetFields):
    """``source`` says which of file, link and text is meant."""

    source = RadioField(
        "What is it?",
        choices=offered([("file", "A file"), ("link", "A link"), ("text", "A text")]),
        default="file",
    )
    link = StringField(
        "Link",
        [Optional(), URL(message="Expected an address such as https://…"), Length(max=URL_LIMIT)],
    )
    body = TextAreaField("Text in Markdown", [Optional(), Length(max=MARKDOWN_LIMIT)], LINES)

    def to_input(self, content: Content) -> NewAsset:
        return NewAsset(content=content, **self.shared())


class EditAssetForm(_AssetFields):
    """Carries the ``version`` it was shown with."""

    version = WholeField("Version", [InputRequired()])

    def typed(self) -> dict[str, Any]:
        """What the form holds, in the shape in which the history keeps fields."""
        edit = self.to_input()
        plain = {
            "title": " ".join((edit.title or "").split()),
            "summary": edit.summary,
            "audience": edit.audience.value if edit.audience else None,
            "status": edit.status.value if edit.status else None,
            "use_when": edit.use_when,
            "do_not_use_when": edit.do_not_use_when,
            "talk_track": edit.talk_track,
            "tags": list(edit.tags or ()),
            "external_id": edit.external_id,
        }
        if edit.owner:  # an empty owner leaves it as it is
            plain["owner"] = edit.owner.lower()
        for name in ("published_on", "review_by", "expires_on"):
            day = getattr(edit, name)
            plain[name] = day.isoformat() if day else None
        return plain | {f"term:{name}": sorted(slugs) for name, slugs in self.terms().items()}

    def on_top_of(self, shown: EditAssetForm, changed: Collection[str]) -> None:
        """Take over from the form as it is now all that is not among the changed fields."""
        for name, field in self._fields.items():
            kept = name.replace(TERM_PREFIX, "term:", 1) if name.startswith(TERM_PREFIX) else name
            if kept not in changed and name != "csrf_token":
                field.process(None, shown._fields[name].data)
                field.raw_data = None  # else a date would still print what was typed

    def to_input(self) -> AssetEdit:
        return AssetEdit(
            version=self.version.data or 0,
            set_fields=frozenset({"published_on", "review_by", "expires_on", "external_id"}),
            **self.shared(),
        )


def new_form(
    taxonomy: Taxonomy,
    data: MultiDict[str, str] | None = None,
    *,
    title: str = "",
    terms: Iterable[Term] = (),
) -> NewAssetForm:
    """``title`` and ``terms`` are what is known of the asset before anybody typed."""
    values: dict[str, Any] = {"title": title} if title else {}
    for term in terms:
        name, dimension = TERM_PREFIX + term.dimension, taxonomy.by_slug[term.dimension]
        if dimension.multi:
            values.setdefault(name, []).append(term.slug)
        else:
            values[name] = term.slug
    form: NewAssetForm = _with_terms(NewAssetForm, taxonomy)(formdata=data, data=values)
    return form


def edit_form(
    taxonomy: Taxonomy, shown: AssetPage, data: MultiDict[str, str] | None = None
) -> EditAssetForm:
    """Filled from the asset, or from what was posted."""
    form: EditAssetForm = _with_terms(EditAssetForm, taxonomy, shown)(
        formdata=data, data=_values(shown, taxonomy)
    )
    return form


def _values(shown: AssetPage, taxonomy: Taxonomy) -> dict[str, Any]:
    card, fresh = shown.card, shown.card.freshness
    values: dict[str, Any] = {
        "version": shown.rev,
        "title": card.title,
        "summary": card.summary,
        "audience": card.audience.value,
        "status": card.status.value,
        "owner": card.owner_email,
        "use_when": shown.use_when,
        "do_not_use_when": shown.do_not_use_when,
        "talk_track": shown.talk_track,
        "tags": ", ".join(shown.tags),
        "published_on": shown.published_on,
        "review_by": fresh.review_by,
        "expires_on": fresh.expires_on,
        "external_id": card.external_id or "",
    }
    for dimension, refs in card.terms.items():
        slugs = [ref.slug for ref in refs]
        known = taxonomy.dimension(dimension)
        several = known is None or known.multi or len(slugs) > 1
        values[TERM_PREFIX + dimension] = slugs if several else slugs[0]
    return values


def _with_terms(base: type[Any], taxonomy: Taxonomy, shown: AssetPage | None = None) -> type[Any]:
    """A form class with one field per dimension, so that what an admin adds needs no code."""
    fields = {}
    for dimension in taxonomy.dimensions:
        refs = shown.card.terms.get(dimension.slug, ()) if shown else ()
        kept = {ref.slug for ref in refs}
        choices = [(t.slug, t.label) for t in dimension.terms if not t.retired or t.slug in kept]
        if not choices:
            continue
        fields[TERM_PREFIX + dimension.slug] = (
            Ticks(dimension.label, choices=offered(choices))
            if dimension.multi or len(kept) > 1  # it was for several once: none is dropped unseen
            else SelectField(dimension.label, choices=offered([("", "None"), *choices]), default="")
        )
    return type(base.__name__, (base,), fields)


def _chosen(data: Sequence[str] | str | None) -> tuple[str, ...]:
    values = [data] if isinstance(data, str) else list(data or ())
    return tuple(value for value in values if value)


__all__ = ["EditAssetForm", "NewAssetForm", "edit_form", "new_form"]
