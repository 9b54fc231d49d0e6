"""The hand-over on the desk's screen: the report, a note, taking over."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from pbtui.api.sanitize import safe_text
from pbtui.desk.formats.news import News, Weight
from pbtui.desk.handover.record import Refused, whose_shift
from pbtui.desk.handover.report import Report
from pbtui.desk.journal.writer import JournalUnusable
from pbtui.ui.dialogs.handover_pane import HandoverPane, Wish
from pbtui.ui.forms.hand_over import name_form, note_form
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.tickets.dialogue import Dialogue


class HandOverDialogs:
    """Shows them one after the other. `note` shows what is under way, `show_news` what was recorded."""

    def __init__(
        self,
        dialogue: Dialogue,
        desk_thread: DeskThread,
        zone: Callable[[], ZoneInfo],
        note: Callable[[str], None],
        show_news: Callable[[News], None],
    ) -> None:
        self._dialogue = dialogue
        self._desk = desk_thread
        self._zone = zone
        self._note = note
        self._show_news = show_news

    async def show(self) -> None:
        """Show the report, and again after a note, until the trader goes back or has taken over."""
        wish: Wish | None = Wish.READ
        while wish is Wish.READ:
            self._note("reading the journal, orders, trades and gates for the hand-over …")
            report = await self._desk.handover()
            self._note("")
            wish = await self._dialogue.ask(HandoverPane(self._dialogue.venue, report, self._zone()))
            if wish is Wish.NOTE:
                await self._leave_note()
                wish = Wish.READ
        if wish is Wish.TAKE:
            await self._take_over(report)

    async def _leave_note(self) -> None:
        text = await self._dialogue.ask(note_form(self._dialogue.venue))
        if text is not None:
            try:
                await self._desk.leave_note(text)
            except (JournalUnusable, Refused) as error:
                self._dialogue.say(f"the note was not recorded: {error}")

    async def _take_over(self, report: Report) -> None:
        before = safe_text(whose_shift(report))
        name = await self._dialogue.ask(name_form(self._dialogue.venue, before))
        if name is None:
            self._note("not taken over")
            return
        try:
            await self._desk.take_over(report, name)
        except (JournalUnusable, Refused) as error:
            self._dialogue.say(f"not taken over: {error}")
            return
        from_whom = f" from {before}" if before else ""
        self._show_news(News(f"{safe_text(name)} took over{from_whom}; no order was changed", Weight.FINE))
