"""Mapping an asset to a cell from the coverage page.

It belongs to the coverage blueprint, which takes it by ``register``.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from app.auth import requires
from app.idempotent import once
from app.numbers import whole_or
from app.security import safe_next
from app.wiring import look, work
from app.words import listed
from content_catalog import Permission, assets, taxonomy
from content_catalog.assets import BulkEdit
from content_catalog.errors import Invalid, NotFound
from content_catalog.taxonomy import Taxonomy, Term


def register(blueprint: Blueprint) -> None:
    """Add this view to the coverage blueprint."""
    blueprint.add_url_rule("/map", view_func=map_asset, methods=["POST"])


@requires(Permission.EDIT_ASSETS)
def map_asset() -> ResponseReturnValue:
    """Give an asset the terms of a cell; those it has stay. ``terms`` are ``dimension:slug``."""
    asset_id = whole_or(request.form.get("asset", ""), 0)
    terms = _terms(taxonomy.read(look()), request.form.getlist("terms"))
    change = BulkEdit((asset_id,), add_terms={term.dimension: (term.slug,) for term in terms})
    where = listed([term.label for term in terms])
    try:
        with work() as unit:
            changed = once(unit, lambda: str(assets.bulk_edit(unit, change)))
    except Invalid as fault:
        flash(str(fault), "error")
    else:
        done = "Mapped to" if changed != "0" else "Was mapped already to"
        flash(f"{done} {where}. Search shows it in a moment.", "success")
    return redirect(safe_next(request.form.get("next") or "/coverage"), 303)


def _terms(known: Taxonomy, named: list[str]) -> list[Term]:
    found = []
    for name in named[:2]:
        dimension, _, slug = name.partition(":")
        term = known.term(dimension, slug)
        if term is None:
            raise NotFound("term", name[:80])
        found.append(term)
    if not found:
        raise Invalid("Name the row and the column to map it to.")
    return found
