"""Signing in and out, one's own profile, and the accounts of everybody for admins."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as AnyResponse

from app import auth, kept_forms, password_mail, security
from app.auth import actor, client_address, requires, signed_in
from app.forms.people import (
    AddTokenForm,
    AddUserForm,
    ChangePasswordForm,
    EditPreferencesForm,
    EditUserForm,
    ForgottenForm,
    SetPasswordForm,
    SignInForm,
)
from app.signing_in import ask_for_reset, open_session, send_again_page, sign_in_page, uncached
from app.wiring import look, services, work
from content_catalog import SYSTEM, Permission, audit, jobs, outbox, people
from content_catalog.errors import CatalogError, Conflict, Invalid, TooMany

blueprint = Blueprint("people", __name__)
_DONE = {
    "people.add": "Account made",
    "people.edit": "Account changed",
    "people.sign_in": "Signed in",
    "people.sign_in_failed": "Wrong password",
    "people.sign_out": "Signed out",
    "people.end_sessions": "Signed out everywhere",
    "people.change_password": "Password changed",
    "people.invite": "Invited",
    "people.request_reset": "Asked for a new password",
    "people.redeem_link": "Password set through a link",
    "people.add_token": "API token made",
    "people.revoke_token": "API token revoked",
}


_NO_MATCH = "That e-mail and password do not fit together."


# ---- signing in and out ----


@blueprint.route("/sign-in", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def sign_in() -> ResponseReturnValue:
    """The page and its answer; a wrong pair says the same whether the account exists or not."""
    if request.method == "GET":
        if signed_in():
            return redirect(security.safe_next(request.args.get("next")), 303)
        return sign_in_page()
    form = SignInForm(request.form)
    kept = kept_forms.unpack(form.kept.data)
    if not form.validate():
        return sign_in_page(form, kept=kept, status=422)
    try:
        secret = open_session(form.email.data or "", form.password.data or "")
    except TooMany as refused:
        answer = sign_in_page(form, kept=kept, status=429, message=str(refused))
        answer.headers["Retry-After"] = str(refused.retry_after)
        return answer
    if secret is None:
        return sign_in_page(form, kept=kept, status=422, message=_NO_MATCH)
    auth.become(secret)
    if kept is not None:
        return send_again_page(kept)
    answer_to_next: AnyResponse = redirect(security.safe_next(form.next.data), 303)
    current = signed_in()
    return auth.show_theme(answer_to_next, current.preferences.theme) if current else answer_to_next


@blueprint.post("/sign-out")
@requires(Permission.PUBLIC)
def sign_out() -> ResponseReturnValue:
    """End this browser's session. It is no error when it has ended already."""
    current = signed_in()
    if current is not None:
        with work() as unit:
            people.end_session(unit, current.session_id)
    auth.forget()
    return redirect(url_for("people.sign_in"), 303)


@blueprint.route("/sign-in/forgotten", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def forgotten() -> ResponseReturnValue:
    """Ask for a link, by mail or through an admin. The answer is the same for every address."""
    form = ForgottenForm(request.form if request.method == "POST" else None)
    mails = bool(services().settings.mail_url)
    sent = request.method == "POST" and form.validate()
    if sent:
        ask_for_reset(form.email.data or "")
    with services().catalog.look(SYSTEM) as reading:
        admins = people.admin_names(reading)
    status = 422 if form.errors else 200
    page = render_template(
        "people/forgotten.html", form=form, sent=sent, mails=mails, admins=admins
    )
    return uncached(page, status)


@blueprint.route("/password/<secret>", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def set_password(secret: str) -> ResponseReturnValue:
    """The page behind an invitation or a reset. Unknown, used and old links look the same."""
    with services().catalog.look(auth.actor()) as reading:
        link = people.password_link(reading, secret)
    if link is None:
        raise people.link_gone()
    form = SetPasswordForm(request.form if request.method == "POST" else None)
    if request.method == "POST" and form.validate():
        hashed = people.hash_password(form.password.data or "")
        with work() as unit:
            people.redeem_link(unit, secret, hashed)
        flash("Your password is set. Sign in with it.")
        return redirect(url_for("people.sign_in"), 303)
    page = render_template("people/set_password.html", form=form, link=link)
    return uncached(page, 422 if form.errors else 200)


# ---- one's own profile ----


@blueprint.get("/profile")
@requires(Permission.KEEP_OWN)
def profile() -> ResponseReturnValue:
    """Name, theme, keys, password, API tokens."""
    return _profile_page()


@blueprint.post("/profile/preferences")
@requires(Permission.KEEP_OWN)
def edit_preferences() -> ResponseReturnValue:
    form = EditPreferencesForm(request.form)
    if not form.validate():
        return _profile_page(preferences_form=form, status=422)
    with work() as unit:
        people.set_preferences(unit, form.to_input())
    flash("Your preferences are saved.")
    return auth.show_theme(redirect(url_for("people.profile"), 303), form.theme.data)


@blueprint.post("/theme")
@requires(Permission.PUBLIC)
def choose_theme() -> ResponseReturnValue:
    """The switch in the page head: kept in the browser, and in the account when there is one."""
    chosen = request.form.get("theme", "")
    if chosen not in auth.THEMES:
        raise Invalid(fields={"theme": f"Expected one of {', '.join(auth.THEMES)}."})
    current = signed_in()
    if current is not None:
        with work() as unit:
            wanted = people.Preferences(chosen, current.preferences.single_keys)
            people.set_preferences(unit, wanted)
    if request.headers.get("HX-Request") == "true":
        return auth.show_theme(Response(status=204), chosen)
    return auth.show_theme(redirect(security.safe_next(request.form.get("next")), 303), chosen)


@blueprint.post("/profile/password")
@requires(Permission.KEEP_OWN)
def change_password() -> ResponseReturnValue:
    """Every session ends; this browser gets a new one."""
    form = ChangePasswordForm(request.form)
    who = actor()
    if not form.validate() or who.id is None:
        return _profile_page(password_form=form, status=422)
    with work() as unit:
        attempt = people.begin_sign_in(unit, who.email, client_address())
    ok = people.verify(attempt.password_hash, form.present_password.data or "")
    if not ok:
        form.present_password.errors = [*form.present_password.errors, "This is not it."]
        return _profile_page(password_form=form, status=422)
    hashed = people.hash_password(form.new_password.data or "")
    with work() as unit:
        people.clear_tries(unit, attempt)
        people.change_password(unit, who.id, hashed)
        secret = people.start_session(unit, who.id, client_address(), request.user_agent.string)
    auth.become(secret)
    flash("Your password is changed. Other browsers were signed out.")
    return redirect(url_for("people.profile"), 303)


@blueprint.post("/profile/tokens")
@requires(Permission.KEEP_OWN)
def add_token() -> ResponseReturnValue:
    """The secret is printed on this one answer and nowhere else."""
    form = AddTokenForm(request.form)
    who = actor()
    if not form.validate() or who.id is None:
        return _profile_page(token_form=form, status=422)
    try:
        with work() as unit:
            secret = people.add_token(unit, who.id, form.name.data or "")
    except Invalid as refused:
        _explain(form, refused)
        return _profile_page(token_form=form, status=422)
    return _profile_page(new_token=secret, status=201)


@blueprint.post("/profile/tokens/<int:token_id>/revoke")
@requires(Permission.KEEP_OWN)
def revoke_token(token_id: int) -> ResponseReturnValue:
    with work() as unit:
        people.revoke_token(unit, token_id)
    flash("The token is revoked. Programs that use it are refused from now on.")
    return redirect(url_for("people.profile"), 303)


def _profile_page(
    *,
    preferences_form: EditPreferencesForm | None = None,
    password_form: ChangePasswordForm | None = None,
    token_form: AddTokenForm | None = None,
    new_token: str | None = None,
    status: int = 200,
) -> Response:
    current = signed_in()
    reading = look()
    page = render_template(
        "people/profile.html",
        user=people.user(reading, actor().id or 0),
        tokens=people.tokens(reading),
        preferences_form=preferences_form
        or EditPreferencesForm(obj=current.preferences if current else people.Preferences()),
        password_form=password_form or ChangePasswordForm(),
        token_form=token_form or AddTokenForm(),
        new_token=new_token,
    )
    return uncached(page, status)


# ---- accounts, for admins ----


@blueprint.get("/admin/users")
@requires(Permission.ADMINISTER)
def users() -> ResponseReturnValue:
    return render_template("people/users.html", users=people.users(look()))


@blueprint.route("/admin/users/new", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def add_user() -> ResponseReturnValue:
    """Make an account; the person sets the password through an invitation."""
    form = AddUserForm(request.form if request.method == "POST" else None)
    if request.method == "POST" and form.validate():
        try:
            with work() as unit:
                user_id = people.add_user(unit, form.to_input())
        except Invalid as refused:
            _explain(form, refused)
        else:
            return _invited(user_id, status=201)
    page = render_template("people/add_user.html", form=form)
    return uncached(page, 422 if form.errors else 200)


@blueprint.route("/admin/users/<int:user_id>", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def edit_user(user_id: int) -> ResponseReturnValue:
    """Name, role, side, on or off. A change of role ends the person's sessions."""
    if request.method == "GET":
        return _user_page(user_id)
    form = EditUserForm(request.form)
    if not form.validate():
        return _user_page(user_id, form, status=422)
    try:
        with work() as unit:
            people.edit_user(unit, user_id, form.to_input())
    except Conflict as conflict:
        form.version.data, form.version.raw_data = conflict.version, None  # not the one sent
        return _user_page(user_id, form, conflict=conflict, status=409)
    except Invalid as refused:
        _explain(form, refused)
        return _user_page(user_id, form, status=422)
    flash("The account is saved.")
    return redirect(url_for("people.users"), 303)


@blueprint.post("/admin/users/<int:user_id>/invite")
@requires(Permission.ADMINISTER)
def invite(user_id: int) -> ResponseReturnValue:
    """A new link to set a password; older ones end."""
    return _invited(user_id)


@blueprint.post("/admin/users/<int:user_id>/end-sessions")
@requires(Permission.ADMINISTER)
def end_sessions(user_id: int) -> ResponseReturnValue:
    people.user(look(), user_id)
    with work() as unit:
        people.end_sessions(unit, user_id)
    flash("Signed out everywhere.")
    return redirect(url_for("people.edit_user", user_id=user_id), 303)


def _invited(user_id: int, status: int = 200) -> ResponseReturnValue:
    """By mail where the site sends mail; otherwise it is shown here and waits in the outbox.

    With ``how=show`` the link is on this answer and nowhere else.
    """
    if services().settings.mail_url and request.form.get("how") != "show":
        with work() as unit:
            email = people.user(unit, user_id).email
            key = f"invitation:{user_id}:{unit.now.isoformat(timespec='seconds')}"
            jobs.enqueue(unit, "invitation", {"user_id": user_id}, key=key)
        flash(f"An invitation is on its way to {email}.")
        return redirect(url_for("people.edit_user", user_id=user_id), 303)
    with work() as unit:
        secret = people.invite(unit, user_id)
        if request.form.get("how") != "show":
            user = people.user(unit, user_id)
            mail = password_mail.invitation(services().settings, user.email, user.name, secret)
            outbox.keep(unit, mail.to, mail.subject, mail.text)
    return _user_page(
        user_id, link=password_mail.address(services().settings, secret), status=status
    )


def _user_page(
    user_id: int,
    form: EditUserForm | None = None,
    *,
    conflict: Conflict | None = None,
    link: str | None = None,
    status: int = 200,
) -> Response:
    reading = look()
    user = people.user(reading, user_id)
    page = render_template(
        "people/edit_user.html",
        user=user,
        form=form or EditUserForm(obj=user),
        conflict=conflict,
        link=link,
        mails=bool(services().settings.mail_url),
        done=_DONE,
        history=audit.history(reading, "user", user_id, limit=20),
    )
    return uncached(page, status)


def _explain(form: AddUserForm | EditUserForm | AddTokenForm, refused: CatalogError) -> None:
    """Put what the command said beside the fields it is about."""
    for name, message in getattr(refused, "fields", {}).items():
        field = form[name] if name in form else next(iter(form))
        field.errors = [*field.errors, message]
