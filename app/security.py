"""What a browser is told and what is believed of it: headers, cookies, origin, token, ``next=``."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from flask import Flask, Response, current_app, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import RequestRedirect

from app.wiring import services

log = logging.getLogger(__name__)

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_NEXT = 2000
_ODD = re.compile(r"[\x00-\x20\x7f\\]|[^\x00-\x7f]")
_csrf = CSRFProtect()


def init_app(app: Flask) -> None:
    """Needs the services in place: cookies and HSTS depend on how browsers reach the site."""
    with app.app_context():
        settings = services().settings
    app.config.update(
        SESSION_COOKIE_NAME=host_cookie("finder_form", secure=settings.secure),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=7),
        # app.auth calls check_token itself, after it knows who asks; the origin check takes the
        # place of the Referer check; a form may stay open as long as its session.
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_SSL_STRICT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    _csrf.init_app(app)
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # the documented way to wrap it
            app.wsgi_app,
            x_for=settings.trusted_proxies,
            x_proto=settings.trusted_proxies,
            x_host=0,
        )
    app.after_request(_add_headers)


def host_cookie(name: str, *, secure: bool) -> str:
    """With TLS the prefix makes browsers refuse the cookie from any other host or path."""
    return f"__Host-{name}" if secure else name


def is_from_here() -> bool:
    """Whether the browser proves that the request comes from one of our own pages."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site != "same-origin":
        return False
    if origin is not None:
        return origin in _own_origins()
    return site == "same-origin"


def check_origin() -> None:
    """Raises ``BadRequest`` when a browser says that another site made it send this."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    foreign = site not in (None, "same-origin", "none")
    if foreign or (origin is not None and origin not in _own_origins()):
        raise BadRequest("This request came from another site, so nothing was changed.")


def check_token() -> None:
    """Raises ``CSRFError`` (400) when the form's token is missing, wrong or somebody else's."""
    if current_app.config["WTF_CSRF_ENABLED"]:
        _csrf.protect()


def safe_next(target: str | None) -> str:
    """The target when it is a page of ours, else ``/``: never a way to another site."""
    if not target or len(target) > _LONGEST_NEXT or _ODD.search(target):
        return "/"
    parts = urlsplit(target)
    path = unquote(parts.path)
    plain = target.startswith("/") and not target.startswith("//") and not parts.netloc
    if not plain or parts.scheme or re.search(r"[\x00-\x1f\x7f\\]", path):
        return "/"
    endpoint = _endpoint(path)
    return target if endpoint and endpoint not in {"people.sign_in", "static"} else "/"


def _endpoint(path: str) -> str | None:
    adapter = current_app.url_map.bind("localhost")
    try:
        endpoint, _ = adapter.match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return str(endpoint)


def _own_origins() -> set[str]:
    base = urlsplit(services().settings.base_url)
    return {request.host_url.rstrip("/"), f"{base.scheme}://{base.netloc}"}


def _add_headers(response: Response) -> Response:
    """On every answer, errors and files included; a view may have set a stricter policy."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if services().settings.secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint == "static":
        return response
    response.headers.setdefault("Cache-Control", "private, no-cache")
    if response.mimetype == "text/html":
        response.vary.add("HX-Request")
        if request.headers.get("HX-Request") == "true":
            # A fragment must not come back as a page when the back button is pressed.
            response.headers["Cache-Control"] = "no-store"
    return response
