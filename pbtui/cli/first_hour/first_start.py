"""The first start: where there are no settings yet, the trader is offered the demo or set-up."""

import click

from pbtui.cli.first_hour.questions import choice, say
from pbtui.cli.first_hour.setup import setup
from pbtui.cli.practice.demo import demo
from pbtui.settings.file import default_file


def begin(ctx: click.Context) -> None:
    """Ask one question. The demo ends the program; after set-up the desk can be opened."""
    say(f"There are no settings yet ({default_file()}).")
    say("opens the desk on a simulator: nothing to set up, and no order is real", "demo")
    say("asks for your server and your API key, tries both, writes the settings, and opens the desk", "setup")
    if choice("Begin with", ("demo", "setup"), "demo") == "demo":
        ctx.exit(ctx.invoke(demo))
    ctx.invoke(setup)
