"""Fields that several forms use."""

from __future__ import annotations

from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget


class Ticks(SelectMultipleField):
    """Boxes to tick instead of a list that needs Ctrl."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
