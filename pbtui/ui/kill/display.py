"""Display of the kill switch: its prompt and report, the sign in the status bar, and the alerts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual.app import App

from pbtui.desk.formats.news import News, Weight
from pbtui.desk.formats.time_format import in_zone
from pbtui.desk.storage.problem import problem_of
from pbtui.settings.kill import KillGuard
from pbtui.settings.profiles import Profile
from pbtui.ui.kill.controls import KillControls
from pbtui.ui.kill.key_proof import has_arrived, note_arrival
from pbtui.ui.screens.message_line import MessageLine
from pbtui.ui.screens.news_board import NewsBoard
from pbtui.ui.screens.status_bar import KillSign, StatusBar
from pbtui.ui.threads.desk_thread import DeskThread

if TYPE_CHECKING:
    from pbtui.ui.kill.prompt import KillPrompt
    from pbtui.ui.kill.report import KillReport


class KillDisplay:
    """Shows the kill in one application. `key_name` is the name of the kill key, such as `F9`."""

    def __init__(
        self,
        app: App[Any],
        board: NewsBoard,
        profile: Profile,
        desk_thread: DeskThread,
        controls: KillControls,
        key_name: str,
    ) -> None:
        self._app = app
        self._board = board
        self._profile = profile
        self._desk_thread = desk_thread
        self._controls = controls
        self._key_name = key_name
        self._has_arrived = has_arrived(profile)
        self._prompt: KillPrompt | None = None
        self._report: KillReport | None = None
        self._rows = 0
        """Rows of a report that is as high as the last prompt; 0 before one was open."""
        self._attempts_seen = 0
        self._word_seen = ""

    # ------------------------------------------------------------ the key

    async def press(self) -> None:
        """Open the prompt or the report, because the kill key was pressed, and remember that the key works."""
        await self.open(is_first=not self._has_arrived)
        if not self._has_arrived:
            self._has_arrived = True
            self._app.run_worker(self._note_arrival())
            self.show_sign()

    async def open(self, *, is_first: bool = False) -> None:
        """Halt, then show the prompt, or the report if a kill was fired."""
        self._controls.arm()
        if self._prompt is None and self._report is None:
            await (
                self._open_report() if self._controls.switch.state.is_fired else self._open_prompt(is_first=is_first)
            )

    async def _note_arrival(self) -> None:
        try:
            await asyncio.to_thread(note_arrival, self._profile)
        except OSError as error:
            self._board.add(News(f"the test of the kill key can't be saved: {problem_of(error)}", Weight.NOTABLE))

    async def _open_prompt(self, *, is_first: bool = False, shows_others: bool = False) -> None:
        from pbtui.ui.kill.prompt import KillPrompt  # the first frame does without it

        self._attempts_seen = self._controls.switch.state.attempts
        self._prompt = KillPrompt(
            self._profile,
            self._desk_thread,
            self._controls,
            self._board.zone,
            is_first=is_first,
            shows_others=shows_others,
        )
        await self._app.push_screen(self._prompt, self._leave_prompt)

    async def _leave_prompt(self, is_fired: bool | None) -> None:
        if self._prompt is not None:
            self._rows = self._prompt.rows - 1  # the report has an empty row above its head
        self._prompt = None
        if is_fired:
            await self._open_report()
        else:
            self._controls.back_out()

    async def _open_report(self) -> None:
        from pbtui.ui.kill.report import KillReport  # the first frame does without it

        height = {"least_height": self._rows} if self._rows else {}
        self._report = KillReport(self._profile, self._controls, self._board.zone, **height)
        await self._app.push_screen(self._report, self._leave_report)

    async def _leave_report(self, wants_other: bool | None) -> None:
        self._report = None
        self._controls.back_out()
        if wants_other:
            self._controls.arm()
            self._controls.hold()  # the key alone would repeat the earlier kill, not the plan shown now
            await self._open_prompt(shows_others=True)

    # ------------------------------------------------------------ the switch

    def follow(self) -> None:
        """Update the screens after a step of the kill."""
        self.show_sign()
        if self._report is not None and self._report.is_mounted:
            self._report.redraw()
        self._alert()
        if self._controls.switch.state.attempts > self._attempts_seen:
            self._attempts_seen = self._controls.switch.state.attempts
            self._leave_for_report()

    def _alert(self) -> None:
        """Show the trader a verdict that needs action, if the report is not on the screen."""
        sign = self._sign()
        if sign.word != self._word_seen:
            self._word_seen = sign.word
            if sign.headline and self._report is None and sign.role == "alarm":
                self._board.add(News(f"{sign.headline}. {sign.key} shows the report", Weight.GRAVE))

    def _leave_for_report(self) -> None:
        """Close the prompt, because a kill was fired by its key, by the key-reading thread, or by the countdown."""
        if self._prompt is not None and self._prompt in self._app.screen_stack:
            while self._app.screen is not self._prompt:
                self._app.pop_screen()
            self._prompt.dismiss(True)

    def show_sign(self) -> None:
        """Update the kill sign in every status bar, and ask for a test of the key if it was never received."""
        sign = self._sign()
        for screen in self._app.screen_stack:
            for bar in screen.query(StatusBar):
                bar.show_sign(sign)
            for line in screen.query(MessageLine):
                line.kill_headline = sign.headline
                line.request = "" if self._has_arrived else self._request()

    def _sign(self) -> KillSign:
        state = self._controls.switch.state
        if not state.is_fired:
            return KillSign(self._key_name, self._has_arrived)
        from pbtui.ui.kill.standing import standing  # the first frame does without it

        now = standing(state)
        if now is None:
            return KillSign(self._key_name, self._has_arrived)
        headline = in_zone(now.headline, self._board.zone)
        return KillSign(self._key_name, headline=headline, word=now.word, role=now.role)

    def _request(self) -> str:
        back = ", then escape within 2 s" if self._profile.kill.guard is KillGuard.GRACE else ""
        return f"{self._key_name} untested: press the kill key once{back} to test it; nothing is sent"
