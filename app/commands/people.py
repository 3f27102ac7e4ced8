"""``user add`` and ``token add``: the first admin is made here, there is no other way in."""

from __future__ import annotations

import sys

import click

from app import password_mail
from app.terminal import Refused, finish, json_option, open_services
from app.wiring import Services
from content_catalog import SYSTEM, Role, Side, people
from content_catalog.errors import CatalogError
from content_catalog.people import NewUser, UserCard


def register(group: click.Group) -> None:
    group.add_command(user)
    group.add_command(token)


@click.group()
def user() -> None:
    """People who may sign in."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="As colleagues will read it.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--side", required=True, type=click.Choice([side.value for side in Side]))
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, one line."
)
@json_option
def add_user(
    email: str, name: str, role: str, side: str, password_stdin: bool, as_json: bool
) -> None:
    """Make an account. Without a password it prints a link that sets one, good for 7 days."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    new = NewUser(email, name, Role(role), Side(side), password)
    with open_services(make=True) as services:
        try:
            with services.catalog.work(SYSTEM) as work:
                user_id = people.add_user(work, new)
                secret = people.invite(work, user_id) if password is None else None
        except CatalogError as error:
            raise Refused(str(error)) from error
        link = password_mail.address(services.settings, secret) if secret else None
    email = email.strip().lower()
    lines = [f"{email} has an account now, role {role}."]
    if link:
        lines.append(f"Set the password within 7 days: {link}")
    finish({"id": user_id, "email": email, "role": role, "link": link}, as_json, lines)


@click.group()
def token() -> None:
    """API tokens for programs."""


@token.command("add")
@click.argument("email")
@click.option("--name", required=True, help="The program that will use it.")
@json_option
def add_token(email: str, name: str, as_json: bool) -> None:
    """Print a new API token for EMAIL. It is shown this once."""
    with open_services() as services:
        owner = _owner(services, email)
        try:
            with services.catalog.work(SYSTEM) as work:
                secret = people.add_token(work, owner.id, name)
        except CatalogError as error:
            raise Refused(str(error)) from error
    finish({"token": secret, "email": owner.email, "name": name}, as_json, [secret])


def _owner(services: Services, email: str) -> UserCard:
    with services.catalog.look(SYSTEM) as look:
        found = people.by_email(look, email)
    if found is None:
        raise Refused(f"There is no account {email}.")
    return found
