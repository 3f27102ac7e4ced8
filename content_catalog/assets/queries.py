"""Reading assets. Lists take a fixed number of statements whatever their length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, String, cast, func, or_, select

from content_catalog import taxonomy
from content_catalog.actor import Permission
from content_catalog.assets import rules
from content_catalog.assets.models import (
    AssetRevisionRow,
    AssetRow,
    AssetTermRow,
    AssetVersionRow,
    EditingRow,
    FileProblemRow,
    PageTextRow,
)
from content_catalog.assets.types import (
    AssetCard,
    AssetFilter,
    AssetList,
    AssetPage,
    Audience,
    Kind,
    PageInfo,
    PageText,
    Reading,
    Status,
    StoredFile,
    TermRef,
    VersionCard,
)
from content_catalog.database import Work
from content_catalog.errors import NotFound
from content_catalog.people.models import UserRow
from content_catalog.saved.models import StarRow
from content_catalog.taxonomy.models import DimensionRow, TermRow

CHUNK = 400  # ids in one IN list, well under SQLite's limit of variables
LONG_LIST = 500

AnySelect = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Revision:
    """The editable fields as they were at one ``rev``."""

    rev: int
    at: datetime
    by_name: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LibraryStats:
    published: int
    drafts: int
    archived: int
    unreadable: int
    pending: int
    overdue: int


def cards(look: Work, ids: Sequence[int]) -> list[AssetCard]:
    """Cards in the order given; what the actor may not see, or is gone, is left out."""
    if not ids:
        return []
    found: dict[int, AssetCard] = {}
    for start in range(0, len(ids), CHUNK):
        query = _card_query().where(AssetRow.id.in_(ids[start : start + CHUNK]))
        found |= {card.id: card for card in _cards_of(look, query)}
    return [found[asset_id] for asset_id in dict.fromkeys(ids) if asset_id in found]


def page(look: Work, asset_id: int) -> AssetPage:
    """Everything about one asset. Raises ``NotFound`` also for what the actor may not know of."""
    card = next(iter(cards(look, [asset_id])), None)
    row = look.session.get(AssetRow, asset_id)
    if card is None or row is None:
        raise NotFound("asset", asset_id)
    versions = list(
        look.session.scalars(
            select(AssetVersionRow)
            .where(AssetVersionRow.asset_id == asset_id)
            .order_by(AssetVersionRow.number.desc())
        )
    )
    current = next(v for v in versions if v.id == row.current_version_id)
    problem = look.session.scalar(
        select(FileProblemRow.problem).where(FileProblemRow.sha256 == current.sha256)
    )
    return AssetPage(
        card=card,
        version=_version(current),
        versions=tuple(_version(v) for v in versions),
        pages=_pages(look, current),
        markdown=current.markdown,
        use_when=row.use_when,
        do_not_use_when=row.do_not_use_when,
        talk_track=row.talk_track,
        tags=tuple(row.tags),
        published_on=row.published_on,
        successor=row.successor_id,
        file_problem=problem,
        created_at=row.created_at,
        rev=row.rev,
    )


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
    offset = (max(wanted.page, 1) - 1) * per_page
    ids = look.session.scalars(query.order_by(*order).limit(per_page).offset(offset)).all()
    return AssetList(total, max(wanted.page, 1), per_page, tuple(cards(look, ids)))


def by_title(
    look: Work, words: str, filters: Mapping[str, tuple[int, ...]], page: int, per_page: int
) -> AssetList:
    """Search without an index: every word in title, summary, tags or a term's name."""
    query = _current(look, select(AssetRow.id))
    for term_ids in filters.values():
        query = query.where(_mapped_to(term_ids))
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


def title_prefix(look: Work, words: str, limit: int) -> list[tuple[int, str]]:
    """Published titles that start with the words."""
    query = _current(look, select(AssetRow.id, AssetRow.title)).where(
        AssetRow.title_key.startswith(rules.fold(words), autoescape=True)
    )
    rows = look.session.execute(query.order_by(AssetRow.title_key).limit(limit))
    return [(row.id, row.title) for row in rows]


def titles(look: Work, ids: Sequence[int]) -> list[tuple[int, str]]:
    """Titles of what the actor may see, in the order given."""
    query = select(AssetRow.id, AssetRow.title, AssetRow.status).where(AssetRow.id.in_(ids))
    found = {
        row.id: row.title
        for row in look.session.execute(query)
        if rules.visible(Status(row.status), look.actor)
    }
    return [(asset_id, found[asset_id]) for asset_id in ids if asset_id in found]


def text(look: Work, asset_id: int) -> tuple[PageText, ...]:
    """The text of every page of the current version. Raises ``NotFound``."""
    row = _visible_row(look, asset_id)
    rows = look.session.scalars(
        select(PageTextRow)
        .where(PageTextRow.version_id == row.current_version_id)
        .order_by(PageTextRow.number)
    )
    return tuple(PageText(r.number, r.kind, r.label, r.text) for r in rows)


def page_text(look: Work, version_id: int, number: int) -> PageText | None:
    row = look.session.get(PageTextRow, (version_id, number))
    return PageText(row.number, row.kind, row.label, row.text) if row else None


def stored_file(look: Work, asset_id: int, number: int | None = None) -> StoredFile:
    """What a download needs; ``number`` asks for an older version. Raises ``NotFound``.

    Old versions are for those who may edit: what was replaced is not sent any more.
    """
    row = _visible_row(look, asset_id)
    query = select(AssetVersionRow).where(AssetVersionRow.asset_id == asset_id)
    if number is None:
        query = query.where(AssetVersionRow.id == row.current_version_id)
    else:
        query = query.where(AssetVersionRow.number == number)
    version = look.session.scalar(query)
    if version is None or version.sha256 is None or version.size is None:
        raise NotFound("file of asset", asset_id)
    return StoredFile(
        version.sha256,
        version.size,
        version.file_name or "file",
        version.media_type or "application/octet-stream",
        version.format,
    )


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


def history(look: Work, asset_id: int) -> tuple[Revision, ...]:
    """Every revision of the fields, newest first."""
    look.actor.require(Permission.SEE_UNPUBLISHED)
    _visible_row(look, asset_id)
    rows = look.session.scalars(
        select(AssetRevisionRow)
        .where(AssetRevisionRow.asset_id == asset_id)
        .order_by(AssetRevisionRow.rev.desc())
        .limit(200)
    )
    return tuple(Revision(r.rev, r.at, r.by_name, dict(r.fields)) for r in rows)


def editors(look: Work, asset_id: int) -> tuple[str, ...]:
    """Names of others who opened the edit form within the last two minutes."""
    rows = look.session.scalars(
        select(UserRow.name)
        .join(EditingRow, EditingRow.user_id == UserRow.id)
        .where(
            EditingRow.asset_id == asset_id,
            EditingRow.at > look.now - timedelta(minutes=2),
            UserRow.id != (look.actor.id or 0),
        )
        .order_by(UserRow.name)
    )
    return tuple(rows)


def review_queue(look: Work, limit: int) -> list[AssetCard]:
    """Published assets whose review is overdue or due within 14 days, the oldest first."""
    look.actor.require(Permission.EDIT_ASSETS)
    horizon = look.today + timedelta(days=rules.DUE_DAYS)
    ids = look.session.scalars(
        _current(look, select(AssetRow.id))
        .where(AssetRow.review_by <= horizon)
        .order_by(AssetRow.review_by, AssetRow.id)
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
        .where(DimensionRow.slug == dimension, *_current_conditions(look))
        .group_by(AssetTermRow.term_id)
    )
    return {row[0]: int(row[1]) for row in look.session.execute(query)}


def for_term(look: Work, term_id: int, limit: int) -> list[AssetCard]:
    """Current assets with this term, the most used first."""
    ids = look.session.scalars(
        _current(look, select(AssetRow.id))
        .where(_mapped_to((term_id,)))
        .order_by(AssetRow.uses.desc(), AssetRow.updated_at.desc())
        .limit(limit)
    ).all()
    return cards(look, ids)


def owners(look: Work) -> list[tuple[str, str, int]]:
    """E-mail, name (the e-mail where there is no account), number of assets; by name."""
    count = func.count(AssetRow.id)
    rows = look.session.execute(
        select(AssetRow.owner_email, UserRow.name, count)
        .join(UserRow, UserRow.email == AssetRow.owner_email, isouter=True)
        .where(AssetRow.owner_email != "")
        .group_by(AssetRow.owner_email, UserRow.name)
    )
    found = [(email, name or email, int(n)) for email, name, n in rows]
    return sorted(found, key=lambda owner: owner[1].casefold())


def owner_names(look: Work) -> dict[str, str]:
    """E-mail -> name of everyone who owns an asset."""
    return {email: name for email, name, _ in owners(look)}


def stats(look: Work) -> LibraryStats:
    """How many there are of what an editor looks after."""
    look.actor.require(Permission.SEE_UNPUBLISHED)
    statuses = dict(
        look.session.execute(select(AssetRow.status, func.count()).group_by(AssetRow.status)).all()
    )
    readings = dict(
        look.session.execute(
            select(AssetVersionRow.reading, func.count())
            .join(AssetRow, AssetRow.current_version_id == AssetVersionRow.id)
            .group_by(AssetVersionRow.reading)
        ).all()
    )
    overdue = look.session.scalar(
        _current(look, select(func.count(AssetRow.id))).where(AssetRow.review_by < look.today)
    )
    return LibraryStats(
        published=statuses.get("published", 0),
        drafts=statuses.get("draft", 0),
        archived=statuses.get("archived", 0),
        unreadable=readings.get("failed", 0),
        pending=readings.get("pending", 0),
        overdue=overdue or 0,
    )


def by_external_id(look: Work, external_id: str) -> int | None:
    return look.session.scalar(select(AssetRow.id).where(AssetRow.external_id == external_id))


def sha256_of(look: Work, asset_id: int) -> str | None:
    """Of the current version's file."""
    row = _visible_row(look, asset_id)
    return look.session.scalar(
        select(AssetVersionRow.sha256).where(AssetVersionRow.id == row.current_version_id)
    )


def _visible_row(look: Work, asset_id: int) -> AssetRow:
    row = look.session.get(AssetRow, asset_id)
    if row is None or not rules.visible(Status(row.status), look.actor):
        raise NotFound("asset", asset_id)
    return row


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


def _starred(look: Work, ids: Sequence[int]) -> set[int]:
    if look.actor.id is None:
        return set()
    return set(
        look.session.scalars(
            select(StarRow.asset_id).where(
                StarRow.user_id == look.actor.id, StarRow.asset_id.in_(ids)
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


def _version(row: AssetVersionRow) -> VersionCard:
    return VersionCard(
        id=row.id,
        number=row.number,
        kind=Kind(row.kind),
        file_name=row.file_name,
        media_type=row.media_type,
        format=row.format,
        size=row.size,
        url=row.url,
        created_at=row.created_at,
        created_by=row.created_by_name,
        reading=Reading(row.reading),
        message=row.message,
        page_count=row.page_count,
        language=row.language,
        active_content=row.active_content,
    )


def _pages(look: Work, version: AssetVersionRow) -> tuple[PageInfo, ...]:
    """The pages as units of text; pictures without text are pages all the same."""
    rows = look.session.execute(
        select(PageTextRow.number, PageTextRow.label, PageTextRow.width_ratio)
        .where(PageTextRow.version_id == version.id)
        .order_by(PageTextRow.number)
    ).all()
    by_number = {row.number: row for row in rows}
    drawable = drawable_pages(version.format, version.page_count, version.image_pages)
    numbers = sorted({*by_number, *range(1, drawable + 1)})
    return tuple(
        PageInfo(
            number=number,
            label=by_number[number].label if number in by_number else f"p. {number}",
            has_image=number <= drawable,
            width_ratio=by_number[number].width_ratio if number in by_number else None,
        )
        for number in numbers
    )


def drawable_pages(file_format: str, page_count: int | None, drawn: int) -> int:
    """Up to which page there is an image: all of a PDF (drawn when asked for), else what is drawn."""
    return max(page_count or 0, drawn) if file_format == "pdf" and drawn else drawn


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
    for dimension, slugs in wanted.terms.items():
        ids = [term.id for slug in slugs if (term := known.term(dimension, slug))]
        query = query.where(_mapped_to(ids))
    if wanted.unmapped:
        dimension_terms = known.by_slug[wanted.unmapped].terms
        query = query.where(~_mapped_to([term.id for term in dimension_terms]))
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


def _mapped_to(term_ids: Iterable[int]) -> Any:
    mapped = select(AssetTermRow.asset_id).where(AssetTermRow.term_id.in_(list(term_ids)))
    return AssetRow.id.in_(mapped)


def _with_term_named(look: Work, word: str) -> Select[int]:
    ids = [
        term.id
        for term in taxonomy.read(look).terms.values()
        if any(word in rules.fold(name) for name in (term.label, *term.aliases))
    ]
    return select(AssetTermRow.asset_id).where(AssetTermRow.term_id.in_(ids))


def _current_conditions(look: Work) -> tuple[Any, ...]:
    return (
        AssetRow.status == Status.PUBLISHED.value,
        or_(AssetRow.expires_on.is_(None), AssetRow.expires_on >= look.today),
    )


def _current(look: Work, query: AnySelect) -> AnySelect:
    """Published and not expired: what anybody finds without asking for more."""
    return query.where(*_current_conditions(look))
