"""The rows behind the numbers of a coverage page: assets, and cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from app.coverage_controls import chips, supposition
from app.coverage_drill import newest_first, reasons
from app.coverage_page import Counted, Next, cells_url, current_cell, list_url, next_line
from app.coverage_view import CoverageCriteria
from app.search_page import Chip, Link, Pagination
from app.words import plural, within
from content_catalog import Permission, assets, coverage, taxonomy
from content_catalog.assets import AssetCard, TermRef
from content_catalog.coverage import Axis, Cell, Matrix, Verdict
from content_catalog.database import Work

PER_PAGE = 50
TITLES = {
    "counted": ("Assets that count", "Each in at least one cell of this view."),
    "live": ("Live assets", "Published and not expired, within the filters."),
    "unmapped": (
        "Unmapped assets",
        "Live, but without a term on an axis, so they count in no cell.",
    ),
    "unverified": (
        "Unverified assets",
        "Live, but past their review date or without one. Nobody vouches for them today.",
    ),
    "over_tagged": (
        "Over-tagged assets",
        "They carry more than half of an axis's terms, so being mapped says little.",
    ),
    "stale": ("Stale assets", "Past their review date. Each would count somewhere after a review."),
    "cell": ("Assets of a cell", "What counts comes first, then what does not, with the reasons."),
}
CELL_TITLES = {
    "met": ("Cells that meet their target", "Cells marked as not needed are left out."),
    "gap": ("Gaps", "Nothing counts in these cells."),
    "thin": ("Thin cells", "Something counts, less than the target."),
    "next": ("Make these next", "The heaviest gaps first. The weights can be changed."),
    "not_needed": ("Cells marked as not needed", "They are left out of the percentage."),
}
WHICH, WHICH_CELLS = tuple(TITLES), tuple(CELL_TITLES)


@dataclass(frozen=True, slots=True)
class Row:
    """``counts`` is ``None`` outside a cell's list; ``why`` says why an asset does not count."""

    card: AssetCard
    places: tuple[str, ...]
    counts: bool | None
    why: str


@dataclass(frozen=True, slots=True)
class AssetsPage:
    """``missing`` counts assets that were there when this was counted and are not any more."""

    title: str
    text: str
    view: str
    counted_at: datetime
    supposed: str
    chips: tuple[Chip, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    total: int
    pages: Pagination
    tabs: tuple[tuple[str, str, bool], ...]
    fixes: tuple[Link, ...]
    missing: int
    back_url: str


@dataclass(frozen=True, slots=True)
class CellsPage:
    title: str
    text: str
    view: str
    counted_at: datetime
    supposed: str
    chips: tuple[Chip, ...]
    rows: tuple[Next, ...]
    total: int
    tabs: tuple[tuple[str, str, bool], ...]
    back_url: str


def assets_page(look: Work, counted: Counted, which: str, page: int) -> AssetsPage:
    """``which`` is one of ``WHICH``; without a cell in the address, "cell" lists what counts."""
    criteria, matrix = counted.criteria, counted.matrix
    cell = current_cell(counted) if which == "cell" else None
    which = "counted" if which == "cell" and cell is None else which
    ids, why = _of_cell(counted, cell) if cell else (_of_matrix(matrix, which), {})
    pages = max(1, -(-len(ids) // PER_PAGE))
    page = min(page, pages)
    shown = ids[(page - 1) * PER_PAGE : page * PER_PAGE]
    cards = assets.cards(look, shown)
    title, text = TITLES[which]
    return AssetsPage(
        title=next_line(criteria, matrix, cell).label if cell else title,
        text=text,
        view=_view(matrix),
        counted_at=matrix.at,
        supposed=supposition(criteria),
        chips=_chips(look, counted),
        columns=tuple(axis.label for axis in _axes(matrix)),
        rows=tuple(_row(card, matrix, why if cell else None) for card in cards),
        total=len(ids),
        pages=_pagination(criteria, which, page, pages, len(ids)),
        tabs=_tabs(matrix, criteria, which),
        fixes=_fixes(look, counted) if which == "unmapped" else (),
        missing=len(shown) - len(cards),
        back_url=criteria.url(),
    )


def cells_page(look: Work, counted: Counted, which: str) -> CellsPage:
    """``which`` is one of ``WHICH_CELLS``; the heaviest first."""
    criteria, matrix = counted.criteria, counted.matrix
    found = _cells(matrix, which)
    title, text = CELL_TITLES[which]
    return CellsPage(
        title=title,
        text=text,
        view=_view(matrix),
        counted_at=matrix.at,
        supposed=supposition(criteria),
        chips=_chips(look, counted),
        rows=tuple(next_line(criteria, matrix, cell) for cell in found),
        total=len(found),
        tabs=tuple((CELL_TITLES[w][0], cells_url(criteria, w), w == which) for w in WHICH_CELLS),
        back_url=criteria.changed(cell=None).url(),
    )


def _of_matrix(matrix: Matrix, which: str) -> list[int]:
    return newest_first([*getattr(matrix.declared, which)])


def _of_cell(counted: Counted, cell: Cell) -> tuple[list[int], Mapping[int, str]]:
    found = coverage.evidence(counted.picture, counted.criteria.view(), cell.row_id, cell.col_id)
    why = {left.asset_id: reasons(left.reasons) for left in found.not_counted}
    return [*newest_first(found.counted), *newest_first([*why])], why


def _cells(matrix: Matrix, which: str) -> list[Cell]:
    if which == "next":
        return [c for c in coverage.ranked(matrix, len(matrix.cells)) if c.score.total > 0]
    found = matrix.met if which == "met" else matrix.having(Verdict(which))
    return sorted(found, key=lambda cell: -cell.score.total)


def _row(card: AssetCard, matrix: Matrix, why: Mapping[int, str] | None) -> Row:
    places = tuple(_labels(card.terms.get(axis.dimension, ())) for axis in _axes(matrix))
    if why is None:
        return Row(card, places, None, "")
    return Row(card, places, card.id not in why, why.get(card.id, ""))


def _labels(terms: Sequence[TermRef]) -> str:
    return ", ".join(term.label for term in terms)


def _axes(matrix: Matrix) -> tuple[Axis, ...]:
    return tuple(axis for axis in (matrix.rows, matrix.cols) if axis is not None)


def _view(matrix: Matrix) -> str:
    return " × ".join(axis.label for axis in _axes(matrix))


def _chips(look: Work, counted: Counted) -> tuple[Chip, ...]:
    """The filters of the page these rows are behind; they are changed there."""
    return chips(counted.criteria, taxonomy.read(look))


def _tabs(
    matrix: Matrix, criteria: CoverageCriteria, which: str
) -> tuple[tuple[str, str, bool], ...]:
    plain = criteria.changed(cell=None)
    names = [name for name in WHICH if name != "cell"]
    found = [
        (
            f"{TITLES[name][0].removesuffix(' assets')} · {len(getattr(matrix.declared, name))}",
            list_url(plain, name),
            name == which,
        )
        for name in names
    ]
    return () if which == "cell" else tuple(found)


def _fixes(look: Work, counted: Counted) -> tuple[Link, ...]:
    """Where the missing terms are added: the library, narrowed to what lacks them."""
    if not look.actor.may(Permission.EDIT_ASSETS):
        return ()
    found = []
    for axis in _axes(counted.matrix):
        whole = counted.picture.axes[axis.dimension]
        mapped = counted.picture.library.with_any(term.id for term in whole.terms)
        lacking = len(counted.matrix.declared.live - mapped)
        if lacking:
            query = urlencode({"unmapped": axis.dimension, "status": "published"})
            words = f"Map {plural(lacking, 'asset')} without {within(axis.label)}"
            found.append(Link(words, f"/library?{query}"))
    return tuple(found)


def _pagination(
    criteria: CoverageCriteria, which: str, page: int, pages: int, total: int
) -> Pagination:
    def url(number: int) -> str:
        return f"{list_url(criteria, which)}&page={number}"

    return Pagination(
        page,
        pages,
        total,
        url(page - 1) if page > 1 else None,
        url(page + 1) if page < pages else None,
    )
