"""The still pictures of the README: the desk on the simulator of the demo, with the clock held still.

`pytest --snapshot-update` draws them again; look at the result.
"""

import random
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from pbtui.api import randomness
from pbtui.ui.dialogs import prompt
from tests.still_exchange import still_exchange
from tests.ui.desk_under_test import a_desk_app, desk_on
from tests.ui.screens import test_snapshots
from tests.ui.screens.test_moving_picture import PICTURE, Scene, drawn, named

SMALL = (80, 24)
READY = ("4 Trades 162", "quantity 4.0 MW → 2.6 MW", "110m")
"""The last texts of the first screen to come: the trades, the history of the first order and its gate."""

still_clock = test_snapshots.still_clock


class Still(NamedTuple):
    """A scene, and the size and the profile of the desk."""

    scene: Scene
    size: tuple[int, int] = (120, 32)
    profile: Mapping[str, Any] = {}


STILLS = {
    "daylight": Still(
        Scene(
            ("slash", *"side:buy", "enter", "j", "j"),
            ("8 of 24", "entered quantity 13.9 MW → 11.3 MW", "2 h 50 min"),
            "/: a filter; beside an order its history",
        ),
        profile={"theme": "day", "environment": "production"},
    ),
    "exposure": Still(
        Scene(("X",), ("Exposure of DE2", "limits: -500.0", "selling 2.6 MW"), "X: exposure by quarter-hour"), (160, 48)
    ),
    "kill": Still(Scene(("f9",), ("k FIRE", "0 % used", "heartbeat"), "F9 on a small screen"), SMALL),
}


@pytest.mark.parametrize("name", STILLS)
async def test_a_still_picture_shows_the_desk_of_today(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(prompt, "steady_s", time.monotonic)  # keys of prompts count after a rest
    still = STILLS[name]
    with (
        still_exchange(test_snapshots.NOW, orders=60, churn=0.02) as exchange,
        randomness.use(random.Random(1)),  # noqa: S311 - the token of a preview is drawn, and must be the same
    ):
        fields = {"poll_seconds": 60, "read_only": False, **still.profile}
        async with desk_on(a_desk_app(exchange.base_url, exchange.api_key, **fields), still.size) as desk:
            await desk.until_shown("LIVE", *(() if still.size == SMALL else READY))
            picture = named(await drawn(desk, still.scene), name) + "\n"
    place = PICTURE.with_name(f"{name}.svg")
    if request.config.option.update_snapshots:
        place.write_text(picture)
    assert place.read_text() == picture
