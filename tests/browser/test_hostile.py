"""Text that would like to be code, in every field, on every page, for every role."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import make
import pytest
from live import ADMIN, MARKETER, REP, LiveSite, Visit, Watch
from playwright.sync_api import Page, expect
from small_pdf import small_pdf

from app import uploading
from content_catalog import Actor, Role, assets, people, saved, taxonomy
from content_catalog.taxonomy import Guide, NewTerm

WORD = "kumquat"
MARK = f'{WORD}"><img src=x onerror="window.struck=1"><script>window.struck=1</script>\'{{{{7*7}}}}'
PDF_MARK = (
    f"{WORD} <mark onmouseover=window.struck=1>{WORD}</mark><img src=x onerror=window.struck=1>"
)
MARKDOWN = f"""{MARK}

<script>window.struck=1</script> <style>body{{display:none}}</style> <base href="https://evil.example/">

[one](javascript:window.struck=1) [two](data:text/html,<script>window.struck=1</script>)
[three](vbscript:window.struck=1) [four](JaVaScRiPt&colon;window.struck=1) <a href="java\tscript:window.struck=1">five</a>

<div hx-get="/evil" hx-trigger="load" data-hx-get="/evil" onclick="window.struck=1">six</div>
<form action="https://evil.example/"><button>seven</button></form><svg><style><img src=x onerror=window.struck=1></style></svg>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=window.struck=1&gt;">

![eight](https://evil.example/pixel.png) `<b onclick=window.struck=1>nine</b>` {MARK}
"""
DOWNLOADS = {"static", "assets.file", "assets.version_file", "imports.refused"}
UNFIT = """() => [...document.querySelectorAll('*')].flatMap((element) =>
  [...element.attributes].filter(({name, value}) =>
    name.startsWith('on') || /^(data-)?hx-/.test(name) && value.includes('evil')
      || /^(href|src|action|formaction)$/.test(name)
         && /^\\s*(javascript|data|vbscript):/i.test(value.replace(/[\\s\\0]/g, ''))
      || /^(src|action)$/.test(name) && /evil|^x$/.test(value)
  ).map(({name, value}) => `${element.localName} ${name}=${value}`)
).concat([...document.querySelectorAll('script:not([src]), main style, base')].map(
  (element) => element.outerHTML.slice(0, 200)))"""


@pytest.fixture(scope="module")
def struck(site: LiveSite) -> dict[str, int]:
    """A library in which everything that takes text holds the marker."""
    term = site.do(
        taxonomy.add_term,
        NewTerm(
            "stage",
            f"{WORD} {MARK}"[:120],
            slug="kumquat",
            definition=MARK,
            aliases=(MARK[:100],),
            guide=Guide(MARKDOWN, MARKDOWN, MARKDOWN, MARKDOWN),
        ),
    )
    everything = {
        "summary": MARK,
        "use_when": MARK,
        "do_not_use_when": MARK,
        "talk_track": MARK,
        "tags": (MARK[:60].replace(",", " "),),
        "terms": {"stage": ("kumquat",), "persona": ("seller",)},
        "external_id": MARK[:100],
        "owner": ADMIN,
    }
    text = make.new_asset(f"Text {MARK}", content=assets.TextContent(MARKDOWN), **everything)
    name = f"{MARK.replace('/', '')[:80]}.pdf"
    kept = uploading.keep_file(site.services, io.BytesIO(small_pdf(PDF_MARK, PDF_MARK)), name)
    everything["external_id"] = f"pdf {MARK}"[:100]
    ids = {
        "term": term,
        "text": site.do(assets.create, text),
        "pdf": site.do(assets.create, make.new_asset(f"PDF {MARK}", content=kept, **everything)),
        "person": site.add_person("mark@example.com", MARK[:100], Role.MARKETER),
    }
    rep = site.ask(people.by_email, REP)
    as_rep = Actor(rep.id, rep.name, rep.role, rep.email, rep.side)
    with site.services.catalog.work(as_rep) as work:
        saved.save_search(work, MARK[:100], f"q={WORD}")
        saved.star(work, ids["pdf"])
    site.work_off()
    return ids


def is_clean(page: Page) -> None:
    assert page.evaluate("window.struck") is None, page.url
    assert page.evaluate(UNFIT) == [], page.url


def test_X02_names_and_words_show_as_they_were_typed(
    visit: Visit, site: LiveSite, struck: dict[str, int]
) -> None:
    page = visit(REP)
    for address, place in (
        (f"/assets/{struck['text']}", "h1"),
        (f"/assets/{struck['pdf']}?q={WORD}", "h1"),
        (f"/?q={WORD}", "#results"),
        ("/saved", "main"),
        ("/stages/kumquat", "h1"),
    ):
        page.goto(address)
        expect(page.locator(place).first).to_contain_text('"><img src=x onerror=')
        is_clean(page)
    page.goto("/")
    page.locator("#q").press_sequentially("PDF kum")
    expect(page.locator("#typeahead")).to_contain_text("onerror=")
    is_clean(page)
    page.locator("#q").fill(MARK)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("onerror"))
    expect(page.locator("#q")).to_have_value(MARK)
    is_clean(page)
    page.goto(f"/?q={WORD}&stage=nowhere%22%3E%3Cimg+src%3Dx+onerror%3Dstruck%3D1%3E&sort=%3Cb%3E")
    is_clean(page)
    as_admin = visit(ADMIN)
    as_admin.goto("/admin/users")
    expect(as_admin.get_by_text(MARK[:40])).to_be_visible()
    is_clean(as_admin)


def test_X01_markdown_keeps_its_words_and_loses_its_teeth(
    visit: Visit, struck: dict[str, int]
) -> None:
    page = visit(REP)
    page.goto(f"/assets/{struck['text']}")
    prose = page.locator("#asset-text")
    expect(prose).to_contain_text(WORD)
    is_clean(page)
    for link in prose.locator("a[href]").all():
        assert re.match(r"(https?|mailto):", link.get_attribute("href") or "")
    for button in prose.locator("a, button, div, b").all()[:10]:
        button.dispatch_event("click")
        button.dispatch_event("mouseover")
    is_clean(page)
    assert page.locator("body").is_visible()
    page.goto("/stages/kumquat")
    expect(page.locator(".cf-prose").first).to_contain_text(WORD)
    is_clean(page)


def test_X03_marked_words_of_a_hostile_page_stay_words(
    visit: Visit, struck: dict[str, int]
) -> None:
    page = visit(REP)
    page.goto(f"/?q={WORD}")
    row = page.locator(f"#result-{struck['pdf']}")
    expect(row.locator("mark").first).to_have_text(WORD)
    page.goto(f"/assets/{struck['pdf']}/text?q={WORD}")
    expect(page.locator("article").first).to_contain_text("<mark onmouseover=window.struck=1>")
    expect(page.locator("article mark").first).to_have_text(WORD)
    for mark in page.locator("mark").all():
        mark.dispatch_event("mouseover")
        assert mark.evaluate("(element) => element.attributes.length") == 0
    is_clean(page)


@pytest.mark.parametrize("email", [REP, MARKETER, ADMIN])
def test_X02_no_page_of_any_role_lets_the_marker_act(
    visit: Visit, site: LiveSite, struck: dict[str, int], email: str
) -> None:
    page = visit(email)
    seen = list(crawl(page, site, struck))
    assert len(seen) >= 12


def crawl(page: Page, site: LiveSite, struck: dict[str, int]) -> Iterator[str]:
    """Follow every link to a page, each kind of page once, and those about the marker always."""
    adapter = site.app.url_map.bind("localhost")
    ours = {*map(str, struck.values()), "kumquat"}
    waiting = [f"/?q={WORD}", f"/assets/{struck['pdf']}?q={WORD}", f"/assets/{struck['text']}"]
    done: set[tuple[str, bool]] = set()
    while waiting:
        address = waiting.pop(0)
        try:
            endpoint, values = adapter.match(urlsplit(address).path, method="GET")
        except Exception:
            raise AssertionError(f"a link leads nowhere: {address}") from None
        about = any(str(value) in ours for value in values.values())
        kind = (f"{endpoint}{sorted(values.items()) if about else ''}", "?" in address)
        if kind in done or endpoint in DOWNLOADS:
            continue
        done.add(kind)
        page.goto(address)
        is_clean(page)
        yield address
        waiting += page.evaluate(
            """() => [...document.querySelectorAll('a[href]:not([download])')]
              .map((a) => new URL(a.href)).filter((url) => url.origin === location.origin)
              .map((url) => url.pathname + url.search)"""
        )


def test_X02_a_hostile_table_is_shown_as_text_in_every_step(visit: Visit) -> None:
    page = visit(MARKETER)
    page.goto("/library/import")
    cell = MARK.replace('"', '""')
    table = f'external_id,title,url,"{cell}",persona\nx-1,"{cell}",https://www.example.com/,"{cell}","{cell}"\n'
    page.get_by_label("Table as CSV").set_input_files(
        {
            "name": "<img src=x onerror=struck=1>.csv",
            "mimeType": "text/csv",
            "buffer": table.encode(),
        }
    )
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Check").wait_for()
    is_clean(page)
    page.get_by_role("button", name="Check").click()
    page.get_by_role("heading", name="Rows", exact=True).wait_for()
    expect(page.locator("table")).to_contain_text('"><img src=x')
    is_clean(page)
    page.get_by_role("link", name="Edit row 2").click()
    expect(page.get_by_label("title", exact=True)).to_have_value(MARK)
    is_clean(page)
    page.goto("/library/import")
    is_clean(page)


HTML = b"<html><script>window.struck=1;alert(1)</script></html>"
POLYGLOTS = {
    "a.pdf": b"%PDF-1.4\n" + HTML,
    "b.pdf": small_pdf("x") + HTML,
    "c.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + HTML,
    "d.md": HTML,
    "e.txt": b"window.struck=1",
    "f.csv": b"window.struck=1,2\n" + HTML,
    "g.png": b"\x89PNG\r\n\x1a\n" + HTML,
    "h.html": b"%PDF-1.4\n" + HTML,
}


def test_U01_no_uploaded_file_runs_under_our_address(
    visit: Visit, site: LiveSite, watch: Watch
) -> None:
    watch.expect(422)
    watch.expect_words("Refused to execute script from")
    page = visit(MARKETER)
    page.goto("/library/new")
    page.locator("#many").set_input_files(
        [
            {"name": name, "mimeType": "text/html", "buffer": data}
            for name, data in POLYGLOTS.items()
        ]
    )
    lines = page.locator("[data-uploads] li")
    expect(lines.locator("progress")).to_have_count(0, timeout=20_000)
    refused = [t.split("\n")[0] for t in lines.all_inner_texts() if "was not uploaded" in t]
    assert "h.html" in refused
    kept = lines.get_by_role("link", name="Complete it").all()
    assert len(kept) + len(refused) == len(POLYGLOTS)
    for href in [link.get_attribute("href") or "" for link in kept]:
        address = f"/assets/{href.split('/')[2]}/file"
        with page.expect_download():
            page.evaluate("(url) => { location.href = url }", address)
        answer = page.request.get(site.url + address)
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert "html" not in answer.headers["content-type"]
        assert "script" not in answer.headers["content-type"]
        as_script = """(url) => new Promise((done) => {
          const script = document.createElement('script');
          script.onload = () => done('ran'); script.onerror = () => done('refused');
          script.src = url; document.head.append(script);
        })"""
        assert page.evaluate(as_script, address) == "refused"
    assert page.evaluate("window.struck") is None
