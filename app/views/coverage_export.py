"""Coverage as a file. It belongs to coverage's blueprint, which takes it by ``register``."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app import coverage_csv
from app.auth import requires
from app.coverage_counted import count_exactly
from app.coverage_view import from_pairs
from app.limits import limited
from app.wiring import look
from content_catalog import Permission, taxonomy


def register(blueprint: Blueprint) -> None:
    """Add this view to coverage's blueprint; its address is no part of the blueprint's folder."""
    blueprint.record(
        lambda state: state.app.add_url_rule(
            "/coverage.csv", f"{blueprint.name}.export", export, methods=["GET"]
        )
    )


@requires(Permission.EDIT_COVERAGE)
@limited("search")
def export() -> ResponseReturnValue:
    """The matrix of the page with the same address, for a spreadsheet."""
    return file()


def file() -> Response:
    """The answer for the pages and for programs: the address says what is counted."""
    terms = taxonomy.read(look())
    counted = count_exactly(look(), from_pairs(request.args.items(multi=True), terms))
    answer = Response(coverage_csv.table(counted, terms, look().zone), mimetype="text/csv")
    name = coverage_csv.file_name(counted)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer
