"""What comes after a kill: lifting the halt, bringing orders back; and the change of everything at the exchange."""

import asyncio
from collections.abc import Sequence

from pbtui.api.clock import utc_now
from pbtui.api.errors import OrdersApiError
from pbtui.api.models import StatusAction
from pbtui.desk.kill.halt import HaltNotOnDisk
from pbtui.desk.kill.plan import AnyOrder
from pbtui.desk.kill.report import ReportUnreadable, read_report
from pbtui.desk.kill.view import ALARMS, Phase
from pbtui.desk.storage.places import report_file
from pbtui.desk.tickets.describe import News, Weight
from pbtui.desk.tickets.ticket import Action
from pbtui.settings.profiles import Profile
from pbtui.ui.kill.account_wide_form import STATUS_VERBS, StatusForm, status_confirmation
from pbtui.ui.kill.rearm_prompt import RearmPrompt, rearm_confirmation
from pbtui.ui.kill.restore_form import RestoreForm
from pbtui.ui.screens.writing_screen import WritingScreen
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.threads.kill_thread import KillThread


class KillAftermath:
    """The commands of one desk's screen, each a coroutine for `WritingScreen.begin`."""

    def __init__(self, home: WritingScreen, profile: Profile, desk_thread: DeskThread, switch: KillThread) -> None:
        self._home = home
        self._profile = profile
        self._desk = desk_thread
        self._switch = switch
        self._before: Sequence[AnyOrder] = ()

    async def rearm(self) -> None:
        """Lift the halt, for a reason and the typed name of the profile. It activates nothing."""
        dialogue, halt = self._home.dialogue, self._home.dialogue.view.halted
        if halt is None:
            self._home.refuse("nothing to re-arm: this profile is not halted")
            return
        if self._is_undecided():
            return
        reason = await dialogue.ask(RearmPrompt(dialogue.venue, halt, self._still_active()))
        if reason is None:
            return
        if not await dialogue.ask(rearm_confirmation(dialogue.venue, reason, self._still_active())):
            return
        if self._is_undecided():
            return
        attempt = self._switch.state.attempts  # a kill that is fired while the desk re-arms goes on
        try:
            await self._desk.rearm(reason)
        except HaltNotOnDisk as trouble:
            dialogue.say(f"still halted: the halt can't be taken away: {trouble}")
            return
        view = self._switch.state.view
        if view is not None:
            self._before = view.before
        self._switch.dismiss(attempt)
        self._home.tell(News("Re-armed. No order was activated by it.", Weight.FINE))

    def _is_undecided(self) -> bool:
        """Whether a kill is on its way to its first verdict, which is then told as the reason to wait."""
        state = self._switch.state
        view = state.view
        phase = Phase.FIRING if view is None else view.phase
        is_undecided = state.is_fired and phase in (Phase.READY, Phase.FIRING, Phase.VERIFYING)
        if is_undecided:
            headline = "" if view is None else f": {view.headline}"
            self._home.refuse(f"not re-armed: the kill has no verdict yet{headline}; it takes a minute at most")
        return is_undecided

    def _still_active(self) -> str:
        """What is in the market of what the kill was to take out, and that re-arming ends it; empty if nothing is."""
        view = self._switch.state.view
        if view is None or view.phase not in ALARMS:
            return ""
        nouns = "order is" if view.active == 1 else "orders are"
        active = "Nobody knows what is" if view.active is None else f"{view.active} {nouns}"
        ends = "" if view.ended_s is not None else ", and the kill still goes on; re-arming ends it"
        return f"{active} still active{ends}."

    async def restore(self) -> None:
        """Activate orders from before the last kill, those that are chosen."""
        dialogue = self._home.dialogue
        if dialogue.refuses("no order is activated again"):
            return
        try:
            before = self._before or await asyncio.to_thread(self._last_kill)
        except ReportUnreadable as trouble:
            dialogue.say(f"which orders were there before the kill can't be read: {trouble}")
            return
        if not before:
            self._home.refuse("nothing to bring back: no kill of this profile took an order out of the market")
            return
        lines = await self._desk.restore_list(before)
        orders = await dialogue.ask(RestoreForm(dialogue.venue, lines, self._home.zones))
        if orders:
            await self._home.orders.set_state(Action.ACTIVATE, orders, 0)

    def _last_kill(self) -> Sequence[AnyOrder]:
        reports = report_file(self._profile.name, utc_now()).parent.glob("*.json")
        newest = max(reports, default=None, key=lambda report: report.name)
        return () if newest is None else read_report(newest)[1]

    async def change_everything(self, code: str) -> None:
        """Change every order at the exchange, for typed words: ACTI, DEAC or DELE."""
        action = StatusAction(code)
        dialogue, verb = self._home.dialogue, STATUS_VERBS[action]
        if action is StatusAction.ACTI and dialogue.refuses("nothing is activated"):
            return
        wanted = await dialogue.ask(StatusForm(dialogue.venue, action))
        if wanted is None or not await dialogue.ask(status_confirmation(dialogue.venue, wanted)):
            return
        try:
            active = await self._desk.change_everything(wanted)
        except OrdersApiError as error:
            dialogue.say(f"{verb} everything: {error}")
            return
        told = (
            f"The server took the call to {verb} everything. {active} orders are active now, as far as this key sees."
        )
        self._home.tell(News(told, Weight.NOTABLE))
