"""Two traders at one order see each other: in its row, on top of its form, and in the list of the open desks."""

import asyncio
from decimal import Decimal

import pytest

from pbtui.api.structs import replace
from pbtui.desk.team.feed import TeamFeed, TeamView
from pbtui.desk.team.halts.known import KnownHalts
from pbtui.desk.team.presence import Activity, Result
from pbtui.desk.team.store import WantedHalt
from pbtui.settings.team import TeamSettings
from tests.canned import a_wire_order, canned_exchange
from tests.desk.team.conftest import DESK, Open, Postgres, database, opened, postgres
from tests.ui.desk_under_test import DeskPilot, a_desk_app, a_profile, desk_on

__all__ = ["database", "opened", "postgres"]
pytestmark = pytest.mark.real_time


def row_of(desk: DeskPilot, price: str) -> str:
    return next(line for line in desk.lines() if price in line)


async def test_an_order_in_a_form_elsewhere_is_marked_here_and_one_in_a_form_here_is_seen_there(
    opened: Open, postgres: Postgres, database: str
) -> None:
    with canned_exchange(a_wire_order("7", price=61.5), a_wire_order("8", price=62.5)) as exchange:
        team = TeamSettings(store=postgres.url(database, DESK))
        profile = a_profile(exchange.base_url)
        ben = opened("ben", server=profile.server)
        async with desk_on(a_desk_app(exchange.base_url, read_only=False, team=team), (80, 24)) as desk:
            await desk.until_shown("LIVE", "61.50", "62.50")
            assert "✎" not in desk.text()
            await ben.appear(Activity(is_trading=True, orders=("8",)))
            await desk.until_shown("✎ ben")
            assert row_of(desk, "62.50")[1] == "✎"
            assert "✎" not in row_of(desk, "61.50")
            assert len({"BUY", "AMP", "P1", "62.50", "5.0"} & set(row_of(desk, "62.50").split())) == 5

            views = asyncio.Queue[TeamView]()
            following = asyncio.create_task(TeamFeed(ben, KnownHalts(profile), views.put_nowait).run())
            await desk.press("j", "e")
            await desk.until_shown("Change ▲ BUY", "✎ This order is open in a form of ben on north too")
            while not (seen := (await views.get()).desks) or not seen[0].orders:
                pass
            assert [(other.profile, other.is_trading, other.orders) for other in seen] == [("test", True, ("8",))]
            deleted = Result(1, "delete", "CONFIRMED", side="SELL", quantity_mw=Decimal(3), order_id="9")
            await ben.appear(Activity(is_trading=True, results=(deleted,)))
            await desk.until_shown("✓ ben on north: deletion CONFIRMED ▼ SELL 3.0 MW, order 9")
            assert "✎" not in desk.text()
            await desk.press("escape")
            halt = await ben.halt(WantedHalt("k1", "price spike"))
            await desk.until_shown("! HALT by ben on north, profile prod: price spike")
            await ben.rearm(halt.epoch, "calm")
            await desk.until_shown("• RE-ARM by ben on north: calm.")
            while (await views.get()).desks != (replace(seen[0], orders=(), order_count=0),):
                pass
            following.cancel()

            await desk.press("W")
            await desk.until_shown("1 other desk of the team is open", "ben on north", "profile prod, trading, since")
            with postgres.frozen():
                await desk.until_shown("Who is there is not known", "The team store is unreachable since")
            await desk.until_shown("ben on north")
