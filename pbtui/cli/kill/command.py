"""`pbtui kill`: take the orders out of the market from the command line, without the desk."""

from __future__ import annotations

import gc
import sys
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from pbtui.cli.api_key import obtain_api_key
from pbtui.cli.interrupts import interrupts
from pbtui.cli.invocation import Invocation, profile_names
from pbtui.cli.kill.bounds import bounded, bounds_options
from pbtui.cli.listing import finite
from pbtui.cli.refusals import LocalRefusal, NothingSent, nothing_sent
from pbtui.cli.typed_words import at_terminal, typed
from pbtui.settings.damaged.rescue import rescue_profile
from pbtui.settings.key_text import Secret
from pbtui.settings.kill import KillAction, KillGuard
from pbtui.settings.profiles import Profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pbtui.api.reads.algorithms import AlgoDetails
    from pbtui.cli.kill.output import KillOutput
    from pbtui.desk.kill.plan import AnyOrder, KillPlan
    from pbtui.desk.kill.progress import KillView


profile_option = click.option(
    "--profile",
    "profile_name",
    metavar="NAME",
    help="Profile to use instead of the default one.",
    shell_complete=profile_names,
)


@click.command()
@profile_option
@click.option(
    "--action",
    type=click.Choice([action.value for action in KillAction]),
    help="Action to use instead of the profile's.",
)
@bounds_options
@click.option("--yes", is_flag=True, help="Fire without asking; required without a terminal.")
@click.option(
    "--verify-timeout",
    type=click.FloatRange(min=0),
    callback=finite,
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long to fire again and read until no order is active.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--print-curl", is_flag=True, help="Print the kill as curl commands; send nothing.")
@click.option("--resume", is_flag=True, help="Resume the kill that an earlier run fired.")
@click.pass_obj
def kill(
    invocation: Invocation,
    profile_name: str | None,
    action: str | None,
    delivery_areas: list[str],
    products: tuple[str, ...],
    exclude_pre_arranged: bool,
    yes: bool,
    verify_timeout: float,
    as_json: bool,
    print_curl: bool,
    resume: bool,
) -> None:
    """Take the orders out of the market and verify it.

    Exit codes: 0 two reads showed no active order, 2 nothing was sent, 3 orders are still active, came back, or are all
    outside the bounds, 4 the server refused the kill, 5 it is not known which orders are active or may still be
    entered, or which deactivated orders a delete left, or the halt could not be kept. The profile then stays halted
    until: pbtui rearm
    """
    # Garbage collection during the imports would only delay the first request: 9 of 135 ms. For the same reason the
    # functions of this module import modules that need httpx or pydantic only when they use them.
    gc.disable()
    with nothing_sent():
        profile, warnings = _rescued(invocation, profile_name)
    if resume and (action is not None or delivery_areas or products or exclude_pre_arranged):
        raise click.UsageError("--resume uses what was fired: it can't be combined with --action or bounds")
    from pbtui.desk.kill.plan import plan_for

    plan = plan_for(profile, None if action is None else KillAction(action))
    plan = bounded(plan, delivery_areas, products, exclude_pre_arranged=exclude_pre_arranged)
    if print_curl:
        _print_curl(profile, plan, warnings)
        return
    if not (yes or resume or at_terminal()):
        raise NothingSent("without a terminal --yes is required")
    from pbtui.cli.kill.output import WATCH_S, KillOutput, command_verdict, exit_code, verdict_text

    is_in_session = invocation.session is not None
    zone = ZoneInfo(profile.market_timezone)
    in_words = partial(verdict_text if is_in_session else command_verdict, zone=zone)
    in_full = partial(_json, profile) if as_json else in_words
    watch_s = 0 if yes or not at_terminal() else WATCH_S
    output = KillOutput(in_full, zone, watch_s=watch_s, resumes=resume, ends_by_line=is_in_session)
    for warning in warnings:
        output.err.say(warning)
    view = _fire(profile, plan, output, yes=yes, verify_within_s=verify_timeout, resume=resume)
    interrupts.end_with("", exit_code(view))
    output.show_verdict(view)
    sys.exit(exit_code(view))


def chosen_name(invocation: Invocation, profile_name: str | None) -> str | None:
    """The profile given before or after the command's name. Raises UsageError if both are given and differ."""
    if profile_name is not None and invocation.profile_name not in (None, profile_name):
        raise click.UsageError("--profile is given twice, with different names.")
    return profile_name if profile_name is not None else invocation.profile_name


def _rescued(invocation: Invocation, profile_name: str | None) -> tuple[Profile, Sequence[str]]:
    if invocation.session is not None:
        return invocation.session.profile, ()
    return rescue_profile(invocation.config_file, chosen_name(invocation, profile_name))


def _print_curl(profile: Profile, plan: KillPlan, warnings: Sequence[str]) -> None:
    from pbtui.desk.kill.commands import curl_lines

    for warning in warnings:
        click.echo(warning, err=True)
    click.echo(curl_lines(profile, plan))


def _fire(
    profile: Profile, plan: KillPlan, output: KillOutput, *, yes: bool, verify_within_s: float, resume: bool
) -> KillView:
    from pbtui.cli.kill.output import run_kill
    from pbtui.desk.formats.time_format import in_zone
    from pbtui.desk.kill.halt import read_halt

    halt = read_halt(profile) if resume else None
    if resume and halt is None:
        raise NothingSent(f"profile {profile.name} is not halted, so there is no kill to resume")
    if halt is not None and not halt.is_own:
        words = in_zone(halt.words, ZoneInfo(profile.market_timezone))
        raise NothingSent(f"there is no kill of profile {profile.name} at this server to resume; {words}")
    known: Sequence[AnyOrder] = ()
    algorithms: Sequence[AlgoDetails] | None = None
    with nothing_sent():
        api_key = obtain_api_key(profile, may_store=False)
    if not (yes or resume):
        known, algorithms = _confirmed(profile, api_key, plan)
    guard = "resumed" if resume else "--yes" if yes else "terminal"
    return run_kill(
        profile,
        api_key,
        plan,
        known,
        output=output,
        guard=guard,
        verify_within_s=verify_within_s,
        resumes=halt,
        algorithms=algorithms,
    )


def _json(profile: Profile, view: KillView) -> str:
    from pbtui.desk.kill.report import report_json

    return report_json(view, {"profile": profile.name, "report": view.report and str(view.report)}).decode()


def needs_words(profile: Profile, plan: KillPlan) -> bool:
    """Return whether this plan is fired by typed words, not by one letter: it is not within that of the settings."""
    from pbtui.desk.kill.plan import is_within, plan_for

    is_wider = plan.action.is_account_wide or not is_within(plan, plan_for(profile))
    return is_wider or profile.kill.guard is KillGuard.TYPED


def _confirmed(
    profile: Profile, api_key: Secret, plan: KillPlan
) -> tuple[Sequence[AnyOrder], Sequence[AlgoDetails] | None]:
    """Ask the trader to confirm. Returns the active orders, and the algorithms if they were read.

    Raises LocalRefusal if he does not confirm.
    """
    from pbtui.cli.kill.preview import read_preview
    from pbtui.desk.event_loop import run  # asyncio takes 52 ms, which --print-curl and a wrong option do without
    from pbtui.desk.formats.time_format import in_zone

    preview = run(read_preview(profile, api_key))
    figures, *more = preview.lines(plan, one_by_one=profile.single_order_endpoint)
    click.echo(f"{profile.environment.value.upper()} {profile.name}: {plan.verb} {plan.scope}", err=True)
    click.echo(f"  {plan.call}: {figures}", err=True)
    for line in more:
        click.echo(f"  {in_zone(line, ZoneInfo(profile.market_timezone))}", err=True)
    wanted = plan.typed_words if needs_words(profile, plan) else "k"
    if not typed(wanted, f"Type {wanted} to fire"):
        raise LocalRefusal("not confirmed; nothing was sent")
    return preview.orders, preview.algorithms.value
