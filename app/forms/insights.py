"""The one form of the insights: words as one more name of a term."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.forms.fields import WholeField

NAME_LIMIT = 120


class AliasForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """``back`` is the page to return to."""

    term_id = WholeField("Term", [InputRequired()])
    words = StringField(
        "Words",
        [
            DataRequired("There are no words to add."),
            Length(max=NAME_LIMIT, message="A name has at most 120 characters."),
        ],
    )
    back = StringField("Back", [Length(max=2000)])

    def to_input(self) -> tuple[int, str]:
        """The term's id and its new name."""
        return self.term_id.data or 0, (self.words.data or "").strip()
