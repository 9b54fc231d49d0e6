"""Writing in a real terminal: add, edit, reprice many, meet a conflict, delete. The exchange shows what was sent."""

import re
from collections import Counter
from typing import Any

from tests.end_to_end.host import Host
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.trader import quit_desk, rest, trading_desk, until_reconciled
from tests.exchange import RunningExchange, eventually


def written(exchange: RunningExchange, count: int) -> list[Any]:
    """The bodies of the writes, once there are so many."""
    writes = eventually(lambda: found if len(found := exchange.writes()) >= count else [])
    return [request["body"] for request in writes]


def type_field(terminal: Terminal, text: str) -> None:
    """Fill the field with the cursor, a few keys at a time as fingers do, and go on to the next."""
    terminal.send("\x15")
    for end in range(6, len(text) + 6, 6):
        terminal.send(text[end - 6 : end])
        terminal.until(lambda lines: [line for line in lines if "▸" in line and text[:end] in line], text)  # noqa: B023
    terminal.send("\t")


def preview(terminal: Terminal, *texts: str) -> None:
    """Ask for the preview of what was typed, and send it."""
    terminal.press_until("\x13", lambda lines: any("y Send" in line for line in lines))
    confirm(terminal, *texts)


def confirm(terminal: Terminal, *texts: str) -> None:
    """Look at the preview, and press y until it takes it: it does not, as long as it has not rested."""
    terminal.until_shown("y Send", *texts)
    rest()
    terminal.press_until("y", lambda lines: not any("y Send" in line for line in lines))


def type_count(terminal: Terminal) -> None:
    """Type the number of orders that a large batch asks for."""
    asked = terminal.until(lambda lines: re.findall(r"Type (\d+) and press", "\n".join(lines)), "a count to type")
    for digit in asked[0]:
        rest()
        terminal.send(digit)
    rest()
    terminal.press_until("\r", lambda lines: not any("and press" in line for line in lines))


def filter_for(terminal: Terminal, text: str) -> None:
    terminal.send("/")
    terminal.until_shown("side:buy price>50")
    terminal.send(text)
    terminal.until_shown(text)
    terminal.press_until("\r", lambda lines: any("a Add" in line for line in lines))
    terminal.until_shown(f"filter {text}")
    terminal.send("g")


def resting(exchange: RunningExchange) -> list[dict[str, Any]]:
    """The trader's limit bids whose price no other order has, the lowest first.

    Of a price near zero, each step is large and asks for one more key.
    """
    every = exchange.orders()
    prices = Counter(order.get("price") for order in every)
    bids = [order for order in every if order["side"] == "BUY" and order["price"] >= 20]
    bids = [order for order in bids if prices[order["price"]] == 1]
    orders = [order for order in bids if order["type"] == "O"]
    in_the_book = [order for order in orders if "contract_id" in order and not order.get("pre_arranged")]
    return sorted(in_the_book, key=lambda order: order["price"])


def test_add_edit_reprice_and_delete(host: Host, exchange: RunningExchange) -> None:
    like = resting(exchange)[0]
    with trading_desk(host, exchange, typed_count_above=5, size=(80, 24)) as terminal:
        terminal.send("a")
        terminal.until_shown("New order", "^r All fields")
        terminal.send("\x12")
        terminal.until_shown("New order", "^r One line")
        for text in ("buy", like["contract_id"]):
            type_field(terminal, text)
        terminal.send("\t")
        for text in (like["delivery_area"], like["portfolio_id"], "3.5", "-77.10"):
            type_field(terminal, text)
        preview(terminal, "-77.10", "3.5")
        ((entry,),) = written(exchange, 1)
        assert (entry["side"], entry["quantity"], entry["price"]) == ("BUY", 3.5, -77.1)

        filter_for(terminal, "price=-77.10")
        terminal.until_shown("-77.10", "1 of ")
        terminal.send("j")
        terminal.send("e")
        terminal.until_shown(", revision 1", "quantity MW")
        type_field(terminal, "-78.20")
        preview(terminal, "-77.10 → -78.20")
        changes = written(exchange, 2)[1][0]["changes"]
        assert changes == {"action": "MODI", "price": -78.2}

        terminal.send("\x1b")
        terminal.until_gone("filter price")
        filter_for(terminal, "side:buy price>20")  # of a small price, so large a step asks for one more key
        terminal.send("*")
        terminal.until_shown("marked")
        terminal.send("b")
        terminal.until_shown("orders; pgup and pgdn scroll")
        type_field(terminal, "add -1.5")
        preview(terminal, "Change ")
        type_count(terminal)
        items = written(exchange, 3)[2]
        assert len(items) > 5
        assert {tuple(item["changes"]) for item in items} == {("action", "price")}

        terminal.until_shown(f"{len(items)} changed", "a Add")  # the marks are gone, and no dialog covers the orders
        terminal.send("g")  # the order under the cursor may be too cheap for the filter by now
        terminal.until_shown("›")
        terminal.send("x")
        terminal.until_shown("cannot be undone", "y Delete")
        terminal.send("x")
        terminal.send("\r")
        terminal.press_until("y", lambda lines: not any("y Delete" in line for line in lines))
        (item,) = written(exchange, 4)[3]
        assert item["changes"] == {"action": "DELE"}
        assert len(exchange.writes()) == 4
        until_reconciled(terminal, 4)
        quit_desk(terminal)


def test_a_conflict_and_a_desk_that_is_closed_while_an_answer_is_away(host: Host, exchange: RunningExchange) -> None:
    order = resting(exchange)[0]
    with trading_desk(host, exchange, size=(80, 24)) as terminal:
        a_change_that_met_another_is_applied_again(terminal, exchange, order)
        exchange.faults(hold={"value": True, "methods": ["PUT"]})
        terminal.send("d")
        confirm(terminal)
        written(exchange, 3)
        terminal.send("q")
        terminal.until_shown("UNKNOWN", "The results are not known yet. The next desk of this profile reads")
        assert terminal.end() == 5
        assert terminal.what_is_left() == []
    exchange.faults()


def a_change_that_met_another_is_applied_again(
    terminal: Terminal, exchange: RunningExchange, order: dict[str, Any]
) -> None:
    price = f"{order['price'] - 1:.2f}"
    filter_for(terminal, f"price={order['price']:.2f}")
    terminal.until_shown("1 of ")
    terminal.send("e")
    terminal.until_shown(", revision 1", "quantity MW")
    type_field(terminal, price)
    exchange.touch(order["order_id"], txt="hedged")
    terminal.until_shown("is now at revision 2")
    preview(terminal, price)
    terminal.until_shown("m Re-apply mine", "hedged", price)
    terminal.press_until("m", lambda lines: any("y Send" in line for line in lines))
    confirm(terminal, price)
    first, second = (body[0] for body in written(exchange, 2))
    assert [item["changes"] for item in (first, second)] == [{"action": "MODI", "price": float(price)}] * 2
    assert (first["revision_no"], second["revision_no"]) == (1, 2)
    until_reconciled(terminal, 2)
    terminal.send("\x1b")
    terminal.until_gone("filter price")
