"""Who acts and what they may do. Everything stands on this, so it knows no tables."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from content_catalog.errors import NotAllowed


class Role(StrEnum):
    REP = "rep"
    MARKETER = "marketer"
    ADMIN = "admin"


class Side(StrEnum):
    SALES = "sales"
    MARKETING = "marketing"


class Permission(StrEnum):
    """One name per group of the privilege matrix (RELIABILITY section 5)."""

    PUBLIC = "public"  # sign-in, static files, health probe
    FIND = "find"  # search, read and download published assets
    SEE_UNPUBLISHED = "see_unpublished"  # drafts, archived, their texts, images and counts
    KEEP_OWN = "keep_own"  # own stars, saved searches, profile, tokens
    EDIT_ASSETS = "edit_assets"  # create, edit, map, publish, archive, import, bulk
    ERASE_ASSETS = "erase_assets"
    UNDO_ANY_IMPORT = "undo_any_import"
    SEE_COVERAGE = "see_coverage"
    EDIT_COVERAGE = "edit_coverage"  # needs, targets, weights, plan, and the numbers as a file
    SEE_INSIGHTS = "see_insights"
    EDIT_TAXONOMY = "edit_taxonomy"
    ADMINISTER = "administer"  # users, settings, audit, health


_REP = frozenset({Permission.PUBLIC, Permission.FIND, Permission.KEEP_OWN, Permission.SEE_COVERAGE})
_MARKETER = _REP | {
    Permission.SEE_UNPUBLISHED,
    Permission.EDIT_ASSETS,
    Permission.EDIT_COVERAGE,
    Permission.SEE_INSIGHTS,
}
GRANTS: dict[Role | None, frozenset[Permission]] = {
    None: frozenset({Permission.PUBLIC}),
    Role.REP: _REP,
    Role.MARKETER: _MARKETER,
    Role.ADMIN: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """``id`` is the user's row, ``None`` for the system and for nobody; ``address`` is for audit."""

    id: int | None
    name: str
    role: Role | None
    email: str = ""
    side: Side | None = None
    address: str | None = None

    def may(self, permission: Permission) -> bool:
        return permission in GRANTS[self.role]

    def require(self, permission: Permission) -> None:
        """Raises ``NotAllowed`` naming the permission."""
        if not self.may(permission):
            raise NotAllowed(permission)


SYSTEM = Actor(id=None, name="Collateral Finder", role=Role.ADMIN)
NOBODY = Actor(id=None, name="", role=None)
