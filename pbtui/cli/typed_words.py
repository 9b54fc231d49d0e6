"""Asks for typed words at the terminal, for actions that a single key must not confirm."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar

import click


def _prompt(question: str) -> str:
    answer: str = click.prompt(question, default="", show_default=False, err=True)
    return answer


asking: ContextVar[Callable[[str], str]] = ContextVar("asking", default=_prompt)
"""Asks one question and returns the answer. Raises click.Abort at the end of the input; in a session at Ctrl+C too."""


def at_terminal() -> bool:
    """Return whether standard input is a terminal. It is None if it was closed before the start."""
    return sys.stdin is not None and sys.stdin.isatty()


def read_terminal_instead() -> None:
    """Let stdin be the terminal, for the keys of the desk and for questions. Without a terminal it stays at its end."""
    with suppress(OSError):
        os.dup2(os.open("/dev/tty", os.O_RDWR), 0)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - a new buffer, which is not at its end


def typed(wanted: str, question: str) -> bool:
    """Ask for words; return whether exactly these were typed, as given or in upper case. False at the end of input.

    Raises ValueError without words: enter alone would be the answer.
    """
    if not wanted.strip():
        raise ValueError(f"{question}: there are no words to type")
    try:
        words = asking.get()(question)
    except click.Abort:
        click.echo(err=True)
        return False
    return words.strip() in (wanted, wanted.upper())
