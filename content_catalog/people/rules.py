"""What is right about accounts: pure functions, no session, no clock."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import unicodedata
from datetime import datetime, timedelta

from content_catalog.errors import Invalid

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
INVITATION = timedelta(days=7)
RESET = timedelta(hours=1)

# Tries that cost nothing: per account from one address, per address over all accounts, and per
# account over all addresses it never signed in from. The last is generous, because it slows down
# whoever owns the account as well when they are somewhere new.
FREE_PER_PAIR = 5
FREE_PER_ADDRESS = 8
FREE_PER_ACCOUNT = 100
LONGEST_DELAY_S = 60
FORGOTTEN_AFTER = timedelta(minutes=15)

LONGEST_EMAIL = 254
LONGEST_NAME = 200


def clean_email(text: str) -> str:
    """The address in lower case; raises ``Invalid`` when it cannot be one."""
    email = text.strip().lower()
    name, at, domain = email.rpartition("@")
    odd = any(c.isspace() or not c.isprintable() or c in '@,;<>()[]\\"' for c in name + domain)
    if not (name and at and domain) or odd or len(email) > LONGEST_EMAIL or ".." in domain:
        raise Invalid(fields={"email": "Expected an e-mail address such as mira@example.com."})
    return email


def clean_name(text: str) -> str:
    """The name on one line; raises ``Invalid`` when it is empty or too long."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise Invalid(fields={"name": "A name is needed."})
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(fields={"name": f"Use at most {LONGEST_NAME} plain characters."})
    return name


def new_secret() -> str:
    """32 random bytes as text that fits a cookie, a header and an address."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored of a secret. It is random, so a plain SHA-256 is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_live(created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Whether a session still counts: 12 h without use or 7 days in all end it."""
    return now < seen_at + IDLE and now < created_at + ABSOLUTE


def delay(failures: int, free: int) -> timedelta:
    """How long to wait after this many failures: none at first, then 1, 2, 4 … 60 s."""
    if failures < free:
        return timedelta()
    return timedelta(seconds=min(LONGEST_DELAY_S, 2 ** min(failures - free, 10)))


def address_group(address: str | None) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 household gets."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
