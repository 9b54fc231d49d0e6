"""The private parts of Textual that `pbtui.ui.terminal` depends on, held against the release that is installed.

A release that renames one, or gives it another signature or meaning, fails here and not in front of a trader.
"""

import ast
import inspect
import weakref
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import pytest
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual._context import visible_screen_stack
from textual._styles_cache import StylesCache
from textual.app import App, ComposeResult
from textual.color import Color
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Region, Size
from textual.screen import ModalScreen, Screen
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from pbtui.ui.terminal.closing import forget_drawn_lines
from tests.ui.terminal.private_touches import PROJECT, private_touches, touches_of

TERMINAL = PROJECT / "pbtui" / "ui" / "terminal"
TESTED = {
    "_attach",
    "_background_screens",
    "_batch_count",
    "_compositor",
    "_component_styles",
    "_compositor_refresh",
    "_dirty_regions",
    "_dirty_widgets",
    "_display",
    "_exception",
    "_exchange_repaint_regions",
    "_extend_compose",
    "_fatal_error",
    "_get_component_classes",
    "_in_band_window_resize",
    "_must_signal_resume",
    "_process_component_classes",
    "_refresh_layout",
    "_repaint_required",
    "_screen_resized",
    "_set_dirty",
    "_sigcont_application",
    "_sigtstp_application",
    "_skip",
    "textual._compositor",
    "textual._compositor.ChopsUpdate",
    "textual._compositor.LayoutUpdate",
    "textual._context.visible_screen_stack",
    "textual._styles_cache.StylesCache",
}
"""Each of these has a test below."""

# ---------------------------------------------------------------- where they are touched


OUTSIDE = [
    file
    for room in ("pbtui/cli", "pbtui/ui", "tests/cli", "tests/end_to_end", "tests/ui")
    for file in sorted((PROJECT / room).rglob("*.py"))
    if not {TERMINAL, Path(__file__).parent} & set(file.parents)
]


def test_no_private_part_is_touched_outside_the_terminal() -> None:
    """In one test: each worker would read all of Textual and rich to know their private parts."""
    touches = {str(file.relative_to(PROJECT)): private_touches(file) for file in OUTSIDE}
    assert {file: names for file, names in touches.items() if names} == {}


def test_every_private_part_that_is_touched_is_tested() -> None:
    assert set().union(*map(private_touches, TERMINAL.rglob("*.py"))) == TESTED


@pytest.mark.parametrize(
    "line",
    [
        "from textual._compositor import Compositor",
        "import textual._context",
        "importlib.import_module('textual._context')",
        "app._batch_count",
        "class Ours(Screen[None]):\n    def _compositor_refresh(self) -> None: ...",
        "class Ours(Screen[None]):\n    def paint(self) -> None: self._dirty_widgets.clear()",
        "class Ours(Screen[None]):\n    def paint(self) -> None: getattr(self, '_dirty_widgets')",
        "class Ours(Screen[None]):\n    def paint(self) -> None: super()._on_timer_update()",
    ],
)
def test_the_scan_finds_a_use_of_a_private_part(line: str) -> None:
    class Ours(Screen[None]):
        pass

    assert touches_of(ast.parse(line), {"Ours": Ours})


def test_the_release_line_that_is_tested_is_the_one_that_is_required() -> None:
    required = next(line for line in requires("pbtui") or () if line.startswith("textual") and "extra" not in line)
    assert sorted(required.removeprefix("textual").split(",")) == ["<8.3", ">=8.2.8"]
    assert version("textual").startswith("8.2.")


# ---------------------------------------------------------------- names and signatures


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (App._fatal_error, "self"),
        (Stylesheet._process_component_classes, "self node"),
        (DOMNode._attach, "self parent"),
        (Screen._compositor_refresh, "self"),
        (Screen._refresh_layout, "self size scroll"),
        (Screen._screen_resized, "self size"),
        (Screen._extend_compose, "self widgets"),
        (Widget._set_dirty, "self *regions"),
        (Widget._exchange_repaint_regions, "self"),
        (Compositor.update_widgets, "self widgets"),
        (Compositor.render_partial_update, "self"),
        (ChopsUpdate, "chops spans chop_ends"),
        (LayoutUpdate, "strips region"),
        (App._display, "self screen renderable"),
        (LinuxDriver._sigcont_application, "self *_"),
        (LinuxDriver._sigtstp_application, "self *_"),
        (LinuxDriver.run_input_thread, "self"),
        (LinuxDriver.process_message, "self message"),
        (LinuxDriver.start_application_mode, "self"),
    ],
)
def test_a_function_takes_what_it_is_given(function: object, parameters: str) -> None:
    assert callable(function)
    shown = [f"{'*' * (p.kind is p.VAR_POSITIONAL)}{p.name}" for p in inspect.signature(function).parameters.values()]
    assert " ".join(shown) == parameters


# ---------------------------------------------------------------- behaviour


class Below(Screen[None]):
    """A screen with one line."""

    def compose(self) -> ComposeResult:
        """The line."""
        yield Static("below")


class Above(ModalScreen[None]):
    """A prompt through which the screen below is seen."""

    CSS = "Above { background: black 50%; }"

    def compose(self) -> ComposeResult:
        """The line."""
        yield Static("above")


async def test_an_application_knows_the_screens_below_a_prompt() -> None:
    app: App[None] = App()
    async with app.run_test(size=(20, 4)) as pilot:
        below, above = Below(), Above()
        await app.push_screen(below)
        await app.push_screen(above)
        await pilot.pause()
        assert app._background_screens[-1] is below
        assert above not in app._background_screens
        assert app._batch_count == 0
        with app.batch_update():
            assert app._batch_count == 1
        assert app._exception is None


def test_a_timer_can_leave_out_ticks_by_default() -> None:
    assert Timer(App(), 1.0)._skip
    assert not Timer(App(), 1.0, skip=False)._skip


async def test_changed_regions_are_collected_and_painted_once() -> None:
    app: App[None] = App()
    async with app.run_test(size=(20, 4)) as pilot:
        await app.push_screen(screen := Below())
        await pilot.pause()
        assert isinstance(screen._compositor, Compositor)
        assert screen._compositor.size == Size(20, 4)
        assert not screen._compositor._dirty_regions
        assert screen._dirty_widgets == set()

        line, region = screen.query_one(Static), Region(2, 0, 3, 1)
        line._exchange_repaint_regions()
        line._set_dirty(region)
        screen._compositor.update_widgets({line})
        assert screen._compositor._dirty_regions == {region}, "the region, which is taken from the widget by this"
        assert not line._exchange_repaint_regions()
        line._set_dirty(region)
        assert set(line._exchange_repaint_regions()) == {region}

        update = screen._compositor.render_partial_update()
        assert isinstance(update, ChopsUpdate)
        assert update.spans == [(0, 2, 5)], "line, first cell, cell behind the last"
        assert next(iter(update.chops[0])) == 0, "strips by the cell where they begin"
        assert update.chop_ends[0][-1] == 20, "the cell behind each strip"
        assert not screen._compositor._dirty_regions
        assert screen._compositor.render_partial_update() is None


async def test_what_is_displayed_is_a_layout_or_the_changed_spans() -> None:
    displayed: list[tuple[object, object]] = []

    class Noted(App[None]):
        def _display(self, screen: Screen[object], renderable: object) -> None:
            displayed.append((screen, renderable))

    app = Noted()
    async with app.run_test(size=(20, 4)) as pilot:
        await app.push_screen(screen := Below())
        await pilot.pause()
        layout = next(update for shown_on, update in displayed if shown_on is screen)
        assert isinstance(layout, LayoutUpdate)
        assert layout.region == Region(0, 0, 20, 4)
        assert [Strip.join(strips).text.rstrip() for strips in layout.strips] == ["below", "", "", ""]
        displayed.clear()
        screen.query_one(Static).update("other")
        await pilot.pause()
        (_, update) = displayed[-1]
        assert isinstance(update, ChopsUpdate)


async def test_a_widget_that_changed_is_among_the_dirty_ones_and_is_painted_by_the_refresh() -> None:
    refreshed = []

    class Noted(Below):
        def _compositor_refresh(self) -> None:
            refreshed.append(set(self._dirty_widgets))
            super()._compositor_refresh()

    app: App[None] = App()
    async with app.run_test(size=(20, 4)) as pilot:
        await app.push_screen(screen := Noted())
        await pilot.pause()
        refreshed.clear()
        line = screen.query_one(Static)
        line.refresh()
        await pilot.pause()
        assert any(line in widgets for widgets in refreshed)
        assert screen._dirty_widgets == set()
        refreshed.clear()
        screen.refresh()
        assert screen._repaint_required
        await pilot.pause()
        assert refreshed == [{screen}]
        assert not screen._repaint_required


async def test_a_screen_finds_the_one_below_it_in_the_stack_of_visible_screens() -> None:
    app: App[None] = App()
    async with app.run_test(size=(20, 4)) as pilot:
        await app.push_screen(below := Below())
        await app.push_screen(above := Above())
        await pilot.pause()
        stack: list[Screen[Any]] = [below]
        visible_screen_stack.set(stack)
        above.render()
        assert stack == [], "which it takes from the end"


async def test_an_error_that_nobody_handled_ends_in_the_fatal_error() -> None:
    seen: list[BaseException | None] = []

    class Fails(App[None]):
        def on_mount(self) -> None:
            raise ZeroDivisionError

        def _fatal_error(self) -> None:
            seen.append(self._exception)
            self.panic("stopped")

    with pytest.raises(ZeroDivisionError):
        async with Fails().run_test():
            pass
    assert isinstance(seen[0], ZeroDivisionError)


def test_the_driver_says_why_the_program_goes_on_and_who_reports_the_size() -> None:
    source = inspect.getsource(LinuxDriver)
    assert "signal.signal(signal.SIGCONT, self._sigcont_application)" in source
    stops = inspect.getsource(LinuxDriver._sigtstp_application)
    assert stops.index("self._must_signal_resume = True") < stops.index("signal.SIGSTOP")
    assert "if message.supported:\n                self._in_band_window_resize = True" in source


def test_the_styles_cache_remembers_its_callers_until_it_is_cleared() -> None:
    cache, black = StylesCache(), Color(0, 0, 0)
    kept = weakref.ref(cache)
    cache.get_inner_outer(black, black)
    del cache
    assert kept() is not None
    forget_drawn_lines()
    assert kept() is None


async def test_the_style_of_a_part_of_a_widget_is_that_of_a_node_in_it_and_is_kept_by_its_class() -> None:
    class Parted(Static):
        COMPONENT_CLASSES = {"part"}  # noqa: RUF012
        DEFAULT_CSS = "Parted > .part { color: red; } .part { color: blue; }"

    class Shown(App[None]):
        def compose(self) -> ComposeResult:
            yield Parted()

    async with Shown().run_test(size=(20, 4)) as pilot:
        parted = pilot.app.query_one(Parted)
        assert parted._get_component_classes() == {"part"}
        node = DOMNode(classes="part")
        node._attach(parted)
        pilot.app.stylesheet.apply(node)
        assert parted._component_styles == {"part": node.styles}
        assert node.styles.color == Color.parse("red")
        parted._component_styles.clear()
        pilot.app.stylesheet._process_component_classes(parted)
        assert parted._component_styles == {"part": node.styles}
