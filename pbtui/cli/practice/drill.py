"""`pbtui drill`: a rehearsal of the kill on a practice exchange, with faults of one's choice, for the files."""

from __future__ import annotations

import sys

import click

from pbtui.cli.invocation import Invocation
from pbtui.cli.kill.talk import EXIT_CODES, KillTalk, run_kill, verdict_text
from pbtui.cli.practice.demo import practice_exchange
from pbtui.desk.kill.halt import release
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.view import KillView
from pbtui.settings import credentials
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Environment, Profile

WATCH_S = 5.0


@click.command()
@click.option("--orders", type=click.IntRange(0), default=200, show_default=True, help="Own orders that rest at start.")
@click.option(
    "--action",
    type=click.Choice([action.value for action in KillAction]),
    default=KillAction.DEACTIVATE_MINE.value,
    show_default=True,
    help="What to do.",
)
@click.option(
    "--fault", "faults", multiple=True, metavar="NAME=VALUE", help="As for `pbtui simulate`; may be repeated."
)
@click.option("--verify-timeout", type=click.FloatRange(min=0), default=60, show_default=True, metavar="SECONDS")
@click.pass_obj
def drill(invocation: Invocation, orders: int, action: str, faults: tuple[str, ...], verify_timeout: float) -> None:
    """Rehearse a kill on a practice exchange and print the measured times.

    Nothing leaves this machine, and no profile is halted by it. Exit codes as for pbtui kill.
    """
    options = ["--orders", str(orders), "--churn", "0"]
    options += [option for fault in faults for option in ("--fault", fault)]
    with practice_exchange(options) as exchange:
        profile = Profile(name="drill", base_url=exchange.base_url, environment=Environment.SIMULATION)
        talk = KillTalk(verdict_text, watch_s=WATCH_S)
        plan = plan_for(profile, KillAction(action))
        key = exchange.admin_key if plan.action.is_account_wide else exchange.trader_key
        try:
            view = run_kill(
                profile, credentials.secret(key), plan, talk=talk, guard="drill", verify_within_s=verify_timeout
            )
        finally:
            release(profile.name)
        talk.tell(view)
    for name, value in _times(view):
        click.echo(f"  {name:<34} {value}")
    click.echo(f"  {'faults':<34} {' '.join(faults) or 'none'}")
    sys.exit(EXIT_CODES[view.phase])


def _times(view: KillView) -> list[tuple[str, str]]:
    kills = [call for call in view.calls if call.is_kill]
    answered = [call.ended_s for call in kills if call.status is not None and call.ended_s is not None]
    return [
        ("decision to first request", _seconds(view.first_request_s)),
        ("decision to first answer", _seconds(min(answered, default=None))),
        ("decision to last answer", _seconds(max(answered, default=None))),
        ("decision to verified", _seconds(view.verified_s)),
        ("kill requests, reads", f"{len(kills)}, {len(view.calls) - len(kills)}"),
    ]


def _seconds(duration_s: float | None) -> str:
    return "never" if duration_s is None else f"{duration_s:.3f} s"
