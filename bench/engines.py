"""The product's engine beside SQLite FTS5 and tantivy: same documents, same queries, full searches.

A full search is a ranked page of twenty, the total, counts over all facets and snippets. Times are
taken in turn (one engine after the other for each query), so that load on the machine hits all.
"""

from __future__ import annotations

import random
import re
import sqlite3
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from search_index import Document, Page, SearchIndex, SearchQuery, open_index
from search_index.analysis import STOP_WORDS, fold, words

READERS = frozenset({"everyone"})
TODAY = date(2026, 1, 1)
PER_PAGE = 20
FACETS = {
    "persona": 9,
    "stage": 8,
    "tollgate": 8,
    "type": 14,
    "industry": 14,
    "product": 10,
    "region": 6,
    "language": 5,
}
_MANY = frozenset({"persona", "stage", "tollgate", "industry"})

Filters = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Asked:
    """One query of a kind; ``any_word`` asks for any of the words instead of all."""

    kind: str
    text: str
    filters: Filters = field(default_factory=dict)
    phrase: bool = False
    prefix: bool = False
    any_word: bool = False


# The library


def recombine(texts: Sequence[str], n: int, seed: int) -> list[Document]:
    """``n`` assets of 300 to 600 words made of the paragraphs of ``texts``.

    One word in twenty-five is replaced from a long tail of rare names, as in a grown library.
    """
    choose = random.Random(seed)
    paragraphs = [p for text in texts for p in re.split(r"\n\s*\n", text) if len(p.split()) > 7]
    tail = [
        "".join(choose.choices("bcdfglmnprstvaeiou", k=choose.randint(6, 11)))
        for _ in range(60_000)
    ]
    return [_asset(number, paragraphs, tail, choose) for number in range(1, n + 1)]


def _asset(
    number: int, paragraphs: Sequence[str], tail: Sequence[str], choose: random.Random
) -> Document:
    wanted = choose.randint(300, 600)
    body: list[str] = []
    while len(body) < wanted:
        body += choose.choice(paragraphs).split()[:200]
    for at in range(0, len(body), 25):
        body[at] = tail[min(int(choose.paretovariate(0.6)), len(tail) - 1)]
    size = max(1, len(body) // choose.randint(1, 6))
    pages = [" ".join(body[at : at + size]) for at in range(0, len(body), size)]
    start = choose.randrange(len(body) - 8)
    return Document(
        id=number,
        revision=1,
        title=" ".join(body[start : start + choose.randint(3, 8)])[:120],
        summary=" ".join(body[:18]),
        file_name=f"asset-{number}.pdf",
        pages=tuple(Page(i, f"p. {i}", text) for i, text in enumerate(pages, 1)),
        facets={
            key: tuple(
                f"{key}-{choose.randrange(size)}"
                for _ in range(choose.randint(1, 3) if key in _MANY else 1)
            )
            for key, size in FACETS.items()
        },
        visibility=READERS,
        updated_on=TODAY - timedelta(days=choose.randrange(900)),
        uses=choose.randrange(50),
    )


def queries(documents: Sequence[Document], each: int, seed: int) -> list[Asked]:
    """``each`` queries of every kind, from words and word pairs that stand in the documents."""
    choose = random.Random(seed)

    def filters(count: int) -> dict[str, frozenset[str]]:
        keys = choose.sample(sorted(FACETS), count)
        return {key: frozenset({f"{key}-{choose.randrange(FACETS[key])}"}) for key in keys}

    made: list[Asked] = []
    for _ in range(each):
        a, b, c = (_word(documents, choose) for _ in range(3))
        made += [
            Asked("one word", a),
            Asked("two words", f"{a} {b}"),
            Asked("three words OR", f"{a} {b} {c}", any_word=True),
            Asked("phrase", " ".join(_pair(documents, choose)), phrase=True),
            Asked("prefix", c[: max(3, len(c) - 3)], prefix=True),
            Asked("misspelt", _misspelt(_word(documents, choose, longest=True), choose)),
            Asked("two words + one filter", f"{b} {c}", filters(1)),
            Asked("one word + three filters", b, filters(3)),
            Asked("filters only", "", filters(2)),
        ]
    return made


def _text(documents: Sequence[Document], choose: random.Random) -> list[str]:
    return words(choose.choice(choose.choice(documents).pages).text)


def _word(documents: Sequence[Document], choose: random.Random, *, longest: bool = False) -> str:
    while True:
        found = [w for w in _text(documents, choose) if w.isalpha() and w not in STOP_WORDS]
        found = [w for w in found if len(w) > (7 if longest else 3)]
        if found:
            return choose.choice(found)


def _pair(documents: Sequence[Document], choose: random.Random) -> tuple[str, str]:
    while True:
        found = _text(documents, choose)
        at = choose.randrange(max(1, len(found) - 1))
        pair = found[at : at + 2]
        if len(pair) == 2 and all(len(w) > 3 and w.isalpha() for w in pair):
            return pair[0], pair[1]


def _misspelt(word: str, choose: random.Random) -> str:
    at = choose.randrange(2, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


# The engines


class Ours:
    """The product's engine, full search."""

    def __init__(
        self,
        documents: Sequence[Document],
        synonyms: Mapping[str, tuple[str, ...]],
        folder: Path | None,
    ) -> None:
        self.index: SearchIndex = open_index(f"whoosh:{folder or ''}")
        self.synonyms = dict(synonyms)
        with self.index.rebuild(documents):
            pass

    def full(self, asked: Asked) -> int:
        """Total of one full search."""
        text = f'"{asked.text}"' if asked.phrase else asked.text
        page = self.index.search(
            SearchQuery(
                text=text,
                readers=READERS,
                today=TODAY,
                filters=asked.filters,
                synonyms=self.synonyms,
                facet_keys=tuple(FACETS),
                per_page=PER_PAGE,
                typing=asked.prefix,
            )
        )
        return page.total


class Fts5:
    """SQLite FTS5 with the porter stemmer; totals, filters and facet counts in SQL."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._db = db = sqlite3.connect(":memory:", check_same_thread=False)
        db.execute(
            "CREATE VIRTUAL TABLE docs USING fts5(title, summary, labels, name, body,"
            " tokenize='porter unicode61 remove_diacritics 2')"
        )
        db.execute("CREATE TABLE facet(doc INTEGER, key TEXT, value TEXT)")
        for document in documents:
            db.execute(
                "INSERT INTO docs(rowid, title, summary, labels, name, body) VALUES (?,?,?,?,?,?)",
                (document.id, *_texts(document)),
            )
            db.executemany(
                "INSERT INTO facet VALUES (?,?,?)",
                [(document.id, key, v) for key, values in document.facets.items() for v in values],
            )
        db.execute("CREATE INDEX by_value ON facet(key, value, doc)")
        db.execute("CREATE INDEX by_doc ON facet(doc, key, value)")
        db.execute("CREATE VIRTUAL TABLE vocabulary USING fts5vocab(docs, 'row')")
        db.execute("ANALYZE")
        self._keys = sorted({key for document in documents for key in document.facets})

    def ranked(self, text: str, filters: Filters, limit: int) -> list[int]:
        """Ids for any of the words, best first."""
        where, values = _where(filters)
        match = _match(Asked("", text, any_word=True))
        if not match:
            return []
        rows = self._db.execute(
            f"SELECT rowid FROM docs WHERE docs MATCH ?{where} ORDER BY rank LIMIT ?",
            (match, *values, limit),
        )
        return [row[0] for row in rows]

    def full(self, asked: Asked) -> int:
        """Total of one full search."""
        match = _match(self._corrected(asked))
        source, first = ("docs WHERE docs MATCH ?", [match]) if match else ("docs WHERE 1", [])
        where, values = _where(asked.filters)
        rank = "rank" if match else "rowid"
        snippet = ", snippet(docs, 4, '«', '»', '…', 30)" if match else ""
        self._db.execute(
            f"SELECT rowid{snippet} FROM {source}{where} ORDER BY {rank} LIMIT {PER_PAGE}",
            (*first, *values),
        ).fetchall()
        (total,) = self._db.execute(
            f"SELECT count(*) FROM {source}{where}", (*first, *values)
        ).fetchone()
        for key in self._keys:
            where, values = _where({k: v for k, v in asked.filters.items() if k != key})
            self._db.execute(
                _facet_counts(source, where, bool(match)),
                (key, *first, *values),
            ).fetchall()
        return int(total)

    def _corrected(self, asked: Asked) -> Asked:
        if asked.kind != "misspelt":
            return asked
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        if not hasattr(self, "_words"):
            self._words = [row[0] for row in self._db.execute("SELECT term FROM vocabulary")]
        best = process.extractOne(
            fold(asked.text), self._words, scorer=OSA.distance, score_cutoff=2
        )
        return Asked("", best[0] if best else asked.text)


def _facet_counts(source: str, where: str, by_words: bool) -> str:
    """The quicker statement of the two; for words the text index must come first."""
    if by_words:
        return (
            "SELECT facet.value, count(*) FROM docs CROSS JOIN facet"
            f" ON facet.doc = docs.rowid AND facet.key = ? {source.removeprefix('docs')}{where}"
            " GROUP BY facet.value"
        )
    return (
        "SELECT value, count(*) FROM facet WHERE key = ? AND doc IN"
        f" (SELECT rowid FROM {source}{where}) GROUP BY value"
    )


def _texts(document: Document) -> tuple[str, str, str, str, str]:
    return (
        document.title,
        document.summary,
        " ".join(document.labels),
        document.file_name,
        "\n".join(page.text for page in document.pages),
    )


def _match(asked: Asked) -> str:
    found = [f'"{word}"' for word in words(asked.text)]
    if asked.phrase:
        return '"' + " ".join(words(asked.text)) + '"'
    if asked.prefix and found:
        found[-1] += "*"
    return (" OR " if asked.any_word else " AND ").join(found)


def _where(filters: Filters) -> tuple[str, list[str]]:
    sql, values = "", []
    for key, chosen in filters.items():
        marks = ",".join("?" * len(chosen))
        sql += (
            " AND EXISTS (SELECT 1 FROM facet AS chosen WHERE chosen.doc = docs.rowid"
            f" AND chosen.key = ? AND chosen.value IN ({marks}))"
        )
        values += [key, *sorted(chosen)]
    return sql, values


class Tantivy:
    """tantivy with its English stemmer; facets by its aggregations over fast fields."""

    def __init__(self, documents: Sequence[Document]) -> None:
        import tantivy

        self._t = tantivy
        self._keys = sorted({key for document in documents for key in document.facets})
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("id", stored=True, indexed=True, fast=True)
        for name in ("title", "summary", "labels", "name"):
            builder.add_text_field(name, tokenizer_name="en_stem")
        builder.add_text_field("body", stored=True, tokenizer_name="en_stem")
        for key in self._keys:
            builder.add_text_field(
                f"f_{key}", fast=True, tokenizer_name="raw", index_option="basic"
            )
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        writer = self._index.writer(100_000_000, 1)
        for document in documents:
            title, summary, labels, name, body = _texts(document)
            entry = tantivy.Document(
                id=document.id, title=title, summary=summary, labels=labels, name=name, body=body
            )
            for key, values in document.facets.items():
                for value in values:
                    entry.add_text(f"f_{key}", value)
            writer.add_document(entry)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def ranked(self, text: str, filters: Filters, limit: int) -> list[int]:
        """Ids for any of the words, best first."""
        searcher = self._index.searcher()
        query = self._query(Asked("", text, filters, any_word=True))
        found = searcher.search(query, limit).hits
        return [searcher.doc(address)["id"][0] for _, address in found]

    def full(self, asked: Asked) -> int:
        """Total of one full search."""
        t, searcher = self._t, self._index.searcher()
        query = self._query(asked)
        result = searcher.search(query, PER_PAGE, count=True)
        cut = t.SnippetGenerator.create(searcher, query, self._schema, "body")
        for _, address in result.hits:
            cut.snippet_from_doc(searcher.doc(address))
        plain = [key for key in self._keys if key not in asked.filters]
        searcher.aggregate(query, {key: _terms(key) for key in plain})
        for key in asked.filters:
            others = {k: v for k, v in asked.filters.items() if k != key}
            base = self._query(Asked(asked.kind, asked.text, others, asked.phrase, asked.prefix))
            searcher.aggregate(base, {key: _terms(key)})
        return int(getattr(result, "count", 0) or 0)

    def _query(self, asked: Asked) -> Any:
        t, must, query = self._t, self._t.Occur.Must, self._t.Query
        parts = [(must, self._words(asked))] if asked.text else [(must, query.all_query())]
        for key, chosen in asked.filters.items():
            either = [
                (t.Occur.Should, query.term_query(self._schema, f"f_{key}", v)) for v in chosen
            ]
            parts.append((must, query.const_score_query(query.boolean_query(either), 0.0)))
        return query.boolean_query(parts)

    def _words(self, asked: Asked) -> Any:
        fields = ["title", "summary", "labels", "name", "body"]
        if asked.prefix:
            return self._t.Query.regex_query(self._schema, "body", re.escape(asked.text) + ".*")
        if asked.kind == "misspelt":
            return self._t.Query.fuzzy_term_query(self._schema, "body", asked.text, distance=1)
        text = " ".join(words(asked.text))
        if asked.phrase:
            text = f'"{text}"'
        return self._index.parse_query(
            text, fields, conjunction_by_default=not (asked.any_word or asked.phrase)
        )


def _terms(key: str) -> dict[str, Any]:
    return {"terms": {"field": f"f_{key}", "size": 100}}


YARDSTICKS: dict[str, Callable[[Sequence[Document]], Any]] = {
    "SQLite FTS5": Fts5,
    "tantivy": Tantivy,
}


# The comparison


@dataclass(frozen=True)
class Row:
    """Milliseconds of one engine for one kind of query; ``ratio`` is its p95 to ours."""

    kind: str
    engine: str
    p50: float
    p95: float
    worst: float
    ratio: float


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 100) * len(ordered) // 100) - 1))]


def compare(
    documents: Sequence[Document],
    asked: Sequence[Asked],
    synonyms: Mapping[str, tuple[str, ...]],
    *,
    rounds: int = 3,
    folder: Path | None = None,
) -> list[Row]:
    """Rows for every kind and "all kinds"; the median of ``rounds`` stands for a query.

    ``folder`` keeps the product's index on disk. The first round, which fills caches, counts as
    the others do.
    """
    engines: dict[str, Any] = {"Collateral Finder": Ours(documents, synonyms, folder)}
    engines |= {name: make(documents) for name, make in YARDSTICKS.items()}
    times: dict[tuple[str, int], list[float]] = {}
    for turn in range(rounds):
        for at, query in enumerate(asked):
            order = list(engines) if turn % 2 else list(reversed(engines))
            for name in order:
                start = time.perf_counter()
                engines[name].full(query)
                times.setdefault((name, at), []).append((time.perf_counter() - start) * 1000)
    rows: list[Row] = []
    for kind in [*dict.fromkeys(query.kind for query in asked), "all kinds"]:
        chosen = [at for at, query in enumerate(asked) if kind in (query.kind, "all kinds")]
        ours95 = 0.0
        for name in engines:
            medians = [statistics.median(times[(name, at)]) for at in chosen]
            p95 = percentile(medians, 0.95)
            ours95 = ours95 or p95
            worst = max(max(times[(name, at)]) for at in chosen)
            rows.append(Row(kind, name, percentile(medians, 0.5), p95, worst, p95 / ours95))
    return rows


def table(rows: Sequence[Row]) -> str:
    """Rows as text."""
    lines = [f"{'kind':<26}{'engine':<20}{'p50 ms':>9}{'p95 ms':>9}{'worst':>9}{'p95 / ours':>12}"]
    lines += [
        f"{row.kind:<26}{row.engine:<20}{row.p50:>9.2f}{row.p95:>9.2f}{row.worst:>9.2f}"
        f"{row.ratio:>12.2f}"
        for row in rows
    ]
    return "\n".join(lines)
