"""Loads and removes the demo library, through the same commands a person uses."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from app import demo
from app.settings import Settings
from app.uploading import keep_file
from app.wiring import Services, build
from content_catalog import (
    SYSTEM,
    Actor,
    Catalog,
    Role,
    Side,
    analytics,
    assets,
    coverage,
    people,
    taxonomy,
)
from content_catalog.analytics import Event, SearchRecord
from content_catalog.assets import Audience, Content, LinkContent, NewAsset, Status, TextContent
from content_catalog.coverage import NeedRecord, NewPlanItem
from content_catalog.database import Work
from content_catalog.errors import Invalid, NotAllowed
from content_catalog.people import NewUser
from content_catalog.taxonomy import Taxonomy

PASSWORD_FILE = "demo_password"  # the name of a file, not a secret


@dataclass(frozen=True, slots=True)
class DemoReport:
    assets: int
    accounts: int
    uses: int = 0
    searches: int = 0


def load(services: Services, progress: Callable[[int], None] | None = None) -> DemoReport:
    """Add the demo company's taxonomy, people, assets, past use, needs and plan.

    Twice changes nothing more: past use, needs and plan come only with the whole library, since
    nothing tells which of them are there already.
    """
    password = demo_password(services.settings.data_dir)
    password_hash = people.hash_password(password)
    with services.catalog.work(SYSTEM) as work:
        taxonomy.load_default(work)
        taxonomy.load(work, demo.demo_taxonomy(), demo=True)
        actors = {a.email: _account(work, a, password_hash) for a in demo.accounts()}
    wanted, added = demo.assets(), 0
    for number, item in enumerate(wanted, 1):
        added += _load_asset(services, item, actors)
        if progress:
            progress(number)
    _supersede(services)
    uses = searches = 0
    if added == len(wanted):
        uses, searches = _history(services, actors)
        _coverage(services, actors)
    return DemoReport(added, len(actors), uses, searches)


def load_if_empty(settings: Settings) -> DemoReport | None:
    """For ``make run``: only into a catalog that has nobody and nothing yet."""
    services = build(settings)
    try:
        with services.catalog.look(SYSTEM) as look:
            if people.users(look) or assets.all_ids(look):
                return None
        return load(services)
    finally:
        services.close()


def remove(services: Services) -> DemoReport:
    """Take away everything that ``load`` added; what people added themselves stays.

    A demo term or person that something of theirs refers to stays as well.
    """
    with services.catalog.work(SYSTEM) as work:
        ids = assets.demo_ids(work)
        for asset_id in ids:
            assets.erase(work, asset_id)
        analytics.remove_demo(work)
        coverage.remove_demo(work)
        taxonomy.remove_demo(work)
        gone = people.remove_demo(work)
    (services.settings.data_dir / PASSWORD_FILE).unlink(missing_ok=True)
    return DemoReport(len(ids), gone)


def demo_password(data_dir: Path) -> str:
    """Made anew for each data folder, since a password everybody knows protects nothing."""
    path = data_dir / PASSWORD_FILE
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("-".join(secrets.token_hex(2) for _ in range(4)))
    return path.read_text().strip()


def sign_ins(catalog: Catalog, data_dir: Path) -> list[str]:
    """Lines that tell how to sign in to the demo; none when it is not loaded."""
    path = data_dir / PASSWORD_FILE
    if not path.exists():
        return []
    with catalog.look(SYSTEM) as look:
        found = [people.by_email(look, account.email) for account in demo.accounts()[:3]]
    lines = [f"  {user.email:<32} {user.role.value}" for user in found if user is not None]
    return ["Demo sign-ins, password " + path.read_text().strip(), *lines] if lines else []


def _account(work: Work, account: demo.DemoAccount, password_hash: str) -> Actor:
    known = people.by_email(work, account.email)
    if known is None:
        role, side = Role(account.role), Side(account.side)
        user_id = people.add_user(
            work,
            NewUser(account.email, account.name, role, side),
            password_hash=password_hash,
            demo=True,
        )
        return Actor(user_id, account.name, role, account.email, side)
    return Actor(known.id, known.name, known.role, known.email, known.side)


def _load_asset(services: Services, item: demo.DemoAsset, actors: Mapping[str, Actor]) -> bool:
    with services.catalog.look(SYSTEM) as look:
        if assets.by_external_id(look, item.external_id) is not None:
            return False
    contents = _contents(services, item)
    with services.catalog.work(SYSTEM) as work:
        new = _new_asset(item, contents[0], work.today, taxonomy.read(work))
        asset_id = assets.create(work, new, demo=True)
        for later in contents[1:]:
            assets.add_version(work, asset_id, assets.page(work, asset_id).rev, later)
        if item.review_by is not None and item.review_by > 0 and item.published_on is not None:
            _reviewed(work, asset_id, item, actors)
    return True


def _reviewed(work: Work, asset_id: int, item: demo.DemoAsset, actors: Mapping[str, Actor]) -> None:
    """The owner confirmed it between publication and today, half a year before the next review."""
    since = max((item.review_by or 0) - 180, item.published_on or 0)
    then = replace(
        work,
        now=work.now + timedelta(days=min(since, -1)),
        actor=actors.get(item.owner, SYSTEM),
    )
    if then.actor.role is Role.REP:
        then = replace(then, actor=SYSTEM)
    review_by = work.today + timedelta(days=item.review_by or 0)
    assets.review(then, asset_id, assets.page(work, asset_id).rev, review_by)


def _contents(services: Services, item: demo.DemoAsset) -> list[Content]:
    """Every version's content, oldest first; files are built and kept before any transaction."""
    if item.url is not None:
        return [LinkContent(item.url)]
    if item.markdown is not None:
        return [TextContent(item.markdown)]
    made: list[Content] = []
    with tempfile.TemporaryDirectory() as folder:
        for build_file in (*item.earlier, *([item.build] if item.build else [])):
            path = build_file(Path(folder))
            with path.open("rb") as stream:
                made.append(keep_file(services, stream, path.name))
    return made


def _new_asset(item: demo.DemoAsset, content: Content, today: date, known: Taxonomy) -> NewAsset:
    def day(offset: int | None) -> date | None:
        return None if offset is None else today + timedelta(days=offset)

    return NewAsset(
        title=item.title,
        content=content,
        summary=item.summary,
        audience=Audience(item.audience),
        status=Status(item.status),
        terms={
            dimension: tuple(s for s in slugs if _term_ids(known, f"{dimension}:{s}"))
            for dimension, slugs in item.terms.items()
        },
        owner=item.owner,
        use_when=item.use_when,
        do_not_use_when=item.do_not_use_when,
        talk_track=item.talk_track,
        tags=item.tags,
        published_on=day(item.published_on),
        review_by=day(item.review_by),
        expires_on=day(item.expires_on),
        external_id=item.external_id,
    )


def _supersede(services: Services) -> None:
    with services.catalog.work(SYSTEM) as work:
        for item in demo.assets():
            if item.superseded_by is None:
                continue
            old = assets.by_external_id(work, item.external_id)
            new = assets.by_external_id(work, item.superseded_by)
            if old is not None and new is not None and assets.page(work, old).successor is None:
                assets.supersede(work, old, assets.page(work, old).rev, new)


def _history(services: Services, actors: Mapping[str, Actor]) -> tuple[int, int]:
    """Past use and searches, each recorded as the person it was and at the time it was."""
    uses, searches = demo.usage(), demo.searches()
    with services.catalog.work(SYSTEM) as work:
        ids = {a.external_id: assets.by_external_id(work, a.external_id) for a in demo.assets()}
        for use in uses:
            then = _then(work, actors[use.email], use.days_ago)
            asset_id = ids[use.external_id]
            if asset_id is not None:
                analytics.record_use(then, asset_id, Event(use.event), demo=True)
        for search in searches:
            then = _then(work, actors[search.email], search.days_ago, search.minutes)
            opened = ids.get(search.opened) if search.opened else None
            record = SearchRecord(
                search.words, search.filters, search.total, 0.0, without=search.without
            )
            search_id = analytics.record_search(then, record, demo=True)
            if opened is not None:
                analytics.record_opening(then, search_id, opened, None)
        analytics.recount(work)
    return len(uses), len(searches)


def _coverage(services: Services, actors: Mapping[str, Actor]) -> None:
    """Needs and plan as the marketer wrote them down; who agreed did so as herself."""
    with services.catalog.work(SYSTEM) as work:
        known = taxonomy.read(work)
        for need in demo.needs():
            ids = _term_ids(known, need.first, *([need.second] if need.second else []))
            if ids is not None:
                _need(work, need, ids)
        for item in demo.plan():
            ids = _term_ids(known, f"type:{item.type}", *item.terms)
            if ids is not None:
                _plan(work, item, ids, actors)


def _term_ids(known: Taxonomy, *names: str) -> list[int] | None:
    """``None`` unless the site has every one of these ``dimension:slug`` and none is retired."""
    found = [known.term(d, slug) for d, _, slug in (name.partition(":") for name in names)]
    live = [term.id for term in found if term is not None and not term.retired]
    return live if len(live) == len(names) else None


def _need(work: Work, need: demo.DemoNeed, ids: list[int]) -> None:
    record = NeedRecord(
        ids[0],
        ids[1] if need.second else None,
        needed=need.needed,
        target=need.target,
        customer_ready=need.customer_ready,
        buyer_believes=need.buyer_believes,
        rep_proves=need.rep_proves,
        why=need.why,
    )
    if not coverage.need_record(work, record.first_id, record.second_id).version:
        coverage.set_need(work, record, demo=True)


def _plan(work: Work, item: demo.DemoPlanItem, ids: list[int], actors: Mapping[str, Actor]) -> None:
    as_owner = replace(work, actor=actors[item.owner])
    as_reviewer = replace(work, actor=actors[item.reviewer])
    type_id, *terms = ids
    due = work.today + timedelta(days=item.due)
    new = NewPlanItem(item.title, frozenset(terms), type_id, item.owner, due, as_reviewer.actor.id)
    try:
        item_id = coverage.plan(as_owner, new, demo=True)
    except (Invalid, NotAllowed):
        return  # the site has these people already, and they left or do other work there
    if item.agreed:
        coverage.agree(as_reviewer, item_id, demo=True)
        version = coverage.plan_item(work, item_id).version
        coverage.commit_plan(as_owner, item_id, version, demo=True)


def _then(work: Work, actor: Actor, days_ago: int, minutes: int = 0) -> Work:
    before = timedelta(days=days_ago, hours=1, minutes=minutes)
    return replace(work, actor=actor, now=work.now - before)
