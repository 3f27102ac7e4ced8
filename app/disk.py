"""How much room there is, and whether it may be written to at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

LOW_BYTES = 1_000_000_000
LOW_SHARE = 0.05
# Saving begins again above this share, not at once, so that it does not flicker at the mark.
ENOUGH_SHARE = 0.08


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes of the disk that holds a folder; ``writable`` is whether this user may write there."""

    total: int
    free: int
    writable: bool = True

    @property
    def low(self) -> bool:
        return self.free < LOW_BYTES or self.free < self.total * LOW_SHARE

    @property
    def plenty(self) -> bool:
        return self.free >= LOW_BYTES and self.free >= self.total * ENOUGH_SHARE


def measure_least(folders: Iterable[Path], measure: Callable[[Path], Room]) -> Room:
    """The room where there is least; writable only if every folder is.

    A folder that is not there yet counts as the nearest one above it, where it will be made.
    """
    rooms = [measure(_present(folder)) for folder in folders]
    least = min(rooms, key=lambda room: (not room.low, not room.plenty, room.free))
    return replace(least, writable=all(room.writable for room in rooms))


def _present(folder: Path) -> Path:
    above = (folder, *folder.absolute().parents)
    return next((place for place in above if place.is_dir()), folder)


def measure(folder: Path) -> Room:
    usage = shutil.disk_usage(folder)
    return Room(usage.total, usage.free, os.access(folder, os.W_OK))
