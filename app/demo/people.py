"""The people of the demo company."""

from __future__ import annotations

from app.demo.model import DemoAccount

REP = "nora.whitfield@example.com"
MARKETER = "camille.aubry@example.com"
ADMIN = "samir.rahal@example.com"


def accounts() -> tuple[DemoAccount, ...]:
    """The first three are the ones to sign in with: a rep, a marketer, an admin."""
    return (
        DemoAccount(REP, "Nora Whitfield", "rep", "sales"),
        DemoAccount(MARKETER, "Camille Aubry", "marketer", "marketing"),
        DemoAccount(ADMIN, "Samir Rahal", "admin", "marketing"),
        DemoAccount("tomas.brandt@example.com", "Tomas Brandt", "rep", "sales"),
        DemoAccount("lotte.devries@example.com", "Lotte de Vries", "rep", "sales"),
        DemoAccount("ines.okafor@example.com", "Ines Okafor", "marketer", "marketing"),
        DemoAccount("edwin.kwan@example.com", "Edwin Kwan", "rep", "sales"),
    )
