"""Access of the commands to an exchange: profile, client, and exit codes."""

import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import click
import msgspec

from pbtui.api.client import OrdersClient
from pbtui.api.errors import OrdersApiError, RefusedHere, Rejected
from pbtui.api.transport.connection import ApiKey
from pbtui.cli.api_key import obtain_api_key
from pbtui.cli.interrupts import interrupts
from pbtui.cli.invocation import Invocation
from pbtui.cli.progress import drawn, looked_at
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.desk import event_loop
from pbtui.desk.kill.gate import halt_gate
from pbtui.desk.team.gate import TeamGate
from pbtui.desk.team.lone_file import LoneFile
from pbtui.desk.team.opening import open_store
from pbtui.settings.file import load_settings
from pbtui.settings.profiles import Profile

T = TypeVar("T")


class RefusedByServer(click.ClickException):
    """The server refused the call; nothing was changed."""

    exit_code = 4


class OutcomeUnknown(click.ClickException):
    """The server could not be reached, or its answer does not say what it did."""

    exit_code = 5


def call_failed(error: OrdersApiError) -> click.ClickException:
    """Return the exception that ends a command whose call failed."""
    if isinstance(error, RefusedHere):
        return LocalRefusal(str(error))
    return RefusedByServer(str(error)) if isinstance(error, Rejected) else OutcomeUnknown(str(error))


def chosen_profile(invocation: Invocation) -> Profile:
    """Return the profile of the session, the named one, or the default one. Raises LocalRefusal."""
    if invocation.session is not None:
        return invocation.session.profile
    with local_refusals():
        return load_settings(invocation.config_file).profile(invocation.profile_name)


def ungated_client(profile: Profile, api_key: ApiKey) -> OrdersClient:
    """A client for the profile, for a desk: that gives it the gate."""
    return OrdersClient(profile.base_url, api_key, ca_file=profile.ca_file, proxy=profile.proxy)


@asynccontextmanager
async def client_for(profile: Profile, api_key: ApiKey) -> AsyncIterator[OrdersClient]:
    """A client for the profile. While the profile or its team is halted, it sends nothing that can enter the market."""
    async with ungated_client(profile, api_key) as client:
        client.gate = local = halt_gate(profile)
        store = open_store(profile)
        if store is None:
            yield client
            return
        client.gate = gate = TeamGate(local, store, LoneFile(profile))
        try:
            yield client
        finally:
            await gate.close()
            await store.close()


def ask(profile: Profile, question: Callable[[OrdersClient], Coroutine[Any, Any, T]], *, is_one_read: bool = True) -> T:
    """Run one query at the profile's exchange and return its result.

    A terminal shows how much has come, and an interruption says it, unless the query writes, or prints what it reads
    (not `is_one_read`). Raises LocalRefusal, RefusedByServer or OutcomeUnknown if there is no answer.
    """
    api_key = obtain_api_key(profile)

    async def with_client() -> T:
        async with client_for(profile, api_key) as client:
            if not is_one_read:
                return await question(client)
            with (
                drawn("reading", "KB") as shown,
                looked_at(shown, lambda: client.received_bytes // 1000),
                interrupts.ending_with(lambda: _interrupted_after(client.received_bytes)),
            ):
                return await question(client)

    try:
        return event_loop.run(with_client())
    except OrdersApiError as error:
        raise call_failed(error) from None


def _interrupted_after(received_bytes: int) -> str:
    return f"interrupted after {received_bytes / 1000:.1f} KB" if received_bytes else "interrupted"


def wire_json(body: bytes) -> str:
    """Return a JSON body indented, with all but printable ASCII escaped, so that no text can control the terminal.

    A body that is not strictly valid JSON (NaN, half a surrogate pair) is not indented.
    """
    try:
        text = msgspec.json.format(body, indent=2)
    except msgspec.DecodeError:
        text = body.translate(bytes.maketrans(b"\t\r", b"  "))
    return re.sub(r"[^\x20-\x7e\n]", _escaped, text.decode(errors="replace"))


def ascii_json(body: bytes) -> str:
    """Return a JSON body on one line, with all but printable ASCII escaped."""
    return re.sub(r"[^\x20-\x7e]", _escaped, body.decode(errors="replace"))


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
