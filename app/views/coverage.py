"""Coverage: where the library has what reps need, and where it does not."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app import coverage_drill, coverage_lists, coverage_page, coverage_searches, plan_page
from app.auth import requires
from app.coverage_page import Counted
from app.coverage_view import CoverageReading, from_pairs
from app.limits import limited
from app.numbers import whole_or
from app.views import coverage_export, coverage_mapping
from app.wiring import look, services
from content_catalog import Permission, Side, taxonomy
from content_catalog.errors import NotFound

blueprint = Blueprint("coverage", __name__, url_prefix="/coverage")
for others in (coverage_export, coverage_mapping):
    others.register(blueprint)
DRILL = "drill"  # the element that holds a cell's evidence


@blueprint.get("")
@requires(Permission.SEE_COVERAGE)
def show() -> ResponseReturnValue:
    """The matrix, and the evidence of one cell when the address names one."""
    if _unnamed():
        return render_template("coverage/unnamed.html")
    reading = _reading()
    counted = coverage_page.count(look(), reading.criteria, reading.notices)
    cell = coverage_page.current_cell(counted)
    drill = coverage_drill.build(look(), counted, cell) if cell else None
    if _is_partial() and request.headers.get("HX-Target") == DRILL:
        kept = counted.criteria.cell_key
        return _piece("coverage/_drill.html", counted, drill=drill, kept=kept)
    page = coverage_page.build(look(), counted)
    if _is_partial():
        otherwise = bool(page.notices) or reading.swapped
        return _piece(
            "coverage/_regions.html", counted, page=page, drill=drill, otherwise=otherwise
        )
    waiting = _waiting() if drill is None else 0
    answer = make_response(
        render_template("coverage/show.html", page=page, drill=drill, waiting=waiting)
    )
    answer.vary.add("HX-Request")
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@blueprint.get("/assets")
@requires(Permission.SEE_COVERAGE)
def assets() -> ResponseReturnValue:
    """The assets behind one of the page's numbers, or behind a cell."""
    if _unnamed():
        return render_template("coverage/unnamed.html")
    which = request.args.get("which", "")
    which = which if which in coverage_lists.WHICH else "counted"
    number = min(max(whole_or(request.args.get("page", "1"), 1), 1), 100_000)
    page = coverage_lists.assets_page(look(), _count(), which, number)
    return render_template("coverage/assets.html", page=page)


@blueprint.get("/cells")
@requires(Permission.SEE_COVERAGE)
def cells() -> ResponseReturnValue:
    """The cells behind one of the page's numbers."""
    if _unnamed():
        return render_template("coverage/unnamed.html")
    which = request.args.get("which", "")
    which = which if which in coverage_lists.WHICH_CELLS else "next"
    page = coverage_lists.cells_page(look(), _count(), which)
    return render_template("coverage/cells.html", page=page)


@blueprint.get("/searches")
@requires(Permission.SEE_INSIGHTS)
def searches() -> ResponseReturnValue:
    """The failed searches of the cell of the address, or those that fit no cell."""
    if _unnamed():
        return render_template("coverage/unnamed.html")
    return render_template("coverage/searches.html", page=coverage_searches.page(look(), _count()))


@blueprint.get("/near")
@requires(Permission.SEE_COVERAGE)
@limited("search")
def near() -> ResponseReturnValue:
    """Assets that could be stretched to fit the cell of the address."""
    counted = _count()
    cell = coverage_page.current_cell(counted)
    if cell is None:
        raise NotFound("cell", request.args.get("cell", ""))
    page = coverage_drill.near_page(look(), services().index, counted, cell)
    template = "coverage/_near.html" if _is_partial() else "coverage/near.html"
    answer = make_response(render_template(template, page=page))
    answer.vary.add("HX-Request")
    answer.headers["Cache-Control"] = "no-store" if _is_partial() else "private, no-cache"
    return answer


def _unnamed() -> bool:
    """Whether there is nothing yet that rows and columns could be made of."""
    return not any(dimension.live for dimension in taxonomy.read(look()).dimensions)


def _waiting() -> int:
    """Plan items that wait for the reader; only people of sales are asked."""
    return plan_page.waiting(look()) if look().actor.side is Side.SALES else 0


def _reading() -> CoverageReading:
    return from_pairs(request.args.items(multi=True), taxonomy.read(look()))


def _count() -> Counted:
    reading = _reading()
    return coverage_page.count(look(), reading.criteria, reading.notices)


def _is_partial() -> bool:
    headers = request.headers
    return "HX-Request" in headers and "HX-History-Restore-Request" not in headers


def _piece(template: str, counted: Counted, **values: object) -> Response:
    """The regions that htmx exchanges, under the address of the whole page."""
    answer = make_response(render_template(template, **values))
    answer.vary.add("HX-Request")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["HX-Push-Url"] = counted.criteria.url()
    return answer
