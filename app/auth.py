"""Who asks, and whether they may: one declaration on each view, one guard before all of them.

Flask-Login holds the person for the length of a request; everything else about it stays in here.
A browser shows a session's secret in a cookie, a program an API token in ``Authorization``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

from flask import (
    Flask,
    Request,
    Response,
    after_this_request,
    current_app,
    g,
    redirect,
    request,
    session,
    url_for,
)
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from app import kept_forms, security
from app.errors import json_error, wants_json
from app.wiring import services, work
from content_catalog import NOBODY, Actor, Permission, people
from content_catalog.errors import NotAllowed, Unavailable
from content_catalog.people import SignedIn

log = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])
COOKIE = "finder_session"
THEME_COOKIE = "theme"
THEMES = ("system", "light", "dark")
_LONGEST_SESSION = timedelta(days=7)
_TOUCH_EVERY = timedelta(minutes=5)
_NOTE_TOKEN_EVERY_S = 3600.0
# Whoever may not upload has no reason to send more than a long form.
_SMALL_BODY = 3_000_000


@dataclass(frozen=True, slots=True)
class _Identity:
    actor: Actor
    signed_in: SignedIn | None = None
    by_token: bool = False


class _Person(UserMixin):  # type: ignore[misc]  # flask_login is untyped
    def __init__(self, identity: _Identity) -> None:
        self.identity = identity

    def get_id(self) -> str:
        return str(self.identity.actor.id)


class _Nobody(AnonymousUserMixin):  # type: ignore[misc]  # flask_login is untyped
    identity = _Identity(NOBODY)


def init_app(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # our sessions are rows that can be ended, not cookies
    manager.anonymous_user = _Nobody
    manager.request_loader(_load)
    app.config["REMEMBER_COOKIE_NAME"] = "finder_unused"
    app.before_request(_guard)
    app.context_processor(_for_templates)
    app.extensions["noted_tokens"] = {}


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Declare what a view needs; the guard enforces it. A view without it is closed to all."""

    def declare(view: View) -> View:
        view.permissions = permissions  # type: ignore[attr-defined]  # read by the guard
        return view

    return declare


def actor() -> Actor:
    """Who asks, with the address for the audit; ``NOBODY`` with an address when not signed in."""
    return replace(_identity().actor, address=client_address())


def signed_in() -> SignedIn | None:
    """The browser session of this request, if there is a live one."""
    return _identity().signed_in


def client_address() -> str | None:
    """Where the request came from; a proxy's word for it counts only when it is trusted."""
    return request.remote_addr


def theme() -> str:
    """``system``, ``light`` or ``dark``: the account's choice, else the cookie's."""
    current = signed_in()
    chosen = current.preferences.theme if current else request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "system"


def become(secret: str) -> None:
    """From here on this request and the browser have the session with this secret.

    Everything that belonged to whoever used the browser before is dropped, the form token too.
    """
    session.clear()
    session.permanent = True
    g.pop("csrf_token", None)
    with services().catalog.look(NOBODY) as look:
        found = people.session(look, secret)
    if found is not None:
        g._login_user = _Person(_Identity(found.actor, found))
    after_this_request(lambda response: _set_cookie(response, secret))


def forget() -> None:
    """The browser has no session from here on."""
    session.clear()
    g.pop("csrf_token", None)
    g._login_user = _Nobody()
    after_this_request(_drop_cookie)


def show_theme(response: AnyResponse, chosen: str) -> AnyResponse:
    """Keep the choice in the browser, so that the very first byte of a page is right."""
    secure = services().settings.secure
    year = 365 * 24 * 3600
    response.set_cookie(
        THEME_COOKIE, chosen, max_age=year, secure=secure, httponly=True, samesite="Lax"
    )
    return response


def _identity() -> _Identity:
    found: _Identity = current_user.identity
    return found


def _load(asked: Request) -> _Person | None:
    """Called by Flask-Login once per request, when somebody first wants to know."""
    if g.get("identity_failed"):
        return None  # the error page must not fail for the same reason
    g.identity_failed = True
    identity = _by_token(asked) if _has_token(asked) else _by_cookie(asked)
    g.identity_failed = False
    return _Person(identity) if identity else None


def _has_token(asked: Request) -> bool:
    return asked.path.startswith("/api/") and "Authorization" in asked.headers


def _by_token(asked: Request) -> _Identity | None:
    scheme, _, secret = asked.headers["Authorization"].partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        return None
    with services().catalog.look(NOBODY) as look:
        found = people.by_token(look, secret.strip())
    return _Identity(found, by_token=True) if found else None


def _by_cookie(asked: Request) -> _Identity | None:
    secret = asked.cookies.get(_cookie_name())
    if not secret:
        return None
    with services().catalog.look(NOBODY) as look:
        found = people.session(look, secret)
    return _Identity(found.actor, found) if found else None


def _guard() -> AnyResponse | None:
    """Before every view: permission first, then origin and form token, then the body's limit."""
    if request.endpoint is None or request.endpoint == "static":
        return None  # no such page, or a public file
    needed = _needed()
    who = actor()
    if not who.may(Permission.EDIT_ASSETS):
        request.max_content_length = _SMALL_BODY
    by_token = _identity().by_token
    if not by_token:
        security.check_origin()
    if not all(who.may(permission) for permission in needed):
        if who.role is None:
            return _ask_to_sign_in()
        raise NotAllowed(next(p for p in needed if not who.may(p)))
    if not by_token:
        answer = _check_token()
        if answer is not None:
            return answer
    _note_use(who)
    return None


def _needed() -> tuple[Permission, ...]:
    view = current_app.view_functions[request.endpoint or ""]
    needed: tuple[Permission, ...] | None = getattr(view, "permissions", None)
    if not needed:
        log.error("the view %s declares no permission and is closed", request.endpoint)
        raise NotAllowed("undeclared")
    return needed


def _ask_to_sign_in() -> AnyResponse:
    if wants_json():
        response = json_error(401, "not_signed_in", "Send an API token, or sign in.")
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    if request.headers.get("HX-Request") == "true":
        response = Response(status=401)
        shown = request.headers.get("HX-Current-URL", "")
        response.headers["HX-Redirect"] = _sign_in_url(_local_part(shown))
        return response
    if request.method in security.SAFE_METHODS:
        return redirect(_sign_in_url(request.full_path.rstrip("?")), 303)
    kept = kept_forms.keep()
    if kept is None:
        return redirect(_sign_in_url(None), 303)
    from app.signing_in import sign_in_page  # stands on this module

    return sign_in_page(kept=kept, status=401)


def _check_token() -> AnyResponse | None:
    try:
        security.check_token()
    except CSRFError:
        kept = None if wants_json() else kept_forms.keep()
        if kept is None or signed_in() is None or request.headers.get("HX-Request"):
            raise
        from app.signing_in import send_again_page  # stands on this module

        return send_again_page(kept, status=400)
    return None


def _note_use(who: Actor) -> None:
    """Keep the session alive, or say when the token was last used. Reading works without it."""
    current, now = signed_in(), services().catalog.clock()
    try:
        if current is not None and now - current.seen_at > _TOUCH_EVERY:
            with work() as unit:
                people.touch_session(unit, current.session_id)
        elif _identity().by_token:
            _note_token(who)
    except Unavailable:
        log.info("the last use could not be noted")


def _note_token(who: Actor) -> None:
    noted: dict[int, float] = current_app.extensions["noted_tokens"]
    secret = request.headers["Authorization"].partition(" ")[2].strip()
    last = noted.get(hash(secret))
    if last is None or time.monotonic() - last > _NOTE_TOKEN_EVERY_S:
        with services().catalog.work(who) as unit:
            people.note_token_use(unit, secret)
        noted[hash(secret)] = time.monotonic()


def _sign_in_url(target: str | None) -> str:
    wanted = security.safe_next(target)
    return url_for("people.sign_in", next=wanted if wanted != "/" else None)


def _local_part(url: str) -> str | None:
    host = request.host_url
    return "/" + url[len(host) :] if url.startswith(host) else None


def _cookie_name() -> str:
    return security.host_cookie(COOKIE, secure=services().settings.secure)


def _set_cookie(response: Response, secret: str) -> Response:
    response.set_cookie(
        _cookie_name(),
        secret,
        max_age=_LONGEST_SESSION,
        secure=services().settings.secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def _drop_cookie(response: Response) -> Response:
    secure = services().settings.secure
    response.delete_cookie(_cookie_name(), secure=secure, httponly=True, samesite="Lax")
    return response


def _for_templates() -> dict[str, object]:
    return {
        "current": signed_in(),
        "may": lambda name: actor().may(Permission(name)),
        "theme": theme(),
    }
