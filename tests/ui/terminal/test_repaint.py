"""What a terminal shows is what the screens mean: random screens, sizes and news, compared after each step.

A repaint that is left out leaves a ghost: text that no screen means any more. The bytes of each frame go to a terminal
emulator. It is compared with the compositor of the screen on top, and where no dialog covers them with the lines of
the desk below.
"""

import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pyte
import pytest
from textual._compositor import ChopsUpdate
from textual.geometry import Region

from pbtui.desk.formats.news import News, Weight
from pbtui.ui.app import DeskApp
from pbtui.ui.dialogs.prompt import Prompt
from pbtui.ui.terminal import drawing
from pbtui.ui.terminal.output.painter import Painter
from pbtui.ui.terminal.output.picture import Picture
from pbtui.ui.terminal.output.writer import Writer
from pbtui.ui.terminal.sparing_screen import SparingScreen
from pbtui.ui.widgets.news_line import NewsLine
from tests.canned import CannedExchange, a_wire_order, canned_exchange
from tests.ui.desk_under_test import DeskPilot, a_desk_app, desk_on
from tests.ui.terminal.screen_text import screen_lines

pytestmark = pytest.mark.usefixtures("seen_quiet")

STEPS = 40
EVERYTHING = 1_000_000
"""Bytes that no frame has."""
SEEDS = range(3)
SIZES = ((160, 48), (80, 24), (120, 36), (60, 16))
DIALOG_KEYS = ("a", "d", "t", "J", "n", "s", "question_mark", "f9", "slash", "X")
DESK_KEYS = ("j", "k", "G", "g", "space", "asterisk", "u", "1", "2", "3", "enter", "S", "plus")
ALMOST_FRAMES = 20
"""Frames that the screen is given to draw what it means, before a difference counts."""


class Emulated(Writer):
    """The terminal of an application: what the painter sends is drawn by an emulator at once."""

    def __init__(self, app: DeskApp) -> None:
        super().__init__(-1, app.usage)
        self._real_painter = Painter()
        self.screen = pyte.Screen(*SIZES[0])
        self._stream = pyte.ByteStream(self.screen)
        app.writer = self

    def show(self, picture: Picture) -> None:
        """Paint this picture."""
        self._stream.feed(self._real_painter.paint(picture, EVERYTHING).data)

    def lines(self) -> list[str]:
        """The lines that the terminal shows."""
        return [line.rstrip() for line in self.screen.display]


class Trader:
    """Presses random keys, resizes the window, and lets news arrive."""

    def __init__(self, desk: DeskPilot, terminal: Emulated, exchange: CannedExchange, seed: int) -> None:
        self._desk = desk
        self._terminal = terminal
        self._exchange = exchange
        self._random = random.Random(seed)  # noqa: S311 - it chooses the steps of a test
        self.done: list[str] = []

    async def step(self) -> None:
        """Do one thing."""
        steps: list[Callable[[], Awaitable[None]]] = [self._dialog, self._dialog, self._key, self._news, self._news]
        await self._random.choice([*steps, self._resize, self._orders])()

    async def _dialog(self) -> None:
        is_open = self._desk.app.screen is not self._desk.desk
        await self._press("escape" if is_open and self._random.random() < 0.6 else self._random.choice(DIALOG_KEYS))

    async def _key(self) -> None:
        await self._press(self._random.choice(DESK_KEYS))

    async def _press(self, key: str) -> None:
        self.done.append(key)
        await self._desk.press(key)

    async def _news(self) -> None:
        text = " ".join(["news", *["word"] * self._random.randrange(40)])
        self.done.append(text[:12])
        self._desk.desk.show_news(News(text, self._random.choice(list(Weight))))

    async def _resize(self) -> None:
        columns, lines = self._random.choice(SIZES)
        self.done.append(f"{columns}x{lines}")
        self._terminal.screen.resize(lines, columns)
        await self._desk.pilot.resize_terminal(columns, lines)

    async def _orders(self) -> None:
        count = self._random.randrange(1, 40)
        self.done.append(f"{count} orders")
        self._exchange.orders = [a_wire_order(str(n), price=self._random.randrange(90)) for n in range(count)]
        await self._desk.press("r")


def ghosts(desk: DeskPilot, terminal: Emulated) -> list[str]:
    """The lines of the terminal that are not as meant, each with what is meant."""
    shown = terminal.lines()
    meant = [line.rstrip() for line in screen_lines(desk.app)]
    if len(shown) != len(meant):
        return [f"{len(shown)} lines, meant {len(meant)}"]
    found = [
        f"{y}: {line!r}, meant {other!r}"
        for y, (line, other) in enumerate(zip(shown, meant, strict=True))
        if line != other
    ]
    below = (desk.desk.status, desk.desk.query_one(NewsLine))
    for widget in below if isinstance(desk.app.screen, Prompt) else ():
        region, text = widget.region, widget.render_line(0).text.rstrip()
        if not any(region.overlaps(frame) for frame in frames(desk)) and text not in shown[region.y]:
            found.append(f"{region.y}: {shown[region.y]!r} below a dialog, meant {text!r}")
    return found


def frames(desk: DeskPilot) -> list[Region]:
    return [frame.region for screen in desk.app.screen_stack for frame in screen.query(".frame, .prompt")]


async def random_steps(seed: int) -> None:
    """Compare after each of many random steps."""
    with canned_exchange(*(a_wire_order(str(number)) for number in range(30))) as exchange:
        app = a_desk_app(exchange.base_url, read_only=False, environment="production")
        terminal = Emulated(app)
        async with desk_on(app, SIZES[0]) as desk:
            app.refresh(layout=True)
            await desk.until_shown("LIVE")
            trader = Trader(desk, terminal, exchange, seed)
            for _ in range(STEPS):
                await trader.step()
                await desk.until(lambda: app.screen.outer_size == app.size)  # a resize may come while a dialog opens
                for _ in range(ALMOST_FRAMES):
                    await desk.pilot.pause()
                    if not (found := ghosts(desk, terminal)):
                        break
                    await desk.pilot.pause(0.05)
                assert not found, "\n".join([f"after {trader.done}", *found])
            while app.screen is not desk.desk:
                await desk.press("escape")


async def several_runs() -> None:
    """Do the steps of all seeds."""
    for seed in SEEDS:
        await random_steps(seed)


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_terminal_shows_what_the_screens_mean(seed: int) -> None:
    await random_steps(seed)


def _without_its_last_span(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces_of = drawing._pieces_of_spans

    def pieces_of_less(update: ChopsUpdate) -> Iterator[drawing.Piece]:
        update.spans = update.spans[:-1] if len(update.spans) > 1 else update.spans
        return pieces_of(update)

    monkeypatch.setattr(drawing, "_pieces_of_spans", pieces_of_less)


def _without_changes_below(monkeypatch: pytest.MonkeyPatch) -> None:
    refresh = SparingScreen._compositor_refresh

    def refresh_on_top(screen: SparingScreen[Any]) -> None:
        if screen is screen.app.screen:
            refresh(screen)

    monkeypatch.setattr(SparingScreen, "_compositor_refresh", refresh_on_top)


@pytest.mark.parametrize("leave_out", [_without_its_last_span, _without_changes_below])
async def test_a_repaint_that_is_left_out_is_found(
    leave_out: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_out(monkeypatch)
    with pytest.raises(AssertionError, match="meant"):
        await several_runs()
