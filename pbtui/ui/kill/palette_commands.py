"""Commands of the palette about the kill: the kill, what follows it, and changes of all orders at the exchange."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand

if TYPE_CHECKING:  # the first frame does without it
    from pbtui.ui.kill.aftermath import KillAftermath

Begin = Callable[[Callable[["KillAftermath"], Coroutine[Any, Any, None]]], None]
"""Begins a command of the aftermath, once the desk is open."""

_STATUS_CODES = {"Activate": "ACTI", "Deactivate": "DEAC", "Delete": "DELE"}


def kill_commands(
    exchange: str, kill_key: str, open_prompt: Callable[[], Coroutine[Any, Any, None]], begin: Begin
) -> Iterator[SystemCommand]:
    """Yield the commands; `open_prompt` halts and shows the kill."""
    yield SystemCommand(f"Kill… ({kill_key})", "Halt, and show the orders in scope; nothing is sent yet", open_prompt)
    about = "Lift the halt after a kill; no order is activated"
    yield SystemCommand("Re-arm…", about, partial(begin, lambda aftermath: aftermath.rearm()))
    about = "Send without the team on this host, while its store can't be reached"
    yield SystemCommand("Cut loose from the team…", about, partial(begin, lambda aftermath: aftermath.cut_loose()))
    about = "Choose orders to activate again"
    yield SystemCommand("Restore after a kill…", about, partial(begin, lambda aftermath: aftermath.restore()))
    for title, code in _STATUS_CODES.items():
        about = "Includes orders of other portfolios and tenants"
        change = partial(_change_everything, code)
        yield SystemCommand(f"{title} everything at {exchange}…", about, partial(begin, change))


def _change_everything(code: str, aftermath: KillAftermath) -> Coroutine[Any, Any, None]:
    return aftermath.change_everything(code)
