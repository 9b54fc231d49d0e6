"""Opens the kill switch of a profile, with its own connection and its own journal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from pbtui.api.client import OrdersClient
    from pbtui.api.transport.connection import ApiKey
    from pbtui.desk.kill.progress import KillView
    from pbtui.desk.kill.protocol.timing import Timing
    from pbtui.desk.kill.switch import KillSwitch
    from pbtui.desk.team.halts.of_kill import SharedHalt

    Publish = Callable[[KillView], None]
    OpenKillSwitch = Callable[[Publish, Callable[[], int]], AbstractAsyncContextManager[KillSwitch]]


def kill_opener(profile: Profile, find_key: Callable[[], ApiKey], timing: Timing | None = None) -> OpenKillSwitch:
    """Return a function `open(publish, writes_under_way)` to be called in the loop that runs the switch.

    The writes of other programs of the profile are counted from the journal, and those of the own desk that the journal
    does not show yet. The journal file is created with its first line, so an unused switch writes no file.
    """

    @asynccontextmanager
    async def open_switch(publish: Publish, writes_under_way: Callable[[], int]) -> AsyncIterator[KillSwitch]:
        # Imported late, because the desk's first frame does not need httpx and pydantic.
        from pbtui.desk.journal.open_writes import OpenWrites
        from pbtui.desk.journal.requests_in_flight import RequestsInFlight
        from pbtui.desk.journal.writer import Journal
        from pbtui.desk.kill.switch import KillSwitch
        from pbtui.desk.storage.places import owner_of

        async with _own_client(profile, find_key()) as client:
            requests = RequestsInFlight(owner_of(profile))

            def open_writes() -> OpenWrites | None:
                own, found = writes_under_way(), requests.count()
                return (found or OpenWrites()).at_least(own) if own else found

            journal = Journal(profile)
            shared = _shared_halt(profile)
            switch = KillSwitch(
                profile,
                client,
                journal,
                publish,
                open_writes=open_writes,
                count_again=requests.count_again,
                timing=timing,
                shared=shared,
            )
            try:
                yield switch
            finally:
                await switch.close()

    return open_switch


def _shared_halt(profile: Profile) -> SharedHalt | None:
    """The halt of the profile's team, None without one: then nothing is imported for it."""
    if not profile.team.store:
        return None
    from pbtui.desk.team.halts.of_kill import SharedHalt
    from pbtui.desk.team.opening import open_named_store

    return SharedHalt(partial(open_named_store, profile))


def _own_client(profile: Profile, api_key: ApiKey) -> OrdersClient:
    """The client that the kill alone uses, with its timeouts."""
    from pbtui.api.client import OrdersClient
    from pbtui.desk.kill.switch import KILL_CALLS_AT_ONCE, KILL_READ_TIMEOUTS, KILL_TIMEOUTS

    return OrdersClient(
        profile.base_url,
        api_key,
        ca_file=profile.ca_file,
        proxy=profile.proxy,
        read=KILL_READ_TIMEOUTS,
        write=KILL_TIMEOUTS,
        concurrent_calls=KILL_CALLS_AT_ONCE,
    )
