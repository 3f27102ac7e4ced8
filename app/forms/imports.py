"""Forms of the import. They check shape; what is true, the commands check."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FileField, Form, HiddenField, StringField
from wtforms.validators import InputRequired, Length

COLUMN_PREFIX, CELL_PREFIX = "column-", "cell-"
IGNORE = ""


class UploadForm(Form):
    table = FileField("Table (CSV)")
    files = FileField("Files (zip)")
    create_terms = BooleanField("Add unknown values to the taxonomy")


class FixForm(Form):
    """One cause mended for all rows. ``action`` is ``use``, ``add`` or ``skip``."""

    action = HiddenField(validators=[InputRequired()])
    dimension = HiddenField(validators=[InputRequired(), Length(max=60)])
    value = HiddenField(validators=[InputRequired(), Length(max=200)])
    term = StringField("Term", [Length(max=120)])

    def chosen(self) -> tuple[str, str, str]:
        """Dimension, value and term; the term may be empty."""
        return self.dimension.data or "", self.value.data or "", self.term.data or ""


def chosen_columns(data: MultiDict[str, str], header: Sequence[str]) -> dict[str, str]:
    """Header to field, as ticked on the matching page; fields are numbered by the column's place."""
    given = (
        (name, data.get(f"{COLUMN_PREFIX}{place}", IGNORE)) for place, name in enumerate(header)
    )
    return {name: field for name, field in given if field != IGNORE}


def changed_cells(data: MultiDict[str, str], header: Sequence[str]) -> dict[str, str]:
    """Header to text, as typed on the page of one row; browsers send line breaks as CR LF."""
    given = ((name, data.get(f"{CELL_PREFIX}{place}")) for place, name in enumerate(header))
    return {name: text.replace("\r\n", "\n") for name, text in given if text is not None}
