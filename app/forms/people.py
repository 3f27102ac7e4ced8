"""Forms of accounts and sign-in. They check shape; what is true, the commands check."""

from __future__ import annotations

from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
    Form,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from app.forms.fields import WholeField
from content_catalog import Role, Side
from content_catalog.people import NewUser, Preferences, UserEdit, check_rules

# value -> label
ROLES = {
    Role.REP.value: "Rep: finds and sends",
    Role.MARKETER.value: "Marketer: also adds and edits",
    Role.ADMIN.value: "Admin: also manages people and settings",
}
SIDES = {Side.SALES.value: "Sales", Side.MARKETING.value: "Marketing"}
THEMES = {"system": "As this device", "light": "Light", "dark": "Dark"}


def _needed(what: str) -> InputRequired:
    return InputRequired(f"{what} is needed.")


def _new_password(_form: Form, field: Any) -> None:
    if fault := check_rules(field.data or ""):
        raise ValidationError(fault)


class SignInForm(Form):
    email = EmailField(
        "E-mail",
        [_needed("Your e-mail")],
        render_kw={"autocomplete": "username", "autofocus": True},
    )
    password = PasswordField(
        "Password", [_needed("Your password")], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField()
    kept = HiddenField()


class ForgottenForm(Form):
    email = EmailField(
        "E-mail",
        [_needed("Your e-mail"), Length(max=254, message="That is too long for an address.")],
        render_kw={"autocomplete": "username"},
    )


class SetPasswordForm(Form):
    password = PasswordField(
        "New password", [_new_password], render_kw={"autocomplete": "new-password"}
    )


class ChangePasswordForm(Form):
    present_password = PasswordField(
        "Present password",
        [_needed("Your present password")],
        render_kw={"autocomplete": "current-password"},
    )
    new_password = PasswordField(
        "New password", [_new_password], render_kw={"autocomplete": "new-password"}
    )


class EditPreferencesForm(Form):
    theme = RadioField("Theme", choices=THEMES)
    single_keys = BooleanField("Single-letter keys")

    def to_input(self) -> Preferences:
        return Preferences(self.theme.data, bool(self.single_keys.data))


class AddTokenForm(Form):
    name = StringField("Name of the program", [_needed("A name")])


class AddUserForm(Form):
    email = EmailField("E-mail", [_needed("An e-mail address")])
    name = StringField("Name", [_needed("A name")])
    role = SelectField("Role", choices=ROLES, default=Role.REP.value)
    side = SelectField("Side", choices=SIDES, default=Side.SALES.value)

    def to_input(self) -> NewUser:
        return NewUser(
            email=self.email.data or "",
            name=self.name.data or "",
            role=Role(self.role.data),
            side=Side(self.side.data),
        )


class EditUserForm(Form):
    version = WholeField(widget=HiddenInput(), validators=[_needed("The version")])
    name = StringField("Name", [_needed("A name")])
    role = SelectField("Role", choices=ROLES)
    side = SelectField("Side", choices=SIDES)
    active = BooleanField("Account is on")

    def to_input(self) -> UserEdit:
        return UserEdit(
            version=self.version.data or 0,
            name=self.name.data or "",
            role=Role(self.role.data),
            side=Side(self.side.data),
            active=bool(self.active.data),
        )
