"""Orders that were refused, as the trader sees them again: why, and with the net positions of now."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from pbtui.api.models import Order
from pbtui.api.requests import OrderEntry, OrderModify
from pbtui.desk.drafts.draft import change_texts, order_texts
from pbtui.desk.drafts.position import GUARD, UNCHANGED
from pbtui.desk.tickets.state import State
from pbtui.desk.tickets.ticket import TicketLine
from pbtui.ui.threads.desk_thread import DeskThread


def why_undone(lines: Sequence[TicketLine], *more: str) -> str:
    """Return why these lines failed, each reason once."""
    return "; ".join(dict.fromkeys((*(f"{line.state}: {line.reason}" for line in lines), *more)))


async def refused_entries(desk: DeskThread, failed: Sequence[TicketLine]) -> tuple[list[OrderEntry], str]:
    """Return the new orders that failed, and why.

    Those that were refused because of a position expect the present one, if it can be read; the reason names both.
    """
    entries: list[OrderEntry] = []
    positions: list[str] = []
    for line in failed:
        entry = line.request
        if not isinstance(entry, OrderEntry):
            continue
        change = await desk.position_change(line) if line.state is State.CONFLICT else None
        if change is not None:
            positions.append(str(change))
        if change is not None and change.now.value is not None:
            entry = entry.model_copy(update={GUARD: change.now.value})
        entries.append(entry)
    return entries, why_undone(failed, *positions)


def texts_of_change(order: Order, changes: OrderModify, zone: ZoneInfo) -> dict[str, str]:
    """Return the texts of the form for a change that is made again. An expected position is read again."""
    texts = {**order_texts(order, zone), **change_texts(changes, zone)}
    return {**texts, GUARD: UNCHANGED} if changes.expected_net_pos is not None else texts
