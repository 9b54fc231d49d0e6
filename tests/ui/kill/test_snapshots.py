"""Snapshots of the kill switch: the prompt, and reports of kills that need action."""

import json
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
from textual.app import App

from pbtui.api.clock import steady_s
from pbtui.api.decoding.snapshot import decode
from pbtui.api.structs import replace
from pbtui.cli.desk import desk_opener
from pbtui.cli.kill.opener import kill_opener
from pbtui.desk.kill.certificate.balance import TradesSeen, certificate_of
from pbtui.desk.kill.certificate.fate import Fate, OrderFate
from pbtui.desk.kill.conditions.algorithms import AlgorithmsSeen
from pbtui.desk.kill.plan import plan_for
from pbtui.desk.kill.progress import KillCall, KillView, Phase
from pbtui.settings.key_text import Secret
from pbtui.settings.kill import KillAction, KillSettings
from pbtui.settings.profiles import Profile
from pbtui.ui import app as desk_app
from pbtui.ui.kill.controls import KillControls
from pbtui.ui.kill.report import KillReport
from pbtui.ui.kill.standing import role_of, word_of
from pbtui.ui.themes import DEFAULT_THEME, load_themes
from pbtui.ui.threads.desk_thread import DeskThread
from pbtui.ui.threads.kill_state import KillState
from pbtui.ui.threads.kill_thread import KillThread
from tests.canned import CannedExchange, a_wire_order
from tests.ui.desk_under_test import a_desk_app, a_profile
from tests.ui.screens import test_snapshots as desk_snapshots
from tests.ui.screens.test_snapshots import ORDERS, SnapCompare, after
from tests.ui.terminal.screen_text import screen_lines

still_clock = desk_snapshots.still_clock
exchange = desk_snapshots.exchange
BERLIN = ZoneInfo("Europe/Berlin")
FIRED_AT = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)


def test_the_prompt_before_firing_80x24(exchange: CannedExchange, snap_compare: SnapCompare) -> None:
    kill = KillSettings(action=KillAction.DELETE_MINE, delivery_areas=("10YDE-RWENET---I",))
    app = a_desk_app(exchange.base_url, poll_seconds=60, portfolios=("P1", "P2"), kill=kill)
    shown = ("HALTED", "DELETE MINE", "not stated by this server", "GET /algorithms")
    assert snap_compare(app, terminal_size=(80, 24), run_before=after("f9", shown=shown))


class ReportApp(App[None]):
    """Shows the report of a kill that is what a test says it is."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [
        Path(desk_app.__file__).with_name(name) for name in ("app.tcss", "forms.tcss", "prompts.tcss", "kill.tcss")
    ]

    def __init__(self, profile: Profile, view: KillView) -> None:
        super().__init__()
        desk_thread = DeskThread(desk_opener(profile, lambda: Secret("a-key")), lambda: None)
        switch = KillThread(profile, kill_opener(profile, lambda: Secret("a-key")), desk_thread, lambda: None)
        switch.state = KillState(attempts=1, view=view)
        self._report = KillReport(profile, KillControls(profile, desk_thread, switch, ("f9",)), BERLIN)
        for each in load_themes().values():
            self.register_theme(each)
        self.theme = DEFAULT_THEME

    async def on_mount(self) -> None:
        """Show the report."""
        await self.push_screen(self._report)

    def follow(self, view: KillView) -> None:
        """Show a later state of the kill."""
        self._report.controls.switch.state = KillState(attempts=1, view=view)
        self._report.redraw()


async def test_an_unknown_kill_shows_the_next_step_first_and_complete_at_80x24() -> None:
    profile = a_profile("https://host.example/acme/epex/v2/api")
    plan = plan_for(profile)
    (order,) = decode(json.dumps([ORDERS[1]]).encode()).orders
    view = KillView(
        phase=Phase.UNKNOWN,
        plan=plan,
        fired=plan,
        headline="KILL UNKNOWN: ACTIVE ORDERS CAN'T BE READ",
        started_at=FIRED_AT,
        ended_s=61.2,
        initial=1,
        fates={order.key: OrderFate(order, Fate.UNKNOWN, "not read since the kill", order)},
        calls=(
            KillCall("PUT", "/orders/list", f"deactivate {'many ' * 12}orders", FIRED_AT, 0.018, 0.052, None, "END"),
        ),
        phones=("exchange market operations +43 1 2345",),
        curl=f"curl {'word ' * 200}last",
    )
    app = ReportApp(profile, view)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()

        order_of_it = ("+43 1 2345", "pbtui --profile test kill --print-curl", "Active when last read", "6100000002")
        places = [next(y for y, line in enumerate(screen_lines(app)) if text in line) for text in order_of_it]
        assert places == sorted(places)
        await pilot.press("end")
        await pilot.pause()
        assert any("END 0.034 s" in line for line in screen_lines(app))
        await pilot.press("home", *["down"] * 16)
        await pilot.pause()
        assert any(line.rstrip("┃ ▐").endswith("word last") for line in screen_lines(app))


async def test_live_orders_are_counted_first_and_listed_later_and_the_frame_of_the_report_does_not_move() -> None:
    profile = a_profile("https://host.example/acme/epex/v2/api")
    plan = plan_for(profile)
    orders = decode(json.dumps([a_wire_order(str(number)) for number in range(40)]).encode()).orders
    live = {order.key: OrderFate(order, Fate.STILL_ACTIVE, "", order) for order in orders}
    just_fired = KillView(
        phase=Phase.VERIFYING,
        plan=plan,
        fired=plan,
        headline="KILL",
        started_steady_s=steady_s(),
        active=40,
        fates=live,
    )
    fate = next(iter(live.values())).words
    app = ReportApp(profile, KillView(phase=Phase.FIRING, plan=plan, fired=plan, headline="KILL"))
    async with app.run_test(size=(160, 48)) as pilot:
        before = app.screen.query_one(".frame").region
        app.follow(just_fired)
        await pilot.pause()
        text = "\n".join(screen_lines(app))
        assert "40 still active" in text
        assert fate not in text
        assert app.screen.query_one(".frame").region == before

        app.follow(replace(just_fired, started_steady_s=steady_s() - 3))
        await pilot.pause()
        assert fate in "\n".join(screen_lines(app))


async def test_what_is_read_after_the_verdict_moves_no_line_of_the_report() -> None:
    plan = plan_for(a_profile("https://host.example/acme/epex/v2/api"))
    (order,) = decode(json.dumps([a_wire_order("1", state="HIBE", action="UHIB")]).encode()).orders
    fates = {order.key: OrderFate(order, Fate.DEACTIVATED, "", order)}
    verifying = KillView(
        phase=Phase.VERIFYING, plan=plan, fired=plan, headline="KILL", started_steady_s=steady_s(), fates=fates
    )
    verified = replace(verifying, phase=Phase.VERIFIED, verified_s=0.0)
    unread, sealed = (certificate_of(fates, TradesSeen(read_at=at)) for at in (None, FIRED_AT))
    app = ReportApp(a_profile("https://host.example/acme/epex/v2/api"), verifying)
    async with app.run_test(size=(160, 48)) as pilot:
        places = []
        seen = AlgorithmsSeen(after=(), read_at=FIRED_AT)
        later = [replace(verified, certificate=unread), replace(verified, certificate=sealed, algorithms=seen)]
        for view in (verifying, verified, *later):
            app.follow(replace(view, started_at=FIRED_AT))
            await pilot.pause()
            lines = screen_lines(app)
            places.append(next(y for y, line in enumerate(lines) if "Requests, newest first" in line))
            assert any("certificate" in line for line in lines) == (view is later[-1])
        assert any("none runs in this scope" in line for line in lines)
        assert len(set(places)) == 1
        app.follow(replace(verified, certificate=unread, started_steady_s=steady_s() - 2))
        await pilot.pause()
        assert any("trades were not read yet" in line for line in screen_lines(app)), "it is shown after a moment"


@pytest.mark.parametrize(
    ("phase", "is_partial", "word", "role"),
    [
        (Phase.VERIFIED, False, "VERIFIED", "good"),
        (Phase.VERIFIED, True, "VERIFIED, PARTIAL", "warning"),
        (Phase.REAPPEARED, False, "RE-APPEARED", "alarm"),
        (Phase.VERIFYING, False, "VERIFYING", "warning"),
    ],
)
def test_the_status_bar_shows_the_phase_of_a_kill(phase: Phase, is_partial: bool, word: str, role: str) -> None:
    profile = a_profile("https://host.example/acme/epex/v2/api")
    fired = plan_for(profile)
    plan = plan_for(profile, KillAction.DEACTIVATE_ALL) if is_partial else fired
    view = KillView(phase=phase, plan=plan, fired=fired, headline="KILL")
    assert (word_of(view), role_of(view)) == (word, role)


def test_the_report_names_the_orders_still_active_160x48(snap_compare: SnapCompare) -> None:
    profile = a_profile("https://host.example/acme/epex/v2/api", environment="production", portfolios=("P1", "P2"))
    plan = plan_for(profile, KillAction.DEACTIVATE_ALL)
    bot = a_wire_order("6100000009", price=71.2, quantity=4, txt="spread-7 leg B", user_name="Spread algo")
    left, filled, came = decode(json.dumps([ORDERS[1], ORDERS[0], bot]).encode()).orders
    view = KillView(
        phase=Phase.INCOMPLETE,
        plan=plan,
        fired=plan_for(profile),
        headline="KILL INCOMPLETE: 2 STILL ACTIVE",
        notes=("read for all portfolios this key can see; orders that this key can't see are not included",),
        problems=("PARTIAL SCOPE: account-wide refused (403)", "the journal can't be written: No space left on device"),
        started_at=FIRED_AT,
        ended_s=61.2,
        first_request_s=0.018,
        initial=37,
        active=2,
        fates={
            left.key: OrderFate(left, Fate.STILL_ACTIVE, "the market is closed", left),
            came.key: OrderFate(came, Fate.NEW_AFTER_KILL, "", came),
            filled.key: OrderFate(filled, Fate.FILLED, "", filled),
        },
        newcomers=(came.key,),
        calls=(
            KillCall("PUT", "/orders/status", "deactivate everything", FIRED_AT, 0.018, 0.052, 403, "REFUSED: 403"),
            KillCall("PUT", "/orders/list", "deactivate 37 orders", FIRED_AT, 0.053, 0.201, 200, "answered 200"),
            KillCall("GET", "/orders", "read the active orders", FIRED_AT, 60.9),
        ),
        phones=("exchange market operations +43 1 2345",),
        report=Path("/state/kills/test/20261122T120500.000000Z-1.json"),
    )
    assert snap_compare(ReportApp(profile, view), terminal_size=(160, 48))
