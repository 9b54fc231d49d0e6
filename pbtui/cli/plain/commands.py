"""Runs a command of pbtui inside a session: with the session's desk, and without an end of the program."""

import gc
import re
from collections.abc import Mapping, Sequence

import click

from pbtui.cli.invocation import Invocation
from pbtui.cli.process import exit_code_of
from pbtui.cli.refusals import LocalRefusal

_OPTION = re.compile(r"^  --([a-z-]+):", re.MULTILINE)


def ran(command: click.Command, arguments: Sequence[str], invocation: Invocation) -> int:
    """Run a command, say why it refuses, and return its exit code."""
    try:
        with command.make_context(command.name, list(arguments), obj=invocation) as context:
            command.invoke(context)
    except LocalRefusal as refusal:
        type(refusal)(without_options(refusal.message)).show()
        return refusal.exit_code
    except click.ClickException as refusal:
        refusal.show()
        return refusal.exit_code
    except click.Abort:
        return LocalRefusal.exit_code
    except SystemExit as end:
        return exit_code_of(end)
    finally:
        gc.enable()  # a kill leaves it off, as its process ends with it elsewhere
    return 0


def without_options(text: str) -> str:
    """Return a refusal that names fields, not the options of a command line: `price: at most 2 decimals`."""
    return _OPTION.sub(lambda found: f"  {found[1].replace('-', ' ')}:", text)


def change_options(order_id: str, changes: Mapping[str, str]) -> list[str]:
    """Return the options of `pbtui modify` for one order."""
    fields = [f"--{name.replace('_', '-')}={text}" for name, text in changes.items()]
    return [f"--order-id={order_id}", *fields]
