"""How the kill switch looks: before it is fired, and where it did not do all of it."""

import json
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import ClassVar

from pydantic import SecretStr
from textual.app import App

from pbtui.api.snapshot import decode
from pbtui.cli.desk import desk_opener
from pbtui.cli.kill_opener import kill_opener
from pbtui.desk.kill_plan import plan_for
from pbtui.desk.kill_view import Fate, KillCall, KillView, OrderFate, Phase
from pbtui.settings.kill import KillAction, KillSettings
from pbtui.settings.profiles import Profile
from pbtui.ui import app as desk_app
from pbtui.ui.desk_thread import DeskThread
from pbtui.ui.kill_controls import KillControls
from pbtui.ui.kill_report import KillReport
from pbtui.ui.kill_thread import KillThread
from pbtui.ui.themes import DEFAULT_THEME, load_themes
from tests.canned import CannedExchange, a_wire_order
from tests.ui import test_snapshots as desk_snapshots
from tests.ui.desk_under_test import a_desk_app, a_profile
from tests.ui.test_snapshots import ORDERS, SnapCompare, after

still_clock = desk_snapshots.still_clock
exchange = desk_snapshots.exchange
FIRED_AT = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)


def test_before_it_is_fired_80x24(exchange: CannedExchange, snap_compare: SnapCompare) -> None:
    kill = KillSettings(action=KillAction.DELETE_MINE, delivery_areas=("10YDE-RWENET---I",))
    app = a_desk_app(exchange.base_url, poll_seconds=60, portfolios=("P1", "P2"), kill=kill)
    assert snap_compare(app, terminal_size=(80, 24), run_before=after("f9", shown=("HALTED", "DELETE MINE")))


class ReportApp(App[None]):
    """Shows the report of a kill that is what a test says it is."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [
        Path(desk_app.__file__).with_name(name) for name in ("app.tcss", "forms.tcss", "prompts.tcss", "kill.tcss")
    ]

    def __init__(self, profile: Profile, view: KillView) -> None:
        super().__init__()
        desk_thread = DeskThread(desk_opener(profile, lambda: SecretStr("a-key")), lambda: None)
        switch = KillThread(profile, kill_opener(profile, lambda: SecretStr("a-key")), desk_thread, lambda: None)
        switch.is_fired, switch.view = True, view
        self._report = KillReport(profile, KillControls(profile, desk_thread, switch, ("f9",)))
        for each in load_themes().values():
            self.register_theme(each)
        self.theme = DEFAULT_THEME

    async def on_mount(self) -> None:
        """Show the report."""
        await self.push_screen(self._report)


def test_where_orders_are_left_it_names_them_160x48(snap_compare: SnapCompare) -> None:
    profile = a_profile("https://host.example/acme/epex/v2/api", environment="production", portfolios=("P1", "P2"))
    plan = plan_for(profile, KillAction.DEACTIVATE_ALL)
    bot = a_wire_order("6100000009", price=71.2, quantity=4, txt="spread-7 leg B", user_name="Spread algo")
    left, filled, came = decode(json.dumps([ORDERS[1], ORDERS[0], bot]).encode()).orders
    view = KillView(
        phase=Phase.INCOMPLETE,
        plan=plan,
        fired=plan_for(profile),
        headline="KILL INCOMPLETE: 2 STILL ACTIVE",
        notes=("read for the portfolios this key sees",),
        trouble=("PARTIAL SCOPE: account-wide refused (403)", "the journal can't be written: No space left on device"),
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
