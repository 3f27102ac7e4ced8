"""A site with collateral on it that can be found, for tests of what people see."""

from __future__ import annotations

import html
import io
import re
from dataclasses import dataclass
from typing import Any

import make
from catalogs import counted
from sites import Browser, Site

from app import indexing, uploading
from content_catalog import Role, assets

REP, MARKETER, ADMIN = "rep@example.com", "marketer@example.com", "admin@example.com"


@dataclass
class Shelf:
    """The site and the people on it; ``put`` makes assets that are found at once."""

    site: Site

    def put(self, title: str, **more: Any) -> int:
        more.setdefault("owner", MARKETER)
        made: int = self.site.do(assets.create, make.new_asset(title, **more))
        self.index()
        return made

    def put_file(self, data: bytes, name: str, *, read: bool = True, **more: Any) -> int:
        kept = uploading.keep_file(self.site.services, io.BytesIO(data), name)
        made = self.put(more.pop("title", name), content=kept, **more)
        if read:
            make.work_off(self.site.services)
        return made

    def index(self) -> None:
        indexing.sync_all(self.site.services)

    def browser(self, email: str = REP) -> Browser:
        return self.site.browser(email)

    def statements(self, browser: Browser, path: str, **more: Any) -> int:
        """SQL statements until a warm answer is on its way; its log is written after that."""
        assert browser.get(path, **more).status_code == 200
        with counted(self.site.services.catalog) as seen:
            answer = browser.get(path, buffered=False, **more)
            count = len(seen)
        assert answer.status_code == 200
        answer.close()
        return count


def new_shelf(site: Site) -> Shelf:
    """With a rep, a marketer and an admin."""
    for email, role in ((REP, Role.REP), (MARKETER, Role.MARKETER), (ADMIN, Role.ADMIN)):
        site.add(email, role)
    return Shelf(site)


def words(page: str) -> str:
    """What a reader sees of a page: no tags, one space between words."""
    bare = re.sub(r"<(script|style|template)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def titles(page: str) -> list[str]:
    """Titles of the result rows, in order."""
    return [
        html.unescape(title)
        for title in re.findall(r'<h3><a href="[^"]*" id="open-\d+">([^<]*)</a></h3>', page)
    ]


def part(page: str, pattern: str) -> str:
    """The one piece of the page a pattern's group catches."""
    found = re.findall(pattern, page, re.DOTALL)
    assert len(found) == 1, f"{len(found)} of {pattern}"
    return str(found[0])
