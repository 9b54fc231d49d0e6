"""`pbtui` without a command: opens the desk in this terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pbtui.cli.api_key import obtain_found_key
from pbtui.cli.background_writer import BackgroundWriter
from pbtui.cli.interrupts import interrupts
from pbtui.cli.invocation import Invocation
from pbtui.cli.kill.opener import kill_opener
from pbtui.cli.process import discard_lost_output
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.desk.event_loop import run
from pbtui.desk.formats.time_format import in_zone
from pbtui.settings.file import default_file, load_settings
from pbtui.settings.key_text import Secret, SessionKey
from pbtui.settings.profiles import Profile, Settings
from pbtui.settings.shell_command import shell_command
from pbtui.ui.desk_keys import desk_keys, key_problems
from pbtui.ui.terminal.capability import why_unusable

if TYPE_CHECKING:
    from pbtui.api.transport.connection import ApiKey
    from pbtui.desk.desk import Desk
    from pbtui.desk.view import DeskView
    from pbtui.ui.threads.kill_thread import KillThread

    OpenDesk = Callable[[Callable[[DeskView], None]], AbstractAsyncContextManager[Desk]]


CRASHED, NOT_KNOWN = 1, 5
ANSWERS_WITHIN_S = 2.0
"""Time to wait for pending answers when the desk is closed."""


def run_desk(invocation: Invocation) -> int:
    """Open the desk of the chosen profile; return the exit code when the trader closes it."""
    with local_refusals():
        settings = load_settings(invocation.config_file)
        profile = settings.profile(invocation.profile_name)
    refuse_unusable_terminal()
    refuse_unusable_keys(settings)
    found = obtain_found_key(profile, note="The kill key does nothing until the desk is shown: it needs the API key.")
    return show_desk(profile, lambda: found.key, settings, key_source=found.source, shows_stats=invocation.shows_stats)


def has_no_settings(invocation: Invocation) -> bool:
    """Return whether there is no settings file, and none was named. Raises LocalRefusal."""
    with local_refusals():
        return invocation.config_file is None and not default_file().exists()


def refuse_unusable_terminal() -> None:
    """Raise LocalRefusal if the desk can't be drawn in this terminal."""
    reason = why_unusable()
    if reason is not None:
        raise LocalRefusal(reason)


def refuse_unusable_keys(settings: Settings) -> None:
    """Raise LocalRefusal if the desk can't have the keys that the settings name."""
    drop_textual_variables()  # the check imports Textual, which reads them then
    if problems := key_problems(settings.keys):
        raise LocalRefusal("\n".join([f"{settings.file} can't be used:", *map(str, problems)]))


def show_desk(
    profile: Profile,
    find_key: Callable[[], Secret],
    settings: Settings,
    *,
    key_source: str = "",
    shows_stats: bool = False,
) -> int:
    """Show the desk until the trader closes it or the session ends; return the exit code."""
    drop_textual_variables()
    from pbtui.ui.app import DeskApp  # Textual reads those variables when it is imported
    from pbtui.ui.terminal.closing import collect_new_garbage_only
    from pbtui.ui.themes import ThemeError, all_themes, chosen_theme

    key = SessionKey(find_key)
    try:
        themes = all_themes(settings.file)
        app = DeskApp(
            profile,
            desk_opener(profile, lambda: key),
            kill_opener(profile, lambda: key),
            themes=themes,
            theme_name=chosen_theme(themes.by_name) or settings.theme,
            kill_keys=settings.keys.kill_keys,
            own_keys=desk_keys(settings.keys),
            key_source=key_source,
        )
    except ThemeError as error:
        raise LocalRefusal(str(error)) from None
    collect_new_garbage_only()
    run(app.run_async(mouse=settings.mouse))
    app.is_given_back.set()
    interrupts.ignore()
    interrupts.watch_again()
    discard_lost_output()
    last_words = BackgroundWriter(sys.stderr)  # a terminal that stands still must not keep the program from ending
    kill_code = _finish_kill(app.kill_thread, profile, last_words.say)
    view = app.latest_view
    if view is not None and view.unrecorded:
        last_words.say(f"NOT IN THE JOURNAL: {view.unrecorded}")
    if shows_stats:
        last_words.say("\n".join(app.usage.lines()))
    is_known = report_open_tickets(view, profile, last_words.say)
    for notice in app.crash_notices:
        last_words.say(notice)
    last_words.finish()
    if app.crash_notices or app.return_code == CRASHED:
        return CRASHED
    return (kill_code or app.return_code or 0) if is_known else NOT_KNOWN


def report_open_tickets(view: DeskView | None, profile: Profile, say: Callable[[str], object]) -> bool:
    """Say the orders whose result is not known at the end; return whether there are none."""
    tickets = [ticket for ticket in view.tickets if ticket.is_open] if view is not None else []
    if tickets:
        from pbtui.desk.tickets.describe import subject  # the first frame does without pydantic

        zone = ZoneInfo(profile.market_timezone)
        for line in (line for ticket in tickets for line in ticket.lines if line.is_open):
            say(f"{line.state}  {subject(line, zone)}: {in_zone(line.reason, zone)}")
        say("The results are not known yet. The next desk of this profile reads the orders again and reports them.")
    return not tickets


def _finish_kill(switch: KillThread, profile: Profile, say: Callable[[str], object]) -> int:
    """Wait for the verdict of a fired kill, say it, and return the exit code of the kill; 0 if there is none to say."""
    if switch.state.is_deciding:
        resume = shell_command(profile, "kill", "--resume")
        interrupts.end_with(
            "interrupted: the kill is not verified, and the profile stays halted."
            + (f" To continue it: {resume}" if resume else ""),
            NOT_KNOWN,
        )
        say("Waiting until the kill is verified, at most one minute.")
    view = switch.finish()
    interrupts.ignore()
    if view is None:
        return 0
    from pbtui.cli.kill.output import exit_code  # the first frame does without them
    from pbtui.desk.kill.progress import Phase

    zone = ZoneInfo(profile.market_timezone)
    say(f"{in_zone(view.headline, zone)}{f' Report: {view.report}' if view.report else ''}")
    if view.phase is not Phase.VERIFIED or view.doubts:
        say(in_zone("\n".join(view.problems), zone))
        phones = [f"call: {phone}" for phone in view.phones]
        say("\n".join([*phones, "to send the kill by hand, put the API key into the variable and run:", view.curl]))
    return exit_code(view)


def desk_opener(profile: Profile, find_key: Callable[[], ApiKey], *, reads_market: bool = True) -> OpenDesk:
    """Return a function that opens the desk of a profile. The thread that calls it imports what only the desk needs.

    Without `reads_market` the desk reads orders alone.
    """

    @asynccontextmanager
    async def open_desk(publish: Callable[[DeskView], None]) -> AsyncIterator[Desk]:
        from pbtui.cli.access import ungated_client  # the first frame does without httpx and pydantic
        from pbtui.desk.desk import Desk
        from pbtui.desk.journal.writer import Journal
        from pbtui.desk.team.opening import open_store

        api_key = find_key()
        async with ungated_client(profile, api_key) as client, _upload(profile):
            with Journal.open(profile) as journal:
                desk = Desk(
                    profile,
                    client,
                    journal,
                    publish,
                    replace_key=_key_replacement(profile, api_key),
                    reads=client.reads if reads_market else None,
                    team=open_store(profile),
                )
                try:
                    yield desk
                finally:
                    await desk.close(ANSWERS_WITHIN_S)

    return open_desk


def _upload(profile: Profile) -> AbstractAsyncContextManager[None]:
    """Bring the journal to the store of the profile's team, if it has one, until the end of the block."""
    if not profile.team.store:
        return nullcontext()
    from pbtui.desk.team.journal.uploader import uploading  # a desk without a team does without the driver

    return uploading(profile)


def _key_replacement(profile: Profile, key: ApiKey) -> Callable[[Secret], Coroutine[Any, Any, str]] | None:
    """Return a function that tries another key and uses it if the server accepts it; None if the key is fixed.

    The function returns why the server did not show that it accepts the key; empty if it did.
    """
    if not isinstance(key, SessionKey):
        return None
    from pbtui.api.client import OrdersClient
    from pbtui.desk.key.trial import TRIAL, try_key

    async def replace(other: Secret) -> str:
        async with OrdersClient(
            profile.base_url, other, ca_file=profile.ca_file, proxy=profile.proxy, read=TRIAL
        ) as client:
            reason = await try_key(client)
        if not reason:
            key.replace(other)
        return reason

    return replace


def drop_textual_variables() -> None:
    """Remove Textual's environment variables: some make it write every typed key to a file."""
    if "textual" not in sys.modules:
        for name in [name for name in os.environ if name.startswith("TEXTUAL")]:
            del os.environ[name]
        os.environ["TEXTUAL_ANIMATIONS"] = "none"
