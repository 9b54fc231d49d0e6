"""Kills that were left to do: those of a halted profile that were not verified."""

import asyncio
from collections.abc import Iterator, Sequence

from msgspec import Struct

from pbtui.desk.kill.halt import FiredKill, Halt
from pbtui.desk.kill.plan import AnyOrder, KillPlan, plan_for
from pbtui.desk.kill.record import KillRecord
from pbtui.desk.kill.report import EarlierKill
from pbtui.settings.kill import KillAction
from pbtui.settings.profiles import Profile

_Reported = tuple[FiredKill, EarlierKill | None]


class OwedKill(Struct, frozen=True, kw_only=True):
    """The kill to continue: the widest one owed.

    `before` are the live orders from before all kills. `has_all_before`: the reports have them all.
    `has_call_succeeded`: its one call was answered with a success.
    `still_owed` are the plans that it does not include. `problem` says why the plan is not that of the earlier kill.
    """

    plan: KillPlan
    before: tuple[AnyOrder, ...]
    has_all_before: bool = False
    has_call_succeeded: bool = False
    still_owed: tuple[KillPlan, ...] = ()
    problem: str = ""


async def find_owed(halt: Halt, profile: Profile, record: KillRecord, within_s: float) -> OwedKill:
    """The kill to continue, by the halt file and the reports. The disk has `within_s` for the reports."""
    reports = await _reported(halt.kills, record, within_s)
    if not halt.kills:
        lone = await record.read_back(halt.report, within_s)
        reports = [] if lone is None else [(FiredKill(lone.plan, halt.report), lone)]
    before = tuple(order for _, report in reversed(reports) if report is not None for order in report.before)
    has_all_before = all(report is not None and report.has_all_before for _, report in reports)
    here = [(kill, report) for kill, report in reports if kill.plan.exchange == profile.exchange]
    owed = list(_unproved(here)) or here[:1]
    if not owed:
        plan = plan_for(profile, KillAction.DEACTIVATE_MINE)
        problem = f"the plan of the earlier kill at {plan.exchange} can't be read; used instead: {plan.scope}"
        return OwedKill(plan=plan, before=before, has_all_before=has_all_before, problem=problem)
    plan = widest([kill.plan for kill, _ in owed])
    return OwedKill(
        plan=plan,
        before=before,
        has_all_before=has_all_before,
        has_call_succeeded=any(kill.plan == plan and _has_call_succeeded(plan, report) for kill, report in owed),
        still_owed=tuple(dict.fromkeys(kill.plan for kill, _ in owed if not plan.includes(kill.plan))),
    )


async def owed_beside(plan: KillPlan, record: KillRecord, within_s: float) -> tuple[KillPlan, ...]:
    """The kills that the present one, of this plan, leaves owed: fired before it and not verified. As `find_owed`."""
    reports = await _reported(await record.earlier_kills(within_s), record, within_s)
    owed = (kill.plan for kill, _ in _unproved(reports) if kill.plan.exchange == plan.exchange)
    return tuple(dict.fromkeys(each for each in owed if not plan.includes(each)))


async def _reported(kills: Sequence[FiredKill], record: KillRecord, within_s: float) -> list[_Reported]:
    reports = await asyncio.gather(*(record.read_back(kill.report, within_s) for kill in kills))
    return list(zip(kills, reports, strict=True))


def _unproved(kills: list[_Reported]) -> Iterator[_Reported]:
    """The kills, newest first, that were not verified, neither by themselves nor by a later one that includes them.

    A kill is verified for the plan that the server accepted, which may be narrower than the one fired.
    """
    verified: list[KillPlan] = []
    for kill, report in kills:
        if report is not None and report.is_verified:
            verified.append(report.plan)
        if not any(plan.includes(kill.plan) for plan in verified):
            yield kill, report


def widest(plans: list[KillPlan]) -> KillPlan:
    """The first plan that no other one exceeds; one that reaches everything comes before one that does not."""
    chosen = plans[0]
    for plan in plans[1:]:
        if not chosen.includes(plan) and (plan.includes(chosen) or plan.action.is_account_wide):
            chosen = plan
    return chosen


def _has_call_succeeded(plan: KillPlan, report: EarlierKill | None) -> bool:
    call = "PUT /orders/status" if plan.action.is_account_wide else "DELETE /orders"
    return report is not None and report.plan == plan and call in report.succeeded
