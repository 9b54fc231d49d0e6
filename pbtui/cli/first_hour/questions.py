"""Questions at the terminal that come again until the answer can be used; what was typed is the next default."""

import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from pbtui.api.sanitize import safe_text
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.typed_words import at_terminal

Answer = TypeVar("Answer")

_LABEL_WIDTH = 13
_LIKE_A_KEY = re.compile(r"(?=(?:.*[0-9]){4})(?=.*[A-Za-z])[A-Za-z0-9_+=-]{24,}")
_KEY_COMES_LATER = "looks like an API key, which is asked for later and then not shown"


def say(text: str, label: str | None = None) -> None:
    """Print a message, or what a label says, wrapped between words at a terminal; stdout is for the settings."""
    begins = "" if label is None else f"  {label:<{_LABEL_WIDTH}}"
    if sys.stderr.isatty():
        fold = textwrap.TextWrapper(
            width=shutil.get_terminal_size().columns,
            initial_indent=begins,
            subsequent_indent=" " * len(begins),
            break_long_words=False,
            break_on_hyphens=False,
        )
        click.echo(fold.fill(text), err=True)
    else:
        click.echo(begins + text, err=True)


def answer_to(
    question: str, option: str, check: Callable[[str], Answer], *, given: str | None, default: str | None = None
) -> Answer:
    """Return the checked answer: `given` by `option`, or else typed. `check` raises ValueError with the reason.

    Without a terminal the default is taken, and LocalRefusal is raised for an answer that is missing or can't be used.
    """
    typed = default if given is None and not at_terminal() else given
    while True:
        if typed is None:
            if not at_terminal():
                raise LocalRefusal(f"there is no terminal to ask at: give {option}")
            typed = click.prompt(question, default=default, err=True)
            assert isinstance(typed, str)  # noqa: S101 - that is what click returns here
        if _LIKE_A_KEY.fullmatch(typed.strip()):
            problem = _KEY_COMES_LATER  # and it is not shown again, as the default
        else:
            try:
                return check(typed.strip())
            except ValueError as error:
                problem, default = str(error), safe_text(typed)
        if not at_terminal():
            raise LocalRefusal(f"{option} can't be used: {problem}")
        say(f"That can't be used: it {problem}.")
        typed = None


def choice(question: str, words: Sequence[str], default: str) -> str:
    """Return the chosen word; its beginning is enough."""

    def chosen(typed: str) -> str:
        begun = typed.strip().lower()
        found = [word for word in words if begun and word.startswith(begun)]
        if len(found) != 1:
            key = f" What was typed {_KEY_COMES_LATER}." if _LIKE_A_KEY.fullmatch(typed.strip()) else ""
            raise click.UsageError(f"the answer is one of: {', '.join(words)}.{key}")
        return found[0]

    answer: str = click.prompt(question, type=click.Choice(words), value_proc=chosen, default=default, err=True)
    return answer
