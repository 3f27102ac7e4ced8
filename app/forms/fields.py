"""Fields that several forms use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired
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


class VersionedForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Carries the ``version`` it was shown with; ``is_old`` once somebody saved in between."""

    version = WholeField("Version", [InputRequired()], default=0)
    is_old = False

    def show(self, problems: Mapping[str, str]) -> list[str]:
        """Put a command's messages beside their fields; those without a field are given back."""
        left = []
        for name, message in problems.items():
            field = self._fields.get(name)
            if field is None:
                left.append(message)
            else:
                field.errors = [*field.errors, message]
        return left

    def move_to(self, version: int) -> None:
        """What is typed now counts on top of this version."""
        self.version.process(None, version)
        self.version.raw_data = None
        self.is_old = True
