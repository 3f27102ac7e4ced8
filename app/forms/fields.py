"""Fields that several forms use."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import IntegerField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.widgets import CheckboxInput, ListWidget

from app.numbers import whole


class WholeField(IntegerField):
    """A number that a page sent along; what could be none of ours is no number."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist:
            self.data = whole(valuelist[0])


class Ticks(SelectMultipleField):
    """Boxes to tick instead of a list that needs Ctrl."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def offered(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """(value, label) pairs as choices of a field."""
    return [SelectChoice(value, label) for value, label in pairs]
