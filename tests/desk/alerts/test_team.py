"""Alerts about the team: each halt, re-arm and result of others once, with the name, and nothing of the first read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from pbtui.api.structs import replace
from pbtui.desk.alerts.follow import Seen, follow
from pbtui.desk.blotter.link import Link
from pbtui.desk.team.lone import LoneReport
from pbtui.desk.team.presence import OtherDesk, Result
from pbtui.desk.team.store import HaltRecord
from pbtui.desk.view import DeskView
from pbtui.settings.alerts import AlertSettings

AT = datetime(2026, 11, 22, 12, 5, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
VIEW = DeskView(Link(2.0))
HALT = HaltRecord(
    epoch=1,
    token="k1",
    server="desk.example/epex",
    portfolios=(),
    reason="price spike",
    operator="tess",
    host="north",
    profile="prod",
    desk="d9",
    action="",
    halted_at=AT,
)
LIFTED = replace(HALT, lifted_at=AT, lifted_by="ben", lifted_on="south", lift_reason="calm")
DESK = OtherDesk("d1", "tess", "north", "prod", is_trading=True, since=AT)
ENTRY = Result(
    1,
    "add",
    "FILLED",
    side="SELL",
    quantity_mw=Decimal(5),
    price=Decimal("45.1"),
    delivery_start=datetime(2026, 11, 22, 14, tzinfo=UTC),
    delivery_end=datetime(2026, 11, 22, 15, tzinfo=UTC),
    area="10YDE-RWENET---I",
    order_id="17",
)
DELETION = Result(2, "delete", "2 CONFIRMED, 1 REJECTED", is_grave=True, orders=3, side="BUY", contract="Q <3>")


def news_of(*views: DeskView) -> list[list[str]]:
    """The news of each view, followed in this sequence, with their weights."""
    found: list[list[str]] = []
    seen = Seen()
    for view in views:
        step = follow(seen, view, AlertSettings(), AT, 0.0)
        seen = step.seen
        found.append([f"{alert.news.weight} {alert.news.text(BERLIN)}" for alert in step.alerts])
    return found


def with_results(*results: Result) -> DeskView:
    return replace(VIEW, others=(replace(DESK, results=results),))


def read(halts: Sequence[HaltRecord] = (), lifted: Sequence[HaltRecord] = ()) -> DeskView:
    return replace(VIEW, team_halts=tuple(halts), team_lifted=tuple(lifted))


def test_a_halt_and_a_re_arm_of_others_are_news_once_each() -> None:
    halted = "grave HALT by tess on north, profile prod: price spike"
    lifted = (
        "notable RE-ARM by ben on south: calm. The halt was: price spike by profile prod, 2026-11-22 13:05:09 CET by "
    )
    newer = replace(HALT, epoch=2, token="k2", operator="eve")
    views = (VIEW, read(), read([HALT]), VIEW, read([HALT]), read([newer], [LIFTED]), read([newer], [LIFTED]))
    assert news_of(*views) == [
        [],
        [],
        [halted],
        [],  # the store is away
        [],
        [f"{lifted}tess on north", halted.replace("tess", "eve")],
        [],
    ]


def test_a_host_that_was_cut_loose_is_news_once() -> None:
    report = LoneReport(
        id=4, operator="ben", host="south", profile="prod", reason="store down", began_at=AT, ended_at=AT, sends=2
    )
    lone = replace(read(), lone_reports=(report,))
    words = "ben on south was LONE with profile prod, 2026-11-22 13:05:09 CET to 13:05:09 CET, 2 sends: store down"
    assert news_of(VIEW, read(), lone, VIEW, lone) == [[], [], [f"grave {words}"], [], []]
    assert news_of(VIEW, lone) == [[], []]


def test_what_the_first_read_found_is_no_news() -> None:
    assert news_of(VIEW, read([HALT], [LIFTED]), read([HALT], [LIFTED])) == [[], [], []]
    assert news_of(with_results(ENTRY), with_results(ENTRY)) == [[], []]
    nobody = replace(VIEW, others=())
    assert news_of(nobody, with_results(ENTRY), nobody, VIEW, with_results(ENTRY)) == [[], [], [], [], []]


def test_each_result_of_another_desk_is_news_with_the_name_and_the_order() -> None:
    entry = "fine tess on north: new order FILLED ▼ SELL 5.0 MW at 45.10, 22 Nov 15:00-16:00, AMP, order 17"
    deletion = "notable tess on north: deletion 2 CONFIRMED, 1 REJECTED, one is ▲ BUY, Q <3>"
    views = (with_results(), with_results(ENTRY), VIEW, with_results(ENTRY, DELETION), with_results(DELETION))
    assert news_of(*views) == [[], [entry], [], [deletion], []]
