"""The link that lets a person set a password: its address, and the mail that carries it."""

from __future__ import annotations

from app.mail import Mail
from app.settings import Settings


def address(settings: Settings, secret: str) -> str:
    """With the configured address of the site; a request's Host header could be anybody's."""
    return f"{settings.base_url}/password/{secret}"


def invitation(settings: Settings, to: str, name: str, secret: str) -> Mail:
    return Mail(
        to,
        "Your account at Collateral Finder",
        f"{name},\n\nan account was made for you. Set your password within 7 days:\n\n"
        f"{address(settings, secret)}\n\nThen sign in with {to}.\n",
    )


def reset(settings: Settings, to: str, name: str, secret: str) -> Mail:
    return Mail(
        to,
        "Set a new password at Collateral Finder",
        f"{name},\n\nsomebody asked for a new password for this account. Set it within one hour:"
        f"\n\n{address(settings, secret)}\n\nIf that was not you, nothing has changed.\n",
    )
