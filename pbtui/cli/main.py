"""`pbtui`: the group of all commands. The module of a command is imported when the command is called."""

import os
import sys
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from pbtui import __version__
from pbtui.cli.interrupts import interrupts
from pbtui.cli.invocation import Invocation, profile_names
from pbtui.cli.process import reader_needed
from pbtui.cli.typed_words import at_terminal

COMMANDS = {
    "account": (
        "pbtui.cli.kill.account:account",
        "Change the status of every order at the exchange, of all portfolios and tenants.",
    ),
    "activate": ("pbtui.cli.write.command:activate", "Bring deactivated orders back into the market."),
    "add": ("pbtui.cli.write.command:add", "Place new orders: one from a line and the options, or a list from a file."),
    "apply": (
        "pbtui.cli.plan.command:apply",
        "Send the difference between a file of orders and what stands.",
    ),
    "config": (
        "pbtui.cli.first_hour.config:config",
        "Check the settings file, show every value and where it comes from, print the schema.",
    ),
    "deactivate": ("pbtui.cli.write.command:deactivate", "Take orders out of the market; they can be activated again."),
    "delete": ("pbtui.cli.write.command:delete", "Delete orders."),
    "demo": ("pbtui.cli.practice.demo:demo", "Open the desk on a simulator."),
    "depth": ("pbtui.cli.reads.depth:depth", "Show the order book of a contract in a delivery area."),
    "doctor": (
        "pbtui.cli.first_hour.doctor:doctor",
        "Look at terminal, settings, key, server and store, and print what was found.",
    ),
    "drill": ("pbtui.cli.practice.drill:drill", "Rehearse a kill on a simulator and print the measured times."),
    "export": ("pbtui.cli.plan.export:export", "Write active and deactivated orders to stdout."),
    "handover": (
        "pbtui.cli.reads.handover:handover",
        "Show what changed and traded this shift, and what is open.",
    ),
    "history": ("pbtui.cli.orders:history", "Show every revision of an order and what it changed."),
    "journal": ("pbtui.cli.journal.command:journal", "Show and verify the journal of a profile or a team."),
    "keys": ("pbtui.cli.keys:keys", "Show where API keys come from; keep them in this host's keyring."),
    "kill": ("pbtui.cli.kill.command:kill", "Take the orders out of the market and verify it."),
    "market": ("pbtui.cli.reads.market:market", "Show status, mode, quota and messages of the market."),
    "modify": ("pbtui.cli.write.command:modify", "Change orders."),
    "orders": ("pbtui.cli.orders:orders", "List own orders."),
    "plan": (
        "pbtui.cli.plan.command:show_plan",
        "Show the difference between a file of orders and what stands; send nothing.",
    ),
    "positions": ("pbtui.cli.reads.positions:positions", "Show the net position of each contract, portfolio and area."),
    "rearm": ("pbtui.cli.kill.rearm:rearm", "Lift the halt after a kill."),
    "setup": (
        "pbtui.cli.first_hour.setup:setup",
        "Ask for server and key, try both, and write the settings file once.",
    ),
    "simulate": ("pbtui.cli.practice.simulate:simulate", "Run a simulator until it is stopped."),
    "status": (
        "pbtui.cli.reads.status:status",
        "Show active orders, market and halt of a profile; change nothing.",
    ),
    "team": ("pbtui.cli.team.command:team", "Set up the store that several desks share, and look at it."),
    "trades": ("pbtui.cli.reads.trades:trades", "List own trades, with totals and average prices by contract."),
    "whoami": ("pbtui.cli.reads.whoami:whoami", "Show name, type, rights and portfolios of the API key."),
}
"""Name of each command, its place, and its text in the help."""

SENDING = frozenset({"account", "activate", "add", "apply", "deactivate", "delete", "kill", "modify", "rearm"})
"""The commands that say, if they are interrupted before, that nothing was sent."""
_NOT_ACCESSIBLE = ("", "0", "false", "no")


class LazyGroup(click.Group):
    """A group that imports a command only when it is called, so that no command waits for the imports of another."""

    def make_context(self, *arguments: Any, **named: Any) -> click.Context:
        """Read the options; raise ReaderGone if nobody reads the help."""
        with reader_needed():
            return super().make_context(*arguments, **named)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; raise ReaderGone if nobody reads what it prints."""
        with reader_needed():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        if cmd_name not in SENDING:
            interrupts.end_with("interrupted")
        place, _ = COMMANDS[cmd_name]
        module, _, attribute = place.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - COMMANDS is ours
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands into the help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in sorted(COMMANDS.items())])


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pbtui")
@click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="PBTUI_CONFIG",
    help="Settings file, instead of the one in the platform's configuration folder.",
)
@click.option(
    "--profile",
    "profile_name",
    metavar="NAME",
    help="Profile, instead of the default one.",
    shell_complete=profile_names,
)
@click.option("--api-key-stdin", is_flag=True, help="Read the API key from stdin; at a terminal, ask for it.")
@click.option("--stats", "shows_stats", is_flag=True, help="When the desk ends, print the bytes it sent, by cause.")
@click.option(
    "--plain",
    "is_plain",
    is_flag=True,
    help="Lines and questions instead of a screen, as with ACCESSIBLE=1: for screen readers and dumb terminals.",
)
@click.pass_context
def main(
    ctx: click.Context,
    config_file: Path | None,
    profile_name: str | None,
    *,
    api_key_stdin: bool,
    shows_stats: bool,
    is_plain: bool,
) -> None:
    """Order desk in a terminal, for PowerBot's OrdersApi.

    Without a command, open the desk.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # the terminal's encoding may lack characters
    invocation = _invocation(config_file, profile_name, api_key_stdin=api_key_stdin)
    is_plain = is_plain or os.environ.get("ACCESSIBLE", "0") not in _NOT_ACCESSIBLE
    ctx.obj = invocation._replace(shows_stats=shows_stats, is_plain=is_plain)
    if ctx.invoked_subcommand is None:
        interrupts.end_with("interrupted")
        from pbtui.cli.desk import has_no_settings, run_desk  # 133 ms that other commands do without

        if has_no_settings(ctx.obj) and at_terminal() and sys.stderr.isatty():
            from pbtui.cli.first_hour.first_start import begin  # only at the first start

            begin(ctx)
        if is_plain:
            from pbtui.cli.plain.session import run_session  # the desk on a screen does without

            ctx.exit(run_session(ctx.obj))
        ctx.exit(run_desk(ctx.obj))


def _invocation(config_file: Path | None, profile_name: str | None, *, api_key_stdin: bool) -> Invocation:
    if not api_key_stdin:
        return Invocation(config_file, profile_name)
    from pbtui.cli.api_key import take_piped_key  # only where a key may be piped in

    piped = take_piped_key()
    return Invocation(config_file, profile_name, asks_for_key=piped is None, piped_key=piped)
