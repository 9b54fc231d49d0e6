"""Opens a plain session, and ends it: with what is open, and an exit code."""

import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from zoneinfo import ZoneInfo

from pbtui.api.sanitize import safe_text
from pbtui.cli.api_key import obtain_found_key
from pbtui.cli.desk import CRASHED, NOT_KNOWN, desk_opener, report_open_tickets
from pbtui.cli.interrupts import interrupts
from pbtui.cli.invocation import Invocation, Session
from pbtui.cli.plain.background import BackgroundDesk, DeskFailed
from pbtui.cli.plain.calls import Calls
from pbtui.cli.plain.conversation import Conversation
from pbtui.cli.plain.sentences import orders_text
from pbtui.cli.plain.terminal import Terminal
from pbtui.cli.plain.watch import Events
from pbtui.cli.process import NO_ANSWER, is_lost, say, spoken_streams
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.cli.typed_words import asking, at_terminal
from pbtui.desk.blotter.link import Link
from pbtui.desk.formats.time_format import in_zone
from pbtui.desk.kill.halt import read_halt
from pbtui.desk.storage.crash_report import crash_notice
from pbtui.desk.view import DeskView
from pbtui.settings.file import load_settings
from pbtui.settings.key_text import KeyText
from pbtui.settings.profiles import Profile
from pbtui.settings.shell_command import shell_command

_INTERRUPTED = "interrupted; the results of open tickets are not known"
_NOT_HEARD = "stdout can't be written: some of what the session said is lost"
_NOT_READ = "The session has ended. It has not read the orders again: see pbtui orders"
NO_TERMINAL = (
    "the plain session asks at a terminal. For scripts: pbtui status, orders, add, modify, deactivate, delete, kill"
)


def run_session(invocation: Invocation) -> int:
    """Hold the plain session of the chosen profile; return the exit code when the trader ends it."""
    refuse_without_terminal()
    with local_refusals():
        profile = load_settings(invocation.config_file).profile(invocation.profile_name)
    return hold_session(profile, obtain_found_key(profile).text, invocation)


def refuse_without_terminal() -> None:
    """Raise LocalRefusal if there is no terminal to ask at."""
    if not at_terminal():
        raise LocalRefusal(NO_TERMINAL)


def hold_session(profile: Profile, key: KeyText, invocation: Invocation) -> int:
    """Hold a session with a desk of this profile, to its end; return the exit code."""
    first_view = DeskView(Link(profile.poll_seconds))
    terminal, events = Terminal(), Events(ZoneInfo(profile.market_timezone), first_view)
    calls = Calls(profile, terminal.ring)
    desk = BackgroundDesk(desk_opener(profile, lambda: key.key), (events.take, calls.take), first_view)
    own = invocation._replace(piped_key=key, asks_for_key=False, session=Session(profile, desk.run, lambda: desk.view))
    conversation = Conversation(profile, desk, terminal, own, events, calls)
    asking.set(terminal.answer)
    with interrupts.session(), spoken_streams():
        terminal.listen()
        try:
            with desk.running():
                kill_code = conversation.hold()
                interrupts.pass_to(_end_at_second(desk, kill_code))
            view = desk.view
        except DeskFailed as failed:
            notice = crash_notice(failed.__cause__ or failed)
            kill = shell_command(profile, "kill")
            way_out = f" To take the orders out of the market: {kill}" if kill else ""
            say(f"{notice}\nThe session has ended.{way_out}", err=True)
            return CRASHED
        _say_last_words(view, profile, conversation.acted_s)
        return _exit_code(view, kill_code)


def _say_last_words(view: DeskView, profile: Profile, acted_s: float) -> None:
    """Say what the session leaves; on stderr if stdout can't be written."""
    for line in _last_lines(view, profile, acted_s):
        if not say(safe_text(line)):
            say(safe_text(line), err=True)
    if is_lost(sys.stdout):
        say(_NOT_HEARD, err=True)
    report_open_tickets(view, profile, partial(say, err=True))


def _end_at_second(desk: BackgroundDesk, kill_code: int) -> Callable[[int], None]:
    """Return the answer to signals while the session closes: the second one ends the program at once.

    The first may be what ended the session. A hang-up counts for none: a lost terminal brings several, and the session
    is closed in a few seconds.
    """
    earlier = count()

    def answer(number: int) -> None:
        if number == signal.SIGHUP or next(earlier) == 0:
            return
        try:
            view = desk.view
        except DeskFailed:
            interrupts.end("", CRASHED)
        interrupts.end(_INTERRUPTED if _is_open(view) else "", _exit_code(view, kill_code))

    return answer


def _exit_code(view: DeskView, kill_code: int) -> int:
    """Return the strongest code: of an open ticket, of the last kill, of the signal, of an stdout that is lost."""
    if _is_open(view):
        return NOT_KNOWN
    return kill_code or interrupts.ended_by or (NO_ANSWER if is_lost(sys.stdout) else 0)


def _is_open(view: DeskView) -> bool:
    return any(ticket.is_open for ticket in view.tickets)


def _last_lines(view: DeskView, profile: Profile, acted_s: float) -> Iterator[str]:
    """Yield what the session leaves: its orders, and the halt. A view from before the last act is not believed."""
    zone, halt = ZoneInfo(profile.market_timezone), view.halted
    if view.link.read_s is not None:
        is_new = view.link.read_s >= acted_s
        halt = halt if is_new else read_halt(profile)
        yield f"The session has ended. It leaves {orders_text(view)}" if is_new else _NOT_READ
    if halt is not None:
        yield f"The profile stays halted: {in_zone(halt.words, zone)}"
    if view.unrecorded:
        yield f"NOT IN THE JOURNAL: {in_zone(view.unrecorded, zone)}"
