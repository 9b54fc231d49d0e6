"""A status change of every order at the exchange: its errors, and those of the read after it."""

import pytest

from pbtui.api.codes import StatusAction
from pbtui.api.errors import OrdersApiError
from pbtui.api.requests import UpdateStatus
from pbtui.desk.journal.open_writes import open_writes
from pbtui.desk.storage.places import owner_of
from tests.desk.tickets.test_odd_servers import PAGE, acting, failure
from tests.raw_server import Respond, drop, reply


@pytest.mark.parametrize(
    ("answer", "can_land"),
    [
        (drop, 1),
        (reply(PAGE, "404 Not Found", "text/html"), 1),
        (reply(PAGE, "403 Forbidden", "text/html"), 1),
        (reply(failure("no"), "403 Forbidden"), 0),
    ],
)
async def test_an_activation_of_everything_can_land_unless_the_exchange_itself_refused_it(
    answer: Respond, can_land: int
) -> None:
    async with acting() as (exchange, desk):
        exchange.answer = answer
        with pytest.raises(OrdersApiError):
            await desk.desk.change_everything(UpdateStatus(order_mod_type=StatusAction.ACTI))
        found = open_writes(owner_of(desk.profile))
        assert (found.under_way, found.unanswered) == (0, can_land)


@pytest.mark.parametrize("action", StatusAction)
async def test_an_error_of_the_read_is_none_of_the_accepted_change(action: StatusAction) -> None:
    async with acting() as (exchange, desk):
        exchange.answer = reply(b"", "204 No Content")
        exchange.read = reply(failure("no"), "403 Forbidden")
        after = await desk.desk.change_everything(UpdateStatus(order_mod_type=action))
        assert after.count is None
        assert "They can't be read: GET /orders: the key has no right to do this (403): no" in after.words
        found = open_writes(owner_of(desk.profile))
        assert (found.under_way, found.unanswered) == (0, int(action is StatusAction.ACTI))
