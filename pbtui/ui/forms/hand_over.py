"""The forms of the hand-over: a note for the next shift, and the name of whoever takes over."""

from collections.abc import Callable, Mapping, Sequence

from pbtui.desk.formats.order_fields import Field, Kind
from pbtui.desk.handover.record import Refused, valid_name, valid_note
from pbtui.ui.dialogs.prompt import Venue
from pbtui.ui.forms.field_row import FieldRow
from pbtui.ui.forms.short_form import ShortForm
from pbtui.ui.widgets.lines import Piece

_NOTE = Field("note", "note", Kind.TEXT, "it goes into the journal")
_NAME = Field("name", "your name", Kind.TEXT, "it goes into the journal")


class _LongRow(FieldRow):
    """A row whose input has most of the width: a note is a sentence."""

    def widths(self, width: int) -> tuple[int, int, int]:
        """The label and the remark beside the input have what they need."""
        return 13, 0, max(width - 13 - 26, 20)


class _OneText(ShortForm[str]):
    """A form that returns one text, which must be valid."""

    def __init__(self, venue: Venue, about: Sequence[Piece], field: Field, valid: Callable[[str], str]) -> None:
        super().__init__(venue, about, [_LongRow(field, "")])
        self._only = field.name
        self._valid = valid

    def problems(self, texts: Mapping[str, str]) -> Mapping[str, str]:
        """The reason why the text is not recorded, if there is one."""
        try:
            self._valid(texts[self._only])
        except Refused as refused:
            return {self._only: str(refused)}
        return {}

    def result(self, texts: Mapping[str, str]) -> str:
        """The text."""
        return self._valid(texts[self._only])


def note_form(venue: Venue) -> ShortForm[str]:
    """A form that returns a note."""
    return _OneText(venue, [("A note for whoever takes over", "title")], _NOTE, valid_note)


def name_form(venue: Venue, before: str) -> ShortForm[str]:
    """A form that returns the name of whoever takes over. `before` had the shift; empty if nobody is recorded."""
    about = [
        (f"Take over{f' from {before}' if before else ''}: the next shift begins now", "title"),
        ("Type your name. It is recorded with the report that was shown; no order is cancelled or changed.", "text"),
    ]
    return _OneText(venue, about, _NAME, valid_name)
