"""Settings come from the environment, once, and are checked before anything starts.

Every setting has the prefix ``FINDER_`` and stands in the README's table. A wrong one stops the
start with one sentence that names it; all wrong ones are listed at once.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

PREFIX = "FINDER_"


class SettingsError(Exception):
    """One or more settings are wrong; each line of the message names one and what is expected."""


@dataclass(frozen=True)
class Settings:
    """What the application needs to know. Sizes in bytes, times in seconds unless named."""

    data_dir: Path = Path("var")
    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str = ""
    index_url: str = ""
    files_url: str = ""
    secret_key: str = field(default="", repr=False)
    base_url: str = ""
    demo: bool = False
    site_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    mail_url: str = field(default="", repr=False)
    trusted_proxies: int = 0
    upload_limit: int = 100 * 10**6
    import_limit: int = 500 * 10**6
    user_quota_bytes: int = 20 * 10**9
    user_quota_files: int = 2000
    search_log_days: int = 90
    search_name_days: int = 30
    threads: int = 8
    extraction_processes: int = 2
    debug: bool = False

    @property
    def index_path(self) -> Path:
        """The folder of the search index."""
        place = self.index_url.partition(":")[2]
        return Path(place) if place else self.data_dir / "index"

    @property
    def files_path(self) -> Path:
        return Path(self.files_url) if self.files_url else self.data_dir

    @property
    def secure(self) -> bool:
        """Whether browsers reach the site over TLS."""
        return self.base_url.startswith("https://")


def from_env(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check every ``FINDER_`` variable; raises ``SettingsError`` listing all faults.

    Makes the data folder and the secret key file when they are missing.
    """
    source = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    faults = _unknown(source)
    for name, (attribute, parse) in ENVIRONMENT.items():
        raw = source.get(name, "").strip()
        if not raw:
            continue
        try:
            values[attribute] = parse(raw)
        except ValueError as error:
            shown = "not shown here" if name in _SECRET else repr(raw)
            faults.append(f"{name} is {shown}: {error}.")
    faults += _test_fault(source)
    if faults:
        raise SettingsError("\n".join(faults))
    return prepare(Settings(**values))


def prepare(settings: Settings) -> Settings:
    """Fill what depends on the data folder; raises ``SettingsError`` when it cannot be used."""
    data_dir = settings.data_dir.resolve()
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
    except OSError as error:
        raise SettingsError(
            f"FINDER_DATA_DIR is {str(data_dir)!r}: it cannot be made ({error.strerror}). "
            "Name a folder this user may write to."
        ) from error
    if not os.access(data_dir, os.R_OK | os.X_OK):
        raise SettingsError(f"FINDER_DATA_DIR is {str(data_dir)!r}: this user may not read it.")
    changes: dict[str, Any] = {"data_dir": data_dir}
    if not settings.database_url:
        changes["database_url"] = f"sqlite:///{data_dir / 'catalog.db'}"
    if not settings.index_url:
        changes["index_url"] = f"whoosh:{data_dir / 'index'}"
    if not settings.secret_key:
        changes["secret_key"] = _secret_key(data_dir / "secret_key")
    if not settings.base_url:
        changes["base_url"] = f"http://{settings.host}:{settings.port}"
    return Settings(**{**settings.__dict__, **changes})


def _secret_key(path: Path) -> str:
    """Made on the first run and kept, readable by this user alone."""
    try:
        if not path.exists():
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w") as out:
                out.write(secrets.token_urlsafe(48))
        return path.read_text().strip()
    except FileExistsError:  # another process made it in the same moment
        return path.read_text().strip()
    except OSError as error:
        raise SettingsError(
            f"FINDER_DATA_DIR: {path} cannot be written or read ({error.strerror}). Name a folder "
            "this user may write to, or set FINDER_SECRET_KEY."
        ) from error


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        if not (raw.isascii() and raw.lstrip("-").isdigit()) or not low <= int(raw) <= high:
            raise ValueError(f"expected a whole number from {low} to {high}")
        return int(raw)

    return parse


def _megabytes(raw: str) -> int:
    return _whole(1, 100_000)(raw) * 10**6


def _flag(raw: str) -> bool:
    if raw not in {"0", "1"}:
        raise ValueError("expected 1 or 0")
    return raw == "1"


def _zone(raw: str) -> ZoneInfo:
    try:
        return ZoneInfo(raw)
    except (KeyError, ValueError, OSError):
        raise ValueError("expected an IANA time zone such as Europe/Berlin") from None


def _database_url(raw: str) -> str:
    if raw.startswith("postgres"):
        raise ValueError("PostgreSQL is not supported yet; expected sqlite:///file")
    if not raw.removeprefix("sqlite:///") or not raw.startswith("sqlite:///"):
        raise ValueError("expected sqlite:///file")
    return raw


def _index_url(raw: str) -> str:
    if not raw.startswith("whoosh:") or raw == "whoosh:":
        raise ValueError("expected whoosh:/folder")
    return raw


def _files_url(raw: str) -> str:
    if "://" in raw:
        raise ValueError("expected a local folder")
    return raw


def _base_url(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query:
        raise ValueError("expected an address such as https://finder.example.com")
    return raw.rstrip("/")


def _mail_url(raw: str) -> str:
    if urlsplit(raw).scheme not in {"smtp", "smtps"} or not urlsplit(raw).hostname:
        raise ValueError("expected smtp://user:password@host:port")
    return raw


def _secret(raw: str) -> str:
    if len(raw) < 32:
        raise ValueError("expected at least 32 characters")
    return raw


def _host(raw: str) -> str:
    if "/" in raw or " " in raw:
        raise ValueError("expected an address such as 127.0.0.1")
    return raw


ENVIRONMENT: dict[str, tuple[str, Callable[[str], Any]]] = {
    "FINDER_DATA_DIR": ("data_dir", Path),
    "FINDER_HOST": ("host", _host),
    "FINDER_PORT": ("port", _whole(1, 65535)),
    "FINDER_DATABASE_URL": ("database_url", _database_url),
    "FINDER_INDEX_URL": ("index_url", _index_url),
    "FINDER_FILES_URL": ("files_url", _files_url),
    "FINDER_SECRET_KEY": ("secret_key", _secret),
    "FINDER_BASE_URL": ("base_url", _base_url),
    "FINDER_DEMO": ("demo", _flag),
    "FINDER_SITE_ZONE": ("site_zone", _zone),
    "FINDER_MAIL_URL": ("mail_url", _mail_url),
    "FINDER_TRUSTED_PROXIES": ("trusted_proxies", _whole(0, 10)),
    "FINDER_UPLOAD_LIMIT_MB": ("upload_limit", _megabytes),
    "FINDER_IMPORT_LIMIT_MB": ("import_limit", _megabytes),
    "FINDER_USER_QUOTA_MB": ("user_quota_bytes", _megabytes),
    "FINDER_USER_QUOTA_FILES": ("user_quota_files", _whole(1, 10_000_000)),
    "FINDER_SEARCH_LOG_DAYS": ("search_log_days", _whole(1, 3650)),
    "FINDER_SEARCH_NAME_DAYS": ("search_name_days", _whole(0, 3650)),
    "FINDER_THREADS": ("threads", _whole(1, 64)),
    "FINDER_EXTRACTION_PROCESSES": ("extraction_processes", _whole(1, 16)),
}
# What may hold a password is never repeated on a terminal or in a log.
_SECRET = frozenset({"FINDER_SECRET_KEY", "FINDER_MAIL_URL", "FINDER_DATABASE_URL"})
# Armed by the crash tests only; a server without the build flag refuses to start with it.
_TEST_ONLY = ("FINDER_TEST_FAULT", "FINDER_TEST_BUILD")


def _unknown(environ: Mapping[str, str]) -> list[str]:
    known = {*ENVIRONMENT, *_TEST_ONLY}
    return [
        f"{name} is not a setting of Collateral Finder."
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known
    ]


def _test_fault(environ: Mapping[str, str]) -> list[str]:
    if environ.get("FINDER_TEST_FAULT") and environ.get("FINDER_TEST_BUILD") != "1":
        return ["FINDER_TEST_FAULT is set: it ends the server on purpose and is for tests only."]
    return []
