"""The commands after a kill: re-arm the profile, restore orders; and the change of every order at the exchange."""

import asyncio
from collections.abc import Sequence
from functools import partial

from pbtui.api.codes import StatusAction
from pbtui.api.errors import OrdersApiError
from pbtui.desk.cutting_loose import NotCutLoose, why_not_loose
from pbtui.desk.formats.news import News, Weight
from pbtui.desk.journal.writer import JournalUnusable
from pbtui.desk.kill.commands import confirm_command, everything_command, rearm_command
from pbtui.desk.kill.halt import Halt, HaltNotOnDisk
from pbtui.desk.kill.plan import AnyOrder
from pbtui.desk.kill.progress import ALARMS, Phase
from pbtui.desk.kill.recovery.unverified import warnings_of
from pbtui.desk.kill.report import ReportUnreadable, read_report
from pbtui.desk.storage.places import owner_of, report_folder
from pbtui.desk.team.lone import cut_loose_command
from pbtui.desk.team.store import RearmRequest
from pbtui.desk.tickets.sending.account_result import failure_words
from pbtui.desk.tickets.ticket import Action
from pbtui.settings.profiles import Profile
from pbtui.ui.forms.lone_prompt import LonePrompt, lone_confirmation
from pbtui.ui.kill.account_wide_form import StatusForm, status_confirmation
from pbtui.ui.kill.rearm_prompt import RearmPrompt, asked_by_others, rearm_confirmation, second_confirmation
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
        """Lift the halt after asking for a reason and the profile's name. No order is activated."""
        dialogue, halt = self._home.dialogue, self._home.dialogue.view.halted
        if halt is None:
            self._home.refuse("nothing to re-arm: this profile is not halted")
            return
        if self._is_undecided():
            return
        request = asked_by_others(dialogue.view.requests)
        if request is not None:
            await self._confirm(request)
            return
        reason = await self._reason_to_rearm(halt)
        if reason is None or self._is_undecided():
            return
        await self._lift(halt, reason)

    async def _reason_to_rearm(self, halt: Halt) -> str | None:
        """Ask for the reason and the profile's name; None if the trader goes back."""
        dialogue, command = self._home.dialogue, partial(rearm_command, self._profile, halt)
        active = await self._still_active(halt)
        reason = await dialogue.ask(RearmPrompt(dialogue.venue, halt, active, self._home.zone, command))
        if reason is None:
            return None
        active = await self._still_active(halt)
        return reason if await dialogue.ask(rearm_confirmation(dialogue.venue, halt, reason, active)) else None

    async def _lift(self, halt: Halt, reason: str) -> None:
        """Lift the halt. The kill before it is over then."""
        attempt = self._switch.state.attempts  # a kill that is fired while the desk re-arms goes on
        try:
            left = await self._desk.rearm(reason, halt)
        except HaltNotOnDisk as error:
            self._home.dialogue.say(f"still halted: the halt can't be removed: {error}")
            return
        except JournalUnusable as error:
            self._home.dialogue.say(f"still halted: the journal can't be written: {error}")
            return
        view = self._switch.state.view
        if view is not None:
            self._before = view.before
        self._switch.dismiss(attempt)
        if left is not None:
            text = f"Lifted. No order was activated. The profile stays halted: {left.words}"
            self._home.show_news(News(text, Weight.NOTABLE))
            return
        self._home.show_news(News("Re-armed. No order was activated.", Weight.FINE))

    async def _confirm(self, request: RearmRequest) -> None:
        """Confirm the re-arm that another operator asks for, after the name of the profile whose halt it is."""
        dialogue = self._home.dialogue
        command = confirm_command(self._profile)
        if not await dialogue.ask(second_confirmation(dialogue.venue, request, self._home.zone, command)):
            return
        try:
            left = await self._desk.confirm_rearm(request)
        except HaltNotOnDisk as error:
            dialogue.say(f"still halted: {error}")
            return
        except JournalUnusable as error:
            dialogue.say(f"still halted: the journal can't be written: {error}")
            return
        text = f"Confirmed: {request.who} re-arms. No order was activated."
        still = "" if left is None else f" This profile stays halted: {left.words}"
        self._home.show_news(News(f"{text}{still}", Weight.FINE if left is None else Weight.NOTABLE))

    async def cut_loose(self) -> None:
        """Let this host send without its team, after a reason and the profile's name, while the store is away."""
        dialogue, view = self._home.dialogue, self._home.dialogue.view
        if refusal := why_not_loose(self._profile, view.halted, view.team_problem):
            self._home.refuse(f"not cut loose: {refusal}")
            return
        reason = await dialogue.ask(LonePrompt(dialogue.venue, view.team_problem, self._home.zone))
        command = cut_loose_command(self._profile, reason or "")
        if reason is None or not await dialogue.ask(lone_confirmation(dialogue.venue, reason, command)):
            return
        try:
            await self._desk.cut_loose(reason)
        except (NotCutLoose, JournalUnusable) as error:
            dialogue.say(f"not cut loose: {error}")

    def _is_undecided(self) -> bool:
        """Return whether the kill has no verdict yet; if so, the trader is asked to wait."""
        state = self._switch.state
        view = state.view
        phase = Phase.FIRING if view is None else view.phase
        is_undecided = state.is_fired and phase in (Phase.READY, Phase.FIRING, Phase.VERIFYING)
        if is_undecided:
            headline = "" if view is None else f": {view.headline}"
            self._home.refuse(f"not re-armed: the kill has no verdict yet{headline}. Wait for it, one minute at most")
        return is_undecided

    async def _still_active(self, halt: Halt) -> str:
        """A warning that orders are or may be active, and that re-arming stops a running kill; empty if none are.

        Of the kill of another desk, or of an earlier run, the store of the team or its report says how it ended.
        """
        view = self._switch.state.view
        if halt.is_others or view is None:
            records = [record for record in self._home.dialogue.view.team_halts or () if record.token == halt.token]
            of_disk = await asyncio.to_thread(warnings_of, halt, [record.token for record in records])
            return next(filter(None, (*(record.warning for record in records), *of_disk)), "")
        if view.phase not in ALARMS:
            return ""
        nouns = "order is" if view.active == 1 else "orders are"
        active = (
            "It is not known which orders are still active"
            if view.active is None
            else f"{view.active} {nouns} still active"
        )
        stops = "" if view.ended_s is not None else " The kill is still running; re-arming stops it."
        return f"{active}.{stops}"

    async def restore(self) -> None:
        """Let the trader choose orders from before the last kill, and activate them."""
        dialogue = self._home.dialogue
        if dialogue.refuses("no order is activated again"):
            return
        try:
            before = self._before or await asyncio.to_thread(self._last_kill)
        except ReportUnreadable as error:
            dialogue.say(f"the orders from before the kill can't be read: {error}")
            return
        if not before:
            self._home.refuse("nothing to restore: no kill of this profile has withdrawn an order")
            return
        lines = await self._desk.restore_list(before)
        orders = await dialogue.ask(RestoreForm(dialogue.venue, lines, self._home.zone))
        if orders:
            await self._home.orders.set_state(Action.ACTIVATE, orders)

    def _last_kill(self) -> Sequence[AnyOrder]:
        reports = report_folder(owner_of(self._profile)).glob("*.json")
        newest = max(reports, default=None, key=lambda report: report.name)
        return () if newest is None else read_report(newest)[1]

    async def change_everything(self, code: str) -> None:
        """Change every order at the exchange after asking for typed words. `code` is ACTI, DEAC or DELE."""
        action = StatusAction(code)
        dialogue, verb = self._home.dialogue, action.verb
        if action is StatusAction.ACTI and dialogue.refuses("nothing is activated"):
            return
        wanted = await dialogue.ask(StatusForm(dialogue.venue, action))
        command = "" if wanted is None else everything_command(self._profile, wanted)
        if wanted is None or not await dialogue.ask(status_confirmation(dialogue.venue, wanted, command)):
            return
        try:
            after = await self._desk.change_everything(wanted)
        except OrdersApiError as error:
            dialogue.say(f"{verb} everything: {failure_words(error)}")
            return
        result = f"The server accepted the call to {verb} everything. {after.words}."
        self._home.show_news(News(result, Weight.GRAVE if after.count is None else Weight.NOTABLE))
