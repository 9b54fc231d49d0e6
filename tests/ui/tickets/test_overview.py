"""The list of tickets."""

from dataclasses import replace

import pytest

from pbtui.desk.tickets.state import State, Verdict
from pbtui.desk.tickets.ticket import (
    Action,
)
from pbtui.ui.tickets.overview import TicketList
from tests.ui.dialogs.prompt_under_test import PENDING, SIMULATION, prompt_on
from tests.ui.tickets.cases import BERLIN, ENTERED, REPRICED, RESIZED, a_ticket

pytestmark = pytest.mark.usefixtures("still_clock")

CONFIRMED = replace(REPRICED, verdict=Verdict(State.CONFIRMED, is_done=True))
REJECTED = replace(RESIZED, verdict=Verdict(State.REJECTED, "over a limit"))
UNKNOWN = replace(ENTERED, verdict=Verdict(State.UNKNOWN, "no answer within 10 s"))
NOT_FOUND = replace(UNKNOWN, verdict=Verdict(State.NOT_FOUND, "looked for until 20 s after it"))
TICKETS = [
    a_ticket(CONFIRMED, REJECTED, token="REJECT", internal_trades=2),
    a_ticket(NOT_FOUND, token="NOTFND", action=Action.ADD),
    a_ticket(UNKNOWN, token="UNKNWN", action=Action.ADD, resends="NOTFND"),
    a_ticket(CONFIRMED, token="CONFRM"),
]


async def test_the_tickets_show_the_state_of_each_order_newest_first() -> None:
    async with prompt_on(lambda: TicketList(SIMULATION, TICKETS, BERLIN), size=(120, 40)) as pilot:
        await pilot.until_shown(
            "› CONFRM  22 Nov 13:05:00  modify 1 order",
            "UNKNWN  22 Nov 13:05:00  add 1 order  resends NOTFND",
            "UNKNOWN      new ▲ BUY 2.5 MW at 45.10, 22 Nov 15:00-16:00 (no answer within 10 s)",
            "modify 2 orders  1 CONFIRMED, 1 REJECTED",
            "REJECTED     ▼ SELL 12.5 MW at 81.07, 22 Nov 15:00-15:15, AMP, order 6100000002: quantity 12.5 → 10.0 MW",
            "wind → sun (over a limit)",
            "internal trades: 2",
        )
        tokens = [token for line in pilot.lines() for token in line.split() if token in ("CONFRM", "UNKNWN", "REJECT")]
        assert tokens == ["CONFRM", "UNKNWN", "REJECT"]


async def test_a_draft_is_offered_again_if_it_was_certainly_not_done() -> None:
    async with prompt_on(lambda: TicketList(SIMULATION, TICKETS, BERLIN)) as pilot:
        offers = []
        for key in ("k", "j", "down", "j", "k"):
            await pilot.press(key)
            assert " › " in pilot.line_of_cursor()
            offers.append("Open the draft again" in pilot.text())
            if not offers[-1]:
                await pilot.press("enter")
                assert pilot.result is PENDING
        assert offers == [False, False, True, True, True]
        await pilot.press("enter")
        assert pilot.result == "NOTFND"


async def test_the_cursor_stays_on_its_ticket_when_others_come() -> None:
    async with prompt_on(lambda: TicketList(SIMULATION, TICKETS[:2], BERLIN)) as pilot:
        assert isinstance(pilot.prompt, TicketList)
        await pilot.until_shown("› NOTFND")
        pilot.prompt.show(tuple(reversed(TICKETS)))
        await pilot.until_shown("› NOTFND", "CONFRM")
        await pilot.press("enter")
        assert pilot.result == "NOTFND"


async def test_tickets_that_come_before_the_list_is_laid_out_are_shown() -> None:
    def with_more_tickets() -> TicketList:
        tickets = TicketList(SIMULATION, TICKETS[-1:], BERLIN)
        tickets.show(tuple(reversed(TICKETS)))
        return tickets

    async with prompt_on(with_more_tickets, size=(120, 40)) as pilot:
        await pilot.until_shown(*(ticket.token for ticket in TICKETS))
