"""The demo library: complete, true to the taxonomy, and made of files that open."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pypdfium2
import pytest
from pypdfium2.raw import FPDF_PAGEOBJ_TEXT

import app.demo as demo
from app.demo.formulas import evaluate
from app.demo.pdf_writer import PdfDocument, text_width, wrap
from app.demo.source import read
from app.demo.text import parse

ASSETS = {asset.external_id: asset for asset in demo.assets()}
FILES = [asset for asset in demo.assets() if asset.build]
IDS = [asset.external_id for asset in FILES]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("demo")
    return {asset.external_id: asset.build(folder) for asset in FILES if asset.build}


def names(taxonomy: dict[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Dimension -> slug -> term."""
    return {
        dimension["slug"]: {term["slug"]: term for term in dimension["terms"]}
        for dimension in taxonomy["dimensions"]
    }


def all_terms() -> dict[str, dict[str, dict[str, Any]]]:
    terms = names(demo.taxonomy())
    for dimension, more in names(demo.demo_taxonomy()).items():
        terms[dimension] |= more
    return terms


def words_of(path: Path) -> str:
    """What a reader of the file sees, by the library that reads this kind of file."""
    if path.suffix == ".pdf":
        pages = pypdfium2.PdfDocument(path)
        text = "\n".join(page.get_textpage().get_text_range() for page in pages)
    elif path.suffix == ".pptx":
        slides = pptx.Presentation(str(path)).slides
        shapes = [shape for slide in slides for shape in slide.shapes]
        text = "\n".join(shape.text_frame.text for shape in shapes if shape.has_text_frame)
    elif path.suffix == ".docx":
        text = "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)
    else:
        book = openpyxl.load_workbook(path, data_only=True)
        cells = [c.value for sheet in book for row in sheet.iter_rows() for c in row]
        text = "\n".join(str(cell) for cell in cells if cell is not None)
    return " ".join(text.split())


def test_library_is_large_and_mixed() -> None:
    assets = demo.assets()
    kinds = Counter("link" if a.url else "text" if a.markdown else "file" for a in assets)
    suffixes = Counter(source.head["kind"] for source in map(read, sources()) if source.head)

    assert len(assets) >= 56
    assert len(ASSETS) == len(assets)
    assert kinds["link"] >= 5
    assert kinds["text"] >= 12
    assert suffixes["pdf"] >= 18
    assert suffixes["pptx"] >= 8
    assert suffixes["docx"] >= 7
    assert suffixes["xlsx"] >= 5
    assert {"en", "de", "fr"} <= {language for a in assets for language in a.languages}
    assert len({a.owner for a in assets}) >= 5


def sources() -> list[Path]:
    from app.demo.source import CONTENT

    return sorted(CONTENT.glob("*.md"))


def test_every_state_of_an_asset_is_met() -> None:
    assets = demo.assets()
    live = [a for a in assets if a.status == "published"]

    assert {a.audience for a in assets} == {"internal", "customer_ready"}
    assert sum(a.status == "draft" for a in assets) == 2
    assert sum(a.status == "archived" for a in assets) == 1
    assert sum(a.expires_on is not None and a.expires_on < 0 for a in live) == 1
    assert sum(a.review_by is not None and a.review_by < 0 for a in live) >= 3
    assert any(a.earlier for a in assets)
    assert {a.superseded_by for a in assets} - {None} <= ASSETS.keys()


@pytest.mark.parametrize("asset", demo.assets(), ids=lambda asset: str(asset.external_id))
def test_asset_is_complete_and_names_known_terms(asset: demo.DemoAsset) -> None:
    terms = all_terms()
    people = {account.email for account in demo.accounts()}

    assert [asset.build, asset.markdown, asset.url].count(None) == 2
    assert asset.owner in people
    assert len(asset.summary) > 40
    for dimension, slugs in asset.terms.items():
        assert set(slugs) <= terms[dimension].keys(), dimension
        assert len(set(slugs)) == len(slugs)
    assert asset.personas
    assert asset.stages
    assert asset.tollgates


@pytest.mark.parametrize("dimension", ["persona", "stage", "tollgate"])
def test_every_page_of_the_map_has_assets(dimension: str) -> None:
    used = {slug for asset in demo.assets() for slug in asset.terms[dimension]}
    wanted = names(demo.taxonomy())[dimension].keys() - {"partner"}

    assert wanted <= used


def test_default_taxonomy_gives_no_name_to_two_terms() -> None:
    for taxonomy in (demo.taxonomy(), demo.demo_taxonomy()):
        for dimension in taxonomy["dimensions"]:
            seen: dict[str, str] = {}
            for term in dimension["terms"]:
                own = {term["slug"], term["label"], *term["aliases"]}
                for key in {re.sub(r"[-_ ]+", " ", name).casefold() for name in own}:
                    assert seen.setdefault(key, term["slug"]) == term["slug"], key


def test_default_taxonomy_explains_itself() -> None:
    terms = names(demo.taxonomy())

    assert demo.TAXONOMY_PATH.is_file()
    assert len(terms["type"]) >= 16
    for dimension in ("persona", "stage", "tollgate"):
        for term in terms[dimension].values():
            assert all(term[guide].startswith("- ") for guide in ("ask", "say", "do", "send"))
    for dimension in terms.values():
        assert all(term["definition"] and term["aliases"] for term in dimension.values())
        positions = [term["position"] for term in dimension.values()]
        assert positions == list(range(1, len(positions) + 1))


def test_every_tollgate_belongs_to_a_stage() -> None:
    terms = names(demo.taxonomy())
    mapped = [slug for stage in terms["stage"].values() for slug in stage["tollgates"]]

    assert set(mapped) == terms["tollgate"].keys()
    assert {t["phase"] for t in terms["tollgate"].values()} == {"purchase", "post_purchase"}


@pytest.mark.parametrize("asset", FILES, ids=IDS)
def test_file_opens_and_says_its_title(asset: demo.DemoAsset, built: dict[str, Path]) -> None:
    words = words_of(built[asset.external_id])

    assert " ".join(asset.title.split()) in words
    assert " ".join(asset.summary.split()) in words
    assert "**" not in words
    assert ":::" not in words


@pytest.mark.parametrize("asset", FILES, ids=IDS)
def test_same_text_gives_the_same_bytes(
    asset: demo.DemoAsset, built: dict[str, Path], tmp_path: Path
) -> None:
    assert asset.build is not None

    assert asset.build(tmp_path).read_bytes() == built[asset.external_id].read_bytes()


def test_pdf_texts_lie_apart_and_inside_the_page(built: dict[str, Path]) -> None:
    for path in (p for p in built.values() if p.suffix == ".pdf"):
        for page in pypdfium2.PdfDocument(path):
            objects = page.get_objects(filter=[FPDF_PAGEOBJ_TEXT])
            boxes = [found.get_bounds() for found in objects]
            for left, bottom, right, top in boxes:
                assert 20 < left < right < 575, path.name
                assert 20 < bottom < top < 830, path.name
            for one, other in itertools.combinations(boxes, 2):
                wide = min(one[2], other[2]) - max(one[0], other[0])
                tall = min(one[3], other[3]) - max(one[1], other[1])
                assert wide < 1 or tall < 1.5, (path.name, one, other)


@pytest.mark.parametrize("name", ["demo-onepager-payback", "demo-ds-swap"])
def test_what_is_called_one_page_is_one(name: str, built: dict[str, Path]) -> None:
    assert len(pypdfium2.PdfDocument(built[name])) == 1


def test_slides_have_notes_and_stay_on_the_slide(built: dict[str, Path]) -> None:
    for path in (p for p in built.values() if p.suffix == ".pptx"):
        deck = pptx.Presentation(str(path))
        assert deck.slide_height is not None
        for slide in list(deck.slides)[1:]:
            assert slide.shapes.title is not None
            assert slide.notes_slide.notes_text_frame.text, path.name
            for shape in slide.shapes:
                assert shape.top + shape.height <= deck.slide_height, (path.name, shape.name)


def test_roi_calculator_agrees_with_the_business_case(built: dict[str, Path]) -> None:
    path = built["demo-roi-calculator"]
    sheet = openpyxl.load_workbook(path, data_only=True)["Result"]
    rows = {row[0]: row[1:3] for row in sheet.iter_rows(values_only=True)}
    cautious, expected = rows["Payback, months from signature"]
    formulas = openpyxl.load_workbook(path)["Result"]

    assert round(expected) == 9
    assert round(cautious) == 16
    assert any(str(cell.value).startswith("=IF(") for row in formulas for cell in row)


def test_earlier_version_is_another_file(tmp_path: Path, built: dict[str, Path]) -> None:
    asset = ASSETS["demo-roi-calculator"]

    old = [build(tmp_path).read_bytes() for build in asset.earlier]

    assert len(old) == 1
    assert old[0] != built[asset.external_id].read_bytes()


def test_use_adds_up_and_lies_in_the_last_quarter() -> None:
    counted = Counter((use.external_id, use.event) for use in demo.usage())
    people = {account.email for account in demo.accounts()}

    for asset in demo.assets():
        assert counted[asset.external_id, "opened"] == asset.opened
        assert counted[asset.external_id, "downloaded"] == asset.downloaded
        assert asset.downloaded <= asset.opened
    for use in demo.usage():
        published = ASSETS[use.external_id].published_on
        assert 0 <= use.days_ago < 90
        assert published is None or use.days_ago < -published
        assert use.email in people
    assert demo.usage() == demo.usage.__wrapped__()


def test_searches_name_people_terms_and_assets_that_exist() -> None:
    terms = all_terms()
    people = {account.email for account in demo.accounts()}
    searches = demo.searches()

    assert len(searches) >= 50
    assert [s.days_ago for s in searches] == sorted(s.days_ago for s in searches)
    assert any(search.opened is None for search in searches)
    for search in searches:
        assert search.email in people
        assert search.opened is None or search.opened in ASSETS, search
        for dimension, slugs in search.filters.items():
            known = {"internal": {}} if dimension == "audience" else terms[dimension]
            assert set(slugs) <= known.keys(), search


def test_accounts_have_every_role_and_side() -> None:
    accounts = demo.accounts()

    assert [account.role for account in accounts[:3]] == ["rep", "marketer", "admin"]
    assert {account.side for account in accounts} == {"sales", "marketing"}
    assert all(account.email.endswith("@example.com") for account in accounts)
    assert len({account.email for account in accounts}) == len(accounts) >= 6


def test_head_of_a_text_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text("titel: wrong\n---\nbody\n")

    with pytest.raises(ValueError, match="'titel: wrong' is not a known"):
        read(path)


@pytest.mark.parametrize("body", [":::bars a | b\nx | 1\n", ":::nothing\n:::\n"])
def test_broken_fence_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match=":::"):
        parse(body)


def test_pdf_refuses_a_character_it_has_no_width_for() -> None:
    with pytest.raises(ValueError, match="no width is known for '→'"):
        text_width("a → b", 10)


def test_wrapped_lines_fit_and_keep_every_word() -> None:
    words = "Shifts that hold, early enough for people and close enough to demand"

    lines = wrap([(words, False)], 90, 10)

    assert " ".join(text for line in lines for text, _ in line) == words
    assert len(lines) > 3
    assert all(text_width(text, 10) <= 90 for line in lines for text, _ in line)


def test_pdf_text_with_brackets_and_accents_survives(tmp_path: Path) -> None:
    document = PdfDocument("Title (ä)", "Author", "en", "20260101000000Z")
    words = r"Brackets ( \ ), “quotes”, Überstunden à 12 €"
    document.add_page().text(50, 50, words, 12, (0, 0, 0))

    read_back = pypdfium2.PdfDocument(document.save(tmp_path / "x.pdf"))

    assert read_back[0].get_textpage().get_text_range() == words
    assert read_back.get_metadata_value("Title") == "Title (ä)"


@pytest.mark.parametrize(
    ("formula", "value"),
    [("1+2*3", 7), ("-(a-1)/2", -1.5), ('IF(a>=4, "yes", "no")', "yes"), ("IF(a<4, 1, 2)", 2)],
)
def test_formula_is_worked_out(formula: str, value: float | str) -> None:
    assert evaluate(formula, {"a": 4}.__getitem__) == value


@pytest.mark.parametrize("formula", ["SUM(1, 2)", "1 ** 2", "'x' + 1", "IF(1, 2, 3)"])
def test_formula_that_is_not_known_is_refused(formula: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        evaluate(formula, {}.__getitem__)


def test_what_is_needed_and_planned_names_terms_and_people_there_are() -> None:
    terms = {
        f"{dimension['slug']}:{term['slug']}"
        for dimension in demo.taxonomy()["dimensions"]
        for term in dimension["terms"]
    }
    people = {account.email for account in demo.accounts()}
    named = {n for need in demo.needs() for n in (need.first, need.second) if n}
    for item in demo.plan():
        named |= {*item.terms, f"type:{item.type}"}
        assert {item.owner, item.reviewer} <= people
    assert named <= terms
