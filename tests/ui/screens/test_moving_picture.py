"""The moving picture of the README: the desk with the clock held still, key by key.

`pytest --snapshot-update` draws it again; look at the result.
"""

import random
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pbtui.api import randomness
from pbtui.ui.dialogs import prompt
from pbtui.ui.dialogs.prompt import Prompt
from tests.canned import CannedExchange, WireOrder, a_wire_order, canned_exchange
from tests.ui.desk_under_test import DeskPilot, a_desk_app, desk_on
from tests.ui.screens import test_snapshots

PICTURE = Path(__file__).parents[3] / "docs" / "pictures" / "desk.svg"
FRAME_S = 3

still_clock = test_snapshots.still_clock


@pytest.fixture
def exchange() -> Iterator[CannedExchange]:
    with canned_exchange(*ORDERS) as canned:
        canned.history = {FIRST["order_id"]: HISTORY}
        canned.reads |= {"/contracts": CONTRACTS, **BOOKS}
        yield canned


AREAS = ["10YDE-RWENET---I", "10YFR-RTE------C"]
CONTRACTS = [
    {
        "contract_id": f"c{hour}",
        "name": f"PH-20261122-{hour + 2}",
        "product": "XBID_Hour_Power",
        "type": "PDC",
        "state": "ACTI",
        "delivery_start": f"2026-11-22T{hour}:00:00Z",
        "delivery_end": f"2026-11-22T{hour + 1}:00:00Z",
        "delivery_areas": AREAS,
        "delivery_area_states": [
            {"delivery_area": area, "state": "ACTIVE", "trading_end": f"2026-11-22T{hour - 1}:55:00Z"} for area in AREAS
        ],
    }
    for hour in range(13, 18)
]
"""The hours from 14:00 in Berlin on."""


def book(contract: str, *quotes: tuple[str, str, float, float]) -> dict[str, Any]:
    """An order book in the first area; a quote is an id, `bid` or `ask`, MW and price."""
    sides: dict[str, list[dict[str, Any]]] = {"bid": [], "ask": []}
    for order_id, side, quantity_mw, price in quotes:
        sides[side].append({"order_id": order_id, "quantity": quantity_mw, "price": price})
    return {"contract_id": contract, "delivery_area": AREAS[0], "revision_no": 1, **sides}


BOOKS = {
    f"/contract/c16/{AREAS[0]}/orders": book(
        "c16", ("9", "bid", 8, 62), ("8", "bid", 12, 61.3), ("7", "ask", 6.5, 63.4)
    ),
    f"/contract/c13/{AREAS[0]}/orders": book(
        "c13", ("6", "bid", 4, 63.1), ("5", "bid", 3.5, 62.5), ("6100000001", "bid", 5, 62.5), ("4", "ask", 9, 64.2)
    ),
}


def order(number: int, hour: int, price: float, quantity_mw: float, **fields: Any) -> WireOrder:
    """An own order in the contract that begins at that hour in UTC."""
    delivery = {"delivery_start": f"2026-11-22T{hour}:00:00Z", "delivery_end": f"2026-11-22T{hour + 1}:00:00Z"}
    terms = {"contract_id": f"c{hour}", "price": price, "quantity": quantity_mw, **delivery}
    return a_wire_order(f"610000000{number}", **{**terms, **fields})


FIRST = order(1, 13, 62.5, 5, action="PEXE", revision_no=2, txt="wind surplus")
ORDERS = [
    FIRST,
    order(2, 13, 81.07, 12.5, side="SELL", delivery_area=AREAS[1], strategy_id="W1"),
    order(3, 14, -3.2, 2, hidden_quantity=18, display_quantity=2, type="I", txt="solar noon"),
    order(4, 15, 71.4, 7.5, side="SELL"),
    order(5, 16, 58.9, 10, txt="hedge"),
    order(6, 17, 55.2, 4, state="HIBE", action="UHIB"),
]
HISTORY = [FIRST, {**FIRST, "action": "UADD", "revision_no": 1, "quantity": 8, "api_timestamp": "2026-11-22T11:59:00Z"}]


class Scene(NamedTuple):
    """Keys, the texts that they bring on the screen, and what the title says about it."""

    keys: Sequence[str]
    shown: Sequence[str]
    title: str


SCENES = (
    Scene(
        (),
        ("[1 Active 5]", "Deactivated 1", "4 Trades 0", "quantity 8.0 MW → 5.0 MW", "110m"),
        "pbtui: all own orders, live",
    ),
    Scene(
        ("a", *"buy 5 @ 62.5 17-18 amp"),
        ("notional 312.50", "best offer 63.40"),
        "a: a new order as one line, shown as what it means",
    ),
    Scene(("enter",), ("Enter 1 new order", "y Send"), "enter: the preview; y sends it"),
    Scene(
        ("escape", "escape", "]"),
        ("1 staged", "MW ahead 7.5 → 4.0"),
        "]: a better price for the order under the cursor, staged",
    ),
    Scene(("f9",), ("k FIRE",), "F9: halted; k takes all orders out of the market"),
)


async def drawn(desk: DeskPilot, scene: Scene) -> str:
    """The picture after these keys."""
    for key in scene.keys:
        screen = desk.app.screen
        await desk.until(lambda: not isinstance(screen, Prompt) or screen.has_rested)  # noqa: B023 - awaited here
        await desk.press(key)
    await desk.until_shown(*scene.shown)
    return desk.app.export_screenshot(title=scene.title, simplify=True)


def moving(pictures: Sequence[str]) -> str:
    """The pictures one after the other, each for FRAME_S, over and over."""
    count, (width, height) = len(pictures), re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', pictures[0])[0]
    style = (
        f".scene {{ visibility: hidden; animation: scene {count * FRAME_S}s step-end infinite }}\n"
        f"@keyframes scene {{ 0% {{ visibility: visible }} {100 / count:g}% {{ visibility: hidden }} }}"
    )
    scenes = [
        f'<g class="scene" style="animation-delay: {number * FRAME_S}s">\n{_named(picture, f"scene-{number}")}\n</g>'
        for number, picture in enumerate(pictures)
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">\n<style>\n{style}\n</style>'
    return "\n".join([head, *scenes, "</svg>\n"])


def _named(picture: str, name: str) -> str:
    """The picture with ids that are the same in every run."""
    return re.sub(r"terminal-\d+", name, picture)


async def test_the_moving_picture_shows_the_desk_of_today(
    exchange: CannedExchange, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompt, "steady_s", time.monotonic)  # keys of prompts count after a rest
    app = a_desk_app(exchange.base_url, poll_seconds=60, read_only=False, portfolios=("P1",))
    with randomness.use(random.Random(1)):  # noqa: S311 - the token of the preview is drawn, and must be the same
        async with desk_on(app, (120, 32)) as desk:
            picture = moving([await drawn(desk, scene) for scene in SCENES])
    if request.config.option.update_snapshots:
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_text(picture)
    assert PICTURE.read_text() == picture
