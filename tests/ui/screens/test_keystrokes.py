"""How many keys the frequent tasks take, each from the table to its request."""

from datetime import datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any

import pytest

from pbtui.ui.forms.change_form import ChangeForm
from pbtui.ui.forms.entry_form import EntryForm
from pbtui.ui.kill.prompt import KillPrompt
from pbtui.ui.screens import stepping_screen
from pbtui.ui.tickets.preview import TicketPreview
from tests.exchange import RunningExchange
from tests.ui.screens.trader import Trader, in_the_book, trader_at

QUARTER_HOUR = timedelta(minutes=15)


def delivery(contract: dict[str, Any]) -> tuple[datetime, datetime]:
    """Start and end."""
    return datetime.fromisoformat(contract["delivery_start"]), datetime.fromisoformat(contract["delivery_end"])


def bid_for_a_quarter_hour(exchange: RunningExchange) -> tuple[dict[str, Any], str]:
    """The best paid resting bid, and the id of the contract of the next quarter-hour.

    Prices of the simulated market are near zero at some hours; a price of zero, or a tenth of another, is warned of.
    """
    ids = {delivery(contract): contract["contract_id"] for contract in exchange.contracts()}
    for order in sorted(in_the_book(exchange), key=itemgetter("price"), reverse=True):
        start, end = delivery(order["contracts"][0])
        following = ids.get((end, end + QUARTER_HOUR))
        if order["side"] == "BUY" and end - start == QUARTER_HOUR and following is not None:
            return order, following
    raise AssertionError("the simulator has no such bid")


async def sent(trader: Trader, *keys: str) -> tuple[int, list[dict[str, Any]]]:
    """Press these keys, and `y` in the preview; return how many keys that was, and the body of the request."""
    await trader.press(*keys)
    await trader.prompt(TicketPreview)
    await trader.send()
    await trader.until(lambda: not any(line.is_open for line in trader.tickets[-1].lines))
    return len(keys) + 1, trader.bodies()[-1]


async def test_frequent_tasks_take_few_keys(exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    bid, next_contract = bid_for_a_quarter_hour(exchange)
    async with trader_at(exchange, size=(160, 48), price_step=Decimal("0.05")) as trader:
        await trader.put_cursor_on(bid["order_id"])
        await trader.until(lambda: trader.desk.dialogue.view.exchange.contracts.value)

        await trader.press("c")
        await trader.prompt(EntryForm)
        count, (clone,) = await sent(trader, "pagedown", "ctrl+s")
        assert count + 1 == 4
        assert clone | {"contractId": next_contract, "price": bid["price"], "quantity": bid["quantity"]} == clone

        price = int(bid["price"]) - 1
        count, (entry,) = await sent(trader, "a", *f"b 5@{price}", "enter")
        assert count - len(str(price)) + len("62") == 9
        assert entry | {"contractId": bid["contract_id"], "side": "BUY", "quantity": 5, "price": price} == entry

        await trader.until(lambda: len(trader.desk.table.arrangement) == len(exchange.orders(active_only=True)))
        alike = {"contract_id": bid["contract_id"], "side": "BUY"}
        bids = [each for each in exchange.orders(active_only=True) if each | alike == each]
        assert len(bids) > 1
        count, withdrawn = await sent(trader, "m", "d")
        assert count == 3
        assert {item["order_id"] for item in withdrawn} == {each["order_id"] for each in bids}

        await half_a_euro_more(trader, monkeypatch)

        await trader.press("f9")
        await trader.prompt(KillPrompt)
        await trader.press("k")
        await trader.until(lambda: not exchange.orders(active_only=True))


async def half_a_euro_more(trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the key of ten steps, where a step is 0.05, and typed."""
    offers = (order for order in in_the_book(trader.exchange) if order["side"] == "SELL")
    offer = max(offers, key=itemgetter("price"))  # half a euro more is no warning
    await trader.put_cursor_on(offer["order_id"])
    with monkeypatch.context() as keys_come_together:  # alone, enter sends the step without a preview
        keys_come_together.setattr(stepping_screen, "KEY_REST_S", 3600.0)
        count, (item,) = await sent(trader, "greater_than_sign", "enter")
    assert count == 3
    assert item["changes"] == {"action": "MODI", "price": pytest.approx(offer["price"] + 0.5)}

    await trader.press("e")
    await trader.prompt(ChangeForm)
    count, (item,) = await sent(trader, *"+0.5", "ctrl+s")
    assert count + 1 == 7
    assert item["changes"] == {"action": "MODI", "price": pytest.approx(offer["price"] + 1)}
