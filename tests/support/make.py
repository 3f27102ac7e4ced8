"""Things tests need, made through the same commands as everybody's, with what they leave out."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

from catalogs import NOON, Desk, MovableClock, database_with_words

from app import uploading, wiring
from app.settings import Settings, prepare
from app.wiring import Services
from app.worker import Worker
from content_catalog import SYSTEM, Actor, Role, Side, assets, people
from content_catalog.assets import (
    AssetEdit,
    Edited,
    FileContent,
    LinkContent,
    NewAsset,
    TextContent,
)

TODAY = NOON.date()
PASSWORD = "seven tidy otters whistle"
LEASE = timedelta(minutes=5)
NO_FILE = "0" * 64


def person(desk: Desk, email: str, role: Role = Role.REP) -> Actor:
    """An account, as the actor it signs in as."""
    side = Side.SALES if role is Role.REP else Side.MARKETING
    name = email.partition("@")[0].replace(".", " ").title()
    user_id = desk.do(people.add_user, people.NewUser(email, name, role, side, PASSWORD))
    return Actor(user_id, name, role, email, side)


def new_asset(title: str = "Payback in nine months", **more: Any) -> NewAsset:
    """A published one-line text unless something else is asked for; ``terms`` as keyword lists.

    ``new_asset(terms={"stage": ("evaluate",)})``.
    """
    more.setdefault("content", TextContent(f"About {title}."))
    more.setdefault("owner", "owner@example.com")
    return NewAsset(title, **more)


def asset(
    desk: Desk, title: str = "Payback in nine months", *, by: Actor = SYSTEM, **more: Any
) -> int:
    """Id of a new asset."""
    return desk.by(by, assets.create, new_asset(title, **more))


def link(url: str = "https://www.example.com/roi") -> LinkContent:
    return LinkContent(url)


def file_content(sha256: str = NO_FILE, **more: Any) -> FileContent:
    """A version's file by name only: the bytes are nowhere. For tests of the catalog alone."""
    values = {"size": 10, "file_name": "deck.pdf", "media_type": "application/pdf"} | more
    return FileContent(sha256=sha256, **({"format": "pdf"} | values))


def edited(desk: Desk, asset_id: int, *, by: Actor = SYSTEM, **changes: Any) -> Edited:
    """Change fields of an asset as it is now, or as it was at ``version``."""
    if "version" not in changes:
        changes["version"] = rev(desk, asset_id)
    return desk.by(by, assets.edit, asset_id, AssetEdit(**changes))


def rev(desk: Desk, asset_id: int) -> int:
    return desk.ask(assets.page, asset_id).rev


def card(desk: Desk, asset_id: int, *, by: Actor = SYSTEM) -> assets.AssetCard:
    """Raises ``ValueError`` when the actor may not see it."""
    (found,) = desk.ask(assets.cards, [asset_id], by=by)
    return found


def services(folder: Path, clock: MovableClock | None = None, **settings: Any) -> Services:
    """The real parts on a data folder with the default taxonomy and an index on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "catalog.db"
    if not database.exists():
        database.write_bytes(database_with_words())
    chosen = Settings(data_dir=folder, secret_key="k" * 40, extraction_processes=1, **settings)
    if clock is None:
        return wiring.build(prepare(chosen))
    return wiring.build(prepare(chosen), clock=clock)


def upload(
    made: Services,
    data: bytes | str = "# Payback\n\nNine months.",
    name: str = "payback.md",
    *,
    by: Actor = SYSTEM,
    **more: Any,
) -> int:
    """Keep a file and make an asset of it, as the upload page does; returns the asset's id."""
    raw = data.encode() if isinstance(data, str) else data
    kept = uploading.keep_file(made, io.BytesIO(raw), name)
    more.setdefault("title", name.rpartition(".")[0])
    with made.catalog.work(by) as work:
        return assets.create(work, new_asset(content=kept, **more))


def work_off(made: Services) -> None:
    """Let the worker do everything that is due."""
    Worker(made).run_until_idle(limit_seconds=60)
