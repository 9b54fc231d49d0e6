"""What `Y` copies of an order, and the command line that a preview copies."""

import json
import re
from typing import Any

import pytest

from pbtui.ui.dialogs.copy_prompt import CopyPrompt
from pbtui.ui.tickets.preview import TicketPreview
from tests.exchange import RunningExchange
from tests.ui.screens.trader import an_order, trader_at


async def test_an_order_and_a_ticket_are_copied_and_shown_in_full(
    exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = an_order(exchange)
    async with trader_at(exchange, size=(120, 60)) as trader:
        copied: list[str] = []
        monkeypatch.setattr(trader.app, "copy_to_clipboard", copied.append)
        await trader.put_cursor_on(order["order_id"])
        await trader.press("Y", "3")
        await trader.until_shown("JSON copied, if your terminal supports it")
        sent: dict[str, Any] = json.loads(copied.pop())
        assert sent.items() >= {name: order[name] for name in ("order_id", "price", "side", "portfolio_id")}.items()
        await trader.press("Y")
        await trader.prompt(CopyPrompt)
        await trader.until_shown("1  Order id", "2  Line", "3  JSON", f'      "order_id": "{order["order_id"]}"')
        await trader.press("4")
        assert copied == []
        await trader.press("2")
        assert copied.pop().endswith(f"{order['portfolio_id']}, order {order['order_id']}")
        trader.desk.use_filter("side:buy contract")
        await trader.command("Copy as command…")
        await trader.prompt(CopyPrompt)
        shown = f"side:buy contract={order['contract_id']}"
        await trader.until_shown("1  Command that lists", f"pbtui --profile test orders '--filter={shown}'")
        await trader.press("2")
        assert copied.pop() == f"pbtui --profile test export '{shown} !state=deactivated'"
        await trader.press("u")
        trader.desk.use_filter("delivery>18:00")
        await trader.command("Copy as command…")
        await trader.until_shown("no command: commands read its times in Europe/Berlin")
        await trader.press("u")
        trader.desk.use_filter("")
        await trader.press("4")
        trader.desk.use_filter("side:buy")
        await trader.command("Copy as command…")
        await trader.prompt(CopyPrompt)
        await trader.press("1")
        options = "--no-active-only --filter=side:buy"
        assert re.fullmatch(rf"pbtui --profile test trades '--from-execution-time=.* 00:00' {options}", copied.pop())
        trader.desk.use_filter("")
        await trader.press("1")
        await trader.put_cursor_on(order["order_id"])
        await trader.press("d")
        await trader.prompt(TicketPreview)
        await trader.press("C")
        assert copied == [f"pbtui --profile test deactivate --order-id={order['order_id']}"]
        await trader.until_shown(copied[0])
        assert trader.writes() == []
