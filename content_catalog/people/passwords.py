"""Passwords: hashed with Argon2id, long rather than complicated, never a common one.

Hashing takes tens of milliseconds and 19 MB on purpose, so it is done outside transactions, and
only a few at a time.
"""

from __future__ import annotations

import base64
import secrets
import threading
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 128
# What may stand around a common word without making it a good password: "password", "password2026!".
_PADDING = 6
_HASH_BYTES, _SALT_BYTES = 32, 16
_AT_A_TIME = threading.BoundedSemaphore(4)


@dataclass(frozen=True, slots=True)
class Cost:
    """Argon2id parameters: memory in KiB, passes over it, lanes."""

    memory_kib: int = 19_456
    passes: int = 2
    lanes: int = 1


class _Hasher:
    """The present cost; one for the process, so that dummy and real hashes cost the same."""

    def __init__(self, cost: Cost) -> None:
        self.cost = cost
        self.argon2 = PasswordHasher(
            time_cost=cost.passes,
            memory_cost=cost.memory_kib,
            parallelism=cost.lanes,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
            type=Type.ID,
        )


_hasher = _Hasher(Cost())


def use_cost(cost: Cost) -> Cost:
    """Hash with this cost from now on and hand back the former one. Tests use a cheap one."""
    global _hasher
    former = _hasher.cost
    _hasher = _Hasher(cost)
    return former


def hash_password(text: str) -> str:
    """The string to store. Check ``check_rules`` first."""
    with _AT_A_TIME:
        return _hasher.argon2.hash(text)


def verify(password_hash: str, text: str) -> bool:
    """Whether the text is the password. Anything over the longest length is not, unhashed."""
    if len(text) > LONGEST:
        return False
    try:
        with _AT_A_TIME:
            return _hasher.argon2.verify(password_hash, text)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with another cost than the present one."""
    return _hasher.argon2.check_needs_rehash(password_hash)


def dummy_hash() -> str:
    """A hash that nothing matches and that costs as much to compare as a real one."""
    cost = _hasher.cost
    salt, digest = _unpadded(_SALT_BYTES), _unpadded(_HASH_BYTES)
    settings = f"m={cost.memory_kib},t={cost.passes},p={cost.lanes}"
    return f"$argon2id$v=19${settings}${salt}${digest}"


def check_rules(text: str) -> str | None:
    """What is wrong with a new password, or ``None``: 12 to 128 characters, not a common one."""
    if len(text) < SHORTEST:
        return f"Use at least {SHORTEST} characters. A few unrelated words work well."
    if len(text) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if _is_common(text):
        return "This password is among the first that are guessed. Use a few unrelated words."
    return None


def _is_common(text: str) -> bool:
    folded = text.casefold().strip()
    unit = _repeated_unit(folded)
    if len(unit) <= _PADDING:
        return True
    common, size = _common(), len(unit)
    padded = (
        unit[start:end]
        for start in range(_PADDING + 1)
        for end in range(size - _PADDING + start, size + 1)
    )
    pairs = ((unit[:cut], unit[cut:]) for cut in range(1, size))
    return any(piece in common for piece in padded) or any(
        left in common and right in common for left, right in pairs
    )


def _repeated_unit(text: str) -> str:
    """The shortest piece that gives the text when repeated; the text itself if there is none."""
    size = (text + text).find(text, 1)
    return text[:size]


@cache
def _common() -> frozenset[str]:
    # Loaded when somebody sets a password: the lists take 12 MB that most processes never need.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


def _unpadded(size: int) -> str:
    return base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()
