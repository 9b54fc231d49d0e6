"""Line directly above the key hints with the newest news. It has a row of its own and never covers anything."""

from collections.abc import Mapping
from functools import partial
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from textual.message import Message

from pbtui.desk.formats.news import News, Weight
from pbtui.desk.formats.time_format import UTC_ZONE, clock_text
from pbtui.ui.widgets.folded_lines import folded
from pbtui.ui.widgets.key_names import WITHOUT_KEY, key_of
from pbtui.ui.widgets.lines import Line, Piece, TextLines

WEIGHTS: Mapping[Weight, Piece] = {
    Weight.FINE: (" ✓ ", "good"),
    Weight.NOTABLE: (" • ", "warning"),
    Weight.GRAVE: (" ! ", "alarm"),
}
"""The mark of each weight: a character and a colour role."""

_MORE = " …"
_NOTE_FOR_S = 5.0
"""Seconds after which a note on the permanent line gives way to the news again."""


class NewsLine(TextLines):
    """Shows one piece of news, or a note on the key just pressed.

    In a dialog the line is hidden until there is something to show; with `is_permanent` it always keeps its row.
    """

    class Toggled(Message):
        """The line was shown or hidden, so that the rows beside it have less or more room."""

    def __init__(self, *, is_permanent: bool = False) -> None:
        super().__init__(classes="news")
        self.is_permanent = is_permanent
        self._news: News | None = None
        self._zone = UTC_ZONE
        self._unread = 0
        self._note = ""
        self._notes = 0
        """The number of notes so far: two notes may have the same text."""
        self.display = is_permanent

    def show_news(self, news: News | None, zone: ZoneInfo, unread: int) -> None:
        """Show this news in place of any other; `unread` is the number of grave news before it not read yet."""
        self._news, self._zone, self._unread, self._note = news, zone, unread, ""
        self._follow()

    def show_note(self, text: str) -> None:
        """Show what the key just pressed did or why not, in place of the news; an empty text shows the news again."""
        self._notes += 1
        if text != self._note:
            self._note = text
            self._follow()
        if text and self.is_permanent:
            self.set_timer(_NOTE_FOR_S, partial(self._drop_note, self._notes))

    @property
    def shown_note(self) -> str:
        """The note that is shown; empty without one."""
        return self._note

    def _drop_note(self, number: int) -> None:
        if number == self._notes:
            self.show_note("")

    def _follow(self) -> None:
        is_shown = self.is_permanent or bool(self._note) or self._news is not None
        if is_shown != self.display:
            self.display = is_shown
            self.post_message(self.Toggled())
        self.lay_out()
        self.repaint()

    def lay_out(self) -> None:
        """Fit the text to the new width."""
        self._lines = [self._line()]

    def _line(self) -> Line:
        if self._note:
            mark = WEIGHTS[Weight.NOTABLE]
            return [mark, (_cut(self._note, self.text_width - cell_len(mark[0])), "text")]
        if self._news is None:
            return []
        news, mark = self._news, WEIGHTS[self._news.weight]
        time = f" {clock_text(news.at, self._zone)}"
        problems = "problem" if self._unread == 1 else "problems"
        key = key_of(self, "desk.news")
        where = "" if key == WITHOUT_KEY else f": {key}"
        unread = f" {self._unread} earlier {problems}{where} " if self._unread else ""
        room = self.text_width - sum(map(cell_len, (time, mark[0], unread)))
        text = _cut(news.text(self._zone), room)
        filler = " " * (room - cell_len(text))
        return [(time, "label"), mark, (text, "text"), (filler, "text"), (unread, "alarm")]


def _cut(text: str, width: int) -> str:
    """Return as many whole words as fit, with a mark if some do not."""
    if cell_len(text) <= width:
        return text
    return folded(text, max(width - len(_MORE), 1))[0] + _MORE
