"""Fields that several forms use."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.widgets import CheckboxInput, ListWidget


class Ticks(SelectMultipleField):
    """Boxes to tick instead of a list that needs Ctrl."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def offered(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """(value, label) pairs as choices of a field."""
    return [SelectChoice(value, label) for value, label in pairs]
