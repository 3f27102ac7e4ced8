"""A coverage page is a value, and every link on it is that value with one change.

Knows nothing of Flask: a query string comes in as pairs and goes out as text, keys in one order,
so that equal pages are equal addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from app.criteria import AUDIENCE, AUDIENCE_VALUES, FIRST, FRESH, READABLE, READING, Criteria
from content_catalog import taxonomy as taxonomies
from content_catalog.assets import Audience
from content_catalog.coverage import Axis, Cell, Matrix, Measure, Order, View
from content_catalog.taxonomy import PERSONA, STAGE, TYPE, Dimension, Taxonomy

ROWS, COLS = STAGE, PERSONA  # of the page without a query string
NO_COLS = "none"
PLANNED = "planned"
EXPIRING = (30, 60, 90)
ALL = "all"
CELL_LIMIT = 200
OWN_KEYS = ("rows", "cols", "measure", "sort", "what_if", "as_of", "columns", "cell", "shown")


@dataclass(frozen=True, slots=True)
class CoverageCriteria:
    """``cols`` is ``None`` for a list of rows. ``filters`` maps key to slugs: OR within a key, AND
    between keys. ``cell`` is the opened one, as slugs of row and column (``None`` in a list)."""

    rows: str = ROWS
    cols: str | None = COLS
    measure: Measure = Measure.ASSETS
    order: Order = Order.PIPELINE
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cell: tuple[str, str | None] | None = None
    as_of: date | None = None
    shipped: bool = False
    expiring_days: int = 0
    all_columns: bool = False

    @property
    def what_if(self) -> bool:
        return self.shipped or self.expiring_days > 0

    @property
    def axes_key(self) -> str:
        """The axes as a form sends them along, so that an answer knows what was changed."""
        return f"{self.rows}.{self.cols or NO_COLS}"

    @property
    def cell_key(self) -> str:
        """The opened cell as the address names it; empty without one."""
        return ".".join(slug for slug in self.cell or () if slug)

    def view(self) -> View:
        """Which matrix this is; measure, order and the opened cell do not change its numbers."""
        return View(self.rows, self.cols, self.filters, self.shipped, self.expiring_days)

    def selected(self, key: str) -> tuple[str, ...]:
        return self.filters.get(key, ())

    def changed(self, **changes: Any) -> CoverageCriteria:
        """With other values of fields. Another axis closes the cell, and one that takes the other's
        dimension changes places with it."""
        made = replace(self, **changes)
        if (made.rows, made.cols) == (self.rows, self.cols):
            return made
        if made.rows == made.cols:
            if "rows" in changes:
                made = replace(made, cols=self.rows)
            else:
                made = replace(made, rows=self.cols or COLS)
        return made if "cell" in changes else replace(made, cell=None)

    def filtered(self, key: str, values: Iterable[str]) -> CoverageCriteria:
        """With exactly these values of a key; none takes the filter off."""
        filters = {k: v for k, v in self.filters.items() if k != key}
        if chosen := tuple(sorted(set(values))):
            filters[key] = chosen
        return replace(self, filters=filters)

    def toggling(self, key: str, value: str) -> CoverageCriteria:
        chosen = self.selected(key)
        if value in chosen:
            return self.filtered(key, (v for v in chosen if v != value))
        return self.filtered(key, (*chosen, value))

    def pairs(self) -> list[tuple[str, str]]:
        """Key and value pairs in canonical order, defaults left out; the axes only together."""
        found: list[tuple[str, str]] = []
        if (self.rows, self.cols) != (ROWS, COLS):
            found += [("rows", self.rows), ("cols", self.cols or NO_COLS)]
        if self.measure is not Measure.ASSETS:
            found.append(("measure", self.measure.value))
        if self.order is not Order.PIPELINE:
            found.append(("sort", self.order.value))
        keys = [k for k in FIRST if k in self.filters]
        keys += sorted(k for k in self.filters if k not in FIRST)
        found += [(key, value) for key in keys for value in self.filters[key]]
        if self.shipped:
            found.append(("what_if", PLANNED))
        if self.expiring_days:
            found.append(("what_if", str(self.expiring_days)))
        if self.as_of:
            found.append(("as_of", self.as_of.isoformat()))
        if self.all_columns:
            found.append(("columns", ALL))
        if self.cell:
            found.append(("cell", self.cell_key))
        return found

    def url(self, path: str = "/coverage") -> str:
        query = urlencode(self.pairs())
        return f"{path}?{query}" if query else path


@dataclass(frozen=True, slots=True)
class CoverageReading:
    """A query string as understood, with a sentence for each part that was not. ``swapped``: rows
    and columns changed places, since one was given the other's dimension."""

    criteria: CoverageCriteria
    notices: tuple[str, ...] = ()
    swapped: bool = False


def from_pairs(pairs: Iterable[tuple[str, str]], taxonomy: Taxonomy) -> CoverageReading:
    """Read a query string. Unknown values are left out with a notice, never an error.

    Dimensions are understood by slug, label and plural, terms by slug, label and alias. Of a key
    that stands more than once without being a filter, the last one counts. ``shown`` names the axes
    that the reader had before, as ``axes_key`` does.
    """
    given = [(key, value.strip()) for key, value in pairs if value.strip()]
    reader = _Reader(taxonomy, dict(given))
    rows, cols = reader.axes()
    made = CoverageCriteria(
        rows=rows,
        cols=cols,
        measure=reader.choice("measure", Measure, Measure.ASSETS),
        order=reader.choice("sort", Order, Order.PIPELINE),
        as_of=reader.day(),
        all_columns=reader.single.get("columns") == ALL,
    )
    for key, value in given:
        if key == "what_if":
            made = reader.supposed(made, value)
        elif key not in OWN_KEYS:
            made = reader.narrowed(made, key, value)
    made = replace(made, cell=reader.cell(made))
    return CoverageReading(made, tuple(dict.fromkeys(reader.notices)), reader.swapped)


class _Reader:
    """Understands one part after the other and collects what it could not."""

    def __init__(self, taxonomy: Taxonomy, single: Mapping[str, str]) -> None:
        self.taxonomy = taxonomy
        self.single = single
        self.notices: list[str] = []
        self.swapped = False

    def axes(self) -> tuple[str, str | None]:
        rows = self._dimension("rows") or ROWS
        wanted = self.single.get("cols", "")
        if wanted.casefold() == NO_COLS:
            return rows, None
        other = COLS if rows != COLS else ROWS
        cols = self._dimension("cols") or other
        before = self.single.get("shown", "").split(".")
        if cols == rows and rows in before and self._are_axes(before):
            self.swapped = True
            return before[1], before[0]
        if cols == rows:
            same, instead = self._name(rows), self._name(other)
            self.notices.append(f"Rows and columns were both {same}, so the columns are {instead}.")
            cols = other
        return rows, cols

    def choice(self, key: str, kind: Any, default: Any) -> Any:
        value = self.single.get(key, default.value).casefold()
        if value in set(kind):
            return kind(value)
        self._left_out(key, value)
        return default

    def day(self) -> date | None:
        text = self.single.get("as_of", "")
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self.notices.append(
                f"“{text[:60]}” is not a day such as 2026-12-31, so the numbers are those of now."
            )
            return None

    def supposed(self, made: CoverageCriteria, value: str) -> CoverageCriteria:
        if value == PLANNED:
            return replace(made, shipped=True)
        if value in map(str, EXPIRING):
            return replace(made, expiring_days=int(value))
        self._left_out("what-if", value)
        return made

    def narrowed(self, made: CoverageCriteria, key: str, value: str) -> CoverageCriteria:
        if key == AUDIENCE:
            folded = value.casefold().replace("-", "_").replace(" ", "_")
            slug = folded if folded in AUDIENCE_VALUES else None
        elif self.taxonomy.dimension(key) is None:
            return made  # a key of somebody else, such as a campaign tag in the address
        else:
            slug = self._slug(key, value, past=made.as_of is not None)
        if slug is None:
            self._left_out(self._name(key), value)
            return made
        return made.filtered(key, (*made.selected(key), slug))

    def cell(self, made: CoverageCriteria) -> tuple[str, str | None] | None:
        """Slugs hold no dot, but a label may."""
        text = self.single.get("cell", "")[:CELL_LIMIT]
        if not text or self.single.get("shown", made.axes_key) != made.axes_key:
            return None
        past = made.as_of is not None
        if made.cols is None:
            slug = self._slug(made.rows, text, past=past)
            if slug:
                return slug, None
        else:
            for at in (at for at, sign in enumerate(text) if sign == "."):
                row = self._slug(made.rows, text[:at], past=past)
                col = self._slug(made.cols, text[at + 1 :], past=past)
                if row and col:
                    return row, col
        self._left_out("cell", text)
        return None

    def _dimension(self, key: str) -> str | None:
        text = self.single.get(key)
        if not text:
            return None
        wanted = taxonomies.key(text)
        for names in (
            {taxonomies.key(d.slug): d for d in self.taxonomy.dimensions},
            {taxonomies.key(n): d for d in self.taxonomy.dimensions for n in (d.label, d.plural)},
        ):
            if wanted in names:
                found: Dimension = names[wanted]
                return found.slug
        self._left_out("dimension", text)
        return None

    def _are_axes(self, slugs: list[str]) -> bool:
        first, *others = slugs
        return len(others) == 1 and first != others[0] and all(map(self.taxonomy.dimension, slugs))

    def _slug(self, dimension: str, text: str, *, past: bool) -> str | None:
        """A term retired since stands in an older picture under its own name, and in no newer one."""
        exact = self.taxonomy.term(dimension, text) if past else None
        term = exact or taxonomies.resolve(self.taxonomy, dimension, text)
        return term.slug if term and (past or not term.retired) else None

    def _name(self, key: str) -> str:
        dimension = self.taxonomy.dimension(key)
        return dimension.label.lower() if dimension else key

    def _left_out(self, name: str, value: str) -> None:
        self.notices.append(f"There is no {name} “{value[:60]}”, so it was left out.")


def search_url(matrix: Matrix, cell: Cell, taxonomy: Taxonomy, *, past: bool = False) -> str | None:
    """The find page's address that shows exactly the assets that count in a cell.

    ``None`` where no search can: in an older picture, in a what-if, and where filters and the need
    ask two things of one dimension that do not meet in one list of values.
    """
    if past or matrix.view.shipped or matrix.view.expiring_days:
        return None
    found: dict[str, tuple[str, ...]] = {}
    for key, values in _asked(matrix, cell, taxonomy):
        both = _met_by_both(found.get(key), values, taxonomy.dimension(key))
        if both is None or not _names_itself(taxonomy, key, both):
            return None
        found[key] = both
    return Criteria(filters=found).url()


def _asked(matrix: Matrix, cell: Cell, taxonomy: Taxonomy) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Key and values, of which one is enough, of everything that decides whether an asset counts."""
    yield matrix.rows.dimension, (_axis_slug(matrix.rows, cell.row_id),)
    if matrix.cols is not None and cell.col_id is not None:
        yield matrix.cols.dimension, (_axis_slug(matrix.cols, cell.col_id),)
    yield from matrix.view.filters.items()
    standard = cell.need.standard
    if standard.types:
        yield TYPE, tuple(sorted(taxonomy.terms[i].slug for i in standard.types))
    if standard.customer_ready:
        yield AUDIENCE, (Audience.CUSTOMER_READY.value,)
    yield FRESH, ("current", "unset")
    yield READING, (READABLE,)


def _axis_slug(axis: Axis, term_id: int) -> str:
    return next(term.slug for term in axis.terms if term.id == term_id)


def _met_by_both(
    first: tuple[str, ...] | None, second: tuple[str, ...], dimension: Dimension | None
) -> tuple[str, ...] | None:
    """Values of which one is carried by exactly those that carry one of each; ``None`` if there is
    no such list: an asset may carry two terms of a dimension, one for each."""
    if first is None or set(second) <= set(first):
        return second
    if set(first) <= set(second):
        return first
    common = tuple(value for value in first if value in second)
    return common if common and (dimension is None or not dimension.multi) else None


def _names_itself(taxonomy: Taxonomy, key: str, slugs: tuple[str, ...]) -> bool:
    """Whether an address with these slugs is read as these terms: a retired one may lead on."""
    if taxonomy.dimension(key) is None:
        return True
    found = [taxonomies.resolve(taxonomy, key, slug) for slug in slugs]
    return all(term and term.slug == slug for term, slug in zip(found, slugs, strict=True))
