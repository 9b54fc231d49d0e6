"""The moving picture of the README: the desk on the simulator of the demo, with the clock held still, key by key.

`pytest --snapshot-update` draws it again; look at the result.
"""

import random
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from pbtui.api import randomness
from pbtui.ui.dialogs import prompt
from pbtui.ui.dialogs.prompt import Prompt
from tests.still_exchange import still_exchange
from tests.ui.desk_under_test import DeskPilot, a_desk_app, desk_on
from tests.ui.screens import test_snapshots

PICTURE = Path(__file__).parents[3] / "docs" / "pictures" / "desk.svg"
FRAME_S = 3

still_clock = test_snapshots.still_clock


class Scene(NamedTuple):
    """Keys, the texts that they bring on the screen, and what the title says about it."""

    keys: Sequence[str]
    shown: Sequence[str]
    title: str


SCENES = (
    Scene(
        (),
        ("[1 Active 24]", "Deactivated 3", "3 Recent 98", "4 Trades 162", "quantity 4.0 MW → 2.6 MW", "110m"),
        "pbtui: all own orders, live",
    ),
    Scene(
        ("a", *"buy 5 @ 98.5 17-18 amp"),
        ("notional 492.50", "best offer"),
        "a: a new order as one line, shown as what it means",
    ),
    Scene(("enter",), ("Enter 1 new order", "y Send"), "enter: the preview; y sends it"),
    Scene(
        ("escape", "escape", *"jjjjjjjj", *"}}}}}}}}}}"),
        ("1 staged", "99.62→98.62", "MW ahead 15.0 → ", "added by user (UADD) · Tess Trader"),
        "}: a better price for the order under the cursor, staged",
    ),
    Scene(("f9",), ("k FIRE", "0 % used", "heartbeat"), "F9: halted; k takes all orders out of the market"),
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
        f'<g class="scene" style="animation-delay: {number * FRAME_S}s">\n{named(picture, f"scene-{number}")}\n</g>'
        for number, picture in enumerate(pictures)
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">\n<style>\n{style}\n</style>'
    return "\n".join([head, *scenes, "</svg>\n"])


def named(picture: str, name: str) -> str:
    """The picture with ids that are the same in every run."""
    return re.sub(r"terminal-\d+", name, picture)


async def test_the_moving_picture_shows_the_desk_of_today(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompt, "steady_s", time.monotonic)  # keys of prompts count after a rest
    with (
        still_exchange(test_snapshots.NOW, orders=60, churn=0.02) as exchange,
        randomness.use(random.Random(1)),  # noqa: S311 - the token of the preview is drawn, and must be the same
    ):
        app = a_desk_app(exchange.base_url, exchange.api_key, poll_seconds=60, read_only=False)
        async with desk_on(app, (120, 32)) as desk:
            picture = moving([await drawn(desk, scene) for scene in SCENES])
    if request.config.option.update_snapshots:
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_text(picture)
    assert PICTURE.read_text() == picture
