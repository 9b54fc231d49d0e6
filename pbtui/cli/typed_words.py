"""Words typed at the terminal, for what no single key should set off."""

import sys

import click


def at_terminal() -> bool:
    """Whether there is somebody to ask. Standard input is None where it was closed before the start."""
    return sys.stdin is not None and sys.stdin.isatty()


def typed(wanted: str, question: str) -> bool:
    """Ask, and tell whether just these words were typed, Caps Lock or not; Ctrl+C and the end are a no."""
    try:
        words: str = click.prompt(question, default="", show_default=False, err=True)
    except click.Abort:
        click.echo(err=True)
        return False
    return words.strip() in (wanted, wanted.upper())
