"""Which assets: filtered, searched without an index, by term, by what is due."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Select, String, cast, func, or_, select

from content_catalog import taxonomy
from content_catalog.actor import Permission
from content_catalog.assets import rules
from content_catalog.assets.cards import (
    AnySelect,
    cards,
    current,
    current_conditions,
    mapped_to,
    not_expired,
)
from content_catalog.assets.models import (
    AssetRow,
    AssetTermRow,
    AssetVersionRow,
)
from content_catalog.assets.types import (
    AssetCard,
    AssetFilter,
    AssetList,
    Reading,
    Status,
    TitleFilter,
)
from content_catalog.database import Work
from content_catalog.taxonomy.models import DimensionRow, TermRow

LONG_LIST = 500
LAST_PAGE = 1_000_000  # beyond what SQLite counts in rows, an offset is an error


def listing(look: Work, wanted: AssetFilter) -> AssetList:
    """The library table: filtered, sorted, in pages."""
    query = _filtered(look, select(AssetRow.id), wanted)
    total = look.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = {
        "title": (AssetRow.title_key, AssetRow.id),
        "review": (AssetRow.review_by.is_(None), AssetRow.review_by, AssetRow.id),
        "uses": (AssetRow.uses.desc(), AssetRow.id),
    }.get(wanted.sort, (AssetRow.updated_at.desc(), AssetRow.id.desc()))
    per_page = min(max(wanted.per_page, 1), LONG_LIST)
    offset = (min(max(wanted.page, 1), LAST_PAGE) - 1) * per_page
    ids = look.session.scalars(query.order_by(*order).limit(per_page).offset(offset)).all()
    return AssetList(total, max(wanted.page, 1), per_page, tuple(cards(look, ids)))


def by_title(look: Work, words: str, wanted: TitleFilter, page: int, per_page: int) -> AssetList:
    """Search without an index: every word in title, summary, tags or a term's name."""
    query = _narrowed(look, select(AssetRow.id), wanted)
    for word in rules.fold(words).split()[:12]:
        query = query.where(
            or_(
                AssetRow.title_key.contains(word, autoescape=True),
                AssetRow.summary.icontains(word, autoescape=True),
                cast(AssetRow.tags, String).icontains(word, autoescape=True),
                AssetRow.id.in_(_with_term_named(look, word)),
            )
        )
    total = look.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = (AssetRow.uses.desc(), AssetRow.updated_at.desc(), AssetRow.id)
    ids = look.session.scalars(
        query.order_by(*order).limit(per_page).offset((page - 1) * per_page)
    ).all()
    return AssetList(total, page, per_page, tuple(cards(look, ids)))


def _narrowed(look: Work, query: AnySelect, wanted: TitleFilter) -> AnySelect:
    statuses = {Status.PUBLISHED.value}
    if look.actor.may(Permission.SEE_UNPUBLISHED) and wanted.statuses:
        statuses = set(wanted.statuses)
    query = query.where(AssetRow.status.in_(statuses))
    if not wanted.with_expired:
        query = query.where(not_expired(look))
    if wanted.audiences:
        query = query.where(AssetRow.audience.in_(wanted.audiences))
    if wanted.owners:
        query = query.where(AssetRow.owner_email.in_(wanted.owners))
    if wanted.formats:
        shown = select(AssetVersionRow.id).where(AssetVersionRow.format.in_(wanted.formats))
        query = query.where(AssetRow.current_version_id.in_(shown))
    if wanted.readable is not None:
        failed = select(AssetVersionRow.id).where(AssetVersionRow.reading == Reading.FAILED.value)
        unread = AssetRow.current_version_id.in_(failed)
        query = query.where(~unread if wanted.readable else unread)
    if wanted.freshness:
        states = {
            "current": AssetRow.review_by >= look.today,
            "overdue": AssetRow.review_by < look.today,
            "unset": AssetRow.review_by.is_(None),
        }
        query = query.where(or_(*(states[state] for state in wanted.freshness)))
    for term_ids in wanted.terms.values():
        query = query.where(mapped_to(term_ids))
    return query


def title_prefix(look: Work, words: str, limit: int) -> list[tuple[int, str]]:
    """Published titles that start with the words."""
    query = current(look, select(AssetRow.id, AssetRow.title)).where(
        AssetRow.title_key.startswith(rules.fold(words), autoescape=True)
    )
    rows = look.session.execute(query.order_by(AssetRow.title_key).limit(limit))
    return [(row.id, row.title) for row in rows]


def find_duplicates(
    look: Work,
    *,
    sha256: str | None = None,
    url: str | None = None,
    title: str | None = None,
    except_id: int | None = None,
) -> list[AssetCard]:
    """Assets the actor may see with the same file, link or title."""
    ids: list[int] = []
    version, current = AssetVersionRow, AssetRow.current_version_id == AssetVersionRow.id
    if sha256:
        query = select(AssetRow.id).join(version, current).where(version.sha256 == sha256)
        ids += look.session.scalars(query.limit(10))
    if url:
        query = select(AssetRow.id).join(version, current)
        ids += look.session.scalars(query.where(version.url_key == rules.url_key(url)).limit(10))
    if title:
        query = select(AssetRow.id).where(AssetRow.title_key == rules.fold(title)[:300])
        ids += look.session.scalars(query.limit(10))
    return cards(look, [asset_id for asset_id in ids if asset_id != except_id])


def review_queue(look: Work, limit: int) -> list[AssetCard]:
    """Published assets whose review is overdue or due within 14 days, the oldest first."""
    look.actor.require(Permission.EDIT_ASSETS)
    horizon = look.today + timedelta(days=rules.DUE_DAYS)
    ids = look.session.scalars(
        current(look, select(AssetRow.id))
        .where(AssetRow.review_by <= horizon)
        .order_by(AssetRow.review_by, AssetRow.id)
        .limit(limit)
    ).all()
    return cards(look, ids)


def for_term(look: Work, term_id: int, limit: int) -> list[AssetCard]:
    """Current assets with this term, the most used first."""
    ids = look.session.scalars(
        current(look, select(AssetRow.id))
        .where(mapped_to((term_id,)))
        .order_by(AssetRow.uses.desc(), AssetRow.updated_at.desc())
        .limit(limit)
    ).all()
    return cards(look, ids)


def counts_by_term(look: Work, dimension: str) -> dict[int, int]:
    """term id -> current assets that carry it."""
    query = (
        select(AssetTermRow.term_id, func.count())
        .join(AssetRow, AssetRow.id == AssetTermRow.asset_id)
        .join(TermRow, TermRow.id == AssetTermRow.term_id)
        .join(DimensionRow, DimensionRow.id == TermRow.dimension_id)
        .where(DimensionRow.slug == dimension, *current_conditions(look))
        .group_by(AssetTermRow.term_id)
    )
    return {row[0]: int(row[1]) for row in look.session.execute(query)}


def _filtered(look: Work, query: AnySelect, wanted: AssetFilter) -> AnySelect:
    query = query.join(AssetVersionRow, AssetVersionRow.id == AssetRow.current_version_id)
    if not look.actor.may(Permission.SEE_UNPUBLISHED):
        query = query.where(AssetRow.status == Status.PUBLISHED.value)
    for word in rules.fold(wanted.text).split()[:12]:
        query = query.where(
            or_(
                AssetRow.title_key.contains(word, autoescape=True),
                AssetRow.external_id.icontains(word, autoescape=True),
                AssetVersionRow.file_name.icontains(word, autoescape=True),
            )
        )
    simple = (
        (wanted.status, AssetRow.status),
        (wanted.audience, AssetRow.audience),
        (wanted.owner, AssetRow.owner_email),
        (wanted.reading, AssetVersionRow.reading),
    )
    for value, column in simple:
        if value is not None:
            query = query.where(column == str(value))
    query = _fresh(look, query, wanted.freshness)
    known = taxonomy.read(look)
    for name, slugs in wanted.terms.items():
        ids = [term.id for slug in slugs if (term := known.term(name, slug))]
        query = query.where(mapped_to(ids))
    if wanted.unmapped and (dimension := known.dimension(wanted.unmapped)):
        query = query.where(~mapped_to([term.id for term in dimension.terms]))
    return query


def _fresh(look: Work, query: AnySelect, state: str | None) -> AnySelect:
    today = look.today
    if state == "overdue":
        return query.where(AssetRow.review_by < today)
    if state == "due":
        horizon = today + timedelta(days=rules.DUE_DAYS)
        return query.where(AssetRow.review_by.between(today, horizon))
    if state == "expired":
        return query.where(AssetRow.expires_on < today)
    return query


def _with_term_named(look: Work, word: str) -> Select[int]:
    ids = [
        term.id
        for term in taxonomy.read(look).terms.values()
        if any(word in rules.fold(name) for name in (term.label, *term.aliases))
    ]
    return select(AssetTermRow.asset_id).where(AssetTermRow.term_id.in_(ids))
