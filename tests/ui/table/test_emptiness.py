"""An empty table says why, at every size."""

import pytest

from pbtui.ui.table.emptiness import NOT_READ
from tests.canned import a_wire_order, canned_exchange
from tests.raw_server import drop, raw_server, silence
from tests.ui.desk_under_test import DeskPilot, a_desk_app, desk_on

SIZES = pytest.mark.parametrize("size", [(40, 14), (80, 24), (160, 48)])


def words(desk: DeskPilot) -> str:
    """The words of the table, whatever the lines they are on."""
    return " ".join(" ".join(desk.lines()).split())


@SIZES
async def test_a_filter_that_matches_nothing_is_named_with_the_way_out(size: tuple[int, int]) -> None:
    with canned_exchange(a_wire_order("1"), a_wire_order("2")) as exchange:
        async with desk_on(a_desk_app(exchange.base_url), size) as desk:
            await desk.until_shown("1 Active 2")
            await desk.press("slash", *"price>9999", "enter")
            await desk.until(lambda: "No active order matches the filter price>9999: it hides all 2" in words(desk))
            assert "esc clears it" in words(desk)
            await desk.press("escape")
            await desk.until(lambda: "No active order" not in words(desk))


@SIZES
async def test_no_orders_and_bounds_without_orders_differ(size: tuple[int, int]) -> None:
    with canned_exchange() as exchange:
        async with desk_on(a_desk_app(exchange.base_url), size) as desk:
            await desk.until(lambda: "No active orders." in words(desk))
            await desk.press("2")
            await desk.until(lambda: "No deactivated orders." in words(desk))
            await desk.press("3")
            await desk.until(lambda: "No recent orders." in words(desk))
        app = a_desk_app(exchange.base_url, portfolios=("P7",), delivery_areas=("AMP",))
        async with desk_on(app, size) as desk:
            await desk.until(lambda: "shows only delivery areas AMP and portfolios P7" in words(desk))
            exchange.orders = [a_wire_order("1", delivery_area="10YFR-RTE------C")]
            await desk.press("r", "1")
            outside = (
                "The bounds of the profile test match no active order: 1 active order is outside delivery areas AMP"
            )
            await desk.until(lambda: outside in words(desk))
            assert "No active orders" not in words(desk)


@SIZES
async def test_orders_that_were_not_read_are_not_called_none(size: tuple[int, int]) -> None:
    async with raw_server(silence) as server, desk_on(a_desk_app(server.base_url), size) as desk:
        await desk.until(lambda: NOT_READ in words(desk))
    async with raw_server(drop) as server, desk_on(a_desk_app(server.base_url), size) as desk:
        await desk.until(lambda: "no complete answer" in words(desk) and NOT_READ in words(desk))
        assert "No active orders" not in words(desk)
