"""Between the catalog's values of an asset and the API's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Request

from app.api.shapes import NO_FIELD, AssetDetail, AssetItem, VersionItem
from app.uploading import keep_file
from app.wiring import services
from content_catalog import taxonomy
from content_catalog.assets import (
    AssetCard,
    AssetPage,
    Content,
    Kind,
    LinkContent,
    Reading,
    TextContent,
    VersionCard,
)
from content_catalog.errors import Invalid
from content_catalog.taxonomy import Taxonomy


def item(card: AssetCard) -> AssetItem:
    return AssetItem(**of_card(card))


def of_card(card: AssetCard) -> dict[str, Any]:
    """What the API tells of an asset wherever it names one, by field."""
    terms = {name: [ref.slug for ref in refs] for name, refs in card.terms.items()}
    return {
        "id": card.id,
        "external_id": card.external_id,
        "title": card.title,
        "url": f"/assets/{card.id}-{card.slug}",
        "summary": card.summary,
        "type": next(iter(terms.get(taxonomy.TYPE, ())), None),
        "kind": card.kind,
        "format": card.format,
        "status": card.status,
        "audience": card.audience,
        "personas": terms.get(taxonomy.PERSONA, []),
        "stages": terms.get(taxonomy.STAGE, []),
        "tollgates": terms.get(taxonomy.TOLLGATE, []),
        "terms": terms,
        "owner": card.owner_email,
        "owner_name": card.owner_name,
        "version": card.version,
        "freshness": card.freshness,
        "uses": card.uses,
        "extraction": extraction(card.reading),
        "page_count": card.page_count,
        "starred": card.starred,
        "updated_at": card.updated_at,
    }


def detail(page: AssetPage) -> AssetDetail:
    fresh = page.card.freshness
    is_file = page.version.kind is Kind.FILE
    return AssetDetail(
        **of_card(page.card),
        use_when=page.use_when,
        do_not_use_when=page.do_not_use_when,
        talk_track=page.talk_track,
        tags=list(page.tags),
        published_on=page.published_on,
        review_by=fresh.review_by,
        expires_on=fresh.expires_on,
        created_at=page.created_at,
        successor=page.successor,
        link=page.version.url,
        body=page.markdown,
        file_url=f"/api/v1/assets/{page.card.id}/file" if is_file else None,
        versions=[_version(version) for version in page.versions],
    )


def _version(version: VersionCard) -> VersionItem:
    return VersionItem(
        number=version.number,
        kind=version.kind,
        format=version.format,
        file_name=version.file_name,
        media_type=version.media_type,
        size=version.size,
        url=version.url,
        created_at=version.created_at,
        created_by=version.created_by,
        extraction=extraction(version.reading),
        message=version.message,
        language=version.language,
    )


def extraction(reading: Reading) -> str:
    """done, pending, failed or none; what was read in part is done, and its message says so."""
    return Reading.DONE.value if reading is Reading.PARTLY else reading.value


def content_of(request: Request) -> Content:
    """The one of ``file``, ``link`` and ``body`` that was sent. Raises ``Invalid``.

    A file is kept under its hash here, before any transaction.
    """
    upload = request.files.get("file")
    link, body = request.form.get("link", "").strip(), request.form.get("body", "")
    given = [name for name, value in (("file", upload), ("link", link), ("body", body)) if value]
    if len(given) > 1:
        raise Invalid(fields=dict.fromkeys(given[1:], "Send only one of file, link and body."))
    if upload:
        return keep_file(services(), upload.stream, upload.filename or "file")
    if link:
        return LinkContent(link)
    if body:
        return TextContent(body)
    raise Invalid(fields={"file": "Send a file, a link or a body."})


def known_dimension(known: Taxonomy, slug: str | None) -> str | None:
    """Raises ``Invalid`` for a dimension that there is not."""
    if slug is not None and known.dimension(slug) is None:
        raise Invalid(fields={"unmapped": f"There is no dimension “{slug}”."})
    return slug


def dimension_terms(
    known: Taxonomy, given: Mapping[str, Any], *, exact: bool = False
) -> dict[str, tuple[str, ...]]:
    """Dimension slug -> term slugs, from keys that are a dimension's slug or plural.

    A slug stands for itself, also a retired one; labels and aliases are understood. With ``exact``
    a value that leads to no term is refused here; otherwise the command says what is wrong with it.
    Raises ``Invalid`` naming keys and values that are none.
    """
    plurals = {dimension.plural: dimension.slug for dimension in known.dimensions}
    found: dict[str, tuple[str, ...]] = {}
    faults: dict[str, str] = {}
    for name, values in given.items():
        slug = name if name in known.by_slug else plurals.get(name)
        texts = [values] if isinstance(values, str) else values
        if slug is None:
            faults[name] = NO_FIELD
        elif not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            faults[name] = "Expected a list of slugs."
        else:
            found[slug] = _slugs(known, slug, texts)
            unknown = [s for s in found[slug] if known.term(slug, s) is None]
            if exact and unknown:
                faults[name] = f"There is no {name} “{unknown[0][:60]}”."
    if faults:
        raise Invalid(fields=faults)
    return found


def _slugs(known: Taxonomy, dimension: str, texts: Sequence[str]) -> tuple[str, ...]:
    def slug(text: str) -> str:
        term = known.term(dimension, text) or taxonomy.resolve(known, dimension, text)
        return term.slug if term else text

    return tuple(dict.fromkeys(slug(text) for text in texts))
