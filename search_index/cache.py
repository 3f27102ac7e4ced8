"""A cache with a limit in bytes, shared by the threads of a process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

_ENTRY = 400  # bytes an entry costs beside its payload: key, tuple, array headers


class ByteCache:
    """Keeps what was used last; drops the oldest when ``limit`` bytes are passed."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, key: Hashable) -> Any:
        """The value, or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Keep ``value``, which holds about ``size`` bytes."""
        size += _ENTRY
        if size > self._limit // 4:  # one giant must not empty the house
            return
        with self._lock:
            old = self._entries.pop(key, None)
            if old is not None:
                self._size -= old[1]
            self._entries[key] = (value, size)
            self._size += size
            while self._size > self._limit:
                _, (_, dropped) = self._entries.popitem(last=False)
                self._size -= dropped

    def forget(self, keep: set[str]) -> None:
        """Drop entries of segments (first element of a tuple key) that are not kept."""
        with self._lock:
            gone = [k for k in self._entries if isinstance(k, tuple) and k[0] not in keep]
            for key in gone:
                self._size -= self._entries.pop(key)[1]

    @property
    def size(self) -> int:
        """Bytes held at present."""
        return self._size
