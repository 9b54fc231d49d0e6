"""`pbtui drill`: rehearse a kill on a simulator, with chosen faults, and measure its times."""

from __future__ import annotations

import sys
from functools import partial
from zoneinfo import ZoneInfo

import click

from pbtui.cli.interrupts import interrupts
from pbtui.cli.invocation import Invocation
from pbtui.cli.kill.output import KillOutput, exit_code, run_kill, verdict_text
from pbtui.cli.listing import finite
from pbtui.cli.practice.demo import running_simulator
from pbtui.desk.kill.halt import release
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.progress import KillView
from pbtui.desk.storage.places import owner_of
from pbtui.settings.key_text import secret
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Environment, Profile

WATCH_S = 5.0


@click.command()
@click.option(
    "--orders", type=click.IntRange(0), default=200, show_default=True, help="Number of own orders at the start."
)
@click.option(
    "--action",
    type=click.Choice([action.value for action in KillAction]),
    default=KillAction.DEACTIVATE_MINE.value,
    show_default=True,
    help="Action of the kill.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME=VALUE",
    help="Fault of the exchange, as for `pbtui simulate`. May be repeated.",
)
@click.option(
    "--verify-timeout",
    type=click.FloatRange(min=0),
    callback=finite,
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long to fire again and read until no order is active.",
)
@click.pass_obj
def drill(invocation: Invocation, orders: int, action: str, faults: tuple[str, ...], verify_timeout: float) -> None:
    """Rehearse a kill on a simulator and print the measured times.

    Nothing is sent to another machine, and no profile is halted. The exit codes are those of pbtui kill.
    """
    options = ["--orders", str(orders), "--churn", "0"]
    options += [option for fault in faults for option in ("--fault", fault)]
    with running_simulator(options) as exchange:
        profile = Profile(name="drill", base_url=exchange.base_url, environment=Environment.SIMULATION)
        zone = ZoneInfo(profile.market_timezone)
        output = KillOutput(partial(verdict_text, zone=zone), zone, watch_s=WATCH_S)
        plan = plan_for(profile, KillAction(action))
        key = exchange.admin_key if plan.action.is_account_wide else exchange.trader_key
        try:
            view = run_kill(profile, secret(key), plan, output=output, guard="drill", verify_within_s=verify_timeout)
        finally:
            release(owner_of(profile))
        interrupts.end_with("", exit_code(view))
        output.show_verdict(view)
    for name, value in _times(view):
        click.echo(f"  {name:<34} {value}")
    click.echo(f"  {'faults':<34} {' '.join(faults) or 'none'}")
    sys.exit(exit_code(view))


def _times(view: KillView) -> list[tuple[str, str]]:
    kills = [call for call in view.calls if call.is_kill]
    answered = [call.ended_s for call in kills if call.status is not None and call.ended_s is not None]
    return [
        ("start to first request", _seconds(view.first_request_s)),
        ("start to first answer", _seconds(min(answered, default=None))),
        ("start to last answer", _seconds(max(answered, default=None))),
        ("start to verified", _seconds(view.verified_s)),
        ("number of kill requests", str(len(kills))),
        ("number of reads", str(len(view.calls) - len(kills))),
    ]


def _seconds(duration_s: float | None) -> str:
    return "never" if duration_s is None else f"{duration_s:.3f} s"
