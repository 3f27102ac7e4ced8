"""Adding and changing assets: what is kept, what is refused, whose words win."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import make
import pytest
from catalogs import Desk
from hypothesis import given
from hypothesis import strategies as st

from content_catalog import SYSTEM, Actor, Catalog, assets, audit, jobs, search_state, taxonomy
from content_catalog.assets import (
    AssetEdit,
    Audience,
    BulkEdit,
    NewAsset,
    PageText,
    Quota,
    Reading,
    ReadResult,
    Status,
    TextContent,
    rules,
)
from content_catalog.errors import Conflict, Invalid, NotAllowed, NotFound, TooLarge

TODAY = date(2026, 3, 2)


def read(language: str | None = None, *texts: str, **more: Any) -> ReadResult:
    """What reading a file found."""
    pages = tuple(PageText(n, "page", f"p. {n}", text) for n, text in enumerate(texts, 1))
    return ReadResult(
        **{
            "reading": Reading.DONE,
            "message": None,
            "pages": pages,
            "page_count": len(pages),
            "language": language,
            "active_content": False,
        }
        | more
    )


def language_of(desk: Desk, asset_id: int) -> list[str]:
    return [t.slug for t in make.card(desk, asset_id).terms.get("language", ())]


@pytest.mark.parametrize(
    ("command", "args"),
    [
        (assets.create, (make.new_asset(),)),
        (assets.edit, (1, AssetEdit(1, title="x"))),
        (assets.add_version, (1, 1, TextContent("x"))),
        (assets.review, (1, 1)),
        (assets.supersede, (1, 1, None)),
        (assets.bulk_edit, (BulkEdit((1,), status=Status.DRAFT),)),
        (assets.erase, (1,)),
        (assets.restore_revision, (1, 1, 1)),
        (assets.note_editing, (1,)),
        (assets.retry_reading, (1,)),
        (assets.store_reading, (1, read())),
        (assets.store_file_problems, ({},)),
        (assets.review_queue, (5,)),
        (assets.stats, ()),
        (assets.history, (1,)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_P_a_rep_changes_nothing(
    desk: Desk, rep: Actor, command: Any, args: tuple[Any, ...]
) -> None:
    make.asset(desk)
    with pytest.raises(NotAllowed):
        desk.by(rep, command, *args)


def test_P_a_marketer_does_not_erase(desk: Desk, marketer: Actor) -> None:
    asset_id = make.asset(desk)
    with pytest.raises(NotAllowed):
        desk.by(marketer, assets.erase, asset_id)


def test_everything_given_is_kept(desk: Desk, marketer: Actor) -> None:
    given_ = NewAsset(
        title="  Payback   in nine months ",
        content=TextContent("# Why\n\nBecause.\n\n## How\n\nSo."),
        summary="Short.",
        audience=Audience.CUSTOMER_READY,
        status=Status.DRAFT,
        terms={"stage": ("propose", "evaluate"), "type": ("case_study",)},
        owner="Owner@Example.com",
        use_when="a",
        do_not_use_when="b",
        talk_track="c",
        tags=(" one ", "two", "one", ""),
        published_on=date(2026, 1, 1),
        review_by=date(2026, 5, 1),
        expires_on=date(2026, 6, 1),
        external_id=" X-1 ",
    )
    page = desk.ask(assets.page, desk.by(marketer, assets.create, given_))
    card = page.card
    assert (card.title, card.summary, card.slug) == (
        "Payback in nine months",
        "Short.",
        "payback-in-nine-months",
    )
    assert (card.audience, card.status) == (Audience.CUSTOMER_READY, Status.DRAFT)
    assert [t.slug for t in card.terms["stage"]] == ["evaluate", "propose"]  # the taxonomy's order
    assert (card.owner_email, card.external_id) == ("owner@example.com", "X-1")
    assert (page.use_when, page.do_not_use_when, page.talk_track) == ("a", "b", "c")
    assert page.tags == ("one", "two")
    assert (page.published_on, card.freshness.review_by) == (date(2026, 1, 1), date(2026, 5, 1))
    assert card.freshness.expires_on == date(2026, 6, 1)
    assert (page.rev, page.version.number, page.version.created_by) == (1, 1, marketer.name)
    assert [p.label for p in page.pages] == ["Why", "How"]
    assert [p.text for p in desk.ask(assets.text, card.id)] == ["Why\nBecause.", "How\nSo."]


def test_the_owner_is_whoever_adds_it_unless_named(desk: Desk, marketer: Actor) -> None:
    asset_id = desk.by(marketer, assets.create, NewAsset("Mine", TextContent("x")))
    assert make.card(desk, asset_id).owner_email == marketer.email
    assert make.card(desk, asset_id).owner_name == marketer.name


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"summary": "x" * 2001}, "summary"),
        ({"talk_track": "x" * 4001}, "talk_track"),
        ({"owner": "nobody"}, "owner"),
        ({"external_id": "taken"}, "external_id"),
        ({"terms": {"stage": ("nowhere",)}}, "stage"),
        ({"terms": {"nothing": ("x",)}}, "nothing"),
        ({"terms": {"type": ("case_study", "battlecard")}}, "type"),
        ({"content": make.link("javascript:alert(1)")}, "link"),
        ({"content": make.link("https://user:secret@example.com/")}, "link"),
        ({"content": TextContent("x" * 20_001)}, "body"),
        ({"content": TextContent(" ")}, "body"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    desk: Desk, wrong: dict[str, Any], field: str
) -> None:
    make.asset(desk, external_id="taken")
    with pytest.raises(Invalid) as caught:
        make.asset(desk, **wrong)
    assert list(caught.value.fields) == [field]
    assert len(desk.ask(assets.all_ids)) == 1


def test_a_misspelt_term_is_answered_with_the_nearest(desk: Desk) -> None:
    with pytest.raises(Invalid, match="evaluate"):
        make.asset(desk, terms={"stage": ("evalute",)})


def test_a_retired_term_is_kept_but_not_given_anew(desk: Desk) -> None:
    asset_id = make.asset(desk, terms={"stage": ("evaluate",)})
    stage = desk.ask(taxonomy.read).term("stage", "evaluate")
    assert stage is not None
    desk.do(taxonomy.retire_term, stage.id)
    make.edited(desk, asset_id, terms={"stage": ("evaluate", "propose")})
    with pytest.raises(Invalid, match="retired"):
        make.asset(desk, terms={"stage": ("evaluate",)})


def test_only_what_is_sent_changes_and_each_edit_is_one_rev(desk: Desk) -> None:
    asset_id = make.asset(desk, summary="Kept.", expires_on=TODAY, terms={"stage": ("expand",)})
    done = make.edited(desk, asset_id, title="New title")
    assert (done.version, done.changed) == (2, ("title",))
    done = make.edited(desk, asset_id, terms={"persona": ("developer",)})
    assert (done.version, done.changed) == (3, ("term:persona",))
    done = make.edited(desk, asset_id, set_fields=frozenset({"expires_on"}))
    assert (done.version, done.changed) == (4, ("expires_on",))
    done = make.edited(desk, asset_id, title="New title")
    assert (done.version, done.changed) == (4, ())
    page = desk.ask(assets.page, asset_id)
    assert (page.card.summary, page.card.freshness.expires_on) == ("Kept.", None)
    assert [t.slug for t in page.card.terms["stage"]] == ["expand"]
    assert page.rev == 4


def test_C01_two_editors_of_different_fields_both_win(
    desk: Desk, marketer: Actor, admin: Actor
) -> None:
    asset_id = make.asset(desk)
    make.edited(desk, asset_id, by=admin, version=1, title="Theirs")
    done = make.edited(
        desk, asset_id, by=marketer, version=1, title=make.new_asset().title, summary="Mine"
    )
    card = make.card(desk, asset_id)
    assert (card.title, card.summary, card.version) == ("Theirs", "Mine", 3)
    assert (done.merged, done.by) == (("title",), admin.name)


def test_C01_two_editors_of_one_field_are_told_of_each_other(
    desk: Desk, marketer: Actor, admin: Actor
) -> None:
    asset_id = make.asset(desk, "Base")
    make.edited(desk, asset_id, by=admin, version=1, title="Theirs")
    with pytest.raises(Conflict) as caught:
        make.edited(desk, asset_id, by=marketer, version=1, title="Mine", summary="Mine too")
    told = caught.value
    assert (told.base, told.theirs, told.mine) == (
        {"title": "Base"},
        {"title": "Theirs"},
        {"title": "Mine"},
    )
    assert (told.version, told.by) == (2, admin.name)
    assert make.card(desk, asset_id).summary == ""


def test_C01_accepted_edits_are_the_final_rev(desk: Desk) -> None:
    """100 rounds with 2 to 8 editors who all started from the same version."""
    asset_id = make.asset(desk)
    accepted, fields = 0, ("title", "summary", "use_when", "talk_track")
    for number in range(100):
        version = make.rev(desk, asset_id)
        for editor in range(2 + number % 7):
            change = {fields[(number + editor) % 4]: f"{number} by {editor}"}
            try:
                done = make.edited(desk, asset_id, version=version, **change)
            except Conflict:
                continue
            accepted += bool(done.changed)
    assert make.rev(desk, asset_id) == 1 + accepted
    assert accepted >= 300


def test_C01_edits_at_the_same_moment_lose_no_word(desk: Desk, catalog: Catalog) -> None:
    """Threads that read, then write, as browsers do: every accepted word is in the history."""
    asset_id = make.asset(desk)
    accepted: list[str] = []

    def edit(editor: int) -> None:
        for number in range(6):
            words = f"{editor}/{number}"
            try:
                make.edited(desk, asset_id, title=words)
            except Conflict:
                continue
            accepted.append(words)

    threads = [threading.Thread(target=edit, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    kept = {r.fields["title"] for r in desk.ask(assets.history, asset_id)}
    assert set(accepted) <= kept
    assert make.rev(desk, asset_id) == 1 + len(accepted)


def test_a_version_of_long_ago_or_of_never_is_not_merged(desk: Desk) -> None:
    asset_id = make.asset(desk)
    for version in (0, 2, 99):
        with pytest.raises(Conflict):
            make.edited(desk, asset_id, version=version, title="x")


def test_C02_content_review_and_successor_make_stale_forms_noticed(desk: Desk) -> None:
    asset_id, other = make.asset(desk), make.asset(desk, "Other")
    assert desk.do(assets.add_version, asset_id, 1, TextContent("New")) == 2
    desk.do(assets.review, asset_id, 2)
    desk.do(assets.supersede, asset_id, 3, other)
    assert make.rev(desk, asset_id) == 4
    for command, args in (
        (assets.add_version, (TextContent("x"),)),
        (assets.review, ()),
        (assets.supersede, (None,)),
    ):
        with pytest.raises(Conflict):
            desk.do(command, asset_id, 1, *args)
    page = desk.ask(assets.page, asset_id)
    assert (page.version.number, page.markdown, page.successor) == (2, "New", other)
    assert page.card.freshness.reviewed_on == TODAY
    assert page.card.freshness.review_by == TODAY + timedelta(days=180)
    assert [v.number for v in page.versions] == [2, 1]


def test_C02_an_edit_and_an_archiving_both_count(desk: Desk) -> None:
    asset_id = make.asset(desk)
    make.edited(desk, asset_id, version=1, status=Status.ARCHIVED)
    make.edited(desk, asset_id, version=1, summary="Late words")
    card = make.card(desk, asset_id)
    assert (card.status, card.summary) == (Status.ARCHIVED, "Late words")


def test_nothing_takes_its_own_place_in_any_number_of_steps(desk: Desk) -> None:
    ids = [make.asset(desk, f"Deck {n}") for n in range(3)]
    desk.do(assets.supersede, ids[0], 1, ids[1])
    desk.do(assets.supersede, ids[1], 1, ids[2])
    for asset_id, successor in ((ids[2], ids[0]), (ids[2], ids[2])):
        with pytest.raises(Invalid):
            desk.do(assets.supersede, asset_id, 1, successor)
    with pytest.raises(NotFound):
        desk.do(assets.supersede, ids[2], 1, 999)


def test_P09_many_at_once_or_none(desk: Desk) -> None:
    ids = [make.asset(desk, f"Deck {n}", terms={"stage": ("expand",)}) for n in range(3)]
    change = BulkEdit(
        tuple(ids),
        add_terms={"stage": ("evaluate",), "persona": ("developer",)},
        remove_terms={"stage": ("expand",)},
        audience=Audience.CUSTOMER_READY,
    )
    assert desk.do(assets.bulk_edit, change) == 3
    assert desk.do(assets.bulk_edit, change) == 0
    for card in desk.ask(assets.cards, ids):
        assert [t.slug for t in card.terms["stage"]] == ["evaluate"]
        assert (card.audience, card.version) == (Audience.CUSTOMER_READY, 2)
    with pytest.raises(NotFound, match="999"):
        desk.do(assets.bulk_edit, BulkEdit((ids[0], 999), status=Status.DRAFT))
    make.edited(desk, ids[1], terms={"type": ("case_study",)})
    with pytest.raises(Invalid, match="Deck 1"):
        desk.do(assets.bulk_edit, BulkEdit(tuple(ids), add_terms={"type": ("battlecard",)}))
    assert all(card.status is Status.PUBLISHED for card in desk.ask(assets.cards, ids))
    assert "type" not in make.card(desk, ids[0]).terms


def test_an_earlier_state_comes_back_as_a_new_revision(desk: Desk) -> None:
    asset_id = make.asset(desk, "First", terms={"stage": ("expand",)})
    make.edited(desk, asset_id, title="Second", terms={"stage": ()})
    desk.do(assets.restore_revision, asset_id, 1, 2)
    card = make.card(desk, asset_id)
    assert (card.title, card.version) == ("First", 3)
    assert [t.slug for t in card.terms["stage"]] == ["expand"]
    assert [r.rev for r in desk.ask(assets.history, asset_id)] == [3, 2, 1]
    with pytest.raises(NotFound):
        desk.do(assets.restore_revision, asset_id, 9, 3)


def test_erased_is_gone_and_its_id_is_nobody_else_s(desk: Desk, admin: Actor) -> None:
    asset_id = make.asset(desk, content=make.file_content())
    version_id = make.card(desk, asset_id).version_id
    desk.do(search_state.done, desk.ask(search_state.pending, 10))
    desk.by(admin, assets.erase, asset_id)
    with pytest.raises(NotFound):
        desk.ask(assets.page, asset_id)
    assert desk.ask(assets.version_to_read, version_id) is None
    assert list(desk.ask(search_state.pending, 10)) == [asset_id]
    assert desk.ask(audit.history, "asset", asset_id)[0].action == "asset.erase"
    later = make.asset(desk, content=make.file_content())
    assert later > asset_id
    assert make.card(desk, later).version_id > version_id
    assert len(desk.do(jobs.claim, "w", timedelta(minutes=1), limit=10)) == 2


def test_a_new_file_is_read_once_and_again_when_asked(desk: Desk) -> None:
    asset_id = make.asset(desk, content=make.file_content())
    version_id = make.card(desk, asset_id).version_id
    (job,) = desk.do(jobs.claim, "w", timedelta(minutes=1))
    assert (job.kind, dict(job.payload)) == ("extract", {"version_id": version_id})
    desk.do(assets.store_reading, version_id, read(None, "One", "Two"))
    assert [p.text for p in desk.ask(assets.text, asset_id)] == ["One", "Two"]
    desk.do(jobs.finish, job)
    desk.do(assets.retry_reading, asset_id)
    assert make.card(desk, asset_id).reading is Reading.PENDING
    (again,) = desk.do(jobs.claim, "w", timedelta(minutes=1))
    assert again.payload == job.payload
    with pytest.raises(Invalid):
        desk.do(assets.retry_reading, make.asset(desk, content=make.link()))


def test_K06_the_same_reading_again_changes_nothing(desk: Desk) -> None:
    asset_id = make.asset(desk, content=make.file_content())
    version_id = make.card(desk, asset_id).version_id
    desk.do(assets.store_reading, version_id, read("en", "One"))
    first = desk.ask(assets.page, asset_id), desk.ask(assets.text, asset_id)
    desk.do(assets.store_reading, version_id, read("en", "One"))
    assert (desk.ask(assets.page, asset_id), desk.ask(assets.text, asset_id)) == first
    desk.do(assets.store_reading, 999, read("en", "One"))  # erased meanwhile


def test_a_form_opened_before_reading_keeps_the_language_found(desk: Desk) -> None:
    asset_id = make.asset(desk, content=make.file_content())
    desk.do(assets.store_reading, make.card(desk, asset_id).version_id, read("de", "Text"))
    make.edited(desk, asset_id, version=1, summary="Mine", terms={"language": ()})
    assert language_of(desk, asset_id) == ["de"]


@pytest.mark.parametrize("wanted", [(), ("fr",)], ids=str)
def test_people_know_the_language_better(desk: Desk, wanted: tuple[str, ...]) -> None:
    asset_id = make.asset(desk, content=make.file_content())
    version_id = make.card(desk, asset_id).version_id
    desk.do(assets.store_reading, version_id, read("de", "Text"))
    make.edited(desk, asset_id, terms={"language": wanted})
    assert language_of(desk, asset_id) == [*wanted]
    if wanted:
        late = make.asset(desk, content=make.file_content())
        desk.do(assets.store_reading, make.card(desk, late).version_id, read("de", "Text"))
        make.edited(desk, late, version=1, terms={"language": wanted})
        desk.do(assets.store_reading, make.card(desk, late).version_id, read("de", "Text"))
        assert language_of(desk, late) == [*wanted]


def test_reading_is_in_nobody_s_way(desk: Desk) -> None:
    asset_id = make.asset(desk, content=make.file_content())
    assert not desk.ask(assets.changed_since, asset_id, 1)
    desk.do(assets.store_reading, make.card(desk, asset_id).version_id, read("de", "Text"))
    desk.do(assets.review, asset_id, 1)
    assert desk.ask(assets.changed_since, asset_id, 1)
    with pytest.raises(Conflict):
        desk.do(assets.review, asset_id, 1)


def test_U15_the_quota_is_by_person_with_a_figure(
    desk: Desk, marketer: Actor, admin: Actor
) -> None:
    def add(size: int, by: Actor, quota: Quota) -> int:
        new = make.new_asset(content=make.file_content(size=size))
        return desk.by(by, assets.create, new, quota=quota)

    two, small = Quota(files=2), Quota(bytes=10**9)
    first = add(10, marketer, two)
    add(10, marketer, two)
    with pytest.raises(TooLarge, match="2 files"):
        add(10, marketer, two)
    add(10, admin, two)
    desk.do(assets.erase, first)
    add(10, marketer, two)
    with pytest.raises(TooLarge, match=r"1\.0 GB"):
        add(10**9, marketer, small)
    with pytest.raises(TooLarge):
        desk.by(
            marketer,
            assets.add_version,
            desk.ask(assets.all_ids)[0],
            1,
            make.file_content(size=10**9),
            quota=small,
        )


def test_every_change_is_noted_with_before_and_after(desk: Desk, marketer: Actor) -> None:
    asset_id = make.asset(desk, "Old")
    make.edited(desk, asset_id, by=marketer, title="New")
    newest, oldest = desk.ask(audit.history, "asset", asset_id)
    assert (newest.action, newest.actor_name) == ("asset.edit", marketer.name)
    assert (newest.before, newest.after) == ({"title": "Old"}, {"title": "New"})
    assert (oldest.action, oldest.actor_name) == ("asset.create", SYSTEM.name)


def test_who_has_the_form_open_is_told_to_others_for_two_minutes(
    desk: Desk, marketer: Actor, admin: Actor
) -> None:
    asset_id = make.asset(desk)
    desk.by(marketer, assets.note_editing, asset_id)
    assert desk.ask(assets.editors, asset_id, by=admin) == (marketer.name,)
    assert desk.ask(assets.editors, asset_id, by=marketer) == ()
    desk.clock.move(minutes=2, seconds=1)
    assert desk.ask(assets.editors, asset_id, by=admin) == ()


values = st.sampled_from(["", "a", "b", "c"])
states = st.dictionaries(st.sampled_from(["x", "y", "z"]), values)


@given(states, states, states)
def test_C01_a_merge_drops_nobody_s_change_silently(
    base: dict[str, str], theirs: dict[str, str], mine: dict[str, str]
) -> None:
    merged = rules.merge(base, theirs, mine)
    for name, wanted in mine.items():
        if wanted == base.get(name):  # not changed by me
            assert merged.values.get(name) == theirs.get(name)
        elif theirs.get(name) in (base.get(name), wanted):  # changed by me alone
            assert merged.values[name] == wanted
        else:
            assert name in merged.clashes
    for name in set(theirs) - set(mine):
        assert merged.values[name] == theirs[name]
