"""The command line of pbtui that sends the same as a ticket, for a shell."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from pbtui.api.requests import OrderEntry
from pbtui.desk.drafts.draft import change_texts, entry_texts
from pbtui.desk.formats.ascii_json import ascii_json
from pbtui.desk.formats.order_token import without_token
from pbtui.desk.tickets.ticket import Action, Ticket, TicketLine, WriteOptions
from pbtui.settings.profiles import Profile
from pbtui.settings.shell_command import shell_command

_USUAL = WriteOptions()
_encode = msgspec.json.Encoder(decimal_format="number").encode


def command_line(ticket: Ticket, profile: Profile) -> str:
    """Return the command; empty for the demo, whose exchange no other program knows.

    It asks before it sends; several new orders or changes come on stdin and need `--yes`. A new order has no token:
    each run of the command gives it one of its own.
    """
    words = [ticket.action.value, *_options(ticket.options)]
    if ticket.action not in (Action.ADD, Action.MODIFY):
        return shell_command(profile, *words, *(f"--order-id={line.key}" for line in ticket.lines))
    if len(ticket.lines) == 1:
        return shell_command(profile, *words, *_of_line(ticket.lines[0], ZoneInfo(profile.market_timezone)))
    command = shell_command(profile, *words, "--from=-")
    items = ",\n".join(f"  {ascii_json(_encode(_item(line)).decode())}" for line in ticket.lines)
    return f"{command} <<'END'\n[\n{items}\n]\nEND" if command else ""


def _options(options: WriteOptions) -> Iterator[str]:
    """Yield the options that differ from the usual ones."""
    for name in WriteOptions.__dataclass_fields__:
        value = getattr(options, name)
        if value is not None and value != getattr(_USUAL, name):
            flag = name.replace("_", "-")
            yield f"--{flag}" if value is True else f"--no-{flag}" if value is False else f"--{flag}={value}"


def _of_line(line: TicketLine, zone: ZoneInfo) -> Iterable[str]:
    request = line.request
    if isinstance(request, OrderEntry):
        return _fields(entry_texts(request, zone))
    revision = [] if request.revision_no is None else [f"--revision-no={request.revision_no}"]
    return [f"--order-id={line.key}", *revision, *_fields(change_texts(request.changes, zone))]


def _fields(texts: Mapping[str, str]) -> Iterator[str]:
    return (f"--{name.replace('_', '-')}={text}" for name, text in texts.items() if text)


def _item(line: TicketLine) -> dict[str, Any]:
    request = line.request
    if isinstance(request, OrderEntry) and request.txt:
        request = request.model_copy(update={"txt": without_token(request.txt) or None})
    return request.wire()
