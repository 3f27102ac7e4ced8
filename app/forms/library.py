"""Forms of the library: new, edit, bulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import URL, DataRequired, Email, InputRequired, Length, Optional

from content_catalog.assets import (
    MARKDOWN_LIMIT,
    SUMMARY_LIMIT,
    TITLE_LIMIT,
    URL_LIMIT,
    AssetEdit,
    AssetPage,
    Audience,
    BulkEdit,
    Content,
    NewAsset,
    Status,
)
from content_catalog.taxonomy import Taxonomy

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
DATE_HINT = "A date such as 2026-12-31."


class _AssetFields(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What new and edited assets share; the dimensions' fields are added per taxonomy."""

    title = StringField("Title", [DataRequired("Give it a title."), Length(max=TITLE_LIMIT)])
    summary = TextAreaField("Summary", [Optional(), Length(max=SUMMARY_LIMIT)])
    audience = RadioField("Can it be sent?", choices=AUDIENCES, default=Audience.INTERNAL.value)
    status = SelectField("Status", choices=STATUSES, default=Status.PUBLISHED.value)
    owner = StringField("Owner's e-mail", [Optional(), Length(max=254)])
    use_when = TextAreaField("Use when", [Optional(), Length(max=2000)])
    do_not_use_when = TextAreaField("Do not use when", [Optional(), Length(max=2000)])
    talk_track = TextAreaField("Say this", [Optional(), Length(max=4000)])
    tags = StringField("Tags, separated by commas", [Optional(), Length(max=1000)])
    published_on = DateField("Published on", [Optional()])
    review_by = DateField("Review by", [Optional()])
    expires_on = DateField("Expires on", [Optional()])
    external_id = StringField("Id in another system", [Optional(), Length(max=300)])

    def terms(self) -> dict[str, tuple[str, ...]]:
        """Dimension slug to chosen term slugs."""
        return {
            name.removeprefix(TERM_PREFIX): _chosen(field.data)
            for name, field in self._fields.items()
            if name.startswith(TERM_PREFIX)
        }

    def tag_list(self) -> tuple[str, ...]:
        parts = (part.strip() for part in (self.tags.data or "").split(","))
        return tuple(dict.fromkeys(part for part in parts if part))

    def show(self, problems: Mapping[str, str]) -> list[str]:
        """Put a command's messages beside their fields; those without a field are given back."""
        left = []
        for name, message in problems.items():
            field = self._fields.get(name) or self._fields.get(TERM_PREFIX + name)
            if field is None:
                left.append(message)
            else:
                field.errors = [*field.errors, message]
        return left


class NewAssetForm(_AssetFields):
    """``source`` says which of file, link and text is meant."""

    source = RadioField(
        "What is it?",
        choices=[("file", "A file"), ("link", "A link"), ("text", "A text")],
        default="file",
    )
    link = StringField(
        "Link",
        [Optional(), URL(message="Expected an address such as https://…"), Length(max=URL_LIMIT)],
    )
    body = TextAreaField("Text in Markdown", [Optional(), Length(max=MARKDOWN_LIMIT)])

    def to_input(self, content: Content) -> NewAsset:
        return NewAsset(
            title=(self.title.data or "").strip(),
            content=content,
            summary=self.summary.data or "",
            audience=Audience(self.audience.data),
            status=Status(self.status.data),
            terms=self.terms(),
            owner=(self.owner.data or "").strip() or None,
            use_when=self.use_when.data or "",
            do_not_use_when=self.do_not_use_when.data or "",
            talk_track=self.talk_track.data or "",
            tags=self.tag_list(),
            published_on=self.published_on.data,
            review_by=self.review_by.data,
            expires_on=self.expires_on.data,
            external_id=(self.external_id.data or "").strip() or None,
        )


class EditAssetForm(_AssetFields):
    """Carries the ``version`` it was shown with."""

    version = IntegerField("Version", [InputRequired()])

    def to_input(self) -> AssetEdit:
        return AssetEdit(
            version=self.version.data or 0,
            title=(self.title.data or "").strip(),
            summary=self.summary.data or "",
            audience=Audience(self.audience.data),
            status=Status(self.status.data),
            terms=self.terms(),
            owner=(self.owner.data or "").strip() or None,
            use_when=self.use_when.data or "",
            do_not_use_when=self.do_not_use_when.data or "",
            talk_track=self.talk_track.data or "",
            tags=self.tag_list(),
            published_on=self.published_on.data,
            review_by=self.review_by.data,
            expires_on=self.expires_on.data,
            external_id=(self.external_id.data or "").strip() or None,
            set_fields=frozenset({"published_on", "review_by", "expires_on", "external_id"}),
        )


class BulkEditForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """One change to the ticked rows; ``change`` is ``add:stage:evaluate`` and the like."""

    ids = SelectMultipleField("Assets", coerce=int, validate_choice=False)
    change = SelectField("Change", validate_choice=False)
    owner = StringField(
        "Owner's e-mail", [Optional(), Email(message="Expected an e-mail address.")]
    )
    review_by = DateField("Review by", [Optional()])

    def to_input(self) -> BulkEdit | None:
        """``None`` when nothing was chosen."""
        kind, _, rest = (self.change.data or "").partition(":")
        key, _, value = rest.partition(":")
        ids = tuple(dict.fromkeys(self.ids.data or ()))
        if not ids:
            return None
        return {
            "add": lambda: BulkEdit(ids, add_terms={key: (value,)}),
            "remove": lambda: BulkEdit(ids, remove_terms={key: (value,)}),
            "status": lambda: BulkEdit(ids, status=Status(key)),
            "audience": lambda: BulkEdit(ids, audience=Audience(key)),
            "owner": lambda: BulkEdit(ids, owner=self.owner.data or None),
            "review": lambda: BulkEdit(ids, review_by=self.review_by.data),
        }.get(kind, lambda: None)()


def new_form(taxonomy: Taxonomy, data: MultiDict[str, str] | None = None) -> NewAssetForm:
    form: NewAssetForm = _with_terms(NewAssetForm, taxonomy)(formdata=data)
    return form


def edit_form(
    taxonomy: Taxonomy, shown: AssetPage, data: MultiDict[str, str] | None = None
) -> EditAssetForm:
    """Filled from the asset, or from what was posted."""
    form: EditAssetForm = _with_terms(EditAssetForm, taxonomy, shown)(
        formdata=data, data=_values(shown)
    )
    return form


def _values(shown: AssetPage) -> dict[str, Any]:
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
        values[TERM_PREFIX + dimension] = slugs
    return values


def _with_terms(base: type[Any], taxonomy: Taxonomy, shown: AssetPage | None = None) -> type[Any]:
    """A form class with one field per dimension, so that what an admin adds needs no code."""
    fields = {}
    for dimension in taxonomy.dimensions:
        kept = {ref.slug for ref in shown.card.terms.get(dimension.slug, ())} if shown else set()
        choices = [(t.slug, t.label) for t in dimension.terms if not t.retired or t.slug in kept]
        name = TERM_PREFIX + dimension.slug
        fields[name] = SelectMultipleField(
            dimension.label, choices=choices, description=dimension.definition
        )
    return type(base.__name__, (base,), fields)


def _chosen(data: Sequence[str] | str | None) -> tuple[str, ...]:
    values = [data] if isinstance(data, str) else list(data or ())
    return tuple(value for value in values if value)


__all__ = ["BulkEditForm", "EditAssetForm", "NewAssetForm", "edit_form", "new_form"]
