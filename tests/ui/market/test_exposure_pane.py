"""Exposure on the screen: the picture and the words, what is not known, the filter that it returns, and its bytes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pbtui.api import clock
from pbtui.api.models import Order
from pbtui.api.reads.limits import PositionLimit
from pbtui.desk.blotter.link import Link
from pbtui.desk.exposure.positions import AreaPositions, Position
from pbtui.desk.formats.areas import area_name
from pbtui.desk.market.exchange import ExchangeView
from pbtui.desk.market.reading import Reading
from pbtui.desk.view import DeskView
from pbtui.ui.app import DeskApp
from pbtui.ui.market.exposure_pane import ExposurePane
from pbtui.ui.market.subjects import ExposureSubject
from pbtui.ui.terminal.output.painter import Painter
from pbtui.ui.terminal.output.picture import Picture
from pbtui.ui.terminal.output.writer import Writer
from tests.canned import a_wire_order, canned_exchange
from tests.desk.exposure.positions_by_hand import a_position, figures, sums
from tests.exchange import RunningExchange
from tests.ui.desk_under_test import a_desk_app, a_profile, desk_on
from tests.ui.dialogs.prompt_under_test import SIMULATION, prompt_on

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
HOUR = datetime(2026, 11, 22, 14, tzinfo=UTC)
AMP, FR = "10YDE-RWENET---I", "10YFR-RTE------C"
READ_S = 1_000.0


class _StillDatetime(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return NOW


@pytest.fixture
def still_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is five past one in Berlin."""
    monkeypatch.setattr(clock, "datetime", _StillDatetime)


def a_view(areas: Mapping[str, Reading[AreaPositions]]) -> DeskView:
    """What a desk has read of positions."""
    return DeskView(Link(2.0), exchange=ExchangeView(positions=areas))


def read(*positions: Position, age_s: float = 0.0, problem: str = "", **limit: int) -> Reading[AreaPositions]:
    """The positions in an area, read so long ago, with these limits of portfolio P1."""
    decimals: dict[str, Any] = {name: Decimal(value) for name, value in limit.items()}
    limits = {"P1": PositionLimit(**decimals)} if limit else {}
    return Reading(AreaPositions(positions, limits), NOW, clock.steady_s() - age_s, problem)


class Pane:
    """The pane over a view that a test changes; `asked` are the areas that it wanted read."""

    def __init__(
        self, areas: Mapping[str, Reading[AreaPositions]], subject: ExposureSubject, **profile: object
    ) -> None:
        self.view = a_view(areas)
        self.asked: list[str] = []
        self._subject = subject
        self._profile = a_profile("http://127.0.0.1:1/acme/epex/v2/api", **profile)

    def __call__(self) -> ExposurePane:
        return ExposurePane(SIMULATION, self._profile, self.view, self._subject, self.asked.append, BERLIN)


HERE = ExposureSubject("P1", AMP, HOUR)


@pytest.mark.usefixtures("still_day")
async def test_the_quarter_hour_under_the_cursor_is_in_words() -> None:
    hour = a_position(HOUR, 60, figures(5, buying=3), contract_id="c14")
    quarter = a_position(HOUR, 15, figures(0, selling=1, **sums(net=5, highest=8, lowest=4)), contract_id="q14")
    pane = Pane({AMP: read(hour, quarter, max_netpos_limit=7, min_netpos_limit=-7)}, HERE)
    async with prompt_on(pane) as pilot:
        await pilot.until_shown("Exposure of P1 in AMP, read at 13:05:00 CET, a full bar is 5.0 MW")
        assert pane.asked == [AMP]
        await pilot.until_shown("22 Nov 15:00-15:15: net 5.0 MW long, buying 3.0 MW, selling 1.0 MW")
        for text in (
            "if all buy orders trade, 8.0 MW long; if all sell orders trade, 4.0 MW long",
            "LIMIT EXCEEDED, orders included; limits: -7.0 to 7.0",
            "22 Nov 15:00-15:15 (q14): net 0.0 MW, buying 0.0 MW, selling 1.0 MW",
            "22 Nov 15:00-16:00 (c14): net 5.0 MW long, buying 3.0 MW, selling 0.0 MW",
        ):
            assert text in pilot.text(), text
        first = next(number for number, line in enumerate(pilot.lines()) if "22 Nov  13  14  15" in line)
        bars = [line[2:57].rstrip() for line in pilot.lines()[first + 1 : first + 6]]
        assert bars == [
            "buying          ▄▄▄▄",
            "long            ████",
            "short           ····",
            "selling         ▁···",
            "                ▲!!!",
        ]
        await pilot.press("right")
        await pilot.until_shown("22 Nov 15:15-15:30: net 5.0 MW long, buying 3.0 MW, selling 0.0 MW")
        assert "added up from the contracts that the server lists" in pilot.text()
        await pilot.press("down")
        await pilot.until_shown("23 Nov 03:15-03:30: not known, the server lists no contract for it")
        await pilot.press("G", "l")
        await pilot.until_shown("23 Nov 12:45-13:00: not known")
        await pilot.press("g", "h")
        await pilot.until_shown("22 Nov 13:00-13:15: not known")


async def test_what_is_old_or_missing_is_said_and_never_drawn_as_zero() -> None:
    position = a_position(HOUR, 60, figures(5))
    pane = Pane({AMP: Reading(problem="this server does not offer GET /orderbooks (404)")}, HERE)
    async with prompt_on(pane) as pilot:
        await pilot.until_shown("not read yet", "Nothing is known here: this server does not offer GET /orderbooks")
        assert "?" * 48 in pilot.text()
        assert "····" not in pilot.text()
        for reading, text in (
            (read(position, age_s=65), "These positions are 1 m old."),
            (read(position, problem="no answer"), "The newest positions are missing: no answer"),
            (read(a_position(HOUR, 60, figures(5, portfolio_id="P2"))), "does not name this portfolio"),
            (read(position, a_position(None, 60, figures(5), "x")), "1 positions or orders are not in the picture"),
        ):
            pilot.prompt.take_view(a_view({AMP: reading}))
            await pilot.until_shown(text)
            assert ("?" * 48 in pilot.text()) is ("portfolio" in text)
        pilot.prompt.take_view(a_view({}))
        await pilot.until_shown("in AMP, not read yet")


@pytest.mark.usefixtures("still_day")
async def test_portfolios_and_areas_can_be_switched_and_enter_returns_a_filter() -> None:
    both = [a_position(HOUR, 15, figures(mw, portfolio_id=name)) for name, mw in (("P1", 1), ("P2", 2))]
    pane = Pane({AMP: read(), FR: read(*both)}, ExposureSubject(delivery_start=HOUR + timedelta(minutes=5)))
    async with prompt_on(pane) as pilot:
        await pilot.until_shown("Exposure of P1 in FR", "net 1.0 MW long")
        await pilot.press("p")
        await pilot.until_shown("Exposure of P2 in FR", "net 2.0 MW long")
        await pilot.press("a")
        await pilot.until_shown("Exposure of P2 in AMP", "does not name this portfolio")
        await pilot.press("A", "P")
        await pilot.until_shown("Exposure of P1 in FR", "net 1.0 MW long")
        assert pane.asked == [FR, AMP, FR]
        await pilot.press("enter")
        assert pilot.result == "delivery:2026-11-22T15:00+01:00 area=FR portfolio=P1"


async def test_a_delivery_outside_the_picture_is_not_taken_for_the_nearest_in_it() -> None:
    position = a_position(HOUR, 60, figures(5))
    for start in (HOUR + timedelta(days=900), HOUR - timedelta(days=900)):
        async with prompt_on(Pane({AMP: read(position)}, ExposureSubject("P1", AMP, start))) as pilot:
            await pilot.until_shown("The selected delivery is not in these 24 hours.")
            await pilot.press("left")
            await pilot.until(lambda: "selected delivery" not in pilot.text())


async def test_a_desk_that_knows_no_area_says_so_and_escape_returns_nothing() -> None:
    pane = Pane({}, ExposureSubject(), delivery_areas=())
    async with prompt_on(pane) as pilot:
        await pilot.until_shown("No delivery area is known yet")
        await pilot.press("a", "p", "r")
        assert not pane.asked
        await pilot.press("escape")
        assert pilot.result is None


async def test_exposure_of_a_simulator_filters_the_orders_and_says_what_is_refused(exchange: RunningExchange) -> None:
    async with desk_on(a_desk_app(exchange.base_url, exchange.keys["trader"]), (160, 48)) as desk:
        await desk.until_shown("LIVE")
        row = desk.desk.table.under_cursor
        assert row is not None
        assert isinstance(row.order, Order)
        exchange.fill(row.order.order_id or "", 0.1)
        await desk.press("X")
        sign = "long" if row.order.side == "BUY" else "short"
        await desk.until_shown(
            f"in {area_name(row.order.delivery_area or '')}, read at", f"net 0.1 MW {sign}", "0 MW   ? not known"
        )
        await desk.press("enter")
        await desk.until_shown("filter delivery:20")
        assert row.key in desk.desk.table.arrangement
        assert len(desk.desk.table.arrangement) < len(exchange.orders())
        exchange.faults(errors={"value": {"404": 1}, "paths": ["/orderbooks"]})
        await desk.press("X", "r")
        await desk.until_shown("The newest positions are missing: this server does not offer GET /orderbooks (404")
        assert f"net 0.1 MW {sign}" in desk.text()
        await desk.press("X")
        await desk.until(lambda: desk.app.screen is desk.desk)
        await desk.press("escape")
        await desk.until(lambda: "filter delivery:" not in desk.text())


class Counted(Writer):
    """A terminal that takes everything, and counts it by its cause."""

    def __init__(self, app: DeskApp) -> None:
        super().__init__(-1, app.usage)
        self._real_painter = Painter()
        app.writer = self

    def show(self, picture: Picture) -> None:
        """Paint this picture."""
        self._usage.add(self._real_painter.paint(picture, 1_000_000).sizes)


@pytest.mark.usefixtures("still_day")
@pytest.mark.parametrize(("size", "most"), [((80, 24), 4_000), ((160, 48), 7_000)])
async def test_opening_costs_what_it_shows_and_one_changed_bar_costs_little(size: tuple[int, int], most: int) -> None:
    def books(buying: int) -> dict[str, object]:
        contracts = [
            {
                "contract_id": f"q{number}",
                "delivery_start": f"{HOUR + number * timedelta(minutes=15):%Y-%m-%dT%H:%M:%SZ}",
                "delivery_end": f"{HOUR + (number + 1) * timedelta(minutes=15):%Y-%m-%dT%H:%M:%SZ}",
                "portfolio_information": [
                    {
                        "portfolio_id": "P1",
                        "net_pos": number % 7 - 3,
                        "abs_pos": 3,
                        "max_net_pos_buy_with_orders": number % 7 - 3 + (buying if number == 9 else number % 3),
                        "min_net_pos_sell_with_orders": number % 7 - 3 - number % 4,
                    }
                ],
            }
            for number in range(88)
        ]
        return {"delivery_area": AMP, "contracts": contracts}

    with canned_exchange(a_wire_order("1")) as exchange:
        exchange.reads["/orderbooks"] = books(buying=1)
        app = a_desk_app(exchange.base_url)
        Counted(app)
        async with desk_on(app, size) as desk:
            app.refresh(layout=True)
            await desk.until_shown("LIVE")
            await desk.until(lambda: app.latest_view is not None and app.latest_view.exchange.positions)
            await desk.press("X")
            await desk.until_shown("Exposure of P1 in AMP, read at 13:05:00 CET", "selling 0.0 MW")
            opened = app.usage.by_cause["exposure pane"]
            exchange.reads["/orderbooks"] = books(buying=3)
            before = desk.lines()
            await desk.press("r")
            await desk.until(lambda: desk.lines() != before)
            await desk.pilot.pause()
            changed = [line for line, old in zip(desk.lines(), before, strict=True) if line != old and "MW" not in line]
            refreshed = app.usage.by_cause["exposure pane"] - opened
            await desk.press("right")
            await desk.until_shown("15:15-15:30: net")
            moved = app.usage.by_cause["exposure pane"] - opened - refreshed
    assert changed
    assert 500 < opened < most
    assert 0 < refreshed < 300
    assert 0 < moved < 400
