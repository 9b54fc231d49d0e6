"""Lines that are sent again in another way: their first request has left, whatever becomes of the second."""

from collections.abc import Mapping, Sequence

import pytest

from pbtui.api.client import OrdersClient
from pbtui.api.errors import RefusedHere
from pbtui.api.requests import OrderModify
from pbtui.desk.tickets.evidence import End, NothingLeft, Refusal, Silence
from pbtui.desk.tickets.sending.submission import Submission
from pbtui.desk.tickets.ticket import ACTION_CODES, Action, TicketLine, WriteOptions, change_line
from pbtui.settings.key_text import Secret
from tests.desk.tickets.test_odd_servers import PAGE, failure
from tests.orders import an_order
from tests.raw_server import Respond, raw_server, reply

REFUSED = reply(failure("too many orders"), "400 Bad Request")
NO_CALL_PAGE = reply(PAGE, "405 Method Not Allowed", "text/html")
NO_CALL = reply(failure("no such call"), "405 Method Not Allowed")


async def ends_of(lines: Sequence[TicketLine], answer: Respond, *, most_requests: int) -> Mapping[str, End]:
    """The end of each line, at a server that answers like this, if no more than so many requests can leave."""
    ends: dict[str, End] = {}
    left: list[Sequence[str]] = []

    def announce(method: str, path: str, keys: Sequence[str]) -> None:
        if len(left) == most_requests:
            raise RefusedHere(f"{method} {path}", "no more requests")
        left.append(keys)

    async with raw_server(answer) as server, OrdersClient(server.base_url, Secret("a-key")) as client:
        keys = {line.key for line in lines}
        submission = Submission(
            client, announce, lambda sent: ends.update(sent.ends), keys, single_order_endpoint=False
        )
        await submission.send(Action.DELETE, lines, WriteOptions())
    return ends


def withdrawals(*revisions: int | None) -> list[TicketLine]:
    """A withdrawal for each of these revisions."""
    orders = [an_order(str(number), revision_no=revision) for number, revision in enumerate(revisions, 1)]
    return [change_line(order, OrderModify(action=ACTION_CODES[Action.DELETE])) for order in orders]


@pytest.mark.parametrize("most_requests", [1, 2])
async def test_a_list_that_was_refused_has_left_though_its_halves_can_not(most_requests: int) -> None:
    ends = await ends_of(withdrawals(1, 1), REFUSED, most_requests=most_requests)
    assert [type(end) for end in ends.values()] == [Refusal, Refusal]
    assert all("too many orders" in end.why for end in ends.values() if isinstance(end, Refusal))


async def test_a_list_that_got_the_page_of_a_gateway_has_left() -> None:
    ends = await ends_of(withdrawals(1, None), NO_CALL_PAGE, most_requests=1)
    assert [type(end) for end in ends.values()] == [Silence, Silence]


async def test_nothing_left_of_a_list_that_the_server_has_no_call_for() -> None:
    ends = await ends_of(withdrawals(1, None), NO_CALL, most_requests=1)
    assert [type(end) for end in ends.values()] == [NothingLeft, NothingLeft]


async def test_nothing_left_of_a_list_that_could_not_leave() -> None:
    ends = await ends_of(withdrawals(1, 1), REFUSED, most_requests=0)
    assert [type(end) for end in ends.values()] == [NothingLeft, NothingLeft]
