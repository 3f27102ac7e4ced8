"""Coverage counted a second time, from the tables by loops: nothing here is the product's counting.

Slow and plain on purpose. ``Books`` is everything that was written down; ``count`` is one page.
"""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

PERIOD, VISIT = timedelta(days=90), timedelta(hours=1)
OUTCOMES = ("none_found", "filtered", "unopened")


@dataclass
class Asset:
    id: int
    status: str
    audience: str
    review_by: str | None
    expires_on: str | None
    reading: str
    uses: int
    terms: set[int] = field(default_factory=set)


@dataclass
class Search:
    words: str
    filters: Mapping[str, list[str]]
    outcome: str
    places: Mapping[str, set[int]] = field(default_factory=dict)


class Books:
    """Every table that coverage rests on, as it is now."""

    def __init__(self, database: Path, now: datetime) -> None:
        self.now, self.today = now, now.date()
        with sqlite3.connect(database) as self.db:
            self.db.row_factory = sqlite3.Row
            self._read_terms()
            self._read_assets()
            self._read_wishes()
            self.searches = [s for row in self._all("searches") for s in self._search(row)]
        self.db.close()

    def _all(self, table: str) -> list[sqlite3.Row]:
        return self.db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()

    def _read_terms(self) -> None:
        dimensions = {row["id"]: row["slug"] for row in self._all("dimensions")}
        rows = self.db.execute("SELECT * FROM terms ORDER BY position, id").fetchall()
        self.terms = {row["id"]: row for row in rows}
        self.dimension = {row["id"]: dimensions[row["dimension_id"]] for row in rows}
        self.axes: dict[str, list[int]] = {slug: [] for slug in dimensions.values()}
        for row in rows:
            if row["retired_at"] is None:
                self.axes[self.dimension[row["id"]]].append(row["id"])
        self.slugs = {(d, self.terms[i]["slug"]): self._heir(i) for i, d in self.dimension.items()}
        self.names = defaultdict(lambda: defaultdict(set))
        for row in self._all("term_names"):
            heir = self._heir(row["term_id"])
            if self.terms[heir]["retired_at"] is None and len(row["key"]) > 1:
                self.names[self.dimension[heir]][tokens(row["name"])].add(heir)

    def _heir(self, term_id: int) -> int:
        """Itself, or who took the place of a retired term."""
        term = self.terms[term_id]
        if term["retired_at"] is None or term["successor_id"] is None:
            return term_id
        return self._heir(term["successor_id"])

    def _read_assets(self) -> None:
        rows = self.db.execute(
            "SELECT a.*, v.reading FROM assets a JOIN asset_versions v ON v.id = a.current_version_id"
        )
        self.assets = {
            row["id"]: Asset(*(row[name] for name in Asset.__dataclass_fields__ if name != "terms"))
            for row in rows
        }
        for row in self._all("asset_terms"):
            self.assets[row["asset_id"]].terms.add(row["term_id"])

    def _own_word(self, row: Mapping[str, Any]) -> bool:
        ends = [i for i in (row["first_id"], row["second_id"]) if i is not None]
        return ends == [self._heir(i) for i in ends]

    def _read_wishes(self) -> None:
        self.needs = {}
        rows = [dict(row) for row in self._all("coverage_needs") if not row["cleared"]]
        for row in sorted(rows, key=self._own_word):  # a term's own word over one handed on
            ends = [self._heir(i) for i in (row["first_id"], row["second_id"]) if i is not None]
            kinds = row["types"] and json.loads(row["types"])
            if kinds:
                row["types"] = json.dumps([*kinds, *map(self._heir, kinds)])
            self.needs[min(ends), max(ends) if len(ends) > 1 else None] = row
        settings = self._all("coverage_settings")
        self.target = settings[0]["target"] if settings else 3
        names = ("missing", "unanswered", "unopened", "use")
        self.weights = [settings[0][n] for n in names] if settings else [10, 2, 0.5, 0.05]
        carried = defaultdict(set)
        for row in self._all("plan_item_terms"):
            carried[row["item_id"]] |= {row["term_id"], self._heir(row["term_id"])}
        self.planned = [
            (row["id"], row["type_id"] and self._heir(row["type_id"]), carried[row["id"]])
            for row in self._all("plan_items")
            if row["state"] in ("proposed", "committed")
        ]

    def _search(self, row: sqlite3.Row) -> list[Search]:
        """None for one that is no failure."""
        at = datetime.fromisoformat(row["at"]).replace(tzinfo=self.now.tzinfo)
        filters = json.loads(row["filters"])
        # An opening goes with its asset; that there was one stays on the search.
        opened = (
            row["opened"]
            or self.db.execute(
                "SELECT count(*) FROM search_openings WHERE search_id = ?", (row["id"],)
            ).fetchone()[0]
        )
        if at < self.now - PERIOD:
            return []
        if row["total"] == 0 and (row["words"] or filters):
            outcome = "filtered" if json.loads(row["without"]) else "none_found"
        elif (
            row["total"]
            and row["words"]
            and not opened
            and row["source"] != "api"
            and at <= self.now - VISIT
        ):
            outcome = "unopened"
        else:
            return []
        found = Search(row["words"], filters, outcome)
        found.places = {d: self._placed(d, found) for d in self.axes}
        return [found]

    def _placed(self, dimension: str, search: Search) -> set[int]:
        if dimension in search.filters:
            return {self.slugs[dimension, slug] for slug in search.filters[dimension]}
        words, found, taken = tokens(search.words), set(), set()
        places = [(start, end) for end in range(len(words) + 1) for start in range(end)]
        for start, end in sorted(places, key=lambda p: (p[0] - p[1], p[0])):
            if not taken & set(range(start, end)):
                here = self.names[dimension].get(words[start:end], set())
                found |= here
                taken |= set(range(start, end)) if here else set()
        return found


def tokens(text: str) -> tuple[str, ...]:
    flat = unicodedata.normalize("NFKD", text).casefold()
    flat = "".join(c for c in flat if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", flat)
    return tuple(
        w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith("ss") else w for w in words
    )


@dataclass
class Cell:
    needed: bool
    target: int
    types: set[int]
    customer_ready: bool
    mapped: dict[int, list[str]]  # asset id -> reasons; none: it counts
    effective: int = 0
    missing: int = 0
    planned: set[int] = field(default_factory=set)
    fitting: set[int] = field(default_factory=set)  # of the planned ones
    failed: dict[str, int] = field(default_factory=dict)
    uses: int = 0

    @property
    def counted(self) -> set[int]:
        return {i for i, reasons in self.mapped.items() if not reasons}

    @property
    def stale(self) -> set[int]:
        return {i for i, reasons in self.mapped.items() if reasons == ["review_overdue"]}

    @property
    def verdict(self) -> str:
        if not self.needed:
            return "not_needed"
        if self.effective < self.target:
            return "thin" if self.effective else "gap"
        return "ample" if self.effective >= 2 * max(1, self.target) else "met"


class Page:
    """One page's numbers, each worked out on its own."""

    def __init__(
        self,
        books: Books,
        rows: str,
        cols: str | None,
        filters: Mapping[str, Iterable[str]],
        *,
        rep: bool = False,
        shipped: bool = False,
        expiring: int = 0,
    ) -> None:
        self.books, self.shipped = books, shipped
        self.day: date = books.today + timedelta(days=expiring and expiring + 1)
        self.filters = {key: set(slugs) for key, slugs in filters.items()}
        self.row_ids, self.col_ids = self._axis(rows), self._axis(cols) if cols else [None]
        self.dimensions = [rows, cols] if cols else [rows]
        self.assets = [
            a
            for a in books.assets.values()
            if (a.status == "published" or not rep) and self._in_scope(a)
        ]
        self.live = {a.id for a in self.assets if a.status == "published" and not self._expired(a)}
        self.searches = [s for s in books.searches if self._asked(s)]
        self.cells = {(r, c): self._cell(r, c) for r in self.row_ids for c in self.col_ids}

    def _axis(self, dimension: str) -> list[int]:
        chosen = self.filters.get(dimension)
        ids = self.books.axes[dimension]
        return [i for i in ids if not chosen or self.books.terms[i]["slug"] in chosen]

    def _slugs(self, ids: Iterable[int], dimension: str) -> set[str]:
        terms = self.books.terms
        return {terms[i]["slug"] for i in ids if self.books.dimension[i] == dimension}

    def _in_scope(self, asset: Asset) -> bool:
        return all(
            asset.audience in wanted
            if key == "audience"
            else self._slugs(asset.terms, key) & wanted
            for key, wanted in self.filters.items()
        )

    def _asked(self, search: Search) -> bool:
        """Not when it names other terms of a dimension that is filtered by."""
        wanted = {k: v for k, v in self.filters.items() if k != "audience"}
        named = {key: self._slugs(search.places[key], key) for key in wanted}
        return all(not named[key] or named[key] & v for key, v in wanted.items())

    def _planned_here(self, terms: set[int]) -> bool:
        wanted = {k: v for k, v in self.filters.items() if k != "audience"}
        return all(self._slugs(terms, key) & v for key, v in wanted.items())

    def _expired(self, asset: Asset) -> bool:
        return asset.expires_on is not None and asset.expires_on < self.day.isoformat()

    def _overdue(self, asset: Asset) -> bool:
        return asset.review_by is not None and asset.review_by < self.day.isoformat()

    def _reasons(self, asset: Asset, types: set[int], customer_ready: bool) -> list[str]:
        reasons = [asset.status] if asset.status != "published" else []
        if self._expired(asset):
            reasons.append("expired")
        if self._overdue(asset):
            reasons.append("review_overdue")
        if types and not types & asset.terms:
            reasons.append("wrong_type")
        if customer_ready and asset.audience == "internal":
            reasons.append("internal")
        if asset.reading == "failed":
            reasons.append("unreadable")
        return reasons

    def _cell(self, row: int, col: int | None) -> Cell:
        ends = {row} if col is None else {row, col}
        needed, target, types, customer_ready = self._need(row, col)
        mapped = {
            a.id: self._reasons(a, types, customer_ready) for a in self.assets if ends <= a.terms
        }
        made = Cell(needed, target, types, customer_ready, mapped)
        for item, kind, terms in self.books.planned:
            if ends <= terms and self._planned_here(terms):
                made.planned.add(item)
                if not types or kind is None or kind in types:
                    made.fitting.add(item)
        made.effective = len(made.counted) + (len(made.fitting) if self.shipped else 0)
        made.missing = max(0, target - made.effective) if needed else 0
        made.failed = self.demand([(row, col)])
        made.uses = self.uses([made])
        return made

    def _need(self, row: int, col: int | None) -> tuple[bool, int, set[int], bool]:
        """The cell's own word, else the defaults of its row and column, else the site's."""
        needs = self.books.needs
        if col is None:
            own, defaults = needs.get((row, None)), []
        else:
            own = needs.get((min(row, col), max(row, col)))
            defaults = [needs[i, None] for i in (row, col) if (i, None) in needs]

        def said(name: str) -> list[Any]:
            if own and own[name] is not None:
                return [own[name]]
            return [d[name] for d in defaults if d[name] is not None]

        kinds = [set(json.loads(text)) for text in said("types")]
        any_type = not all(kinds)  # one that takes any type takes any
        return (
            all(said("needed")),
            max(said("target"), default=self.books.target),
            set() if any_type else set().union(*kinds),
            any(said("customer_ready")),
        )

    def demand(self, cells: Iterable[tuple[int, int | None]]) -> dict[str, int]:
        """Searches that belong to any of these cells, each once."""
        wanted = list(cells)
        found = dict.fromkeys(OUTCOMES, 0)
        narrowed = [key for key in self.filters if key != "audience"]
        for search in self.searches:
            if not all(search.places[key] for key in narrowed):
                continue
            places = [search.places[d] for d in self.dimensions]
            if any(r in places[0] and (c is None or c in places[1]) for r, c in wanted):
                found[search.outcome] += 1
        return found

    def uses(self, cells: Iterable[Cell]) -> int:
        ids = {i for cell in cells for i in cell.mapped} & self.live
        return sum(self.books.assets[i].uses for i in ids)

    def score(self, cell: Cell) -> float:
        if not cell.needed:
            return 0.0
        asked = cell.failed["none_found"] + cell.failed["filtered"]
        parts = (cell.missing, asked, cell.failed["unopened"], cell.uses)
        return round(sum(n * w for n, w in zip(parts, self.books.weights, strict=True)), 2)

    def totals(self, keys: Iterable[tuple[int, int | None]]) -> dict[str, Any]:
        chosen = list(keys)
        cells = [self.cells[key] for key in chosen]
        shipped = {i for c in cells for i in c.fitting} if self.shipped else set()
        return {
            "effective": len({i for c in cells for i in c.counted}) + len(shipped),
            "stale": len({i for c in cells for i in c.stale}),
            "uses": self.uses(cells),
            **self.demand(chosen),
        }

    def declared(self) -> dict[str, int]:
        books, live = self.books, [a for a in self.assets if a.id in self.live]
        axes = [set(books.axes[d]) for d in self.dimensions]
        placed = sum(self.demand(self.cells).values())
        return {
            "live_assets": len(live),
            "counted_assets": len({i for c in self.cells.values() for i in c.counted}),
            "unmapped": sum(not all(a.terms & axis for axis in axes) for a in live),
            "review_overdue": sum(self._overdue(a) for a in live),
            "unverified": sum(self._overdue(a) or a.review_by is None for a in live),
            "multi_mapped": sum(
                any(len(a.terms & x) >= 4 and len(a.terms & x) * 2 > len(x) for x in axes)
                for a in live
            ),
            "stale": len({i for c in self.cells.values() for i in c.stale}),
            "unplaced_searches": len(self.searches) - placed,
        }
