"""How often one person may search: a bucket of tokens each, kept in this process.

Answers stay quick for everybody when one program asks without pause; people never notice it.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast

from flask import current_app

from app.auth import actor, client_address
from content_catalog.errors import TooMany

View = TypeVar("View", bound=Callable[..., Any])
# A second and a half of the rate may come at once: a page with a few fragments is one action.
_BURST_SECONDS = 1.5
_MOST_BUCKETS = 10_000
_ROUNDING = 1e-9
_SEARCHES_AT_A_TIME = 4
_LONGEST_QUEUE_S = 2.0


class Buckets:
    """A bucket per key that fills at ``rate`` a second up to ``burst``. Safe between threads.

    Only the most recently used buckets are kept: a forgotten one is full, so a newcomer is never
    refused and memory stays flat however many keys are tried.
    """

    def __init__(
        self,
        rate: float,
        burst: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        most: int = _MOST_BUCKETS,
    ) -> None:
        self.rate = rate
        self.burst = rate * _BURST_SECONDS if burst is None else burst
        self._clock, self._most = clock, most
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: Hashable) -> float:
        """Take one token: 0.0 when there was one, else the seconds until there is."""
        with self._lock:
            now = self._clock()
            level, since = self._levels.pop(key, (self.burst, now))
            level = min(self.burst, level + (now - since) * self.rate)
            full = level >= 1 - _ROUNDING
            self._levels[key] = (max(level - 1, 0.0) if full else level, now)
            while len(self._levels) > self._most:
                self._levels.popitem(last=False)
            return 0.0 if full else (1 - level) / self.rate

    def __len__(self) -> int:
        return len(self._levels)


RATES = {"search": 10, "typeahead": 20}
_EXTENSION = "limits"
_slots = threading.BoundedSemaphore(_SEARCHES_AT_A_TIME)


def limited(kind: str) -> Callable[[View], View]:
    """Refuse a view with ``TooMany`` past the rate of its kind; stands below ``requires``."""
    if kind not in RATES:
        raise ValueError(f"no rate is set for {kind!r}")

    def limit(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **named: Any) -> Any:
            check(kind)
            return view(*args, **named)

        return cast(View, checked)

    return limit


def check(kind: str) -> None:
    """Take one of whoever is signed in; raises ``TooMany`` when there is none left."""
    buckets: dict[str, Buckets] = current_app.extensions.setdefault(_EXTENSION, {})
    if kind not in buckets:
        buckets[kind] = Buckets(RATES[kind])
    who = actor().id
    wait = buckets[kind].take(client_address() if who is None else who)
    if wait > 0:
        raise TooMany("That was quick. Try again in a second.", math.ceil(wait))


@contextmanager
def search_slot() -> Iterator[None]:
    """At most four searches work at a time in this process; raises ``TooMany`` after 2 s in line."""
    if not _slots.acquire(timeout=_LONGEST_QUEUE_S):
        raise TooMany("Many people are searching right now. Try again in a moment.", 1)
    try:
        yield
    finally:
        _slots.release()
