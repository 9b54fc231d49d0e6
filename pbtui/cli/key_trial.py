"""Trial of an API key at the profile's server, before it is stored."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.typed_words import at_terminal
from pbtui.settings.key_text import Secret
from pbtui.settings.profiles import Profile


class Trial(Struct, frozen=True):
    """A key with the result of its trial: why the server did not accept it, empty if it did, and what it may do."""

    key: Secret
    problem: str = ""
    rights: str = ""


def tried(profile: Profile, key: Secret, ask_again: Callable[[str], Secret]) -> Trial:
    """Try a key. `ask_again` gets a sentence and returns another key; it is called for one that is not accepted.

    Without a terminal, LocalRefusal is raised for such a key.
    """
    from pbtui.desk.key.trial import NOT_ACCEPTED  # only where a key is tried: its imports take a while

    while (trial := _trial(profile, key)).problem == NOT_ACCEPTED:
        not_accepted = f"The server at {profile.host} does not accept this key."
        if not at_terminal():
            raise LocalRefusal(f"{not_accepted} It was not stored.")
        key = ask_again(f"{not_accepted} Type another one, or end with Ctrl+C.")
    return trial


def _trial(profile: Profile, key: Secret) -> Trial:
    from pbtui.api.client import OrdersClient
    from pbtui.desk.event_loop import run
    from pbtui.desk.formats.market_words import rights_words
    from pbtui.desk.key.trial import TRIAL, rights_of, try_key

    async def ask() -> Trial:
        async with OrdersClient(
            profile.base_url, key, ca_file=profile.ca_file, proxy=profile.proxy, read=TRIAL
        ) as client:
            problem = await try_key(client)
            rights = None if problem else await rights_of(client)
        return Trial(key, problem, "" if rights is None else f"key {rights.name or ''!r} {rights_words(rights)}")

    return run(ask())
