"""What the demo library consists of: plain values, nothing that knows a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

Build = Callable[[Path], Path]
"""Writes one file into the folder it is given (which must exist) and answers its path."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A person of the demo company. ``role`` is rep, marketer or admin, ``side`` sales or
    marketing. There is no password here: whoever loads the demo makes one."""

    email: str
    name: str
    role: str
    side: str


@dataclass(frozen=True, slots=True)
class DemoAsset:
    """One asset. Exactly one of ``build``, ``markdown`` and ``url`` is set.

    ``published_on``, ``review_by`` and ``expires_on`` are days from today (negative: past) or
    ``None``. Terms are slugs of ``taxonomy()`` and ``demo_taxonomy()``. ``earlier`` builds the
    older versions of the content, oldest first. ``superseded_by`` is the external id of the asset
    that took this one's place. ``opened`` and ``downloaded`` are counts within 90 days.
    """

    external_id: str
    title: str
    summary: str
    content_type: str
    audience: str
    owner: str
    personas: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    tollgates: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    status: str = "published"
    tags: tuple[str, ...] = ()
    use_when: str = ""
    do_not_use_when: str = ""
    talk_track: str = ""
    published_on: int | None = None
    review_by: int | None = None
    expires_on: int | None = None
    superseded_by: str | None = None
    opened: int = 0
    downloaded: int = 0
    build: Build | None = None
    earlier: tuple[Build, ...] = ()
    markdown: str | None = None
    url: str | None = None

    @property
    def terms(self) -> dict[str, tuple[str, ...]]:
        """Dimension slug to term slugs, empty dimensions left out."""
        named = {
            "persona": self.personas,
            "stage": self.stages,
            "tollgate": self.tollgates,
            "type": (self.content_type,),
            "industry": self.industries,
            "product": self.products,
            "competitor": self.competitors,
            "region": self.regions,
            "language": self.languages,
        }
        return {dimension: slugs for dimension, slugs in named.items() if slugs}


@dataclass(frozen=True, slots=True)
class DemoSearch:
    """A search somebody made. ``filters`` maps a dimension or ``audience`` to slugs. ``opened`` is
    the external id of what was opened from the results, ``None`` when nothing was. ``total`` counts
    the results; ``without`` is what each dropped filter would have given when there were none.
    ``minutes`` is how long before the hour of its day it was made."""

    email: str
    words: str
    filters: dict[str, tuple[str, ...]]
    days_ago: int
    opened: str | None = None
    total: int = 0
    without: dict[str, int] = field(default_factory=dict)
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class DemoUse:
    """One opening or download; ``event`` is opened or downloaded."""

    external_id: str
    event: str
    email: str
    days_ago: int


@dataclass(frozen=True, slots=True)
class DemoNeed:
    """``first`` and ``second`` are ``dimension:slug``; one alone is a default of that term."""

    first: str
    second: str | None = None
    target: int | None = None
    customer_ready: bool | None = None
    needed: bool | None = None
    why: str = ""
    buyer_believes: str = ""
    rep_proves: str = ""


@dataclass(frozen=True, slots=True)
class DemoPlanItem:
    """``terms`` are ``dimension:slug``; owner and reviewer e-mail addresses; due in days."""

    title: str
    terms: tuple[str, ...]
    type: str
    owner: str
    reviewer: str
    due: int
    agreed: bool = False
