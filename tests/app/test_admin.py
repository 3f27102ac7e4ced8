"""Health and audit."""

from __future__ import annotations

from datetime import timedelta

from forms import form
from shelf import ADMIN, MARKETER, Shelf, words

from content_catalog import assets, jobs


def test_health_says_what_to_do_about_a_missing_worker(shelf: Shelf) -> None:
    page = words(shelf.browser(ADMIN).get("/admin/health").text)
    assert "The worker has not been seen." in page
    assert "Restart the server, or run: collateral-finder worker" in page


def test_R13_a_failed_job_shows_its_error_and_is_retried(shelf: Shelf) -> None:
    shelf.site.do(jobs.enqueue, "extract", {"version_id": 1})
    while not shelf.site.ask(jobs.parked):
        shelf.site.clock.move(hours=2)
        (job,) = shelf.site.do(jobs.claim, "test", timedelta(minutes=1))
        shelf.site.do(jobs.fail, job, "The file ended in the middle.")
    admin = shelf.browser(ADMIN)
    page = admin.get("/admin/health").text
    assert "The file ended in the middle." in words(page)
    path = f"/admin/health/jobs/{shelf.site.ask(jobs.parked)[0].id}/retry"
    assert admin.post(path, form(page, path)).status_code == 303
    assert shelf.site.ask(jobs.parked) == ()


def test_health_counts_what_people_cannot_find(shelf: Shelf) -> None:
    yesterday = shelf.site.clock().date() - timedelta(days=1)
    shelf.put("Sheet", review_by=yesterday)
    page = words(shelf.browser(ADMIN).get("/admin/health").text)
    assert "1 overdue Reviews past their date" in page


def test_the_audit_shows_before_and_after_and_narrows(shelf: Shelf) -> None:
    asset_id = shelf.put("Old title")
    shelf.site.do(assets.edit, asset_id, assets.AssetEdit(1, title="New title"))
    admin = shelf.browser(ADMIN)
    page = words(admin.get("/admin/audit").text)
    assert "title : Old title → New title" in page
    assert "people.sign_in" in page
    narrowed = words(admin.get("/admin/audit?action=asset.edit&before=x").text)
    assert "New title" in narrowed
    assert "asset.create" not in narrowed
    assert "Nothing fits" in words(admin.get("/admin/audit?actor=nobody+known").text)


def test_the_audit_is_read_in_pages_without_gaps(shelf: Shelf) -> None:
    for number in range(60):
        shelf.site.do(
            assets.create,
            assets.NewAsset(
                f"Number {number}", assets.LinkContent(f"https://example.com/{number}")
            ),
        )
    admin = shelf.browser(ADMIN)
    first = admin.get("/admin/audit?action=asset.create")
    older = first.text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = admin.get(older)
    seen = [n for n in range(60) if f"Number {n} " in f"{words(first.text)} {words(second.text)} "]
    assert seen == list(range(60))
    assert 'rel="next"' not in second.text


def test_only_admins_look_after_the_site(shelf: Shelf) -> None:
    marketer = shelf.browser(MARKETER)
    assert marketer.get("/admin/health").status_code == 403
    assert marketer.get("/admin/audit").status_code == 403
    assert marketer.get("/healthz").json == {"status": "ok"}
