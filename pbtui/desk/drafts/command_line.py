"""The command line of pbtui that sends the same as a ticket, for a shell."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from pbtui.api.codes import EntryState
from pbtui.api.requests import OrderEntry
from pbtui.desk.drafts.draft import change_texts, entry_texts, first_texts
from pbtui.desk.drafts.position import GUARD
from pbtui.desk.formats.ascii_json import ascii_json
from pbtui.desk.formats.order_token import without_token
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine, WriteOptions
from pbtui.settings.profiles import Profile
from pbtui.settings.shell_command import shell_command

_USUAL = WriteOptions()
_NONE_MEANS: Mapping[str, Any] = {"include_errors": False, "state": EntryState.ACTI}
"""The way in which the server treats an option or a field that is not given, where a command would give another one."""
_encode = msgspec.json.Encoder(decimal_format="number").encode


def command_line(ticket: Ticket, profile: Profile) -> str:
    """Return the command; empty for the demo, whose exchange no other program knows.

    It asks before it sends, at the terminal also where several new orders or changes come on stdin. A new order has no
    token: each run of the command gives it one of its own.
    """
    words = [ticket.action.value, *_options(ticket.options)]
    first = first_texts(profile.environment, guards_position=profile.position_guard)
    if ticket.action not in (Action.ADD, Action.MODIFY):
        return shell_command(profile, *words, *(f"--order-id={line.key}" for line in ticket.lines))
    if len(ticket.lines) == 1:
        return shell_command(profile, *words, *_of_line(ticket.lines[0], first, ZoneInfo(profile.market_timezone)))
    guard = _fields({}, [GUARD] if GUARD in first else [])
    command = shell_command(profile, *words, *guard, "--from=-")
    items = ",\n".join(f"  {ascii_json(_encode(_item(line, first)).decode())}" for line in ticket.lines)
    return f"{command} <<'END'\n[\n{items}\n]\nEND" if command else ""


def _options(options: WriteOptions) -> Iterator[str]:
    """Yield the options that differ from the usual ones."""
    for name in WriteOptions.__dataclass_fields__:
        value = getattr(options, name)
        value = _NONE_MEANS.get(name) if value is None else value
        if value is not None and value != getattr(_USUAL, name):
            flag = name.replace("_", "-")
            yield f"--{flag}" if value is True else f"--no-{flag}" if value is False else f"--{flag}={value}"


def _of_line(line: TicketLine, first: Mapping[str, str], zone: ZoneInfo) -> Iterable[str]:
    """Return the options of one order; `first` are the texts that a command of this profile begins with."""
    request = line.request
    if isinstance(request, OrderEntry):
        return _fields(entry_texts(request, zone), first)
    revision = [] if request.revision_no is None else [f"--revision-no={request.revision_no}"]
    fields = _fields(change_texts(request.changes, zone), [GUARD] if GUARD in first else [])
    return [f"--order-id={line.key}", *revision, *fields]


def _fields(texts: Mapping[str, str], filled: Iterable[str]) -> Iterator[str]:
    """Yield the given fields, and those that the command would fill in if they were left out."""
    left_out = {name: str(_NONE_MEANS.get(name, "")) for name in filled if not texts.get(name)}
    given = {name: text for name, text in texts.items() if text}
    return (f"--{name.replace('_', '-')}={text}" for name, text in {**given, **left_out}.items())


def _item(line: TicketLine, first: Mapping[str, str]) -> dict[str, Any]:
    """Return the JSON of one order; a file has the state of a new one, which the command would fill in."""
    request = line.request
    if not isinstance(request, OrderEntry):
        return request.wire()
    if request.txt:
        request = request.model_copy(update={"txt": without_token(request.txt) or None})
    if request.state is None and "state" in first:
        request = request.model_copy(update={"state": _NONE_MEANS["state"]})
    return request.wire()
