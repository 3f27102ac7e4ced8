"""What every change of the taxonomy shares: finding rows, and saying that there was a change."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from content_catalog.database import Work
from content_catalog.errors import Conflict, NotFound
from content_catalog.taxonomy.models import (
    DimensionRow,
    TaxonomyRevisionRow,
    TermRow,
)


def changed(work: Work) -> None:
    """The taxonomy has a new revision; cached copies are old from now on."""
    work.session.flush()
    work.session.merge(TaxonomyRevisionRow(id=1, revision=secrets.randbits(53)))
    work.session.flush()


def dimension_row(work: Work, slug: str) -> DimensionRow:
    """Raises ``NotFound``."""
    row = work.session.scalar(select(DimensionRow).where(DimensionRow.slug == slug))
    if row is None:
        raise NotFound("dimension", slug)
    return row


def term_row(work: Work, term_id: int) -> TermRow:
    """Raises ``NotFound``."""
    row = work.session.get(TermRow, term_id)
    if row is None:
        raise NotFound("term", term_id)
    return row


def dimension_of(work: Work, row: TermRow) -> DimensionRow:
    found = work.session.get(DimensionRow, row.dimension_id)
    assert found is not None  # a foreign key
    return found


def same_version(present: int, shown: int) -> None:
    if present != shown:
        raise Conflict("Somebody saved this in between. Look at it again.", version=present)
