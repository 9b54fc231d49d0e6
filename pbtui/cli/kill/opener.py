"""What opens the kill switch of a profile: on a connection and with a journal of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pydantic import SecretStr

    from pbtui.desk.kill.switch import KillSwitch
    from pbtui.desk.kill.timing import Timing
    from pbtui.desk.kill.view import KillView

    Publish = Callable[[KillView], None]
    OpenKillSwitch = Callable[[Publish, Callable[[], int]], AbstractAsyncContextManager[KillSwitch]]


def kill_opener(profile: Profile, find_key: Callable[[], SecretStr], timing: Timing | None = None) -> OpenKillSwitch:
    """What opens it: `open(publish, writes_under_way)`, called in the loop that is to run the switch.

    To the writes that its own desk has under way come those of every other run of the profile, by the journal.

    The journal is begun with the first line there is to write, so a switch that is never used leaves no trace.
    """

    @asynccontextmanager
    async def open_switch(publish: Publish, writes_under_way: Callable[[], int]) -> AsyncIterator[KillSwitch]:
        from pbtui.api.client import OrdersClient  # the desk's first frame does without httpx and pydantic
        from pbtui.desk.journal.requests_in_flight import JournalLook
        from pbtui.desk.journal.writer import Journal
        from pbtui.desk.kill.switch import KILL_CALLS_AT_ONCE, KILL_TIMEOUTS, KillSwitch

        async with OrdersClient(
            profile.base_url,
            find_key(),
            ca_file=profile.ca_file,
            proxy=profile.proxy,
            read=KILL_TIMEOUTS,
            write=KILL_TIMEOUTS,
            concurrent_calls=KILL_CALLS_AT_ONCE,
        ) as client:
            look = JournalLook(profile.name)
            switch = KillSwitch(
                profile,
                client,
                Journal(profile),
                publish,
                writes_under_way=lambda: writes_under_way() or look.count(),
                timing=timing,
            )
            try:
                yield switch
            finally:
                await switch.close()

    return open_switch
