"""A picture as bytes and back: what a snapshot holds, so that any matrix of that day can be counted
again, exactly, whatever has become of the assets since."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from content_catalog.coverage import demand
from content_catalog.coverage.library import Library, as_set
from content_catalog.coverage.picture import Picture
from content_catalog.coverage.types import Axis, FailedSearch, NeedRecord, Planned, Weights

FORMAT = 1
Columns = Mapping[str, NDArray[Any]]
COLUMNS = ("ids", "statuses", "audiences", "unreadable", "review_by", "expires_on", "kinds")


@dataclass(frozen=True)
class _Rest:
    """Everything that is no column."""

    format: int
    at: datetime
    day: date
    axes: dict[str, Axis]
    searches: list[FailedSearch]
    planned: list[Planned]
    records: list[NeedRecord]
    target: int
    weights: Weights
    type_sets: list[frozenset[int]]


_REST = TypeAdapter(_Rest)


def pack(picture: Picture) -> bytes:
    """Compressed columns and a JSON text beside them; no words of searches, which are forgotten
    sooner than snapshots are."""
    library = picture.library
    rest = _Rest(
        format=FORMAT,
        at=picture.at,
        day=picture.day,
        axes=dict(picture.axes),
        searches=list(demand.grouped(picture.groups)),
        planned=list(picture.planned),
        records=list(picture.records.values()),
        target=picture.target,
        weights=picture.weights,
        type_sets=list(library.type_sets),
    )
    members = [np.asarray(s.to_array(), dtype=np.uint32) for s in library.terms.values()]
    columns: dict[str, NDArray[Any]] = {
        "rest": np.frombuffer(_REST.dump_json(rest), dtype=np.uint8),
        "uses": picture.uses,
        "term_ids": np.array(list(library.terms), dtype=np.int64),
        "term_sizes": np.array([len(m) for m in members], dtype=np.int64),
        "members": np.concatenate(members) if members else np.zeros(0, dtype=np.uint32),
        **{name: getattr(library, name) for name in COLUMNS},
    }
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **columns)
    return out.getvalue()


def unpack(data: bytes) -> Picture:
    """The picture as it was packed, with everything visible: who reads it narrows it down.

    Raises ``ValueError`` for bytes that are none of ours.
    """
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        columns: Columns = dict(stored)
    rest = _REST.validate_json(columns["rest"].tobytes())
    if rest.format != FORMAT:
        raise ValueError(f"a snapshot of format {rest.format}; this program reads {FORMAT}")
    library = Library(
        ids=columns["ids"],
        statuses=columns["statuses"],
        audiences=columns["audiences"],
        unreadable=columns["unreadable"],
        review_by=columns["review_by"],
        expires_on=columns["expires_on"],
        kinds=columns["kinds"],
        type_sets=tuple(rest.type_sets),
        terms=_terms(columns),
    )
    return Picture(
        at=rest.at,
        day=rest.day,
        axes=rest.axes,
        library=library,
        visible=as_set(library.ids),
        uses=columns["uses"],
        searches=tuple(rest.searches),
        groups=tuple(rest.searches),
        planned=tuple(rest.planned),
        records={(r.first_id, r.second_id): r for r in rest.records},
        target=rest.target,
        weights=rest.weights,
        past=True,
    )


def _terms(columns: Columns) -> dict[int, Any]:
    ends = np.cumsum(columns["term_sizes"])
    parts = np.split(columns["members"], ends[:-1]) if len(ends) else []
    return {
        int(term_id): as_set(part) for term_id, part in zip(columns["term_ids"], parts, strict=True)
    }
