"""What signing in takes beyond its routes: the steps, and the pages that the guard shows too."""

from __future__ import annotations

import hashlib

from flask import Response, make_response, render_template, request

from app import kept_forms, security
from app.auth import client_address
from app.forms.people import SignInForm
from app.kept_forms import KeptForm
from app.wiring import services, work
from content_catalog import jobs, people


def open_session(email: str, password: str) -> str | None:
    """In three steps, so that no transaction is open while the password is compared."""
    address = client_address()
    with work() as unit:
        attempt = people.begin_sign_in(unit, email, address)
    ok = people.verify(attempt.password_hash, password)
    old = ok and people.is_outdated(attempt.password_hash)
    new_hash = people.hash_password(password) if old else None
    agent = request.user_agent.string
    with work() as unit:
        return people.finish_sign_in(unit, attempt, ok, address, agent, new_hash=new_hash)


def sign_in_page(
    form: SignInForm | None = None,
    *,
    kept: KeptForm | None = None,
    status: int = 200,
    message: str | None = None,
) -> Response:
    """The sign-in page; with ``kept`` it carries a form that was sent while signed out."""
    if form is None:
        form = SignInForm(data={"next": security.safe_next(request.args.get("next"))})
    form.kept.data = kept_forms.pack(kept)
    page = render_template(
        "people/sign_in.html", form=form, kept=kept, message=message, demo=_demo_hint()
    )
    return uncached(page, status)


def send_again_page(kept: KeptForm, status: int = 200) -> Response:
    """What was entered, ready to be sent again by whoever is signed in now."""
    return uncached(render_template("people/send_again.html", kept=kept), status)


def _demo_hint() -> list[str]:
    """How to sign in to the demo; nothing unless this is one."""
    if not services().settings.demo:
        return []
    from app.demo_loading import sign_ins  # carries the demo's texts; only demos need it

    return sign_ins(services().catalog, services().settings.data_dir)


def ask_for_reset(email: str) -> None:
    """Known or not, the request does the same: the worker finds out whether there is an account."""
    email = email.strip().lower()
    hashed = hashlib.sha256(email.encode("utf-8", "replace")).hexdigest()[:32]
    with work() as unit:
        people.throttle(unit, "reset", client_address())
        ten_minutes = int(unit.now.timestamp()) // 600
        key = f"password_reset:{hashed}:{ten_minutes}"
        jobs.enqueue(unit, "password_reset", {"email": email}, key=key)


def uncached(page: str, status: int) -> Response:
    """Pages with forms and secrets on them are not kept by browsers or between."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response
