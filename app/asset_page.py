"""What the asset page shows beside the asset: where it was found, its neighbours, its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from markupsafe import Markup

from app import finding
from app.criteria import Criteria
from app.jinja import marked_markdown
from app.search_page import Link, ResultCard
from app.wiring import Services
from content_catalog import Permission, analytics, assets, extraction, taxonomy
from content_catalog.analytics import FoundBy
from content_catalog.assets import AssetPage, Kind, PageInfo, PageText, StoredFile
from content_catalog.database import Work
from content_catalog.extraction import MediaKind, WordBox
from content_catalog.taxonomy import STAGE
from search_index import marked
from search_index.errors import IndexUnavailable
from search_index.types import Matches, Snippet

NEIGHBOURS = 200  # results looked through for "1 of 14" and previous/next
THUMBNAILS = 60
MOST_BOXES = 400
TALL, WIDE = 0.77, 1.78  # width / height of a page and of a slide whose own is not known


@dataclass(frozen=True, slots=True)
class Place:
    """Where this asset stands in the list it was opened from."""

    label: str
    back_url: str
    position: int | None = None
    total: int | None = None
    previous_url: str | None = None
    next_url: str | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A hit on the page image, in thousandths of its width and height."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Thumb:
    number: int
    label: str
    image_url: str | None
    url: str
    hits: int
    current: bool
    width_ratio: float


@dataclass(frozen=True, slots=True)
class Viewer:
    """The page in view. ``image_url`` is ``None`` when there is only text.

    ``parts`` alternate (text, is_hit); ``previous_hit_url`` and ``next_hit_url`` step over pages.
    """

    number: int
    label: str
    count: int
    image_url: str | None
    width_ratio: float
    boxes: tuple[Box, ...]
    parts: tuple[tuple[str, bool], ...]
    words: str
    hits_here: int
    hits_total: int
    previous_url: str | None
    next_url: str | None
    previous_hit_url: str | None
    next_hit_url: str | None


@dataclass(frozen=True, slots=True)
class AssetView:
    """All that ``assets/show.html`` prints."""

    asset: AssetPage
    place: Place | None
    thumbs: tuple[Thumb, ...]
    more_pages: int
    viewer: Viewer | None
    why: str
    trust: str
    meter: tuple[bool, ...]
    fits: tuple[tuple[str, str], ...]  # label, definition of each stage it is mapped to
    facts: tuple[tuple[str, tuple[Link, ...]], ...]
    near: tuple[ResultCard, ...]
    found_by: tuple[FoundBy, ...]
    successor: Link | None
    text_url: str
    file_url: str | None
    can_edit: bool
    expired: bool
    rendered: Markup = field(default_factory=Markup)


def build(
    look: Work,
    services: Services,
    shown: AssetPage,
    criteria: Criteria,
    number: int | None,
    *,
    whole: bool = True,
    with_viewer: bool = True,
) -> AssetView:
    """``number`` is the page asked for; without one, the first page with a hit. What only the whole
    page shows (its place in the list, what is similar, who found it) is left out otherwise."""
    found = matches(look, services, shown, criteria)
    hits = found.hit_pages
    terms = taxonomy.read(look)
    stages = {ref.id for ref in shown.card.terms.get(STAGE, ())}
    live = terms.by_slug[STAGE].live if STAGE in terms.by_slug else ()
    base = f"/assets/{shown.card.id}-{shown.card.slug}"
    near = finding.similar(look, services.index, shown.card.id) if whole else []
    is_text = shown.version.kind is Kind.TEXT  # shown as one piece, not page by page
    return AssetView(
        asset=shown,
        place=_place(look, services, shown, criteria) if whole else None,
        thumbs=() if is_text else _thumbs(shown, criteria, hits, number, base),
        more_pages=max(0, len(shown.pages) - THUMBNAILS),
        viewer=_viewer(look, services, shown, criteria, found, number, base)
        if with_viewer and not is_text
        else None,
        why=finding.why(shown.card, criteria, look),
        trust=finding.trust_words(shown.card, look),
        meter=tuple(stage.id in stages for stage in live),
        fits=tuple((s.label, s.definition) for s in live if s.id in stages),
        facts=_facts(shown, terms),
        near=tuple(finding.rows_for(look, near)),
        found_by=analytics.found_by(look, shown.card.id) if whole else (),
        successor=_successor(look, shown) if whole else None,
        text_url=f"/assets/{shown.card.id}/text?{urlencode(_search(criteria))}",
        file_url=f"/assets/{shown.card.id}/file" if shown.version.kind is Kind.FILE else None,
        can_edit=look.actor.may(Permission.EDIT_ASSETS),
        expired=shown.card.freshness.state == "expired",
        rendered=marked_markdown(shown.markdown or "", lambda piece: marked(piece, found.marks)),
    )


def matches(look: Work, services: Services, shown: AssetPage, criteria: Criteria) -> Matches:
    """Where the words stand in this asset, by the same reading of them as the search's."""
    if not criteria.text:
        return Matches({}, ())
    terms = taxonomy.read(look)
    query = finding.query_for(look, Criteria(criteria.text), terms, per_page=1)
    try:
        return services.index.matches(shown.card.id, query)
    except IndexUnavailable:
        return Matches({}, ())


def _place(look: Work, services: Services, shown: AssetPage, criteria: Criteria) -> Place | None:
    """The list this asset was opened from, asked again: same words, same filters, same order."""
    if criteria.empty:
        return None
    query = finding.query_for(look, criteria, taxonomy.read(look), per_page=1)
    try:
        ids, total = services.index.ids(query, NEIGHBOURS)
    except IndexUnavailable:
        return Place("Back to the results", criteria.url())
    words = f" for “{criteria.text}”" if criteria.text else ""
    label = f"{total} {'result' if total == 1 else 'results'}{words}"
    if shown.card.id not in ids:
        return Place(label, criteria.url())
    at = list(ids).index(shown.card.id)
    page = at // finding.PER_PAGE + 1
    search = urlencode(_search(criteria))
    around = [ids[at - 1] if at else None, ids[at + 1] if at + 1 < len(ids) else None]
    urls = [f"/assets/{i}?{search}" if i is not None else None for i in around]
    back = f"{criteria.on_page(page).url()}#result-{shown.card.id}"
    return Place(label, back, at + 1, total, urls[0], urls[1])


def _search(criteria: Criteria) -> list[tuple[str, str]]:
    return criteria.on_page(1).pairs()


def _page_url(base: str, criteria: Criteria, number: int) -> str:
    return f"{base}?{urlencode([*_search(criteria), ('p', str(number))])}"


def _image_url(shown: AssetPage, page: PageInfo, *, small: bool) -> str | None:
    if not page.has_image:
        return None
    size = "w=160&" if small else ""
    return f"/assets/{shown.card.id}/pages/{page.number}.webp?{size}v={shown.version.id}"


def _current(shown: AssetPage, hits: Mapping[int, int], number: int | None) -> int:
    numbers = [page.number for page in shown.pages]
    if number in numbers and number is not None:
        return number
    with_hits = [n for n in numbers if hits.get(n)]
    return (with_hits or numbers or [1])[0]


def _thumbs(
    shown: AssetPage,
    criteria: Criteria,
    hits: Mapping[int, int],
    number: int | None,
    base: str,
) -> tuple[Thumb, ...]:
    current = _current(shown, hits, number)
    usual = WIDE if shown.version.format in ("pptx", "xlsx", "csv") else TALL
    return tuple(
        Thumb(
            page.number,
            page.label,
            _image_url(shown, page, small=True),
            _page_url(base, criteria, page.number),
            hits.get(page.number, 0),
            page.number == current,
            page.width_ratio or usual,
        )
        for page in shown.pages[:THUMBNAILS]
    )


def _viewer(
    look: Work,
    services: Services,
    shown: AssetPage,
    criteria: Criteria,
    found: Matches,
    number: int | None,
    base: str,
) -> Viewer | None:
    if not shown.pages:
        return None
    hits = found.hit_pages
    current = _current(shown, hits, number)
    numbers = [page.number for page in shown.pages]
    at = numbers.index(current)
    page = shown.pages[at]
    image = _image_url(shown, page, small=False)
    text = None if image else assets.page_text(look, shown.version.id, current)
    hit_pages = [n for n in numbers if hits.get(n)]
    before = [n for n in hit_pages if n < current]
    after = [n for n in hit_pages if n > current]

    def url(target: int | None) -> str | None:
        return None if target is None else _page_url(base, criteria, target)

    return Viewer(
        number=current,
        label=page.label,
        count=len(numbers),
        image_url=image,
        width_ratio=page.width_ratio or TALL,
        boxes=_boxes(services, shown, current, found) if image else (),
        parts=marked(text.text, found.marks) if text else (),
        words=criteria.text,
        hits_here=hits.get(current, 0),
        hits_total=sum(hits.values()),
        previous_url=url(numbers[at - 1] if at else None),
        next_url=url(numbers[at + 1] if at + 1 < len(numbers) else None),
        previous_hit_url=url(before[-1] if before else None),
        next_hit_url=url(after[0] if after else None),
    )


def _boxes(services: Services, shown: AssetPage, number: int, found: Matches) -> tuple[Box, ...]:
    """Where the words searched for stand on the page image, from the positions kept at reading."""
    if not found.marks or shown.sha256 is None:
        return ()
    words = extraction.word_boxes(services.blobs.derived(shown.sha256), number)
    return tuple(
        _box(box) for box in words if any(is_hit for _, is_hit in marked(box.word, found.marks))
    )[:MOST_BOXES]


def _box(box: WordBox) -> Box:
    return Box(
        x=round(box.x0 * 1000) - 2,
        y=round(box.y0 * 1000) - 2,
        width=round((box.x1 - box.x0) * 1000) + 4,
        height=round((box.y1 - box.y0) * 1000) + 4,
    )


def _facts(shown: AssetPage, terms: taxonomy.Taxonomy) -> tuple[tuple[str, tuple[Link, ...]], ...]:
    """Every dimension the asset is mapped in, each value a search for more of its kind."""
    return tuple(
        (
            dimension.label,
            tuple(
                Link(ref.label, Criteria(filters={dimension.slug: (ref.slug,)}).url())
                for ref in shown.card.terms[dimension.slug]
            ),
        )
        for dimension in terms.dimensions
        if shown.card.terms.get(dimension.slug)
    )


def _successor(look: Work, shown: AssetPage) -> Link | None:
    if shown.successor is None:
        return None
    cards = assets.cards(look, [shown.successor])
    return Link(cards[0].title, f"/assets/{cards[0].id}-{cards[0].slug}") if cards else None


@dataclass(frozen=True, slots=True)
class TextPage:
    """The text view: every page's text with the hits marked."""

    asset: AssetPage
    pages: tuple[Snippet, ...]
    back_url: str


def text_page(
    look: Work,
    services: Services,
    shown: AssetPage,
    pages: Sequence[PageText],
    criteria: Criteria,
) -> TextPage:
    found = matches(look, services, shown, criteria)
    base = f"/assets/{shown.card.id}-{shown.card.slug}"
    query = urlencode(_search(criteria))
    return TextPage(
        asset=shown,
        pages=tuple(
            Snippet(page.number, page.label, marked(page.text, found.marks)) for page in pages
        ),
        back_url=f"{base}?{query}" if query else base,
    )


def image_path(services: Services, stored: StoredFile, number: int, *, small: bool) -> Path | None:
    """The picture's file, drawn now when it is not there yet; ``None`` when there is none."""
    folder = services.blobs.derived(stored.sha256)
    place = extraction.thumbnail if small else extraction.page_image
    path = place(folder, number)
    if not path.is_file():
        source = services.blobs.path(stored.sha256, stored.size)
        services.reader.render_page(source, MediaKind(stored.format), number, folder)
    return path if path.is_file() else None
