"""How the screens look, with the clock held still. `pytest --snapshot-update` draws them again; look at the result."""

import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot

from pbtui.api import clock
from tests.canned import CannedExchange, a_wire_order, canned_exchange
from tests.ui.desk_under_test import DeskPilot, a_desk_app

NOW = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
SnapCompare = Callable[..., bool]

CONTRACTS = [f"2026-11-22T{hour}:00:00Z" for hour in (13, 14, 15, 16)]
ORDERS = [
    a_wire_order("6100000001", price=62.5, quantity=5, delivery_start=CONTRACTS[0], delivery_end=CONTRACTS[1]),
    a_wire_order(
        "6100000002",
        side="SELL",
        price=81.07,
        quantity=12.5,
        delivery_start=CONTRACTS[0],
        delivery_end=CONTRACTS[1],
        delivery_area="10YFR-RTE------C",
        txt="wind surplus",
        strategy_id="W1",
    ),
    a_wire_order(
        "6100000003",
        price=-3.2,
        quantity=2,
        hidden_quantity=18,
        display_quantity=2,
        type="I",
        txt="negative iceberg",
        action="PEXE",
        revision_no=4,
        delivery_start=CONTRACTS[1],
        delivery_end=CONTRACTS[2],
    ),
    a_wire_order(
        "6100000004",
        state="UNKW",
        action="SNAV",
        txt="lost at the exchange",
        delivery_start=CONTRACTS[2],
        delivery_end="2026-11-22T16:00:00Z",
    ),
    a_wire_order("6100000005", price="62,50", txt="broken"),
    a_wire_order("6100000006", state="HIBE", action="UHIB", txt="asleep"),
]
HISTORY = [
    ORDERS[2],
    {**ORDERS[2], "action": "UADD", "revision_no": 1, "quantity": 4, "api_timestamp": "2026-11-22T11:59:00Z"},
]


def order_books() -> dict[str, Any]:
    """Positions in the contracts of 15 hours: an hour each, and its quarter-hours."""

    def figures(net: int, buying: int, selling: int) -> list[dict[str, Any]]:
        with_orders = {"max_net_pos_buy_with_orders": net + buying, "min_net_pos_sell_with_orders": net - selling}
        return [{"portfolio_id": "P1", "net_pos": net, "abs_pos": abs(net), **with_orders}]

    def contract(start: datetime, minutes: int, *of: int) -> dict[str, Any]:
        end = start + timedelta(minutes=minutes)
        delivery = {"delivery_start": f"{start:%Y-%m-%dT%H:%MZ}", "delivery_end": f"{end:%Y-%m-%dT%H:%MZ}"}
        return {"contract_id": f"{minutes}{start:%H%M}", **delivery, "portfolio_information": figures(*of)}

    starts = [NOW.replace(minute=0) + timedelta(hours=hour) for hour in range(1, 16)]
    hours = [contract(start, 60, start.hour % 5 - 2, start.hour % 3, start.hour % 4) for start in starts]
    quarters = [
        contract(start + timedelta(minutes=15 * n), 15, n - start.hour % 3, n * (start.hour % 2), 3 * (n == 2))
        for start in starts
        for n in range(4)
    ]
    quarters[17]["portfolio_information"][0]["net_pos"] = "unknown"
    limits = [{"delivery_area": "10YDE-RWENET---I", "min_netpos_limit": -4, "max_netpos_limit": 4}]
    return {"contracts": hours + quarters, "portfolio_risk_settings": [{"id": "P1", "position_limits": limits}]}


class _StillDatetime(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return NOW


@pytest.fixture(autouse=True)
def still_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The desk's clocks stand; local time is Berlin's. The trader is tess, on the host desk-1."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    monkeypatch.setattr(clock, "datetime", _StillDatetime)
    monkeypatch.setattr("time.clock_gettime", lambda clock_id: 1_000.0)
    monkeypatch.setattr("socket.gethostname", lambda: "desk-1")
    monkeypatch.setattr("pwd.getpwuid", lambda number: SimpleNamespace(pw_name="tess"))
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def exchange() -> Iterator[CannedExchange]:
    with canned_exchange(*ORDERS) as canned:
        canned.history = {"6100000003": HISTORY}
        yield canned


def after(*keys: str, shown: tuple[str, ...] = ()) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """Presses keys once the orders are there, and waits until these texts are shown."""

    async def steps(pilot: Pilot[Any]) -> None:
        desk = DeskPilot(pilot)
        await desk.until_shown("LIVE", "[1 Active 5]", "Deactivated 1")
        if pilot.app.size.width > 100:
            await desk.until_shown("5 orders", "4 Trades 0")
        await desk.press(*keys)
        await desk.until_shown(*shown)

    return steps


def test_desk(exchange: CannedExchange, snap_compare: SnapCompare) -> None:
    app = a_desk_app(exchange.base_url, poll_seconds=60)
    steps = after("j", "j", shown=("quantity 4.0 MW → 2.0 MW",))
    assert snap_compare(app, terminal_size=(160, 48), run_before=steps)


def test_desk_80x24(exchange: CannedExchange, snap_compare: SnapCompare) -> None:
    app = a_desk_app(exchange.base_url, poll_seconds=60)
    steps = after("j", "j", "enter", shown=("quantity 4.0 MW → 2.0 MW",))
    assert snap_compare(app, terminal_size=(80, 24), run_before=steps)


def test_production_in_daylight(exchange: CannedExchange, snap_compare: SnapCompare) -> None:
    app = a_desk_app(exchange.base_url, poll_seconds=60, environment="production", theme="day")
    steps = after("slash", *"side:buy", shown=("of 5", "the server has no history"))
    assert snap_compare(app, terminal_size=(120, 32), run_before=steps)


def test_high_contrast(exchange: CannedExchange, snap_compare: SnapCompare) -> None:
    app = a_desk_app(exchange.base_url, poll_seconds=60, theme="high-contrast")
    steps = after("question_mark", shown=("Kill switch", "The desk"))
    assert snap_compare(app, terminal_size=(120, 32), run_before=steps)


def test_exposure(exchange: CannedExchange, snap_compare: SnapCompare) -> None:
    exchange.reads["/orderbooks"] = order_books()
    app = a_desk_app(exchange.base_url, poll_seconds=60)
    steps = after("X", *["right"] * 3, shown=("Exposure of P1 in AMP, read at 13:05:00", "14:45-15:00: net"))
    assert snap_compare(app, terminal_size=(160, 48), run_before=steps)


def test_exposure_in_daylight_80x24(exchange: CannedExchange, snap_compare: SnapCompare) -> None:
    exchange.reads["/orderbooks"] = order_books()
    app = a_desk_app(exchange.base_url, poll_seconds=60, theme="day")
    steps = after("X", shown=("Exposure of P1 in AMP, read at 13:05:00", "14:00-14:15: net"))
    assert snap_compare(app, terminal_size=(80, 24), run_before=steps)
