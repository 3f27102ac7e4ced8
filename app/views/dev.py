"""Every component with example values on one page, for whoever changes one. Not served in production."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.asset_page import AssetView, Box, Thumb, Viewer
from app.auth import requires
from app.coverage_cells import Bin, CellView, Grid, Head, Line, Other
from app.coverage_drill import Asked, Drill, Left, PlanLine
from app.criteria import Criteria
from app.finding import Suggestions, TermSuggestion
from app.search_page import (
    Chip,
    Drop,
    Facet,
    FacetValue,
    Link,
    Pagination,
    RailStage,
    ResultCard,
    SearchPage,
)
from app.sparkline import Spark
from content_catalog import Permission
from content_catalog.assets import (
    AssetCard,
    AssetName,
    AssetPage,
    Audience,
    Freshness,
    Kind,
    Reading,
    Status,
    VersionCard,
)
from content_catalog.imports import ImportRow, RowAction, RowProblem
from search_index.types import Snippet

blueprint = Blueprint("dev", __name__)
STAGES = ("Prospect", "Discover", "Evaluate", "Propose", "Negotiate", "Onboard", "Expand")
TODAY = date(2026, 3, 2)
AT = datetime(2026, 2, 18, 9, 30, tzinfo=UTC)
OWNER = ("Camille Aubry", "camille.aubry@example.com")


@blueprint.get("/dev/patterns")
@requires(Permission.PUBLIC)
def patterns() -> ResponseReturnValue:
    page = search_page()
    return render_template(
        "dev/patterns.html",
        page=page,
        nothing=replace(
            page,
            results=(),
            total=0,
            without=(Drop("industry", "Industry: Healthcare", 3, "/?q=payback"),),
            closest=page.results[:2],
            did_you_mean=Link("payback calculator", "/?q=payback+calculator"),
            also_searched=(Link("payback story", "/?q=payback+story"),),
        ),
        asset=asset_view(),
        found=suggestions(),
        rows=import_rows(),
        groups=import_groups(),
        grid=coverage_grid(),
        bars=coverage_grid("b"),
        drill=coverage_drill(),
    )


def search_page() -> SearchPage:
    return SearchPage(
        criteria=Criteria("payback", {"stage": ("evaluate",), "persona": ("cfo",)}),
        results=results(),
        total=14,
        took_ms=8.1,
        facets=facets(),
        rail=rail(),
        chips=(
            Chip("stage", "Stage", "evaluate", "Evaluate", "/?q=payback&persona=cfo"),
            Chip("persona", "Persona", "cfo", "CFO", "/?q=payback&stage=evaluate"),
        ),
        clear_url="/?q=payback",
        pagination=Pagination(1, 2, 34, None, "/?q=payback&page=2"),
        sorts=(
            ("relevance", "Best match", "/?q=payback", True),
            ("newest", "Newest", "/?q=payback&sort=newest", False),
        ),
    )


def rail() -> tuple[RailStage, ...]:
    counts = (2, 6, 14, 11, 3, 0, 4)
    first = RailStage("", "All stages", 29, False, "/?q=payback", "0")
    stages = (
        RailStage(name.lower(), name, count, name == "Evaluate", "/?q=payback", str(number))
        for number, (name, count) in enumerate(zip(STAGES, counts, strict=True), 1)
    )
    return (first, *stages)


def facets() -> tuple[Facet, ...]:
    def values(*named: tuple[str, int]) -> tuple[FacetValue, ...]:
        return tuple(
            FacetValue(label.lower().replace(" ", "-"), label, count, label == "CFO", "/")
            for label, count in named
        )

    industries = ("Energy", "Finance", "Food", "Media", "Telecom", "Transport")
    return (
        Facet("persona", "Persona", values(("CFO", 14), ("Controller", 11), ("IT lead", 2)), (), 1),
        Facet("audience", "Can I send it?", values(("Customer-ready", 10), ("Internal only", 4))),
        Facet("type", "Type", values(("Case study", 4), ("Calculator", 2), ("Deck", 2))),
        Facet(
            "industry",
            "Industry",
            values(("Manufacturing", 6), ("Retail", 4), ("Public sector", 0)),
            values(*((name, 1) for name in industries)),
        ),
    )


def results() -> tuple[ResultCard, ...]:
    return (
        row(card(1, "Payback in seven months, one plant at a time"), "p. 2, 3, 6", "Evaluate"),
        row(
            card(2, "Price objections: what to answer", audience=Audience.INTERNAL, kind="docx"),
            "p. 1",
            "Negotiate",
        ),
        row(card(3, "Business case deck, 12 slides", kind="pptx", state="overdue"), "slide 5"),
        row(card(4, "Pricing sheet of last year", kind="xlsx", state="expired"), "Sheet Prices"),
        row(card(5, "How we calculate payback", kind="md", status=Status.DRAFT), ""),
    )


def card(
    number: int,
    title: str,
    *,
    audience: Audience = Audience.CUSTOMER_READY,
    kind: str = "pdf",
    state: str = "fresh",
    status: Status = Status.PUBLISHED,
) -> AssetCard:
    reviewed = TODAY - timedelta(days=12) if state == "fresh" else None
    return AssetCard(
        id=number,
        slug="example",
        external_id=None,
        title=title,
        summary="One sentence on what the reader gets from it.",
        kind=Kind.TEXT if kind == "md" else Kind.FILE,
        format=kind,
        status=status,
        audience=audience,
        freshness=Freshness(state, 6, reviewed, TODAY, TODAY - timedelta(days=60)),
        terms={},
        owner_name=OWNER[0],
        owner_email=OWNER[1],
        version=1,
        version_id=number,
        page_count=6,
        has_thumbnail=False,
        uses=41 if number < 3 else 0,
        reading=Reading.PENDING if number == 5 else Reading.DONE,
        updated_at=AT,
        starred=number == 1,
    )


def row(shown: AssetCard, where: str, stage: str = "Evaluate") -> ResultCard:
    trust = {"overdue": "review overdue by 6 days", "expired": "expired 1 Jan 2026"}
    parts = (
        ("The first plant measured ", False),
        ("payback", True),
        (
            " at seven months; the model on page 3 works for any buyer with <20,000> invoices.",
            False,
        ),
    )
    return ResultCard(
        card=shown,
        url=f"/assets/{shown.id}-{shown.slug}?q=payback",
        snippets=(Snippet(2, "p. 2", parts),) if where else (),
        where=where,
        why=f"For the CFO at {stage}; {trust.get(shown.freshness.state, 'reviewed 12 days ago')}",
        meter=tuple(name in (stage, "Propose") for name in STAGES),
        stages=(stage, "Propose"),
        personas=("CFO",),
        type_label="Case study",
        page=2,
        score=1.0,
    )


def asset_view() -> AssetView:
    shown = card(1, "Payback in seven months, one plant at a time")
    version = VersionCard(
        1, 4, Kind.FILE, "payback.pdf", "application/pdf", "pdf", 1_800_000, None, AT, OWNER[0],
        Reading.DONE, None, 6, "en", False,
    )  # fmt: skip
    page = AssetPage(
        card=shown, version=version, versions=(version,), pages=(), markdown=None, use_when="",
        do_not_use_when="", talk_track="They started with one plant, so the first cheque was small.",
        tags=(), published_on=None, successor=None, file_problem=None, created_at=AT, rev=1,
    )  # fmt: skip
    return AssetView(
        asset=page,
        place=None,
        thumbs=tuple(
            Thumb(n, f"p. {n}", None, f"?p={n}", 5 if n == 3 else 0, n == 3, 0.77)
            for n in range(1, 5)
        ),
        more_pages=2,
        viewer=viewer(),
        why="For the CFO at Evaluate; reviewed 12 days ago",
        trust="Reviewed 12 days ago",
        meter=(False, False, True, True, False, False, False),
        fits=(("Evaluate", "The buyer compares and wants proof"), ("Propose", "The offer is out")),
        facts=(("Industry", (Link("Manufacturing", "/"),)),),
        near=results()[1:3],
        found_by=(),
        successor=None,
        text_url="/assets/1/text",
        file_url="/assets/1/file",
        can_edit=False,
        expired=False,
    )


def viewer() -> Viewer:
    return Viewer(
        number=3, label="p. 3", count=6, image_url=None, width_ratio=0.77,
        boxes=(Box(100, 100, 80, 14),),
        parts=(("What the first plant paid for: ", False), ("payback", True), (".", False)),
        words="payback", hits_here=5, hits_total=9, previous_url="?p=2", next_url="?p=4",
        previous_hit_url="?p=2", next_hit_url="?p=6",
    )  # fmt: skip


def suggestions() -> Suggestions:
    return Suggestions(
        assets=((1, "Payback in seven months", "/assets/1-example"),),
        terms=(TermSuggestion("persona", "Persona", "cfo", "CFO", "/?persona=cfo"),),
        searches=(Link("payback story", "/?q=payback+story"),),
    )


def import_rows() -> tuple[ImportRow, ...]:
    cells = {"title": "Comparison sheet", "stage": "Eval"}
    problem = RowProblem(
        27, 27, "stage", "near_miss_term", "Not a stage. Closest: Evaluate", "error", "Eval"
    )
    return (
        ImportRow(14, 14, RowAction.CREATE, "A-1", {"title": "One-pager", "stage": "Evaluate"}),
        ImportRow(27, 27, RowAction.REFUSED, "A-2", cells, (problem,)),
    )


def import_groups() -> tuple[SimpleNamespace, ...]:
    return (
        SimpleNamespace(count=5, text="“Eval” is not a stage", minor=False),
        SimpleNamespace(count=3, text="Other notes", minor=True),
    )


def coverage_grid(mark: str = "c") -> Grid:
    """One cell of each kind: a gap, thin, on target, twice, four times, and not needed."""
    kinds = (("l0", 0, "gap"), ("l1", 2, "thin"), ("l2", 3, "1 stale"), ("l3", 6, ""))
    columns = ("CFO", "Controller", "Procurement", "IT lead", "Founder", "Partner")

    def cells(stage: str) -> tuple[CellView, ...]:
        return tuple(
            CellView(
                f"{mark}-{stage}-{at}", "/coverage", stage, columns[at], number, "assets", word, level,
                14 if level == "l0" else 0, 1 if at == 1 else 0, f"{number} of 3 wanted",
                level != "na", stage == "Evaluate" and at == 0,
            )
            for at, (level, number, word) in enumerate((*kinds, ("l4", 12, ""), ("na", 0, "")))
        )  # fmt: skip

    lines = tuple(
        Line(Head(stage, note), cells(stage), Other(4), 23, has_gap=True)
        for stage, note in (("Evaluate", ""), ("Onboard", "after purchase"))
    )
    bins = (("l0", "0 gap"), ("l1", "1–2 thin"), ("l2", "3–5 on target"), ("l3", "6–11"))
    return Grid(
        caption="Number of assets that count for each stage and persona", row_label="Stage",
        heads=tuple(Head(label) for label in columns), lines=lines, totals=(0, 4, 6, 12, 24, 0),
        other_total=5, grand_total=46, others=9, folded=4, unfold_url="/coverage?columns=all",
        fold_url=None, legend=tuple(Bin(*one) for one in (*bins, ("l4", "12+"))),
        shows_demand=True, shows_planned=True, shares=(100, 60), is_list=False,
    )  # fmt: skip


def coverage_drill() -> Drill:
    payback = AssetName(1, "payback", "Payback in seven months, one plant at a time")
    return Drill(
        cell_id="c-Evaluate-0", label="Evaluate · CFO", title="No assets, 14 unanswered searches",
        needed=True, not_needed="", why_not="", marked_at=None,
        believes=("The sum pays back within the year.",), proves=("Who measured it.",),
        wanted="3 assets, case study, customer-ready", close_url="/coverage", counted=(),
        counted_total=0, planned_in=0, search_url=None, left=(Left(payback, "Review overdue"),),
        left_total=1, all_url="/coverage/assets", asked=(Asked("payback", "found nothing", 9),),
        asked_total=14, other_searches=5,
        searches_url="/coverage/searches", ways=(),
        plan=(PlanLine("/coverage/plan/1", "Payback by plant", "Proposed · due 4 Dec 2026"),),
        spark=Spark("2,25 60,14 118,3", "From 0 on 1 Sep 2026 to 2 on 1 Nov 2026", (118, 3)),
        score="58", score_parts=(("3 missing to the target × 10", "30"),),
        rests_on="rests on 14 searches", need_url="/coverage/needs", skip_url=None,
        plan_url="/coverage/plan/new", near_url=None, here="/coverage",
    )  # fmt: skip
