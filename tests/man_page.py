"""The manual page docs/pbtui.1, made from the help of the commands: `python -m tests.man_page`.

With `--check` it changes nothing and fails if the page is stale.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from pbtui import __version__
from pbtui.cli.main import main

PAGE = Path(__file__).parents[1] / "docs" / "pbtui.1"
SEE = "The exit codes, the settings and the keys are in the pages at https://github.com/pbtui/pbtui/tree/main/docs"


def page() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield f'.TH PBTUI 1 "" "pbtui {__version__}" "User Commands"'
    yield from (".SH NAME", r"pbtui \- order desk in a terminal for PowerBot's OrdersApi")
    yield from (".SH SYNOPSIS", r".B pbtui", "[OPTIONS] [COMMAND] [ARGS]...")
    context = click.Context(main, info_name="pbtui", **main.context_settings)
    yield from (".SH DESCRIPTION", *_paragraphs(main.help or ""), ".SH OPTIONS", *_options(main, context))
    yield ".SH COMMANDS"
    yield from _commands(main, context)
    yield from (".SH SEE ALSO", _safe(SEE))


def _commands(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        own = click.Context(command, info_name=name, parent=context)
        usage = " ".join(command.collect_usage_pieces(own))
        title = f"{own.command_path} {usage}"
        yield from (f".SS {_safe(title)}", *_paragraphs(command.help or ""), *_options(command, own))
        if isinstance(command, click.Group):
            yield from _commands(command, own)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for param in command.get_params(context):
        record = param.get_help_record(context)
        if record is not None:
            yield from (".TP", rf"\fB{_safe(record[0])}\fR", _safe(record[1]))


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        yield from (".PP", _safe(" ".join(paragraph.split())))


def _safe(text: str) -> str:
    """The text with nothing that the formatter would take for a command of its own."""
    escaped = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(
            0 if PAGE.exists() and PAGE.read_text() == page() else "docs/pbtui.1 is stale: run python -m tests.man_page"
        )
    PAGE.write_text(page())
