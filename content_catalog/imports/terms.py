"""From the words in a cell to terms: exact slugs silently, other names with a warning, close ones
with a suggestion, the rest refused. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz, process

from content_catalog.assets.types import Audience, Status
from content_catalog.imports.columns import split
from content_catalog.imports.types import RowProblem, Severity, TermFix
from content_catalog.taxonomy.rules import key, nearest, resolve
from content_catalog.taxonomy.types import Dimension, Taxonomy, Term

CHOICES: Mapping[str, tuple[str, ...]] = {
    "audience": tuple(Audience),
    "status": tuple(Status),
}
# Other words for the two fixed lists, as companies write them.
CHOICE_WORDS: Mapping[str, Mapping[str, str]] = {
    "audience": {
        "customer": "customer_ready",
        "external": "customer_ready",
        "internal only": "internal",
    },
    "status": {"live": "published", "active": "published", "retired": "archived"},
}
CHOICE_FIX = "field:"  # in front of the field's name in a fix, to tell it from a dimension
CLOSE = 80  # of 100: one letter wrong in five


class TermReader:
    """Reads cells against one taxonomy. ``create`` lets unknown values become new terms."""

    def __init__(
        self, taxonomy: Taxonomy, fixes: Sequence[TermFix] = (), *, create: bool = False
    ) -> None:
        self.taxonomy = taxonomy
        self.create = create
        self._fixes = {(fix.dimension, fix.key): fix.term for fix in fixes}
        self._seen: dict[tuple[str, str], tuple[str | None, RowProblem | None]] = {}

    def terms(
        self, dimension: str, cell: str, had: Sequence[str] = ()
    ) -> tuple[tuple[str, ...], list[RowProblem]]:
        """The slugs a cell names, and what there is to say about it.

        ``had`` are slugs the asset has already: a retired one among them may stay.
        """
        found: list[str] = []
        problems: list[RowProblem] = []
        values = split(cell)
        for value in values:
            slug, problem = (value, None) if value in had else self._value(dimension, value)
            if problem is not None:
                problems.append(problem)
            if slug:
                found.append(slug)
        slugs = tuple(dict.fromkeys(found))
        errors = any(p.severity == Severity.ERROR for p in problems)
        if not errors and not problems and found and _odd(cell, values, slugs):
            problems.append(_normalised(cell, slugs))
        home = self.taxonomy.dimension(dimension)
        if home is not None and not home.multi and len(slugs) > 1:
            message = f"{len(slugs)} values; {home.label} takes one."
            problems.append(_problem("too_many_values", message, Severity.ERROR, cell))
        return slugs, _one_warning(problems, cell, slugs)

    def choice(self, name: str, cell: str) -> tuple[str | None, list[RowProblem]]:
        """One of a fixed list (audience, status)."""
        allowed, text = CHOICES[name], cell.strip()
        fixed = self._fixes.get((CHOICE_FIX + name, key(text)))
        if fixed in allowed:
            return fixed, [_normalised(cell, (fixed,))]
        if text in allowed:
            return text, [_normalised(cell, (text,))] if cell != text else []
        keys = {key(slug): slug for slug in allowed}
        keys.update({key(word): slug for word, slug in CHOICE_WORDS[name].items()})
        found = keys.get(key(text))
        if found is not None:
            return found, [_normalised(cell, (found,))]
        close = _closest(key(text), keys)
        expected = ", ".join(allowed)
        if close is not None:
            message = f"Not known. Closest: {close}. Expected one of {expected}."
            return None, [_problem("near_miss_term", message, Severity.ERROR, cell, close)]
        message = f"Not known. Expected one of {expected}."
        return None, [_problem("unknown_term", message, Severity.ERROR, cell)]

    def _value(self, dimension: str, value: str) -> tuple[str | None, RowProblem | None]:
        place = (dimension, value)
        if place not in self._seen:
            self._seen[place] = self._look_up(dimension, value)
        return self._seen[place]

    def _look_up(self, dimension: str, value: str) -> tuple[str | None, RowProblem | None]:
        home = self.taxonomy.dimension(dimension)
        label = home.label.lower() if home else dimension
        fixed = self._fixes.get((dimension, key(value)))
        if fixed is not None:
            if not fixed:
                return None, _problem("left_out", "Left out, as decided.", Severity.WARNING, value)
            return fixed, _normalised(value, (fixed,))
        term = resolve(self.taxonomy, dimension, value)
        if term is not None and not term.retired:
            return term.slug, None if term.slug == value else _normalised(value, (term.slug,))
        if term is not None:
            message = f"{term.label} is retired. {_choose(home)}"
            return None, _problem("retired_term", message, Severity.ERROR, value)
        close = nearest(self.taxonomy, dimension, value)
        if close is not None:
            return None, self._near(label, value, close)
        if self.create:
            message = f"New {label}: the import adds it."
            return value, _problem("new_term", message, Severity.WARNING, value)
        message = f"Not a known {label}. {_choose(home)}"
        return None, _problem("unknown_term", message, Severity.ERROR, value)

    def _near(self, label: str, value: str, close: Term) -> RowProblem:
        message = f"Not a known {label}. Closest: {close.label}."
        return _problem("near_miss_term", message, Severity.ERROR, value, close.slug)


def _choose(home: Dimension | None) -> str:
    """The first few values, so that the sentence says what is expected."""
    labels = [term.label for term in home.live[:4]] if home else []
    more = ", …" if home and len(home.live) > 4 else ""
    return f"Known are {', '.join(labels)}{more}." if labels else "There are no values yet."


def _odd(cell: str, values: Sequence[str], slugs: Sequence[str]) -> bool:
    """Whether a cell of exact slugs was still written unlike we would write it."""
    return len(values) != len(slugs) or ";".join(values) != ";".join(
        p.strip() for p in cell.split(";")
    )


def _one_warning(problems: list[RowProblem], cell: str, slugs: Sequence[str]) -> list[RowProblem]:
    """Several names read as terms are one remark about the cell, not one each."""
    normal = [p for p in problems if p.code == "normalised_term"]
    if len(normal) < 2:
        return problems
    return [p for p in problems if p.code != "normalised_term"] + [_normalised(cell, tuple(slugs))]


def _normalised(value: str, slugs: Sequence[str]) -> RowProblem:
    read_as = "; ".join(slugs)
    return _problem("normalised_term", f"Read as {read_as}.", Severity.WARNING, value, read_as)


def _problem(
    code: str, message: str, severity: str, value: str, suggestion: str | None = None
) -> RowProblem:
    return RowProblem(0, 0, "", code, message, severity, value, suggestion)


def _closest(text: str, keys: Mapping[str, str]) -> str | None:
    found = process.extractOne(text, list(keys), scorer=fuzz.ratio, score_cutoff=CLOSE)
    return keys[found[0]] if found else None
