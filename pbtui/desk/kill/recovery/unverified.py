"""The kills of a halt that were not verified, by their reports: to know before the halt is lifted."""

from collections.abc import Collection, Iterator
from pathlib import Path

from pbtui.desk.kill.halt import Halt
from pbtui.desk.kill.plan import KillPlan
from pbtui.desk.kill.progress import Phase
from pbtui.desk.kill.report import EarlierKill, ReportUnreadable, read_report
from pbtui.desk.team.store import kill_warning


def warnings_of(halt: Halt, known: Collection[str] = ()) -> tuple[str, ...]:
    """A warning of each kill that neither itself nor a later one proved, the newest first.

    `known` are the tokens of kills whose verdict is known otherwise, as from the store of the team.
    """
    return tuple(filter(None, _warnings(halt, known)))


def _warnings(halt: Halt, known: Collection[str]) -> Iterator[str]:
    verified: list[KillPlan] = []
    for file, token, plan in _fired(halt):
        report = _report(file)
        if isinstance(report, EarlierKill) and report.verdict == Phase.VERIFIED:
            verified.append(report.plan)
        is_proved = plan is not None and any(each.includes(plan) for each in verified)
        if token in known or is_proved:
            continue
        if isinstance(report, EarlierKill):
            yield kill_warning(report.who, report.verdict)
        else:
            yield kill_warning(f"{halt.operator} on {halt.host}", "", f"has no report that can be read, {report}")


def _fired(halt: Halt) -> Iterator[tuple[str, str, KillPlan | None]]:
    """The path of the report, the token and the plan of each kill, the newest first. The plan may be unreadable."""
    if halt.action and halt.plan is None:
        yield halt.report, halt.token, None
    yield from ((kill.report, kill.token, kill.plan) for kill in halt.kills)


def _report(file: str) -> EarlierKill | str:
    """The kill of a report, or the reason why that can't be read."""
    try:
        return read_report(Path(file)) if file else "it has no path"
    except ReportUnreadable as error:
        return str(error)
