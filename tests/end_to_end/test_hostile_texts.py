"""Texts that would do something to a terminal: in every field of orders and of their histories they do nothing."""

import asyncio
import json
import re
from base64 import b64encode
from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, get_type_hints
from urllib.parse import parse_qs, urlsplit

import pytest

from pbtui.api.models import Order
from pbtui.api.reads.trades import Trade
from tests.canned import CannedExchange, WireOrder, a_wire_order, canned_exchange
from tests.end_to_end.host import Host
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.trader import quit_desk
from tests.raw_server import RawRequest, reply

SIZE = (160, 130)
_NUMBER = re.compile(r" 1(\d\d\d) +\d+[mhd] ")
"""The revision of an order, which differs from those of the others, and its age."""
"""High enough for every order, every field and every change to be on the screen at once."""

PAYLOADS = {
    "closing tag": "[/] [bold",
    "link that quits": "[@click=app.quit]x[/]",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07\x1b]52;c;ZXZpbA==\x1b\\",
    "questions": "\x1b[c\x1b[6n",
    "title, reset, device": "\x1b]2;evil\x07\x1bc\x1bP$q\x1b\\",
    "C1": "\x9b5n\x9d52;c;ZXZpbA==\x9c",
    "other side": "\u202e01.54 \u2067BUY\u2069",
    "zero width": "a\u200b\u200d\ufeffb",
    "tags": "a\U000e0041\U000e0042\U000e007f",
    "line ends": "a\r\nb\u2028c\u2029d\x85e\x0b\x0c",
    "backspaces": "5\x08\x08\x08\x08\x08\x089\x7f\x00\t",
    "combining marks": "e" + "\u0301" * 50,
    "marks first": "\u0301" * 50 + "x",
    "wide": "電力取引所電力取引所",
    "wide by selector": "\u2764\ufe0f \U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea",
    "unassigned": "a\u0378\U000e0fff\ufdd0b",
    "lone surrogate": "a\ud800b",
}
TEXT_FIELDS = [
    "clOrdrId" if name == "cl_ordr_id" else name
    for name, kind in get_type_hints(Order).items()
    if kind in (str, str | None)
]


def hostile(number: int, payload: str) -> WireOrder:
    """An order with that payload in every text; its ids begin with its number, and its revision holds it too."""
    order_id = f"{number}-{payload}"
    texts: dict[str, Any] = dict.fromkeys(TEXT_FIELDS, payload)
    texts |= {"order_id": order_id, "initial_order_id": order_id, "details": {payload: payload}}
    texts["contracts"] = [{"contract_id": payload, "name": payload}]
    texts["errors"] = [{"message": payload, "code": payload, "variables": {payload: payload}}]
    return a_wire_order(**texts, revision_no=1000 + number)


def hostile_trade(number: int, payload: str) -> dict[str, Any]:
    """A sale with that payload in every text; the ids begin with its number."""
    texts: dict[str, Any] = {name: payload for name, kind in get_type_hints(Trade).items() if kind == str | None}
    ids = dict.fromkeys(("trade_id", "sell_order_id", "contract_id", "sell_portfolio_id"), f"{number}-{payload}")
    period = {"delivery_start": "2026-11-22T14:00:00Z", "delivery_end": "2026-11-22T15:00:00Z"}
    figures = {"price": 45.1, "quantity": 5, "sell": True, "buy": False, "exec_time": "2026-11-22T12:00:00Z"}
    return {**texts, **ids, **period, **figures, "sell_clOrderId": payload}


ORDERS = [hostile(number, payload) for number, payload in enumerate(PAYLOADS.values())]
TRADES = [hostile_trade(number, payload) for number, payload in enumerate(PAYLOADS.values())]


async def answer(request: RawRequest, writer: asyncio.StreamWriter) -> None:
    """The orders and the trades; as the history of each order, how it came to be from a harmless one."""
    url = urlsplit(request.target)
    if url.path.endswith("/trades"):
        await reply(json.dumps(TRADES).encode())(request, writer)
        return
    found = ORDERS if parse_qs(url.query).get("active_only") == ["true"] else []
    if url.path.endswith("/history"):
        number = int(url.path.split("/")[-2].split("-")[0])
        (order,) = [order for order in ORDERS if order["revision_no"] == 1000 + number]
        before = a_wire_order(order["order_id"], revision_no=number, api_timestamp="2026-11-22T11:00:00Z")
        found = [before, order]
    await reply(json.dumps(found).encode())(request, writer)


@pytest.fixture
def exchange(host: Host) -> Iterator[CannedExchange]:
    with canned_exchange() as exchange:
        exchange.trouble = answer
        host.adopt(exchange.base_url, "a-key", poll_seconds=5.0)
        yield exchange


@contextmanager
def desk(host: Host, size: tuple[int, int] = (160, 48)) -> Iterator[Terminal]:
    with host.pbtui(size=size) as terminal:
        terminal.until_shown("LIVE", f"[1 Active {len(ORDERS)}]")
        yield terminal
        quit_desk(terminal)
    assert host.crash_reports == []


def test_hostile_texts_in_orders_histories_and_trades_do_nothing(host: Host, exchange: CannedExchange) -> None:
    with desk(host, SIZE) as terminal:
        terminal.until_shown(" 5␈␈␈␈␈␈9␡␀␉ ", " a␍␊b�c�d�e␋␌ ")
        for line in terminal.until(all_orders, "all orders"):
            terminal.until(partial(panes_show, number_of(line)), f"the panes of {line}")
            terminal.until(lambda lines: panes_are_apart(terminal, lines), f"a straight line beside {line}")
            terminal.send("j")
        terminal.until(lambda lines: is_aligned(terminal, lines), "figures below their titles")
        terminal.send("4")
        terminal.until_shown("─Trade─", f"[4 Trades {len(TRADES)}]", " Its order:")
        terminal.until(lambda lines: sum("▼ SELL 22 Nov" in line for line in lines) == len(TRADES), "all trades")
        for _ in TRADES:
            terminal.until(lambda lines: panes_are_apart(terminal, lines, "─Trade─"), "a straight line beside a trade")
            terminal.send("j")
    assert_nothing_got_through(terminal)


def test_hostile_texts_in_the_clipboard_the_filter_and_answers_of_the_server_do_nothing(
    host: Host, exchange: CannedExchange
) -> None:
    copied = "0-[/] [bold"
    with desk(host) as terminal:
        terminal.until_shown(" order id               0-[/] [bold ")
        terminal.send("y")
        terminal.until_shown(f"Order id {copied} copied, if your terminal supports it")
        hostile_texts_typed_into_the_filter(terminal)
        hostile_texts_in_an_error_of_the_server(terminal, exchange)
        a_megabyte_of_text_is_cut_and_can_be_scrolled_through(terminal, exchange)
    assert_nothing_got_through(terminal, allowed=f"\x1b]52;c;{b64encode(copied.encode()).decode()}\x07")


def hostile_texts_typed_into_the_filter(terminal: Terminal) -> None:
    typed = "[/] [@click=app.quit]x[/] \u202e\u200b\x9d52;c;ZXZpbA==\x9c \u0301\U000e0041 電力 txt~[/ txt~( \x9b5n"
    terminal.send("/")
    terminal.until_shown("side:buy price>50")
    for text in typed.split():
        terminal.send(f"{text} ")
        terminal.until_shown(text if text.isascii() else "filter")
    terminal.until_shown("is not a valid pattern")
    terminal.send(f"\x1b[200~{typed}\x1b[201~")
    terminal.send("\x1b")
    terminal.until_shown("›")


def hostile_texts_in_an_error_of_the_server(terminal: Terminal, exchange: CannedExchange) -> None:
    texts = [text for name, text in PAYLOADS.items() if name != "lone surrogate"]
    message = {"message": " ".join(texts), "errors": [{"message": "\x1b[c", "code": "\x9b5n"}]}
    exchange.trouble = reply(json.dumps(message).encode(), "400 Bad Request")
    terminal.send("r")
    terminal.until_shown("failing for", "[/] [bold [@click=app.quit]x[/] ␛]52;c;ZXZpbA==␇")
    exchange.trouble = reply("<html>\x1b]2;evil\x07 \x9b5n[/]</html>".encode(), "502 Bad", "text/html")
    terminal.send("r")
    terminal.until_shown("failing for", "<html>␛]2;evil␇")
    exchange.trouble = reply("\x1b]2;evil\x07 \x9b5n[/]".encode())
    terminal.send("r")
    terminal.until_shown("failing for", "␛]2;evil␇")


def a_megabyte_of_text_is_cut_and_can_be_scrolled_through(terminal: Terminal, exchange: CannedExchange) -> None:
    long = "L" * 2**20
    order = a_wire_order("1", txt=long, error_message=long, user_code=long)
    exchange.trouble = reply(json.dumps([order, a_wire_order("1", revision_no=2, txt="short")]).encode())
    terminal.send("r")
    terminal.until_shown("LIVE", "LLLLL… LLLL")
    for pane in ("not reported", "added by user"):
        terminal.send("\t")
        terminal.until(partial(scrolled_to, terminal, pane), f"{pane!r} at the end of a pane")


def scrolled_to(terminal: Terminal, text: str, lines: Sequence[str]) -> bool:
    """Whether the text is on the screen; scrolls on while it is not."""
    if any(text in line for line in lines):
        return True
    terminal.send("\x1b[6~")
    return False


def order_lines(lines: Sequence[str]) -> list[str]:
    """The orders that are drawn as far as their age; a slow line brings a row in pieces."""
    return [line for line in lines if "22 Nov 15:00-16:00" in line and "45.10" in line and _NUMBER.search(line)]


def all_orders(lines: Sequence[str]) -> list[str]:
    """The lines of all orders; empty while one is missing."""
    found = order_lines(lines)
    return found if len(found) == len(ORDERS) else []


def number_of(line: str) -> int:
    found = _NUMBER.search(line)
    assert found, line
    return int(found[1])


def panes_show(number: int, lines: Sequence[str]) -> bool:
    """Whether detail and history show this order, every change included."""
    return any(re.match(rf" revision +1{number:03} ", line) for line in lines) and any(
        re.search(rf"│ +{number}  .* added by user", line) for line in lines
    )


def is_aligned(terminal: Terminal, lines: Sequence[str]) -> bool:
    """Whether every figure stands below its title, and nothing in the column of the scroll thumb."""
    heading = next(line for line in lines if "Price" in line)
    for y, line in enumerate(lines):
        if line in order_lines(lines):
            cells = [terminal.screen.buffer[y][x].data for x in range(SIZE[0])]
            for title, value in {"Price": "45.10", "MW": "5.0", "Rev": f"1{number_of(line):03}"}.items():
                end = heading.index(title) + len(title)
                if "".join(cells[end - len(value) : end]) != value or cells[-1] != " ":
                    return False
    return True


def panes_are_apart(terminal: Terminal, lines: Sequence[str], title: str = "─Order─") -> bool:
    """Whether the line between both panes is straight."""
    top = next(y for y, line in enumerate(lines) if line.startswith(title))
    x = next(x for x in range(SIZE[0]) if terminal.screen.buffer[top + 1][x].data == "│")
    return all(terminal.screen.buffer[y][x].data == "│" for y in range(top + 1, SIZE[1] - 2))


SEQUENCES = re.compile(
    r"\x1b\[(?:[0-9;]*m|\?(?:1049|25|1004|2004|7)[hl]|\?(?:2026|2048)\$p|[>=][0-9]+u|<u|5n)"  # pens, modes, questions
    r"|\x1b\[(?:(?:[0-9]+)?(?:;[0-9]+)?H|[0-9]+[ABGd]|[0-9]*[CD])|\x1b[DM]"  # the cursor
    r"|(?<!\x08)\x08{1,3}(?!\x08)|\r(?!\n)"  # the cursor, to the left: no payload holds so few, or one alone
    r"|\x1b\[(?:K|[0-9]+X|[0-9]*[LM]|(?:[0-9]+;[0-9]+)?r)"  # blanks, and lines that the terminal moves
    r"|\x1b\]22;default\x07"  # the pointer's shape
)
"""All that the desk itself sends to a terminal."""

TORN_END = re.compile(r"\x1b(?:\[[0-9;?>=]*)?\Z")
"""What a terminal that was closed in the middle of a sequence has of it."""


def assert_nothing_got_through(terminal: Terminal, *, allowed: str = "") -> None:
    """Besides its own sequences, and one that is allowed, the desk wrote printable characters alone."""
    whole = getincrementaldecoder("utf-8")("strict").decode(terminal.raw)  # the last character may be cut
    written = SEQUENCES.sub("", TORN_END.sub("", whole))
    if allowed:
        assert written.count(allowed) == 1
        written = written.replace(allowed, "")
    assert sorted({character for character in written if not character.isprintable()}) == []
