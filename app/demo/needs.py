"""What the demo company decided about its coverage: needs, cells that need nothing, and a plan."""

from __future__ import annotations

from app.demo.model import DemoNeed, DemoPlanItem

MARKETER, SELLER = "camille.aubry@example.com", "nora.whitfield@example.com"


def needs() -> tuple[DemoNeed, ...]:
    """Defaults of a stage or a persona first, then single cells."""
    return (
        DemoNeed("stage:prospect", target=2),
        DemoNeed("stage:negotiate", target=2),
        DemoNeed("persona:seller", target=2),
        DemoNeed("persona:partner", needed=False, why="Dayloom sells without partners so far."),
        DemoNeed(
            "stage:propose",
            "persona:economic-buyer",
            target=3,
            customer_ready=True,
            buyer_believes="The first rota pays for the first quarter, and the sum holds in our books.",
            rep_proves="Payback with the buyer’s own head count, overtime and agency hours.",
        ),
        DemoNeed(
            "stage:negotiate",
            "persona:security-compliance",
            target=2,
            buyer_believes="Our staff’s data stays where the works council and the auditor want it.",
            rep_proves="Answers that pass the questionnaire without another call.",
        ),
        DemoNeed("stage:prospect", "persona:procurement-legal", needed=False, why="Too early."),
        DemoNeed(
            "stage:prospect", "persona:customer-success", needed=False, why="No customer yet."
        ),
        DemoNeed(
            "stage:discover", "persona:customer-success", needed=False, why="No customer yet."
        ),
        DemoNeed(
            "stage:onboard",
            "persona:economic-buyer",
            needed=False,
            why="The budget is spent; the next word is at renewal.",
        ),
    )


def plan() -> tuple[DemoPlanItem, ...]:
    """One that sales agreed to, one that waits for an answer."""
    return (
        DemoPlanItem(
            "Renewal price increase: what to say and what to show",
            ("stage:expand", "persona:economic-buyer"),
            type="messaging",
            owner=MARKETER,
            reviewer=SELLER,
            due=18,
            agreed=True,
        ),
        DemoPlanItem(
            "First week with Dayloom, one page for the shift",
            ("stage:onboard", "persona:end-user"),
            type="onboarding_guide",
            owner=MARKETER,
            reviewer=SELLER,
            due=32,
        ),
    )
