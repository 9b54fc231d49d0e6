"""Asks for typed words at the terminal, to confirm what no single key should confirm."""

import sys

import click


def at_terminal() -> bool:
    """Whether standard input is a terminal. It is None if it was closed before the start."""
    return sys.stdin is not None and sys.stdin.isatty()


def typed(wanted: str, question: str) -> bool:
    """Ask for words. Returns whether exactly these were typed, in lower or upper case; False on Ctrl+C."""
    try:
        words: str = click.prompt(question, default="", show_default=False, err=True)
    except click.Abort:
        click.echo(err=True)
        return False
    return words.strip() in (wanted, wanted.upper())
