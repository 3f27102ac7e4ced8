"""How well a collection's judged queries are answered: ``python -m bench.findability FOLDER``.

A collection is a folder with ``import.csv``, ``taxonomy.json``, ``queries.jsonl`` and the files.
Prints nDCG@10, found in the first three, MRR, the same per kind of query, the misspelt ones found,
what was missed, and two plain engines on the same text as yardsticks.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from content_catalog.extraction import ExtractionPool, Refused, sniff
from search_index import Document, Page, SearchQuery, open_index
from search_index.analysis import words

DEEP = 10
EVERYONE = frozenset({"everyone"})
DIMENSIONS = {
    "content_type": "type",
    "personas": "persona",
    "stages": "stage",
    "tollgates": "tollgate",
    "industries": "industry",
    "products": "product",
    "competitors": "competitor",
    "regions": "region",
    "languages": "language",
}

Search = Callable[[str, Mapping[str, str]], list[str]]


@dataclass(frozen=True)
class Judged:
    """A query with the paths that answer it and how well (2 best, 1 useful)."""

    id: str
    text: str
    kind: str
    constraints: dict[str, str]
    grades: dict[str, int]


@dataclass(frozen=True)
class Collection:
    """Everything a measurement needs; ``paths[i]`` belongs to ``documents[i]``."""

    documents: list[Document]
    paths: list[str]
    queries: list[Judged]
    synonyms: dict[str, tuple[str, ...]]


def folded(text: str) -> str:
    """A name as the import compares it."""
    return " ".join(words(text.replace("_", " ")))


def load(
    folder: Path, pages_of: Callable[[Sequence[Path]], Iterator[tuple[Page, ...]]]
) -> Collection:
    """Read a collection; ``pages_of`` turns files into pages, in order."""
    terms, synonyms = _taxonomy(json.loads((folder / "taxonomy.json").read_text("utf-8")))
    with (folder / "import.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = pages_of([folder / row["path"] for row in rows])
    documents = [
        _document(number, row, pages, terms)
        for number, (row, pages) in enumerate(zip(rows, texts, strict=True), 1)
    ]
    lines = (folder / "queries.jsonl").read_text("utf-8").splitlines()
    return Collection(
        documents,
        [row["path"] for row in rows],
        [_judged(json.loads(line)) for line in lines if line.strip()],
        synonyms,
    )


def _taxonomy(
    data: dict[str, Any],
) -> tuple[dict[tuple[str, str], dict[str, Any]], dict[str, tuple[str, ...]]]:
    """Terms by (dimension, folded name), and phrases that mean the same."""
    terms: dict[tuple[str, str], dict[str, Any]] = {}
    same: dict[str, set[str]] = {}
    for dimension in data["dimensions"]:
        for term in dimension["terms"]:
            names = [term["label"], *term.get("aliases", ())]
            for name in (term["slug"], *names):
                terms.setdefault((dimension["slug"], folded(name)), term)
            for name in names:
                others = {other for other in names if other != name}
                same.setdefault(folded(name), set()).update(others)
    return terms, {name: tuple(sorted(others)) for name, others in same.items() if others}


def _document(
    number: int,
    row: Mapping[str, str],
    pages: tuple[Page, ...],
    terms: Mapping[tuple[str, str], dict[str, Any]],
) -> Document:
    facets: dict[str, tuple[str, ...]] = {"format": (Path(row["path"]).suffix.lstrip(".").lower(),)}
    labels: list[str] = []
    for column, dimension in DIMENSIONS.items():
        values = []
        for cell in filter(None, (part.strip() for part in (row.get(column) or "").split(";"))):
            term = terms.get((dimension, folded(cell)))
            values.append(term["slug"] if term else cell)
            labels += [term["label"], *term.get("aliases", ())] if term else [cell]
        facets[dimension] = tuple(values)
    labels += [tag.strip() for tag in (row.get("tags") or "").split(";") if tag.strip()]
    return Document(
        id=number,
        revision=1,
        title=row["title"],
        summary=row.get("summary") or "",
        labels=tuple(labels),
        file_name=Path(row["path"]).name,
        pages=pages,
        facets=facets,
        visibility=EVERYONE,
    )


def _judged(data: dict[str, Any]) -> Judged:
    return Judged(
        data["id"],
        data["text"],
        data["kind"],
        data.get("constraints") or {},
        {entry["path"]: entry["grade"] for entry in data["relevant"]},
    )


def extracted(paths: Sequence[Path]) -> Iterator[tuple[Page, ...]]:
    """Pages of the files as the product reads them; a file it refuses has none."""
    with ExtractionPool(processes=2) as pool:
        for path in paths:
            try:
                kind = sniff(path, path.name).kind
            except Refused:
                yield ()
                continue
            found = pool.extract(path, kind)
            yield tuple(Page(page.number, page.label, page.text) for page in found.pages)


def ours(collection: Collection) -> Search:
    """The product's own engine, in memory."""
    index = open_index("whoosh:")
    with index.rebuild(collection.documents):
        pass
    today = date(2026, 1, 1)

    def search(text: str, constraints: Mapping[str, str]) -> list[str]:
        filters = {_facet(key): frozenset({value}) for key, value in constraints.items()}
        query = SearchQuery(
            text=text,
            readers=EVERYONE,
            today=today,
            filters=filters,
            synonyms=collection.synonyms,
            include_expired=True,
            per_page=DEEP,
        )
        return [collection.paths[hit.id - 1] for hit in index.search(query).hits]

    return search


def _facet(key: str) -> str:
    return DIMENSIONS.get(key, key)


def ndcg(found: Sequence[str], grades: Mapping[str, int]) -> float:
    """Normalised discounted cumulative gain of the first ten (gain 2^grade - 1)."""

    def gain(ranked: Sequence[int]) -> float:
        return math.fsum((2.0**g - 1) / math.log2(r + 2) for r, g in enumerate(ranked[:DEEP]))

    ideal = gain(sorted(grades.values(), reverse=True))
    return gain([grades.get(path, 0) for path in found]) / ideal if ideal else 0.0


@dataclass(frozen=True)
class Outcome:
    """One query's result; ``rank`` is that of the first answer, from 1, or None."""

    query: Judged
    ndcg: float
    rank: int | None
    found: list[str]

    @property
    def in_three(self) -> bool:
        return self.rank is not None and self.rank <= 3


def measure(search: Search, queries: Sequence[Judged]) -> list[Outcome]:
    """Ask every query that has an answer."""
    outcomes = []
    for query in queries:
        if query.grades:
            found = search(query.text, query.constraints)
            ranks = [at for at, path in enumerate(found, 1) if path in query.grades]
            outcomes.append(
                Outcome(query, ndcg(found, query.grades), ranks[0] if ranks else None, found)
            )
    return outcomes


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def summary(name: str, outcomes: Sequence[Outcome]) -> str:
    """One line: nDCG@10, found in three, MRR, misspelt found in three."""
    misspelt = [o for o in outcomes if o.query.kind == "misspelling"]
    return (
        f"{name:<18} nDCG@10 {mean([o.ndcg for o in outcomes]):.3f}"
        f"   found@3 {mean([float(o.in_three) for o in outcomes]):.3f}"
        f"   MRR {mean([1 / o.rank if o.rank else 0.0 for o in outcomes]):.3f}"
        f"   misspelt {sum(o.in_three for o in misspelt)} of {len(misspelt)}"
    )


def report(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Lines per kind of query, then what was missed and what stood in its place."""
    for kind in sorted({o.query.kind for o in outcomes}):
        of_kind = [o for o in outcomes if o.query.kind == kind]
        yield summary(f"  {kind} ({len(of_kind)})", of_kind)
    for outcome in outcomes:
        if not outcome.in_three:
            query = outcome.query
            wanted = max(query.grades, key=lambda path: query.grades[path])
            yield f"  missed {query.id} {query.text!r}: {wanted} at {outcome.rank or '-'}; "
            yield "      instead " + ", ".join(outcome.found[:3])


def main() -> int:
    """Measure the collection named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collection", type=Path)
    collection = load(parser.parse_args().collection, extracted)
    outcomes = measure(ours(collection), collection.queries)
    print(summary("Collateral Finder", outcomes))
    print("\n".join(report(outcomes)))
    from bench.engines import YARDSTICKS

    for name, make in YARDSTICKS.items():
        engine = make(collection.documents)

        def search(text: str, constraints: Mapping[str, str], engine: Any = engine) -> list[str]:
            filters = {_facet(key): frozenset({value}) for key, value in constraints.items()}
            return [collection.paths[i - 1] for i in engine.ranked(text, filters, DEEP)]

        print(summary(name, measure(search, collection.queries)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
