"""Cards of assets: what every list shows, in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, column, or_, select, table

from content_catalog import taxonomy
from content_catalog.assets import rules
from content_catalog.assets.models import (
    AssetRow,
    AssetTermRow,
    AssetVersionRow,
)
from content_catalog.assets.types import (
    AssetCard,
    AssetName,
    Audience,
    Kind,
    Reading,
    Status,
    TermRef,
)
from content_catalog.database import Work
from content_catalog.people.models import UserRow

CHUNK = 400  # ids in one IN list, well under SQLite's limit of variables
# Named, not imported: what people keep stands on assets and not the other way round.
_stars = table("stars", column("user_id"), column("asset_id"))

AnySelect = Select[*tuple[Any, ...]]


def cards(look: Work, ids: Sequence[int]) -> list[AssetCard]:
    """Cards in the order given; what the actor may not see, or is gone, is left out."""
    if not ids:
        return []
    found: dict[int, AssetCard] = {}
    for start in range(0, len(ids), CHUNK):
        query = _card_query().where(AssetRow.id.in_(ids[start : start + CHUNK]))
        found |= {card.id: card for card in _cards_of(look, query)}
    return [found[asset_id] for asset_id in dict.fromkeys(ids) if asset_id in found]


def names(look: Work, ids: Sequence[int]) -> dict[int, AssetName]:
    """Id -> what a link shows, in one statement; what the actor may not see is left out."""
    rows = look.session.execute(
        select(AssetRow.id, AssetRow.title, AssetRow.status).where(AssetRow.id.in_(ids))
    ).all()
    return {
        row.id: AssetName(row.id, rules.slug(row.title), row.title)
        for row in rows
        if rules.visible(Status(row.status), look.actor)
    }


def terms_of(look: Work, ids: Sequence[int]) -> dict[int, dict[str, tuple[TermRef, ...]]]:
    """asset id -> dimension slug -> its terms in the taxonomy's order."""
    known = taxonomy.read(look)
    found: dict[int, dict[str, list[TermRef]]] = defaultdict(lambda: defaultdict(list))
    rows = look.session.execute(
        select(AssetTermRow.asset_id, AssetTermRow.term_id).where(AssetTermRow.asset_id.in_(ids))
    ).all()
    order = {term_id: at for at, term_id in enumerate(known.terms)}
    for row in sorted(rows, key=lambda r: order.get(r.term_id, 0)):
        term = known.terms.get(row.term_id)
        if term is not None:
            ref = TermRef(term.id, term.dimension, term.slug, term.label)
            found[row.asset_id][term.dimension].append(ref)
    return {i: {d: tuple(refs) for d, refs in groups.items()} for i, groups in found.items()}


def _card_query() -> AnySelect:
    return (
        select(AssetRow, AssetVersionRow, UserRow.name)
        .join(AssetVersionRow, AssetVersionRow.id == AssetRow.current_version_id)
        .join(UserRow, UserRow.email == AssetRow.owner_email, isouter=True)
    )


def _cards_of(look: Work, query: AnySelect) -> list[AssetCard]:
    rows = [
        row
        for row in look.session.execute(query).all()
        if rules.visible(Status(row[0].status), look.actor)
    ]
    ids = [row[0].id for row in rows]
    terms = terms_of(look, ids)
    starred = _starred(look, ids)
    return [
        _card(look, asset, version, name, terms.get(asset.id, {}), asset.id in starred)
        for asset, version, name in rows
    ]


def _starred(look: Work, ids: Sequence[int]) -> set[int]:
    if look.actor.id is None:
        return set()
    return set(
        look.session.scalars(
            select(_stars.c.asset_id).where(
                _stars.c.user_id == look.actor.id, _stars.c.asset_id.in_(ids)
            )
        )
    )


def _card(
    look: Work,
    row: AssetRow,
    version: AssetVersionRow,
    owner_name: str | None,
    terms: Mapping[str, tuple[TermRef, ...]],
    starred: bool,
) -> AssetCard:
    return AssetCard(
        id=row.id,
        slug=rules.slug(row.title),
        external_id=row.external_id,
        title=row.title,
        summary=row.summary,
        kind=Kind(version.kind),
        format=version.format,
        status=Status(row.status),
        audience=Audience(row.audience),
        freshness=rules.freshness(row.review_by, row.reviewed_on, row.expires_on, look.today),
        terms=terms,
        owner_name=owner_name or row.owner_email,
        owner_email=row.owner_email,
        version=row.rev,
        version_id=version.id,
        page_count=version.page_count,
        has_thumbnail=version.has_thumbnail,
        uses=row.uses,
        reading=Reading(version.reading),
        updated_at=row.updated_at,
        starred=starred,
    )


def mapped_to(term_ids: Iterable[int]) -> Any:
    mapped = select(AssetTermRow.asset_id).where(AssetTermRow.term_id.in_(list(term_ids)))
    return AssetRow.id.in_(mapped)


def not_expired(look: Work) -> Any:
    return or_(AssetRow.expires_on.is_(None), AssetRow.expires_on >= look.today)


def current_conditions(look: Work) -> tuple[Any, ...]:
    """The one rule of what is current, for every statement over assets."""
    return (AssetRow.status == Status.PUBLISHED.value, not_expired(look))


def current(look: Work, query: AnySelect) -> AnySelect:
    """Published and not expired: what anybody finds without asking for more."""
    return query.where(*current_conditions(look))
