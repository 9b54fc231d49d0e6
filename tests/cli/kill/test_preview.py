"""The figures before a kill: a list that may lack orders is no proof that there are no others."""

import asyncio
import json

import pytest

from pbtui.cli.kill.preview import Preview, read_preview
from pbtui.desk.kill.plan import plan_for
from pbtui.settings.key_text import Secret
from pbtui.settings.profiles import Profile
from tests.canned import a_wire_order, canned_exchange
from tests.raw_server import Respond, reply

ONE = json.dumps([a_wire_order("1")]).encode()


def previewed(read: Respond) -> tuple[Preview, list[str]]:
    """What is read where the orders are answered so, and the lines of it."""
    with canned_exchange() as exchange:
        exchange.trouble, exchange.trouble_at = read, "/orders"
        profile = Profile(name="desk", base_url=exchange.base_url)
        preview = asyncio.run(read_preview(profile, Secret("a-key")))
    return preview, preview.lines(plan_for(profile), one_by_one=False)


@pytest.mark.parametrize(
    ("read", "doubt"),
    [
        (reply(ONE, "206 Partial Content"), "the server answered with only a part of the orders (206)"),
        (reply(ONE, X_Total_Count="5"), "the server sent 1 of 5 orders"),
        (reply(ONE, Age="600"), "a cache between here and the server answers with data 601 s old"),
    ],
)
def test_a_list_that_may_lack_orders_says_so(read: Respond, doubt: str) -> None:
    preview, lines = previewed(read)
    assert lines[2] == f"others may be active: {doubt}"
    assert [order.order_id for order in preview.orders] == ["1"]


def test_a_complete_list_says_nothing_of_others() -> None:
    _, lines = previewed(reply(ONE))
    assert not any("others may be active" in line for line in lines)
