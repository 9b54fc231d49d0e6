"""`pbtui demo`: the desk on a simulator, which runs in its own process until the desk is closed."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import click

from pbtui.cli.desk import refuse_unusable_keys, refuse_unusable_terminal, show_desk
from pbtui.cli.invocation import Invocation
from pbtui.cli.listing import finite
from pbtui.cli.refusals import LocalRefusal, local_refusals
from pbtui.cli.typed_words import at_terminal
from pbtui.desk.kill.halt import HaltNotOnDisk, release
from pbtui.desk.storage.places import earlier_owner, owner_of
from pbtui.settings.file import load_settings
from pbtui.settings.key_text import KeyText, Secret, secret
from pbtui.settings.profiles import Environment, Profile

STOP_WITHIN_S = 5.0


@dataclass(frozen=True)
class Simulator:
    """A running simulator with its API keys: the trader's, and the admin's with access to all portfolios."""

    base_url: str
    trader_key: str = field(repr=False)
    admin_key: str = field(repr=False)

    def api_key(self) -> Secret:
        """The trader's API key."""
        return secret(self.trader_key)

    @property
    def profile(self) -> Profile:
        """The profile of the demo. It is the only profile with trading on from the start."""
        return Profile(
            name="demo", base_url=self.base_url, environment=Environment.SIMULATION, read_only=False, poll_seconds=1
        )


@click.command()
@click.option(
    "--orders", type=click.IntRange(0), default=60, show_default=True, help="Number of own orders at the start."
)
@click.option(
    "--churn",
    type=click.FloatRange(0, 1),
    callback=finite,
    help="Fraction of them that changes each second.  [default: 0.02; 0 in the tour]",
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Seed of the market; the same seed gives the same day."
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME=VALUE",
    help="Fault of the exchange, as for `pbtui simulate`. May be repeated.",
)
@click.pass_obj
def demo(invocation: Invocation, orders: int, churn: float | None, seed: int, faults: tuple[str, ...]) -> None:
    """Open the desk on a simulator.

    Without a terminal, a short scripted tour is played instead and each step printed.
    """
    is_drawn = at_terminal() and (invocation.is_plain or (sys.stdout is not None and sys.stdout.isatty()))
    if churn is None:
        churn = 0.02 if is_drawn else 0
    options = ["--orders", str(orders), "--churn", str(churn), "--seed", str(seed)]
    options += [option for fault in faults for option in ("--fault", fault)]
    if not is_drawn:
        from pbtui.cli.practice.tour import play_tour  # 178 ms that the desk does without

        with running_simulator(options) as exchange:
            _forget_halt(exchange.profile)
            play_tour(exchange.profile, exchange.api_key())
        return
    if not invocation.is_plain:
        refuse_unusable_terminal()
    with local_refusals():
        settings = load_settings(invocation.config_file)
        if not invocation.is_plain:
            refuse_unusable_keys(settings)
    with running_simulator(options) as exchange:
        _forget_halt(exchange.profile)
        if invocation.is_plain:
            from pbtui.cli.plain.session import hold_session  # the desk on a screen does without

            exit_code = hold_session(exchange.profile, KeyText(exchange.trader_key), invocation)
        else:
            exit_code = show_desk(exchange.profile, exchange.api_key, settings, shows_stats=invocation.shows_stats)
    sys.exit(exit_code)


def _forget_halt(profile: Profile) -> None:
    """Remove the halt of an earlier demo: its exchange no longer exists."""
    try:
        for owner in (owner_of(profile), earlier_owner(profile)):
            release(owner)
    except HaltNotOnDisk as error:
        raise LocalRefusal(f"the halt of an earlier demo can't be lifted: {error}") from None


@contextmanager
def running_simulator(options: list[str]) -> Iterator[Simulator]:
    """Run `pbtui simulate` with these options for as long as the block lasts.

    Its standard input is a pipe: if this process ends, the simulator sees the end of the pipe and stops too. Its error
    messages are printed at the end, so that they do not disturb the desk on the screen.
    """
    command = [sys.executable, "-m", "pbtui", "simulate", "--stop-with-stdin", *options]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(  # noqa: S603 - our own program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
        ) as process,
    ):
        try:
            assert process.stdout is not None  # noqa: S101 - it was asked for
            greeting = process.stdout.readline()
            if greeting:
                facts = json.loads(greeting)
                yield Simulator(facts["base_url"], facts["keys"]["trader"], facts["keys"]["admin"])
        finally:
            _stop(process)
            errors.seek(0)
            click.echo(errors.read(), nl=False, err=True)
        if not greeting:
            raise LocalRefusal("the simulator did not start")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
