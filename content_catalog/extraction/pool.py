"""Reading files and drawing pages through limited child processes that serve many files in turn."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from content_catalog.extraction import derived, office_pages
from content_catalog.extraction.gathering import ENDED, Drawing, Gathered
from content_catalog.extraction.process import Child, ChildEnded
from content_catalog.extraction.types import (
    IMAGE_KINDS,
    OFFICE_KINDS,
    Extracted,
    Limits,
    MediaKind,
    Outcome,
    Rendered,
)

ORDERS_PER_CHILD = 200
# After so many pages that each ended a child, the rest of a document is given up.
MOST_RESTARTS = 3
DRAWN_AT_ONCE = 60
VIDEO_KINDS = frozenset({MediaKind.MP4, MediaKind.WEBM})


class ExtractionPool:
    """At most ``processes`` children at a time; safe to call from several threads.

    A child is replaced when it fails, overruns a limit, or has served many files: a bad file fails
    alone. Use as a context manager, or call ``close``. ``walls`` names the protections that stand.
    """

    def __init__(self, processes: int = 2, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._places: queue.LifoQueue[Child | None] = queue.LifoQueue()
        self._closed = False
        self._lock = threading.Lock()
        for _ in range(max(1, processes)):
            self._places.put(None)

    def __enter__(self) -> ExtractionPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the children that are idle; those at work stop when they are done."""
        with self._lock:
            self._closed = True
        waiting = []
        while True:
            try:
                waiting.append(self._places.get_nowait())
            except queue.Empty:
                break
        for child in waiting:
            if child is not None:
                child.stop()
            self._places.put(None)

    def extract(self, path: Path, kind: MediaKind, *, derived_dir: Path | None = None) -> Extracted:
        """Read text, language, title; with ``derived_dir`` also word boxes and the first thumbnail.

        Never raises for what is in the file: the outcome says it. Raises ``OSError`` when the file
        cannot be opened.
        """
        if kind in VIDEO_KINDS:
            return Extracted(Outcome.READ)
        if kind == MediaKind.ZIP:
            message = "A zip file is taken for imports only."
            return Extracted(Outcome.REFUSED, message, "type")
        gathered = Gathered(derived_dir)
        first = 1
        for _ in range(MOST_RESTARTS + 1):
            ended = self._run_reading(path, kind, first, gathered)
            if ended is None or gathered.now is None or kind != MediaKind.PDF:
                break
            if ended != "crash" and not gathered.pages:
                break
            # The page that ended the child is left out; the next child goes on behind it.
            gathered.bad_pages.append(gathered.now)
            first, gathered.now = gathered.now + 1, None
        return gathered.conclude()

    def render_images(
        self, path: Path, kind: MediaKind, derived_dir: Path, numbers: Iterable[int] | None = None
    ) -> Rendered:
        """Make page images and thumbnails that do not exist yet; by default of the first 60 pages.

        Office files go through LibreOffice where it is installed, which also yields word boxes. Of
        other kinds nothing is made. ``Rendered.numbers`` are the pages that have an image now, of
        those asked for.
        """
        wanted = [1] if kind in IMAGE_KINDS else list(numbers or range(1, DRAWN_AT_ONCE + 1))
        if kind in OFFICE_KINDS:
            source = office_pages.converted(derived_dir)
            if source is None:
                failed = self._convert(path, kind, derived_dir)
                source = office_pages.converted(derived_dir)
                if source is None:
                    return Rendered((), failed)
            return self.render_images(source, MediaKind.PDF, derived_dir, wanted)
        if kind != MediaKind.PDF and kind not in IMAGE_KINDS:
            return Rendered(())
        message = self._draw_missing(path, kind, derived_dir, wanted)
        made = tuple(n for n in wanted if derived.page_image(derived_dir, n).is_file())
        return Rendered(made, message)

    def render_page(
        self, path: Path, kind: MediaKind, number: int, derived_dir: Path
    ) -> Path | None:
        """The image of one page, made now when it is missing; None when it cannot be made."""
        image = derived.page_image(derived_dir, number)
        if kind in OFFICE_KINDS and office_pages.converted(derived_dir) is None:
            return None  # converting takes long: ``render_images`` does it, in its own time
        if not image.is_file():
            self.render_images(path, kind, derived_dir, [number])
        return image if image.is_file() else None

    def walls(self) -> tuple[str, ...]:
        """The protections a child has on this system, as named in ``sandbox``."""
        child = self._borrow()
        self._give_back(child)
        return child.walls

    def children(self) -> list[Child]:
        """The children that wait for work now."""
        return [child for child in list(self._places.queue) if child is not None]

    def probe(self, paths: Iterable[Path], write: Path, path: Path) -> dict[str, Any]:
        """Let a child that was handed ``path`` try what it must not be able to do."""
        found: dict[str, Any] = {}

        def on_json(frame: dict[str, Any]) -> bool:
            found.update(frame["done"])
            return True

        order: dict[str, object] = {
            "do": "probe",
            "pictures": False,
            "paths": [str(one) for one in paths],
            "write": str(write),
        }
        self._order(path, order, on_json, lambda _name, _data: None)
        return found

    def _draw_missing(
        self, path: Path, kind: MediaKind, derived_dir: Path, wanted: list[int]
    ) -> str | None:
        """Draw what is not there yet; a page that ends the child is left out."""
        missing = [n for n in wanted if not derived.page_image(derived_dir, n).is_file()]
        message = None
        for _ in range(MOST_RESTARTS + 1):
            if not missing:
                break
            drawing = Drawing(derived_dir)
            ended = self._order(
                path,
                {"do": "draw", "kind": kind.value, "numbers": missing, "pictures": True},
                drawing.on_json,
                drawing.on_blob,
            )
            if ended is None:
                return drawing.message
            message = ENDED[ended] + "."
            if drawing.now not in missing:
                break
            missing = missing[missing.index(drawing.now) + 1 :]
        return message

    def _convert(self, path: Path, kind: MediaKind, derived_dir: Path) -> str | None:
        failed = office_pages.convert(path, kind, derived_dir, self.limits)
        if failed is None:
            pdf = derived_dir / office_pages.CONVERTED
            self.extract(pdf, MediaKind.PDF, derived_dir=derived_dir)  # for its word boxes
        return failed

    def _run_reading(
        self, path: Path, kind: MediaKind, first: int, gathered: Gathered
    ) -> str | None:
        order: dict[str, object] = {
            "do": "read",
            "kind": kind.value,
            "first": first,
            "pictures": gathered.derived_dir is not None,
        }
        gathered.ended = self._order(path, order, gathered.on_json, gathered.on_blob)
        return gathered.ended

    def _order(
        self, path: Path, details: dict[str, object], on_json: Any, on_blob: Any
    ) -> str | None:
        """Run one order. Returns None, or why the child ended before it was done."""
        try:
            child = self._borrow()
        except ChildEnded as ended:
            return ended.reason
        try:
            child.order(path, details, self.limits, on_json, on_blob)
        except ChildEnded as ended:
            child.stop()
            self._places.put(None)
            return ended.reason
        except BaseException:
            child.stop()
            self._places.put(None)
            raise
        self._give_back(child)
        return None

    def _borrow(self) -> Child:
        child = self._places.get()
        if child is not None and child.alive():
            return child
        try:
            if child is not None:
                child.stop()
            return Child(self.limits.memory_bytes)
        except BaseException:
            self._places.put(None)
            raise

    def _give_back(self, child: Child) -> None:
        with self._lock:
            worn = self._closed or child.orders >= ORDERS_PER_CHILD or not child.alive()
        if worn:
            child.stop()
        self._places.put(None if worn else child)


def extract_file(
    path: Path, kind: MediaKind, *, limits: Limits | None = None, derived_dir: Path | None = None
) -> Extracted:
    """Read one file in a child of its own; see ``ExtractionPool.extract``."""
    with ExtractionPool(1, limits) as pool:
        return pool.extract(path, kind, derived_dir=derived_dir)


def render_images(
    path: Path,
    kind: MediaKind,
    derived_dir: Path,
    *,
    numbers: Iterable[int] | None = None,
    limits: Limits | None = None,
) -> Rendered:
    """Make page images in a child of its own; see ``ExtractionPool.render_images``."""
    with ExtractionPool(1, limits) as pool:
        return pool.render_images(path, kind, derived_dir, numbers)


def render_page(
    path: Path, kind: MediaKind, number: int, derived_dir: Path, *, limits: Limits | None = None
) -> Path | None:
    """The image of one page, made now when it is missing; None when it cannot be made."""
    with ExtractionPool(1, limits) as pool:
        return pool.render_page(path, kind, number, derived_dir)
