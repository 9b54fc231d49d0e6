"""A trader at a desk in a real terminal: opens it, presses its keys, quits."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pbtui.desk.tickets.state import State
from tests.end_to_end.host import Host
from tests.end_to_end.terminal import REST_S, Terminal
from tests.exchange import RunningExchange

F9 = "\x1b[20~"
OPEN = tuple(f"{state} " for state in (State.SENDING, State.WAITING, State.SENT, State.REFUSED, State.UNKNOWN))


@contextmanager
def trading_desk(
    host: Host, exchange: RunningExchange, *, typed_count_above: int = 20, **how: Any
) -> Iterator[Terminal]:
    """A desk that trades and is not halted; `how` as for `Host.pbtui`."""
    limits = {"limits.typed_count_above_orders": typed_count_above}
    host.adopt(exchange.base_url, exchange.keys["trader"], read_only=False, **limits)
    with host.pbtui(**how) as terminal:
        terminal.until_shown("LIVE", "TRADING", "›")
        exchange.forget_requests()
        yield terminal
    assert host.crash_reports == []


def quit_desk(terminal: Terminal) -> None:
    """Quit; the terminal is as it was before."""
    terminal.send("q")
    code = terminal.end()
    assert code == 0, f"exit code {code}, with this screen:\n{terminal.text()}"
    assert terminal.what_is_left() == []


def until_reconciled(terminal: Terminal, tickets: int) -> None:
    """Open the list of tickets, wait until it has so many and none of them is open, and close it."""
    terminal.send("t")
    terminal.until_shown(f"Tickets of this run, newest first: {tickets} ")
    terminal.until_gone(*OPEN)
    terminal.send("\x1b")
    terminal.until_gone("Tickets of this run")


def rest() -> None:
    """Take the fingers off the keys for as long as it takes until the next key is meant to fire."""
    time.sleep(REST_S)


def press(terminal: Terminal, key: str, shown: str) -> None:
    """Press a key that is not taken before the prompt has rested until this is shown."""
    rest()
    terminal.press_until(key, lambda lines: any(shown in line for line in lines))


def fire(terminal: Terminal) -> None:
    """Open the kill prompt, and fire."""
    terminal.send(F9)
    terminal.until_shown("Nothing was sent yet")
    press(terminal, "k", "first request")
